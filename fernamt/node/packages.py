"""Getting the programs a node needs: Asterisk, and the soft phone of the demo.

    asterisk = await find_asterisk(state_dir, progress=print)
    phone = await find_baresip(state_dir, progress=print)

An installed program is used when it will do; else Debian packages are unpacked into `state_dir/packages`.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from fernamt.node.debian import find_mirror
from fernamt.node.errors import NodeError
from fernamt.node.program import Program, Version, ask_version, installed, unpacked_argv
from fernamt.node.unpack import Progress, unpack

# Outbound ARI WebSockets came with 22.5.
OLDEST_ASTERISK = Version(22, 5)
DEBIAN_SUITES = ("forky", "sid")
_ON_DEBIAN = {"baresip": "baresip-core", "sipp": "sip-tester"}


def silent(_text: str) -> None:
    """Nobody is told of progress."""


async def find_asterisk(state_dir: Path, *, debian_mirror: str | None = None, progress: Progress = silent) -> Program:
    """An Asterisk of 22.5 or later that can be started: the installed one, else one unpacked from Debian.

    `debian_mirror` is the address of a mirror, None for the machine's own. Raises NodeError with the way out.
    """
    path = installed("asterisk")
    if path is not None:
        there = await ask_version((path,), "-V")
        if there is not None and there >= OLDEST_ASTERISK:
            return Program(name="asterisk", argv=(path,), root=None, version=there, origin=path)
        progress(f"{path} is {there or 'of unknown version'}, {OLDEST_ASTERISK} is needed: left alone")
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
    return Program(name="asterisk", argv=argv, root=(folder / "root").absolute(), version=version, origin=origin)


async def find_baresip(state_dir: Path, *, debian_mirror: str | None = None, progress: Progress = silent) -> Program:
    """A baresip that can be started: the installed one, else `baresip-core` unpacked from Debian."""
    path = installed("baresip")
    if path is not None:
        version = await ask_version((path,), "-h") or Version(1, 0)
        return Program(name="baresip", argv=(path,), root=None, version=version, origin=path)
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
        root=root,
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
