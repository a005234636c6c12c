"""The running service's API, asked from the command line."""

from collections.abc import Mapping
from typing import Any

import aiohttp

from fernamt.cli.exits import CliError, Exit
from fernamt.cli.live import Access
from fernamt.cli.work import settings

_WAY_OUT = "`fernamt users token LOGIN --name …` makes one for somebody who may; give it in FERNAMT_TOKEN"


async def asked(
    method: str,
    path: str,
    *,
    url: str | None,
    token: str | None,
    language: str = "en",
    params: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
) -> Any:
    """What the service answers to `/api/v1` + path; None where it has nothing to say. Raises `CliError` for a refusal."""
    async with Access.to(settings(), url=url, token=token) as access:
        headers = {"Authorization": f"Bearer {access.token}", "Accept-Language": language}
        address = f"{access.url}/api/v1{path}"
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, address, params=params, json=body) as response,
        ):
            if response.status < 300:
                return await response.json() if response.status != 204 else None
            if response.content_type != "application/problem+json":
                way_out = "is this the address of Fernamt? --url names another"
                raise CliError(f"{access.url} answered {response.status}", way_out=way_out, code=Exit.FAILED)
            raise _refused(await response.json(), response.status)


def _refused(problem: Mapping[str, Any], status: int) -> CliError:
    faults = "; ".join(f"{fault['at']}: {fault['detail']}" for fault in problem.get("fields", ()))
    facts = ", ".join(f"{name} {value}" for name, value in problem.get("facts", {}).items())
    said = " ".join(part for part in (problem["title"], faults, f"({facts})" if facts else "") if part)
    if status in (401, 403):
        return CliError(said, way_out=_WAY_OUT)
    return CliError(said, way_out="the message says what stands against it", code=Exit.FAILED)
