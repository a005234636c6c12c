"""What of a turn goes to the switch ahead of it: the ringing of a phone, and the connecting of who answers it.

A turn is many small things, of which a caller waits for one. Where that one is certain before the turn, it is sent first; the
turn follows within milliseconds, before anything else is heard, asked or due, and comes to the same from the same state:

- *A caller of whom nothing special is known* is offered to whom the floor would choose, in the words of the last such offer of
  the number called. Not where the directory has changed since, the hours may have, or something is due.
- *An agent who answers* is connected as the call's table says: the machine is pure, and is asked while the phone rings.

Whatever else may be takes the turn's way. A turn that came to something else after all would have the last word, and be told of.
"""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from routing.directory import Directory
from routing.hours import next_change_at
from routing.queueing import WaitingCall
from routing.sampling import AskedBy
from telephony.call import machine
from telephony.call.model import Call, CallState
from telephony.commands import AnswerLeg, Command, HangUp, JoinBridge, MarkWaiting, RingEndpoint, StopMusic, StopPlaying
from telephony.decisions import DecisionTaken
from telephony.engine.arrival import Arrival, TurnResult
from telephony.engine.inbox import Note
from telephony.engine.ports import NO_MARKS, CallerArrived
from telephony.engine.turn import Turn
from telephony.events import Envelope, LegAnswered, LegOffered, UnexpectedHappened
from telephony.identifiers import CallId, Instant, LegId, SwitchName, after_ms, call_of, leg_id

MACHINE = "ahead"
"""Its name where a turn came to something else."""
TIMELESS = frozenset({AnswerLeg, JoinBridge, MarkWaiting, StopMusic, StopPlaying})
"""What connects two, and says the same whenever it is said."""
WORDS_LAST_MS = 3_600_000
NUMBERS_KEPT = 1_024


class _Words(msgspec.Struct, frozen=True):
    """How callers of a number are offered, for as long as that is certain."""

    ring: RingEndpoint
    asks: WaitingCall
    """What they ask for, as the floor sees it."""
    directory: Directory
    until: Instant


class Ahead:
    """Looks at the turn's state, and changes nothing there."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._words: dict[tuple[SwitchName, str], _Words] = {}
        self._connections: dict[CallId, tuple[Call, Sequence[Command]]] = {}
        """Of calls that ring at an agent's."""

    def commands(self, note: Note, next_due: Instant | None) -> Sequence[Command]:
        """What the turn of this fact is certain to send; nothing for most. `next_due`: when something is due."""
        what = note.fact.what
        if type(what) is CallerArrived:
            return self._offer(note, what, next_due)
        return self._connection(what.leg_id) if type(what) is LegAnswered else ()

    def learn(self, arrival: Arrival, result: TurnResult) -> None:
        """What a turn leaves to be said ahead of later ones."""
        if not result.envelopes:
            return
        for call_id in {envelope.call_id for envelope in result.envelopes}:
            if call_id is not None:
                self._prepare(call_id, arrival)
        self._learn_words(arrival, result)

    def _learn_words(self, arrival: Arrival, result: TurnResult) -> None:
        event, switch, now = arrival.event, arrival.switch, arrival.received_at
        if type(event) is not LegOffered or switch is None or self._known(switch, event.dnis, now) is not None:
            return
        rings = [command for command in result.commands if isinstance(command, RingEndpoint)]
        decisions = [each.event for each in result.envelopes if isinstance(each.event, DecisionTaken)]
        if len(rings) != 1 or len(decisions) != 1 or decisions[0].preferred:
            return
        directory, decision = self._turn.directory, decisions[0]
        project = directory.projects[decision.project_id]
        if project.sampling is not None and project.sampling.asked_by is AskedBy.KEY:  # whom chance draws is asked first
            return
        asks = WaitingCall(
            call_id=decision.call_id,
            project_id=project.project_id,
            client_id=project.client_id,
            waiting_since=arrival.occurred_at,
            needs=decision.needs,
        )
        changes_at, until = next_change_at(project.hours, now), after_ms(now, WORDS_LAST_MS)
        self._words[switch, event.dnis] = _Words(rings[0], asks, directory, min(until, changes_at or until))
        if len(self._words) > NUMBERS_KEPT:
            del self._words[next(iter(self._words))]

    def _offer(self, note: Note, what: CallerArrived, next_due: Instant | None) -> Sequence[Command]:
        turn, now = self._turn, note.received_at
        words = self._known(note.fact.switch, what.dnis, now)
        if words is None or what.ani is None or note.marks != NO_MARKS or turn.registry.known_call(what.leg_id) is not None:
            return ()
        if turn.is_draining or (next_due is not None and next_due <= now):
            return ()
        agent_id = turn.floor.next_for(words.asks, now)
        agent = None if agent_id is None else turn.agents.get(agent_id)
        if agent is None or agent.endpoint_id is None:
            return ()
        call_id = CallId(note.event_id)
        ring = replace(
            words.ring,
            call_id=call_id,
            leg_id=leg_id(call_id, "agent", 1),
            endpoint_id=agent.endpoint_id,
            caller_leg_id=what.leg_id,
        )
        return (ring,)

    def _known(self, switch: SwitchName, dnis: str, now: Instant) -> _Words | None:
        words = self._words.get((switch, dnis))
        return words if words is not None and words.directory is self._turn.directory and now < words.until else None

    def _connection(self, leg_id: LegId) -> Sequence[Command]:
        call_id = call_of(leg_id)
        prepared = None if call_id is None else self._connections.get(call_id)
        if prepared is None or call_id is None:
            return ()
        call, commands = prepared
        is_as_it_was = self._turn.calls.get(call_id) is call
        return commands if is_as_it_was and call.agent is not None and call.agent.leg_id == leg_id else ()

    def _prepare(self, call_id: CallId, arrival: Arrival) -> None:
        """What connects the caller, for as long as the call is as it is now."""
        call = self._turn.calls.get(call_id)
        if call is None or call.state is not CallState.ALERTING or call.agent is None:
            self._connections.pop(call_id, None)
            return
        envelope = Envelope(
            seq=self._turn.last_seq + 1,
            event_id=arrival.event_id,
            occurred_at=arrival.occurred_at,
            received_at=arrival.received_at,
            event=LegAnswered(leg_id=call.agent.leg_id),
            call_id=call_id,
            agent_id=None if call.bond is None else call.bond.agent_id,
            switch=call.switch,
        )
        commands = machine.step(call, envelope).commands
        self._connections[call_id] = call, commands if TIMELESS.issuperset(map(type, commands)) else ()


def left_of(commands: Sequence[Command], said: Sequence[Command]) -> tuple[Sequence[Command], UnexpectedHappened | None]:
    """What of a turn's commands is left to send where these went ahead; and where they were not all among them, that it was so.

    A phone that rings for nothing is told so first.
    """
    left, wrong = list(commands), list[Command]()
    for each in said:
        if each in left:
            left.remove(each)
        else:
            wrong.append(each)
    if not wrong:
        return left, None
    taken_back = [
        HangUp(call_id=each.call_id, switch=each.switch, leg_id=each.leg_id) for each in wrong if isinstance(each, RingEndpoint)
    ]
    happened = UnexpectedHappened(machine=MACHINE, state="sent", event=type(wrong[0]).__name__, call_id=wrong[0].call_id)
    return [*taken_back, *left], happened
