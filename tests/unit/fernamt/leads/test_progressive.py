"""The pump of progressive calling: a lead for each agent who is free, for nobody else, and dead phones are left alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from msgspec import structs

from fernamt.leads.progressive import Progressive
from routing.directory import Directory
from routing.eligibility import Ineligibility, Ineligible
from routing.leads.following import LeadCall
from routing.leads.lists import LeadList, LeadListId
from routing.outbound.asking import WorkKind
from routing.outbound.lead import LeadNow, LeadState, NumberNow
from routing.outbound.pacing import REST_MS, SETTLES_MS
from routing.outbound.rules import ProjectOutbound
from store.lead_claims import ClaimedLead
from store.lead_rows import Person
from telephony.agent.model import Agent, AgentState
from telephony.agent.open_line import OpenLine
from telephony.causes import EndReason
from telephony.engine.ports import PartyRecord
from telephony.errors import Refusal, RefusalCode
from telephony.events import CallEnded, Envelope
from telephony.identifiers import MS, AgentId, CallId, ClientId, EventId, Instant, LegId, ProjectId, SwitchName
from telephony.open_lines import LineState
from tests.unit.routing.centre import a_centre, a_project, an_agent

ANNA, BEN = AgentId("anna"), AgentId("ben")
OUT, INTO = ProjectId("out"), ProjectId("into")


@dataclass
class Scene:
    """A floor, a list with leads, and a pump; everything is what the pump asks for."""

    leads: int = 10
    keeps_free: int = 0
    at: Instant = Instant(10**15)
    agents: dict[AgentId, Agent] = field(default_factory=dict)
    waiting: set[ProjectId] = field(default_factory=set)
    claimed: list[AgentId] = field(default_factory=list)
    given_back: list[str] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    parties: list[PartyRecord] = field(default_factory=list)
    refusal: Refusal | None = None
    comes_meanwhile: ProjectId | None = None
    looked: int = 0
    holder: AgentId | None = None
    number: int = 0

    def __post_init__(self) -> None:
        for agent_id in (ANNA, BEN):
            self.agents[agent_id] = Agent(agent_id=agent_id, state=AgentState.AVAILABLE, idle_since=Instant(0))
        self.pump = Progressive(lists=self, claims=self, held=self, standing=self, open_calls=self._open, clock=self, ids=self)

    @property
    def directory(self) -> Directory:
        outbound = ProjectOutbound(is_progressive=True, keeps_free=self.keeps_free)
        projects = [a_project("out", outbound=outbound), a_project("into")]
        people = [an_agent("anna", "out"), an_agent("ben", "out", "into")]
        return a_centre(projects, people, numbers={"+4930": "into"})

    @property
    def floor(self) -> "Scene":
        return self

    def why_not(self, agent_id: AgentId, project_id: ProjectId) -> Ineligible | None:
        return None if self.agents[agent_id].may_be_offered else Ineligible(reason=Ineligibility.NOT_AVAILABLE)

    def never(self, agent_id: AgentId, project_id: ProjectId) -> Ineligible | None:
        return None

    def waiting_in(self, project_id: ProjectId) -> int:
        return int(project_id in self.waiting)

    def now(self) -> Instant:
        return self.at

    def new(self, _at: Instant) -> str:
        self.number += 1
        return f"id-{self.number}"

    def _open(self) -> Sequence[LeadCall]:
        return []

    async def lists(self) -> Sequence[LeadList]:
        return [
            LeadList(
                list_id=LeadListId("spring"),
                project_id=OUT,
                client_id=ClientId("acme"),
                name="Spring",
                purpose=WorkKind.SURVEY,
                owner="acme",
                expires_at=Instant(2**60),
            )
        ]

    async def claim(self, lead_list: LeadList, agent_id: AgentId, directory: Directory, **asked: Any) -> ClaimedLead | None:
        self.looked += 1
        if self.comes_meanwhile is not None:
            self.waiting.add(self.comes_meanwhile)
        if not self.leads:
            return None
        self.leads -= 1
        self.claimed.append(agent_id)
        number = NumberNow(number_class="landline", country="DE")
        return ClaimedLead(
            claim_id=asked["claim_id"],
            lead=LeadNow(lead_id=7, state=LeadState.FRESH, next_at=Instant(0), numbers=(number,)),
            person=Person(numbers=["+493023125100"]),
            number_place=0,
            ends_at=self.at,
        )

    async def of_agent(self, agent_id: AgentId, at: Instant) -> object | None:
        return agent_id if agent_id == self.holder else None

    async def give_back(self, claim_id: str, lead_list: LeadList, *, at: Instant) -> None:
        self.given_back.append(claim_id)

    async def submit(self, request: Any, party: PartyRecord | None = None) -> Refusal | None:
        self.asked.append(request)
        self.parties += [] if party is None else [party]
        return self.refusal

    def ended(self, call_id: CallId, reason: EndReason) -> None:
        told = Envelope(
            seq=1,
            event_id=EventId("e"),
            occurred_at=self.at,
            received_at=self.at,
            event=CallEnded(call_id=call_id, end_reason=reason),
            call_id=call_id,
        )
        self.pump.publish([told])


def people(of: Mapping[AgentId, Agent] | Sequence[Any]) -> list[str]:
    return [each if isinstance(each, str) else each.agent_id for each in of]


async def test_each_free_agent_is_given_one_lead_and_its_call_is_asked_for_under_the_claim() -> None:
    scene = Scene()
    await scene.pump.look(scene)
    assert people(scene.asked) == ["anna", "ben"]
    assert [each.reference.work for each in scene.asked] == ["survey", "survey"]
    assert len({each.call_id for each in scene.asked}) == 2
    assert [each.number for each in scene.parties] == ["+493023125100"] * 2
    assert "23125" not in repr(scene.asked)


@pytest.mark.parametrize("state", [each for each in AgentState if each is not AgentState.AVAILABLE])
async def test_who_is_not_free_is_given_none(state: AgentState) -> None:
    scene = Scene()
    scene.agents[ANNA] = Agent(agent_id=ANNA, state=state)
    await scene.pump.look(scene)
    assert people(scene.claimed) == ["ben"]


@pytest.mark.parametrize(("state", "given"), [(LineState.OPEN, ["anna", "ben"]), (LineState.OPENING, ["ben"])])
async def test_who_keeps_a_line_open_calls_by_it_once_it_is_up(state: LineState, given: list[str]) -> None:
    scene = Scene()
    line = OpenLine(leg_id=LegId("a.line.1"), switch=SwitchName("berlin"), state=state, due_at=None)
    scene.agents[ANNA] = structs.replace(scene.agents[ANNA], line=line)
    await scene.pump.look(scene)
    assert people(scene.asked) == given


async def test_callers_who_wait_keep_no_lead_from_who_is_offered_none() -> None:
    scene = Scene(waiting={OUT, INTO})
    line = OpenLine(leg_id=LegId("a.line.1"), switch=SwitchName("berlin"), state=LineState.OPEN, due_at=None)
    scene.agents[ANNA] = structs.replace(scene.agents[ANNA], line=line)
    await scene.pump.look(scene)
    assert people(scene.asked) == ["anna"]


async def test_while_callers_wait_nobody_is_taken_from_them() -> None:
    scene = Scene(waiting={INTO})
    await scene.pump.look(scene)
    assert people(scene.claimed) == ["anna"]


async def test_who_is_kept_free_for_callers_is_given_none() -> None:
    scene = Scene(keeps_free=1)
    await scene.pump.look(scene)
    assert people(scene.claimed) == ["anna"]


async def test_a_caller_who_comes_while_the_lead_is_claimed_has_the_agent_and_the_lead_stands_as_before() -> None:
    scene = Scene(comes_meanwhile=INTO)
    del scene.agents[ANNA]
    await scene.pump.look(scene)
    assert scene.asked == []
    assert len(scene.given_back) == 1


async def test_a_refused_wish_gives_the_lead_back_as_it_was() -> None:
    scene = Scene(refusal=Refusal(code=RefusalCode.IN_ANOTHER_CALL))
    await scene.pump.look(scene)
    assert scene.given_back == [each.call_id for each in scene.asked]


async def test_who_has_a_lead_already_is_given_none_and_their_list_is_not_taken_for_empty() -> None:
    scene = Scene(holder=ANNA)
    await scene.pump.look(scene)
    assert people(scene.claimed) == ["ben"]


async def test_an_empty_list_is_left_alone_for_a_while() -> None:
    scene = Scene(leads=0)
    await scene.pump.look(scene)
    await scene.pump.look(scene)
    assert scene.looked == 1
    scene.at = Instant(scene.at + 16_000 * MS)
    await scene.pump.look(scene)
    assert scene.looked == 2


async def test_an_agent_whose_phone_was_not_answered_is_left_alone_and_one_who_was_busy_outside_is_not() -> None:
    scene = Scene()
    await scene.pump.look(scene)
    anna, ben = (each.call_id for each in scene.asked)
    scene.ended(anna, EndReason.AGENT_UNREACHED)
    scene.ended(ben, EndReason.CALLEE_BUSY)
    scene.at = Instant(scene.at + SETTLES_MS * MS)
    await scene.pump.look(scene)
    assert people(scene.claimed) == ["anna", "ben", "ben"]
    scene.at = Instant(scene.at + REST_MS * MS)
    await scene.pump.look(scene)
    assert people(scene.claimed)[3:] == ["anna", "ben"]


async def test_a_list_that_has_run_empty_keeps_nobody_from_another_projects_leads() -> None:
    """Of two projects with equally many at work the first is asked: once, and not again while it has no lead."""

    class TwoProjects(Scene):
        @property
        def directory(self) -> Directory:
            outbound = ProjectOutbound(is_progressive=True)
            projects = [a_project("also", outbound=outbound), a_project("out", outbound=outbound)]
            return a_centre(projects, [an_agent("anna", "also", "out"), an_agent("ben")], numbers={})

        async def lists(self) -> Sequence[LeadList]:
            [spring] = await super().lists()
            return [replace(spring, list_id=LeadListId("empty"), project_id=ProjectId("also")), spring]

        async def claim(self, lead_list: LeadList, *asked: Any, **further: Any) -> ClaimedLead | None:
            return None if lead_list.list_id == "empty" else await super().claim(lead_list, *asked, **further)

    scene = TwoProjects()
    await scene.pump.look(scene)
    assert scene.asked == []
    await scene.pump.look(scene)
    assert people(scene.asked) == ["anna"]
