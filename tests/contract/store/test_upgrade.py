"""A database from nothing to this release's tables, on SQLite and on PostgreSQL."""

import socket
from pathlib import Path

import pytest
from sqlalchemy import text

import store.upgrade
from store.engine import DatabaseUrlError, make_engine, writing
from store.revision import UpgradeError, newest_revision, revision
from store.upgrade import differences, is_current, newest_migration, upgrade


async def test_an_upgrade_from_nothing_leads_to_exactly_the_tables_of_the_code(database_url: str) -> None:
    assert await revision(database_url) is None
    assert not await is_current(database_url)
    await upgrade(database_url)
    assert await is_current(database_url)
    assert await differences(database_url) == []


def test_the_revision_a_start_wants_is_the_one_the_migrations_lead_to() -> None:
    assert newest_migration() == newest_revision()


async def test_upgrading_again_changes_nothing(database_url: str) -> None:
    first = await upgrade(database_url)
    assert await upgrade(database_url) == first


async def test_a_database_of_a_newer_release_is_refused_and_named(database_url: str) -> None:
    await upgrade(database_url)
    engine = make_engine(database_url)
    async with writing(engine) as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(UpgradeError, match="written by a newer one"):
        await upgrade(database_url)
    assert not await is_current(database_url)


async def test_a_database_that_cannot_be_reached_is_an_error_of_ours() -> None:
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        url = f"postgresql://fernamt@127.0.0.1:{nobody_listens.getsockname()[1]}/fernamt"
        with pytest.raises(UpgradeError, match="cannot be upgraded"):
            await upgrade(url)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUrlError, match=r"such/folder does not exist"):
        make_engine(f"sqlite:///{tmp_path}/no/such/folder/fernamt.db")


async def test_a_sqlite_file_is_made_for_its_owner_only(tmp_path: Path) -> None:
    await upgrade(f"sqlite:///{tmp_path}/fernamt.db")
    assert (tmp_path / "fernamt.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "nonsense"])
def test_an_address_that_cannot_be_durable_is_refused(url: str) -> None:
    with pytest.raises(DatabaseUrlError, match="sqlite:///PATH"):
        make_engine(url)


async def test_consents_on_record_before_they_had_a_history_are_kept_as_they_were(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_there = store.upgrade.command.upgrade
    monkeypatch.setattr(store.upgrade.command, "upgrade", lambda config, _head: to_there(config, "0014"))
    await upgrade(database_url)
    monkeypatch.undo()
    engine = make_engine(database_url)
    row = {"hash": b"h" * 32, "document": "forms/1.pdf"}
    async with writing(engine) as connection:
        names = "lookup_hash, client_id, consent_id, basis, granted_at, given_how, wording, document, withdrawn_at, kept_until"
        values = ":hash, 'acme', 'c1', 'express', 5, 'by form', 'words', :document, 9, 11"
        await connection.execute(text(f"INSERT INTO advertising_consents ({names}) VALUES ({values})"), row)  # noqa: S608
    await upgrade(database_url)
    async with writing(engine) as connection:
        (kept,) = (await connection.execute(text("SELECT * FROM advertising_consents"))).mappings().all()
    await engine.dispose()
    assert (kept["consent_id"], kept["purpose"], kept["document"], kept["withdrawn_at"]) == (
        "c1",
        "advertising",
        "forms/1.pdf",
        9,
    )
    assert (bytes(kept["lookup_hash"]), kept["document_id"], kept["restricted_at"]) == (b"h" * 32, None, None)
    assert await differences(database_url) == []


async def test_calls_settled_before_they_were_added_up_by_hour_are_added_up(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_there = store.upgrade.command.upgrade
    monkeypatch.setattr(store.upgrade.command, "upgrade", lambda config, _head: to_there(config, "0020"))
    await upgrade(database_url)
    monkeypatch.undo()
    engine = make_engine(database_url)
    hour = 3_600_000_000
    calls = [
        (hour, "answered", "'sold'"),
        (2 * hour - 1, "answered", "'sold'"),
        (2 * hour, "answered", "NULL"),
        (2 * hour, "busy", "'x'"),
    ]
    async with writing(engine) as connection:
        for number, (at, outcome, code) in enumerate(calls):
            values = f"'leg{number}', 'spring', {number}, 'anna', {at}, '{outcome}', {code}, 1, 2, 3, 4"
            names = "leg_id, list_id, lead_id, agent_id, at, outcome, wrap_up_code, preview_ms, ring_ms, talk_ms, wrap_up_ms"
            await connection.execute(text(f"INSERT INTO lead_attempts ({names}) VALUES ({values})"))  # noqa: S608
    await upgrade(database_url)
    async with writing(engine) as connection:
        found = (await connection.execute(text("SELECT * FROM lead_hours ORDER BY hour_at, outcome DESC"))).all()
    await engine.dispose()
    assert [tuple(row) for row in found] == [
        ("spring", hour, "anna", "answered", "sold", 2, 20, 6),
        ("spring", 2 * hour, "anna", "busy", "", 1, 10, 3),
        ("spring", 2 * hour, "anna", "answered", "", 1, 10, 3),
    ]
