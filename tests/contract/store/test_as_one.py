"""What several stores write as one holds whole or not at all, on both databases."""

from contextlib import suppress

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from store.centre import Centre
from store.directory import DirectoryStore
from store.engine import as_one, read_at_once, write_at_once
from store.quality_forms import QualityForms
from store.users import UserStore
from tests.contract.store.rated_centre import a_rated_centre
from tests.quality_words import ACME, RULES, by
from web.accounts import User


class Stop(Exception):
    """Something goes wrong after all was written."""


async def change(engine: AsyncEngine, user: User) -> tuple[bool, int, User | None]:
    """All three stores write; what is read among it knows what was written."""
    await DirectoryStore(engine).apply(Centre(home_country="AT"), by=by())
    await QualityForms(engine).set_rules(ACME, RULES, by=by())
    is_new = await UserStore(engine).add(user, by=by())
    version, _ = await QualityForms(engine).rules(ACME)
    return is_new, version, await UserStore(engine).find(user.login)


@pytest.fixture
async def user(engine: AsyncEngine) -> User:
    await a_rated_centre(engine)
    return (await UserStore(engine).all())[0]


async def state(engine: AsyncEngine) -> tuple[str, int, User | None]:
    centre, (version, _) = await DirectoryStore(engine).load(), await QualityForms(engine).rules(ACME)
    return centre.home_country, version, await UserStore(engine).find("new")


async def test_all_of_it_holds(engine: AsyncEngine, user: User) -> None:
    new = a_new(user)
    async with as_one(engine) as whole:
        assert await change(whole, new) == (True, 1, new)
        assert (await state(whole))[0] == "AT"
    assert await state(engine) == ("AT", 1, new)


async def test_an_error_undoes_all_of_it(engine: AsyncEngine, user: User) -> None:
    before = await state(engine)
    with suppress(Stop):
        async with as_one(engine) as whole:
            await change(whole, a_new(user))
            assert await state(whole) != before
            raise Stop
    assert await state(engine) == before


async def test_short_ways_belong_to_it_too(engine: AsyncEngine, user: User) -> None:
    async with as_one(engine) as whole:

        async def same(connection: object) -> object:
            return connection

        assert await write_at_once(whole, same) is await read_at_once(whole, same)


def a_new(user: User) -> User:
    return user.__class__(**{**{name: getattr(user, name) for name in user.__slots__}, "user_id": "u-new", "login": "new"})
