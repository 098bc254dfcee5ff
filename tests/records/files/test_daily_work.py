"""The file of the daily work of a unit and year: one, which takes what the unit files (art. 6)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from classification.categories import Category
from records.files.errors import NotTheKeepersUnit
from records.files.models import File
from records.files.services import daily_work_file
from storage.database import Database
from tests.cast import MONDAY, Cast, find_cast, make_cast


def test_it_is_opened_where_there_is_none_and_found_afterwards(session: Session, cast: Cast) -> None:
    made = daily_work_file(session, cast.district, keeper=cast.keeper, on=MONDAY)
    assert (made.category, made.year, made.unit) == (Category.DOCUMENTARY, MONDAY.year, cast.district)
    assert daily_work_file(session, cast.district, keeper=cast.keeper, on=MONDAY) is made


def test_a_keeper_opens_it_in_the_own_unit_alone(session: Session, cast: Cast) -> None:
    with pytest.raises(NotTheKeepersUnit):
        daily_work_file(session, cast.other_district, keeper=cast.keeper, on=MONDAY)


def test_of_two_who_file_at_once_one_opens_it(both_databases: Database) -> None:
    with both_databases.begin() as session:
        make_cast(session)
    together = Barrier(2)

    def file(_: int) -> int:
        together.wait()
        with both_databases.begin() as session:
            cast = find_cast(session)
            return daily_work_file(session, cast.district, keeper=cast.keeper, on=MONDAY).id

    with ThreadPoolExecutor(2) as desks:
        first, second = desks.map(file, range(2))
    assert first == second
    with both_databases.reading() as session:
        assert session.scalars(select(File.id)).all() == [first]
