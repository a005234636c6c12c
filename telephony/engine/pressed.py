"""Keys that agents press in mid-call: the request a code stands for. Of anybody else's keys nothing is made here."""

from collections.abc import Mapping

from routing.directory import Directory
from telephony.call.model import Call
from telephony.engine.lines import call_with
from telephony.engine.talk_codes import TalkCode, request_in_talk
from telephony.events import CallRequest, LegPressedKey
from telephony.identifiers import CallId, Instant, LegId

LEGS_KEPT = 1_000


class PressedKeys:
    """The codes begun, by leg; in memory only, and no longer than the code takes."""

    def __init__(self) -> None:
        self._codes: dict[LegId, TalkCode] = {}

    def asked(self, event: LegPressedKey, at: Instant, calls: Mapping[CallId, Call], directory: Directory) -> CallRequest | None:
        """What the agent asked for with this key; None while the code goes on, and for whatever is no code."""
        call = call_with(event.leg_id, calls)
        agent_id = None if call is None or call.leg(event.leg_id) is None else call.agent_of(event.leg_id)
        if call is None or agent_id is None:
            return None
        code = self._codes.setdefault(event.leg_id, TalkCode()).press(event.key, at)
        if len(self._codes) > LEGS_KEPT:
            del self._codes[next(iter(self._codes))]
        project_id = None if call.terms is None else call.terms.project_id
        return None if code is None else request_in_talk(code, call.call_id, agent_id, project_id, directory)
