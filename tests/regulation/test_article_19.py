"""Article 19: the audit chain shows tampering, and incidents are linked to the records they concern."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

import audit
from audit import AuditEntry
from records.browse.evidence import about, evidence
from records.files.membership import join_household
from records.files.models import WithdrawalReason
from records.files.services import withdraw
from records.files.stubs import reduce_file, reduce_item
from records.households.models import Relation
from records.households.services import MemberEntry
from records.supervision.incidents import affected, incidents_about, note_recovered, report_incident
from records.supervision.models import Incident, IncidentKind
from storage.database import Database
from tests.cast import MONDAY, NOON, NUMBERS, Cast, make_cast, make_file
from tests.conftest import SignedIn
from tests.records.browse.conftest import furnish, named
from tests.records.lending.shelf import make_copy
from tests.records.supervision.office import lose


def test_a_the_audit_chain_is_tamper_evident(both_databases: Database) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        make_copy(session, cast)
    with both_databases.reading() as session:
        assert audit.verify(session, "changes").whole
    with pytest.raises(DatabaseError), both_databases.begin() as session:
        session.execute(text("UPDATE audit_entry SET actor = 'nobody'"))


def test_a_an_altered_entry_about_a_record_is_seen_in_the_evidence_of_its_case(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    session.commit()
    incident = lose(session, cast, copy)
    session.commit()
    subjects = affected(session, incident, cast.keeper.actor)
    entries = session.scalars(select(AuditEntry).where(about(subjects))).all()
    assert evidence(session, incident, subjects, entries, cast.keeper.actor, MONDAY).whole
    altered = entries[0]
    session.expunge(altered)
    altered.details = altered.details.replace("困难", "富裕")
    assert not evidence(session, incident, subjects, [altered, *entries[1:]], cast.keeper.actor, MONDAY).whole
    incident.chain_digest = "0" * 64
    assert not evidence(session, incident, subjects, entries[1:], cast.keeper.actor, MONDAY).whole


def test_a_the_evidence_of_a_case_tells_of_a_destroyed_household_no_more_than_its_stub(
    session: Session, cast: Cast, app: Flask
) -> None:
    """Code, who, when and list; of what is kept still it tells everything, as before (art. 15)."""
    kept = make_file(session, cast, number=NUMBERS[2], name="慕容留")
    gone = make_file(session, cast, name="欧阳去")
    copy = make_copy(session, cast, file=gone)
    incident = report_incident(
        session, cast.district, IncidentKind.DAMAGE, "屋顶漏水", found_on=MONDAY, found_by="王维",
        codes=[kept.code, gone.code, copy.barcode], actor=cast.keeper.actor, at=NOON, on=MONDAY,
    )  # fmt: skip
    withdraw(session, gone, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    reduce_item(copy.item, "XH-2037-0001", on=MONDAY)
    reduce_file(session, gone, "XH-2037-0001", on=MONDAY)
    session.commit()
    subjects = affected(session, incident, cast.keeper.actor)
    entries = session.scalars(select(AuditEntry).where(about(subjects))).all()
    with app.test_request_context():
        told = [one.told for one in evidence(session, incident, subjects, entries, cast.keeper.actor, MONDAY).exhibits]
    said = str(told)
    assert "慕容留" in said
    assert "欧阳去" not in said
    assert gone.code in said


def test_a_the_evidence_of_a_case_tells_a_supervisor_no_name_of_a_child(
    session: Session, cast: Cast, app: Flask
) -> None:
    """As beside the file itself (art. 17)."""
    file = make_file(session, cast)
    child = MemberEntry("欧阳小满", Relation.CHILD, NUMBERS[1])
    join_household(session, file, child, actor=cast.keeper.actor, on=MONDAY).person.born_on = date(2020, 1, 1)
    incident = report_incident(
        session, cast.district, IncidentKind.DAMAGE, "屋顶漏水", found_on=MONDAY, found_by="王维",
        codes=[file.code], actor=cast.keeper.actor, at=NOON, on=MONDAY,
    )  # fmt: skip
    session.commit()
    subjects = affected(session, incident, cast.supervisor.actor)
    entries = session.scalars(select(AuditEntry).where(about(subjects))).all()
    with app.test_request_context():
        said = str(evidence(session, incident, subjects, entries, cast.supervisor.actor, MONDAY).exhibits)
    assert "周大河" in said
    assert "欧阳小满" not in said


@pytest.mark.parametrize("kind", list(IncidentKind))
def test_b_an_incident_register_links_to_the_records_affected(
    signed_in: SignedIn, database: Database, kind: str
) -> None:
    with database.begin() as session:
        office = furnish(session, named(session, "keeper"), "东", first=1)
    keeper = signed_in("keeper")
    codes = [office.copy.barcode] if kind == IncidentKind.LOSS else [office.file.code, office.copy.barcode]
    given = {
        "unit": office.file.unit_id,
        "kind": kind,
        "happened": "经过",
        "found_on": "2026-03-02",
        "found_by": "王维",
    }
    page = keeper.post("/incidents", data={**given, "codes": " ".join(codes)}).location
    shown = keeper.get(page).text
    assert all(code in shown for code in codes)
    for record in (f"/files/{office.file.id}", f"/items/{office.filed.id}"):
        assert f'href="{page}"' in keeper.get(record).text


def test_b_a_record_found_again_closes_the_case_and_the_case_stays(session: Session, cast: Cast) -> None:
    copy = make_copy(session, cast)
    incident = lose(session, cast, copy)
    note_recovered(session, incident, copy, actor=cast.keeper.actor, on=MONDAY)
    assert not incident.is_open
    assert incidents_about(session, item=copy.item) == [incident]
    assert session.scalars(select(Incident)).all() == [incident]
