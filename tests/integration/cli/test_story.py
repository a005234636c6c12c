"""A call's whole story, the journal and its minutes from the command line, as they were written by the service."""

import asyncio
import csv
import io
from pathlib import Path

import pytest

from config.load import load
from fernamt.installation import Places, opened
from fernamt.worker import DeriveMinutes
from store.journal import SqlJournal
from telephony.causes import ReleaseReason
from telephony.decisions import Candidate, DecisionTaken, SkippedHead
from telephony.engine.ports import PartyRecord
from telephony.events import LegOffered
from telephony.identifiers import AgentId, CallId, DecisionId, ProjectId
from tests.contract.store.journal_words import PATIENT
from tests.integration.cli.conftest import Fernamt
from tests.unit.metering.history import CALL, CALLER, History, at

NUMBER = "+49 30 901820"


def _talked() -> History:
    """Twelve seconds waiting, thirty talking, of which five on hold."""
    story = History().arrives(0)
    story.say(
        11.9,
        DecisionTaken(
            decision_id=DecisionId(f"{CALL}.1"),
            call_id=CALL,
            agent_id=AgentId("anna"),
            project_id=ProjectId("hotline"),
            level=3,
            weight=3.0,
            pass_before=1.0,
            pass_after=1.333,
            waited_ms=11_900,
            candidates=(
                Candidate(agent_id=AgentId("anna"), level=3, share_pass=1.0, idle_since=at(-60)),
                Candidate(agent_id=AgentId("ben"), level=2, share_pass=1.5, idle_since=at(-90)),
            ),
            candidates_in_all=2,
            skipped=(SkippedHead(call_id=CallId("other"), project_id=ProjectId("sales"), refusal="no_certificate"),),
            heads_looked_at=2,
            rule_version="1",
            directory_revision=4,
        ),
        AgentId("anna"),
    )
    story.reserved(12, "anna").rings(12.1, "anna").answers(14, joins=14).joins(14, CALLER)
    story.held(20, story.leg()).unheld(25, story.leg())
    story.hangs_up(44, CALLER).leaves(44, story.leg()).hangs_up(44.1, story.leg())
    return story.released(44.1, "anna", ReleaseReason.TALKED).ends(44.2)


async def _write(story: History) -> None:
    settings = load().settings
    places = Places(settings)
    async with opened(settings) as database:
        journal = await SqlJournal.open(database.engine, spool=places.spool, keys=places.party_keys(), settings=PATIENT)
        envelopes = story.without()
        offered = next(envelope.event for envelope in envelopes if isinstance(envelope.event, LegOffered))
        journal.append(envelopes, [PartyRecord(party_id=offered.party_id, number=NUMBER, name="Erika", seen_at=at(0))])
        await journal.wait_durable(envelopes[-1].seq)
        await journal.close()
        await DeriveMinutes(database.journal, database.minutes).run_once(lambda: False)


@pytest.fixture
def served(centre: Fernamt) -> Fernamt:
    """The command line of an installation that has served one call."""
    asyncio.run(_write(_talked()))
    return centre


def test_a_story_tells_what_happened_why_and_what_counts(served: Fernamt) -> None:
    told = served("calls", "show", CALL, "--events")
    assert told.code == 0
    for words in (
        "12.000  agent reserved anna (decision 1)",
        "decision 019a4bd0-0000-7000-8000-000000000001.1: anna, level 3, weight 3",
        "the caller had waited 11.900 s; pass 1.000 → 1.333; rule 1, directory revision 4",
        "→ anna: level 3, pass 1.000",
        "  ben: level 2, pass 1.500",
        "passed over: call other of sales: no_certificate",
        "ended: caller_hung_up",
        "talked 25.000 s, on hold 5.000 s",
        "minute line 1: anna, talk 25.000 s, hold 5.000 s",
    ):
        assert words in told.out
    assert NUMBER not in told.out


def test_a_story_is_told_in_plain_words_in_either_language(served: Fernamt) -> None:
    english, german = served("calls", "show", CALL).out, served("calls", "show", CALL, "--language", "de").out
    assert "0.000  A call for " in english
    assert "got the call: the smallest pass (1.000) of the 2 who could take it." in english
    assert "hat den Anruf bekommen: kleinster Zählerstand (1,000) von 2, die ihn nehmen durften." in german
    assert "Der Anruf ist zu Ende: der Anrufer hat aufgelegt." in german
    assert "agent reserved" not in english


def test_the_same_story_as_json(served: Fernamt) -> None:
    story = served("calls", "show", CALL, "--json").json
    assert story["minute_lines"][0]["talk_ms"] == 25_000
    assert story["record"]["hold_ms"] == 5_000
    assert [candidate["agent_id"] for candidate in story["decisions"][0]["candidates"]] == ["anna", "ben"]
    assert story["told"][0]["sentence"].startswith("A call for ")
    assert story["events"][0]["event"]["kind"] == "leg_offered"


def test_the_journal_is_shown_line_by_line(served: Fernamt) -> None:
    lines = served("journal", "tail", "--lines", "3").out.splitlines()
    assert len(lines) == 3
    assert "call_ended" in lines[-1]
    assert f"call={CALL}" in lines[-1]
    assert served("journal", "tail", "--call", "nothing").out == ""
    assert '"kind":"call_ended"' in served("journal", "tail", "-n", "1", "--json").out


def test_minutes_are_exported_for_the_period_and_client_asked_for(served: Fernamt, tmp_path: Path) -> None:
    period = ("--from", "2026-11-02", "--to", "2026-11-03")
    (line,) = csv.DictReader(io.StringIO(served("minutes", "export", *period).out))
    assert (line["talk_ms"], line["hold_ms"], line["agent_id"], line["project_id"]) == ("25000", "5000", "anna", "hotline")
    assert len(served("minutes", "export", *period, "--client", "nordlicht").out.splitlines()) == 1
    after = served("minutes", "export", "--from", "2026-11-02T11:00:01+01:00", "--to", "2026-11-03")
    assert len(after.out.splitlines()) == 1, "the call came in a second earlier"


def test_a_person_is_erased_once_and_the_call_stays(served: Fernamt) -> None:
    before = served("calls", "show", CALL, "--json").out
    done = served("parties", "erase", "--number", "030 901820", "--reason", "asked for it", "--json")
    assert done.code == 0
    assert len(done.json["party_ids"]) == 1
    assert served("parties", "erase", "--number", NUMBER, "--reason", "again").code == 5
    assert served("calls", "show", CALL, "--json").out == before


@pytest.mark.parametrize(
    ("audience", "named", "hidden"),
    [("client", "nordlicht", {"agent_id", "paid_ms"}), ("agent", "anna", {"billed_ms"}), ("centre", None, set())],
)
def test_a_file_for_others_has_their_lines_and_their_columns_alone(
    served: Fernamt, audience: str, named: str | None, hidden: set[str]
) -> None:
    only = ("--for", audience, *((f"--{audience}", named) if named is not None else ()))
    done = served("minutes", "export", "--from", "2026-11-02", "--to", "2026-11-03", *only)
    assert done.code == 0
    reader = csv.DictReader(io.StringIO(done.out))
    rows = list(reader)
    assert {"agent_id", "paid_ms", "billed_ms"} - set(reader.fieldnames or ()) == hidden
    assert {row.get(f"{audience}_id", named) for row in rows} <= {named} or audience == "centre"
