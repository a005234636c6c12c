"""What a project's orders need before they bind anybody: the form rule, the form, and the periods.

A tape proves what was declared on the phone. Whether the contract took effect is another question:
- telecommunications: the summary of the contract first, and where it is given after the call, the consumer's approval in text
  form; until then the contract does not take effect, and nothing is owed where service began before (§54(3) TKG);
- energy supply to households outside the basic supply: text form (§41b(1) EnWG);
- games of chance: text form (§675(3) BGB);
- everything else may be agreed by voice; the confirmation on a durable medium follows, at the latest with the delivery
  (§312f(2) BGB).
The right of withdrawal lasts 14 days (§355(2) BGB), from the contract on, of goods from their arrival on; where the consumer was
not told of it, twelve months and 14 days (§356(3) BGB).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from routing.aftercall.forms import FormField, faults_of_form
from telephony.faults import FaultCode, Wrong
from telephony.identifiers import SECOND, Instant

DAY_US = 86_400 * SECOND
UNTAUGHT_DAYS = 365


class FormRule(StrEnum):
    """What a contract of the project needs beside the spoken word."""

    VOICE = "voice"
    """Nothing: it binds as it is declared."""
    SUMMARY_BEFORE = "summary_before"
    """The summary of the contract was there before the declaration."""
    TEXT_APPROVAL = "text_approval"
    """The text goes out after the call, and binds once it was approved in text form."""


class PeriodFrom(StrEnum):
    """From when on the right of withdrawal runs."""

    CONTRACT = "contract"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTerms:
    """How the project takes orders."""

    form_rule: FormRule
    fields: tuple[FormField, ...] = ()
    withdrawal_days: int = 14
    """Never fewer for consumers (§361(2) BGB); more where the client grants more."""
    period_from: PeriodFrom = PeriodFrom.CONTRACT
    approval_days: int = 14
    """So long after the text was sent it may be approved; then the order expires. Before it is sent: from the booking on."""


def faults_of_terms(terms: OrderTerms) -> Iterator[Wrong]:
    """What cannot be meant, each in one sentence."""
    yield from faults_of_form(terms.fields)
    if not 14 <= terms.withdrawal_days <= 365:
        yield Wrong(FaultCode.BAD_WITHDRAWAL, value=terms.withdrawal_days)
    if not 1 <= terms.approval_days <= 365:
        yield Wrong(FaultCode.OUT_OF_RANGE, key="approval_days", value=terms.approval_days, lowest=1, highest=365)


def after_days(at: Instant, days: int) -> Instant:
    """So many days of 24 hours later."""
    return Instant(at + days * DAY_US)
