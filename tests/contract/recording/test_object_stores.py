"""What every store of sealed objects does."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recording.vault.manifest import BadSegment
from recording.vault.objects import LocalObjects, NoSuchObject, ObjectExists, ObjectStore, ObjectStoreFailed
from recording.vault.s3_objects import S3Objects
from tests.recorded import FOREVER, a_segment, a_vault, record, samples


def _file(tmp_path: Path, data: bytes = b"sealed bytes") -> Path:
    path = tmp_path / "source"
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    return path


def test_what_was_put_comes_back_from_any_place(objects: ObjectStore, tmp_path: Path) -> None:
    data = samples("object", 500_000)
    objects.put("a.segment.1", _file(tmp_path, data), FOREVER)
    with closing(objects.open("a.segment.1")) as found:
        assert found.size == len(data)
        assert found.read_at(0, 10) == data[:10]
        assert found.read_at(999_990, 100) == data[999_990:]
        assert found.read_at(1_000_000, 5) == b""
        assert found.read_at(123_456, 70_000) == data[123_456:193_456]


def test_putting_again_changes_nothing_and_other_bytes_are_refused(objects: ObjectStore, tmp_path: Path) -> None:
    for _ in range(2):
        objects.put("a", _file(tmp_path), FOREVER)
    with pytest.raises(ObjectExists):
        objects.put("a", _file(tmp_path, b"others"), FOREVER)
    with closing(objects.open("a")) as found:
        assert found.read_at(0, 99) == b"sealed bytes"
    assert list(objects.names()) == ["a"]


def test_the_source_may_be_removed(objects: ObjectStore, tmp_path: Path) -> None:
    path = _file(tmp_path)
    objects.put("a", path, FOREVER)
    path.unlink()
    with closing(objects.open("a")) as found:
        assert found.read_at(0, 99) == b"sealed bytes"


def test_what_was_deleted_is_gone_and_others_stay(objects: ObjectStore, tmp_path: Path) -> None:
    for name in ("a", "a.b", "b"):
        objects.put(name, _file(tmp_path), FOREVER)
    assert objects.delete("a")
    assert not objects.delete("a")
    with pytest.raises(NoSuchObject):
        objects.open("a")
    assert list(objects.names()) == ["a.b", "b"]


@pytest.mark.parametrize("name", ["", ".", "..", "../a", "a/b", "/a", "a..b", ".a", "a.", "a\0", "a\nb", "ä", "x" * 101, "~"])
def test_a_name_leads_nowhere_else(objects: ObjectStore, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadSegment):
        objects.put(name, _file(tmp_path), FOREVER)
    with pytest.raises(BadSegment):
        objects.open(name)
    with pytest.raises(BadSegment):
        objects.delete(name)


def test_a_segment_is_sealed_read_back_and_destroyed_in_every_store(objects: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    vault = replace(a_vault(tmp_path / "vault"), objects=objects)
    segment = a_segment()
    record(vault.spool, segment.segment_id, samples(1, 200_000), samples(2, 200_000))
    staged = vault.stage(segment, FOREVER)
    vault.keep(staged.manifest, FOREVER, staged.prefix)
    vault.keep(staged.manifest, FOREVER)
    vault.clear([segment.segment_id])
    with closing(objects.open(segment.segment_id)) as source:
        sound = vault.opened(staged.manifest, source)
        assert b"".join(sound.pieces()) == samples(1, 200_000)[640:] + samples(2, 200_000)[640:]
    vault.destroy(segment.segment_id, FOREVER, b"receipt")
    assert list(objects.names()) == []
    vault.keys.close()


def test_a_folder_is_its_owners_alone(tmp_path: Path) -> None:
    store = LocalObjects(tmp_path / "objects")
    store.put("a", _file(tmp_path), FOREVER)
    assert (tmp_path / "objects").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "objects" / "a").stat().st_mode & 0o777 == 0o600
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(ObjectStoreFailed):
        LocalObjects(tmp_path / "open")
    (tmp_path / "link").symlink_to(tmp_path / "objects")
    with pytest.raises(ObjectStoreFailed):
        LocalObjects(tmp_path / "link")


def test_a_link_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    store = LocalObjects(tmp_path / "objects")
    (tmp_path / "objects" / "a").symlink_to(_file(tmp_path, b"somebody's secret"))
    with pytest.raises(NoSuchObject):
        store.open("a")


def test_a_bucket_locks_objects_until_their_term(s3_server: Any, bucket: str, tmp_path: Path) -> None:
    store = S3Objects(s3_server, bucket)
    store.put("a", _file(tmp_path), FOREVER)
    told = s3_server.head_object(Bucket=bucket, Key="segments/a")
    assert told["ObjectLockMode"] == "GOVERNANCE"
    assert told["ObjectLockRetainUntilDate"].timestamp() == FOREVER // 1_000_000
    version = told["VersionId"]
    with pytest.raises(s3_server.exceptions.ClientError, match="AccessDenied"):
        s3_server.delete_object(Bucket=bucket, Key="segments/a", VersionId=version)
    s3_server.delete_object(Bucket=bucket, Key="segments/a")  # a mark alone: the object is still there
    assert store.delete("a")
    assert "Versions" not in s3_server.list_object_versions(Bucket=bucket)
    assert "DeleteMarkers" not in s3_server.list_object_versions(Bucket=bucket)


def test_a_server_that_is_away_is_told_as_such(tmp_path: Path) -> None:
    from fernamt.node.ports import free_ports
    from recording.vault.s3_objects import connect

    (port,) = free_ports(1)
    client = connect(endpoint=f"http://127.0.0.1:{port}", region="eu-central-1", access_key="a", secret_key="b")
    with pytest.raises(ObjectStoreFailed, match="cannot be reached"):
        S3Objects(client, "vault").put("a", _file(tmp_path), FOREVER)
    client.close()
