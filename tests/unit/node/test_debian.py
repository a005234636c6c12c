"""The mirror and the keyring of a machine are found in its own apt sources, in both of their forms."""

from pathlib import Path

import pytest

from fernamt.node.debian import (
    Source,
    debian_source,
    find_mirror,
    parse_deb822_sources,
    parse_one_line_sources,
    read_sources,
)
from fernamt.node.errors import NodeError

BOOKWORM_DEB822 = """\
# Modernised
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
 non-free-firmware
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
Enabled: no
URIs: http://disabled.example/debian
Suites: sid
Components: main
"""


def test_deb822_sources_are_read_with_continued_lines_and_without_disabled_ones() -> None:
    first, second = parse_deb822_sources(BOOKWORM_DEB822)
    assert first == Source(
        uri="http://mirror.example/debian",
        suites=("bookworm", "bookworm-updates"),
        components=("main", "non-free-firmware"),
    )
    assert second.uri == "http://mirror.example/debian-security"


def test_one_line_sources_are_read_with_options_and_comments() -> None:
    text = (
        "# deb http://commented.example/debian sid main\n"
        "deb-src http://mirror.example/debian bookworm main\n"
        "deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://mirror.example/debian bookworm main contrib # ours\n"
    )
    assert tuple(parse_one_line_sources(text)) == (
        Source(uri="http://mirror.example/debian", suites=("bookworm",), components=("main", "contrib")),
    )


def test_a_third_partys_archive_and_the_security_archive_are_not_debian() -> None:
    sources = [
        Source(uri="https://packages.example/apt", suites=("bookworm",), components=("main",)),
        Source(uri="http://mirror.example/debian-security", suites=("bookworm-security",), components=("main",)),
        Source(uri="http://mirror.example/debian/", suites=("bookworm",), components=("main",)),
    ]
    assert debian_source(sources) == sources[2]
    assert debian_source(sources[:2]) is None


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "debian.sources").write_text(BOOKWORM_DEB822)
    (tmp_path / "sources.list.d" / "ignored.save").write_text("deb http://saved.example/debian sid main\n")
    (tmp_path / "keyring.gpg").touch()
    return tmp_path


def test_the_machines_own_mirror_is_used(machine: Path) -> None:
    mirror = find_mirror(environ={}, etc_apt=machine, keyrings=[machine / "none", machine / "keyring.gpg"])
    assert mirror.uri == "http://mirror.example/debian"
    assert mirror.keyring == machine / "keyring.gpg"
    assert len(read_sources(machine)) == 2


def test_an_option_comes_before_the_environment_and_that_before_the_machine(machine: Path) -> None:
    environ = {"FERNAMT_DEBIAN_MIRROR": "https://environment.example/debian"}
    keyrings = [machine / "keyring.gpg"]
    by_option = find_mirror("http://option.example/debian/", environ=environ, etc_apt=machine, keyrings=keyrings)
    by_environment = find_mirror(environ=environ, etc_apt=machine, keyrings=keyrings)
    assert by_option.uri == "http://option.example/debian"
    assert by_environment.uri == "https://environment.example/debian"


def test_without_a_keyring_nothing_is_unpacked_and_the_package_is_named(machine: Path) -> None:
    with pytest.raises(NodeError, match="debian-archive-keyring"):
        find_mirror(environ={}, etc_apt=machine, keyrings=[machine / "none"])


def test_without_a_mirror_the_way_out_is_named(tmp_path: Path) -> None:
    (tmp_path / "keyring.gpg").touch()
    with pytest.raises(NodeError, match="FERNAMT_DEBIAN_MIRROR"):
        find_mirror(environ={}, etc_apt=tmp_path, keyrings=[tmp_path / "keyring.gpg"])


@pytest.mark.parametrize(
    "address",
    ["mirror.example/debian", "http://mirror.example/\nTypes: deb", 'http://x"; Dir "/', "ftp://mirror.example", ""],
)
def test_what_is_no_mirrors_address_is_refused(machine: Path, address: str) -> None:
    with pytest.raises(NodeError):
        find_mirror(address, environ={}, etc_apt=machine / "none", keyrings=[machine / "keyring.gpg"])
