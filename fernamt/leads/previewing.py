"""What a file would be taken for, before anything is taken: its columns and their guesses, its first rows, their faults."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from fernamt.leads.files import Source, opened_rows
from fernamt.moment import now
from routing.directory import Directory
from routing.leads.columns import NUMBERS, TARGETS, faults_in, guess
from routing.leads.lists import LeadList, counts_as_advertising
from routing.leads.rows import Drafted, RowReader

LOOKED_AT = 1_000
SHOWN = 5
LONGEST_SHOWN = 120


def preview(
    file: Source | Path,
    lead_list: LeadList,
    directory: Directory,
    *,
    file_name: str | None = None,
    sheet: str | None = None,
    mapping: Sequence[str] | None = None,
) -> dict[str, Any]:
    """The preview as it is shown. Without a mapping, one is guessed. Raises `FileRefused`."""
    with opened_rows(file, file_name=file_name, sheet=sheet) as rows:
        first = list(islice(rows, LOOKED_AT))
        heading, form = list(rows.heading), rows.form
    taken_for = list(mapping) if mapping else guess(heading, [cells for _, cells in first], lead_list.fields)
    is_advertising = counts_as_advertising(lead_list.project_id, lead_list.purpose, directory)
    column_faults = faults_in(taken_for, heading, lead_list.fields, needs_consent=is_advertising)
    counts: Counter[tuple[int, str]] = Counter()
    if not column_faults:
        reader, at = RowReader(taken_for, lead_list, directory), now()
        for row, cells in first:
            drafted = reader.read(row, cells, at)
            if not isinstance(drafted, Drafted):
                counts.update((fault.column, fault.code) for fault in drafted)
    return {
        "form": {"kind": form.kind, "encoding": form.encoding, "delimiter": form.delimiter, "sheet": form.sheet},
        "sheets": list(form.sheets),
        "is_advertising": is_advertising,
        "targets": [*TARGETS, *(f"field:{each.name}" for each in lead_list.fields)],
        "columns": [
            {
                "column": place,
                "title": title[:LONGEST_SHOWN],
                "target": taken_for[place - 1] if place <= len(taken_for) else "ignore",
                "faults": {code: count for (column, code), count in counts.items() if column == place},
            }
            for place, title in enumerate(heading, 1)
        ],
        "rows": [{"row": row, "cells": [cell[:LONGEST_SHOWN] for cell in cells]} for row, cells in first[:SHOWN]],
        "rows_looked_at": len(first),
        "row_faults": {code: count for (column, code), count in counts.items() if column == 0},
        "mapping_faults": [{"column": each.column, "code": each.code, "facts": dict(each.facts)} for each in column_faults],
        "has_numbers": any(target in NUMBERS for target in taken_for),
    }
