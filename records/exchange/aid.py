"""Help from a named-recipient summary 实名制汇总表: each line matched to one household by number or code, exactly."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from classification.categories import Category
from classification.identity import BadResidentNumber, resident_number
from records.aid.models import AidKind, AidRecord
from records.aid.services import (
    AidEntry,
    OutOfHelp,
    Vouchers,
    check_amount,
    check_day,
    check_in_help,
    check_recipient,
    give_many,
    lock_given,
    out_of_help,
    vouchers_coded,
)
from records.exchange.examining import Examination, chunks
from records.exchange.reading import Row
from records.files.access import in_sight
from records.files.models import File
from records.households.models import Member, Person, Relation
from storage.sealing import vault_of
from web.language import N_

FIELDS = {"given_on": "given_on", "amount": "amount", "voucher": "voucher"}
Key = tuple[int, date, AidKind, int, int | None]  # file, day, kind, fen, voucher


@dataclass
class Line:
    """A row that was read: who received what; `file` and `entry` once the row was matched."""

    row: Row
    name: str
    mark: str
    code: str | None
    voucher: str | None
    given_on: date | None
    entry: AidEntry | None
    file: File | None = None


@dataclass(frozen=True)
class Recipient:
    """A person on record as the member of a household; the name is compared with the sheet's."""

    file: File
    name: str


def examine_aid(work: Examination, rows: Iterable[Row]) -> None:
    """Check every line; those on record with the same household, day, kind, amount and voucher are known.

    What is to be written is locked at once, all lines being checked, for a sheet names files in an order of its own.
    """
    seen: dict[Key, int] = {}
    to_write: list[tuple[File, AidEntry]] = []
    for some in chunks(rows):
        lines = [_read(work, row) for row in some]
        by_mark = _by_mark(work, {line.mark for line in lines if line.mark})
        by_code = _by_code(work, {line.code for line in lines if line.code})
        vouchers = vouchers_coded(work.session, sorted({line.voucher for line in lines if line.voucher}), work.actor)
        met = {each.file.id for found in by_mark.values() for each in found} | {file.id for file in by_code.values()}
        out = out_of_help(work.session, met)
        for line in lines:
            _match(work, line, by_mark, by_code, vouchers, out)
        matched = [(line, line.file, line.entry) for line in lines if line.file and line.entry]
        on_record = _on_record(work, {file.id for _, file, _ in matched})
        new: list[tuple[File, AidEntry]] = []
        for line, file, entry in matched:
            voucher_id = entry.voucher.id if entry.voucher else None
            key = (file.id, entry.given_on, entry.kind, entry.amount_fen, voucher_id)
            first = seen.setdefault(key, line.row.number)
            if first != line.row.number:
                line.row.refuse(None, N_("The same help stands in row {row} already."), row=first)
            elif key in on_record:
                work.known += 1
            else:
                new.append((file, entry))
        work.refuse(fault for line in lines for fault in line.row.faults)
        work.new += len(new)
        if work.may_write:
            to_write += new
        work.passed(len(some))
    if work.may_write:
        lock_given(work.session, to_write)
        for given in chunks(to_write):
            give_many(work.session, given, actor=work.actor, at=work.at, on=work.on)
            work.alive()


def _read(work: Examination, row: Row) -> Line:
    name, typed, code = row.text("name") or "", row.number_text("number"), row.text("file")
    mark = ""
    if typed:
        try:
            mark = vault_of(work.session).blind(resident_number(typed))
        except BadResidentNumber as error:
            row.refuse("number", N_("The ID number of {name} is not right: {reason}."), name=name, reason=error.reason)
    elif not code and not row.filled("number"):
        row.refuse("number", N_("Either the ID number or the code of the household's file must be filled in."))
    given_on, kind, amount, fund = _day(work, row), row.choice("kind"), row.amount("amount"), row.text("fund")
    voucher, remarks = row.text("voucher"), row.text("remarks")
    if amount is not None:
        row.passes(lambda: check_amount(amount), FIELDS)
    entry = None
    if given_on and kind and amount is not None and fund and not row.faults:
        entry = AidEntry(given_on, kind, amount, fund, None, remarks)
    return Line(row, name, mark, code, voucher, given_on, entry)


def _day(work: Examination, row: Row) -> date | None:
    """The day of the help; None where there is none, or one on which none was given."""
    given_on = row.day("given_on")
    return given_on if given_on and row.passes(lambda: check_day(given_on, work.on), FIELDS) else None


def _by_mark(work: Examination, marks: set[str]) -> Mapping[str, Sequence[Recipient]]:
    """The households in reach that have these persons as active members, or had them as their worker."""
    rows = work.session.execute(
        select(Person.number_blind, Person.name, File)
        .join(Member, Member.person_id == Person.id)
        .join(File, File.household_id == Member.household_id)
        .join(File.unit)
        .where(
            Person.number_blind.in_(marks),
            Member.active | ((Member.relation == Relation.WORKER) & Member.left_on.is_(None)),
            in_sight(work.actor),
        )
        .order_by(Member.active.desc(), File.id.desc())
        .options(joinedload(File.unit))
    )
    found: dict[str, list[Recipient]] = {}
    for mark, name, file in rows:
        assert mark is not None  # noqa: S101 - it was asked for
        found.setdefault(mark, []).append(Recipient(file, name))
    return found


def _by_code(work: Examination, codes: set[str]) -> Mapping[str, File]:
    """The household files in reach with exactly these codes."""
    found = work.session.scalars(
        select(File)
        .join(File.unit)
        .where(
            File.code.in_(codes),
            File.category == Category.ORIGINAL,
            in_sight(work.actor),
        )
        .options(joinedload(File.unit))
    )
    return {file.code: file for file in found}


def _match(
    work: Examination,
    line: Line,
    by_mark: Mapping[str, Sequence[Recipient]],
    by_code: Mapping[str, File],
    vouchers: Vouchers,
    out: OutOfHelp,
) -> None:
    """Find the household, compare name and code, and check the line as its form would."""
    row, own = line.row, line.entry
    found = by_mark.get(line.mark, ()) if line.mark else ()
    file = found[0].file if found else None
    if line.mark and not found:
        row.refuse("number", N_("No household within reach has the person with this ID number."))
    if found and line.name and found[0].name != line.name:
        row.refuse("name", N_("On record the person with this ID number is called {name}."), name=found[0].name)
    if line.code:
        coded = by_code.get(line.code)
        if coded is None:
            row.refuse("file", N_("No household file within reach has the code {code}."), code=line.code)
        elif found and coded.id not in {each.file.id for each in found}:
            row.refuse("file", N_("The person with this ID number is not in {code}."), code=line.code)
        elif not found and not line.mark and line.name and coded.title != line.name:
            row.refuse("name", N_("The file {code} is of {name}."), code=line.code, name=coded.title)
        file = coded or file
    code, given_on = line.voucher, line.given_on
    voucher = vouchers.get(code, file) if code and row.passes(lambda: vouchers.get(code, file), FIELDS) else None
    if file is not None:
        row.passes(lambda: check_recipient(file, voucher, actor=work.actor), FIELDS)
        if given_on is not None:
            row.passes(lambda: check_in_help(file, given_on, out), FIELDS)
    if own is not None and file is not None and not row.faults:
        line.file, line.entry = file, replace(own, voucher=voucher)


def _on_record(work: Examination, file_ids: set[int]) -> set[Key]:
    """The lines of these households that count, by what makes them the same."""
    if not file_ids:
        return set()
    rows = work.session.execute(
        select(AidRecord.file_id, AidRecord.given_on, AidRecord.kind, AidRecord.amount_fen, AidRecord.voucher_id).where(
            AidRecord.file_id.in_(file_ids), AidRecord.struck_on.is_(None)
        )
    )
    return {(row[0], row[1], row[2], row[3], row[4]) for row in rows}
