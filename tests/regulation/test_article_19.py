"""Article 19: the audit chain shows tampering, and incidents are linked to the records they concern."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

import audit
from audit import AuditEntry
from records.browse.evidence import about, evidence
from records.supervision.incidents import affected, incidents_about, note_recovered
from records.supervision.models import Incident, IncidentKind
from storage.database import Database
from tests.cast import MONDAY, Cast, make_cast
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
    entries = session.scalars(select(AuditEntry).where(about(affected(session, incident, cast.keeper.actor)))).all()
    assert evidence(session, incident, entries, cast.keeper.actor, MONDAY).whole
    altered = entries[0]
    session.expunge(altered)
    altered.details = altered.details.replace("困难", "富裕")
    assert not evidence(session, incident, [altered, *entries[1:]], cast.keeper.actor, MONDAY).whole
    incident.chain_digest = "0" * 64
    assert not evidence(session, incident, entries[1:], cast.keeper.actor, MONDAY).whole


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
