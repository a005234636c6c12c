"""The cases of metering, by their numbers; the whole outcome of each stands in golden/, to be read and compared."""

import os
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from metering.fold import fold
from metering.lines import Category, FoldedCall, MeteringRules, MinuteLine
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.events import AgentReserved, LegAnswered, LegHungUp, RequestRefused
from telephony.identifiers import BridgeId, ProjectId
from tests.unit.metering.history import CALL, CALLER, History, a_talk, at, finished

GOLDEN = Path(__file__).parent / "golden"


def outcome(story: History, name: str | None = None, rules: MeteringRules | None = None) -> FoldedCall:
    folded = fold(story.call_id, story.envelopes, rules=rules or MeteringRules())
    assert folded is not None
    for leg in folded.record.legs:
        assert all(left.ends_at == right.starts_at for left, right in zip(leg.pieces, leg.pieces[1:], strict=False))
    if name is not None:
        told = msgspec.json.format(msgspec.json.encode(folded), indent=2).decode() + "\n"
        path = GOLDEN / f"{name}.json"
        if os.environ.get("WRITE_GOLDEN"):
            path.write_text(told)
        assert told == path.read_text()
    return folded


def only_line(folded: FoldedCall) -> MinuteLine:
    assert len(folded.lines) == 1
    return folded.lines[0]


def test_case_01_talk_is_the_overlap_in_the_bridge_not_the_answer() -> None:
    story = History().arrives().reserved(1, "anna").rings(3, "anna").answers(5, joins=5.25)
    line = only_line(outcome(finished(story, 65), "case_01_two_parties"))
    assert (line.talk_ms, line.ring_ms, line.wait_ms, line.attempts) == (59_750, 2_000, 5_250, 1)
    assert (line.paid_ms, line.billed_ms, line.talked_from_at) == (59_750, 59_750, at(5.25))


def test_case_02_music_and_an_early_answer_are_not_talk() -> None:
    story = History().arrives()
    story.say(0.1, LegAnswered(leg_id=CALLER))
    story.joins(0.2, CALLER).reserved(30, "anna").rings(31, "anna").answers(34)
    line = only_line(outcome(finished(story, 44), "case_02_early_answer"))
    assert (line.talk_ms, line.wait_ms) == (10_000, 34_000)


@pytest.mark.parametrize(
    ("cause", "release"),
    [(HangupCause.NO_ANSWER, ReleaseReason.NO_ANSWER), (HangupCause.BUSY, ReleaseReason.BUSY)],
)
def test_case_03_an_unanswered_offer_is_one_attempt_without_talk(cause: HangupCause, release: ReleaseReason) -> None:
    story = History().arrives().reserved(1, "anna").rings(2, "anna")
    story.hangs_up(22, story.leg(1), cause=cause, by_phone=cause is HangupCause.BUSY).released(22, "anna", release, 1)
    story.hangs_up(25, CALLER).ends(25, EndReason.ABANDONED)
    line = only_line(outcome(story, f"case_03_{release.value}"))
    assert (line.attempts, line.talk_ms, line.ring_ms, line.release_reason) == (1, 0, 20_000, release)
    assert (line.wait_ms, line.paid_ms, line.billed_ms, line.talked_from_at) == (25_000, 0, 0, None)


def test_case_03_a_call_nobody_was_asked_to_take_is_listed_without_an_agent() -> None:
    story = History().arrives(anonymous=True).hangs_up(12, CALLER).ends(12, EndReason.ABANDONED)
    line = only_line(outcome(story, "case_03_abandoned"))
    assert (line.agent_id, line.attempts, line.wait_ms, line.talk_ms) == (None, 0, 12_000, 0)
    assert line.number_class == "anonymous"


def test_case_04_of_phones_that_ring_at_once_only_the_winner_has_talk() -> None:
    story = History().arrives()
    for number, agent in enumerate(("anna", "bert", "cleo"), 1):
        story.reserved(1, agent).rings(2, agent, number)
    story.answers(6, 2)
    for number, agent in ((1, "anna"), (3, "cleo")):
        story.hangs_up(6.1, story.leg(number), cause=HangupCause.ANSWERED_ELSEWHERE, by_phone=False)
        story.released(6.1, agent, ReleaseReason.ABANDONED, number)
    folded = outcome(finished(story, 36, "bert", 2), "case_04_parallel_ring")
    assert [(line.agent_id, line.talk_ms, line.attempts) for line in folded.lines] == [
        ("anna", 0, 1),
        ("bert", 30_000, 1),
        ("cleo", 0, 1),
    ]


def test_case_04_who_answers_but_lost_the_race_has_no_talk() -> None:
    story = History().arrives().reserved(1, "anna").rings(2, "anna").reserved(1, "bert").rings(2, "bert", 2)
    story.answers(5, 1)
    story.say(5.01, LegAnswered(leg_id=story.leg(2)))
    story.hangs_up(5.2, story.leg(2), by_phone=False).released(5.2, "bert", ReleaseReason.ABANDONED, 2)
    folded = outcome(finished(story, 15))
    assert [(line.agent_id, line.talk_ms) for line in folded.lines] == [("anna", 10_000), ("bert", 0)]


def test_case_06_our_answering_machine_is_nobodys_talk() -> None:
    story = History().arrives(admitted=False).turned_away(0.01, EndReason.CLOSED, to_machine=True)
    story.hangs_up(20.01, CALLER).ends(20.01, EndReason.CLOSED)
    folded = outcome(story, "case_06_closed_to_machine")
    line = only_line(folded)
    assert (line.agent_id, line.machine_ms, line.talk_ms, line.billed_ms) == (None, 20_000, 0, 0)
    assert (line.client_id, line.project_id) == ("acme", "hotline")


def test_case_06_the_machine_takes_over_at_the_wait_limit() -> None:
    story = History().arrives().wait_limit(60).hangs_up(75, CALLER).ends(75, EndReason.WAIT_LIMIT)
    line = only_line(outcome(story, "case_06_wait_limit"))
    assert (line.wait_ms, line.machine_ms, line.talk_ms) == (60_000, 15_000, 0)


@pytest.mark.parametrize(("message", "machine_ms", "announcement_ms"), [("m.wav", 18_000, 0), (None, 0, 18_000)])
def test_case_06_a_call_served_by_the_dialplan_alone_is_metered_and_listed(
    message: str | None, machine_ms: int, announcement_ms: int
) -> None:
    story = History().served_by_dialplan(0, answered=2, ended=20, message=message)
    line = only_line(outcome(story, f"case_06_fallback_{'machine' if message else 'announcement'}"))
    assert (line.machine_ms, line.announcement_ms, line.wait_ms) == (machine_ms, announcement_ms, 2_000)
    assert (line.agent_id, line.talk_ms, line.end_reason) == (None, 0, EndReason.FALLBACK)


def test_case_06_a_caller_whom_even_the_dialplan_did_not_answer_has_waited_only() -> None:
    line = only_line(outcome(History().served_by_dialplan(0, answered=None, ended=20, message=None)))
    assert (line.machine_ms, line.announcement_ms, line.wait_ms, line.is_estimated) == (0, 0, 20_000, False)


def test_case_07_a_hold_by_the_desktop_is_paid_and_not_billed() -> None:
    story = a_talk()
    story.asks_hold(15, "anna")
    story.leaves(15.04, story.leg()).joins(25.04, story.leg())
    story.asks_unhold(25, "anna")
    line = only_line(outcome(finished(story, 65), "case_07_hold_by_desktop"))
    assert (line.talk_ms, line.hold_ms, line.paid_ms, line.billed_ms) == (50_000, 10_000, 60_000, 50_000)


def test_case_07_a_hold_by_the_phone_is_the_same() -> None:
    story = a_talk()
    story.held(15, story.leg()).unheld(25, story.leg())
    line = only_line(outcome(finished(story, 65), "case_07_hold_by_phone"))
    assert (line.talk_ms, line.hold_ms, line.paid_ms, line.billed_ms) == (50_000, 10_000, 60_000, 50_000)


def test_case_07_the_contracts_flags_turn_both_columns_around() -> None:
    story = a_talk()
    story.held(15, story.leg()).unheld(25, story.leg())
    rules = MeteringRules(version="acme-3", is_hold_paid=False, is_hold_billed=True)
    line = only_line(outcome(finished(story, 65), rules=rules))
    assert (line.paid_ms, line.billed_ms, line.hold_ms, line.rule_version) == (50_000, 60_000, 10_000, "acme-3")


def test_case_07_a_hold_still_open_at_the_end_ends_with_the_leg() -> None:
    story = a_talk()
    story.held(55, story.leg())
    line = only_line(outcome(finished(story, 65)))
    assert (line.talk_ms, line.hold_ms) == (50_000, 10_000)


def test_case_07_the_callers_own_hold_is_no_talk_either() -> None:
    story = a_talk()
    story.held(15, CALLER).unheld(25, CALLER)
    line = only_line(outcome(finished(story, 65)))
    assert (line.talk_ms, line.hold_ms) == (50_000, 10_000)


def test_case_07_a_hold_by_both_means_at_once_counts_once() -> None:
    story = a_talk()
    story.asks_hold(15, "anna")
    story.held(15.5, story.leg()).leaves(15, story.leg()).joins(25, story.leg()).unheld(30, story.leg())
    line = only_line(outcome(finished(story, 65)))
    assert (line.talk_ms, line.hold_ms) == (45_000, 15_000)


def test_case_07_a_refused_hold_is_none() -> None:
    story = a_talk()
    request = story.asks_hold(64, "anna")
    story.say(64, RequestRefused(request_id=request, code="wrong_state"))
    story.leaves(65, story.leg()).hangs_up(66, story.leg()).hangs_up(67, CALLER).ends(67)
    line = only_line(outcome(story))
    assert (line.talk_ms, line.hold_ms) == (60_000, 0)


def test_case_07_a_caller_who_gives_up_on_hold_ends_it() -> None:
    story = a_talk()
    story.asks_hold(15, "anna")
    story.leaves(15, story.leg()).hangs_up(20, CALLER).hangs_up(20.5, story.leg(), by_phone=False).ends(20.5)
    line = only_line(outcome(story, "case_07_given_up_on_hold"))
    assert (line.talk_ms, line.hold_ms) == (10_000, 5_000)


def test_case_07_each_request_stands_for_one_hold() -> None:
    story = a_talk()
    story.asks_hold(15, "anna")
    story.leaves(15.1, story.leg()).joins(16.1, story.leg())
    story.asks_unhold(16, "anna")
    story.asks_hold(16.5, "anna")
    story.leaves(16.6, story.leg()).joins(18.6, story.leg())
    line = only_line(outcome(finished(story, 65)))
    assert (line.talk_ms, line.hold_ms) == (57_000, 3_000)


def test_case_08_between_two_agents_the_caller_is_nobodys() -> None:
    story = a_talk()
    story.hangs_up(25, story.leg()).released(25, "anna", ReleaseReason.TALKED, 1)
    story.reserved(25, "bert").rings(26, "bert", 2).answers(30, 2)
    folded = outcome(finished(story, 50, "bert", 2))
    assert [(line.agent_id, line.talk_ms, line.wait_ms) for line in folded.lines] == [
        ("anna", 20_000, 5_000),
        ("bert", 20_000, 5_000),
    ]
    assert folded.record.talk_ms == 40_000


def test_case_10_talk_after_a_failed_consult_is_the_sum_of_both_parts() -> None:
    story = a_talk()
    elsewhere = BridgeId(f"{CALL}.consult")
    story.leaves(15, story.leg()).joins(15, story.leg(), elsewhere)
    story.joins(16, story.leg(1, "consult"), elsewhere).hangs_up(20, story.leg(1, "consult"))
    story.leaves(21, story.leg(), elsewhere).joins(21, story.leg())
    line = only_line(outcome(finished(story, 65)))
    assert (line.talk_ms, line.consult_ms) == (54_000, 4_000)


def test_case_11_two_agents_talk_a_minute_each_and_the_client_pays_one() -> None:
    story = a_talk()
    story.reserved(2, "bert").rings(3, "bert", 2).answers(5, 2)
    story.leaves(65, story.leg(2)).hangs_up(65, story.leg(2))
    folded = outcome(finished(story, 65), "case_11_conference")
    assert [(line.agent_id, line.talk_ms, line.billed_ms) for line in folded.lines] == [
        ("anna", 60_000, 60_000),
        ("bert", 60_000, 0),
    ]
    assert folded.record.talk_ms == 60_000


def test_case_12_talk_ends_when_the_caller_leaves_and_the_agents_go_on() -> None:
    story = a_talk()
    story.reserved(2, "bert").rings(3, "bert", 2).answers(10, 2)
    story.leaves(35, CALLER).hangs_up(35, CALLER)
    for number in (1, 2):
        story.leaves(50, story.leg(number)).hangs_up(50, story.leg(number))
    folded = outcome(story.ends(50), "case_12_agents_go_on")
    assert [(line.agent_id, line.talk_ms, line.consult_ms) for line in folded.lines] == [
        ("anna", 30_000, 15_000),
        ("bert", 25_000, 15_000),
    ]
    assert [line.billed_ms for line in folded.lines] == [30_000, 0]


@pytest.mark.parametrize("role", ["supervisor", "snoop", "recorder", "announcer"])
def test_case_13_who_listens_records_or_announces_never_talks(role: str) -> None:
    plain = outcome(finished(a_talk(), 65))
    story = a_talk()
    story.joins(20, story.leg(1, role)).leaves(40, story.leg(1, role)).hangs_up(40, story.leg(1, role))
    folded = outcome(finished(story, 65), f"case_13_{role}")
    assert folded.lines == plain.lines
    third = next(leg for leg in folded.record.legs if leg.role == role)
    assert third.total_ms(Category.TALK, Category.CONFERENCE) == 0
    assert third.total_ms() == 20_000


def test_case_13_a_supervisor_alone_with_a_caller_is_not_talk() -> None:
    story = History().arrives().joins(1, CALLER)
    story.joins(2, story.leg(1, "supervisor")).hangs_up(9, story.leg(1, "supervisor")).hangs_up(10, CALLER).ends(10)
    assert outcome(story).record.talk_ms == 0


def test_case_14_a_lost_phone_ends_talk_at_its_last_proof_of_life_and_waiting_is_nobodys() -> None:
    story = a_talk()
    story.hangs_up(30, story.leg(), cause=HangupCause.MEDIA_LOST, by_phone=False, is_estimated=True)
    story.leaves(50, story.leg()).lost(50)
    story.rings(52, "anna", 2).answers(58, 2)
    folded = outcome(finished(story, 65, number=2), "case_14_agent_lost_and_back")
    line = only_line(folded)
    assert (line.talk_ms, line.is_estimated, line.attempts) == (25_000 + 7_000, True, 1)
    assert line.wait_ms == 5_000 + 28_000
    assert folded.record.talk_ms == 32_000


def test_case_14_who_does_not_come_back_keeps_what_was_talked() -> None:
    story = a_talk()
    story.hangs_up(30, story.leg(), cause=HangupCause.MEDIA_LOST, by_phone=False, is_estimated=True).lost(31)
    story.rings(32, "anna", 2).hangs_up(51, story.leg(2), by_phone=False)
    story.released(51, "anna", ReleaseReason.LOST, 2).queued_again(51)
    story.reserved(51, "bert").rings(52, "bert", 3).answers(55, 3)
    folded = outcome(finished(story, 75, "bert", 3), "case_14_given_to_another")
    assert [(line.agent_id, line.talk_ms, line.wait_ms, line.is_estimated) for line in folded.lines] == [
        ("anna", 25_000, 5_000, True),
        ("bert", 20_000, 25_000, False),
    ]


def test_case_15_two_legs_of_one_agent_at_once_count_once() -> None:
    story = a_talk()
    story.rings(30, "anna", 2).answers(35, 2)
    story.leaves(40, story.leg(1)).hangs_up(40, story.leg(1))
    folded = outcome(finished(story, 65, number=2), "case_15_overlapping_legs")
    assert only_line(folded).talk_ms == 60_000
    assert folded.record.talk_ms == 60_000


def test_case_23_a_lost_hang_up_of_the_agent_ends_at_the_earliest_proof() -> None:
    story = finished(a_talk(), 65)
    lacking = [e for e in story.envelopes if not (isinstance(e.event, LegHungUp) and e.event.leg_id == story.leg())]
    story.envelopes[:] = lacking
    line = only_line(outcome(story, "case_23_lost_hang_up_of_agent"))
    assert (line.talk_ms, line.is_estimated) == (60_000, True)


def test_case_23_a_lost_hang_up_of_the_caller_never_goes_past_the_last_proof_of_life() -> None:
    story = a_talk()
    story.leaves(65, story.leg()).hangs_up(65.01, story.leg()).released(65.01, "anna", ReleaseReason.TALKED, 1).ends(300)
    folded = outcome(story, "case_23_lost_hang_up_of_caller")
    assert (only_line(folded).talk_ms, only_line(folded).is_estimated) == (60_000, True)
    assert folded.record.ended_at == at(65.01)


def test_case_23_a_seen_end_stands_before_an_estimated_one() -> None:
    story = finished(a_talk(), 65)
    story.hangs_up(60, CALLER, is_estimated=True)
    line = only_line(outcome(story))
    assert (line.talk_ms, line.is_estimated) == (60_000, False)


def test_case_24_a_controller_killed_in_mid_call_changes_no_minute() -> None:
    plain = only_line(outcome(finished(a_talk(), 65)))
    story = a_talk()
    story.joins(40, CALLER).joins(40, story.leg())  # the snapshot after the start tells both again
    line = only_line(outcome(finished(story, 65), "case_24_controller_killed"))
    assert line == plain


def test_case_25_a_crashed_switch_ends_its_legs_at_the_last_proof_of_life() -> None:
    story = a_talk()
    story.hangs_up(42, CALLER, is_estimated=True, by_phone=False).hangs_up(42, story.leg(), is_estimated=True, by_phone=False)
    line = only_line(outcome(story.ends(70, EndReason.SWITCH_LOST), "case_25_switch_lost"))
    assert (line.talk_ms, line.is_estimated, line.ended_at) == (37_000, True, at(42))


def test_case_26_a_hold_inside_a_gap_is_paid_and_not_billed_even_where_holds_are() -> None:
    story = a_talk()
    story.held(20, story.leg()).gap(40, 25, 35).unheld(45, story.leg())
    rules = MeteringRules(version="b", is_hold_paid=False, is_hold_billed=True)
    line = only_line(outcome(finished(story, 65), "case_26_hold_over_a_gap", rules))
    assert (line.hold_ms, line.unknown_hold_ms, line.talk_ms) == (25_000, 10_000, 35_000)
    assert (line.paid_ms, line.billed_ms, line.is_hold_unknown) == (45_000, 50_000, True)


def test_case_26_a_hold_whose_end_was_lost_in_a_gap_is_unknown_from_there_on() -> None:
    story = a_talk()
    story.held(20, story.leg()).gap(40, 25, 35)
    line = only_line(outcome(finished(story, 65), "case_26_end_of_hold_lost"))
    assert (line.hold_ms, line.unknown_hold_ms, line.talk_ms) == (45_000, 40_000, 15_000)


def test_case_26_a_hold_whose_beginning_was_lost_began_as_early_as_the_gap_allows() -> None:
    story = a_talk()
    story.gap(40, 25, 35).unheld(45, story.leg())
    line = only_line(outcome(finished(story, 65), "case_26_beginning_of_hold_lost"))
    assert (line.hold_ms, line.unknown_hold_ms, line.talk_ms) == (20_000, 10_000, 40_000)


def test_case_26_a_hold_asked_for_while_nobody_heard_the_switch_began_when_it_was_asked_for() -> None:
    story = a_talk()
    story.asks_hold(28, "anna")
    story.gap(35, 25, 35).leaves(35, story.leg()).joins(45, story.leg())
    line = only_line(outcome(finished(story, 65)))
    assert (line.talk_ms, line.hold_ms) == (43_000, 17_000)


def test_case_26_talk_goes_on_through_a_gap_and_is_listed() -> None:
    story = a_talk().gap(40, 25, 35)
    line = only_line(outcome(finished(story, 65)))
    assert (line.talk_ms, line.hold_ms, line.is_hold_unknown) == (60_000, 0, True)


def test_case_26_a_gap_before_or_after_the_talk_lists_nothing() -> None:
    story = a_talk().gap(70, 0.5, 1).gap(70, 66, 69)
    assert not only_line(outcome(finished(story, 65))).is_hold_unknown


def test_a_caller_who_was_moved_on_is_talk_of_the_project_that_took_the_call() -> None:
    """The record tells the project that was called, the line the one whose agent worked; the client is the same."""
    story = a_talk()
    other = ProjectId("second-line")
    story.envelopes = [
        replace(e, event=replace(e.event, project_id=other)) if isinstance(e.event, AgentReserved) else e for e in story.envelopes
    ]
    folded = outcome(story.hangs_up(35, CALLER).ends(35, EndReason.CALLER_HUNG_UP))
    line = only_line(folded)
    assert (folded.record.project_id, line.project_id, line.client_id) == ("hotline", other, "acme")
