"""What must never happen, looked for while the simulation runs: against the wire at every fact, against all state at times."""

from collections import Counter
from collections.abc import Sequence

from fernamt.simulation.bridges import BridgeTruth
from fernamt.simulation.callbacks import is_promise_over, wrong_in_end, wrong_with_promise
from fernamt.simulation.departments import DepartmentWatch
from fernamt.simulation.dialling import wrong_in_placed
from fernamt.simulation.open_lines import wrong_with_line
from fernamt.simulation.searching import SearchWatch
from fernamt.simulation.site import Site
from metering.fold import fold
from metering.lines import Category, Direction, FoldedCall
from metering.ports import Gap
from routing.overflow import OverflowReason, OverflowTarget
from telephony.agent.model import Agent, AgentState
from telephony.call.model import WAITING, Call, CallState
from telephony.causes import EndReason
from telephony.commands import Command, DialplanEntry, HandToDialplan, RingEndpoint
from telephony.decisions import DecisionTaken
from telephony.engine.ports import SwitchFact
from telephony.engine.turn import Turn
from telephony.events import (
    AgentReleased,
    AgentReserved,
    CallAdmitted,
    CallEnded,
    CallTimerFired,
    Envelope,
    GapObserved,
    HangUpRequested,
    LegHungUp,
    LegJoined,
    LegLeft,
    UnexpectedHappened,
)
from telephony.identifiers import SECOND, AgentId, CallId, Instant, LegId
from telephony.switch.simulated.switch import SimulatedSwitch

STUCK_US = 180 * SECOND
STRANDED_US = 20 * SECOND
"""Longer than any cut: by then a caller whose wait was over is at the machine."""
UNDISTURBED_MS = 2
DISTURBED_MS = 50
"""The most by which metered talk may exceed the truth, an edge that had to be estimated included."""


class Violation(AssertionError):
    """Something that must never happen has happened in a simulation; the seed replays it."""


class WireTruth:
    """What really happened at the switch, seen by nobody but us: who was together in a bridge, and how legs ended."""

    def __init__(self, switch: SimulatedSwitch) -> None:
        self.bridges = BridgeTruth(switch)
        self.ended_by_party: dict[LegId, bool] = {}
        self.at_machine: dict[LegId, bool] = {}
        self.double_offers = 0
        self._switch = switch

    def see_fact(self, fact: SwitchFact) -> None:
        """A fact as it left the switch."""
        what = fact.what
        if isinstance(what, (LegJoined, LegLeft)):
            self._check_hears(what.leg_id, fact.occurred_at)
            self.bridges.changed(what.bridge_id, fact.occurred_at)
        elif isinstance(what, LegHungUp):
            self.ended_by_party[what.leg_id] = what.by_phone

    def see_commands(self, commands: Sequence[Command]) -> None:
        """Commands as they reach the switch: a phone is never rung while another leg of ours is alive at it."""
        for command in commands:
            if isinstance(command, HandToDialplan) and command.entry is not DialplanEntry.CALLBACK:
                self.at_machine[command.leg_id] = True
            if not isinstance(command, RingEndpoint):
                continue
            for leg in self._switch.existing.legs.values():
                if leg.endpoint_id == command.endpoint_id and leg.leg_id != command.leg_id:
                    self.double_offers += 1
                    raise Violation(f"{command.leg_id} rings {command.endpoint_id} where {leg.leg_id} is still alive")

    def _check_hears(self, leg_id: LegId, at: Instant) -> None:
        """Nobody talks while an announcement plays to them."""
        leg = self._switch.existing.legs.get(leg_id)
        if leg is not None and leg.bridge_id is not None and leg.playing is not None and at < leg.playing_until:
            raise Violation(f"{leg_id} is in a bridge while {leg.playing} plays to it")

    def switch_died(self, at: Instant) -> None:
        """Every conversation ended with the switch."""
        self.bridges.switch_died(at)


class Invariants:
    """Checked incrementally with every turn, whole now and then, and once more when the day is over."""

    HEARS = (*SearchWatch.HEARS, UnexpectedHappened, GapObserved)

    def __init__(
        self, site: Site, switch: SimulatedSwitch, truth: WireTruth, *, is_disturbed: bool, is_told_late: bool = False
    ) -> None:
        self.ended = 0
        self.answered = 0
        self.talk_us = 0
        self.unexpected = 0
        self.gaps: list[Gap] = []
        self._site = site
        self._switch = switch
        self._truth = truth
        self._is_disturbed = is_disturbed
        self._is_told_late = is_told_late
        self._search = SearchWatch()
        self.departments = DepartmentWatch(site.directory)

    def wrong_in(self, envelope: Envelope, turn: Turn) -> str | None:
        """What is wrong with an event of a turn."""
        event = envelope.event
        if isinstance(event, UnexpectedHappened):
            self.unexpected += 1
            whose = f"{event.call_id or event.agent_id} in {event.state}: {event.event}"
            if event.machine == "turn":
                return f"a turn never came to rest: {whose}"
            if event.machine == "timers":
                return f"due times led to due times: {whose}"
            return f"impossible: {event.machine} in {event.state} met {event.event} ({event.call_id}, {event.agent_id})"
        if isinstance(event, DecisionTaken) and not turn.is_reachable(event.agent_id):
            return f"call {event.call_id} is offered to {event.agent_id}, who is absent"
        if isinstance(event, GapObserved):
            self.gaps.append(Gap(envelope.seq, event.switch, event.from_at, event.to_at))
        return self._search.wrong_in(envelope, turn)

    def see_ended(self, call_id: CallId, envelopes: Sequence[Envelope]) -> None:
        """A call is over: each reservation was released once, the caller was not dropped by us, and the minutes are true."""
        self.ended += 1
        reserved = Counter(e.event.agent_id for e in envelopes if isinstance(e.event, AgentReserved))
        released = Counter(e.event.agent_id for e in envelopes if isinstance(e.event, AgentReleased))
        if reserved != released:
            raise Violation(f"call {call_id}: {reserved.total()} reservations, {released.total()} releases")
        wrong = wrong_in_placed(call_id, envelopes)
        if wrong is not None:
            raise Violation(wrong)
        self._check_switch_lived(call_id, envelopes)
        self._check_not_dropped(call_id, envelopes)
        true_us, legs_us = self._truth.bridges.forget(call_id)
        folded = fold(call_id, envelopes, self.gaps)
        if folded is None:
            return
        record = folded.record
        self.talk_us += sum(line.talk_ms for line in folded.lines) * 1_000
        self.answered += bool(record.talk_ms + record.hold_ms)
        pieces = max((len(leg.pieces) for leg in record.legs), default=0)
        self._check_minutes(call_id, record.talk_ms, record.talk_ms + record.hold_ms, true_us, pieces)
        for leg in record.legs:
            if leg.role in ("agent", "outsider"):
                talk_ms = leg.total_ms(Category.TALK, Category.CONFERENCE)
                with_hold_ms = talk_ms + leg.total_ms(Category.HOLD)
                self._check_minutes(leg.leg_id, talk_ms, with_hold_ms, legs_us.get(leg.leg_id, 0), len(leg.pieces))
        self._check_sums(folded)

    def _check_sums(self, folded: FoldedCall) -> None:
        """What the agents' lines say is what their legs were: nobody has another's minutes."""
        legs = [leg for leg in folded.record.legs if leg.role == "agent"]
        lines = [line for line in folded.lines if line.agent_id is not None or line.direction is Direction.INBOUND]
        for category in ((Category.TALK, Category.CONFERENCE), (Category.CONSULT,)):
            of_legs = sum(leg.total_ms(*category) for leg in legs)
            of_lines = sum(line.consult_ms if category == (Category.CONSULT,) else line.talk_ms for line in lines)
            if of_lines > of_legs or (not self._is_disturbed and of_lines != of_legs):
                raise Violation(f"call {folded.record.call_id}: lines have {of_lines} ms of {category[0]}, legs {of_legs} ms")

    def _check_minutes(self, whose: str, talk_ms: int, metered_ms: int, true_us: int, pieces: int) -> None:
        """Phone holds count as talk on the wire, so truth lies between talk, and talk with hold."""
        tolerance_ms = DISTURBED_MS if self._is_disturbed else UNDISTURBED_MS + pieces // 2  # each edge is rounded by itself
        if talk_ms > true_us // 1_000 + tolerance_ms:
            raise Violation(f"{whose}: {talk_ms} ms of talk metered, {true_us / 1_000} ms were")
        if not self._is_disturbed and metered_ms < true_us // 1_000 - tolerance_ms:
            raise Violation(f"{whose}: {metered_ms} ms of talk and hold metered, {true_us / 1_000} ms were")

    def _check_not_dropped(self, call_id: CallId, envelopes: Sequence[Envelope]) -> None:
        """A caller whom we had admitted leaves by own will, with the agent's goodbye, at the machine, or on request."""
        if not any(isinstance(envelope.event, CallAdmitted) for envelope in envelopes):
            return
        legs = {getattr(envelope.event, "leg_id", None) for envelope in envelopes}
        known = sorted(leg for leg in legs if leg is not None)
        is_at_machine = any(self._truth.at_machine.pop(leg, False) for leg in known)
        if not is_at_machine:
            self._check_not_stranded(call_id, envelopes)
        broken = wrong_in_end(call_id, envelopes)
        if broken is not None:
            raise Violation(broken)
        if is_promise_over(envelopes):
            return
        if any(self._truth.ended_by_party.pop(leg, False) for leg in known) or is_at_machine:
            return
        if any(isinstance(envelope.event, HangUpRequested) for envelope in envelopes) or self._is_disturbed_switch():
            return
        raise Violation(f"call {call_id} ended although neither caller nor agent ended it")

    def _check_switch_lived(self, call_id: CallId, envelopes: Sequence[Envelope]) -> None:
        """No call is said to have been lost with a switch that never died: its record or its word tells each end."""
        if self._is_told_late or self._is_disturbed_switch():
            return
        if any(isinstance(each.event, CallEnded) and each.event.end_reason is EndReason.SWITCH_LOST for each in envelopes):
            raise Violation(f"call {call_id} is said to have ended with the switch, which lived")

    def _check_not_stranded(self, call_id: CallId, envelopes: Sequence[Envelope]) -> None:
        """Whose waiting was over was sent to the machine: else nobody would ever have spoken to them."""
        ended = [(e.occurred_at, e.event.end_reason) for e in envelopes if isinstance(e.event, CallEnded)]
        ended_at, reason = ended[0]
        if reason is not EndReason.WAIT_LIMIT:
            return
        over_at = max(e.occurred_at for e in envelopes if isinstance(e.event, CallTimerFired))
        if ended_at - over_at > STRANDED_US:
            raise Violation(f"call {call_id} waited {(ended_at - over_at) // SECOND} s for the machine")

    def _is_disturbed_switch(self) -> bool:
        return self._switch.boot > 1

    def check_all(self, now: Instant) -> None:
        """Calls, agents and floor agree with each other, and nothing has been on its way for too long."""
        core = self._site.core
        if core is None or not core.links[self._switch.name].is_connected:
            return
        turn = core.turn
        for agent in turn.agents.values():
            bound = agent.state in (AgentState.RESERVED, AgentState.ALERTING, AgentState.TALKING, AgentState.RECOVERING)
            call = None if agent.call_id is None else turn.calls.get(agent.call_id)
            if bound and (call is None or agent.agent_id not in _bound_to(call)):
                raise Violation(f"agent {agent.agent_id} is {agent.state} without a call bound to them")
            self._check_not_forced_for_ever(agent, now)
            astray = wrong_with_line(agent, turn.calls, now)
            if astray is not None:
                raise Violation(astray)
            if agent.state in (AgentState.RESERVED, AgentState.ALERTING) and now - agent.since > STUCK_US:
                raise Violation(f"agent {agent.agent_id} is {agent.state} since {(now - agent.since) / SECOND:.0f} s")
        waiting = []
        for call in turn.calls.values():
            for agent_id in _bound_to(call):
                if turn.agents[agent_id].call_id != call.call_id:
                    raise Violation(f"call {call.call_id} is bound to {agent_id}, who has another")
            if call.state in WAITING:
                waiting.append(call.call_id)
            self._check_looked_after(call, now)
        floor_waiting = sorted(call.call_id for call in turn.floor.waiting)
        if floor_waiting != sorted(waiting):
            raise Violation(f"the floor has {len(floor_waiting)} waiting calls, {len(waiting)} calls wait")
        places = sum(turn.floor.waiting_in(project_id) for project_id in turn.directory.projects)
        if places != len(waiting):
            raise Violation(f"{len(waiting)} calls have {places} places in the queues")
        free = sorted(a.agent_id for a in turn.agents.values() if a.may_be_offered and turn.is_reachable(a.agent_id))
        on_floor = sorted(turn.floor.available)
        if on_floor != free:
            raise Violation(f"the floor has {on_floor} available, {free} are")

    def _check_not_forced_for_ever(self, agent: Agent, now: Instant) -> None:
        """A pause that the service set ends when it said it would, unless a person stands behind it."""
        if agent.is_forced and agent.state is not AgentState.PAUSED:
            raise Violation(f"agent {agent.agent_id} is in a forced pause and {agent.state}")
        until = agent.forced_until
        if until is not None and now - until > STRANDED_US:
            raise Violation(f"the forced pause of {agent.agent_id} since {agent.since} lasts until {until}")

    def _check_looked_after(self, call: Call, now: Instant) -> None:
        """Nobody waits past what their project allows: where a limit of time is set, somebody or something takes the call."""
        wrong = wrong_with_promise(call, now)
        if wrong is not None:
            raise Violation(wrong)
        if (
            call.state in (CallState.CHOOSING, CallState.CONFIRMING)
            and call.asked_at is not None
            and now - call.asked_at > STUCK_US
        ):
            raise Violation(f"call {call.call_id} is asked for a key since {(now - call.asked_at) // SECOND} s")
        if call.state is not CallState.QUEUED or call.terms is None or self._site.core is None:
            return
        forgotten = self._search.forgotten(call, now)
        if forgotten is not None:
            raise Violation(forgotten)
        project = self._site.core.turn.directory.projects[call.terms.project_id]
        rules = [rule for rule in project.overflow if rule.target is not OverflowTarget.CALLBACK]  # who says no waits on
        limits = [rule.limit for rule in rules if rule.reason is OverflowReason.WAITING_TIME]
        since = call.waiting_since if call.given_back_at is None else call.given_back_at
        if limits and now - since > min(limits) * 1_000 + STRANDED_US:
            raise Violation(f"call {call.call_id} waits {(now - since) // SECOND} s for {project.project_id} and is not moved on")

    def check_silence(self, now: Instant) -> None:
        """No caller hears nothing at all for long."""
        leg_id = self._truth.bridges.silent_caller(now)
        if leg_id is not None:
            raise Violation(f"the caller {leg_id} has heard nothing for too long")

    def check_quiet(self) -> None:
        """When everybody has gone home nothing is left: no call, no leg, nobody bound."""
        core = self._site.core
        if core is None:
            raise Violation("no controller at the end of the day")
        if core.turn.calls:
            left = [(call.call_id, call.state.value) for call in core.turn.calls.values()]
            raise Violation(f"calls left over: {left[:5]}")
        if self._switch.existing.legs:
            raise Violation(f"legs left over at the switch: {list(self._switch.existing.legs)[:5]}")
        for agent in core.turn.agents.values():
            if agent.call_id is not None and agent.state is not AgentState.WRAP_UP:
                raise Violation(f"agent {agent.agent_id} is still {agent.state}")


def _bound_to(call: Call) -> list[AgentId]:
    """Who has the call, is consulted, or is about to be free of it."""
    bonds = [call.bond, None if call.colleague is None else call.colleague.bond, *(party.bond for party in call.departing)]
    return [bond.agent_id for bond in bonds if bond is not None]
