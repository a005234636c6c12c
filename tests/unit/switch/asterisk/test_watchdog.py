"""The watchdog on a line that is cut or slow: what was not answered is looked at again."""

from typing import Any, cast

import pytest

from telephony.errors import SwitchError
from telephony.identifiers import SECOND, Instant
from telephony.switch.asterisk.ami import AmiLine
from telephony.switch.asterisk.watchdog import Watchdog, WatchdogSettings


class Answer(dict[str, Any]):
    """A message of the manager interface."""

    success = True
    event = "Status"
    message = content = ""


FOLDER = "/node/spool/recording/segments"
SEGMENT = "018f0000-0000-7000-8000-000000000001.segment.1"
LISTED = f"""MixMonitor ID\tFile\tReceive File\tTransmit File
=====
0x1\t\t{FOLDER}/{SEGMENT}-rx\t{FOLDER}/{SEGMENT}-tx
0x2\t/node/spool/monitor/of-somebody-else\t\t
0x3\t\t/tmp/{SEGMENT}-rx\t/tmp/{SEGMENT}-tx
0x4\t\t{FOLDER}/no-id-of-ours-rx\t{FOLDER}/no-id-of-ours-tx
0x5\t\t{FOLDER}/{SEGMENT}-tx\t{FOLDER}/{SEGMENT}-rx
0x6\t\t\t"""


class Line:
    """A manager interface with two callers who wait and a segment among other recordings; `fails`: what is not answered."""

    def __init__(self) -> None:
        self.fails: str | None = None
        self.listed = LISTED
        self.spies: list[tuple[str, str]] = []
        self.done: list[tuple[str, str]] = []

    async def act(self, action: dict[str, str]) -> Answer:
        name = action["Action"]
        if name == "Getvar":
            return Answer(Value="0")
        if name == "Command":
            return Answer(Output=self.listed if action["Command"].endswith("three") else "")
        if self.fails == f"{name} {action['Channel']}":
            raise SwitchError("no answer")
        self.done.append((name, action.get("MixMonitorID", action["Channel"])))
        self.listed = "" if name == "StopMixMonitor" else self.listed
        return Answer()

    async def act_for_list(self, action: dict[str, str]) -> list[Answer]:
        waiting = ["FERNAMT_WAITING=1"]
        return [
            Answer(Channel="one", Uniqueid="1", Variable=waiting),
            Answer(Channel="two", Uniqueid="2", Variable=waiting),
            Answer(Channel="three", Uniqueid="3", Variable=["FERNAMT_WAITING=0"]),
            *(Answer(Channel=name, Uniqueid=unique_id, Variable=[]) for name, unique_id in self.spies),
        ]


class Clock:
    """An hour after the last beat."""

    def now(self) -> Instant:
        return Instant(3_600 * SECOND)


@pytest.mark.parametrize("fails", ["Redirect one", "Redirect two", "StopMixMonitor three"])
async def test_what_was_not_answered_is_done_with_the_next_look_and_nothing_twice(fails: str) -> None:
    line = Line()
    watchdog = Watchdog(cast(AmiLine, line), Clock(), WatchdogSettings())
    line.fails = fails
    first = await watchdog.look()
    line.fails = None
    second, third = await watchdog.look(), await watchdog.look()
    assert sorted(first.redirected + second.redirected) == ["1", "2"]
    assert first.stopped + second.stopped == (SEGMENT,), "and none of the others"
    assert (third.redirected, third.stopped) == ((), ())
    assert sorted(line.done) == [("Redirect", "one"), ("Redirect", "two"), ("StopMixMonitor", "0x1")]


async def test_the_snoops_of_a_segment_are_ended_and_no_other_channel_is() -> None:
    line = Line()
    line.listed = ""
    line.spies = [
        ("Snoop/one-0001", f"{SEGMENT}.in"),
        ("Snoop/one-0002", f"{SEGMENT}.out"),
        ("Snoop/one-0003", f"{SEGMENT}.barge"),
        ("Snoop/one-0004", "somebody-elses.in"),
        ("PJSIP/phone-0001", f"{SEGMENT}.in"),
    ]
    watchdog = Watchdog(cast(AmiLine, line), Clock(), WatchdogSettings())
    line.fails = "Hangup Snoop/one-0002"
    first = await watchdog.look()
    line.fails, line.spies = None, line.spies[1:]
    second = await watchdog.look()
    assert (first.stopped, second.stopped) == ((SEGMENT,), (SEGMENT,)), "as often as it is found running"
    ended = [channel for action, channel in line.done if action == "Hangup"]
    assert ended == ["Snoop/one-0001", "Snoop/one-0002"]
