"""Verification 核实, review 复核 and lodgement 备案, by which the file is opened (art. 6, 11, 12)."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.roles import Actor, Permission, Role
from accounts.scope import within
from accounts.services import keepers_in
from classification.categories import Category, RecordForm
from classification.checklists import DocumentType, document_type, missing
from classification.periods import dated_before
from classification.text import Label
from records.files.access import in_sight, sees
from records.files.descriptions import Description
from records.files.models import File
from records.files.services import enter_item, open_for_household
from records.holdings.intake import Arrived, guessed_form, name_bytes
from records.holdings.models import DigitalObject
from records.households.services import determine
from records.workflow.comparing import check_compared
from records.workflow.course import (
    acting_user,
    at_step,
    move,
    require,
    require_reviewer,
    take_part,
)
from records.workflow.deciding import check_holds, check_not_active
from records.workflow.drafting import NOTICE_PROOF, documents_of, last_notice
from records.workflow.earlier import earlier_file, kept_already, take_up
from records.workflow.errors import DocumentsMissing, KeeperUnclear, PlaceNeeded
from records.workflow.models import (
    Act,
    Application,
    ApplicationDocument,
    ApplicationPart,
    LodgedCopy,
    Part,
    State,
)
from records.workflow.notice import check_objections
from rules.services import rulebook
from storage.objects import Stored
from units.models import Unit
from units.services import keep_open


def verify(
    session: Session, application: Application, *, opinion: str | None, actor: Actor, at: datetime, on: date
) -> None:
    """Verify as the file-making union, or as the superior the task went to.

    Raises WrongStep, NotYourStep, SamePersonAgain, RulesChanged, ProofLapsed, AlreadyInActiveFile or ObjectionsOpen.
    """
    at_step(session, application, State.VERIFICATION)
    require(actor, Permission.VERIFY, application.verifying_unit or application.unit, Role.VERIFIER)
    check_not_active(session, application)
    check_objections(session, application)
    check_holds(session, application, on)
    user = acting_user(session, actor)
    move(session, application, Act.VERIFIED, State.REVIEW, user=user, part=Part.VERIFIER, at=at, on=on, reason=opinion)


def review(
    session: Session, application: Application, *, opinion: str | None, actor: Actor, at: datetime, on: date
) -> None:
    """Review from a unit above.

    Raises WrongStep, NotYourStep, ReviewedFromBelow, SamePersonAgain, RulesChanged, ProofLapsed, AlreadyInActiveFile or
    ObjectionsOpen.
    """
    at_step(session, application, State.REVIEW)
    require_reviewer(actor, application.unit)
    check_not_active(session, application)
    check_objections(session, application)
    check_holds(session, application, on)
    user = acting_user(session, actor)
    move(
        session, application, Act.REVIEWED, State.LODGEMENT, user=user, part=Part.REVIEWER, at=at, on=on, reason=opinion
    )


LodgementRule = Callable[[Session, Unit, Unit], None]  # given the file-making unit and the centre
_lodgement_rules: list[LodgementRule] = []


def lodgement_rule(rule: LodgementRule) -> LodgementRule:
    """Register a rule of a later room that may refuse to lodge a set at a centre, as at one that ends."""
    _lodgement_rules.append(rule)
    return rule


def lodge(
    session: Session, application: Application, *, place: str, actor: Actor, at: datetime, on: date
) -> LodgedCopy:
    """Lodge with the aid centre: the file is opened and active, its set becomes its items, the copy is registered.

    A household that was withdrawn before goes on in its own file. What of the set that file keeps already is not
    entered a second time; its document names the bytes kept there. `place` is where the copy 副本 lies at the centre.
    Raises WrongStep, NotYourStep, SamePersonAgain, PlaceNeeded, RulesChanged, ProofLapsed, ObjectionsOpen,
    DocumentsMissing, NoElectronicRecord, NotCompared, FormsDiffer, AlreadyInActiveFile (also where two lodge the same
    person at the same instant), EarlierFileElsewhere, KeeperUnclear, UnitClosed, NoFonds or what a lodgement rule
    raises; nothing is changed then.
    """
    at_step(session, application, State.LODGEMENT)
    require(actor, Permission.LODGE, application.unit, Role.CENTRE_OFFICER)
    if not place.strip():
        raise PlaceNeeded
    user = acting_user(session, actor)
    centre = session.scalars(select(Unit).where(Unit.path == user.unit_path)).one()
    check_centre(session, application.unit, centre)
    take_part(session, application, user, Part.OFFICER)
    check_not_active(session, application)
    check_objections(session, application)
    check_holds(session, application, on)
    if absent := lacking(session, application, on):
        raise DocumentsMissing(missing=_together(absent))
    check_compared(session, application)
    file = _file_for(session, application, actor=actor, on=on)
    determine(
        session, application.household, application.hardship_class, unit_path=application.unit.path, actor=actor, on=on
    )  # fmt: skip
    documents = documents_of(session, application)
    kept = kept_already(session, file, documents)
    for document in documents:
        if document.sha256 and (there := kept.get(document.sha256)):
            _point_to(session, application, document, there, actor=actor)
            continue
        _enter(session, file, document, actor=actor, at=at, on=on)
    move(session, application, Act.LODGED, State.LODGED, user=user, part=Part.OFFICER, at=at, on=on, file=file)
    copy = LodgedCopy(
        application_id=application.id,
        file_id=file.id,
        file=file,
        centre_id=centre.id,
        centre=centre,
        place=place.strip(),
        documents_count=len(documents),
        pages_count=sum(document.pages_count for document in documents),
        sha256=set_digest(application, file, documents),
        lodged_on=on,
        officer_id=user.id,
        officer=user,
    )
    session.add(copy)
    session.flush()
    return copy


def check_centre(session: Session, unit: Unit, centre: Unit) -> None:
    """Keep a centre open for a set of a unit; raises UnitClosed, or what a lodgement rule raises."""
    keep_open(session, centre)
    for rule in _lodgement_rules:
        rule(session, unit, centre)


def _file_for(session: Session, application: Application, *, actor: Actor, on: date) -> File:
    """The file a household is lodged in: its earlier one, or else a new one."""
    if earlier := earlier_file(session, application):
        return take_up(session, application, earlier, actor=actor, on=on)
    keeper = keeper_to_be(session, application)
    return open_for_household(session, application.unit, application.household, keeper=keeper, actor=actor, on=on)


def keeper_to_be(session: Session, application: Application) -> User:
    """Who keeps the file: its maker, or another keeper of the unit where the maker keeps there no more (art. 16).

    That is the one who filled in the application too, or else the only one there is. Raises KeeperUnclear.
    """
    maker = application.maker
    taken = select(ApplicationPart).where(ApplicationPart.application_id == application.id)
    parts = {one.user_id: one.part for one in session.scalars(taken)}
    keepers = [
        user for user in keepers_in(session, application.unit.path) if parts.get(user.id, Part.MAKER) is Part.MAKER
    ]
    if maker in keepers:
        return maker
    filled_in = [user for user in keepers if user.id in parts]
    for found in (filled_in, keepers):
        if len(found) == 1:
            return found[0]
    raise KeeperUnclear(name=maker.display_name, unit=application.unit.name)


def lacking(session: Session, application: Application, on: date) -> Sequence[DocumentType]:
    """The required documents that the set still lacks: those of article 6 and what the district added (art. 20).

    A proof of a notice that is older than the notice proves nothing.
    """
    hung = last_notice(session, application)
    present = {
        document.document_type
        for document in documents_of(session, application)
        if document.document_type != NOTICE_PROOF or hung is None or not dated_before(document.dated, hung.posted_on)
    }
    added = rulebook(session, application.unit, on).names("required_documents")
    return missing(Category.ORIGINAL, present, added=added)


def lacking_now(session: Session, application: Application, on: date) -> Sequence[DocumentType]:
    """What the page asks for: the proof of the notice, which nobody has before, only once a notice was posted."""
    before = application.state in (State.DRAFT, State.DECISION, State.SUBMITTED)
    return [kind for kind in lacking(session, application, on) if not (before and kind.key == NOTICE_PROOF)]


def copy_of(session: Session, application: Application) -> LodgedCopy | None:
    """The copy lodged at the centre."""
    return session.scalar(select(LodgedCopy).where(LodgedCopy.application_id == application.id))


def visible_lodged(actor: Actor) -> Select[LodgedCopy]:
    """Lodged copies of the files in sight, those the actor lodged, and those in a unit where the actor keeps or lodges.

    Every list of them begins here, and asks `named_in_sight` before it names a household.
    """
    kept_here = select(Unit.id).where(within(Unit.path, actor.scope(Permission.FILE) | actor.scope(Permission.LODGE)))
    return (
        select(LodgedCopy)
        .join(File, File.id == LodgedCopy.file_id)
        .join(Unit, Unit.id == File.unit_id)
        .where(or_(named_in_sight(actor), LodgedCopy.centre_id.in_(kept_here)))
    )


def named_in_sight(actor: Actor) -> ColumnElement[bool]:
    """True for lodged copies whose household is named to the actor, in a query that joins File and its Unit.

    Who only keeps the place where the copy lies finds it by the code, and is told the name masked (PIPL art. 47).
    """
    lodged = within(Unit.path, actor.scope(Permission.READ)) & (LodgedCopy.officer_id == actor.user_id)
    return in_sight(actor) | lodged


def name_in_sight(copy: LodgedCopy, actor: Actor) -> str:
    """The worker's name as a lodged copy tells it to the actor: whole as `named_in_sight` says, or masked."""
    file = copy.file
    lodged = copy.officer_id == actor.user_id and actor.may(Permission.READ, file.unit.path)
    return file.title if lodged or sees(actor, file) else file.discreetly(file.title)


def set_digest(application: Application, file: File, documents: Sequence[ApplicationDocument]) -> str:
    """SHA-256 in hex over the lodged set: the file, every document with its description and the digest of its bytes."""
    content = {
        "application": application.number,
        "file": file.code,
        "decided_on": str(application.decided_on),
        "assessment": application.assessment,
        "documents": [
            [
                row.document_type,
                row.title,
                row.dated,
                row.responsible_body,
                row.carrier.value,
                row.pages_count,
                row.sha256,
            ]
            for row in documents
        ],
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _point_to(
    session: Session, application: Application, document: ApplicationDocument, kept: DigitalObject, *, actor: Actor
) -> None:
    """A scan that the file keeps already stays the item it is; the document names its bytes from now on."""
    document.key = kept.key
    session.flush()
    audit.record(
        session,
        actor.name,
        "application.document_kept",
        application,
        number=application.number,
        title=document.title,
        item=kept.item.code or kept.item.title,
        sha256=kept.sha256,
    )


def _enter(
    session: Session, file: File, document: ApplicationDocument, *, actor: Actor, at: datetime, on: date
) -> None:
    """A document of the application becomes an item of the file, its bytes the item's."""
    kind = document_type(document.document_type)
    form = guessed_form(kind, document.media_type) if document.media_type else _usual_form(kind)
    item = enter_item(
        session,
        file,
        Description(
            document_type=kind.key,
            retention_class=kind.default_retention or "",
            form=form,
            carrier=document.carrier,
            title=document.title,
            dated=document.dated,
            responsible_body=document.responsible_body,
            pages_count=document.pages_count,
        ),
        actor=actor,
        at=at,
        on=on,
    )
    session.flush()
    if document.key and document.sha256 and document.size_bytes and document.name and document.media_type:
        stored = Stored(key=document.key, size_bytes=document.size_bytes, sha256=document.sha256)
        name_bytes(session, item, Arrived(document.name, stored, document.media_type), actor=actor, at=at)


def _usual_form(kind: DocumentType) -> RecordForm:
    return next((form for form in kind.forms if not form.is_audio_visual), RecordForm.TEXT)


def _together(kinds: Sequence[DocumentType]) -> Label:
    return Label("、".join(kind.label.zh for kind in kinds), ", ".join(kind.label.en for kind in kinds))
