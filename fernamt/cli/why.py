"""`fernamt agents why`: what keeps calls from an agent, or who is ahead, told by the running service."""

from typing import Annotated, Any

import aiohttp
import typer
from rich.text import Text

from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.live import Access
from fernamt.cli.options import Json, Language, Spoken
from fernamt.cli.showing import show_json, terminal
from fernamt.cli.work import run, settings

Name = Annotated[str, typer.Argument(metavar="AGENT_ID", help="Whom it is about.")]
Last = Annotated[int, typer.Option("--last", min=0, max=100, help="How many of the latest decisions of their projects.")]
Url = Annotated[str | None, typer.Option(envvar="FERNAMT_URL", help="The service; without it the one of the settings.")]
Token = Annotated[str | None, typer.Option(envvar="FERNAMT_TOKEN", help="API token; without it one is made for this command.")]


def why(
    name: Name,
    last: Last = 10,
    language: Language = Spoken.EN,
    url: Url = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Tell why an agent is or is not offered calls now, project by project, and why the last calls went where they went."""
    told = run(_told(name, last, language, url, token))
    if as_json:
        show_json(told)
        return
    console = terminal()
    for line in lines(told):
        console.print(line, soft_wrap=True)


def lines(told: dict[str, Any]) -> list[Text]:
    """What the service told, for people."""
    shown = [Text(f"{told['agent_id']}: {told['state']}", style="bold")]
    shown += [Text(f"  {reason['sentence']}") for reason in told["reasons"]]
    for project in told["projects"]:
        shown.append(Text.assemble("  ", (project["project_id"], "bold"), f": {project['sentence']}"))
        shown += [Text(f"      {kept['callers']} × {kept['sentence']}") for kept in project["kept_from"]]
    shown += [
        Text.assemble(
            f"  {decision['decided_at']}  ", (decision["project_id"], "bold"), f"  {decision['call_id']}: {decision['sentence']}"
        )
        for decision in told["decisions"]
    ]
    return shown


async def _told(name: str, last: int, language: Spoken, url: str | None, token: str | None) -> dict[str, Any]:
    async with Access.to(settings(), url=url, token=token) as access:
        headers = {"Authorization": f"Bearer {access.token}", "Accept-Language": language.value}
        path = f"{access.url}/api/v1/agents/{name}/why"
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(path, params={"last": str(last)}) as response,
        ):
            if response.status == 404:
                raise not_found("agent", name, list_with="fernamt agents list")
            if response.status in (401, 403):
                way_out = "`fernamt users token LOGIN --name …` makes one for a supervisor; give it in FERNAMT_TOKEN"
                raise CliError(f"{access.url} does not accept this token", way_out=way_out)
            if response.status != 200:
                way_out = "is this the address of Fernamt? --url names another"
                raise CliError(f"{access.url} answered {response.status}", way_out=way_out, code=Exit.FAILED)
            answered: dict[str, Any] = await response.json()
            return answered
