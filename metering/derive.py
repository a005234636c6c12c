"""Follows the journal and folds every call that has ended: step by step or all from the start, the lines are the same.

A call's facts are kept while it is open and for a while after its end. One that comes late folds the call again, and the outcome
replaces what was derived before; a call that is no longer in memory is read from the journal once more. So what is kept in memory
only saves reading: it never decides what a line says.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field

from metering.facts import METERED, Facts
from metering.fold import DEFAULT_RULES, fold_facts
from metering.lines import FoldedCall, MeteringRules
from metering.ports import DerivationState, EventSource, Gap, WrittenBook
from telephony.dialling import CallPlaced
from telephony.events import CallEnded, Envelope, FallbackAnswered, GapObserved, LegOffered
from telephony.identifiers import CallId, SwitchName

OPEN_LIMIT = 20_000
"""Open calls kept in memory; beyond, the oldest are read again when they go on."""
ENDED_LIMIT = 1_000
"""Ended calls kept for facts that come late."""
CALLS_PER_STEP = 500
GAPS_KEPT = 1_000

_BEGINNINGS = (LegOffered, FallbackAnswered, CallPlaced)


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedStep:
    """Calls folded anew, and how far the journal is derived with them."""

    calls: tuple[FoldedCall, ...]
    state: DerivationState


@dataclass(slots=True)
class _Kept:
    """What is known of one call so far; `loaded_to`: events up to this number came from reading the call again."""

    facts: Facts = field(default_factory=Facts)
    first: Envelope | None = None
    loaded_to: int = 0
    ended_seq: int | None = None

    def note(self, envelope: Envelope) -> None:
        """This event is known as well."""
        self.facts.note(envelope)
        if self.first is None:
            self.first = envelope
        if self.ended_seq is None and type(envelope.event) is CallEnded:
            self.ended_seq = envelope.seq


class Derivation:
    """Turns the journal after `state` into steps. Holds no connection and reads no clock."""

    def __init__(
        self,
        source: EventSource,
        state: DerivationState,
        *,
        rules: MeteringRules = DEFAULT_RULES,
        calls_per_step: int = CALLS_PER_STEP,
        open_limit: int = OPEN_LIMIT,
        ended_limit: int = ENDED_LIMIT,
    ) -> None:
        self._source = source
        self._rules = rules
        self._calls_per_step = calls_per_step
        self._open_limit = open_limit
        self._ended_limit = ended_limit
        self._open: dict[CallId, _Kept] = {}
        self._ended: dict[CallId, _Kept] = {}
        self._folded: dict[CallId, FoldedCall] = {}
        self._gaps: dict[SwitchName, list[Gap]] = {}
        self._kept_gaps = state.gaps
        for gap in state.gaps:
            self._gaps.setdefault(gap.switch, []).append(gap)
        self._seq = state.seq

    @property
    def kept_calls(self) -> int:
        """Of how many calls the facts are in memory."""
        return len(self._open) + len(self._ended)

    async def steps(self, until: int | None = None) -> AsyncIterator[DerivedStep]:
        """What follows from the events there are now, up to and with `until`; ends when all are read."""
        started_from = self._seq
        async for envelope in self._source.read_since(self._seq, until):
            self._seq = envelope.seq
            if type(envelope.event) not in METERED:
                continue
            call_id = envelope.call_id
            if call_id is None:
                self._note_gap(envelope)
                continue
            kept = self._open.get(call_id) or self._ended.get(call_id)
            if kept is None:
                kept = await self._keep(call_id, envelope)
            elif envelope.seq > kept.loaded_to:
                kept.note(envelope)
            if kept.ended_seq is not None and envelope.seq >= kept.ended_seq:
                self._fold(call_id, kept)
                if len(self._folded) >= self._calls_per_step:
                    yield self._step()
        if self._folded or self._seq != started_from:
            yield self._step()

    async def _keep(self, call_id: CallId, envelope: Envelope) -> _Kept:
        """The call is in memory, with this event. One that did not begin with it is read whole from the journal."""
        kept = _Kept()
        if type(envelope.event) in _BEGINNINGS:
            kept.note(envelope)
        else:
            async for earlier in self._source.read_call(call_id):
                if type(earlier.event) in METERED:
                    kept.note(earlier)
                kept.loaded_to = earlier.seq
        self._open[call_id] = kept
        if len(self._open) > self._open_limit:
            oldest = next((known for known, held in self._open.items() if held is not kept), None)
            if oldest is not None:
                del self._open[oldest]
        return kept

    def _note_gap(self, envelope: Envelope) -> None:
        event = envelope.event
        if not isinstance(event, GapObserved):
            return
        gap = Gap(envelope.seq, event.switch, event.from_at, event.to_at)
        self._gaps.setdefault(event.switch, []).append(gap)
        self._kept_gaps = (*self._kept_gaps, gap)[-GAPS_KEPT:]

    def _fold(self, call_id: CallId, kept: _Kept) -> None:
        """The call is folded with all that is known of it: at once, while its facts are still near the processor."""
        self._open.pop(call_id, None)
        self._ended.pop(call_id, None)
        self._ended[call_id] = kept
        if len(self._ended) > self._ended_limit:
            del self._ended[next(iter(self._ended))]
        folded = fold_facts(call_id, kept.facts, self._gaps_of(kept), self._rules)
        if folded is not None:
            self._folded[call_id] = folded

    def _step(self) -> DerivedStep:
        calls = tuple(self._folded.values())
        self._folded.clear()
        state = DerivationState(seq=self._seq, gaps=self._kept_gaps, rule_version=self._rules.version)
        return DerivedStep(calls=calls, state=state)

    def _gaps_of(self, kept: _Kept) -> Iterable[Gap]:
        """Gaps of the call's switch that were known when it ended: a call whose end was seen before lost nothing in it."""
        first = kept.first
        if not self._gaps or kept.ended_seq is None or first is None:
            return ()
        gaps = self._gaps.get(first.switch, ()) if first.switch is not None else ()
        found: list[Gap] = []
        for gap in reversed(gaps):
            if gap.to_at <= first.occurred_at:
                break  # gaps of a switch follow each other
            if gap.seq < kept.ended_seq:
                found.append(gap)
        return found


async def catch_up(
    derivation: Derivation, book: WrittenBook, until: int | None = None, *, is_stopping: Callable[[], bool] = lambda: False
) -> int:
    """The book holds the minutes of every call that ended in the journal so far, or those of the steps up to a stop.

    Returns how many calls were folded.
    """
    count = 0
    async for step in derivation.steps(until):
        await book.put(step.calls, step.state)
        count += len(step.calls)
        if is_stopping():
            break
    return count


async def rebuild(source: EventSource, book: WrittenBook, rules: MeteringRules = DEFAULT_RULES) -> int:
    """The book is made anew of the whole journal, byte for byte what following it had made. Returns the number of calls."""
    await book.clear()
    return await catch_up(Derivation(source, DerivationState(), rules=rules), book)
