"""Everything that exists at the node now, read by HTTP. What it means for our calls is the engine's to say."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from telephony.engine.ports import LegSeen, Snapshot
from telephony.errors import SwitchError
from telephony.identifiers import BridgeId, EndpointId, Instant, LegId, SwitchName, call_of
from telephony.switch.asterisk.ari import must
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_wire import AriRequest, BridgeSeen, Channel, PhoneSeen, instant_of
from telephony.switch.asterisk.normalise import arrived, endpoint_of, is_leg
from telephony.switch.asterisk.translate import WAITING_VARIABLE, reading_of


class _Application(msgspec.Struct, frozen=True):
    channel_ids: tuple[str, ...] = ()


class _Status(msgspec.Struct, frozen=True):
    startup_time: str = ""


class _Info(msgspec.Struct, frozen=True):
    status: _Status = _Status()


class _Value(msgspec.Struct, frozen=True):
    value: str = ""


class _Ping(msgspec.Struct, frozen=True):
    timestamp: str = ""


async def read_snapshot(
    http: AriHttp, switch: SwitchName, *, call_app: str, trunk_context: str, fallback_context: str
) -> tuple[Snapshot, Mapping[LegId, str], Mapping[LegId, BridgeId | None]]:
    """The reading without ends, the channels' names, and which are dialled from within our app, with the bridge they are heard in
    already.

    Raises `SwitchError` where Asterisk cannot be asked.
    """
    taken_at = await read_time(http)
    boot_id = await read_boot_id(http)
    bridges = await _get(http, "bridges", tuple[BridgeSeen, ...])
    channels = await _get(http, "channels", tuple[Channel, ...])
    ours = frozenset((await _get(http, f"applications/{call_app}", _Application)).channel_ids)
    reachable = await read_reachable(http)
    bridge_of = {channel: BridgeId(bridge.id) for bridge in bridges for channel in bridge.channels}
    dialled = {LegId(channel.id): bridge_of.get(channel.id) for channel in channels if _is_dialled(channel)}
    legs = []
    for channel in channels:
        if is_leg(channel.name):
            # A channel is subscribed to after it went into the dialplan as well: only its place tells.
            is_served = channel.id in ours and channel.dialplan.app_name in {"Stasis", ""}
            leg = await _leg(http, channel, bridge_of, is_served, trunk_context)
            is_at_machine = call_of(channel.id) is None and channel.dialplan.context == fallback_context
            legs.append(replace(leg, is_at_machine=True) if is_at_machine else leg)
    snapshot = Snapshot(
        switch=switch,
        boot_id=boot_id,
        taken_at=taken_at,
        legs=tuple(legs),
        bridges=tuple(BridgeId(bridge.id) for bridge in bridges),
        reachable=reachable,
    )
    return snapshot, {LegId(channel.id): channel.name for channel in channels}, dialled


def _is_dialled(channel: Channel) -> bool:
    """A leg of ours in our app that is not answered: one that is dialled at one stroke enters with its answer."""
    return call_of(channel.id) is not None and channel.state != "Up" and channel.dialplan.app_name == "Stasis"


async def _leg(
    http: AriHttp, channel: Channel, bridge_of: Mapping[str, BridgeId], is_served: bool, trunk_context: str
) -> LegSeen:
    is_caller = call_of(channel.id) is None and channel.dialplan.context == trunk_context
    is_waiting = is_caller and is_served and await _variable(http, channel.id, WAITING_VARIABLE) == "1"
    return LegSeen(
        leg_id=LegId(channel.id),
        is_answered=channel.state == "Up",
        created_at=instant_of(channel.creationtime),
        bridge_id=None if _is_dialled(channel) else bridge_of.get(channel.id),
        arrived=arrived(channel, ()) if is_caller and is_served else None,
        is_waiting=is_waiting,
        endpoint_id=None if is_caller else EndpointId(endpoint_of(channel.name)),
    )


def is_in_context(channel: str, context: str) -> bool:
    """Whether the channel, as ARI shows it, is in that part of the dialplan."""
    try:
        return msgspec.json.decode(channel, type=Channel, strict=False).dialplan.context == context
    except (msgspec.DecodeError, ValueError):
        return False


async def read_boot_id(http: AriHttp) -> str:
    """A name for this run of Asterisk: the instant it was started."""
    info: _Info = await _get(http, "asterisk/info", _Info, ("only", "status"))
    return info.status.startup_time


async def read_time(http: AriHttp) -> Instant:
    """The switch's own clock. Raises `SwitchError`."""
    return instant_of((await _get(http, "asterisk/ping", _Ping)).timestamp)


async def read_reachable(http: AriHttp) -> tuple[EndpointId, ...]:
    """All phones and trunks that answer."""
    phones = await _get(http, "endpoints/PJSIP", tuple[PhoneSeen, ...])
    return tuple(EndpointId(phone.resource) for phone in phones if phone.state == "online")


async def _variable(http: AriHttp, channel_id: str, name: str) -> str:
    answer = await http.ask(reading_of(channel_id, name))
    return msgspec.json.decode(answer.body, type=_Value).value if answer.is_ok else ""


async def _get(http: AriHttp, uri: str, kind: Any, *query: tuple[str, str]) -> Any:
    answer = must(await http.ask(AriRequest("GET", uri, query)), f"ARI {uri}")
    try:
        return msgspec.json.decode(answer.body, type=kind, strict=False)
    except (msgspec.DecodeError, ValueError) as error:
        raise SwitchError(f"ARI {uri}: an answer that nobody understands") from error
