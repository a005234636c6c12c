"""What reaches the log of the running service, whoever writes it."""

import json
from collections.abc import Iterator

import pytest
import structlog

from config.service import LogSettings
from fernamt.logs import set_up_logs


@pytest.fixture
def _defaults_afterwards() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("_defaults_afterwards")
def test_numbers_and_secrets_are_left_out_of_lines_and_of_tracebacks(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(LogSettings(form="json"))
    log = structlog.get_logger("test")
    log.warning("refused", error="nobody at +49 170 1234567 answers", password="hunter2")
    try:
        int("00491701234567?")
    except ValueError:
        log.exception("failed")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["refused", "failed"]
    assert "1234567" not in json.dumps(lines)
    assert "hunter2" not in json.dumps(lines)
    assert "ValueError" in lines[1]["exception"]
