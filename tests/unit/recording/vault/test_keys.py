"""Keys: made once, wrapped twice, turned over, destroyed for good."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from recording.vault.keys import KeyDestroyed, KeyStore, KeyUnusable
from telephony.identifiers import ClientId, Instant

MASTER, NEXT = bytes(range(32)), bytes(range(1, 33))
ACME, GLOBEX = ClientId("acme"), ClientId("globex")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.db"


def rows_of(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def test_a_segment_keeps_its_key_and_no_two_have_the_same(path: Path) -> None:
    store = KeyStore(path, [MASTER])
    keys = {name: store.key_for(name, ACME) for name in ("a", "b", "c")}
    assert len(set(keys.values())) == 3
    store.close()
    again = KeyStore(path, [MASTER])
    assert {name: again.key_of(name) for name in keys} == keys
    assert again.key_for("a", ACME) == keys["a"]
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(KeyUnusable):
        again.key_of("never sealed")
    again.close()


def test_no_key_stands_in_the_file_in_clear(path: Path) -> None:
    store = KeyStore(path, [MASTER])
    key = store.key_for("a", ACME)
    store.close()
    for file in path.parent.iterdir():
        assert key not in file.read_bytes()
        assert MASTER not in file.read_bytes()


def test_another_master_key_opens_nothing(path: Path) -> None:
    store = KeyStore(path, [MASTER])
    store.key_for("a", ACME)
    store.close()
    with pytest.raises(KeyUnusable, match="another master key"):
        KeyStore(path, [NEXT])
    with pytest.raises(KeyUnusable):
        KeyStore(path, [b"short"])


def test_the_master_key_is_turned_over_and_the_old_one_opens_nothing(path: Path) -> None:
    store = KeyStore(path, [MASTER])
    keys = {name: store.key_for(name, client) for name, client in (("a", ACME), ("b", GLOBEX))}
    store.rotate_master(NEXT)
    keys["c"] = store.key_for("c", ACME)
    store.close()
    with pytest.raises(KeyUnusable):
        KeyStore(path, [MASTER])
    killed_before_the_file_was_moved = KeyStore(path, [MASTER, NEXT])
    assert {name: killed_before_the_file_was_moved.key_of(name) for name in keys} == keys
    killed_before_the_file_was_moved.close()


def test_a_clients_key_is_turned_over_alone(path: Path) -> None:
    store = KeyStore(path, [MASTER])
    keys = {name: store.key_for(name, client) for name, client in (("a", ACME), ("b", GLOBEX), ("c", ACME))}
    assert store.rotate_client(ACME) == 2
    assert {name: store.key_of(name) for name in keys} == keys
    store.close()
    rows = rows_of(path, "SELECT client_id, version FROM client_keys ORDER BY client_id")
    assert rows == [("acme", 2), ("globex", 1)]


def test_a_destroyed_key_is_in_no_file_and_is_not_made_again(path: Path) -> None:
    store = KeyStore(path, [MASTER])
    store.key_for("a", ACME)
    kept = store.key_for("b", ACME)
    ((wrapped,),) = rows_of(path, "SELECT wrapped FROM segment_keys WHERE segment_id = 'a'")
    assert store.destroy("a", Instant(1), b"first") == b"first"
    assert store.destroy("a", Instant(2), b"second") == b"first"
    for file in path.parent.iterdir():
        assert wrapped not in file.read_bytes(), file.name
    for ask in (lambda: store.key_of("a"), lambda: store.key_for("a", ACME)):
        with pytest.raises(KeyDestroyed):
            ask()
    assert store.key_of("b") == kept
    assert [(each.segment_id, each.at, each.receipt) for each in store.shredded()] == [("a", 1, b"first")]
    store.close()


def test_a_key_moved_to_another_segment_or_client_is_refused(path: Path) -> None:
    store = KeyStore(path, [MASTER])
    store.key_for("a", ACME)
    store.key_for("b", ACME)
    store.key_for("c", GLOBEX)
    with sqlite3.connect(path) as database:
        database.execute(
            "UPDATE segment_keys SET wrapped = (SELECT wrapped FROM segment_keys WHERE segment_id = 'b') WHERE segment_id = 'a'"
        )
        database.execute(
            "UPDATE client_keys SET wrapped = (SELECT wrapped FROM client_keys WHERE client_id = 'acme') "
            "WHERE client_id = 'globex'"
        )
    database.close()
    for name in ("a", "c"):
        with pytest.raises(KeyUnusable, match="was changed"):
            store.key_of(name)
    store.close()
