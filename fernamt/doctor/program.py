"""Whether there is an Asterisk to start."""

from pathlib import Path

from config.switches import SwitchSettings
from fernamt.doctor.finding import Finding, doubtful, good, not_tested, wrong
from fernamt.installation import Places
from fernamt.node.debian import find_mirror
from fernamt.node.errors import NodeError
from fernamt.node.packages import ASTERISK_VARIABLE, OLDEST_ASTERISK, asterisk_here, find_asterisk


async def examine_program(name: str, switch: SwitchSettings, places: Places) -> Finding:
    """A named, installed or unpacked Asterisk of the needed version; nothing is unpacked here."""
    check = f"{name}: program"
    if not switch.is_started_here:
        return not_tested(check, "this switch is not started here")
    older: list[str] = []
    try:
        program = await asterisk_here(progress=older.append)
    except NodeError as error:
        return wrong(check, str(error), f"name another one in {ASTERISK_VARIABLE}, or none")
    if program is not None:
        return good(check, f"{program.origin} is {program.version}")
    return await _unpacked(check, places, older)


async def _unpacked(check: str, places: Places, older: list[str]) -> Finding:
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
    mend = "none needed: it takes about half a minute and 400 MB, once"
    return doubtful(check, "; ".join([*older, f"the first start unpacks one from {mirror.uri}"]), mend)
