"""What is destroyed is what was listed, counted and approved, and it is there (art. 15, 19; order 79, art. 18)."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import ORMExecuteState, Session

from classification.categories import Carrier, Category
from classification.periods import PERMANENT, Period
from records.closing.models import TransferReason
from records.closing.transfers import propose, recall, refuse
from records.disposal.appraisal import appraise
from records.disposal.approval import approve, bring_up_to_date
from records.disposal.awaited import leave_batch
from records.disposal.batches import decided_digest, lines_of, list_digest
from records.disposal.due import AWAITED_AGAIN, OFFERED, DueFilter, clock_of
from records.disposal.errors import (
    DecidedUnseen,
    FileInBatch,
    KeepNeedsPaper,
    LineSettled,
    NothingChosen,
    NothingDrawn,
    OnApprovedList,
    SignaturesMissing,
)
from records.disposal.holds import lift_hold, place_hold
from records.disposal.knowing import known_of
from records.disposal.models import BatchState, Cause, HoldKind, LineState, Verdict
from records.disposal.sheet import outcome_words, quantity_words
from records.disposal.signing import JOINT, OPINIONS
from records.files.errors import RecordDestroyed
from records.files.locking import asked_below, lock_household
from records.files.models import Item, WithdrawalReason
from records.files.services import describe, open_yearly_file, withdraw
from records.files.withdrawals import correct_withdrawal, restore
from records.holdings.cancelling import cancel_collecting
from records.holdings.copies import register_copy, surviving_paper
from records.holdings.filing import file_item, file_ready
from records.holdings.intake import Arrived, attach, receive_bytes
from records.holdings.models import Movement, Place
from records.holdings.objects import forget_object
from records.households.models import Employment
from records.lending.services import lend, take_back
from records.supervision.incidents import close_incident
from records.supervision.models import Outcome
from records.workflow.deciding import override
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, Cast, description, make_file, make_item
from tests.records.closing.cases import begin_case
from tests.records.disposal.office import (
    APPROVED_ON,
    DESTROYED_ON,
    DRAWN_ON,
    WITHDRAWN_ON,
    Disposal,
    copies_of,
    make_household,
    make_statements,
    moment,
    number,
    only_line,
    put_in,
)
from tests.records.supervision.office import lose
from tests.records.workflow.office import entry, make_desk, make_draft, submitted


def test_what_could_not_be_destroyed_stays_with_its_unit_while_its_batch_goes_on(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file = make_household(session, cast, place)
    batch = disposal.counted()
    [copy] = copies_of(session, file)
    at = moment(DESTROYED_ON)
    lend(
        session, copy, cast.approver, purpose="复核", days=7, actor=cast.keeper.actor, at=at, on=DESTROYED_ON
    )  # fmt: skip
    disposal.start(batch)
    assert disposal.run(batch) == [LineState.FAILED]
    begin_case(session, cast, cast.district)
    with pytest.raises(FileInBatch, match=batch.number):
        propose(
            session, file, cast.street, TransferReason.ABOLISHED, grounds="撤销", giver=cast.keeper,
            witness=cast.approver, at=at,
        )  # fmt: skip


def test_a_file_of_another_unit_leaves_the_batch_undestroyed(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file = make_household(session, cast, place)
    batch = disposal.counted()
    disposal.start(batch)
    file.unit, file.unit_id = cast.street, cast.street.id
    session.flush()
    assert disposal.run(batch) == [LineState.RELEASED]
    assert (file.destroyed_on, only_line(session, batch).cause) == (None, Cause.ELSEWHERE)


def test_the_file_of_a_household_that_applies_again_leaves_the_batch_undestroyed(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file = make_household(session, cast, place)
    batch = disposal.counted()
    application = make_draft(session, make_desk(session, cast), entry(number(1), "周大河"))
    disposal.start(batch)
    assert disposal.run(batch) == [LineState.RELEASED]
    line = only_line(session, batch)
    assert (file.destroyed_on, line.cause, line.outcome) == (None, Cause.APPLIES, application.number)


def test_a_file_on_offer_to_another_unit_is_not_drawn_and_a_destroyed_one_takes_no_reason(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file = make_household(session, cast, place)
    begin_case(session, cast, cast.district)
    offered = propose(
        session, file, cast.street, TransferReason.ABOLISHED, grounds="撤销", giver=cast.keeper,
        witness=cast.approver, at=NOON,
    )  # fmt: skip
    _, due = DueFilter(state=OFFERED).rows(cast.keeper.actor, MONDAY)
    assert [one.file for one in session.scalars(due)] == [file]
    with pytest.raises(NothingDrawn):
        disposal.draw()
    file.destroyed_on, file.destroyed_under = MONDAY, "XH-2026-0099"
    with pytest.raises(RecordDestroyed):
        refuse(session, offered, "周大河户不归本单位", actor=cast.street_keeper.actor, at=NOON)
    with pytest.raises(RecordDestroyed):
        recall(session, offered, "周大河户另行安排", actor=cast.keeper.actor, at=NOON)
    file.destroyed_on = file.destroyed_under = None
    recall(session, offered, "另行安排", actor=cast.keeper.actor, at=NOON)
    disposal.draw()


def test_a_file_that_an_application_will_take_up_is_not_drawn_and_leaves_its_batch_with_the_submission(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file = make_household(session, cast, place)
    batch = disposal.draw()
    application = submitted(session, make_desk(session, cast), entry(number(1), "周大河"))
    line = only_line(session, batch)
    assert (line.state, line.cause, line.outcome) == (LineState.RELEASED, Cause.APPLIES, application.number)
    _, due = DueFilter(state=AWAITED_AGAIN).rows(cast.keeper.actor, MONDAY)
    assert [one.file for one in session.scalars(due)] == [file]
    assert known_of(session, [file.id])[file.id].applications == (application.number,)
    with pytest.raises(NothingDrawn):
        disposal.draw()
    begin_case(session, cast, cast.district)
    propose(
        session, file, cast.street, TransferReason.ABOLISHED, grounds="撤销", giver=cast.keeper,
        witness=cast.approver, at=NOON,
    )  # fmt: skip


def test_a_file_that_was_joined_to_another_while_the_application_waited_for_it_stays_in_its_batch(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_household(session, cast, place)
    batch = disposal.draw()
    application = make_draft(session, make_desk(session, cast), entry(number(1), "周大河"))
    session.flush()

    def joined(execution: ORMExecuteState) -> None:
        if execution.is_select and getattr(execution.statement, "_for_update_arg", None) is not None:
            session.connection().exec_driver_sql("UPDATE file SET withdrawal_reason = 'merged'")

    event.listen(session, "do_orm_execute", joined)
    leave_batch(session, application, cast.keeper.actor, NOON)
    assert only_line(session, batch).state is LineState.PENDING


def test_the_file_of_a_socialised_retiree_who_is_admitted_all_the_same_leaves_its_batch_with_the_admission(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file = make_household(session, cast, place)
    batch, desk = disposal.draw(), make_desk(session, cast)
    retired = entry(number(1), "周大河", employment=Employment.RETIRED)
    application = submitted(session, desk, retired, socialised=True)
    assert only_line(session, batch).state is LineState.PENDING  # it is refused as it stands
    application.fallback_reason = "原单位工会代办"
    override(session, application, reason="孤老重病，集体研究", actor=desk.leader.actor, at=NOON, on=MONDAY)
    line = only_line(session, batch)
    assert (line.state, line.cause, line.outcome) == (LineState.RELEASED, Cause.APPLIES, application.number)
    assert file.destroyed_on is None


def test_what_comes_before_the_approval_is_on_the_list_that_is_approved(
    session: Session, cast: Cast, place: Place, disposal: Disposal, store: FolderStore
) -> None:
    item, actor = make_statements(session, cast, place), cast.keeper.actor
    batch = disposal.draw(Category.ACCOUNTING)
    disposal.name_group(batch)
    disposal.appraise(batch)
    scan = receive_bytes(store, BytesIO(b"scan"), "scan.txt", limit_bytes=10_000)
    attach(session, item, scan, actor=actor, at=NOON)
    disposal.submit(batch)
    assert quantity_words(only_line(session, batch), "zh") == "纸质 1 件 2 页，电子 1 件"
    register_copy(session, item, place, pages_count=3, actor=actor, at=NOON, on=MONDAY)
    disposal.approve(batch)
    assert quantity_words(only_line(session, batch), "zh") == "纸质 2 件 5 页，电子 1 件"
    assert batch.list_sha256 == list_digest(batch, [only_line(session, batch)])
    disposal.give_opinions(batch, *OPINIONS)
    for part, user in zip(JOINT, disposal.witnesses, strict=True):
        disposal.count(batch, user, part=part)
    with pytest.raises(SignaturesMissing, match="Witness for the information system"):
        disposal.start(batch)


def test_who_approves_decides_on_the_list_that_was_shown_and_looks_again_where_it_has_changed(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file, actor = make_household(session, cast, place), cast.approver.actor
    batch = disposal.draw()
    disposal.name_group(batch)
    disposal.appraise(batch)
    disposal.submit(batch)

    def decided(seen: str) -> None:
        approve(session, batch, seen_sha256=seen, actor=actor, at=moment(APPROVED_ON), on=APPROVED_ON)

    shown = decided_digest(lines_of(session, batch))
    item = session.scalars(select(Item).where(Item.file_id == file.id)).one()
    copy = register_copy(session, item, place, pages_count=40, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    with pytest.raises(DecidedUnseen), session.begin_nested():
        decided(shown)
    bring_up_to_date(session, batch, actor=actor, at=NOON, on=APPROVED_ON)
    assert quantity_words(only_line(session, batch), "zh") == "纸质 2 件 42 页，电子 0 件"
    with pytest.raises(DecidedUnseen):
        decided(shown)
    shown = decided_digest(lines_of(session, batch))
    copy.pages_count = 41  # as many copies as before, and another page
    with pytest.raises(DecidedUnseen), session.begin_nested():
        decided(shown)
    assert batch.state is BatchState.SUBMITTED
    disposal.approve(batch)
    assert only_line(session, batch).pages_count == 43


def test_until_the_approval_the_list_says_the_clock_and_title_that_the_record_has(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    noted = WITHDRAWN_ON - timedelta(days=30)
    file, item = make_household(session, cast, place, on=noted), make_statements(session, cast, place)
    of_file, of_item = disposal.draw(), disposal.draw(Category.ACCOUNTING)
    for batch in (of_file, of_item):
        disposal.name_group(batch)
        disposal.appraise(batch)
        disposal.submit(batch)
    corrected, actor = noted + timedelta(days=20), cast.keeper.actor
    correct_withdrawal(
        session, file, corrected, WithdrawalReason.LIFTED, "审批表所载为二十日", actor=actor, today=DRAWN_ON
    )  # fmt: skip
    same = {name: getattr(item, name) for name in ("document_type", "retention_class", "form", "carrier", "dated")}
    describe(session, item, description("2014 年银行对账单（补正）", **same), actor=actor, on=DRAWN_ON)
    disposal.approve(of_file)
    disposal.approve(of_item)
    line = only_line(session, of_file)
    assert (line.starts_on, line.last_day_kept) == (corrected, clock_of(file).last_day_kept)
    assert only_line(session, of_item).title == "2014 年银行对账单（补正）"
    with pytest.raises(OnApprovedList):
        correct_withdrawal(
            session, file, corrected + timedelta(days=1), WithdrawalReason.LIFTED, "再次更正撤档日期", actor=actor,
            today=APPROVED_ON,
        )  # fmt: skip


@pytest.mark.parametrize("keep", [None, Period(20), PERMANENT])
def test_a_household_that_is_helped_again_leaves_the_list_before_it_is_decided_on(
    session: Session, cast: Cast, place: Place, disposal: Disposal, keep: Period | None
) -> None:
    file = make_household(session, cast, place)
    batch = disposal.draw()
    disposal.name_group(batch)
    disposal.appraise(batch, Verdict.KEEP if keep else Verdict.DESTROY, **({"keep": keep} if keep else {}))
    disposal.submit(batch)
    restore(session, file, "返困", actor=cast.approver.actor, on=DRAWN_ON, today=DRAWN_ON)
    disposal.approve(batch)
    line = only_line(session, batch)
    assert (line.state, line.cause, file.extended_until) == (LineState.NOT_DUE, Cause.NOT_DUE, None)


def test_no_opinion_is_noted_on_what_is_not_due_any_more(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file = make_household(session, cast, place)
    batch = disposal.draw()
    restore(session, file, "返困", actor=cast.approver.actor, on=DRAWN_ON, today=DRAWN_ON)
    with pytest.raises(NothingChosen):
        disposal.appraise(batch)
    line = only_line(session, batch)
    with pytest.raises(LineSettled, match="Not due"):
        appraise(session, batch, [line.id], Verdict.DESTROY, "期满", actor=cast.keeper.actor, on=DRAWN_ON)


def test_nothing_is_added_to_what_is_on_an_approved_list_taken_from_it_or_described_anew_unless_it_is_held(
    session: Session, cast: Cast, place: Place, disposal: Disposal, store: FolderStore
) -> None:
    actor = cast.keeper.actor
    file = make_file(session, cast, number=number(1), on=WITHDRAWN_ON - timedelta(days=400))
    on_paper = put_in(session, cast, file, place, None, content=b"")
    waiting = make_item(session, file, actor, "低收入证明", document_type="income_proof")
    session.flush()
    row = attach(session, waiting, arrived(store, b"proof"), actor=actor, at=NOON)
    row.prepared_at = NOON
    register_copy(session, waiting, place, pages_count=1, actor=actor, at=NOON, on=MONDAY)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=WITHDRAWN_ON, today=WITHDRAWN_ON)
    batch = disposal.approved()
    scan = arrived(store, b"scan")
    doors: dict[str, Callable[[], object]] = {
        "upload": lambda: attach(session, on_paper, scan, actor=actor, at=NOON),
        "paper": lambda: register_copy(session, waiting, place, pages_count=1, actor=actor, at=NOON, on=MONDAY),
        "filing": lambda: file_item(session, waiting, actor=actor, on=MONDAY),
        "filing all": lambda: file_ready(session, file, actor=actor, on=MONDAY),
        "taking bytes away": lambda: forget_object(session, row, actor=actor),
        "cancelling": lambda: cancel_collecting(session, waiting, "误收", actor=actor),
    }
    for door in doors.values():
        with pytest.raises(OnApprovedList, match=batch.number):
            door()
    corrected = description("低收入证明（更正）", document_type="income_proof")
    with pytest.raises(OnApprovedList, match="described otherwise"):
        describe(session, waiting, corrected, actor=actor, on=MONDAY)
    place_hold(session, file, HoldKind.AUDIT, "补录", actor=actor, at=NOON)
    doors["upload"]()
    doors["paper"]()
    describe(session, waiting, corrected, actor=actor, on=MONDAY)
    doors["filing"]()


def test_a_household_that_is_helped_again_takes_material_though_it_was_on_an_approved_list(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file = make_household(session, cast, place)
    disposal.approved()
    lock_household(session, file, asked_below)
    restore(session, file, "返困", actor=cast.approver.actor, on=APPROVED_ON, today=APPROVED_ON)
    make_item(session, file, cast.keeper.actor, "再次申请")
    assert file.active


def test_a_record_on_an_approved_list_takes_no_scan_and_its_neighbours_in_the_file_do(
    session: Session, cast: Cast, place: Place, disposal: Disposal, store: FolderStore
) -> None:
    item, actor = make_statements(session, cast, place), cast.keeper.actor
    batch = disposal.approved(Category.ACCOUNTING)
    late = make_item(
        session, item.file, actor, "补录", document_type="bank_statements",
        retention_class="enterprise.bank_statements", dated="2014-12",
    )  # fmt: skip
    session.flush()
    attach(session, late, arrived(store, b"late"), actor=actor, at=NOON)
    with pytest.raises(OnApprovedList, match=f"{item.code} is on the approved destruction list {batch.number}"):
        attach(session, item, arrived(store, b"scan"), actor=actor, at=NOON)


def test_what_came_under_a_hold_is_not_destroyed_with_what_was_counted(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file, actor = make_household(session, cast, place), cast.keeper.actor
    batch = disposal.counted()
    [copy] = copies_of(session, file)
    at = moment(DESTROYED_ON)
    loan = lend(session, copy, cast.approver, purpose="复核", days=7, actor=actor, at=at, on=DESTROYED_ON)
    disposal.start(batch)
    assert disposal.run(batch) == [LineState.FAILED]
    hold = place_hold(session, file, HoldKind.AUDIT, "审计", actor=actor, at=at)
    register_copy(session, copy.item, place, pages_count=9, actor=actor, at=at, on=DESTROYED_ON)
    lift_hold(session, hold, "审计完毕", actor=actor, at=at)
    take_back(session, loan, actor=actor, at=at, on=DESTROYED_ON)
    disposal.start(batch)
    assert disposal.run(batch) == [LineState.FAILED]
    assert only_line(session, batch).cause is Cause.CHANGED
    assert "与清册及清点不符" in outcome_words(only_line(session, batch), "zh")


def arrived(store: FolderStore, content: bytes) -> Arrived:
    return receive_bytes(store, BytesIO(content), "scan.txt", limit_bytes=10_000)


def test_missing_paper_keeps_its_line_until_its_case_is_closed_and_is_told_as_not_found(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file = make_household(session, cast, place)
    [copy] = copies_of(session, file)
    incident = lose(session, cast, copy)
    batch = disposal.counted()
    disposal.start(batch)
    assert disposal.run(batch) == [LineState.FAILED]
    line = only_line(session, batch)
    assert (line.cause, line.outcome, file.destroyed_on) == (Cause.MISSING, incident.number, None)
    close_incident(
        session, incident, Outcome.GONE, "查无下落", actor=cast.approver.actor, at=moment(DESTROYED_ON), on=DESTROYED_ON
    )
    disposal.start(batch)
    assert disposal.run(batch) == [LineState.DESTROYED]
    assert outcome_words(only_line(session, batch), "zh") == f"有纸质件未找到，案件已结案。（{incident.number}）"
    last = session.scalars(select(Movement).where(Movement.copy_id == copy.id).order_by(Movement.id.desc())).first()
    assert last is not None
    assert (last.reason, last.to_destruction) == ("Not found, written off with the list", batch.number)


def test_what_is_there_electronically_alone_is_not_kept_for_ever(
    session: Session, cast: Cast, place: Place, disposal: Disposal, store: FolderStore
) -> None:
    actor, electronic = cast.keeper.actor, next(carrier for carrier in Carrier if carrier.is_electronic)
    file = open_yearly_file(
        session, cast.district, Category.ACCOUNTING, 2014, "2014 年银行对账单", keeper=cast.keeper, actor=actor,
        on=MONDAY, retention_key="enterprise.bank_statements", sub_code="02",
    )  # fmt: skip
    item = make_item(
        session, file, actor, "对账单", document_type="bank_statements", retention_class="enterprise.bank_statements",
        dated="2014-12", carrier=electronic,
    )  # fmt: skip
    arrived = receive_bytes(store, BytesIO(b"ledger"), "a.txt", limit_bytes=1_000)
    attach(session, item, arrived, actor=actor, at=NOON).prepared_at = NOON
    session.flush()
    file_item(session, item, actor=actor, on=MONDAY)
    batch = disposal.draw(Category.ACCOUNTING)
    disposal.name_group(batch)
    with pytest.raises(KeepNeedsPaper, match=str(item.code)):
        disposal.appraise(batch, Verdict.KEEP, keep=PERMANENT)
    disposal.appraise(batch, Verdict.KEEP, keep=Period(30))
    only_line(session, batch).keep_letter = PERMANENT.letter  # as an opinion noted before the rule was asked
    disposal.submit(batch)
    with pytest.raises(KeepNeedsPaper), session.begin_nested():
        disposal.approve(batch)
    register_copy(session, item, place, pages_count=1, actor=actor, at=NOON, on=APPROVED_ON)
    disposal.approve(batch)
    assert item.extended_letter == PERMANENT.letter


def test_paper_that_outlives_its_destruction_is_found(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file = make_household(session, cast, place)
    disposal.destroyed()
    assert not surviving_paper(session)
    [copy] = copies_of(session, file)
    copy.destroyed_on = copy.destroyed_under = None
    copy.place_id = place.id
    session.flush()
    assert surviving_paper(session) == [copy]
