"""The campaign board: a fold over attempts and orders, for a list, its agents, or both, against what the client was promised.

All figures are counts and milliseconds; a share without a base is None, never 0. Money has no place here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from routing.outbound.facts import Outcome
from routing.outbound.lead import GIVEN_OUT, LeadState
from routing.outbound.verdicts import Targets
from telephony.identifiers import AgentId, Instant

_HOUR_MS = 3_600_000
Key = TypeVar("Key", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call of a lead that is over. Milliseconds."""

    list_id: str
    agent_id: AgentId
    lead_id: int
    at: Instant
    outcome: Outcome
    ring_ms: int = 0
    talk_ms: int = 0
    wrap_up_ms: int = 0
    preview_ms: int = 0
    """The lead was before the agent's eyes, and not dialled yet."""
    is_reached: bool = False
    """Answered, and by the wrap-up code's rule it was who was wanted."""
    is_success: bool = False


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
    """What is counted of one agent, one list, or all."""

    calls: int = 0
    answered: int = 0
    leads: frozenset[int] = frozenset()
    """Tried at least once."""
    reached: frozenset[int] = frozenset()
    successes: frozenset[int] = frozenset()
    """A lead succeeds once, however often it is called."""
    work_ms: int = 0
    """Preview, ringing, talk and wrap-up: what the calls took."""
    talk_ms: int = 0
    booked: int = 0
    effective: int = 0
    cancelled: int = 0
    expired: int = 0

    @property
    def reach_permille(self) -> int | None:
        """Leads reached of leads tried."""
        return _permille(len(self.reached), len(self.leads))

    @property
    def success_permille(self) -> int | None:
        """Successes of leads reached."""
        return _permille(len(self.successes), len(self.reached))

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
        return _per_hour(len(self.successes), self.work_ms)

    @property
    def ms_per_lead(self) -> int | None:
        """Working time for each lead tried."""
        return self.work_ms // len(self.leads) if self.leads else None


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


def tallied(attempts: Iterable[Attempt], orders: Iterable[OrderCount] = ()) -> Tally:
    """Everything together."""
    fold = _Fold[str]()
    for attempt in attempts:
        fold.attempt("", attempt)
    for order in orders:
        fold.order("", order)
    return fold.tallies().get("", Tally())


def by_agent(attempts: Iterable[Attempt], orders: Iterable[OrderCount] = ()) -> Mapping[AgentId, Tally]:
    """By who called, in the order of their ids."""
    fold = _Fold[AgentId]()
    for attempt in attempts:
        fold.attempt(attempt.agent_id, attempt)
    for order in orders:
        fold.order(order.agent_id, order)
    return fold.tallies()


def by_list(attempts: Iterable[Attempt], orders: Iterable[OrderCount] = ()) -> Mapping[str, Tally]:
    """By list, in the order of their ids."""
    fold = _Fold[str]()
    for attempt in attempts:
        fold.attempt(attempt.list_id, attempt)
    for order in orders:
        fold.order(order.list_id, order)
    return fold.tallies()


class _Fold(Generic[Key]):
    """Sums while it goes through a list of any length; sets of leads are frozen at the end."""

    def __init__(self) -> None:
        self._sums: dict[Key, Tally] = {}
        self._leads: dict[Key, tuple[set[int], set[int], set[int]]] = {}

    def attempt(self, key: Key, attempt: Attempt) -> None:
        tally = self._sums.get(key, Tally())
        tried, reached, succeeded = self._leads.setdefault(key, (set(), set(), set()))
        tried.add(attempt.lead_id)
        if attempt.is_reached:
            reached.add(attempt.lead_id)
        if attempt.is_success:
            succeeded.add(attempt.lead_id)
        self._sums[key] = replace(
            tally,
            calls=tally.calls + 1,
            answered=tally.answered + (attempt.outcome is Outcome.ANSWERED),
            work_ms=tally.work_ms + attempt.preview_ms + attempt.ring_ms + attempt.talk_ms + attempt.wrap_up_ms,
            talk_ms=tally.talk_ms + attempt.talk_ms,
        )

    def order(self, key: Key, order: OrderCount) -> None:
        tally = self._sums.get(key, Tally())
        self._sums[key] = replace(
            tally,
            booked=tally.booked + order.booked,
            effective=tally.effective + order.effective,
            cancelled=tally.cancelled + order.cancelled,
            expired=tally.expired + order.expired,
        )

    def tallies(self) -> dict[Key, Tally]:
        told = {}
        for key in sorted(self._sums):
            tried, reached, succeeded = self._leads.get(key, (set(), set(), set()))
            told[key] = replace(
                self._sums[key], leads=frozenset(tried), reached=frozenset(reached), successes=frozenset(succeeded)
            )
        return told


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
        successes_to_come=round(open_leads * len(tally.successes) / closed),
    )


COLUMNS = (
    *("key", "calls", "answered", "leads", "reached", "successes", "reach_permille", "success_permille"),
    *("booked", "effective", "cancelled", "expired", "cancellation_permille"),
    *("calls_per_hour", "successes_per_hour", "ms_per_lead", "work_ms", "talk_ms"),
)


def row_of(key: str, tally: Tally) -> Mapping[str, str]:
    """The tally as a row of a table, under `COLUMNS`; what is not known is empty."""
    row: dict[str, object] = {name: getattr(tally, name) for name in COLUMNS if name != "key"}
    row |= {name: len(getattr(tally, name)) for name in ("leads", "reached", "successes")}
    return {"key": key, **{name: _plain(value) for name, value in row.items()}}


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
