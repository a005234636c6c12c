"""Which sounds a node of ours finds under a name, as Asterisk looks for them: in the language's folder, or among the own ones."""

import wave
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from fernamt.node.own_sounds import FOLDER, music_of

HEADERLESS = (".alaw", ".al", ".alw")
SUFFIXES = (*HEADERLESS, ".wav")
"""What the modules of asterisk-conf/modules.conf read; a file of another kind is found by nobody."""
SHIPPED_MUSIC = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFiles:
    """`shipped`: a folder for each language. `own`: the operator's (`sound_directory`), the same for every language."""

    shipped: Path
    own: Path | None

    def files(self, sound: str, language: str) -> list[Path]:
        """Every file the name can mean; empty where callers would hear nothing."""
        return [file for file in self.candidates(sound, language) if file.is_file()]

    def candidates(self, sound: str, language: str) -> list[Path]:
        """Where the sound could lie, the best place first."""
        folder, _, rest = sound.partition("/")
        if folder == FOLDER and rest:
            return [] if self.own is None else [self.own / f"{rest}{suffix}" for suffix in SUFFIXES]
        return [self.shipped / language / f"{sound}{suffix}" for suffix in SUFFIXES]

    def nearest(self, sound: str, language: str) -> str | None:
        """The name of a sound that is there and may have been meant."""
        matches = get_close_matches(sound, list(self._names(language)), n=1)
        return matches[0] if matches else None

    def has_music(self, name: str) -> bool:
        """Whether there is comfort music of that name, with a file in it."""
        if name == SHIPPED_MUSIC:
            return True
        return any(is_playable(file) for each, folder in music_of(self.own) if each == name for file in folder.iterdir())

    def _names(self, language: str) -> Iterator[str]:
        folders = [("", self.shipped / language)] + ([] if self.own is None else [(f"{FOLDER}/", self.own)])
        for prefix, folder in folders:
            for file in sorted(folder.rglob("*")):
                if file.suffix in SUFFIXES:
                    yield prefix + file.relative_to(folder).with_suffix("").as_posix()


def is_playable(file: Path) -> bool:
    """Whether the node can play it: WAV of another rate or of more channels is refused by Asterisk, and nothing is heard."""
    if file.suffix in HEADERLESS:
        return file.is_file()
    if file.suffix != ".wav":
        return False
    try:
        with wave.open(str(file)) as sound:
            return (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8_000, 1, 2)
    except (OSError, EOFError, wave.Error):
        return False
