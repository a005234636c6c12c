"""What keeps a project from asking the callers it draws, and the mend."""

from dataclasses import replace

import pytest

from fernamt.doctor.finding import Finding, Status
from fernamt.doctor.sampling import findings_of
from recording.consent import ConsentText
from routing.directory import Project
from routing.menu import Menu, MenuOption
from routing.sampling import AskedBy, SamplingRules
from telephony.identifiers import Instant, UserId
from telephony.order_segments import ConsentPurpose
from tests.unit.telephony.sample_story import RULES, a_sampled_centre
from tests.unit.telephony.scene import NORD

BY_AGENT = SamplingRules(rate_permille=50, asked_by=AskedBy.AGENT)


def a_project(rules: SamplingRules = RULES, menu: Menu | None = None) -> Project:
    return replace(a_sampled_centre(rules).projects[NORD], menu=menu)


def a_text(language: str = "de", prompt: str | None = "own/sample") -> ConsentText:
    return ConsentText(
        project_id=NORD,
        language=language,
        version=1,
        text="…",
        names={},
        published_at=Instant(0),
        published_by=UserId("boss"),
        purpose=ConsentPurpose.QUALITY_SAMPLE,
        prompt=prompt,
    )


def found(project: Project, *texts: ConsentText, is_published: bool = True) -> list[Finding]:
    return list(findings_of([project], {(NORD, each.language): each for each in texts}, is_published=is_published))


def test_a_text_with_a_sound_and_a_published_seed_are_good() -> None:
    (finding,) = found(a_project(), a_text())
    assert (finding.status, finding.found) == (Status.GOOD, "projects that sample their calls: 1")


def test_where_a_key_is_to_answer_a_text_without_a_sound_asks_nobody() -> None:
    (finding,) = found(a_project(), a_text(prompt=None))
    assert finding.status is Status.DOUBTFUL
    assert "nord, de: callers are asked by a key, and the text names no sound" in finding.found
    assert 'prompt = "own/FILE"' in (finding.mend or "")
    assert 'asked_by = "agent"' in (finding.mend or "")


def test_agents_need_no_sound_and_do_need_a_text() -> None:
    assert found(a_project(BY_AGENT), a_text(prompt=None))[0].status is Status.GOOD
    (finding,) = found(a_project(BY_AGENT))
    assert "no text is published" in finding.found


def test_each_language_that_callers_may_choose_needs_its_text() -> None:
    menu = Menu(prompt=("own/question",), options=(MenuOption(key="1", language="de"), MenuOption(key="2", language="en")))
    (finding,) = found(a_project(menu=menu), a_text())
    assert finding.found.startswith("nord, en: no text is published")


@pytest.mark.parametrize("is_published", [True, False])
def test_without_a_published_seed_nobody_is_drawn(is_published: bool) -> None:
    (finding,) = found(a_project(), a_text(), is_published=is_published)
    assert (finding.status is Status.GOOD) is is_published


def test_who_samples_nothing_needs_nothing() -> None:
    (finding,) = findings_of([], {}, is_published=False)
    assert finding.status is Status.GOOD
