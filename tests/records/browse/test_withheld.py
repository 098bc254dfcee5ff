"""What tells of a withdrawn household in the rooms around its file is in sight of custodians alone (PIPL art. 47)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from records.aid.models import AidKind
from records.aid.services import AidEntry, give_aid, visible_aid
from records.browse.statistics import Asked, by_reason
from records.closing.behalf import custody_on_behalf, kept_together
from records.closing.closings import accepted_under, files_left, visible_closing
from records.closing.models import TransferReason
from records.closing.paper import paper_elsewhere
from records.closing.transfers import propose, refuse, visible_transfers
from records.disposal.batches import visible_batches
from records.disposal.due import DueFilter
from records.disposal.holds import visible_holds
from records.files.duties import visible_duties
from records.files.living import ReviewGround
from records.files.models import File, WithdrawalReason
from records.files.services import withdraw
from records.files.withdrawals import suggest_withdrawal, visible_reviews, visible_withdrawal, withdrawals_of
from records.handover.services import visible_handovers
from records.holdings.copies import register_copy
from records.holdings.models import Place
from records.supervision.incidents import affected
from records.supervision.inspections import subjects_of
from records.upkeep.clean_up import lines_of, start_clean_up, visible_line
from records.upkeep.lateness import late_by_unit
from records.upkeep.models import CleanUpLine, CleanUpPart
from records.workflow.course import visible_applications
from records.workflow.procedure import visible_lodged
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, NUMBERS, Cast, make_file, make_item
from tests.records.closing.cases import begin_case, make_room, offer, take
from tests.records.closing.cases import make_household as make_household_of
from tests.records.disposal.conftest import disposal, place
from tests.records.disposal.office import Disposal, make_household
from tests.records.handover.office import begin
from tests.records.supervision.office import inspect, lose, note
from tests.records.workflow.office import AFTER, lodged, make_desk, submitted
from web.rules import NotVisible

__all__ = ["disposal", "place"]  # fixtures

GONE_ON = date(2037, 1, 4)


@pytest.fixture
def withdrawn(session: Session, cast: Cast) -> File:
    """A household of the district that something of everything was noted of before it was withdrawn."""
    file = make_file(session, cast)
    keeper = cast.keeper.actor
    give_aid(
        session, file, AidEntry(MONDAY, AidKind.LIVING, Decimal(500), "中央财政专项帮扶资金"), actor=keeper, at=NOON,
        on=MONDAY,
    )  # fmt: skip
    suggest_withdrawal(session, file, ReviewGround.HOMES, "据街道告知", actor=keeper, on=MONDAY)
    offered = propose(
        session, file, cast.other_district, TransferReason.MOVED, grounds="户籍迁往西区。", giver=cast.keeper,
        witness=cast.approver, at=NOON,
    )  # fmt: skip
    refuse(session, offered, "不属本区。", actor=cast.other_keeper.actor, at=NOON)
    start_clean_up(session, cast.district, 2026, due_on=MONDAY, actor=cast.approver.actor, on=MONDAY, seed="1")
    withdraw(session, file, WithdrawalReason.LIFTED, actor=keeper, on=MONDAY, today=MONDAY)
    session.flush()
    return file


def test_lists_of_every_room_keep_silent_of_it(session: Session, cast: Cast, withdrawn: File) -> None:
    inspection = inspect(session, cast)
    finding = note(session, cast, inspection, codes=[withdrawn.code])  # it holds the file too
    begin(session, cast)
    part = session.scalars(select(CleanUpPart)).one()

    def told(person: User) -> Mapping[str, int]:
        actor = person.actor
        _, due = DueFilter().rows(actor, GONE_ON)
        found = {
            "aid": visible_aid(actor),
            "twin duties": visible_duties(actor),
            "reviews": visible_reviews(actor),
            "clean-up": lines_of(part, actor),
            "transfers": visible_transfers(actor),
            "holds": visible_holds(actor),
            "due": due,
            "handovers": visible_handovers(actor),
        }
        counts = {room: len(session.scalars(query).unique().all()) for room, query in found.items()}
        counts["late"] = len(late_by_unit(session, actor, GONE_ON))
        counts["findings"] = len(subjects_of(session, [finding], actor).get(finding.id, ()))
        counts["statistics"] = sum(
            line.numbers[0].value for line in by_reason(session, actor, Asked(None, MONDAY, MONDAY)).lines
        )
        return counts

    for custodian in (cast.keeper, cast.approver, cast.supervisor):
        assert set(told(custodian).values()) == {1}, told(custodian)
    assert set(told(cast.reader).values()) == {0}, told(cast.reader)


def test_a_row_of_it_is_not_there_for_a_reader(session: Session, cast: Cast, withdrawn: File) -> None:
    [row] = withdrawals_of(session, withdrawn)
    line = session.scalars(select(CleanUpLine)).one()
    assert visible_withdrawal(session, row.id, cast.keeper.actor) is row
    assert visible_line(session, line.id, cast.keeper.actor) is line
    with pytest.raises(NotVisible):
        visible_withdrawal(session, row.id, cast.reader.actor)
    with pytest.raises(NotVisible):
        visible_line(session, line.id, cast.reader.actor)


def test_a_witness_of_a_transfer_keeps_sight_of_it(session: Session, cast: Cast, withdrawn: File) -> None:
    row = session.scalars(visible_transfers(cast.keeper.actor)).unique().one()
    assert row.witness_id == cast.approver.id
    without_a_role = replace(cast.approver.actor, held=())
    assert session.scalars(visible_transfers(without_a_role)).unique().all() == [row]


def test_a_case_tells_a_reader_only_of_records_in_sight(session: Session, cast: Cast, place: Place) -> None:
    file = make_file(session, cast)
    copies = [
        register_copy(
            session, make_item(session, one, cast.keeper.actor), place, pages_count=1, actor=cast.keeper.actor,
            at=NOON, on=MONDAY,
        )
        for one in (file, make_file(session, cast, number=NUMBERS[1], name="陈平"))
    ]  # fmt: skip
    incident = lose(session, cast, *copies)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    assert [one.copy for one in affected(session, incident, cast.keeper.actor)] == copies
    assert [one.copy for one in affected(session, incident, cast.reader.actor)] == copies[1:]


def test_a_batch_of_household_files_is_for_custodians_and_signers(
    session: Session, cast: Cast, disposal: Disposal, place: Place
) -> None:
    make_household(session, cast, place)
    batch = disposal.approved()
    assert session.scalars(visible_batches(cast.keeper.actor)).all() == [batch]
    assert session.scalars(visible_batches(cast.reader.actor)).all() == []
    disposal.count(batch, cast.reader)
    session.flush()
    assert session.scalars(visible_batches(cast.reader.actor)).all() == [batch]


def test_the_closing_of_a_unit_tells_a_reader_only_of_files_in_sight(session: Session, cast: Cast) -> None:
    keeper, case = cast.street_keeper, begin_case(session, cast)
    people = zip(NUMBERS, ("周大河", "陈平", "李远"), strict=False)
    left, gone, passed = (make_household_of(session, cast.street, keeper, *who) for who in people)
    take(session, offer(session, cast, passed, reason=TransferReason.ABOLISHED, giver=keeper), cast.other_keeper)
    withdraw(session, gone, WithdrawalReason.LIFTED, actor=keeper.actor, on=MONDAY, today=MONDAY)
    withdraw(session, passed, WithdrawalReason.LIFTED, actor=cast.other_keeper.actor, on=MONDAY, today=MONDAY)
    session.flush()
    for custodian in (cast.approver, keeper, cast.supervisor):  # of the unit or above it: those who lead, among others
        assert set(session.scalars(files_left(case, custodian.actor))) == {left, gone}
        assert [one.file for one in accepted_under(session, case, custodian.actor)] == [passed]
        assert visible_closing(session, case.id, custodian.actor) is case
    assert session.scalars(files_left(case, cast.reader.actor)).all() == [left]
    assert accepted_under(session, case, cast.reader.actor) == []
    with pytest.raises(NotVisible):
        visible_closing(session, case.id, cast.reader.actor)


def test_a_deed_of_custody_tells_a_reader_only_of_files_in_sight(session: Session, cast: Cast) -> None:
    def kept(number: str, name: str) -> File:
        file = make_household_of(session, cast.street, cast.street_keeper, number, name)
        offered = offer(session, cast, file, cast.district, TransferReason.ON_BEHALF, giver=cast.street_keeper)
        take(session, offered, cast.keeper)
        return file

    begin_case(session, cast)
    active, gone = kept(NUMBERS[0], "周大河"), kept(NUMBERS[1], "陈平")
    withdraw(session, gone, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    session.flush()
    deed = custody_on_behalf(session, active)
    assert deed is not None
    assert [one.file for one in kept_together(session, deed, cast.keeper.actor)] == [active, gone]
    assert [one.file for one in kept_together(session, deed, cast.reader.actor)] == [active]


def test_paper_of_it_that_lies_elsewhere_is_told_to_custodians(session: Session, cast: Cast, place: Place) -> None:
    file = make_household_of(session, cast.street, cast.street_keeper)
    item = make_item(session, file, cast.street_keeper.actor)
    copy = register_copy(
        session, item, make_room(session, cast.street, cast.street_keeper), pages_count=1,
        actor=cast.street_keeper.actor, at=NOON, on=MONDAY,
    )  # fmt: skip
    copy.place, copy.place_id = place, place.id
    withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.street_keeper.actor, on=MONDAY, today=MONDAY)
    session.flush()
    assert session.scalars(paper_elsewhere(cast.supervisor.actor)).unique().all() == [copy]
    assert session.scalars(paper_elsewhere(cast.reader.actor)).unique().all() == []


def test_parties_of_an_application_keep_sight_of_their_case(session: Session, cast: Cast, store: FolderStore) -> None:
    desk = make_desk(session, cast)
    application = submitted(session, desk)
    file, copy = lodged(session, desk, application, store)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=desk.keeper.actor, on=AFTER, today=AFTER)
    session.flush()
    for party in (desk.keeper, desk.verifier, desk.reviewer, desk.officer):
        assert session.scalars(visible_applications(party.actor)).all() == [application]
    assert session.scalars(visible_applications(cast.reader.actor)).all() == []
    assert session.scalars(visible_lodged(desk.officer.actor)).all() == [copy]
    assert session.scalars(visible_lodged(cast.reader.actor)).all() == []
