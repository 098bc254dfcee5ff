"""Chinese full text over Whoosh: a word finds exactly the documents whose text contains it."""

from search.documents import FIELDS, SCOPE, Document, Field
from search.engine import Hit, Results, Sort
from search.index import Index, IndexBusy, Writer
from search.query import DateRange, InvalidQuery, Query, Word, parse
from search.snippets import Piece
from search.text import clean, fold

__all__ = [
    "FIELDS",
    "SCOPE",
    "DateRange",
    "Document",
    "Field",
    "Hit",
    "Index",
    "IndexBusy",
    "InvalidQuery",
    "Piece",
    "Query",
    "Results",
    "Sort",
    "Word",
    "Writer",
    "clean",
    "fold",
    "parse",
]
