"""Printed forms of an application; printing is noted in the use register."""

from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.prints import paper_language, sent
from accounts.roles import Permission, works_on
from accounts.uses import note_use
from printing.forms import Printed
from records.files.views.masks import discreet
from records.households.services import masked_number, masked_phone, unsealed_number, unsealed_phone
from records.workflow.course import steps_of, visible_application
from records.workflow.drafting import documents_of, statements_of
from records.workflow.models import Application
from records.workflow.notice import notice_to_print, notices_of, objections_of
from records.workflow.sheets import Printer, information_sheet, notice_sheet, opinions_sheet
from records.workflow.views.blueprint import workflow
from rules.services import rulebook
from web.language import gettext
from web.transaction import now, reading, settings, today


@workflow.get("/applications/<int:application_id>/notice.pdf")
@requires(Permission.READ)
def print_notice(application_id: int) -> ResponseReturnValue:
    """The notice, with the least fields; not before it may be posted."""
    application = visible_application(reading(), application_id, current_actor())
    notice = notice_to_print(reading(), application)
    return _answer(application, "notice", notice_sheet(_printer(), application, notice))


@workflow.get("/applications/<int:application_id>/information-form.pdf")
@requires(Permission.READ)
def print_information(application_id: int) -> ResponseReturnValue:
    """The original information form; whole numbers for the keeper of what it tells, masked for everybody else."""
    session, actor = reading(), current_actor()
    application = visible_application(session, application_id, actor)
    household, whole = application.household, actor.may(Permission.FILE, application.unit_path)
    masks = rulebook(session, application.keeping_unit, today()).masks
    if whole:
        reason = gettext("original information form")
        note_use("content.unmasked", application, what="id_number", reason=reason)
    made = information_sheet(
        _printer(),
        application,
        statements_of(session, application),
        documents_of(session, application),
        {
            member.id: unsealed_number(session, member.person)
            if whole
            else masked_number(session, member.person, masks)
            for member in household.present_members
        },
        unsealed_phone(session, household) if whole else masked_phone(session, household, masks),
        (lambda text: text or "") if whole else (lambda text: discreet(text, application)),
        works=works_on(actor, application.unit_path),
        on=today(),
    )
    return _answer(application, "information-form", made)


@workflow.get("/applications/<int:application_id>/opinions.pdf")
@requires(Permission.READ)
def print_opinions(application_id: int) -> ResponseReturnValue:
    """The approval sheet: what is approved, and the opinions on it."""
    session = reading()
    application = visible_application(session, application_id, current_actor())
    of_it = steps_of(session, application), notices_of(session, application), objections_of(session, application)
    return _answer(application, "opinions", opinions_sheet(_printer(), application, *of_it))


def _printer() -> Printer:
    return Printer(paper_language(), now().astimezone(settings().time_zone))


def _answer(application: Application, name: str, made: Printed) -> ResponseReturnValue:
    return sent(made, application, f"{application.number}-{name}")
