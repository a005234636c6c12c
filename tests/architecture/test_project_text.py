"""What the documents promise exists: targets, commands, exit codes, words, diagrams."""

import re
import tomllib

from tests.architecture import source_tree as source


def _text(name: str) -> str:
    return (source.ROOT / name).read_text(encoding="utf-8")


def test_every_make_target_of_the_readme_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", _text("Makefile"), re.MULTILINE))
    mentioned = set(re.findall(r"`?make ([a-z]+)\b", _text("README.md")))
    assert mentioned <= targets, f"not in the Makefile: {sorted(mentioned - targets)}"
    assert {"run", "test", "check", "bench", "fresh", "diagram"} <= targets


def test_every_command_of_the_readme_exists() -> None:
    from fernamt.cli.app import COMMANDS

    mentioned = set(re.findall(r"\bfernamt ([a-z][a-z-]+)\b", " ".join(re.findall(r"`([^`]+)`|^    (.+)$", "\n".join(_code())))))
    assert mentioned <= set(COMMANDS), f"no such command: {sorted(mentioned - set(COMMANDS))}"


def _code() -> list[str]:
    return re.findall(r"```(?:sh|bash|console)?\n(.*?)```", _text("README.md"), re.DOTALL) + re.findall(
        r"`(fernamt [^`]+)`", _text("README.md")
    )


def test_the_readme_tells_every_exit_code() -> None:
    from fernamt.cli.exits import MEANINGS

    readme = _text("README.md")
    for code, meaning in MEANINGS.items():
        assert f"| {code.value} | {meaning} |" in readme, f"exit code {code.value} is not in README.md as it is in --help"


def test_every_script_the_makefile_starts_exists() -> None:
    for script in re.findall(r"\b(tools/[a-z_]+\.sh)\b", _text("Makefile")):
        assert (source.ROOT / script).is_file(), script
    for module in re.findall(r"-m (tools\.[a-z_]+)", _text("Makefile")):
        assert (source.ROOT / (module.replace(".", "/") + ".py")).is_file(), module


def test_states_events_and_reasons_of_the_code_are_in_the_glossary() -> None:
    from telephony.agent.model import AgentState
    from telephony.call.model import CallState

    glossary = _text("GLOSSARY.md")
    for state in (*AgentState, *CallState):
        assert f"`{state.value}`" in glossary, f"GLOSSARY.md does not explain the state {state.value}"


def test_the_licence_is_the_one_the_package_names() -> None:
    project = tomllib.loads(_text("pyproject.toml"))["project"]
    assert project["license"] == "Apache-2.0"
    assert "Apache License" in _text("LICENSE")


def test_the_changelog_knows_the_version() -> None:
    version = tomllib.loads(_text("pyproject.toml"))["project"]["version"]
    assert f"## {version}" in _text("CHANGELOG.md")
