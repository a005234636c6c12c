"""For any history of a call: the fold is what brute force over every millisecond finds, and nothing but facts counts."""

import random
from dataclasses import dataclass

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from metering.fold import fold
from metering.lines import Category, FoldedCall
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.events import DirectoryLoaded, Envelope, LegPressedKey, WrapUpCodeChosen
from telephony.identifiers import AgentId, Instant, LegId, WrapUpCode
from tests.property.brute_force_minutes import BruteForce
from tests.unit.metering.history import CALL, CALLER, History

MS = 0.001


@dataclass
class Teller:
    """Tells a random but possible history, a few seconds long; every step takes at least two milliseconds."""

    draw: st.DrawFn
    now: int = 0

    def step(self, least: int = 2, most: int = 60) -> float:
        self.now += self.draw(st.integers(least, most))
        return self.now * MS


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Offers, missed and taken; holds of both kinds and by either side; lost phones; a second agent who joins; any ending."""
    teller = Teller(draw)
    story = History().arrives(0)
    legs = 0
    has_caller = True
    for _ in range(draw(st.integers(0, 3))):
        if not has_caller:
            break
        agent = draw(st.sampled_from(["anna", "bert"]))
        legs += 1
        story.reserved(teller.step(), agent).rings(teller.step(), agent, legs)
        if not draw(st.booleans()):
            story.hangs_up(teller.step(), story.leg(legs), cause=HangupCause.NO_ANSWER, by_phone=False)
            story.released(teller.now * MS, agent, ReleaseReason.NO_ANSWER, legs)
            continue
        story.answers(teller.step(), legs, joins=teller.step())
        legs, has_caller = converse(draw, teller, story, agent, legs)
    if has_caller:
        story.hangs_up(teller.step(), CALLER)
    story.ends(teller.step())
    return story


def converse(draw: st.DrawFn, teller: Teller, story: History, agent: str, legs: int) -> tuple[int, bool]:
    """What happens between an agent's joining and the agent's last leg's end."""
    mine, guests = legs, []
    for what in draw(st.lists(st.sampled_from(["phone", "caller", "desktop", "lost", "guest"]), max_size=4)):
        leg = story.leg(mine)
        if what == "phone":
            story.held(teller.step(), leg).unheld(teller.step(), leg)
        elif what == "caller":
            story.held(teller.step(), CALLER).unheld(teller.step(), CALLER)
        elif what == "desktop":
            story.asks_hold(teller.step(), agent)
            story.leaves(teller.step(), leg)
            story.asks_unhold(teller.step(), agent)
            story.joins(teller.step(), leg)
        elif what == "lost":
            story.hangs_up(teller.step(), leg, cause=HangupCause.MEDIA_LOST, by_phone=False, is_estimated=True)
            story.leaves(teller.step(), leg).lost(teller.now * MS, mine)
            legs += 1
            mine = legs
            story.rings(teller.step(), agent, mine).answers(teller.step(), mine)
        elif not guests:
            legs += 1
            guest = "cleo" if draw(st.booleans()) else agent
            story.reserved(teller.step(), guest).rings(teller.step(), guest, legs).answers(teller.step(), legs)
            guests.append(legs)
    caller_first = draw(st.booleans())
    if draw(st.booleans()):
        story.held(teller.step(), story.leg(mine))
    if caller_first:
        if draw(st.booleans()):
            story.leaves(teller.step(), CALLER)
        story.hangs_up(teller.step(), CALLER)
    for number in [*guests, mine]:
        if draw(st.booleans()):
            story.leaves(teller.step(), story.leg(number))
        story.hangs_up(teller.step(), story.leg(number), by_phone=draw(st.booleans()))
    story.released(teller.now * MS, agent, ReleaseReason.TALKED, mine)
    return legs, not caller_first


def told(envelopes: list[Envelope]) -> bytes:
    return msgspec.json.encode(fold(CALL, envelopes))


def folded(story: History) -> FoldedCall:
    outcome = fold(CALL, story.envelopes)
    assert outcome is not None
    return outcome


@settings(max_examples=150)
@given(histories())
def test_the_fold_is_what_brute_force_over_every_millisecond_finds(story: History) -> None:
    outcome, oracle = folded(story), BruteForce(story.envelopes)
    for leg in outcome.record.legs:
        for category in Category:
            assert leg.total_ms(category) == oracle.count(leg.leg_id, category), (leg.leg_id, category)
    for line in outcome.lines:
        if line.agent_id is not None:
            assert (line.talk_ms, line.hold_ms) == (oracle.talk_of(line.agent_id), oracle.hold_of(line.agent_id))
    assert outcome.record.talk_ms == oracle.anybody_talks() == sum(line.billed_ms for line in outcome.lines)


@settings(max_examples=200)
@given(histories())
def test_no_millisecond_of_a_life_is_lost_counted_twice_or_invented(story: History) -> None:
    outcome = folded(story)
    for leg in outcome.record.legs:
        for left, right in zip(leg.pieces, leg.pieces[1:], strict=False):
            assert left.ends_at == right.starts_at
            assert left.category is not right.category
        if leg.pieces:
            assert leg.total_ms() == (leg.pieces[-1].ends_at - leg.pieces[0].starts_at) // 1_000
    assert sum(line.wait_ms for line in outcome.lines) == outcome.record.wait_ms
    assert all(line.paid_ms == line.talk_ms + line.hold_ms for line in outcome.lines)


@settings(max_examples=200)
@given(histories(), st.randoms(use_true_random=False))
def test_doubled_late_and_reordered_events_leave_the_same_bytes(story: History, chance: random.Random) -> None:
    """Case 22."""
    shuffled = story.envelopes + chance.choices(story.envelopes, k=5)
    chance.shuffle(shuffled)
    again = [msgspec.structs.replace(e, seq=seq, received_at=Instant(0)) for seq, e in enumerate(shuffled, 100)]
    assert told(again) == told(story.envelopes) == told(story.envelopes)


@settings(max_examples=100)
@given(histories(), st.integers(0, 400))
def test_what_does_not_concern_metering_changes_nothing(story: History, ms: int) -> None:
    before = told(list(story.envelopes))
    story.say(ms * MS, DirectoryLoaded(revision=7))
    story.say(ms * MS, LegPressedKey(leg_id=CALLER, key="5"))
    story.say(ms * MS, WrapUpCodeChosen(agent_id=AgentId("anna"), call_id=CALL, wrap_up_code=WrapUpCode("done")))
    assert told(story.envelopes) == before


@settings(max_examples=100)
@given(histories(), st.randoms(use_true_random=False))
def test_a_lost_hang_up_never_lengthens_talk_and_never_loses_the_call(story: History, chance: random.Random) -> None:
    """Case 23."""
    whole = folded(story)
    ends = [e for e in story.envelopes if type(e.event).__name__ == "LegHungUp"]
    lost = chance.choice(ends)
    outcome = fold(CALL, [e for e in story.envelopes if e is not lost])
    assert outcome is not None
    talk = {line.agent_id: line.talk_ms for line in whole.lines}
    assert sum(line.talk_ms for line in outcome.lines) <= outcome.record.talk_ms * 2
    assert outcome.record.ended_at <= max(e.occurred_at for e in story.envelopes)
    assert {line.agent_id for line in outcome.lines} == set(talk)


@settings(max_examples=100)
@given(histories(), st.integers(0, 999))
def test_moving_a_history_by_microseconds_moves_no_duration_by_more_than_its_two_edges(story: History, us: int) -> None:
    moved = [msgspec.structs.replace(e, occurred_at=Instant(e.occurred_at + us)) for e in story.envelopes]
    outcome = fold(CALL, moved)
    assert outcome is not None
    assert [line.talk_ms for line in outcome.lines] == [line.talk_ms for line in folded(story).lines]


def test_the_case_of_an_open_call_has_no_lines_yet() -> None:
    assert fold(CALL, History().arrives().reserved(1, "anna").rings(2, "anna").answers(3).envelopes) is None


def test_a_leg_of_another_call_is_not_ours() -> None:
    story = History().arrives().hangs_up(1, LegId("1793613600.18")).hangs_up(2, CALLER).ends(2, EndReason.ABANDONED)
    assert folded(story).record.talk_ms == 0
