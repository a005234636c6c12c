"""When a node's log is to be begun anew, and how many old ones are kept at most."""

import os
import time
from pathlib import Path

import pytest

from fernamt.node import logs
from fernamt.node.logs import RotateLogs, rotated
from fernamt.node.settings import NodeSettings


@pytest.fixture
def node(tmp_path: Path) -> NodeSettings:
    settings = NodeSettings(state_dir=tmp_path)
    (settings.directory / "log").mkdir(parents=True)
    return settings


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The nodes that were asked to begin anew."""
    names: list[str] = []

    async def begin_anew(node: NodeSettings) -> bool:
        names.append(node.name)
        return True

    monkeypatch.setattr(logs, "_begin_anew", begin_anew)
    return names


@pytest.mark.parametrize(
    ("size", "rotated_s_ago", "is_due"),
    [(0, None, False), (10, None, True), (10, 3_600, False), (10, 90_000, True), (0, 90_000, False), (200, 60, True)],
)
async def test_a_log_is_begun_anew_each_day_or_when_it_is_large_and_never_when_it_is_empty(
    node: NodeSettings, asked: list[str], size: int, rotated_s_ago: int | None, is_due: bool
) -> None:
    folder = node.directory / "log"
    (folder / "fernamt.log").write_bytes(b"x" * size)
    (folder / "fernamt.log.1").write_text("of the run before")
    if rotated_s_ago is not None:
        (folder / f"fernamt.log.{int(time.time()) - rotated_s_ago}").write_text("old")
    await RotateLogs([node], largest_bytes=100).run_once(lambda: False)
    assert asked == ([node.name] if is_due else [])


async def test_a_node_that_complains_without_end_does_not_fill_the_disk(node: NodeSettings, asked: list[str]) -> None:
    folder = node.directory / "log"
    for number in range(5):
        (folder / f"fernamt.log.179000000{number}").write_text("old")
    await RotateLogs([node], most_files=2).run_once(lambda: False)
    assert sorted(at for at, _ in rotated(node)) == [1_790_000_003, 1_790_000_004]
    assert asked == []


async def test_a_node_that_does_not_run_is_not_asked(node: NodeSettings) -> None:
    log = node.directory / "log" / "fernamt.log"
    log.write_text("last words")
    os.utime(log, (0, 0))
    await RotateLogs([node]).run_once(lambda: False)
    assert log.read_text() == "last words"
