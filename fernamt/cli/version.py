"""`fernamt version`."""

import json
from importlib.metadata import PackageNotFoundError, version

import typer

from fernamt.cli.options import Json


def register(app: typer.Typer) -> None:
    """The command is known."""
    app.command()(show)


def show(as_json: Json = False) -> None:
    """Tell the version."""
    number = own_version()
    typer.echo(json.dumps({"version": number}) if as_json else f"fernamt {number}")


def own_version() -> str:
    """The installed version; "0 (not installed)" when run from a folder that was never installed."""
    try:
        return version("fernamt")
    except PackageNotFoundError:
        return "0 (not installed)"
