"""Forms of a file on paper: cover 案卷封面, note 备考表, and the item register 归档文件目录 of a file or box."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from accounts.prints import paper_language
from printing.forms import Column, Printed, Section, Signature, sheet_form, table_form
from records.browse.files import end_words, kept_words, period_of
from records.files.masking import unnamed
from records.files.models import File, FileNote, Item
from records.holdings.models import Box
from units.models import Unit
from web.language import gettext
from web.shown import words


def cover(file: File, items: Sequence[Item], fonds: Unit, *, made_at: datetime) -> Printed:
    """The cover of a file: fonds, title, years, count and period, as DA/T 22 asks."""
    filed = [item for item in items if item.number is not None]
    dates = sorted(item.dated for item in filed)
    kept = period_of(file)
    facts = [
        (gettext("Fonds"), f"{fonds.name} {fonds.fonds_number or ''}".strip()),
        (gettext("Unit"), file.unit.name),
        (gettext("Category"), words(file.category)),
        (gettext("Title"), file.title),
        (gettext("Reference code"), file.code),
        (gettext("Year"), str(file.year)),
        (gettext("From and to"), f"{dates[0]} – {dates[-1]}" if dates else ""),
        (gettext("Items filed"), str(len(filed))),
        *([] if file.destroyed_on else [(gettext("Pages"), str(sum(item.pages_count or 0 for item in filed)))]),
        (gettext("Retention period"), words(kept.period.label) if kept else gettext("by item")),
        (gettext("Kept until"), end_words(file) or kept_words(kept)),
        (gettext("Secrecy"), words(file.secrecy)),
    ]
    return sheet_form(
        title=gettext("Cover of the file"),
        number=file.code,
        sections=[Section(facts=facts)],
        made_at=made_at,
        subtitle=fonds.name,
        language=paper_language(),
    )


def note_sheet(file: File, note: FileNote, *, made_at: datetime) -> Printed:
    """The note in a file, to be signed by who arranged it and who checked it."""
    said = (
        (gettext("Missing"), unnamed(note.missing, file)),
        (gettext("Amended"), unnamed(note.amended, file)),
        (gettext("Added to it"), unnamed(note.added, file)),
        (gettext("Removed"), unnamed(note.removed, file)),
        (gettext("Destroyed items"), end_words(file) or unnamed(note.destroyed, file)),
    )
    checker = note.checker.display_name if note.checker else ""
    return sheet_form(
        title=gettext("Note in the file"),
        number=file.code,
        sections=[
            Section(heading=label, text=text or gettext("None")) for label, text in said
        ] + [Section(facts=[
            (gettext("Arranged by"), f"{note.arranger.display_name} {note.arranged_on}"),
            (gettext("Checked by"), f"{checker} {note.checked_on or ''}".strip() or gettext("not checked yet")),
            (gettext("Version"), str(note.version)),
        ])],
        made_at=made_at,
        subtitle=file.title,
        signatures=[
            Signature(gettext("Arranged by"), note.arranger.display_name),
            Signature(gettext("Checked by"), checker),
        ],
        language=paper_language(),
    )  # fmt: skip


def file_register(file: File, items: Sequence[Item], *, made_at: datetime) -> Printed:
    """The item register 归档文件目录 of a file."""
    facts = [(gettext("Unit"), file.unit.name), (gettext("Category"), words(file.category))]
    if file.destroyed_on:
        facts.append((gettext("State"), end_words(file)))
    return _register(file.code, file.title, facts, items, made_at, {})


def box_register(
    box: Box, period: str, items: Sequence[Item], missing: Mapping[int, str], *, made_at: datetime
) -> Printed:
    """The item register of a box, which lies on top of what is in it; `missing` are cases of lost paper by item."""
    facts = (
        (gettext("Unit"), box.unit.name),
        (gettext("Category"), words(box.category)),
        (gettext("Year"), str(box.year)),
        (gettext("Retention period"), period),
        (gettext("Box No."), str(box.number)),
        (gettext("Place"), box.address),
    )
    return _register(box.barcode, "", facts, items, made_at, missing)


def _register(
    number: str,
    subtitle: str,
    facts: Sequence[tuple[str, str]],
    items: Sequence[Item],
    made_at: datetime,
    missing: Mapping[int, str],
) -> Printed:
    def remarks(item: Item) -> str:
        lost = gettext("missing, %(case)s", case=missing[item.id]) if item.id in missing else None
        return gettext("; ").join(filter(None, (item.remarks, lost, end_words(item))))

    columns = (
        Column(gettext("No."), 0.5, "center"),
        Column(gettext("Reference code"), 2.2),
        Column(gettext("Document number"), 1.2),
        Column(gettext("Responsible body"), 1.4),
        Column(gettext("Title"), 3),
        Column(gettext("Date"), 0.9),
        Column(gettext("Secrecy"), 0.6, "center"),
        Column(gettext("Pages"), 0.5, "right"),
        Column(gettext("Remarks"), 1),
    )
    rows = [
        [
            str(at),
            item.code or "",
            item.document_number or "",
            item.responsible_body,
            item.title,
            item.dated,
            words(item.secrecy),
            str(item.pages_count or ""),
            remarks(item),
        ]
        for at, item in enumerate((item for item in items if item.number is not None), 1)
    ]
    return table_form(
        title=gettext("Item register"),
        number=number,
        columns=columns,
        rows=rows,
        made_at=made_at,
        subtitle=subtitle,
        facts=facts,
        language=paper_language(),
        landscape=True,
    )
