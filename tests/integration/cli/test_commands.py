"""The command line as a whole: help, completion, exit codes, the database, data apart from messages."""

import subprocess
import sys
from pathlib import Path

import pytest

from fernamt.cli.app import COMMANDS
from fernamt.cli.exits import MEANINGS
from tests.integration.cli.conftest import Fernamt


def test_the_help_names_every_command_and_every_exit_code(fernamt: Fernamt) -> None:
    done = fernamt("--help")
    assert done.code == 0
    for name in COMMANDS:
        assert name in done.out
    for code, meaning in MEANINGS.items():
        assert str(code.value) in done.out
        assert meaning.split(";")[0] in done.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(fernamt: Fernamt, command: str) -> None:
    done = fernamt(command, "--help")
    assert done.code == 0
    assert "Usage: fernamt" in done.out


@pytest.mark.parametrize("command", ["agent", "agents lst", "minutes export --from x", "calls show"])
def test_a_wrong_command_line_ends_with_2(fernamt: Fernamt, command: str) -> None:
    done = fernamt(*command.split())
    assert done.code == 2
    assert done.out == ""


def test_reading_commands_refuse_a_database_of_another_schema_and_name_the_mend(fernamt: Fernamt) -> None:
    for command in ("agents list", "journal tail", "calls show x", "minutes export --from 2026-11-01 --to 2026-12-01"):
        done = fernamt(*command.split())
        assert (done.code, done.out) == (6, "")
        assert "`fernamt db upgrade`" in done.err


def test_the_database_is_brought_up_once(fernamt: Fernamt) -> None:
    assert fernamt("db", "status").code == 6
    assert "the database was at nothing" in fernamt("db", "upgrade").err
    assert "already" in fernamt("db", "upgrade").err
    status = fernamt("db", "status", "--json")
    assert status.code == 0
    assert status.json["is_current"]


def test_the_state_of_an_installation_is_its_owners_alone(fernamt: Fernamt, tmp_path: Path) -> None:
    fernamt("db", "upgrade")
    state = tmp_path / "state"
    assert state.stat().st_mode & 0o077 == 0
    assert (state / "fernamt.db").stat().st_mode & 0o077 == 0


def test_faults_of_the_settings_end_every_command_with_3(fernamt: Fernamt, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text("[service]\nprot = 1\n", encoding="utf-8")
    done = fernamt("--config", str(file), "agents", "list")
    assert done.code == 3
    assert f"{file}:2:1: service.prot: expected a known key, given 1; did you mean service.port?" in done.err
    told = fernamt("check-config", str(file), "--json")
    assert told.code == 3
    (fault,) = told.json["faults"]
    assert (fault["line"], fault["key"], fault["nearest"]) == (2, "service.prot", "service.port")


def test_the_reference_can_be_printed_and_is_right(fernamt: Fernamt, tmp_path: Path) -> None:
    file = tmp_path / "reference.toml"
    file.write_text(fernamt("check-config", "--reference").out, encoding="utf-8")
    assert fernamt("check-config", str(file)).code == 0


def test_a_service_that_does_not_run_cannot_be_watched(centre: Fernamt, monkeypatch: pytest.MonkeyPatch) -> None:
    from fernamt.node.ports import free_ports

    done = centre("calls", "--json", "--url", f"http://127.0.0.1:{free_ports(1)[0]}")
    assert done.code == 4
    assert "fernamt doctor" in done.err


def test_minutes_of_an_empty_month_are_a_file_with_a_head(centre: Fernamt, tmp_path: Path) -> None:
    done = centre("minutes", "export", "--from", "2026-11-01", "--to", "2026-12-01")
    assert done.code == 0
    assert done.out.startswith("call_id,line_number,")
    file = tmp_path / "minutes.parquet"
    period = ("--from", "2026-11-01", "--to", "2026-12-01")
    assert centre("minutes", "export", *period, "--format", "parquet", "--output", str(file)).code == 0
    assert file.read_bytes()[:4] == b"PAR1"
    assert centre("minutes", "export", *period, "--client", "nobody").code == 5
    assert centre("minutes", "export", *period, "--for", "client").code == 2
    assert centre("minutes", "export", *period, "--for", "agent", "--client", "nordlicht").code == 2
    assert centre("minutes", "export", "--from", "2026-12-01", "--to", "2026-11-01").code == 2
    assert centre("minutes", "export", "--from", "soon", "--to", "2026-11-01").code == 2


def test_nobody_is_erased_whom_nobody_knows(centre: Fernamt) -> None:
    assert centre("parties", "erase", "--reason", "asked", "--number", "+49 170 1234567").code == 5
    assert centre("parties", "erase", "--reason", "asked").code == 2


def test_a_call_that_never_was_has_no_story(centre: Fernamt) -> None:
    done = centre("calls", "show", "01990000-0000-7000-8000-000000000000")
    assert (done.code, done.out) == (5, "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes_commands_and_their_own(shell: str) -> None:
    variables = {
        "bash": {"_FERNAMT_COMPLETE": "complete_bash", "COMP_WORDS": "fernamt agents im", "COMP_CWORD": "2"},
        "zsh": {"_FERNAMT_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "fernamt agents im"},
        "fish": {
            "_FERNAMT_COMPLETE": "complete_fish",
            "_TYPER_COMPLETE_ARGS": "fernamt agents im",
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        },
    }[shell]
    program = "import sys; sys.argv[0] = 'fernamt'; from fernamt.cli.app import main; main()"
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, env={"PATH": "", **variables}, capture_output=True, text=True, check=False
    )
    assert "import" in done.stdout, done.stderr


def test_telling_the_version_loads_no_database_network_or_web_library() -> None:
    program = (
        "import sys; sys.argv = ['fernamt', 'version']\n"
        "from fernamt.cli.app import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'sqlalchemy', 'aiohttp', 'alembic', 'pyarrow', 'phonenumbers', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
