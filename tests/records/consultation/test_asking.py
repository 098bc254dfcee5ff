"""Registration and asking: who may come, with which letter, for whose file (art. 17)."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Permission, Role
from records.consultation.errors import (
    BadCode,
    BadIdentity,
    BodyAsksForOwnFile,
    DecidedAlready,
    LetterMissing,
    LetterUnreadable,
    NobodySent,
    NotAnInquirersAccount,
    NotConfirmed,
    NothingCorrected,
    OutsideWhatWasAsked,
    OwnFileClosed,
    ReceivedElsewhere,
    RegisteredAlready,
    RequestedAlready,
    ScreenNeedsAccount,
)
from records.consultation.letters import content_of, receive_letter
from records.consultation.models import Inquirer, Standing, Way
from records.consultation.reading import readable
from records.consultation.registration import (
    Corrected,
    InquirerEntry,
    confirm,
    correct_registration,
    corrections_of,
    other_names_of,
    refuse_registration,
    register,
    registration_digest,
)
from records.consultation.requests import Request, accept_undertaking, file_request, scope_of
from records.consultation.sealed import LETTERS, sealed_faults, stray_sealed
from rules.services import set_rule
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
    PERSON_NUMBER,
    PHONE,
    Reading,
    approved,
    confirmed,
    filed,
    letter,
    narrowed,
)
from tests.records.holdings.makers import png


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
        confirm(
            session,
            made,
            account="court",
            password=PASSWORD,
            seen_sha256=registration_digest(made),
            actor=cast.other_keeper.actor,
            at=NOON,
        )
    with pytest.raises(NotAnInquirersAccount):
        confirm(
            session,
            made,
            account="reader",
            password=PASSWORD,
            seen_sha256=registration_digest(made),
            actor=cast.keeper.actor,
            at=NOON,
        )
    confirm(
        session,
        made,
        account="court",
        password=PASSWORD,
        seen_sha256=registration_digest(made),
        actor=cast.keeper.actor,
        at=NOON,
    )
    user = session.scalars(select(User).where(User.name == "court")).one()
    assert [grant.role for grant in user.active_grants] == [Role.INQUIRER]
    assert user.password_given
    with pytest.raises(RegisteredAlready):
        register(session, cast.district, ENTRY, actor=None, at=NOON, on=MONDAY)


def test_an_inquirer_holds_no_permission_but_to_see_the_own_consultations() -> None:
    assert Role.INQUIRER.permissions == {Permission.CONSULT}


def test_what_was_mistyped_is_corrected_with_a_reason_until_it_is_confirmed(session: Session, cast: Cast) -> None:
    made = register(
        session, cast.district, replace(ENTRY, name="郑处", body_name="东区法院"), actor=None, at=NOON, on=MONDAY
    )  # fmt: skip
    keeper = {"actor": cast.keeper.actor, "at": NOON, "on": MONDAY}
    right = Corrected(PERSON, None, "13800004518", COURT, COURT_CODE)
    with pytest.raises(ReceivedElsewhere):
        correct_registration(session, made, right, "笔误", actor=cast.other_keeper.actor, at=NOON, on=MONDAY)
    with pytest.raises(BadCode):
        correct_registration(session, made, replace(right, credit_code=COURT_CODE[:-1] + "1"), "笔误", **keeper)
    correct_registration(session, made, right, "与介绍信、身份证核对", **keeper)
    assert (made.name, made.body_name) == (PERSON, COURT)
    assert vault_of(session).unseal(made.phone_sealed) == "13800004518"
    with pytest.raises(NothingCorrected):
        correct_registration(session, made, replace(right, phone=None), "再看", **keeper)
    session.commit()
    [told] = corrections_of(session, made)
    said = told.details
    assert (told.who, said["before"], said["after"]) == (
        cast.keeper.display_name,
        ["郑处", "东区法院"],
        [PERSON, COURT],
    )
    assert said["reason"] == "与介绍信、身份证核对"
    assert "13800004518" not in str(said)
    confirm(
        session,
        made,
        account=None,
        password=None,
        seen_sha256=registration_digest(made),
        actor=cast.keeper.actor,
        at=NOON,
    )
    with pytest.raises(DecidedAlready):
        correct_registration(session, made, replace(right, name="郑又"), "再改", **keeper)


def test_who_was_corrected_since_the_page_was_opened_is_looked_at_again_before_being_confirmed_or_refused(
    app: Flask, database: Database, signed_in: SignedIn
) -> None:
    with database.begin() as session:
        made = register(session, find_cast(session).district, ENTRY, actor=None, at=NOON, on=MONDAY)
        session.flush()
        page = f"/inquirers/{made.id}"

    def seen(client: FlaskClient) -> str:
        found = re.search(r'name="seen" type="hidden" value="(\w{64})"', client.get(page).text)
        assert found is not None
        return found[1]

    second = signed_in("keeper2")
    stale = seen(second)
    corrected = signed_in("keeper").post(
        f"{page}/correction", data={"name": "郑又", "number": NUMBERS[2], "correction_reason": "与身份证核对"}
    )
    assert corrected.status_code == 303
    for sent in (stale, ""):
        refused = second.post(f"{page}/confirmation", data={"account": "court", "password": PASSWORD, "seen": sent})
        assert refused.status_code == 409
        assert "Compare it again with the identity card" in refused.text
        declined = second.post(f"{page}/refusal", data={"reason": "证件不符", "seen": sent})
        assert declined.status_code == 409
        assert "Compare it again with the identity card" in declined.text
    with database.reading() as session:
        assert session.scalars(select(Inquirer.decided_at).where(Inquirer.name == "郑又")).one() is None
    confirming = {"account": "court", "password": PASSWORD, "seen": seen(second)}
    assert second.post(f"{page}/confirmation", data=confirming).status_code == 303


def test_of_two_who_correct_a_sealed_number_the_second_is_told_that_it_is_another_one(
    app: Flask, database: Database, signed_in: SignedIn
) -> None:
    with database.begin() as session:
        made = register(session, find_cast(session).district, ENTRY, actor=None, at=NOON, on=MONDAY)
        session.flush()
        page = f"/inquirers/{made.id}"
    client = signed_in("keeper")
    found = re.search(r'name="shown_as"[^>]*value="([0-9a-f.]+)"', client.get(page).text)
    assert found is not None
    right = {"name": ENTRY.name, "body_name": COURT, "credit_code": COURT_CODE, "correction_reason": "与身份证核对"}
    sent = {**right, "shown_as": found[1]}
    assert client.post(f"{page}/correction", data={**sent, "number": NUMBERS[2]}).status_code == 303
    told = client.post(f"{page}/correction", data={**sent, "phone": "13800000002"})
    assert told.status_code == 409
    assert "ID number of the inquirer “••••”" in html.unescape(told.text)
    assert NUMBERS[2] not in told.text


def test_a_correction_to_somebody_who_is_registered_already_is_told_so_and_changes_nothing(
    session: Session, cast: Cast
) -> None:
    register(session, cast.district, ENTRY, actor=None, at=NOON, on=MONDAY)
    other = replace(ENTRY, name="郑内", number=NUMBERS[2])
    made = register(session, cast.district, other, actor=None, at=NOON, on=MONDAY)
    keeper = {"actor": cast.keeper.actor, "at": NOON, "on": MONDAY}
    same = Corrected("郑内", PERSON_NUMBER, None, COURT, COURT_CODE)
    with pytest.raises(RegisteredAlready):
        correct_registration(session, made, same, "笔误", **keeper)
    session.commit()
    assert vault_of(session).unseal(str(made.number_sealed)) == NUMBERS[2]
    correct_registration(session, made, replace(same, body_name=None, credit_code=None), "本人来查", **keeper)
    assert made.body_name is None


def test_a_correction_and_a_registration_of_one_person_at_once_never_both_hold(both_databases: Database) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        register(session, cast.district, replace(ENTRY, number=NUMBERS[2]), actor=None, at=NOON, on=MONDAY)
    together = Barrier(2)

    def at_the_desk(corrects: bool) -> str:
        with both_databases.begin() as session:
            cast = find_cast(session)
            if session.get_bind().dialect.name != "sqlite":  # there one waits for the other before it reads
                together.wait()
            try:
                if corrects:
                    waiting = session.scalars(select(Inquirer).order_by(Inquirer.id)).first()
                    assert waiting is not None
                    right = Corrected(PERSON, PERSON_NUMBER, None, COURT, COURT_CODE)
                    correct_registration(
                        session, waiting, right, "笔误", actor=cast.keeper.actor, at=NOON, on=MONDAY
                    )  # fmt: skip
                else:
                    register(session, cast.district, ENTRY, actor=None, at=NOON, on=MONDAY)
            except RegisteredAlready:
                return "told"
            return "done"

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(at_the_desk, (True, False))) == ["done", "told"]


def test_a_refused_registration_may_be_tried_again(session: Session, cast: Cast) -> None:
    made = register(session, cast.district, ENTRY, actor=None, at=NOON, on=MONDAY)
    refuse_registration(
        session, made, "证件不符", seen_sha256=registration_digest(made), actor=cast.keeper.actor, at=NOON
    )
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
    token = re.compile(r'(content|value)="[^"]+\.[^"]+"')  # it has its second in it
    first, second = (token.sub("", answer.text) for answer in answers)
    assert (answers[0].status_code, first) == (answers[1].status_code, second)
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


def test_a_name_is_registered_without_blanks_and_another_name_of_the_same_code_is_seen(
    session: Session, cast: Cast
) -> None:
    first = register(session, cast.district, replace(ENTRY, name="郑 外"), actor=cast.keeper.actor, at=NOON, on=MONDAY)
    other = replace(ENTRY, name="何 来访", number=NUMBERS[2], body_name="西区法院")
    second = register(session, cast.district, other, actor=None, at=NOON, on=MONDAY)
    assert [first.name, second.name] == ["郑外", "何来访"]
    assert (other_names_of(session, first), other_names_of(session, second)) == (["西区法院"], [COURT])
