"""What an error looks like on the terminal: the thing, the way out, the exit code. Only faults of our own show a traceback."""

import os
import sys

from fernamt.cli.exits import CliError, Exit


def report(error: Exception) -> Exit:
    """The error is told on standard error; returns the exit code. What no person at the keyboard can mend is raised again."""
    told = _told(_only_one(error))
    if told is None:
        raise error
    lines, code = told
    for line in lines:
        print(line, file=sys.stderr)
    return code


def _told(error: Exception) -> tuple[list[str], Exit] | None:
    if isinstance(error, CliError):
        return [f"error: {error.what}", f"way out: {error.way_out}"], error.code
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return [], Exit.DONE
    return _of_config(error) or _of_network(error) or _of_database(error) or _of_fernamt(error) or _of_system(error)


def _only_one(error: Exception) -> Exception:
    """The error itself, out of the groups that tasks side by side wrap it in."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _of_config(error: Exception) -> tuple[list[str], Exit] | None:
    if not _is(error, "config.faults", "FaultsFound"):
        return None
    faults = error.args[0].splitlines()
    return [*faults, f"error: {len(faults)} fault{'s' * (len(faults) != 1)} found; nothing was done"], Exit.CONFIG


def _of_network(error: Exception) -> tuple[list[str], Exit] | None:
    if not (isinstance(error, ConnectionError | TimeoutError) or _is(error, "aiohttp", "ClientConnectionError")):
        return None
    way_out = "way out: is it running? `fernamt doctor` tests what has to be there"
    return [f"error: no connection: {str(error) or type(error).__name__}", way_out], Exit.UNREACHABLE


def _of_database(error: Exception) -> tuple[list[str], Exit] | None:
    if not _is(error, "sqlalchemy.exc", "DBAPIError"):
        return None
    cause = getattr(error, "orig", None) or error
    way_out = "way out: `fernamt db status` tells where the database stands, `fernamt doctor` tests it"
    return [f"error: the database refused: {cause}", way_out], Exit.DATABASE


def _of_fernamt(error: Exception) -> tuple[list[str], Exit] | None:
    if _is(error, "fernamt.installation", "WrongSchema"):
        return [f"error: {error}", "way out: `fernamt db upgrade`"], Exit.DATABASE
    if _is(error, "store.revision", "UpgradeError"):
        return [f"error: {error}", "way out: `fernamt doctor` tests the database and the way to it"], Exit.DATABASE
    if _is(error, "store.engine", "DatabaseUrlError"):
        return [f"error: {error}", "way out: set database.url in the settings, or FERNAMT_DATABASE__URL"], Exit.CONFIG
    if _is(error, "telephony.errors", "FernamtError") or _is(error, "fernamt.node.errors", "NodeError"):
        return [f"error: {error}", "way out: `fernamt doctor` tests the whole installation"], Exit.FAILED
    return None


def _of_system(error: Exception) -> tuple[list[str], Exit] | None:
    if isinstance(error, OSError) and error.filename is not None:
        way_out = "way out: name a path that exists and that this user may use"
        return [f"error: {error.filename}: {error.strerror}", way_out], Exit.FAILED
    return None


def _is(error: Exception, module: str, name: str) -> bool:
    """Whether the error is of that class; a module that was never loaded cannot have raised it."""
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(error, getattr(loaded, name))
