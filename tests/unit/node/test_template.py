"""No value can change what a configuration file means, and no placeholder is left without a value."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fernamt.node.errors import NodeError
from fernamt.node.template import Block, Literal, render


def test_placeholders_are_replaced_and_asterisks_own_variables_are_not() -> None:
    text = "port = {{ port }}\nexten => 1,1,Goto(${EXTEN},{{ name }},1)\n"
    assert render(text, {"port": 5060, "name": "a"}, source="x.conf") == ("port = 5060\nexten => 1,1,Goto(${EXTEN},a,1)\n")


def test_an_unknown_key_is_named_with_file_and_line() -> None:
    with pytest.raises(NodeError, match=r"x\.conf:2: unknown key 'prot'"):
        render("a\nb = {{ prot }}", {"port": 1}, source="x.conf")


def test_an_unset_key_is_an_error_and_not_an_empty_value() -> None:
    with pytest.raises(NodeError, match=r"x\.conf:1: port is not set"):
        render("{{ port }}", {"port": None}, source="x.conf")


@pytest.mark.parametrize("mark", ["\n", "\r", "\x00", ";", "$", "`", "\\", "\u2028", "\x7f"])
def test_a_value_that_could_change_the_file_is_refused(mark: str) -> None:
    with pytest.raises(NodeError, match="cannot carry"):
        render("{{ name }}", {"name": f"a{mark}b"}, source="x.conf")


@pytest.mark.parametrize("value", ["", " a", "a "])
def test_an_empty_or_ragged_value_is_refused(value: str) -> None:
    with pytest.raises(NodeError, match="empty or has blanks"):
        render("{{ name }}", {"name": value}, source="x.conf")


def test_a_password_may_hold_a_semicolon_but_no_line_break() -> None:
    assert render("p = {{ p }}", {"p": Literal("a;b$c")}, source="x.conf") == r"p = a\;b$c"
    with pytest.raises(NodeError, match="control character"):
        render("p = {{ p }}", {"p": Literal("a\r\nb")}, source="x.conf")


def test_a_block_is_put_in_as_it_is() -> None:
    assert render("{{ b }}", {"b": Block("a\nb;c")}, source="x.conf") == "a\nb;c"


@given(st.text())
@example("0\x850")
def test_a_value_is_refused_or_stays_one_line_and_itself(value: str) -> None:
    try:
        rendered = render("k = {{ v }}\n", {"v": value}, source="x.conf")
    except NodeError:
        return
    assert rendered == f"k = {value}\n"
    assert len(rendered.splitlines()) == 1
    assert ";" not in rendered
