"""The note in a file 备考表: written by its keeper, version after version, and checked by another person."""

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from records.files.access import check_not_destroyed
from records.files.errors import NoteNotOpen, NoteOfOneHand, NotTheCheckers
from records.files.locking import kept_by, lock_file
from records.files.models import File, FileNote


@dataclass(frozen=True)
class NoteEntry:
    """What the note says of the contents of a file; None where there is nothing to say."""

    missing: str | None = None
    amended: str | None = None
    added: str | None = None
    removed: str | None = None
    destroyed: str | None = None


def write_note(session: Session, file: File, entry: NoteEntry, *, keeper: User, actor: Actor, on: date) -> FileNote:
    """Write the next version of the note; what stood there before stays readable.

    Saying the same again writes nothing. Raises NotTheKeepersUnit or RecordDestroyed.
    """
    lock_file(session, file, kept_by(actor))
    check_not_destroyed(file)
    last = last_note(session, file)
    if last is not None and said_in(last) == entry:
        return last
    note = FileNote(
        file=file,
        version=last.version + 1 if last else 1,
        arranger=keeper,
        arranged_by=keeper.id,
        arranged_on=on,
        **asdict(entry),
    )
    session.add(note)
    session.flush()
    audit.record(
        session,
        actor.name,
        "file_note.written",
        note,
        file=file.code,
        version=note.version,
        missing=entry.missing,
        amended=entry.amended,
        added=entry.added,
        removed=entry.removed,
        destroyed=entry.destroyed,
    )
    return note


def check_note(session: Session, file: File, *, checker: User, actor: Actor, on: date) -> FileNote:
    """Check the last version of the note. Raises NotTheCheckers, RecordDestroyed, NoteNotOpen or NoteOfOneHand."""
    lock_file(session, file, lambda each: _check_checker(each, actor))
    check_not_destroyed(file)
    note = last_note(session, file)
    if note is None or note.checked_on is not None:
        raise NoteNotOpen
    if note.arranged_by == checker.id:
        raise NoteOfOneHand(name=checker.display_name)
    note.checker, note.checked_by, note.checked_on = checker, checker.id, on
    audit.record(session, actor.name, "file_note.checked", note, file=file.code, version=note.version)
    return note


def may_check(file: File, actor: Actor) -> bool:
    """Whether the actor is a keeper, verifier or approver of the unit that keeps the file."""
    return any(
        actor.may(permission, file.unit.path)
        for permission in (Permission.FILE, Permission.VERIFY, Permission.APPROVE)
    )  # fmt: skip


def _check_checker(file: File, actor: Actor) -> None:
    if not may_check(file, actor):
        raise NotTheCheckers(unit=file.unit.name)


def last_note(session: Session, file: File) -> FileNote | None:
    """The version of the note that holds, with who arranged and checked it."""
    return session.scalar(_notes(file).limit(1))


def notes_of(session: Session, file: File) -> list[FileNote]:
    """Every version of the note, the last one first."""
    return list(session.scalars(_notes(file)))


def said_in(note: FileNote) -> NoteEntry:
    """What a version says."""
    return NoteEntry(note.missing, note.amended, note.added, note.removed, note.destroyed)


def _notes(file: File) -> Select[FileNote]:
    return (
        select(FileNote)
        .where(FileNote.file_id == file.id)
        .order_by(FileNote.version.desc())
        .options(joinedload(FileNote.arranger), joinedload(FileNote.checker))
    )
