"""What of the engine needs no event loop: events in, turns, journal, commands out, due times, reconciling.

The service drives it from its sockets and sleeps; the simulation drives it from a virtual clock. It decides nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from routing.directory import Directory
from routing.shifts.outside import Plan
from telephony.agent.noted import LastShare
from telephony.commands import HangUp
from telephony.consents import ConsentWithdrawn
from telephony.dialling import DialEvent
from telephony.emergencies import EmergencyDialled, EmergencySeen
from telephony.engine.arrival import Arrival
from telephony.engine.inbox import Inbox
from telephony.engine.lines import call_with
from telephony.engine.phone_transfers import PhoneTransfers
from telephony.engine.ports import (
    CallerBook,
    Clock,
    FallbackServed,
    Ids,
    LegSeen,
    NumberReader,
    PartyRecord,
    Snapshot,
    SwitchFact,
    TransferDialled,
    knows_nobody,
)
from telephony.engine.pressed import PressedKeys
from telephony.engine.reconcile import reconcile
from telephony.engine.shift_watch import PLAN_CHANGED
from telephony.engine.timers import Timers
from telephony.engine.turn import Turn
from telephony.engine.turns import Append, Execute, Listener, Turns
from telephony.errors import Refusal
from telephony.events import (
    AgentRequest,
    CallRequest,
    DirectoryLoaded,
    Envelope,
    Event,
    GapObserved,
    LegPressedKey,
    SwitchConnected,
    SwitchDisconnected,
)
from telephony.identifiers import AgentId, Instant, PartyId, SwitchName, call_of
from telephony.running import ServiceStarted


@dataclass(slots=True)
class SwitchLink:
    """One switch as the core sees it. While `held` is a list, facts wait in it for the reconciling."""

    held: list[SwitchFact] | None = field(default_factory=list)
    last_alive_at: Instant = Instant(0)
    is_connected: bool = False


class Core:
    """One site's calls. `listeners` get every turn's envelopes after its commands are on the wire."""

    def __init__(
        self,
        *,
        turn: Turn,
        switches: Sequence[SwitchName],
        append: Append,
        execute: Execute,
        clock: Clock,
        ids: Ids,
        read_number: NumberReader,
        known_callers: CallerBook = knows_nobody,
        listeners: Sequence[Listener] = (),
        on_turn: Callable[[int], None] | None = None,
        on_due: Callable[[], None] | None = None,
    ) -> None:
        self.turn = turn
        self.links: Mapping[SwitchName, SwitchLink] = {name: SwitchLink() for name in switches}
        self.timers = Timers()
        self._clock = clock
        self._ids = ids
        self._parties: list[PartyRecord] = []
        self._inbox = Inbox(
            clock=clock, ids=ids, read_number=read_number, party=self._parties.append, known_callers=known_callers
        )
        self._execute = execute
        self._turns = Turns(
            turn=turn,
            inbox=self._inbox,
            parties=self._parties,
            timers=self.timers,
            clock=clock,
            append=append,
            execute=execute,
            listeners=listeners,
            on_turn=on_turn,
            on_due=on_due,
        )
        self._keys = PressedKeys()
        self._transfers = PhoneTransfers()

    # -- ways in ---------------------------------------------------------------------------------------------------------

    def take(self, fact: SwitchFact) -> None:
        """A switch's fact is handled now, or held until its switch is reconciled."""
        self._turns.catch_up()
        link, what = self.links[fact.switch], fact.what
        if isinstance(what, EmergencyDialled):  # no call of ours, and nothing that may wait
            self._turns.put(self._inbox.from_switch(self._whose_emergency(fact, what)))
        elif isinstance(what, TransferDialled):
            self._hand_on(what, is_heard=link.held is None)
        elif link.held is not None:
            link.held.append(fact)  # no proof of life yet for the calls of before: the switch may have been restarted
        else:
            link.last_alive_at = max(link.last_alive_at, fact.occurred_at)
            asked = None
            if isinstance(what, LegPressedKey):
                asked = self._keys.asked(what, fact.occurred_at, self.turn.calls, self.turn.directory)
            if asked is None:
                self._turns.put_fact(self._inbox.note(fact))
            else:
                self._turns.put(self._inbox.of_ours(asked))

    def ask(
        self,
        request: AgentRequest | CallRequest,
        answer: Callable[[Refusal | None], None],
        party: PartyRecord | None = None,
    ) -> None:
        """What somebody asked for was done (None is answered), or why not. The commands are on the wire by then.

        `party` is somebody the request names who is not known yet; nothing is kept of them where it is refused.
        """
        self.catch_up()
        if party is not None:
            self._parties.append(party)
        self._turns.put(self._inbox.of_ours(request), answer)

    def said(self, event: DialEvent | EmergencySeen | ConsentWithdrawn) -> None:
        """The desk has answered what a call asked it; or somebody looks after an emergency call."""
        told = self._transfers.desk_said(event) if isinstance(event, DialEvent) else ()
        self._turns.put(self._inbox.of_ours(event), ahead=told)

    def _hand_on(self, what: TransferDialled, *, is_heard: bool) -> None:
        """The agent's phone has asked for it by a key of its own, and is told what came of it; where it is told that it was done,
        that goes ahead of the end of its leg."""
        call = call_with(what.leg_id, self.turn.calls)
        if call is None:
            return
        asked = self._transfers.asked(what, self.turn.calls, self.turn.directory, self._new_party) if is_heard else None
        refused = self._transfers.told(what, call, is_taken=False)
        if asked is None:
            self._execute(refused, 0)
            return
        request, party = asked

        def answered(refusal: Refusal | None) -> None:
            if refusal is not None:
                self._execute(refused, 0)
            elif party is not None:
                self._transfers.waits_for_desk(what.leg_id, call)

        if party is not None:
            self._parties.append(party)
        ahead = self._transfers.told(what, call, is_taken=True) if party is None else ()
        self._turns.put(self._inbox.of_ours(request), answered, ahead)

    def _new_party(self, number: str) -> PartyRecord:
        now = self._clock.now()
        return PartyRecord(party_id=PartyId(self._ids.new(now)), number=number, name=None, seen_at=now)

    def _whose_emergency(self, fact: SwitchFact, what: EmergencyDialled) -> SwitchFact:
        agent_id = self.turn.directory.endpoints.get(what.endpoint_id)
        return replace(fact, what=replace(what, dialled_by=agent_id))

    def use(self, directory: Directory) -> None:
        """Decisions from here on follow this revision; that is journaled."""
        self.catch_up()
        self.turn.use(directory)
        self._turns.put(self._inbox.of_ours(DirectoryLoaded(revision=directory.revision)))

    def use_plan(self, plan: Plan) -> None:
        """From here on these are everybody's shifts."""
        self.catch_up()
        self.turn.shifts.use(plan)
        self._turns.put(self._inbox.of_ours(PLAN_CHANGED))

    def fire_due(self) -> None:
        """Everything due by now has happened, but for what rests because it leads nowhere."""
        self._turns.fire_due()

    def next_at(self) -> Instant | None:
        """When there is something to do that nobody tells us of: `fire_due` then."""
        return self._turns.next_at()

    def catch_up(self) -> None:
        """The turn of which something was sent ahead is done."""
        self._turns.catch_up()

    # -- restart, connect, reconcile ---------------------------------------------------------------------------------------

    def restore(self, envelopes: Sequence[Envelope], shares: Mapping[AgentId, LastShare]) -> None:
        """Open calls and agents on duty are as the journal's last durable event left them."""
        self.turn.restore(envelopes)
        self.turn.floor.restore(shares)
        for envelope in envelopes:
            link = None if envelope.switch is None else self.links.get(envelope.switch)
            if link is not None:
                link.last_alive_at = max(link.last_alive_at, envelope.occurred_at)
        self.timers.set(self.turn.due_now())

    def started(self, *, silent_since_at: Instant) -> None:
        """This process has the calls from here on; what was before is told apart from it in the journal."""
        self._turns.put(self._inbox.of_ours(ServiceStarted(silent_since_at=silent_since_at)))

    def connected(self, switch: SwitchName) -> None:
        """The switch speaks again: its facts are held until `reconciled`."""
        link = self.links[switch]
        link.held = _of_the_past(link.held)

    def disconnected(self, switch: SwitchName) -> None:
        """The switch is out of reach: its calls go on there, none of them is offered."""
        link = self.links[switch]
        link.held = _of_the_past(link.held)
        if link.is_connected:
            link.is_connected = False
            self._turns.put(self._ours(SwitchDisconnected(switch=switch), switch))

    def reconciled(self, snapshot: Snapshot) -> None:
        """The calls are as the switch shows them, held facts are handled, and callers of this switch may be offered again."""
        self.catch_up()
        name = snapshot.switch
        link = self.links[name]
        # Beats are told by our clock: nothing was seen alive after the moment the switch shows itself anew.
        gap_from = min(link.last_alive_at, snapshot.taken_at)
        if gap_from:
            self._turns.put(self._ours(GapObserved(switch=name, from_at=gap_from, to_at=snapshot.taken_at), name))
        # What the static dialplan served is known first: those callers are not to be looked for at the switch.
        served = [fact for fact in link.held or () if isinstance(fact.what, FallbackServed)]
        for fact in served:
            self._turns.put(self._inbox.from_switch(fact))
        for seen in snapshot.legs:
            self._adopt_agent_leg(seen, name)
        calls = self.turn.calls_at(name)
        alive_at, held, lines = gap_from or snapshot.taken_at, link.held or [], self.turn.lines_at(name)
        difference = reconcile(calls, self.turn.presence, snapshot, last_alive_at=alive_at, held=held, lines=lines)
        for fact in difference.facts:
            self._turns.put(self._inbox.from_switch(fact))
        for adoption in difference.adopted:
            arrived = SwitchFact(switch=name, occurred_at=adoption.since, what=adoption.arrived)
            self._turns.put(self._inbox.from_switch(arrived, adoption.call_id))
        unheard = self.turn.ears.still_there(name)
        self._execute([*unheard, *difference.commands, *_ended(difference.orphans, name)], 0)
        link.last_alive_at = max(gap_from, snapshot.taken_at)
        link.is_connected = True
        held, link.held = link.held or [], None  # what came meanwhile too
        for fact in held:
            if fact not in served:
                self._turns.put(self._inbox.from_switch(fact))
        self._turns.put(self._ours(SwitchConnected(switch=name, boot_id=snapshot.boot_id), name))

    def _adopt_agent_leg(self, seen: LegSeen, name: SwitchName) -> None:
        """A phone that rings for a call whose reservation did not reach the disk is bound to it again, where that can be."""
        call_id = call_of(seen.leg_id)
        reserved = None if call_id is None else self.turn.reservation_for(call_id, seen)
        if reserved is not None:
            self._turns.put(self._ours(reserved, name))

    def _ours(self, event: Event, switch: SwitchName) -> Arrival:
        return replace(self._inbox.of_ours(event), switch=switch)


def _of_the_past(held: Sequence[SwitchFact] | None) -> list[SwitchFact]:
    """What stays true whatever the next snapshot shows: calls that the static dialplan served to the end."""
    return [fact for fact in held or () if isinstance(fact.what, FallbackServed)]


def _ended(orphans: Sequence[LegSeen], switch: SwitchName) -> list[HangUp]:
    calls = [(call_of(seen.leg_id), seen.leg_id) for seen in orphans]
    return [HangUp(call_id=call_id, switch=switch, leg_id=leg_id) for call_id, leg_id in calls if call_id is not None]
