"""A SIP message, as a phone reads it."""

import re

Address = tuple[str, int]


class Message:
    """Read as far as a phone must."""

    __slots__ = ("body", "first", "headers")

    def __init__(self, data: bytes) -> None:
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        self.first, *lines = head.split("\r\n")
        self.headers: list[tuple[str, str]] = []
        for line in lines:
            name, _, value = line.partition(":")
            self.headers.append((name.strip().lower(), value.strip()))
        self.body = body

    def __getitem__(self, name: str) -> str:
        return next((value for known, value in self.headers if known == name), "")

    @property
    def status(self) -> int:
        """Of a response; 0 for a request."""
        return int(self.first[8:11]) if self.first.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """Of the request, or of the request a response is to."""
        return self["cseq"].rpartition(" ")[2] if self.status else self.first.partition(" ")[0]

    def media(self) -> Address | None:
        """Where the other end wants its RTP."""
        host = re.search(r"^c=IN IP4 (\S+)", self.body, re.MULTILINE)
        port = re.search(r"^m=audio (\d+)", self.body, re.MULTILINE)
        return (host[1], int(port[1])) if host and port else None
