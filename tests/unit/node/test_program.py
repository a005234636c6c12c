"""Versions are compared as numbers; an unpacked program is started by its own linker."""

from pathlib import Path

import pytest

from fernamt.node.errors import NodeError
from fernamt.node.packages import OLDEST_ASTERISK, missing_debian_packages
from fernamt.node.program import Version, unpacked_argv


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


def test_a_folder_without_a_linker_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match="dynamic linker"):
        unpacked_argv(tmp_path, "usr/sbin/asterisk")


def test_the_one_command_that_needs_root_is_named_with_debians_package_names() -> None:
    assert missing_debian_packages(("no-such-program-a", "no-such-program-b")) == (
        "sudo apt-get install --no-install-recommends no-such-program-a no-such-program-b"
    )
    assert missing_debian_packages(("sh",)) is None
