import json

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from audit import AuditEntry
from records.files.errors import NotTheKeepersUnit
from records.holdings.boxes import move_box
from records.holdings.copies import move_copy, register_copy
from records.holdings.errors import (
    MoveChanged,
    MovedIntoItself,
    NothingToMove,
    OtherUnitsPlace,
    PlaceClosed,
    PlaceTooNarrow,
)
from records.holdings.models import Movement, Place
from records.holdings.places import PlaceRange, add_places
from records.holdings.plan import drawn
from records.holdings.room import NoRoom, free_places, measure, move_shelf, plan_digest, planned, rooms_in
from records.stocktake.errors import ShelvesBeingCounted
from records.stocktake.services import start
from storage.database import Database
from tests.cast import MONDAY, NOON, Cast, find_cast
from tests.conftest import SignedIn
from tests.records.lending.shelf import make_box, make_copy, make_place


def shelves(session: Session, cast: Cast, *, width_mm: int | None = 100, capacity: int | None = 3) -> list[Place]:
    """Two bays of two levels each, in a repository; the levels in their order."""
    repository = make_place(session, cast)
    asked = PlaceRange(bays=2, levels=2, capacity_boxes=capacity, width_mm=width_mm)
    made = add_places(session, repository, asked, actor=cast.keeper.actor)
    session.flush()
    return [place for place in made if place.capacity_boxes or place.width_mm] or made[2:]


def test_a_shelf_takes_what_its_width_takes(session: Session, cast: Cast) -> None:
    level = shelves(session, cast)[0]
    for _ in range(3):
        make_box(session, cast, level)
    level.capacity_boxes = None
    with pytest.raises(PlaceTooNarrow, match="10 mm left, the box needs 30 mm"):
        make_box(session, cast, level)


def test_a_closed_shelf_takes_nothing_and_keeps_what_it_has(session: Session, cast: Cast) -> None:
    levels = shelves(session, cast)
    box = make_box(session, cast, levels[0])
    actor = cast.keeper.actor
    measure(session, levels[0], capacity_boxes=3, width_mm=100, closed_reason="返潮", actor=actor)
    loose = make_copy(session, cast, "P-1", box=make_box(session, cast, levels[1]))
    with pytest.raises(PlaceClosed, match="返潮"):
        make_box(session, cast, levels[0])
    with pytest.raises(PlaceClosed, match="返潮"):
        move_copy(session, loose, levels[0], actor=actor, at=NOON)
    with pytest.raises(PlaceClosed, match="返潮"):
        register_copy(
            session, loose.item, levels[0], pages_count=1, actor=actor, at=NOON, on=MONDAY, barcode="P-2"
        )  # fmt: skip
    move_box(session, box, levels[1], actor=actor, at=NOON)
    with pytest.raises(NotTheKeepersUnit):
        measure(session, levels[0], capacity_boxes=1, width_mm=None, closed_reason=None, actor=cast.other_keeper.actor)


@pytest.mark.parametrize(("column", "value"), [("width_mm", 0), ("closed_reason", "")])
def test_the_database_itself_refuses_measures_that_mean_nothing(
    session: Session, cast: Cast, column: str, value: object
) -> None:
    place = make_place(session, cast)
    setattr(place, column, value)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.flush()


def test_each_shelf_says_why_it_does_not_take_what_is_asked(session: Session, cast: Cast) -> None:
    levels = shelves(session, cast)
    make_box(session, cast, levels[0])
    levels[1].closed_reason = "返潮"
    levels[2].width_mm = levels[2].capacity_boxes = None
    levels[3].capacity_boxes = None
    session.flush()
    rooms = rooms_in(session, session.get_one(Place, levels[0].parent.parent_id))  # type: ignore[union-attr]
    actor = cast.keeper.actor
    assert [room.refuses(actor, boxes=3) for room in rooms] == [NoRoom.FULL, NoRoom.CLOSED, NoRoom.UNKNOWN, None]
    assert [room.refuses(actor, mm=70) for room in rooms] == [None, NoRoom.CLOSED, NoRoom.UNKNOWN, None]
    assert rooms[3].refuses(actor, boxes=4) is NoRoom.FULL  # 120 mm, reckoned by the usual spine
    assert {room.refuses(cast.other_keeper.actor, boxes=1) for room in rooms} == {NoRoom.OTHER_UNIT}
    assert [(room.free_boxes, room.free_mm) for room in rooms] == [(2, 70), (3, 100), (None, None), (None, 100)]


def test_a_bay_moves_level_for_level_with_a_step_for_each_box(session: Session, cast: Cast) -> None:
    levels = shelves(session, cast)
    boxes = [make_box(session, cast, level, f"H-{number}") for number, level in enumerate(levels[:2])]
    copy = make_copy(session, cast, "P-1", box=levels[1])  # type: ignore[arg-type]
    source, target = levels[0].parent, levels[2].parent
    assert source is not None
    assert target is not None
    actor = cast.keeper.actor
    shifts = planned(session, source, target, actor=actor)
    assert [(one.thing.barcode, one.to) for one in shifts] == [
        ("H-0", levels[2]),
        ("H-1", levels[3]),
        ("P-1", levels[3]),
    ]
    assert move_shelf(session, source, target, seen_sha256=plan_digest(shifts), actor=actor, at=NOON) == (shifts, [])
    assert [box.place_id for box in boxes] == [levels[2].id, levels[3].id]
    assert copy.place_id == levels[3].id
    steps = session.scalars(select(Movement).where(Movement.reason == "Moved with its shelf")).all()
    assert len(steps) == 3


def test_shelves_stand_in_the_order_of_their_numbers(session: Session, cast: Cast) -> None:
    repository = make_place(session, cast)
    made = add_places(session, repository, PlaceRange(bays=2, levels=11, capacity_boxes=1), actor=cast.keeper.actor)
    session.flush()
    levels = [place for place in made if place.capacity_boxes]
    assert [room.place for room in rooms_in(session, repository)] == levels
    assert [room.place for room in free_places(session, cast.keeper.actor, boxes=1, most=99)] == levels
    measure(
        session, levels[0], capacity_boxes=1, width_mm=None, closed_reason="返潮", actor=cast.keeper.actor
    )  # fmt: skip
    assert [room.place for room in free_places(session, cast.keeper.actor, boxes=1, most=2)] == levels[1:3]


def test_a_place_is_moved_neither_onto_itself_nor_while_it_is_counted(session: Session, cast: Cast) -> None:
    levels = shelves(session, cast)
    make_box(session, cast, levels[0])
    source, target = levels[0].parent, levels[2].parent
    assert source is not None
    assert target is not None
    for inside in (source, levels[1]):
        with pytest.raises(MovedIntoItself):
            planned(session, source, inside, actor=cast.keeper.actor)
    start(session, levels[0], cast.keeper, cast.approver, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    for one, other in ((source, target), (target, source)):
        with pytest.raises(ShelvesBeingCounted, match="PD-2026-0001"):
            planned(session, one, other, actor=cast.keeper.actor)


def test_what_does_not_fit_is_shown_and_stays(session: Session, cast: Cast) -> None:
    levels = shelves(session, cast, width_mm=None)
    for number in range(3):
        make_box(session, cast, levels[0], f"H-{number}")
        make_box(session, cast, levels[2], f"H-1{number}")
    actor = cast.keeper.actor
    levels[3].closed_reason = "返潮"
    target = levels[2].parent
    assert target is not None
    shifts = planned(session, levels[0], target, actor=actor)
    assert [one.to for one in shifts] == [None] * 3
    with pytest.raises(NothingToMove):
        move_shelf(session, levels[0], target, seen_sha256=plan_digest(shifts), actor=actor, at=NOON)
    shifts = planned(session, levels[0], levels[1], actor=actor)
    make_box(session, cast, levels[1], "H-20")
    with pytest.raises(MoveChanged):
        move_shelf(session, levels[0], levels[1], seen_sha256=plan_digest(shifts), actor=actor, at=NOON)
    shifts = planned(session, levels[0], levels[1], actor=actor)
    moved, staying = move_shelf(
        session, levels[0], levels[1], seen_sha256=plan_digest(shifts), actor=actor, at=NOON
    )  # fmt: skip
    assert (len(moved), len(staying)) == (2, 1)


def test_nothing_moves_to_another_units_shelf(session: Session, cast: Cast) -> None:
    level = shelves(session, cast)[0]
    place = make_place(session, cast, "西区一库")
    place.unit, place.unit_id = cast.other_district, cast.other_district.id
    with pytest.raises(OtherUnitsPlace):
        planned(session, level, place, actor=cast.keeper.actor)


def test_the_plan_draws_each_bay_with_its_shelves_the_first_at_the_bottom(session: Session, cast: Cast) -> None:
    levels = shelves(session, cast)
    for _ in range(3):
        make_box(session, cast, levels[0])
    root = session.get_one(Place, levels[0].parent.parent_id)  # type: ignore[union-attr]
    plan = drawn(root, rooms_in(session, root))
    assert [bay.label for bay in plan.bays] == ["1节", "2节"]
    upper, lower = plan.bays[0].cells
    assert (upper.room.place.name, lower.room.place.name) == ("2层", "1层")
    assert upper.y < lower.y
    assert (lower.state, upper.state) == ("full", "room")
    assert plan.bays[1].x > plan.bays[0].x


def test_each_row_of_bays_stands_below_the_one_before(session: Session, cast: Cast) -> None:
    root = make_place(session, cast)
    add_places(session, root, PlaceRange(rows=2, bays=2, levels=1, capacity_boxes=3), actor=cast.keeper.actor)
    bays = drawn(root, rooms_in(session, root)).bays
    assert [bay.label for bay in bays] == ["1列 1节", "1列 2节", "2列 1节", "2列 2节"]
    assert bays[0].y == bays[1].y < bays[2].y == bays[3].y
    assert bays[0].x == bays[2].x < bays[1].x == bays[3].x


def test_the_pages_show_the_plan_find_room_and_move_a_bay(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        levels = shelves(session, cast)
        make_box(session, cast, levels[0], "H-1")
        bays = [levels[0].parent, levels[2].parent]
        root_id, bay_ids = bays[0].parent_id, [bay.id for bay in bays]  # type: ignore[union-attr]
        target = bays[1].barcode  # type: ignore[union-attr]
        level_id = levels[3].id
    client = signed_in("keeper")
    page = client.get(f"/places/{root_id}/plan?cm=8").get_data(as_text=True)
    assert page.count('class="shelf') == 4
    assert "3 shelves have room" in page
    assert "style=" not in page[page.index("<svg class") : page.index("</svg>", page.index("<svg class"))]
    for query in ("boxes=-5", "cm=abc"):
        wrong = client.get(f"/places/{root_id}/plan?{query}").get_data(as_text=True)
        assert "Between 1 and 1000." in wrong or "“abc” is not a whole number." in wrong
        assert f'value="{query.split("=")[1]}"' in wrong
    assert client.get("/places/free?cm=8").get_data(as_text=True).count("Set up boxes here") == 3
    assert client.get("/places/free?cm=2000").get_data(as_text=True).count("Set up boxes here") == 0
    assert "“viele” is not a whole number." in client.get("/places/free?boxes=viele").get_data(as_text=True)
    client.post(f"/places/{level_id}/measures", data={"width_mm": "90", "closed_reason": "返潮"})
    assert "返潮" in client.get(f"/places/{root_id}/plan?boxes=1").get_data(as_text=True)
    preview = client.post(f"/places/{bay_ids[0]}/move", data={"spot": target}).get_data(as_text=True)
    assert "Move 1 box" in preview
    seen = preview[preview.index('name="seen"') :].split('value="')[1].split('"')[0]
    moved = client.post(
        f"/places/{bay_ids[0]}/move",
        data={"spot": target, "seen": seen, "move": "1", "reason": "漏水 50%"},
        follow_redirects=True,
    )
    assert "Moved: 1 box." in moved.get_data(as_text=True)
    with database.reading() as session:
        step = session.scalars(select(Movement).order_by(Movement.id.desc()).limit(1)).one()
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "box.moved")).one()
    assert (step.reason, json.loads(told.details)["reason"]) == ("漏水 50%", "漏水 50%")
    assert "漏水 50%" in client.get(f"/boxes/{step.box_id}").text
    assert signed_in("west.keeper").get(f"/places/{root_id}/plan").status_code == 404
