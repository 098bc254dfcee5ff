"""An import from its upload to its end: taken in, checked without writing, ordered, and written as a whole or not."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager, joinedload

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.scope import within
from classification.categories import Category
from records.closing.remains import Remains, counts_as
from records.exchange.aid import examine_aid
from records.exchange.columns import SheetColumn, columns_of
from records.exchange.errors import NotChecked, NothingNew, NotIntoThisFile, NotYourImport, SheetGone
from records.exchange.examining import Examination, TooManyReasons
from records.exchange.households import examine_households
from records.exchange.items import examine_items, examine_volumes
from records.exchange.models import ImportKind, ImportReason, ImportRun, RunState
from records.exchange.reading import read_sheet
from records.exchange.reasons import Reason, kept, of_refusal
from records.files.models import File
from records.files.services import changeable
from records.holdings.intake import plain_name
from records.sheets.tables import check_upload, open_table
from storage.database import Database, write_many
from storage.objects import ObjectStore
from storage.sealing import Vault, vault_of
from units.models import Unit
from units.services import keep_open
from web.language import N_
from web.rules import NotVisible, RuleViolation

log = logging.getLogger("anjuan")

PREFIX = "imports"
LEFT = (RunState.CHECKED, RunState.REFUSED)  # it waits for its keeper
MOST_ATTEMPTS = 3
LEASE = timedelta(minutes=5)  # a worker that gave no sign of life for so long has died
SIGN_EVERY = timedelta(seconds=2)
EXAMINERS = {
    ImportKind.HOUSEHOLDS: examine_households,
    ImportKind.ITEMS: examine_items,
    ImportKind.VOLUMES: examine_volumes,
    ImportKind.AID: examine_aid,
}


@dataclass(frozen=True)
class Upload:
    """A sheet that was received and lies sealed in the store."""

    name: str
    key: str
    sha256: str
    size_bytes: int


def receive_sheet(store: ObjectStore, vault: Vault, content: bytes, name: str) -> Upload:
    """Seal a sheet and store it: it holds numbers of persons in clear.

    Raises SheetTooLarge, UnreadableSheet or NotAWorkbook.
    """
    plain = plain_name(name)
    check_upload(content, plain)
    stored = store.put(BytesIO(vault.seal_bytes(content)), prefix=PREFIX)
    return Upload(plain, stored.key, hashlib.sha256(content).hexdigest(), len(content))


@contextmanager
def taken_in(store: ObjectStore, upload: Upload) -> Iterator[None]:
    """Around the transaction that names a sheet: where a rule refuses that, the sheet goes at once."""
    try:
        yield
    except (RuleViolation, NotVisible):
        store.destroy(upload.key)
        raise


def start_run(
    session: Session,
    unit: Unit,
    kind: ImportKind,
    upload: Upload,
    *,
    file: File | None,
    keeper: User,
    actor: Actor,
    at: datetime,
) -> ImportRun:
    """Begin an import: the worker checks it next.

    Raises NotYourImport, NotTheKeepersUnit, NotIntoThisFile or UnitClosed.
    """
    if not actor.may(Permission.FILE, unit.path):
        raise NotYourImport(unit=unit.name)
    if (kind is ImportKind.ITEMS) != (file is not None):
        raise NotIntoThisFile
    if file is not None:
        changeable(file, actor, Permission.FILE)
    keep_open(session, unit)
    run = ImportRun(
        kind=kind,
        state=RunState.WAITING,
        unit=unit,
        file=file,
        name=upload.name,
        key=upload.key,
        sha256=upload.sha256,
        size_bytes=upload.size_bytes,
        starter=keeper,
        started_at=at,
        examined=0,
        new=0,
        known=0,
        faults=0,
        attempts=0,
    )
    session.add(run)
    session.flush()
    audit.record(session, actor.name, "import.started", run, name=run.name, import_kind=kind, sha256=run.sha256)
    return run


def order_run(session: Session, run: ImportRun, *, actor: Actor) -> None:
    """Have a checked import written. Raises NotYourImport, NotChecked or NothingNew."""
    _own(session, run, actor)
    if run.state is not RunState.CHECKED:
        raise NotChecked
    if run.new == 0:
        raise NothingNew
    run.state, run.attempts = RunState.ORDERED, 0
    audit.record(session, actor.name, "import.ordered", run, rows=run.examined)


def discard_run(session: Session, run: ImportRun, *, actor: Actor, at: datetime) -> None:
    """Give up an import that was checked or refused; nothing of it was written. Raises NotYourImport or NotChecked."""
    _own(session, run, actor)
    if run.state not in LEFT:
        raise NotChecked
    give_up(session, run, actor.name, at=at)


def give_up(session: Session, run: ImportRun, by: str, *, at: datetime) -> None:
    """End an import of which nothing was written; what stood against it goes, for it quotes people's data."""
    run.state, run.ended_at = RunState.DISCARDED, at
    session.execute(delete(ImportReason).where(ImportReason.run_id == run.id))
    audit.record(session, by, "import.discarded", run, name=run.name)


def visible_runs(actor: Actor) -> Select[ImportRun]:
    """The imports of the units where the actor keeps files; every list of imports begins here."""
    return (
        select(ImportRun)
        .join(ImportRun.unit)
        .where(within(Unit.path, actor.scope(Permission.FILE)))
        .options(contains_eager(ImportRun.unit), joinedload(ImportRun.file), joinedload(ImportRun.starter))
    )


def visible_run(session: Session, import_run_id: int, actor: Actor) -> ImportRun:
    """One import of the actor's own units; raises NotVisible."""
    run = session.scalar(visible_runs(actor).where(ImportRun.id == import_run_id))
    if run is None:
        raise NotVisible
    return run


def content_of(store: ObjectStore, vault: Vault, run: ImportRun) -> bytes:
    """The bytes as they were uploaded; raises SheetGone once the import is over, or ObjectMissing."""
    if run.ended_at is not None:
        raise SheetGone
    with store.open(run.key) as stream:
        return vault.unseal_bytes(stream.read())


def columns_for(run: ImportRun, on: date) -> tuple[SheetColumn, ...]:
    """The columns that a run's sheet has."""
    return columns_of(run.kind, on, run.file.category if run.file else Category.ORIGINAL)


def examine(
    session: Session,
    run: ImportRun,
    content: bytes,
    *,
    at: datetime,
    on: date,
    writes: bool,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Examination:
    """Check every row of a sheet with the checks of the forms; with `writes`, write them as long as nothing is wrong.

    The caller's transaction decides: what was written before a fault was found is to be rolled back.
    """
    actor = run.starter.actor
    work = Examination(session, run, actor, run.starter, at, on, writes, progress)
    if not actor.may(Permission.FILE, run.unit.path):
        work.faults.append(of_refusal(0, None, NotYourImport(unit=run.unit.name)))
        return work
    try:
        sheet = read_sheet(open_table(content, work.alive), columns_for(run, on))
        if sheet.faults:  # a wrong heading would be told again for every row below it
            work.refuse(sheet.faults)
        else:
            EXAMINERS[run.kind](work, sheet.rows)
            work.refuse(sheet.faults)
        if not work.faults and work.rows == 0:
            work.faults.append(Reason(0, None, N_("There is no row below the headings.")))
    except TooManyReasons:
        log.info("Import %s has more faults than are listed.", run.id)
    except RuleViolation as refusal:
        work.faults.append(of_refusal(0, None, refusal))
    return work


def run_next(database: Database, store: ObjectStore, *, today: Callable[[], date], now: Callable[[], datetime]) -> bool:
    """Check or write the import that waits longest; whether there was one.

    Any number of workers may do this at once: each claims the import that it takes up, and the others pass it by. One
    that dies leaves the import as it was, to be taken up again when its claim has lapsed; what ended the worker three
    times is refused.
    """
    at = now()
    with database.begin() as session:
        run = session.scalar(_to_do(at).limit(1))
        if run is None:
            return False
        run.claimed_at, run.attempts = at, run.attempts + 1
        if run.attempts > MOST_ATTEMPTS:
            _refuse(session, run, [Reason(0, None, N_("The import ended unexpectedly several times."))])
            return True
        run_id, ordered = run.id, run.state is RunState.ORDERED
    if ordered:
        _write(database, store, run_id, today=today, now=now)
    else:
        _check(database, store, run_id, today=today, now=now)
    return True


def _check(
    database: Database, store: ObjectStore, run_id: int, *, today: Callable[[], date], now: Callable[[], datetime]
) -> None:
    """Check a sheet while only reading; then note what was found, in one short transaction."""
    with database.reading() as session:
        run = session.get_one(ImportRun, run_id)
        content = content_of(store, vault_of(session), run)
        signs = _SignsOfLife(database, run_id, now)
        work = examine(session, run, content, at=now(), on=today(), writes=False, progress=signs.give)
    with database.begin() as session:
        run = locked_run(session, run_id)
        if run.state is not RunState.WAITING:
            return
        end_check(session, run, work)


class _SignsOfLife:
    """What a worker that checks says of itself, so that no other one takes its sheet up however long that lasts."""

    def __init__(self, database: Database, run_id: int, now: Callable[[], datetime]) -> None:
        self._database, self._run_id, self._now = database, run_id, now
        self._last = now()

    def give(self, rows: int) -> None:
        """Renew the claim and tell how many rows were read, unless both were done just now."""
        at = self._now()
        if at - self._last < SIGN_EVERY:
            return
        self._last = at
        waiting = ImportRun.id == self._run_id, ImportRun.state == RunState.WAITING
        with self._database.begin() as session:
            session.execute(update(ImportRun).where(*waiting).values(examined=rows, claimed_at=at))


def _write(
    database: Database, store: ObjectStore, run_id: int, *, today: Callable[[], date], now: Callable[[], datetime]
) -> None:
    """Check anew and write, in one transaction; anything wrong, and nothing of it stays."""
    faults: list[Reason] = []
    try:
        with database.begin() as session:
            run = locked_run(session, run_id)
            if run.state is not RunState.ORDERED:
                return
            content = content_of(store, vault_of(session), run)
            work = examine(session, run, content, at=now(), on=today(), writes=True)
            _undo_if_wrong(work)
            end_import(session, run, work, at=now())
            return
    except _Undone as undone:
        faults = undone.work.faults
    except IntegrityError:
        log.info("Import %s met rows that were entered meanwhile.", run_id)
        faults = [Reason(0, None, N_("While it was written, somebody else entered some of it. Upload it again."))]
    with database.begin() as session:
        run = locked_run(session, run_id)
        if run.state is RunState.ORDERED:
            _refuse(session, run, faults)


def end_check(session: Session, run: ImportRun, work: Examination) -> None:
    """Note what the check of a sheet found: it may be ordered now, or is refused with every reason.

    Where it may be ordered, cells that differ from the record are listed; they change nothing.
    """
    _note(run, work)
    run.attempts = 0
    if work.faults:
        _refuse(session, run, work.faults)
    else:
        run.state, run.claimed_at = RunState.CHECKED, None
        _list(session, run, work.differing)
        audit.record(session, "worker", "import.checked", run, rows=work.rows, new=work.new, known=work.known)


def end_import(session: Session, run: ImportRun, work: Examination, *, at: datetime) -> None:
    """Note that a sheet was written, in the transaction that wrote it."""
    _note(run, work)
    run.state, run.ended_at, run.claimed_at = RunState.IMPORTED, at, None
    audit.record(
        session,
        run.starter.name,
        "import.completed",
        run,
        rows=work.rows,
        new=work.new,
        known=work.known,
        sha256=run.sha256,
    )


class _Undone(Exception):
    """Something is wrong after all; the transaction is left, and with it what was written."""

    def __init__(self, work: Examination) -> None:
        super().__init__()
        self.work = work


def _undo_if_wrong(work: Examination) -> None:
    if work.faults:
        raise _Undone(work)


def _refuse(session: Session, run: ImportRun, faults: list[Reason]) -> None:
    """Note every reason, and that nothing was written."""
    run.state, run.faults, run.claimed_at = RunState.REFUSED, len(faults), None
    _list(session, run, faults)
    audit.record(session, "worker", "import.refused", run, faults=len(faults))


def _list(session: Session, run: ImportRun, reasons: list[Reason]) -> None:
    """Put down what the page of an import lists, in place of what stood there."""
    session.execute(delete(ImportReason).where(ImportReason.run_id == run.id))
    rows = [
        {
            "run_id": run.id,
            "row": each.row,
            "column": each.column,
            "message": each.message,
            "facts": kept(each.facts),
            "article": each.article,
        }
        for each in reasons
    ]
    write_many(session, ImportReason, rows)


def _note(run: ImportRun, work: Examination) -> None:
    run.examined, run.new, run.known, run.faults = work.rows, work.new, work.known, len(work.faults)


def _to_do(at: datetime) -> Select[ImportRun]:
    """What waits for a worker at a moment, locked; what another one has in hand or locked is passed by."""
    return (
        select(ImportRun)
        .where(
            ImportRun.state.in_((RunState.WAITING, RunState.ORDERED)),
            or_(ImportRun.claimed_at.is_(None), ImportRun.claimed_at <= at - LEASE),
        )
        .order_by(ImportRun.id)
        .with_for_update(of=ImportRun, skip_locked=True)
    )


def locked_run(session: Session, run_id: int) -> ImportRun:
    """An import as it is now; whoever else changes it waits."""
    return session.scalars(
        select(ImportRun)
        .where(ImportRun.id == run_id)
        .with_for_update(of=ImportRun)
        .execution_options(populate_existing=True)
    ).one()


def _own(session: Session, run: ImportRun, actor: Actor) -> None:
    if not actor.may(Permission.FILE, run.unit.path):
        raise NotYourImport(unit=run.unit.name)
    session.flush()  # refreshing would forget what is not written yet
    session.refresh(run, ["state", "new", "examined"], with_for_update={"of": ImportRun})


@counts_as(Remains.IMPORTS)
def imports_open(unit_id: int) -> Select[int]:
    """How many imports of a unit are neither written nor given up; each keeps a sheet that names people."""
    return select(func.count(ImportRun.id)).where(ImportRun.unit_id == unit_id, ImportRun.ended_at.is_(None))
