"""What callers of a project would not hear, since nobody put the sound there; and the mend."""

import wave
from dataclasses import replace
from pathlib import Path

import pytest

from fernamt.doctor.finding import Finding, Status
from fernamt.doctor.sounds import findings_of
from fernamt.node.render import templates_directory
from fernamt.node.sound_files import SoundFiles
from recording.consent import ConsentText
from routing.announcements import Announcements
from routing.directory import ClosedTreatment, Project
from routing.menu import Menu, MenuOption
from telephony.identifiers import Instant, UserId
from telephony.order_segments import ConsentPurpose
from telephony.recording_signs import RecordingSign, SignKind
from tests.unit.telephony.sample_story import a_sampled_centre
from tests.unit.telephony.scene import NORD, a_directory

SHIPPED = templates_directory() / "sounds"
OWN_SIGN = RecordingSign(kind=SignKind.ANNOUNCEMENT, sound="own/recorded")
CHOICE = Menu(prompt=("fernamt/choose-english",), options=(MenuOption(key="2", language="en"),))
TEXT = ConsentText(
    project_id=NORD,
    language="de",
    version=1,
    text="…",
    names={},
    published_at=Instant(0),
    published_by=UserId("boss"),
    purpose=ConsentPurpose.QUALITY_SAMPLE,
    prompt="own/sample",
)


def a_project(**changes: object) -> Project:
    return replace(a_directory("anna").projects[NORD], **changes)  # type: ignore[arg-type]


def found(project: Project, own: Path | None = None, *texts: ConsentText) -> list[Finding]:
    by_language = {(NORD, each.language): each for each in texts}
    return list(findings_of("node1", [project], by_language, SoundFiles(shipped=SHIPPED, own=own)))


def a_wav(file: Path, rate: int = 8_000) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(bytes(320))


def test_everything_that_we_ship_is_there_in_both_languages() -> None:
    announcements = Announcements(tells_place=True, tells_wait=True, asks_for_patience=True, callback_key="5")
    project = a_project(menu=CHOICE, announcements=announcements, recording_sign=RecordingSign(kind=SignKind.BEEP))
    (finding,) = found(project)
    assert (finding.status, finding.found) == (Status.GOOD, "node1: all that 1 projects name is there")


def test_a_sound_of_ones_own_is_named_with_project_key_file_and_mend(tmp_path: Path) -> None:
    project = a_project(recording_sign=OWN_SIGN)
    (finding,) = found(project, tmp_path)
    assert finding.status is Status.DOUBTFUL
    assert finding.found == f"node1: nord, recording_sign, de: there is no {tmp_path}/recorded.alaw: callers hear nothing"
    assert finding.mend == "put it there (A-law without a header, or .wav of 8 kHz, mono, 16 bit)"
    a_wav(tmp_path / "recorded.wav")
    assert found(project, tmp_path)[0].status is Status.GOOD


def test_without_a_folder_of_their_own_the_setting_is_named() -> None:
    (finding,) = found(a_project(recording_sign=OWN_SIGN))
    assert 'sound_directory = "/FOLDER"' in (finding.mend or "")


def test_a_sign_that_is_not_given_needs_no_sound() -> None:
    assert found(a_project(recording_sign=replace_kind(OWN_SIGN, SignKind.NONE)))[0].status is Status.GOOD


def replace_kind(sign: RecordingSign, kind: SignKind) -> RecordingSign:
    return RecordingSign(kind=kind, sound=sign.sound)


def test_a_slip_of_the_pen_is_told_with_what_was_meant() -> None:
    project = a_project(menu=Menu(prompt=("fernamt/chose-german",), options=CHOICE.options))
    (finding,) = found(project)
    assert "nord, menu.prompt, de: there is no" in finding.found
    assert "sounds/de/fernamt/chose-german.alaw" in finding.found
    assert "or name fernamt/choose-german" in (finding.mend or "")


def test_a_language_in_which_nothing_is_said_is_told_once_a_key() -> None:
    menu = Menu(prompt=("fernamt/choose-english",), options=(MenuOption(key="2", language="fr"),))
    announcements = Announcements(asks_for_patience=True)
    faults = found(a_project(menu=menu, announcements=announcements))
    assert [each.found.partition(": there")[0] for each in faults] == ["node1: nord, announcements, fr"]


def test_a_closed_project_says_so_in_its_language() -> None:
    (finding,) = found(a_project(language="fr"))
    assert "nord, closed_treatment, fr: there is no" in finding.found
    assert "fr/fernamt/closed.alaw" in finding.found
    assert found(a_project(language="fr", closed_treatment=ClosedTreatment.REJECT))[0].status is Status.GOOD


def test_a_sound_that_asterisk_refuses_is_not_there_for_callers(tmp_path: Path) -> None:
    a_wav(tmp_path / "recorded.wav", rate=44_100)
    (finding,) = found(a_project(recording_sign=OWN_SIGN), tmp_path)
    assert f"{tmp_path}/recorded.wav cannot be played" in finding.found
    assert "8 kHz" in (finding.mend or "")


def test_comfort_music_needs_a_file_in_its_folder(tmp_path: Path) -> None:
    project = a_project(music="jazz")
    (finding,) = found(project, tmp_path)
    assert finding.found == f"node1: nord, music: there is nothing to play in {tmp_path}/music/jazz"
    (tmp_path / "music" / "jazz").mkdir(parents=True)
    assert found(project, tmp_path)[0].status is Status.DOUBTFUL
    a_wav(tmp_path / "music" / "jazz" / "blue.wav")
    assert found(project, tmp_path)[0].status is Status.GOOD


@pytest.mark.parametrize("is_there", [True, False])
def test_the_question_of_a_sample_is_looked_for_where_a_text_names_one(tmp_path: Path, is_there: bool) -> None:
    project = a_sampled_centre().projects[NORD]
    if is_there:
        a_wav(tmp_path / "sample.wav")
    faults = [each for each in found(project, tmp_path, TEXT) if each.status is Status.DOUBTFUL]
    assert ["consent text for samples, prompt, de" in each.found for each in faults] == ([] if is_there else [True])
