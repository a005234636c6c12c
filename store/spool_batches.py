"""Batches of the journal as records of the spool."""

from pathlib import Path

import msgspec

from store.journal_codec import JournalCodec, Row
from store.journal_database import Batch
from store.parties import SealedParty
from store.spool import Spool


class _Record(msgspec.Struct, frozen=True, array_like=True):
    rows: list[Row]
    parties: list[SealedParty]


class BatchSpool:
    """Keeps batches in a spool file. Blocking: called in a thread."""

    def __init__(self, path: Path, codec: JournalCodec) -> None:
        """The file is open, and what an earlier process left in it is there to be read. Raises `JournalError`."""
        self._file = Spool(path)
        self._codec = codec
        self._packer = msgspec.msgpack.Encoder()
        self._unpacker = msgspec.msgpack.Decoder(_Record)

    @property
    def size_bytes(self) -> int:
        """How many bytes wait for the database."""
        return self._file.size_bytes

    @property
    def end(self) -> int:
        """Where the last durable batch ends."""
        return self._file.end

    def append(self, batch: Batch) -> None:
        """The batch is on disk. Raises `OSError` when it is not."""
        self._file.append(self._packer.encode(_Record(list(batch.rows), list(batch.parties))))

    def read(self, start: int, end: int, at_least: int) -> tuple[Batch | None, int]:
        """The batches from `start` as one of `at_least` events, or fewer at the end, and the place after it."""
        rows, parties = list[Row](), list[SealedParty]()
        for after, payload in self._file.read(start, end):
            record = self._unpacker.decode(payload)
            rows += record.rows
            parties += record.parties
            start = after
            if len(rows) >= at_least:
                break
        if not rows:
            return None, end
        return Batch(envelopes=[self._codec.decode(row) for row in rows], rows=rows, parties=parties), start

    def clear(self) -> None:
        """Nothing waits: all is in the database."""
        self._file.clear()

    def set_aside(self) -> Path | None:
        """What waits is kept under another name and never written; None: nothing waited."""
        return self._file.set_aside()

    def close(self) -> None:
        """The file is closed."""
        self._file.close()
