"""What was on the wire, and when: packets of chosen loopback ports, read from the kernel's own time stamps.

    async with Capture.running(udp=[5060], tcp=[8092]) as capture:
        …
    for sip in capture.sip(): print(sip.at_us, sip.first)

Times are microseconds since 1970. The packets are kept by dumpcap (of tshark) in a file until they are read.
"""

import asyncio
import json
import re
import shutil
import struct
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.records import BenchImpossible
from fernamt.node.child import end, spawn

_BUFFER_MB = 64
_LIMIT_S = 900


@dataclass(frozen=True, slots=True)
class Packet:
    """One UDP datagram, or the payload of one TCP segment."""

    at_us: int
    source: int
    target: int
    sequence: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class SipSeen:
    """One SIP message on the wire."""

    at_us: int
    source: int
    target: int
    first: str
    call_id: str
    cseq: str
    asked_of: str
    """User part of the request's address."""
    sender: str
    """User part of the From header."""

    @property
    def is_request(self) -> bool:
        """Not a response."""
        return not self.first.startswith("SIP/2.0")

    @property
    def method(self) -> str:
        """Of the request, or of the one a response is to."""
        return self.cseq.rpartition(" ")[2]

    @property
    def status(self) -> int:
        """Of a response; 0 for a request."""
        return 0 if self.is_request else int(self.first[8:11])


class Capture:
    """The packets of one run. Read them after the block."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.packets: list[Packet] = []
        self.dropped = 0
        """Packets that came and were not caught: what is counted of the rest may be wrong by as much."""

    @classmethod
    @asynccontextmanager
    async def running(
        cls, *, udp: Sequence[int], tcp: Sequence[int] = (), bytes_each: int | None = None, limit_s: float = _LIMIT_S
    ) -> AsyncIterator["Capture"]:
        """Packets are caught inside the block, for `limit_s` at most; of each no more than `bytes_each`, all of it by default.

        Raises BenchImpossible where nobody may catch packets.
        """
        path = shutil.which("dumpcap")
        if path is None:
            raise BenchImpossible("dumpcap is not installed: apt install tshark")
        wanted = " or ".join([*(f"udp port {port}" for port in udp), *(f"tcp port {port}" for port in tcp)])
        with tempfile.TemporaryDirectory(prefix="fernamt-wire-") as folder:
            file, log = Path(folder) / "packets.pcap", Path(folder) / "log"
            argv = [
                path,
                "-q",
                "-P",
                "-i",
                "lo",
                "-B",
                str(_BUFFER_MB),
                "-a",
                f"duration:{limit_s:.0f}",
                "-f",
                wanted,
                "-w",
                str(file),
                *(("-s", str(bytes_each)) if bytes_each is not None else ()),
            ]
            with log.open("wb") as output:
                process = await spawn(argv, directory=Path(folder), output=output)
            capture = cls(file)
            try:
                for _ in range(100):
                    if file.exists() and "File:" in log.read_text("utf-8", "replace"):
                        break
                    if process.returncode is not None:
                        raise BenchImpossible(f"dumpcap: {log.read_text('utf-8', 'replace')[-500:]}")
                    await asyncio.sleep(0.05)
                await asyncio.sleep(0.3)
                yield capture
                await asyncio.sleep(0.5)
            finally:
                await end(process, limit_s=3)
            said = log.read_text("utf-8", "replace")
            dropped = re.search(r"received/dropped on interface '[^']*': [0-9]+/([0-9]+)", said)
            capture.dropped = 0 if dropped is None else int(dropped[1])
            capture.packets = list(_read(file.read_bytes()))

    def sip(self, *, port: int | None = None) -> list[SipSeen]:
        """All SIP messages (of that port), in the order they were on the wire."""
        found = []
        for packet in self.packets:
            if (
                packet.sequence >= 0
                or len(packet.payload) < 16
                or (port is not None and port not in {packet.source, packet.target})
            ):
                continue
            if packet.payload[:1].isalpha() and b"SIP/2.0" in packet.payload[:200]:
                found.append(_sip(packet))
        return found

    def rtp(self, *, source: int) -> list[tuple[int, int]]:
        """When each RTP packet from that port was sent, and to which port."""
        return [(p.at_us, p.target) for p in self.packets if p.sequence < 0 and p.source == source and p.payload[:1] == b"\x80"]

    def frames(self, port: int) -> list[tuple[int, bool, dict[str, Any]]]:
        """The JSON of every WebSocket message on that TCP port: when it was complete, whether from the port's owner, what."""
        streams: dict[tuple[int, int], list[Packet]] = defaultdict(list)
        for packet in self.packets:
            if packet.sequence >= 0 and packet.payload and port in {packet.source, packet.target}:
                streams[packet.source, packet.target].append(packet)
        found = []
        for (source, _), packets in streams.items():
            found += [(at_us, source == port, message) for at_us, message in _messages(packets)]
        return sorted(found, key=lambda seen: seen[0])


def _sip(packet: Packet) -> SipSeen:
    head = packet.payload.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    first, *lines = head.split("\r\n")
    told = {"call-id": "", "cseq": "", "from": ""}
    for line in lines:
        name, _, value = line.partition(":")
        if name.lower() in told:
            told[name.lower()] = value.strip()
    asked_of = first.partition("sip:")[2].partition("@")[0] if not first.startswith("SIP/2.0") else ""
    sender = told["from"].partition("sip:")[2].partition("@")[0]
    return SipSeen(packet.at_us, packet.source, packet.target, first, told["call-id"], told["cseq"], asked_of, sender)


def _read(data: bytes) -> Iterator[Packet]:
    """The packets of a classic capture file of Ethernet frames with IPv4."""
    if len(data) < 24:
        return
    magic = struct.unpack_from("<I", data)[0]
    scale = {0xA1B2C3D4: 1, 0xA1B23C4D: 1000}[magic]
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, kept, _ = struct.unpack_from("<IIII", data, at)
        frame = data[at + 16 : at + 16 + kept]
        at += 16 + kept
        if frame[12:14] != b"\x08\x00":
            continue
        packet = frame[14:]
        size, protocol, length = (packet[0] & 15) * 4, packet[9], struct.unpack_from(">H", packet, 2)[0]
        source, target = struct.unpack_from(">HH", packet, size)
        at_us = seconds * 1_000_000 + fraction // scale
        if protocol == 17:
            yield Packet(at_us, source, target, -1, packet[size + 8 : length])
        elif protocol == 6:
            sequence, offset = struct.unpack_from(">I", packet, size + 4)[0], (packet[size + 12] >> 4) * 4
            yield Packet(at_us, source, target, sequence, packet[size + offset : length or None])


def _messages(packets: Sequence[Packet]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Text messages of one direction of a WebSocket, each at the packet that made it whole."""
    held = b""
    expected: int | None = None
    for packet in packets:
        if expected is not None and packet.sequence != expected:
            if (packet.sequence - expected) & 0x80000000:
                continue  # sent again
            held = b""
        expected = (packet.sequence + len(packet.payload)) & 0xFFFFFFFF
        held += packet.payload
        if held.startswith((b"GET ", b"HTTP/")):
            _, found, held = held.partition(b"\r\n\r\n")
            if not found:
                continue
        while (cut := _frame(held)) is not None:
            opcode, payload, held = cut
            if opcode in {1, 2}:
                try:
                    yield packet.at_us, json.loads(payload)
                except ValueError:
                    continue


def _frame(data: bytes) -> tuple[int, bytes, bytes] | None:
    """One WebSocket frame off the front (RFC 6455, 5.2); None if it is not whole."""
    if len(data) < 2:
        return None
    opcode, is_masked, size, at = data[0] & 15, data[1] & 128, data[1] & 127, 2
    if size == 126:
        size, at = int.from_bytes(data[2:4]), 4
    elif size == 127:
        size, at = int.from_bytes(data[2:10]), 10
    if len(data) < at + (4 if is_masked else 0) + size:
        return None
    if not is_masked:
        return opcode, data[at : at + size], data[at + size :]
    key, at = data[at : at + 4], at + 4
    mask = int.from_bytes((key * (size // 4 + 1))[:size])
    return opcode, (int.from_bytes(data[at : at + size]) ^ mask).to_bytes(size), data[at + size :]
