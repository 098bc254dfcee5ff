"""The contents of a file 卷内材料: as a list on the page, and on paper as the contents list 卷内文件目录."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from accounts.prints import paper_language
from accounts.roles import Actor
from classification.categories import Category
from printing.forms import Column as PrintedColumn
from printing.forms import Printed, table_form
from records.browse.files import end_words
from records.browse.flaws import wants_paper
from records.files.models import File, Item
from records.files.services import AWAITING, visible_items
from records.holdings.models import DigitalObject
from units.models import Unit
from units.services import under
from web.language import N_, gettext, ngettext
from web.listing import Column
from web.shown import duration, words

NOT_FILED = 1_000_000_000  # sorts after every number
CONTENTS_COLUMNS: tuple[Column[Item], ...] = (
    Column("number", N_("No."), lambda item: item.number, func.coalesce(Item.number, NOT_FILED)),
    Column("code", N_("Reference code"), lambda item: item.code),
    Column("title", N_("Title"), lambda item: item.title, Item.title.expression),
    Column("form", N_("Record form"), lambda item: words(item.form)),
    Column("body", N_("Responsible body"), lambda item: item.responsible_body),
    Column("dated", N_("Date"), lambda item: item.dated, Item.dated.expression),
    Column("pages", N_("Pages"), lambda item: item.pages_count),
)

ITEM_COLUMNS: tuple[Column[Item], ...] = (
    Column("code", N_("Reference code"), lambda item: item.code, Item.code.expression),
    Column("title", N_("Title"), lambda item: item.title, Item.title.expression),
    Column("file", N_("File"), lambda item: item.file.code, File.code.expression),
    Column("unit", N_("Unit"), lambda item: item.file.unit.name, Unit.name.expression),
    Column("form", N_("Record form"), lambda item: words(item.form)),
    Column("dated", N_("Date"), lambda item: item.dated, Item.dated.expression),
    Column("filed", N_("Filed on"), lambda item: item.filed_on, Item.filed_on.expression),
)


@dataclass(frozen=True)
class ItemFilter:
    """What is asked of the list of items; `state` is `waiting` or `filed`, `paper` is `wanted` by article 15.

    `unit` stands for itself and the units below, with `own` for itself.
    """

    state: str | None = None
    paper: str | None = None
    category: Category | None = None
    unit: Unit | None = None
    own: bool = False

    def items(self, actor: Actor) -> Select[Item]:
        """The items in the actor's scope under this filter."""
        query = visible_items(actor)
        if self.state == "waiting":
            query = query.where(AWAITING)
        if self.state == "filed":
            query = query.where(Item.filed_on.is_not(None))
        if self.paper == "wanted":
            query = query.where(wants_paper())
        if self.category:
            query = query.where(File.category == self.category)
        if self.unit:
            query = query.where(under(self.unit, alone=self.own))
        return query


def items_of(file: File) -> Select[Item]:
    """The items of a file, those not yet filed too."""
    return select(Item).where(Item.file_id == file.id)


def media_words(objects: Sequence[DigitalObject]) -> list[str]:
    """What the digital files of an item are, kind by kind: `PDF 3 pages`, `2 images`, `sound 12:08`."""
    said: list[str] = []
    kinds = [each.media_type.partition("/")[0] for each in objects]
    if images := kinds.count("image"):
        said.append(ngettext("%(count)s image", "%(count)s images", images, count=images))
    for each, kind in zip(objects, kinds, strict=True):
        if each.media_type == "application/pdf":
            pages = each.facts.get("pages")
            said.append(ngettext("PDF, %(count)s page", "PDF, %(count)s pages", pages, count=pages) if pages else "PDF")
        elif kind == "audio":
            said.append(gettext("sound %(length)s", length=duration(each.facts.get("duration_seconds"))))
        elif kind == "video":
            said.append(gettext("video %(length)s", length=duration(each.facts.get("duration_seconds"))))
        elif kind != "image":
            said.append(each.name.rpartition(".")[2].upper() if "." in each.name else gettext("file"))
    return said


def contents_list(file: File, items: Sequence[Item], *, made_at: datetime) -> Printed:
    """The contents list of a file on paper, of the items filed so far, with the columns of DA/T 22."""
    columns = (
        PrintedColumn(gettext("No."), 0.5, "center"),
        PrintedColumn(gettext("Reference code"), 2.2),
        PrintedColumn(gettext("Document number"), 1.2),
        PrintedColumn(gettext("Responsible body"), 1.5),
        PrintedColumn(gettext("Title"), 3),
        PrintedColumn(gettext("Date"), 1),
        PrintedColumn(gettext("Pages"), 0.6, "right"),
        PrintedColumn(gettext("Remarks"), 1),
    )
    rows = [
        [
            str(item.number),
            item.code or "",
            item.document_number or "",
            item.responsible_body,
            item.title,
            item.dated,
            str(item.pages_count or ""),
            item.remarks or end_words(item),
        ]
        for item in items
        if item.number is not None
    ]
    facts = [(gettext("Unit"), file.unit.name), (gettext("Category"), words(file.category))]
    if file.destroyed_on:
        facts.append((gettext("State"), end_words(file)))
    return table_form(
        title=gettext("Contents of the file"),
        number=file.code,
        columns=columns,
        rows=rows,
        made_at=made_at,
        subtitle=file.title,
        facts=facts,
        language=paper_language(),
        landscape=True,
    )
