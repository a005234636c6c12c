"""What the database's errors say, and who writes first."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from store.engine import make_engine, turn_to_write, writing


async def test_an_error_of_the_database_names_the_statement_but_nothing_it_was_given(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'some.db'}")
    try:
        with pytest.raises(SQLAlchemyError) as told:
            async with writing(engine) as connection:
                await connection.execute(text("INSERT INTO nowhere VALUES (:number)"), {"number": "+491701234567"})
        assert "nowhere" in str(told.value)
        assert "1701234567" not in str(told.value)
    finally:
        await engine.dispose()


async def test_writers_of_one_file_take_turns_as_they_came(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'some.db'}", pool_size=1)
    done: list[int] = []

    async def write(number: int) -> None:
        async with writing(engine):
            done.append(number)

    try:
        async with turn_to_write(engine):
            writers = [asyncio.create_task(write(number)) for number in range(9)]
            for _ in range(10):
                await asyncio.sleep(0)
            assert done == []
        await asyncio.gather(*writers)
        assert done == list(range(9))
    finally:
        await engine.dispose()


async def test_who_waits_for_others_of_this_process_longer_than_for_the_file_is_told_so(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'some.db'}", busy_timeout_ms=1)
    try:
        async with turn_to_write(engine):
            with pytest.raises(OperationalError, match="others write for too long"):
                async with writing(engine):
                    pass
        async with writing(engine):
            pass
    finally:
        await engine.dispose()
