"""The campaign board: what came of a list's calls and orders, against what the client was promised.

All figures are counts and milliseconds; a share without a base is None, never 0. Money has no place here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from routing.outbound.lead import GIVEN_OUT, LeadState
from routing.outbound.verdicts import CodeRule, Targets
from telephony.identifiers import AgentId, Instant, WrapUpCode

_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCount:
    """Orders that an agent took from a list's leads."""

    list_id: str
    agent_id: AgentId
    booked: int = 0
    effective: int = 0
    cancelled: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What is counted of one agent, one list, or all. A lead counts once for it, however often it was called."""

    calls: int = 0
    answered: int = 0
    machines: int = 0
    """Calls that an answering machine took; not among the answered."""
    leads: int = 0
    """Tried at least once."""
    reached: int = 0
    """Answered, and by the wrap-up code's rule it was who was wanted."""
    successes: int = 0
    work_ms: int = 0
    """Preview, ringing, talk and wrap-up: what the calls took."""
    talk_ms: int = 0
    booked: int = 0
    effective: int = 0
    cancelled: int = 0
    expired: int = 0

    @property
    def machine_permille(self) -> int | None:
        """Calls that a machine took, of all calls."""
        return _permille(self.machines, self.calls)

    @property
    def reach_permille(self) -> int | None:
        """Leads reached of leads tried."""
        return _permille(self.reached, self.leads)

    @property
    def success_permille(self) -> int | None:
        """Successes of leads reached."""
        return _permille(self.successes, self.reached)

    @property
    def cancellation_permille(self) -> int | None:
        """Orders cancelled of orders booked."""
        return _permille(self.cancelled, self.booked)

    @property
    def calls_per_hour(self) -> float | None:
        """Of the time that calls took."""
        return _per_hour(self.calls, self.work_ms)

    @property
    def successes_per_hour(self) -> float | None:
        """Of the time that calls took."""
        return _per_hour(self.successes, self.work_ms)

    @property
    def ms_per_lead(self) -> int | None:
        """Working time for each lead tried."""
        return self.work_ms // self.leads if self.leads else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """The calls of one hour, by when they were dialled."""

    from_at: Instant
    calls: int
    reached: int
    """Calls that reached who was wanted."""
    successes: int
    work_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesMeant:
    """What a project's wrap-up codes say of the figures."""

    not_reached: frozenset[WrapUpCode]
    """Somebody answered who was not the person wanted. Any other answered call reached them, one without a code too."""
    successes: frozenset[WrapUpCode]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What is read of a list: a period by agent and hour, and the whole list."""

    total: Tally
    by_agent: Mapping[AgentId, Tally]
    hours: Sequence[Hour]
    """Those with calls, in their order."""
    ever: Tally
    """All calls of the list, whoever made them and whenever: how many, what they took, and how many of them were successes."""
    by_state: Mapping[LeadState, int]
    tried: int
    """Leads tried at least once, ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstTarget:
    """A figure beside what was promised. `is_met` None: nothing was promised, or nothing is known yet."""

    figure: float | None
    target: float | None
    is_met: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How long a list will last, if it goes on as it went."""

    open_leads: int
    calls_left: int
    """Attempts still to come: open leads by the attempts a closed lead took."""
    work_left_ms: int
    successes_to_come: int


def codes_meant(rules: Sequence[CodeRule]) -> CodesMeant:
    """What counts, under these rules: a rule that is mended mends the figures too."""
    return CodesMeant(
        not_reached=frozenset(rule.code for rule in rules if not rule.is_reached),
        successes=frozenset(rule.code for rule in rules if rule.is_success),
    )


def with_orders(tally: Tally, orders: Iterable[OrderCount]) -> Tally:
    """The tally with these orders."""
    for each in orders:
        tally = replace(
            tally,
            booked=tally.booked + each.booked,
            effective=tally.effective + each.effective,
            cancelled=tally.cancelled + each.cancelled,
            expired=tally.expired + each.expired,
        )
    return tally


def against(tally: Tally, targets: Targets) -> Mapping[str, AgainstTarget]:
    """Each figure that can be promised beside its promise. Cancellations are to stay below theirs, all others above."""
    return {
        "reach_permille": _above(tally.reach_permille, targets.reach_permille),
        "success_permille": _above(tally.success_permille, targets.success_permille),
        "cancellation_permille": _below(tally.cancellation_permille, targets.cancellation_permille),
        "successes_per_hour": _above(tally.successes_per_hour, targets.successes_per_hour),
    }


def penetration_permille(by_state: Mapping[LeadState, int], tried: int) -> int | None:
    """Leads tried at least once, of all there are and that were not erased."""
    there = sum(count for state, count in by_state.items() if state is not LeadState.ERASED)
    return _permille(min(tried, there), there)


def forecast(by_state: Mapping[LeadState, int], tally: Tally) -> Forecast | None:
    """What is left of the list, by what it took so far; None before a lead has come to an end."""
    open_leads = sum(count for state, count in by_state.items() if state in GIVEN_OUT or state is LeadState.CLAIMED)
    never_called = (LeadState.ERASED, LeadState.RESTRICTED)
    closed = sum(count for state, count in by_state.items() if state not in never_called) - open_leads
    if not closed or not tally.calls:
        return None
    # Attempts of leads that are still open are counted to those that have ended: the forecast is rather too long than too short.
    fresh = by_state.get(LeadState.FRESH, 0)
    begun = open_leads - fresh
    per_lead = tally.calls / closed
    calls_left = max(round(fresh * per_lead + begun * max(per_lead - 1, 1)), open_leads)
    return Forecast(
        open_leads=open_leads,
        calls_left=calls_left,
        work_left_ms=calls_left * (tally.work_ms // tally.calls),
        successes_to_come=round(open_leads * tally.successes / closed),
    )


COLUMNS = (
    *("key", "calls", "answered", "leads", "reached", "successes", "reach_permille", "success_permille"),
    *("booked", "effective", "cancelled", "expired", "cancellation_permille"),
    *("calls_per_hour", "successes_per_hour", "ms_per_lead", "work_ms", "talk_ms"),
    *("machines", "machine_permille"),
)


def figures_of(tally: Tally) -> Mapping[str, float | None]:
    """The tally's figures by their names; None where one is not known."""
    return {name: getattr(tally, name) for name in COLUMNS if name != "key"}


def row_of(key: str, tally: Tally) -> Mapping[str, str]:
    """The tally as a row of a table, under `COLUMNS`; what is not known is empty."""
    return {"key": key, **{name: _plain(value) for name, value in figures_of(tally).items()}}


def _plain(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _permille(part: int, whole: int) -> int | None:
    return (part * 1_000 + whole // 2) // whole if whole else None


def _per_hour(count: int, work_ms: int) -> float | None:
    return count * _HOUR_MS / work_ms if work_ms else None


def _above(figure: float | None, target: float | None) -> AgainstTarget:
    is_met = None if figure is None or target is None else figure >= target
    return AgainstTarget(figure=figure, target=target, is_met=is_met)


def _below(figure: float | None, target: float | None) -> AgainstTarget:
    is_met = None if figure is None or target is None else figure <= target
    return AgainstTarget(figure=figure, target=target, is_met=is_met)
