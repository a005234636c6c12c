"""What-ifs over HTTP, and the runs behind them: bounded, one at a time, and nothing they are told reaches a shell."""

import asyncio
import sys
from pathlib import Path

import pytest

from fernamt.whatif.runs import REMEMBERED, ProcessWhatIfs
from telephony.identifiers import Instant
from tests.integration.web.edge import World
from web.ports import WhatIf, WhatIfsBusy, WhatIfWanted

PATH = "/api/v1/what-ifs"
DAY = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
WANTED = WhatIfWanted(from_at=Instant(0), to_at=Instant(86_400_000_000), centre="", replays=2, threshold_s=20)


async def test_a_run_is_asked_for_followed_and_drawn(world: World) -> None:
    status, run = await world.ask("POST", PATH, by="sven", json={**DAY, "centre": "default_weights = [1.0, 1.0, 1.0]"})
    assert (status, run["state"], run["answer"]) == (200, "running", None)
    path = f"{PATH}/{run['what_if_id']}"
    assert (await world.ask("GET", f"{path}/picture", by="sven"))[0] == 404
    kept = world.what_ifs.runs[run["what_if_id"]]
    assert kept.wanted.centre == "default_weights = [1.0, 1.0, 1.0]"
    kept.answer, kept.picture = {"callers": 3}, b"<svg/>"
    _, done = await world.ask("GET", path, by="root")
    assert (done["state"], done["answer"]) == ("done", {"callers": 3})
    assert (await world.ask("GET", f"{path}/picture", by="root")) == (200, b"<svg/>")
    _, listed = await world.ask("GET", PATH, by="root")
    assert [(each["state"], each["answer"]) for each in listed["items"]] == [("done", None)]


async def test_who_comes_while_one_runs_is_told_so(world: World) -> None:
    world.what_ifs.is_busy = True
    status, problem = await world.ask("POST", PATH, by="sven", json=DAY)
    assert (status, problem["code"]) == (503, "busy")


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": DAY["from"]},
        {"to": "2026-03-01T00:00:00Z"},
        {"from": "2026-01-01T00:00:00"},
        {"replays": 1_000},
        {"centre": "x" * 60_000},
        {"config": "/etc/passwd"},
    ],
)
async def test_what_makes_no_sense_starts_nothing(world: World, wrong: dict[str, object]) -> None:
    assert (await world.ask("POST", PATH, by="sven", json={**DAY, **wrong}))[0] in (413, 422)
    assert world.what_ifs.runs == {}


def runs(program: str, **options: float) -> ProcessWhatIfs:
    return ProcessWhatIfs([sys.executable, "-c", program], **options)


async def ended(what_ifs: ProcessWhatIfs, wanted: WhatIfWanted = WANTED, *, what_if_id: str = "1") -> WhatIf:
    """The run of that, at its end."""
    run = what_ifs.start(wanted, what_if_id=what_if_id, at=Instant(0))
    async with asyncio.timeout(20):
        await what_ifs.settle()
    return run


READS = """
import sys, json, pathlib
words = [word for word in sys.argv[1:] if word != '--json']
given = dict(zip(words[::2], words[1::2]))
pathlib.Path(given['--picture']).write_text('<svg/>')
centre = pathlib.Path(given['--config']).read_text() if '--config' in given else None
json.dump({'centre': centre, 'replays': given['--replays'], 'from': given['--from']}, sys.stdout)
"""


async def test_the_process_is_given_the_centre_as_a_file_and_its_answer_is_kept() -> None:
    wanted = WhatIfWanted(from_at=Instant(0), to_at=Instant(1), centre="a = '$(id)'", replays=3, threshold_s=20)
    run = await ended(runs(READS), wanted)
    assert run.answer == {"centre": "a = '$(id)'", "replays": "3", "from": "1970-01-01T00:00:00+00:00"}
    assert run.picture == b"<svg/>"


@pytest.mark.parametrize(("code", "fault"), [(5, "no_callers"), (3, "faulty_centre"), (1, "failed"), (77, "failed")])
async def test_what_went_wrong_is_told(code: int, fault: str) -> None:
    run = await ended(runs(f"import sys; print('error: so it is', file=sys.stderr); sys.exit({code})"))
    assert (run.fault, run.detail) == (fault, "error: so it is")


async def test_one_runs_at_a_time_and_one_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    slow = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    what_ifs = runs(slow, limit_s=2.0)
    run = what_ifs.start(WANTED, what_if_id="1", at=Instant(0))
    with pytest.raises(WhatIfsBusy):
        what_ifs.start(WANTED, what_if_id="2", at=Instant(0))
    await what_ifs.settle()
    assert run.fault == "took_too_long"
    assert not await asyncio.to_thread(Path(f"/proc/{mark.read_text()}").exists)


async def test_a_service_that_goes_takes_its_run_with_it_and_old_runs_are_forgotten() -> None:
    what_ifs = runs("import sys; sys.exit(1)")
    for number in range(REMEMBERED + 3):
        await ended(what_ifs, what_if_id=str(number))
    assert [run.what_if_id for run in what_ifs.latest()] == [str(n) for n in range(REMEMBERED + 2, 2, -1)]
    slow = runs("import time; time.sleep(600)")
    run = slow.start(WANTED, what_if_id="1", at=Instant(0))
    await slow.close()
    assert run.answer is None
