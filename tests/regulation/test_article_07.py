"""Article 7: the superior reads and inspects, and never edits; inspections and findings are records."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.roles import Actor, Held, Permission, Role
from audit import AuditEntry
from records.files.errors import NotTheKeepersUnit
from records.files.models import WithdrawalReason
from records.files.services import collect, describe, visible_file, visible_items, withdraw
from records.holdings.filing import file_item
from records.supervision.inspections import conclude, visible_findings, visible_inspections
from records.supervision.models import Finding, FindingReply, FindingSubject, Inspection
from records.supervision.sheet import file_record
from storage.database import Database
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, Cast, description, find_cast, make_file, make_item
from tests.conftest import SignedIn
from tests.records.supervision.office import accept, inspect, note, set_right

ABOVE = [role for role in Role if not role.permissions.isdisjoint({Permission.READ, Permission.SUPERVISE})]


def test_a_a_superior_unit_reads_and_inspects_files_of_subordinate_units(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    assert visible_file(session, file.id, cast.supervisor.actor) == file
    finding = note(session, cast, inspect(session, cast), codes=[file.code])
    assert session.scalars(visible_findings(cast.supervisor.actor)).all() == [finding]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(roles=st.sets(st.sampled_from(ABOVE), min_size=1))
def test_a_a_superior_with_any_roles_never_edits_files_of_subordinate_units(
    session: Session, cast: Cast, roles: set[Role]
) -> None:
    with session.begin_nested() as savepoint:
        file = make_file(session, cast)
        item = make_item(session, file, cast.keeper.actor)
        actor = Actor(1, "above", "上级", cast.city.path, tuple(Held(role, cast.city.path) for role in roles))
        attempts: list[Callable[[], object]] = [
            lambda: collect(session, file, description(), actor=actor, at=NOON, on=MONDAY),
            lambda: describe(session, item, description("改"), actor=actor, on=MONDAY),
            lambda: file_item(session, item, actor=actor, on=MONDAY),
            lambda: withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY),
        ]
        for attempt in attempts:
            with pytest.raises(NotTheKeepersUnit):
                attempt()
        savepoint.rollback()
    session.expire_all()


def test_a_a_supervisor_at_work_changes_nothing_in_the_archives(signed_in: SignedIn, database: Database) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        file = make_file(session, cast)
        note(session, cast, inspect(session, cast), codes=[file.code])
    client: FlaskClient = signed_in("supervisor")
    for path in ("/inspections/1", "/findings/1", f"/files/{file.id}", "/files", "/statistics"):
        assert client.get(path).status_code == 200
    for path in (f"/files/{file.id}/items/new", f"/files/{file.id}/withdrawal"):
        assert client.post(path).status_code == 403
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.actor == "supervisor")).all()
        of_archives = [one for one in entries if one.subject_kind not in ("inspection", "finding", "user_session")]
        assert [one.action for one in of_archives] == ["hold.placed"]  # a finding keeps what it names from destruction


def test_b_inspections_and_findings_are_records(
    session: Session, cast: Cast, store: FolderStore, workshop: Workshop
) -> None:
    inspection = inspect(session, cast)
    finding = note(session, cast, inspection)
    set_right(session, cast, finding)
    accept(session, cast, finding)
    conclude(session, inspection, "整改到位。", actor=cast.supervisor.actor, on=MONDAY)
    session.commit()
    told = session.scalars(
        select(AuditEntry.action)
        .where(AuditEntry.subject_kind.in_(["inspection", "finding"]))
        .order_by(AuditEntry.number)
    ).all()
    assert told == [
        "inspection.entered", "finding.added", "finding.answered", "finding.closed", "inspection.concluded",
    ]  # fmt: skip
    item = file_record(session, inspection, actor=cast.keeper.actor, store=store, workshop=workshop, at=NOON, on=MONDAY)
    assert item in session.scalars(visible_items(cast.keeper.actor)).all()
    assert (item.document_type, item.filed_on) == ("inspection_record", MONDAY)
    assert session.scalars(visible_inspections(cast.reader.actor)).all() == [inspection]
    for model in (Inspection, Finding, FindingReply):
        assert session.scalar(select(func.count()).select_from(model)) == 1
    assert session.scalar(select(func.count()).select_from(FindingSubject)) == 0
