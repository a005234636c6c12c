"""`fernamt surveys`: published from a file, counted into a table."""

import csv
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from fernamt.authors import command_line
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import Json
from fernamt.cli.showing import local_time, note, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import Places, opened
from fernamt.leads.exporting import safe
from routing.aftercall.survey_figures import TABLE_COLUMNS, SurveyFigures, table_of
from routing.aftercall.surveys import Question, Survey, SurveyId
from store.centre import CentreRejected
from store.surveys import SurveyStore
from telephony.identifiers import ProjectId

COLUMNS = ("survey_id", "version", "project_id", "title", "questions", "published_at")

Name = Annotated[str, typer.Argument(metavar="SURVEY_ID")]
File = Annotated[Path, typer.Argument(metavar="FILE.toml", help="A title, and a [[questions]] for each: name, text, kind, …")]
Project = Annotated[str, typer.Option("--project", help="Whose survey it is.")]
Version = Annotated[int | None, typer.Option("--version", min=1, help="The newest where nothing is said.")]


class _Described(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    questions: tuple[Question, ...]


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("list")(show)
    app.command("publish")(publish)
    app.command("figures")(figures)


def show(as_json: Json = False) -> None:
    """List surveys in their newest versions."""
    show_rows(COLUMNS, run(_rows()), is_json=as_json)


def publish(name: Name, file: File, *, project: Project) -> None:
    """Publish a survey; one that stands gets a new version, and keeps its answers."""
    try:
        described = msgspec.toml.decode(file.read_bytes(), type=_Described)
    except (OSError, msgspec.ValidationError, msgspec.DecodeError) as error:
        raise CliError(f"{file} is no survey: {error}", way_out="docs/after-calls.md shows one", code=Exit.CONFIG) from error
    survey = Survey(survey_id=SurveyId(name), version=0, title=described.title, questions=described.questions)
    made = run(_publish(survey, ProjectId(project)))
    note(f"the survey {name} stands in version {made.version}")


def figures(name: Name, version: Version = None, as_json: Json = False) -> None:
    """Count a survey: a row for each bar, as CSV. What rests on few people is withheld."""
    rows = list(table_of(run(_figures(name, version))))
    if as_json:
        show_rows(TABLE_COLUMNS, rows, is_json=True)
        return
    writer = csv.writer(sys.stdout)
    writer.writerow(TABLE_COLUMNS)
    writer.writerows([safe(row[column]) for column in TABLE_COLUMNS] for row in rows)


async def _rows() -> list[dict[str, Any]]:
    chosen = settings()
    async with opened(chosen) as database:
        found = await SurveyStore(database.engine, Places(chosen).party_keys()).surveys()
    return [
        {
            "survey_id": each.survey.survey_id,
            "version": each.survey.version,
            "project_id": each.project_id,
            "title": each.survey.title,
            "questions": len(each.survey.questions),
            "published_at": local_time(each.published_at),
        }
        for each in found
    ]


async def _publish(survey: Survey, project_id: ProjectId) -> Survey:
    chosen = settings()
    async with opened(chosen) as database:
        try:
            return await SurveyStore(database.engine, Places(chosen).party_keys()).publish(survey, project_id, by=command_line())
        except CentreRejected as rejected:
            told = "; ".join(f"{fault.where}: {fault.what}" for fault in rejected.faults)
            raise CliError(told, way_out="mend what is told; nothing was published", code=Exit.CONFIG) from rejected


async def _figures(name: str, version: int | None) -> SurveyFigures:
    chosen = settings()
    async with opened(chosen) as database:
        surveys = SurveyStore(database.engine, Places(chosen).party_keys())
        found = await surveys.get(SurveyId(name), version)
        counted = None if found is None else await surveys.figures(found.survey.survey_id, found.survey.version)
    if counted is None:
        raise not_found("survey", name, list_with="fernamt surveys list")
    return counted
