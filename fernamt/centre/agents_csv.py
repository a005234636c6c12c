"""Agents from a CSV file."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.documents import Document
from config.faults import Fault, FaultsFound
from config.toml_positions import Path as KeyPath
from config.toml_positions import Place
from fernamt.centre.csv_table import Row, fault_in, read_rows
from fernamt.centre.entries import AgentEntry
from fernamt.centre.read import Described, describe
from telephony.identifiers import AgentId

COLUMNS = tuple(AgentEntry.model_fields)
REQUIRED = ("agent_id", "name", "level")
_LISTS = ("certificates", "blocked_clients")
_GRADES = ("level_by_project", "skills", "languages")
_WHOLE = ("level",)
_TRUE_OR_FALSE = {"true": True, "yes": True, "ja": True, "1": True, "false": False, "no": False, "nein": False, "0": False}


def read_agents(file: Path, known: Mapping[AgentId, Mapping[str, Any]]) -> Described:
    """The agents of the file; of those known already, what the file has no column for stays.

    Raises `FaultsFound` where its form allows no reading; other faults are in what it returns.
    """
    rows = read_rows(file)
    if not rows:
        raise FaultsFound([fault_in(file, 1, "(form)", f"a first line with the columns {', '.join(REQUIRED)}", "an empty file")])
    return describe(_document(file, rows, known))


def _document(file: Path, rows: list[Row], known: Mapping[AgentId, Mapping[str, Any]]) -> Document:
    columns = [name.strip() for name in rows[0][1]]
    faults = _column_faults(file, columns)
    places: dict[KeyPath, Place] = {}
    agents: list[dict[str, Any]] = []
    for line, row in rows[1:]:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(columns):
            faults.append(fault_in(file, line, "(row)", f"{len(columns)} fields, as the first line has", f"{len(row)}"))
            continue
        number = len(agents)
        places[("agents", number)] = Place(line, 1)
        places |= {("agents", number, name): Place(line, place + 1) for place, name in enumerate(columns)}
        values = {name: _value(name, cell.strip()) for name, cell in zip(columns, row, strict=True) if cell.strip()}
        before = known.get(AgentId(values.get("agent_id", "")), {})
        stays = {name: value for name, value in before.items() if name not in columns and value is not None}
        agents.append({**stays, **values})
    if faults:
        raise FaultsFound(faults)
    return Document(source=str(file), values={"agents": agents}, places=places)


def _column_faults(file: Path, columns: list[str]) -> list[Fault]:
    faults = []
    for name in columns:
        if name not in COLUMNS:
            nearest = difflib.get_close_matches(name, COLUMNS, n=1)
            known = f"a column of {', '.join(COLUMNS)}"
            faults.append(fault_in(file, 1, name or "(column)", known, repr(name), nearest=nearest[0] if nearest else None))
        elif columns.count(name) > 1 and columns.index(name) >= 0:
            faults.append(fault_in(file, 1, name, "each column once", f"{columns.count(name)} times"))
    missing = [name for name in REQUIRED if name not in columns]
    return faults + [fault_in(file, 1, name, "a column of that name", "none") for name in missing]


def _value(name: str, cell: str) -> Any:
    if name in _LISTS:
        return cell.split()
    if name in _GRADES:
        return {part.partition("=")[0]: part.partition("=")[2] for part in cell.split()}
    if name == "is_active":
        return _TRUE_OR_FALSE.get(cell.lower(), cell)
    return cell
