"""ARI as it is on the wire: what is read of a frame, how a request is written, how an instant is told. Pure."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from telephony.identifiers import MS, Instant


class Party(msgspec.Struct, frozen=True, gc=False):
    """A caller id as the network sent it."""

    name: str = ""
    number: str = ""


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where in the dialplan a channel is."""

    context: str = ""
    exten: str = ""
    app_name: str = ""


class Channel(msgspec.Struct, frozen=True):
    """The part of a channel that decides something."""

    id: str = ""
    name: str = ""
    state: str = ""
    caller: Party = Party()
    dialplan: Place = Place()
    creationtime: str = ""


class BridgeSeen(msgspec.Struct, frozen=True):
    """A bridge and who is in it."""

    id: str = ""
    channels: tuple[str, ...] = ()


class PhoneSeen(msgspec.Struct, frozen=True):
    """The endpoint of a presence event."""

    resource: str = ""
    technology: str = ""
    state: str = ""
    channel_ids: tuple[str, ...] = ()


class ContactSeen(msgspec.Struct, frozen=True, gc=False):
    """One registered phone."""

    uri: str = ""
    contact_status: str = ""
    aor: str = ""
    roundtrip_usec: str = ""


class PlaybackSeen(msgspec.Struct, frozen=True, gc=False):
    """Something played to a channel."""

    id: str = ""
    state: str = ""


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """Where a phone wants its call handed on; with `protocol_id`, to another call of its own."""

    destination: str = ""
    protocol_id: str = ""


class ReferTo(msgspec.Struct, frozen=True):
    """The half of a transfer that says where to."""

    requested_destination: Wanted = Wanted()


class ReferredBy(msgspec.Struct, frozen=True):
    """The half of a transfer that says who asks."""

    source_channel: Channel = Channel()


class Frame(msgspec.Struct, frozen=True):
    """One message of Asterisk: an event, or the answer to a request. Fields it does not have keep their defaults.

    Only what is needed is decoded: half of a frame (language, account codes, caller profiles) is skipped unread.
    """

    type: str = ""
    timestamp: str = ""
    application: str = ""
    args: tuple[str, ...] = ()
    channel: Channel | None = None
    peer: Channel | None = None
    bridge: BridgeSeen | None = None
    cause: int | None = None
    soft: bool = False
    tech_cause: int = 0
    dialstatus: str = ""
    digit: str = ""
    duration: int = 0
    endpoint: PhoneSeen | None = None
    contact_info: ContactSeen | None = None
    playback: PlaybackSeen | None = None
    refer_to: ReferTo | None = None
    referred_by: ReferredBy | None = None
    state: str = ""
    request_id: str = ""
    status_code: int = 0
    message_body: str = ""


class AriRequest(msgspec.Struct, frozen=True, gc=False):
    """One REST request; `uri` has no query and no leading slash. `body` is JSON text."""

    method: str
    uri: str
    query: tuple[tuple[str, str], ...] = ()
    body: str | None = None


class AriAnswer(msgspec.Struct, frozen=True, gc=False):
    """The answer to a request; `body` may hold passwords (provisioning) and is never logged."""

    status: int
    body: str = ""

    @property
    def is_ok(self) -> bool:
        """The request was carried out."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body, decoded. Raises `msgspec.DecodeError`."""
        return msgspec.json.decode(self.body.encode())


class _Pair(msgspec.Struct, frozen=True, gc=False):
    name: str
    value: str


class _RestRequest(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    type: str
    request_id: str
    method: str
    uri: str
    query_strings: Sequence[_Pair] = ()
    content_type: str = ""
    message_body: str = ""


_decode_frame = msgspec.json.Decoder(Frame, strict=False).decode
_encode = msgspec.json.Encoder().encode


def decode(raw: bytes) -> Frame:
    """The frame's message. Broken UTF-8 becomes U+FFFD; raises `msgspec.DecodeError` for anything but such JSON."""
    try:
        return _decode_frame(raw)
    except UnicodeDecodeError:
        return _decode_frame(raw.decode("utf-8", "replace").encode())
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        # msgspec reports a cut UTF-8 sequence before a quote as malformed JSON.
        return _decode_frame(raw.decode("utf-8", "replace").encode())


def encode_request(request: AriRequest, request_id: str) -> bytes:
    """The request as REST over WebSocket wants it (Asterisk 20.14, 21.9, 22.4 and later)."""
    return _encode(
        _RestRequest(
            type="RESTRequest",
            request_id=request_id,
            method=request.method,
            uri=request.uri,
            query_strings=[_Pair(name, value) for name, value in request.query],
            content_type="" if request.body is None else "application/json",
            message_body=request.body or "",
        )
    )


def basic_auth(user: str, password: str) -> str:
    """The value of an Authorization header (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


_SHORT, _MIDDLE = 126, 1 << 16
_TEXT, _CLOSE, _PONG = b"\x81", b"\x88", b"\x8a"


def text_frame(payload: bytes) -> bytes:
    """A whole, unmasked WebSocket text frame (RFC 6455, 5.2), as a server sends it."""
    return _TEXT + _size(len(payload)) + payload


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping with that payload (RFC 6455, 5.5.3)."""
    return _PONG + _size(len(payload)) + payload


def close_frame() -> bytes:
    """A close without a reason (RFC 6455, 5.5.1)."""
    return _CLOSE + _size(0)


def _size(size: int) -> bytes:
    if size < _SHORT:
        return bytes((size,))
    if size < _MIDDLE:
        return b"\x7e" + size.to_bytes(2, "big")
    return b"\x7f" + size.to_bytes(8, "big")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LENGTH = len("2026-07-09T12:00:00.123+0200")


def instant_of(text: str) -> Instant:
    """The instant of `2026-07-09T12:00:00.123+0200`, exact to the microsecond. Raises ValueError for what names none."""
    millis = text[17:19] + text[20:23]
    if len(text) == _LENGTH and text[19] == "." and millis.isascii() and millis.isdigit() and millis < "60":
        return Instant(_read(text[:17] + "00" + text[23:]) + int(millis) * MS)
    return _read(text)


@lru_cache(maxsize=16)
def _read(text: str) -> Instant:
    """A minute is read once: this is a tenth of what a caller waits for us."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"no ARI time stamp: {text!r}") from None
    if moment.tzinfo is None:
        raise ValueError(f"no ARI time stamp: {text!r} has no zone")
    return Instant((moment - _EPOCH) // _MICROSECOND)
