"""Items of a file, and accounting volumes with their items, from a sheet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, select, tuple_

from classification.categories import AccessStatus, Carrier, Category, SecrecyLevel
from classification.checklists import document_type
from records.exchange.examining import Examination, chunks
from records.exchange.reading import REQUIRED, Row
from records.exchange.reasons import of_refusal
from records.files.access import check_not_destroyed
from records.files.batches import collect_many
from records.files.descriptions import Description, check_dated, check_described
from records.files.forms import MOST_PAGES
from records.files.locking import asked_below, kept_by, lock_file, lock_files
from records.files.models import File, Item
from records.files.services import check_held_then, open_yearly_file, takes_items
from records.files.yearly import FIRST_YEAR
from records.holdings.locking import lock
from web.language import N_
from web.rules import RuleViolation

FIELDS = {"dated": "dated", "document_type": "document_type", "retention_class": "retention_class"}
OF_ITEM = (
    "title", "document_type", "dated", "responsible_body", "document_number", "pages_count", "retention_class", "form",
    "carrier", "secrecy", "access", "remarks",
)  # fmt: skip
Key = tuple[int, str, str, str]  # file, title, date, document number
TWICE = N_("The same item stands in row {row} already.")


@dataclass
class Line:
    """A row that describes an item of a file; the file of a new volume has no id yet."""

    row: Row
    description: Description | None
    code: str | None = None


VolumeKey = tuple[int, str, str]  # year, title, retention class


@dataclass
class Entry:
    """A row that names a volume and its kind, and perhaps an item in it."""

    row: Row
    key: VolumeKey
    sub_code: str
    line: Line | None


@dataclass
class Volumes:
    """The volumes that a sheet names, as far as it was read.

    `files` are those on record or opened; `first` is the row that names a volume first, with its kind; `seen` are the
    rows of the items.
    """

    files: dict[VolumeKey, File] = field(default_factory=dict)
    first: dict[VolumeKey, tuple[int, str]] = field(default_factory=dict)
    seen: dict[tuple[VolumeKey, Key], int] = field(default_factory=dict)


def examine_items(work: Examination, rows: Iterable[Row]) -> None:
    """Check items of the file of the run; those in it with the same code, or title, date and number, are known."""
    file = work.run.file
    assert file is not None  # noqa: S101 - a constraint of the run
    if not _takes_items(work, file):
        return
    seen: dict[Key, int] = {}
    for some in chunks(rows):
        lines = [Line(row, _description(work, row, required=True), row.text("code")) for row in some]
        for line in lines:
            _check(work, file, line)
        new = [(file, description) for description in _new_items(work, file, lines, seen)]
        _count(work, some, len(new))
        if work.may_write:
            collect_many(work.session, new, actor=work.actor, at=work.at)
        work.passed(len(some))


def examine_volumes(work: Examination, rows: Iterable[Row]) -> None:
    """Check accounting volumes and their items; volumes of the unit with the same year, title and class are known."""
    if work.writes:
        lock(work.session, work.unit)  # nobody else opens a volume here until commit
        _lock_volumes(work)
    volumes = Volumes()
    for some in chunks(rows):
        entries = _entries(work, some, volumes)
        opens = _volumes_to_open(work, entries, volumes)
        new = _new_items_of_volumes(work, entries, volumes)
        _count(work, some, len(new))
        if work.may_write:
            for key in opens:
                volumes.files[key] = _open_volume(work, key, volumes.first[key][1])
            described = [(volumes.files[key], description) for key, description in new]
            collect_many(work.session, described, actor=work.actor, at=work.at)
        work.passed(len(some))


def _takes_items(work: Examination, file: File) -> bool:
    """Whether the file takes items of the actor; where rows are written, nobody else changes it until commit."""
    may = kept_by(work.actor)  # it may have gone to another unit since its sheet was uploaded
    try:
        if work.writes:
            lock_file(work.session, file, may)  # of two workers with one sheet the second finds what the first wrote
        may(file)
        takes_items(work.session, file)
    except RuleViolation as refusal:
        work.faults.append(of_refusal(0, None, refusal))
        return False
    return True


def _count(work: Examination, some: Sequence[Row], new: int) -> None:
    """Note what stands against some rows, and how many items of them are new."""
    work.refuse(fault for row in some for fault in row.faults)
    work.new += new


def _new_items(work: Examination, file: File, lines: Sequence[Line], seen: dict[Key, int]) -> list[Description]:
    """What lines describe that is neither on record nor stands in the sheet already; the others are noted."""
    known_codes = _codes_on_record(work, file, {line.code for line in lines if line.code})
    on_record = _on_record(work, {file.id}, (line.description for line in lines))
    new = []
    for line in lines:
        key = _key(file.id, line.description)
        if line.code:
            _coded(work, file, line, known_codes)
        elif key in on_record:
            _known(work, line.row, "title", on_record[key])
        elif key and seen.setdefault(key, line.row.number) != line.row.number:
            line.row.refuse("title", TWICE, row=seen[key])
        elif line.description is not None and not line.row.faults:
            new.append(line.description)
    return new


def _coded(work: Examination, file: File, line: Line, known_codes: set[str]) -> None:
    """Count a row with a code as known; nothing is given a code by a sheet."""
    if line.code in known_codes:
        work.known += 1
    else:
        message = N_("No item of {file} has this code. Codes are given in filing: leave it empty.")
        line.row.refuse("code", message, file=file.code)


def _entries(work: Examination, some: Sequence[Row], volumes: Volumes) -> list[Entry]:
    """Read rows of volumes, and look these up; rows that do not say which volume they mean are noted alone."""
    read = [(row, _volume(work, row), row.choice("sub_code")) for row in some]
    _find_volumes(work, [key for _, key, _ in read if key], volumes.files)
    _refuse_destroyed(read, volumes.files)
    entries = []
    for row, key, sub_code in read:
        line = Line(row, _description(work, row, required=True)) if row.filled(*OF_ITEM) else None
        if key is not None and sub_code is not None:
            entries.append(Entry(row, key, sub_code, line))
    return entries


def _volumes_to_open(work: Examination, entries: Iterable[Entry], volumes: Volumes) -> list[VolumeKey]:
    """The volumes that are named for the first time and not on record; rows without an item are counted."""
    opens: list[VolumeKey] = []
    for entry in entries:
        row, key = entry.row, entry.key
        first_row, sub_code = volumes.first.setdefault(key, (row.number, entry.sub_code))
        if sub_code != entry.sub_code:
            row.refuse("sub_code", N_("This volume has another kind in row {row}."), row=first_row)
        if first_row == row.number and key not in volumes.files:
            opens.append(key)
            if entry.line is None and not row.faults:
                work.new += 1
        elif entry.line is None:
            if key in volumes.files and not row.faults:
                work.known += 1
            elif first_row != row.number:
                row.refuse("volume", N_("This volume stands in row {row} already."), row=first_row)
    return opens


def _new_items_of_volumes(
    work: Examination, entries: Iterable[Entry], volumes: Volumes
) -> list[tuple[VolumeKey, Description]]:
    """What rows describe that is neither in its volume nor stands in the sheet already; the others are noted."""
    lines = [(entry.key, entry.line) for entry in entries if entry.line is not None]
    for key, line in lines:
        _check(work, volumes.files.get(key) or _draft(work, key), line)
    ids = {key: file.id for key, file in volumes.files.items() if file.destroyed_on is None}
    with_items = {ids[key] for key, _ in lines if key in ids}
    on_record = _on_record(work, with_items, (line.description for _, line in lines))
    new: list[tuple[VolumeKey, Description]] = []
    for key, line in lines:
        own = _key(ids.get(key, 0), line.description)
        if own in on_record:
            _known(work, line.row, "title", on_record[own])
        elif own and volumes.seen.setdefault((key, own), line.row.number) != line.row.number:
            line.row.refuse("title", TWICE, row=volumes.seen[key, own])
        elif line.description is not None and not line.row.faults:
            new.append((key, line.description))
    return new


def _open_volume(work: Examination, key: VolumeKey, sub_code: str) -> File:
    year, title, class_key = key
    return open_yearly_file(
        work.session,
        work.unit,
        Category.ACCOUNTING,
        year,
        title,
        keeper=work.keeper,
        actor=work.actor,
        on=work.on,
        retention_key=class_key,
        sub_code=sub_code,
    )


def _description(work: Examination, row: Row, *, required: bool) -> Description | None:
    """What a row says of an item; what it leaves out follows from the kind of document."""
    kind_key = row.choice("document_type", required=required)
    title, dated = row.text("title", required=required), row.dated("dated", required=required)
    body = row.text("responsible_body", required=required)
    number, pages = row.text("document_number"), row.whole("pages_count", least=1, most=MOST_PAGES)
    class_key, form = row.choice("retention_class"), row.choice("form")
    carrier, secrecy, access = row.choice("carrier"), row.choice("secrecy"), row.choice("access")
    remarks = row.text("remarks")
    if row.faults or not (kind_key and title and dated and body):
        if dated:  # every bad cell is told at once
            row.passes(lambda: check_dated(dated, work.on), FIELDS)
        return None
    kind = document_type(kind_key)
    if class_key is None and kind.default_retention is None:
        row.refuse("retention_class", REQUIRED)
        return None
    return Description(
        document_type=kind.key,
        retention_class=class_key or kind.default_retention or "",
        form=form or kind.forms[0],
        carrier=carrier or Carrier.PAPER,
        title=title,
        dated=dated,
        responsible_body=body,
        document_number=number,
        pages_count=pages,
        remarks=remarks,
        secrecy=secrecy or SecrecyLevel.INTERNAL,
        access=access or AccessStatus.CONTROLLED,
    )


def _check(work: Examination, file: File, line: Line) -> None:
    """The checks of the form of an item."""
    if line.description is None:
        return
    description = line.description
    line.row.passes(lambda: check_described(file, description, work.on), FIELDS)
    line.row.passes(lambda: check_held_then(file, description.dated), FIELDS)


def _volume(work: Examination, row: Row) -> VolumeKey | None:
    year = row.whole("year", least=FIRST_YEAR, most=work.on.year)
    title, class_key = row.text("volume"), row.choice("volume_class")
    return (year, title, class_key) if year and title and class_key else None


def _draft(work: Examination, key: VolumeKey) -> File:
    """A volume that is not open yet, for checking what goes into it; never added to the session."""
    return File(category=Category.ACCOUNTING, year=key[0], retention_class=key[2], code=key[1])


def _volumes_of(work: Examination) -> ColumnElement[bool]:
    """True for the volumes of the unit of a sheet."""
    return and_(File.unit_id == work.run.unit_id, File.category == Category.ACCOUNTING)


def _lock_volumes(work: Examination) -> None:
    """Lock the volumes of the unit in the order of all steps, for a sheet names them in an order of its own."""
    standing = work.session.scalars(select(File.id).where(_volumes_of(work), File.destroyed_on.is_(None)))
    lock_files(work.session, standing.all(), asked_below)  # each as it is found by a row


def _find_volumes(work: Examination, keys: Sequence[VolumeKey], volumes: dict[VolumeKey, File]) -> None:
    """Look up the volumes that are not known yet; where rows are written, nobody else writes into them until commit."""
    wanted = {key for key in keys if key not in volumes}
    if not wanted:
        return
    found = work.session.scalars(
        select(File)
        .where(
            _volumes_of(work),
            tuple_(File.year, File.title, File.retention_class).in_(sorted(wanted)),
        )
        .order_by(File.destroyed_on.is_not(None), File.id)  # what is kept goes before what was destroyed
    )
    own: dict[VolumeKey, File] = {}
    for file in found:
        own.setdefault((file.year, file.title, file.retention_class or ""), file)
    if work.writes:
        lock_files(work.session, [file.id for file in own.values()], kept_by(work.actor))
    volumes.update(own)


def _key(file_id: int, description: Description | None) -> Key | None:
    """What makes an item the same as one on record."""
    if description is None:
        return None
    return file_id, description.title, description.dated, description.document_number or ""


def _codes_on_record(work: Examination, file: File, codes: set[str]) -> set[str]:
    """Which of these codes items of a file have."""
    if not codes:
        return set()
    found = work.session.scalars(select(Item.code).where(Item.file_id == file.id, Item.code.in_(codes)))
    return {code for code in found if code}


def _on_record(
    work: Examination, file_ids: set[int], descriptions: Iterable[Description | None]
) -> dict[Key, Item]:  # fmt: skip
    """The items in these files that have one of the titles, by their keys, in one query."""
    titles = {description.title for description in descriptions if description}
    if not titles or not file_ids:
        return {}
    found = work.session.scalars(
        select(Item)
        .where(Item.file_id.in_(file_ids), Item.title.in_(titles))
        .order_by(Item.destroyed_on.is_(None), Item.id)  # the last one stays: what is kept goes before what is not
    )
    return {(item.file_id, item.title, item.dated, item.document_number or ""): item for item in found}


def _refuse_destroyed(
    read: Iterable[tuple[Row, VolumeKey | None, str | None]], volumes: Mapping[VolumeKey, File]
) -> None:  # fmt: skip
    """Refuse every row of a volume of which only its entry is left (art. 15)."""
    for row, key, _ in read:
        if key is not None and key in volumes:
            _refuse_stub(row, "volume", volumes[key])


def _known(work: Examination, row: Row, column: str, item: Item) -> None:
    """Count a row whose item is on record; one that was destroyed is not taken in again (art. 15)."""
    if not _refuse_stub(row, column, item):
        work.known += 1


def _refuse_stub(row: Row, column: str, record: File | Item) -> bool:
    """Whether a row was refused because only an entry is left of its record."""
    try:
        check_not_destroyed(record)
    except RuleViolation as refusal:
        row.faults.append(of_refusal(row.number, column, refusal))
        return True
    return False
