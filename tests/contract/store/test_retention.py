"""Nothing outlives its term, and nothing that minutes rest on goes before its own."""

import os
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from metering.facts import METERED
from metering.fold import fold
from routing.answering_machine import VoiceMessage
from store.engine import reading
from store.journal import SqlJournal
from store.journal_codec import EVENT_TYPES, kind_of
from store.messages import MessageStore
from store.parties import PartyKeys, PartyStore
from store.retention import DAY, Retention
from store.retention_classes import DEFAULT_DAYS, EVENT_CLASSES, UnknownRetentionClass
from store.sessions import SessionStore, TokenStore
from store.tables.journal import JOURNAL
from store.users import UserStore
from telephony.decisions import DecisionTaken
from telephony.engine.ports import PartyRecord
from telephony.events import EndpointChanged, Envelope
from telephony.identifiers import AgentId, CallId, DecisionId, EndpointId, Instant, PartyId, ProjectId, UserId
from tests.contract.store.journal_words import PATIENT, START, Pen
from tests.unit.metering.history import CALL, a_talk, finished
from web.accounts import ApiToken, Session, User
from web.permissions import Role

KEYS = PartyKeys(bytes(range(32)))
ANNA = UserId("user-anna")
BEGIN = Instant(START)
LATER = Instant(START + 400 * DAY)


async def journal_with(engine: AsyncEngine, tmp_path: Path, *envelopes: Envelope, party: PartyRecord | None = None) -> None:
    journal = await SqlJournal.open(engine, spool=tmp_path / "spool", keys=KEYS, settings=PATIENT)
    journal.append(envelopes, [party] if party else [])
    await journal.wait_durable(envelopes[-1].seq)
    await journal.close()


async def kept(engine: AsyncEngine) -> list[int]:
    async with reading(engine) as connection:
        return list((await connection.execute(select(JOURNAL.c.seq).order_by(JOURNAL.c.seq))).scalars())


def decision(call: str) -> DecisionTaken:
    return DecisionTaken(
        decision_id=DecisionId("d"),
        call_id=CallId(call),
        agent_id=AgentId("anna"),
        project_id=ProjectId("p"),
        level=1,
        weight=1.0,
        pass_before=0.0,
        pass_after=1.0,
        waited_ms=5,
        candidates=(),
        candidates_in_all=1,
        skipped=(),
        heads_looked_at=1,
        rule_version="1",
        directory_revision=1,
    )


def test_no_event_that_minutes_are_made_of_goes_before_the_journals_own_term() -> None:
    swept = {kind for each in EVENT_CLASSES if each.kinds is not None for kind in each.kinds}
    assert swept.isdisjoint(kind_of(each) for each in METERED)
    assert swept <= {kind_of(each) for each in EVENT_TYPES}


async def test_decisions_traces_and_line_quality_go_and_calls_stay(engine: AsyncEngine, tmp_path: Path) -> None:
    pen = Pen()
    envelopes = [
        pen.logged_in("anna"),
        pen.offered("a"),
        pen.write(decision("a"), call="a", agent="anna"),
        pen.reserved("a", "anna"),
        pen.ended("a"),
        pen.released("a", "anna"),
        pen.write(EndpointChanged(endpoint_id=EndpointId("p"), is_reachable=True)),
        pen.logged_out("anna"),
        pen.offered("b"),
    ]
    await journal_with(engine, tmp_path, *envelopes)
    retention = Retention(engine, batch_rows=2)
    assert not any((await retention.sweep(Instant(START + DAY))).values())
    gone = await retention.sweep(LATER)
    assert (gone["decisions"], gone["agent_traces"], gone["line_quality"], gone["journal"]) == (1, 2, 1, 0)
    assert await kept(engine) == [2, 4, 5, 6, 9]
    assert not any((await retention.sweep(LATER)).values())


async def test_the_minutes_of_a_call_are_the_same_after_its_decisions_have_gone(engine: AsyncEngine, tmp_path: Path) -> None:
    told = finished(a_talk(), 65.0).envelopes
    told = [*told[:2], replace(told[1], event=decision(CALL)), *told[2:]]
    told = [replace(each, seq=number, event_id=f"e{number}") for number, each in enumerate(told, 1)]
    before = fold(CALL, told)
    await journal_with(
        engine,
        tmp_path,
        *told,
        replace(told[-1], seq=len(told) + 1, event=EndpointChanged(endpoint_id=EndpointId("p"), is_reachable=True)),
    )
    assert (await Retention(engine).sweep(Instant(told[-1].received_at + 400 * DAY)))["decisions"] == 1
    journal = await SqlJournal.open(engine, spool=tmp_path / "spool", keys=KEYS, settings=PATIENT)
    left = [each async for each in journal.read_call(CALL)]
    await journal.close()
    assert len(left) == len(told)  # one decision less, one trace more: the last number stays
    assert fold(CALL, left) == before


async def test_who_is_on_duty_and_what_is_open_is_kept_whatever_its_age(engine: AsyncEngine, tmp_path: Path) -> None:
    pen = Pen()
    await journal_with(
        engine, tmp_path, pen.logged_in("anna"), pen.offered("a"), pen.offered("b"), pen.ended("b"), pen.answered("a")
    )
    await Retention(engine).sweep(Instant(START + 4_000 * DAY))
    assert await kept(engine) == [1, 2, 5]


async def test_the_last_number_stays_so_that_none_is_given_twice(engine: AsyncEngine, tmp_path: Path) -> None:
    pen = Pen()
    await journal_with(engine, tmp_path, pen.offered("a"), pen.ended("a"))
    await Retention(engine).sweep(Instant(START + 4_000 * DAY))
    assert await kept(engine) == [2]


async def test_people_go_after_their_term_and_their_pages_with_them(engine: AsyncEngine, tmp_path: Path) -> None:
    party = PartyRecord(party_id=PartyId("party-a"), number="+4930123", name=None, seen_at=Instant(START))
    await journal_with(engine, tmp_path, Pen().offered("a"), party=party)
    store = PartyStore(engine, KEYS)
    await Retention(engine, {"parties": 30}).sweep(Instant(START + 29 * DAY))
    assert await store.reveal([party.party_id])
    assert (await Retention(engine, {"parties": 30}).sweep(Instant(START + 31 * DAY)))["parties"] == 1
    assert await store.reveal([party.party_id]) == {}
    assert await kept(engine) == [1]


async def test_voice_messages_go_with_their_sound_and_nothing_outside_the_folder_is_touched(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    folder = tmp_path / "voicemail"
    folder.mkdir()
    outside = tmp_path / "outside.wav"
    for file in (folder / "old.wav", folder / "new.wav", outside):
        file.write_bytes(b"sound")
    store = MessageStore(engine)
    for number, (name, at) in enumerate([("old.wav", START), ("../outside.wav", START), ("new.wav", LATER)]):
        message = VoiceMessage(
            message_id=f"m{number}",
            call_id="c",
            did="+4930",
            project_id=None,
            client_id=None,
            received_at=Instant(at),
            duration_ms=None,
            masked_caller=None,
            file_name=name,
        )
        await store.add(message)
    assert (await Retention(engine, folders={"voicemail": [folder]}).sweep(LATER))["voicemail"] == 2
    assert sorted(file.name for file in folder.iterdir()) == ["new.wav"]
    assert outside.exists()
    assert [each.message_id for each in await store.list(before=None, limit=9)] == ["m2"]


async def test_old_files_of_the_switch_go(engine: AsyncEngine, tmp_path: Path) -> None:
    folder = tmp_path / "cel"
    (folder / "sub").mkdir(parents=True)
    for name, at in (("old.csv", LATER - 31 * DAY), ("new.csv", LATER - 29 * DAY)):
        (folder / name).write_text("x")
        os.utime(folder / name, ns=(at * 1_000, at * 1_000))
    assert (await Retention(engine, folders={"cel": [folder]}).sweep(LATER))["cel"] == 1
    assert sorted(file.name for file in folder.iterdir()) == ["new.csv", "sub"]


@pytest.mark.parametrize("terms", [{"feelings": 3}, {"parties": 0}])
def test_a_term_that_means_nothing_is_refused(engine: AsyncEngine, terms: dict[str, int]) -> None:
    with pytest.raises(UnknownRetentionClass):
        Retention(engine, terms)


async def test_more_than_a_batch_goes_in_one_sweep(engine: AsyncEngine, tmp_path: Path) -> None:
    pen = Pen()
    await journal_with(engine, tmp_path, *(pen.ended(f"c{n}") for n in range(2_500)))
    gone = await Retention(engine, {"journal": 1}, batch_rows=500).sweep(LATER)
    assert gone["journal"] == 2_499
    async with reading(engine) as connection:
        assert (await connection.execute(select(func.count()).select_from(JOURNAL))).scalar() == 1


def test_every_class_that_can_be_configured_is_known() -> None:
    configured = {
        "journal",
        "parties",
        "decisions",
        "agent_traces",
        "line_quality",
        "voicemail",
        "cel",
        "webhook_deliveries",
        "audit",
    }
    assert configured <= DEFAULT_DAYS.keys()


async def test_sessions_and_tokens_go_once_they_have_been_over_for_their_term(engine: AsyncEngine) -> None:
    users, sessions, tokens = UserStore(engine), SessionStore(engine), TokenStore(engine)
    await users.add(User(user_id=ANNA, login="anna", display_name="Anna", role=Role.AGENT, created_at=BEGIN))
    ends = {"over": LATER - DAY - 1, "just_over": LATER - DAY, "alive": LATER + 1}
    for name, end in ends.items():
        await sessions.add(
            Session(session_id=name, user_id=ANNA, created_at=BEGIN, seen_at=BEGIN, expires_at=Instant(end)),
        )
        await tokens.add(
            ApiToken(
                token_id=name,
                secret_hash=name,
                user_id=ANNA,
                name=name,
                role=Role.AGENT,
                created_at=BEGIN,
                expires_at=Instant(end),
            )
        )
    gone = await Retention(engine, {"sessions": 1, "tokens": 1}).sweep(LATER)
    assert (gone["sessions"], gone["tokens"]) == (1, 1)
    assert [await sessions.get(name) is not None for name in ends] == [False, True, True]
    assert {token.token_id for token in await tokens.of(ANNA)} == {"just_over", "alive"}
    assert (await Retention(engine).sweep(LATER))["sessions"] == 0
