"""The harness itself: phones and callers do what the tests and the demo ask of them, on a real node."""

import asyncio
from collections.abc import AsyncIterator, Callable

import numpy as np
import numpy.typing as npt
import pytest
import pytest_asyncio

from fernamt.demo.phones import PATIENCE_S, Phone, PhoneAccount
from fernamt.demo.sipp import Sipp, run_sipp
from fernamt.node.local import LINE
from fernamt.node.ports import free_ports
from fernamt.node.process import AsteriskNode
from tests.e2e.accounts import provision
from tests.e2e.conftest import StartPhone

ANNAS_TONE, BERTS_TONE = 500, 900
HALF_A_SECOND = 4000
Sound = npt.NDArray[np.float64]


@pytest_asyncio.fixture
async def talking(own_node: AsteriskNode, start_phone: StartPhone) -> tuple[Phone, Phone]:
    """Anna has called Bert through the switch itself, and he has answered."""
    await own_node.rx("dialplan add extension bert,1,Dial,PJSIP/agent-bert into from-agents")
    anna = await start_phone(await provision(own_node, "agent-anna"), tone_hz=ANNAS_TONE, keeps_what_it_hears=True)
    bert = await start_phone(await provision(own_node, "agent-bert"), tone_hz=BERTS_TONE, keeps_what_it_hears=True)
    await anna.expect("REGISTER_OK")
    await bert.expect("REGISTER_OK")
    await anna.dial("bert")
    await bert.expect("CALL_INCOMING")
    await bert.answer()
    await anna.expect("CALL_ESTABLISHED")
    await anna.expect("CALL_RTPESTAB")
    return anna, bert


async def test_each_hears_the_others_tone(talking: tuple[Phone, Phone]) -> None:
    anna, bert = talking
    await until_hears(anna, is_tone(BERTS_TONE))
    await until_hears(bert, is_tone(ANNAS_TONE))


async def test_a_held_call_hears_music_and_a_resumed_one_the_phone_again(
    talking: tuple[Phone, Phone],
) -> None:
    anna, bert = talking
    await anna.hold()
    await until_hears(bert, is_music)
    await anna.resume()
    await until_hears(bert, is_tone(ANNAS_TONE))


async def test_digits_pressed_arrive_in_order(talking: tuple[Phone, Phone]) -> None:
    anna, bert = talking
    await anna.press("42#")
    arrived = [(await bert.expect("CALL_DTMF_START")).parameter for _ in range(3)]
    assert arrived == ["4", "2", "#"]


async def test_a_call_can_be_refused(own_node: AsteriskNode, start_phone: StartPhone) -> None:
    await own_node.rx("dialplan add extension bert,1,Dial,PJSIP/agent-bert into from-agents")
    anna = await start_phone(await provision(own_node, "agent-anna"))
    bert = await start_phone(await provision(own_node, "agent-bert"))
    await anna.expect("REGISTER_OK")
    await bert.expect("REGISTER_OK")
    await anna.dial("bert")
    await bert.expect("CALL_INCOMING")
    await bert.hang_up()
    assert (await anna.expect("CALL_CLOSED")).parameter[:3] in {"486", "603", "480"}


async def test_a_frozen_phone_is_given_up_by_its_silence(own_node: AsteriskNode, talking: tuple[Phone, Phone]) -> None:
    anna, bert = talking
    bert.freeze()
    # rtp_timeout of the account is 5 s.
    await anna.expect("CALL_CLOSED")
    assert '"HANGUP"' in own_node.settings.cel_file.read_text("utf-8")


async def test_callers_of_a_scenario_are_counted_by_outcome(own_node: AsteriskNode) -> None:
    to = f"127.0.0.1:{own_node.settings.sip_port}"
    keys = {"caller": "+49301234567", "number": "4930123456"}

    answered = await run_sipp("speaking_caller", to=to, calls=3, rate=5, talk_ms=500, keys=keys)
    refused = await run_sipp("caller", to=to, talk_ms=500, keys=keys | {"number": "nobody"})

    assert (answered.succeeded, answered.failed, answered.errors) == (3, 0, "")
    assert (refused.succeeded, refused.failed) == (0, 1)
    assert "404" in refused.errors


@pytest.mark.parametrize("heard_first", ["NoOp", "Ringing"])
async def test_a_caller_who_gives_up_while_waiting_is_gone(own_node: AsteriskNode, heard_first: str) -> None:
    await own_node.rx(f"dialplan add extension 4930123456,1,{heard_first} into from-trunk")
    await own_node.rx("dialplan add extension 4930123456,2,Stasis,fernamt into from-trunk")
    result = await run_sipp(
        "impatient_caller",
        to=f"127.0.0.1:{own_node.settings.sip_port}",
        talk_ms=300,
        keys={"caller": "+49301234567", "number": "4930123456"},
    )
    assert (result.succeeded, result.errors) == (1, "")


async def test_a_caller_stays_until_the_announcement_has_ended(own_node: AsteriskNode) -> None:
    result = await run_sipp(
        "patient_caller",
        to=f"127.0.0.1:{own_node.settings.sip_port}",
        keys={"caller": "anonymous", "number": "4930123456"},
    )
    assert (result.succeeded, result.errors) == (1, "")


@pytest.mark.parametrize(("end", "outcome"), [("answering_line", "ANSWER"), ("busy_line", "BUSY")])
async def test_the_other_end_of_a_line_answers_or_is_busy(
    own_node: AsteriskNode, start_phone: StartPhone, end: str, outcome: str
) -> None:
    port = next(trunk.port for trunk in own_node.settings.trunks if trunk.name == LINE)
    await own_node.rx(f"dialplan add extension outside,1,Dial,PJSIP/4989123@{LINE} into from-agents")
    anna = await start_phone(await provision(own_node, "agent-anna"))
    await anna.expect("REGISTER_OK")
    async with Sipp.running(end, at=port, talk_ms=100):
        await anna.dial("outside")
        event = await anna.expect("CALL_ESTABLISHED", "CALL_CLOSED")
        assert event.type == ("CALL_ESTABLISHED" if outcome == "ANSWER" else "CALL_CLOSED")
        if outcome == "ANSWER":
            await anna.hang_up()


async def test_a_muted_phone_sends_silence(talking: tuple[Phone, Phone]) -> None:
    anna, bert = talking
    await anna.mute()
    await until_hears(bert, lambda sound: np.abs(sound).max() < 500)
    await anna.mute()
    await until_hears(bert, is_tone(ANNAS_TONE))


async def test_a_phone_never_obeys_through_another_phones_port(start_phone: StartPhone, monkeypatch: pytest.MonkeyPatch) -> None:
    first, own, other, control = free_ports(4)
    tried = iter([(first, control), (own, control), (own, other)])
    monkeypatch.setattr("fernamt.demo.phones.brief_ports", lambda _count: next(tried))
    for user in ("anna", "bert"):
        phone = await start_phone(PhoneAccount(user=user, server=f"127.0.0.1:{own}"))
        assert "failed to listen" not in (phone.directory / "phone.log").read_text()
    assert next(tried, None) is None, "and found that the port was taken"


async def until_hears(phone: Phone, wanted: Callable[[Sound], bool]) -> None:
    """What the phone has heard in its last half second is as wanted."""
    ticks = every(0.05)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not (len(sound := heard(phone)) == HALF_A_SECOND and wanted(sound)):
                # It grows with each packet the phone receives; nothing tells of it sooner.
                await anext(ticks)
    except TimeoutError:
        pytest.fail(f"{phone.account.user} did not hear it; loudest tone {loudest_tone(heard(phone)):.0f} Hz")


async def every(seconds: float) -> AsyncIterator[None]:
    """One more look, that often."""
    while True:
        await asyncio.sleep(seconds)
        yield


def heard(phone: Phone) -> Sound:
    """The last half second of the phone's last call; the file may still be growing."""
    files = phone.heard()
    samples = np.frombuffer(files[-1].read_bytes()[44:], dtype=np.uint8) if files else np.zeros(0, np.uint8)
    whole = samples[: len(samples) // 2 * 2].view("<i2")
    return whole[-HALF_A_SECOND:].astype(float)


def is_tone(tone_hz: int) -> Callable[[Sound], bool]:
    """The sound is that tone, and loud."""
    return lambda sound: np.abs(sound).max() > 1000 and abs(loudest_tone(sound) - tone_hz) < 10


def is_music(sound: Sound) -> bool:
    """The sound is not silent and none of the phones' tones."""
    tones = (is_tone(ANNAS_TONE), is_tone(BERTS_TONE))
    return bool(np.abs(sound).max() > 500) and not any(is_one(sound) for is_one in tones)


def loudest_tone(sound: Sound) -> float:
    """The frequency in Hz that is strongest in a sound of 8,000 samples a second."""
    if not len(sound):
        return 0.0
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum) * 8000 / len(sound))
