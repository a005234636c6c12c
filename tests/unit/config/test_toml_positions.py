"""Every key of a document is found at the place where it is written."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from config.toml_positions import Path, Place, key_places

_TEXTS = st.text("ab.\"'\\\n\t#[]{}=,ä\U0001f4de -", max_size=8)
_KEYS = _TEXTS
_LEAVES = st.sampled_from(
    [0, -7, 10**12, True, 1.5, float("inf"), date(2026, 10, 25), time(2, 30), datetime(2026, 1, 1, tzinfo=UTC)]
)
_LEAVES |= _TEXTS
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=12
)


def _paths(values: Any, at: Path = ()) -> Iterator[Path]:
    if isinstance(values, dict):
        for key, value in values.items():
            yield (*at, key)
            yield from _paths(value, (*at, key))
    elif isinstance(values, list):
        for number, value in enumerate(values):
            yield (*at, number)
            yield from _paths(value, (*at, number))


@given(st.dictionaries(_KEYS, _VALUES, max_size=5))
def test_every_key_and_element_of_any_document_has_a_place_and_nothing_else_has(values: dict[str, Any]) -> None:
    text = tomli_w.dumps(values)
    assert set(key_places(text)) == set(_paths(tomllib.loads(text)))


def test_places_are_lines_and_columns_of_the_keys() -> None:
    text = """\
# a = 1
top = "x # not a comment"
[a.b]
  c = { d = 1, e = [ 2, 3 ] }
"quoted.key" = '''
[not.a.table]
f = 1'''
g.h = [ # [x]
  { i = "\\" }" },
]
[[a.list]]
k = 1979-05-27T07:32:00Z
[[a.list]]
k = 2
"""
    places = key_places(text)
    assert places[("top",)] == Place(2, 1)
    assert places[("a", "b")] == Place(3, 1)
    assert places[("a", "b", "c")] == Place(4, 3)
    assert places[("a", "b", "c", "d")] == Place(4, 9)
    assert places[("a", "b", "c", "e", 1)] == Place(4, 25)
    assert places[("a", "b", "quoted.key")] == Place(5, 1)
    assert places[("a", "b", "g", "h", 0, "i")] == Place(9, 5)
    assert places[("a", "list", 0, "k")] == Place(12, 1)
    assert places[("a", "list", 1, "k")] == Place(14, 1)
    assert set(places) == set(_paths(tomllib.loads(text)))
