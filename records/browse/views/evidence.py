"""What the audit chain says of the records of an incident."""

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from accounts.guard import current_actor, requires
from accounts.prints import sent
from accounts.roles import Permission
from audit import AuditEntry
from records.browse.evidence import about, evidence, printed_evidence, whole_words
from records.browse.views.asked import page_asked
from records.browse.views.blueprint import browse
from records.supervision.incidents import affected, visible_incident
from web.language import gettext
from web.transaction import now, reading, today


@browse.get("/incidents/<int:incident_id>/evidence")
@requires(Permission.READ)
def show_evidence(incident_id: int) -> ResponseReturnValue:
    """What the audit chain says of the records of an incident, checked against its digests (art. 19)."""
    session, actor = reading(), current_actor()
    incident = visible_incident(session, incident_id, actor)
    subjects = affected(session, incident, actor)
    page = page_asked(AuditEntry, select(AuditEntry).where(about(subjects)))
    entries = [entry for entry in page.entries if isinstance(entry, AuditEntry)]
    found = evidence(session, incident, subjects, entries, actor, today())
    return render_template(
        "records/browse/evidence.html", incident=incident, found=found, page=page, whole=whole_words(found)
    )


@browse.get("/incidents/<int:incident_id>/evidence.pdf")
@requires(Permission.READ)
def print_evidence(incident_id: int) -> ResponseReturnValue:
    """The same on paper, the whole of it; printing it is noted (art. 17)."""
    session, actor = reading(), current_actor()
    incident = visible_incident(session, incident_id, actor)
    printed = printed_evidence(session, incident, affected(session, incident, actor), actor, made_at=now())
    return sent(printed, incident, f"{incident.number} {gettext('Evidence')}")
