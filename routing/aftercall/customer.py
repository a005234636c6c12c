"""A customer's data checked and completed on the call: what may be changed, and what of it was."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from routing.aftercall.forms import FieldFault, FormField, ValueKind, faults_of_values
from routing.leads.lists import LeadField

OWN_FIELDS = (FormField(name="name"), FormField(name="company"))
"""What every lead has beside the fields of its list. Numbers are not changed on the way: permission rests on them."""


class Checked(StrEnum):
    """What the agent found."""

    CONFIRMED = "confirmed"
    """Asked, and right as it stood."""
    COMPLETED = "completed"
    """Empty before."""
    CORRECTED = "corrected"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChecked:
    """One field that was checked. The values are the person's: they are kept sealed, this record of it holds them in clear."""

    name: str
    found: Checked
    before: str
    after: str

    def __repr__(self) -> str:
        return f"FieldChecked({self.name}, {self.found.value})"


def form_of(fields: Sequence[LeadField]) -> tuple[FormField, ...]:
    """What may be checked of a lead of such a list."""
    listed = (
        FormField(name=each.name, title=each.title, kind=ValueKind(each.kind.value), is_required=each.is_required)
        for each in fields
    )
    names = {each.name for each in OWN_FIELDS}
    return (*OWN_FIELDS, *(each for each in listed if each.name not in names))


def faults_of_check(form: Sequence[FormField], stated: Mapping[str, str]) -> tuple[FieldFault, ...]:
    """All that is wrong with what was stated. What was not stated is not missing: it was not asked."""
    asked = [each for each in form if each.name in stated]
    return faults_of_values(asked, stated)


def checked(form: Sequence[FormField], before: Mapping[str, str], stated: Mapping[str, str]) -> tuple[FieldChecked, ...]:
    """Each stated field with what was found, in the order of the form; `before` is what stood there."""
    return tuple(_checked(form, before, stated))


def _checked(form: Sequence[FormField], before: Mapping[str, str], stated: Mapping[str, str]) -> Iterator[FieldChecked]:
    for each in form:
        if each.name not in stated:
            continue
        old, new = before.get(each.name, ""), stated[each.name].strip()
        yield FieldChecked(name=each.name, found=_found(old, new), before=old, after=new)


def _found(old: str, new: str) -> Checked:
    if old == new:
        return Checked.CONFIRMED
    if not old:
        return Checked.COMPLETED
    return Checked.CORRECTED if new else Checked.REMOVED
