"""How the program ends: its exit codes, and the errors that carry one with the way out."""

from enum import IntEnum


class Exit(IntEnum):
    """What the exit code says. The texts are in `fernamt --help` and README.md."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CONFIG = 3
    UNREACHABLE = 4
    NOT_FOUND = 5
    DATABASE = 6
    INTERRUPTED = 130


MEANINGS = {
    Exit.DONE: "done",
    Exit.FAILED: "refused or failed; the message says what and why",
    Exit.USAGE: "the command line is wrong",
    Exit.CONFIG: "settings, a centre file, an import file or given values have faults; all are listed",
    Exit.UNREACHABLE: "the service, the switch or a host could not be reached",
    Exit.NOT_FOUND: "there is no such call, agent, client, project, number, user, message or party",
    Exit.DATABASE: "the database cannot be used, or its schema is not the one of this version",
    Exit.INTERRUPTED: "stopped by Ctrl-C",
}


class CliError(Exception):
    """A command cannot do what was asked: `what` names the thing, `way_out` says what to do about it."""

    def __init__(self, what: str, *, way_out: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(what)
        self.what = what
        self.way_out = way_out
        self.code = code


def not_found(kind: str, name: str, *, list_with: str) -> CliError:
    """The error for a thing that does not exist."""
    return CliError(f"there is no {kind} {name!r}", way_out=f"`{list_with}` lists those there are", code=Exit.NOT_FOUND)
