"""Narrowing: which items and pages of what was asked can be shown (art. 17)."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR
from records.consultation.errors import BadPages, IdentityNotSeen, ItemClosed, OutsideWhatWasAsked, ReceivedElsewhere
from records.consultation.forms import plain_pages
from records.consultation.models import Consultation, State, Way
from records.consultation.registration import InquirerEntry
from records.consultation.requests import Request, file_request, narrow, scope_of
from records.consultation.scope import AFTER_LEAVING, FORMER, candidates, page_numbers
from records.files.membership import join_household, leave_household
from records.files.models import Item
from records.households.models import Relation
from records.households.services import MemberEntry
from rules.services import rulebook, set_rule
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, NUMBERS, Cast
from tests.records.consultation.office import PHONE, Reading, approved, blacked, confirmed, filed, narrowed


def test_who_has_left_a_household_sees_of_its_file_what_is_older(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    wife = MemberEntry("李秀兰", Relation.SPOUSE, NUMBERS[2])
    join_household(session, one.file, wife, actor=cast.keeper.actor, on=date(2026, 1, 5))
    person = confirmed(session, cast, InquirerEntry("李秀兰", NUMBERS[2], PHONE), account="li")
    assert person.user
    own = Request(Way.SCREEN, "了解本户档案", "全部", own_file=True)
    asked = file_request(session, person, own, None, actor=person.user.actor, at=NOON, on=MONDAY)
    book, item = rulebook(session, cast.district, MONDAY), one.application
    item.dated = "2026-02-01"
    narrowed(session, cast, asked, {item.id: None})
    member = next(each for each in one.file.household.members if each.person.name == "李秀兰")  # type: ignore[union-attr]
    leave_household(
        session, one.file, member.id, actor=cast.keeper.actor, on=date(2026, 2, 1), today=MONDAY
    )  # fmt: skip
    for dated, why in (
        ("2026-02-01", None), ("2026-01", None), ("2025", None), ("2026-02", AFTER_LEAVING), ("2026", AFTER_LEAVING),
        ("2026-02-02", AFTER_LEAVING),
    ):  # fmt: skip
        item.dated = dated
        session.flush()
        (found,) = candidates(session, asked, [item], book, MONDAY)
        assert found.closed == why, dated
        assert FORMER in {each.why for each in found.restrictions}
    with pytest.raises(ItemClosed, match="after the person left"):
        approved(session, cast, asked)


def test_the_keeper_narrows_and_never_widens(session: Session, store: FolderStore, cast: Cast, one: Reading) -> None:
    asked = filed(session, store, cast, one)
    with pytest.raises(IdentityNotSeen):
        narrow(
            session, asked, {}, "无", identity_seen=False, actor=cast.keeper.actor, at=NOON, on=MONDAY
        )  # fmt: skip
    with pytest.raises(ReceivedElsewhere):
        narrow(session, asked, {}, "无", identity_seen=True, actor=cast.other_keeper.actor, at=NOON, on=MONDAY)
    with pytest.raises(OutsideWhatWasAsked):
        narrowed(session, cast, asked, {one.foreign.id: None})
    with pytest.raises(BadPages):
        narrowed(session, cast, asked, {one.application.id: "2-4"})
    with pytest.raises(ItemClosed, match="heard at the counter"):
        narrowed(session, cast, asked, {one.recording.id: None})
    narrowed(session, cast, asked, {one.application.id: "1-2"})
    assert [(line.item_id, line.pages) for line in scope_of(session, asked)] == [(one.application.id, "1-2")]
    assert asked.state is State.NARROWED


def test_what_the_rules_say_is_blacked_out_first(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    asked = filed(session, store, cast, one)
    with pytest.raises(ItemClosed, match="blacked out first"):
        narrowed(session, cast, asked, {one.proof.id: None})
    row = one.proof.id
    scan = next(each for each in session.scalars(select(type(one.scan))) if each.item_id == row)
    blacked(session, cast, scan)
    narrowed(session, cast, asked, {one.proof.id: None})


def test_what_has_to_be_black_is_so_on_the_pages_that_are_shown(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    set_rule(
        session,
        cast.district,
        "redacted_documents",
        "application,bank_card,household_register,identity_proof,medical_record",
        in_force_from=MONDAY,
        source="区工办〔2026〕3号",
        actor=OPERATOR,
        at=NOON,
    )
    asked = filed(session, store, cast, one)
    blacked(session, cast, one.scan, 3)
    with pytest.raises(ItemClosed, match="blacked out first"):
        narrowed(session, cast, asked, {one.application.id: "1-2"})
    narrowed(session, cast, asked, {one.application.id: "2-3"})


def test_pages_typed_in_whole_width_and_with_chinese_commas_are_understood() -> None:
    assert [plain_pages(text) for text in ("１－２，５", "1-3、 5", "2～4；6", "1至3")] == [
        "1-2,5",
        "1-3,5",
        "2-4,6",
        "1-3",
    ]


def test_pages_are_numbers_and_ranges_within_the_item() -> None:
    assert page_numbers(None, 3) == (1, 2, 3)
    assert page_numbers("3,1-2", 3) == (1, 2, 3)
    for text in ("0", "2-1", "4", "1-", "a", "1-99999"):
        with pytest.raises(ValueError, match=text):
            page_numbers(text, 3)


def test_a_secret_item_is_never_shown(session: Session, store: FolderStore, cast: Cast, one: Reading) -> None:
    item = session.get_one(Item, one.application.id)
    item.secrecy = type(item.secrecy).SECRET
    asked = filed(session, store, cast, one)
    with pytest.raises(ItemClosed, match="state secret"):
        narrowed(session, cast, asked, {item.id: None})
    assert session.scalars(select(Consultation)).one() is asked
