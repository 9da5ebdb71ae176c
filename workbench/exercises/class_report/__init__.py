"""
A class, from what it handed in: who passed what, who needs help, where it went wrong, and what
was predicted.

    records.py     reads what was handed in, each file once
    summary.py     counts it: by exercise, by learner, by prediction
    as_text.py     says it in a terminal
    as_page.py     shows it on a projector, on one page of HTML
    as_tables.py   gives it to other programs, as CSV or JSON
    board.py       keeps the page up to date, in a browser

Nothing is run. The files are what learners sent: what cannot be read is named and passed over,
and so is an exercise that the course does not have.
"""

from .as_page import as_page
from .as_tables import as_csv, as_json
from .as_text import as_text
from .board import serve
from .records import moment, read_class
from .summary import sum_up

__all__ = ["as_csv", "as_json", "as_page", "as_text", "moment", "read_class", "serve", "sum_up"]
