"""What travels to a screen: the rows of the board, the deltas that change them, the snapshot they start from.

Instants are integer microseconds since the epoch (below 2^53: exact in a browser), durations integer milliseconds. A row is
sent whole: applying a delta twice does no harm, and of several for one row the last is enough.
"""

from enum import StrEnum

import msgspec

from monitor.kpis import Figures, ServiceRule
from telephony.agent.evidence import Absence
from telephony.agent.line_quality import LineFault
from telephony.agent.model import AgentState
from telephony.identifiers import AgentId, CallId, ClientId, DecisionId, EventId, Instant, ProjectId, SwitchName
from telephony.open_lines import LineState


class CallPhase(StrEnum):
    """What a live call is doing, in the words of the screen."""

    WAITING = "waiting"
    ALERTING = "alerting"
    TALKING = "talking"
    HELD = "held"
    RECOVERING = "recovering"
    TURNED_AWAY = "turned_away"
    ENDING = "ending"


class Beside(StrEnum):
    """How a colleague, or somebody outside, takes part in a call beside its agent."""

    RINGING = "ringing"
    ASKED = "asked"
    """They speak with each other, the caller hears music."""
    SWAPPED = "swapped"
    """The agent is back with the caller, the colleague hears music."""
    CONFERENCE = "conference"
    WITH_CALLER = "with_caller"
    """Somebody outside has the caller, and the call no agent."""


class CalleePhase(StrEnum):
    """How far the call to whom we call has come."""

    DIALLING = "dialling"
    RINGING = "ringing"
    ANSWERED = "answered"


class QueueRow(msgspec.Struct, frozen=True, kw_only=True):
    """The waiting calls of one project, and its day so far."""

    project_id: ProjectId
    project: str
    client_id: ClientId
    client: str
    threshold_ms: int
    waiting: int
    oldest_waiting_at: Instant | None
    today: Figures
    service_level: float | None
    asa_ms: int | None
    aht_ms: int | None
    agents: dict[str, int]
    """Certified agents by state."""


class AgentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One agent now, and their day so far."""

    agent_id: AgentId
    name: str
    level: int
    state: AgentState
    since_at: Instant | None
    pause_reason: str | None
    next_state: AgentState | None
    """What was asked for while a call was on: paused or logged_out after it."""
    rest_until_at: Instant | None
    """Available, but no offer until then: an offer was missed."""
    wrap_up_until_at: Instant | None
    project_id: ProjectId | None
    call_id: CallId | None
    is_reachable: bool | None
    """None: the switch has said nothing about the phone yet."""
    round_trip_us: int | None
    absence: Absence | None
    """Why nothing is offered though the phone can be rung; None: nothing stands against it."""
    absence_until_at: Instant | None
    """When time alone may end that."""
    line_fault: LineFault | None
    mos_hundredths: int | None
    """The score of the line when it was judged last, in hundredths."""
    calls_today: int
    talked_ms: int
    """Closed talk of today; while `talking_since_at` is set, that talk comes on top."""
    talking_since_at: Instant | None
    busy_ms: int
    """Talk, hold and wrap-up of today, up to `counted_at`."""
    available_ms: int
    """Availability of today, up to `counted_at`."""
    counted_at: Instant | None
    wrap_up_codes: tuple[str, ...] = ()
    """The outcomes to choose from for the call the agent has, or just had."""
    extensions_left: int = 0
    """How often this wrap-up may still be extended."""
    is_forced: bool = False
    """The service itself set this pause, after too many missed offers."""
    dial_refusal: str | None = None
    """Why the agent's last call outside was not permitted: the call itself is over with it. None from the next call on."""
    forced_until_at: Instant | None = None
    """When such a pause ends by itself; None: a person has confirmed it."""
    may_keep_line: bool = False
    open_line: LineState | None = None
    """The line that they keep open between the calls they place; None: there is none."""


class TapePhase(StrEnum):
    """How far a recording has come, or what came of the last one. `RECORDING` is the switch's proof."""

    DRAWN = "drawn"
    """The caller was drawn for a sample, and may be asked."""
    ASKED = "asked"
    AGREED = "agreed"
    """They said yes before they talked; nothing records."""
    STARTING = "starting"
    RECORDING = "recording"
    ENDING = "ending"
    """Told to stop; it records until the switch says that it does not."""
    UNKNOWN = "unknown"
    NOTHING = "nothing"
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    DISCARDED = "discarded"
    UNCONFIRMED = "unconfirmed"


class TapeRow(msgspec.Struct, frozen=True, kw_only=True):
    """The recording of a call, for the one order, or as a sample."""

    phase: TapePhase
    since_at: Instant
    order_id: str
    is_masked: bool = False
    """Silence is written at present."""
    marks: tuple[str, ...] = ()
    is_sample: bool = False
    """Recorded, if they agree, to judge how the call was answered; `order_id` is empty then."""


class EarPhase(StrEnum):
    """What the outside party has said to being listened to."""

    ASKED = "asked"
    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """Agent and outside party were parted since."""


class EarRow(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a call may be listened to, and is."""

    phase: EarPhase
    since_at: Instant
    is_called: bool = False
    """Somebody's phone was rung for it."""
    is_heard: bool = False
    """The switch has proven that somebody listens, and not that they do no more."""


class CallRow(msgspec.Struct, frozen=True, kw_only=True):
    """One live call."""

    call_id: CallId
    direction: str
    project_id: ProjectId | None
    client_id: ClientId | None
    phase: CallPhase
    since_at: Instant
    """In this phase since."""
    offered_at: Instant
    answered_at: Instant | None
    agent_id: AgentId | None
    masked: str | None
    """None: withheld."""
    offers: int
    held_ms: int
    decision_id: DecisionId | None
    colleague_id: AgentId | None = None
    """Who is consulted beside the agent, or is the third in a conference."""
    slot: int | None = None
    """The number under which the caller is parked."""
    beside: Beside | None = None
    """None: nobody is beside the agent."""
    outside_masked: str | None = None
    """The number of somebody outside who was dialled for this call."""
    outside_note: str | None = None
    """What came of the last one: answered, machine, busy, no_answer, rejected, invalid, unreachable, failed; or the code of a
    refusal."""
    is_callback: bool = False
    """The caller hung up, keeps the place, and is called when it is their turn."""
    rests_until_at: Instant | None = None
    """Nobody is rung for the callback before then."""
    callee: CalleePhase | None = None
    """Of a call of ours, or a callback: None before they are dialled, and after an attempt in vain."""
    tape: TapeRow | None = None
    """None: nobody was asked whether they may be recorded."""
    ear: EarRow | None = None
    """None: nobody was asked whether they may be listened to."""


class SwitchRow(msgspec.Struct, frozen=True, kw_only=True):
    """The line to one switch: while it is cut, the board tells what was."""

    switch: SwitchName
    is_connected: bool
    since_at: Instant


class EmergencyRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of ours calls a control room, and nobody on duty has taken the alert off yet."""

    emergency_id: EventId
    number: str
    """110 or 112."""
    at: Instant
    told_at: Instant
    """When we learned of it: later where we were away."""
    agent_id: AgentId | None
    """None: of a phone that is nobody's."""
    agent: str
    call_id: CallId | None
    """The call in which it was dialled by us; None: the phone dialled by itself."""
    address: str | None
    """Where the agent works; None: nobody registered it."""
    callback_number: str | None


class MinuteRow(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one minute of the last sixty, over all projects in sight."""

    minute_at: Instant
    figures: Figures


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The centre at a glance, over all projects in sight."""

    rule: ServiceRule
    waiting: int
    oldest_waiting_at: Instant | None
    agents: dict[str, int]
    today: Figures
    service_level: float | None
    asa_ms: int | None
    recent_minutes: int
    recent_service_level: float | None
    recent_asa_ms: int | None


class Delta(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """One change of what a scope sees."""


class QueueChanged(Delta, frozen=True, kw_only=True, tag="queue"):
    """The queue's row is this now."""

    row: QueueRow


class AgentChanged(Delta, frozen=True, kw_only=True, tag="agent"):
    """The agent's row is this now."""

    row: AgentRow


class CallChanged(Delta, frozen=True, kw_only=True, tag="call"):
    """The call's row is this now."""

    row: CallRow


class SwitchChanged(Delta, frozen=True, kw_only=True, tag="switch"):
    """The switch's row is this now."""

    row: SwitchRow


class EmergencyChanged(Delta, frozen=True, kw_only=True, tag="emergency"):
    """The alert's row is this now."""

    row: EmergencyRow


class MinuteChanged(Delta, frozen=True, kw_only=True, tag="minute"):
    """The minute's row is this now."""

    row: MinuteRow


class HeaderChanged(Delta, frozen=True, kw_only=True, tag="header"):
    """The header is this now."""

    row: Header


class Table(StrEnum):
    """The tables of the board; also the keys of a snapshot."""

    QUEUES = "queues"
    AGENTS = "agents"
    CALLS = "calls"
    SWITCHES = "switches"
    MINUTES = "minutes"
    EMERGENCIES = "emergencies"


class RowGone(Delta, frozen=True, kw_only=True, tag="gone"):
    """The row is no more, or no more yours to see."""

    table: Table
    key: str


class BoardSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All that a scope sees, at one number of the feed."""

    header: Header
    queues: tuple[QueueRow, ...]
    agents: tuple[AgentRow, ...]
    calls: tuple[CallRow, ...]
    switches: tuple[SwitchRow, ...]
    minutes: tuple[MinuteRow, ...]
    emergencies: tuple[EmergencyRow, ...] = ()
