"""Departments of the simulated centre, and what must hold of who is handed to one, or asked for one."""

from collections.abc import Sequence

from routing.departments import Department, department_named
from routing.directory import Directory
from telephony.demands import SkillNeed, needs_of, required
from telephony.engine.turn import Turn
from telephony.events import AgentReserved, Envelope
from telephony.identifiers import AgentId, CallId, ProjectId
from telephony.transfers import CallMoved, ConsultRequested, HandOnRequest, TransferRequested

TAX = Department(name="tax", digits="7", skills=(SkillNeed(skill="tax", grade=2),))
SALES = Department(name="sales", project_id=ProjectId("sued"), skills=(SkillNeed(skill="sales"),), priority_ms=5_000)
ENGLISH = Department(name="english", language="en")
DEPARTMENTS = {"nord": (TAX, SALES), "sued": (TAX, ENGLISH), "west": (ENGLISH,)}
NAMES = ("tax", "sales", "english")
"""Not every project has each: who asks for one that is not there is refused."""


class DepartmentWatch:
    """Knows in which project each call stood before a turn, and looks at what comes of every wish for a department."""

    def __init__(self, directory: Directory) -> None:
        self.reached = 0
        self._directory = directory
        self._projects: dict[CallId, ProjectId] = {}
        self._turn: Turn | None = None

    def wrong_in(self, envelopes: Sequence[Envelope], turn: Turn) -> str | None:
        """What is wrong with what one turn did about departments; None: nothing. The wish is the first event of its turn."""
        wish = envelopes[0].event if envelopes else None
        found: str | None = None
        if isinstance(wish, HandOnRequest) and wish.to_department is not None:
            department = department_named(self._directory.projects.get(self._project(wish.call_id)), wish.to_department)
            found = self._wrong_with(wish, department, envelopes)
        self._follow(envelopes, turn)
        return found

    def _wrong_with(self, wish: HandOnRequest, department: Department | None, envelopes: Sequence[Envelope]) -> str | None:
        if department is None:
            return f"call {wish.call_id} goes to {wish.to_department}, which its project does not have"
        self.reached += 1
        events = [each.event for each in envelopes if each.call_id == wish.call_id]
        if isinstance(wish, ConsultRequested):
            asked = [event.agent_id for event in events if isinstance(event, AgentReserved)]
            return self._wrong_colleague(wish, department, asked)
        moved = next((event for event in events if isinstance(event, CallMoved)), None)
        if isinstance(wish, TransferRequested) and moved is None:
            return f"call {wish.call_id} was handed to {department.name} and moved nowhere"
        if moved is None or moved.demand is None:
            return None
        behind = department.project_id or self._project(wish.call_id)
        if moved.terms.project_id != behind or moved.demand.skills != department.skills:
            return f"call {wish.call_id} was handed to {department.name} and waits for {moved.terms.project_id}"
        return None

    def _wrong_colleague(self, wish: HandOnRequest, department: Department, asked: Sequence[AgentId]) -> str | None:
        if len(asked) != 1:
            return f"call {wish.call_id} asks {department.name}, and {len(asked)} agents"
        agent, own = self._directory.agents[asked[0]], self._project(wish.call_id)
        project = self._directory.projects[department.project_id or own]
        missing = {own, project.project_id} - agent.certificates
        needs = required(needs_of(department.demand, project.language))
        lacking = [need.skill for need in needs if agent.grades.get(need.skill, 0) < need.grade]
        return (
            f"{agent.agent_id} is asked for {department.name} and lacks {sorted(missing)} {lacking}"
            if missing or lacking
            else None
        )

    def _project(self, call_id: CallId) -> ProjectId:
        return self._projects.get(call_id, ProjectId(""))

    def _follow(self, envelopes: Sequence[Envelope], turn: Turn) -> None:
        """A controller that has just started knows the calls as they are; from there on each turn tells what it touched."""
        touched = turn.calls if turn is not self._turn else {e.call_id for e in envelopes if e.call_id is not None}
        self._turn = turn
        for call_id in touched:
            call = turn.calls.get(call_id)
            if call is not None and call.terms is not None:
                self._projects[call_id] = call.terms.project_id
            elif call is None:
                self._projects.pop(call_id, None)
