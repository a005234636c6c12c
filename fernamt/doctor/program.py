"""Whether there is an Asterisk to start."""

from pathlib import Path

from config.switches import SwitchSettings
from fernamt.doctor.finding import Finding, doubtful, good, not_tested, wrong
from fernamt.installation import Places
from fernamt.node.debian import find_mirror
from fernamt.node.errors import NodeError
from fernamt.node.packages import OLDEST_ASTERISK, find_asterisk
from fernamt.node.program import ask_version, installed


async def examine_program(name: str, switch: SwitchSettings, places: Places) -> Finding:
    """An installed or unpacked Asterisk of the needed version; nothing is unpacked here."""
    check = f"{name}: program"
    if not switch.is_started_here:
        return not_tested(check, "this switch is not started here")
    path = installed("asterisk")
    version = await ask_version((path,), "-V") if path is not None else None
    if version is not None and version >= OLDEST_ASTERISK:
        return good(check, f"{path} is {version}")
    unpacked: Path = places.state / "packages" / "asterisk"
    if (unpacked / "root").is_dir():
        try:
            program = await find_asterisk(places.state)
        except NodeError as error:
            return wrong(check, str(error), f"remove {unpacked}: the next start unpacks it anew")
        return good(check, f"{program.version}, unpacked from {program.origin}")
    try:
        mirror = find_mirror(None)
    except NodeError as error:
        return wrong(
            check, str(error), f"install Asterisk {OLDEST_ASTERISK} or later, or name a Debian mirror in FERNAMT_DEBIAN_MIRROR"
        )
    older = f"{path} is {version}, {OLDEST_ASTERISK} is needed; " if version is not None else ""
    mend = "none needed: it takes about half a minute and 400 MB, once"
    return doubtful(check, f"{older}the first start unpacks one from {mirror.uri}", mend)
