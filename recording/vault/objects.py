"""Where sealed objects are kept: what every store does, and the one that is a folder of this machine. Blocking."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from recording.vault.manifest import require_name
from recording.vault.stream import Source
from telephony.errors import FernamtError
from telephony.identifiers import Instant

_PART: Final = ".part"


class ObjectStoreFailed(FernamtError):
    """A store did not do what it was asked."""

    code = "object_store"


class NoSuchObject(ObjectStoreFailed):
    """There is no object of that name."""

    code = "no_such_object"


class ObjectExists(ObjectStoreFailed):
    """There is another object of that name: nothing is overwritten."""

    code = "object_exists"


class OpenObject(Source, Protocol):
    """An object as it is read."""

    def close(self) -> None:
        """Nothing is held open any more."""
        ...


class ObjectStore(Protocol):
    """Keeps sealed objects by name. Names are those of segments: they lead nowhere else."""

    def put(self, name: str, source: Path, kept_until: Instant) -> None:
        """The file's bytes are kept under that name, durably, and locked until then where the store can; again: changes nothing.

        The file may be removed then, and must not be written to: a store on the same disk has taken it over as it is.
        Raises `ObjectExists` where other bytes are kept under that name.
        """
        ...

    def open(self, name: str) -> OpenObject:
        """The object, to be read and closed. Raises `NoSuchObject`."""
        ...

    def delete(self, name: str) -> bool:
        """No object of that name is kept in any version; says whether there was one."""
        ...

    def names(self) -> Iterator[str]:
        """Of all objects, in their order."""
        ...


class FileSource:
    """A file to be read from any place; a link is not followed."""

    def __init__(self, path: Path) -> None:
        """Raises `NoSuchObject`."""
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError as error:
            raise NoSuchObject(f"there is no object {path.name} that can be read ({error.strerror})", name=path.name) from error
        self.size = os.fstat(self._file).st_size

    def read_at(self, offset: int, length: int) -> bytes:
        """Those bytes; fewer only at the end."""
        return os.pread(self._file, length, offset)

    def close(self) -> None:
        """The file is closed."""
        os.close(self._file)


class LocalObjects:
    """Objects as files of one folder, 0600 in 0700."""

    def __init__(self, folder: Path) -> None:
        """The folder exists, for this user only. Raises `ObjectStoreFailed` where others can get in."""
        make_private(folder)
        sync_folder(folder)  # a process that was killed may have named an object, and not have waited for the disk
        self._folder = folder

    def put(self, name: str, source: Path, kept_until: Instant) -> None:  # noqa: ARG002 - a folder cannot lock
        """The file's bytes are kept under that name."""
        target = self._folder / require_name(name)
        if target.exists():
            if not _are_same(source, target):
                raise ObjectExists(f"there is another object {name}", name=name)
        else:
            _take_over(source, target)
        sync_folder(self._folder)

    def open(self, name: str) -> FileSource:
        """The object, to be read and closed."""
        return FileSource(self._folder / require_name(name))

    def delete(self, name: str) -> bool:
        """No object of that name is there."""
        (self._folder / (require_name(name) + _PART)).unlink(missing_ok=True)
        try:
            (self._folder / name).unlink()
        except FileNotFoundError:
            return False
        sync_folder(self._folder)
        return True

    def names(self) -> Iterator[str]:
        """Of all objects, in their order."""
        yield from sorted(path.name for path in self._folder.iterdir() if not path.name.endswith(_PART))


def make_private(folder: Path) -> None:
    """The folder exists, for this user only. Raises `ObjectStoreFailed` where others can get in."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_mode & 0o077:
        raise ObjectStoreFailed(f"{folder} has to be a folder that only its owner can enter: chmod 700", folder=str(folder))


def sync_folder(folder: Path) -> None:
    """What was made, moved or removed in the folder is so on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """The file's bytes are on disk."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _take_over(source: Path, target: Path) -> None:
    """The target is the source's bytes, on disk before they have that name; on one disk they are the same ones.

    Raises `ObjectExists` where another process was faster: a link goes never over what is there.
    """
    source.chmod(0o600)
    sync_file(source)
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError as error:
        raise ObjectExists(f"there is another object {target.name}", name=target.name) from error
    except OSError:  # another disk, or one without links
        part = target.with_name(target.name + _PART)
        part.unlink(missing_ok=True)
        shutil.copyfile(source, part, follow_symlinks=False)
        part.chmod(0o600)
        sync_file(part)
        try:
            os.link(part, target, follow_symlinks=False)
        finally:
            part.unlink()


def _are_same(one: Path, other: Path) -> bool:
    size = 1 << 20
    with one.open("rb") as first, other.open("rb") as second:
        while True:
            left, right = first.read(size), second.read(size)
            if left != right:
                return False
            if not left:
                return True
