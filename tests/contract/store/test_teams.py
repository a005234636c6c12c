"""Teams in the centre's book: who is in them and who leads them, in one transaction and on record."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.directory import AgentProfile, Team
from store.audit import AuditStore
from store.centre import Centre, CentreRejected, TeamPlan
from store.directory import DirectoryStore
from store.users import UserStore
from telephony.identifiers import AgentId, Instant, UserId
from web.accounts import User
from web.permissions import Role

ANNA, BEN, CARLA = (AgentProfile(agent_id=AgentId(name), name=name.title(), level=1) for name in ("anna", "ben", "carla"))
RED, BLUE = TeamPlan(team_id="red", name="Red"), TeamPlan(team_id="blue", name="Blue")


def a_leader(login: str, role: Role = Role.TEAM_LEADER) -> User:
    return User(user_id=UserId(f"id-{login}"), login=login, display_name=login, role=role, created_at=Instant(1))


def plan(team_id: str, members: str | None = None, leaders: str | None = None) -> TeamPlan:
    return TeamPlan(
        team_id=team_id,
        name=team_id.title(),
        members=None if members is None else frozenset(map(AgentId, members.split())),
        leaders=None if leaders is None else frozenset(leaders.split()),
    )


@pytest.fixture
async def book(engine: AsyncEngine) -> DirectoryStore:
    """Three agents, two team leaders, a supervisor, no team."""
    users = UserStore(engine)
    for user in (a_leader("lena"), a_leader("mara"), a_leader("sven", Role.SUPERVISOR)):
        await users.add(user)
    book = DirectoryStore(engine)
    await book.apply(Centre(agents=(ANNA, BEN, CARLA)))
    return book


async def teams(book: DirectoryStore) -> dict[str, tuple[str, str]]:
    return {each.team.team_id: (" ".join(each.members), " ".join(each.leaders)) for each in await book.teams()}


async def test_a_team_is_made_with_its_people_and_known_to_the_directory(book: DirectoryStore) -> None:
    await book.apply(Centre(teams=(plan("red", "anna ben", "lena"), plan("blue", "carla", ""))))
    assert await teams(book) == {"red": ("anna ben", "lena"), "blue": ("carla", "")}
    directory = await book.load()
    assert directory.teams["red"] == Team(team_id="red", name="Red")
    assert [directory.agents[each].team for each in (ANNA.agent_id, CARLA.agent_id)] == ["red", "blue"]


async def test_who_comes_leaves_the_former_team_and_who_is_not_named_is_in_none(book: DirectoryStore) -> None:
    await book.apply(Centre(teams=(plan("red", "anna ben", "lena"), plan("blue", "carla", "mara"))))
    await book.apply(Centre(teams=(plan("blue", "ben carla", "lena mara"), plan("red", "", ""))))
    assert await teams(book) == {"red": ("", ""), "blue": ("ben carla", "lena mara")}
    await book.apply(Centre(teams=(plan("red", "carla"), plan("blue", "anna"))))
    assert await teams(book) == {"red": ("carla", ""), "blue": ("anna", "lena mara")}
    assert (await book.load()).agents[BEN.agent_id].team is None


async def test_people_who_are_not_said_stay(book: DirectoryStore) -> None:
    await book.apply(Centre(teams=(plan("red", "anna", "lena"),)))
    applied = await book.apply(Centre(teams=(TeamPlan(team_id="red", name="Rot"),)))
    assert [(each.what, each.id, each.how) for each in applied.changes] == [("team", "red", "changed")]
    assert await teams(book) == {"red": ("anna", "lena")}


async def test_the_same_again_changes_nothing_whichever_way_it_is_said(book: DirectoryStore) -> None:
    described = Centre(agents=(ANNA, BEN, CARLA), teams=(plan("red", "anna ben", "lena"), BLUE))
    first = await book.apply(described)
    again = await book.apply(described)
    assert first.changes
    assert (again.changes, again.revision) == ((), first.revision)


@pytest.mark.parametrize(
    ("centre", "where"),
    [
        (Centre(teams=(plan("red", "nobody"),)), "team red members"),
        (Centre(teams=(plan("red", None, "sven"),)), "team red leaders"),
        (Centre(teams=(plan("red", None, "nobody"),)), "team red leaders"),
        (Centre(teams=(plan("red", "anna"), plan("blue", "anna"))), "team blue members"),
        (Centre(teams=(RED, RED)), "team red"),
        (Centre(teams=(TeamPlan(team_id="no way", name="x"),)), "team 'no way'"),
        (Centre(agents=(AgentProfile(agent_id=AgentId("dora"), name="D", level=1, team="gone"),)), "agent dora team"),
        (
            Centre(agents=(AgentProfile(agent_id=AgentId("anna"), name="A", level=1, team="red"),), teams=(plan("red", "ben"),)),
            "team red members",
        ),
    ],
)
async def test_what_cannot_be_is_told_where_and_nothing_changes(book: DirectoryStore, centre: Centre, where: str) -> None:
    with pytest.raises(CentreRejected) as rejected:
        await book.apply(centre)
    assert [fault.where for fault in rejected.value.faults] == [where]
    assert await teams(book) == {}


async def test_a_team_that_is_removed_leaves_its_people_without_one(book: DirectoryStore) -> None:
    await book.apply(Centre(teams=(plan("red", "anna", "lena"),)))
    await book.remove_team("red")
    directory = await book.load()
    assert (directory.teams, directory.agents[ANNA.agent_id].team) == ({}, None)
    with pytest.raises(CentreRejected):
        await book.remove_team("red")


async def test_others_go_out_of_use_but_teams_of_agents_who_stay_do_not(book: DirectoryStore) -> None:
    await book.apply(Centre(teams=(plan("red", "anna", "lena"), plan("blue", "carla", "mara"))))
    anna = (await book.load()).agents[ANNA.agent_id]
    await book.apply(Centre(agents=(anna,)), removes_others=True)
    assert await teams(book) == {"red": ("anna", "lena")}


async def test_who_moved_whom_is_on_record(book: DirectoryStore, engine: AsyncEngine) -> None:
    await book.apply(Centre(teams=(plan("red", "anna", "lena"),)))
    deeds = {(deed.deed, deed.subject) for deed in await AuditStore(engine).latest()}
    assert deeds >= {("team.added", "red"), ("agent.changed", "anna"), ("user.changed", "id-lena")}
