"""The fallback's answering machine: an AGI script on the switch's host that needs nobody else of ours to be alive.

    agi.py --spool DIR [--announcement SOUND] [--beep SOUND] [--max-s N] [--silence-s N] [NUMBER]

Asterisk starts it out of the dialplan. It answers, plays the announcement, records up to N seconds into the spool
directory and writes a small JSON file beside it, by renaming: a message is there whole or not at all. Found and listed later
(messages.py). It imports the standard library and pyst2 only, so that it starts in an instant.
"""

import argparse
import hashlib
import io
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from asterisk.agi import AGI, AGIAppError, AGIException, AGIHangup

FORMAT = "wav"
HEADER_BYTES = 44
BYTES_PER_S = 16_000
"""16-bit samples at 8 kHz."""
HUNG_UP, TIMED_OUT, KEY = "hang-up", "limit-or-silence", "key"


def main(arguments: Sequence[str] | None = None) -> int:
    """The process's exit code: 0 also where the caller hung up in between; that is no error."""
    options = _options(arguments)
    os.umask(0o077)
    # A caller's name may be any bytes; pyst2 prints all it reads, numbers included, to its third stream.
    source = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace", newline="\n")
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        agi = AGI(stdin=source, stdout=sys.stdout, stderr=nowhere)
        take_message(agi, options)
    return 0


def take_message(agi: Any, options: argparse.Namespace) -> Path | None:
    """The JSON file of the message, None where the caller left none. The recording of a caller who hangs up counts."""
    spool = Path(options.spool)
    spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    unique_id = agi.env.get("agi_uniqueid", "")
    stem = spool / ("message-" + hashlib.sha256(unique_id.encode()).hexdigest()[:32])
    started_at_us = time.time_ns() // 1000
    ended_by = HUNG_UP
    try:
        _announce(agi, options)
        started_at_us = time.time_ns() // 1000
        ended_by = _record(agi, stem, options)
    except (AGIException, OSError, ValueError):
        # At any moment, in the middle of a command: what is on the disk is the message. ValueError is how pyst2 says
        # that Asterisk closed the pipe.
        ended_by = HUNG_UP
    sound = stem.with_suffix(f".{FORMAT}")
    recorded_ms = _length_ms(sound)
    if recorded_ms < options.min_ms:
        sound.unlink(missing_ok=True)
        return None
    return _write_sidecar(
        stem,
        {
            "version": 1,
            "unique_id": unique_id,
            "dialled": options.number or agi.env.get("agi_extension", ""),
            "caller_number": _known(agi.env.get("agi_callerid", "")),
            "started_at_us": started_at_us,
            "recorded_ms": recorded_ms,
            "sound_file": sound.name,
            "ended_by": ended_by,
        },
    )


def _announce(agi: Any, options: argparse.Namespace) -> None:
    agi.answer()
    for sound in filter(None, (options.announcement, options.beep)):
        try:
            agi.stream_file(sound)
        except AGIHangup:
            raise
        except AGIAppError:
            continue  # a sound that is missing keeps nobody from leaving a message


def _record(agi: Any, stem: Path, options: argparse.Namespace) -> str:
    # pyst2's record_file knows no silence limit, so the command is given whole. Its BEEP would need Asterisk's own sounds.
    answer = agi.execute("RECORD FILE", f'"{stem}"', FORMAT, '"#"', str(options.max_s * 1000), "0", f"s={options.silence_s}")
    value, reason = answer["result"][0], answer["result"][1] if len(answer["result"]) > 1 else ""
    if reason == "hangup":
        return HUNG_UP
    return KEY if value == str(ord("#")) else TIMED_OUT


def _length_ms(sound: Path) -> int:
    """Milliseconds of the file by its size: its header may be unfinished when Asterisk was in a hurry."""
    try:
        return max(0, sound.stat().st_size - HEADER_BYTES) * 1000 // BYTES_PER_S
    except FileNotFoundError:
        return 0


def _known(number: str) -> str:
    return "" if number == "unknown" else number[:64]


def _write_sidecar(stem: Path, content: dict[str, str | int]) -> Path:
    path = stem.with_suffix(".json")
    beside = stem.with_suffix(".json.new")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    return path


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="agi.py", description="The fallback's answering machine.")
    parser.add_argument("--spool", required=True, help="directory for messages")
    parser.add_argument("--announcement", default="", help="sound to play first, without its ending")
    parser.add_argument("--beep", default="", help="sound to play right before recording")
    parser.add_argument("--max-s", type=int, default=180, help="longest message in seconds")
    parser.add_argument("--silence-s", type=int, default=6, help="so many silent seconds end the message")
    parser.add_argument("--min-ms", type=int, default=1000, help="shorter recordings are dropped")
    parser.add_argument("number", nargs="?", default="", help="the number dialled")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
