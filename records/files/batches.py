"""Many files and items at once, with the rules and the entries in the chain of opening and collecting one by one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.models import User
from accounts.roles import Actor
from audit.chain import Row
from classification.categories import Category, SecrecyLevel
from records.files.altering import check_alterable
from records.files.codes import household_codes
from records.files.descriptions import Description, columns_of
from records.files.from_before import Before
from records.files.keepers import hold_keeper
from records.files.locking import asked_below, kept_by, lock_files
from records.files.membership import speaks_against
from records.files.models import Custody, File, FileFromBefore, GivenCode, Item
from records.files.services import takes_items
from records.files.withdrawals import open_review
from records.households.batches import KnownPerson, Prepared, register_many
from rules.services import rulebook
from storage.database import insert_many, write_many
from units.models import Unit
from units.services import keep_open


def files_of_households(session: Session, household_ids: Sequence[int]) -> Mapping[int, File]:
    """The file of each household, with its unit, by the household's id; one query."""
    found = session.scalars(
        select(File).where(File.household_id.in_(set(household_ids))).options(joinedload(File.unit))
    )  # fmt: skip
    return {file.household_id: file for file in found if file.household_id is not None}


def open_many(
    session: Session,
    unit: Unit,
    households: Sequence[tuple[Prepared, Before]],
    known: Mapping[str, KnownPerson],
    *,
    keeper: User,
    actor: Actor,
    on: date,
) -> list[int]:
    """Enter a file for each household as of its day, as `from_before.enter_from_before` does; the ids of the files.

    The actor keeps files of the unit, the days were checked, and nobody of them is active anywhere. Codes are taken in
    the order of the rows, a year's at once. Raises UnitClosed, NoFonds or NoKeeperAnyMore; the database refuses with an
    IntegrityError what another desk did meanwhile.
    """
    if not households:
        return []
    keep_open(session, unit)
    days = [before.established_on for _, before in households]
    people = [each for each, _ in households]
    registered = list(zip(people, days, strict=True))
    household_ids = register_many(session, registered, known, unit_path=unit.path, actor=actor)
    by_year: dict[int, int] = defaultdict(int)
    for day in days:
        by_year[day.year] += 1
    codes = {year: iter(household_codes(session, unit, year, count)) for year, count in sorted(by_year.items())}
    rows = [
        {
            "code": next(codes[day.year]),
            "category": Category.ORIGINAL,
            "year": day.year,
            "unit_id": unit.id,
            "household_id": household_id,
            "title": _title(each, known),
            "secrecy": SecrecyLevel.INTERNAL,
            "opened_on": day,
            "changed_on": day,
            "last_item_number": 0,
        }
        for each, day, household_id in zip(people, days, household_ids, strict=True)
    ]
    ids = insert_many(session, File, rows)
    opened = [
        (file_id, str(row["code"]), str(row["title"]), day) for file_id, row, day in zip(ids, rows, days, strict=True)
    ]
    write_many(
        session, GivenCode, [{"code": code, "file_id": file_id, "given_on": day} for file_id, code, _, day in opened]
    )
    hold_keeper(session, keeper, unit)
    write_many(
        session,
        Custody,
        [{"file_id": file_id, "keeper_id": keeper.id, "from_on": day} for file_id, _, _, day in opened],
    )
    rows_before = [
        {
            "file_id": file_id,
            "established_on": before.established_on,
            "paper_place": before.paper_place,
            "reason": before.reason,
            "entered_on": on,
            "entered_by": actor.name,
        }
        for file_id, (_, before) in zip(ids, households, strict=True)
    ]
    write_many(session, FileFromBefore, rows_before)
    for file_id, code, title, _ in opened:
        row = Row("file", file_id)
        audit.record(
            session, actor.name, "file.opened", row, unit=unit.path, code=code, title=title, keeper=keeper.name
        )
    _review(session, unit, dict(zip(ids, people, strict=True)), actor=actor, on=on)
    return ids


def _review(session: Session, unit: Unit, entered: Mapping[int, Prepared], *, actor: Actor, on: date) -> None:
    """Open a review of each file, by its id, whose household something speaks against (art. 3, 10)."""
    book = rulebook(session, unit, on)
    against = {file_id: speaks_against(each.entry, book, on) for file_id, each in entered.items()}
    for file in lock_files(session, [file_id for file_id, found in against.items() if found], asked_below):
        for ground, found in against[file.id].items():
            open_review(session, file, ground, found, actor=actor, on=on)


def _title(household: Prepared, known: Mapping[str, KnownPerson]) -> str:
    """The name of the worker, as it is on record where it is."""
    person = known.get(household.marks[household.worker])
    return person.name if person else household.entry.members[household.worker].name


def collect_many(
    session: Session, described: Sequence[tuple[File, Description]], *, actor: Actor, at: datetime
) -> list[int]:
    """Take items into files as `services.collect` does; their ids. The descriptions were checked before.

    Every file is read anew and locked first: it may have gone to another unit, or have been withdrawn or destroyed.
    Raises NotTheKeepersUnit, FileWithdrawn, RecordDestroyed, or what an altering rule raises for a withdrawn file.
    """
    if not described:
        return []
    for file in lock_files(session, [file.id for file, _ in described], kept_by(actor)):
        takes_items(session, file)
        if not file.active:
            check_alterable(session, file)
    rows = [{"file_id": file.id, "collected_at": at, **columns_of(description)} for file, description in described]
    ids = insert_many(session, Item, rows)
    for (file, description), item_id in zip(described, ids, strict=True):
        row = Row("item", item_id)
        audit.record(
            session,
            actor.name,
            "item.collected",
            row,
            unit=file.unit.path,
            title=description.title,
            file=file.code,
        )
    return ids
