"""Recall, reminders, loss and damage (art. 17, 19)."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR
from audit import AuditEntry, seal
from records.files.stubs import WORKER
from records.holdings.models import Condition
from records.lending.calling_back import recall, remind, remind_some, reminded_thrice, reminders_of
from records.lending.errors import (
    AlreadyReturned,
    CopyMissing,
    NotOverdue,
    RecalledAlready,
    RemindedAlready,
    RemindedThrice,
    ReportedAlready,
)
from records.lending.loans import open_loan, visible_loans
from records.lending.losses import report_damage, report_loss
from records.lending.models import Loan
from records.lending.renewing import renew
from records.lending.services import lend, take_back
from records.supervision.models import Incident, IncidentKind
from rules.calendar import load_plan, working_calendar
from rules.models import DayKind
from storage.database import Database
from tests.cast import MONDAY, NOON, Cast, find_cast
from tests.records.lending.asking import asked
from tests.records.lending.shelf import make_box, make_copy, make_place

DAY = timedelta(days=1)


def lent(session: Session, cast: Cast, days: int = 7) -> Loan:
    return lend(
        session, make_copy(session, cast), cast.reader, purpose="复核", days=days, actor=cast.keeper.actor, at=NOON,
        on=MONDAY,
    )  # fmt: skip


def test_a_due_day_falls_on_an_open_day(session: Session, cast: Cast) -> None:
    assert lent(session, cast, days=5).due_on == MONDAY + 7 * DAY  # from Saturday to Monday


def test_a_recalled_copy_is_due_within_the_working_days_of_the_rule_and_not_renewed(
    session: Session, cast: Cast
) -> None:  # fmt: skip
    loan = lent(session, cast, days=14)
    recall(session, loan, "审计调阅", actor=cast.keeper.actor, at=NOON, on=MONDAY)
    assert (loan.due_on, loan.recalled_on, loan.recall_reason) == (MONDAY + 3 * DAY, MONDAY, "审计调阅")
    with pytest.raises(RecalledAlready):
        recall(session, loan, "再催", actor=cast.keeper.actor, at=NOON, on=MONDAY)
    with pytest.raises(RecalledAlready):
        renew(session, loan, days=7, actor=cast.keeper.actor, on=MONDAY)


def test_a_recall_never_puts_the_due_day_off(session: Session, cast: Cast) -> None:
    loan = lent(session, cast, days=1)
    recall(session, loan, "审计调阅", actor=cast.keeper.actor, at=NOON, on=MONDAY)
    assert loan.due_on == MONDAY + DAY


def test_reminders_follow_with_time_between_and_the_third_is_on_the_superiors_list(
    session: Session, cast: Cast
) -> None:  # fmt: skip
    loan = lent(session, cast, days=1)
    keeper = cast.keeper.actor
    with pytest.raises(NotOverdue):
        remind(session, loan, actor=keeper, on=MONDAY + DAY)
    days = [MONDAY + 2 * DAY, MONDAY + 7 * DAY, MONDAY + 10 * DAY]  # three working days between
    for number, on in enumerate(days, start=1):
        assert session.scalars(visible_loans(cast.supervisor.actor).where(reminded_thrice())).all() == []
        assert remind(session, loan, actor=keeper, on=on).number == number
        if number < len(days):
            with pytest.raises(RemindedAlready):
                remind(session, loan, actor=keeper, on=on + DAY)
    assert session.scalars(visible_loans(cast.supervisor.actor).where(reminded_thrice())).all() == [loan]
    with pytest.raises(RemindedThrice):
        remind(session, loan, actor=keeper, on=MONDAY + 30 * DAY)
    assert [(row.number, row.reminded_on) for row in reminders_of(session, loan)] == list(enumerate(days, start=1))
    take_back(session, loan, actor=keeper, at=NOON, on=MONDAY + 31 * DAY)
    assert session.scalars(visible_loans(cast.supervisor.actor).where(reminded_thrice())).all() == []
    with pytest.raises(AlreadyReturned):
        remind(session, loan, actor=keeper, on=MONDAY + 31 * DAY)


def test_what_is_lost_on_loan_opens_a_case_and_is_missing(session: Session, cast: Cast) -> None:
    loan = lent(session, cast)
    number = report_loss(session, loan, "出差途中遗失", actor=cast.keeper.actor, at=NOON, on=MONDAY)
    incident = session.scalars(select(Incident)).one()
    assert (incident.number, incident.kind, incident.happened) == (number, IncidentKind.LOSS, "出差途中遗失")
    copy = loan.copy
    assert (copy.missing_case, copy.holder_id, copy.box_id is not None) == (number, None, True)
    assert (loan.lost, loan.case_number, loan.returned_on, open_loan(session, copy)) == (True, number, MONDAY, None)
    assert (loan.came_back_on, loan.condition_on_return) == (None, None)
    with pytest.raises(CopyMissing):
        lend(session, copy, cast.approver, purpose="复核", days=7, actor=cast.keeper.actor, at=NOON, on=MONDAY)


def test_damage_is_reported_at_once_or_after_the_return(session: Session, cast: Cast) -> None:
    loan = lent(session, cast)
    take_back(session, loan, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    number = report_damage(session, loan, "第三页缺角", actor=cast.keeper.actor, at=NOON, on=MONDAY + DAY)
    incident = session.scalars(select(Incident)).one()
    assert (incident.number, incident.kind) == (number, IncidentKind.DAMAGE)
    assert (loan.copy.condition, loan.case_number, loan.lost) == (Condition.DAMAGED, number, False)
    with pytest.raises(ReportedAlready, match=number):
        report_damage(session, loan, "又报一次", actor=cast.keeper.actor, at=NOON, on=MONDAY + DAY)


def test_what_comes_back_damaged_opens_a_case_by_itself_and_once(session: Session, cast: Cast) -> None:
    loan = lent(session, cast)
    actor = cast.keeper.actor
    take_back(
        session, loan, actor=actor, at=NOON, on=MONDAY, condition=Condition.DAMAGED, remarks="封面撕裂"
    )  # fmt: skip
    incident = session.scalars(select(Incident)).one()
    assert (incident.number, incident.kind, incident.happened) == (
        loan.case_number, IncidentKind.DAMAGE, "借阅归还时发现破损：封面撕裂",
    )  # fmt: skip
    again = lend(session, loan.copy, cast.reader, purpose="复核", days=7, actor=actor, at=NOON, on=MONDAY)
    take_back(session, again, actor=actor, at=NOON, on=MONDAY, condition=Condition.DAMAGED)
    assert session.scalars(select(Incident)).all() == [incident]
    assert again.case_number is None


def test_a_corrected_calendar_moves_no_day_back_and_leaves_none_on_a_closed_one(session: Session, cast: Cast) -> None:
    loan = lent(session, cast)
    box = make_box(session, cast, make_place(session, cast, "二库"))
    request = asked(session, make_copy(session, cast, "P-0002", file=loan.copy.item.file, box=box).item, cast.reader)
    due, pickup = loan.due_on, request.pickup_by
    assert pickup is not None
    plan = working_calendar(session).plans[2026]
    days = dict.fromkeys(plan.holidays | {due, pickup}, DayKind.HOLIDAY) | dict.fromkeys(
        plan.make_up_days, DayKind.MAKE_UP
    )
    load_plan(session, 2026, days, source="国办发明电〔2026〕1号", because="更正", actor=OPERATOR, at=NOON)
    assert (loan.due_on, request.pickup_by) == (due + DAY, pickup + DAY)
    seal(session)
    actions = set(session.scalars(select(AuditEntry.action)))
    assert {"loan.due_moved", "loan_request.pickup_moved"} <= actions


def test_the_worker_writes_the_reminders_that_are_due_on_working_days_and_no_more_than_three(
    database: Database,
) -> None:
    with database.begin() as session:
        loan_id = lent(session, find_cast(session), days=1).id
    made = {on: remind_some(database, on=on) for on in (MONDAY + n * DAY for n in range(20))}
    days = [MONDAY + 2 * DAY, MONDAY + 7 * DAY, MONDAY + 10 * DAY]  # as the keeper could have
    assert [on for on, count in made.items() if count] == days
    assert remind_some(database, on=days[0]) == 0
    with database.reading() as session:
        written = reminders_of(session, session.get_one(Loan, loan_id))
        assert [(row.number, row.reminded_on, row.reminded_by) for row in written] == [
            (number, on, WORKER) for number, on in enumerate(days, start=1)
        ]
