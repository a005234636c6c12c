"""What a form asks, and whether what was filled in can be meant. Pure: where it is kept is not its business."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from telephony.faults import FaultCode, Wrong

FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
LONGEST_VALUE = 2_000
MOST_FIELDS = 60
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class ValueKind(StrEnum):
    """What a value is."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    YES_NO = "yes_no"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field."""

    name: str
    title: str = ""
    kind: ValueKind = ValueKind.TEXT
    is_required: bool = False
    choices: tuple[str, ...] = ()
    is_off_tape: bool = False
    """Silence is recorded while it is filled in: card data may never be on a tape (PCI DSS)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFault:
    """What is wrong with a field. What stood there is not repeated."""

    name: str
    code: str
    """`unknown`, `missing`, `too_long`, `control_characters`, or `not_` and the kind."""


def faults_of_form(fields: Sequence[FormField]) -> Iterator[Wrong]:
    """What cannot be a form, each in one sentence."""
    if len(fields) > MOST_FIELDS:
        yield Wrong(FaultCode.TOO_MANY_FIELDS, count=len(fields), most=MOST_FIELDS)
    seen = set[str]()
    for each in fields:
        if not FIELD_NAME.fullmatch(each.name):
            yield Wrong(FaultCode.BAD_FIELD_NAME, field=each.name)
        if each.name in seen:
            yield Wrong(FaultCode.FIELD_TWICE, field=each.name)
        seen.add(each.name)
        if (each.kind is ValueKind.CHOICE) is not bool(each.choices):
            yield Wrong(FaultCode.CHOICES_MISPLACED, field=each.name)
        if len(set(each.choices)) != len(each.choices) or not all(choice.strip() for choice in each.choices):
            yield Wrong(FaultCode.BAD_CHOICES, field=each.name)


def faults_of_values(fields: Sequence[FormField], values: Mapping[str, str]) -> tuple[FieldFault, ...]:
    """All that is wrong with what was filled in, in the order of the form."""
    known = {each.name for each in fields}
    found = [FieldFault(name=name, code="unknown") for name in sorted(set(values) - known)]
    for each in fields:
        value = values.get(each.name, "").strip()
        if not value:
            found += [FieldFault(name=each.name, code="missing")] if each.is_required else []
        elif (code := fault_of_value(each, value)) is not None:
            found.append(FieldFault(name=each.name, code=code))
    return tuple(found)


def fault_of_value(asked: FormField, value: str) -> str | None:
    """Why the value cannot be one of this field; None: it can. Values are in their plain form: 2026-11-22, 12.50, yes."""
    if len(value) > LONGEST_VALUE:
        return "too_long"
    if _CONTROLS.search(value):
        return "control_characters"
    return None if _is_of_kind(asked, value) else f"not_{asked.kind.value}"


def _is_of_kind(asked: FormField, value: str) -> bool:
    match asked.kind:
        case ValueKind.TEXT:
            return True
        case ValueKind.INTEGER:
            return re.fullmatch(r"-?[0-9]{1,15}", value) is not None
        case ValueKind.DECIMAL:
            return _is_decimal(value)
        case ValueKind.DATE:
            return _is_date(value)
        case ValueKind.YES_NO:
            return value in ("yes", "no")
        case ValueKind.CHOICE:
            return value in asked.choices


def _is_decimal(value: str) -> bool:
    try:
        return len(value) <= 20 and Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
