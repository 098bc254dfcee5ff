"""What the index holds: documents of named text fields, tags to filter and count by, and a date."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Field:
    """A searchable field; `aliases` are what a reader may write before the colon besides its name.

    A long field has no grams of its own: a word asked for in it is looked for in the texts that have the word at all.
    """

    name: str
    aliases: tuple[str, ...] = ()
    long: bool = False


FIELDS = (
    Field("title", ("题名", "标题")),
    Field("code", ("档号", "编号")),
    Field("responsible", ("责任者",)),
    Field("person", ("姓名", "人物")),
    Field("notes", ("附注", "备注")),
    Field("text", ("正文", "全文"), long=True),
)
"""The fields of a record. The first one is the title: documents that have the words in it come first."""

SCOPE = "unit"
"""The tag that decides who may find a document: the paths of its unit and of all units above it."""


@dataclass(frozen=True)
class Document:
    """One thing to be found, as text. `key` names it for the caller, e.g. "item:17".

    A field has one text or several values that no word runs across; `tags` are what facets count, by facet.
    `order` sorts documents of the same date and is the order asked for by "code".
    """

    key: str
    fields: Mapping[str, str | tuple[str, ...]]
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dated_on: date | None = None
    order: str = ""
