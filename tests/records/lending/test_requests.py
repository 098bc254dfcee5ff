"""Requests, the queue, and what lies in what (art. 17)."""

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Role
from accounts.services import close_account, end_role, grant_role
from audit import AuditEntry, seal
from classification.categories import SecrecyLevel
from records.files.models import WithdrawalReason
from records.files.services import withdraw
from records.holdings.copies import move_copy, put
from records.holdings.missing import mark_found, mark_missing
from records.lending.containment import OUT_OF_SIGHT_INSIDE, SECRET_INSIDE, SEVERAL_HOUSEHOLDS_INSIDE
from records.lending.errors import (
    AskedAlready,
    AskedInPart,
    BorrowerSeesNot,
    BoxIsOut,
    BoxScanned,
    ExceptionsToConfirm,
    HasItAlready,
    MayNotBorrow,
    NothingOnPaper,
    NotReady,
    NotYourRequest,
    PutAsideForAnother,
    RequestOver,
    RequestsOpen,
    SomebodyWaits,
    WholeRestricted,
)
from records.lending.loans import late_loans, open_loan
from records.lending.models import Away, LoanRequest, PutAside, RequestState
from records.lending.queue import (
    KEPT_ELSEWHERE,
    MAY_NOT_BORROW,
    NOT_PICKED_UP,
    RESTRICTED,
    aside_of,
    lending_undone,
    lock_queue,
    put_aside_for,
    return_undone,
    settle,
)
from records.lending.renewing import renew
from records.lending.requests import (
    all_back,
    cancel,
    loans_of,
    place_in_queue,
    prospect,
    visible_request,
    visible_requests,
)
from records.lending.scanned import copy_scanned
from records.lending.services import lend
from records.lending.sheets import register_rows
from tests.cast import MONDAY, NOON, NUMBERS, Cast, make_file, make_item
from tests.records.lending.asking import another_reader, asked, back, handed, lent
from tests.records.lending.shelf import make_box, make_copy, make_place
from web.rules import NotVisible

THURSDAY = MONDAY + timedelta(days=3)
FRIDAY = MONDAY + timedelta(days=4)


def test_what_nobody_is_asked_for_and_lies_there_is_ready_at_once(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    request = asked(session, copy.item, cast.reader)
    assert (request.state, request.needs, request.number) == (RequestState.READY, "", "JY-2026-0001")
    assert request.pickup_by == THURSDAY  # three working days
    (loan,) = handed(session, request, cast)
    assert (copy.holder, loan.request, request.state) == (cast.reader, request, RequestState.LENT)
    assert loans_of(session, request) == [loan]


def test_who_waits_is_served_in_order_and_one_who_has_had_it_is_not_renewed(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    loan = lent(session, copy, cast.keeper, cast)
    first, second = asked(session, copy.item, cast.reader), asked(session, copy.item, another_reader(session, cast))
    assert [place_in_queue(session, each) for each in (first, second)] == [1, 2]
    with pytest.raises(SomebodyWaits, match="李读"):
        renew(session, loan, days=7, actor=cast.keeper.actor, on=MONDAY)
    back(session, copy, cast)
    assert (first.state, second.state) == (RequestState.READY, RequestState.QUEUED)
    with pytest.raises(PutAsideForAnother, match="put aside for 李读"):
        lent(session, copy, cast.approver, cast)
    handed(session, first, cast)
    back(session, copy, cast)
    assert second.state is RequestState.READY


def test_what_is_not_picked_up_in_time_goes_to_the_next(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    first = asked(session, copy.item, cast.reader)
    second = asked(session, copy.item, another_reader(session, cast))
    assert first.state_on(THURSDAY) is RequestState.READY
    assert first.state_on(FRIDAY) is RequestState.LAPSED  # seen before it is entered
    with pytest.raises(NotReady):
        handed(session, second, cast, on=THURSDAY)
    (loan,) = handed(session, second, cast, on=FRIDAY)
    assert (loan.borrower.name, first.state, first.end_reason) == ("reader2", RequestState.LAPSED, NOT_PICKED_UP)


def test_the_time_to_pick_up_is_counted_in_working_days(session: Session, cast: Cast) -> None:
    request = asked(session, make_copy(session, cast).item, cast.reader, on=FRIDAY)
    assert request.pickup_by == date(2026, 3, 11)


def test_one_person_has_one_place_in_the_queue_for_a_thing(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    lent(session, copy, cast.keeper, cast)
    asked(session, copy.item, cast.reader)
    with pytest.raises(AskedAlready, match="JY-2026-0001, In the queue"):
        asked(session, copy.item, cast.reader)
    session.add(
        LoanRequest(
            number="JY-2026-9999", requester_id=cast.reader.id, unit_id=cast.district.id, item_id=copy.item_id,
            purpose="复核", days=7, partial=False, needs="", state=RequestState.QUEUED, queue_number=99, asked_at=NOON,
            asked_on=MONDAY,
        )
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="loan_request"):
        session.flush()


def test_who_has_asked_for_a_file_does_not_ask_for_what_is_in_it_beside(session: Session, cast: Cast) -> None:
    place = make_place(session, cast)
    box, file = make_box(session, cast, place), make_file(session, cast)
    copy, other = (make_copy(session, cast, f"P-{n}", file=file, box=box) for n in (1, 2))
    for first, second in ((file, copy.item), (copy.item, file), (box, copy.item), (file, box)):
        earlier = asked(session, first, cast.reader, partial=True)
        with pytest.raises(AskedInPart, match=earlier.number):
            asked(session, second, cast.reader, partial=True)
        cancel(session, earlier, reason=None, actor=cast.reader.actor, at=NOON, on=MONDAY)
    asked(session, copy.item, cast.reader)
    asked(session, other.item, cast.reader)


def test_who_has_it_or_may_not_borrow_or_asks_for_no_paper_is_refused(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    lent(session, copy, cast.reader, cast)
    with pytest.raises(HasItAlready):
        asked(session, copy.item, cast.reader)
    with pytest.raises(MayNotBorrow):
        asked(session, copy.item, cast.supervisor)
    bare = make_item(session, copy.item.file, cast.keeper.actor, "收入证明", document_type="income_proof")
    with pytest.raises(NothingOnPaper):
        asked(session, bare, cast.reader)


def test_a_request_is_cancelled_by_who_made_it_or_the_desk_and_the_next_has_its_place(
    session: Session, cast: Cast
) -> None:  # fmt: skip
    copy = make_copy(session, cast)
    other = another_reader(session, cast)
    first, second = asked(session, copy.item, cast.reader), asked(session, copy.item, other)
    with pytest.raises(NotYourRequest):
        cancel(session, first, reason=None, actor=other.actor, at=NOON, on=MONDAY)
    cancel(session, first, reason=None, actor=cast.reader.actor, at=NOON, on=MONDAY)
    assert (first.state, second.state) == (RequestState.CANCELLED, RequestState.READY)
    with pytest.raises(RequestOver):
        cancel(session, first, reason=None, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    cancel(session, second, reason="改看电子件", actor=cast.keeper.actor, at=NOON, on=MONDAY)
    assert second.end_reason == "改看电子件"


def test_who_leaves_waits_for_nothing(session: Session, cast: Cast) -> None:
    request = asked(session, make_copy(session, cast).item, cast.reader)
    with pytest.raises(RequestsOpen, match="JY-2026-0001"):
        close_account(session, cast.reader, actor=OPERATOR, at=NOON)
    cancel(session, request, reason=None, actor=cast.reader.actor, at=NOON, on=MONDAY)
    close_account(session, cast.reader, actor=OPERATOR, at=NOON)


def test_others_do_not_see_who_asks_for_what(session: Session, cast: Cast) -> None:
    request = asked(session, make_copy(session, cast).item, cast.reader)
    other = another_reader(session, cast)
    for somebody in (cast.reader, cast.keeper, cast.approver, cast.supervisor):
        assert visible_request(session, request.id, somebody.actor, MONDAY) is request
    for somebody in (other, cast.street_keeper, cast.other_keeper, cast.inquirer, cast.audit_administrator):
        assert session.scalars(visible_requests(somebody.actor, MONDAY)).all() == []
        with pytest.raises(NotVisible):
            visible_request(session, request.id, somebody.actor, MONDAY)


def test_a_file_is_lent_with_its_exceptions_said_and_a_part_of_it_comes_back(session: Session, cast: Cast) -> None:
    box = make_box(session, cast, make_place(session, cast))
    file = make_file(session, cast)
    copies = [make_copy(session, cast, f"P-{n}00", file=file, box=box) for n in range(3)]
    lent(session, copies[0], cast.keeper, cast)
    request = asked(session, file, cast.reader, partial=True)
    assert [one.copy for one in prospect(session, file, cast.reader, on=MONDAY).exceptions][:1] == [copies[0]]
    with pytest.raises(ExceptionsToConfirm, match="P-000"):
        handed(session, request, cast)
    loans = handed(session, request, cast, confirmed=True)
    assert [loan.copy for loan in loans] == copies[1:]
    assert request.lent_without == [("P-000", Away.ON_LOAN)]
    seal(session)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "loan_request.handed_out")).one()
    assert json.loads(entry.details)["left_out"] == ["P-000"]
    (row, *_) = register_rows(session, cast.keeper.actor, cast.district, MONDAY, MONDAY, "zh")[1:]
    assert "未随借：P-000 借出" in row
    back(session, copies[1], cast)
    assert [loan.returned_on is None for loan in loans_of(session, request)] == [False, True]


def test_a_file_that_is_wanted_whole_is_put_together_before_it_is_ready(session: Session, cast: Cast) -> None:
    box = make_box(session, cast, make_place(session, cast))
    file = make_file(session, cast)
    copies = [make_copy(session, cast, f"P-{n}00", file=file, box=box) for n in range(2)]
    lent(session, copies[0], cast.keeper, cast)
    whole = asked(session, file, cast.reader)
    single = asked(session, copies[0].item, another_reader(session, cast))
    assert whole.state is RequestState.QUEUED
    assert [row.copy for row in put_aside_for(session, whole)] == [copies[1]]
    back(session, copies[0], cast)
    assert (whole.state, single.state) == (RequestState.READY, RequestState.QUEUED)
    assert len(handed(session, whole, cast)) == 2


def test_a_box_on_loan_makes_its_files_and_items_unavailable(session: Session, cast: Cast) -> None:
    box = make_box(session, cast, make_place(session, cast))
    file = make_file(session, cast)
    copies = [make_copy(session, cast, f"P-{n}00", file=file, box=box) for n in range(2)]
    assert len(handed(session, asked(session, box, cast.reader), cast)) == 2
    for number, thing in enumerate((copies[0].item, file, box)):
        other = another_reader(session, cast, f"reader.{number}")
        assert prospect(session, thing, other, on=MONDAY).free_count == 0
        assert asked(session, thing, other).state is RequestState.QUEUED


def test_a_box_is_out_at_the_desk_while_something_is_that_was_taken_out_of_it(session: Session, cast: Cast) -> None:
    place, file = make_place(session, cast), make_file(session, cast)
    box, other = make_box(session, cast, place), make_box(session, cast, place)
    stays, moves = (make_copy(session, cast, f"P-{n}00", file=file, box=box) for n in range(2))
    request = asked(session, box, cast.reader)
    move_copy(session, moves, other, actor=cast.keeper.actor, at=NOON)
    handed(session, request, cast)
    assert open_loan(session, moves).from_box_id == other.id
    with pytest.raises(BoxIsOut, match=box.barcode):
        copy_scanned(session, box.barcode, cast.keeper.actor)
    back(session, stays, cast)
    with pytest.raises(BoxScanned):
        copy_scanned(session, box.barcode, cast.keeper.actor)


def test_what_lies_in_a_box_restricts_the_box(session: Session, cast: Cast) -> None:
    place = make_place(session, cast)
    secret, mixed, withdrawn = (make_box(session, cast, place) for _ in range(3))
    make_copy(session, cast, "P-100", file=make_file(session, cast), box=secret).item.secrecy = SecrecyLevel.SECRET
    for number, name, barcode in ((NUMBERS[1], "陈平", "P-200"), (NUMBERS[2], "韩青", "P-300")):
        make_copy(session, cast, barcode, file=make_file(session, cast, number=number, name=name), box=mixed)
    gone = make_file(session, cast, number=NUMBERS[3], name="冯远")
    make_copy(session, cast, "P-400", file=gone, box=withdrawn)
    withdraw(session, gone, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    session.flush()
    for box, reason in (
        (secret, SECRET_INSIDE),
        (mixed, SEVERAL_HOUSEHOLDS_INSIDE),
        (withdrawn, OUT_OF_SIGHT_INSIDE),
    ):
        assert prospect(session, box, cast.reader, on=MONDAY).restricted == [reason]
        with pytest.raises(WholeRestricted):
            asked(session, box, cast.reader)
    assert prospect(session, withdrawn, cast.keeper, on=MONDAY).restricted == []


def test_what_went_out_of_the_readers_sight_meanwhile_is_not_handed_out(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    request = asked(session, copy.item, cast.reader)
    withdraw(session, copy.item.file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    session.flush()
    with pytest.raises(BorrowerSeesNot):
        handed(session, request, cast)


def test_what_is_missing_is_waited_for_until_it_is_found(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    request = asked(session, copy.item, cast.reader)
    mark_missing(session, copy, "SG-2026-0001", actor=cast.keeper.actor, on=MONDAY)
    with pytest.raises(NotReady):
        handed(session, request, cast)
    assert request.state is RequestState.QUEUED
    mark_found(session, copy, actor=cast.keeper.actor, on=MONDAY)
    session.flush()
    second = asked(session, copy.item, another_reader(session, cast))  # whoever comes next settles the queue
    assert (request.state, second.state) == (RequestState.READY, RequestState.QUEUED)
    assert session.scalars(select(LoanRequest.queue_number).order_by(LoanRequest.id)).all() == [1, 2]


def test_a_lending_undone_at_the_desk_has_the_copy_put_aside_again(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    request = asked(session, copy.item, cast.reader)
    (loan,) = handed(session, request, cast)
    back(session, copy, cast)
    lending_undone(session, loan, at=NOON, on=MONDAY)
    assert (request.state, request.ended_at) == (RequestState.READY, None)
    assert [row.copy for row in put_aside_for(session, request)] == [copy]
    assert len(handed(session, request, cast)) == 1


def test_a_return_undone_at_the_desk_leaves_who_waits_in_their_place(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    loan = lent(session, copy, cast.keeper, cast)
    first, second = asked(session, copy.item, cast.reader), asked(session, copy.item, another_reader(session, cast))
    back(session, copy, cast)
    loan.returned_on = loan.taken_back_by = loan.condition_on_return = None
    put(session, copy, cast.keeper, actor=cast.keeper.actor, at=NOON, reason="撤销")
    session.flush()
    return_undone(session, copy, at=NOON, on=MONDAY)
    assert aside_of(session, copy) is None
    assert [row.state for row in (first, second)] == [RequestState.QUEUED] * 2
    back(session, copy, cast)
    assert (first.state, second.state) == (RequestState.READY, RequestState.QUEUED)


def test_what_came_into_the_box_after_the_asking_is_judged_before_it_is_put_aside(
    session: Session, cast: Cast
) -> None:  # fmt: skip
    place = make_place(session, cast)
    file = make_file(session, cast)
    boxes = [make_box(session, cast, place) for _ in range(2)]
    out = [make_copy(session, cast, f"P-{n}00", file=file, box=box) for n, box in enumerate(boxes)]
    requests = []
    for copy, box in zip(out, boxes, strict=True):
        lent(session, copy, cast.keeper, cast)
        requests.append(asked(session, box, cast.reader))
    make_copy(session, cast, "P-800", file=file, box=boxes[0]).item.secrecy = SecrecyLevel.SECRET
    make_copy(session, cast, "P-900", file=make_file(session, cast, number=NUMBERS[1], name="陈平"), box=boxes[1])
    for copy in out:
        back(session, copy, cast)
    assert [(one.state, one.end_reason) for one in requests] == [(RequestState.LAPSED, RESTRICTED)] * 2
    assert session.scalars(select(PutAside).where(PutAside.until_at.is_(None))).all() == []


def test_what_is_put_aside_is_let_go_once_the_file_is_another_units(session: Session, cast: Cast) -> None:
    box, file = make_box(session, cast, make_place(session, cast)), make_file(session, cast)
    copies = [make_copy(session, cast, f"P-{n}00", file=file, box=box) for n in range(2)]
    reads = another_reader(session, cast)
    grant_role(session, reads, Role.READER, cast.other_district.path, actor=OPERATOR, at=NOON)
    ready, whole = (
        asked(session, copies[0].item, cast.reader),
        asked(session, file, another_reader(session, cast, "x2")),
    )
    assert (ready.state, whole.state) == (RequestState.READY, RequestState.QUEUED)
    file.unit, file.unit_id = cast.other_district, cast.other_district.id  # as accepting a transfer does
    session.flush()
    loan = lend(
        session, copies[0], reads, purpose="复核", days=7, actor=cast.other_keeper.actor, at=NOON, on=MONDAY
    )  # fmt: skip
    assert loan.borrower is reads  # the new keeper does not wait for the old unit
    lock_queue(session, cast.district)
    settle(session, cast.district, at=NOON, on=MONDAY)
    assert [(one.state, one.end_reason) for one in (ready, whole)] == [(RequestState.LAPSED, KEPT_ELSEWHERE)] * 2
    assert session.scalars(select(PutAside).where(PutAside.until_at.is_(None))).all() == []


def test_who_asks_is_told_first_what_is_overdue_too_long(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    loan = lent(session, copy, cast.reader, cast)
    other = make_copy(session, cast, "P-0002", file=copy.item.file, box=copy.box)
    late = loan.due_on + timedelta(days=60)
    assert prospect(session, other.item, cast.reader, on=loan.due_on).overdue == []
    assert prospect(session, other.item, cast.reader, on=late).overdue == [loan]


def test_what_is_overdue_does_not_keep_the_rest_of_a_file_from_others(session: Session, cast: Cast) -> None:
    box, file = make_box(session, cast, make_place(session, cast)), make_file(session, cast)
    copies = [make_copy(session, cast, f"P-{n}00", file=file, box=box) for n in range(2)]
    loan = lent(session, copies[0], cast.keeper, cast)
    whole, single = asked(session, file, cast.reader), asked(session, copies[1].item, another_reader(session, cast))

    def settled(on: date) -> list[RequestState]:
        lock_queue(session, cast.district)
        settle(session, cast.district, at=NOON, on=on)
        return [whole.state, single.state]

    assert settled(loan.due_on) == [RequestState.QUEUED] * 2
    late = loan.due_on + timedelta(days=1)
    assert settled(late) == [RequestState.READY, RequestState.QUEUED]  # the part that is there, for its days
    assert whole.pickup_by is not None
    assert settled(whole.pickup_by + timedelta(days=1)) == [RequestState.LAPSED, RequestState.READY]


def test_what_was_kept_for_who_may_borrow_no_more_goes_to_the_next(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    first, second = asked(session, copy.item, cast.reader), asked(session, copy.item, another_reader(session, cast))
    (role,) = cast.reader.active_grants
    end_role(session, cast.reader, role, actor=OPERATOR, at=NOON)
    lock_queue(session, cast.district)
    settle(session, cast.district, at=NOON, on=MONDAY)
    assert (first.state, first.end_reason) == (RequestState.LAPSED, MAY_NOT_BORROW)
    assert second.state is RequestState.READY


def test_of_two_who_may_borrow_no_more_neither_is_offered_what_the_other_gives_up(session: Session, cast: Cast) -> None:
    box, file = make_box(session, cast, make_place(session, cast)), make_file(session, cast)
    copies = [make_copy(session, cast, f"P-{n}00", file=file, box=box) for n in range(2)]
    other = another_reader(session, cast)
    single, whole = asked(session, copies[0].item, cast.reader), asked(session, box, other)
    for person in (cast.reader, other):
        (role,) = person.active_grants
        end_role(session, person, role, actor=OPERATOR, at=NOON)
    lock_queue(session, cast.district)
    settle(session, cast.district, at=NOON, on=MONDAY)
    session.commit()
    told = session.execute(
        select(AuditEntry.action, AuditEntry.subject_id)
        .where(AuditEntry.action.in_(("loan_request.lapsed", "loan_request.ready")), AuditEntry.subject_id == whole.id)
    ).all()  # fmt: skip
    assert [tuple(entry) for entry in told] == [("loan_request.lapsed", whole.id)]
    assert [(one.state, one.end_reason) for one in (single, whole)] == [(RequestState.LAPSED, MAY_NOT_BORROW)] * 2


def test_a_request_of_which_everything_is_back_is_known_as_returned(session: Session, cast: Cast) -> None:
    box, file = make_box(session, cast, make_place(session, cast)), make_file(session, cast)
    copies = [make_copy(session, cast, f"P-{n}00", file=file, box=box) for n in range(2)]
    request = asked(session, file, cast.reader)
    handed(session, request, cast)
    back(session, copies[0], cast)
    assert all_back(session, [request]) == set()
    assert len(late_loans(session, cast.reader, cast.keeper.actor, MONDAY + timedelta(days=8))) == 1
    back(session, copies[1], cast)
    assert all_back(session, [request]) == {request.id}


def test_the_place_in_the_queue_counts_who_takes_the_copy_with_its_file_or_box(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    box = copy.box
    assert box is not None
    lent(session, copy, cast.keeper, cast)
    asked(session, copy.item.file, cast.reader)
    asked(session, box, cast.second_keeper)
    item = asked(session, copy.item, another_reader(session, cast))
    assert place_in_queue(session, item) == 3
    assert prospect(session, copy.item, cast.approver, on=MONDAY).waiting_count == 3
