"""Who is told of what happens in each room, and in which kind of notice."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

import records.notices.rules  # noqa: F401 - they register themselves
from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import end_role, grant_role, open_account
from audit import AuditEntry
from classification.categories import SecrecyLevel
from records.browse.figures import waiting_figures
from records.consultation.certificates import draft_certificate, give_certificate
from records.consultation.registration import InquirerEntry, register
from records.consultation.requests import accept_undertaking, close
from records.files.living import ReviewGround, TwinDuty
from records.files.models import WithdrawalReason
from records.files.services import withdraw
from records.files.withdrawals import suggest_withdrawal
from records.handover.cases import state_what_is_known
from records.handover.checking import note_difference
from records.handover.models import CaseKind, Difference, HandoverCase, LineKind
from records.handover.services import lines_of
from records.holdings.models import Place
from records.holdings.printed import Filing
from records.lending.approving import name_deputy
from records.lending.calling_back import recall, remind
from records.lending.models import RequestState
from records.lending.services import lend, take_back
from records.notices.models import Notice
from records.notices.registry import daily_rules, event_rules, waiting_rules
from records.notices.services import tell_what_is_due
from records.stocktake.services import end_counting, start
from records.upkeep.clean_up import start_clean_up
from records.upkeep.models import CleanUpPart
from records.workflow.notice import note_objection, resolve_objection
from rules.calendar import load_plan, working_calendar
from rules.models import DayKind
from rules.services import set_rule
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, NUMBERS, PASSWORD, Cast, make_file
from tests.records.closing.cases import set_line
from tests.records.consultation.office import COURT, COURT_CODE, PERSON, PHONE, approved, filed, furnish, narrowed
from tests.records.handover.office import Pen, begin, begin_without, confirm_all, make_office
from tests.records.lending.asking import another_reader, asked, decided, handed, with_approval
from tests.records.lending.shelf import make_copy
from tests.records.stocktake.shelves import make_shelves
from tests.records.supervision.office import DEADLINE, inspect, lose, note
from tests.records.upkeep.campaign import DUE, make_campaign
from tests.records.upkeep.proposing import determine
from tests.records.workflow.office import make_desk, posted, submitted
from tests.regulation.in_step import adjust
from units.models import Unit

DAY = timedelta(days=1)
ANOTHER = InquirerEntry("何来访", NUMBERS[2], PHONE, COURT, COURT_CODE)
UNDONE = ("undecided", "unanswered", "unfinished", "left_undone")


def names(session: Session, ids: Iterable[int | None]) -> set[str]:
    return set(session.scalars(select(User.name).where(User.id.in_([each for each in ids if each is not None]))))


def told(session: Session) -> dict[str, set[str]]:
    """Who the rules name for each action in the chain, by the names of accounts; who did it is told of nothing."""
    session.commit()  # what is done enters the chain with it
    found: dict[str, set[str]] = {}
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.number)):
        for rule in event_rules(entry.action):
            details = json.loads(entry.details)
            assert set(rule.facts) <= set(details)  # the sentence has all it names
            people = names(session, rule.who(session, entry, details)) - {entry.actor}
            found.setdefault(rule.key, set()).update(people)
    return found


def told_on(session: Session, on: date) -> dict[str, set[str]]:
    """Who is told of a day."""
    session.flush()
    return {
        rule.key: set().union(*(names(session, told.people) for told in found))
        for rule in daily_rules()
        if (found := list(rule.what(session, on, ZoneInfo("Asia/Shanghai"))))
    }


def test_leaders_and_deputies_are_told_of_a_request_and_the_reader_of_what_became_of_it(
    session: Session, cast: Cast
) -> None:
    with_approval(session, cast)
    name_deputy(
        session, cast.district, cast.second_keeper, from_on=MONDAY, until_on=MONDAY + 9 * DAY, reason="出差",
        actor=cast.approver.actor, at=NOON, on=MONDAY,
    )  # fmt: skip
    copy = make_copy(session, cast)
    request = asked(session, copy.item, cast.reader)
    assert told(session)["loan_request.made"] == {"approver", "keeper2"}
    decided(session, request, cast.approver)
    assert told(session)["loan_request.approved"] == {"reader"}
    assert told(session)["loan_request.ready"] == {"reader"}
    assert request.pickup_by is not None
    assert told_on(session, request.pickup_by)["loan_request.pickup"] == {"reader"}
    decided(session, asked(session, copy.item, another_reader(session, cast)), cast.approver, approved=False)
    assert told(session)["loan_request.declined"] == {"reader2"}


def test_who_has_something_overdue_is_told_to_bring_it_when_fetching_what_was_put_aside(
    session: Session, cast: Cast
) -> None:
    late = make_copy(session, cast)
    lend(session, late, cast.reader, purpose="复核", days=7, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    later = MONDAY + 30 * DAY
    asked(session, make_copy(session, cast, "P-0002", file=late.item.file, box=late.box).item, cast.reader, on=later)
    found = told(session)
    assert (found["loan_request.ready"], found["loan_request.ready_after_return"]) == (set(), {"reader"})


def test_a_leaders_own_request_is_told_to_the_leader_above(session: Session, cast: Cast) -> None:
    with_approval(session, cast)
    above = open_account(session, "city.leader", "杜首", PASSWORD, cast.city.path, actor=OPERATOR, at=NOON)
    session.flush()
    grant_role(session, above, Role.APPROVER, cast.city.path, actor=OPERATOR, at=NOON)
    copy = make_copy(session, cast)
    asked(session, copy.item, cast.approver)
    assert told(session)["loan_request.made"] == {"city.leader"}
    asked(session, copy.item, cast.reader)  # and that of another stays with the unit's own
    assert told(session)["loan_request.made"] == {"city.leader", "approver"}


def test_who_proposed_a_class_is_told_that_it_ended_with_the_withdrawal(session: Session, cast: Cast) -> None:
    set_line(session, cast)
    file = make_file(session, cast)
    determine(session, cast, file)
    actor = cast.second_keeper.actor
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    assert told(session)["determination.ended"] == {"keeper"}


def test_a_request_that_needs_no_leader_disturbs_none(session: Session, cast: Cast) -> None:
    asked(session, make_copy(session, cast).item, cast.reader)
    assert told(session)["loan_request.made"] == set()


def test_a_request_that_went_back_to_the_leader_is_told_to_who_decides_on_that_day_and_to_who_asked(
    session: Session, cast: Cast
) -> None:
    copy = make_copy(session, cast)
    request = asked(session, copy.item, cast.reader)
    copy.item.secrecy = SecrecyLevel.SECRET
    name_deputy(
        session, cast.district, cast.second_keeper, from_on=MONDAY + DAY, until_on=MONDAY + 3 * DAY, reason="出差",
        actor=cast.approver.actor, at=NOON, on=MONDAY,
    )  # fmt: skip
    session.flush()
    assert handed(session, request, cast, on=MONDAY + 2 * DAY) == []
    assert told(session)["loan_request.sent_back"] == {"reader"}
    assert told(session)["loan_request.sent_back_to_leader"] == {"approver", "keeper2"}
    assert told(session)["loan_request.made"] == set()  # a worker that comes late tells them once
    decided(session, request, cast.approver, on=MONDAY + 2 * DAY)
    assert told(session)["loan_request.sent_back_to_leader"] == set()


def test_who_has_the_paper_or_is_to_pick_it_up_is_told_of_days_that_a_new_calendar_has_moved(
    session: Session, cast: Cast
) -> None:
    copy = make_copy(session, cast)
    other = make_copy(session, cast, "P-0002", file=copy.item.file, box=copy.box)
    loan = lend(session, copy, cast.reader, purpose="复核", days=7, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    request = asked(session, other.item, another_reader(session, cast))
    assert request.pickup_by is not None
    plan = working_calendar(session).plans[2026]
    days = dict.fromkeys(plan.holidays | {loan.due_on, request.pickup_by}, DayKind.HOLIDAY) | dict.fromkeys(
        plan.make_up_days, DayKind.MAKE_UP
    )
    load_plan(session, 2026, days, source="国办发明电〔2026〕1号", because="更正", actor=OPERATOR, at=NOON)
    found = told(session)
    assert (found["loan.due_moved"], found["loan_request.pickup_moved"]) == ({"reader"}, {"reader2"})
    assert {"keeper", "approver", "supervisor", "west.keeper"} <= found["calendar.corrected"]
    assert "reader" not in found["calendar.corrected"]


def test_borrowers_are_called_back_and_superiors_told_after_the_third_reminder(session: Session, cast: Cast) -> None:
    keeper = cast.keeper.actor
    loan = lend(
        session, make_copy(session, cast), cast.reader, purpose="复核", days=1, actor=keeper, at=NOON, on=MONDAY
    )
    recall(session, loan, "审计调阅", actor=keeper, at=NOON, on=MONDAY)
    for days in (2, 7):
        remind(session, loan, actor=keeper, on=MONDAY + days * DAY)
    assert told(session)["loan.recalled"] == {"reader"}
    assert told(session)["loan.reminded"] == {"reader"}
    assert told(session)["loan.reminded_thrice"] == set()
    remind(session, loan, actor=keeper, on=MONDAY + 10 * DAY)
    assert told(session)["loan.reminded_thrice"] == {"approver", "supervisor"}


def test_what_waits_too_long_is_told_to_who_acts_and_later_above(
    session: Session, store: FolderStore, cast: Cast
) -> None:
    with_approval(session, cast)
    one = furnish(session, store, cast)
    asked(session, one.application, cast.reader, paper_reason="核对原件")
    case = filed(session, store, cast, one)
    register(session, cast.district, ANOTHER, actor=None, at=NOON, on=MONDAY)

    def left(working_days: int) -> dict[str, set[str]]:
        """Who is told on the day after so many working days."""
        found = told_on(session, working_calendar(session).after(MONDAY, working_days).on + DAY)
        return {key: people for key, people in found.items() if key.endswith(UNDONE)}

    keepers, above = {"keeper", "keeper2"}, {"approver", "supervisor"}
    answers = {
        "loan_request.undecided": {"approver"}, "consultation.undecided": keepers, "inquirer.unanswered": keepers,
    }  # fmt: skip
    left_undone = {
        "loan_request.left_undone": {"supervisor"}, "consultation.left_undone": above, "inquirer.left_undone": above,
    }  # fmt: skip
    assert left(2) == {}
    assert left(3) == answers
    assert left(6) == answers | left_undone
    narrowed(session, cast, case, {}, left_out="所请档案均不宜提供")
    set_rule(
        session, cast.district, "answer_working_days", "1", in_force_from=MONDAY, source="东工发〔2026〕4号",
        actor=OPERATOR, at=NOON,
    )  # fmt: skip
    session.flush()
    assert left(1) == answers | {"consultation.undecided": {"approver"}}
    assert left(2)["consultation.left_undone"] == {"supervisor"}


def test_a_request_that_went_back_to_the_leader_waits_from_that_day_on(session: Session, cast: Cast) -> None:
    copy, back = make_copy(session, cast), MONDAY + 40 * DAY
    (loan,) = handed(session, asked(session, copy.item, another_reader(session, cast)), cast)
    request = asked(session, copy.item, cast.reader)
    copy.item.secrecy = SecrecyLevel.SECRET
    take_back(session, loan, actor=cast.keeper.actor, at=NOON + 40 * DAY, on=back)
    assert request.state is RequestState.WAITING

    def late(on: date) -> set[str]:
        return {key for key in told_on(session, on) if key.endswith(UNDONE)}

    assert late(back) == set()
    assert late(working_calendar(session).after(back, 3).on + DAY) == {"loan_request.undecided"}


def test_who_may_not_decide_on_a_request_is_not_told_that_it_waits(session: Session, cast: Cast) -> None:
    with_approval(session, cast)
    name_deputy(
        session, cast.district, cast.second_keeper, from_on=MONDAY, until_on=MONDAY + 20 * DAY, reason="出差",
        actor=cast.approver.actor, at=NOON, on=MONDAY,
    )  # fmt: skip
    above = open_account(session, "city.leader", "杜首", PASSWORD, cast.city.path, actor=OPERATOR, at=NOON)
    session.flush()
    grant_role(session, above, Role.APPROVER, cast.city.path, actor=OPERATOR, at=NOON)
    copy, on = make_copy(session, cast), MONDAY + 9 * DAY
    own = asked(session, copy.item, cast.approver)
    assert told_on(session, on)["loan_request.undecided"] == {"city.leader"}  # not the deputy of the leader who asks
    decided(session, own, above)
    asked(session, copy.item, cast.reader)
    assert told_on(session, on)["loan_request.undecided"] == {"approver", "keeper2"}
    for role in cast.second_keeper.active_grants:
        end_role(session, cast.second_keeper, role, actor=OPERATOR, at=NOON)
    assert told_on(session, on)["loan_request.undecided"] == {"approver"}  # who stood in reads there no more


def test_of_a_request_that_waits_the_deputies_of_no_other_unit_are_told(session: Session, cast: Cast) -> None:
    with_approval(session, cast)
    elsewhere = cast.other_district
    leader = open_account(session, "west.leader", "杜首", PASSWORD, elsewhere.path, actor=OPERATOR, at=NOON)
    session.flush()
    grant_role(session, leader, Role.APPROVER, elsewhere.path, actor=OPERATOR, at=NOON)
    name_deputy(
        session, elsewhere, cast.other_keeper, from_on=MONDAY, until_on=MONDAY + 20 * DAY, reason="出差",
        actor=leader.actor, at=NOON, on=MONDAY,
    )  # fmt: skip
    asked(session, make_copy(session, cast).item, cast.reader)
    assert told_on(session, MONDAY + 9 * DAY)["loan_request.undecided"] == {"approver"}


def test_an_open_objection_waits_for_those_who_answer_for_it_until_it_is_resolved(session: Session, cast: Cast) -> None:
    desk = make_desk(session, cast)
    application = posted(session, desk, submitted(session, desk))
    objection = note_objection(
        session, application, raised_on=MONDAY, raised_by=None, text="有门面出租", actor=desk.keeper.actor, on=MONDAY
    )
    answering = {each.name for each in (desk.keeper, desk.second_keeper, desk.leader, desk.verifier)}
    late = working_calendar(session).after(MONDAY, 3).on + DAY

    def waiting() -> tuple[list[int], int]:
        """The applications of which a notice waits still, and how many the workbench of the leader counts."""
        figures = waiting_figures(desk.leader.actor, MONDAY)
        [figure] = [one for one in figures if one.arguments.get("show") == "objected"]
        still = session.scalars(waiting_rules()["application.objection_noted"].still)
        return list(still), session.scalar(select(figure.count)) or 0

    assert told(session)["application.objection_noted"] == answering - {desk.keeper.name}
    assert waiting() == ([application.id], 1)
    assert "objection.unresolved" not in told_on(session, late - DAY)
    assert told_on(session, late)["objection.unresolved"] == answering
    resolve_objection(
        session,
        application,
        objection,
        upheld=False,
        resolution="查无此事",
        actor=desk.leader.actor,
        at=NOON,
        on=MONDAY,
    )  # fmt: skip
    assert waiting() == ([], 0)
    assert "objection.unresolved" not in told_on(session, late)


def test_a_handover_and_a_stocktake_that_do_not_end_are_told_to_their_parties_and_later_above(
    session: Session, cast: Cast
) -> None:
    make_office(session, cast)
    begin(session, cast)
    place = session.scalars(select(Place).order_by(Place.id)).first()
    assert place is not None
    start(session, place, cast.keeper, cast.approver, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    days = [working_calendar(session).after(MONDAY, days).on + DAY for days in (14, 15, 30)]
    early, late, later = (told_on(session, on) for on in days)
    assert not [key for key in early if key.endswith(UNDONE)]
    assert late["handover.unfinished"] == {"keeper", "keeper2", "approver"}
    assert late["stocktake.unfinished"] == {"keeper", "approver"}
    assert not [key for key in late if key.endswith("left_undone")]
    assert later["handover.left_undone"] == later["stocktake.left_undone"] == {"supervisor"}


def test_who_has_signed_a_handover_or_is_out_of_reach_is_not_told_that_it_waits(
    session: Session, store: FolderStore, workshop: Workshop, cast: Cast
) -> None:
    make_office(session, cast)
    handover = begin_without(session, cast)
    confirm_all(session, handover)
    Pen(session, store, workshop).sign(handover, cast.second_keeper)
    late = told_on(session, working_calendar(session).after(MONDAY, 15).on + DAY)
    assert late["handover.unfinished"] == {"reader", "supervisor"}


def test_what_is_stated_of_a_difference_is_told_to_who_settles_it_handed_over_and_received(
    session: Session, store: FolderStore, workshop: Workshop, cast: Cast
) -> None:
    make_office(session, cast)
    handover = begin(session, cast)
    copy = next(line for line in lines_of(session, handover) if line.kind is LineKind.COPY)
    receiver = cast.second_keeper.actor
    note_difference(session, handover, copy, Difference.MISSING, "盒中未见", actor=receiver, at=NOON)
    confirm_all(session, handover)
    Pen(session, store, workshop).sign_all(handover)
    case = session.scalars(select(HandoverCase)).one()
    state_what_is_known(session, case, "上次见到是在二月的评审会上", actor=cast.approver.actor, at=NOON)
    assert told(session)["handover_case.stated"] == {"keeper", "keeper2"}


def test_each_step_of_a_consultation_is_told_to_whoever_takes_the_next(
    session: Session, store: FolderStore, cast: Cast, workshop: Workshop
) -> None:
    one = furnish(session, store, cast)
    assert told(session)["inquirer.registered"] == {"keeper", "keeper2"}
    made = filed(session, store, cast, one)
    narrowed(session, cast, made, {one.application.id: "1-2"})
    approved(session, cast, made, until=NOON + timedelta(days=1, hours=16))  # in the early hours of the day after
    accept_undertaking(session, made, PERSON, language="zh", actor=cast.inquirer.actor, at=NOON)
    for days in range(3):
        assert told_on(session, MONDAY + timedelta(days=days))["consultation.lapsing"] == {"inquirer"}
    assert "consultation.lapsing" not in told_on(session, MONDAY + timedelta(days=3))
    filing = Filing(cast.keeper, store, workshop, NOON, MONDAY)
    draft = draft_certificate(session, made, "属实。", valid_until=None, address=lambda *_: "http://h", filing=filing)
    give_certificate(session, made, draft, filing=filing)
    assert told(session)["certificate.given"] == {"inquirer"}
    close(session, made, "已查毕", actor=cast.keeper.actor, at=NOON)
    steps = {key: people for key, people in told(session).items() if key.startswith("consultation")}
    assert steps == {
        "consultation.filed": {"keeper", "keeper2"},
        "consultation.narrowed": {"approver"},
        "consultation.approved": {"inquirer"},
        "consultation.closed": {"inquirer"},
    }
    assert "consultation.lapsing" not in told_on(session, MONDAY)


def test_the_two_who_count_are_told_of_their_stocktake(session: Session, cast: Cast) -> None:
    shelves = make_shelves(session, cast)
    stocktake = shelves.start()
    assert told(session)["stocktake.started"] == {"approver"}
    shelves.scan_all(stocktake)
    end_counting(session, stocktake, actor=cast.keeper.actor, at=NOON)
    assert told(session)["stocktake.counted"] == {"approver"}


def test_an_incident_is_told_to_the_leader_and_the_superior(session: Session, cast: Cast) -> None:
    lose(session, cast, make_copy(session, cast))
    assert told(session)["incident.reported"] == {"approver", "supervisor"}


def test_a_clean_up_that_is_late_is_told_upward_and_a_review_to_the_keeper(session: Session, cast: Cast) -> None:
    campaign = make_campaign(session, cast)
    assert told_on(session, DUE)["clean_up.due"] == {"keeper", "keeper2"}
    assert told_on(session, DUE + DAY)["clean_up.late"] == {"keeper", "keeper2", "approver", "supervisor"}
    suggest_withdrawal(
        session, campaign.files[0], ReviewGround.HOMES, "名下有两处住宅", actor=cast.second_keeper.actor, on=MONDAY
    )
    assert told(session)["review.opened"] == {"keeper"}


def test_a_twin_duty_that_is_late_is_told_to_its_keeper_and_leader_and_upward(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    adjust(session, file, cast.keeper.actor, MONDAY, address="河街道 2 号")
    due_on = session.scalars(select(TwinDuty.due_on)).one()
    assert not {"duty.late", "duty.left_late"} & told_on(session, due_on).keys()
    found = told_on(session, due_on + DAY)
    assert (found["duty.late"], found["duty.left_late"]) == ({"keeper", "approver"}, {"supervisor"})


def test_the_keeper_is_told_of_a_withdrawal_that_an_approver_dated_back(session: Session, cast: Cast) -> None:
    file = make_file(session, cast, on=MONDAY - timedelta(days=400))
    withdraw(
        session, file, WithdrawalReason.LIFTED, actor=cast.approver.actor, on=MONDAY - timedelta(days=300),
        today=MONDAY, remarks="审批表所载日期为准",
    )  # fmt: skip
    assert told(session)["file.withdrawn"] == {"keeper"}


def statements_of(session: Session, on: date) -> tuple[int, int]:
    """How many statements it takes to tell what is due on a day, by a fresh worker, and how many notices."""
    session.flush()
    connection, said = session.connection(), 0

    def count(*_: object) -> None:
        nonlocal said
        said += 1

    with Session(connection, join_transaction_mode="create_savepoint") as fresh:
        event.listen(connection, "before_cursor_execute", count)
        tell_what_is_due(fresh, on=on, at=NOON)
        event.remove(connection, "before_cursor_execute", count)
        return said, fresh.scalar(select(func.count(Notice.id))) or 0


def test_a_day_is_told_with_as_many_statements_however_much_is_due(session: Session, cast: Cast) -> None:
    make_office(session, cast)
    lines = lines_of(session, begin(session, cast))
    start_clean_up(session, cast.city, 2025, due_on=DEADLINE, actor=cast.supervisor.actor, on=MONDAY, seed="2025")
    session.flush()
    first = session.scalars(select(CleanUpPart)).one()

    def more(number: int, unit: Unit) -> None:
        """A finding, a difference, and the part of another unit in the clean-up."""
        note(session, cast, inspect(session, cast, unit=unit))
        session.add(
            HandoverCase(
                number=f"CY-{number}", handover_id=lines[number].handover_id, line_id=lines[number].id,
                kind=CaseKind.MISSING, owner_id=cast.second_keeper.id, due_on=DEADLINE, opened_on=MONDAY,
            )
        )  # fmt: skip
        if unit is not first.unit:
            session.add(CleanUpPart(clean_up_id=first.clean_up_id, unit_id=unit.id, year=2025, sampling_percent=5))

    days = DEADLINE, DEADLINE + DAY
    more(0, cast.district)
    few = [statements_of(session, on) for on in days]
    more(1, cast.street)
    more(2, cast.workplace)
    for on, (said, told_before) in zip(days, few, strict=True):
        now_said, told_now = statements_of(session, on)
        assert now_said == said
        assert told_now > told_before > 0
