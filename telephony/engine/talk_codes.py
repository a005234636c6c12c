"""What an agent can ask for in mid-call by the keys of the phone. Pure.

| keys       | what                                                        |
|------------|-------------------------------------------------------------|
| `*2` n `#` | ask a colleague; n is the number their id ends with         |
| `*4` n `#` | hand the caller to a colleague                              |
| `*5` n `#` | hand the caller to the project that has our number n        |
| `*3` n `#` | hand the caller to the project's department n               |
| `*7` n `#` | ask somebody of the project's department n                  |
| `*1` `*0`  | hand the caller to the colleague asked; let the colleague go|
| `*6` `*9`  | speak with the other one; all three together                |
| `*8`       | park the caller                                             |

A code begins with `*`. Nothing is made of any other key, and nothing pressed is kept longer than the code takes: people type
PINs and numbers of cards.
"""

from routing.departments import department_dialled
from routing.did_table import OurNumber, look_up
from routing.directory import Directory
from telephony.events import CallRequest
from telephony.identifiers import SECOND, AgentId, CallId, Instant, ProjectId
from telephony.transfers import (
    CancelRequested,
    CompleteRequested,
    ConferenceRequested,
    ConsultRequested,
    ParkRequested,
    SwapRequested,
    TransferRequested,
)

BY_PHONE = "phone"
LONGEST_PAUSE_US = 5 * SECOND
"""Between two keys of one code; a key that comes later begins anew."""
LONGEST_CODE = 20

_AT_ONCE: dict[str, type[CallRequest]] = {
    "*1": CompleteRequested,
    "*0": CancelRequested,
    "*6": SwapRequested,
    "*9": ConferenceRequested,
    "*8": ParkRequested,
}
_NAMING = ("*2", "*3", "*4", "*5", "*7")
_ASKING = ("*2", "*7")
_OF_DEPARTMENTS = ("*3", "*7")


class TalkCode:
    """The keys of one leg, as far as they may be a code."""

    def __init__(self) -> None:
        self._keys = ""
        self._last_at = Instant(0)

    def press(self, key: str, at: Instant) -> str | None:
        """The code that this key completes, without its `#`; the keys are forgotten then."""
        if key == "*" or at - self._last_at > LONGEST_PAUSE_US or len(self._keys) >= LONGEST_CODE:
            self._keys = ""
        self._last_at = at
        if not self._keys and key != "*":
            return None
        self._keys += key
        if self._keys in _AT_ONCE or (key == "#" and self._keys[:2] in _NAMING):
            code, self._keys = self._keys.removesuffix("#"), ""
            return code
        if len(self._keys) == 2 and self._keys not in _NAMING:
            self._keys = ""
        return None


def request_in_talk(
    code: str, call_id: CallId, agent_id: AgentId, project_id: ProjectId | None, directory: Directory
) -> CallRequest | None:
    """The request that code stands for; None where it names nobody. `project_id` is the call's."""
    kind = _AT_ONCE.get(code)
    if kind is not None:
        return kind(call_id=call_id, agent_id=agent_id, by=BY_PHONE)
    if code.startswith("*5"):
        ours = look_up(directory, code[2:])
        if not isinstance(ours, OurNumber):
            return None
        return TransferRequested(call_id=call_id, agent_id=agent_id, by=BY_PHONE, to_project_id=ours.project_id)
    asked = ConsultRequested if code[:2] in _ASKING else TransferRequested
    if code[:2] in _OF_DEPARTMENTS:
        project = None if project_id is None else directory.projects.get(project_id)
        department = department_dialled(project, code[2:])
        name = None if department is None else department.name
        return None if name is None else asked(call_id=call_id, agent_id=agent_id, by=BY_PHONE, to_department=name)
    colleague = colleague_of(code[2:], directory)
    return None if colleague is None else asked(call_id=call_id, agent_id=agent_id, by=BY_PHONE, to_agent_id=colleague)


def colleague_of(digits: str, directory: Directory) -> AgentId | None:
    """The one agent whose id ends with that number; None where there is none, or more than one."""
    if not (digits.isascii() and digits.isdigit()):
        return None
    found = [agent_id for agent_id in directory.agents if _number_of(agent_id) == int(digits)]
    return found[0] if len(found) == 1 else None


def _number_of(agent_id: AgentId) -> int | None:
    digits = agent_id[len(agent_id.rstrip("0123456789")) :]
    return int(digits) if digits else None
