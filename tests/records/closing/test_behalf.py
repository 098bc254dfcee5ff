"""Custody on behalf: for whom, by whom, why, from when until when (art. 14b)."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from records.closing.behalf import custody_on_behalf, kept_together, visible_custodies_on_behalf
from records.closing.closings import closing_of, give_up_closing
from records.closing.errors import NotForKeepingOnBehalf, NotKeptOnBehalf, OwnerGoesOn, OwnerKeepsItself
from records.closing.models import CustodyOnBehalf, TransferReason
from records.closing.parties import keepers_on_behalf
from records.files.models import File
from tests.cast import MONDAY, NOON, NUMBERS, Cast
from tests.records.closing.cases import begin_case, make_centre, make_household, offer, take
from units.models import UnitKind
from units.services import found_unit


@pytest.fixture
def file(session: Session, cast: Cast) -> File:
    return make_household(session, cast.street, cast.street_keeper)


def keep(session: Session, cast: Cast, file: File) -> CustodyOnBehalf:
    """The district keeps the file of the street, which is being closed, on its behalf."""
    begin_case(session, cast)
    take(
        session,
        offer(session, cast, file, cast.district, TransferReason.ON_BEHALF, giver=cast.street_keeper),
        cast.keeper,
    )
    kept = custody_on_behalf(session, file)
    assert kept is not None
    return kept


def test_it_records_owner_keeper_reason_and_start(session: Session, cast: Cast, file: File) -> None:
    kept = keep(session, cast, file)
    assert (kept.owner, kept.keeper_unit, kept.reason, kept.from_on, kept.until_on) == (
        cast.street, cast.district, "户籍迁往西区。", MONDAY, None,
    )  # fmt: skip
    assert file.unit is cast.district


def test_it_ends_when_the_file_passes_to_a_unit_of_its_own(session: Session, cast: Cast, file: File) -> None:
    kept = keep(session, cast, file)
    take(session, offer(session, cast, file, reason=TransferReason.OWNER_FOUND), cast.other_keeper)
    assert kept.until_on == MONDAY
    assert custody_on_behalf(session, file) is None


def test_passed_on_to_another_keeping_unit_the_owner_of_record_stays(session: Session, cast: Cast, file: File) -> None:
    first = keep(session, cast, file)
    centre = make_centre(session, cast.district, cast.second_keeper)
    take(session, offer(session, cast, file, centre, TransferReason.ON_BEHALF), cast.second_keeper)
    second = custody_on_behalf(session, file)
    assert second is not None
    assert (second.owner, second.keeper_unit) == (cast.street, centre)
    assert first.until_on == MONDAY


def test_the_own_aid_centre_or_the_union_next_above_keeps_on_behalf_and_nobody_else(
    session: Session, cast: Cast, file: File
) -> None:
    centre = make_centre(session, cast.district, cast.second_keeper)
    foreign = found_unit(session, cast.other_district, "西区帮扶中心", UnitKind.AID_CENTRE, actor=OPERATOR)
    assert keepers_on_behalf(session, cast.street) == []  # it goes on
    begin_case(session, cast)
    assert keepers_on_behalf(session, cast.street) == [cast.district, centre]
    for unit in (foreign, cast.other_district, cast.city, cast.workplace):
        with pytest.raises(NotForKeepingOnBehalf, match="keeps files: 东区总工会、东区帮扶中心") as refused:
            offer(session, cast, file, unit, TransferReason.ON_BEHALF, giver=cast.street_keeper)
        assert refused.value.field == "to_unit"
    take(
        session, offer(session, cast, file, cast.district, TransferReason.ON_BEHALF, giver=cast.street_keeper),
        cast.keeper,
    )  # fmt: skip


def test_nothing_is_kept_on_behalf_of_a_unit_that_goes_on(session: Session, cast: Cast, file: File) -> None:
    with pytest.raises(OwnerGoesOn, match="河街道总工会 is not being closed"):
        offer(session, cast, file, cast.district, TransferReason.ON_BEHALF, giver=cast.street_keeper)
    kept = keep(session, cast, file)
    case = closing_of(session, cast.street)
    assert case is not None
    give_up_closing(session, case, "街道工会保留", actor=cast.approver.actor, on=MONDAY)
    centre = make_centre(session, cast.district, cast.second_keeper)
    with pytest.raises(OwnerGoesOn):
        offer(session, cast, kept.file, centre, TransferReason.ON_BEHALF)


def test_only_what_is_kept_on_behalf_goes_back_to_an_owner(session: Session, cast: Cast, file: File) -> None:
    with pytest.raises(NotKeptOnBehalf):
        offer(session, cast, file, cast.district, TransferReason.OWNER_FOUND, giver=cast.street_keeper)


def test_nobody_keeps_on_behalf_of_itself(session: Session, cast: Cast) -> None:
    keeper = cast.second_keeper
    grant_role(session, keeper, Role.KEEPER, cast.city.path, actor=OPERATOR, at=NOON)
    begin_case(session, cast, cast.district)
    file = make_household(session, cast.district, cast.keeper, NUMBERS[1], "陈平")
    take(session, offer(session, cast, file, cast.city, TransferReason.ON_BEHALF), keeper)
    with pytest.raises(OwnerKeepsItself, match="Choose the reason “Custody on behalf ends”"):
        offer(session, cast, file, cast.district, TransferReason.ON_BEHALF, giver=keeper)


def test_owner_and_keeping_unit_see_it_and_others_do_not(session: Session, cast: Cast, file: File) -> None:
    kept = keep(session, cast, file)
    assert kept_together(session, kept, cast.keeper.actor) == [kept]
    for person, seen in ((cast.street_keeper, [kept]), (cast.keeper, [kept]), (cast.other_keeper, [])):
        assert session.scalars(visible_custodies_on_behalf(person.actor)).all() == seen


def test_a_file_is_kept_on_behalf_of_one_owner_at_a_time(session: Session, cast: Cast, file: File) -> None:
    keep(session, cast, file)
    assert len(session.scalars(select(CustodyOnBehalf).where(CustodyOnBehalf.until_on.is_(None))).all()) == 1
