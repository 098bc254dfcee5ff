"""The one way to change a file 案卷: it is locked first, read anew, and then asked who may (art. 7).

Whoever waits for a file may find it in another unit, withdrawn or destroyed. What was known of it before is therefore
no answer, and locking and asking are one step here. `records.holdings.locking` locks other rows, and refuses files.
"""

from collections.abc import Callable, Collection, Sequence
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from accounts.roles import Actor, Permission
from records.files.access import changeable, check_not_destroyed
from records.files.errors import NotAHouseholdFile
from records.files.models import File, Item
from records.households.models import Household
from web.rules import NotVisible

HELD = "files_held"  # in the info of a session: its transaction, and the ids of the files locked and asked of in it

Question = Callable[[File], object]  # raises the refusal of whoever may not
AT_ONCE = 1_000


class NotLocked(RuntimeError):
    """The program would change a file that its transaction has not locked."""


def kept_by(actor: Actor) -> Question:
    """Those may who keep files of its unit: raises NotTheKeepersUnit (art. 7)."""
    return lambda file: changeable(file, actor, Permission.FILE)


def asked_below(_file: File) -> None:
    """Nobody is asked at the lock: the step that locks asks of each file below, under the lock, what is to come of it.

    As a list does of which every line may come out otherwise. Where one answer holds for all files, it is given here.
    """


def lock_files(session: Session, file_ids: Collection[int], may: Question) -> Sequence[File]:
    """Read files anew, keep others from changing them until commit, and ask of each whether the actor may.

    They are locked in the order of their ids, so that no two wait for each other; whoever needs several locks them with
    one call. The lock is PostgreSQL's weaker one, for which rows that refer to the file need not wait. What is not
    written yet is written first. Raises what `may` raises.
    """
    session.flush()
    ids, files = sorted(set(file_ids)), list[File]()
    for first in range(0, len(ids), AT_ONCE):
        files += session.scalars(
            select(File)
            .where(File.id.in_(ids[first : first + AT_ONCE]))
            .order_by(File.id)
            .with_for_update(of=File, key_share=True)
            .execution_options(populate_existing=True)
        ).all()
    for file in files:
        may(file)
    _held(session).update(file.id for file in files)
    return files


def _held(session: Session) -> set[int]:
    """The ids of the files that the transaction of a session holds, the question answered, or has entered itself."""
    transaction = session.get_transaction()
    known, held = cast(tuple[object, set[int]], session.info.get(HELD, (None, set())))
    if known is not transaction:
        held = set()
        session.info[HELD] = transaction, held
    return held


def note_entered(session: Session, file: File) -> None:
    """Note that a file was entered by this very transaction: nobody else knows it before the commit."""
    _held(session).add(file.id)


def check_held(session: Session, file: File) -> None:
    """See that a part of a step finds the file locked, and so its question answered, by the step that it is part of.

    Raises NotLocked, a fault of the program, where it is not.
    """
    if file.id not in _held(session):
        raise NotLocked(f"File {file.id} is not locked.")


def lock_file(session: Session, record: File | Item, may: Question) -> File:
    """Lock a file as `lock_files` does, or the file of an item, which is read anew too; gives the file.

    Raises what `may` raises, or NotVisible where the item was cancelled meanwhile.
    """
    session.flush()
    [file] = lock_files(session, [record.id if isinstance(record, File) else record.file_id], may)
    if isinstance(record, Item):
        anew = select(Item).where(Item.id == record.id).execution_options(populate_existing=True)
        if session.scalar(anew) is None:
            raise NotVisible
    return file


def lock_household(session: Session, file: File, may: Question) -> Household:
    """Lock the file of a household, which stands for it 一户一档, and give the household as it is now (art. 11).

    What was read of the household or its members before is read anew.
    Raises NotAHouseholdFile, what `may` raises, or RecordDestroyed.
    """
    if file.household is None:
        raise NotAHouseholdFile(code=file.code)
    lock_file(session, file, may)
    check_not_destroyed(file)
    return household_of(session, file)


def household_of(session: Session, file: File) -> Household:
    """The household of a locked file, read anew with its members."""
    check_held(session, file)
    household = session.scalars(
        select(Household)
        .where(Household.id == file.household_id)
        .options(selectinload(Household.members))
        .execution_options(populate_existing=True)
    )
    return household.one()
