"""What a start loads before calls are served: nothing that no call needs."""

import subprocess
import sys

NOT_NEEDED = ("alembic", "fernamt.demo", "fernamt.doctor", "fernamt.screens", "pyarrow", "web.api", "web.app", "web.openapi")


def test_calls_are_served_before_the_screens_are_even_loaded() -> None:
    code = "import sys, fernamt.cli.app, fernamt.cli.serve; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "fernamt.serve" in loaded
    assert [name for name in loaded if name in NOT_NEEDED] == []
