"""Whether this machine has its processors when it wants them: a switch that waits for one writes less than was said."""

from pathlib import Path

from fernamt.doctor.finding import Finding, doubtful, good, not_tested

STOLEN_DOUBTFUL_PERMILLE = 2
"""Taken evenly nobody would notice; it is taken in pieces of some ten milliseconds."""
WAITED_DOUBTFUL_PERMILLE = 100
_MEND = "give the switch processors of its own: what it does not come to in time is on no recording"


def examine_processors(proc: Path = Path("/proc")) -> list[Finding]:
    """What the host has taken of them since the start, and how often programs here wait for each other now."""
    return [_stolen(proc), _waited(proc)]


def _stolen(proc: Path) -> Finding:
    check = "processors: taken by the host"
    try:
        times = [int(each) for each in (proc / "stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
    except (OSError, ValueError):
        times = []
    if len(times) < 8 or not sum(times):
        return not_tested(check, f"{proc / 'stat'} does not tell")
    permille = times[7] * 1_000 / sum(times)
    found = f"{permille / 10:.2f} % of their time since the start"
    return doubtful(check, found, _MEND) if permille >= STOLEN_DOUBTFUL_PERMILLE else good(check, found)


def _waited(proc: Path) -> Finding:
    check = "processors: waited for"
    try:
        some = (proc / "pressure" / "cpu").read_text(encoding="ascii").split("\n", 1)[0].split()
        percent = float(next(each for each in some if each.startswith("avg300=")).removeprefix("avg300="))
    except (OSError, ValueError, StopIteration):
        return not_tested(check, "this system does not tell how often programs wait (pressure stall information)")
    found = f"{percent:.1f} % of the last five minutes some program waited for one"
    return doubtful(check, found, _MEND) if percent * 10 >= WAITED_DOUBTFUL_PERMILLE else good(check, found)
