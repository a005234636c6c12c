"""`fernamt doctor`."""

import typer
from rich.text import Text

from fernamt.cli.exits import Exit
from fernamt.cli.options import Json
from fernamt.cli.showing import note, show_json, terminal
from fernamt.cli.work import loaded, run
from fernamt.doctor.examination import examine
from fernamt.doctor.finding import Finding, Status

_SIGNS = {
    Status.GOOD: ("good      ", "green"),
    Status.DOUBTFUL: ("doubtful  ", "yellow"),
    Status.WRONG: ("WRONG     ", "bold red"),
    Status.NOT_TESTED: ("not tested", "dim"),
}


def register(app: typer.Typer) -> None:
    """The command is known."""
    app.info.no_args_is_help = False
    app.command(no_args_is_help=False)(examine_all)


def examine_all(as_json: Json = False) -> None:
    """Test the whole installation, running or not, and print the mend of what is not good. 1 where something is wrong."""
    findings = run(_examine(as_json))
    counts = {status: sum(finding.status is status for finding in findings) for status in Status}
    if as_json:
        show_json({"ok": not counts[Status.WRONG], "findings": findings})
    note(", ".join(f"{count} {status.value.replace('_', ' ')}" for status, count in counts.items() if count))
    if counts[Status.WRONG]:
        raise typer.Exit(Exit.FAILED)


async def _examine(as_json: bool) -> list[Finding]:
    findings = []
    console = terminal()
    async for finding in examine(loaded()):
        findings.append(finding)
        if not as_json:
            sign, style = _SIGNS[finding.status]
            console.print(Text.assemble((sign, style), f"  {finding.check}: {finding.found}"), soft_wrap=True)
            if finding.mend is not None and finding.status is not Status.GOOD:
                console.print(Text(f"            → {finding.mend}"), soft_wrap=True)
    return findings
