"""What all sections of the settings have in common, and the kinds of value they use."""

import ipaddress
import re
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_MAILBOX = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_LONGEST_MAILBOX = 254


class Section(BaseModel):
    """A table of the settings: unknown keys are faults, and nothing changes after the start."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def expected(code: str, what: str) -> PydanticCustomError:
    """The error of a value that is not `what`; `what` completes the sentence "expected …"."""
    return PydanticCustomError(code, "{expected}", {"expected": what})


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return address == "localhost"


def family(host: str) -> int | None:
    """4 or 6 for an address, None for a name, which may have both."""
    try:
        return ipaddress.ip_address(host).version
    except ValueError:
        return None


def _address(text: str) -> str:
    if family(text) is None or "%" in text:
        raise expected("address", "an IP address such as 127.0.0.1 or 2001:db8::7, without brackets")
    return text


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise expected("network", "an address or a network such as 192.168.0.0/16") from None
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise expected("zone", "a time zone such as Europe/Berlin") from None
    return text


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise expected("name", "a small letter, then small letters, digits or '-', 31 at most")
    return text


def _host(text: str) -> str:
    """The host; an IPv6 address, which may stand in brackets, without them."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if family(bare) == 6 and "%" not in bare:
        return bare
    if not _HOST.fullmatch(text):
        raise expected("host", "a host name or an IP address")
    return text


def _mailbox(text: str) -> str:
    if not _MAILBOX.fullmatch(text) or len(text) > _LONGEST_MAILBOX:
        raise expected("mailbox", "one mail address such as messages@centre.example")
    return text


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise expected("one_line", "printable text on one line")
    return text


Zone = Annotated[str, AfterValidator(_zone)]
Address = Annotated[str, AfterValidator(_address)]
Network = Annotated[str, AfterValidator(_network)]
Name = Annotated[str, AfterValidator(_name)]
Host = Annotated[str, AfterValidator(_host)]
Line = Annotated[str, AfterValidator(_one_line)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
Port = Annotated[int, Field(ge=1, le=65535)]
Milliseconds = Annotated[int, Field(ge=0, le=86_400_000)]
Seconds = Annotated[int, Field(ge=0, le=86_400)]
Days = Annotated[int, Field(ge=1, le=36_500)]
