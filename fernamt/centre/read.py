"""Reads what describes a centre, a file or a request's body: its entries, or every fault with its line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from config.check import fault_at, faults_of, pruned
from config.documents import Document, read_toml
from config.faults import Fault, FaultsFound
from config.toml_positions import Path as KeyPath
from fernamt.centre.entries import CentreEntries, ProjectEntry, UserEntry

KEYS: Mapping[str, str] = {
    "departments": "name",
    "clients": "client_id",
    "projects": "project_id",
    "numbers": "did",
    "agents": "agent_id",
    "endpoints": "endpoint_id",
    "teams": "team_id",
    "users": "login",
}
"""What names an entry of each list."""
_LISTENING = ("supervisor", "team_leader")
_NEEDED = {"agent": "agent_id", "client": "client_id", "team_leader": "team"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a document says. With `faults` it cannot be applied, but the well-formed rest can be judged as well."""

    document: Document
    entries: CentreEntries
    faults: tuple[Fault, ...]
    malformed: frozenset[KeyPath] = frozenset()
    """Where the entries stood that are left out of `entries`."""


def read_centre(file: Path) -> Described:
    """What the file says. Raises `FaultsFound` where nothing can be read of it."""
    document = read_toml(file)
    if isinstance(document, Fault):
        raise FaultsFound([document])
    return describe(document)


def describe(document: Document) -> Described:
    """The entries of the document, and what is wrong with it by itself."""
    faults: list[Fault] = []
    malformed: set[KeyPath] = set()
    try:
        entries = CentreEntries.model_validate(document.values)
    except ValidationError as error:
        faults = faults_of(error, CentreEntries, [document])
        malformed = {tuple(details["loc"][:2]) for details in error.errors(include_url=False)}
        entries = CentreEntries.model_validate(pruned(document.values, malformed))
    faults += [
        fault_at(_whole(path, malformed), expected=expected, given=given, documents=[document])
        for path, expected, given in (*_twice(entries), *_users(entries.users), *_unshared(entries))
    ]
    return Described(
        document=document, entries=with_shared_departments(entries), faults=tuple(faults), malformed=frozenset(malformed)
    )


def placed(described: Described, where: str, what: str) -> Fault | None:
    """A fault the store found, at its place: `where` is "agent anna certificates", `what` a sentence.

    None where it only says that an entry is missing which is there, but malformed.
    """
    if any(f"'{name}'" in what for name in _names(described)):
        return None
    kind, _, rest = where.partition(" ")
    name, _, key = rest.partition(" ")
    section = f"{kind}s"
    entries: Sequence[object] = getattr(described.entries, section, ())
    number = next((n for n, entry in enumerate(entries) if getattr(entry, KEYS[section]) == name.strip("'")), None)
    if number is None:
        return Fault(source=described.document.source, key=where, expected="", given="", said=what)
    keys = (int(each) if each.isdecimal() else each for each in key.split(" ") if each)
    path = _whole((section, number, *keys), described.malformed)
    place = fault_at(path, expected="", given="", documents=[described.document])
    return Fault(source=place.source, line=place.line, column=place.column, key=place.key, expected="", given="", said=what)


def _twice(entries: CentreEntries) -> Iterator[tuple[KeyPath, str, str]]:
    """The same thing described twice: the document would not say which one counts."""
    for section, key in KEYS.items():
        seen: set[str] = set()
        for number, entry in enumerate(getattr(entries, section)):
            name = getattr(entry, key)
            if name in seen:
                yield (section, number, key), "each only once", repr(name)
            seen.add(name)


def _unshared(entries: CentreEntries) -> Iterator[tuple[KeyPath, str, str]]:
    """Departments that a project names and nobody describes."""
    known = {each.name for each in entries.departments}
    for number, project in enumerate(entries.projects):
        for name in project.shared_departments:
            if name not in known:
                expected = f"names of [[departments]] ({', '.join(sorted(known)) or 'there is none'})"
                yield ("projects", number, "shared_departments"), expected, repr(name)


def with_shared_departments(entries: CentreEntries) -> CentreEntries:
    """Every project has the departments it shares beside its own: the centre knows departments of projects only."""
    shared = {each.name: each for each in entries.departments}

    def whole(project: ProjectEntry) -> ProjectEntry:
        more = tuple(shared[name] for name in project.shared_departments if name in shared)
        return project.model_copy(update={"departments": (*project.departments, *more)}) if more else project

    return entries.model_copy(update={"projects": tuple(map(whole, entries.projects))})


def _users(users: Sequence[UserEntry]) -> Iterator[tuple[KeyPath, str, str]]:
    """An agent's user names the agent, a client's the client, a team leader's the team. Who leads may name an agent, too."""
    for number, user in enumerate(users):
        for key in ("agent_id", "client_id", "team"):
            value = getattr(user, key)
            is_needed = _NEEDED.get(user.role.value) == key
            if key == "agent_id" and user.role.value in _LISTENING:
                continue  # whose phone they listen with
            if is_needed and value is None:
                yield ("users", number, key), f"a value, because the role is {user.role.value}", "nothing"
            elif not is_needed and value is not None:
                yield ("users", number, key), f"nothing, because the role is {user.role.value}", repr(value)


def _whole(path: KeyPath, malformed: set[KeyPath] | frozenset[KeyPath]) -> KeyPath:
    """The path in the whole document of a path in what was left of it without the malformed entries."""
    section, number = path[0], path[1]
    for place in sorted(at[1] for at in malformed if at[0] == section and len(at) > 1 and isinstance(at[1], int)):
        if isinstance(number, int) and place <= number:
            number += 1
    return (section, number, *path[2:])


def _names(described: Described) -> set[str]:
    """What the malformed entries are called."""
    names: set[str] = set()
    for section, number in (at for at in described.malformed if len(at) > 1):
        entry = described.document.values[str(section)]
        if isinstance(entry, list) and isinstance(number, int) and isinstance(entry[number], Mapping):
            names |= {value for value in entry[number].values() if isinstance(value, str)}
    return names
