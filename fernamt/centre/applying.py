"""A described centre becomes the one in force, in one transaction, or every fault of it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from config.faults import FaultsFound
from config.settings import Settings
from fernamt.centre.read import Described, placed
from fernamt.centre.recording_rules import recording_rules
from fernamt.centre.records import centre_of
from fernamt.centre.users import MadeLogin, apply_users
from fernamt.installation import Database
from routing.directory import Directory, Team
from store.audit import Author
from store.centre import Applied, Centre, CentreRejected, Change
from store.directory import DirectoryStore

Details = Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What applying changed, or would change: each thing with its fields before and after."""

    applied: Applied
    details: Mapping[tuple[str, str], Details]
    is_dry_run: bool
    beside: Sequence[Mapping[str, Any]] = ()
    """The rows of what stands beside the centre, such as rules of its recordings."""

    def rows(self) -> list[dict[str, Any]]:
        """One row for each change."""
        return [
            {
                "what": change.what,
                "id": change.id,
                "how": change.how.value,
                "details": {key: f"{_short(old)} → {_short(new)}" for key, (old, new) in self._of(change).items()},
            }
            for change in self.applied.changes
        ] + [dict(row) for row in self.beside]

    def told(self) -> str:
        """One sentence."""
        count = len(self.applied.changes) + len(self.beside)
        things = f"{count} thing{'s' * (count != 1)}"
        if not count:
            return f"nothing has to change (revision {self.applied.revision})"
        if self.is_dry_run:
            return f"{things} would change; nothing was done"
        return f"{things} changed: revision {self.applied.revision} holds now"

    def _of(self, change: Change) -> Details:
        return self.details.get((change.what, change.id), {})


async def apply(directory: DirectoryStore, described: Described, *, is_dry_run: bool) -> Outcome:
    """The centre is as described, in one transaction. Raises `FaultsFound` with every fault at its line; then nothing changed."""
    centre = centre_of(described.entries)
    faults = list(described.faults)
    before = await directory.load()
    try:
        applied = await directory.apply(centre, is_dry_run=is_dry_run or bool(faults))
    except CentreRejected as rejected:
        found = (placed(described, fault.where, fault.what) for fault in rejected.faults)
        faults += [fault for fault in found if fault is not None and _is_new(fault.said)]
    if faults:
        raise FaultsFound(faults)
    return Outcome(applied=applied, details=_details(before, centre, applied.changes), is_dry_run=is_dry_run)


async def apply_whole(
    database: Database, described: Described, settings: Settings, *, by: Author, only_new_users: bool = False
) -> tuple[Outcome, list[MadeLogin]]:
    """Centre, users and rules of recordings are as described, in one transaction: an error in any leaves all as it was."""
    valid_s = settings.web.one_time_login_s
    async with database.as_one() as whole:
        outcome = await apply(whole.directory, described, is_dry_run=False)
        logins = await apply_users(whole.users, described.entries.users, valid_s=valid_s, only_new=only_new_users)
        rows = await recording_rules(whole, settings).apply(described, by=by, is_dry_run=False)
    return replace(outcome, beside=rows), logins


def _is_new(sentence: str | None) -> bool:
    """Reading has told already what is described twice, each with its own line."""
    return sentence is None or not sentence.startswith("is described twice")


def _details(before: Directory, centre: Centre, changes: Sequence[Change]) -> dict[tuple[str, str], Details]:
    old: dict[str, Mapping[Any, Any]] = {
        "client": before.clients,
        "project": before.projects,
        "number": before.numbers,
        "agent": before.agents,
        "team": before.teams,
    }
    new: dict[str, Mapping[Any, Any]] = {
        "client": {one.client_id: one for one in centre.clients},
        "project": {one.project_id: one for one in centre.projects},
        "number": centre.numbers,
        "agent": {one.agent_id: one for one in centre.agents},
        "team": {one.team_id: Team(team_id=one.team_id, name=one.name) for one in centre.teams},
    }
    return {
        (change.what, change.id): _difference(old[change.what][change.id], new[change.what][change.id])
        for change in changes
        if change.id in old.get(change.what, {}) and change.id in new.get(change.what, {})
    }


def _difference(old: Any, new: Any) -> Details:
    if isinstance(old, str):
        return {"project_id": (old, new)}
    both = {one.name: (getattr(old, one.name), getattr(new, one.name)) for one in fields(old)}
    return {name: pair for name, pair in both.items() if pair[0] != pair[1]}


def _short(value: Any) -> str:
    if isinstance(value, frozenset | set | list | tuple):
        return ",".join(sorted(map(str, value))) or "none"
    if isinstance(value, Mapping):
        return ",".join(f"{key}={inner}" for key, inner in sorted(value.items())) or "none"
    return "none" if value is None else str(value) if isinstance(value, str | int | float | bool) else "…"
