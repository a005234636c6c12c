"""What we ask of the manager interface, and how its answers read."""

from dataclasses import dataclass

from panoramisk.message import Message

from telephony.errors import SwitchError
from telephony.switch.asterisk.ami import AmiLine

BEAT_VARIABLE = "CONTROLLER_BEAT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One registered phone as the registrar sees it."""

    endpoint: str
    uri: str
    status: str
    round_trip_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelVariables:
    """A channel and the variables of ours on it."""

    name: str
    unique_id: str
    variables: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningMixMonitor:
    """A recording of a channel, and the files it writes, without the ending that tells their format."""

    mixmonitor_id: str
    files: tuple[str, ...]


async def contacts(line: AmiLine) -> tuple[Contact, ...]:
    """All registered phones with their last round trip. Raises `SwitchError`."""
    try:
        found = await line.act_for_list({"Action": "PJSIPShowContacts"})
    except SwitchError as error:
        if "No Contacts found" in str(error):
            return ()
        raise
    return tuple(
        Contact(
            endpoint=message.get("EndpointName") or message.get("Endpoint", ""),
            uri=message.get("Uri", ""),
            status=message.get("Status", ""),
            round_trip_us=_number(message.get("RoundtripUsec", "")),
        )
        for message in found
        if message.event == "ContactList"
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and int(text) > 0 else None


async def start_mixmonitor(line: AmiLine, channel: str, received: str) -> Message:
    """What is read of the channel is to be written there. The answer: nothing is proven by it. Raises `SwitchError`."""
    return await line.act({"Action": "MixMonitor", "Channel": channel, "Options": f"r({received})"})


async def mask_mixmonitor(line: AmiLine, channel: str, mixmonitor_id: str, *, is_masked: bool) -> bool:
    """True: that recording, and no other of the channel, writes silence; or no longer."""
    headers = {"Channel": channel, "MixMonitorID": mixmonitor_id, "Direction": "both", "State": "1" if is_masked else "0"}
    answer = await line.act({"Action": "MixMonitorMute", **headers})
    return bool(answer.success)


async def mixmonitor_list(line: AmiLine, channel: str) -> str | None:
    """The console's list of the channel's recordings; None where our user may not ask for it."""
    answer = await line.act({"Action": "Command", "Command": f"mixmonitor list {channel}"})
    if not answer.success and "ermission" in answer.message:
        return None
    output = answer.get("Output", answer.content)
    return "\n".join(output) if isinstance(output, list) else str(output)


def mixmonitors_of(listed: str) -> tuple[RunningMixMonitor, ...]:
    """The recordings of that list. One whose files could not be opened stands there without their names."""
    found = []
    for line in listed.splitlines():
        mixmonitor_id, *columns = line.rstrip().split("\t")
        if mixmonitor_id.startswith("0x"):
            found.append(RunningMixMonitor(mixmonitor_id=mixmonitor_id, files=tuple(filter(None, columns))))
    return tuple(found)


async def hang_up(line: AmiLine, channel: str) -> bool:
    """The channel is ended; False if it is gone."""
    answer = await line.act({"Action": "Hangup", "Channel": channel})
    return bool(answer.success)


async def redirect(line: AmiLine, channel: str, context: str, extension: str) -> bool:
    """The channel goes on at that place of the dialplan; False if it is gone."""
    answer = await line.act({"Action": "Redirect", "Channel": channel, "Context": context, "Exten": extension, "Priority": "1"})
    return bool(answer.success)


async def channels_with(line: AmiLine, *variables: str) -> tuple[ChannelVariables, ...]:
    """Every channel and the values of these variables on it, empty where not set."""
    found = await line.act_for_list({"Action": "Status", "Variables": ",".join(variables)})
    return tuple(
        ChannelVariables(
            name=message.get("Channel", ""),
            unique_id=message.get("Uniqueid", ""),
            variables=_variables(message.get("Variable", "")),
        )
        for message in found
        if message.event == "Status"
    )


def _variables(found: str | list[str]) -> dict[str, str]:
    pairs = [found] if isinstance(found, str) else found
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs) if name}


async def global_variable(line: AmiLine, name: str) -> str:
    """The value of a global variable, empty where it is not set."""
    answer = await line.act({"Action": "Getvar", "Variable": name})
    return str(answer.get("Value", "")) if answer.success else ""
