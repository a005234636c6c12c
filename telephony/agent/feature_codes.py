"""What an agent can ask for from the phone itself, by dialling a code."""

from telephony.agent.model import Agent
from telephony.errors import Refusal, RefusalCode
from telephony.events import (
    AgentRequest,
    AvailableRequested,
    LogInRequested,
    LogOutRequested,
    PauseRequested,
    WrapUpCodeChosen,
)
from telephony.identifiers import AgentId, EndpointId

LOG_IN = "*11"
LOG_OUT = "*12"
PAUSE = "*21"
AVAILABLE = "*22"
WRAP_UP = "*3"
"""Followed by the place of the code in the project's list: *31 is the first."""

PICK_UP = "*7"
"""Followed by the number under which a caller is parked: *71 is the first."""

BY_PHONE = "phone"
LONGEST_CODE = 5


def is_code(digits: str) -> bool:
    """Whether that looks like a code, known or mistyped, and not like somebody's number."""
    return digits.startswith("*") and len(digits) <= LONGEST_CODE


def split_number(digits: str) -> tuple[str | None, str]:
    """The project's code before somebody's number (`*81*01712345`), None where there is none; and the number."""
    head, star, number = digits.removeprefix("*").partition("*")
    is_coded = digits.startswith("*") and bool(star) and head.isascii() and head.isdigit()
    return (head, number) if is_coded else (None, digits)


def request_of(digits: str, agent_id: AgentId, endpoint_id: EndpointId, agent: Agent) -> AgentRequest | Refusal:
    """The request those digits stand for, or why there is none."""
    match digits:
        case "*11":
            return LogInRequested(agent_id=agent_id, endpoint_id=endpoint_id, by=BY_PHONE)
        case "*12":
            return LogOutRequested(agent_id=agent_id, by=BY_PHONE)
        case "*21":
            return PauseRequested(agent_id=agent_id, pause_reason="break", by=BY_PHONE)
        case "*22":
            return AvailableRequested(agent_id=agent_id, by=BY_PHONE)
    if digits.startswith(WRAP_UP) and digits[2:].isascii() and digits[2:].isdigit():
        return _wrap_up(int(digits[2:]), agent)
    return Refusal(code=RefusalCode.WRONG_STATE, facts={"digits": digits[:20]})


def _wrap_up(place: int, agent: Agent) -> AgentRequest | Refusal:
    if agent.call_id is None:
        return Refusal(code=RefusalCode.NOT_IN_WRAP_UP)
    if not 1 <= place <= len(agent.wrap_up_codes):
        return Refusal(code=RefusalCode.NO_SUCH_WRAP_UP_CODE, facts={"given": place, "expected": len(agent.wrap_up_codes)})
    return WrapUpCodeChosen(
        agent_id=agent.agent_id, call_id=agent.call_id, wrap_up_code=agent.wrap_up_codes[place - 1], by=BY_PHONE
    )


def slot_of(digits: str) -> int | None:
    """The number of the parked caller whom these digits ask for; None for every other code."""
    slot = digits.removeprefix(PICK_UP)
    return int(slot) if slot != digits and slot.isascii() and slot.isdigit() else None
