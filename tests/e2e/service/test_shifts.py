"""A shift from its booking to the attendance, on a running service with real phones: refused before, kept, never cut."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from telephony.agent.judged import ShiftJudged
from telephony.events import AgentConnected, CallEnded, RequestRefused
from tests.e2e.service.centres import RINGING
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import Desk, at_desk
from tests.e2e.service.people import a_caller, takes_call
from tests.e2e.service.watching import eventually, watching

BEGINS_IN_S, LASTS_S = 20, 10
RULE = 'outside_shift = "refuse"\n'


async def tried(desk: Desk, path: str, body: Any, wanted: tuple[int, str | None]) -> None:
    """The answer becomes the wanted one: another process changed the centre or the plan, which is in force within a second."""

    async def look() -> bool | None:
        status, said = await desk.ask("POST", path, body)
        return (status, said.get("code") if isinstance(said, dict) else None) == wanted or None

    await eventually(look, f"{wanted} of {path}")


async def test_a_shift_is_booked_kept_and_accounted_for(state_dir: Path) -> None:
    async with opened_house(state_dir, 1) as house, watching(house) as watch, at_desk(house, "sup") as sup:
        phone = await house.phone("a01", tone_hz=420)
        rule = house.directory / "rule.toml"
        await asyncio.to_thread(rule.write_text, RULE)
        await house.command("apply", str(rule))
        async with at_desk(house, "a01") as desk:
            await tried(desk, "/agents/a01/log-in", {}, (409, "outside_shift"))
            await watch.until(RequestRefused, code="outside_shift")
            begins = datetime.now(UTC) + timedelta(seconds=BEGINS_IN_S)
            facts = {"scope": "project", "scope_id": "ringing", "headcount": 1, "from_at": begins.isoformat()}
            ends = begins + timedelta(seconds=LASTS_S)
            status, shift = await sup.ask("POST", "/shifts", {**facts, "to_at": ends.isoformat()})
            assert status == 200, shift
            await desk.do(f"/shifts/{shift['shift_id']}/book", {})
            assert (await desk.ask("POST", f"/shifts/{shift['shift_id']}/book", {}))[1]["code"] == "shift_overlaps"
            await tried(desk, "/agents/a01/log-in", {}, (204, None))  # early, which is welcome
            async with a_caller(house, RINGING) as caller:
                await takes_call(phone)
                connected = await watch.until(AgentConnected)
                assert connected.received_at >= begins.timestamp() * 1_000_000

                async def is_barred() -> bool | None:
                    return "ringing" in (await watch.all(ShiftJudged))[-1].barred or None

                await eventually(is_barred, "the end of the shift")
                assert datetime.now(UTC) >= ends
                assert await watch.all(CallEnded) == []  # the end of a shift cuts nobody off
                await caller.hang_up()
                await watch.until(CallEnded)
            _, why = await desk.ask("GET", "/agents/a01/why")
            assert "outside_shift" in {project["code"] for project in why["projects"]}
            hour = timedelta(hours=1)
            period = f"from={begins - hour:%Y-%m-%dT%H:%M:%SZ}&to={ends + hour:%Y-%m-%dT%H:%M:%SZ}"
            status, told = await desk.ask("GET", f"/attendance?{period}")
            assert status == 200, told
            (row,) = told["items"]
            parts = ("kept", "late", "left_early", "away", "paused", "unreachable", "missed")
            assert row["planned_ms"] == LASTS_S * 1_000 == sum(row[f"{part}_ms"] for part in parts)
            assert row["kept_ms"] == LASTS_S * 1_000
            assert row["outside_ms"] > 0
            years = ("--from", "2020-01-01", "--to", "2100-01-01")
            by_command = json.loads(await house.command("attendance", *years, "--format", "json"))
            assert {name: by_command[0][name] for name in ("agent_id", "planned_ms", "kept_ms")} == {
                "agent_id": "a01",
                "planned_ms": row["planned_ms"],
                "kept_ms": row["kept_ms"],
            }
        status, hint = await sup.ask("GET", f"/staffing?{period}&project=ringing")
        assert status == 200, hint
        assert max(quarter["planned"] for quarter in hint["quarters"]) <= 1
