"""Filling in an application: new, data, people, statements, documents."""

from types import SimpleNamespace
from typing import BinaryIO, cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.uses import note_use
from classification.categories import Carrier
from records.holdings.intake import Arrived, aside_if_refused, looked_through, receive_bytes
from records.holdings.views.blueprint import workshop
from records.holdings.views.objects import IMAGES
from records.holdings.views.ranges import serve
from records.households.errors import AlreadyInActiveFile
from records.households.forms import CorrectionForm, MemberForm, shown_person
from records.households.models import Cause, Employment
from records.households.services import masked_number, masked_phone
from records.workflow.course import at_step, check_step, visible_application
from records.workflow.drafting import (
    add_document,
    change,
    correct,
    documents_of,
    draft,
    drop,
    drop_document,
    enter_member,
    member_of,
    open_notice,
    state_facts,
    statements_of,
)
from records.workflow.earlier import check_kind
from records.workflow.errors import AlreadyApplying
from records.workflow.forms import (
    ApplicationDataForm,
    ApplicationForm,
    DocumentForm,
    StatementsForm,
    shown_data,
    shown_statements,
    statements_form,
)
from records.workflow.models import Application, ApplicationDocument, Origin, State
from records.workflow.views.blueprint import workflow
from rules.services import rulebook
from units.choices import filing_units
from units.services import visible_unit
from web.forms import shows_again
from web.language import gettext
from web.rules import NotVisible
from web.transaction import begin, now, reading, settings, store, today


@workflow.get("/applications/new")
@requires(Permission.FILE)
def new_application(form: ApplicationForm | None = None) -> ResponseReturnValue:
    """The form of a new application: the household as the information form has it."""
    form = (form or ApplicationForm.blank(values={"applied_on": today()})).offer(unit_id=filing_units())
    return render_template("records/workflow/new.html", form=form)


@workflow.post("/applications/new")
@requires(Permission.FILE)
@shows_again(new_application)
def begin_application() -> ResponseReturnValue:
    """Begin an application; where a person is in a file or an application already, the page says who has it."""
    if "add_line" in request.form:  # asked for without the script of the page
        unread = ApplicationForm(request.form)
        unread.add_line()
        return new_application(unread)
    form = ApplicationForm.read(unit_id=filing_units())
    actor = current_actor()
    try:
        with begin() as session:
            application = draft(
                session,
                visible_unit(session, int(form.unit_id.data), actor, Permission.FILE),
                form.entry,
                origin=Origin(form.origin.data),
                applied_on=form.day,
                other_causes=form.other_causes,
                fallback_reason=form.fallback_reason.text,
                actor=actor,
                at=now(),
                on=today(),
            )
    except (AlreadyInActiveFile, AlreadyApplying) as conflict:
        form.conflict = conflict
        raise
    flash(gettext("%(number)s is begun. Now add the documents, then state the facts.", number=application.number))
    return redirect(url_for(".show_application", application_id=application.id), 303)


@workflow.get("/applications/<int:application_id>/edit")
@requires(Permission.FILE)
def edit_application(application_id: int, form: ApplicationDataForm | None = None) -> ResponseReturnValue:
    """The form of what a draft says beside its people and statements."""
    application = _draft(application_id)
    household = application.household
    return render_template(
        "records/workflow/edit.html",
        form=form or ApplicationDataForm.blank(obj=shown_data(application)),
        application=application,
        phone=masked_phone(reading(), household, rulebook(reading(), application.unit, today()).masks),
    )


@workflow.post("/applications/<int:application_id>/edit")
@requires(Permission.FILE)
@shows_again(edit_application)
def change_application(application_id: int) -> ResponseReturnValue:
    """Change a draft; before and after stay in the chain."""
    form = ApplicationDataForm.read()
    with begin() as session:
        application = _locked_draft(session, application_id)
        form.check_unchanged(shown_data(application))
        change(
            session,
            application,
            address=form.address.data,
            employment=Employment(form.employment.data),
            employer=form.employer.text,
            main_cause=Cause(form.main_cause.data),
            phone=form.new_phone,
            origin=Origin(form.origin.data),
            applied_on=form.day,
            other_causes=form.other_causes,
            fallback_reason=form.fallback_reason.text,
            actor=current_actor(),
            on=today(),
        )
    flash(gettext("The application is changed."))
    return _back(application_id)


@workflow.get("/applications/<int:application_id>/members/new")
@requires(Permission.FILE)
def new_person(application_id: int, form: MemberForm | None = None) -> ResponseReturnValue:
    """The form of one more member."""
    application = _draft(application_id)
    return render_template(
        "records/workflow/person.html", form=form or MemberForm.blank(), application=application, member=None, number=""
    )


@workflow.post("/applications/<int:application_id>/members/new")
@requires(Permission.FILE)
@shows_again(new_person)
def add_person(application_id: int) -> ResponseReturnValue:
    """Add a member to the household of a draft."""
    form = MemberForm.read()
    with begin() as session:
        application = visible_application(session, application_id, current_actor(), Permission.FILE)
        enter_member(session, application, form.entry, actor=current_actor(), on=today())
    flash(gettext("%(name)s now belongs to the household.", name=form.name.data))
    return _back(application_id)


@workflow.get("/applications/<int:application_id>/members/<int:member_id>/edit")
@requires(Permission.FILE)
def edit_person(application_id: int, member_id: int, form: CorrectionForm | None = None) -> ResponseReturnValue:
    """The form that corrects a person of a draft."""
    application = _draft(application_id)
    member = member_of(application, member_id)
    return render_template(
        "records/workflow/person.html",
        form=form or CorrectionForm.blank(obj=shown_person(member)),
        application=application,
        member=member,
        number=masked_number(reading(), member.person, rulebook(reading(), application.unit, today()).masks),
    )


@workflow.post("/applications/<int:application_id>/members/<int:member_id>/edit")
@requires(Permission.FILE)
@shows_again(edit_person)
def change_person(application_id: int, member_id: int) -> ResponseReturnValue:
    """Correct a person, or take one out of the household."""
    away = "away" in request.form
    form = None if away else CorrectionForm.read()
    with begin() as session:
        application = _locked_draft(session, application_id)
        member = member_of(application, member_id)
        if form is None:
            drop(session, application, member, actor=current_actor())
        else:
            form.check_unchanged(shown_person(member))
            correct(session, application, member, form.entry, actor=current_actor(), on=today())
    flash(gettext("The person is taken out.") if away else gettext("The person is corrected."))
    return _back(application_id)


@workflow.get("/applications/<int:application_id>/statements")
@requires(Permission.FILE)
def edit_statements(application_id: int, form: StatementsForm | None = None) -> ResponseReturnValue:
    """What is stated of the household, each line with the document it rests on (art. 1, 3, 4)."""
    application = _draft(application_id)
    if form is None:
        form = _statements(reading(), application).blank(obj=_stated(reading(), application))
    return render_template("records/workflow/statements.html", form=form, application=application)


@workflow.post("/applications/<int:application_id>/statements")
@requires(Permission.FILE)
@shows_again(edit_statements)
def make_statements(application_id: int) -> ResponseReturnValue:
    """Put down what is stated; the income per head is reckoned from it."""
    form = _statements(reading(), _draft(application_id)).read()
    with begin() as session:
        application = _locked_draft(session, application_id)
        form.check_unchanged(_stated(session, application))
        state_facts(session, application, form.entries, actor=current_actor(), on=today())
        income = application.household.monthly_income_per_head
    flash(gettext("Stated. Income per head: %(amount)s yuan a month.", amount=income if income is not None else "—"))
    return _back(application_id)


@workflow.get("/applications/<int:application_id>/documents/new")
@requires(Permission.FILE)
def new_document(application_id: int, form: DocumentForm | None = None) -> ResponseReturnValue:
    """The form of one more document; while a notice hangs, of its photograph."""
    application = visible_application(reading(), application_id, current_actor(), Permission.FILE)
    hangs = open_notice(reading(), application) is not None
    if form is None:
        kind = request.args.get("document_type", "notice_photo" if hangs else "")
        values = {
            "document_type": kind,
            "carrier": Carrier.ELECTRONIC if kind == "notice_photo" else Carrier.PAPER,
            "responsible_body": application.unit.name,
            "pages_count": 1 if kind == "notice_photo" else None,
            "dated": today().isoformat() if kind == "notice_photo" else "",
        }
        form = DocumentForm.blank(values=values)
    return render_template("records/workflow/document.html", form=form, application=application, hangs=hangs)


@workflow.post("/applications/<int:application_id>/documents/new")
@requires(Permission.FILE)
@shows_again(new_document)
def receive_document(application_id: int) -> ResponseReturnValue:
    """Take a document in; its bytes first, then its row."""
    actor = current_actor()
    visible_application(reading(), application_id, actor, Permission.FILE)
    form = DocumentForm.read()
    sent = form.upload.data
    if not sent or not sent.filename:
        with begin() as session:
            row = _add(session, application_id, form, None)
    else:
        arrived = receive_bytes(
            store(), cast(BinaryIO, sent.stream), sent.filename, limit_bytes=settings().upload_limit_bytes
        )
        arrived = looked_through(store(), workshop(), arrived)
        with aside_if_refused(store(), arrived), begin() as session:
            row = _add(session, application_id, form, arrived)
    flash(gettext("“%(title)s” is added.", title=row.title))
    return _back(application_id)


@workflow.post("/applications/<int:application_id>/documents/<int:document_id>/removal")
@requires(Permission.FILE)
def remove_document(application_id: int, document_id: int) -> ResponseReturnValue:
    """Take a document out of a draft; bytes are set aside."""
    with begin() as session:
        application = visible_application(session, application_id, current_actor(), Permission.FILE)
        key = drop_document(session, _document(session, application, document_id), actor=current_actor())
    if key is not None:
        store().set_aside(key)
    flash(gettext("The document is taken out."))
    return _back(application_id)


@workflow.get("/applications/<int:application_id>/documents/<int:document_id>/content")
@requires(Permission.READ)
def show_document(application_id: int, document_id: int) -> ResponseReturnValue:
    """The bytes of a document; pictures are shown, all else is handed over as a file.

    Once it is lodged, the item of the file has them.
    """
    application = visible_application(reading(), application_id, current_actor())
    row = _document(reading(), application, document_id)
    in_file = application.state is State.LODGED
    if in_file or row.key is None or row.sha256 is None or row.size_bytes is None:
        raise NotVisible
    note_use("content.viewed", application, number=application.number, title=row.title)
    return serve(
        store(),
        row.key,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        media_type=row.media_type or "application/octet-stream",
        name=row.name or "document",
        inline=row.media_type in IMAGES,
    )


def _add(session: Session, application_id: int, form: DocumentForm, arrived: Arrived | None) -> ApplicationDocument:
    application = visible_application(session, application_id, current_actor(), Permission.FILE)
    row = add_document(session, application, form.entry, arrived=arrived, actor=current_actor(), at=now(), on=today())
    check_kind(session, row)
    return row


def _document(session: Session, application: Application, document_id: int) -> ApplicationDocument:
    for row in documents_of(session, application):
        if row.id == document_id:
            return row
    raise NotVisible


def _stated(session: Session, application: Application) -> SimpleNamespace:
    return shown_statements(application.household.present_members, statements_of(session, application))


def _statements(session: Session, application: Application) -> type[StatementsForm]:
    return statements_form(application.household.present_members, documents_of(session, application))


def _draft(application_id: int) -> Application:
    """A draft that the actor may change; raises NotVisible, NotTheKeepersUnit or WrongStep."""
    application = visible_application(reading(), application_id, current_actor(), Permission.FILE)
    check_step(application, State.DRAFT)
    return application


def _locked_draft(session: Session, application_id: int) -> Application:
    """The same, as it is now; others who would change it wait until commit."""
    application = visible_application(session, application_id, current_actor(), Permission.FILE)
    at_step(session, application, State.DRAFT)
    session.refresh(application.household)
    return application


def _back(application_id: int) -> ResponseReturnValue:
    return redirect(url_for(".show_application", application_id=application_id), 303)
