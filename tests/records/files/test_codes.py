"""Reference codes: unique, stable once given, never used again."""

import threading

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR
from classification.categories import Category, RecordForm
from classification.codes import Layout, parse
from classification.periods import PERMANENT, Period
from records.files.codes import item_code, next_in_series
from records.files.models import GivenCode
from records.files.services import open_yearly_file, retention_of
from storage.database import Database
from tests.cast import MONDAY, NUMBERS, Cast, make_cast, make_file, make_item, make_yearly_file
from units.models import Unit
from units.services import change_unit

SERIES = "C038-ZP·2026·D10-"


def use_layout(session: Session, unit: Unit, layout: Layout) -> None:
    change_unit(
        session,
        unit,
        name=unit.name,
        fonds_number=unit.fonds_number,
        code_layout=layout,
        credit_code=None,
        actor=OPERATOR,
    )
    session.flush()


@pytest.mark.parametrize(
    ("layout", "codes"),
    [
        (
            Layout.DAT13_2022,
            ["C038-ZY·KN·2026·D10-0001", "C038-KU·01·2026·D30-001", "C038-WS·2026-001", "C038-KU·01·2026·D30-002"],
        ),
        (
            Layout.DAT22_2015,
            ["C038-ZY·KN·2026-D10-0001", "C038-KU·01·2026-D30-001", "C038-WS·2026-001", "C038-KU·01·2026-D30-002"],
        ),
    ],
)
def test_files_are_coded_in_the_layout_of_their_fonds(
    session: Session, cast: Cast, layout: Layout, codes: list[str]
) -> None:
    use_layout(session, cast.district, layout)
    made = [
        make_file(session, cast),
        make_yearly_file(session, cast, Category.ACCOUNTING),
        make_yearly_file(session, cast),
        make_yearly_file(session, cast, Category.ACCOUNTING),
    ]
    assert [file.code for file in made] == codes
    for file in made:
        assert parse(file.code).year == 2026


def test_items_are_coded_by_their_file_or_in_a_series_of_their_own(session: Session, cast: Cast) -> None:
    actor = cast.keeper.actor
    household, documentary = make_file(session, cast), make_yearly_file(session, cast)
    text = make_item(session, household, actor)
    photo = make_item(session, household, actor, "入户照片", document_type="survey_photo", form=RecordForm.PHOTO)
    minutes = make_item(
        session,
        documentary,
        actor,
        "会议纪要",
        document_type="minutes",
        retention_class="documentary.leadership_minutes",
    )
    text.number = 7
    assert item_code(session, text, Period(10)) == f"{household.code}-007"
    text.number = None
    assert item_code(session, photo, retention_of(photo).period) == "C038-ZP·2026·D10-0001"
    assert item_code(session, minutes, PERMANENT) == "C038-WS·2026·Y-0001"


def test_a_unit_without_a_fonds_files_under_its_superior(session: Session, cast: Cast) -> None:
    street = open_yearly_file(
        session,
        cast.street,
        Category.DOCUMENTARY,
        2026,
        "街道日常工作",
        keeper=cast.street_keeper,
        actor=cast.street_keeper.actor,
        on=MONDAY,
    )
    assert street.code == "C038-WS·2026-001"
    assert make_yearly_file(session, cast).code == "C038-WS·2026-002"


def test_another_layout_later_changes_no_code_that_was_given(session: Session, cast: Cast) -> None:
    before = make_file(session, cast)
    use_layout(session, cast.district, Layout.DAT22_2015)
    after = make_file(session, cast, number=NUMBERS[1], name="王小明")
    assert (before.code, after.code) == ("C038-ZY·KN·2026·D10-0001", "C038-ZY·KN·2026-D10-0001")
    before_item = make_item(session, before, cast.keeper.actor)
    before_item.number = 1
    assert item_code(session, before_item, Period(10)) == "C038-ZY·KN·2026·D10-0001-001"
    before_item.number = None
    assert set(session.scalars(select(GivenCode.code))) == {before.code, after.code}


def test_another_fonds_number_later_changes_no_code_that_was_given(session: Session, cast: Cast) -> None:
    before = make_file(session, cast)
    cast.district.fonds_number = "C099"
    session.flush()
    assert make_file(session, cast, number=NUMBERS[1], name="王小明").code == "C099-ZY·KN·2026·D10-0001"
    assert before.code == "C038-ZY·KN·2026·D10-0001"


def test_what_is_rolled_back_leaves_no_gap_and_gives_no_code_twice(both_databases: Database) -> None:
    with both_databases.begin() as session:
        first = make_file(session, make_cast(session)).code
    with pytest.raises(RuntimeError), both_databases.begin() as session:  # noqa: PT012 - the failure is the case
        undone = next_in_series(session, "C038-ZY·KN·2026·D10-", 4)
        raise RuntimeError(undone)
    with both_databases.begin() as session:
        assert next_in_series(session, "C038-ZY·KN·2026·D10-", 4) == undone == "C038-ZY·KN·2026·D10-0002"
        assert first == "C038-ZY·KN·2026·D10-0001"


def test_eight_desks_beginning_a_series_at_once_get_eight_numbers(both_databases: Database) -> None:
    start, given = threading.Barrier(8), []

    def take() -> None:
        start.wait()
        for _ in range(5):
            with both_databases.begin() as session:
                given.append(next_in_series(session, SERIES, 4))

    desks = [threading.Thread(target=take) for _ in range(8)]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join()
    assert sorted(given) == [f"{SERIES}{number:04}" for number in range(1, 41)]


@pytest.mark.parametrize(
    "statement", [delete(GivenCode), update(GivenCode).values(code="C038-ZY·KN·2026·D10-9999")], ids=["delete", "edit"]
)
def test_the_database_refuses_to_edit_or_forget_a_given_code(both_databases: Database, statement: object) -> None:
    with both_databases.begin() as session:
        code = make_file(session, make_cast(session)).code
    with pytest.raises(DatabaseError, match="append-only"), both_databases.begin() as session:
        session.execute(statement)  # type: ignore[call-overload]
    with both_databases.reading() as session:
        assert session.scalars(select(GivenCode.code)).all() == [code]


def test_a_code_belongs_to_one_file_for_ever(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    with pytest.raises(DatabaseError), session.begin_nested():
        session.add(GivenCode(code=file.code, file_id=file.id, given_on=MONDAY))
