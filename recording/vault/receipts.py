"""Receipts: our signed word that a segment's key was destroyed and its object deleted. They name no person."""

import msgspec

from recording.vault.canonical import encoded
from recording.vault.signing import Signer, is_signed
from telephony.identifiers import Instant

_SHRED = "shred"


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which segment is gone, since when, and why. Its link stays in the chain."""

    segment_id: str
    link_number: int | None
    """None: it was destroyed before it was sealed."""
    at: Instant
    reason: str
    signer: str
    signature: str = ""


def receipt(*, segment_id: str, link_number: int | None, at: Instant, reason: str, signer: Signer) -> Receipt:
    """A signed receipt."""
    bare = Receipt(segment_id=segment_id, link_number=link_number, at=at, reason=reason, signer=signer.public)
    return msgspec.structs.replace(bare, signature=signer.sign(_SHRED, encoded(bare)))


def is_valid(given: Receipt) -> bool:
    """Whether the receipt is as it was signed."""
    return is_signed(given.signer, given.signature, _SHRED, encoded(msgspec.structs.replace(given, signature="")))
