"""What an agent sees of the lead they have, and says of it."""

from datetime import datetime

from pydantic import Field

from web.schemas.leads import LeadFieldFacts, NeededWhy
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
