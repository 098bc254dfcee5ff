"""Who is asked before paper is lent: the leader, a deputy, a leader above; what changed is decided anew (art. 17)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import end_role, grant_role, open_account
from classification.categories import SecrecyLevel
from records.lending.approving import FURTHEST_AHEAD, decide, deciders, end_delegation, name_deputy
from records.lending.errors import (
    ApprovalNeeded,
    DecidedAlready,
    DelegatedAlready,
    DelegationBackwards,
    DelegationInPast,
    DelegationTooLong,
    DeputyForDeputy,
    DeputyUnfit,
    GrantedTooMany,
    LongerThanApproved,
    LongerThanGranted,
    NotALeader,
    NotReady,
    NotTheLeader,
    OwnRequest,
    ReasonMissing,
)
from records.lending.models import LoanRequest, RequestState
from records.lending.renewing import renew, why_not_renewed
from records.lending.requests import (
    hand_out,
    prospect,
    requests_to_decide,
    visible_requests,
)
from records.lending.services import lend
from tests.cast import MONDAY, NOON, PASSWORD, Cast, make_file
from tests.records.lending.asking import another_reader, asked, decided, handed, lent, with_approval
from tests.records.lending.shelf import make_box, make_copy, make_place
from units.models import Unit

THURSDAY = MONDAY + timedelta(days=3)
FRIDAY = MONDAY + timedelta(days=4)


def test_what_the_rule_names_waits_for_the_leader(session: Session, cast: Cast) -> None:
    with_approval(session, cast)
    copy = make_copy(session, cast)
    request = asked(session, copy.item, cast.reader)
    assert (request.state, request.needs) == (RequestState.WAITING, "original")
    with pytest.raises(NotReady):
        handed(session, request, cast)
    assert decided(session, request, cast.approver).state is RequestState.READY
    with pytest.raises(DecidedAlready):
        decided(session, request, cast.approver, approved=False)


def test_who_is_of_another_unit_is_asked_about_where_the_rule_says_so(session: Session, cast: Cast) -> None:
    with_approval(session, cast, "other_unit")
    item = make_copy(session, cast).item
    assert prospect(session, item, cast.reader, on=MONDAY).needs == []
    assert prospect(session, item, cast.supervisor, on=MONDAY).needs == ["other_unit"]


def test_what_is_secret_is_never_lent_without_the_leader(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    copy.item.secrecy = SecrecyLevel.SECRET
    with pytest.raises(ApprovalNeeded, match="only with the leader's approval \\(Secret\\)"):
        lent(session, copy, cast.reader, cast)
    request = decided(session, asked(session, copy.item, cast.reader), cast.approver)
    assert lent(session, copy, cast.reader, cast).request is request
    assert request.state is RequestState.LENT


def test_what_was_asked_for_is_lent_for_its_purpose_and_no_longer_than_approved(session: Session, cast: Cast) -> None:
    with_approval(session, cast)
    box = make_box(session, cast, make_place(session, cast))
    file = make_file(session, cast)
    copies = [make_copy(session, cast, f"P-{n}00", file=file, box=box) for n in range(2)]
    first, second = (asked(session, copy.item, cast.reader) for copy in copies)
    by_leader = {"reason": "三日内归还", "actor": cast.approver.actor, "at": NOON, "on": MONDAY}
    with pytest.raises(GrantedTooMany):
        decide(session, first, approved=True, granted_days=8, **by_leader)  # type: ignore[arg-type]
    decide(session, first, approved=True, granted_days=3, **by_leader)  # type: ignore[arg-type]
    decided(session, second, cast.approver)
    at_desk = {"actor": cast.keeper.actor, "at": NOON, "on": MONDAY}
    with pytest.raises(LongerThanApproved):
        hand_out(session, first, days=7, **at_desk)  # type: ignore[arg-type]
    with pytest.raises(LongerThanApproved):
        lend(session, copies[0], cast.reader, purpose="别的用途", days=20, **at_desk)  # type: ignore[arg-type]
    loan = lend(session, copies[0], cast.reader, purpose="别的用途", days=20, as_asked=True, **at_desk)  # type: ignore[arg-type]
    assert (loan.purpose, loan.due_on) == ("复核", MONDAY + timedelta(days=3))
    (shorter,) = hand_out(session, second, days=2, **at_desk)  # type: ignore[arg-type]
    assert shorter.due_on == MONDAY + timedelta(days=2)


def test_a_renewal_does_not_lead_past_the_days_the_leader_granted(session: Session, cast: Cast) -> None:
    with_approval(session, cast)
    box, file = make_box(session, cast, make_place(session, cast)), make_file(session, cast)
    copies = [make_copy(session, cast, f"P-{n}00", file=file, box=box) for n in range(2)]
    shortened, as_asked = (asked(session, copy.item, cast.reader) for copy in copies)
    decide(
        session, shortened, approved=True, granted_days=3, reason=None, actor=cast.approver.actor, at=NOON, on=MONDAY
    )  # fmt: skip
    decided(session, as_asked, cast.approver)
    (loan,) = hand_out(session, shortened, days=1, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    assert why_not_renewed(session, loan, MONDAY) is None
    with pytest.raises(LongerThanGranted, match=f"3 days, until {THURSDAY}"):
        renew(session, loan, days=7, actor=cast.keeper.actor, on=MONDAY)
    renew(session, loan, days=2, actor=cast.keeper.actor, on=MONDAY)
    assert loan.due_on == THURSDAY
    assert isinstance(why_not_renewed(session, loan, MONDAY), LongerThanGranted)
    (other,) = handed(session, as_asked, cast)
    renew(session, other, days=7, actor=cast.keeper.actor, on=MONDAY)
    assert other.due_on == MONDAY + timedelta(days=14)


def test_who_can_decide_is_named_and_is_somebody_above_where_the_only_leader_asks(
    session: Session, cast: Cast
) -> None:  # fmt: skip
    with_approval(session, cast)
    item = make_copy(session, cast).item
    grant_role(session, cast.approver, Role.READER, cast.district.path, actor=OPERATOR, at=NOON)
    assert deciders(session, asked(session, item, cast.reader)) == [
        (cast.approver.display_name, cast.district.name)
    ]  # fmt: skip
    own = asked(session, item, cast.approver)
    assert deciders(session, own) == []
    city = session.scalars(select(Unit).where(Unit.path == cast.district.path.split("/")[1].join("//"))).one()
    above = open_account(session, "city.leader", "市总领导", PASSWORD, city.path, actor=OPERATOR, at=NOON)
    session.flush()
    grant_role(session, above, Role.APPROVER, city.path, actor=OPERATOR, at=NOON)
    assert deciders(session, own) == [("市总领导", city.name)]


def test_who_was_declined_gets_nothing_and_learns_why(session: Session, cast: Cast) -> None:
    with_approval(session, cast)
    copy = make_copy(session, cast)
    request = asked(session, copy.item, cast.reader)
    with pytest.raises(ReasonMissing):
        decide_without_reason(session, request, cast)
    decided(session, request, cast.approver, approved=False)
    assert (request.state, request.decision_reason) == (RequestState.DECLINED, "与职责无关")
    with pytest.raises(ApprovalNeeded):
        lent(session, copy, cast.reader, cast)
    assert asked(session, copy.item, cast.reader).state is RequestState.WAITING  # asking again is asking anew


def decide_without_reason(session: Session, request: LoanRequest, cast: Cast) -> None:
    decide(session, request, approved=False, reason=None, actor=cast.approver.actor, at=NOON, on=MONDAY)


def test_nobody_decides_on_their_own_request_nor_without_being_the_leader(session: Session, cast: Cast) -> None:
    with_approval(session, cast)
    item = make_copy(session, cast).item
    own = asked(session, item, cast.approver)
    with pytest.raises(OwnRequest):
        decided(session, own, cast.approver)
    for somebody in (cast.keeper, cast.supervisor, cast.other_keeper):
        with pytest.raises(NotTheLeader):
            decided(session, own, somebody)


def test_the_database_knows_that_nobody_decides_on_their_own_request(session: Session, cast: Cast) -> None:
    with_approval(session, cast)
    request = asked(session, make_copy(session, cast).item, cast.reader)
    request.decided_by_id, request.decided_at = cast.reader.id, NOON
    with pytest.raises(IntegrityError, match="decided_by_another"):
        session.flush()


def test_a_request_of_who_may_borrow_no_more_is_not_decided_on(session: Session, cast: Cast) -> None:
    with_approval(session, cast)
    request = asked(session, make_copy(session, cast).item, cast.reader)
    (role,) = cast.reader.active_grants
    end_role(session, cast.reader, role, actor=OPERATOR, at=NOON)
    with pytest.raises(DecidedAlready):
        decided(session, request, cast.approver)
    assert request.state is RequestState.LAPSED


def test_a_deputy_decides_while_named_and_never_on_what_the_leader_asked_for(session: Session, cast: Cast) -> None:
    with_approval(session, cast)
    box = make_box(session, cast, make_place(session, cast))
    file = make_file(session, cast)
    items = [make_copy(session, cast, f"P-{n}00", file=file, box=box).item for n in range(3)]
    deputy = cast.keeper
    row = name_deputy(
        session, cast.district, deputy, from_on=MONDAY, until_on=THURSDAY, reason="出差", actor=cast.approver.actor,
        at=NOON, on=MONDAY,
    )  # fmt: skip
    first = decided(session, asked(session, items[0], cast.reader), deputy)
    assert (first.decided_by, first.decided_for) == (deputy, cast.approver)
    of_leader = asked(session, items[1], cast.approver)
    with pytest.raises(OwnRequest):
        decided(session, of_leader, deputy)
    assert session.scalars(requests_to_decide(deputy.actor, MONDAY)).all() == []
    late = asked(session, items[2], cast.reader)
    assert session.scalars(requests_to_decide(deputy.actor, MONDAY)).all() == [late]
    with pytest.raises(NotTheLeader):
        decided(session, late, deputy, on=FRIDAY)  # the days are over
    end_delegation(session, row, actor=cast.approver.actor, at=NOON)
    with pytest.raises(NotTheLeader):
        decided(session, late, deputy)


def test_a_deputy_of_who_no_longer_leads_decides_nothing(session: Session, cast: Cast) -> None:
    with_approval(session, cast)
    request = asked(session, make_copy(session, cast).item, cast.reader)
    name_deputy(
        session, cast.district, cast.keeper, from_on=MONDAY, until_on=THURSDAY, reason="出差",
        actor=cast.approver.actor, at=NOON, on=MONDAY,
    )  # fmt: skip
    end_role(session, cast.approver, cast.approver.active_grants[0], actor=OPERATOR, at=NOON)
    session.flush()
    with pytest.raises(NotTheLeader):
        decided(session, request, cast.keeper)


def test_two_who_stand_in_do_not_decide_for_each_other(session: Session, cast: Cast) -> None:
    with_approval(session, cast)
    item, other = make_copy(session, cast).item, another_reader(session, cast)
    for deputy in (cast.reader, other):
        name_deputy(
            session, cast.district, deputy, from_on=MONDAY, until_on=THURSDAY, reason="出差",
            actor=cast.approver.actor, at=NOON, on=MONDAY,
        )  # fmt: skip
    request = asked(session, item, other)
    assert session.scalars(requests_to_decide(cast.reader.actor, MONDAY)).all() == []
    with pytest.raises(DeputyForDeputy):
        decided(session, request, cast.reader)
    assert decided(session, request, cast.approver).decided_for is None


def test_a_delegation_is_made_by_the_leader_to_one_who_reads_there(session: Session, cast: Cast) -> None:
    def named(deputy: User, actor: User, until: date = THURSDAY, begin: date = MONDAY) -> None:
        name_deputy(
            session, cast.district, deputy, from_on=begin, until_on=until, reason="出差", actor=actor.actor, at=NOON,
            on=MONDAY,
        )  # fmt: skip

    with pytest.raises(NotALeader):
        named(cast.reader, cast.keeper)
    for unfit in (cast.approver, cast.inquirer, cast.other_keeper):
        with pytest.raises(DeputyUnfit):
            named(unfit, cast.approver)
    outside = open_account(session, "street", "街道读者", PASSWORD, cast.street.path, actor=OPERATOR, at=NOON)
    session.flush()
    grant_role(session, outside, Role.READER, cast.street.path, actor=OPERATOR, at=NOON)
    with pytest.raises(DeputyUnfit):
        named(outside, cast.approver)
    with pytest.raises(DelegationInPast):
        named(cast.reader, cast.approver, begin=MONDAY - timedelta(days=1))
    with pytest.raises(DelegationBackwards):
        named(cast.reader, cast.approver, until=MONDAY - timedelta(days=1))
    with pytest.raises(DelegationTooLong):
        named(cast.reader, cast.approver, until=MONDAY + FURTHEST_AHEAD + timedelta(days=1))
    named(cast.reader, cast.approver)
    with pytest.raises(DelegatedAlready):
        named(cast.reader, cast.approver, until=FRIDAY, begin=THURSDAY)
    named(cast.reader, cast.approver, until=MONDAY + FURTHEST_AHEAD, begin=FRIDAY)  # days that do not overlap


def test_what_became_secret_after_the_asking_goes_back_to_the_leader_and_keeps_its_place(
    session: Session, cast: Cast
) -> None:  # fmt: skip
    copy = make_copy(session, cast)
    first, second = asked(session, copy.item, cast.reader), asked(session, copy.item, another_reader(session, cast))
    copy.item.secrecy = SecrecyLevel.SECRET
    session.flush()
    assert handed(session, first, cast) == []
    assert [(one.state, one.needs, one.queue_number) for one in (first, second)] == [
        (RequestState.WAITING, "secret", 1),
        (RequestState.WAITING, "secret", 2),
    ]
    with pytest.raises(ApprovalNeeded):
        lent(session, copy, cast.reader, cast)
    assert decided(session, first, cast.approver).state is RequestState.READY
    assert (first.queue_number, len(handed(session, first, cast))) == (1, 1)


def test_what_was_approved_by_a_looser_rule_is_decided_anew(session: Session, cast: Cast) -> None:
    with_approval(session, cast, "original")
    copy = make_copy(session, cast)
    request = decided(session, asked(session, copy.item, cast.reader), cast.approver)
    copy.item.secrecy = SecrecyLevel.SECRET
    session.flush()
    assert handed(session, request, cast) == []
    assert (request.state, request.needs, request.decided_by) == (RequestState.WAITING, "original,secret", None)


def leader_above(session: Session, cast: Cast) -> User:
    """The leader of the city, above the district."""
    user = open_account(session, "boss", "市领导", PASSWORD, cast.city.path, actor=OPERATOR, at=NOON)
    session.flush()
    grant_role(session, user, Role.APPROVER, cast.city.path, actor=OPERATOR, at=NOON)
    return user


def test_a_leader_above_decides_only_where_the_unit_has_none_to_decide(session: Session, cast: Cast) -> None:
    with_approval(session, cast)
    above = leader_above(session, cast)
    box, file = make_box(session, cast, make_place(session, cast)), make_file(session, cast)
    items = [make_copy(session, cast, f"P-{n}00", file=file, box=box).item for n in range(3)]
    request, own = asked(session, items[0], cast.reader), asked(session, items[1], cast.approver)
    with pytest.raises(NotTheLeader):
        decided(session, request, above)
    assert session.scalars(requests_to_decide(above.actor, MONDAY)).all() == [own]  # who else, where the leader asked
    assert session.scalars(visible_requests(above.actor, MONDAY)).all() == [own]
    decided(session, own, above)
    end_role(session, cast.approver, cast.approver.active_grants[0], actor=OPERATOR, at=NOON)
    session.flush()
    assert session.scalars(requests_to_decide(above.actor, MONDAY)).all() == [request]
    assert decided(session, request, above).decided_by is above


def test_a_deputy_who_may_no_longer_read_there_decides_nothing(session: Session, cast: Cast) -> None:
    with_approval(session, cast)
    request, deputy = asked(session, make_copy(session, cast).item, cast.reader), another_reader(session, cast)
    name_deputy(
        session, cast.district, deputy, from_on=MONDAY, until_on=THURSDAY, reason="出差",
        actor=cast.approver.actor, at=NOON, on=MONDAY,
    )  # fmt: skip
    assert session.scalars(requests_to_decide(deputy.actor, MONDAY)).all() == [request]
    end_role(session, deputy, deputy.active_grants[0], actor=OPERATOR, at=NOON)
    session.flush()
    assert session.scalars(requests_to_decide(deputy.actor, MONDAY)).all() == []
    with pytest.raises(NotTheLeader):
        decided(session, request, deputy)
