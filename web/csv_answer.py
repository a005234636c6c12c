"""A small table as a CSV file that no spreadsheet takes for formulas."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from aiohttp import web

CSV = "text/csv"
CSV_TYPE = f"{CSV}; charset=utf-8; header=present"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_answer(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> web.Response:
    """The rows under their columns, as a file `name`.csv."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    for row in rows:
        writer.writerow({key: f"'{cell}" if cell.startswith(_FORMULA) else cell for key, cell in row.items()})
    shown = f'attachment; filename="{name}.csv"'
    headers = {"Content-Type": CSV_TYPE, "Content-Disposition": shown}
    return web.Response(body=text.getvalue().encode(), headers=headers)
