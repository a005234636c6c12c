"""Reasons and stories of real calls: told by the running service and from its journal, and the day played again."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from telephony.agent.noted import AgentNoted
from telephony.events import AgentConnected, CallEnded
from tests.e2e.service.centres import RINGING
from tests.e2e.service.conftest import OpenHouse
from tests.e2e.service.desk import at_desk
from tests.e2e.service.people import a_caller, takes_call
from tests.e2e.service.watching import eventually, watching


async def test_why_an_agent_gets_the_next_call_and_what_became_of_the_last_one(open_house: OpenHouse) -> None:
    async with open_house(agents=2) as house, watching(house) as watch, at_desk(house, "sup") as desk:
        async with a_caller(house, RINGING) as caller:
            await takes_call(house.phones["a01"])
            connected = await watch.until(AgentConnected)
            call_id = connected.event.call_id
            _, busy = await desk.ask("GET", "/agents/a01/why")
            assert (busy["state"], busy["is_free"]) == ("talking", False)
            assert busy["decisions"][0]["code"] == "chosen"
            told = await house.command("agents", "why", "a02", "--language", "de")
            assert "a02: available" in told
            assert "ist als Nächstes an der Reihe" in told
            await caller.hang_up()
            await watch.until(CallEnded)
        await desk.ask("POST", "/agents/a01/available")
        await watch.until(AgentNoted)
        _, free = await desk.ask("GET", "/agents/a01/why")
        assert {project["code"] for project in free["projects"] if project["place"] is not None} == {"behind"}
        _, story = await desk.ask("GET", f"/calls/{call_id}/story")
        kinds = [line["kind"] for line in story["lines"]]
        assert kinds.index("decision_taken") < kinds.index("agent_connected") < kinds.index("call_ended")
        assert "got the call" in await house.command("calls", "show", call_id)
        period = ("--from", "2020-01-01", "--to", "2100-01-01")
        again = json.loads(await house.command("whatif", *period, "--replays", "2", "--json"))
        assert again["callers"] == 1
        assert next(row for row in again["figures"] if row["name"] == "abandonment_pct")["now"]["mean"] == 0
        status, begun = await desk.ask(
            "POST",
            "/what-ifs",
            {"from": hours_ago(24), "to": hours_ago(-1), "centre": "default_weights = [5.0, 1.0, 1.0]", "replays": 2},
        )
        assert status == 200, begun

        async def ended() -> dict[str, Any] | None:
            _, shown = await desk.ask("GET", f"/what-ifs/{begun['what_if_id']}")
            return shown if shown["state"] != "running" else None

        asked = await eventually(ended, "the end of the what-if")
        assert (asked["state"], asked["detail"]) == ("done", None)
        assert asked["answer"]["callers"] == 1
        assert any("default_weights" in line for line in asked["answer"]["differences"])
        status, picture = await desk.ask("GET", f"/what-ifs/{begun['what_if_id']}/picture")
        assert (status, picture[:4]) == (200, b"<svg")


def hours_ago(hours: int) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
