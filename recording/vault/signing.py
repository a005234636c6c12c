"""Ed25519 (RFC 8032) signatures, each kind of statement under a name of its own: none can be passed off as another."""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SEED_BYTES: Final = 32


class Signer:
    """Signs with one key."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw().hex()
        """The public key: whoever verifies has it from us by another way."""

    def sign(self, kind: str, statement: bytes) -> str:
        """The signature of that statement as one of that kind."""
        return self._key.sign(_said(kind, statement)).hex()


def is_signed(public: str, signature: str, kind: str, statement: bytes) -> bool:
    """Whether the holder of that key signed it as a statement of that kind."""
    try:
        key, mark = bytes.fromhex(public), bytes.fromhex(signature)
        if key.hex() != public or mark.hex() != signature:
            return False  # capitals or spaces would be a second spelling
        Ed25519PublicKey.from_public_bytes(key).verify(mark, _said(kind, statement))
    except (InvalidSignature, ValueError):
        return False
    return True


def _said(kind: str, statement: bytes) -> bytes:
    return b"fernamt " + kind.encode() + b" 1\n" + statement
