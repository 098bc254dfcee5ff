"""What there is of a record on every carrier: listed when a batch is drawn, compared before anything is destroyed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from records.disposal.due import clock_of
from records.disposal.errors import DestroysUnregistered
from records.disposal.models import Cause, DisposalLine, LineState, Verdict
from records.files.models import File, Item
from records.holdings.models import DigitalObject, PaperCopy
from records.holdings.unregistered import lacking_registered_paper
from records.workflow.models import LodgedCopy


@dataclass(frozen=True)
class Contents:
    """Paper copies with their pages, digital files, and the sets lodged at the aid centre 副本, of one record.

    `lodged_place` says where they lie; None without one. There are several where a household applied again.
    """

    pages: int = 0
    copies: int = 0
    objects: int = 0
    lodged_place: str | None = None
    lodged_pages: int = 0

    def as_listed(self, line: DisposalLine) -> bool:
        """Whether this is what a line says, and so what was approved and counted."""
        listed = (line.copies_count, line.objects_count, line.lodged_pages_count)
        return (self.copies, self.objects, self.lodged_pages) == listed

    def said_by(self, line: DisposalLine) -> bool:
        """Whether a line says all of this, with the pages and where the lodged sets lie."""
        paper = (line.pages_count, line.lodged_place) == (self.pages, self.lodged_place)
        return paper and self.as_listed(line)

    def note(self, line: DisposalLine) -> None:
        """Let a line say this."""
        line.pages_count, line.copies_count, line.objects_count = self.pages, self.copies, self.objects
        line.lodged_place, line.lodged_pages_count = self.lodged_place, self.lodged_pages


def contents_of(session: Session, file_ids: Collection[int], item_ids: Collection[int]) -> Mapping[str, Contents]:
    """What there is of whole files and of single items, by keys as `file-3` and `item-17`; three queries for all."""
    of_files = set(file_ids)
    found = {f"file-{each}": Contents() for each in of_files} | {f"item-{each}": Contents() for each in item_ids}
    mine = Item.file_id.in_(of_files) | Item.id.in_(item_ids)

    def add(item_id: int, file_id: int, **more: int) -> None:
        key = f"file-{file_id}" if file_id in of_files else f"item-{item_id}"
        there = found[key]
        found[key] = replace(there, **{name: getattr(there, name) + number for name, number in more.items()})

    paper = _by_item(func.sum(PaperCopy.pages_count), func.count()).join(PaperCopy, PaperCopy.item_id == Item.id)
    for item_id, file_id, pages, copies in session.execute(paper.where(mine, PaperCopy.destroyed_on.is_(None))):
        add(item_id, file_id, pages=pages, copies=copies)
    stored = _by_item(func.count()).join(DigitalObject, DigitalObject.item_id == Item.id)
    for item_id, file_id, objects in session.execute(stored.where(mine, DigitalObject.destroyed_at.is_(None))):
        add(item_id, file_id, objects=objects)
    sets = select(LodgedCopy).where(LodgedCopy.file_id.in_(of_files), LodgedCopy.destroyed_on.is_(None))
    sets = sets.order_by(LodgedCopy.id)
    for one in session.scalars(sets).unique():
        key = f"file-{one.file_id}"
        there, place = found[key], f"{one.centre.name} {one.place}"
        found[key] = replace(
            there,
            lodged_place=f"{there.lodged_place}、{place}" if there.lodged_place else place,
            lodged_pages=there.lodged_pages + one.pages_count,
        )
    return found


def described(subject: File | Item) -> dict[str, Any]:
    """What a line says of a record besides what there is of it: its code, its title and date, and its clock."""
    kept = clock_of(subject)
    return {
        "code": subject.code,
        "title": subject.title,
        "dated": subject.dated if isinstance(subject, Item) else None,
        "period_letter": kept.period.letter,
        "starts_on": kept.starts_on,
        "last_day_kept": kept.last_day_kept,
    }


def says(line: DisposalLine, facts: Mapping[str, Any]) -> bool:
    """Whether a line says of its record what `described` does."""
    return all(getattr(line, name) == value for name, value in facts.items())


def is_due(subject: File | Item, on: date) -> bool:
    """Whether a record may be appraised on a day: its last day kept is over, and its clock was not stopped since."""
    due_from = clock_of(subject).appraisal_from
    return due_from is not None and on >= due_from


def recount(session: Session, lines: Sequence[DisposalLine], *, at: datetime, on: date) -> list[DisposalLine]:
    """Let lines that wait say what there is now, whatever came or went since they were drawn; those that differed.

    Until the approval the list follows the records: a scan that was owed, a copy that was found or a withdrawal that
    was put right is listed too; what is not due any more is let go.
    """
    waiting = [line for line in lines if line.state is LineState.PENDING]
    load_subjects(session, waiting)
    let_go = [line for line in waiting if not is_due(line.subject, on)]
    for line in let_go:
        line.state, line.cause, line.done_at = LineState.NOT_DUE, Cause.NOT_DUE, at
    waiting = [line for line in waiting if line.state is LineState.PENDING]
    there = contents_of(
        session,
        [line.file_id for line in waiting if line.file_id is not None],
        [line.item_id for line in waiting if line.item_id is not None],
    )
    differing = []
    for line in waiting:
        now = there[f"file-{line.file_id}" if line.file_id is not None else f"item-{line.item_id}"]
        facts = described(line.subject)
        if not now.said_by(line) or not says(line, facts):
            now.note(line)
            for name, value in facts.items():
                setattr(line, name, value)
            differing.append(line)
    session.flush()
    return [*let_go, *differing]


def load_subjects(session: Session, lines: Sequence[DisposalLine]) -> None:
    """Load the records that lines stand for as they are in the database now; three queries for all."""
    session.flush()
    session.scalars(
        select(DisposalLine)
        .where(DisposalLine.id.in_([line.id for line in lines]))
        .options(selectinload(DisposalLine.file), selectinload(DisposalLine.item))
        .execution_options(populate_existing=True)
    ).all()


def check_registered(session: Session, lines: Sequence[DisposalLine]) -> None:
    """Raise DestroysUnregistered where files are to be destroyed whose paper on record is not all registered."""
    to_destroy = [line for line in lines if line.state is LineState.PENDING and line.verdict is Verdict.DESTROY]
    codes = {line.file_id: line.code for line in to_destroy if line.file_id is not None}
    if unregistered := lacking_registered_paper(session, codes):
        raise DestroysUnregistered(codes="、".join(codes[file_id] for file_id in codes if file_id in unregistered))


def _by_item(*counted: ColumnElement[Any]) -> Any:
    return select(Item.id, Item.file_id, *counted).group_by(Item.id)
