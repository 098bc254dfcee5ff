"""The due list says in SQL, to the day, what the rules say of each record (art. 15)."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from accounts.roles import OPERATOR, Actor
from classification.categories import Carrier, Category, RecordForm
from classification.schedules import SCHEDULE, StartRule
from records.disposal.due import FREE, HELD, IN_BATCH, NO_CLOCK, DueFilter, DueRow, clock_of
from records.disposal.holds import place_hold
from records.disposal.models import HoldKind
from records.files.codes import note_code
from records.files.models import File, Item, WithdrawalReason
from records.files.services import open_yearly_file
from records.holdings.models import Place
from tests.cast import MONDAY, NOON, Cast, make_file
from tests.records.disposal.office import Disposal, make_household, make_statements, make_withdrawn, number

EVERYTHING = date(2200, 1, 1)
YEARLY = [line.key for line in SCHEDULE if line.start_rule is not StartRule.WITHDRAWAL]
FILE_CLASSES = ("enterprise.bank_statements", "enterprise.bookkeeping_vouchers", "enterprise.annual_report")
extensions = st.none() | st.just(("Y", None)) | st.tuples(
    st.just("D30"), st.dates(date(2016, 1, 1), date(2070, 1, 1))
)  # fmt: skip
with_a_shared_session = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def found(session: Session, on: date, actor: Actor = OPERATOR, **asked: object) -> dict[str, DueRow]:
    """What is due on a day, by key."""
    row, query = DueFilter(**asked).rows(actor, on)  # type: ignore[arg-type]
    rows = session.scalars(query.options(selectinload(row.file), selectinload(row.item))).all()
    return {each.key: each for each in rows}


def holds_to_the_day(session: Session, subject: File | Item) -> None:
    """Due from the day after its last day kept, and on no earlier one; never without a last day."""
    session.flush()
    kept = clock_of(subject)
    key = f"{'file' if isinstance(subject, File) else 'item'}-{subject.id}"
    if kept.last_day_kept is None:
        assert key not in found(session, EVERYTHING)
        return
    assert key not in found(session, kept.last_day_kept)
    due = found(session, kept.last_day_kept + timedelta(days=1))[key]
    assert due.last_day == int(f"{kept.last_day_kept:%Y%m%d}")
    assert due.clock == kept


@with_a_shared_session
@given(
    key=st.sampled_from(YEARLY),
    form=st.sampled_from((RecordForm.TEXT, RecordForm.PHOTO)),
    of_file=st.sampled_from((None, *FILE_CLASSES)),
    year=st.integers(2005, 2024),
    dated=st.dates(date(2005, 1, 1), date(2024, 12, 31)),
    scrapped=st.none() | st.dates(date(2005, 1, 1), date(2024, 12, 31)),
    extended=extensions,
)
def test_a_record_of_a_yearly_file_is_due_from_the_day_after_its_last(
    session: Session,
    cast: Cast,
    key: str,
    form: RecordForm,
    of_file: str | None,
    year: int,
    dated: date,
    scrapped: date | None,
    extended: tuple[str, date | None] | None,
) -> None:
    file = open_yearly_file(
        session, cast.district, Category.ACCOUNTING if of_file else Category.DOCUMENTARY, year, "—",
        keeper=cast.keeper, actor=cast.keeper.actor, on=MONDAY, retention_key=of_file,
        sub_code="01" if of_file else None,
    )  # fmt: skip
    item = Item(
        file=file, file_id=file.id, document_type="other_accounting", retention_class=key, form=form,
        carrier=Carrier.PAPER, title=key, dated=dated.isoformat()[:7], responsible_body="—",
        collected_at=NOON, filed_on=MONDAY, number=1,
        code=f"{file.code}-001", scrapped_on=scrapped,
    )  # fmt: skip
    item.extended_letter, item.extended_until = extended or (None, None)
    session.add(item)
    session.flush()
    note_code(session, item.code or "", on=MONDAY, item=item)
    holds_to_the_day(session, item)


@with_a_shared_session
@given(withdrawn=st.dates(date(2010, 1, 1), date(2026, 3, 1)), extended=extensions, sequence=st.integers(1, 900))
def test_a_household_file_is_due_from_the_day_after_its_last(
    session: Session, cast: Cast, withdrawn: date, extended: tuple[str, date | None] | None, sequence: int
) -> None:
    file = make_file(session, cast, number=number(sequence), on=MONDAY)
    for member in file.household.members if file.household else ():
        member.active = False
    file.withdrawn_on, file.withdrawal_reason = withdrawn, WithdrawalReason.LIFTED
    file.extended_letter, file.extended_until = extended or (None, None)
    holds_to_the_day(session, file)


@pytest.mark.parametrize(
    ("withdrawn", "last"),
    [
        (date(2016, 3, 5), date(2026, 3, 5)),
        (date(2020, 2, 29), date(2030, 2, 28)),
        (date(2018, 2, 28), date(2028, 2, 28)),
    ],
)
def test_ten_years_end_on_the_same_date_or_the_last_of_its_month(
    session: Session, cast: Cast, withdrawn: date, last: date
) -> None:
    file = make_withdrawn(session, cast, on=withdrawn)
    session.flush()
    assert f"file-{file.id}" not in found(session, last)
    assert f"file-{file.id}" in found(session, last + timedelta(days=1))


def test_an_active_household_file_is_never_due(session: Session, cast: Cast) -> None:
    make_file(session, cast)
    session.flush()
    assert not found(session, EVERYTHING)


def test_an_asset_card_without_scrapping_has_no_clock_yet_and_is_never_due(session: Session, cast: Cast) -> None:
    file = open_yearly_file(
        session, cast.district, Category.ACCOUNTING, 2010, "固定资产卡片", keeper=cast.keeper,
        actor=cast.keeper.actor, on=MONDAY, retention_key="enterprise.asset_cards", sub_code="03",
    )  # fmt: skip
    item = Item(
        file=file, file_id=file.id, document_type="other_accounting", retention_class="enterprise.asset_cards",
        form=RecordForm.TEXT, carrier=Carrier.PAPER, title="卡片", dated="2010", responsible_body="—",
        collected_at=NOON, filed_on=MONDAY, number=1, code=f"{file.code}-001",
    )  # fmt: skip
    session.add(item)
    session.flush()
    assert not found(session, EVERYTHING)
    assert set(found(session, MONDAY, state=NO_CLOCK)) == {f"item-{item.id}"}
    item.scrapped_on = date(2020, 5, 6)
    session.flush()
    assert not found(session, MONDAY, state=NO_CLOCK)
    assert set(found(session, date(2025, 5, 7))) == {f"item-{item.id}"}


def test_the_three_parts_stand_side_by_side_and_are_narrowed(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    household = make_household(session, cast, place)
    statements = make_statements(session, cast, place)
    both = {f"file-{household.id}", f"item-{statements.id}"}
    assert set(found(session, MONDAY)) == both
    assert set(found(session, MONDAY, category=Category.ACCOUNTING)) == {f"item-{statements.id}"}
    assert set(found(session, MONDAY, year=2014)) == {f"item-{statements.id}"}
    assert set(found(session, MONDAY, retention_class="original.file")) == {f"file-{household.id}"}
    assert set(found(session, MONDAY, unit=cast.city)) == both
    assert not found(session, MONDAY, unit=cast.street)
    place_hold(session, statements, HoldKind.AUDIT, "审计中", actor=cast.keeper.actor, at=NOON)
    disposal.draw()
    assert set(found(session, MONDAY, state=HELD)) == {f"item-{statements.id}"}
    assert set(found(session, MONDAY, state=IN_BATCH)) == {f"file-{household.id}"}
    assert not found(session, MONDAY, state=FREE)


def test_the_list_of_one_district_shows_nothing_of_the_other(session: Session, cast: Cast) -> None:
    make_withdrawn(session, cast)
    session.flush()
    assert found(session, MONDAY, cast.supervisor.actor)
    assert not found(session, MONDAY, cast.other_keeper.actor)


def test_whatever_is_due_is_found_by_its_row(session: Session, cast: Cast) -> None:
    file = make_withdrawn(session, cast)
    session.flush()
    [row] = found(session, MONDAY).values()
    assert row.subject is file
    assert session.scalars(select(File.code).where(File.id == row.file_id)).one() == row.code
