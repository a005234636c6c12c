"""What we ask of the manager interface, and how its answers read."""

from dataclasses import dataclass

from telephony.errors import SwitchError
from telephony.switch.asterisk.ami import AmiLine

MIXMONITOR_VARIABLE = "FERNAMT_MIXMONITOR"
"""Channel variable with the id of the recording that runs: whoever must stop it finds it there."""
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


async def start_mixmonitor(line: AmiLine, channel: str, received: str, sent: str) -> str:
    """The id of the recording that was asked for: nothing is proven by it. Raises `SwitchError`."""
    options = f"r({received})t({sent})i({MIXMONITOR_VARIABLE})"
    answer = await line.act({"Action": "MixMonitor", "Channel": channel, "Options": options})
    if not answer.success:
        raise SwitchError(f"AMI MixMonitor: {answer.message}")
    return str(answer.get("MixMonitorID", ""))


async def stop_mixmonitor(line: AmiLine, channel: str, mixmonitor_id: str) -> bool:
    """True: stopped. False: there was nothing to stop (any more). Always by id: without one, the first is stopped, or all."""
    answer = await line.act({"Action": "StopMixMonitor", "Channel": channel, "MixMonitorID": mixmonitor_id})
    return bool(answer.success)


async def mixmonitor_list(line: AmiLine, channel: str) -> str | None:
    """The console's list of the channel's recordings; None where our user may not ask for it."""
    answer = await line.act({"Action": "Command", "Command": f"mixmonitor list {channel}"})
    if not answer.success and "ermission" in answer.message:
        return None
    output = answer.get("Output", answer.content)
    return "\n".join(output) if isinstance(output, list) else str(output)


async def redirect(line: AmiLine, channel: str, context: str, extension: str) -> bool:
    """The channel goes on at that place of the dialplan; False if it is gone."""
    answer = await line.act({"Action": "Redirect", "Channel": channel, "Context": context, "Exten": extension, "Priority": "1"})
    return bool(answer.success)


async def channels_with(line: AmiLine, *variables: str) -> tuple[ChannelVariables, ...]:
    """Every channel and the values of these variables on it (empty where not set)."""
    found = await line.act_for_list({"Action": "Status", "Variables": ",".join(variables), "AllVariables": "false"})
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
