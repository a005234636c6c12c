"""Everything a statement can say is said in both languages."""

from string import Formatter

import pytest

from routing.eligibility import Ineligibility
from routing.explain import REFUSALS, Said
from routing.owed import told
from routing.owed.offers import NotOffered
from routing.owed.statement import DataUsed, ForcedShown, PauseShown, ShareShown, Statement
from telephony.causes import ReleaseReason

CODES = {value for name, value in vars(NotOffered).items() if name.isupper()}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_code_has_words() -> None:
    assert told.NOT_OFFERED.keys() == CODES
    assert set(Ineligibility) <= REFUSALS.keys()
    assert {*ReleaseReason, "talked"} <= told.OUTCOMES.keys()


def test_both_languages_fill_the_same_places() -> None:
    texts = [each for table in (told.DATA, told.NOT_OFFERED, told.OUTCOMES) for each in table.values()]
    for said in [*texts, *(value for value in vars(told).values() if isinstance(value, Said))]:
        assert places(said.de) == places(said.en), said


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_full_statement_leaves_nothing_out(language: str) -> None:
    statement = Statement(
        agent_id="anna",
        name="Anna Petersen",
        from_at=1,
        to_at=2,
        language=language,
        data=tuple(DataUsed(name=name, count=7) for name in told.DATA),
        routing_rules=("1",),
        directory_revisions=(3, 5),
        level_rule_version=4,
        level=2,
        level_by_project={"nord": 3},
        levels=(),
        shares=(ShareShown(project_id="nord", decisions=90, expected=12.25, got=11),),
        offers={"talked": 11, "no_answer": 1, "something_new": 2},
        not_offered={**dict.fromkeys(CODES, 3), Ineligibility.SKILL_MISSING: 4, "of_a_later_version": 1},
        own_pauses=(PauseShown(reason="yoga", count=2, lasted_ms=3_600_000),),
        forced_pauses=(
            ForcedShown(from_at=10, cause="missed_calls", misses=3, until_at=20, confirmed_by="", ended_at=None),
            ForcedShown(from_at=30, cause="missed_calls", misses=3, until_at=40, confirmed_by="Sven", ended_at=50),
        ),
        time_ms={},
        abusive_calls=1,
        contact="Sven Sieber",
        open_contests=("c1",),
    )
    text = " ".join(told.statement_told(statement, lambda at: f"<{at}>", str.upper))
    expected = "12,2" if language == "de" else "12.2"
    words = ("Anna Petersen", "NORD: 3", "NORD:", "90", expected, "yoga", "60 min", "<20>", "Sven", "<50>")
    for each in (*words, "Sven Sieber", "something_new", "of_a_later_version", "3–5"):
        assert each in text, each
    assert "{" not in text
