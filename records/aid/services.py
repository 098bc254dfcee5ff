"""Entering and striking out help, and reading it as far as the reader's scope reaches."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager, joinedload

import audit
from accounts.roles import Actor, Permission
from audit.chain import Row
from classification.categories import Category
from classification.periods import anniversary
from records.aid.errors import (
    AlreadyGiven,
    AlreadyStruck,
    BadAmount,
    GivenAfterWithdrawal,
    GivenBeforeOpened,
    GivenBetween,
    GivenLater,
    GivenWhileExcluded,
    NotAHousehold,
    NotAVoucher,
    NotYoursToEnter,
)
from records.aid.models import FEN_PER_YUAN, AidKind, AidRecord, yuan
from records.files.access import check_not_destroyed, in_sight
from records.files.grounds import last_help
from records.files.living import Withdrawal
from records.files.locking import AT_ONCE, asked_below, check_held, lock_file, lock_files
from records.files.models import File, Item
from records.files.stubs import empty, reduces
from records.files.withdrawals import excluded_since, returns_of
from storage.database import insert_many
from web.rules import NotVisible

FIRST_DAY = date(1949, 10, 1)
MOST_YUAN = Decimal("9999999.99")


@dataclass(frozen=True)
class AidEntry:
    """One line of help: the day, what for, the amount in yuan, the source of the money, and its voucher if known."""

    given_on: date
    kind: AidKind
    amount_yuan: Decimal
    fund: str
    voucher: Item | None = None
    remarks: str | None = None

    @property
    def amount_fen(self) -> int:
        return int(self.amount_yuan * FEN_PER_YUAN)


@dataclass(frozen=True)
class Covered:
    """What a voucher or a file stands for, as far as a reader may see it.

    `records` are those within the reader's scope, at most as many as asked for; `times` counts them all. `seen` counts
    the households within the scope and `others` those beyond it; the totals in yuan are of all and of the seen ones.
    """

    records: Sequence[AidRecord]
    times: int
    seen: int
    others: int
    total_yuan: Decimal
    seen_yuan: Decimal


@dataclass(frozen=True)
class OutOfHelp:
    """When the households of some files are not helped, by file: since a finding of article 4, and until a return."""

    excluded: Mapping[int, date]
    returns: Mapping[int, Sequence[Withdrawal]]


def out_of_help(session: Session, file_ids: Collection[int]) -> OutOfHelp:
    """When the households of these files are not helped though their files are active; two queries."""
    return OutOfHelp(excluded_since(session, file_ids), returns_of(session, file_ids))


def give_aid(session: Session, file: File, entry: AidEntry, *, actor: Actor, at: datetime, on: date) -> AidRecord:
    """Enter help that a household received.

    Raises NotAHousehold, NotYoursToEnter, RecordDestroyed, BadAmount, GivenLater, GivenBeforeOpened,
    GivenAfterWithdrawal, GivenBetween, GivenWhileExcluded, NotAVoucher or AlreadyGiven, the last one also where two
    desks enter the same line at once.
    """
    lock_given(session, [(file, entry)])
    check_given(file, entry, out_of_help(session, [file.id]), actor=actor, on=on)
    record = AidRecord(file=file, entered_by=actor.name, entered_at=at, **columns_of(file, entry))
    try:
        with session.begin_nested():
            session.add(record)
    except IntegrityError as error:
        raise AlreadyGiven(code=file.code) from error
    audit.record(session, actor.name, "aid.given", record, **noted(file, entry))
    return record


def lock_given(session: Session, lines: Sequence[tuple[File, AidEntry]]) -> None:
    """Lock the files of households that are to receive help with those of its vouchers, and read all of it anew.

    All in one order: who keeps the one or the other is asked under the lock. Raises NotAVoucher for a voucher that was
    cancelled meanwhile.
    """
    vouchers = {entry.voucher.id: entry.voucher for _, entry in lines if entry.voucher is not None}
    of_vouchers = {voucher.file_id for voucher in vouchers.values()}
    lock_files(session, {file.id for file, _ in lines} | of_vouchers, asked_below)
    ids = sorted(vouchers)
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        anew = select(Item).where(Item.id.in_(some)).execution_options(populate_existing=True)
        there = {item.id for item in session.scalars(anew)}
        if gone := [vouchers[voucher_id] for voucher_id in some if voucher_id not in there]:
            raise NotAVoucher(code=gone[0].code or gone[0].title)


def check_given(file: File, entry: AidEntry, out: OutOfHelp, *, actor: Actor, on: date) -> None:
    """Whether help may be entered so; raises as give_aid, save AlreadyGiven."""
    check_recipient(file, entry.voucher, actor=actor)
    check_amount(entry.amount_yuan)
    check_day(entry.given_on, on)
    check_in_help(file, entry.given_on, out)
    if entry.voucher is not None and entry.voucher.file.category is not Category.ACCOUNTING:
        raise NotAVoucher(code=entry.voucher.code or entry.voucher.title)


def check_recipient(file: File, voucher: Item | None, *, actor: Actor) -> None:
    """Raise NotAHousehold, NotYoursToEnter or RecordDestroyed where help is not entered in a file by the actor."""
    if file.category is not Category.ORIGINAL:
        raise NotAHousehold(code=file.code)
    pays = voucher is not None and actor.may(Permission.FILE, voucher.unit_path)
    if not actor.may(Permission.FILE, file.unit.path) and not (pays and actor.may(Permission.READ, file.unit.path)):
        raise NotYoursToEnter(unit=file.unit.name)
    check_not_destroyed(file)


def check_amount(amount_yuan: Decimal) -> None:
    """Raise BadAmount where an amount is nothing, too large, or of more than two decimals."""
    whole = amount_yuan * FEN_PER_YUAN
    if not 0 < amount_yuan <= MOST_YUAN or whole != whole.to_integral_value():
        raise BadAmount(most=MOST_YUAN)


def check_day(given_on: date, on: date) -> None:
    """Raise GivenLater where help was given before there are records of any, or after today."""
    if not FIRST_DAY <= given_on <= on:
        raise GivenLater(first=FIRST_DAY)


def check_in_help(file: File, given_on: date, out: OutOfHelp) -> None:
    """Raise where the household was not in help on a day: not yet, no more, or not to be helped since one before it.

    A file from before is opened as of its establishment, so that help since then is entered with it. Raises
    GivenBeforeOpened, GivenAfterWithdrawal, GivenBetween or GivenWhileExcluded.
    """
    if given_on < file.opened_on:
        raise GivenBeforeOpened(code=file.code, on=file.opened_on)
    if file.withdrawn_on is not None and given_on > file.withdrawn_on:
        raise GivenAfterWithdrawal(code=file.code, on=file.withdrawn_on)
    for row in out.returns.get(file.id, ()):
        if row.returned_on is not None and row.withdrawn_on < given_on < row.returned_on:
            raise GivenBetween(code=file.code, on=row.withdrawn_on, returned_on=row.returned_on)
    if given_on >= out.excluded.get(file.id, date.max):
        raise GivenWhileExcluded(code=file.code, on=out.excluded[file.id])


def columns_of(file: File, entry: AidEntry) -> dict[str, object]:
    """The line by columns of a record."""
    return {
        "file_id": file.id,
        "given_on": entry.given_on,
        "kind": entry.kind,
        "amount_fen": entry.amount_fen,
        "fund": entry.fund,
        "voucher_id": entry.voucher.id if entry.voucher else None,
        "remarks": entry.remarks,
    }


def noted(file: File, entry: AidEntry) -> dict[str, Any]:
    """The line as the chain has it."""
    return {
        "file": file.code,
        "on": entry.given_on,
        "aid_kind": entry.kind,
        "amount_yuan": entry.amount_yuan,
        "fund": entry.fund,
        "voucher": entry.voucher.code if entry.voucher else None,
    }


def strike_aid(session: Session, record: AidRecord, reason: str, *, actor: Actor, on: date) -> None:
    """Strike out a line entered by mistake; it stays readable and counts no more.

    What was given to a household whose file is destroyed stays as it was counted (art. 15). Raises RecordDestroyed,
    AlreadyStruck or NotYoursToEnter.
    """
    lock_file(session, record.file, lambda file: _check_may_change(record, file, actor))
    session.refresh(record, ["struck_on"], with_for_update={"of": AidRecord})
    if record.struck_on is not None:
        raise AlreadyStruck(on=record.struck_on)
    record.struck_on, record.struck_because = on, reason
    audit.record(session, actor.name, "aid.struck", record, file=record.file.code, purpose=reason)


def _check_may_change(record: AidRecord, file: File, actor: Actor) -> None:
    check_not_destroyed(file)
    if not may_change(record, actor):
        raise NotYoursToEnter(unit=file.unit.name)


def may_change(record: AidRecord, actor: Actor) -> bool:
    """Whether the actor keeps the household's file, or the voucher of the line; nobody once the file is destroyed."""
    if record.file.destroyed_on is not None:
        return False
    own = actor.may(Permission.FILE, record.file.unit.path)
    return own or (record.voucher is not None and actor.may(Permission.FILE, record.voucher.unit_path))


def visible_aid(actor: Actor) -> Select[AidRecord]:
    """Lines of the households in the actor's sight; every list of help begins here."""
    return (
        select(AidRecord)
        .join(AidRecord.file)
        .join(File.unit)
        .where(in_sight(actor))
        .options(
            contains_eager(AidRecord.file).contains_eager(File.unit),
            joinedload(AidRecord.voucher).joinedload(Item.file).joinedload(File.unit),
        )
    )


def visible_line(session: Session, aid_record_id: int, actor: Actor) -> AidRecord:
    """One line in the actor's scope; raises NotVisible."""
    record = session.scalar(visible_aid(actor).where(AidRecord.id == aid_record_id))
    if record is None:
        raise NotVisible
    return record


def voucher_coded(session: Session, code: str, file: File, actor: Actor) -> Item:
    """The accounting record with exactly this reference code that may cover help to the household of a file.

    It lies within the actor's scope, or with a superior union of the one that keeps the file, which paid. Raises
    NotAVoucher, which does not tell whether there is another one.
    """
    return vouchers_coded(session, [code], actor).get(code, file)


@dataclass(frozen=True)
class Vouchers:
    """Accounting records by their reference codes, and who asks for them."""

    by_code: dict[str, Item]
    actor: Actor

    def get(self, code: str, file: File | None) -> Item:
        """The voucher for help to this file, or to one that is not known yet; raises NotAVoucher."""
        item = self.by_code.get(code)
        if item is None or not (
            self.actor.may(Permission.READ, item.unit_path)
            or (file is not None and file.unit.path.startswith(item.unit_path))
        ):
            raise NotAVoucher(code=code)
        return item


def vouchers_coded(session: Session, codes: Sequence[str], actor: Actor) -> Vouchers:
    """The accounting records with these codes, in one query."""
    found = session.scalars(
        select(Item)
        .join(Item.file)
        .where(Item.code.in_(codes), File.category == Category.ACCOUNTING)
        .options(contains_eager(Item.file).joinedload(File.unit))
    )
    return Vouchers({item.code: item for item in found if item.code}, actor)


def aid_of_file(session: Session, file: File, actor: Actor, *, most: int) -> Covered:
    """The help that the household of a file received, the latest first."""
    return _covered(session, AidRecord.file_id == file.id, actor, most)


def aid_of_voucher(session: Session, item: Item, actor: Actor, *, most: int) -> Covered:
    """The households that a voucher covers: those within reach by name, the others as a count (art. 6, 17)."""
    return _covered(session, AidRecord.voucher_id == item.id, actor, most)


def a_year_before(on: date) -> date:
    """The same day of the year before; 28 February for a leap day."""
    return anniversary(on, -1)


def without_help_since(day: date) -> ColumnElement[bool]:
    """True for active household files opened by a day that have received no help after it."""
    helped = exists().where(
        AidRecord.file_id == File.id, AidRecord.given_on > day, AidRecord.struck_on.is_(None)
    )  # fmt: skip
    return (
        (File.category == Category.ORIGINAL) & File.withdrawn_on.is_(None) & (File.opened_on <= day) & ~helped
    )  # fmt: skip


def _covered(session: Session, condition: ColumnElement[bool], actor: Actor, most: int) -> Covered:
    counts = AidRecord.struck_on.is_(None)
    here = in_sight(actor)
    row = session.execute(
        select(
            func.count(AidRecord.file_id.distinct()),
            func.coalesce(func.sum(AidRecord.amount_fen), 0),
            func.count(AidRecord.id).filter(here),
            func.count(AidRecord.file_id.distinct()).filter(here),
            func.coalesce(func.sum(AidRecord.amount_fen).filter(here), 0),
        )
        .join(AidRecord.file)
        .join(File.unit)
        .where(condition, counts)
    ).one()
    records = session.scalars(
        visible_aid(actor).where(condition, counts).order_by(AidRecord.given_on.desc(), AidRecord.id.desc()).limit(most)
    ).all()
    return Covered(records, row[2], row[3], row[0] - row[3], yuan(int(row[1])), yuan(int(row[4])))


def give_many(
    session: Session, lines: Sequence[tuple[File, AidEntry]], *, actor: Actor, at: datetime, on: date
) -> list[int]:
    """Enter many lines at once, each checked and noted as give_aid does; their ids. `lock_given` has locked them all.

    Raises as give_aid; a line that is there already is refused by the database as an IntegrityError.
    """
    out = out_of_help(session, {file.id for file, _ in lines})
    for file, entry in lines:
        check_held(session, file)
        check_given(file, entry, out, actor=actor, on=on)
    rows = [{**columns_of(file, entry), "entered_by": actor.name, "entered_at": at} for file, entry in lines]
    ids = insert_many(session, AidRecord, rows)
    for (file, entry), made in zip(lines, ids, strict=True):
        row = Row("aid_record", made)
        audit.record(session, actor.name, "aid.given", row, unit=file.unit.path, **noted(file, entry))
    return ids


@last_help
def helped_last(session: Session, file: File) -> date | None:
    """The day of the last help to the household of a file that counts (art. 13)."""
    return session.scalar(
        select(func.max(AidRecord.given_on)).where(AidRecord.file_id == file.id, AidRecord.struck_on.is_(None))
    )


@reduces
def _forget_help(session: Session, file: File, _words: Sequence[str]) -> None:
    """Days, kinds and amounts stay for the vouchers' sake; what was noted of the household goes."""
    empty(session, AidRecord.file_id == file.id, AidRecord.remarks, AidRecord.struck_because)
