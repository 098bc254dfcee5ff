"""The sets lodged at a centre that ends move to another one before it is closed (art. 14)."""

import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Actor, Role
from accounts.services import grant_role, open_account
from audit import AuditEntry
from classification.categories import Category
from records.closing.closings import begin_closing, complete_closing, give_up_closing
from records.closing.errors import (
    CentreEnds,
    MayNotLead,
    NoOtherCentre,
    NotForLodgedSets,
    NothingLodged,
    OffererTakesSets,
    SetsOffered,
    UnitStillKeeps,
)
from records.closing.lodged import (
    centres_offered,
    offer_sets,
    recall_sets,
    refuse_sets,
    sets_offered,
    sets_on_the_way,
    take_sets,
)
from records.closing.models import UnitClosing
from records.disposal.appraisal import draw
from records.disposal.due import DueFilter
from records.disposal.errors import FileInBatch
from records.files.models import WithdrawalReason
from records.files.services import withdraw
from records.notices.rules.custody import giver_of_sets, offered_sets
from records.workflow.models import Application, State
from records.workflow.procedure import lodge, visible_lodged
from storage.database import Database
from storage.objects import FolderStore
from tests.cast import NOON, NUMBERS, PASSWORD, Cast, find_cast, make_cast
from tests.conftest import SignedIn
from tests.records.closing.cases import anybody_waits
from tests.records.disposal.office import register_paper
from tests.records.workflow.office import AFTER, Desk, at, bring_to, entry, lodged, make_desk, matching, submitted
from units.errors import UnitClosed
from units.models import Unit
from web.rules import NotVisible


@pytest.fixture
def desk(session: Session, cast: Cast) -> Desk:
    return make_desk(session, cast)


def begun(session: Session, cast: Cast, centre: Unit) -> UnitClosing:
    return begin_closing(session, centre, "区编〔2026〕3号", actor=cast.approver.actor, at=NOON)


def offered(session: Session, closing: UnitClosing, to: Unit, actor: Actor) -> int:
    return offer_sets(session, closing, to, "中心撤并", actor=actor)


def moved(session: Session, cast: Cast, closing: UnitClosing) -> int:
    """The approver offers the sets to the other district, and its keeper takes them."""
    offered(session, closing, cast.other_district, cast.approver.actor)
    return take_sets(session, closing, "一库 1 柜", actor=cast.other_keeper.actor, on=AFTER)


def waiting_for(session: Session, actor: Actor) -> list[UnitClosing]:
    """The closings whose sets the actor takes or refuses."""
    return list(session.scalars(sets_on_the_way(actor).where(sets_offered(actor))))


def officer_of(session: Session, cast: Cast) -> User:
    """Who lodges at the district union itself."""
    user = open_account(session, "district.officer", "何接", PASSWORD, cast.district.path, actor=OPERATOR, at=NOON)
    session.flush()
    grant_role(session, user, Role.CENTRE_OFFICER, cast.district.path, actor=OPERATOR, at=NOON)
    session.refresh(user)
    return user


def test_a_centre_is_closed_once_its_lodged_sets_lie_elsewhere_with_reason(
    session: Session, cast: Cast, desk: Desk, store: FolderStore
) -> None:
    file, copy = lodged(session, desk, submitted(session, desk), store)
    lay, closing, actor = copy.place, begun(session, cast, desk.centre), cast.approver.actor
    with pytest.raises(UnitStillKeeps, match="1 lodged set"):
        complete_closing(session, closing, actor=actor, at=NOON, on=AFTER)
    for to in (desk.centre, cast.street):
        with pytest.raises(NotForLodgedSets):
            offered(session, closing, to, actor)
    with pytest.raises(MayNotLead):
        offered(session, closing, cast.other_district, cast.reader.actor)
    assert moved(session, cast, closing) == 1
    assert (copy.centre, copy.place, copy.moved_on, copy.moved_reason) == (
        cast.other_district, "一库 1 柜", AFTER, "中心撤并",
    )  # fmt: skip
    assert copy.moved_from == f"东区帮扶中心 {lay}"
    with pytest.raises(NothingLodged):
        offered(session, closing, cast.other_district, actor)
    complete_closing(session, closing, actor=actor, at=NOON, on=AFTER)
    session.commit()
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "lodged_copy.moved"))
    assert [file.code in entry.details for entry in entries] == [True]


def test_no_set_moves_while_a_list_to_be_carried_out_says_where_it_lies(
    session: Session, cast: Cast, desk: Desk, store: FolderStore
) -> None:
    file, _ = lodged(session, desk, submitted(session, desk), store)
    closing = begun(session, cast, desk.centre)
    keeper = desk.keeper.actor
    register_paper(session, file, desk.keeper)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=keeper, on=AFTER, today=AFTER)
    long_after = AFTER.replace(year=AFTER.year + 11)
    due = DueFilter(category=Category.ORIGINAL)
    draw(session, desk.workplace, due, actor=keeper, at=at(long_after), on=long_after)
    with pytest.raises(FileInBatch):
        offered(session, closing, cast.other_district, cast.approver.actor)


def test_lodged_sets_lie_where_they_lay_until_another_unit_takes_them(
    session: Session, cast: Cast, desk: Desk, store: FolderStore
) -> None:
    _, copy = lodged(session, desk, submitted(session, desk), store)
    lay, closing, actor = copy.place, begun(session, cast, desk.centre), cast.approver.actor
    with pytest.raises(NotVisible):
        take_sets(session, closing, "一库 1 柜", actor=cast.other_keeper.actor, on=AFTER)
    offered(session, closing, cast.other_district, actor)
    with pytest.raises(SetsOffered, match="西区总工会"):
        offered(session, closing, cast.district, actor)
    with pytest.raises(NotVisible):
        take_sets(session, closing, "一库 1 柜", actor=cast.keeper.actor, on=AFTER)
    assert waiting_for(session, cast.other_keeper.actor) == [closing]
    assert waiting_for(session, cast.keeper.actor) == []
    refuse_sets(session, closing, "无处存放", actor=cast.other_keeper.actor, on=AFTER)
    offered(session, closing, cast.other_district, actor)
    recall_sets(session, closing, actor=actor)
    offered(session, closing, cast.other_district, actor)
    give_up_closing(session, closing, "中心继续存续", actor=actor, on=AFTER)
    session.flush()
    assert waiting_for(session, cast.other_keeper.actor) == []
    assert (copy.centre, copy.place, copy.moved_on) == (desk.centre, lay, None)


def test_an_officer_sees_the_sets_received_or_handed_over_and_takes_those_of_the_own_unit_alone(
    session: Session, cast: Cast, desk: Desk, store: FolderStore
) -> None:
    _, copy = lodged(session, desk, submitted(session, desk), store)
    closing, officer = begun(session, cast, desk.centre), officer_of(session, cast).actor
    grant_role(session, cast.reader, Role.CENTRE_OFFICER, cast.other_district.path, actor=OPERATOR, at=NOON)
    session.refresh(cast.reader)
    receiving = cast.reader.actor
    assert session.scalars(sets_on_the_way(desk.officer.actor)).all() == []
    offered(session, closing, cast.other_district, cast.approver.actor)
    for actor in (desk.officer.actor, officer, receiving):
        assert session.scalars(sets_on_the_way(actor)).all() == [closing]
    assert [waiting_for(session, actor) for actor in (desk.officer.actor, officer, receiving)] == [[], [], [closing]]
    with pytest.raises(NotVisible):
        take_sets(session, closing, "一库 1 柜", actor=officer, on=AFTER)
    refuse_sets(session, closing, "无处存放", actor=receiving, on=AFTER)
    said = (closing.sets_refusing, closing.sets_refused_on, closing.sets_refused_reason)
    assert said == (cast.other_district, AFTER, "无处存放")
    assert session.scalars(sets_on_the_way(receiving)).all() == [closing]
    offered(session, closing, cast.other_district, cast.approver.actor)
    take_sets(session, closing, "一库 1 柜", actor=receiving, on=AFTER)
    assert (closing.sets_refusing, session.scalars(sets_on_the_way(officer)).all()) == (None, [])
    assert session.scalars(visible_lodged(receiving)).all() == [copy]


def test_who_offers_lodged_sets_does_not_take_them_too(
    session: Session, cast: Cast, desk: Desk, store: FolderStore
) -> None:
    lodged(session, desk, submitted(session, desk), store)
    closing, both = begun(session, cast, desk.centre), cast.approver
    grant_role(session, both, Role.KEEPER, cast.other_district.path, actor=OPERATOR, at=NOON)
    session.refresh(both)
    offered(session, closing, cast.other_district, both.actor)
    with pytest.raises(OffererTakesSets):
        take_sets(session, closing, "一库 1 柜", actor=both.actor, on=AFTER)


def test_centres_of_the_own_line_are_offered_first(session: Session, cast: Cast, desk: Desk) -> None:
    found = centres_offered(session, but=cast.other_district)
    assert found == [cast.city, cast.district, desk.centre]  # no union of its line but the city
    assert centres_offered(session, but=desk.centre) == [cast.city, cast.district, cast.other_district]


def test_nothing_is_lodged_with_a_centre_that_was_closed_meanwhile(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    desk.centre.closed_on = AFTER
    with pytest.raises(UnitClosed):
        lodged(session, desk, submitted(session, desk), store)


def test_nothing_is_lodged_with_a_centre_whose_closing_begins_at_that_instant(
    postgres: Database, store: FolderStore
) -> None:
    with postgres.begin() as session:
        desk = make_desk(session, make_cast(session))
        application = bring_to(session, desk, submitted(session, desk), State.LODGEMENT, store)
        matching(session, desk, application)

    def lodging() -> None:
        with postgres.begin() as session:
            officer = session.get_one(User, desk.officer.id)
            lodge(
                session, session.get_one(Application, application.id), place="二号柜", actor=officer.actor,
                at=at(AFTER), on=AFTER,
            )  # fmt: skip

    with ThreadPoolExecutor(1) as other:
        with postgres.begin() as session:
            cast = find_cast(session)
            begun(session, cast, session.get_one(Unit, desk.centre.id))
            waiting = other.submit(lodging)
            while not anybody_waits(postgres):
                assert not waiting.done(), waiting.exception()
        with pytest.raises(NoOtherCentre):
            waiting.result()


def test_lodged_sets_are_moved_on_the_page_of_the_closing(
    database: Database, signed_in: SignedIn, store: FolderStore
) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        desk = make_desk(session, cast)
        file, _ = lodged(session, desk, submitted(session, desk), store)
        page, code = f"/closings/{begun(session, cast, desk.centre).id}", file.code
        to = str(cast.other_district.id)
    client = signed_in("approver")
    assert "Lodged sets kept here" in client.get(page).text
    fields = {"centre": to, "set_reason": "中心撤并"}
    refused = client.post(f"{page}/lodged-sets", data={**fields, "set_reason": ""})
    assert (refused.status_code, f'<option selected value="{to}"' in refused.text) == (422, True)
    assert client.post(f"{page}/lodged-sets", data=fields).status_code == 303
    assert "Offered to 西区总工会: 中心撤并" in client.get(page).text
    assert client.post(f"{page}/lodged-sets/recall").status_code == 303
    assert client.post(f"{page}/lodged-sets", data=fields).status_code == 303
    receiver = signed_in("west.keeper")
    assert "Lodged sets offered to my unit" in receiver.get("/").text
    answer = receiver.get("/lodged-sets?state=mine").text
    [offer] = set(re.findall(r"/lodged-sets/[0-9]+", answer))
    assert "/acceptance" not in client.get(offer).text  # who hands them over sees them, and has nothing to take
    assert signed_in("reader").get(offer).status_code == 403
    assert receiver.post(f"{offer}/refusal", data={"reason": ""}).status_code == 422
    assert receiver.post(f"{offer}/refusal", data={"reason": "无处存放"}).status_code == 303
    for place in (page, offer, "/lodged-sets"):
        assert all(said in client.get(place).text for said in ("西区总工会", "无处存放")), place
    assert client.post(f"{page}/lodged-sets", data=fields).status_code == 303
    assert receiver.post(f"{offer}/acceptance", data={"set_place": ""}).status_code == 422
    assert receiver.post(f"{offer}/acceptance", data={"set_place": "一库 1 柜"}).status_code == 303
    assert "Lodged sets kept here" not in client.get(page).text
    assert client.post(f"{page}/completion").status_code == 303
    listed = client.get("/lodged-copies").text
    assert code in listed
    assert "中心撤并" in listed


def test_a_centre_that_ends_takes_no_new_sets_and_the_receivers_keeper_is_told_of_those_offered(
    session: Session, cast: Cast, desk: Desk, store: FolderStore
) -> None:
    _, copy = lodged(session, desk, submitted(session, desk), store)
    another = submitted(session, desk, entry(NUMBERS[1], "陈平"))
    bring_to(session, desk, another, State.LODGEMENT, store)
    matching(session, desk, another)
    closing, officer = begun(session, cast, desk.centre), desk.officer
    with pytest.raises(NoOtherCentre, match=f"closed under {closing.number}"):
        lodge(session, another, place="二号柜", actor=officer.actor, at=at(AFTER), on=AFTER)
    at_district = officer_of(session, cast)
    with pytest.raises(CentreEnds, match="lodges it: 东区总工会"):
        lodge(session, another, place="二号柜", actor=officer.actor, at=at(AFTER), on=AFTER)
    taken = lodge(session, another, place="三号柜", actor=at_district.actor, at=at(AFTER), on=AFTER)
    assert taken.centre is cast.district
    offered(session, closing, cast.other_district, cast.approver.actor)
    session.commit()
    entry_made = session.scalars(select(AuditEntry).where(AuditEntry.action == "unit_closing.sets_offered")).one()
    assert set(offered_sets(session, entry_made, {})) == {cast.other_keeper.id}
    take_sets(session, closing, "一库 1 柜", actor=cast.other_keeper.actor, on=AFTER)
    assert list(giver_of_sets(session, entry_made, {"giver": cast.approver.name})) == [cast.approver.id]
    assert session.scalars(visible_lodged(cast.other_keeper.actor)).all() == [copy]


def test_who_keeps_only_a_lodged_set_finds_it_by_its_code_and_is_told_the_name_masked(
    database: Database, signed_in: SignedIn, store: FolderStore
) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        desk = make_desk(session, cast)
        others = submitted(session, desk, entry(NUMBERS[1], "丁一"))
        file, other = (lodged(session, desk, one, store)[0] for one in (submitted(session, desk), others))
        moved(session, cast, begun(session, cast, desk.centre))
        for each in (file, other):
            withdraw(session, each, WithdrawalReason.LIFTED, actor=desk.keeper.actor, on=AFTER, today=AFTER)
        code, name, earlier = file.code, file.title, other.code  # by the name, though lodged later
    for who, told in (("west.keeper", False), ("officer", True)):
        client = signed_in(who)
        listed = client.get("/lodged-copies?sort=title").text
        sheet = load_workbook(BytesIO(client.get("/lodged-copies?format=xlsx").data)).active
        assert sheet is not None
        cells = {cell for row in sheet.iter_rows(values_only=True) for cell in row}
        assert (code in listed, code in cells, "一库 1 柜" in cells) == (True, True, True)
        assert (name in listed, name in cells) == (told, told)
        assert (listed.index(earlier) < listed.index(code)) == told  # nor does the order tell of it
