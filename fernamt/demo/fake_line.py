"""The other end of the demo's emergency line: 110 and 112 from an agent's phone are answered here and go nowhere."""

from fernamt.demo.house import SWITCH, House
from fernamt.demo.phones import Phone, PhoneAccount
from fernamt.node.settings import bracketed
from fernamt.node.unpack import Progress

_FOR_EVER_S = 1e9
_TONE_HZ = 600


async def answer_emergencies(house: House, tell: Progress) -> None:
    """Every call on the emergency line is answered by a tone, until cancelled."""
    switch = house.settings.switch[SWITCH]
    line = switch.trunk[str(switch.emergency_trunk)]
    account = PhoneAccount(user="emergency", server=f"{bracketed(line.host)}:{line.port}")
    directory = house.directory / "phones" / "emergency"
    phone = await Phone.start(house.baresip, account, directory, tone_hz=_TONE_HZ, sip_port=line.port)
    try:
        while True:
            await phone.expect("CALL_INCOMING", within_s=_FOR_EVER_S)
            tell("an emergency call ends at the demo's own line: nobody outside is called")
            await phone.answer()
            phone.forget_events()
    finally:
        await phone.stop()
