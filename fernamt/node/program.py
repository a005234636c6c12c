"""How a program of the node is started: as it is installed, or out of an unpacked folder."""

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fernamt.node.errors import NodeError
from fernamt.node.unpack import run

_VERSION = re.compile(r"\b(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A release of a program, comparable; a missing patch number counts as 0."""

    major: int
    minor: int
    patch: int = 0

    @classmethod
    def parse(cls, text: str) -> "Version | None":
        """The first version number in a text such as `Asterisk 22.10.1+dfsg`, None if it has none."""
        found = _VERSION.search(text)
        return cls(int(found[1]), int(found[2]), int(found[3] or 0)) if found else None

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that can be started: `argv` stands for its name, `root` is its unpacked folder if it has one."""

    name: str
    argv: tuple[str, ...]
    root: Path | None
    version: Version
    origin: str

    def path(self, absolute: str) -> Path:
        """Where a file of the program's package lies, given its path on a system that has it installed."""
        return Path(absolute) if self.root is None else self.root / absolute.lstrip("/")

    def first_directory(self, candidates: Iterable[str], purpose: str) -> Path:
        """The first of these directories (globs allowed) that exists for this program."""
        for candidate in candidates:
            parent = self.root if self.root is not None else Path("/")
            for path in sorted(parent.glob(candidate.lstrip("/"))):
                if path.is_dir():
                    return path
        raise NodeError(f"{self.name} {self.version} ({self.origin}): no {purpose} in {', '.join(candidates)}")


async def ask_version(argv: Iterable[str], option: str) -> Version | None:
    """The version a program gives when asked with this option; None if it cannot be run or says none."""
    try:
        return Version.parse(await run(*argv, option))
    except (NodeError, OSError):
        return None


def installed(name: str) -> str | None:
    """The path of an installed program, also from the directories that are not on a user's search path."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/local/bin")


def unpacked_argv(root: Path, binary: str) -> tuple[str, ...]:
    """The command that starts a binary of an unpacked folder with the libraries of that folder.

    Started through its own dynamic linker, the binary never sees the machine's C library, so a newer
    Debian's program runs on an older one without a chroot.
    """
    linkers = sorted(
        path
        for pattern in ("usr/lib64/ld-linux*.so.*", "lib64/ld-linux*.so.*", "usr/lib/ld-linux*.so.*", "lib/ld-linux*.so.*")
        for path in root.glob(pattern)
    )
    libraries = [path for pattern in ("usr/lib/*-linux-gnu*", "lib/*-linux-gnu*") for path in root.glob(pattern)]
    if not linkers or not libraries:
        raise NodeError(f"{root} holds no dynamic linker: remove the folder and start again")
    return (str(linkers[0]), "--library-path", ":".join(map(str, libraries)), str(root / binary.lstrip("/")))
