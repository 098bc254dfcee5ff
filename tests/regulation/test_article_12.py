"""Article 12: survey or application, notice, verification, review, lodgement; in this order, by different people."""

import hashlib
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Role
from accounts.services import end_role, grant_role
from records.workflow.course import steps_of
from records.workflow.deciding import submit
from records.workflow.drafting import documents_of
from records.workflow.errors import (
    NoticeRuns,
    NoticeUnproven,
    NotSinceTheNotice,
    ObjectionsOpen,
    ReviewedFromBelow,
    SamePersonAgain,
    WrongStep,
)
from records.workflow.models import Act, Objection, Origin, Refusal, State
from records.workflow.notice import (
    close_notice,
    may_resolve,
    note_objection,
    objections_of,
    open_notice,
    resolve_objection,
)
from records.workflow.procedure import copy_of, lodge, review, set_digest, verify
from records.workflow.returning import send_back
from rules.services import set_rule
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON
from tests.records.workflow.office import (
    AFTER,
    LAST_DAY,
    Desk,
    add_photograph,
    at,
    bring_to,
    lodged,
    make_draft,
    matching,
    posted,
    submitted,
)

ORDER = [Act.DRAFTED, Act.SUBMITTED, Act.POSTED, Act.CLOSED, Act.VERIFIED, Act.REVIEWED, Act.LODGED]


@pytest.mark.parametrize("origin", list(Origin))
def test_a_file_begins_with_a_home_survey_or_an_own_application(session: Session, desk: Desk, origin: Origin) -> None:
    assert make_draft(session, desk, origin=origin).origin is origin


def test_the_five_states_follow_this_order_without_skipping(session: Session, desk: Desk, store: FolderStore) -> None:
    application = submitted(session, desk)
    lodged(session, desk, application, store)
    assert [step.act for step in steps_of(session, application)] == ORDER


def test_maker_verifier_reviewer_and_officer_are_different_people(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    for role, path in (
        (Role.VERIFIER, desk.workplace.path),
        (Role.REVIEWER, desk.street.path),
        (Role.CENTRE_OFFICER, desk.district.path),
    ):
        grant_role(session, desk.keeper, role, path, actor=OPERATOR, at=NOON)
    session.expire_all()
    application = bring_to(session, desk, submitted(session, desk), State.VERIFICATION, store)
    who = desk.keeper.actor
    with pytest.raises(SamePersonAgain, match="吴建 has acted"):
        verify(session, application, opinion=None, actor=who, at=NOON, on=AFTER)
    bring_to(session, desk, application, State.REVIEW, store)
    with pytest.raises(SamePersonAgain, match="吴建 has acted"):
        review(session, application, opinion=None, actor=who, at=NOON, on=AFTER)
    bring_to(session, desk, application, State.LODGEMENT, store)
    matching(session, desk, application)
    with pytest.raises(SamePersonAgain, match="吴建 has acted"):
        lodge(session, application, place="二号柜", actor=who, at=NOON, on=AFTER)


def test_the_reviewer_is_of_a_higher_unit(session: Session, desk: Desk, store: FolderStore) -> None:
    grant_role(session, desk.leader, Role.REVIEWER, desk.workplace.path, actor=OPERATOR, at=NOON)
    session.expire_all()
    application = bring_to(session, desk, submitted(session, desk), State.REVIEW, store)
    with pytest.raises(ReviewedFromBelow, match="a unit above 机械厂工会"):
        review(session, application, opinion=None, actor=desk.leader.actor, at=NOON, on=AFTER)


def test_each_return_carries_a_reason_and_restarts_at_the_returned_step(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    application = bring_to(session, desk, submitted(session, desk), State.LODGEMENT, store)
    send_back(session, application, State.VERIFICATION, reason="住房未核", actor=desk.officer.actor, at=NOON, on=AFTER)
    assert application.state is State.VERIFICATION
    lodged(session, desk, application, store)
    steps = steps_of(session, application)
    assert [step.act for step in steps] == [*ORDER[:-1], Act.RETURNED, *ORDER[-3:]]
    assert [step.reason for step in steps if step.act is Act.RETURNED] == ["住房未核"]


def test_a_resubmission_keeps_the_history(session: Session, desk: Desk, store: FolderStore) -> None:
    application = bring_to(session, desk, submitted(session, desk), State.REVIEW, store)
    send_back(session, application, State.DRAFT, reason="收入有误", actor=desk.reviewer.actor, at=NOON, on=AFTER)
    submit(session, application, actor=desk.keeper.actor, at=at(AFTER), on=AFTER)
    acts = [step.act for step in steps_of(session, application)]
    assert acts == [*ORDER[:5], Act.RETURNED, Act.SUBMITTED]


def test_the_centre_returns_a_bad_file_at_once(session: Session, desk: Desk, store: FolderStore) -> None:
    application = bring_to(session, desk, submitted(session, desk), State.LODGEMENT, store)
    send_back(session, application, State.DRAFT, reason="材料不实", actor=desk.officer.actor, at=NOON, on=AFTER)
    assert (application.state, application.file) == (State.DRAFT, None)


def test_a_lodged_copy_is_linked_to_its_file_with_date_and_digest(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    application = submitted(session, desk)
    file, copy = lodged(session, desk, application, store)
    assert copy_of(session, application) is copy
    assert (copy.file, copy.lodged_on, copy.place, copy.centre) == (file, AFTER, "二号柜", desk.centre)
    assert copy.sha256 == set_digest(application, file, documents_of(session, application))
    assert len(copy.sha256) == hashlib.sha256().digest_size * 2


def test_the_notice_hangs_for_the_days_of_the_rule_from_the_day_of_posting(session: Session, desk: Desk) -> None:
    application = posted(session, desk, submitted(session, desk))
    notice = open_notice(session, application)
    assert notice is not None
    assert (notice.posted_on, notice.days_count, notice.last_on) == (MONDAY, 7, LAST_DAY)


def test_a_district_may_lengthen_the_notice(session: Session, desk: Desk) -> None:
    set_rule(
        session, desk.district, "notice_days", "10", in_force_from=MONDAY, source="区办〔2026〕4号", actor=OPERATOR,
        at=NOON,
    )  # fmt: skip
    notice = open_notice(session, posted(session, desk, submitted(session, desk)))
    assert notice is not None
    assert notice.last_on == MONDAY + timedelta(days=10)


@pytest.mark.parametrize("day", [MONDAY, LAST_DAY - timedelta(days=1), LAST_DAY])
def test_a_notice_is_not_closed_before_its_last_day_is_over(
    session: Session, desk: Desk, store: FolderStore, day: object
) -> None:
    application = posted(session, desk, submitted(session, desk))
    add_photograph(session, desk, application, store)
    with pytest.raises(NoticeRuns, match="hangs through 2026-03-09"):
        close_notice(session, application, actor=desk.keeper.actor, at=NOON, on=day)  # type: ignore[arg-type]


def test_a_notice_is_not_closed_without_its_photograph(session: Session, desk: Desk) -> None:
    application = posted(session, desk, submitted(session, desk))
    with pytest.raises(NoticeUnproven):
        close_notice(session, application, actor=desk.keeper.actor, at=NOON, on=AFTER)


def test_an_objection_on_the_last_day_counts_and_blocks_until_it_is_resolved(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    application = posted(session, desk, submitted(session, desk))
    add_photograph(session, desk, application, store)
    objection = note_objection(
        session, application, raised_on=LAST_DAY, raised_by=None, text="有门面出租", actor=desk.keeper.actor, on=AFTER
    )
    with pytest.raises(ObjectionsOpen, match="1 objection is"):
        close_notice(session, application, actor=desk.keeper.actor, at=NOON, on=AFTER)
    resolve_objection(
        session, application, objection, upheld=False, resolution="门面系亲属所有，有产权证", actor=desk.verifier.actor,
        at=NOON, on=AFTER,
    )  # fmt: skip
    close_notice(session, application, actor=desk.keeper.actor, at=NOON, on=AFTER)
    assert application.state is State.VERIFICATION


def test_an_objection_is_noted_from_the_first_notice_until_the_file_is_opened_and_stops_every_step(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    application = submitted(session, desk)
    actor = desk.keeper.actor

    def object_on(raised_on: date, on: date) -> Objection:
        return note_objection(
            session, application, raised_on=raised_on, raised_by=None, text="来电", actor=actor, on=on
        )

    def settle(objection: Objection) -> None:
        resolve_objection(
            session, application, objection, upheld=False, resolution="查无此事", actor=desk.verifier.actor,
            at=at(AFTER), on=AFTER,
        )  # fmt: skip

    with pytest.raises(WrongStep):
        object_on(MONDAY, MONDAY)
    posted(session, desk, application)
    send_back(session, application, State.DRAFT, reason="须核", actor=actor, at=at(MONDAY), on=MONDAY)
    for day in (MONDAY - timedelta(days=1), AFTER):
        with pytest.raises(NotSinceTheNotice, match="from that day to today"):
            object_on(day, MONDAY)
    while_filled_in = object_on(MONDAY + timedelta(days=1), MONDAY + timedelta(days=1))
    submit(session, application, actor=actor, at=at(AFTER), on=AFTER)
    posted(session, desk, application, on=AFTER)
    assert object_on(MONDAY + timedelta(days=2), AFTER).notice_id == while_filled_in.notice_id
    assert object_on(AFTER, AFTER).notice_id != while_filled_in.notice_id
    for one in objections_of(session, application):
        settle(one)
    for state, step, person in (
        (State.VERIFICATION, partial(verify, opinion="属实"), desk.verifier),
        (State.REVIEW, partial(review, opinion="同意"), desk.reviewer),
        (State.LODGEMENT, partial(lodge, place="柜"), desk.officer),
    ):
        bring_to(session, desk, application, state, store, on=AFTER)
        late = object_on(application.entered_state_on, application.entered_state_on)
        with pytest.raises(ObjectionsOpen):
            step(session, application, actor=person.actor, at=at(AFTER), on=AFTER)
        settle(late)
    assert application.verifier_id == desk.verifier.id


def test_an_upheld_objection_sends_the_application_back_with_the_resolution_as_reason(
    session: Session, desk: Desk
) -> None:
    application = posted(session, desk, submitted(session, desk))
    objection = note_objection(
        session, application, raised_on=MONDAY, raised_by="邻居", text="两套住房", actor=desk.keeper.actor, on=MONDAY
    )
    resolve_objection(
        session, application, objection, upheld=True, resolution="经查属实", actor=desk.leader.actor, at=NOON, on=MONDAY
    )
    assert application.state is State.DRAFT
    assert steps_of(session, application)[-1].reason == "经查属实"
    assert open_notice(session, application) is None


def test_an_objection_left_open_by_a_return_is_resolved_before_the_next_notice_is_closed(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    application = posted(session, desk, submitted(session, desk))
    objections = [
        note_objection(
            session, application, raised_on=MONDAY, raised_by=None, text=text, actor=desk.keeper.actor, on=MONDAY
        )
        for text in ("其子就读高收费学校", "两套住房", "有门面出租")
    ]

    def settle(which: int, upheld: bool, on: date) -> None:
        resolve_objection(
            session, application, objections[which], upheld=upheld, resolution=f"已核 {which}",
            actor=desk.verifier.actor, at=at(on), on=on,
        )  # fmt: skip

    def back(on: date) -> None:
        send_back(session, application, State.DRAFT, reason="须核", actor=desk.keeper.actor, at=at(on), on=on)

    def again(on: date) -> None:
        submit(session, application, actor=desk.keeper.actor, at=at(on), on=on)
        posted(session, desk, application, on=on)

    back(MONDAY)
    settle(0, True, MONDAY)  # it lies with its maker already
    assert (application.state, steps_of(session, application)[-1].reason) == (State.DRAFT, "须核")
    again(MONDAY)
    settle(1, True, MONDAY)
    assert (application.state, steps_of(session, application)[-1].reason) == (State.DRAFT, "已核 1")
    again(MONDAY)
    add_photograph(session, desk, application, store)
    with pytest.raises(ObjectionsOpen):
        close_notice(session, application, actor=desk.keeper.actor, at=at(AFTER), on=AFTER)
    settle(2, False, AFTER)
    close_notice(session, application, actor=desk.keeper.actor, at=at(AFTER), on=AFTER)
    assert [one.upheld for one in objections_of(session, application)] == [True, True, False]


def test_an_objection_is_resolved_by_who_verifies_on_that_day_and_offered_to_nobody_else(
    session: Session, desk: Desk
) -> None:
    [grant] = desk.verifier.grants
    end_role(session, desk.verifier, grant, actor=OPERATOR, at=NOON)
    session.flush()
    session.expire_all()
    application = posted(session, desk, submitted(session, desk))
    objection = note_objection(
        session, application, raised_on=MONDAY, raised_by=None, text="不实", actor=desk.keeper.actor, on=MONDAY
    )
    grant_role(session, desk.reviewer, Role.VERIFIER, desk.district.path, actor=OPERATOR, at=NOON)
    session.expire_all()
    offered = [
        may_resolve(session, application, [objection], user.actor)
        for user in (desk.reviewer, desk.leader, desk.keeper, desk.verifier, desk.officer)
    ]
    assert offered == [{objection.id}, {objection.id}, set(), set(), set()]
    resolve_objection(
        session, application, objection, upheld=False, resolution="查无此事", actor=desk.reviewer.actor, at=NOON,
        on=MONDAY,
    )  # fmt: skip
    assert may_resolve(session, application, [objection], desk.leader.actor) == set()


def test_an_objection_is_never_resolved_by_who_recorded_it(session: Session, desk: Desk) -> None:
    """Neither by who made the application, nor by somebody else who keeps files and decides."""
    for user, role in ((desk.keeper, Role.APPROVER), (desk.leader, Role.KEEPER)):
        grant_role(session, user, role, desk.workplace.path, actor=OPERATOR, at=NOON)
    session.expire_all()
    application = posted(session, desk, submitted(session, desk))
    for actor in (desk.keeper.actor, desk.leader.actor):
        objection = note_objection(
            session, application, raised_on=MONDAY, raised_by=None, text="不实", actor=actor, on=MONDAY
        )
        with pytest.raises(SamePersonAgain):
            resolve_objection(
                session, application, objection, upheld=False, resolution="查无此事", actor=actor, at=NOON, on=MONDAY
            )
    assert session.scalars(select(Refusal)).all() == []
