"""Reading the two chains: by subject for the history of a file or item, by filters for their own pages."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from accounts.models import User
from accounts.roles import Actor, Permission, Scope, works_on
from accounts.scope import within
from audit import AuditEntry, UseEntry
from audit.words import action_words, actor_words, field_words, kind_words, value_words
from records.aid.models import AidRecord
from records.closing.models import CustodyOnBehalf, FileTransfer, UnitClosing
from records.consultation.models import Certificate, Consultation, Inquirer
from records.disposal.models import DisposalBatch
from records.exchange.models import ImportRun
from records.files.living import TwinDuty, WithdrawalReview
from records.files.masking import masked
from records.files.models import File, FileNote, Item
from records.handover.models import Handover, HandoverCase
from records.holdings.models import Box, DigitalObject, PaperCopy, Place
from records.lending.models import ApprovalDelegation, Loan, LoanRequest
from records.stocktake.models import Stocktake
from records.supervision.models import Finding, Incident, Inspection
from records.upkeep.models import CleanUp, CleanUpPart, Determination
from records.workflow.models import AidSystemImport, Application
from storage.database import Base
from units.models import Unit
from web.language import N_, gettext

ENTRIES_ON_A_PAGE = 50
Chain = type[AuditEntry] | type[UseEntry]


@dataclass(frozen=True)
class Named:
    """How subjects of one kind are named and where their page is."""

    id: InstrumentedAttribute[int]
    name: InstrumentedAttribute[Any]
    endpoint: str | None = None
    argument: str = ""


PEOPLE = frozenset({"borrower", "keeper", "leaver", "receiver", "to", "witness"})  # accounts by name
CHANGED = {
    "box.moved": "place",
    "handover.witness_replaced": "witness",
    "person.renamed": "name",
}  # what `before` and `after` are, where they are one value each
OF_LENDING = frozenset({"loan", "loan_request"})
OF_THE_END = frozenset(
    {"copy.destroyed", "file.destroyed", "file.withdrawn", "hold.lifted", "hold.placed", "item.destroyed"}
)
# Entries by which a record got its code, which stays on what is left of it.
GIVES_CODE = frozenset({"file.described", "file.entered_from_before", "file.opened", "item.filed"})
_DIGEST = re.compile("[0-9a-f]{64}")
OF_WORKERS = frozenset({"health"})  # told to those alone who work on the files of the unit
WRITTEN_FREELY = frozenset({"remarks"})  # may name a person or an illness, and does not tell of the end
FREELY_OF_HOLDS = {  # the kind of a hold tells of the end, its words may name a person
    "hold.lifted": WRITTEN_FREELY | {"reason"},
    "hold.placed": WRITTEN_FREELY | {"reason", "separate_file"},
}
CHAIN_HEADINGS = (
    N_("Number"),
    N_("Moment"),
    N_("Who"),
    N_("Action"),
    N_("Kind"),
    N_("Subject"),
    N_("Details"),
    N_("Digest"),
)
SUBJECTS: Mapping[str, Named] = {
    "aid_record": Named(AidRecord.id, AidRecord.given_on, "aid.show_striking", "aid_record_id"),
    "aid_system_import": Named(AidSystemImport.id, AidSystemImport.name),
    "application": Named(Application.id, Application.number, "workflow.show_application", "application_id"),
    "approval_delegation": Named(ApprovalDelegation.id, ApprovalDelegation.from_on),
    "box": Named(Box.id, Box.barcode, "holdings.show_box", "box_id"),
    "certificate": Named(Certificate.id, Certificate.number),
    "clean_up": Named(CleanUp.id, CleanUp.year, "upkeep.show_clean_up", "clean_up_id"),
    "clean_up_part": Named(CleanUpPart.id, CleanUpPart.year, "upkeep.show_part", "clean_up_part_id"),
    "consultation": Named(Consultation.id, Consultation.number, "consultation.show_consultation", "consultation_id"),
    "custody_on_behalf": Named(CustodyOnBehalf.id, CustodyOnBehalf.reason, "closing.list_custody"),
    "determination": Named(Determination.id, Determination.id, "upkeep.show_determination", "determination_id"),
    "digital_object": Named(DigitalObject.id, DigitalObject.name, "holdings.show_object", "object_id"),
    "disposal_batch": Named(DisposalBatch.id, DisposalBatch.number, "disposal.show_batch", "batch_id"),
    "file": Named(File.id, File.code, "browse.show_file", "file_id"),
    "file_note": Named(FileNote.id, FileNote.version),
    "file_transfer": Named(FileTransfer.id, FileTransfer.number, "closing.show_transfer", "file_transfer_id"),
    "finding": Named(Finding.id, Finding.text, "supervision.show_finding", "finding_id"),
    "handover_case": Named(HandoverCase.id, HandoverCase.number, "handover.show_case", "case_id"),
    "handover": Named(Handover.id, Handover.number, "handover.show_handover", "handover_id"),
    "import_run": Named(ImportRun.id, ImportRun.name, "exchange.show_run", "import_run_id"),
    "incident": Named(Incident.id, Incident.number, "supervision.show_incident", "incident_id"),
    "inquirer": Named(Inquirer.id, Inquirer.id, "consultation.show_inquirer", "inquirer_id"),
    "inspection": Named(Inspection.id, Inspection.number, "supervision.show_inspection", "inspection_id"),
    "item": Named(Item.id, Item.title, "browse.show_item", "item_id"),
    "loan": Named(Loan.id, Loan.id, "lending.show_loan", "loan_id"),
    "loan_request": Named(LoanRequest.id, LoanRequest.number, "lending.show_request", "request_id"),
    "paper_copy": Named(PaperCopy.id, PaperCopy.barcode, "holdings.show_copy", "copy_id"),
    "place": Named(Place.id, Place.address, "holdings.show_place", "place_id"),
    "stocktake": Named(Stocktake.id, Stocktake.number, "stocktake.show_stocktake", "stocktake_id"),
    "twin_duty": Named(TwinDuty.id, TwinDuty.id, "upkeep.show_duty", "twin_duty_id"),
    "unit": Named(Unit.id, Unit.name),
    "unit_closing": Named(UnitClosing.id, UnitClosing.number, "closing.show_closing", "unit_closing_id"),
    "user_account": Named(User.id, User.display_name),
    "withdrawal_review": Named(WithdrawalReview.id, WithdrawalReview.id, "upkeep.show_review", "withdrawal_review_id"),
}
# Subjects that tell nothing of the archives; every other kind is content, which administrators do not read 三员.
ADMINISTRATION = frozenset(
    {"audit_entry", "demonstration", "session", "unit", "use_entry", "user_account", "user_session"}
)


@dataclass(frozen=True)
class Detail:
    """One detail of an entry in words; `before` is set where it was changed."""

    label: str
    value: str
    before: str | None = None

    def masked(self, reader: Actor, on: date, of: Base | None) -> "Detail":
        """As it is told to the reader of the history of a file; digests of bytes are no numbers of persons."""

        def told(value: str) -> str:
            return value if _DIGEST.fullmatch(value) else masked(value, reader, on, of, under=self.label)

        return Detail(self.label, told(self.value), None if self.before is None else told(self.before))


@dataclass(frozen=True)
class Told:
    """One entry of a chain in words. `endpoint` and `arguments` lead to the subject where the reader may see it."""

    number: int
    at: datetime
    actor: str
    action: str
    kind: str
    subject: str
    endpoint: str | None
    arguments: Mapping[str, int]
    details: tuple[Detail, ...]
    digest: str


def tell(
    session: Session,
    entries: Sequence[AuditEntry | UseEntry],
    reader: Actor,
    *,
    on: date,
    admitted: bool = False,
    kept_by: str | None = None,
    destroyed: bool = False,
    of: Base | None = None,
) -> list[Told]:
    """Entries in words for one who reads them: one query for people, and one for each kind of subject among them.

    Names of files, items and what belongs to them are given only where the reader may see those; elsewhere their
    details say which fields were written, never what; long numbers are masked, and of the households that the file or
    case `of` speaks of what `withheld` keeps from the reader on a day. With `admitted` the reader may see what all
    entries are about, though it was another unit's when they were written: a file keeps its history wherever it passes
    (art. 9, 14). Of the health of a member those alone are told who work on the files of the unit.
    Who borrowed is told to those who are told so in the unit of that path `kept_by`, or in the one of the entry.
    Of a destroyed record the history says who did what and when; of the details only its code and those that tell of
    its end, and neither remarks nor the words of a hold.
    """

    def is_open(entry: AuditEntry | UseEntry) -> bool:
        return admitted or _open(entry, reader)

    read = [(entry, json.loads(entry.details)) for entry in entries]
    people = _people(session, read)
    names = _names(session, [entry for entry in entries if _named(entry) and is_open(entry)])
    of_workers = {field_words(name) for name in OF_WORKERS}
    told = []
    for entry, written in read:
        freely = FREELY_OF_HOLDS.get(entry.action, WRITTEN_FREELY) if destroyed else ()
        details = {name: value for name, value in written.items() if name not in freely}
        key = (entry.subject_kind, entry.subject_id or 0)
        subject = SUBJECTS.get(entry.subject_kind)
        stays = details_of(entry.action, _code_in(details), people) if entry.action in GIVES_CODE else ()
        endpoint = subject.endpoint if subject and key in names else None
        told.append(
            Told(
                number=entry.number,
                at=entry.at,
                actor=people.get(entry.actor) or actor_words(entry.actor),
                action=action_words(entry.action),
                kind=kind_words(entry.subject_kind),
                subject=masked(str(names.get(key, entry.subject_id or "")), reader, on, of),
                endpoint=endpoint,
                arguments={subject.argument: key[1]} if subject and endpoint and subject.argument else {},
                details=tuple(
                    each.masked(reader, on, of)
                    if is_open(entry)
                    and (each.label not in of_workers or works_on(reader, getattr(of, "unit_path", entry.unit_path)))
                    and not _of_borrowers(entry, details, people, reader, kept_by)
                    and (not destroyed or entry.action in OF_THE_END or each in stays)
                    else Detail(each.label, gettext("withheld"))
                    for each in details_of(entry.action, details, people)
                    if each.before is not None or each.value != names.get(key)
                ),
                digest=entry.digest,
            )
        )
    return told


def _code_in(details: Mapping[str, Any]) -> dict[str, Any]:
    """Of the details of an entry those that say the code which a record got by it, and the one before."""
    changed = ((side, details[side]) for side in ("before", "after") if side in details)
    given = {"code": details["code"]} if details.get("code") else {}
    return given | {side: {"code": what["code"]} for side, what in changed}


def _of_borrowers(
    entry: AuditEntry | UseEntry,
    details: Mapping[str, Any],
    people: Mapping[str, str],
    reader: Actor,
    kept_by: str | None,
) -> bool:
    """Whether an entry says who borrowed what and for which purpose, to one who is not told that (art. 17)."""
    told = reader.told_of_borrowers | reader.scope(Permission.READ_AUDIT)
    to_somebody = entry.subject_kind == "paper_copy" and details.get("to") in people
    return (to_somebody or entry.subject_kind in OF_LENDING) and not told.covers(kept_by or entry.unit_path)


def details_of(action: str, details: Mapping[str, Any], people: Mapping[str, str]) -> tuple[Detail, ...]:
    """The details of an entry in words; a change shows what stood there before.

    What changed is written as `before` and `after`, fields by name or one value each, or as `before` and one new value.
    """
    rest = {name: value for name, value in details.items() if name not in ("before", "after")}
    before, after = details.get("before"), details.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        changed = {name: value for name, value in after.items() if before.get(name) != value}
        earlier = before
    elif before is not None:
        changed = {CHANGED.get(action, "place"): after} if after is not None else rest
        earlier = dict.fromkeys(changed, before)
        rest = rest if after is not None else {}
    else:
        changed, earlier = {}, {}

    def said(name: str, value: Any) -> str:
        return people.get(value, value) if name in PEOPLE and value else value_words(name, value)

    return (
        *(Detail(field_words(name), said(name, value)) for name, value in rest.items()),
        *(
            Detail(field_words(name), said(name, value), said(name, earlier.get(name)))
            for name, value in changed.items()
        ),
    )


def chain_rows(
    session: Session, entries: Sequence[AuditEntry | UseEntry], reader: Actor, on: date
) -> Iterator[Sequence[Any]]:
    """Entries as the rows of a spreadsheet."""
    for told in tell(session, entries, reader, on=on):
        details = "\n".join(
            each.label + gettext(": ") + (f"{each.before} → {each.value}" if each.before is not None else each.value)
            for each in told.details
        )
        yield told.number, told.at, told.actor, told.action, told.kind, told.subject, details, told.digest


def of_file(file: File) -> ColumnElement[bool]:
    """True for entries about a file, its household, note and help, its items, and what belongs to these."""
    items = select(Item.id).where(Item.file_id == file.id)
    copies = select(PaperCopy.id).where(PaperCopy.item_id.in_(items))
    return or_(
        _about("file", (file.id,)),
        _about("household", (file.household_id,) if file.household_id else ()),
        _about("item", items),
        _about("digital_object", select(DigitalObject.id).where(DigitalObject.file_id == file.id)),
        _about("paper_copy", copies),
        _about("loan", select(Loan.id).where(Loan.copy_id.in_(copies))),
        _about("twin_duty", select(TwinDuty.id).where(TwinDuty.file_id == file.id)),
        _about("withdrawal_review", select(WithdrawalReview.id).where(WithdrawalReview.file_id == file.id)),
        _about("determination", select(Determination.id).where(Determination.file_id == file.id)),
        _about("aid_record", select(AidRecord.id).where(AidRecord.file_id == file.id)),
        _about("file_note", select(FileNote.id).where(FileNote.file_id == file.id)),
        _about("file_transfer", select(FileTransfer.id).where(FileTransfer.file_id == file.id)),
        _about("custody_on_behalf", select(CustodyOnBehalf.id).where(CustodyOnBehalf.file_id == file.id)),
    )


def of_item(item: Item) -> ColumnElement[bool]:
    """True for entries about an item, its digital files, its paper copies and their loans."""
    copies = select(PaperCopy.id).where(PaperCopy.item_id == item.id)
    return or_(
        _about("item", (item.id,)),
        _about("digital_object", select(DigitalObject.id).where(DigitalObject.item_id == item.id)),
        _about("paper_copy", copies),
        _about("loan", select(Loan.id).where(Loan.copy_id.in_(copies))),
    )


@dataclass(frozen=True)
class Selection:
    """What is asked of a chain; every part that is given narrows it. Days are those of the office."""

    actor: str | None = None
    action: str | None = None
    kind: str | None = None
    subject_id: int | None = None
    from_on: date | None = None
    until_on: date | None = None

    @property
    def arguments(self) -> dict[str, str | int]:
        """The selection as the arguments of the page."""
        given = {
            "actor": self.actor,
            "action": self.action,
            "kind": self.kind,
            "subject": self.subject_id,
            "from": self.from_on.isoformat() if self.from_on else None,
            "until": self.until_on.isoformat() if self.until_on else None,
        }
        return {name: value for name, value in given.items() if value is not None}

    def conditions(self, chain: Chain, zone: ZoneInfo) -> list[ColumnElement[bool]]:
        given: list[ColumnElement[bool]] = []
        if self.actor:
            named = select(User.name).where(User.display_name == self.actor)
            given.append((chain.actor == self.actor) | chain.actor.in_(named))
        if self.action:
            given.append(chain.action == self.action)
        if self.kind:
            given.append(chain.subject_kind == self.kind)
        if self.subject_id is not None:
            given.append(chain.subject_id == self.subject_id)
        if self.from_on:
            given.append(chain.at >= _midnight(self.from_on, zone))
        if self.until_on:
            given.append(chain.at < _midnight(self.until_on + timedelta(days=1), zone))
        return given


@dataclass(frozen=True)
class Page:
    """Some entries of a chain, the newest first; `earlier` and `later` are the numbers to read on from, if any."""

    entries: Sequence[AuditEntry | UseEntry]
    earlier: int | None
    later: int | None


def visible_entries(chain: Chain, reader: Actor) -> Select[Any]:
    """Entries about units whose audit the reader has; those about no unit are for the auditor of a whole tree."""
    scope = reader.scope(Permission.READ_AUDIT)
    visible = within(chain.unit_path, scope)
    return select(chain).where(visible | (chain.unit_path == "") if _whole_tree(scope) else visible)


def page_of(
    session: Session,
    chain: Chain,
    query: Select[Any],
    *,
    before: int | None = None,
    after: int | None = None,
    size: int = ENTRIES_ON_A_PAGE,
) -> Page:
    """One page by number: the entries before or after a number, or the newest ones. Its cost does not grow."""
    if after is not None:
        found = list(session.scalars(query.where(chain.number > after).order_by(chain.number).limit(size + 1)))
        rows = found[:size][::-1]
        return Page(rows, rows[-1].number if rows else None, rows[0].number if len(found) > size else None)
    if before is not None:
        query = query.where(chain.number < before)
    found = list(session.scalars(query.order_by(chain.number.desc()).limit(size + 1)))
    rows = found[:size]
    return Page(
        rows,
        rows[-1].number if len(found) > size else None,
        rows[0].number if rows and before is not None else None,
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)


def _whole_tree(scope: Scope) -> bool:
    return any(root.count("/") == 2 for root in scope.subtrees)


def _about(kind: str, ids: Iterable[int] | Select[int]) -> ColumnElement[bool]:
    return and_(AuditEntry.subject_kind == kind, AuditEntry.subject_id.in_(ids))


def _named(entry: AuditEntry | UseEntry) -> bool:
    return entry.subject_kind in SUBJECTS and entry.subject_id is not None


def _open(entry: AuditEntry | UseEntry, reader: Actor) -> bool:
    """Whether the reader may know what the entry says of its subject."""
    return entry.subject_kind in ADMINISTRATION or reader.may(Permission.READ, entry.unit_path)


def _people(session: Session, read: Sequence[tuple[AuditEntry | UseEntry, Mapping[str, Any]]]) -> dict[str, str]:
    names = {entry.actor for entry, _ in read}
    names |= {str(details[name]) for _, details in read for name in PEOPLE & details.keys()}
    rows = session.execute(select(User.name, User.display_name).where(User.name.in_(names)))
    return {row.name: row.display_name for row in rows}


def _names(session: Session, entries: Sequence[AuditEntry | UseEntry]) -> dict[tuple[str, int], str]:
    pairs = sorted({(entry.subject_kind, entry.subject_id or 0) for entry in entries})
    names: dict[tuple[str, int], str] = {}
    for kind, group in groupby(pairs, key=lambda pair: pair[0]):
        subject = SUBJECTS[kind]
        ids = [subject_id for _, subject_id in group]
        for found, name in session.execute(select(subject.id, subject.name).where(subject.id.in_(ids))):
            names[kind, found] = name
    return names
