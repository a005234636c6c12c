"""The sign of a recording, as a centre file says it, and back; what cannot be meant is told with its place."""

import pytest
from pydantic import ValidationError

from fernamt.centre.entries import ProjectEntry
from fernamt.centre.records import project_of, values_of_project
from store.centre import Centre
from store.centre_checks import Known, faults_of
from telephony.identifiers import ClientId
from telephony.recording_signs import NO_SIGN, RecordingSign, SignKind

ENTRY = {"project_id": "sales", "client_id": "acme", "name": "Sales"}


def test_a_project_that_says_nothing_of_it_has_none() -> None:
    assert project_of(ProjectEntry.model_validate(ENTRY)).recording_sign == NO_SIGN


@pytest.mark.parametrize(
    ("said", "sign"),
    [
        ({"kind": "beep", "every_ms": 12_000}, RecordingSign(kind=SignKind.BEEP, every_ms=12_000)),
        ({"kind": "announcement", "sound": "own/taped"}, RecordingSign(kind=SignKind.ANNOUNCEMENT, sound="own/taped")),
    ],
)
def test_what_a_file_says_is_what_the_project_does_and_comes_back_the_same(said: dict[str, object], sign: RecordingSign) -> None:
    project = project_of(ProjectEntry.model_validate({**ENTRY, "recording_sign": said}))
    assert project.recording_sign == sign
    assert project_of(ProjectEntry.model_validate(values_of_project(project))) == project


@pytest.mark.parametrize("said", [{"kind": "gong"}, {"kind": "beep", "every_ms": 100}, {"pitch_hz": 3}, {"sound": ""}])
def test_what_no_sign_can_be_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ProjectEntry.model_validate({**ENTRY, "recording_sign": said})


def test_a_sound_that_no_file_can_have_is_told_with_its_place() -> None:
    project = project_of(ProjectEntry.model_validate({**ENTRY, "recording_sign": {"sound": "../x y"}}))
    known = Known(clients={ClientId("acme")}, projects=(), agents=(), endpoints={})
    assert [fault.where for fault in faults_of(Centre(projects=(project,)), known)] == ["project sales recording_sign"]
