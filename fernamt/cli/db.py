"""`fernamt db`."""

import typer

from fernamt.cli.exits import CliError, Exit
from fernamt.cli.options import Json
from fernamt.cli.showing import note, show_json
from fernamt.cli.work import run, settings
from fernamt.installation import Places, sqlite_file
from store.engine import database_url
from store.revision import newest_revision, revision
from store.upgrade import upgrade


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("upgrade")(bring_up)
    app.command("status")(status)


def bring_up() -> None:
    """Bring the database to this version's schema, from an earlier one or from nothing; what it holds is kept."""
    places = Places(settings())
    places.make()
    before = run(_revision(places))
    after = run(upgrade(places.database_url))
    note(
        f"the database was at {before or 'nothing'} and is at {after}"
        if before != after
        else f"the database is at {after} already"
    )


def status(as_json: Json = False) -> None:
    """Tell where the database stands: 0 where it is at this version's schema, 6 where it is not."""
    places = Places(settings())
    there, wanted = run(_revision(places)), newest_revision()
    shown = database_url(places.database_url).render_as_string(hide_password=True)
    if as_json:
        show_json({"database": shown, "revision": there, "wanted": wanted, "is_current": there == wanted})
    else:
        print(f"{shown} is {f'at {there}' if there else 'empty'}; this version wants {wanted}")
    if there != wanted:
        if as_json:
            raise typer.Exit(Exit.DATABASE)
        raise CliError("the schema is not this version's", way_out="`fernamt db upgrade`", code=Exit.DATABASE)


async def _revision(places: Places) -> str | None:
    path = sqlite_file(places.database_url)
    return None if path is not None and not path.exists() else await revision(places.database_url)
