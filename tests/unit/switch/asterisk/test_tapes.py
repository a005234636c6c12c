"""What a node's settings have its segments recorded with."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from telephony.identifiers import SwitchName
from telephony.switch.asterisk.ami import AmiLine
from telephony.switch.asterisk.ari_http import AriHttp
from telephony.switch.asterisk.ari_recording import AriRecordings
from telephony.switch.asterisk.mixmonitor import MixMonitors
from telephony.switch.asterisk.settings import AmiSettings, AriSettings, AsteriskSettings
from telephony.switch.asterisk.snoop_tape import SnoopTape
from telephony.switch.asterisk.tape import Tape
from telephony.switch.asterisk.tapes import NoTape, segments_of

NODE = AsteriskSettings(
    name=SwitchName("node"),
    ari=AriSettings(http_url="http://127.0.0.1:1/ari", user="a", password="b"),
    ami=AmiSettings(host="127.0.0.1", port=1, user="a", password="b"),
    recording_directory=Path("/nonexistent"),
)


def tape_of(node: AsteriskSettings) -> Tape:
    ami = None if node.ami is None else AmiLine(node.ami)
    return segments_of(node, ami, AriHttp(node.ari), name_of=lambda _leg: None, tell=lambda _event: None)._tape


@pytest.mark.parametrize(
    ("recorded_by", "has_manager", "recorder"),
    [("manager", True, MixMonitors), ("ari", True, AriRecordings), ("manager", False, AriRecordings)],
)
def test_the_settings_choose_who_records_and_without_a_manager_interface_ari_does(
    recorded_by: Literal["manager", "ari"], has_manager: bool, recorder: type[object]
) -> None:
    tape = tape_of(replace(NODE, recorded_by=recorded_by, ami=NODE.ami if has_manager else None))
    assert isinstance(tape, SnoopTape)
    assert isinstance(tape._recorder, recorder)


def test_without_a_folder_nothing_is_recorded() -> None:
    assert isinstance(tape_of(replace(NODE, recording_directory=None)), NoTape)
