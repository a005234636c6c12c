"""A small centre around a turn: tests say what happens, and look at what is done."""

from collections.abc import Iterable

from routing.directory import AgentProfile, Client, Directory, Project
from telephony.agent.model import AgentRules
from telephony.agent.noted import ShareNoted
from telephony.causes import HangupCause
from telephony.commands import Command
from telephony.engine.arrival import Arrival, TurnResult
from telephony.engine.turn import Turn
from telephony.errors import Refusal
from telephony.events import (
    EndpointChanged,
    Event,
    LegAnswered,
    LegHungUp,
    LegJoined,
    LegOffered,
    LegRinging,
    LogInRequested,
    NumberFacts,
    SwitchConnected,
)
from telephony.identifiers import (
    AgentId,
    CallId,
    ClientId,
    EndpointId,
    EventId,
    Instant,
    LegId,
    PartyId,
    ProjectId,
    SwitchName,
    TrunkId,
    WrapUpCode,
    uuid7,
)

SWITCH = SwitchName("test")
NORD = ProjectId("nord")
DID = "+493055501"
CALLER = NumberFacts(number_class="landline", country="DE", masked="+49 30 •••", metadata_version="1")


class CountingIds:
    """Ids that say in which order they were made."""

    def __init__(self) -> None:
        self._count = 0

    def new(self, at: Instant) -> str:
        self._count += 1
        return uuid7(at, self._count)


def a_directory(*agents: str, levels: Iterable[int] = (), **project: object) -> Directory:
    names = agents or ("anna", "ben")
    grades = list(levels) or [2] * len(names)
    nord = Project(
        project_id=NORD,
        client_id=ClientId("c1"),
        name="Projekt Nord",
        wrap_up_codes=(WrapUpCode("sold"), WrapUpCode("info")),
        **project,  # type: ignore[arg-type]
    )
    profiles = {
        AgentId(name): AgentProfile(
            agent_id=AgentId(name),
            name=name.title(),
            level=grade,
            certificates=frozenset({NORD}),
            endpoint_id=EndpointId(f"phone-{name}"),
        )
        for name, grade in zip(names, grades, strict=True)
    }
    return Directory(
        revision=1,
        clients={ClientId("c1"): Client(client_id=ClientId("c1"), name="Client")},
        projects={NORD: nord},
        numbers={DID: NORD},
        agents=profiles,
        endpoints={EndpointId(f"phone-{name}"): AgentId(name) for name in names},
    )


class Scene:
    """One turn and a clock that only moves when told."""

    def __init__(self, directory: Directory | None = None, rules: AgentRules | None = None) -> None:
        self.ids = CountingIds()
        self.now = Instant(1_800_000_000_000_000)
        self.turn = Turn(directory=directory or a_directory(), rules=rules or AgentRules(), ids=self.ids)
        self.events: list[Event] = []
        self.commands: list[Command] = []
        self.refusal: Refusal | None = None
        self.happens(SwitchConnected(switch=SWITCH, boot_id="1"))

    def happens(self, event: Event, *, switch: SwitchName = SWITCH) -> TurnResult:
        """The event is handled; what it led to is in `events` and `commands`, of this turn only."""
        self.now = Instant(self.now + 1_000)
        arrival = Arrival(
            event=event, event_id=EventId(self.ids.new(self.now)), occurred_at=self.now, received_at=self.now, switch=switch
        )
        result = self.turn.handle(arrival)
        self.events = [envelope.event for envelope in result.envelopes]
        self.commands = result.commands
        self.refusal = result.refusal
        return result

    def later(self, ms: int) -> None:
        """Time passes, and what is due by then happens."""
        until = Instant(self.now + ms * 1_000)
        while True:
            due = sorted(((at, event) for at, event in self.turn.due_now() if at <= until), key=lambda pair: pair[0])
            if not due:
                break
            self.now = max(self.now, due[0][0])
            self.happens(due[0][1])
        self.now = max(self.now, until)

    def on_duty(self, *names: str) -> "Scene":
        for name in names or ("anna",):
            self.happens(EndpointChanged(endpoint_id=EndpointId(f"phone-{name}"), is_reachable=True))
            self.happens(LogInRequested(agent_id=AgentId(name), endpoint_id=EndpointId(f"phone-{name}")))
        return self

    def a_caller(self, name: str = "caller", did: str = DID) -> CallId:
        result = self.happens(
            LegOffered(leg_id=LegId(name), trunk_id=TrunkId("t"), dnis=did, party_id=PartyId(name), caller=CALLER)
        )
        return CallId(result.envelopes[0].event_id)

    def leg(self, call_id: CallId, number: int = 1) -> LegId:
        return LegId(f"{call_id}.agent.{number}")

    def answers(self, call_id: CallId, number: int = 1) -> TurnResult:
        """The agent's phone rings and is answered, and both are in the bridge."""
        call = self.turn.calls[call_id]
        self.happens(LegRinging(leg_id=self.leg(call_id, number)))
        result = self.happens(LegAnswered(leg_id=self.leg(call_id, number)))
        connected, events = self.commands, self.events
        if not call.caller.is_answered:
            self.happens(LegAnswered(leg_id=call.caller.leg_id))
        self.happens(LegJoined(leg_id=call.caller.leg_id, bridge_id=call.bridge_id))
        self.happens(LegJoined(leg_id=self.leg(call_id, number), bridge_id=call.bridge_id))
        self.commands, self.events = connected, events
        return result

    def hangs_up(
        self, leg_id: LegId, cause: HangupCause = HangupCause.NORMAL, *, by_phone: bool = True, is_estimated: bool = False
    ) -> TurnResult:
        return self.happens(LegHungUp(leg_id=leg_id, cause=cause, by_phone=by_phone, is_estimated=is_estimated))

    def done(self) -> list[str]:
        """The names of the last turn's commands."""
        return [type(command).__name__ for command in self.commands]

    def said(self) -> list[str]:
        """The names of the last turn's events, but for what is only written down of who came to the floor or left it."""
        return [type(event).__name__ for event in self.events if not isinstance(event, ShareNoted)]
