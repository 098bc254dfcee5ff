"""Determinations of the class of living files 重新认定: what a keeper proposes, and a second person confirms."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.roles import Permission
from accounts.services import approvers_of, names_of
from accounts.uses import note_export, note_use
from classification.eligibility import Outcome
from records.files.errors import NotAHouseholdFile
from records.files.models import File, Item
from records.files.services import takes_material, visible_file
from records.files.views.masks import discreet
from records.households.models import Employment, Household
from records.upkeep.determining import (
    INCOME_PROOF,
    confirm,
    may_confirm,
    open_determination,
    propose,
    refuse,
    visible_determination,
    visible_determinations,
    waits,
    waits_for,
)
from records.upkeep.forms import DeterminationForm, MigrantDeterminationForm, RefusalForm
from records.upkeep.models import Determination, DeterminationAnswer
from records.upkeep.views.blueprint import upkeep
from records.workflow.assessed import assessed
from rules.services import rulebook
from units.models import Unit
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import Column, Listing
from web.shown import words
from web.transaction import begin, reading, today

STATES = {
    "": N_("All"),
    "mine": N_("Waiting for me"),
    "open": N_("Waiting for confirmation"),
    "answered": N_("Confirmed or not"),
}


def class_words(row: Determination) -> str:
    """The class that is proposed, in words; a stub keeps none, which says nothing of what was found."""
    if row.file.destroyed_on is not None:
        return gettext("destroyed with the file")
    return words(row.hardship_class) if row.hardship_class else gettext("no class is met")


COLUMNS: tuple[Column[Determination], ...] = (
    Column("file", N_("File"), lambda row: row.file.code, File.code.expression),
    Column("title", N_("Household"), lambda row: row.file.title, File.title.expression),
    Column("class", N_("Hardship class"), class_words, Determination.hardship_class.expression),
    Column("grounds", N_("Grounds of it"), lambda row: discreet(row.grounds, row.file)),
    Column("proposed", N_("Proposed on"), lambda row: row.proposed_on, Determination.proposed_on.expression),
    Column("answer", N_("Answer"), lambda row: words(row.answer)),
    Column("unit", N_("Unit"), lambda row: row.file.unit.name, Unit.name.expression),
)


@upkeep.get("/determinations")
@requires(Permission.READ)
def list_determinations() -> ResponseReturnValue:
    """Determinations in the reader's units: those that wait for the second person, and those answered."""
    state = request.args.get("state", "open")
    actor = current_actor()
    chosen = {"mine": waits_for(actor), "open": waits(), "answered": Determination.answered_on.is_not(None)}
    query = visible_determinations(actor)
    if state in chosen:
        query = query.where(chosen[state])
    listing = Listing(reading(), query, COLUMNS, default="proposed", tie=Determination.id)
    if listing.wants_export():
        note_export("determination", listing.count)
        return listing.export(gettext("Determinations of the class"))
    return render_template(
        "records/upkeep/determinations.html", listing=listing, states=STATES, state=state, class_words=class_words
    )


@upkeep.get("/files/<int:file_id>/determinations/new")
@requires(Permission.FILE)
def new_determination(file_id: int, form: DeterminationForm | None = None) -> ResponseReturnValue:
    """The form by which the class of a living household is determined by the figures on record."""
    session = reading()
    file = visible_file(session, file_id, current_actor(), Permission.FILE)
    household = _household_of(file)
    takes_material(file)
    if waiting := open_determination(session, file):
        return redirect(url_for(".show_determination", determination_id=waiting.id), 303)
    note_use("content.viewed", file, what="household")
    return render_template(
        "records/upkeep/new_determination.html",
        file=file,
        household=household,
        line=rulebook(session, file.unit, today()).rulings.get("subsistence_line"),
        form=form or _form_for(household).blank(document=_documents(file)),
    )


@upkeep.post("/files/<int:file_id>/determinations/new")
@requires(Permission.FILE)
@shows_again(new_determination)
def propose_determination(file_id: int) -> ResponseReturnValue:
    """Propose the class; it counts from the confirmation on."""
    actor = current_actor()
    file = visible_file(reading(), file_id, actor, Permission.FILE)
    form = _form_for(_household_of(file)).read(document=_documents(file))
    with begin() as session:
        file = visible_file(session, file_id, actor, Permission.FILE)
        row = propose(
            session,
            file,
            form.found,
            int(form.document.data),
            form.grounds.data,
            judged=form.judged,
            actor=actor,
            on=today(),
        )
    flash(gettext("The determination is proposed; an approver of the unit confirms it."))
    return redirect(url_for(".show_determination", determination_id=row.id), 303)


@upkeep.get("/determinations/<int:determination_id>")
@requires(Permission.READ)
def show_determination(determination_id: int, form: RefusalForm | None = None) -> ResponseReturnValue:
    """One determination: every condition with its figure, what it rests on, and the answer."""
    session, actor = reading(), current_actor()
    row = visible_determination(session, determination_id, actor)
    note_use("content.viewed", row.file, what="household")
    others = approvers_of(row.unit_path).where(User.name != row.proposed_by)
    return render_template(
        "records/upkeep/determination.html",
        row=row,
        class_words=class_words,
        assessed=assessed(row.assessment, row.rules),
        judged=row.assessment.get("outcome") == Outcome.MANUAL_REVIEW,
        form=form or RefusalForm.blank(),
        people=names_of(session, row.proposed_by, row.answered_by),
        confirms=may_confirm(row, actor),
        refuses=any(actor.may(each, row.unit_path) for each in (Permission.FILE, Permission.APPROVE)),
        nobody_confirms=session.scalar(others.limit(1)) is None,
    )


@upkeep.post("/determinations/<int:determination_id>/confirmation")
@requires(Permission.APPROVE)
def confirm_determination(determination_id: int) -> ResponseReturnValue:
    """Confirm the class as a second person; the household is of it from now on."""
    with begin() as session:
        row = visible_determination(session, determination_id, current_actor())
        review = confirm(session, row, actor=current_actor(), on=today())
    if review is not None:
        flash(gettext("A review of withdrawal is opened: find out whether the household stays in help."))
        return redirect(url_for(".show_review", withdrawal_review_id=review.id), 303)
    flash(gettext("The class is confirmed: %(found)s.", found=class_words(row)))
    return redirect(url_for(".show_determination", determination_id=determination_id), 303)


@upkeep.post("/determinations/<int:determination_id>/refusal")
@requires(Permission.FILE, Permission.APPROVE)
@shows_again(show_determination)
def refuse_determination(determination_id: int) -> ResponseReturnValue:
    """Not confirm it, or take it back."""
    form = RefusalForm.read()
    with begin() as session:
        row = visible_determination(session, determination_id, current_actor())
        refuse(session, row, form.reason.data, actor=current_actor(), on=today())
    taken_back = row.answer is DeterminationAnswer.TAKEN_BACK
    flash(
        gettext("The determination is taken back; it may be proposed anew.")
        if taken_back
        else gettext("The determination is not confirmed; it may be proposed anew.")
    )
    return redirect(url_for(".show_determination", determination_id=determination_id), 303)


def _household_of(file: File) -> Household:
    if file.household is None:
        raise NotAHouseholdFile(code=file.code)
    return file.household


def _form_for(household: Household) -> type[DeterminationForm]:
    return MigrantDeterminationForm if household.employment is Employment.MIGRANT else DeterminationForm


def _documents(file: File) -> list[tuple[str, str]]:
    """The income proofs of the file, on which the income may rest."""
    proofs = select(Item).where(Item.file_id == file.id, Item.document_type == INCOME_PROOF)
    items = reading().scalars(proofs.order_by(Item.dated.desc(), Item.id.desc()))
    return [("", "—"), *((str(each.id), f"{each.title} · {each.dated}") for each in items)]
