"""The files of the answering machine's messages, for whoever erases a person: their sound goes with their number."""

from collections.abc import Callable, Iterable
from pathlib import Path

from telephony.switch.asterisk.messages import parse_message


class MessageFiles:
    """The folders of all nodes below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def forget(self, names: Iterable[str], is_meant: Callable[[str], bool]) -> None:
        """The named sounds are gone, and all that is not listed yet of callers whose number is meant. Blocks."""
        for name in names:
            self._remove(self._folder / name)
        for path in self._folder.glob("*/message-*.json*"):
            message = parse_message(path.read_bytes())
            if message is None or not message.caller_number or not is_meant(message.caller_number):
                continue
            if message.sound_file:
                self._remove(path.parent / Path(message.sound_file).name)
            path.unlink(missing_ok=True)

    def _remove(self, path: Path) -> None:
        """A name that leads out of the folder is left alone."""
        if path.resolve().is_relative_to(self._folder.resolve()) and path.is_file():
            path.unlink(missing_ok=True)
