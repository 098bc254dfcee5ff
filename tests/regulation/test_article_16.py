"""Article 16: a dedicated person keeps the files, and leaves the post only after a complete handover."""

import pytest
from sqlalchemy.orm import Session

from accounts.errors import CustodyUnsigned
from accounts.roles import OPERATOR
from accounts.services import close_account, end_role
from records.closing.custodians import Custodianship, custodians
from tests.cast import NOON, NUMBERS, Cast
from tests.records.closing.cases import make_household, offer, open_custodies, take


def test_each_unit_with_files_has_one_named_custodian_and_others_are_shown_to_the_superior(
    session: Session, cast: Cast
) -> None:
    make_household(session, cast.district, cast.keeper)
    [found] = custodians(session, cast.supervisor.actor)
    assert (found.people, found.state) == (("王维",), Custodianship.ONE)
    make_household(session, cast.district, cast.second_keeper, NUMBERS[1], "陈平")
    [found] = custodians(session, cast.supervisor.actor)
    assert (found.unit, found.people, found.state) == (cast.district, ("王维", "赵敏"), Custodianship.SEVERAL)


def test_no_file_is_without_a_keeper_at_any_step_of_a_transfer(session: Session, cast: Cast) -> None:
    file = make_household(session, cast.district, cast.keeper)
    transfer = offer(session, cast, file)
    assert len(open_custodies(session, file)) == 1
    take(session, transfer, cast.other_keeper)
    assert len(open_custodies(session, file)) == 1


def test_an_account_cannot_be_closed_or_moved_while_custody_is_unsigned(session: Session, cast: Cast) -> None:
    file = make_household(session, cast.district, cast.keeper)
    session.flush()
    with pytest.raises(CustodyUnsigned):
        close_account(session, cast.keeper, actor=OPERATOR, at=NOON)
    with pytest.raises(CustodyUnsigned):
        end_role(session, cast.keeper, cast.keeper.active_grants[0], actor=OPERATOR, at=NOON)
    take(session, offer(session, cast, file), cast.other_keeper)
    close_account(session, cast.keeper, actor=OPERATOR, at=NOON)
