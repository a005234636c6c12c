"""Loading is no reason to look for garbage."""

import gc
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fernamt.pauses import loading


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_was_loaded_is_left_alone_by_the_collector_for_good() -> None:
    before = gc.get_freeze_count()
    with loading():
        assert not gc.isenabled()
        loaded = [[number] for number in range(1_000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(loaded)


def test_a_program_that_cannot_be_loaded_leaves_the_collector_at_work() -> None:
    with pytest.raises(ImportError), loading():
        raise ImportError
    assert gc.isenabled()


LIES_TOGETHER = """
from pathlib import Path
from fernamt.pauses import lie_together

def large_kb():
    rollup = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in rollup if line.startswith("AnonHugePages"))

words = [f"word {number}" for number in range(300_000)]
before, told = large_kb(), hash(tuple(words))
lie_together()
assert hash(tuple(words)) == told
print(large_kb() - before)
"""


def test_what_lives_moves_into_large_pages_and_is_what_it_was() -> None:
    done = subprocess.run([sys.executable, "-c", LIES_TOGETHER], capture_output=True, text=True, check=True, timeout=60)
    release = tuple(int(part) for part in platform.release().split("-")[0].split(".")[:2])
    has_large_pages = Path("/sys/kernel/mm/transparent_hugepage").exists()
    assert int(done.stdout) >= 8_192 or release < (6, 1) or not has_large_pages
