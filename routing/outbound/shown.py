"""Which number the called party sees: only one we have a right to show (§120 TKG), with owner, document and term."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from routing.outbound.asking import Shown
from routing.outbound.number import describe
from routing.outbound.zones import NumberClass
from telephony.identifiers import SECOND, AgentId, ClientId, Instant, ProjectId

OURS = "centre"
"""The owner of numbers that are allocated to the centre itself."""
SHOWABLE = frozenset({NumberClass.LANDLINE, NumberClass.MOBILE, NumberClass.INTERNATIONAL_EU, NumberClass.INTERNATIONAL_OTHER})
"""Never premium, service, short or emergency numbers (§120(3) TKG), and none that cannot be called back for sure."""


class AssignedTo(StrEnum):
    """Whose calls show the number: the first of these that has one decides."""

    AGENT = "agent"
    PROJECT = "project"
    CLIENT = "client"
    CENTRE = "centre"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRight:
    """The documented right to show a number, and for whose calls it is shown."""

    right_id: str
    number: str
    """E.164."""
    owner: str
    """The client it is allocated to, or `OURS`."""
    document: str
    """Where the permission is filed."""
    assigned_to: AssignedTo
    assigned_id: str
    """Of the agent, project or client; empty for the centre."""
    valid_from: Instant
    valid_until: Instant | None = None
    """From when on it is no right any more; None: until it is withdrawn."""

    def holds_at(self, at: Instant) -> bool:
        """Whether the number may be shown at that instant."""
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)


EXPIRES_SOON_US = 30 * 86_400 * SECOND


def standing(rights: Iterable[ShownRight], at: Instant) -> tuple[list[ShownRight], list[ShownRight]]:
    """The rights that hold, and those of them that end within thirty days."""
    holding = [right for right in rights if right.holds_at(at)]
    return holding, [right for right in holding if right.valid_until is not None and right.valid_until < at + EXPIRES_SOON_US]


Rights = dict[tuple[str, str], tuple[ShownRight, ...]]
"""By what they are assigned to (a value of `AssignedTo`) and its id."""
_AGENT, _PROJECT, _CLIENT, _CENTRE = (each.value for each in AssignedTo)


def by_assignment(rights: Iterable[ShownRight]) -> Rights:
    """The rights by whose calls they are for; of several the one that lasts longest comes first."""
    found: dict[tuple[str, str], list[ShownRight]] = {}
    for right in rights:
        found.setdefault((right.assigned_to.value, right.assigned_id), []).append(right)
    return {whose: tuple(sorted(some, key=_lasting)) for whose, some in found.items()}


def _lasting(right: ShownRight) -> tuple[bool, int, str]:
    return right.valid_until is not None, -(right.valid_until or 0), right.right_id


def is_showable(number: str, home_country: str = "DE") -> bool:
    """Whether such a number may be shown to anybody at all, with whatever right."""
    return describe(number, home_country).number_class in SHOWABLE


def number_to_show(
    rights: Rights,
    at: Instant,
    *,
    agent_id: AgentId | None,
    project_id: ProjectId | None,
    client_id: ClientId | None,
    is_handing_on: bool = False,
) -> Shown | None:
    """The agent's number, else the project's, else the client's, else the centre's own; None where none may be shown now.

    A caller who is handed on was the client's caller: the agent's own number is left out. A client's number stands for that
    client alone, whoever's calls somebody assigned it to: what advertises shows the advertiser's number or ours (§15(2) TDDDG).
    """
    whose = (
        (_AGENT, None if is_handing_on else agent_id),
        (_PROJECT, project_id),
        (_CLIENT, client_id),
        (_CENTRE, ""),
    )
    for assigned_to, identifier in whose:
        if identifier is None:
            continue
        for right in rights.get((assigned_to, identifier), ()):
            if right.holds_at(at) and right.owner in (OURS, client_id):
                return Shown(number=right.number, right_id=right.right_id)
    return None
