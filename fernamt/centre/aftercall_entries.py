"""What a centre file may say about the time after a call: what codes make of a lead, what was promised, how orders are taken."""

from typing import Annotated

from pydantic import Field

from config.section import Line, Section
from routing.aftercall.forms import MOST_FIELDS, ValueKind
from routing.aftercall.order_terms import FormRule, PeriodFrom
from routing.outbound.facts import Covers
from routing.outbound.verdicts import LONGEST_WAIT_MS, Verdict

Permille = Annotated[int, Field(ge=0, le=1_000)]


class CodeEntry(Section):
    """What choosing one of the project's wrap-up codes means."""

    code: Annotated[Line, Field(min_length=1, max_length=64)]
    verdict: Verdict
    """retry, call_back, done or do_not_call."""
    is_reached: bool = True
    """Whether the person who was wanted was spoken to."""
    is_success: bool = False
    wait_ms: Annotated[int, Field(ge=0, le=LONGEST_WAIT_MS)] | None = None
    """Of retry: so long the lead rests. Of call_back: when, where no time was agreed."""
    covers: Covers = Covers.ADVERTISING
    """Of do_not_call: what the client's list forbids from then on."""


class TargetsEntry(Section):
    """What the client was promised."""

    reach_permille: Permille | None = None
    success_permille: Permille | None = None
    cancellation_permille: Permille | None = None
    """Cancelled orders of booked ones, at the most."""
    successes_per_hour: Annotated[float, Field(gt=0, le=1_000)] | None = None


class FormFieldEntry(Section):
    """One field of the order form."""

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$")]
    title: Annotated[str, Field(max_length=200)] = ""
    kind: ValueKind = ValueKind.TEXT
    is_required: bool = False
    choices: Annotated[tuple[Annotated[Line, Field(min_length=1, max_length=200)], ...], Field(max_length=100)] = ()
    is_off_tape: bool = False
    """Silence is recorded while it is filled in (card data)."""


class OrdersEntry(Section):
    """How the project takes orders."""

    form_rule: FormRule
    """voice, summary_before (telecommunications) or text_approval (energy; telecommunications with the summary afterwards)."""
    fields: Annotated[tuple[FormFieldEntry, ...], Field(max_length=MOST_FIELDS)] = ()
    withdrawal_days: Annotated[int, Field(ge=14, le=365)] = 14
    period_from: PeriodFrom = PeriodFrom.CONTRACT
    approval_days: Annotated[int, Field(ge=1, le=365)] = 14
