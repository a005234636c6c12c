"""What parts of a turn hear of phones and switches."""

from telephony.agent.model import Agent
from telephony.errors import Refusal, RefusalCode
from telephony.identifiers import SwitchName
from tests.unit.telephony.scene import SWITCH


class There:
    """The one switch is there."""

    def refusal_of_phone(self, agent: Agent, switch: SwitchName | None) -> Refusal | None:
        is_there = agent.endpoint_id is not None and switch == SWITCH
        return None if is_there else Refusal(code=RefusalCode.AGENT_NOT_AVAILABLE)

    def is_connected(self, switch: SwitchName) -> bool:
        return switch == SWITCH
