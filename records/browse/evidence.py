"""What the audit chain says of the records of an incident: evidence on the page and as PDF/A (art. 19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import Session, aliased

from accounts.prints import paper_language
from accounts.roles import Actor
from audit import AuditEntry
from audit.chain import GENESIS, columns_of, digest_of
from printing.forms import Column, Printed, Section, sheet_form
from records.browse.history import Told, of_file, of_item, tell
from records.files.masking import unnamed
from records.files.models import File, Item
from records.supervision.models import Incident, IncidentSubject
from web.language import gettext
from web.shown import words

ENTRIES_ON_PAPER = 5_000
WIDTHS = (0.6, 1.1, 0.8, 1.1, 1.6, 2.6, 3.2)


@dataclass(frozen=True)
class Exhibit:
    """An entry of the chain; `agrees` says whether its digest still follows from its content and the entry before.

    `earlier` entries were written before the incident was reported.
    """

    told: Told
    agrees: bool
    earlier: bool


@dataclass(frozen=True)
class Evidence:
    """Entries about the records of a case; `anchored` says whether the chain still passes through where it stood."""

    exhibits: Sequence[Exhibit]
    anchored: bool

    @property
    def whole(self) -> bool:
        return self.anchored and all(each.agrees for each in self.exhibits)


def about(subjects: Sequence[IncidentSubject]) -> ColumnElement[bool]:
    """True for entries about the records of a case: a file with all in it, an item with its files, paper and loans."""
    return _about([record_of(one) for one in subjects])


def _about(records: Sequence[File | Item]) -> ColumnElement[bool]:
    return or_(false(), *(of_file(one) if isinstance(one, File) else of_item(one) for one in records))


def record_of(subject: IncidentSubject) -> File | Item:
    """The file or item that an incident concerns, or the item of its paper copy."""
    record = subject.file or subject.item
    if record is None:
        assert subject.copy is not None  # noqa: S101 - a subject is one of the three
        record = subject.copy.item
    return record


def exhibits_of(
    session: Session,
    entries: Sequence[AuditEntry],
    incident: Incident,
    subjects: Sequence[IncidentSubject],
    reader: Actor,
    on: date,
) -> list[Exhibit]:
    """Entries in words, each with whether its digest agrees; of what was destroyed no more than beside its stub."""
    numbers = [entry.number for entry in entries]
    before = aliased(AuditEntry)
    rows = session.execute(
        select(AuditEntry.number, before.digest)
        .outerjoin(before, before.number == AuditEntry.number - 1)
        .where(AuditEntry.number.in_(numbers))
    )
    digests = {row[0]: row[1] or GENESIS for row in rows}
    destroyed = _about([record for record in map(record_of, subjects) if record.destroyed_on is not None])
    gone = set(session.scalars(select(AuditEntry.number).where(AuditEntry.number.in_(numbers), destroyed)))
    told = {
        one.number: one
        for beside_stub in (False, True)
        for one in tell(
            session,
            [entry for entry in entries if (entry.number in gone) is beside_stub],
            reader,
            on=on,
            destroyed=beside_stub,
            of=incident,
        )
    }
    return [
        Exhibit(
            told[entry.number],
            entry.digest == digest_of(digests[entry.number], entry.number, columns_of(entry)),
            entry.number <= incident.chain_number,
        )
        for entry in entries
    ]


def evidence(
    session: Session,
    incident: Incident,
    subjects: Sequence[IncidentSubject],
    entries: Sequence[AuditEntry],
    reader: Actor,
    on: date,
) -> Evidence:
    """Some entries about the records of a case, checked against their digests."""
    return Evidence(exhibits_of(session, entries, incident, subjects, reader, on), anchored(session, incident))


def anchored(session: Session, incident: Incident) -> bool:
    """Whether the chain still passes through the number and digest at which it stood when the case was reported."""
    stood = session.scalar(select(AuditEntry.digest).where(AuditEntry.number == incident.chain_number))
    return (stood or GENESIS) == incident.chain_digest


def printed_evidence(
    session: Session, incident: Incident, subjects: Sequence[IncidentSubject], reader: Actor, *, made_at: datetime
) -> Printed:
    """Everything the chain says of the records of a case, the oldest first, as PDF/A."""
    entries = session.scalars(
        select(AuditEntry).where(about(subjects)).order_by(AuditEntry.number).limit(ENTRIES_ON_PAPER)
    ).all()
    found = evidence(session, incident, subjects, entries, reader, made_at.date())
    headings = (
        gettext("Number"), gettext("Moment"), gettext("Who"), gettext("Action"), gettext("Subject"),
        gettext("Details"), gettext("Digest"),
    )  # fmt: skip
    return sheet_form(
        title=gettext("Evidence from the audit trail"),
        number=incident.number,
        sections=[
            Section(
                facts=[
                    (gettext("Unit"), incident.unit.name),
                    (gettext("Kind of incident"), words(incident.kind)),
                    (gettext("What is known of it"), unnamed(incident.happened, incident)),
                    (gettext("Found out on"), incident.found_on.isoformat()),
                    (gettext("The audit chain stood at"), f"{incident.chain_number} · {incident.chain_digest}"),
                    (gettext("Checked"), whole_words(found)),
                ]
            ),
            Section(
                heading=gettext("Entries about the records concerned"),
                columns=[Column(heading, width) for heading, width in zip(headings, WIDTHS, strict=True)],
                rows=[_row(each, made_at) for each in found.exhibits],
            ),
        ],
        made_at=made_at,
        language=paper_language(),
        landscape=True,
    )


def whole_words(found: Evidence) -> str:
    """The result of the check in words."""
    if found.whole:
        return gettext("every entry agrees with its digest, and the chain passes through where it stood")
    return gettext("the chain does not agree with its digests; tell the audit administrator")


def _row(exhibit: Exhibit, made_at: datetime) -> list[str]:
    told = exhibit.told
    details = "；".join(
        f"{each.label}：{each.before} → {each.value}" if each.before is not None else f"{each.label}：{each.value}"
        for each in told.details
    )
    return [
        str(told.number), f"{told.at.astimezone(made_at.tzinfo):%Y-%m-%d %H:%M}", told.actor, told.action,
        f"{told.kind} {told.subject}", details, told.digest,
    ]  # fmt: skip
