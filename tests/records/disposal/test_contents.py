"""What is destroyed is what was listed, counted and approved, and it is there (art. 15, 19; order 79, art. 18)."""

from io import BytesIO

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from classification.categories import Carrier, Category
from classification.periods import PERMANENT, Period
from records.closing.models import TransferReason
from records.closing.transfers import propose
from records.disposal.batches import signatures_of
from records.disposal.errors import FileInBatch, KeepNeedsPaper, SignaturesMissing
from records.disposal.models import Cause, DisposalPart, LineState, Verdict
from records.disposal.sheet import outcome_words
from records.disposal.signing import missing_signatures
from records.files.services import open_yearly_file
from records.holdings.copies import register_copy, surviving_paper
from records.holdings.filing import file_item
from records.holdings.intake import attach, receive_bytes
from records.holdings.models import Movement, Place
from records.lending.services import lend
from records.supervision.incidents import close_incident
from records.supervision.models import Outcome
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, Cast, make_item
from tests.records.disposal.office import (
    APPROVED_ON,
    DESTROYED_ON,
    Disposal,
    copies_of,
    make_household,
    make_statements,
    moment,
    number,
    only_line,
)
from tests.records.supervision.office import lose
from tests.records.workflow.office import entry, make_desk, submitted


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
    application = submitted(session, make_desk(session, cast), entry(number(1), "周大河"))
    disposal.start(batch)
    assert disposal.run(batch) == [LineState.RELEASED]
    line = only_line(session, batch)
    assert (file.destroyed_on, line.cause, line.outcome) == (None, Cause.APPLIES, application.number)


def test_what_came_after_the_count_is_not_destroyed_with_what_was_counted(
    session: Session, cast: Cast, place: Place, disposal: Disposal, store: FolderStore
) -> None:
    item, other = make_statements(session, cast, place), make_statements(session, cast, place, year=2013)
    batch = disposal.counted(Category.ACCOUNTING)
    disposal.start(batch)
    scan = receive_bytes(store, BytesIO(b"scan"), "scan.txt", limit_bytes=10_000)
    attach(session, item, scan, actor=cast.keeper.actor, at=NOON)
    assert missing_signatures(session, batch, signatures_of(session, batch)) == [DisposalPart.INFORMATION_WITNESS]
    assert set(disposal.run(batch)) == {LineState.FAILED, LineState.DESTROYED}
    assert (item.destroyed_on, other.destroyed_on) == (None, DESTROYED_ON)
    disposal.start(batch)
    assert LineState.FAILED in disposal.run(batch)  # it is counted anew in another batch


def test_who_watches_for_the_information_system_is_asked_of_the_files_there_are(
    session: Session, cast: Cast, place: Place, disposal: Disposal, store: FolderStore
) -> None:
    item = make_statements(session, cast, place)
    batch = disposal.counted(Category.ACCOUNTING)
    scan = receive_bytes(store, BytesIO(b"scan"), "scan.txt", limit_bytes=10_000)
    attach(session, item, scan, actor=cast.keeper.actor, at=NOON)
    assert only_line(session, batch).objects_count == 0
    with pytest.raises(SignaturesMissing, match="Witness for the information system"):
        disposal.start(batch)


def test_another_paper_copy_than_those_counted_stops_its_line(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file = make_household(session, cast, place)
    batch = disposal.counted()
    [copy] = copies_of(session, file)
    register_copy(session, copy.item, place, pages_count=9, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    disposal.start(batch)
    assert disposal.run(batch) == [LineState.FAILED]
    assert only_line(session, batch).cause is Cause.CHANGED
    assert "与清册及清点不符" in outcome_words(only_line(session, batch), "zh")


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
    close_incident(session, incident, Outcome.GONE, "查无下落", actor=cast.approver.actor, on=DESTROYED_ON)
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
        session, file, actor, "对账单", document_type="ledgers", retention_class="enterprise.bank_statements",
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
