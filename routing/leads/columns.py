"""What the columns of a file are taken for: guessed from their headings and contents, said by a person, checked."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from routing.leads.lists import MOST_NUMBERS, LeadField

FIELD = "field:"
"""Before the name of a field of the list's own."""
IGNORE = "ignore"

NUMBERS = ("number", "number_mobile", "number_work", "number_home", "number_other")
"""Several columns may hold numbers: they are tried from left to right. What stands behind `number_` is told to the agent."""
_CONSENT = ("consent_at", "consent_how", "consent_text", "consent_document")
SINGLE = (
    "country",
    "name",
    "first_name",
    "last_name",
    "company",
    "language",
    "time_zone",
    "region",
    "callee",
    "presumed_from",
    "reference",
    *_CONSENT,
)
"""Each of these is told by one column at the most."""
TARGETS = (*NUMBERS, *SINGLE, IGNORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFault:
    """A column that cannot be taken for what was said, or one that is missing. `column` counts from 1; 0: of the whole file."""

    column: int
    code: str
    facts: Mapping[str, str | int]


_WORDS: Mapping[str, tuple[str, ...]] = {
    "number_mobile": ("mobile", "mobil", "handy", "mobilnummer", "handynummer", "mobiltelefon", "mobilephone", "cell"),
    "number_work": ("work", "geschaeftlich", "dienstlich", "telefongeschaeftlich", "businessphone", "firmentelefon"),
    "number_home": ("home", "privat", "festnetz", "telefonprivat", "homephone", "landline"),
    "number": ("number", "phone", "telefon", "tel", "rufnummer", "telefonnummer", "phonenumber", "nummer", "telephone"),
    "country": ("country", "land", "laendercode", "countrycode", "iso", "staat"),
    "name": ("name", "fullname", "kunde", "kundenname", "ansprechpartner", "contact"),
    "first_name": ("firstname", "vorname", "givenname"),
    "last_name": ("lastname", "nachname", "surname", "familienname", "zuname"),
    "company": ("company", "firma", "unternehmen", "organisation", "organization"),
    "language": ("language", "sprache", "lang"),
    "time_zone": ("timezone", "zeitzone", "tz"),
    "region": ("region", "bundesland", "state"),
    "callee": ("callee", "art", "kundenart", "b2b", "consumerorbusiness"),
    "presumed_from": ("presumedfrom", "mutmasslich", "presumedconsent", "mutmasslicheeinwilligung"),
    "reference": ("reference", "kundennummer", "kundennr", "customerid", "externalid", "referenz", "id", "kdnr"),
    "consent_at": ("consentat", "einwilligungam", "consentdate", "optindate", "einwilligungsdatum", "optinam"),
    "consent_how": ("consenthow", "einwilligungwie", "consentsource", "optinsource", "einwilligungsquelle"),
    "consent_text": ("consenttext", "einwilligungstext", "consentwording", "optintext"),
    "consent_document": ("consentdocument", "einwilligungsnachweis", "consentproof", "nachweis"),
}
_BY_WORD = {word: target for target, words in _WORDS.items() for word in words}
_LOOKS_LIKE_NUMBER = re.compile(r"(?:\+|00?)[\d ()/.\-]{6,25}")
_LEAST_ALIKE = 0.8


def guess(heading: Sequence[str], rows: Sequence[Sequence[str]], fields: Iterable[LeadField]) -> list[str]:
    """A target for every column; `ignore` where nothing tells. A single target goes to the first column that fits it."""
    own = {_plain(word): FIELD + each.name for each in fields for word in (each.name, each.title) if word}
    taken: set[str] = set()
    found: list[str] = []
    for title in heading:
        word = _plain(title)
        target = own.get(word) or _target(word)
        if target in taken and target not in NUMBERS:
            target = IGNORE
        taken.add(target)
        found.append(target)
    if not any(target in NUMBERS for target in found):
        for place, target in enumerate(found):
            if target == IGNORE and _is_of_numbers(rows, place):
                found[place] = "number"
                break
    return found


def faults_in(
    mapping: Sequence[str], heading: Sequence[str], fields: Sequence[LeadField], *, needs_consent: bool
) -> list[ColumnFault]:
    """Everything that makes this mapping unusable; empty where all is well. `needs_consent`: the calls are advertising."""
    found: list[ColumnFault] = []
    if len(mapping) != len(heading):
        return [_of_file("mapping_length", columns=len(heading), given=len(mapping))]
    own = {FIELD + each.name for each in fields}
    for place, target in enumerate(mapping, 1):
        if target not in TARGETS and target not in own:
            found.append(ColumnFault(column=place, code="no_such_target", facts={"target": target[:80]}))
        elif target not in NUMBERS and target != IGNORE and target in mapping[: place - 1]:
            found.append(ColumnFault(column=place, code="target_twice", facts={"target": target}))
    numbers = sum(target in NUMBERS for target in mapping)
    if not numbers:
        found.append(_of_file("no_number_column"))
    elif numbers > MOST_NUMBERS:
        found.append(_of_file("too_many_number_columns", most=MOST_NUMBERS, given=numbers))
    missing = (each.name for each in fields if each.is_required and FIELD + each.name not in mapping)
    found += [_of_file("required_field_missing", field=name) for name in missing]
    given = [target for target in _CONSENT if target in mapping]
    if given and "consent_at" not in mapping:
        found.append(_of_file("consent_without_date", given=", ".join(given)))
    if "consent_at" in mapping and not {"consent_how", "consent_text", "consent_document"}.issubset(mapping) and needs_consent:
        found.append(_of_file("consent_incomplete", given=", ".join(given)))
    return found


def _of_file(code: str, **facts: str | int) -> ColumnFault:
    return ColumnFault(column=0, code=code, facts=facts)


def _plain(title: str) -> str:
    text = title.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    text = unicodedata.normalize("NFKD", text)
    return "".join(character for character in text if character.isalnum())


def _target(word: str) -> str:
    exact = _BY_WORD.get(word)
    if exact is not None:
        return exact
    without_count = word.rstrip("0123456789")
    return _BY_WORD.get(without_count, IGNORE)


def _is_of_numbers(rows: Sequence[Sequence[str]], place: int) -> bool:
    cells = [row[place].strip() for row in rows if place < len(row) and row[place].strip()]
    alike = sum(_LOOKS_LIKE_NUMBER.fullmatch(cell) is not None for cell in cells)
    return bool(cells) and alike >= _LEAST_ALIKE * len(cells)
