"""The floor of any design over ARI: a controller that thinks nothing, on the same kind of line as ours.

A caller comes: the next phone of a list is rung. It answers: caller answered, bridge made, both in. One end goes: the other is
hung up. No state but the pairs, no journal, no screens, no metering, no checks; answers are not read.
`python -m bench.bare_controller PORT USER PASSWORD APP PHONE [PHONE …]`
"""

import sys
from itertools import count, cycle

import uvloop

from telephony.switch.asterisk.ari import AriLine
from telephony.switch.asterisk.ari_wire import AriAnswer, AriRequest, Frame
from telephony.switch.asterisk.settings import AriSettings

PATH = "/bare"
MARK = "bare-"


class Bare:
    """Pairs of channels, and nothing else."""

    def __init__(self, line: AriLine, app: str, phones: list[str]) -> None:
        self._line = line
        self._app = app
        self._phones = cycle(phones)
        self._numbers = count(1)
        self._others: dict[str, str] = {}

    def take(self, frame: Frame) -> None:
        """One event."""
        channel = frame.channel
        if channel is None:
            return
        if frame.type == "StasisStart":
            if channel.id.startswith(MARK):
                self._connect(channel.id)
            else:
                self._ring(channel.id)
        elif frame.type in {"StasisEnd", "ChannelDestroyed"}:
            other = self._others.pop(channel.id, None)
            if other is not None:
                self._others.pop(other, None)
                self._write(("DELETE", f"channels/{other}", ()), ("DELETE", f"bridges/{_bridge(channel.id, other)}", ()))

    def _ring(self, caller: str) -> None:
        leg = f"{MARK}{next(self._numbers)}"
        self._others[caller], self._others[leg] = leg, caller
        query = (("endpoint", f"PJSIP/{next(self._phones)}"), ("app", self._app), ("originator", caller), ("timeout", "15"))
        self._write(("POST", f"channels/{leg}", query), ("POST", f"channels/{caller}/ring", ()))

    def _connect(self, leg: str) -> None:
        caller = self._others.get(leg)
        if caller is None:
            return
        bridge = _bridge(leg, caller)
        self._write(
            ("POST", f"channels/{caller}/answer", ()),
            ("POST", f"bridges/{bridge}", (("type", "mixing,proxy_media"),)),
            ("POST", f"bridges/{bridge}/addChannel", (("channel", f"{caller},{leg}"),)),
        )

    def _write(self, *requests: tuple[str, str, tuple[tuple[str, str], ...]]) -> None:
        self._line.write([(AriRequest(method, uri, query), _ignore) for method, uri, query in requests])


def _bridge(one: str, other: str) -> str:
    return f"{one if one.startswith(MARK) else other}.bridge"


def _ignore(_answer: AriAnswer) -> None:
    """Whatever."""


async def serve(port: int, user: str, password: str, app: str, phones: list[str]) -> None:
    """Calls are connected until the process is ended."""
    settings = AriSettings(
        http_url="",
        user="",
        password="",
        listen_port=port,
        listen_path=PATH,
        controller_user=user,
        controller_password=password,
        call_app=app,
        presence_app=app,
    )
    line = AriLine(settings)
    bare = Bare(line, app, phones)
    await line.run(bare.take, on_up=lambda: print("up", flush=True), on_down=lambda: None)


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:]))
