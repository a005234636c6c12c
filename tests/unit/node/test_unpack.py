"""A half-done unpacking is never taken for done, and a signature is never skipped."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from fernamt.node import unpack as unpacking
from fernamt.node.debian import Mirror
from fernamt.node.errors import NodeError

WANTED = ("asterisk",)
ARCHIVE = Mirror(uri="http://mirror.example/debian", keyring=Path("/keyring.gpg"))


class FakeTools:
    """apt and dpkg as far as unpacking uses them; suites named in `missing` cannot be read."""

    def __init__(self, missing: Sequence[str] = (), fails_at: str = "") -> None:
        self.missing = missing
        self.fails_at = fails_at
        self.calls: list[tuple[str, ...]] = []

    async def run(self, *argv: str | Path, environ: dict[str, str] | None = None) -> str:
        call = tuple(map(str, argv))
        self.calls.append(call)
        if self.fails_at and self.fails_at in call:
            raise NodeError("interrupted")
        if call[0] == "dpkg":
            return "amd64\n"
        if call[0] == "apt-get":
            apt = Path(call[2]).parent
            suite = (apt / "mirror.sources").read_text().split("Suites: ")[1].split()[0]
            if suite in self.missing:
                raise NodeError("404")
            if "install" in call:
                (apt / "archives" / "asterisk_22.deb").write_bytes(b"deb")
        if "--show" in call:
            return "asterisk\t1:22.10.1-1"
        if "-x" in call:
            (Path(call[3]) / "usr").mkdir()
        return ""


async def unpacked(folder: Path, tools: FakeTools, monkeypatch: pytest.MonkeyPatch) -> unpacking.Manifest:
    monkeypatch.setattr(unpacking, "run", tools.run)
    monkeypatch.setattr(unpacking, "_need_tools", lambda: None)
    return await unpacking.unpack(
        WANTED,
        folder,
        mirror=lambda: ARCHIVE,
        suites=("forky", "sid"),
        progress=lambda _text: None,
    )


async def test_version_and_hash_of_each_package_are_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = await unpacked(tmp_path / "asterisk", FakeTools(), monkeypatch)
    assert manifest.suite == "forky"
    assert manifest.version_of("asterisk") == "1:22.10.1-1"
    assert len(manifest.packages[0].sha256) == 64
    assert not (tmp_path / "asterisk" / "apt").exists()


async def test_a_complete_folder_is_used_without_a_look_at_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await unpacked(tmp_path / "asterisk", FakeTools(), monkeypatch)
    tools = FakeTools()
    assert await unpacked(tmp_path / "asterisk", tools, monkeypatch) == first
    assert tools.calls == []


async def test_the_next_suite_is_tried_when_one_has_not_got_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = await unpacked(tmp_path / "asterisk", FakeTools(missing=("forky",)), monkeypatch)
    assert manifest.suite == "sid"


async def test_what_was_interrupted_is_not_taken_for_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "asterisk"
    with pytest.raises(NodeError, match="interrupted"):
        await unpacked(folder, FakeTools(fails_at="-x"), monkeypatch)
    assert not folder.exists()
    (tmp_path / ".asterisk.partial-1" / "root").mkdir(parents=True)

    await unpacked(folder, FakeTools(), monkeypatch)

    assert unpacking.read_manifest(folder, WANTED) is not None
    assert left_over(tmp_path) == []


def left_over(directory: Path) -> list[Path]:
    return list(directory.glob(".asterisk.partial-*"))


async def test_a_folder_without_its_manifest_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "asterisk"
    (folder / "root" / "half").mkdir(parents=True)
    await unpacked(folder, FakeTools(), monkeypatch)
    assert not (folder / "root" / "half").exists()


async def test_every_package_is_checked_against_debians_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    tools = FakeTools()

    async def run(*argv: str | Path, environ: dict[str, str] | None = None) -> str:
        if "update" in argv:
            apt = Path(str(argv[2])).parent
            written.extend((apt / name).read_text() for name in ("apt.conf", "mirror.sources"))
        return await tools.run(*argv, environ=environ)

    monkeypatch.setattr(unpacking, "run", run)
    monkeypatch.setattr(unpacking, "_need_tools", lambda: None)
    await unpacking.unpack(
        WANTED,
        tmp_path / "asterisk",
        mirror=lambda: ARCHIVE,
        suites=("forky",),
        progress=lambda _text: None,
    )
    config, sources = written
    assert "Signed-By: /keyring.gpg" in sources
    assert "rusted" not in sources
    assert "Unauthenticated" not in config
    assert "AllowInsecure" not in config


async def test_a_folder_apt_cannot_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NodeError, match="characters that apt cannot take"):
        await unpacked(tmp_path / 'a"b' / "asterisk", FakeTools(), monkeypatch)
