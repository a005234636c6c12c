"""Shapes of what a project says about the time after its calls."""

from typing import Annotated

from pydantic import Field, StringConstraints

from routing.aftercall.forms import MOST_FIELDS, ValueKind
from routing.aftercall.order_terms import FormRule, PeriodFrom
from routing.outbound.facts import Covers
from routing.outbound.verdicts import LONGEST_WAIT_MS, Verdict
from web.schemas.types import NO_CONTROLS, Id, Shape, Text

Permille = Annotated[int, Field(ge=0, le=1_000)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class CodeFacts(Shape):
    """What choosing one of the project's wrap-up codes means."""

    code: Id
    verdict: Verdict = Field(description="A code without a rule ends the lead.")
    is_reached: bool = Field(default=True, description="Whether the person who was wanted was spoken to.")
    is_success: bool = False
    wait_ms: Annotated[int, Field(ge=0, le=LONGEST_WAIT_MS)] | None = Field(
        default=None, description="Of retry: so long the lead rests. Of call_back: when, where no time was agreed."
    )
    covers: Covers = Field(default=Covers.ADVERTISING, description="Of do_not_call: what the client's list forbids then.")


class TargetsFacts(Shape):
    """What the client was promised."""

    reach_permille: Permille | None = None
    success_permille: Permille | None = None
    cancellation_permille: Permille | None = Field(default=None, description="Cancelled orders of booked ones, at the most.")
    successes_per_hour: Annotated[float, Field(gt=0, le=1_000)] | None = None


class FormFieldFacts(Shape):
    """One field of a form."""

    name: FieldName
    title: Annotated[str, StringConstraints(max_length=200, pattern=NO_CONTROLS)] = ""
    kind: ValueKind = ValueKind.TEXT
    is_required: bool = False
    choices: list[Text] = Field(default_factory=list, max_length=100)
    is_off_tape: bool = Field(default=False, description="Silence is recorded while it is filled in (card data).")


class OrderTermsFacts(Shape):
    """How the project takes orders."""

    form_rule: FormRule = Field(description="What a contract needs beside the spoken word.")
    fields: list[FormFieldFacts] = Field(default_factory=list, max_length=MOST_FIELDS)
    withdrawal_days: Annotated[int, Field(ge=14, le=365)] = 14
    period_from: PeriodFrom = PeriodFrom.CONTRACT
    approval_days: Annotated[int, Field(ge=1, le=365)] = Field(
        default=14, description="So long after the text was sent it may be approved."
    )
