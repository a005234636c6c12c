"""A segment's two snoops: limited before anything is recorded, found and ended by their ids."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from telephony.errors import SwitchError
from telephony.identifiers import CallId, LegId, segment_id
from telephony.segments import Direction, SegmentTrouble
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_wire import AriAnswer, AriRequest
from telephony.switch.asterisk.snoop_tape import SnoopTape
from telephony.switch.asterisk.tape import Take, TapeRefusal

SEGMENT = segment_id(CallId("018f0000-0000-7000-8000-000000000001"), 1)
TAKE = Take(segment_id=SEGMENT, leg_id=LegId("node-1.1"), limit_ms=59_001, folder=Path("/nonexistent"))
LIMIT = (("variable", "TIMEOUT(absolute)"), ("value", "60"))


class Asterisk:
    """ARI that answers as the test says, and a recorder that notes what was asked of it."""

    def __init__(self, answer: Callable[[AriRequest], int] = lambda _request: 204) -> None:
        self.asked: list[AriRequest] = []
        self.recorded: list[Direction] = []
        self.masked: list[tuple[Direction, bool, int]] = []
        """Of which, whether, and after how many requests."""
        self.stands_still_for: list[float] = []
        """Seconds, of one request after the other."""
        self._answer = answer

    async def ask(self, request: AriRequest) -> AriAnswer:
        self.asked.append(request)
        await asyncio.sleep(self.stands_still_for.pop(0) if self.stands_still_for else 0)
        return AriAnswer(self._answer(request))

    async def record(self, _take: Take, direction: Direction, /) -> None:
        self.recorded.append(direction)

    async def records(self, _take: Take, direction: Direction, /) -> bool:
        return direction in self.recorded

    async def mask(self, _take: Take, direction: Direction, /, *, is_masked: bool) -> None:
        self.masked.append((direction, is_masked, len(self.asked)))

    def tape(self) -> SnoopTape:
        return SnoopTape(cast(AriHttp, self), self, call_app="fernamt")

    def limits(self) -> list[str]:
        return sorted(each.uri for each in self.asked if each.query == LIMIT)


async def test_both_snoops_are_limited_as_soon_as_they_are_in_the_app_and_recorded_then() -> None:
    def answer(request: AriRequest) -> int:
        is_first = sum(each.uri == request.uri for each in asterisk.asked) < 3
        return 409 if request.uri.endswith("/variable") and is_first else 204

    asterisk = Asterisk(answer)
    await asterisk.tape().start(TAKE)
    assert asterisk.limits() == [f"channels/{SEGMENT}.in/variable"] * 3 + [f"channels/{SEGMENT}.out/variable"] * 3
    assert asterisk.recorded == [*Direction]


@pytest.mark.parametrize(
    ("end", "status", "trouble"),
    [
        ("/snoop/" + SEGMENT + ".out", 404, SegmentTrouble.LEG_GONE),
        ("/snoop/" + SEGMENT + ".out", 409, SegmentTrouble.REFUSED),
        (".in/variable", 404, SegmentTrouble.LEG_GONE),
        (".in/variable", 500, SegmentTrouble.REFUSED),
    ],
)
async def test_what_cannot_be_spied_on_or_limited_is_not_recorded(end: str, status: int, trouble: SegmentTrouble) -> None:
    asterisk = Asterisk(lambda request: status if request.uri.endswith(end) else 204)
    with pytest.raises(TapeRefusal) as refused:
        await asterisk.tape().start(TAKE)
    assert (refused.value.trouble, asterisk.recorded) == (trouble, [])


@pytest.mark.parametrize(
    ("statuses", "is_there"), [((404, 404), False), ((200, 404), True), ((404, 200), True), ((404, 500), True)]
)
async def test_a_segment_is_there_until_both_its_snoops_are_not_found(statuses: tuple[int, int], is_there: bool) -> None:
    asterisk = Asterisk(lambda request: statuses[request.uri.endswith(".out")])
    assert await asterisk.tape().is_there(TAKE) is is_there


async def test_where_nobody_answers_nobody_knows_and_the_other_snoop_is_ended_all_the_same() -> None:
    asterisk = Asterisk(lambda request: 0 if request.uri.endswith(".in") else 204)
    with pytest.raises(SwitchError):
        await asterisk.tape().is_there(TAKE)
    with pytest.raises(SwitchError):
        await asterisk.tape().stop(TAKE)
    ended = [each.uri for each in asterisk.asked if each.method == "DELETE"]
    assert ended == [f"channels/{SEGMENT}.in", f"channels/{SEGMENT}.out"]


@pytest.mark.parametrize("recorded", [[], [Direction.RECEIVED], [Direction.SENT]])
async def test_a_segment_of_which_one_direction_is_not_recorded_does_not_run(recorded: list[Direction]) -> None:
    asterisk = Asterisk()
    asterisk.recorded = recorded
    assert await asterisk.tape().runs(TAKE) is False


async def test_a_mask_begins_at_once_and_asks_nothing_before() -> None:
    asterisk = Asterisk()
    await asterisk.tape().mask(TAKE, is_masked=True)
    assert asterisk.masked == [(direction, True, 0) for direction in Direction]


@pytest.mark.parametrize(
    ("stands_still_for", "asks"), [([], 2), ([0.1], 3), ([0, 0.1], 4), ([0.1, 0.1, 0, 0.1], 6)], ids=["awake", "1", "2", "3"]
)
async def test_a_mask_ends_when_the_switch_has_answered_at_once_twice_in_a_row(
    monkeypatch: pytest.MonkeyPatch, stands_still_for: list[float], asks: int
) -> None:
    monkeypatch.setattr("telephony.switch.asterisk.snoop_tape._IN_A_SNOOP_S", 0)
    monkeypatch.setattr("telephony.switch.asterisk.snoop_tape._LOOK_EVERY_S", 0)
    asterisk = Asterisk()
    asterisk.stands_still_for = stands_still_for
    await asterisk.tape().mask(TAKE, is_masked=False)
    assert {(each.method, each.uri) for each in asterisk.asked} == {("GET", f"channels/{SEGMENT}.in")}
    assert [(direction, is_masked) for direction, is_masked, _ in asterisk.masked] == [(each, False) for each in Direction]
    assert all(after >= asks for _, _, after in asterisk.masked), "a busy machine may have been late more often"


async def test_of_a_switch_that_never_answers_at_once_no_mask_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_IN_A_SNOOP_S", "_LOOK_EVERY_S", "_AT_ONCE_S"):
        monkeypatch.setattr(f"telephony.switch.asterisk.snoop_tape.{name}", 0)
    asterisk = Asterisk()
    with pytest.raises(TapeRefusal) as refused:
        await asterisk.tape().mask(TAKE, is_masked=False)
    assert (refused.value.trouble, asterisk.masked) == (SegmentTrouble.STARVED, [])
