"""Parties outside who are heard before they answer: their channel is made, put into the bridge, and only then dialled.

Seen on Asterisk 22.10.1: a channel can be in a bridge before its answer only when it is made and dialled in two steps; dialled
before its `StasisStart` it answers 409. From then on every packet of the other end is passed on, the first one too, and ends
the ringing tone by itself; a 180 after it begins no tone that is heard. ARI's `dial` with `caller` would show the caller's own
number, and what is set when the channel is made can be overwritten by the originator's: so it is set last, before `dial`.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial

from telephony.causes import HangupCause
from telephony.commands import DialOutside
from telephony.identifiers import LegId
from telephony.switch.asterisk.ari import OnAnswer
from telephony.switch.asterisk.ari_wire import AriAnswer, AriRequest
from telephony.switch.asterisk.line_out import DIAL_MARK
from telephony.switch.asterisk.placements import Placements
from telephony.switch.asterisk.translate import Translator, path

_KEPT = 1_000
_GONE = frozenset({404, 0, -1})
"""Ended meanwhile, which is told; or cut or late, which the time of the call settles."""

Write = Callable[[Sequence[tuple[AriRequest, OnAnswer]]], None]


class Dialling:
    """Channels that are made and not dialled yet, each with the command it was made for."""

    def __init__(self, write: Write, translator: Translator, placements: Placements) -> None:
        self._write = write
        self._translator = translator
        self._placements = placements
        self._made: OrderedDict[LegId, DialOutside | None] = OrderedDict()
        """None: dialled already."""

    def made(self, command: DialOutside) -> None:
        """The channel was asked for, or dialled in one step where nobody is to hear it before."""
        if self._translator.is_dialled_in_steps(command):
            self._made.setdefault(command.leg_id, command)
            if len(self._made) > _KEPT:
                self._made.popitem(last=False)

    def entered(self, leg_id: LegId, args: tuple[str, ...]) -> None:
        """A channel is ours to use: dialled, if it was made for that. One that nobody remembers was made by a controller that
        died over it, and ends undialled."""
        if args != (DIAL_MARK,):
            return
        if leg_id not in self._made:
            self._end(leg_id)
            return
        command, self._made[leg_id] = self._made[leg_id], None
        if command is None:
            return
        first, *middle, last = self._translator.steps_of(command)
        if command.heard_in is not None:
            self._placements.put(leg_id, command.heard_in)
        batch: list[tuple[AriRequest, OnAnswer]] = [(first, partial(self._on_put, command))]
        batch += [(request, _ignore) for request in middle]
        self._write([*batch, (last, partial(self._on_dialled, leg_id))])

    def _on_put(self, command: DialOutside, answer: AriAnswer) -> None:
        if not answer.is_ok and command.heard_in is not None:  # the agent has left that bridge, and it is gone
            self._placements.drop(command.leg_id, command.heard_in)

    def _on_dialled(self, leg_id: LegId, answer: AriAnswer) -> None:
        if not answer.is_ok and answer.status not in _GONE:
            self._end(leg_id)

    def _end(self, leg_id: LegId) -> None:
        cause = (("reason_code", str(int(HangupCause.CONGESTION))),)
        self._write([(AriRequest("DELETE", f"channels/{path(leg_id)}", cause), _ignore)])


def _ignore(_answer: AriAnswer) -> None:
    """What comes of it comes as an event."""
