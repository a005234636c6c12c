"""What our line to a real manager interface does not say, whatever its user may."""

import asyncio

import pytest

from fernamt.node.process import AsteriskNode
from telephony.errors import SwitchError
from telephony.switch.asterisk.ami import AmiLine
from telephony.switch.asterisk.ami_actions import mixmonitor_list
from telephony.switch.asterisk.settings import AmiSettings
from tests.e2e.patience import soon


async def test_the_service_ends_asterisk_neither_by_a_command_nor_by_a_question(node: AsteriskNode) -> None:
    """Its manager user may: `command` cannot be cut down. What it sends it by cannot be made to say it."""
    user, password = node.credentials.ami_user, node.credentials.ami_password
    line = AmiLine(AmiSettings(host="127.0.0.1", port=node.settings.ami_port, user=user, password=password))
    serving = asyncio.create_task(line.run())
    try:
        await soon(line.wait_up())
        with pytest.raises(SwitchError, match="none of ours"):
            await line.act({"Action": "Command", "Command": "core stop now"})
        with pytest.raises(SwitchError, match="only plain variables"):
            await line.act({"Action": "Getvar", "Variable": "MIXMONITOR(0x1,filename)"})
        assert await mixmonitor_list(line, "PJSIP/none") == "No channel matching 'PJSIP/none' found."
    finally:
        serving.cancel()
