"""The messages that the fallback's answering machine left on the node's disk: one sound file and one JSON file beside it."""

import hashlib
from dataclasses import replace
from pathlib import Path

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
        return msgspec.json.decode((directory / f"{stem_of(unique_id)}.json").read_bytes(), type=Message)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def message_of(served: FallbackServed, directory: Path | None) -> FallbackServed:
    """The same call, with the name of the message's sound file if it left one."""
    found = read_message(directory, served.leg_id) if directory is not None else None
    if found is None or not found.sound_file:
        return served
    return replace(served, message=found.sound_file)
