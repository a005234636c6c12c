"""A level from the first call to the first decision with it, and what an agent is owed: on the running service, with people."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from telephony.abuse import AbusiveCallEnded
from telephony.causes import EndReason
from telephony.decisions import DecisionTaken
from telephony.events import AgentConnected, AgentReleased, CallEnded, DirectoryLoaded, WrapUpCodeChosen
from tests.e2e.service.centres import RINGING
from tests.e2e.service.conftest import OpenHouse
from tests.e2e.service.desk import Desk, at_desk
from tests.e2e.service.people import a_caller, takes_call
from tests.e2e.service.watching import eventually, watching

RULE = """
[levels]
least_reviews = 1
least_conversations = 1
notice_days = 0
contact = "sup"

[levels.positive_codes]
music = ["done"]
"""


async def listed(desk: Desk, path: str) -> list[dict[str, Any]]:
    """The items of that list, as soon as there are any."""

    async def look() -> list[dict[str, Any]] | None:
        status, said = await desk.ask("GET", path)
        assert status == 200, said
        return said["items"] or None

    return await eventually(look, path)


async def test_a_level_is_proposed_confirmed_by_a_person_and_in_force_and_the_agent_is_told_why(open_house: OpenHouse) -> None:
    async with open_house(agents=1) as house, watching(house) as watch, at_desk(house, "sup") as desk:
        rule = house.directory / "levels.toml"
        rule.write_text(RULE)
        await house.command("apply", str(rule))
        await watch.until(DirectoryLoaded)
        async with a_caller(house, RINGING) as caller:  # a talk as any other
            await takes_call(house.phones["a01"])
            connected = await watch.until(AgentConnected)
            await caller.hang_up()
            await watch.until(CallEnded)
        async with a_caller(house, RINGING):  # and one that the agent ends for abuse
            await takes_call(house.phones["a01"])
            abused = await watch.until(AgentConnected, count=2)
            async with at_desk(house, "a01") as agent:
                await agent.do(f"/calls/{abused.event.call_id}/abusive")
            await watch.until(AbusiveCallEnded)
            ended = await watch.until(CallEnded, count=2)
            assert ended.event.end_reason is EndReason.ABUSE
            assert (await watch.until(AgentReleased, count=2)).event.has_talked
        for call_id, score in ((connected.event.call_id, 91), (abused.event.call_id, 0)):
            reviews = {"items": [{"agent_id": "a01", "score": score, "form_version": "1", "call_id": call_id}]}
            status, said = await desk.ask("POST", "/reviews", reviews)
            assert (status, said) == (200, {"added": 1})
        now = datetime.now(UTC)
        period = {"from_at": (now - timedelta(days=1)).isoformat(), "to_at": (now + timedelta(minutes=1)).isoformat()}
        status, said = await desk.ask("POST", "/level-runs", period)
        assert status == 200, said
        (proposal,) = await listed(desk, "/level-proposals?agent=a01&state=open")
        assert (proposal["score"], proposal["level"], proposal["state"]) == (9_100, 3, "open")
        assert "1 conversations ended for abuse count nowhere." in proposal["sentences"]
        _, before = await desk.ask("GET", "/agents/a01")
        assert before["level"] != 3
        status, said = await desk.ask("POST", f"/level-proposals/{proposal['proposal_id']}/confirm", {"note": "well done"})
        assert (status, said["state"]) == (200, "confirmed"), said
        await watch.until(DirectoryLoaded, count=2)
        _, after = await desk.ask("GET", "/agents/a01")
        assert after["level"] == 3
        async with a_caller(house, RINGING) as caller:
            await takes_call(house.phones["a01"])
            decision = await watch.until(DecisionTaken, count=3)
            assert decision.event.level == 3
            await caller.hang_up()
            await watch.until(CallEnded, count=3)
        async with at_desk(house, "a01") as agent:
            between = f"from={now - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}&to={now + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
            status, owed = await agent.ask("GET", f"/agents/a01/statement?{between}")
            assert status == 200, owed
            assert (owed["abusive_calls"], owed["offers"], owed["shares"][0]["got"]) == (1, {"talked": 3}, 3)
            assert (owed["level"], owed["levels"][0]["state"]) == (3, "in_force")
            contest = {"what": "level", "subject": proposal["proposal_id"], "words": "Why so late?"}
            status, raised = await agent.ask("POST", "/agents/a01/contest", contest)
            assert (status, raised["responsible"]) == (200, "sup"), raised
        (open_one,) = await listed(desk, "/contests?open=true")
        await desk.do(f"/contests/{open_one['contest_id']}/answer", {"answer": "stands", "words": "It is the first month."})
        days = (f"{now - timedelta(days=1):%Y-%m-%d}", f"{now + timedelta(days=2):%Y-%m-%d}")
        german = await house.command("agents", "statement", "a01", "--from", days[0], "--to", days[1], "--lang", "de")
        assert "wegen Beleidigung beendet" in german
        deeds = json.loads(await house.command("audit", "--json"))
        assert {"level.confirmed", "level.in_force", "contest.raised", "contest.answered"} <= {deed["deed"] for deed in deeds}
        assert await watch.found(WrapUpCodeChosen) == []
