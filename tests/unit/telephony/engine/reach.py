"""What parts of a turn hear of phones and switches."""

from telephony.agent.model import Agent
from telephony.identifiers import SwitchName
from tests.unit.telephony.scene import SWITCH


class There:
    """The one switch is there."""

    def away(self, agent: Agent) -> str | None:
        return None if agent.endpoint_id is not None else "unreachable"

    def is_connected(self, switch: SwitchName) -> bool:
        return switch == SWITCH
