"""From rows to documents: what of items and files is found by which words, and who may find it."""

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import accumulate
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from audit import AuditEntry, ChainHead
from records.closing.models import CodeAlias
from records.files.models import File, Item
from records.files.services import DATED
from records.holdings.models import Box, DigitalObject, ObjectText, PaperCopy, Place
from records.households.models import Household, Member
from search.documents import SCOPE, Document

AT_ONCE = 500
ITEM, FILE = "item", "file"
DESTROYED = "destroyed"
"""The state of what was destroyed, of which a stub is found alone (art. 15)."""
HELD, OPEN = "held", "open"
"""A tag that narrows a scope: a withdrawn file has the paths above it, for custodians; any other one says `open`."""


def affected(session: Session, entries: Sequence[AuditEntry]) -> set[str]:
    """Keys of the documents that a stretch of the audit chain may have changed."""
    subjects: dict[str, set[int]] = {}
    for entry in entries:
        if entry.subject_id is not None:
            subjects.setdefault(entry.subject_kind, set()).add(entry.subject_id)

    def ids(query: Any) -> set[int]:
        return set(session.scalars(query))

    items = set(subjects.get("item", ()))
    items |= {json.loads(entry.details)["item_id"] for entry in entries if entry.action == "item.cancelled"}
    files = set(subjects.get("file", ()))
    if households := subjects.get("household"):
        files |= ids(select(File.id).where(File.household_id.in_(households)))
    if objects := subjects.get("digital_object"):
        items |= ids(select(DigitalObject.item_id).where(DigitalObject.id.in_(objects)))
    if copies := subjects.get("paper_copy"):
        items |= ids(select(PaperCopy.item_id).where(PaperCopy.id.in_(copies)))
    if boxes := subjects.get("box"):
        items |= ids(select(PaperCopy.item_id).where(PaperCopy.box_id.in_(boxes)))
    if files:
        items |= ids(select(Item.id).where(Item.file_id.in_(files)))
    return {f"{ITEM}:{number}" for number in items} | {f"{FILE}:{number}" for number in files}


def documents(session: Session, keys: Collection[str]) -> Iterator[Document]:
    """The documents with these keys as the database has them now, a few hundred rows read at a time."""
    numbers: dict[str, list[int]] = {ITEM: [], FILE: []}
    for key in keys:
        kind, _, number = key.partition(":")
        numbers[kind].append(int(number))
    for kind, read in ((ITEM, _items), (FILE, _files)):
        ordered = sorted(numbers[kind])
        for start in range(0, len(ordered), AT_ONCE):
            yield from read(session, ordered[start : start + AT_ONCE])


def every_key(session: Session) -> Iterator[str]:
    """Keys of everything that can be found."""
    for model, kind in ((Item, ITEM), (File, FILE)):
        for number in session.scalars(select(model.id).order_by(model.id).execution_options(yield_per=5_000)):
            yield f"{kind}:{number}"


def count(session: Session) -> int:
    """How many documents there are to index."""
    return sum(session.scalar(select(func.count()).select_from(model)) or 0 for model in (Item, File))


def chain_end(session: Session) -> int:
    """The number of the last entry of the audit chain."""
    return session.scalar(select(ChainHead.number).where(ChainHead.chain == "changes")) or 0


def ancestors(path: str) -> tuple[str, ...]:
    """A path and every path above it, from the root: `/`, `/1/`, `/1/4/`."""
    return tuple(accumulate(f"{part}/" for part in path.split("/")[:-1]))


def _items(session: Session, numbers: Sequence[int]) -> Iterator[Document]:
    items = session.scalars(
        select(Item).where(Item.id.in_(numbers)).options(joinedload(Item.file).joinedload(File.unit))
    ).all()
    names = _member_names(session, {item.file.household_id for item in items if item.file.household_id})
    texts: dict[int, list[str]] = {}
    files: dict[int, list[str]] = {}
    for item_id, name, text in session.execute(
        select(DigitalObject.item_id, DigitalObject.name, ObjectText.text)
        .outerjoin(ObjectText, ObjectText.object_id == DigitalObject.id)
        .where(DigitalObject.item_id.in_(numbers))
        .order_by(DigitalObject.id)
    ):
        files.setdefault(item_id, []).append(name)
        if text:
            texts.setdefault(item_id, []).append(text)
    copies: dict[int, list[PaperCopy]] = {}
    for copy in session.scalars(
        select(PaperCopy)
        .where(PaperCopy.item_id.in_(numbers))
        .options(joinedload(PaperCopy.box).joinedload(Box.place), joinedload(PaperCopy.place))
    ):
        copies.setdefault(copy.item_id, []).append(copy)
    for item in items:
        paper = copies.get(item.id, [])
        places = {path for copy in paper for path in _places(copy)}
        yield Document(
            key=f"{ITEM}:{item.id}",
            fields={
                "title": item.title,
                "code": _values(
                    item.code,
                    item.file.code,
                    item.related_code,
                    item.document_number,
                    *(copy.barcode for copy in paper),
                ),
                "responsible": item.responsible_body,
                "person": _values(item.people, item.recorded_by, *names.get(item.file.household_id or 0, ())),
                "notes": _values(item.caption, item.place, item.remarks, *files.get(item.id, ())),
                "text": tuple(texts.get(item.id, ())),
            },
            tags={
                **_file_tags(item.file),
                "kind": (ITEM,),
                "medium": (item.form,),
                "state": (DESTROYED if item.destroyed_on else "filed" if item.filed_on else "collected",),
                "place": tuple(sorted(places)),
            },
            dated_on=_day(item.dated),
            order=item.code or "",
        )


def _files(session: Session, numbers: Sequence[int]) -> Iterator[Document]:
    files = session.scalars(select(File).where(File.id.in_(numbers)).options(joinedload(File.unit))).all()
    names = _member_names(session, {file.household_id for file in files if file.household_id})
    households = {
        household.id: household
        for household in session.scalars(
            select(Household).where(Household.id.in_([file.household_id for file in files if file.household_id]))
        )
    }
    aliases: dict[int, list[str]] = {}
    for alias in session.scalars(select(CodeAlias).where(CodeAlias.file_id.in_(numbers)).order_by(CodeAlias.code)):
        aliases.setdefault(alias.file_id, []).append(alias.code)
    for file in files:
        household = households.get(file.household_id or 0)
        yield Document(
            key=f"{FILE}:{file.id}",
            fields={
                "title": file.title,
                "code": _values(file.code, *aliases.get(file.id, ())),
                "person": _values(*names.get(file.household_id or 0, ())),
                "notes": _values(household.address, household.employer) if household else (),
            },
            tags={**_file_tags(file), "kind": (FILE,), "state": (DESTROYED if file.destroyed_on else "filed",)},
            dated_on=file.opened_on,
            order=file.code,
        )


def _member_names(session: Session, households: set[int]) -> dict[int, list[str]]:
    names: dict[int, list[str]] = {}
    for member in session.scalars(
        select(Member).where(Member.household_id.in_(households)).options(selectinload(Member.person))
    ):
        names.setdefault(member.household_id, []).append(member.person.name)
    return names


def _file_tags(file: File) -> dict[str, tuple[str, ...]]:
    paths = ancestors(file.unit.path)
    return {
        SCOPE: paths,
        HELD: (OPEN,) if file.active else paths,
        "category": (file.category,),
        "year": (str(file.year),),
    }


def _places(copy: PaperCopy) -> tuple[str, ...]:
    place: Place | None = copy.box.place if copy.box else copy.place
    return ancestors(place.path)[1:] if place else ()


def _values(*texts: str | None) -> tuple[str, ...]:
    return tuple(text for text in texts if text)


def _day(dated: str) -> date | None:
    exact = DATED.fullmatch(dated)
    return date(*(int(part or 1) for part in exact.groups())) if exact else None
