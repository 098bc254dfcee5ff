"""What else a keeper who leaves has in hand: counted, signed with the list, and frozen with it (art. 16)."""

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from records.closing.closings import begin_closing
from records.consultation.registration import register
from records.disposal.models import DisposalBatch
from records.files.living import ReviewGround, WithdrawalReview
from records.files.withdrawals import suggest_withdrawal
from records.handover.errors import ListChanged
from records.handover.models import OpenWork
from records.handover.open_work import open_work, page_of
from records.handover.services import recheck, signatures_of
from records.holdings.printed import filed_print
from records.stocktake.services import start
from records.supervision.incidents import close_incident, report_incident
from records.supervision.models import Incident, IncidentKind, Outcome
from records.upkeep.clean_up import start_clean_up
from records.workflow.models import State
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, NUMBERS, Cast, make_file
from tests.printing import paper
from tests.records.closing.cases import make_household, offer
from tests.records.consultation.office import ENTRY, UNTIL, asked_for_own_file, furnish, opened
from tests.records.disposal.office import Disposal, make_withdrawn
from tests.records.handover.office import Office, Pen, begin, confirm_all
from tests.records.lending.asking import asked
from tests.records.lending.shelf import make_box, make_copy, make_place
from tests.records.supervision.office import inspect, note
from tests.records.workflow.office import bring_to, entry, make_desk, make_draft, submitted


@pytest.fixture
def statements(session: Session) -> Iterator[list[str]]:
    asked: list[str] = []

    def noted(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", noted)
    yield asked
    event.remove(engine, "before_cursor_execute", noted)


def report(session: Session, cast: Cast, code: str) -> None:
    report_incident(
        session, cast.district, IncidentKind.DAMAGE, "受潮", found_on=MONDAY, found_by="王维", codes=[code],
        actor=cast.keeper.actor, at=NOON, on=MONDAY,
    )  # fmt: skip


def test_each_room_counts_what_is_in_the_hands_of_the_keeper(
    session: Session, cast: Cast, statements: list[str]
) -> None:
    assert open_work(session, cast.keeper, cast.district, NOON) == {}
    file = make_file(session, cast, on=date(2024, 5, 6))
    offer(session, cast, file)
    suggest_withdrawal(session, file, ReviewGround.HOMES, "两处房产", actor=cast.keeper.actor, on=MONDAY)
    place = make_place(session, cast)
    make_box(session, cast, place)
    start(session, place, cast.keeper, cast.approver, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    report(session, cast, file.code)
    note(session, cast, inspect(session, cast))
    make_withdrawn(session, cast, sequence=7)
    Disposal(session, cast).draw()
    start_clean_up(session, cast.district, 2026, due_on=MONDAY, actor=cast.approver.actor, on=MONDAY)
    other = make_household(session, cast.street, cast.street_keeper, NUMBERS[1], "陈平")
    offer(session, cast, other, to=cast.district, giver=cast.street_keeper)
    begin_closing(session, cast.district, "批复", actor=cast.approver.actor, at=NOON)
    asked_for = make_file(session, cast, number=NUMBERS[2], name="韩青")
    asked(session, make_copy(session, cast, file=asked_for).item, cast.approver)
    asked_for_own_file(session, cast)
    register(session, cast.district, ENTRY, actor=None, at=NOON, on=MONDAY)
    session.flush()
    statements.clear()
    found = open_work(session, cast.keeper, cast.district, NOON)
    assert len(statements) == 1
    assert found == dict.fromkeys({kind.value for kind in OpenWork} - {OpenWork.APPLICATIONS, OpenWork.CASES}, 1)
    assert open_work(session, cast.reader, cast.district, NOON) == {}
    assert open_work(session, cast.keeper, cast.street, NOON) == {}


def test_an_application_is_in_the_hands_of_whoever_takes_its_next_step(session: Session, cast: Cast) -> None:
    desk = make_desk(session, cast)
    make_draft(session, desk, entry(NUMBERS[2], "吴兰"))
    assert open_work(session, desk.keeper, desk.workplace, NOON) == {OpenWork.APPLICATIONS: 1}
    assert open_work(session, desk.verifier, desk.workplace, NOON) == {}


def test_an_application_is_in_the_hands_of_who_made_it_until_its_file_is_opened(
    session: Session, cast: Cast, store: FolderStore
) -> None:
    desk = make_desk(session, cast)
    application = bring_to(session, desk, submitted(session, desk), State.VERIFICATION, store)
    assert open_work(session, desk.keeper, desk.workplace, NOON) == {OpenWork.APPLICATIONS: 1}
    assert open_work(session, desk.second_keeper, desk.workplace, NOON) == {}
    bring_to(session, desk, application, State.LODGED, store)
    assert open_work(session, desk.keeper, desk.workplace, NOON) == {}


def test_a_consultation_is_in_the_hands_of_keeper_and_approver_until_it_has_lapsed(
    session: Session, cast: Cast, store: FolderStore
) -> None:
    opened(session, store, cast, furnish(session, store, cast))
    last = UNTIL.astimezone(ZoneInfo("Asia/Shanghai")).replace(hour=23)
    for at, found in ((last, {OpenWork.CONSULTATIONS: 1}), (last + timedelta(hours=2), {})):  # one day in UTC
        assert open_work(session, cast.keeper, cast.district, at) == found
        assert open_work(session, cast.approver, cast.district, at) == found
    assert open_work(session, cast.reader, cast.district, NOON) == {}


def test_a_batch_in_which_somebody_else_has_the_next_step_is_still_of_who_drew_it(session: Session, cast: Cast) -> None:
    make_withdrawn(session, cast)
    Disposal(session, cast).draw()
    batch = session.scalars(select(DisposalBatch)).one()
    assert open_work(session, cast.keeper, cast.district, NOON) == {OpenWork.BATCHES: 1}
    batch.proposed_by_id = cast.approver.id
    for grant in cast.keeper.grants:
        grant.ended_at = NOON
    session.flush()
    assert open_work(session, cast.keeper, cast.district, NOON) == {}


def test_open_work_is_signed_with_the_list_printed_in_it_and_frozen_with_it(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    report(session, cast, office.files[0].code)
    handover = begin(session, cast)
    assert handover.in_hand == {OpenWork.INCIDENTS: 1}
    confirm_all(session, handover)
    pen.sign_all(handover)
    assert handover.list_item is not None
    filed = filed_print(session, handover.list_item.id)
    assert filed is not None
    with pen.store.open(filed.key) as stream:
        assert "未了事项办理中的档案事故1" in paper.words(stream.read())
    [incident] = session.scalars(select(Incident)).all()
    close_incident(session, incident, Outcome.HANDLED, "已处理", actor=cast.approver.actor, at=NOON, on=MONDAY)
    session.flush()
    assert handover.in_hand == {OpenWork.INCIDENTS: 1}


def test_what_is_taken_in_hand_meanwhile_is_told_before_anyone_signs(
    session: Session, cast: Cast, office: Office, pen: Pen
) -> None:
    handover = begin(session, cast)
    confirm_all(session, handover)
    pen.sign(handover, cast.keeper)
    suggest_withdrawal(session, office.files[0], ReviewGround.HOMES, "两处房产", actor=cast.keeper.actor, on=MONDAY)
    with pytest.raises(ListChanged):
        pen.sign(handover, cast.approver)
    assert (handover.in_hand, signatures_of(session, handover)) == ({OpenWork.REVIEWS: 1}, [])
    session.delete(session.scalars(select(WithdrawalReview)).one())
    changes = recheck(session, handover, actor=cast.keeper.actor, at=NOON)
    assert (changes.added, changes.left, changes.changed, changes.open_work) == (0, 0, 0, True)
    assert not recheck(session, handover, actor=cast.keeper.actor, at=NOON)


@pytest.mark.parametrize("kind", list(OpenWork))
def test_every_kind_has_its_page(kind: OpenWork) -> None:
    endpoint, arguments = page_of(kind)
    assert "." in endpoint
    assert set(arguments) <= {"show", "side", "standing", "state"}
