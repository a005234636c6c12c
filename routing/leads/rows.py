"""One row of a file: a lead, or what is wrong with it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from routing.directory import Directory, Project
from routing.hours import REGIONS
from routing.leads.columns import FIELD, NUMBERS, SINGLE
from routing.leads.lists import FieldKind, LeadList, counts_as_advertising
from routing.leads.numbers import LeadNumber, countries, read_number
from routing.outbound.asking import Callee
from routing.outbound.zones import NumberClass
from telephony.identifiers import SECOND, Instant

MOST_CHARACTERS = 2_000
"""In one cell."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_YES = frozenset({"yes", "ja", "j", "y", "true", "wahr", "1", "x"})
_NO = frozenset({"no", "nein", "n", "false", "falsch", "0", ""})
_BUSINESS = frozenset({"business", "b2b", "geschäftlich", "gewerblich", "firma", "unternehmen", "gewerbe"})
_CONSUMER = frozenset({"consumer", "b2c", "privat", "verbraucher", "private", "person", ""})
_DATES = ("%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """What is wrong in a row. `column` counts from 1; 0: of the whole row. What stood in the cell is not repeated."""

    row: int
    column: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The consent to advertising that a row tells of."""

    granted_at: Instant
    given_how: str
    wording: str
    document: str
    is_presumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A lead as the row tells it. The first four are its person's: they are sealed."""

    name: str = field(repr=False)
    company: str = field(repr=False)
    reference: str = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)
    numbers: tuple[tuple[str, LeadNumber], ...] = field(repr=False)
    """What each is ("mobile", "work", … or empty), and the number; in the order they are tried."""
    language: str | None = None
    zone: str | None = None
    region: str | None = None
    callee: Callee = Callee.CONSUMER
    proof: Proof | None = None


class RowReader:
    """Reads rows of one file by one mapping."""

    def __init__(self, mapping: Sequence[str], lead_list: LeadList, directory: Directory) -> None:
        self._width = len(mapping)
        numbered = ((place, target) for place, target in enumerate(mapping) if target in NUMBERS)
        self._numbers = [(place, target.removeprefix("number").lstrip("_")) for place, target in numbered]
        self._places = {target: place for place, target in enumerate(mapping) if target not in NUMBERS}
        self._fields = [(self._places[FIELD + each.name], each) for each in lead_list.fields if FIELD + each.name in self._places]
        self._singles = tuple((target, place) for target, place in self._places.items() if target in SINGLE)
        self._has_proofs = "consent_at" in self._places or "presumed_from" in self._places
        self._home = directory.home_country
        self._own = directory.numbers
        self._prices = directory.outbound.prices
        project: Project | None = directory.projects.get(lead_list.project_id)
        self._offered = project.outbound.countries if project is not None and project.outbound is not None else ()
        self._is_advertising = counts_as_advertising(lead_list.project_id, lead_list.purpose, directory)
        self._zone = directory.outbound.zone

    def read(self, row: int, cells: Sequence[str], now: Instant) -> Drafted | list[RowFault]:
        """The lead, or all that is wrong with the row."""
        if len(cells) != self._width:
            return [RowFault(row=row, column=0, code="wrong_number_of_cells")]
        faults: list[tuple[int, str]] = []
        whole = "".join(cells)
        if len(whole) > MOST_CHARACTERS or not whole.isprintable():
            faults = [(place, code) for place, cell in enumerate(cells) if (code := _fault_of(cell)) is not None]
        drafted = self._drafted(cells, now, faults) if not faults else None
        if drafted is None or faults:
            return [RowFault(row=row, column=place + 1, code=code) for place, code in faults]
        return drafted

    def _drafted(self, cells: Sequence[str], now: Instant, faults: list[tuple[int, str]]) -> Drafted:
        told = {target: text for target, place in self._singles if (text := cells[place].strip())}
        country = zone = language = region = None
        if not told.keys().isdisjoint(_NAMED):
            country, language, zone, region = (self._named(told, target, faults) for target in _NAMED)
        callee = self._callee(told["callee"], faults) if "callee" in told else Callee.CONSUMER
        name = told.get("name") or " ".join(told[part] for part in ("first_name", "last_name") if part in told)
        return Drafted(
            name=name,
            company=told.get("company", ""),
            reference=told.get("reference", ""),
            fields=self._own_fields(cells, faults) if self._fields else {},
            numbers=self._read_numbers(cells, country, faults),
            language=language,
            zone=zone,
            region=region,
            callee=callee,
            proof=self._proof(told, callee, now, faults) if self._has_proofs else None,
        )

    def _named(self, told: Mapping[str, str], target: str, faults: list[tuple[int, str]]) -> str | None:
        text = told.get(target)
        found = None if text is None else _NAMED[target](text)
        if text is not None and found is None:
            faults.append((self._places[target], f"no_{target}"))
        return found

    def _read_numbers(
        self, cells: Sequence[str], country: str | None, faults: list[tuple[int, str]]
    ) -> tuple[tuple[str, LeadNumber], ...]:
        found: list[tuple[str, LeadNumber]] = []
        is_any = False
        for place, kind in self._numbers:
            text = cells[place].strip()
            if not text:
                continue
            is_any = True
            number = read_number(text, country, self._home)
            code = "bad_number" if number is None else self._refused(number)
            if number is None or code is not None:
                faults.append((place, code or "bad_number"))
            elif all(number.number != other.number for _, other in found):
                found.append((kind, number))
        if not is_any:
            faults.append((self._numbers[0][0], "no_number"))
        return tuple(found)

    def _refused(self, number: LeadNumber) -> str | None:
        if number.number in self._own or number.number_class not in self._prices:
            return "number_class_refused"
        if number.number_class == NumberClass.INTERNATIONAL_OTHER and number.country not in self._offered:
            return "country_not_offered"
        return None

    def _callee(self, text: str, faults: list[tuple[int, str]]) -> Callee:
        word = text.casefold()
        if word in _BUSINESS:
            return Callee.BUSINESS
        if word not in _CONSUMER:
            faults.append((self._places["callee"], "no_kind_of_callee"))
        return Callee.CONSUMER

    def _own_fields(self, cells: Sequence[str], faults: list[tuple[int, str]]) -> dict[str, str]:
        found: dict[str, str] = {}
        for place, each in self._fields:
            text = cells[place].strip()
            if not text:
                if each.is_required:
                    faults.append((place, "field_missing"))
                continue
            value = _READ[each.kind](text)
            if value is None:
                faults.append((place, f"no_{each.kind.value}"))
            else:
                found[each.name] = value
        return found

    def _proof(self, told: Mapping[str, str], callee: Callee, now: Instant, faults: list[tuple[int, str]]) -> Proof | None:
        granted = told.get("consent_at")
        if granted:
            at = _moment(granted, self._zone)
            parts = [told.get(target, "") for target in ("consent_how", "consent_text", "consent_document")]
            if at is None or at > now:
                faults.append((self._places["consent_at"], "no_date" if at is None else "consent_in_future"))
            elif all(parts):
                return Proof(granted_at=at, given_how=parts[0], wording=parts[1], document=parts[2])
            else:
                faults.append((self._places["consent_at"], "consent_incomplete"))
            return None
        presumed, document = told.get("presumed_from"), told.get("consent_document", "")
        if presumed and callee is Callee.BUSINESS:
            return Proof(granted_at=now, given_how="presumed", wording=presumed, document=document, is_presumed=True)
        if presumed:
            faults.append((self._places["presumed_from"], "presumed_of_consumer"))
        return None

    @property
    def is_advertising(self) -> bool:
        """Whether its leads may be called only with a consent."""
        return self._is_advertising


def _fault_of(cell: str) -> str | None:
    if len(cell) > MOST_CHARACTERS:
        return "cell_too_long"
    return "control_characters" if _CONTROLS.search(cell) else None


@lru_cache(maxsize=8_192)
def _moment(text: str, zone: str) -> Instant | None:
    """A day or an instant, by the wall clock of that zone where it names none itself."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        day = _date(text)
        if day is None:
            return None
        found = datetime.combine(date.fromisoformat(day), time())
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(zone))
    seconds = (found - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    return Instant(int(seconds) * SECOND) if seconds > 0 else None


@lru_cache(maxsize=256)
def _country(text: str) -> str | None:
    code = text.upper()
    return code if code in countries() else None


@lru_cache(maxsize=256)
def _language(text: str) -> str | None:
    word = text.casefold()
    return word if _LANGUAGE.fullmatch(word) else None


@lru_cache(maxsize=1_024)
def _zone_name(text: str) -> str | None:
    return text if text in available_timezones() else None


@lru_cache(maxsize=256)
def _region(text: str) -> str | None:
    code = text.upper().removeprefix("DE-")
    return code if code in REGIONS else None


@lru_cache(maxsize=4_096)
def _date(text: str) -> str | None:
    try:
        return datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        pass
    for form in _DATES:
        try:
            return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


_NAMED: Mapping[str, Callable[[str], str | None]] = {
    "country": _country,
    "language": _language,
    "time_zone": _zone_name,
    "region": _region,
}


def _text(text: str) -> str | None:
    return text


def _integer(text: str) -> str | None:
    plain = text.replace(".", "") if re.fullmatch(r"-?\d{1,3}(\.\d{3})+", text) else text
    return str(int(plain)) if re.fullmatch(r"-?\d{1,18}", plain) else None


def _decimal(text: str) -> str | None:
    plain = text.replace(".", "").replace(",", ".") if "," in text else text
    if not re.fullmatch(r"-?\d{1,18}(\.\d{1,9})?", plain):
        return None
    try:
        return format(Decimal(plain), "f")
    except InvalidOperation:
        return None


def _yes_no(text: str) -> str | None:
    word = text.casefold()
    return "yes" if word in _YES else "no" if word in _NO else None


_READ: Mapping[FieldKind, Callable[[str], str | None]] = {
    FieldKind.TEXT: _text,
    FieldKind.INTEGER: _integer,
    FieldKind.DECIMAL: _decimal,
    FieldKind.DATE: _date,
    FieldKind.YES_NO: _yes_no,
}
