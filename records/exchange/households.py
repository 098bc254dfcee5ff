"""Households from a sheet: a row for each member, the household's own cells in the row of the worker (art. 11)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from classification.identity import birth_date
from classification.text import Label
from records.exchange.examining import Examination, chunks
from records.exchange.reading import REQUIRED, Row
from records.exchange.reasons import of_refusal
from records.files.applying import refusals
from records.files.batches import files_of_households, open_many
from records.files.from_before import SYSTEM_SINCE, Before, check_established, check_of_age
from records.files.models import File
from records.files.services import already_active
from records.households.batches import KnownPerson, Prepared, known_persons, prepared
from records.households.forms import MOST_MEMBERS
from records.households.models import Cause, Employment, Household, Member, Person, Relation
from records.households.services import HouseholdEntry, MemberEntry, PersonAlreadyActive, same_name, unsealed_phone
from rules.services import rulebook
from storage.sealing import vault_of
from web.language import N_
from web.rules import RuleViolation

OF_HOUSEHOLD = ("address", "phone", "employment", "employer", "main_cause", "income", "opened_on", "paper_place")
FIELDS = {"number": "number", "relation": "relation"}


@dataclass
class Group:
    """The rows of one household, with that of its worker and the number there; `ready` once read without a fault."""

    name: str
    rows: list[Row]
    opened_on: date | None = None
    paper_place: str | None = None
    worker: Row | None = None
    number: str = ""
    ready: Prepared | None = None
    known: list[Row] = field(default_factory=list)


def examine_households(work: Examination, rows: Iterable[Row]) -> None:
    """Check every household of the sheet; those on record in the unit with the same members are known.

    The others are files from before: a new one is opened by application (art. 11, 12).
    """
    since = rulebook(work.session, work.unit, work.on).day(SYSTEM_SINCE)
    names: dict[str, int] = {}
    persons: dict[str, int] = {}
    for groups in chunks(_groups(rows)):
        for group in groups:
            first = names.setdefault(group.name, group.rows[0].number)
            if group.name and first != group.rows[0].number:
                message = N_("Household {name} stands in row {row} already. Its members stand together.")
                group.rows[0].refuse("household", message, name=group.name, row=first)
            _read(work, group)
            _twice(group, persons)
        known = _look_up(work, groups, since)
        for group in groups:
            work.refuse(fault for row in group.rows for fault in row.faults)
        new = [group for group in groups if group.ready and not group.known]
        work.new += sum(len(group.rows) for group in new)
        work.known += sum(len(group.known) for group in groups)
        if work.may_write:
            open_many(
                work.session,
                work.unit,
                [(group.ready, before) for group in new if group.ready and (before := _before(work, group))],
                known,
                keeper=work.keeper,
                actor=work.actor,
                on=work.on,
            )
        work.passed(sum(len(group.rows) for group in groups))


def _groups(rows: Iterable[Row]) -> Iterator[Group]:
    """The rows of each household; one of more members than there can be is parted, so that none is of endless rows."""
    for name, own in groupby(rows, key=lambda row: row.text("household") or ""):
        if name:
            yield from (Group(name, part) for part in chunks(own, MOST_MEMBERS + 2))
        else:
            yield from (Group("", [row]) for row in own)


def _read(work: Examination, group: Group) -> None:
    """Read the cells of a household as its form would."""
    members, worker = [], None
    for row in group.rows:
        relation = row.choice("relation")
        name = row.text("name")
        number = row.number_text("number")
        health = row.text("health")
        if relation is Relation.WORKER and worker is None:
            worker = row
        elif relation is Relation.WORKER and worker is not None:
            message = N_("Row {row} is the worker of this household already; everybody else is one of the members.")
            row.refuse("relation", message, 11, row=worker.number)
        elif row.filled(*OF_HOUSEHOLD):
            row.refuse(None, N_("Address, employment and the like stand in the row of the worker alone."))
        members.append(MemberEntry(name or "", relation or Relation.OTHER, number, health))
    if len(group.rows) > MOST_MEMBERS + 1:
        group.rows[0].refuse("household", N_("A household has at most {most} members."), most=MOST_MEMBERS + 1)
    head = worker or group.rows[0]
    address = head.text("address", required=worker is not None)
    employment = head.choice("employment", required=worker is not None)
    cause = head.choice("main_cause", required=worker is not None)
    entry = HouseholdEntry(
        address=address or "",
        employment=employment or Employment.EMPLOYED,
        employer=head.text("employer"),
        main_cause=cause or Cause.OTHER,
        phone=head.phone("phone"),
        monthly_income_per_head=head.amount("income"),
        members=members,
    )
    group.opened_on, group.paper_place = head.day("opened_on"), head.text("paper_place")
    read = prepared(vault_of(work.session), entry, work.on)
    for at, refusal in read.faults:
        row = group.rows[at]
        if not any(fault.column == (refusal.field or "number") for fault in row.faults):
            if not entry.members[at].name:
                refusal.facts["name"] = Label(f"第 {row.number} 行", f"row {row.number}")
            row.faults.append(of_refusal(row.number, FIELDS.get(refusal.field or "", "number"), refusal))
    group.worker = worker
    if worker is not None:
        group.number = read.numbers[group.rows.index(worker)]
    if not any(row.faults for row in group.rows):
        group.ready = read


def _twice(group: Group, persons: dict[str, int]) -> None:
    """Nobody stands in two households of one sheet (art. 11)."""
    if group.ready is None:
        return
    for row, mark in zip(group.rows, group.ready.marks, strict=True):
        if not mark:
            continue
        first = persons.setdefault(mark, row.number)
        if first != row.number:
            row.refuse("number", N_("The same ID number stands in row {row} already."), 11, row=first)


def _look_up(work: Examination, groups: list[Group], since: date) -> Mapping[str, KnownPerson]:
    """Compare with what is on record, in a few queries for all of them; the persons of them there, by mark."""
    ready = [(group, group.ready) for group in groups if group.ready is not None]
    known = known_persons(work.session, [mark for _, each in ready for mark in each.marks])
    persons = {person.id for person in known.values()}
    workers = {known[each.marks[each.worker]].id for _, each in ready if each.marks[each.worker] in known}
    applicants = refusals(work.session, persons, workers)
    active = {person.household_id for person in known.values() if person.household_id is not None}
    files = files_of_households(work.session, sorted(active)) if active else {}
    for group, each in ready:
        worker = known.get(each.marks[each.worker])
        file = files.get(worker.household_id) if worker and worker.household_id else None
        named = worker is not None and worker.relation is Relation.WORKER
        if file is not None and file.unit_id == work.run.unit_id and named:
            _compare(work, group, each, file, known)
        else:
            _refuse_active(work, group, each, known, applicants)
    for group in groups:
        if group.worker is not None and not group.known:
            _from_before(work, group, group.worker, since)
    for group, _ in ready:
        if any(row.faults for row in group.rows):
            group.ready = None
            group.known = []
    _differences(work, groups, known, files)
    return known


def _differences(
    work: Examination, groups: list[Group], known: Mapping[str, KnownPerson], files: Mapping[int, File]
) -> None:  # fmt: skip
    """Note what filled cells of known households say otherwise than the record; a sheet changes none of it."""
    pairs = [
        (group, group.ready, worker.household_id)
        for group in groups
        if group.known and group.ready
        if (worker := known[group.ready.marks[group.ready.worker]]).household_id is not None
    ]
    ids = {household_id for *_, household_id in pairs}
    query = select(Household).where(Household.id.in_(ids)).options(selectinload(Household.members))
    households = {each.id: each for each in work.session.scalars(query)} if ids else {}
    for group, ready, household_id in pairs:
        household, entry = households[household_id], ready.entry
        cells = {
            "address": (entry.address, household.address),
            "phone": (entry.phone, unsealed_phone(work.session, household)),
            "employment": (entry.employment, household.employment),
            "employer": (entry.employer, household.employer),
            "main_cause": (entry.main_cause, household.main_cause),
            "income": (entry.monthly_income_per_head, household.monthly_income_per_head),
            "opened_on": (group.opened_on, files[household_id].opened_on),
        }
        head = group.rows[ready.worker]
        _note(work, head, cells)
        members = {member.person_id: member for member in household.members}
        for row, own, mark in zip(group.rows, entry.members, ready.marks, strict=True):
            if person := known.get(mark):
                member = members[person.id]
                _note(work, row, {"relation": (own.relation, member.relation), "health": (own.health, member.health)})


def _note(work: Examination, row: Row, cells: Mapping[str, tuple[object, object]]) -> None:
    for column, (said, recorded) in cells.items():
        if row.filled(column) and said != recorded:
            work.differs(row.number, column)


def _from_before(work: Examination, group: Group, head: Row, since: date) -> None:
    """Refuse what was not established before the unit worked with the system, or without the place of its paper.

    Where other cells are wrong, it is not known whether the household is on record; what is filled in is checked.
    """
    for column, said in (("opened_on", group.opened_on), ("paper_place", group.paper_place)):
        if said is None and group.ready is not None:
            head.refuse(column, REQUIRED)
    opened_on, columns = group.opened_on, {"established_on": "opened_on"}
    if opened_on is None:
        return
    born_on = birth_date(group.number) if group.number else None
    if head.passes(lambda: check_established(opened_on, since, work.on), columns):
        head.passes(lambda: check_of_age(opened_on, born_on), columns)


def _before(work: Examination, group: Group) -> Before | None:
    """What the sheet says of a file from before; None where that was refused."""
    if group.opened_on is None or group.paper_place is None:
        return None
    return Before(group.opened_on, group.paper_place, f"据《{work.run.name}》批量补录。")


def _compare(work: Examination, group: Group, each: Prepared, file: File, known: Mapping[str, KnownPerson]) -> None:
    """Rows of a household that is on record: each member in it is known, each other one refused."""
    newborns: set[str] = set()
    if not all(each.marks):
        unnumbered = (
            select(Person.name)
            .join(Member, Member.person_id == Person.id)
            .where(Member.household_id == file.household_id, Member.active, Person.number_blind.is_(None))
        )
        newborns = set(work.session.scalars(unnumbered))
    for row, member, mark in zip(group.rows, each.entry.members, each.marks, strict=True):
        person = known.get(mark) if mark else None
        if _named_otherwise(row, member, person):
            continue
        if person.household_id == file.household_id if person else not mark and member.name in newborns:
            group.known.append(row)
        else:
            message = N_("The household is on record as {code}, without {name}. Add the member on its page.")
            row.refuse("number", message, 11, code=file.code, name=member.name)


def _refuse_active(
    work: Examination,
    group: Group,
    each: Prepared,
    known: Mapping[str, KnownPerson],
    applicants: Mapping[int, RuleViolation],
) -> None:
    """Refuse whoever is in another active file of the whole system, or comes in by application (art. 11, 12)."""
    for row, member, mark in zip(group.rows, each.entry.members, each.marks, strict=True):
        person = known.get(mark) if mark else None
        if _named_otherwise(row, member, person):
            continue
        if person is not None and person.household_id is not None:
            found = work.session.get_one(Person, person.id)
            refusal = already_active(work.session, PersonAlreadyActive(found), field="number")
            row.faults.append(of_refusal(row.number, "number", refusal))
        elif person is not None and (against := applicants.get(person.id)):
            row.faults.append(of_refusal(row.number, "number", against))


def _named_otherwise(row: Row, member: MemberEntry, person: KnownPerson | None) -> bool:
    """Refuse the name of a number that is on record under another one; a sheet renames nobody."""
    if person is None or same_name(person.name, member.name):
        return False
    message = N_(
        "The ID number given for {name} is on record under another name. Check number and name; if the name was "
        "changed, enter this household by its form."
    )
    row.refuse("name", message, 11, name=member.name)
    return True
