"""Each rule of permission refuses a real call: journaled, told to the agent in words, and no packet leaves for the callee."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import time
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fernamt.demo.house import CHECKOUT, House
from fernamt.demo.phones import PATIENCE_S
from fernamt.installation import Database, Places, opened
from fernamt.moment import now
from routing.hours import OpeningHours, Window
from routing.outbound.asking import WorkKind
from routing.outbound.facts import Covers, ListOwner
from routing.outbound.rules import Attempts, Brakes, Caps, OutboundRules, ProjectOutbound
from store.centre import Centre
from store.do_not_call import DoNotCallList, DoNotCallStore
from store.rights import RightsStore
from telephony.causes import EndReason
from telephony.dialling import DialPermitted, DialRefused
from telephony.errors import RefusalCode
from telephony.events import DirectoryLoaded
from telephony.identifiers import ProjectId
from tests.e2e.service.desk import at_desk
from tests.e2e.service.outward import NUMBER, at_work, line_port, outward_house, right_to_show
from tests.e2e.service.people import takes_call
from tests.e2e.service.test_emergency import a_board
from tests.e2e.service.test_transfers import ANNA
from tests.e2e.service.watching import watching

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALWAYS = OpeningHours(week={day: (Window(opens=time(0), closes=time(0)),) for day in range(7)})
NEVER = OpeningHours(week={})
FREE = Brakes(burst_calls=1_000, calls_at_night=1_000, new_countries_per_day=100)
LAX = OutboundRules(
    service_hours=ALWAYS,
    advertising_hours=ALWAYS,
    attempts=Attempts(per_day=100, in_total=1_000, interval_ms=0, after_busy_ms=0, after_answer_ms=0),
    brakes=FREE,
)
CALLS = ProjectOutbound(hours=ALWAYS)
MOBILE, SWISS, FRENCH, OURS_TOO, LISTED = f"{NUMBER}51", "+41446681800", "+33142685300", "+4930231252", f"{NUMBER}59"


class Line(asyncio.DatagramProtocol):
    """The other end of the line out: every packet that reaches it is kept, none is answered."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []

    def datagram_received(self, data: bytes, _address: Any) -> None:
        self.packets.append(data)

    def calls(self) -> list[bytes]:
        """Packets that want to reach somebody; whether a line is there is asked now and then."""
        return [each for each in self.packets if each.strip() and not each.startswith((b"OPTIONS", b"REGISTER"))]


@dataclass(slots=True)
class Turned:
    """A house whose centre a test turns, and the line that is to stay silent."""

    house: House
    database: Database
    line: Line

    async def rules(self, rules: OutboundRules, project: ProjectOutbound = CALLS) -> None:
        """These hold at the service, too."""
        music = (await self.database.directory.load()).projects[ProjectId("music")]
        described = Centre(projects=(replace(music, outbound=project),), outbound=rules)
        async with watching(self.house) as watch:
            applied = await self.database.directory.apply(described)
            if applied.changes:
                await watch.until(DirectoryLoaded, revision=applied.revision)

    async def may_show(self, *, name: str) -> None:
        """The centre has a number to show."""
        await RightsStore(self.database.engine).add(right_to_show(name=name))

    async def loaded(self) -> None:
        """The service has what the database has."""
        async with watching(self.house) as watch:
            watch.since = 0
            await watch.until(DirectoryLoaded, revision=await self.database.directory.revision())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(state_dir: Path) -> AsyncIterator[Turned]:
    """One agent, a line out that somebody listens at, and the right to show a number of ours."""

    async def lists(house: House, database: Database) -> None:
        whose = DoNotCallList(owner=ListOwner.CLIENT, owner_id="c1")
        kept = DoNotCallStore(database.engine, Places(house.settings).party_keys())
        await kept.add(whose, [LISTED], covers=Covers.EVERYTHING, reason="by letter")

    async with outward_house(state_dir, {"a01": ANNA}, prepares=lists) as house, opened(house.settings) as database:
        at = ("127.0.0.1", line_port(house))
        transport, line = await asyncio.get_running_loop().create_datagram_endpoint(Line, local_addr=at)
        yield Turned(house, database, line)
        transport.close()


CASES: list[tuple[RefusalCode, str, OutboundRules, ProjectOutbound]] = [
    (RefusalCode.COUNTRY_NOT_OFFERED, SWISS, LAX, CALLS),
    (RefusalCode.NUMBER_CLASS_REFUSED, OURS_TOO, LAX, CALLS),
    (RefusalCode.NO_CONSENT, MOBILE, LAX, replace(CALLS, kind=WorkKind.ADVERTISING)),
    (RefusalCode.NO_CONSENT, MOBILE, LAX, replace(CALLS, has_offer=True)),
    (RefusalCode.ON_DO_NOT_CALL_LIST, LISTED, LAX, CALLS),
    (RefusalCode.OUTSIDE_CALLING_HOURS, MOBILE, LAX, replace(CALLS, hours=NEVER)),
    (RefusalCode.OUTSIDE_CALLING_HOURS, MOBILE, replace(LAX, service_hours=NEVER), CALLS),
    (RefusalCode.CALLED_TOO_OFTEN, MOBILE, replace(LAX, attempts=Attempts(per_day=0)), CALLS),
    (RefusalCode.COST_CAP_REACHED, MOBILE, replace(LAX, per_agent=Caps(cost_micros=1, calls=100)), CALLS),
    (RefusalCode.CALL_CAP_REACHED, MOBILE, replace(LAX, per_client=Caps(cost_micros=10**9, calls=0)), CALLS),
    (RefusalCode.CALLS_TOO_FAST, MOBILE, replace(LAX, brakes=replace(FREE, burst_calls=0)), CALLS),
    (RefusalCode.TOO_MANY_NEW_COUNTRIES, FRENCH, replace(LAX, brakes=replace(FREE, new_countries_per_day=0)), CALLS),
    (
        RefusalCode.TOO_MANY_CALLS_AT_NIGHT,
        MOBILE,
        replace(LAX, brakes=replace(FREE, calls_at_night=0, night=Window(opens=time(0), closes=time(0)))),
        CALLS,
    ),
]


@pytest.mark.parametrize(("code", "number", "rules", "project"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)])
async def test_a_rule_refuses_a_real_call(
    centre: Turned, code: RefusalCode, number: str, rules: OutboundRules, project: ProjectOutbound
) -> None:
    await centre.rules(rules, project)
    await is_refused(centre, code, number)


async def test_without_a_right_to_show_a_number_nobody_is_called(centre: Turned) -> None:
    await centre.rules(LAX)
    await RightsStore(centre.database.engine).end("ours", now())
    await centre.loaded()
    await is_refused(centre, RefusalCode.NO_RIGHT_TO_SHOW, MOBILE)
    await centre.may_show(name="ours-again")
    await centre.loaded()


async def test_what_rests_on_nothing_or_may_not_be_done_rings_nobodys_phone(centre: Turned) -> None:
    await centre.rules(LAX)
    async with at_work(centre.house) as work:
        nothing = {"kind": "earlier_call", "id": "00000000-0000-7000-8000-000000000000"}
        for body, code in (
            ({"project_id": "music", "number": MOBILE, "reference": nothing}, "no_reference"),
            ({"project_id": "ringing", "number": MOBILE, "reference": {"kind": "task", "id": "t"}}, "outbound_not_permitted"),
            ({"project_id": "music", "number": "0900 1234567", "reference": {"kind": "task", "id": "t"}}, "number_class_refused"),
            (
                {"project_id": "music", "number": "+881612345678", "reference": {"kind": "task", "id": "t"}},
                "number_class_refused",
            ),
        ):
            status, said = await work.desk.ask("POST", "/calls", body)
            assert (status, said["code"]) == (403, code)
        assert [event.type for event in work.anna.events].count("CALL_INCOMING") == 0
    assert centre.line.calls() == []


async def is_refused(centre: Turned, code: RefusalCode, number: str) -> None:
    """The agent's call to that number is: on record, in their words, and silent."""
    async with AsyncExitStack() as stack:
        work = await stack.enter_async_context(at_work(centre.house))
        board = await stack.enter_async_context(a_board(await stack.enter_async_context(at_desk(centre.house, "a01"))))
        await work.wants(number)
        await takes_call(work.anna)
        refused = (await work.watch.until(DialRefused)).event
        assert (refused.code, refused.agent_id) == (code, "a01")
        assert await told(board) == code
        assert await work.over() is EndReason.NOT_PERMITTED
        assert await work.watch.all(DialPermitted) == []
    assert centre.line.calls() == []
    for language in ("de", "en"):
        words = json.loads((CHECKOUT / f"web/frontend/src/i18n/{language}.json").read_text("utf-8"))
        assert words[f"outside.{code}"]


async def told(board: Any) -> str:
    """What the agent's own screen is told of the number outside."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            frame = await board.receive_json()
            for change in frame.get("changes", ()):
                if change["kind"] == "agent" and change["row"]["dial_refusal"]:
                    return str(change["row"]["dial_refusal"])
