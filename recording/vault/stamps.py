"""Time stamps of RFC 3161: an authority outside the house confirms that a root of the chain existed at an instant. Blocking."""

import hashlib
import urllib.request
from collections.abc import Sequence
from typing import Final, Protocol

from cryptography import x509
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, TimeStampResponse, VerifierBuilder, decode_timestamp_response
from rfc3161_client.errors import VerificationError

from telephony.errors import FernamtError
from telephony.identifiers import SECOND, Instant

_QUERY: Final = "application/timestamp-query"
_LONGEST_ANSWER: Final = 1 << 20


class StampInvalid(FernamtError):
    """There is no valid stamp: the authority did not answer as it should, or it is another's."""

    code = "stamp_invalid"


class Authority(Protocol):
    """Whoever stamps."""

    def ask(self, request: bytes) -> bytes:
        """The answer to a request, both DER."""
        ...


class HttpAuthority:
    """An authority behind an address, as RFC 3161, 3.4 has it."""

    def __init__(self, url: str, timeout_s: float = 10.0) -> None:
        if not url.startswith(("http://", "https://")):
            raise StampInvalid("a time-stamping authority has an address of http:// or https://", given=url)
        self._url, self._timeout_s = url, timeout_s

    def ask(self, request: bytes) -> bytes:
        """The answer. Raises `OSError` where there is none."""
        asked = urllib.request.Request(self._url, request, {"Content-Type": _QUERY})  # noqa: S310 - checked above
        with urllib.request.urlopen(asked, timeout=self._timeout_s) as answer:  # noqa: S310
            return bytes(answer.read(_LONGEST_ANSWER))


def stamp(statement: bytes, authority: Authority, roots: Sequence[x509.Certificate]) -> bytes:
    """The authority's stamp of the statement, checked. Raises `StampInvalid`, or `OSError` where nobody answers."""
    request = TimestampRequestBuilder().data(statement).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = authority.ask(request.as_bytes())
    found = _decoded(answer)
    if found.tst_info.nonce != request.nonce:
        raise StampInvalid("the stamp answers another request")
    stamped_at(answer, statement, roots)
    return answer


def stamped_at(answer: bytes, statement: bytes, roots: Sequence[x509.Certificate]) -> Instant:
    """When the statement was stamped. Raises `StampInvalid` where it was not, or by nobody whose certificates these are."""
    found = _decoded(answer)
    builder = VerifierBuilder(roots=list(roots))
    try:
        builder.build().verify(found, hashlib.sha256(statement).digest())
    except (VerificationError, ValueError) as error:
        raise StampInvalid(f"the stamp is not valid: {error}") from error
    return Instant(int(found.tst_info.gen_time.timestamp()) * SECOND)


def _decoded(answer: bytes) -> TimeStampResponse:
    try:
        found = decode_timestamp_response(answer)
        if found.status:
            raise StampInvalid(f"the authority refuses to stamp (status {found.status})")
    except ValueError as error:
        raise StampInvalid(f"no answer of a time-stamping authority: {error}") from error
    return found
