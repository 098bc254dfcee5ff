"""Where paper lies: in one place or hand at any moment, and every step of it can be read."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import Permission
from classification.categories import Category
from classification.periods import Period
from records.files.errors import NotTheKeepersUnit
from records.files.models import Item
from records.holdings.boxes import add_box, move_box
from records.holdings.copies import destroy_copy, last_spot, move_copy, put, register_copy
from records.holdings.errors import (
    BadBarcode,
    BarcodeTaken,
    BoxMixed,
    BoxOnAPlace,
    CopyIsOut,
    NoPlacesAsked,
    NowhereToPut,
    OtherUnitsPlace,
    PlaceFull,
    PlaceNameTaken,
    RepositoryInside,
    TooManyPlaces,
    UnknownSpot,
)
from records.holdings.models import Box, Movement, PaperCopy, Place, PlaceKind, Spot
from records.holdings.places import PlaceRange, add_place, add_places, preview
from records.holdings.room import free_places
from records.holdings.scanned import place_named, spot_named
from records.holdings.whereabouts import code_ranges, fitting_boxes, path_of_copy, tree
from storage.database import Database
from tests.cast import MONDAY, NOON, Cast, make_cast, make_file, make_item
from tests.records.holdings.makers import TEN_YEARS, make_box, make_place


def register(session: Session, cast: Cast, item: Item, spot: Spot | None, barcode: str | None = None) -> PaperCopy:
    return register_copy(
        session, item, spot, pages_count=3, actor=cast.keeper.actor, at=NOON, on=MONDAY, barcode=barcode
    )


def test_a_range_of_places_is_made_as_it_was_previewed(session: Session, cast: Cast) -> None:
    repository = make_place(session, cast)
    range_ = PlaceRange(rows=3, bays=4, levels=5, capacity_boxes=6)
    made = add_places(session, repository, range_, actor=cast.keeper.actor)
    assert len(made) == range_.number == 3 + 12 + 60
    lowest = [place.address for place in made if place.kind is PlaceKind.LEVEL]
    assert lowest == preview(repository.address, range_)
    assert lowest[0] == "1号库 1列 1节 1层"
    assert lowest[-1] == "1号库 3列 4节 5层"


def test_a_second_range_is_numbered_on_from_the_first(session: Session, cast: Cast) -> None:
    repository = make_place(session, cast)
    add_places(session, repository, PlaceRange(rows=2), actor=cast.keeper.actor)
    more = add_places(session, repository, PlaceRange(rows=1, levels=2), actor=cast.keeper.actor)
    assert [place.address for place in more] == ["1号库 3列", "1号库 3列 1层", "1号库 3列 2层"]


@pytest.mark.parametrize(
    ("range_", "refusal"), [(PlaceRange(), NoPlacesAsked), (PlaceRange(rows=200, bays=200, levels=50), TooManyPlaces)]
)
def test_a_range_of_nothing_or_of_thousands_is_refused(
    session: Session, cast: Cast, range_: PlaceRange, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        add_places(session, make_place(session, cast), range_, actor=cast.keeper.actor)


def test_the_tree_adds_up_what_stands_below(session: Session, cast: Cast) -> None:
    repository = make_place(session, cast)
    made = add_places(session, repository, PlaceRange(bays=11, levels=2, capacity_boxes=3), actor=cast.keeper.actor)
    levels = [place for place in made if place.kind is PlaceKind.LEVEL]
    make_box(session, cast, levels[0])
    make_box(session, cast, levels[3])
    register(session, cast, make_item(session, make_file(session, cast), cast.keeper.actor), levels[1])
    session.flush()
    [root] = tree(session, select(Place))
    held = root.occupancy
    assert (held.boxes, held.capacity_boxes, held.free, held.loose_copies) == (2, 66, 64, 1)
    assert [branch.place.name for branch in root.below] == [f"{number}节" for number in range(1, 12)]
    assert [branch.occupancy.boxes for branch in root.below[:2]] == [1, 1]


def test_free_room_is_found_where_it_fits_best(session: Session, cast: Cast) -> None:
    roomy, tight = make_place(session, cast, "大柜", capacity=9), make_place(session, cast, "小柜", capacity=2)
    make_place(session, cast, "敞架")
    make_box(session, cast, tight)
    session.flush()
    wide = make_place(session, cast, "宽架")
    wide.width_mm = 100
    session.flush()

    def found(user: User = cast.keeper, **room: int) -> list[tuple[int, int | None, int | None]]:
        fitting = free_places(session, user.actor, **room, most=99)
        return [(one.place.id, one.free_boxes, one.free_mm) for one in fitting]

    assert found(boxes=1) == [(tight.id, 1, None), (wide.id, None, 100), (roomy.id, 9, None)]
    assert found(boxes=2) == [(wide.id, None, 100), (roomy.id, 9, None)]
    assert found(boxes=4) == [(roomy.id, 9, None)]
    assert found(mm=100) == [(wide.id, None, 100)]
    tight.width_mm = 500
    assert found(boxes=2) == [(wide.id, None, 100), (roomy.id, 9, None)]  # it is full by number, however wide
    assert found(boxes=2, mm=110) == found(cast.other_keeper, boxes=1) == []


def test_a_full_place_takes_no_box(session: Session, cast: Cast) -> None:
    full, other = make_place(session, cast, "满柜", capacity=1), make_place(session, cast, "空柜")
    make_box(session, cast, full)
    with pytest.raises(PlaceFull, match="满柜 is full: it has room for 1 boxes"):
        make_box(session, cast, full)
    with pytest.raises(PlaceFull):
        move_box(session, make_box(session, cast, other), full, actor=cast.keeper.actor, at=NOON)


def test_a_box_goes_with_all_that_is_in_it(session: Session, cast: Cast) -> None:
    here, there = make_place(session, cast, "旧库"), make_place(session, cast, "新库")
    box = make_box(session, cast, here)
    copy = register(session, cast, make_item(session, make_file(session, cast), cast.keeper.actor), box)
    move_box(session, box, there, actor=cast.keeper.actor, at=NOON)
    session.flush()
    steps = path_of_copy(session, copy)
    assert [(step.place and step.place.name, step.box_moved) for step in steps] == [("新库", True), ("旧库", False)]
    assert copy.box is box


def test_the_path_tells_where_the_box_stood_then(session: Session, cast: Cast) -> None:
    first, second = make_place(session, cast, "甲库"), make_place(session, cast, "乙库")
    box = make_box(session, cast, first)
    copy = register(session, cast, make_item(session, make_file(session, cast), cast.keeper.actor), second)
    move_box(session, box, second, actor=cast.keeper.actor, at=NOON)
    move_copy(session, copy, box, actor=cast.keeper.actor, at=NOON)
    move_copy(session, copy, first, actor=cast.keeper.actor, at=NOON)
    move_box(session, box, first, actor=cast.keeper.actor, at=NOON)
    session.flush()
    told = [(step.box and step.box.barcode, step.place and step.place.name) for step in path_of_copy(session, copy)]
    assert told == [(None, "甲库"), (box.barcode, "乙库"), (None, "乙库")]


@pytest.mark.parametrize(
    "change", [{"category": Category.DOCUMENTARY}, {"year": 2025}, {"period": Period(30)}], ids=str
)
def test_a_box_holds_one_category_year_and_period(session: Session, cast: Cast, change: dict[str, object]) -> None:
    item = make_item(session, make_file(session, cast), cast.keeper.actor)
    box = make_box(session, cast, make_place(session, cast), **change)  # type: ignore[arg-type]
    with pytest.raises(BoxMixed, match="this item is ZY·KN·2026·D10"):
        register(session, cast, item, box)
    assert fitting_boxes(session, item, cast.keeper.actor) == []


def test_boxes_that_fit_are_offered(session: Session, cast: Cast) -> None:
    item = make_item(session, make_file(session, cast), cast.keeper.actor)
    place = make_place(session, cast)
    make_box(session, cast, place, year=2025)
    fitting = [make_box(session, cast, place), make_box(session, cast, place)]
    assert [box.number for box in fitting] == [1, 2]
    assert list(fitting_boxes(session, item, cast.keeper.actor)) == fitting[::-1]


def test_paper_lies_with_its_own_unit(session: Session, cast: Cast) -> None:
    item = make_item(session, make_file(session, cast), cast.keeper.actor)
    abroad = make_place(session, cast, "西区库", unit=cast.other_district)
    with pytest.raises(OtherUnitsPlace, match="西区总工会"):
        register(session, cast, item, abroad)
    with pytest.raises(UnknownSpot):
        spot_named(session, abroad.barcode, cast.keeper.actor)
    with pytest.raises(NotTheKeepersUnit):
        make_box(session, cast, abroad)


def test_a_copy_is_never_nowhere(session: Session, cast: Cast) -> None:
    item = make_item(session, make_file(session, cast), cast.keeper.actor)
    with pytest.raises(NowhereToPut):
        register(session, cast, item, None)


def test_a_copy_with_a_holder_is_not_moved(session: Session, cast: Cast) -> None:
    place = make_place(session, cast)
    copy = register(session, cast, make_item(session, make_file(session, cast), cast.keeper.actor), place)
    put(session, copy, cast.reader, actor=cast.keeper.actor, at=NOON, reason="Lent")
    with pytest.raises(CopyIsOut, match="李读"):
        move_copy(session, copy, place, actor=cast.keeper.actor, at=NOON)
    assert last_spot(session, copy) is place


def test_where_a_copy_lay_last_is_known_after_its_destruction(session: Session, cast: Cast) -> None:
    """The page of a loan asks it, and outlives the paper."""
    place = make_place(session, cast)
    copy = register(session, cast, make_item(session, make_file(session, cast), cast.keeper.actor), place)
    destroy_copy(session, copy, "XH-2026-0009", actor=cast.keeper.name, at=NOON, on=MONDAY)
    assert last_spot(session, copy) is place


@pytest.mark.parametrize("barcode", ["ab", "P 1", "条码001", "-abc", "x" * 41])
def test_a_barcode_is_what_scanners_can_type(session: Session, cast: Cast, barcode: str) -> None:
    item = make_item(session, make_file(session, cast), cast.keeper.actor)
    with pytest.raises(BadBarcode):
        register(session, cast, item, make_place(session, cast), barcode)


def test_a_barcode_means_one_thing(session: Session, cast: Cast) -> None:
    place = make_place(session, cast)
    item = make_item(session, make_file(session, cast), cast.keeper.actor)
    with pytest.raises(BarcodeTaken, match=place.barcode):
        register(session, cast, item, place, place.barcode)


def test_automatic_barcodes_go_on_behind_one_typed_by_hand(both_databases: Database) -> None:
    with both_databases.begin() as session:
        people = make_cast(session)
        keeper = people.keeper.actor
        first = add_place(session, people.district, PlaceKind.CABINET, "1柜", actor=keeper)
        assert first.barcode == "K-00000001"
        for typed in ("K-00000002", "K-00000003"):
            add_place(session, people.district, PlaceKind.CABINET, typed, actor=keeper, barcode=typed)
        made = [add_place(session, people.district, PlaceKind.CABINET, name, actor=keeper) for name in ("4柜", "5柜")]
        assert [place.barcode for place in made] == ["K-00000004", "K-00000005"]


def test_movements_are_never_changed_or_deleted(session: Session, cast: Cast) -> None:
    make_box(session, cast, make_place(session, cast))
    session.flush()
    movement = session.scalars(select(Movement)).one()
    movement.reason = "another"
    with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
        session.flush()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(["register", "copy", "box", "hand"]), st.integers(0, 9), st.integers(0, 9)),
        max_size=25,
    )
)
def test_whatever_is_moved_each_copy_is_in_exactly_one_place_and_its_path_leads_there(
    session: Session, cast: Cast, acts: list[tuple[str, int, int]]
) -> None:
    with session.begin_nested() as undone:
        item = make_item(session, make_file(session, cast), cast.keeper.actor)
        places = [make_place(session, cast, f"{number}号库") for number in range(3)]
        boxes = [make_box(session, cast, place) for place in places]
        spots: list[Spot] = [*places, *boxes]
        copies: list[PaperCopy] = []
        for act, one, other in acts:
            if act == "register":
                copies.append(register(session, cast, item, spots[one % 6]))
            elif act == "box":
                move_box(session, boxes[one % 3], places[other % 3], actor=cast.keeper.actor, at=NOON)
            elif copies:
                copy = copies[one % len(copies)]
                if act == "hand":
                    put(session, copy, cast.reader, actor=cast.keeper.actor, at=NOON, reason="Lent")
                elif copy.holder_id is None:
                    move_copy(session, copy, spots[other % 6], actor=cast.keeper.actor, at=NOON)
        session.flush()
        for copy in copies:
            session.refresh(copy)
            assert [copy.box_id, copy.place_id, copy.holder_id].count(None) == 2
            moved = session.scalars(select(Movement).where(Movement.copy_id == copy.id).order_by(Movement.id)).all()
            at: tuple[int | None, int | None, int | None] = (None, None, None)
            for step in moved:
                assert (step.from_box_id, step.from_place_id, step.from_holder_id) == at
                at = (step.to_box_id, step.to_place_id, step.to_holder_id)
            assert at == (copy.box_id, copy.place_id, copy.holder_id)
            now = path_of_copy(session, copy)[0]
            assert now.place is (copy.box.place if copy.box else copy.place)
        undone.rollback()


Attempt = Callable[[Session, Cast], None]


def compete(database: Database, attempt: Attempt, refusal: type[Exception], people: Cast) -> list[str]:
    """Two keepers try the same thing at the same instant; what became of each."""

    def act(_: int) -> str:
        try:
            with database.begin() as session:
                attempt(session, people)
        except refusal:
            return "refused"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(act, range(2)))


def test_of_two_keepers_one_gets_the_barcode(both_databases: Database) -> None:
    with both_databases.begin() as session:
        people = make_cast(session)
        unit_id = people.district.id

    def attempt(session: Session, people: Cast) -> None:
        unit = session.get_one(type(people.district), unit_id)
        add_place(session, unit, PlaceKind.CABINET, "柜", actor=people.keeper.actor, barcode="K-TAKEN")

    assert compete(both_databases, attempt, BarcodeTaken, people) == ["done", "refused"]


def test_the_last_room_on_a_place_is_given_once(both_databases: Database) -> None:
    with both_databases.begin() as session:
        people = make_cast(session)
        place_id = make_place(session, people, capacity=1).id

    def attempt(session: Session, people: Cast) -> None:
        place = session.get_one(Place, place_id)
        keeper = session.get_one(User, people.keeper.id)
        add_box(
            session, place, Category.ORIGINAL, 2026, TEN_YEARS, keeper=keeper, actor=keeper.actor, at=NOON, on=MONDAY
        )

    assert compete(both_databases, attempt, PlaceFull, people) == ["done", "refused"]
    with both_databases.reading() as session:
        assert session.scalar(select(func.count()).select_from(Box)) == 1


def test_boxes_set_up_at_once_get_numbers_of_their_own(both_databases: Database) -> None:
    with both_databases.begin() as session:
        people = make_cast(session)
        place_id = make_place(session, people).id

    def attempt(session: Session, people: Cast) -> None:
        place = session.get_one(Place, place_id)
        keeper = session.get_one(User, people.keeper.id)
        at = NOON + timedelta(minutes=1)
        add_box(session, place, Category.ORIGINAL, 2026, TEN_YEARS, keeper=keeper, actor=keeper.actor, at=at, on=MONDAY)

    assert compete(both_databases, attempt, PlaceFull, people) == ["done", "done"]
    with both_databases.reading() as session:
        assert sorted(session.scalars(select(Box.number))) == [1, 2]


def test_the_range_of_a_box_is_given_for_each_series_of_codes(session: Session, cast: Cast) -> None:
    box = make_box(session, cast, make_place(session, cast))
    file = make_file(session, cast)
    for number, code in enumerate(["KU·01·2026·D10-002-009", "KU·01·2026·D10-002-010", "KU·02·2026·D10-001-003"]):
        item = make_item(session, file, cast.keeper.actor)
        item.number, item.code, item.filed_on = number + 1, f"C038-{code}", MONDAY
        register_copy(session, item, box, pages_count=1, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    session.flush()
    told = [(each.series, each.first, each.last) for each in code_ranges(session, [box.id])[box.id]]
    assert told == [
        (("KU", "01"), "C038-KU·01·2026·D10-002-009", "C038-KU·01·2026·D10-002-010"),
        (("KU", "02"), "C038-KU·02·2026·D10-001-003", "C038-KU·02·2026·D10-001-003"),
    ]


def test_a_box_stands_on_a_place_and_not_in_a_box(session: Session, cast: Cast) -> None:
    box = make_box(session, cast, make_place(session, cast))
    with pytest.raises(BoxOnAPlace, match=f"{box.barcode} is a box"):
        place_named(session, box.barcode, cast.keeper.actor, Permission.FILE)


def test_places_under_one_parent_have_names_of_their_own(session: Session, cast: Cast) -> None:
    parent = make_place(session, cast)
    add_place(session, cast.district, PlaceKind.ROW, "1列", actor=cast.keeper.actor, parent=parent)
    with pytest.raises(PlaceNameTaken):
        add_place(session, cast.district, PlaceKind.CABINET, "1列", actor=cast.keeper.actor, parent=parent)


def test_a_repository_is_no_part_of_another_place(session: Session, cast: Cast) -> None:
    parent = make_place(session, cast)
    with pytest.raises(RepositoryInside):
        add_place(session, cast.district, PlaceKind.REPOSITORY, "小库", actor=cast.keeper.actor, parent=parent)
