"""Object stores for the contract suite: a folder, and a bucket with object lock on a private S3 server."""

import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from fernamt.node.ports import free_ports
from recording.vault.objects import LocalObjects, ObjectStore
from recording.vault.s3_objects import S3Objects, connect

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[Any]:
    """A client of an S3 server on loopback that forgets all at its end."""
    (port,) = free_ports(1)
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = connect(endpoint=f"http://127.0.0.1:{port}", region="eu-central-1", access_key="test", secret_key="test")
    try:
        _await(client, server)
        yield client
    finally:
        client.close()
        server.terminate()
        server.wait(10)


def _await(client: Any, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "the S3 server ended"
        try:
            client.list_buckets()
        except (BotoCoreError, ClientError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the S3 server did not answer within 30 s")


@pytest.fixture
def bucket(s3_server: Any) -> str:
    """A new bucket with object lock."""
    name = f"vault-{next(_NUMBERS)}"
    place = {"LocationConstraint": "eu-central-1"}
    s3_server.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True, CreateBucketConfiguration=place)
    return name


@pytest.fixture(params=["local", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """An empty store."""
    if request.param == "local":
        return LocalObjects(tmp_path / "objects")
    return S3Objects(request.getfixturevalue("s3_server"), request.getfixturevalue("bucket"))
