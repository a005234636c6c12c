"""The agent's open line: a small machine of its own beside the agent's, pure like it.

While there is one, the phone is in a call: nothing else rings there, so routing does not choose the agent. A call that the agent
places has the leg lent until it is back in the bridge of its own, or gone.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from telephony.commands import Command, CreateBridge, DestroyBridge, HangUp, HangUpIfSilent, JoinBridge, RingEndpoint
from telephony.errors import UnexpectedEvent
from telephony.events import Envelope
from telephony.identifiers import BridgeId, CallId, Instant, LegId, SwitchName, after_ms, call_of, home_of
from telephony.open_lines import LineBegun, LineState

RING_MS = 20_000
RING_GRACE_MS = 3_000
"""The switch gives up ringing by itself; we look after it this long after it should have."""
END_GRACE_MS = 10_000
"""A hang-up is asked for again after this long without the leg's end."""
DISPLAY_NAME = "Leitung"
"""What the phone shows while it rings for the line."""


class LineFact(StrEnum):
    """What can happen to an open line."""

    ANSWERED = "answered"
    GONE = "gone"
    LENT = "lent"
    RETURNED = "returned"
    CLOSE_ASKED = "close_asked"
    DUE = "due"
    PHONE_GONE = "phone_gone"
    HOME_LOST = "home_lost"
    """It could not be put into its own bridge."""


class OpenLine(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of an agent's open line."""

    leg_id: LegId
    switch: SwitchName
    state: LineState
    due_at: Instant | None
    """When ringing, idling, or the wait for its end has lasted too long; None while a call has it."""
    call_id: CallId | None = None
    """The call that has the leg."""
    is_to_close: bool = False
    """Its end was asked for while a call had it."""

    @property
    def home(self) -> BridgeId:
        """The bridge it is in between calls."""
        return home_of(self.leg_id)

    @property
    def is_free(self) -> bool:
        """Whether a call can have it."""
        return self.state is LineState.OPEN


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """A fact with what an action needs of it."""

    envelope: Envelope
    idle_ms: int
    call_id: CallId | None = None


class LineStep(msgspec.Struct, frozen=True):
    """The line afterwards, None where it is over; and what is to be done."""

    line: OpenLine | None
    commands: tuple[Command, ...] = ()


class Rule(NamedTuple):
    """Where the line goes (None: it is over), and what is done on the way."""

    to: LineState | None
    action: Callable[[OpenLine, Happened], LineStep]


def begin(event: LineBegun, switch: SwitchName, at: Instant) -> LineStep:
    """A new line, for which the phone is rung."""
    due_at = after_ms(at, RING_MS + RING_GRACE_MS)
    line = OpenLine(leg_id=event.leg_id, switch=switch, state=LineState.OPENING, due_at=due_at)
    ring = RingEndpoint(
        call_id=_own(line),
        switch=switch,
        leg_id=line.leg_id,
        endpoint_id=event.endpoint_id,
        caller_leg_id=None,
        display_name=DISPLAY_NAME,
        display_number="",
        timeout_ms=RING_MS,
        phone_answers=event.phone_answers,
    )
    return LineStep(line, (ring,))


def step(line: OpenLine, fact: LineFact, happened: Happened) -> LineStep:
    """What the fact does to the line. Raises `UnexpectedEvent` for a pair the table calls impossible."""
    rule = TRANSITIONS.get((line.state, fact))
    if rule is None:
        if (line.state, fact) in LATE:
            return LineStep(line)
        state = line.state.value
        raise UnexpectedEvent(f"a line that is {state} cannot meet {fact.value}", state=state, event=fact.value)
    done = rule.action(line, happened)
    if done.line is None or rule.to is None or done.line.state is not line.state:
        return done
    return LineStep(replace(done.line, state=rule.to), done.commands)


def let_go(line: OpenLine) -> tuple[Command, ...]:
    """Nothing of the line is wanted any more."""
    return (_hang_up(line), _destroy(line))


def put_home(line: OpenLine) -> tuple[Command, ...]:
    """The leg into its own bridge, which is there. Harmless where it was done."""
    create = CreateBridge(call_id=_own(line), switch=line.switch, bridge_id=line.home)
    return create, JoinBridge(call_id=_own(line), switch=line.switch, bridge_id=line.home, leg_ids=(line.leg_id,))


# -- actions -----------------------------------------------------------------------------------------------------------


def _open(line: OpenLine, happened: Happened) -> LineStep:
    return LineStep(_idle(line, happened), put_home(line))


def _end(line: OpenLine, happened: Happened) -> LineStep:
    return LineStep(None, (_destroy(line),))


def _lend(line: OpenLine, happened: Happened) -> LineStep:
    return LineStep(replace(line, call_id=happened.call_id, due_at=None))


def _take_back(line: OpenLine, happened: Happened) -> LineStep:
    """It idles again; where its end was asked for meanwhile, that is done now."""
    line = replace(line, call_id=None)
    if not line.is_to_close:
        return LineStep(_idle(line, happened))
    closing = _close(line, happened)
    return LineStep(None if closing.line is None else replace(closing.line, state=LineState.CLOSING), closing.commands)


def _close(line: OpenLine, happened: Happened) -> LineStep:
    due_at = after_ms(happened.envelope.received_at, END_GRACE_MS)
    return LineStep(replace(line, due_at=due_at), (_hang_up(line),))


def _close_later(line: OpenLine, happened: Happened) -> LineStep:
    return LineStep(replace(line, is_to_close=True))


def _forget_call(line: OpenLine, happened: Happened) -> LineStep:
    return LineStep(replace(line, call_id=None))


def _probe(line: OpenLine, happened: Happened) -> LineStep:
    """Its phone answers the switch no more: it is ended if no media comes either."""
    return LineStep(line, (HangUpIfSilent(call_id=_own(line), switch=line.switch, leg_id=line.leg_id),))


def _idle(line: OpenLine, happened: Happened) -> OpenLine:
    return replace(line, due_at=after_ms(happened.envelope.received_at, happened.idle_ms))


def _hang_up(line: OpenLine) -> HangUp:
    return HangUp(call_id=_own(line), switch=line.switch, leg_id=line.leg_id)


def _destroy(line: OpenLine) -> DestroyBridge:
    return DestroyBridge(call_id=_own(line), switch=line.switch, bridge_id=line.home)


def _own(line: OpenLine) -> CallId:
    """What the line's commands are kept in order by: the call that has it, else its own id."""
    return line.call_id or call_of(line.leg_id) or CallId(line.leg_id)


F = LineFact
S = LineState

TRANSITIONS: Mapping[tuple[LineState, LineFact], Rule] = {
    # in state     when                goes to     and does
    (S.OPENING, F.ANSWERED): Rule(S.OPEN, _open),
    (S.OPENING, F.GONE): Rule(None, _end),
    (S.OPENING, F.CLOSE_ASKED): Rule(S.CLOSING, _close),
    (S.OPENING, F.DUE): Rule(S.CLOSING, _close),
    (S.OPENING, F.PHONE_GONE): Rule(S.CLOSING, _close),
    #
    (S.OPEN, F.LENT): Rule(S.LENT, _lend),
    (S.OPEN, F.GONE): Rule(None, _end),
    (S.OPEN, F.CLOSE_ASKED): Rule(S.CLOSING, _close),
    (S.OPEN, F.DUE): Rule(S.CLOSING, _close),
    (S.OPEN, F.PHONE_GONE): Rule(S.OPEN, _probe),
    (S.OPEN, F.HOME_LOST): Rule(S.CLOSING, _close),
    #
    (S.LENT, F.RETURNED): Rule(S.OPEN, _take_back),
    (S.LENT, F.GONE): Rule(None, _end),
    (S.LENT, F.CLOSE_ASKED): Rule(S.LENT, _close_later),
    (S.LENT, F.HOME_LOST): Rule(S.CLOSING, _close),
    #
    (S.CLOSING, F.GONE): Rule(None, _end),
    (S.CLOSING, F.DUE): Rule(S.CLOSING, _close),
    (S.CLOSING, F.RETURNED): Rule(S.CLOSING, _forget_call),
}

LATE: frozenset[tuple[LineState, LineFact]] = frozenset(
    {
        # An answer that crossed our hang-up, or was told twice.
        *((state, F.ANSWERED) for state in (S.OPEN, S.LENT, S.CLOSING)),
        # The call that has the leg looks after its phone.
        (S.LENT, F.PHONE_GONE),
        (S.CLOSING, F.PHONE_GONE),
        # Asked twice; a bridge that failed a leg which goes anyway.
        (S.CLOSING, F.CLOSE_ASKED),
        (S.CLOSING, F.HOME_LOST),
    }
)

IMPOSSIBLE: frozenset[tuple[LineState, LineFact]] = (
    frozenset((state, fact) for state in LineState for fact in LineFact) - TRANSITIONS.keys() - LATE
)
