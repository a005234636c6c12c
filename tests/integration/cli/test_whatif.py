"""A simulated day in a database, played again: under the same centre it is the same day, under another one the change is told."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from config.load import load
from fernamt.installation import Places, opened
from fernamt.simulation.centre import a_centre
from fernamt.simulation.run import Plan, Simulation
from fernamt.simulation.virtual_time import START
from store.centre import Centre, TeamPlan
from store.journal import SqlJournal
from telephony.engine.ports import PartyRecord
from telephony.events import Envelope
from tests.contract.store.journal_words import PATIENT
from tests.integration.cli.conftest import Fernamt

AGENTS = 12
PERIOD = ("--from", "2027-01-15T08:00+00:00", "--to", "2027-01-15T10:00+00:00")


def test_the_simulation_begins_when_the_period_does() -> None:
    assert START == 1_800_000_000_000_000  # 2027-01-15T08:00Z


def simulated(seed: int = 3) -> list[Envelope]:
    """Everything a two hours' simulation journals."""
    plan = Plan(seed=seed, hours=2, agents=AGENTS, per_hour=190, dials=False, records=False, listens=False, samples=False)
    simulation, kept = Simulation(plan), list[Envelope]()
    append = simulation.tape.append

    def keep(envelopes: Sequence[Envelope], parties: Sequence[PartyRecord] = ()) -> None:
        kept.extend(envelopes)
        append(envelopes, parties)

    simulation.tape.append = keep  # type: ignore[method-assign]
    assert simulation.run().violation is None
    return kept


async def _write(envelopes: Sequence[Envelope]) -> None:
    settings = load().settings
    places, directory = Places(settings), a_centre(AGENTS)
    async with opened(settings) as database:
        await database.directory.apply(
            Centre(
                clients=tuple(directory.clients.values()),
                projects=tuple(directory.projects.values()),
                numbers=directory.numbers,
                agents=tuple(directory.agents.values()),
                teams=tuple(TeamPlan(team_id=team.team_id, name=team.name) for team in directory.teams.values()),
            )
        )
        journal = await SqlJournal.open(database.engine, spool=places.spool, keys=places.party_keys(), settings=PATIENT)
        journal.append(envelopes)
        await journal.wait_durable(envelopes[-1].seq)
        await journal.close()


@pytest.fixture(scope="module")
def day() -> list[Envelope]:
    return simulated()


@pytest.fixture
def lived(centre: Fernamt, day: list[Envelope]) -> Fernamt:
    """The command line of an installation that has lived through that day."""
    asyncio.run(_write(day))
    return centre


def test_the_same_centre_reproduces_the_journaled_day(lived: Fernamt, tmp_path: Path) -> None:
    picture = tmp_path / "day.svg"
    answer = lived("whatif", *PERIOD, "--replays", "6", "--json", "--picture", str(picture)).json
    assert answer["reproduces_the_journal"], answer["figures"]
    assert answer["callers"] > 300
    assert answer["differences"] == []
    assert all(figure["change"]["mean"] == 0 and not figure["is_clear"] for figure in answer["figures"])
    assert picture.read_text().count("<title>") == 3


def test_other_weights_and_a_smaller_roster_are_compared(lived: Fernamt, tmp_path: Path) -> None:
    file = tmp_path / "new.toml"
    gone = "".join(
        f'[[agents]]\nagent_id = "a{n:04}"\nname = "A"\nlevel = 1\ncertificates = ["nord"]\nis_active = false\n' for n in range(4)
    )
    file.write_text(f"default_weights = [1.0, 1.0, 1.0]\n{gone}", encoding="utf-8")
    answer = lived("whatif", *PERIOD, "--config", str(file), "--replays", "4", "--json").json
    answered_later = next(figure for figure in answer["figures"] if figure["name"] == "asa_s")
    assert answered_later["change"]["mean"] > 0
    assert answered_later["is_clear"]
    assert answer["differences"][0] == "centre default_weights: (1.0, 2.0, 3.0) → (1.0, 1.0, 1.0)"
    told = lived("whatif", *PERIOD, "--config", str(file), "--replays", "2")
    assert told.code == 0
    assert "average speed of answer, s" in told.out
    assert "agent a0001 is_active: True → False" in told.err


def test_a_file_with_faults_and_a_time_nobody_called_in_are_told(lived: Fernamt, tmp_path: Path) -> None:
    file = tmp_path / "new.toml"
    file.write_text('[[agents]]\nagent_id = "x"\nname = "X"\nlevel = 7\n', encoding="utf-8")
    refused = lived("whatif", *PERIOD, "--config", str(file))
    assert refused.code != 0
    assert "level" in refused.err
    empty = lived("whatif", "--from", "2020-01-01", "--to", "2020-01-02")
    assert "nobody called in that time" in empty.err
    unknown = lived("whatif", *PERIOD, "--as", "nobody=a0000")
    assert "nobody" in unknown.err
