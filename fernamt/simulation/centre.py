"""The centre a simulation plays in: three clients, four projects, levels and certificates unevenly spread."""

from dataclasses import replace

from fernamt.simulation.departments import DEPARTMENTS
from fernamt.simulation.searching import CALLER_LISTS, DEMANDS, RELAXATION, STICKY_MS
from routing.announcements import Announcements
from routing.callback import CallbackRules
from routing.directory import AgentProfile, Client, Directory, Project
from routing.menu import Menu, MenuOption
from routing.outbound.rules import ProjectOutbound
from routing.overflow import OverflowReason, OverflowRule, OverflowTarget
from telephony.demands import CallDemand
from telephony.identifiers import AgentId, ClientId, EndpointId, ProjectId, WrapUpCode
from telephony.recording_signs import NO_SIGN, RecordingSign, SignKind
from telephony.terms import MachineRule

PROJECTS = (("nord", "c1", True, 1.0), ("sued", "c1", False, 1.0), ("ost", "c2", True, 2.0), ("west", "c3", False, 1.0))

OVERFLOW = {
    "nord": (
        OverflowRule(reason=OverflowReason.QUEUE_LENGTH, limit=3, target=OverflowTarget.PROJECT, project_id=ProjectId("sued")),
        OverflowRule(
            reason=OverflowReason.WAITING_TIME, limit=60_000, target=OverflowTarget.PROJECT, project_id=ProjectId("sued")
        ),
    ),
    "ost": (OverflowRule(reason=OverflowReason.WAITING_TIME, limit=4_000, target=OverflowTarget.CALLBACK),),
    "west": (
        OverflowRule(reason=OverflowReason.QUEUE_LENGTH, limit=3, target=OverflowTarget.NUMBER, number="+491713920007"),
        OverflowRule(reason=OverflowReason.NOBODY_STAFFED, limit=5_000, target=OverflowTarget.MACHINE),
        OverflowRule(reason=OverflowReason.ESTIMATED_WAIT, limit=120_000, target=OverflowTarget.ANNOUNCEMENT),
    ),
}
"""A full or slow Nord flows over to Süd, whose callers wait 40 s at most; West has somebody outside
where several wait, and says that all lines are busy; Ost asks who does not want to wait whether to call back."""

OUTBOUND = {
    "nord": ProjectOutbound(dials_in_pause=True, dial_task="nord", dial_code="1"),
    "sued": ProjectOutbound(dials_in_wrap_up=False, dial_task="sued", dial_code="2"),
}
"""Agents of these call people by hand."""

CALLBACK = CallbackRules(attempts=2, retry_ms=60_000, kept_ms=900_000)


MENU = Menu(
    prompt=("fernamt/choose-german", "fernamt/choose-english"),
    options=(
        MenuOption(key="1"),
        MenuOption(key="2", project_id=ProjectId("sued")),
        MenuOption(key="3", priority_ms=30_000),
        MenuOption(key="4", department="sales"),
    ),
    answer_within_ms=8_000,
    default_key="1",
)
"""Nord asks its callers: for itself, for Süd, that it is urgent, or for sales, which Süd's agents answer for."""


SIGNS = {
    "nord": RecordingSign(kind=SignKind.BEEP, every_ms=5_000),
    "west": RecordingSign(kind=SignKind.ANNOUNCEMENT),
}
"""Whoever is recorded hears it at Nord and West; Ost and Süd are silent about it."""


def with_lists(directory: Directory) -> Directory:
    """The same centre; Ost calls people by itself and hangs up on machines; West's agents see first whom they call."""
    lists = {
        "ost": ProjectOutbound(is_progressive=True, keeps_free=1, machines=MachineRule.END),
        "west": ProjectOutbound(preview_limit_ms=60_000, machines=MachineRule.TELL),
    }
    changed = {name: replace(directory.projects[ProjectId(name)], outbound=outbound) for name, outbound in lists.items()}
    return replace(directory, projects={**directory.projects, **{ProjectId(name): each for name, each in changed.items()}})


def a_centre(agents: int, *, calls_back: bool = True) -> Directory:
    """That many agents; every second project is certified for two agents in three, the others for all."""
    projects = {
        ProjectId(name): Project(
            project_id=ProjectId(name),
            client_id=ClientId(client),
            name=name.title(),
            answers_early=is_early,
            priority_weight=weight,
            wait_limit_ms=40_000 if name == "sued" else None,
            wrap_up_codes=(WrapUpCode("done"), WrapUpCode("again")),
            callback=CALLBACK,
            outbound=OUTBOUND.get(name),
            overflow=tuple(rule for rule in OVERFLOW.get(name, ()) if calls_back or rule.target is not OverflowTarget.CALLBACK),
            menu=MENU if name == "nord" else None,
            departments=DEPARTMENTS.get(name, ()),
            demand=DEMANDS.get(name, CallDemand()),
            relaxation=RELAXATION.get(name, ()),
            sticky_ms=STICKY_MS.get(name, 0),
            recording_sign=SIGNS.get(name, NO_SIGN),
            announcements=Announcements(first_after_ms=5_000, every_ms=20_000) if is_early else None,
        )
        for name, client, is_early, weight in PROJECTS
    }
    profiles = {}
    for number in range(agents):
        certified = frozenset(
            ProjectId(name) for place, (name, *_) in enumerate(PROJECTS) if place % 2 == 0 or number % 3 != place % 3
        )
        agent_id = AgentId(f"a{number:04}")
        profiles[agent_id] = AgentProfile(
            agent_id=agent_id,
            name=f"Agent {number}",
            level=number % 3 + 1,
            certificates=certified,
            endpoint_id=EndpointId(f"phone-{number:04}"),
            skills={skill: number * 7 % 5 + 1 for skill, each in (("tax", 2), ("sales", 3)) if number % each == 0},
            languages={"en": 3} if number % 4 else {},
        )
    return Directory(
        revision=1,
        clients={ClientId(c): Client(client_id=ClientId(c), name=c.upper()) for c in ("c1", "c2", "c3")},
        projects=projects,
        numbers={f"+4930555{place:02}": ProjectId(name) for place, (name, *_) in enumerate(PROJECTS)},
        agents=profiles,
        caller_lists=CALLER_LISTS,
        endpoints={EndpointId(f"phone-{number:04}"): AgentId(f"a{number:04}") for number in range(agents)},
    )
