"""Turns what a schema refuses into faults with place, expectation and the key that was probably meant; all at once."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from config.documents import Document
from config.faults import Fault
from config.toml_positions import Path

_LIMITS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}
_SENTENCES = {
    "missing": "a value: this key has to be there",
    "extra_forbidden": "a known key",
    "too_short": "at least {min_length} elements",
    "too_long": "at most {max_length} elements",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "text like {pattern}",
}
_ONE = re.compile(r"(\b1 \w+)s\b")
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "text in quotes",
    "list": "a list",
    "tuple": "a list",
    "dict": "a table",
    "model": "a table",
    "path": "a path in quotes",
    "time": 'a time such as "09:00"',
    "date": 'a date such as "2026-12-24"',
    "decimal": "a number",
}


def faults_of(error: ValidationError, schema: type[BaseModel], documents: Sequence[Document]) -> list[Fault]:
    """One fault for each error of the schema. `documents` in rising order of precedence."""
    return [_fault(details, schema, documents) for details in error.errors(include_url=False)]


def fault_at(path: Path, *, expected: str, given: str, documents: Sequence[Document], nearest: str | None = None) -> Fault:
    """A fault at the place where the strongest document says something about that path."""
    document = next((d for d in reversed(documents) if d.says(path)), None)
    around = path
    while document is None and around:
        around = around[:-1]
        document = next((d for d in reversed(documents) if around and d.says(around)), None)
    if document is None:
        return Fault(source="defaults", key=dotted(path), expected=expected, given=given, nearest=nearest)
    place = document.place_of(path)
    return Fault(
        source=document.source_of(path),
        line=place.line if place else None,
        column=place.column if place else None,
        key=dotted(path),
        expected=expected,
        given=given,
        nearest=nearest,
    )


def dotted(path: Path) -> str:
    """The path as people write it: switch.node1.trunk.carrier, numbers[3].did."""
    text = ""
    for key in path:
        text += f"[{key + 1}]" if isinstance(key, int) else f".{key}"
    return text.lstrip(".")


def pruned(values: Mapping[str, Any], paths: Iterable[Path]) -> dict[str, Any]:
    """A copy of the values without those paths, so that what is left can be judged as well."""
    wanted = set(paths)

    def copy(value: Any, at: Path) -> Any:
        if isinstance(value, Mapping):
            return {key: copy(inner, (*at, key)) for key, inner in value.items() if (*at, key) not in wanted}
        if isinstance(value, list):
            return [copy(inner, (*at, n)) for n, inner in enumerate(value) if (*at, n) not in wanted]
        return value

    return {key: copy(inner, (key,)) for key, inner in values.items() if (key,) not in wanted}


def error_path(details: ErrorDetails, schema: type[BaseModel]) -> Path:
    """The path in the document that the error is about: without the schema's own markers."""
    path: list[str | int] = []
    here: Any = schema
    for key in details["loc"]:
        if key == "[key]":
            continue
        if isinstance(key, str) and path and not _has_keys(here):
            continue
        path.append(key)
        here = _inner(here, key)
    return tuple(path)


def _fault(details: ErrorDetails, schema: type[BaseModel], documents: Sequence[Document]) -> Fault:
    path = error_path(details, schema)
    given = "nothing" if details["type"] == "missing" else shown(details["input"], path, schema)
    nearest = _nearest(path, schema) if details["type"] == "extra_forbidden" else None
    return fault_at(path, expected=_expected(details), given=given, documents=documents, nearest=nearest)


def _expected(details: ErrorDetails) -> str:
    kind, facts = details["type"], details.get("ctx", {})
    if "expected" in facts:
        return f"one of {facts['expected']}" if kind in {"literal_error", "enum"} else str(facts["expected"])
    if kind in _LIMITS:
        words, fact = _LIMITS[kind]
        return f"{words} {facts[fact]}"
    if kind in {"too_short", "too_long"} and isinstance(details["input"], str):
        kind = f"string_{kind}"
    if kind in _SENTENCES:
        return _ONE.sub(r"\1", _SENTENCES[kind].format_map(facts))
    return _KINDS.get(kind.split("_")[0], details["msg"])


def shown(value: Any, path: Path, schema: type[BaseModel]) -> str:
    """The value as a fault may show it: secrets and long things are not."""
    if _is_secret(path, schema):
        return "a secret value"
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:57] + "…")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a table"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _nearest(path: Path, schema: type[BaseModel]) -> str | None:
    """The known key most like the unknown one: beside it first, else a key of the same name in another table."""
    table = _table_at(schema, path[:-1])
    name = str(path[-1])
    beside = difflib.get_close_matches(name, table.model_fields if table else (), n=1, cutoff=0.6)
    if beside:
        return dotted((*path[:-1], beside[0]))
    everywhere = {inner: f"{section}.{inner}" for section, model in _sections(schema) for inner in model.model_fields}
    found = difflib.get_close_matches(name, everywhere, n=1, cutoff=0.8)
    return everywhere[found[0]] if found else None


def _sections(schema: type[BaseModel]) -> Iterable[tuple[str, type[BaseModel]]]:
    for name, field in schema.model_fields.items():
        model = field.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield name, model


def _table_at(schema: type[BaseModel], path: Path) -> type[BaseModel] | None:
    here: Any = schema
    for key in path:
        here = _inner(here, key)
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None


def _inner(annotation: Any, key: str | int) -> Any:
    """The type of what stands under that key in a value of the annotated type."""
    annotation = _unwrapped(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(key))
        return _unwrapped(field.annotation) if field else None
    arguments = get_args(annotation)
    if not arguments:
        return None
    return _unwrapped(arguments[1] if get_origin(annotation) is dict else arguments[0])


def _unwrapped(annotation: Any) -> Any:
    """Without Annotated and without "or None"."""
    while hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    if get_origin(annotation) in {Union, UnionType}:
        inner = [one for one in get_args(annotation) if one is not type(None)]
        return _unwrapped(inner[0]) if len(inner) == 1 else annotation
    return annotation


def _has_keys(here: Any) -> bool:
    """False where a name in an error's location is the member of a union: no document has such a key."""
    return get_origin(here) is dict or (isinstance(here, type) and issubclass(here, BaseModel))


def _is_secret(path: Path, schema: type[BaseModel]) -> bool:
    here: Any = schema
    for key in path:
        here = _inner(here, key)
    return here is SecretStr
