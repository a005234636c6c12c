"""Adding and changing one thing of the centre: KEY=VALUE arguments, judged by the schema of centre files."""

import tomllib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from config.documents import Document
from config.faults import Fault, FaultsFound
from fernamt.centre.entries import BESIDE, CentreEntries
from fernamt.centre.read import KEYS, describe, placed
from fernamt.centre.records import centre_of
from fernamt.cli.exits import CliError, not_found
from fernamt.cli.showing import note
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from store.centre import Applied, CentreRejected
from store.directory import DirectoryStore

SOURCE = "command line"
_LISTS = ("tuple", "typing.Annotated[tuple", "typing.Optional[typing.Annotated[tuple")
"""How the types of lists that may be written a,b,c begin."""

Known = Callable[[DirectoryStore, str], Awaitable[Mapping[str, Any] | None]]
"""Reads the present values of the thing of that name; None where there is none."""
How = Callable[[DirectoryStore, str, str, Mapping[str, Any], Mapping[str, Any] | None], Awaitable[Applied]]


def carry_out(how: How, section: str, name: str, arguments: Sequence[str], known: Known) -> None:
    """The thing is added or changed (`how`) as the KEY=VALUE arguments say, and what came of it is told."""

    async def applied() -> Applied:
        async with opened(settings()) as database:
            return await how(database.directory, section, name, pairs(arguments, section), await known(database.directory, name))

    note(told(run(applied()), section, name))


def pairs(arguments: Sequence[str], section: str) -> dict[str, Any]:
    """The values of KEY=VALUE arguments: TOML where it is TOML, else plain text; lists may be written a,b,c."""
    faults = [_no_pair(argument) for argument in arguments if "=" not in argument]
    split = [argument.partition("=") for argument in arguments]
    keys = [key for key, equals, _ in split if equals]
    twice = [key for key in dict.fromkeys(keys) if keys.count(key) > 1]
    faults += [Fault(source=SOURCE, key=key, expected="one value", given=str(keys.count(key))) for key in twice]
    if faults:
        raise FaultsFound(faults)
    return {key: _value(key, text, section) for key, _, text in split}


async def put(directory: DirectoryStore, section: str, values: Mapping[str, Any]) -> Applied:
    """The thing of that section has these values. Raises `FaultsFound` with every fault."""
    described = describe(Document(source=SOURCE, values={section: [dict(values)]}))
    faults = list(described.faults)
    faults += [_beside(key) for key in values if section == "projects" and key in BESIDE]
    if not faults:
        try:
            return await directory.apply(centre_of(described.entries))
        except CentreRejected as rejected:
            placed_faults = (placed(described, fault.where, fault.what) for fault in rejected.faults)
            faults = [fault for fault in placed_faults if fault is not None]
    raise FaultsFound([_without_index(fault, section) for fault in faults])


async def add(
    directory: DirectoryStore, section: str, name: str, values: Mapping[str, Any], known: Mapping[str, Any] | None
) -> Applied:
    """The thing exists from here on. Raises `CliError` where it existed before (`known` is not None)."""
    if known is not None:
        noun = section[:-1]
        raise CliError(f"there is a {noun} {name!r} already", way_out=f"`fernamt {section} set {name} KEY=VALUE` changes it")
    return await put(directory, section, {KEYS[section]: name, **values})


async def change(
    directory: DirectoryStore, section: str, name: str, values: Mapping[str, Any], known: Mapping[str, Any] | None
) -> Applied:
    """The thing has these values, the others stay. Raises `CliError` where there is none."""
    if known is None:
        raise not_found(section[:-1], name, list_with=f"fernamt {section} list")
    if not values:
        raise CliError("nothing to set was given", way_out=f"`fernamt {section} set {name} KEY=VALUE …`")
    return await put(directory, section, {**_given(known), **values})


def told(applied: Applied, section: str, name: str) -> str:
    """One sentence of what came of it."""
    how = ", ".join(f"{change.what} {change.id} {change.how.value}" for change in applied.changes)
    return f"{how} (revision {applied.revision})" if how else f"{section[:-1]} {name}: nothing had to change"


def _given(known: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in known.items() if value is not None}


def _value(key: str, text: str, section: str) -> Any:
    if _is_list(key, section) and not text.startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _is_list(key: str, section: str) -> bool:
    entry = CentreEntries.model_fields[section].annotation
    fields = entry.__args__[0].model_fields if entry is not None else {}
    return key in fields and str(fields[key].annotation).startswith(_LISTS)


def _no_pair(argument: str) -> Fault:
    return Fault(source=SOURCE, key=repr(argument), expected='KEY=VALUE, such as name="Anna"', given="no '='")


def _beside(key: str) -> Fault:
    """It would be taken, and change nothing."""
    expected = "it in a centre file, or by `fernamt quality` and `fernamt recordings terms`"
    return Fault(source=SOURCE, key=f"projects[1].{key}", expected=expected, given="it here")


def _without_index(fault: Fault, section: str) -> Fault:
    """The command line has one thing only: "agents[1].level" is its level."""
    prefix = f"{section}[1]"

    def shorter(key: str) -> str:
        return key.removeprefix(f"{prefix}.") if key != prefix else section[:-1]

    return Fault(
        source=fault.source,
        key=shorter(fault.key),
        expected=fault.expected,
        given=fault.given,
        nearest=shorter(fault.nearest) if fault.nearest else None,
        said=fault.said,
    )
