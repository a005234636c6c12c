"""The command line's front door: knows the commands by name and loads each only when it is used."""

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import typer
from typer._click.core import Command, Context
from typer.core import TyperGroup

from fernamt.cli.choice import CHOSEN, Chosen
from fernamt.cli.exits import MEANINGS, Exit
from fernamt.cli.failures import report
from fernamt.cli.options import Config, Secrets
from fernamt.pauses import loading

_EXITS = "\n\n".join(f"{code.value}  {meaning}" for code, meaning in MEANINGS.items())


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a command is: its module has a `register(app)` that adds it to a Typer application."""

    module: str
    summary: str


COMMANDS: Mapping[str, _Place] = {
    "serve": _Place("fernamt.cli.serve", "Run the service."),
    "node": _Place("fernamt.cli.node", "Run the Asterisk of a switch, apart from the service."),
    "demo": _Place("fernamt.cli.demo", "Run a working floor with agents and callers of its own, until Ctrl-C."),
    "doctor": _Place("fernamt.cli.doctor", "Test switch, database, disk, ports and rights; print the mend of what is wrong."),
    "check-config": _Place("fernamt.cli.check_config", "Tell all faults of the settings at once, each with its line."),
    "db": _Place("fernamt.cli.db", "Bring the database to this version's schema, or tell where it stands."),
    "clients": _Place("fernamt.cli.clients", "Companies we work for: list, add, set."),
    "projects": _Place("fernamt.cli.projects", "Lines of work: list, add, set."),
    "numbers": _Place("fernamt.cli.numbers", "Numbers callers dial: list, add, set, remove."),
    "sampling": _Place("fernamt.cli.sampling", "Sampled calls: report, verify the draw of a day."),
    "consent-texts": _Place("fernamt.cli.consent_texts", "What people are asked before a recording: list, publish."),
    "rights": _Place("fernamt.cli.rights", "Numbers we may show to people we call: list, add, end."),
    "consents": _Place("fernamt.cli.consents", "Consents to advertising calls and their proofs: list, add, withdraw, document."),
    "phone-use": _Place("fernamt.cli.phone_use", "How agents use their softphones: in vain, short, repeated numbers."),
    "donotcall": _Place("fernamt.cli.donotcall", "Numbers that are not called: list, add, remove, import."),
    "leads": _Place("fernamt.cli.leads", "Lists of people to call: make, fill, look at, export, pause, delete."),
    "orders": _Place("fernamt.cli.orders", "Orders taken on calls: list, show, step."),
    "recordings": _Place(
        "fernamt.cli.recordings",
        "Recordings in the vault: list, withdraw; who may hear them, packages; holds, terms, receipts, keys.",
    ),
    "surveys": _Place("fernamt.cli.surveys", "Surveys: list, publish from a file, figures as CSV."),
    "agents": _Place(
        "fernamt.cli.agents", "Agents: list, add, set, import from CSV, phone, address, why (not) offered calls, statement."
    ),
    "callers": _Place("fernamt.cli.callers", "Known callers: lists, their numbers, import from CSV; who never gets whom."),
    "quality": _Place("fernamt.cli.quality", "Calls rated by the project's form: forms, rules, reviews, report."),
    "reviews": _Place("fernamt.cli.reviews", "What reviewers made of calls: list, add, import from CSV."),
    "levels": _Place("fernamt.cli.levels", "Levels: the rule, proposals, who confirms or refuses them, objections."),
    "teams": _Place("fernamt.cli.teams", "Teams, who is in them and who leads them: list, add, set."),
    "users": _Place("fernamt.cli.users", "People who may log in: list, add, passwd, token."),
    "apply": _Place("fernamt.cli.apply", "Make the centre what a file says."),
    "calls": _Place("fernamt.cli.calls", "Live calls, or one call's whole story."),
    "minutes": _Place("fernamt.cli.minutes", "Export metered minutes."),
    "journal": _Place("fernamt.cli.journal", "Read the journal."),
    "audit": _Place("fernamt.cli.audit", "Read who changed, revealed or erased what."),
    "messages": _Place("fernamt.cli.messages", "Voice messages: list, show, forward, retry, done, delete."),
    "parties": _Place("fernamt.cli.parties", "People's personal data: tell, erase, restrict."),
    "processing-record": _Place("fernamt.cli.processing_record", "Print the record of processing activities (Art. 30 GDPR)."),
    "worker": _Place("fernamt.cli.worker", "Run what is no call: derivation, retention, webhooks."),
    "watchdog": _Place("fernamt.cli.watchdog", "Take callers of a dead controller to the answering machine."),
    "simulate": _Place("fernamt.cli.simulate", "Play days of traffic in seconds from a seed, and check the invariants."),
    "whatif": _Place("fernamt.cli.whatif", "Play journaled callers under a changed centre, and compare."),
    "shifts": _Place("fernamt.cli.shifts", "The plan of shifts: list, add, book, release, import, export; swaps and excuses."),
    "attendance": _Place("fernamt.cli.attendance", "Planned time and what became of it, agent by agent."),
    "staffing": _Place("fernamt.cli.staffing", "How many heads a project needs, beside the plan."),
    "verify": _Place("fernamt.cli.verify", "Prove a package of a recorded segment, or name the place of a change; offline."),
    "version": _Place("fernamt.cli.version", "Tell the version."),
}


class _Commands(TyperGroup):
    """The commands of the table above; importing one's module waits until it is used."""

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002 - the table is always the same
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:  # noqa: ARG002
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        app = typer.Typer(name=cmd_name, help=place.summary, no_args_is_help=True, rich_markup_mode=None, add_completion=False)
        with loading():
            importlib.import_module(place.module).register(app)
        command = typer.main.get_command(app)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="fernamt",
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Telephony control service of a distributed contact centre. Data goes to standard output, messages and "
    "progress to standard error; every command that reads has --json.",
    epilog=f"Exit codes:\n\n{_EXITS}",
)


@app.callback()
def choose(config: Config = None, secrets: Secrets = None) -> None:
    """The settings of the command are those named before it."""
    CHOSEN.set(Chosen(files=tuple(config or ()), secrets=secrets))


def main() -> None:
    """Runs the command line; errors that a person can mend are told without a traceback, with the way out."""
    try:
        app(prog_name="fernamt")
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - told, or raised again where only we can mend it
        sys.exit(report(error))
