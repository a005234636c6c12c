"""What an agent sees of the lead they have, and says of it."""

from datetime import datetime

from pydantic import Field

from routing.aftercall.customer import Checked
from web.schemas.aftercall import FieldName
from web.schemas.leads import LeadFieldFacts, NeededWhy
from web.schemas.orders import NeededReason, Value
from web.schemas.types import CallName, Shape, Shown, When


class LeadNumberShown(Shown):
    """One number of the lead; never the number itself."""

    kind: str
    number_class: str
    country: str | None
    tries: int
    is_next: bool = Field(description="Whether this one is dialled.")


class MyLead(Shown):
    """The lead the agent has."""

    call_id: CallName = Field(description="Of its call, once it is dialled.")
    lead_id: str
    list_id: str
    list_name: str
    project_id: str
    name: str
    company: str
    reference: str = Field(description="The client's own number for them.")
    fields: dict[str, str]
    titles: list[LeadFieldFacts] = Field(description="The list's fields, in their order.")
    numbers: list[LeadNumberShown]
    is_promised: bool = Field(description="Somebody promised to call back about now.")
    promised_at: datetime | None = Field(description="When the agent said that somebody calls back next.")
    is_own_promise: bool
    tries: int
    last_at: datetime | None
    ends_at: datetime = Field(description="Until then it is to be dialled or skipped; then somebody else gets it.")


class LeadAnswer(Shown):
    """The lead, or none."""

    lead: MyLead | None


class WorkList(Shown):
    """A list the agent may call."""

    list_id: str
    name: str
    project_id: str
    purpose: str
    is_progressive: bool = Field(description="Its leads come by themselves to who is free.")
    left: int = Field(description="Leads that may yet be given out, now or later; counted no further than 1,000.")


class WorkLists(Shown):
    """Lists the agent may call, the newest first."""

    items: list[WorkList]


class SkippedLead(Shape):
    """Why the lead is not called now."""

    reason: NeededWhy


class PromisedCall(Shape):
    """When somebody calls back."""

    at: When
    is_own: bool = Field(default=True, description="The agent does it, if they are there in time; else whoever is there.")


class CheckedData(Shape):
    """The customer's data as they said it is. Only what was asked: what is not stated stays as it was."""

    values: dict[FieldName, Value] = Field(
        min_length=1, max_length=62, description="`name`, `company` and the list's fields; an empty value removes."
    )


class FieldCheckedShown(Shown):
    """A field that was checked, and what was found."""

    name: str
    found: Checked


class DataChecked(Shown):
    """What was found, field by field."""

    fields: list[FieldCheckedShown]


class LeadCheckedShown(Shown):
    """A lead whose data was checked: how many fields were found how; nothing of what they say."""

    lead_id: str
    last_at: datetime
    found: dict[Checked, int]


class LeadsChecked(Shown):
    """Those checked last first, at most 200."""

    items: list[LeadCheckedShown]


class ChecksReveal(Shape):
    """Why the data is looked at."""

    reason: NeededReason


class CheckShown(Shown):
    """A field that was checked, before and after."""

    name: str
    found: Checked
    before: str
    after: str
    at: datetime
    user_id: str | None = Field(description="None to clients.")
    call_id: str | None


class ChecksShown(Shown):
    """All that was checked of a lead, the oldest first."""

    items: list[CheckShown]
