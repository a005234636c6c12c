"""The settings a person names before a command: remembered for the one command that runs."""

from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Settings files and the folder of secret files, as given before the command."""

    files: tuple[Path, ...] = ()
    secrets: Path | None = None

    def options(self) -> list[str]:
        """The same choice as options of a child's command line."""
        options = [part for file in self.files for part in ("--config", str(file.absolute()))]
        return options if self.secrets is None else [*options, "--secrets", str(self.secrets.absolute())]


CHOSEN: ContextVar[Chosen] = ContextVar("chosen")
"""Set by the front door for the one command it runs."""
