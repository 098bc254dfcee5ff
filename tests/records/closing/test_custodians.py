"""Each unit with files has one named custodian; where there is none or several, the superior sees it (art. 16a)."""

from sqlalchemy.orm import Session

from accounts.models import Grant
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from records.closing.custodians import Custodianship, custodians
from records.files.models import WithdrawalReason
from records.files.services import open_household_file, withdraw
from records.files.stubs import reduce_file
from records.holdings.models import Place
from tests.cast import MONDAY, NOON, NUMBERS, Cast, household_entry
from tests.records.closing.cases import make_household
from tests.records.disposal.conftest import disposal, place
from tests.records.disposal.office import Disposal
from tests.records.disposal.office import make_household as make_destroyable

__all__ = ["disposal", "place"]  # fixtures


def test_a_unit_is_listed_with_the_one_who_answers_for_its_files(session: Session, cast: Cast) -> None:
    make_household(session, cast.district, cast.keeper)
    make_household(session, cast.street, cast.street_keeper, NUMBERS[1], "陈平")
    found = custodians(session, cast.supervisor.actor)
    assert [(one.unit, one.files, one.people, one.state) for one in found] == [
        (cast.district, 1, ("王维",), Custodianship.ONE),
        (cast.street, 1, ("孙河",), Custodianship.ONE),
    ]
    assert [one.unit for one in custodians(session, cast.street_keeper.actor)] == [cast.street]


def test_several_custodians_are_shown(session: Session, cast: Cast) -> None:
    make_household(session, cast.district, cast.keeper)
    make_household(session, cast.district, cast.second_keeper, NUMBERS[1], "陈平")
    [found] = custodians(session, cast.supervisor.actor)
    assert (found.state, found.people) == (Custodianship.SEVERAL, ("王维", "赵敏"))


def test_nobody_has_to_answer_for_what_was_destroyed(
    session: Session, cast: Cast, disposal: Disposal, place: Place
) -> None:
    make_destroyable(session, cast, place)
    disposal.destroyed()
    assert custodians(session, cast.supervisor.actor) == []
    make_household(session, cast.district, cast.keeper, NUMBERS[1], "陈平")
    [found] = custodians(session, cast.supervisor.actor)
    assert (found.files, found.unattended, found.state) == (1, 0, Custodianship.ONE)


def test_a_unit_whose_custodian_has_no_role_there_any_more_has_none(session: Session, cast: Cast) -> None:
    grant_role(session, cast.keeper, Role.KEEPER, cast.workplace.path, actor=OPERATOR, at=NOON)
    open_household_file(
        session, cast.workplace, household_entry(), keeper=cast.keeper, actor=cast.keeper.actor, on=MONDAY
    )
    grant: Grant = cast.keeper.grants[-1]
    grant.ended_at = NOON
    session.flush()
    [found] = custodians(session, cast.supervisor.actor)
    assert (found.unit, found.state, found.unattended) == (cast.workplace, Custodianship.NONE, 1)


def test_a_unit_of_which_some_files_have_no_custodian_is_shown_with_the_one_it_has(
    session: Session, cast: Cast
) -> None:
    make_household(session, cast.district, cast.keeper)
    make_household(session, cast.district, cast.second_keeper, NUMBERS[1], "陈平")
    cast.second_keeper.grants[-1].ended_at = NOON
    session.flush()
    [found] = custodians(session, cast.supervisor.actor)
    assert (found.state, found.people, found.files, found.unattended) == (Custodianship.PARTLY, ("王维",), 2, 1)


def test_what_was_destroyed_needs_no_custodian(session: Session, cast: Cast) -> None:
    file = make_household(session, cast.district, cast.keeper)
    make_household(session, cast.district, cast.keeper, NUMBERS[1], "陈平")
    withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    reduce_file(session, file, "XH-2026-0001", on=MONDAY)
    session.flush()
    [found] = custodians(session, cast.supervisor.actor)
    assert (found.state, found.files, found.unattended) == (Custodianship.ONE, 1, 0)
