"""A channel that is made before it is dialled: dialled once, by whoever made it, and in no bridge until it is answered."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from msgspec import structs

from telephony.commands import DialOutside, JoinBridge
from telephony.events import Event, LegAnswered, LegHungUp, LegJoined, LegLeft, LegRinging
from telephony.identifiers import BridgeId, LegId, SwitchName
from telephony.switch.asterisk.ari import OnAnswer
from telephony.switch.asterisk.ari_wire import AriAnswer, AriRequest, BridgeSeen, Channel, Frame
from telephony.switch.asterisk.early_media import Dialling
from telephony.switch.asterisk.normalise import Normaliser
from telephony.switch.asterisk.placements import Placements
from telephony.switch.asterisk.translate import Translator
from tests.unit.switch.asterisk.test_line_out import CALL, SHOWN, command, line

BRIDGE = BridgeId(f"{CALL}.bridge")
EARLY = structs.replace(command(), heard_in=BRIDGE)
LEG = EARLY.leg_id
MADE = ("dial",)


class Wire:
    """What was written, and the answers that are given to it."""

    def __init__(self, shows_in: str = "from") -> None:
        self.written: list[tuple[AriRequest, OnAnswer]] = []
        self.placements = Placements()
        self.translator = Translator(call_app="fernamt", line_out=line(shows_in))
        self.dialling = Dialling(self._write, self.translator, self.placements)

    def _write(self, batch: Sequence[tuple[AriRequest, OnAnswer]]) -> None:
        self.written += batch

    def done(self) -> list[str]:
        return [f"{request.method} {request.uri}" for request, _ in self.written]

    def answers(self, place: int, status: int) -> None:
        self.written[place][1](AriAnswer(status))


def test_the_channel_is_made_and_not_dialled() -> None:
    (made,) = Wire().translator.requests_of(EARLY)
    assert (made.method, made.uri, made.body) == ("POST", "channels/create", None)
    assert dict(made.query) == {
        "endpoint": "PJSIP/carrier/sip:+4917139200@sip.carrier.example:5060",
        "app": "fernamt",
        "originator": "node-1-1.1",
        "appArgs": "dial",
        "channelId": LEG,
    }
    (asserted,) = Wire("both").translator.requests_of(EARLY)
    assert json.loads(asserted.body or "")["variables"] == {
        "PJSIP_HEADER(add,P-Asserted-Identity)": "<sip:+493055501@sip.carrier.example>"
    }


@pytest.mark.parametrize(("shows_in", "sender"), [("from", SHOWN), ("asserted", "pilot"), ("both", SHOWN)])
def test_it_is_put_where_it_is_heard_and_shows_our_number_before_it_is_dialled(shows_in: str, sender: str) -> None:
    wire = Wire(shows_in)
    wire.dialling.made(EARLY)
    wire.dialling.entered(LEG, MADE)
    leg = f"channels/{LEG}"
    assert wire.done() == [f"POST bridges/{BRIDGE}/addChannel", *[f"POST {leg}/variable"] * 2, f"POST {leg}/dial"]
    _, shown, allowed, dial = (dict(request.query) for request, _ in wire.written)
    assert shown == {"variable": "CONNECTEDLINE(all,i)", "value": f"<{sender}>"}
    assert allowed == {"variable": "CONNECTEDLINE(pres,i)", "value": "allowed"}
    assert dial == {"timeout": "31"}


@pytest.mark.parametrize(
    "unusual", [command(), structs.replace(EARLY, shown=None)], ids=["nobody hears it", "no number is shown"]
)
def test_anything_else_is_dialled_at_one_stroke(unusual: DialOutside) -> None:
    wire = Wire()
    (request,) = wire.translator.requests_of(unusual)
    assert request.uri == f"channels/{LEG}"
    wire.dialling.made(unusual)
    wire.dialling.entered(LEG, ())
    assert wire.done() == []


def test_no_account_to_name_is_no_reason_to_show_the_callers_number() -> None:
    translator = Translator(call_app="fernamt", line_out=replace(line("asserted"), account=None))
    assert not translator.is_dialled_in_steps(EARLY)


def test_it_is_dialled_once_however_often_it_enters() -> None:
    wire = Wire()
    wire.dialling.made(EARLY)
    wire.dialling.entered(LEG, MADE)
    wire.dialling.made(EARLY)
    wire.dialling.entered(LEG, MADE)
    assert [done for done in wire.done() if done.endswith("/dial")] == [f"POST channels/{LEG}/dial"]


def test_what_a_controller_made_that_died_over_it_ends_undialled() -> None:
    wire = Wire()
    wire.dialling.entered(LEG, MADE)
    assert wire.done() == [f"DELETE channels/{LEG}"]


@pytest.mark.parametrize(("status", "ends"), [(204, False), (404, False), (-1, False), (409, True), (500, True)])
def test_what_cannot_be_dialled_ends(status: int, ends: bool) -> None:
    wire = Wire()
    wire.dialling.made(EARLY)
    wire.dialling.entered(LEG, MADE)
    wire.answers(3, status)
    assert (wire.done()[-1] == f"DELETE channels/{LEG}") is ends


@pytest.mark.parametrize(("status", "left"), [(204, ()), (404, (LEG,))])
def test_it_is_joined_again_only_where_it_was_not_put(status: int, left: tuple[LegId, ...]) -> None:
    wire = Wire()
    wire.dialling.made(EARLY)
    wire.dialling.entered(LEG, MADE)
    wire.answers(0, status)
    join = JoinBridge(call_id=CALL, switch=SwitchName("n"), bridge_id=BRIDGE, leg_ids=(LEG,))
    to_do = wire.placements.send(join)
    assert (to_do.leg_ids if isinstance(to_do, JoinBridge) else ()) == left


# -- what is told of it ------------------------------------------------------------------------------------------------

AT = "2026-07-09T12:00:00.000+0000"


def of(kind: str, state: str = "Down", **more: object) -> Frame:
    channel = Channel(id=LEG, name="PJSIP/carrier-00000001", state=state)
    return structs.replace(Frame(type=kind, timestamp=AT, channel=channel), **more)


def dial(status: str) -> Frame:
    return structs.replace(of("Dial", dialstatus=status), channel=None, peer=Channel(id=LEG, name="PJSIP/carrier-00000001"))


def bridge(kind: str, bridge_id: str = BRIDGE) -> Frame:
    return of(kind, bridge=BridgeSeen(id=bridge_id))


STARTED = (of("StasisStart", args=MADE), bridge("ChannelEnteredBridge"), dial(""))
ANSWERED = (of("ChannelStateChange", "Up"), dial("ANSWER"))
ENDED = (bridge("ChannelLeftBridge"), of("StasisEnd"), of("ChannelDestroyed", cause=16))


def told(*frames: Frame, normaliser: Normaliser | None = None) -> list[type[Event]]:
    normaliser = normaliser or Normaliser(SwitchName("n"))
    return [type(fact.what) for frame in frames for fact in normaliser.facts_of(frame)]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("happened", "says"),
    [
        ((*STARTED, dial("RINGING"), dial("PROGRESS")), [LegRinging]),
        ((*STARTED, dial("PROGRESS"), of("ChannelStateChange", "Ringing"), dial("RINGING")), [LegRinging]),
        ((*STARTED, *ANSWERED, *ENDED), [LegAnswered, LegJoined, LegLeft, LegHungUp]),
        ((*STARTED, dial("PROGRESS"), *ENDED), [LegRinging, LegHungUp]),
        ((*STARTED, ENDED[-1]), [LegHungUp]),
        ((*STARTED, ENDED[0], *ANSWERED, *ENDED), [LegAnswered, LegHungUp]),
        ((*STARTED, ENDED[0], bridge("ChannelEnteredBridge", "other"), *ANSWERED), [LegAnswered, LegJoined]),
    ],
    ids=["rings", "sounds", "answers", "ends unanswered", "nobody tells where it left", "its bridge went before", "moved before"],
)
def test_it_is_in_no_bridge_until_it_is_answered(happened: tuple[Frame, ...], says: list[type[Event]]) -> None:
    assert told(*happened) == says


def test_a_leg_dialled_at_one_stroke_is_answered_when_it_enters() -> None:
    assert told(of("ChannelStateChange", "Up"), dial("PROGRESS"), of("StasisStart", "Up")) == [LegAnswered]


def test_who_is_found_unanswered_after_a_start_is_told_with_their_bridge_when_they_answer() -> None:
    normaliser = Normaliser(SwitchName("n"))
    normaliser.adopt(LEG, "PJSIP/carrier-00000001", is_answered=False, bridge=BRIDGE)
    normaliser.is_dialled(LEG)
    assert told(*ANSWERED, normaliser=normaliser) == [LegAnswered, LegJoined]
