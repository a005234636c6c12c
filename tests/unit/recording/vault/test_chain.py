"""The chain: what follows from what, and who said so."""

import msgspec
import pytest

from recording.vault.chain import BEGINNING, fault_of_chain, hash_after, is_root, link_after, root_of
from recording.vault.signing import Signer, is_signed
from telephony.identifiers import Instant
from tests.recorded import SIGNER, a_chain

DIGESTS = [bytes([n]) * 32 for n in range(1, 7)]
OTHER = Signer(bytes(32))


def test_each_hash_follows_from_the_one_before_and_the_manifest() -> None:
    links = a_chain(DIGESTS)
    before = BEGINNING
    for link, digest in zip(links, DIGESTS, strict=True):
        before = hash_after(before, digest)
        assert link.hash == before.hex()
    assert fault_of_chain(links) is None
    assert fault_of_chain(links[3:], after=links[2], signers=[SIGNER.public]) is None


@pytest.mark.parametrize("field", ["manifest_sha256", "hash", "signature", "signer"])
def test_a_changed_link_is_named(field: str) -> None:
    links = a_chain(DIGESTS)
    text = getattr(links[3], field)
    for changed in ("f" + text[1:] if text[0] != "f" else "0" + text[1:], text.upper() + " ", text[:-2], ""):
        links[3] = msgspec.structs.replace(links[3], **{field: changed})
        fault = fault_of_chain(links)
        assert fault is not None
        assert fault.number == 4


def test_a_link_left_out_moved_or_made_by_somebody_else_is_named() -> None:
    links = a_chain(DIGESTS)
    for edited in ([*links[:2], *links[3:]], [*links[:2], links[3], links[2], *links[4:]]):
        fault = fault_of_chain(edited)
        assert fault is not None
        assert fault.number == 3
    forged = [*links[:2], link_after(links[1], bytes(32), OTHER)]
    assert fault_of_chain(forged) is None
    fault = fault_of_chain(forged, signers=[SIGNER.public])
    assert fault is not None
    assert fault.number == 3


def test_a_root_is_valid_for_its_head_alone() -> None:
    links = a_chain(DIGESTS)
    root = root_of(links[-1], Instant(77), SIGNER)
    head = bytes.fromhex(links[-1].hash)
    assert is_root(root, 6, head, [SIGNER.public])
    assert not is_root(root, 6, head, [OTHER.public])
    assert not is_root(root, 5, head)
    assert not is_root(root, 6, bytes.fromhex(links[-2].hash))
    for changed in ({"at": 78}, {"at": -1}, {"at": 1 << 70}, {"signature": "00"}, {"signer": OTHER.public}):
        assert not is_root(msgspec.structs.replace(root, **changed), 6, head)


def test_a_signature_counts_for_its_kind_of_statement_alone() -> None:
    mark = SIGNER.sign("link", b"x")
    assert is_signed(SIGNER.public, mark, "link", b"x")
    assert not is_signed(SIGNER.public, mark, "root", b"x")
    assert not is_signed(SIGNER.public, mark.upper(), "link", b"x")
    assert not is_signed("zz", mark, "link", b"x")
