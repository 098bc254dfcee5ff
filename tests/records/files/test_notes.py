"""The note in a file 备考表: kept by version, checked by another person of the same unit."""

import pytest
from sqlalchemy.orm import Session

from records.files.duties import note_by_hand
from records.files.errors import NoteNotOpen, NoteOfOneHand, NotTheCheckers, NotTheKeepersUnit, RecordDestroyed
from records.files.models import File, FileNote, WithdrawalReason
from records.files.notes import NoteEntry, check_note, last_note, notes_of, write_note
from tests.cast import MONDAY, Cast, make_file

GAP = NoteEntry(missing="缺 2024 年收入证明一份")


def write(session: Session, cast: Cast, file: File, entry: NoteEntry = GAP) -> FileNote:
    return write_note(session, file, entry, keeper=cast.keeper, actor=cast.keeper.actor, on=MONDAY)


def test_each_change_is_a_version_and_the_last_one_holds(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    write(session, cast, file)
    write(session, cast, file, NoteEntry(added="补入收入证明"))
    write(session, cast, file, NoteEntry(added="补入收入证明"))
    assert [note.version for note in notes_of(session, file)] == [2, 1]
    last = last_note(session, file)
    assert last is not None
    assert (last.missing, last.added) == (None, "补入收入证明")


def test_a_note_is_checked_by_another_person_of_the_unit_and_once(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    with pytest.raises(NoteNotOpen):
        check_note(session, file, checker=cast.second_keeper, actor=cast.second_keeper.actor, on=MONDAY)
    write(session, cast, file)
    with pytest.raises(NoteOfOneHand):
        check_note(session, file, checker=cast.keeper, actor=cast.keeper.actor, on=MONDAY)
    for who in (cast.reader, cast.supervisor, cast.other_keeper):
        with pytest.raises(NotTheCheckers):
            check_note(session, file, checker=who, actor=who.actor, on=MONDAY)
    note = check_note(session, file, checker=cast.second_keeper, actor=cast.second_keeper.actor, on=MONDAY)
    assert note.checker is cast.second_keeper
    with pytest.raises(NoteNotOpen):
        check_note(session, file, checker=cast.approver, actor=cast.approver.actor, on=MONDAY)


def test_a_change_after_the_check_waits_to_be_checked_again(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    write(session, cast, file)
    check_note(session, file, checker=cast.approver, actor=cast.approver.actor, on=MONDAY)
    assert write(session, cast, file, NoteEntry()).checked_on is None


def test_only_the_keeper_writes_the_note(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    with pytest.raises(NotTheKeepersUnit):
        write_note(session, file, GAP, keeper=cast.supervisor, actor=cast.supervisor.actor, on=MONDAY)


def test_nothing_is_noted_of_a_file_that_was_destroyed(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    write(session, cast, file)
    file.withdrawn_on, file.withdrawal_reason = MONDAY, WithdrawalReason.LIFTED
    file.destroyed_on, file.destroyed_under = MONDAY, "XH-2026-0001"
    keeper, checker = cast.keeper.actor, cast.second_keeper
    with pytest.raises(RecordDestroyed):
        write(session, cast, file, NoteEntry(missing="周大河户口簿缺失"))
    with pytest.raises(RecordDestroyed):
        check_note(session, file, checker=checker, actor=checker.actor, on=MONDAY)
    with pytest.raises(RecordDestroyed):
        note_by_hand(session, file, "周大河改名", actor=keeper, on=MONDAY, today=MONDAY)
