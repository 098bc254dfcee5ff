"""The undertaking, and the ends of a reading: lapse, revocation, early end, end of the registration (art. 17)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import close_account, end_role, grant_role, open_account
from records.consultation.errors import NameDiffers, NotConfirmed, NotEndedYet, NotTheApprover, WrongState
from records.consultation.models import Consultation, Inquirer, Standing, State
from records.consultation.registration import (
    ACCOUNT_ENDED,
    InquirerEntry,
    confirm,
    end_registration,
    register,
    registration_digest,
)
from records.consultation.requests import (
    accept_undertaking,
    close,
    effects_of,
    note_effect,
    revoke,
    withdraw_request,
)
from records.consultation.seeing import visible_consultations, waits_for
from records.consultation.undertaking import TEXT, VERSION
from storage.database import Database
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, NUMBERS, PASSWORD, Cast, find_cast, make_cast
from tests.conftest import SignedIn
from tests.records.closing.cases import anybody_waits
from tests.records.consultation.office import (
    COURT,
    COURT_CODE,
    ENTRY,
    PERSON,
    PHONE,
    UNTIL,
    Reading,
    approved,
    filed,
    furnish,
    narrowed,
    opened,
)
from web.rules import NotVisible
from web.transaction import store as app_store


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


@pytest.mark.parametrize("ends", ["account", "role"])
def test_the_registration_and_what_is_open_end_with_the_account_or_its_role(
    session: Session, store: FolderStore, cast: Cast, one: Reading, ends: str
) -> None:
    reading, new = opened(session, store, cast, one), filed(session, store, cast, one)
    if ends == "account":
        close_account(session, cast.inquirer, actor=OPERATOR, at=NOON)
    else:
        (role,) = cast.inquirer.active_grants
        end_role(session, cast.inquirer, role, actor=OPERATOR, at=NOON)
    assert (one.inquirer.standing, one.inquirer.end_reason) == (Standing.ENDED, ACCOUNT_ENDED)
    assert [each.state for each in (reading, new)] == [State.REVOKED, State.WITHDRAWN]


@pytest.mark.parametrize("ends", ["account", "role"])
def test_a_registration_confirmed_for_an_account_at_the_instant_of_its_end_ends_with_it(
    postgres: Database, ends: str
) -> None:
    with postgres.begin() as session:
        cast = make_cast(session)
        user = open_account(session, "court", ENTRY.name, PASSWORD, cast.district.path, actor=OPERATOR, at=NOON)
        session.flush()
        grant_role(session, user, Role.INQUIRER, cast.district.path, actor=OPERATOR, at=NOON)
        registered = register(session, cast.district, ENTRY, actor=None, at=NOON, on=MONDAY)
        session.flush()
        user_id, registered_id = user.id, registered.id

    def end() -> None:
        with postgres.begin() as session:
            user = session.get_one(User, user_id)
            if ends == "account":
                close_account(session, user, actor=OPERATOR, at=NOON)
            else:
                end_role(session, user, user.active_grants[0], actor=OPERATOR, at=NOON)

    with ThreadPoolExecutor(1) as other:
        with postgres.begin() as session:
            keeper, registered = find_cast(session).keeper, session.get_one(Inquirer, registered_id)
            confirm(
                session, registered, account="court", password=None, seen_sha256=registration_digest(registered),
                actor=keeper.actor, at=NOON,
            )  # fmt: skip
            session.flush()
            ending = other.submit(end)
            while not anybody_waits(postgres):
                assert not ending.done(), ending.exception()
        ending.result()
    with postgres.reading() as session:
        assert session.get_one(Inquirer, registered_id).standing is Standing.ENDED


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


def test_the_database_knows_no_stored_lapse(session: Session, store: FolderStore, cast: Cast, one: Reading) -> None:
    asked = opened(session, store, cast, one)
    asked.state = State.LAPSED
    with pytest.raises(IntegrityError, match="lapse_is_computed"), session.begin_nested():
        session.flush()


def test_every_end_needs_its_reason_and_keeps_it(app: Flask, database: Database, signed_in: SignedIn) -> None:
    with app.app_context(), database.begin() as session:
        cast = find_cast(session)
        one = furnish(session, app_store(), cast)
        entry = InquirerEntry("何来访", NUMBERS[2], PHONE, COURT, COURT_CODE)
        registered = register(session, cast.district, entry, actor=None, at=NOON, on=MONDAY)
        waiting, seen = registered.id, registration_digest(registered)
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
        assert person.post(path, data={"reason": f"缘由{place}", "seen": seen}).status_code == 303, path
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
