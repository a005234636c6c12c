"""Variables of the environment with our prefix are settings: the service, which inherits the tests', refuses unknown ones."""

import re
from pathlib import Path

from config.load import CLIENT_VARIABLES, FILE_VARIABLE, SECRETS_VARIABLE
from config.settings import ENV_PREFIX, NESTING, Settings

ROOT = Path(__file__).parents[2]
ROOMS = ("tests", "tools", "bench", ".ci")
READ = re.compile(rf"""(?:environ[^"'\n]*|getenv\()["']({ENV_PREFIX}\w+)["']""")


def test_tests_and_tools_are_steered_by_no_variable_that_the_service_would_refuse() -> None:
    known = {FILE_VARIABLE, SECRETS_VARIABLE, *CLIENT_VARIABLES}
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    read = {(str(file.relative_to(ROOT)), name) for file in files for name in READ.findall(file.read_text("utf-8"))}
    sections = {f"{ENV_PREFIX}{section}{NESTING}".upper() for section in Settings.model_fields}
    unknown = [one for one in sorted(read) if one[1] not in known and not one[1].startswith(tuple(sections))]
    assert unknown == []
