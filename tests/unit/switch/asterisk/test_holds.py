"""What counts as a phone's hold, and what only looks like one."""

import pytest

from telephony.events import LegAnswered, LegHeld, LegUnheld
from telephony.identifiers import SwitchName
from telephony.switch.asterisk.ari_wire import Channel, Frame
from telephony.switch.asterisk.normalise import Normaliser

LEG = Channel(id="01a2006a-0b12-785a-956a-89d5e283f1b0.agent.1", name="PJSIP/anna-00000001", state="Up")
HOLD, UNHOLD, ANSWER = "ChannelHold", "ChannelUnhold", "StasisStart"


def told(*types: str) -> list[type]:
    normaliser = Normaliser(SwitchName("node1"))
    frames = [Frame(type=kind, timestamp="2026-07-09T12:00:00.000+0000", channel=LEG) for kind in types]
    return [type(fact.what) for frame in frames for fact in normaliser.facts_of(frame)]


@pytest.mark.parametrize(
    ("happened", "says"),
    [
        ((ANSWER, HOLD, UNHOLD), [LegAnswered, LegHeld, LegUnheld]),
        ((ANSWER, HOLD, HOLD, UNHOLD, UNHOLD), [LegAnswered, LegHeld, LegUnheld]),
        ((ANSWER, UNHOLD), [LegAnswered]),
        # A browser's answer without an address reads as hold at the switch, until a re-INVITE names one.
        ((HOLD, ANSWER), [LegAnswered]),
        ((HOLD, ANSWER, UNHOLD), [LegAnswered]),
        ((HOLD, ANSWER, UNHOLD, HOLD, UNHOLD), [LegAnswered, LegHeld, LegUnheld]),
    ],
)
def test_a_call_is_held_only_after_it_was_taken(happened: tuple[str, ...], says: list[type]) -> None:
    assert told(*happened) == says
