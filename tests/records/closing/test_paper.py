"""Paper that still lies with the giving unit, and boxes taken over whole."""

import pytest
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from records.closing.errors import BoxNotYours, BoxStillShared, GiverFetches
from records.closing.paper import box_to_fetch, boxes_to_fetch, fetch_box, paper_elsewhere, paper_left_of
from records.holdings.copies import move_copy, register_copy
from records.holdings.models import BoxCustody
from tests.cast import MONDAY, NOON, NUMBERS, Cast, make_item
from tests.records.closing.cases import Case, begin_case, make_box, make_case, make_household, make_room, offer, take
from web.rules import NotVisible


@pytest.fixture
def case(session: Session, cast: Cast) -> Case:
    """The district's file has passed to the other district, its paper has not."""
    case = make_case(session, cast)
    take(session, offer(session, cast, case.file), cast.other_keeper)
    session.flush()
    return case


def test_paper_that_stayed_is_listed_until_it_is_fetched(session: Session, cast: Cast, case: Case) -> None:
    elsewhere = paper_elsewhere(cast.other_keeper.actor)
    assert session.scalars(elsewhere).all() == [case.copy]
    assert session.scalars(paper_elsewhere(cast.keeper.actor)).all() == []
    place = make_room(session, cast.other_district, cast.other_keeper, "西库")
    move_copy(session, case.copy, place, actor=cast.other_keeper.actor, at=NOON)
    assert session.scalars(elsewhere).all() == []


def test_a_box_is_taken_over_with_the_next_number_of_its_kind_and_keeps_its_barcode(
    session: Session, cast: Cast, case: Case
) -> None:
    keeper = cast.other_keeper
    place = make_room(session, cast.other_district, keeper, "西库")
    own = make_box(session, place, keeper)
    assert own.number == case.box.number  # each unit counts its own boxes
    barcode = case.box.barcode
    [found] = boxes_to_fetch(session, keeper.actor)
    assert (found.box, found.whole) == (case.box, True)
    fetch_box(session, case.box, place, keeper=keeper, actor=keeper.actor, at=NOON, on=MONDAY)
    assert (case.box.unit, case.box.number, case.box.barcode) == (cast.other_district, own.number + 1, barcode)
    assert case.copy.box is case.box
    custody = session.query(BoxCustody).filter_by(box_id=case.box.id, until_on=None).one()
    assert custody.keeper_id == keeper.id
    assert boxes_to_fetch(session, keeper.actor) == []


def test_a_box_with_paper_of_others_stays(session: Session, cast: Cast, case: Case) -> None:
    other = make_household(session, cast.district, cast.keeper, NUMBERS[1], "陈平")
    item = make_item(session, other, cast.keeper.actor)
    register_copy(session, item, case.box, pages_count=1, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    keeper = cast.other_keeper
    place = make_room(session, cast.other_district, keeper, "西库")
    [found] = boxes_to_fetch(session, keeper.actor)
    assert not found.whole
    with pytest.raises(BoxStillShared, match="paper of 东区总工会"):
        fetch_box(session, case.box, place, keeper=keeper, actor=keeper.actor, at=NOON, on=MONDAY)


def test_an_empty_box_is_taken_over_from_a_unit_that_ends_by_one_that_received_files_from_there(
    session: Session, cast: Cast, case: Case
) -> None:
    empty = make_box(session, case.place, cast.keeper)
    keeper = cast.other_keeper
    place = make_room(session, cast.other_district, keeper, "西库")
    assert empty not in {found.box for found in boxes_to_fetch(session, keeper.actor)}
    with pytest.raises(BoxNotYours):
        fetch_box(session, empty, place, keeper=keeper, actor=keeper.actor, at=NOON, on=MONDAY)
    begin_case(session, cast, cast.district)
    assert empty in {found.box for found in boxes_to_fetch(session, keeper.actor)}
    fetch_box(session, empty, place, keeper=keeper, actor=keeper.actor, at=NOON, on=MONDAY)


def test_who_kept_what_lies_in_a_box_until_it_passed_does_not_fetch_it(session: Session, cast: Cast) -> None:
    case = make_case(session, cast)
    grant_role(session, cast.keeper, Role.KEEPER, cast.other_district.path, actor=OPERATOR, at=NOON)
    session.refresh(cast.keeper)
    take(session, offer(session, cast, case.file, giver=cast.second_keeper), cast.other_keeper)
    place = make_room(session, cast.other_district, cast.other_keeper, "西库")
    for keeper, actor in ((cast.keeper, cast.other_keeper), (cast.other_keeper, cast.keeper)):
        with pytest.raises(GiverFetches):
            fetch_box(session, case.box, place, keeper=keeper, actor=actor.actor, at=NOON, on=MONDAY)
    fetch_box(session, case.box, place, keeper=cast.other_keeper, actor=cast.other_keeper.actor, at=NOON, on=MONDAY)


def test_who_received_nothing_from_a_unit_takes_none_of_its_boxes(session: Session, cast: Cast, case: Case) -> None:
    place = make_room(session, cast.street, cast.street_keeper)
    with pytest.raises(NotVisible):
        box_to_fetch(session, case.box.id, cast.street_keeper.actor)
    with pytest.raises(BoxNotYours):
        fetch_box(
            session, case.box, place, keeper=cast.street_keeper, actor=cast.street_keeper.actor, at=NOON, on=MONDAY
        )


def test_a_transfer_names_the_paper_that_still_lies_with_the_giver(session: Session, cast: Cast) -> None:
    case = make_case(session, cast)
    transfer = offer(session, cast, case.file, cast.street)
    take(session, transfer, cast.street_keeper)
    assert paper_left_of(session, transfer) == [case.copy]
