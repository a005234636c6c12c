"""The diagrams in ARCHITECTURE.md are those of the tables the machines run by."""

from tools import diagram


def test_the_committed_diagrams_are_drawn_from_the_tables_of_today() -> None:
    text = diagram.FILE.read_text(encoding="utf-8")
    assert diagram.redrawn(text) == text, "run `make diagram`"
    for name in diagram.TABLES:
        assert f"<!-- diagram: {name} -->" in text


def test_every_state_that_can_be_left_is_drawn() -> None:
    for name, table in diagram.TABLES.items():
        drawn = diagram.diagram(name)
        for state, _fact in table:
            assert f"    {state} --> " in drawn or f"| {state} |" in drawn
