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
    message = ""


class Line:
    """A manager interface with two callers who wait and a recording; `fails`: the action that is not answered."""

    def __init__(self) -> None:
        self.fails: str | None = None
        self.done: list[tuple[str, str]] = []

    async def act(self, action: dict[str, str]) -> Answer:
        name = action["Action"]
        if name == "Getvar":
            return Answer(Value="0")
        if self.fails == f"{name} {action['Channel']}":
            raise SwitchError("no answer")
        self.done.append((name, action["Channel"]))
        return Answer()

    async def act_for_list(self, action: dict[str, str]) -> list[Answer]:
        waiting = ["FERNAMT_WAITING=1", "FERNAMT_MIXMONITOR="]
        return [
            Answer(Channel="one", Uniqueid="1", Variable=waiting),
            Answer(Channel="two", Uniqueid="2", Variable=waiting),
            Answer(Channel="three", Uniqueid="3", Variable=["FERNAMT_WAITING=0", "FERNAMT_MIXMONITOR=m3"]),
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
    assert first.stopped + second.stopped == ("3",)
    assert (third.redirected, third.stopped) == ((), ())
    assert sorted(line.done) == [("Redirect", "one"), ("Redirect", "two"), ("StopMixMonitor", "three")]
