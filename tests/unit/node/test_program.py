"""Versions are numbers; an unpacked program is started by its own linker; the Asterisk that is named is the one that is used."""

from pathlib import Path

import pytest

from fernamt.node.errors import NodeError
from fernamt.node.packages import ASTERISK_VARIABLE, OLDEST_ASTERISK, asterisk_here, find_asterisk, missing_debian_packages
from fernamt.node.program import Version, argv_of, unpacked_argv
from fernamt.node.render import MODULE_DIRECTORIES


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1", Version(22, 10, 1)),
        ("Asterisk 22.5.0", Version(22, 5, 0)),
        ("Asterisk certified/22.8-cert1", Version(22, 8)),
        ("Asterisk GIT-master-abc", None),
    ],
)
def test_a_version_is_read_from_what_the_program_says(text: str, version: Version | None) -> None:
    assert Version.parse(text) == version


def test_22_10_is_later_than_22_5_and_20_15_is_not() -> None:
    assert Version(22, 10) > OLDEST_ASTERISK
    assert Version(22, 4, 9) < OLDEST_ASTERISK
    assert Version(20, 15) < OLDEST_ASTERISK
    assert Version(23, 0) > OLDEST_ASTERISK


def test_an_unpacked_program_is_started_by_its_own_linker_and_libraries(tmp_path: Path) -> None:
    for path in ("usr/lib64/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu/libc.so.6", "usr/sbin/asterisk"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert unpacked_argv(tmp_path, "usr/sbin/asterisk") == (
        f"{tmp_path}/usr/lib64/ld-linux-x86-64.so.2",
        "--library-path",
        f"{tmp_path}/usr/lib/x86_64-linux-gnu",
        f"{tmp_path}/usr/sbin/asterisk",
    )


def an_asterisk(prefix: Path, version: str) -> Path:
    """A program at its place under the prefix that says it is this version."""
    binary = prefix / "sbin" / "asterisk"
    binary.parent.mkdir(parents=True)
    binary.write_text(f"#!/bin/sh\necho Asterisk {version}\n")
    binary.chmod(0o700)
    return binary


def test_a_binary_in_a_prefix_of_its_own_is_started_as_it_is_and_one_in_an_unpacked_system_by_the_linker_there(
    tmp_path: Path,
) -> None:
    own = an_asterisk(tmp_path / "opt", "22.11.0")
    unpacked = an_asterisk(tmp_path / "root" / "usr", "22.11.0")
    assert argv_of(own) == (str(own),)
    assert argv_of(unpacked) == (str(unpacked),), "no linker there: the machine's will do"
    for path in ("usr/lib64/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu/libc.so.6"):
        (tmp_path / "root" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / path).touch()
    assert argv_of(unpacked)[0].endswith("ld-linux-x86-64.so.2")
    assert argv_of(unpacked)[-1] == str(unpacked)


@pytest.mark.parametrize("place", ["lib/x86_64-linux-gnu/asterisk/modules", "lib64/asterisk/modules", "lib/asterisk/modules"])
async def test_the_named_asterisk_is_used_with_the_modules_beside_it_whatever_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    installed, named = an_asterisk(tmp_path / "usr", "22.10.1"), an_asterisk(tmp_path / "opt", "23.5.0-rc1")
    (tmp_path / "opt" / place).mkdir(parents=True)
    monkeypatch.setenv("PATH", f"{installed.parent}:/usr/bin:/bin")
    monkeypatch.delenv(ASTERISK_VARIABLE, raising=False)
    there = await find_asterisk(tmp_path)
    assert (there.version, there.prefix) == (Version(22, 10, 1), tmp_path / "usr")
    with pytest.raises(NodeError, match="modules"):
        there.first_directory(MODULE_DIRECTORIES, "directory of modules")
    (tmp_path / "link").symlink_to(named)
    monkeypatch.setenv(ASTERISK_VARIABLE, str(tmp_path / "link"))
    there = await find_asterisk(tmp_path)
    assert (there.version, there.origin) == (Version(23, 5), str(tmp_path / "link"))
    assert there.first_directory(MODULE_DIRECTORIES, "directory of modules") == tmp_path / "opt" / place


async def test_a_named_asterisk_that_will_not_do_is_a_fault_and_an_installed_one_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = an_asterisk(tmp_path / "usr", "22.4.1")
    monkeypatch.setenv("PATH", f"{old.parent}:/usr/bin:/bin")
    for named in (str(old), str(tmp_path / "nowhere")):
        with pytest.raises(NodeError, match=ASTERISK_VARIABLE):
            await asterisk_here(environ={ASTERISK_VARIABLE: named})
    told: list[str] = []
    assert await asterisk_here(environ={ASTERISK_VARIABLE: ""}, progress=told.append) is None
    assert told == [f"{old} is 22.4.1, 22.5.0 is needed: left alone"]


def test_a_folder_without_a_linker_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match="dynamic linker"):
        unpacked_argv(tmp_path, "usr/sbin/asterisk")


def test_the_one_command_that_needs_root_is_named_with_debians_package_names() -> None:
    assert missing_debian_packages(("no-such-program-a", "no-such-program-b")) == (
        "sudo apt-get install --no-install-recommends no-such-program-a no-such-program-b"
    )
    assert missing_debian_packages(("sh",)) is None
