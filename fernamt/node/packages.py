"""Getting the programs a node needs: Asterisk, and the soft phone of the demo.

    asterisk = await find_asterisk(state_dir, progress=print)
    phone = await find_baresip(state_dir, progress=print)

The Asterisk that FERNAMT_ASTERISK names is used and no other; without it an installed program is used when it will do, else
Debian packages are unpacked into `state_dir/packages`.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from fernamt.node.debian import find_mirror
from fernamt.node.errors import NodeError
from fernamt.node.program import Program, Version, argv_of, ask_version, installed, prefix_of, unpacked_argv
from fernamt.node.unpack import Progress, unpack

# Outbound ARI WebSockets came with 22.5.
OLDEST_ASTERISK = Version(22, 5)
ASTERISK_VARIABLE = "FERNAMT_ASTERISK"
DEBIAN_SUITES = ("forky", "sid")
_ON_DEBIAN = {"baresip": "baresip-core", "sipp": "sip-tester"}


def silent(_text: str) -> None:
    """Nobody is told of progress."""


async def find_asterisk(state_dir: Path, *, debian_mirror: str | None = None, progress: Progress = silent) -> Program:
    """An Asterisk of 22.5 or later that can be started: the one that is here (`asterisk_here`), else one unpacked from Debian.

    `debian_mirror` is the address of a mirror, None for the machine's own. Raises NodeError with the way out.
    """
    here = await asterisk_here(progress=progress)
    if here is not None:
        return here
    folder = state_dir / "packages" / "asterisk"
    manifest = await unpack(
        ("asterisk",),
        folder,
        mirror=lambda: find_mirror(debian_mirror),
        suites=DEBIAN_SUITES,
        progress=progress,
    )
    argv = unpacked_argv((folder / "root").absolute(), "usr/sbin/asterisk")
    version = await ask_version(argv, "-V")
    if version is None or version < OLDEST_ASTERISK:
        raise NodeError(
            f"the Asterisk of Debian {manifest.suite} is {version or 'not startable'} and at least "
            f"{OLDEST_ASTERISK} is needed: remove {folder} and name another mirror"
        )
    origin = f"Debian {manifest.suite} {manifest.version_of('asterisk')}"
    return Program(name="asterisk", argv=argv, prefix=(folder / "root" / "usr").absolute(), version=version, origin=origin)


async def asterisk_here(*, environ: Mapping[str, str] = os.environ, progress: Progress = silent) -> Program | None:
    """The Asterisk that FERNAMT_ASTERISK names, else the installed one; None where that is missing or too old.

    Raises NodeError when the named one will not do: nobody gets another one than they chose.
    """
    path = named_or_installed(environ)
    if path is None:
        return None
    argv = argv_of(Path(path))
    version = await ask_version(argv, "-V")
    if version is not None and version >= OLDEST_ASTERISK:
        return Program(name="asterisk", argv=argv, prefix=prefix_of(Path(path)), version=version, origin=path)
    fault = f"{path} is {version or 'of unknown version'}, {OLDEST_ASTERISK} is needed"
    if environ.get(ASTERISK_VARIABLE):
        raise NodeError(f"{fault}: {ASTERISK_VARIABLE} has to be the path of such an Asterisk, or unset")
    progress(f"{fault}: left alone")
    return None


def named_or_installed(environ: Mapping[str, str] = os.environ) -> str | None:
    """The path of the Asterisk that FERNAMT_ASTERISK names, else of the installed one, whether or not it will do."""
    return environ.get(ASTERISK_VARIABLE) or installed("asterisk")


async def find_baresip(state_dir: Path, *, debian_mirror: str | None = None, progress: Progress = silent) -> Program:
    """A baresip that can be started: the installed one, else `baresip-core` unpacked from Debian."""
    path = installed("baresip")
    if path is not None:
        version = await ask_version((path,), "-h") or Version(1, 0)
        return Program(name="baresip", argv=(path,), prefix=prefix_of(Path(path)), version=version, origin=path)
    folder = state_dir / "packages" / "baresip"
    manifest = await unpack(
        ("baresip-core",),
        folder,
        mirror=lambda: find_mirror(debian_mirror),
        suites=DEBIAN_SUITES,
        progress=progress,
    )
    root = (folder / "root").absolute()
    packaged = Version.parse((manifest.version_of("baresip-core") or "").split(":")[-1])
    return Program(
        name="baresip",
        argv=unpacked_argv(root, "usr/bin/baresip"),
        prefix=root / "usr",
        version=packaged or Version(0, 0),
        origin=f"Debian {manifest.suite}",
    )


def missing_debian_packages(programs: Sequence[str] = ("sipp",)) -> str | None:
    """The one command that installs what is missing of these programs, None when nothing is.

    It is the only thing that needs root, and it is for the person at the machine to run.
    """
    missing = [name for name in programs if installed(name) is None and shutil.which(name) is None]
    if not missing:
        return None
    return "sudo apt-get install --no-install-recommends " + " ".join(_ON_DEBIAN.get(name, name) for name in missing)
