"""The directory as it would be if a centre file were applied; nothing is written."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from routing.directory import CallerList, Directory
from store.centre import Centre

_SETTINGS = ("default_weights", "home_country", "ageing_ms", "outside_shift")


def proposed(now: Directory, centre: Centre) -> Directory:
    """What is named in the file as it says, everything else as it is now."""
    lists = getattr(centre, "caller_lists", None)
    given = {name: getattr(centre, name, None) for name in _SETTINGS}
    settings: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if lists is not None:
        settings["caller_lists"] = {name: CallerList(name=name, priority_ms=priority) for name, priority in lists.items()}
    return replace(
        now,
        clients={**now.clients, **_by("client_id", centre.clients)},
        projects={**now.projects, **_by("project_id", centre.projects)},
        numbers={**now.numbers, **centre.numbers},
        agents={**now.agents, **_by("agent_id", centre.agents)},
        **settings,
    )


def differences(now: Directory, new: Directory) -> list[str]:
    """What is different, one line each: "agent anna level: 1 → 3"."""
    found = [
        f"centre {name}: {getattr(now, name)} → {getattr(new, name)}" for name in _SETTINGS if _of(now, name) != _of(new, name)
    ]
    both: list[tuple[str, Mapping[Any, Any], Mapping[Any, Any]]] = [
        ("project", now.projects, new.projects),
        ("agent", now.agents, new.agents),
    ]
    for kind, before, after in both:
        for key, item in sorted(after.items()):
            old = before.get(key)
            if old is None:
                found.append(f"{kind} {key}: added")
                continue
            names = [field.name for field in fields(old) if getattr(old, field.name) != getattr(item, field.name)]
            found += [f"{kind} {key} {name}: {_short(getattr(old, name))} → {_short(getattr(item, name))}" for name in names]
    return found


def _by(key: str, items: Iterable[Any]) -> dict[Any, Any]:
    return {getattr(item, key): item for item in items}


def _of(directory: Directory, name: str) -> object:
    return getattr(directory, name)


def _short(value: object) -> str:
    if isinstance(value, frozenset | set | list | tuple):
        return ",".join(sorted(map(str, value))) or "none"
    if isinstance(value, Mapping):
        return ",".join(f"{key}={inner}" for key, inner in sorted(value.items())) or "none"
    return str(value)
