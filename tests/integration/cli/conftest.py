"""The command line against an installation of its own, in a temporary folder on SQLite."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fernamt.cli.app import main

DEMO = Path(__file__).parents[3] / "fernamt" / "demo" / "centre.toml"


@dataclass(frozen=True, slots=True)
class Done:
    """What one command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The data on standard output."""
        return json.loads(self.out)


Fernamt = Callable[..., Done]


@pytest.fixture
def fernamt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Fernamt:
    """Runs a command as the shell would."""
    for name in ("FERNAMT_CONFIG", "FERNAMT_SECRETS", "CREDENTIALS_DIRECTORY", "FERNAMT_TOKEN", "FERNAMT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FERNAMT_SERVICE__STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Done:
        monkeypatch.setattr("sys.argv", ["fernamt", *arguments])
        capfd.readouterr()
        code: int | str | None = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        out, err = capfd.readouterr()
        return Done(code if isinstance(code, int) else int(code is not None), out, err)

    return run


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with the demo's centre in its database, to be copied."""
    state = tmp_path_factory.mktemp("applied") / "state"
    program = [sys.executable, "-m", "fernamt"]
    environment = {**os.environ, "FERNAMT_SERVICE__STATE_DIR": str(state)}
    for command in (["db", "upgrade"], ["apply", str(DEMO)]):
        subprocess.run([*program, *command], env=environment, cwd=DEMO.parents[2], check=True, capture_output=True)
    return state


@pytest.fixture
def centre(fernamt: Fernamt, applied: Path, tmp_path: Path) -> Fernamt:
    """The same with the demo's centre in its database."""
    shutil.copytree(applied, tmp_path / "state")
    return fernamt
