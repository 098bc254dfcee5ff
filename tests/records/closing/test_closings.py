"""A unit that ends gives everything a destination before it is closed (art. 14)."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from classification.categories import Category
from records.closing.closings import (
    begin_closing,
    complete_closing,
    files_left,
    give_destination,
    give_up_closing,
    led_closing,
    progress_of,
    roles_in,
    units_below,
    units_led,
)
from records.closing.errors import (
    ClosingEnded,
    ClosingUnderWay,
    FilesOnTheWay,
    MayNotGiveUp,
    MayNotLead,
    NothingChosen,
    RootStays,
    UnitEnds,
    UnitStillKeeps,
)
from records.closing.models import ClosingState, FileTransfer, TransferReason, UnitClosing
from records.closing.paper import fetch_box
from records.closing.remains import Remains, remains_of
from records.closing.transfers import refuse
from records.consultation.models import Standing
from records.consultation.registration import UNIT_ENDED, confirm, register, registration_digest
from records.files.errors import RecordDestroyed
from records.files.models import File
from records.files.services import open_yearly_file
from records.handover.services import start
from records.holdings.copies import move_copy, register_copy
from records.holdings.models import Box, Place
from records.lending.services import lend
from tests.cast import MONDAY, NOON, NUMBERS, PASSWORD, Cast, make_item
from tests.records.closing.cases import (
    begin_case,
    close_empty,
    make_box,
    make_household,
    make_room,
    offer,
    take,
)
from tests.records.consultation.office import ENTRY
from tests.records.disposal.conftest import disposal, place
from tests.records.disposal.office import Disposal
from tests.records.disposal.office import make_household as make_destroyable
from tests.records.workflow.office import make_desk, make_draft
from units.errors import UnitClosed, UnitsBelowOpen
from units.models import Unit
from units.services import close_unit

__all__ = ["disposal", "place"]  # fixtures


@pytest.fixture
def files(session: Session, cast: Cast) -> list[File]:
    """Two household files and two yearly files of the street."""
    keeper = cast.street_keeper
    yearly = [
        open_yearly_file(
            session, cast.street, category, 2026, "2026 年", keeper=keeper, actor=keeper.actor, on=MONDAY,
            retention_key=key, sub_code=code,
        )
        for category, key, code in (
            (Category.DOCUMENTARY, None, None),
            (Category.ACCOUNTING, "enterprise.bookkeeping_vouchers", "01"),
        )
    ]  # fmt: skip
    people = zip(NUMBERS, ("周大河", "陈平"), strict=False)
    households = [make_household(session, cast.street, keeper, *who) for who in people]
    return [*households, *yearly]


def send(
    session: Session,
    cast: Cast,
    closing: UnitClosing,
    files: list[File],
    to: Unit,
    reason: TransferReason = TransferReason.ABOLISHED,
) -> list[FileTransfer]:
    return give_destination(
        session, closing, files, to, reason, grounds="单位撤销。", witness=cast.reader, actor=cast.approver.actor,
        giver=cast.approver, at=NOON,
    )  # fmt: skip


def complete(session: Session, cast: Cast, closing: UnitClosing) -> int:
    return complete_closing(session, closing, actor=cast.approver.actor, at=NOON, on=MONDAY)


def test_a_unit_is_closed_when_the_last_file_has_been_accepted(session: Session, cast: Cast, files: list[File]) -> None:
    close_empty(session, cast, cast.workplace)
    closing = begin_case(session, cast)
    codes = [file.code for file in files]
    first, *rest = send(session, cast, closing, files, cast.district)
    with pytest.raises(NothingChosen):
        send(session, cast, closing, files, cast.district)
    refuse(session, first, "该户已迁出本区。", actor=cast.keeper.actor, at=NOON)
    for transfer in rest:
        take(session, transfer, cast.keeper)
    session.flush()
    found = progress_of(session, closing)
    assert (found.without, found.refused, found.waiting, found.accepted, found.total) == (1, 1, 0, 3, 4)
    with pytest.raises(UnitStillKeeps, match="It still has 1 files"):
        complete(session, cast, closing)
    (again,) = send(session, cast, closing, [files[0]], cast.other_district)
    take(session, again, cast.other_keeper)
    assert complete(session, cast, closing) == 1
    assert cast.street.closed_on == MONDAY
    assert closing.state is ClosingState.CLOSED
    assert [file.code for file in files] == codes
    assert roles_in(session, cast.street) == []
    assert session.get(Unit, cast.street.id) is cast.street


def test_a_unit_that_ends_begins_no_application_and_takes_no_file(session: Session, cast: Cast) -> None:
    desk = make_desk(session, cast)
    file, late = (make_household(session, cast.district, cast.keeper, NUMBERS[n], f"陈{n}") for n in (2, 3))
    waits = offer(session, cast, late, desk.workplace)
    closing = begin_case(session, cast, desk.workplace)
    for attempt in (
        lambda: make_draft(session, desk),
        lambda: offer(session, cast, file, desk.workplace),
        lambda: take(session, waits, desk.keeper),
    ):
        with pytest.raises(UnitEnds, match=closing.number), session.begin_nested():
            attempt()
    refuse(session, waits, "本单位正在撤销", actor=desk.keeper.actor, at=NOON)
    give_up_closing(session, closing, "撤销决定收回", actor=cast.approver.actor, on=MONDAY)
    make_draft(session, desk)
    offer(session, cast, file, desk.workplace)


def test_with_a_unit_the_registrations_of_inquirers_with_it_end(session: Session, cast: Cast) -> None:
    close_empty(session, cast, cast.workplace)
    made = register(session, cast.street, ENTRY, actor=None, at=NOON, on=MONDAY)
    confirm(
        session, made, account="court1", password=PASSWORD, seen_sha256=registration_digest(made),
        actor=cast.street_keeper.actor, at=NOON,
    )  # fmt: skip
    session.flush()
    close_empty(session, cast, cast.street)
    assert (made.standing, made.end_reason) == (Standing.ENDED, UNIT_ENDED)
    assert made.user is not None
    assert made.user.active_grants == []


def test_accounting_and_daily_files_take_the_same_path(session: Session, cast: Cast, files: list[File]) -> None:
    closing = begin_case(session, cast)
    for transfer in send(session, cast, closing, files[2:], cast.district):
        take(session, transfer, cast.keeper)
    assert [file.unit for file in files] == [cast.street, cast.street, cast.district, cast.district]


def test_everything_left_is_counted_by_kind(session: Session, cast: Cast, files: list[File]) -> None:
    keeper = cast.street_keeper
    place = make_room(session, cast.street, keeper)
    box = make_box(session, place, keeper)
    item = make_item(session, files[0], keeper.actor)
    copy = register_copy(session, item, box, pages_count=2, actor=keeper.actor, at=NOON, on=MONDAY)
    lend(session, copy, cast.reader, purpose="复核", days=7, actor=keeper.actor, at=NOON, on=MONDAY)
    register_copy(session, item, place, pages_count=2, actor=keeper.actor, at=NOON, on=MONDAY)
    offer(session, cast, make_household(session, cast.district, cast.keeper, NUMBERS[2], "李远"), cast.street)
    session.flush()
    found = {kind: count for kind, count in remains_of(session, cast.street, NOON).items() if count}
    assert found == {
        Remains.FILES: 4, Remains.AWAITING: 1, Remains.LOANS: 1, Remains.BOXES: 1, Remains.LOOSE: 1,
        Remains.INCOMING: 1,
    }  # fmt: skip


def test_a_stub_needs_no_destination_and_passes_nowhere(
    session: Session, cast: Cast, disposal: Disposal, place: Place
) -> None:
    stub = make_destroyable(session, cast, place)
    disposal.destroyed()
    closing = begin_closing(session, cast.district, "撤销决定", actor=cast.approver.actor, at=NOON)
    session.flush()
    assert session.scalars(files_left(closing, cast.approver.actor)).all() == []
    assert progress_of(session, closing).total == 0
    assert remains_of(session, cast.district, NOON)[Remains.FILES] == 0
    assert next((one.unit, one.files) for one in units_below(session, cast.city)) == (cast.district, 0)
    with pytest.raises(RecordDestroyed):
        send(session, cast, closing, [stub], cast.other_district)


def test_boxes_and_paper_are_fetched_before_the_unit_is_closed(session: Session, cast: Cast) -> None:
    close_empty(session, cast, cast.workplace)
    keeper, receiver = cast.street_keeper, cast.keeper
    file = make_household(session, cast.street, keeper)
    place = make_room(session, cast.street, keeper)
    box, there = make_box(session, place, keeper), make_room(session, cast.district, receiver, "区库")
    item = make_item(session, file, keeper.actor)
    register_copy(session, item, box, pages_count=2, actor=keeper.actor, at=NOON, on=MONDAY)
    loose = register_copy(session, item, place, pages_count=2, actor=keeper.actor, at=NOON, on=MONDAY)
    closing = begin_case(session, cast)
    (transfer,) = send(session, cast, closing, [file], cast.district)
    take(session, transfer, receiver)
    with pytest.raises(UnitStillKeeps, match="1 boxes, 1 paper copies on its places"):
        complete(session, cast, closing)
    move_copy(session, loose, there, actor=receiver.actor, at=NOON)
    fetch_box(session, box, there, keeper=receiver, actor=receiver.actor, at=NOON, on=MONDAY)
    complete(session, cast, closing)
    assert session.scalars(select(Box).where(Box.unit_id == cast.street.id)).all() == []


def test_an_open_handover_in_the_unit_is_ended_first(session: Session, cast: Cast, files: list[File]) -> None:
    grant_role(session, cast.second_keeper, Role.KEEPER, cast.street.path, actor=OPERATOR, at=NOON)
    start(
        session, cast.street, cast.street_keeper, cast.second_keeper, cast.approver, reason="调离",
        actor=cast.street_keeper.actor, at=NOON, on=MONDAY,
    )  # fmt: skip
    session.flush()
    assert remains_of(session, cast.street, NOON)[Remains.HANDOVERS] == 1


def test_units_below_are_closed_first(session: Session, cast: Cast) -> None:
    closing = begin_case(session, cast)
    assert [below.unit for below in units_below(session, cast.street)] == [cast.workplace]
    with pytest.raises(UnitsBelowOpen, match="机械厂工会 below 河街道总工会"):
        complete(session, cast, closing)
    close_empty(session, cast, cast.workplace)
    complete(session, cast, closing)


def test_the_closing_is_led_in_the_unit_or_by_an_approver_above(session: Session, cast: Cast) -> None:
    for person in (cast.keeper, cast.reader, cast.supervisor, cast.other_keeper, cast.system_administrator):
        with pytest.raises(MayNotLead):
            begin_closing(session, cast.street, "撤销决定", actor=person.actor, at=NOON)
    closing = begin_closing(session, cast.street, "撤销决定", actor=cast.street_keeper.actor, at=NOON)
    session.flush()
    assert led_closing(session, closing.id, cast.approver.actor) is closing
    with pytest.raises(MayNotLead):
        led_closing(session, closing.id, cast.supervisor.actor)
    assert units_led(session, cast.approver.actor) == [cast.district, cast.street, cast.workplace]


def test_a_unit_ends_once_and_the_topmost_one_never(session: Session, cast: Cast) -> None:
    closing = begin_case(session, cast)
    with pytest.raises(ClosingUnderWay, match=closing.number):
        begin_case(session, cast)
    with pytest.raises(MayNotLead):
        begin_closing(session, cast.city, "无", actor=cast.approver.actor, at=NOON)
    with pytest.raises(RootStays):
        begin_closing(session, cast.city, "无", actor=OPERATOR, at=NOON)


def test_a_closing_is_given_up_when_nothing_is_on_the_way(session: Session, cast: Cast, files: list[File]) -> None:
    closing = begin_case(session, cast)
    (transfer,) = send(session, cast, closing, [files[0]], cast.district)
    actor = cast.approver.actor
    with pytest.raises(FilesOnTheWay):
        give_up_closing(session, closing, "改为合署办公。", actor=actor, on=MONDAY)
    refuse(session, transfer, "不收", actor=cast.keeper.actor, at=NOON)
    with pytest.raises(MayNotGiveUp, match="by who began it, or by an approver of a higher union"):
        give_up_closing(session, closing, "试一试", actor=cast.street_keeper.actor, on=MONDAY)
    give_up_closing(session, closing, "改为合署办公。", actor=actor, on=MONDAY)
    with pytest.raises(ClosingEnded):
        send(session, cast, closing, [files[0]], cast.district)
    assert begin_case(session, cast).state is ClosingState.OPEN


def test_a_closed_unit_takes_nothing_and_opens_nothing(session: Session, cast: Cast) -> None:
    place = make_room(session, cast.street, cast.street_keeper)
    file = make_household(session, cast.district, cast.keeper)
    close_empty(session, cast, cast.workplace)
    close_empty(session, cast, cast.street)
    session.flush()
    with pytest.raises(UnitClosed):
        offer(session, cast, file, cast.street)
    grant_role(session, cast.street_keeper, Role.KEEPER, cast.street.path, actor=OPERATOR, at=NOON)
    with pytest.raises(UnitClosed), session.begin_nested():
        make_household(session, cast.street, cast.street_keeper, NUMBERS[1], "陈平")
    with pytest.raises(UnitClosed), session.begin_nested():
        make_box(session, place, cast.street_keeper)
    with pytest.raises(UnitClosed):
        close_unit(session, cast.street, actor=OPERATOR, at=NOON, on=MONDAY)


def test_the_units_room_closes_no_unit_that_keeps_files(session: Session, cast: Cast, files: list[File]) -> None:
    close_empty(session, cast, cast.workplace)
    with pytest.raises(UnitStillKeeps, match=r"4 files.*art. 14"):
        close_unit(session, cast.street, actor=OPERATOR, at=NOON, on=MONDAY)
