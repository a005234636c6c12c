"""One word has one meaning: foreign words stay in their adapter, and nothing of this machine is in the project."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture import source_tree as source

ADAPTERS = ("telephony/switch/", "fernamt/node/", "asterisk-conf/")
ASTERISK = [
    "StasisStart",
    "StasisEnd",
    "Uniqueid",
    "Linkedid",
    "uniqueid",
    "linkedid",
    "ChannelDestroyed",
    "ChannelStateChange",
    "ChannelHangupRequest",
    "ChannelEnteredBridge",
    "ChannelLeftBridge",
    "ChannelHold",
    "ChannelUnhold",
    "ChannelDtmfReceived",
    "ContactStatusChange",
    "PeerStatusChange",
    "DeviceStateChange",
    "RESTRequest",
    "RESTResponse",
    "ApplicationRegistered",
    "ApplicationReplaced",
    "MixMonitor",
    "mixmonitor",
    "ChannelVarset",
    "CallerIDNum",
    "LINKEDID_END",
    "APP_START",
]
FREESWITCH = [
    "CHANNEL_ANSWER",
    "CHANNEL_PARK",
    "CHANNEL_BRIDGE",
    "CHANNEL_UNBRIDGE",
    "CHANNEL_HANGUP_COMPLETE",
    "CHANNEL_PROGRESS",
    "CHANNEL_HOLD",
    "CHANNEL_UNHOLD",
    "uuid_bridge",
    "uuid_kill",
    "uuid_record",
    "uuid_transfer",
    "origination_uuid",
    "ignore_early_media",
    "sofia",
    "eavesdrop",
]
_FOREIGN = re.compile(r"\b(" + "|".join(ASTERISK + FREESWITCH) + r")\b")
_OF_A_MACHINE = re.compile(r"(?<![\w.-])/(?:work|root)/|/home/\w+/")
# A program in an empty Debian runs as root; its home is a fact there and no path of a developer's machine.
_MAY_NAME_ROOT = ("tools/fresh.sh",)
SYNONYMS = {
    "tenant": "client",
    "disposition": "wrap_up_code",
    "after_call_work": "wrap_up",
    "skill_group": "project",
    "auto_dial": "nothing: predictive dialling does not exist here",
    "operator_id": "agent_id",
    "pbx": "switch",
    "participant": "leg",
}


def _code_words(file: Path) -> list[tuple[int, str]]:
    """Names and texts of the code; comments and docstrings may explain what the foreign world calls it."""
    words: list[tuple[int, str]] = []
    tree = source.tree(file)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            words.append((node.lineno, node.value))
        elif isinstance(node, ast.Attribute):
            words.append((node.lineno, node.attr))
        elif isinstance(node, ast.Name):
            words.append((node.lineno, node.id))
        elif isinstance(node, ast.arg):
            words.append((node.lineno, node.arg))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            words.append((node.lineno, node.name))
    return words


def _outside_adapters() -> list[Path]:
    return [file for file in source.product() if not source.name(file).startswith(ADAPTERS)]


@pytest.mark.parametrize("file", _outside_adapters(), ids=source.name)
def test_foreign_words_stay_in_the_adapter(file: Path) -> None:
    found = [f"{line}: {_FOREIGN.search(text)}" for line, text in _code_words(file) if _FOREIGN.search(text)]
    assert not found, f"{source.name(file)}: {found}"


@pytest.mark.parametrize("file", source.product(), ids=source.name)
def test_the_glossary_word_is_used_and_no_synonym(file: Path) -> None:
    for line, text in _code_words(file):
        for synonym, word in SYNONYMS.items():
            if re.fullmatch(rf"(?:.*_)?{synonym}s?(?:_.*)?", text.lower()):
                pytest.fail(f"{source.name(file)}:{line} says {text!r}; the word is {word}")


def test_no_path_of_a_machine_is_in_the_project() -> None:
    for file in source.files():
        if file.suffix in {".alaw", ".wav", ".png", ".ico", ".lock", ".gz"} or source.name(file) in _MAY_NAME_ROOT:
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            assert not _OF_A_MACHINE.search(line) or "_OF_A_MACHINE" in line, f"{source.name(file)}:{number}: {line.strip()}"
