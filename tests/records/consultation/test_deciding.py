"""Deciding: by another, for some days, on the scope that was seen (art. 17)."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from records.consultation.errors import DecidesOwnScope, NothingPicked, NotTheApprover, OpenTooLong, ScopeChanged
from records.consultation.models import Consultation, State
from records.consultation.redacting import uncover
from records.consultation.requests import decide, scope_digest
from storage.database import Database
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, Cast, find_cast
from tests.conftest import SignedIn
from tests.records.consultation.office import UNTIL, Reading, approved, blacked, filed, furnish, narrowed
from web.transaction import store as app_store


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
