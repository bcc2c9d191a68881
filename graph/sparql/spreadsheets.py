"""Tables for spreadsheet programs: results as CSV that these open as they are, and take for nothing else."""

import csv
import io
from typing import Final

from graph.sparql.errors import ResultTooLarge
from shapes.reports.spreadsheet import cell

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def of_results(_held: object, results: bytes, most: int) -> bytes:
    """Return CSV results (https://www.w3.org/TR/sparql11-results-csv-tsv/) for spreadsheets; to be run in a process.

    They begin with a byte order mark, without which some programs take UTF-8 for another encoding; every cell is
    quoted, and those that would be formulas are escaped. Raises ``ResultTooLarge`` for more than ``most`` bytes.
    """
    table = io.StringIO(newline="")
    writer = csv.writer(table, quoting=csv.QUOTE_ALL)
    csv.field_size_limit(max(csv.field_size_limit(), len(results)))
    rows = csv.reader(io.StringIO(results.decode(), newline=""))
    # A line without any text is a row of one empty cell, which the reader gives as none.
    writer.writerows([cell(text) for text in row or [""]] for row in rows)
    written = BYTE_ORDER_MARK + table.getvalue().encode()
    if len(written) > most:
        raise ResultTooLarge(f"the table has more than {most} bytes; ask for less, for example with LIMIT and OFFSET")
    return written
