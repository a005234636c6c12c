"""`fernamt consent-texts`."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from fernamt.authors import command_line
from fernamt.cli.exits import CliError, Exit
from fernamt.cli.options import Json
from fernamt.cli.showing import local_time, note, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from recording.consent import SOUND, ConsentText, Draft, Part
from store.consent_texts import ConsentTextStore
from store.directory import DirectoryStore
from telephony.identifiers import ProjectId
from telephony.order_segments import ConsentPurpose

Project = Annotated[str, typer.Argument(metavar="PROJECT_ID", help="The project's id.")]
File = Annotated[
    Path,
    typer.Argument(metavar="FILE.toml", help="language, text, [names] of the parts; perhaps purpose, prompt."),
]


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("list")(show)
    app.command("publish")(publish)


def show(project: Project, as_json: Json = False) -> None:
    """List the texts by which a project's callers and callees are asked whether they may be recorded, old versions as well."""
    show_rows(("purpose", "language", "version", "published_at", "published_by", "text"), run(_rows(project)), is_json=as_json)


def publish(project: Project, file: File) -> None:
    """Publish a text. It has to name recorder, client, purpose, keeper, term and withdrawal; [names] says in which words."""
    made = run(_publish(_draft(project, file)))
    note(f"{made.project_id}: {made.purpose.value}, {made.language} version {made.version} is read from now on")


class _Text(msgspec.Struct, forbid_unknown_fields=True):
    language: Annotated[str, msgspec.Meta(pattern="^[a-z]{2}$")]
    text: str
    names: dict[Part, str]
    purpose: ConsentPurpose = ConsentPurpose.ORDER
    prompt: Annotated[str, msgspec.Meta(pattern=SOUND)] | None = None


def _draft(project: str, file: Path) -> Draft:
    try:
        read = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _Text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        parts = ", ".join(part.value for part in Part)
        way_out = f"a TOML file with language, text, and [names] with {parts}"
        raise CliError(f"{file}: {error}", way_out=way_out, code=Exit.USAGE) from error
    told = {each: getattr(read, each) for each in ("language", "text", "names", "purpose", "prompt")}
    return Draft(project_id=ProjectId(project), **told)


async def _publish(draft: Draft) -> ConsentText:
    async with opened(settings()) as database:
        directory = await DirectoryStore(database.engine).load()
        if draft.project_id not in directory.projects:
            raise CliError(f"there is no project {draft.project_id!r}", way_out="`fernamt projects list`")
        made = await ConsentTextStore(database.engine).publish(draft, by=command_line())
    if isinstance(made, tuple):
        missing = "; ".join(f"{fault.value}{'' if part is None else f': {part.value}'}" for fault, part in made)
        raise CliError(f"the text cannot be published: {missing}", way_out="say it in the text, and give its words in [names]")
    return made


async def _rows(project: str) -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        texts = await ConsentTextStore(database.engine).texts(ProjectId(project))
    return [
        {
            "purpose": each.purpose.value,
            "prompt": each.prompt,
            "language": each.language,
            "version": each.version,
            "published_at": local_time(each.published_at),
            "published_by": each.published_by,
            "text": each.text,
        }
        for each in texts
    ]
