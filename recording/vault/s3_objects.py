"""Sealed objects in a bucket of an S3 server, locked in governance mode until their term. Blocking.

The bucket has to be made with object lock. Deleting before the term needs the right `s3:BypassGovernanceRetention`: erasure is a
duty, so the service has it; nobody else should.
"""

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from recording.vault.manifest import require_name
from recording.vault.objects import NoSuchObject, ObjectExists, ObjectStoreFailed
from telephony.identifiers import SECOND, Instant

_MISSING: Final = frozenset(["404", "NoSuchKey", "NotFound"])
_DIGEST: Final = "sha256"


def connect(*, endpoint: str | None, region: str, access_key: str, secret_key: str) -> Any:
    """A client of that server; nothing is asked yet. It tries three times, and waits ten seconds at most for each answer."""
    limits = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=limits,
    )


class S3Object:
    """One object of the bucket, read by ranges."""

    def __init__(self, store: "S3Objects", name: str) -> None:
        """Raises `NoSuchObject`."""
        self._store, self._name = store, name
        self.size = int(store.ask("head_object", name)["ContentLength"])

    def read_at(self, offset: int, length: int) -> bytes:
        """Those bytes; fewer only at the end."""
        if length <= 0 or offset >= self.size:
            return b""
        wanted = f"bytes={offset}-{min(offset + length, self.size) - 1}"
        body = self._store.ask("get_object", self._name, Range=wanted)["Body"]
        try:
            return bytes(body.read())
        finally:
            body.close()

    def close(self) -> None:
        """Nothing is open between two reads."""


class S3Objects:
    """Objects of one bucket below one prefix."""

    def __init__(self, client: Any, bucket: str, prefix: str = "segments/") -> None:
        self._client, self._bucket, self._prefix = client, bucket, prefix

    def ask(self, what: str, name: str, **facts: Any) -> Any:
        """The server's answer about that object. Raises `NoSuchObject`, else `ObjectStoreFailed`."""
        try:
            return getattr(self._client, what)(Bucket=self._bucket, Key=self._prefix + require_name(name), **facts)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _MISSING:
                raise NoSuchObject(f"there is no object {name}", name=name) from error
            raise ObjectStoreFailed(f"the object store refused {what} of {name}: {code}", name=name) from error
        except BotoCoreError as error:
            raise ObjectStoreFailed(f"the object store cannot be reached: {error}", name=name) from error

    def put(self, name: str, source: Path, kept_until: Instant) -> None:
        """The file's bytes are kept under that name, and locked until then."""
        with source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
            try:
                there = self.ask("head_object", name)["Metadata"].get(_DIGEST)
            except NoSuchObject:
                there = None
            if there is not None:
                if there != digest.hex():
                    raise ObjectExists(f"there is another object {name}", name=name)
                return
            file.seek(0)
            self.ask(
                "put_object",
                name,
                Body=file,
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=base64.b64encode(digest).decode(),  # the server refuses what arrives changed
                Metadata={_DIGEST: digest.hex()},
                ObjectLockMode="GOVERNANCE",
                ObjectLockRetainUntilDate=datetime.fromtimestamp(kept_until // SECOND, UTC),
            )

    def open(self, name: str) -> S3Object:
        """The object, to be read and closed."""
        return S3Object(self, name)

    def delete(self, name: str) -> bool:
        """No version of that object is left; nor a mark that there was one."""
        there = False
        for page in self._pages("list_object_versions", self._prefix + require_name(name)):
            for version in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                if version["Key"] == self._prefix + name:
                    self.ask("delete_object", name, VersionId=version["VersionId"], BypassGovernanceRetention=True)
                    there = True
        return there

    def names(self) -> Iterator[str]:
        """Of all objects, in their order."""
        for page in self._pages("list_objects_v2", self._prefix):
            for found in page.get("Contents", ()):
                yield found["Key"].removeprefix(self._prefix)

    def _pages(self, what: str, prefix: str) -> Iterator[Any]:
        try:
            yield from self._client.get_paginator(what).paginate(Bucket=self._bucket, Prefix=prefix)
        except (ClientError, BotoCoreError) as error:
            raise ObjectStoreFailed(f"the object store cannot be listed: {error}") from error
