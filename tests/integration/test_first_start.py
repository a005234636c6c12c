"""The first start of several processes at once: what is made but once is the same for all of them."""

import subprocess
import sys
from pathlib import Path

import pytest

PROCESSES = 3
# Each has looked for the secret and found none before any of them writes its own.
RACE = """
import secrets, sys, time
from pathlib import Path
from config.settings import Settings
from fernamt import installation
from fernamt.node import credentials

def slowly(make):
    def made(*given):
        Path(sys.argv[1], f"ready-{secrets.token_hex(4)}").touch()
        while len(list(Path(sys.argv[1]).glob("ready-*"))) < int(sys.argv[2]):
            time.sleep(0.005)
        return make(*given)
    return made

folder = Path(sys.argv[1], "state")
"""
KEY = """
installation.new_master_key = slowly(installation.new_master_key)
places = installation.Places(Settings(service={"state_dir": folder}))
print(places.party_keys().lookup_hash("+49301234567").hex())
"""
PASSWORDS = """
secrets.token_urlsafe = slowly(secrets.token_urlsafe)
print(credentials.load_credentials(folder).ami_password)
"""


@pytest.mark.parametrize("what", [KEY, PASSWORDS], ids=["master key", "passwords of a node"])
def test_processes_that_start_at_once_end_up_with_the_same_secret(what: str, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    program = [sys.executable, "-c", RACE + what, str(tmp_path), str(PROCESSES)]
    running = [subprocess.Popen(program, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    said = {each.communicate(timeout=60)[0].strip() for each in running}
    assert [each.returncode for each in running] == [0] * PROCESSES
    assert len(said) == 1
    assert said != {""}
    left = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert len(left) == 1, "nothing is left beside the secret"
    assert left[0].stat().st_mode & 0o077 == 0
