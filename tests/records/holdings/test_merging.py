"""Two boxes become one: by the rules for what lies in a box, with nothing out, and old labels lead on."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from records.browse.scanning import Found, found_by
from records.handover.errors import BoxBeingHandedOver
from records.holdings.boxes import move_box
from records.holdings.copies import move_copy
from records.holdings.errors import (
    BoxesDiffer,
    BoxesOfTwoKeepers,
    BoxHoldsOthers,
    BoxIsOut,
    BoxRetired,
    CopyIsOut,
    MergeChanged,
    OtherUnitsPlace,
    SameBox,
)
from records.holdings.merging import check_merge, contents_of, merge_boxes, merge_digest
from records.holdings.models import Box, BoxCustody, PaperCopy
from records.holdings.room import boxes_out, plan_digest, planned, rooms_in
from records.holdings.scanned import spot_named
from records.holdings.whereabouts import path_of_box, path_of_copy
from records.lending.errors import BoxAskedFor
from records.lending.services import lend, take_back
from records.stocktake.errors import BoxBeingCounted
from records.stocktake.models import Finding
from records.stocktake.services import cancel, counts_of, end_counting, start
from storage.database import Database
from tests.cast import MONDAY, NOON, Cast, find_cast, make_file
from tests.conftest import SignedIn
from tests.records.handover.office import begin
from tests.records.holdings.makers import make_box as box_of_kind
from tests.records.lending.asking import asked, handed
from tests.records.lending.shelf import make_box, make_copy, make_place


class Pair:
    """Boxes H-1 with P-1 and P-2, and H-2 with P-3, of one household, on two repositories of the district."""

    def __init__(self, session: Session, cast: Cast) -> None:
        self.session, self.cast, self.actor = session, cast, cast.keeper.actor
        self.places = [make_place(session, cast, name) for name in ("甲库", "乙库")]
        self.one, self.two = (
            make_box(session, cast, place, f"H-{number}") for number, place in enumerate(self.places, start=1)
        )
        self.file = make_file(session, cast)
        self.copies = [
            make_copy(session, cast, f"P-{number}", file=self.file, box=box)
            for number, box in enumerate((self.one, self.one, self.two), start=1)
        ]
        session.flush()

    def merge(self, box: Box | None = None, into: Box | None = None) -> int:
        box, into = box or self.one, into or self.two
        seen = merge_digest(box, into, contents_of(self.session, box))
        return merge_boxes(self.session, box, into, seen_sha256=seen, actor=self.actor, at=NOON, on=MONDAY)

    def refused(self, why: type[Exception], match: str | None = None) -> None:
        with pytest.raises(why, match=match):
            check_merge(self.session, self.one, self.two, actor=self.actor)


@pytest.fixture
def pair(session: Session, cast: Cast) -> Pair:
    return Pair(session, cast)


def test_the_emptied_box_is_retired_and_points_to_the_one_that_took_its_papers(session: Session, pair: Pair) -> None:
    assert pair.merge() == 2
    assert {copy.box_id for copy in pair.copies} == {pair.two.id}
    assert (pair.one.place, pair.one.in_use, pair.one.merged_on) == (None, pair.two, MONDAY)
    assert [(step.box and step.box.barcode, step.reason) for step in path_of_box(session, pair.one)] == [
        ("H-2", "Boxes merged"),
        (None, "Box set up"),
    ]
    assert [step.box and step.box.barcode for step in path_of_copy(session, pair.copies[0])] == ["H-2", "H-1"]
    [room] = rooms_in(session, pair.places[0])
    assert room.boxes == 0
    kept = session.scalars(select(BoxCustody).where(BoxCustody.box_id == pair.one.id)).one()
    assert kept.until_on == MONDAY


def test_old_labels_lead_to_the_box_that_took_the_papers_also_through_a_second_merge(
    session: Session, cast: Cast, pair: Pair
) -> None:
    third = make_box(session, cast, pair.places[0], "H-3")
    pair.merge()
    pair.merge(pair.two, third)
    assert found_by(session, "h-1", pair.actor, MONDAY) == Found("holdings.show_box", {"box_id": third.id})
    assert spot_named(session, "H-1", pair.actor) is third
    assert pair.one.address == "→ H-3"
    with pytest.raises(BoxRetired, match="H-1 was merged into H-3"):
        move_box(session, pair.one, pair.places[1], actor=pair.actor, at=NOON)
    with pytest.raises(BoxRetired):
        move_copy(session, pair.copies[0], pair.one, actor=pair.actor, at=NOON)


def test_what_has_changed_since_the_preview_is_looked_at_again(session: Session, cast: Cast, pair: Pair) -> None:
    seen = merge_digest(pair.one, pair.two, contents_of(session, pair.one))
    make_copy(session, cast, "P-9", file=pair.file, box=pair.one)
    with pytest.raises(MergeChanged):
        merge_boxes(session, pair.one, pair.two, seen_sha256=seen, actor=pair.actor, at=NOON, on=MONDAY)


def test_only_boxes_of_one_kind_unit_and_keeper_are_merged(session: Session, cast: Cast, pair: Pair) -> None:
    with pytest.raises(SameBox):
        check_merge(session, pair.one, pair.one, actor=pair.actor)
    older = box_of_kind(session, cast, pair.places[0], year=2025)
    with pytest.raises(BoxesDiffer, match=r"2026.*2025"):
        check_merge(session, pair.one, older, actor=pair.actor)
    custody = session.scalars(select(BoxCustody).where(BoxCustody.box_id == pair.two.id)).one()
    custody.keeper_id = cast.second_keeper.id
    session.flush()
    pair.refused(BoxesOfTwoKeepers, "王维 answers for H-1, 赵敏 for H-2")
    custody.keeper_id = cast.keeper.id
    pair.file.unit = cast.other_district
    session.flush()
    pair.refused(BoxHoldsOthers, "西区总工会")
    pair.file.unit = cast.district
    pair.two.unit = cast.other_district
    session.flush()
    pair.refused(OtherUnitsPlace)


def test_nothing_that_is_out_asked_for_counted_or_handed_over_is_merged(
    session: Session, cast: Cast, pair: Pair
) -> None:
    loan = lend(
        session, pair.copies[2], cast.reader, purpose="复核", days=7, actor=pair.actor, at=NOON, on=MONDAY
    )  # fmt: skip
    pair.refused(CopyIsOut, "P-3 is with 李读")
    take_back(session, loan, actor=pair.actor, at=NOON, on=MONDAY)
    stocktake = start(session, pair.places[1], cast.keeper, cast.approver, actor=pair.actor, at=NOON, on=MONDAY)
    pair.refused(BoxBeingCounted, stocktake.number)
    cancel(session, stocktake, "误", actor=pair.actor, on=MONDAY)
    request = asked(session, pair.one, cast.reader)
    pair.refused(BoxAskedFor, request.number)
    handed(session, request, cast)
    pair.refused(BoxIsOut, "Box H-1 is with 李读 until 2026-03-09")


def test_a_box_that_is_being_handed_over_stays_as_it_was_listed(session: Session, cast: Cast, pair: Pair) -> None:
    handover = begin(session, cast)
    pair.refused(BoxBeingHandedOver, handover.number)


def test_a_box_on_loan_keeps_its_room_and_is_not_moved_nor_missed(session: Session, cast: Cast, pair: Pair) -> None:
    handed(session, asked(session, pair.one, cast.reader), cast)
    session.flush()
    with pytest.raises(BoxIsOut):
        move_box(session, pair.one, pair.places[1], actor=pair.actor, at=NOON)
    [shift] = planned(session, pair.places[0], pair.places[1], actor=pair.actor)
    assert shift.to is None
    assert shift.away is not None
    assert plan_digest([shift])
    out = boxes_out(session, [place.id for place in pair.places])
    assert {barcode: away.holder for barcode, away in out[pair.places[0].id].items()} == {"H-1": "李读"}
    stocktake = start(session, pair.places[0], cast.keeper, cast.approver, actor=pair.actor, at=NOON, on=MONDAY)
    assert end_counting(session, stocktake, actor=pair.actor, at=NOON) == 0
    assert counts_of(session, stocktake)[Finding.ON_LOAN] == 3


@pytest.mark.parametrize("values", [{"merged_on": MONDAY}, {"place_id": None}])
def test_the_database_itself_wants_a_box_on_a_place_or_in_another(
    session: Session, pair: Pair, values: dict[str, object]
) -> None:
    for name, value in values.items():
        setattr(pair.one, name, value)
    if "place_id" in values:
        pair.one.place = None
    with pytest.raises(IntegrityError), session.begin_nested():
        session.flush()


def test_boxes_are_merged_from_the_page_of_one_after_a_preview(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        pair = Pair(session, cast)
        one, two, place = pair.one.id, pair.two.id, pair.places[1].id
    keeper: FlaskClient = signed_in("keeper")
    assert f"/boxes/{one}/merge" in keeper.get(f"/boxes/{one}").text
    assert "this box itself" in keeper.post(f"/boxes/{one}/merge", data={"spot": "H-1", "preview": "1"}).text
    seen = keeper.post(f"/boxes/{one}/merge", data={"spot": "h-2", "preview": "1"}).text
    assert "has 1 copies now and 3 then" in seen
    digest = seen.split('name="seen"')[1].split('value="')[1].split('"')[0]
    done = keeper.post(f"/boxes/{one}/merge", data={"spot": "h-2", "seen": digest, "merge": "1"}, follow_redirects=True)
    assert "H-1 was merged into H-2 with 2 copies." in done.text
    assert "Took the papers of" in done.text
    assert "no longer in use" in keeper.get(f"/boxes/{one}").text
    assert "H-1" not in keeper.get("/boxes").text
    assert "→ H-2" in keeper.get("/boxes?show=merged").text
    assert keeper.get("/scan?barcode=H-1").location == f"/boxes/{two}"
    with database.begin() as session:
        cast = find_cast(session)
        handed(session, asked(session, session.get_one(Box, two), cast.reader), cast)
        assert session.scalars(select(PaperCopy.holder_id).distinct()).all() == [cast.reader.id]
    for page in (f"/boxes/{two}", "/boxes", f"/places/{place}", f"/places/{place}/plan?boxes=1"):
        told = keeper.get(page).text
        assert "李读" in told, page
        assert "2026-03-09" in told, page
