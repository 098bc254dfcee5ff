"""Reading paper at the counter: given, given back, and kept from being lent meanwhile (art. 17)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from audit.models import UseEntry
from classification.categories import SecrecyLevel
from records.consultation.at_counter import counter_readings, note_given_back, note_read_at_counter
from records.consultation.errors import (
    ItemClosed,
    NotBeingRead,
    NotGivenBack,
    ReadAtCounter,
    ReadByAnother,
    ReceivedElsewhere,
    StillBeingRead,
)
from records.consultation.models import CounterReading, Way
from records.consultation.registration import InquirerEntry
from records.consultation.requests import accept_undertaking, close, revoke, scope_of
from records.consultation.scope import paper_here
from records.consultation.seeing import not_back, visible_consultations
from records.handover.custody import entries
from records.holdings.being_read import being_read
from records.holdings.copies import destroy_copy, last_spot, move_copy, put, register_copy
from records.holdings.errors import CopyBeingRead
from records.holdings.models import Condition, PaperCopy, PlaceKind
from records.holdings.places import add_place
from records.lending.at_desk import scan
from records.lending.errors import NeededHere
from records.lending.models import Loan, RequestState
from records.lending.queue import put_aside_for, settle, settle_some
from records.lending.requests import ask, cancel
from records.lending.services import lend
from records.notices.models import Notice
from records.notices.services import tell_what_is_due
from records.stocktake.models import Finding, StocktakeLine
from records.stocktake.services import end_counting, start
from records.supervision.models import Incident
from storage.database import Database
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, NUMBERS, Cast, find_cast, make_cast, make_item
from tests.conftest import NewDatabase, SignedIn
from tests.printing import paper
from tests.records.consultation.office import (
    COURT,
    COURT_CODE,
    PHONE,
    UNTIL,
    Reading,
    approved,
    confirmed,
    filed,
    furnish,
    narrowed,
)
from web.transaction import store as app_store

ZONE = ZoneInfo("Asia/Shanghai")


def test_reading_paper_at_the_counter_is_the_same_case_without_the_screen(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    entry = InquirerEntry("何来访", NUMBERS[2], PHONE, COURT, COURT_CODE)
    one.inquirer = confirmed(session, cast, entry, account=None)
    asked = filed(session, store, cast, one)
    assert asked.way is Way.COUNTER
    narrowed(session, cast, asked, {one.recording.id: None, one.application.id: None})
    approved(session, cast, asked)
    accept_undertaking(session, asked, "何来访", language="zh", actor=cast.keeper.actor, at=NOON)
    line = next(each for each in scope_of(session, asked) if each.item_id == one.application.id)
    with pytest.raises(ReceivedElsewhere):
        note_read_at_counter(session, asked, line, actor=cast.other_keeper.actor, at=NOON)
    with pytest.raises(ReadAtCounter):
        note_read_at_counter(session, asked, line, actor=cast.keeper.actor, at=UNTIL)
    assert readings(session) == []
    note_read_at_counter(session, asked, line, actor=cast.keeper.actor, at=NOON)
    with pytest.raises(StillBeingRead):
        note_read_at_counter(session, asked, line, actor=cast.keeper.actor, at=NOON)
    note_given_back(session, asked, line, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    with pytest.raises(NotBeingRead):
        note_given_back(session, asked, line, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    assert [each.returned_by for each in counter_readings(session, asked)[line.id]] == ["keeper"]
    (look,) = readings(session)
    assert (look.actor, look.subject_kind, look.subject_id) == ("keeper", "item", one.application.id)
    assert all(f'"{told}"' in look.details for told in (asked.number, "何来访"))


def test_paper_that_a_reader_gives_back_damaged_is_a_case(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    entry = InquirerEntry("何来访", NUMBERS[2], PHONE, COURT, COURT_CODE)
    one.inquirer = confirmed(session, cast, entry, account=None)
    asked = narrowed(session, cast, filed(session, store, cast, one), {one.application.id: None})
    approved(session, cast, asked)
    accept_undertaking(session, asked, "何来访", language="zh", actor=cast.keeper.actor, at=NOON)
    (line,) = scope_of(session, asked)

    def back(condition: Condition | None) -> str | None:
        note_read_at_counter(session, asked, line, actor=cast.keeper.actor, at=NOON)
        return note_given_back(
            session, asked, line, condition=condition, actor=cast.keeper.actor, at=NOON, on=MONDAY
        )  # fmt: skip

    assert [back(each) for each in (None, Condition.WORN, Condition.DAMAGED, Condition.DAMAGED, None)] == [
        None, None, "SG-2026-0001", None, None,
    ]  # fmt: skip
    incident = session.scalars(select(Incident)).one()
    assert incident.happened == f"到馆查阅归还时发现破损（{asked.number}）"
    (copy,) = paper_here(session, one.application.id)
    assert copy.condition is Condition.DAMAGED


def test_paper_that_a_reader_keeps_past_the_day_is_listed_and_told_to_the_keepers_each_day(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    entry = InquirerEntry("何来访", NUMBERS[2], PHONE, COURT, COURT_CODE)
    one.inquirer = confirmed(session, cast, entry, account=None)
    asked = narrowed(session, cast, filed(session, store, cast, one), {one.application.id: None})
    approved(session, cast, asked)
    accept_undertaking(session, asked, "何来访", language="zh", actor=cast.keeper.actor, at=NOON)
    (line,) = scope_of(session, asked)
    given = note_read_at_counter(session, asked, line, actor=cast.keeper.actor, at=NOON)

    def listed(days: int) -> list[str]:
        query = visible_consultations(cast.keeper.actor).where(not_back(MONDAY + timedelta(days=days), ZONE))
        return [case.number for case in session.scalars(query)]

    def told(days: int) -> list[tuple[str, int]]:
        tell_what_is_due(session, on=MONDAY + timedelta(days=days), at=NOON.astimezone(ZONE))
        waiting = select(Notice).where(Notice.rule == "consultation.not_back", Notice.read_at.is_(None))
        return [(session.get_one(User, each.user_id).name, each.facts["count"]) for each in session.scalars(waiting)]

    with_reader = being_read(session, [given.copy_id])[given.copy_id]
    assert [with_reader.late(MONDAY + timedelta(days=days), ZONE) for days in (0, 1)] == [False, True]
    assert (listed(0), told(0)) == ([], [])
    revoke(session, asked, "闭馆", actor=cast.keeper.actor, at=NOON)
    assert listed(1) == listed(40) == [asked.number]
    assert told(1) == told(2) == [("keeper", 1), ("keeper2", 1)]
    note_given_back(session, asked, line, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    assert (listed(2), told(3)) == ([], [])


def test_the_only_paper_here_of_an_approved_consultation_at_the_counter_is_not_lent_away(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    entry = InquirerEntry("何来访", NUMBERS[2], PHONE, COURT, COURT_CODE)
    one.inquirer = confirmed(session, cast, entry, account=None)
    asked = narrowed(session, cast, filed(session, store, cast, one), {one.application.id: None})
    approved(session, cast, asked)
    copy = session.scalars(select(PaperCopy).where(PaperCopy.item_id == one.application.id)).one()

    def taken_out(at: datetime = NOON) -> Loan:
        return lend(
            session, copy, cast.reader, purpose="核对", days=1, actor=cast.keeper.actor, at=at, on=MONDAY
        )  # fmt: skip

    with pytest.raises(NeededHere, match=asked.number):
        taken_out()
    close(session, asked, "已查毕", actor=cast.keeper.actor, at=NOON)
    assert taken_out().copy is copy


def test_one_sheet_of_paper_is_with_one_reader_until_it_is_given_back_whatever_became_of_the_case(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    entry = InquirerEntry("何来访", NUMBERS[2], PHONE, COURT, COURT_CODE)
    one.inquirer = confirmed(session, cast, entry, account=None)
    keeper, cases = cast.keeper.actor, []
    for _ in range(2):
        asked = filed(session, store, cast, one)
        approved(session, cast, narrowed(session, cast, asked, {one.application.id: None}))
        accept_undertaking(session, asked, "何来访", language="zh", actor=keeper, at=NOON)
        cases.append(asked)
    first, second = cases
    (line,), (other,) = scope_of(session, first), scope_of(session, second)
    copy = session.scalars(select(PaperCopy).where(PaperCopy.item_id == one.application.id)).one()
    elsewhere = add_place(session, cast.district, PlaceKind.REPOSITORY, "副库", actor=keeper)
    note_read_at_counter(session, first, line, actor=keeper, at=NOON)
    with pytest.raises(ReadByAnother, match=first.number):
        note_read_at_counter(session, second, other, actor=keeper, at=NOON)
    with pytest.raises(NotGivenBack, match=copy.barcode):
        close(session, first, "已到闭馆时间", actor=keeper, at=NOON)
    for asked in cases:
        revoke(session, asked, "已到闭馆时间", actor=keeper, at=NOON)
    with pytest.raises(NeededHere, match=first.number):
        lend(session, copy, cast.reader, purpose="核对", days=1, actor=keeper, at=NOON, on=MONDAY)
    with pytest.raises(CopyBeingRead, match=first.number):  # nor is it said at the desk to be in its place
        scan(
            session, copy.barcode, None, purpose="核对", days=1, condition=None, actor=keeper, at=NOON, on=MONDAY
        )  # fmt: skip
    with pytest.raises(CopyBeingRead, match=first.number):
        move_copy(session, copy, elsewhere, actor=keeper, at=NOON)
    with pytest.raises(CopyBeingRead, match=first.number):
        destroy_copy(session, copy, "XH-1", actor="keeper", at=NOON, on=MONDAY)
    assert copy.place is not None
    counted = start(session, copy.place, cast.keeper, cast.second_keeper, actor=keeper, at=NOON, on=MONDAY)
    end_counting(session, counted, actor=keeper, at=NOON)
    (seen,) = session.scalars(
        select(StocktakeLine).where(StocktakeLine.stocktake_id == counted.id, StocktakeLine.copy_id == copy.id)
    )
    assert seen.finding is Finding.ON_LOAN
    listed = {each.code: each.holder for each in entries(session, cast.keeper, cast.district)}
    assert listed[copy.barcode] == f"查档人何来访（{first.number}）"
    wanted = ask(
        session, one.file, "核对", days=1, actor=cast.reader.actor, at=NOON, on=MONDAY, paper_reason="核对原件"
    )
    assert wanted.state is RequestState.QUEUED  # nobody is told to fetch what a reader has
    cancel(session, wanted, reason=None, actor=cast.reader.actor, at=NOON, on=MONDAY)
    note_given_back(session, first, line, actor=keeper, at=NOON, on=MONDAY)
    assert lend(session, copy, cast.reader, purpose="核对", days=1, actor=keeper, at=NOON, on=MONDAY).copy is copy


def test_what_was_put_aside_and_given_to_a_reader_waits_until_it_is_given_back(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    entry = InquirerEntry("何来访", NUMBERS[2], PHONE, COURT, COURT_CODE)
    one.inquirer = confirmed(session, cast, entry, account=None)
    wanted = ask(
        session, one.application, "核对", days=1, actor=cast.reader.actor, at=NOON, on=MONDAY, paper_reason="核对原件"
    )
    assert wanted.state is RequestState.READY
    asked = approved(
        session, cast, narrowed(session, cast, filed(session, store, cast, one), {one.application.id: None})
    )
    accept_undertaking(session, asked, "何来访", language="zh", actor=cast.keeper.actor, at=NOON)
    (line,) = scope_of(session, asked)
    note_read_at_counter(session, asked, line, actor=cast.keeper.actor, at=NOON)
    settle(session, cast.district, at=NOON, on=MONDAY)
    assert (wanted.state, put_aside_for(session, wanted)) == (RequestState.QUEUED, [])
    note_given_back(session, asked, line, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    settle(session, cast.district, at=NOON, on=MONDAY)
    assert wanted.state is RequestState.READY


def test_a_whole_file_put_aside_waits_for_the_sheet_of_it_that_a_reader_has(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    entry = InquirerEntry("何来访", NUMBERS[2], PHONE, COURT, COURT_CODE)
    one.inquirer = confirmed(session, cast, entry, account=None)
    sheet = session.scalars(select(PaperCopy).where(PaperCopy.item_id == one.application.id)).one()
    spot = sheet.box or sheet.place
    assert spot is not None
    extra = make_item(session, one.file, cast.keeper.actor, "收入证明")
    register_copy(session, extra, spot, pages_count=3, actor=cast.keeper.actor, at=NOON, on=MONDAY, barcode="P-EXTRA")
    wanted = ask(
        session, one.file, "核对", days=1, actor=cast.reader.actor, at=NOON, on=MONDAY, paper_reason="核对原件"
    )
    whole = len(put_aside_for(session, wanted))
    assert wanted.state is RequestState.READY
    asked = approved(
        session, cast, narrowed(session, cast, filed(session, store, cast, one), {one.application.id: None})
    )
    accept_undertaking(session, asked, "何来访", language="zh", actor=cast.keeper.actor, at=NOON)
    (line,) = scope_of(session, asked)
    note_read_at_counter(session, asked, line, actor=cast.keeper.actor, at=NOON)
    settle(session, cast.district, at=NOON, on=MONDAY)
    assert (wanted.state, len(put_aside_for(session, wanted))) == (RequestState.QUEUED, whole - 1)
    note_given_back(session, asked, line, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    settle(session, cast.district, at=NOON, on=MONDAY)
    assert (wanted.state, len(put_aside_for(session, wanted))) == (RequestState.READY, whole)


def test_the_worker_leaves_alone_what_waits_for_a_sheet_that_a_reader_has(
    new_database: NewDatabase, store: FolderStore
) -> None:
    database = new_database()
    with database.begin() as session:
        cast = make_cast(session)
        one = furnish(session, store, cast)
        one.inquirer = confirmed(
            session, cast, InquirerEntry("何来访", NUMBERS[2], PHONE, COURT, COURT_CODE), account=None
        )  # fmt: skip
        case = approved(
            session, cast, narrowed(session, cast, filed(session, store, cast, one), {one.application.id: None})
        )
        accept_undertaking(session, case, "何来访", language="zh", actor=cast.keeper.actor, at=NOON)
        (line,) = scope_of(session, case)
        note_read_at_counter(session, case, line, actor=cast.keeper.actor, at=NOON)
        wanted = ask(
            session, one.file, "核对", days=1, actor=cast.reader.actor, at=NOON, on=MONDAY, paper_reason="核对原件"
        )
        assert (wanted.state, len(put_aside_for(session, wanted))) == (RequestState.QUEUED, 2)
    assert settle_some(database, at=NOON, on=MONDAY) == 0


def readings(session: Session) -> Sequence[UseEntry]:
    """What the use register says of reading at the counter."""
    audit.seal(session)
    return session.scalars(select(UseEntry).where(UseEntry.action == "content.read_at_counter")).all()


def test_paper_that_is_out_or_was_closed_since_is_not_read_at_the_counter(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    entry = InquirerEntry("何来访", NUMBERS[2], PHONE, COURT, COURT_CODE)
    one.inquirer = confirmed(session, cast, entry, account=None)
    asked = approved(
        session, cast, narrowed(session, cast, filed(session, store, cast, one), {one.application.id: None})
    )
    accept_undertaking(session, asked, "何来访", language="zh", actor=cast.keeper.actor, at=NOON)
    (line,) = scope_of(session, asked)
    copy = session.scalars(select(PaperCopy).where(PaperCopy.item_id == one.application.id)).one()
    put(session, copy, cast.reader, actor=cast.keeper.actor, at=NOON, reason="Lent")
    session.flush()
    with pytest.raises(ItemClosed, match="no paper copy of it is here"):
        note_read_at_counter(session, asked, line, actor=cast.keeper.actor, at=NOON)
    put(session, copy, last_spot(session, copy), actor=cast.keeper.actor, at=NOON, reason="Taken back")
    one.application.secrecy = SecrecyLevel.SECRET
    session.flush()
    with pytest.raises(ItemClosed, match="state secret"):
        note_read_at_counter(session, asked, line, actor=cast.keeper.actor, at=NOON)
    assert readings(session) == []


def test_how_often_paper_was_given_and_when_it_came_back_stands_on_the_page_of_the_consultation(
    app: Flask, database: Database, signed_in: SignedIn
) -> None:
    with app.app_context(), database.begin() as session:
        cast = find_cast(session)
        one = furnish(session, app_store(), cast)
        entry = InquirerEntry("何来访", NUMBERS[2], PHONE, COURT, COURT_CODE)
        one.inquirer = confirmed(session, cast, entry, account=None)
        asked = filed(session, app_store(), cast, one)
        approved(session, cast, narrowed(session, cast, asked, {one.application.id: None}))
        accept_undertaking(session, asked, "何来访", language="zh", actor=cast.keeper.actor, at=NOON)
        page, line = f"/consultations/{asked.id}", scope_of(session, asked)[0].id
        copy = session.scalars(select(PaperCopy).where(PaperCopy.item_id == one.application.id)).one()
        paper_page, file_id, number = f"/copies/{copy.id}", one.file.id, asked.number
    keeper = signed_in("keeper")
    assert "2026-03-0412:00" in paper.words(keeper.get(f"{page}/undertaking.pdf").data)  # as clocks in the office show
    assert keeper.post(f"{page}/items/{line}/reading").status_code == 303
    assert keeper.post(f"{page}/items/{line}/reading").status_code == 409
    assert "given 1 time · " in keeper.get(page).text
    assert "with 何来访, an outside reader at the counter" in keeper.get(paper_page).text
    assert f"consultation {number}; not returned" in keeper.get(f"/files/{file_id}/custody").text
    assert number not in keeper.get("/consultations?state=not_back").text
    with database.begin() as session:
        session.scalars(select(CounterReading)).one().given_at -= timedelta(days=1)
    assert number in keeper.get("/consultations?state=not_back").text
    assert all("not given back" in keeper.get(address).text for address in (page, paper_page))
    told = signed_in("reader").get(paper_page).text
    assert "with an outside reader at the counter" in told
    assert "何来访" not in told
    assert keeper.post(f"{page}/items/{line}/return", data={"condition": ""}).status_code == 303
    assert " · given back " in keeper.get(page).text
    assert signed_in("west.keeper").get(f"{page}/undertaking.pdf").status_code == 404
