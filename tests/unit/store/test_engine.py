"""What the database's errors say."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from store.engine import make_engine, writing


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
