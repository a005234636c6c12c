"""Every word of the arithmetic has a sentence in both languages, and the sentences say the figures."""

from dataclasses import replace
from string import Formatter

import pytest

from routing.explain import Said
from routing.levels import told
from routing.levels.appraisal import Evidence, Omission, Shortage, appraise
from routing.levels.proposal import DAY, Obstacle, Proposal, ProposalState, confirmed, in_force, refused, state_of, withdrawn
from routing.levels.rule import LevelRule, Term
from telephony.identifiers import AgentId, Instant, UserId

NOW = Instant(1_800_000_000_000_000)
SVEN = UserId("sven")


def test_every_word_has_a_sentence() -> None:
    assert told.TERMS.keys() == told.NAMES.keys() == set(Term)
    assert told.OMISSIONS.keys() == set(Omission)
    assert told.SHORTAGES.keys() == set(Shortage)
    assert told.STATES.keys() == set(ProposalState)


def test_both_languages_fill_the_same_places() -> None:
    texts = [said for table in (told.TERMS, told.OMISSIONS, told.SHORTAGES, told.STATES) for said in table.values()]
    texts += [value for value in vars(told).values() if isinstance(value, Said)]
    for said in texts:
        assert {name for _, name, _, _ in Formatter().parse(said.de)} == {name for _, name, _, _ in Formatter().parse(said.en)}


def test_the_sentences_say_what_was_counted() -> None:
    evidence = Evidence(
        reviews=4,
        review_points=333,
        conversations=60,
        with_outcome=50,
        positive=20,
        abusive=2,
        planned_ms=6_000_000,
        kept_ms=5_400_000,
    )
    rule = LevelRule(least_reviews=1)
    english = list(told.appraisal_told(appraise(rule, evidence, 2), rule, "en"))
    assert english == [
        "Quality: mean of 4 reviews = 83.25 points, weight 50.",
        "Outcome: 20 of 50 counted conversations with a positive wrap-up code = 40.00 points, weight 30.",
        "Volume: does not count (weight 0).",
        "Reliability: 90 of 100 planned minutes worked = 90.00 points, weight 20.",
        "2 conversations ended for abuse count nowhere.",
        "Together: (83.25 × 50 + 40.00 × 30 + 90.00 × 20) ÷ 100 = 71.63 of 100 points. Level 2 begins at 60.00, level 3 at "
        "80.00; the present level stays while no more than 3.00 points are missing.",
        "The level stays 2.",
    ]
    german = list(told.appraisal_told(appraise(LevelRule(), evidence, 2), LevelRule(), "de"))
    assert german[-1] == "Kein Vorschlag: 4 Bewertungen, mindestens 5 sind nötig."
    assert "83,25 × 50" in german[-2]


def a_proposal() -> Proposal:
    rule = LevelRule(least_reviews=1, least_conversations=0)
    appraisal = appraise(rule, Evidence(reviews=1, review_points=95), 1)
    return Proposal(
        proposal_id="p",
        run_id="r",
        agent_id=AgentId("anna"),
        project_id=None,
        from_at=Instant(0),
        to_at=NOW,
        rule_version=1,
        directory_revision=1,
        appraisal=appraisal,
        proposed_at=NOW,
        state=state_of(appraisal),
    )


def test_only_what_a_person_confirmed_comes_into_force_and_never_before_its_date() -> None:
    proposal, rule = a_proposal(), LevelRule()
    assert in_force(proposal, now=Instant(NOW + 100 * DAY), revision=2) is Obstacle.NOT_OPEN
    decided = confirmed(proposal, rule, by=SVEN, note="", in_force_at=None, now=NOW)
    assert isinstance(decided, Proposal)
    assert in_force(decided, now=Instant(NOW + 7 * DAY - 1), revision=2) is Obstacle.TOO_SOON
    done = in_force(decided, now=Instant(NOW + 7 * DAY), revision=2)
    assert isinstance(done, Proposal)
    assert (done.state, done.applied_revision, done.decided_by) == (ProposalState.IN_FORCE, 2, SVEN)
    assert in_force(done, now=Instant(NOW + 8 * DAY), revision=3) is Obstacle.NOT_OPEN
    assert in_force(replace(decided, decided_by=None), now=Instant(NOW + 8 * DAY), revision=3) is Obstacle.NOT_OPEN


@pytest.mark.parametrize("state", [each for each in ProposalState if each is not ProposalState.OPEN])
def test_what_is_not_open_is_not_decided(state: ProposalState) -> None:
    proposal = replace(a_proposal(), state=state)
    assert confirmed(proposal, LevelRule(), by=SVEN, note="", in_force_at=None, now=NOW) is Obstacle.NOT_OPEN
    assert refused(proposal, by=SVEN, note="", now=NOW) is Obstacle.NOT_OPEN
    if state is not ProposalState.CONFIRMED:
        assert withdrawn(proposal, by=SVEN, note="", now=NOW) is Obstacle.NOT_OPEN


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("state", list(ProposalState))
def test_where_a_proposal_stands_is_told_without_gaps(state: ProposalState, language: str) -> None:
    proposal = replace(a_proposal(), state=state, applied_revision=7)
    assert "–" not in told.state_told(proposal, language, decided_by="Sven", in_force="2026-01-01")
