"""An Asterisk node as the engine's `Switch`: events come in as facts, commands go out as requests, in the same instant."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from telephony.causes import HangupCause
from telephony.commands import (
    Command,
    DialOutside,
    FailureReason,
    HandToDialplan,
    HangUpIfSilent,
    PlayTone,
    RingEndpoint,
    leg_of,
)
from telephony.engine.ports import (
    CallerArrived,
    Clock,
    EndpointAccount,
    FactSink,
    FallbackServed,
    Snapshot,
    SwitchFact,
)
from telephony.errors import SwitchError
from telephony.events import CommandFailed, Event, LegAnswered, LegHungUp, LegLeft, LegTakenOver
from telephony.identifiers import SECOND, EndpointId, Instant, LegId, SwitchName, call_of
from telephony.overhearing import EndListening, LetListen
from telephony.segments import SegmentCommand
from telephony.switch.asterisk import provisioning
from telephony.switch.asterisk.ami import AmiLine
from telephony.switch.asterisk.ami_actions import BEAT_VARIABLE, contacts
from telephony.switch.asterisk.ari import AriLine, OnAnswer, must
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_inbound import InboundLine
from telephony.switch.asterisk.ari_wire import AriAnswer, AriRequest, Frame
from telephony.switch.asterisk.beside import Beside
from telephony.switch.asterisk.cel_reader import CelReader, Served
from telephony.switch.asterisk.checkup import running_version
from telephony.switch.asterisk.dead_legs import DeadLegs, Verdict
from telephony.switch.asterisk.early_media import Dialling
from telephony.switch.asterisk.failures import failure_of, where_to_look
from telephony.switch.asterisk.line_out import DIAL_MARK
from telephony.switch.asterisk.line_watch import LineWatch
from telephony.switch.asterisk.normalise import EVENTS_READ, Normaliser, endpoint_of
from telephony.switch.asterisk.placements import Placements
from telephony.switch.asterisk.presence import PRESENCE_EVENT, Presence
from telephony.switch.asterisk.refer import survives_refer
from telephony.switch.asterisk.settings import AsteriskSettings, PhoneSettings
from telephony.switch.asterisk.snapshot import is_in_context, read_boot_id, read_snapshot, read_time
from telephony.switch.asterisk.subscriptions import hear_of_phones, set_up
from telephony.switch.asterisk.translate import TONE_SUFFIX, Translator, path

_MOVED = (LegLeft, LegHungUp)
_BESIDE = (SegmentCommand, LetListen, EndListening)
_CALLER = ("inbound",)
"""What the dialplan says of a caller first."""
_CLOCK_EVERY_S = 30.0
_AGAIN_S = 0.5


class AsteriskSwitch:
    """One node. Its parts are public to the diagnosis commands; the engine uses the port's methods only."""

    def __init__(self, settings: AsteriskSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self.http = AriHttp(settings.ari)
        self.line: AriLine | InboundLine = (
            AriLine(settings.ari) if settings.ari.connection == "outbound" else InboundLine(settings.ari)
        )
        self.ami = AmiLine(settings.ami) if settings.ami is not None else None
        self.bad_events = 0
        """Events with fields that make no sense, since the start."""
        self._translator = Translator(
            call_app=settings.ari.call_app,
            fallback_context=settings.fallback_context,
            line_out=settings.line_out,
            emergency_line=settings.emergency_line,
        )
        self._silence = settings.silence()
        self._normaliser = Normaliser(
            settings.name,
            trunk_context=settings.trunk_context,
            agent_context=settings.agent_context,
            silence=self._silence,
        )
        self._placements = Placements()
        self._dialling = Dialling(self.line.write, self._translator, self._placements)
        self._presence = Presence()
        self._dead_legs = DeadLegs(self.http, grace_ms=settings.silence_grace_ms)
        self._lines = LineWatch(
            self.http,
            every_s=settings.line_poll_s,
            silent_s=settings.phones.rtp_timeout_s,
            on_unheard=lambda leg_id, for_s: self._tasks.create_task(self._end_unheard(leg_id, for_s)),
        )
        self.cel = CelReader(settings, clock, say=self._tell_served)
        self._accounts: dict[EndpointId, EndpointAccount] = {}
        self._provisioned_boot = ""
        self._offset_us = 0
        self._sink: FactSink | None = None
        self._beside = Beside(settings, self.ami, self.http, name_of=self._normaliser.name_of, tell=self._tell)
        self._connections = 0

    @property
    def name(self) -> SwitchName:
        """The node's name; see the port."""
        return self._settings.name

    async def run(self, sink: FactSink, *, on_connected: Callable[[], None], on_disconnected: Callable[[], None]) -> None:
        """See the port. Ends only by cancellation, or by an exception of `sink` or a callback."""
        self._sink = sink
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(
                    self.line.run(self._on_frame, on_up=partial(self._on_up, on_connected), on_down=on_disconnected)
                )
                if self.ami is not None:
                    tasks.create_task(self.ami.run())
                    tasks.create_task(self._poll_contacts(self.ami))
                tasks.create_task(self.cel.run())
                tasks.create_task(self._watch_clock())
                tasks.create_task(self._measure_lines())
        finally:
            await self._beside.close()
            await self.http.close()

    def send(self, commands: Sequence[Command]) -> None:
        """See the port. Recordings go by the manager interface, in their own order.

        All requests leave in one write, but for a phone that is to ring: it waits for no other request to be put into words.
        """
        batch: list[tuple[AriRequest, OnAnswer]] = []
        for wanted in commands:
            if type(wanted) is RingEndpoint:  # nor for any question asked of other commands
                (request,) = self._translator.requests_of(wanted)
                self.line.write([*batch, (request, partial(self._on_answer, wanted))])
                batch = []
                continue
            command = self._placements.send(wanted)
            if command is None:
                continue
            if isinstance(command, _BESIDE):
                batch += [(request, _ignore) for request in self._beside.carry_out(command)]
                continue
            if isinstance(command, HangUpIfSilent):
                self._tasks.create_task(self._hang_up_if_silent(command))
                continue
            if isinstance(command, HandToDialplan):
                self._normaliser.hand_to_dialplan(command.leg_id)
            if isinstance(command, DialOutside):
                self._dialling.made(command)
            requests = self._translator.requests_of(command)
            if not requests:
                self._refuse(command, "no line out is set, or it is no number")
                continue
            batch += [(request, _ignore) for request in requests[:-1]]
            batch.append((requests[-1], partial(self._on_answer, command)))
        if batch:
            self.line.write(batch)

    async def snapshot(self) -> Snapshot:
        """See the port."""
        await self.cel.read()
        snapshot, names, dialled = await read_snapshot(
            self.http,
            self.name,
            call_app=self._settings.ari.call_app,
            trunk_context=self._settings.trunk_context,
            fallback_context=self._settings.fallback_context,
        )
        await self.cel.read()  # whoever ended since it was read is not among the legs: how they ended is there by now
        snapshot = replace(snapshot, ended=self.cel.ends())
        for leg in snapshot.legs:
            bridge_id = dialled.get(leg.leg_id, leg.bridge_id)
            self._placements.adopt(leg.leg_id, bridge_id)
            self._normaliser.adopt(leg.leg_id, names[leg.leg_id], is_answered=leg.is_answered, bridge=bridge_id)
            if leg.leg_id in dialled:
                self._normaliser.is_dialled(leg.leg_id)
            if leg.is_answered:
                self._measure(leg.leg_id)
        self._presence.read(snapshot.reachable)
        return snapshot

    async def beat(self, at: Instant) -> None:
        """See the port. Raises `SwitchError` where the switch did not take it."""
        seconds = (at + self._offset_us) // 1_000_000
        query = (("variable", BEAT_VARIABLE), ("value", str(seconds)))
        must(await self.line.ask(AriRequest("POST", "asterisk/variable", query)), "the controller's beat")

    async def provision(self, accounts: Sequence[EndpointAccount]) -> None:
        """See the port. They are put again by ourselves whenever the node was restarted."""
        await provisioning.provision(self.http, accounts, await self._phones())
        self._accounts.update({account.endpoint_id: account for account in accounts})
        self._provisioned_boot = await read_boot_id(self.http)

    async def withdraw(self, endpoint_ids: Sequence[EndpointId]) -> None:
        """See the port."""
        for endpoint_id in endpoint_ids:
            self._accounts.pop(endpoint_id, None)
        await provisioning.withdraw(self.http, endpoint_ids)

    async def _phones(self) -> PhoneSettings:
        """What an account gets at this Asterisk, which may be another build than the last one that was started here."""
        phones = self._settings.phones
        if phones.may_refer is not None:
            return phones
        return replace(phones, may_refer=survives_refer(await running_version(self.http) or ""))

    # -- what comes from Asterisk ------------------------------------------------------------------------------

    def _on_up(self, on_connected: Callable[[], None]) -> None:
        self._connections += 1
        stale = self.http.forget_connections()  # they may lead to an Asterisk that is gone
        if stale is not None:
            self._tasks.create_task(stale.close())
        set_up(self.line, self._settings.ari, call_events=(*EVENTS_READ, "PlaybackFinished"))
        on_connected()
        self._tasks.create_task(self._after_connect(self._connections))

    async def _after_connect(self, connection: int) -> None:
        """Phones are told of, clocks compared, and a restarted Asterisk has its phones again: tried until another connection."""
        while connection == self._connections:
            with contextlib.suppress(SwitchError):
                await hear_of_phones(self.line, self._settings.ari)  # before any phone can come
                await self._measure_clock()
                boot_id = await read_boot_id(self.http)
                if boot_id != self._provisioned_boot and self._accounts:
                    await provisioning.provision(self.http, tuple(self._accounts.values()), await self._phones())
                    self._provisioned_boot = boot_id
                return
            await asyncio.sleep(_AGAIN_S)

    def _on_frame(self, frame: Frame) -> None:
        if frame.args[:1] != _CALLER and self._is_of_no_call(frame):  # a caller waits for none of these questions
            return
        try:
            facts = self._normaliser.facts_of(frame)
        except ValueError:
            self.bad_events += 1
            return
        if frame.args == (DIAL_MARK,) and frame.channel is not None:
            self._dialling.entered(LegId(frame.channel.id), frame.args)
        for fact in facts:
            self._say(fact)
        if self._normaliser.departed:
            self._look_for_departed()

    def _is_of_no_call(self, frame: Frame) -> bool:
        """Whether it was of a phone's presence, a listener, a sign or a tone, and is done with."""
        if frame.type == PRESENCE_EVENT:
            change = self._presence.take(frame)
            if change is not None:
                self._tell(change)
        elif self._beside.takes(frame):
            return True
        elif frame.type == "PlaybackFinished":
            self._on_played(frame)
        else:
            return False
        return True

    def _on_played(self, frame: Frame) -> None:
        if frame.playback is not None and frame.playback.id.endswith(TONE_SUFFIX):
            leg_id = frame.playback.id.removesuffix(TONE_SUFFIX)
            self.line.write([(AriRequest("DELETE", f"channels/{path(leg_id)}"), _ignore)])

    def _look_for_departed(self) -> None:
        """Callers that left the app without a hang-up went into the dialplan, or are gone and the word of it was lost."""
        gone, self._normaliser.departed = self._normaliser.departed, []
        for leg_id in gone:
            request = AriRequest("GET", f"channels/{path(leg_id)}")
            self.line.write([(request, partial(self._on_departed_seen, leg_id))])

    def _on_departed_seen(self, leg_id: LegId, answer: AriAnswer) -> None:
        if answer.status == 404:
            ended = LegHungUp(leg_id=leg_id, cause=HangupCause.UNKNOWN, by_phone=False)
            for fact in self._normaliser.end(leg_id, ended, self._switch_now()):
                self._say(fact)
        elif answer.is_ok:
            if is_in_context(answer.body, self._settings.fallback_context):
                self._tell(LegTakenOver(leg_id=leg_id))  # told too where we handed it over: the call knows
            subscribe = AriRequest(
                "POST", f"applications/{self._settings.ari.call_app}/subscription", (("eventSource", f"channel:{leg_id}"),)
            )
            self.line.write([(subscribe, _ignore)])

    # -- what becomes of commands ------------------------------------------------------------------------------

    def _on_answer(self, command: Command, answer: AriAnswer) -> None:
        failure = failure_of(command, answer)
        if failure is None:
            return
        self._placements.fail(command)
        looked_for = where_to_look(command, answer)
        if looked_for is not None:
            self.line.write([(looked_for, partial(self._on_looked, failure))])
        elif isinstance(command, PlayTone) and answer.status not in {404, 0, -1}:
            self.line.write([(AriRequest("DELETE", f"channels/{path(command.leg_id)}"), _ignore)])
        else:
            self._tell(failure)

    def _on_looked(self, failure: CommandFailed, answer: AriAnswer) -> None:
        if not answer.is_ok:  # what is there was made by the same command, repeated
            self._tell(failure)

    async def _hang_up_if_silent(self, command: HangUpIfSilent) -> None:
        is_left = self._silence.is_left_to_switch(is_held=self._normaliser.is_held(command.leg_id))
        verdict = await self._dead_legs.verdict(command.leg_id, within_s=self._silence.overdue_s if is_left else None)
        if verdict is Verdict.GONE:
            self._tell(CommandFailed(command="HangUpIfSilent", reason=FailureReason.GONE, leg_id=command.leg_id))
        elif verdict is Verdict.DEAD:
            self._end_lost(command.leg_id)

    async def _end_unheard(self, leg_id: LegId, for_s: float) -> None:
        """The leg is ended like one that `rtp_timeout` ends, unless its phone holds or is heard again meanwhile."""
        last_heard_at = Instant(self._switch_now() - int(for_s * SECOND))
        if self._normaliser.is_held(leg_id) or await self._dead_legs.verdict(leg_id) is not Verdict.DEAD:
            return
        if not self._normaliser.is_held(leg_id):
            self._normaliser.was_last_heard(leg_id, last_heard_at)
            self._end_lost(leg_id)

    def _end_lost(self, leg_id: LegId) -> None:
        reason = (("reason_code", str(int(HangupCause.MEDIA_LOST))),)
        self.line.write([(AriRequest("DELETE", f"channels/{path(leg_id)}", reason), _ignore)])

    def _refuse(self, command: Command, why: str) -> None:
        failure = CommandFailed(command=type(command).__name__, reason=FailureReason.REFUSED, leg_id=leg_of(command), detail=why)
        asyncio.get_running_loop().call_soon(self._tell, failure)

    # -- clocks, contacts, the second witness ------------------------------------------------------------------

    def _switch_now(self) -> Instant:
        return Instant(self._clock.now() + self._offset_us)

    def _tell(self, what: Event | CallerArrived | FallbackServed) -> None:
        self._say(SwitchFact(switch=self.name, occurred_at=self._switch_now(), what=what))

    def _say(self, fact: SwitchFact) -> None:
        what = fact.what
        if isinstance(what, _MOVED):
            self._placements.take(what)
        if isinstance(what, LegHungUp):
            self._lines.ended(what.leg_id)
            self._beside.leg_ended(what.leg_id)
        if self._sink is not None:
            self._sink(fact)
        if isinstance(what, LegAnswered):  # somebody waits to be connected
            self._measure(what.leg_id)

    def _measure(self, leg_id: LegId) -> None:
        """The leg's line is measured from here on, where it is an agent's."""
        endpoint = endpoint_of(self._normaliser.name_of(leg_id) or "")
        if call_of(leg_id) is not None and endpoint and endpoint not in self._settings.trunks_out:
            self._lines.answered(leg_id, EndpointId(endpoint))

    async def _measure_clock(self) -> None:
        asked_at = self._clock.now()
        theirs = await read_time(self.http)
        self._offset_us = theirs - (asked_at + self._clock.now()) // 2

    async def _watch_clock(self) -> None:
        while True:
            await asyncio.sleep(_CLOCK_EVERY_S)
            with contextlib.suppress(SwitchError):
                await self._measure_clock()

    async def _poll_contacts(self, ami: AmiLine) -> None:
        while True:
            await ami.wait_up()
            with contextlib.suppress(SwitchError):
                heard = self._presence.heard
                for change in self._presence.compare(await contacts(ami), heard=heard):
                    self._tell(change)
            await asyncio.sleep(self._settings.contact_poll_s)

    async def _measure_lines(self) -> None:
        while True:
            try:
                self._tell(await self._lines.next())
            except SwitchError:
                await asyncio.sleep(_AGAIN_S)

    def _tell_served(self, served: Served, at: Instant) -> None:
        self._say(SwitchFact(switch=self.name, occurred_at=at, what=served))


def _ignore(_answer: AriAnswer) -> None:
    """What comes of it comes as an event."""
