"""What a client is shown of a call: who was connected, and nothing of who was asked in vain."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from itertools import permutations

import msgspec
import pytest

from metering.client_lines import as_client_sees
from metering.export import ExportFormat, export
from metering.export_columns import Audience
from metering.fold import fold
from metering.lines import MinuteLine
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.identifiers import CallId
from tests.unit.metering.history import CALL, CALLER, History, finished

SUMMED = ("wait_ms", "talk_ms", "hold_ms", "unknown_hold_ms", "announcement_ms", "machine_ms", "billed_ms")


def folded_lines(story: History) -> Sequence[MinuteLine]:
    folded = fold(CALL, story.envelopes)
    assert folded is not None
    return folded.lines


def missed(story: History, start: float, agent: str, number: int) -> History:
    """The agent's phone rings for ten seconds, in vain."""
    story.reserved(start, agent).rings(start + 1, agent, number)
    story.hangs_up(start + 11, story.leg(number), cause=HangupCause.NO_ANSWER)
    return story.released(start + 11, agent, ReleaseReason.NO_ANSWER, number)


def third_takes_it() -> History:
    story = missed(missed(History().arrives(), 0, "anna", 1), 11, "bert", 2)
    story.reserved(22, "cleo").rings(23, "cleo", 3).answers(25, 3)
    return finished(story, 85, "cleo", 3)


async def client_file(*lines: MinuteLine) -> list[dict[str, str]]:
    async def each() -> AsyncIterator[MinuteLine]:
        for line in lines:
            yield line

    sink = io.BytesIO()
    await export(each(), ExportFormat.CSV, sink, audience=Audience.CLIENT)
    return list(csv.DictReader(io.StringIO(sink.getvalue().decode())))


async def test_a_call_offered_to_three_and_taken_by_the_third_is_one_row_for_the_client() -> None:
    lines = folded_lines(third_takes_it())
    assert [line.agent_id for line in lines] == ["anna", "bert", "cleo"]
    rows = await client_file(*lines)
    assert len(rows) == 1
    row = rows[0]
    assert (row["line_number"], row["wait_ms"], row["talk_ms"], row["billed_ms"]) == ("1", "25000", "60000", "60000")
    assert (row["started_at"], row["end_reason"]) != ("", "")


async def test_a_call_nobody_took_is_one_row_with_all_of_its_waiting() -> None:
    story = missed(missed(History().arrives(), 0, "anna", 1), 11, "bert", 2)
    rows = await client_file(*folded_lines(story.hangs_up(30, CALLER).ends(30, EndReason.ABANDONED)))
    assert [(row["wait_ms"], row["talk_ms"], row["talked_from_at"], row["end_reason"]) for row in rows] == [
        ("30000", "0", "", "abandoned")
    ]


async def test_calls_that_follow_each_other_are_kept_apart() -> None:
    first = folded_lines(third_takes_it())
    second = [msgspec.structs.replace(line, call_id=CallId("later")) for line in first]
    assert [row["call_id"] for row in await client_file(*first, *second)] == [CALL, "later"]
    assert await client_file() == []


def test_two_who_talked_are_two_rows_and_what_was_waited_after_the_last_is_not_lost() -> None:
    anna, bert, cleo = folded_lines(third_takes_it())
    talked = msgspec.structs.replace(anna, talk_ms=5, billed_ms=5, talked_from_at=anna.started_at, announcement_ms=7)
    shown = as_client_sees([talked, msgspec.structs.replace(cleo, line_number=2), msgspec.structs.replace(bert, line_number=3)])
    assert [(line.line_number, line.talk_ms) for line in shown] == [(1, 5), (2, 60_000)]
    assert shown[1].wait_ms == cleo.wait_ms + bert.wait_ms
    assert [line.announcement_ms for line in shown] == [7, 0]


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("story", [third_takes_it(), missed(History().arrives(), 0, "anna", 1).hangs_up(9, CALLER).ends(9)])
def test_every_sum_over_the_call_is_as_over_all_its_lines(story: History, order: tuple[int, ...]) -> None:
    lines = folded_lines(story)
    lines = [lines[place] for place in order if place < len(lines)]
    shown = as_client_sees(lines)
    for name in SUMMED:
        assert sum(getattr(line, name) for line in shown) == sum(getattr(line, name) for line in lines), name
    assert [line.line_number for line in shown] == list(range(1, len(shown) + 1))
