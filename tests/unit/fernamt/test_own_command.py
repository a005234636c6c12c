"""Commands of ours in processes of their own: what they say is had, they end, and few run at once."""

import asyncio
import sys

import pytest

from fernamt.own_command import FewAtOnce, OwnCommandFailed, moment, own_command, said_by
from telephony.errors import FernamtError
from telephony.identifiers import Instant


class Busy(FernamtError):
    code = "busy"


def _python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def test_the_options_stand_before_the_words() -> None:
    assert own_command(["--config", "x.toml"], "whatif")[1:] == ["-m", "fernamt", "--config", "x.toml", "whatif"]


def test_an_instant_is_told_in_utc_to_the_microsecond() -> None:
    assert moment(Instant(1_500_000)) == "1970-01-01T00:00:01.500000+00:00"


async def test_what_the_process_wrote_is_the_answer() -> None:
    assert await FewAtOnce(1, limit_s=60, busy=Busy).answer(_python("print('here')")) == b"here\n"


async def test_a_process_that_fails_says_why() -> None:
    with pytest.raises(OwnCommandFailed, match="exit code 3: no such day"):
        await FewAtOnce(1, limit_s=60, busy=Busy).answer(_python("import sys; sys.stderr.write('no such day'); sys.exit(3)"))


async def test_who_comes_while_as_many_run_as_may_is_told_so_and_the_next_one_is_served() -> None:
    few = FewAtOnce(1, limit_s=60, busy=Busy)
    first = asyncio.create_task(few.answer(_python("print('first')")))
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await few.answer(_python("print('second')"))
    assert await first == b"first\n"
    assert await few.answer(_python("print('third')")) == b"third\n"


async def test_a_process_that_takes_too_long_is_ended() -> None:
    with pytest.raises(TimeoutError):
        await said_by(_python("import time; time.sleep(600)"), limit_s=0.2)
