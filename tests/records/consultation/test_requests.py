"""Registration and requests: who may come, what is asked, narrowed, decided, opened, and ended at once (art. 17)."""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.roles import OPERATOR, Permission, Role
from accounts.services import grant_role
from audit.models import UseEntry
from classification.categories import SecrecyLevel
from records.consultation.at_counter import counter_readings, note_given_back, note_read_at_counter
from records.consultation.errors import (
    BadCode,
    BadIdentity,
    BadPages,
    BodyAsksForOwnFile,
    DecidesOwnScope,
    IdentityNotSeen,
    ItemClosed,
    LetterMissing,
    LetterUnreadable,
    NameDiffers,
    NobodySent,
    NotAnInquirersAccount,
    NotBeingRead,
    NotConfirmed,
    NotEndedYet,
    NothingPicked,
    NotTheApprover,
    OpenTooLong,
    OutsideWhatWasAsked,
    OwnFileClosed,
    ReadAtCounter,
    ReceivedElsewhere,
    RegisteredAlready,
    RequestedAlready,
    ScopeChanged,
    ScreenNeedsAccount,
    StillBeingRead,
    WrongState,
)
from records.consultation.forms import plain_pages
from records.consultation.letters import content_of, receive_letter
from records.consultation.models import Consultation, Inquirer, Standing, State, Way
from records.consultation.reading import readable
from records.consultation.redacting import uncover
from records.consultation.registration import (
    InquirerEntry,
    confirm,
    end_registration,
    other_names_of,
    refuse_registration,
    register,
)
from records.consultation.requests import (
    Request,
    accept_undertaking,
    close,
    decide,
    effects_of,
    file_request,
    narrow,
    note_effect,
    revoke,
    scope_digest,
    scope_of,
    withdraw_request,
)
from records.consultation.scope import AFTER_LEAVING, FORMER, candidates, page_numbers
from records.consultation.sealed import LETTERS, sealed_faults, stray_sealed
from records.consultation.seeing import visible_consultations, waits_for
from records.consultation.undertaking import TEXT, VERSION
from records.files.membership import join_household, leave_household
from records.files.models import Item
from records.holdings.copies import last_spot, put
from records.holdings.models import PaperCopy
from records.households.models import Relation
from records.households.services import MemberEntry
from records.lending.errors import NeededHere
from records.lending.models import Loan
from records.lending.services import lend
from rules.services import rulebook, set_rule
from storage.database import Database
from storage.objects import FolderStore
from storage.sealing import vault_of
from tests.cast import MONDAY, NOON, NUMBERS, PASSWORD, Cast, find_cast, make_cast
from tests.conftest import SignedIn
from tests.records.consultation.office import (
    ASKED,
    COURT,
    COURT_CODE,
    ENTRY,
    PERSON,
    PHONE,
    UNTIL,
    Reading,
    approved,
    blacked,
    confirmed,
    filed,
    furnish,
    letter,
    narrowed,
    opened,
)
from tests.records.holdings.makers import png
from web.rules import NotVisible
from web.transaction import store as app_store


@pytest.fixture
def one(session: Session, store: FolderStore, cast: Cast) -> Reading:
    return furnish(session, store, cast)


@pytest.mark.parametrize(
    ("entry", "refusal"),
    [
        (InquirerEntry(PERSON, NUMBERS[0], PHONE, COURT, COURT_CODE[:-1] + "1"), BadCode),
        (InquirerEntry(PERSON, NUMBERS[0][:-1] + "1", PHONE, COURT, COURT_CODE), BadIdentity),
    ],
)
def test_code_and_identity_are_checked(
    session: Session, cast: Cast, entry: InquirerEntry, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        register(session, cast.district, entry, actor=None, at=NOON, on=MONDAY)


def test_a_registration_opens_nothing_until_the_keeper_confirms_it(
    session: Session, store: FolderStore, cast: Cast
) -> None:
    made = register(session, cast.district, ENTRY, actor=None, at=NOON, on=MONDAY)
    assert (made.standing, made.user) == (Standing.WAITING, None)
    with pytest.raises(NotConfirmed):
        file_request(session, made, ASKED, letter(session, store), actor=cast.keeper.actor, at=NOON, on=MONDAY)
    with pytest.raises(ReceivedElsewhere):
        confirm(session, made, account="court", password=PASSWORD, actor=cast.other_keeper.actor, at=NOON)
    with pytest.raises(NotAnInquirersAccount):
        confirm(session, made, account="reader", password=PASSWORD, actor=cast.keeper.actor, at=NOON)
    confirm(session, made, account="court", password=PASSWORD, actor=cast.keeper.actor, at=NOON)
    user = session.scalars(select(User).where(User.name == "court")).one()
    assert [grant.role for grant in user.active_grants] == [Role.INQUIRER]
    assert user.password_given
    with pytest.raises(RegisteredAlready):
        register(session, cast.district, ENTRY, actor=None, at=NOON, on=MONDAY)


def test_an_inquirer_holds_no_permission_but_to_see_the_own_consultations() -> None:
    assert Role.INQUIRER.permissions == {Permission.CONSULT}


def test_a_refused_registration_may_be_tried_again(session: Session, cast: Cast) -> None:
    made = register(session, cast.district, ENTRY, actor=None, at=NOON, on=MONDAY)
    refuse_registration(session, made, "证件不符", actor=cast.keeper.actor, at=NOON)
    assert made.standing is Standing.REFUSED
    register(session, cast.district, ENTRY, actor=None, at=NOON, on=MONDAY)


def test_of_two_clicks_on_one_registration_one_counts_and_the_other_is_told(both_databases: Database) -> None:
    with both_databases.begin() as session:
        make_cast(session)
    together = Barrier(2)

    def click(_: int) -> str:
        with both_databases.begin() as session:
            unit = find_cast(session).district
            if session.get_bind().dialect.name != "sqlite":  # there one waits for the other before it reads
                together.wait()
            try:
                register(session, unit, ENTRY, actor=None, at=NOON, on=MONDAY)
            except RegisteredAlready:
                return "told"
            return "registered"

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(click, range(2))) == ["registered", "told"]


def test_the_public_is_not_told_who_is_registered(app: Flask, database: Database) -> None:
    anybody = app.test_client()
    anybody.post("/language/en")
    with database.reading() as session:
        unit = find_cast(session).district.id
    form = {
        "unit": str(unit), "name": PERSON, "number": NUMBERS[3], "phone": PHONE, "body_name": COURT,
        "credit_code": COURT_CODE,
    }  # fmt: skip
    answers = [anybody.post("/consultations/registration", data=form, follow_redirects=True) for _ in range(2)]
    assert answers[0].text.count("You are registered with") == 1
    assert (answers[0].status_code, answers[0].text) == (answers[1].status_code, answers[1].text)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Inquirer)) == 1


def test_the_number_is_sealed(session: Session, cast: Cast, one: Reading) -> None:
    assert one.inquirer.number_sealed
    assert NUMBERS[3] not in one.inquirer.number_sealed
    assert vault_of(session).unseal(one.inquirer.number_sealed) == NUMBERS[3]


def test_a_body_sends_its_inquirer_with_a_letter(session: Session, store: FolderStore, one: Reading) -> None:
    actor = one.inquirer.user.actor  # type: ignore[union-attr]
    with pytest.raises(LetterMissing):
        file_request(session, one.inquirer, ASKED, None, actor=actor, at=NOON, on=MONDAY)
    own = Request(Way.SCREEN, "本人", "本户档案", own_file=True)
    with pytest.raises(BodyAsksForOwnFile):
        file_request(session, one.inquirer, own, None, actor=actor, at=NOON, on=MONDAY)
    with pytest.raises(LetterUnreadable):
        receive_letter(store, vault_of(session), b"just text")


def test_a_request_sent_twice_is_filed_once_and_the_screen_needs_an_account(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    first = file_request(
        session, one.inquirer, ASKED, letter(session, store), actor=cast.inquirer.actor, at=NOON, on=MONDAY
    )
    with pytest.raises(RequestedAlready, match=first.number):
        file_request(
            session, one.inquirer, ASKED, letter(session, store), actor=cast.inquirer.actor, at=NOON, on=MONDAY
        )
    came = confirmed(session, cast, InquirerEntry("何来访", NUMBERS[2], PHONE, COURT, COURT_CODE), account=None)
    with pytest.raises(ScreenNeedsAccount):
        file_request(session, came, ASKED, letter(session, store), actor=cast.keeper.actor, at=NOON, on=MONDAY)


def test_a_letter_is_stored_sealed_and_compared_with_its_digest(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    asked = filed(session, store, cast, one)
    assert asked.letter_key
    assert content_of(store, vault_of(session), asked) == png(1, 40)
    with store.open(asked.letter_key) as stream:
        assert png(1, 40)[:20] not in stream.read()
    stray = letter(session, store)
    assert stray_sealed(session, store, before=NOON + timedelta(days=3650)) == [stray.key]
    assert stray.key.startswith(LETTERS)
    assert list(sealed_faults(session, store, vault_of(session))) == []
    store.destroy(asked.letter_key)
    assert len(list(sealed_faults(session, store, vault_of(session)))) == 1


def test_a_private_person_asks_for_the_own_file_only_and_where_the_rules_allow_it(
    session: Session, cast: Cast, one: Reading
) -> None:
    person = confirmed(session, cast, InquirerEntry("周大河", NUMBERS[0], PHONE), account="zhou")
    assert person.user
    given = {"actor": person.user.actor, "at": NOON, "on": MONDAY}
    with pytest.raises(NobodySent):
        file_request(session, person, ASKED, None, **given)
    own = Request(Way.SCREEN, "了解本户档案", "全部", own_file=True)
    asked = file_request(session, person, own, None, **given)
    assert asked.subject_number_blind == person.number_blind
    narrowed(session, cast, asked, {one.application.id: None})
    with pytest.raises(OutsideWhatWasAsked):
        narrowed(session, cast, asked, {one.foreign.id: None})
    approved(session, cast, asked)
    accept_undertaking(session, asked, "周大河", language="zh", actor=person.user.actor, at=NOON)
    undecided = narrowed(
        session, cast, file_request(session, person, own, None, **given), {one.application.id: None}
    )  # fmt: skip
    line = scope_of(session, asked)[0].id
    readable(session, asked, line, at=NOON)
    set_rule(
        session, cast.city, "own_file_shown", "0", in_force_from=MONDAY, source="渝工办〔2026〕9号", actor=OPERATOR,
        at=NOON,
    )  # fmt: skip
    with pytest.raises(OwnFileClosed):
        file_request(session, person, own, None, **given)
    with pytest.raises(OwnFileClosed):
        approved(session, cast, undecided)
    with pytest.raises(OwnFileClosed):
        readable(session, asked, line, at=NOON)


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


def test_who_narrowed_does_not_decide(session: Session, store: FolderStore, cast: Cast, one: Reading) -> None:
    asked = narrowed(session, cast, filed(session, store, cast, one), {one.application.id: None})
    seen = scope_digest(session, asked)
    with pytest.raises(NotTheApprover):
        decide(session, asked, "可", until=UNTIL, seen_sha256=seen, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    grant_role(session, cast.keeper, Role.APPROVER, cast.district.path, actor=OPERATOR, at=NOON)
    with pytest.raises(DecidesOwnScope):
        decide(session, asked, "可", until=UNTIL, seen_sha256=seen, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    asked.decided_by, asked.decided_at, asked.decision_reason = asked.narrowed_by, NOON, "可"
    with pytest.raises(IntegrityError, match="decided_by_another"), session.begin_nested():
        session.flush()


def test_it_is_open_for_at_most_the_days_of_the_rule(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    asked = narrowed(session, cast, filed(session, store, cast, one), {one.application.id: None})
    for until in (NOON, NOON + timedelta(days=8)):
        with pytest.raises(OpenTooLong):
            approved(session, cast, asked, until)
    approved(session, cast, asked, NOON + timedelta(days=7))
    assert asked.state_at(NOON) is State.APPROVED
    assert asked.state_at(NOON + timedelta(days=7)) is State.LAPSED


def test_nothing_left_in_the_scope_can_only_be_refused(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    asked = narrowed(session, cast, filed(session, store, cast, one), {}, "均不宜提供")
    with pytest.raises(NothingPicked):
        approved(session, cast, asked)
    decide(
        session, asked, "不予提供", until=None, seen_sha256=scope_digest(session, asked), actor=cast.approver.actor,
        at=NOON, on=MONDAY,
    )  # fmt: skip
    assert asked.state is State.REFUSED


def test_what_is_decided_is_the_scope_that_was_seen(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    asked = narrowed(session, cast, filed(session, store, cast, one), {one.application.id: "1"})
    seen = [scope_digest(session, asked)]
    narrowed(session, cast, asked, {one.application.id: None})
    seen.append(scope_digest(session, asked))
    narrowed(session, cast, asked, {one.application.id: None}, left_out="无")
    seen.append(scope_digest(session, asked))
    covered = blacked(session, cast, one.scan)
    seen.append(scope_digest(session, asked))
    uncover(session, covered, actor=cast.keeper.actor)
    for scope in (seen[0], seen[1], seen[3], ""):
        with pytest.raises(ScopeChanged, match="has changed since this page was opened"):
            decide(
                session, asked, "可", until=UNTIL, seen_sha256=scope, actor=cast.approver.actor, at=NOON, on=MONDAY
            )  # fmt: skip
    assert (asked.state, seen[2]) == (State.NARROWED, scope_digest(session, asked))


def test_a_decision_made_on_an_older_page_shows_the_new_scope(
    app: Flask, database: Database, signed_in: SignedIn
) -> None:
    with app.app_context(), database.begin() as session:
        cast = find_cast(session)
        one = furnish(session, app_store(), cast)
        asked = narrowed(session, cast, filed(session, app_store(), cast, one), {one.application.id: "1"})
        case, item = asked.id, one.application.id
    approver = signed_in("approver")
    page = f"/consultations/{case}"
    form = {"decision": "refused", "hour": "17", "reason": "不予提供", "seen": seen_on(approver.get(page).text)}
    with database.begin() as session:
        cast = find_cast(session)
        narrowed(session, cast, session.get_one(Consultation, case), {item: None})
    answer = approver.post(f"{page}/decision", data=form)
    assert answer.status_code == 409
    assert "has changed since this page was opened" in answer.text
    assert approver.post(f"{page}/decision", data={**form, "seen": seen_on(answer.text)}).status_code == 303


def seen_on(page: str) -> str:
    """The scope that a page was shown with."""
    found = re.search(r'name="seen"[^>]*value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def test_the_undertaking_is_kept_as_it_was_accepted(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    asked = approved(
        session, cast, narrowed(session, cast, filed(session, store, cast, one), {one.application.id: None})
    )
    given = {"language": "zh", "at": NOON}
    with pytest.raises(NotVisible):
        accept_undertaking(session, asked, PERSON, actor=cast.keeper.actor, **given)
    with pytest.raises(NameDiffers):
        accept_undertaking(session, asked, "别人", actor=cast.inquirer.actor, **given)
    accept_undertaking(session, asked, PERSON, actor=cast.inquirer.actor, **given)
    assert (asked.undertaking_text, asked.undertaking_version) == (TEXT.zh, VERSION)
    assert (asked.undertaking_at, asked.undertaking_name, asked.state) == (NOON, PERSON, State.OPEN)


def test_lapse_revocation_and_early_closing_end_it(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    asked = opened(session, store, cast, one)
    with pytest.raises(NotEndedYet):
        note_effect(session, asked, "已采信", actor=cast.inquirer.actor, at=NOON, on=MONDAY)
    with pytest.raises(WrongState):
        close(session, asked, "已查到", actor=cast.inquirer.actor, at=UNTIL)
    close(session, asked, "已查到", actor=cast.inquirer.actor, at=NOON)
    assert asked.state is State.CLOSED
    for told in ("已采信", "判决生效"):
        note_effect(session, asked, told, actor=cast.inquirer.actor, at=NOON, on=MONDAY)
    assert [each.told for each in effects_of(session, asked)] == ["已采信", "判决生效"]
    another = opened(session, store, cast, one)
    with pytest.raises(NotTheApprover):
        revoke(session, another, "不符", actor=cast.other_keeper.actor, at=NOON)
    revoke(session, another, "超出用途", actor=cast.approver.actor, at=NOON)
    assert another.state is State.REVOKED
    third = filed(session, store, cast, one)
    withdraw_request(session, third, actor=cast.inquirer.actor, at=NOON, reason="不再需要")
    assert third.state is State.WITHDRAWN
    with pytest.raises(WrongState):
        narrowed(session, cast, third, {})


def test_ending_a_registration_closes_the_account_and_ends_every_request(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    picked: dict[int, str | None] = {one.application.id: None}
    reading = opened(session, store, cast, one)
    told = approved(session, cast, narrowed(session, cast, filed(session, store, cast, one), picked))
    settled = narrowed(session, cast, filed(session, store, cast, one), picked)
    new = filed(session, store, cast, one)
    over = filed(session, store, cast, one)
    withdraw_request(session, over, actor=cast.inquirer.actor, at=NOON, reason="不再需要")
    end_registration(session, one.inquirer, "调离", actor=cast.keeper.actor, at=NOON)
    session.flush()
    assert [each.state for each in (reading, told)] == [State.REVOKED] * 2
    assert [each.state for each in (settled, new)] == [State.WITHDRAWN] * 2
    assert [each.end_reason for each in (reading, told, settled, new, over)] == ["调离"] * 4 + ["不再需要"]
    assert cast.inquirer.closed_at == NOON
    for actor in (cast.keeper.actor, cast.approver.actor):
        assert session.scalars(visible_consultations(actor).where(waits_for(actor))).all() == []


def test_whose_registration_is_not_in_force_gets_no_further(
    session: Session, store: FolderStore, cast: Cast, one: Reading
) -> None:
    asked = filed(session, store, cast, one)
    steps = [
        lambda: narrowed(session, cast, asked, {one.application.id: None}),
        lambda: approved(session, cast, asked),
        lambda: accept_undertaking(session, asked, PERSON, language="zh", actor=cast.inquirer.actor, at=NOON),
    ]
    for step in steps:
        one.inquirer.ended_at = NOON
        with pytest.raises(NotConfirmed):
            step()
        one.inquirer.ended_at = None
        step()
    assert asked.state is State.OPEN


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
    note_given_back(session, asked, line, actor=cast.keeper.actor, at=NOON)
    with pytest.raises(NotBeingRead):
        note_given_back(session, asked, line, actor=cast.keeper.actor, at=NOON)
    assert [each.returned_by for each in counter_readings(session, asked)[line.id]] == ["keeper"]
    (look,) = readings(session)
    assert (look.actor, look.subject_kind, look.subject_id) == ("keeper", "item", one.application.id)
    assert all(f'"{told}"' in look.details for told in (asked.number, "何来访"))


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


def test_the_database_knows_no_stored_lapse(session: Session, store: FolderStore, cast: Cast, one: Reading) -> None:
    asked = opened(session, store, cast, one)
    asked.state = State.LAPSED
    with pytest.raises(IntegrityError, match="lapse_is_computed"), session.begin_nested():
        session.flush()


def test_pages_typed_in_whole_width_and_with_chinese_commas_are_understood() -> None:
    assert [plain_pages(text) for text in ("１－２，５", "1-3、 5", "2～4；6", "1至3")] == [
        "1-2,5",
        "1-3,5",
        "2-4,6",
        "1-3",
    ]


def test_a_name_is_registered_without_blanks_and_another_name_of_the_same_code_is_seen(
    session: Session, cast: Cast
) -> None:
    first = register(session, cast.district, replace(ENTRY, name="郑 外"), actor=cast.keeper.actor, at=NOON, on=MONDAY)
    other = replace(ENTRY, name="何 来访", number=NUMBERS[2], body_name="西区法院")
    second = register(session, cast.district, other, actor=None, at=NOON, on=MONDAY)
    assert [first.name, second.name] == ["郑外", "何来访"]
    assert (other_names_of(session, first), other_names_of(session, second)) == (["西区法院"], [COURT])


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


def test_every_end_needs_its_reason_and_keeps_it(app: Flask, database: Database, signed_in: SignedIn) -> None:
    with app.app_context(), database.begin() as session:
        cast = find_cast(session)
        one = furnish(session, app_store(), cast)
        entry = InquirerEntry("何来访", NUMBERS[2], PHONE, COURT, COURT_CODE)
        waiting = register(session, cast.district, entry, actor=None, at=NOON, on=MONDAY).id
        revoked, closed, ended = (opened(session, app_store(), cast, one).id for _ in range(3))
        withdrawn, inquirer = filed(session, app_store(), cast, one).id, one.inquirer.id
    keeper, reader = signed_in("keeper"), signed_in("inquirer")
    steps = [
        (reader, f"/readings/{withdrawn}/withdrawal"),
        (reader, f"/readings/{closed}/end"),
        (keeper, f"/consultations/{revoked}/revocation"),
        (keeper, f"/consultations/{ended}/end"),
        (keeper, f"/inquirers/{waiting}/refusal"),
        (keeper, f"/inquirers/{inquirer}/end"),
    ]
    for place, (person, path) in enumerate(steps):
        assert person.post(path, data={"reason": ""}).status_code == 422, path
        assert person.post(path, data={"reason": f"缘由{place}"}).status_code == 303, path
    with database.reading() as session:
        cases = {case.id: (case.state, case.end_reason) for case in session.scalars(select(Consultation))}
        assert session.get_one(Inquirer, waiting).refusal == "缘由4"
        assert session.get_one(Inquirer, inquirer).standing is Standing.ENDED
    assert cases == {
        withdrawn: (State.WITHDRAWN, "缘由0"),
        closed: (State.CLOSED, "缘由1"),
        revoked: (State.REVOKED, "缘由2"),
        ended: (State.CLOSED, "缘由3"),
    }


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
    keeper = signed_in("keeper")
    assert keeper.get(f"{page}/undertaking.pdf").mimetype == "application/pdf"
    assert keeper.post(f"{page}/items/{line}/reading").status_code == 303
    assert keeper.post(f"{page}/items/{line}/reading").status_code == 409
    assert "given 1 time · " in keeper.get(page).text
    assert keeper.post(f"{page}/items/{line}/return").status_code == 303
    assert " · given back " in keeper.get(page).text
    assert signed_in("west.keeper").get(f"{page}/undertaking.pdf").status_code == 404
