"""Transfers that a phone asks the switch for (REFER, RFC 3515): which Asterisk survives leaving them to us, what one says. Pure.

Left to us (`PJSIP_TRANSFER_HANDLING()` is `ari-only`) a transfer moves nobody: it is an event, and the phone is told what came of
it. With `Refer-Sub: false` that ends the process of every Asterisk without the change "Fix issues with Refer-Sub:false and ARI"
(asterisk issue 2021, pull request 2022, of July 2026): so any phone could end all calls, and such a build refuses every REFER.

An answer ends it too, whatever its version, while it works on a REFER of the same leg: it tells us of one before it has laid down
what our answer needs (`progress->ari_state` in res_pjsip_refer.c, seen until August 2026). So the phone is told between two
of its requests: later ones are given to Asterisk, which finds nowhere to send the call; what was begun is waited for, by reading
what only the thread that does it can read; then the phone is told, and the leg is ours again.
"""

import re

from telephony.engine.ports import TransferDialled
from telephony.identifiers import LegId
from telephony.switch.asterisk.ari_wire import Frame

HANDLING = "PJSIP_TRANSFER_HANDLING()"
BY_US, BY_ASTERISK = "ari-only", "core"
TRANSFER_CONTEXT = "TRANSFER_CONTEXT"
NOWHERE = "fernamt-nowhere"
"""A context that is in no dialplan."""
HEARD_OUT = "CHANNEL(pjsip,call-id)"
"""Known when all the phone has asked so far on that leg is done."""
TARGET_KEPT = 64
MENDED = {20: 21, 22: 11, 23: 5}
"""By branch, the first release with the change, as tagged in Asterisk's repository: 20.21.0, 22.11.0, 23.5.0. 21 never got it."""
BORN_MENDED = 24
"""Branches from this one on were made after it."""
_NEVER = 1_000_000
_RELEASE = re.compile(r"(?:Asterisk )?(\d+)\.(\d+)\.\d+")
_USER = re.compile(r"<?(?:sips?|tel):([^@;>?]*)")


def survives_refer(version: str) -> bool:
    """Whether an Asterisk that tells this version is known to survive. One we cannot place (certified, built from git) is not."""
    found = _RELEASE.match(version)
    if found is None:
        return False
    branch, release = int(found[1]), int(found[2])
    return branch >= BORN_MENDED or release >= MENDED.get(branch, _NEVER)


def transfer_of(frame: Frame) -> TransferDialled | None:
    """What the phone asks; None for the echo of what we have told it."""
    if frame.state or frame.refer_to is None or frame.referred_by is None:
        return None
    wanted = frame.refer_to.requested_destination
    return TransferDialled(
        leg_id=LegId(frame.referred_by.source_channel.id),
        target=_user(wanted.destination)[:TARGET_KEPT],
        is_attended=bool(wanted.protocol_id),
    )


def _user(destination: str) -> str:
    """The part before the host, where a whole address is given."""
    found = _USER.match(destination)
    return destination if found is None else found[1]
