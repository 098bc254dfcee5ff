# mypy: allow-untyped-calls
"""How documents lie in the Whoosh index: its fields, its terms, and the order within a segment.

Documents lie in a segment in the order in which they are shown, newest first, so the best hits are the first bits of a
bitmap and a span of dates is a run of bits.
"""

from collections.abc import Sequence
from datetime import date

from whoosh.analysis.ngrams import NgramAnalyzer
from whoosh.columns import CompressedBytesColumn, VarBytesColumn
from whoosh.fields import COLUMN, ID, Schema

from search.documents import Document, Field
from search.text import clean

FORMAT = 2
"""Goes up whenever text is folded, cut into grams or laid out differently: an index of another format starts anew."""

INDEX_NAME = "MAIN"
FIELD_END = "\x1f"  # between the fields of a text; clean text has no such character, hence no word has
VALUE_END = "\x1e"
BYTES = VarBytesColumn()

KEY = "key"  # a term per document: its key
TAG = "tag"  # terms "facet=value"
ANYWHERE = "anywhere"  # the grams of all fields
RANK, FOLDED, SHOWN = "rank", "folded", "shown"  # columns: sort key; text to search; text to show, deflated

_NO_DATE = 0xFFFFFFFF


def inside(field: Field) -> str:
    """The Whoosh field with the grams of one field that is not long."""
    return f"in_{field.name}"


def gram_fields(fields: Sequence[Field]) -> list[str]:
    return [ANYWHERE, *(inside(field) for field in fields if not field.long)]


def schema_of(fields: Sequence[Field]) -> Schema:
    """The Whoosh schema, made of Whoosh's own classes, so the index opens without this package."""
    schema = Schema(key=ID(stored=True, unique=True), tag=ID())
    for name in gram_fields(fields):
        schema.add(name, ID(analyzer=NgramAnalyzer(1, 2)))
    schema.add(RANK, COLUMN(BYTES))
    schema.add(FOLDED, COLUMN(BYTES))
    schema.add(SHOWN, COLUMN(CompressedBytesColumn()))
    return schema


def tag(facet: str, value: str) -> str:
    return f"{facet}={value}"


def rank(document: Document) -> bytes:
    """Sorts newest first, then by order, then by key; undated documents last."""
    return b"\0".join((rank_of_day(document.dated_on) + clean(document.order).encode(), document.key.encode()))


def rank_of_day(day: date | None) -> bytes:
    """What the ranks of a day begin with: 4 bytes."""
    return (_NO_DATE if day is None else date.max.toordinal() - day.toordinal()).to_bytes(4, "big")


def key_of_rank(rank: bytes) -> str:
    return rank[rank.rindex(b"\0") + 1 :].decode()


def day_of_rank(rank: bytes) -> date | None:
    days = int.from_bytes(rank[:4], "big")
    return None if days == _NO_DATE else date.fromordinal(date.max.toordinal() - days)
