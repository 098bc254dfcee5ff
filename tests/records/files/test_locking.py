"""A file is locked first, then asked who may change it (art. 7)."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from records.files.errors import NotTheKeepersUnit
from records.files.locking import NotLocked, asked_below, check_held, kept_by, lock_file, lock_files, lock_household
from records.holdings.locking import lock
from tests.cast import MONDAY, NUMBERS, Cast, make_file, make_item, make_yearly_file


def test_no_file_is_locked_without_the_question_who_may_change_it(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    item = make_item(session, file, cast.keeper.actor)
    with pytest.raises(TypeError, match="asks who may"):
        lock(session, file)
    for ask in (lock_file, lock_household):
        with pytest.raises(NotTheKeepersUnit):
            ask(session, file, kept_by(cast.other_keeper.actor))
    with pytest.raises(NotTheKeepersUnit):
        lock_file(session, item, kept_by(cast.other_keeper.actor))
    assert lock_file(session, item, kept_by(cast.keeper.actor)) is file


def test_files_are_locked_in_the_order_of_their_ids_and_with_what_is_new_of_them(session: Session, cast: Cast) -> None:
    files = [make_file(session, cast, number=NUMBERS[0]), make_yearly_file(session, cast)]
    session.flush()
    session.connection().exec_driver_sql("UPDATE file SET title = 'new'")
    asked: list[int] = []
    locked = lock_files(session, [file.id for file in reversed(files)], lambda file: asked.append(file.id))
    assert (list(locked), asked) == (files, sorted(file.id for file in files))
    assert {file.title for file in files} == {"new"}


def test_a_household_is_locked_with_its_file_and_read_anew_with_its_members(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    assert file.household is not None
    assert file.household.members[0].joined_on == MONDAY
    session.flush()
    for changed in ("household SET address = '新街 2 号'", "member SET joined_on = '2020-01-02'"):
        session.connection().exec_driver_sql(f"UPDATE {changed}")
    found = lock_household(session, file, asked_below)
    assert found is file.household
    assert (found.address, found.members[0].joined_on) == ("新街 2 号", date(2020, 1, 2))


def test_a_part_of_a_step_finds_its_file_entered_or_locked_by_the_same_transaction(
    session: Session, cast: Cast
) -> None:
    file = make_file(session, cast)
    check_held(session, file)
    session.commit()
    with pytest.raises(NotLocked):
        check_held(session, file)
    lock_file(session, file, kept_by(cast.keeper.actor))
    check_held(session, file)
