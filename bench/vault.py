"""How fast the vault seals and verifies, and whether any change of what it proves stays unseen.

Segments of five minutes, two directions. Sealing is the worker's whole round, four segments of them: digests, encryption, the
object on disk and read back, the link in the chain, the recorder's files gone, all noted in the database; its baseline copies the
same files, each with an fsync. Verifying is of a whole package, its baseline the bare SHA-256 of that file; both in turn.
The edits are random ones of a package and of a chain: bits flipped, bytes replaced, left out, put in, doubled, swapped, cut off,
appended, other digits.
"""

import asyncio
import hashlib
import io
import os
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from bench.switch_floor import load_average
from fernamt.vault_jobs import Sealer, SealSegments
from recording.retention import RecordingClass
from recording.vault.chain import BEGINNING, link_after, root_of
from recording.vault.chain_file import ChainChange, verify_chain
from recording.vault.manifest import DIRECTIONS, digest_of
from recording.vault.package import Proof, package
from recording.vault.sealing import Vault
from recording.vault.verify import Change, Verified, verify
from store.engine import make_engine
from store.tables.schema import METADATA
from store.vault import VaultStore
from tests.recorded import FOREVER, SIGNER, STOPPED_AT, a_chain_file, a_package, a_segment, a_vault, an_edit, record, samples

ROUNDS, SEGMENTS, SAMPLES, EDITS = 15, 4, 300 * 8_000, 10_000
SEALING_TARGET, VERIFYING_TARGET = 0.5, 0.25
_PIECE = 1 << 20


def run(rounds: float = ROUNDS, edits: float = EDITS) -> list[dict[str, Any]]:
    """The records of one run."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="fernamt-bench-") as name:
        folder = Path(name)
        seals, copies, whole = asyncio.run(_sealed(folder, int(rounds)))
        proofs, digests = _verified(folder / "package", whole)
        (folder / "edited").mkdir()
        unseen, misplaced = _edited(a_package(folder / "edited"), a_chain_file(), int(edits))
    megabytes = SEGMENTS * 2 * 2 * SAMPLES / 1e6
    return [
        _speed("sealing, of a copy with fsync", megabytes, seals, copies, SEALING_TARGET),
        _speed("verifying, of bare SHA-256", len(whole) / 1e6, proofs, digests, VERIFYING_TARGET),
        {"name": f"{int(edits)} edits: not seen", "value": unseen, "unit": "", "target": 0, "ok": unseen == 0},
        {"name": f"{int(edits)} edits: place not named", "value": misplaced, "unit": "", "target": 0, "ok": misplaced == 0},
        {"name": "load of the machine while it ran", "value": load_average(), "unit": ""},
    ]


def _speed(name: str, megabytes: float, ours: list[float], bare: list[float], target: float) -> dict[str, Any]:
    fast, base = megabytes / statistics.median(ours), megabytes / statistics.median(bare)
    ratio = fast / base
    return {
        "name": name,
        "value": fast,
        "unit": "MB/s",
        "baseline": base,
        "ratio": ratio,
        "target": target,
        "ok": ratio >= target,
    }


async def _sealed(folder: Path, rounds: int) -> tuple[list[float], list[float], bytes]:
    engine, vault = make_engine(f"sqlite:///{folder / 'book.db'}"), a_vault(folder)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    book = VaultStore(engine)
    job = SealSegments(lambda: Sealer(vault=vault, book=book, signer=SIGNER))
    seals, copies = [], []
    for number in range(rounds + 1):  # the first one warms up
        names = [f"segment-{number}-{one}" for one in range(SEGMENTS)]
        for name in names:
            record(vault.spool, name, samples(name, SAMPLES), samples(name + "t", SAMPLES))
            await book.hand_in(a_segment(name), RecordingClass.ORDER_SEGMENT, FOREVER)
        copies.append(sum([_copied(vault.spool, name) for name in names]))
        begun = time.perf_counter()
        await job.run_once(lambda: False)
        seals.append(time.perf_counter() - begun)
        assert not any(vault.spool.iterdir())
    whole = await _package(book, vault, names[0])
    await engine.dispose()
    vault.keys.close()
    return seals[1:], copies[1:], whole


def _copied(spool: Path, name: str) -> float:
    begun = time.perf_counter()
    for direction in DIRECTIONS:
        path = spool / f"{name}-{direction}.wav"
        with path.open("rb") as source, (spool / "copy").open("wb") as target:
            while piece := source.read(_PIECE):
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
    taken = time.perf_counter() - begun
    (spool / "copy").unlink()
    return taken


async def _package(book: VaultStore, vault: Vault, name: str) -> bytes:
    manifest = (await book.get(name)).manifest
    assert manifest is not None
    link = link_after(None, digest_of(manifest), SIGNER)
    proof = Proof(previous=BEGINNING.hex(), link=link, root=root_of(link, STOPPED_AT, SIGNER))
    with closing(vault.objects.open(name)) as source:
        sound = vault.opened(manifest, source)
        pieces = package(manifest=manifest, proof=proof, sound=sound, purpose="bench", made_at=STOPPED_AT, signer=SIGNER)
        return b"".join(pieces)


def _verified(path: Path, whole: bytes, times: int = 9) -> tuple[list[float], list[float]]:
    path.write_bytes(whole)
    proofs, digests = [], []
    for _ in range(times):
        begun = time.perf_counter()
        with path.open("rb") as file:
            hashlib.file_digest(file, "sha256")
        between = time.perf_counter()
        with path.open("rb") as file:
            assert isinstance(verify(file, signers=[SIGNER.public]), Verified)
        proofs.append(time.perf_counter() - between)
        digests.append(between - begun)
    return proofs, digests


def _edited(whole: bytes, chain: bytes, edits: int) -> tuple[int, int]:
    """How many edits were not seen, and how many at another place than where they were."""
    dice, unseen, misplaced = Random(EDITS), 0, 0
    for _ in range(edits // 2):
        edit = an_edit(whole, dice)
        found = verify(io.BytesIO(edit.edited))
        unseen += not isinstance(found, Change)
        misplaced += isinstance(found, Change) and not found.begin <= edit.at < found.end
        edit = an_edit(chain, dice)
        line = verify_chain(io.BytesIO(edit.edited))
        unseen += not isinstance(line, ChainChange)
        misplaced += isinstance(line, ChainChange) and line.line != chain[: edit.at].count(b"\n") + 1
    return unseen, misplaced
