"""Debian packages unpacked into a folder of our own, as an ordinary user: no root, no chroot, no dpkg state.

apt resolves the closure of the wanted packages against an empty machine, so that the folder holds every
library down to the C library, checks the archive's signature and every hash, and `dpkg-deb -x` unpacks.
"""

import asyncio
import hashlib
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path

import msgspec

from fernamt.node.debian import Mirror
from fernamt.node.errors import NodeError

Progress = Callable[[str], None]
MANIFEST = "manifest.json"
_FORMAT = 1

_APT_CONFIG = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
#clear APT::Architectures;
#clear APT::Default-Release;
APT::Architectures:: "{architecture}";
APT::Architecture "{architecture}";
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Get::Assume-Yes "true";
APT::Sandbox::User "";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
Dir::State "{apt}";
Dir::State::lists "{apt}/lists";
Dir::State::status "{apt}/status";
Dir::State::extended_states "{apt}/extended_states";
Dir::Cache "{apt}";
Dir::Cache::archives "{apt}/archives";
Dir::Cache::pkgcache "{apt}/pkgcache.bin";
Dir::Cache::srcpkgcache "{apt}/srcpkgcache.bin";
Dir::Log "{apt}";
Dir::Etc::sourcelist "{apt}/mirror.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
"""

_SOURCES = """\
Types: deb
URIs: {uri}
Suites: {suite}
Components: main
Signed-By: {keyring}
"""


class Package(msgspec.Struct, frozen=True):
    """One unpacked package, as it came from the archive."""

    name: str
    version: str
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What is in an unpacked folder; its presence says that the folder is complete."""

    format: int
    wanted: tuple[str, ...]
    mirror: str
    suite: str
    architecture: str
    packages: tuple[Package, ...]
    unpacked_at: int

    def version_of(self, name: str) -> str | None:
        """The Debian version of a package in the folder, None if it is not there."""
        return next((package.version for package in self.packages if package.name == name), None)


async def run(*argv: str | Path, environ: dict[str, str] | None = None) -> str:
    """The program has ended well; returns its standard output. Raises NodeError with what it said otherwise."""
    process = await asyncio.create_subprocess_exec(
        *map(str, argv),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environ,
    )
    try:
        out, err = await process.communicate()
    except asyncio.CancelledError:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    if process.returncode != 0:
        said = (err or out).decode("utf-8", "replace").strip()
        raise NodeError(f"{Path(argv[0]).name} {argv[-1]} failed ({process.returncode}): {said[-2000:]}")
    return out.decode("utf-8", "replace")


def read_manifest(folder: Path, wanted: Sequence[str]) -> Manifest | None:
    """The manifest of a complete folder that was made for exactly these packages, else None."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    if manifest.format != _FORMAT or manifest.wanted != tuple(wanted):
        return None
    return manifest


async def unpack(
    wanted: Sequence[str],
    folder: Path,
    *,
    mirror: Callable[[], Mirror],
    suites: Sequence[str],
    progress: Progress,
) -> Manifest:
    """`folder/root` holds the wanted packages with all they depend on, and `folder/manifest.json` names them.

    A complete folder is used as it is, without a look at the network. A half-done one is never taken for
    done: the work happens beside it and is renamed at the end. The suites are tried in order.
    Raises NodeError when no suite of the mirror has the packages, or apt refuses a signature.
    """
    folder = await asyncio.to_thread(_with_parents, folder)
    async with _locked(folder.parent / f".{folder.name}.lock"):
        present = read_manifest(folder, wanted)
        if present is not None:
            return present
        for left_over in folder.parent.glob(f".{folder.name}.partial-*"):
            shutil.rmtree(left_over)
        _need_tools()
        found, partial = mirror(), folder.parent / f".{folder.name}.partial-{os.getpid()}"
        refusals: list[str] = []
        for suite in suites:
            try:
                manifest = await _unpack_from(suite, wanted, partial, found, progress)
            except NodeError as refusal:
                refusals.append(f"{suite}: {refusal}")
                shutil.rmtree(partial, ignore_errors=True)
                continue
            if folder.exists():
                shutil.rmtree(folder)
            partial.rename(folder)
            return manifest
    raise NodeError(f"{' '.join(wanted)} could not be had from {found.uri}:\n" + "\n".join(refusals))


async def _unpack_from(suite: str, wanted: Sequence[str], partial: Path, mirror: Mirror, progress: Progress) -> Manifest:
    apt, root = partial / "apt", partial / "root"
    architecture = (await run("dpkg", "--print-architecture")).strip()
    config = _write_apt_config(apt, architecture, mirror, suite)
    environ = os.environ | {"LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    progress(f"reading Debian {suite} from {mirror.uri}")
    await run("apt-get", "-c", config, "--error-on=any", "update", environ=environ)
    progress(f"downloading {' '.join(wanted)} and what it needs")
    await run("apt-get", "-c", config, "install", "--download-only", *wanted, environ=environ)
    archives = sorted((apt / "archives").glob("*.deb"))
    root.mkdir()
    packages: list[Package] = []
    for done, archive in enumerate(archives, start=1):
        if done % 20 == 1 or done == len(archives):
            progress(f"unpacking {done} of {len(archives)} packages")
        packages.append(await _unpack_one(archive, root))
    shutil.rmtree(apt)
    manifest = Manifest(
        format=_FORMAT,
        wanted=tuple(wanted),
        mirror=mirror.uri,
        suite=suite,
        architecture=architecture,
        packages=tuple(packages),
        unpacked_at=time.time_ns() // 1000,
    )
    with (partial / MANIFEST).open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest)))
        file.flush()
        os.fsync(file.fileno())
    return manifest


async def _unpack_one(archive: Path, root: Path) -> Package:
    # apt has checked the hash against the signed list; it is recorded here so that it can be looked up later.
    digest = await asyncio.to_thread(_sha256, archive)
    fields = await run("dpkg-deb", "--show", "--showformat", "${Package}\t${Version}", archive)
    await run("dpkg-deb", "-x", archive, root)
    name, version = fields.split("\t")
    return Package(name=name, version=version, sha256=digest)


def _with_parents(folder: Path) -> Path:
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_apt_config(apt: Path, architecture: str, mirror: Mirror, suite: str) -> Path:
    if any(mark in str(apt) for mark in '"\n;{}'):
        raise NodeError(f"the state folder's path has characters that apt cannot take: {apt}")
    for needed in (apt / "lists" / "partial", apt / "archives" / "partial"):
        needed.mkdir(parents=True, exist_ok=True)
    (apt / "status").touch()
    (apt / "mirror.sources").write_text(_SOURCES.format(uri=mirror.uri, suite=suite, keyring=mirror.keyring), encoding="utf-8")
    config = apt / "apt.conf"
    config.write_text(_APT_CONFIG.format(apt=apt, architecture=architecture), encoding="utf-8")
    return config


def _need_tools() -> None:
    missing = [name for name in ("apt-get", "dpkg", "dpkg-deb") if shutil.which(name) is None]
    if missing:
        raise NodeError(
            f"{', '.join(missing)} not found: this is no Debian. Install an Asterisk of 22.5 or later "
            "and see to it that the command `asterisk` finds it."
        )


@asynccontextmanager
async def _locked(path: Path) -> AsyncIterator[None]:
    """Nobody else unpacks the same folder meanwhile; the lock goes with the process that holds it."""
    with path.open("w", encoding="utf-8") as file:
        await asyncio.to_thread(flock, file, LOCK_EX)
        try:
            yield
        finally:
            flock(file, LOCK_UN)
