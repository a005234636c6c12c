"""How a program of the node is started: as it is installed, or out of an unpacked folder."""

import re
import shutil
from collections.abc import Iterable, Sequence
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
    """A program that can be started: `argv` stands for its name, `prefix` is the folder with its `sbin` (or `bin`) and `lib`."""

    name: str
    argv: tuple[str, ...]
    prefix: Path
    version: Version
    origin: str

    def first_directory(self, candidates: Sequence[str], purpose: str) -> Path:
        """The first of these directories (globs allowed), seen from the prefix, that exists.

        Never another build's: Asterisk ends at once with modules that were not made for it.
        """
        for candidate in candidates:
            for path in sorted(self.prefix.glob(candidate)):
                if path.is_dir():
                    return path
        places = ", ".join(str(self.prefix / candidate) for candidate in candidates)
        raise NodeError(f"{self.name} {self.version} ({self.origin}): no {purpose} in {places}")


async def ask_version(argv: Iterable[str], option: str) -> Version | None:
    """The version a program gives when asked with this option; None if it cannot be run or says none."""
    try:
        return Version.parse(await run(*argv, option))
    except (NodeError, OSError):
        return None


def installed(name: str) -> str | None:
    """The path of an installed program, also from the directories that are not on a user's search path."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/local/bin")


def prefix_of(binary: Path) -> Path:
    """`/usr` of `/usr/sbin/asterisk`, wherever links such as `/sbin` lead to it from."""
    return binary.resolve().parent.parent


def argv_of(binary: Path) -> tuple[str, ...]:
    """The command that starts this binary: its path, or by its own linker where a whole system lies unpacked around it."""
    prefix = prefix_of(binary)
    root = prefix.parent
    if prefix.name == "usr" and root != Path("/") and _linkers(root):
        return unpacked_argv(root, str(binary.resolve().relative_to(root)))
    return (str(binary.absolute()),)


def unpacked_argv(root: Path, binary: str) -> tuple[str, ...]:
    """The command that starts a binary of an unpacked folder with the libraries of that folder.

    Started through its own dynamic linker, the binary never sees the machine's C library, so a newer
    Debian's program runs on an older one without a chroot.
    """
    linkers = _linkers(root)
    libraries = [path for pattern in ("usr/lib/*-linux-gnu*", "lib/*-linux-gnu*") for path in root.glob(pattern)]
    if not linkers or not libraries:
        raise NodeError(f"{root} holds no dynamic linker: remove the folder and start again")
    return (str(linkers[0]), "--library-path", ":".join(map(str, libraries)), str(root / binary.lstrip("/")))


def _linkers(root: Path) -> list[Path]:
    patterns = ("usr/lib64/ld-linux*.so.*", "lib64/ld-linux*.so.*", "usr/lib/ld-linux*.so.*", "lib/ld-linux*.so.*")
    return sorted(path for pattern in patterns for path in root.glob(pattern))
