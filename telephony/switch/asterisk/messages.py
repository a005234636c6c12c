"""The messages that the fallback's answering machine left on the node's disk: one sound file and one JSON file beside it."""

import hashlib
from dataclasses import replace
from pathlib import Path
from shlex import quote

import msgspec

from telephony.engine.ports import FallbackServed


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What the answering machine writes down of one call. Shape version 1; `agi.py` writes it without this module."""

    version: int = 1
    unique_id: str
    dialled: str
    caller_number: str
    started_at_us: int
    recorded_ms: int
    sound_file: str
    ended_by: str


def stem_of(unique_id: str) -> str:
    """The name of a call's files: no character of the switch's id ever becomes part of a path."""
    return "message-" + hashlib.sha256(unique_id.encode()).hexdigest()[:32]


def read_message(directory: Path, unique_id: str) -> Message | None:
    """The message of that call, if there is a whole one."""
    try:
        return parse_message((directory / f"{stem_of(unique_id)}.json").read_bytes())
    except FileNotFoundError:
        return None


def parse_message(text: bytes) -> Message | None:
    """The message as it was written down; None for anything else."""
    try:
        return msgspec.json.decode(text, type=Message)
    except msgspec.DecodeError:
        return None


def message_of(served: FallbackServed, directory: Path | None) -> FallbackServed:
    """The same call, with the name of the message's sound file if it left one."""
    found = read_message(directory, served.leg_id) if directory is not None else None
    if found is None or not found.sound_file:
        return served
    return replace(served, message=found.sound_file)


def machine_script(
    python: Path, spool: Path, *, announcement: str = "fernamt/leave-message", beep: str = "fernamt/beep", max_s: int = 180
) -> str:
    """The text of the program that the dialplan starts: this Python, the answering machine, and where messages go.

    Asterisk gives it the number dialled as its only argument.
    """
    options = ["--spool", str(spool), "--announcement", announcement, "--beep", beep, "--max-s", str(max_s)]
    program = (
        f"import sys; sys.path.insert(0, {str(_ROOT)!r}); from telephony.switch.asterisk.agi import main; "
        f"sys.exit(main([*{options!r}, '--', *sys.argv[1:2]]))"
    )
    # By the shell: the first line of a script takes neither spaces nor long paths.
    return f'#!/bin/sh\nexec {quote(str(python))} -I -c {quote(program)} "$1"\n'


_ROOT = Path(__file__).resolve().parents[3]
