"""Paper that nobody registered is not destroyed on a list: it is registered first (art. 15)."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from classification.categories import Category
from records.disposal.appraisal import draw
from records.disposal.batches import lines_of
from records.disposal.destruction import destroy_line, start
from records.disposal.due import FREE, UNREGISTERED, DueFilter, clock_of
from records.disposal.errors import (
    DestroysUnregistered,
    NothingDrawn,
    OtherUnitsRecord,
    OwnBackdating,
    PaperFirst,
    TickedNotFree,
)
from records.disposal.knowing import known_of
from records.disposal.models import Cause, DisposalBatch, LineState, Verdict
from records.disposal.waiting import decided_by_another
from records.files.descriptions import columns_of
from records.files.errors import FileWithdrawn, MadeAfterWithdrawal
from records.files.from_before import Before, enter_from_before
from records.files.living import TwinDuty, TwinSide
from records.files.models import File, Item, WithdrawalReason
from records.files.services import collect, describe, withdraw
from records.holdings.copies import register_copy
from records.holdings.filing import file_item
from records.holdings.models import Place
from tests.cast import MONDAY, NOON, Cast, description, household_entry, work_with_system
from tests.records.disposal.office import (
    DESTROYED_ON,
    DRAWN_ON,
    WITHDRAWN_ON,
    Disposal,
    make_household,
    make_statements,
    make_withdrawn,
    moment,
    only_line,
)

SHELF = "甲柜 2 层"


@pytest.fixture
def on_paper(session: Session, cast: Cast) -> File:
    """A file from before whose household had left help ten years ago; nothing of its paper is registered."""
    work_with_system(session, cast, date(2017, 1, 3))
    file = enter_from_before(
        session, cast.district, household_entry(), Before(date(2014, 9, 21), SHELF, "系统启用，补录既有案卷。"),
        keeper=cast.keeper, actor=cast.keeper.actor, on=MONDAY,
    )  # fmt: skip
    withdraw(
        session, file, WithdrawalReason.LIFTED, actor=cast.approver.actor, on=WITHDRAWN_ON, today=MONDAY,
        remarks="脱困审批表2016年第9号，卷内有据",
    )  # fmt: skip
    session.flush()
    return file


def drawn(session: Session, cast: Cast, *keys: str) -> DisposalBatch:
    chosen = DueFilter(category=Category.ORIGINAL, keys=list(keys) or None)
    return draw(session, cast.district, chosen, actor=cast.keeper.actor, at=NOON, on=DRAWN_ON)


def due(session: Session, cast: Cast, state: str) -> list[str]:
    row, query = DueFilter(state=state).rows(cast.keeper.actor, DRAWN_ON)
    return list(session.scalars(query.with_only_columns(row.code)))


def test_a_file_on_record_as_paper_is_not_appraised_before_its_paper_is_registered(
    session: Session, cast: Cast, on_paper: File
) -> None:
    assert (due(session, cast, FREE), due(session, cast, UNREGISTERED)) == ([], [on_paper.code])
    with pytest.raises(PaperFirst, match="register the paper where it lies first"):
        drawn(session, cast, f"file-{on_paper.id}")
    with pytest.raises(NothingDrawn):
        drawn(session, cast)


def test_what_a_withdrawn_file_from_before_held_is_entered_and_registered_and_no_clock_moves(
    session: Session, cast: Cast, on_paper: File, place: Place
) -> None:
    actor, before = cast.keeper.actor, (on_paper.changed_on, clock_of(on_paper))
    with pytest.raises(MadeAfterWithdrawal, match="2016-03-01 at the latest"):
        collect(session, on_paper, description(dated="2016-03-02"), actor=actor, at=NOON, on=MONDAY)
    item = collect(session, on_paper, description(dated="2016"), actor=actor, at=NOON, on=MONDAY)
    session.flush()
    with pytest.raises(MadeAfterWithdrawal):
        describe(session, item, description(dated="2017-01"), actor=actor, on=MONDAY)
    assert due(session, cast, UNREGISTERED) == [on_paper.code]
    register_copy(session, item, place, pages_count=12, actor=actor, at=NOON, on=MONDAY)
    file_item(session, item, actor=actor, on=MONDAY)
    assert (on_paper.changed_on, clock_of(on_paper)) == before
    assert {duty.side for duty in session.scalars(select(TwinDuty))} == {TwinSide.PAPER}  # that of the withdrawal
    line = only_line(session, drawn(session, cast, f"file-{on_paper.id}"))
    assert (line.copies_count, line.pages_count) == (1, 12)


def test_who_backdated_the_day_of_a_file_does_not_approve_its_destruction(
    session: Session, cast: Cast, on_paper: File, place: Place, disposal: Disposal
) -> None:
    item = collect(session, on_paper, description(dated="2016"), actor=cast.keeper.actor, at=NOON, on=MONDAY)
    session.flush()
    register_copy(session, item, place, pages_count=12, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    batch = disposal.draw()
    disposal.name_group(batch)
    disposal.appraise(batch)
    disposal.submit(batch)
    for user, open_to in ((cast.approver, False), (cast.reader, True)):
        other = session.scalar(select(decided_by_another(user.actor)).where(DisposalBatch.id == batch.id))
        assert bool(other) is open_to
    with pytest.raises(OwnBackdating, match=on_paper.code):
        disposal.approve(batch)
    only_line(session, batch).verdict = Verdict.HOLD  # only its destruction is for another to approve
    session.flush()
    assert session.scalar(select(decided_by_another(cast.approver.actor)).where(DisposalBatch.id == batch.id))


def test_a_withdrawn_file_that_was_not_entered_from_before_takes_no_items(session: Session, cast: Cast) -> None:
    file = make_withdrawn(session, cast)
    with pytest.raises(FileWithdrawn):
        collect(session, file, description(dated="2015"), actor=cast.keeper.actor, at=NOON, on=MONDAY)


def test_a_line_whose_file_has_unregistered_paper_leaves_its_batch_undestroyed(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file = make_household(session, cast, place)
    batch = disposal.counted()
    start(session, batch, actor=cast.keeper.actor, on=DESTROYED_ON)
    session.add(Item(file=file, file_id=file.id, collected_at=NOON, **columns_of(description())))
    session.flush()
    line = only_line(session, batch)
    assert destroy_line(session, line, at=moment(DESTROYED_ON), on=DESTROYED_ON) is LineState.RELEASED
    assert (line.cause, file.destroyed_on) == (Cause.UNREGISTERED, None)


def test_destroying_a_file_is_neither_submitted_nor_approved_while_paper_of_it_is_unregistered(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file, batch = make_household(session, cast, place), disposal.draw()
    disposal.name_group(batch)
    disposal.appraise(batch)
    entered = Item(file=file, file_id=file.id, collected_at=NOON, **columns_of(description()))
    session.add(entered)
    session.flush()
    with pytest.raises(DestroysUnregistered, match=file.code):
        disposal.submit(batch)
    assert known_of(session, [file.id])[file.id].unregistered
    session.delete(entered)
    session.flush()
    disposal.submit(batch)
    session.add(Item(file=file, file_id=file.id, collected_at=NOON, **columns_of(description())))
    session.flush()
    with pytest.raises(DestroysUnregistered, match=file.code):
        disposal.approve(batch)


def test_what_was_ticked_is_drawn_whole_or_not_at_all(session: Session, cast: Cast, place: Place) -> None:
    free, statements = make_household(session, cast, place), make_statements(session, cast, place)
    with pytest.raises(TickedNotFree, match="1 cannot be drawn"):
        drawn(session, cast, f"file-{free.id}", f"item-{statements.id}")
    assert len(lines_of(session, drawn(session, cast, f"file-{free.id}"))) == 1


def test_who_ticks_the_file_of_another_unit_is_told_that_the_unit_is_wrong(
    session: Session, cast: Cast, place: Place
) -> None:
    make_household(session, cast, place)
    other = make_household(session, cast, place, sequence=2, name="李小红")
    other.unit, other.unit_id = cast.street, cast.street.id
    grant_role(session, cast.keeper, Role.KEEPER, cast.street.path, actor=OPERATOR, at=NOON)
    session.refresh(cast.keeper)
    session.flush()
    with pytest.raises(OtherUnitsRecord, match=f"{other.code} is kept by {cast.street.name}"):
        drawn(session, cast, f"file-{other.id}")
