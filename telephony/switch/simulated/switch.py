"""A switch in memory that behaves as a real one is seen to: same commands, same facts in the same order, same failures.

Ships with the product: simulation, tests and what-if runs use it. People (callers, agents at their phones) act on it through the
methods under "people"; time comes from the scheduler.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from telephony.causes import HangupCause
from telephony.commands import Command, FailureReason, leg_of
from telephony.engine.ports import CallerArrived, EndpointAccount, FactSink, LegEnd, LegSeen, Snapshot, SwitchFact
from telephony.errors import SwitchError
from telephony.events import (
    CommandFailed,
    EndpointChanged,
    Event,
    FeatureCodeDialled,
    LegAnswered,
    LegHeld,
    LegHungUp,
    LegJoined,
    LegLeft,
    LegPressedKey,
    LegRinging,
    LegUnheld,
)
from telephony.identifiers import BridgeId, EndpointId, Instant, LegId, SegmentId, SwitchName, TrunkId
from telephony.machines import LegTalkBegan, LegTalkEnded
from telephony.segments import SegmentTrouble
from telephony.switch.simulated.ears import SimulatedEar, end_ear, end_ears
from telephony.switch.simulated.obey import HANDLERS
from telephony.switch.simulated.shelf import Shelf, befall, end_segments
from telephony.switch.simulated.world import Ending, Existing, Network, Phone, PhoneState, Scheduler, SimulatedLeg

RECORD_KEPT_US = 600_000_000
CODE_LIMIT_US = 30_000_000
"""The dialplan gives a phone that dials a code, or a number, no more time, unless the controller takes its call."""


class SimulatedSwitch:
    """One node that exists in memory only."""

    def __init__(self, name: SwitchName, scheduler: Scheduler, network: Network | None = None) -> None:
        self.network = network or Network()
        self.existing = Existing()
        self.shelf = Shelf()
        self.ears: dict[LegId, SimulatedEar] = {}
        self.listening: dict[LegId, SimulatedEar] = {}
        self.boot = 1
        self.last_beat_at = Instant(0)
        self._name = name
        self._scheduler = scheduler
        self._sink: FactSink | None = None
        self._record: list[Ending] = []
        self._count = 0

    # -- the port --------------------------------------------------------------------------------------------------------

    @property
    def name(self) -> SwitchName:
        """See the port."""
        return self._name

    def attach(self, sink: FactSink | None) -> None:
        """Facts go there from now on; to nobody while it is None."""
        self._sink = sink

    async def run(self, sink: FactSink, *, on_connected: Callable[[], None], on_disconnected: Callable[[], None]) -> None:
        """See the port."""
        self.attach(sink)
        on_connected()
        try:
            await asyncio.Event().wait()
        finally:
            self.attach(None)
            on_disconnected()

    def send(self, commands: Sequence[Command]) -> None:
        """See the port. What was sent arrives, even if the sender dies right after."""
        self._scheduler.after(self.network.reach, partial(self._obey, commands))

    async def snapshot(self) -> Snapshot:
        """See the port."""
        return self.snapshot_now()

    def snapshot_now(self) -> Snapshot:
        """What exists at this instant."""
        now = self._scheduler.now()
        self._record = [end for end in self._record if end.ended_at > now - RECORD_KEPT_US]
        return Snapshot(
            switch=self._name,
            boot_id=str(self.boot),
            taken_at=now,
            legs=[
                LegSeen(
                    leg_id=leg.leg_id,
                    is_answered=leg.is_answered,
                    created_at=leg.created_at,
                    bridge_id=leg.bridge_id,
                    arrived=None if leg.is_in_dialplan else leg.arrived,
                    is_waiting=leg.is_waiting,
                    endpoint_id=leg.endpoint_id,
                )
                for leg in self.existing.legs.values()
            ],
            bridges=list(self.existing.bridges),
            reachable=[p.endpoint_id for p in self.existing.phones.values() if p.state is not PhoneState.UNREACHABLE],
            ended=[
                LegEnd(leg_id=end.leg_id, ended_at=end.ended_at, cause=end.cause, by_phone=end.by_phone) for end in self._record
            ],
        )

    async def beat(self, at: Instant) -> None:
        """See the port."""
        if self._sink is None:
            raise SwitchError("the simulated switch is not attached")
        self.last_beat_at = at

    async def provision(self, accounts: Sequence[EndpointAccount]) -> None:
        """See the port."""
        for account in accounts:
            self.existing.phones.setdefault(account.endpoint_id, Phone(account.endpoint_id))

    async def withdraw(self, endpoint_ids: Sequence[EndpointId]) -> None:
        """See the port."""
        for endpoint_id in endpoint_ids:
            self.existing.phones.pop(endpoint_id, None)

    # -- people ------------------------------------------------------------------------------------------------------------

    def caller_arrives(self, dnis: str, ani: str | None = None, ani_name: str | None = None) -> LegId:
        """A caller rings one of our numbers; the id is the switch's own."""
        self._count += 1
        leg_id = LegId(f"{self._name}-{self.boot}-{self._count}")
        arrived = CallerArrived(leg_id=leg_id, trunk_id=TrunkId("trunk"), dnis=dnis, ani=ani, ani_name=ani_name)
        now = self._scheduler.now()
        self.existing.legs[leg_id] = SimulatedLeg(leg_id=leg_id, created_at=now, arrived=arrived, is_waiting=True)
        self._tell(arrived)
        return leg_id

    def subscriber(self, number: str, on_ring: Callable[[LegId, str], None]) -> None:
        """Somebody in the public network has that number; told of each leg that rings it, with the number shown."""
        self.existing.outside[number] = Phone(EndpointId(number), state=PhoneState.REACHABLE, on_ring=on_ring)

    def dials_feature_code(self, endpoint_id: EndpointId, digits: str) -> LegId:
        """An agent's phone dials digits of ours."""
        self._count += 1
        leg_id = LegId(f"{self._name}-{self.boot}-{self._count}")
        leg = self.existing.legs[leg_id] = SimulatedLeg(leg_id=leg_id, created_at=self._scheduler.now())
        self._scheduler.after(CODE_LIMIT_US, partial(self._end_code, leg))
        self._tell(FeatureCodeDialled(leg_id=leg_id, endpoint_id=endpoint_id, digits=digits))
        return leg_id

    def phone_answers(self, leg_id: LegId) -> None:
        """The person at the phone takes the call; nothing happens where it is over."""
        leg = self.existing.legs.get(leg_id)
        if leg is not None and not leg.is_answered and not leg.is_dead:
            leg.is_answered = True
            self._tell(LegAnswered(leg_id=leg_id))
            self._join_where_heard(leg)

    def phone_sounds(self, leg_id: LegId) -> None:
        """The network of the party sends sound before any answer: a tone, an announcement."""
        leg = self.existing.legs.get(leg_id)
        if leg is not None and not leg.is_answered:
            self._tell_ringing(leg)

    def party_ends(self, leg_id: LegId, cause: HangupCause = HangupCause.NORMAL) -> None:
        """The party itself hangs up, or refuses the call with that cause."""
        if leg_id in self.existing.legs:
            self.end_leg(leg_id, cause, by_phone=True)

    def party_holds(self, leg_id: LegId, *, is_held: bool) -> None:
        """The party presses hold, or takes the call back."""
        leg = self.existing.legs.get(leg_id)
        if leg is not None and leg.is_answered and leg.is_held is not is_held:
            leg.is_held = is_held
            self._tell(LegHeld(leg_id=leg_id) if is_held else LegUnheld(leg_id=leg_id))

    def party_presses(self, leg_id: LegId, key: str) -> None:
        """A key of the party."""
        if leg_id in self.existing.legs:
            self._tell(LegPressedKey(leg_id=leg_id, key=key))

    def party_speaks(self, leg_id: LegId, for_us: int) -> None:
        """The party, or a machine, speaks for so long; nothing happens where it is over."""
        leg = self.existing.legs.get(leg_id)
        if leg is not None:
            leg.talks_until = Instant(self._scheduler.now() + for_us)
            self.hear(leg)

    def segment_fails(self, segment_id: SegmentId, trouble: SegmentTrouble) -> None:
        """Something befalls a running recording: its file stalls, or is silent."""
        befall(self, segment_id, trouble)

    def listener_hangs_up(self, ear_id: LegId) -> None:
        """Who listens has heard enough; nothing happens where it is over."""
        end_ear(self, ear_id)

    def phone_registers(self, endpoint_id: EndpointId) -> None:
        """The phone is there, for the first time or again."""
        phone = self.existing.phones.setdefault(endpoint_id, Phone(endpoint_id))
        phone.state = PhoneState.REACHABLE
        phone.lives += 1
        self._tell(EndpointChanged(endpoint_id=endpoint_id, is_reachable=True, round_trip_us=self.network.ring))

    def phone_unregisters(self, endpoint_id: EndpointId) -> None:
        """The phone says goodbye to the switch."""
        phone = self.existing.phones.get(endpoint_id)
        if phone is not None and phone.state is not PhoneState.UNREACHABLE:
            phone.state = PhoneState.UNREACHABLE
            self._tell(EndpointChanged(endpoint_id=endpoint_id, is_reachable=False))

    def phone_dies(self, endpoint_id: EndpointId) -> None:
        """The phone is gone without a word: media stops now, the switch notices later."""
        phone = self.existing.phones.get(endpoint_id)
        if phone is None or phone.state is not PhoneState.REACHABLE:
            return
        phone.state = PhoneState.DEAD
        for leg in self.existing.legs.values():
            if leg.endpoint_id == endpoint_id:
                leg.is_dead = True
                if leg.is_answered:
                    self._scheduler.after(self.network.media_timeout, partial(self._media_lost, leg))
        self._scheduler.after(self.network.probe, partial(self._probed, phone, phone.lives))

    def dies(self) -> None:
        """The whole switch is gone with all its calls and comes back empty; phones register again by their own doing."""
        self.shelf.break_off(self._scheduler.now())
        for ear in self.listening.values():
            ear.ended_at = self._scheduler.now()
        self.listening.clear()
        self.existing.legs.clear()
        for phone in self.existing.phones.values():
            phone.state = PhoneState.UNREACHABLE
        self.existing.bridges.clear()
        self._record.clear()
        self.boot += 1
        self._sink = None

    # -- what commands and people share --------------------------------------------------------------------------------------

    def end_leg(self, leg_id: LegId, cause: HangupCause, *, by_phone: bool) -> None:
        """The leg is gone: out of its bridge, its end told and recorded."""
        leg = self.existing.legs.pop(leg_id)
        bridge_id = self.existing.leave(leg)
        if bridge_id is not None:
            self._tell(LegLeft(leg_id=leg_id, bridge_id=bridge_id))
        self._record.append(Ending(leg_id, self._scheduler.now(), cause, by_phone))
        self._tell(LegHungUp(leg_id=leg_id, cause=cause, by_phone=by_phone))
        end_segments(self, leg_id)
        end_ears(self, leg_id)

    def ring(self, leg: SimulatedLeg, phone: Phone, display: str, timeout_us: int) -> None:
        """The phone rings for the leg, if there is one to ring; it is given up after the time."""
        self.existing.legs[leg.leg_id] = leg
        self._scheduler.after(self.network.ring, partial(self._rings, leg, phone, display))
        self._scheduler.after(timeout_us, partial(self._give_up, leg))

    def hear(self, leg: SimulatedLeg) -> None:
        """What its party says is told to who listens: the beginning at once, the end once it has been silent for long enough."""
        now = self._scheduler.now()
        if leg.listens_ms is None or leg.talks_until <= now:
            return
        if leg.talks_since is None:
            leg.talks_since = now
            self._tell(LegTalkBegan(leg_id=leg.leg_id))
        said_at = leg.talks_until
        self._scheduler.after(said_at - now + leg.listens_ms * 1_000, partial(self._fell_silent, leg, said_at))

    def end_later(self, leg: SimulatedLeg, delay_us: int) -> None:
        """The leg ends by itself after that time: the dialplan, or the tone, is done."""
        self._scheduler.after(delay_us, partial(self._end_if_same, leg))

    def fail(self, command: Command, reason: FailureReason) -> None:
        """The command's failure is told."""
        bridge_id: BridgeId | None = getattr(command, "bridge_id", None)
        failed = CommandFailed(command=type(command).__name__, reason=reason, leg_id=leg_of(command), bridge_id=bridge_id)
        self._tell(failed)

    def tell(self, event: Event) -> None:
        """The fact is told to whoever listens."""
        self._tell(event)

    def now(self) -> Instant:
        """The switch's clock."""
        return self._scheduler.now()

    def has_leg(self, leg_id: LegId) -> bool:
        """There is a channel of that id."""
        return leg_id in self.existing.legs

    def later(self, delay_us: int, action: Callable[[], None]) -> None:
        """The action runs after that time."""
        self._scheduler.after(delay_us, action)

    def _obey(self, commands: Sequence[Command]) -> None:
        for command in commands:
            HANDLERS[type(command)](self, command)

    def _tell(self, what: Event | CallerArrived) -> None:
        if self._sink is not None:
            self._sink(SwitchFact(switch=self._name, occurred_at=self._scheduler.now(), what=what))

    def _rings(self, leg: SimulatedLeg, phone: Phone, display: str) -> None:
        if self.existing.legs.get(leg.leg_id) is not leg or phone.state is not PhoneState.REACHABLE:
            return
        self._tell_ringing(leg)
        if phone.on_ring is not None:
            phone.on_ring(leg.leg_id, display)

    def _tell_ringing(self, leg: SimulatedLeg) -> None:
        if not leg.is_ringing:
            leg.is_ringing = True
            self._tell(LegRinging(leg_id=leg.leg_id))

    def _join_where_heard(self, leg: SimulatedLeg) -> None:
        bridge = None if leg.heard_in is None else self.existing.bridges.get(leg.heard_in)
        if leg.heard_in is not None and bridge is not None:
            bridge[leg.leg_id], leg.bridge_id = None, leg.heard_in
            self._tell(LegJoined(leg_id=leg.leg_id, bridge_id=leg.heard_in))

    def _give_up(self, leg: SimulatedLeg) -> None:
        if self.existing.legs.get(leg.leg_id) is leg and not leg.is_answered:
            self.end_leg(leg.leg_id, HangupCause.NO_ANSWER, by_phone=False)

    def _fell_silent(self, leg: SimulatedLeg, said_at: Instant) -> None:
        is_there = self.existing.legs.get(leg.leg_id) is leg and leg.talks_until == said_at
        if is_there and leg.talks_since is not None:
            talked_ms = (said_at - leg.talks_since) // 1_000
            leg.talks_since = None
            self._tell(LegTalkEnded(leg_id=leg.leg_id, talked_ms=talked_ms))

    def _end_if_same(self, leg: SimulatedLeg) -> None:
        if self.existing.legs.get(leg.leg_id) is leg:
            self.end_leg(leg.leg_id, HangupCause.NORMAL, by_phone=False)

    def _end_code(self, leg: SimulatedLeg) -> None:
        if not leg.lasts:
            self._end_if_same(leg)

    def _media_lost(self, leg: SimulatedLeg) -> None:
        if self.existing.legs.get(leg.leg_id) is leg:
            self.end_leg(leg.leg_id, HangupCause.MEDIA_LOST, by_phone=False)

    def _probed(self, phone: Phone, life: int) -> None:
        if phone.state is PhoneState.DEAD and phone.lives == life:
            phone.state = PhoneState.UNREACHABLE
            self._tell(EndpointChanged(endpoint_id=phone.endpoint_id, is_reachable=False))
