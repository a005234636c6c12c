"""The centre's own sounds: a folder of the operator's, of which a node plays prompts and comfort music.

    music/NAME/*.alaw    comfort music, for projects whose `music` is NAME
    everything else      prompts: `greeting.alaw` is played as own/greeting

Files of the code the legs talk (A-law, 8 kHz, mono, headerless) are played as they are; 8 kHz mono WAV is translated.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from fernamt.node.errors import NodeError

FOLDER = "own"
_MUSIC = "music"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_TAKEN = ("default", "general")


def music_of(directory: Path | None) -> Iterator[tuple[str, Path]]:
    """Each class of comfort music by its name, and where its files are.

    Raises NodeError where the folder is none, or one in it has a name that no project can say.
    """
    if directory is None:
        return
    if not directory.is_dir():
        raise NodeError(f"sound_directory {directory}: is no folder")
    music = directory / _MUSIC
    for each in sorted(music.iterdir()) if music.is_dir() else ():
        if not each.is_dir():
            continue
        if not _NAME.fullmatch(each.name) or each.name in _TAKEN:
            raise NodeError(
                f"sound_directory {each}: name it with small letters, digits, '.', '_', '-', and not {' or '.join(_TAKEN)}"
            )
        yield each.name, each.resolve()
