"""Tables for spreadsheet programs: results as CSV that these open as they are, and take for nothing else."""

import csv
import io
from typing import Final

from shapes.reports.cells import cell

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def of_csv(results: bytes) -> bytes:
    """Return CSV results (https://www.w3.org/TR/sparql11-results-csv-tsv/) for spreadsheets.

    They begin with a byte order mark, without which some programs take UTF-8 for another encoding; every cell is
    quoted, and those that would be formulas are escaped.
    """
    table = io.StringIO(newline="")
    writer = csv.writer(table, quoting=csv.QUOTE_ALL)
    csv.field_size_limit(max(csv.field_size_limit(), len(results)))
    rows = csv.reader(io.StringIO(results.decode(), newline=""))
    # A line without any text is a row of one empty cell, which the reader gives as none.
    writer.writerows([cell(text) for text in row or [""]] for row in rows)
    return BYTE_ORDER_MARK + table.getvalue().encode()
