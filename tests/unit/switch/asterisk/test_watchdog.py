"""The watchdog on a line that is cut or slow: what was not answered is looked at again."""

from typing import Any, cast

import pytest

from telephony.errors import SwitchError
from telephony.identifiers import SECOND, Instant
from telephony.switch.asterisk.ami import AmiLine, _checked
from telephony.switch.asterisk.watchdog import Watchdog, WatchdogSettings


class Answer(dict[str, Any]):
    """A message of the manager interface."""

    success = True
    event = "Status"
    message = content = ""


CALL = "018f0000-0000-7000-8000-000000000001"
SEGMENT = f"{CALL}.segment.1"
SNOOPS = [("Snoop/three-0001", f"{SEGMENT}.in"), ("Snoop/three-0002", f"{SEGMENT}.out")]


class Line:
    """A manager interface with two callers who wait and a segment that is recorded; `fails`: what is not answered."""

    def __init__(self) -> None:
        self.fails: str | None = None
        self.forgets = True
        """Whoever is hung up is gone."""
        self.others = list(SNOOPS)
        self.done: list[tuple[str, str]] = []

    async def act(self, action: dict[str, str]) -> Answer:
        name = action["Action"]
        if name == "Getvar":
            return Answer(Value="0")
        if self.fails == f"{name} {action['Channel']}":
            raise SwitchError("no answer")
        self.done.append((name, action["Channel"]))
        if self.forgets:
            self.others = [other for other in self.others if name != "Hangup" or other[0] != action["Channel"]]
        return Answer()

    async def act_for_list(self, action: dict[str, str]) -> list[Answer]:
        waiting = ["FERNAMT_WAITING=1"]
        return [
            Answer(Channel="one", Uniqueid="1", Variable=waiting),
            Answer(Channel="two", Uniqueid="2", Variable=waiting),
            Answer(Channel="three", Uniqueid="3", Variable=["FERNAMT_WAITING=0"]),
            *(Answer(Channel=name, Uniqueid=unique_id, Variable=[]) for name, unique_id in self.others),
        ]


class Clock:
    """An hour after the last beat."""

    def now(self) -> Instant:
        return Instant(3_600 * SECOND)


@pytest.mark.parametrize("fails", ["Redirect one", "Redirect two", "Hangup Snoop/three-0001", "Hangup Snoop/three-0002"])
async def test_what_was_not_answered_is_done_with_the_next_look_and_nothing_twice(fails: str) -> None:
    line = Line()
    watchdog = Watchdog(cast(AmiLine, line), Clock(), WatchdogSettings())
    line.fails = fails
    first = await watchdog.look()
    line.fails = None
    second, third = await watchdog.look(), await watchdog.look()
    assert sorted(first.redirected + second.redirected) == ["1", "2"]
    assert set(first.stopped + second.stopped) == {SEGMENT}
    assert (third.redirected, third.stopped) == ((), ())
    ended = [("Hangup", name) for name, _ in SNOOPS]
    assert sorted(line.done) == [*ended, ("Redirect", "one"), ("Redirect", "two")]


async def test_the_snoops_of_a_segment_are_ended_and_no_other_channel_is() -> None:
    line = Line()
    line.forgets = False
    line.others = [
        ("Snoop/one-0001", f"{SEGMENT}.in"),
        ("Snoop/one-0002", f"{SEGMENT}.out"),
        ("Snoop/one-0003", f"{SEGMENT}.barge"),
        ("Snoop/one-0004", "somebody-elses.in"),
        ("PJSIP/phone-0001", f"{SEGMENT}.in"),
    ]
    watchdog = Watchdog(cast(AmiLine, line), Clock(), WatchdogSettings())
    line.fails = "Hangup Snoop/one-0002"
    first = await watchdog.look()
    line.fails, line.others = None, line.others[1:]
    second = await watchdog.look()
    assert (first.stopped, second.stopped) == ((SEGMENT,), (SEGMENT,)), "as often as it is found running"
    ended = [channel for action, channel in line.done if action == "Hangup"]
    assert ended == ["Snoop/one-0001", "Snoop/one-0002"]


EAR = f"{CALL}.ear.1"


@pytest.mark.parametrize("fails", [None, f"Hangup {EAR}.spy", f"Hangup {EAR}"])
async def test_who_listens_is_ended_first_what_they_hear_by_and_nobody_of_the_call(fails: str | None) -> None:
    line = Line()
    line.forgets = False
    line.others = [
        ("PJSIP/lena-0001", EAR),
        ("Snoop/three-0001", f"{EAR}.spy"),
        ("PJSIP/anna-0001", f"{CALL}.agent.1"),
        ("PJSIP/ben-0001", f"{CALL}.ear.x"),
        ("PJSIP/carl-0001", "somebody-elses.ear.1"),
    ]
    line.fails = fails
    watchdog = Watchdog(cast(AmiLine, line), Clock(), WatchdogSettings())
    first = await watchdog.look()
    line.fails = None
    second = await watchdog.look() if fails is not None else first
    assert second.ended == (EAR,)
    assert (first.stopped, second.stopped) == ((), ())
    ended = [channel for action, channel in line.done if action == "Hangup"]
    assert ended[:2] == [f"{EAR}.spy", EAR] or fails == f"Hangup {EAR}"
    assert set(ended) == {f"{EAR}.spy", EAR}
    assert first.is_of_note or fails == f"Hangup {EAR}.spy"


def test_only_snoops_and_who_listens_can_be_ended_by_our_line() -> None:
    for channel in ("Snoop/one-0001", EAR, f"{EAR}.spy"):
        assert _checked({"Action": "Hangup", "Channel": channel}, dict) == {"Action": "Hangup", "Channel": channel}
    for channel in ("PJSIP/anna-0001", f"{CALL}.agent.1", f"{CALL}.ear.", "", "/.*/"):
        with pytest.raises(SwitchError, match="not ours to end"):
            _checked({"Action": "Hangup", "Channel": channel}, dict)
