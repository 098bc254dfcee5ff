"""Inquirers: registering themselves or at the counter, confirmed by the keeper with the identity card in hand."""

from contextlib import suppress

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.guard import current_actor, public, requires
from accounts.models import Grant
from accounts.roles import Permission, Role
from accounts.uses import note_export, note_list, note_use
from records.consultation.errors import RegisteredAlready
from records.consultation.forms import (
    ConfirmationForm,
    CorrectionForm,
    InquirerForm,
    ReasonForm,
    RegistrationRefusalForm,
    UnmaskForm,
)
from records.consultation.models import Consultation, Inquirer, Standing
from records.consultation.publicly import check_attempts, note_attempt
from records.consultation.registration import (
    UNANSWERED,
    confirm,
    correct_registration,
    corrections_of,
    end_registration,
    masked_identity,
    masked_telephone,
    other_names_of,
    receives,
    refuse_registration,
    register,
    registration_digest,
    visible_inquirer,
    visible_inquirers,
)
from records.consultation.seeing import still_given, visible_consultations
from records.consultation.views.blueprint import SEES, consultation, tell_given, with_reason
from records.files.views.masks import discreet
from records.holdings.locking import lock
from rules.services import rulebook
from storage.sealing import vault_of
from units.models import Unit
from units.services import visible_unit, visible_units
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import Column, Listing
from web.rules import NotVisible
from web.shown import words
from web.transaction import begin, now, reading, today

REGISTRATION = "registration"
INQUIRER_COLUMNS: tuple[Column[Inquirer], ...] = (
    Column("name", N_("Full name of the inquirer"), lambda one: one.name, Inquirer.name.expression),
    Column("body", N_("Sending unit"), lambda one: one.body_name or gettext("private person"), Inquirer.body_name),
    Column("unit", N_("Keeping unit"), lambda one: one.unit.name, Unit.path),
    Column("registered", N_("Registered at"), lambda one: one.registered_at, Inquirer.registered_at),
    Column("standing", N_("State"), lambda one: words(one.standing)),
    Column("reason", N_("Reason"), lambda one: discreet(one.refusal or one.end_reason)),
)
_STANDINGS = {
    Standing.WAITING: UNANSWERED,
    Standing.CONFIRMED: Inquirer.decided_at.is_not(None) & Inquirer.refusal.is_(None) & Inquirer.ended_at.is_(None),
    Standing.REFUSED: Inquirer.refusal.is_not(None),
    Standing.ENDED: Inquirer.ended_at.is_not(None),
}


@consultation.get("/consultations/registration")
@public
def register_oneself(form: InquirerForm | None = None) -> ResponseReturnValue:
    """The page where people from outside register before they come."""
    return render_template(
        "records/consultation/registration.html",
        form=(form or InquirerForm.blank()).offer(unit=_receiving_units(reading())),
    )


@consultation.post("/consultations/registration")
@public
@shows_again(register_oneself)
def take_registration() -> ResponseReturnValue:
    """Note a registration; the keeper confirms it when the person comes.

    Who is registered already is answered as everybody else: nobody learns here who else consults archives. What is
    mistyped is not counted against the address, which a whole office may share.
    """
    address = request.remote_addr or ""
    check_attempts(reading(), REGISTRATION, address, at=now())
    with begin() as session:
        form = InquirerForm.read(unit=_receiving_units(session))
        unit = session.get_one(Unit, int(form.unit.data))
        with suppress(RegisteredAlready):
            register(session, unit, form.entry, actor=None, at=now(), on=today())
        note_attempt(session, REGISTRATION, address, at=now())
    if form.entry.body_name is None:
        told = gettext(
            "You are registered with %(unit)s. Bring your identity card; the archive keeper then gives you a sign-in "
            "name.",
            unit=unit.name,
        )
    else:
        told = gettext(
            "You are registered with %(unit)s. Bring your identity card and the letter of introduction; the archive "
            "keeper then gives you a sign-in name.",
            unit=unit.name,
        )
    flash(told)
    return redirect(url_for("accounts.sign_in"), 303)


@consultation.get("/inquirers")
@requires(*SEES)
def list_inquirers() -> ResponseReturnValue:
    """Inquirers of the units in sight."""
    actor = current_actor()
    query = visible_inquirers(actor)
    standing = request.args.get("standing", "")
    if standing in list(Standing):
        query = query.where(_STANDINGS[Standing(standing)])
    listing: Listing[Inquirer] = Listing(
        reading(), query, INQUIRER_COLUMNS, default="-registered", tie=Inquirer.id
    )  # fmt: skip
    if listing.wants_export():
        note_export("inquirer", listing.count)
        return listing.export(gettext("Inquirers"))
    note_list("content.viewed", "inquirer", rows=listing.count)
    return render_template(
        "records/consultation/inquirers.html", listing=listing, standings=list(Standing), standing=standing
    )


@consultation.get("/inquirers/new")
@requires(Permission.RECEIVE)
def new_inquirer(form: InquirerForm | None = None) -> ResponseReturnValue:
    """The keeper enters somebody who stands at the counter."""
    return render_template(
        "records/consultation/new_inquirer.html", form=(form or InquirerForm.blank()).offer(unit=_own_units(reading()))
    )


@consultation.post("/inquirers")
@requires(Permission.RECEIVE)
@shows_again(new_inquirer)
def note_inquirer() -> ResponseReturnValue:
    """Register somebody at the counter."""
    actor = current_actor()
    with begin() as session:
        form = InquirerForm.read(unit=_own_units(session))
        unit = visible_unit(session, int(form.unit.data), actor, Permission.RECEIVE)
        made = register(session, unit, form.entry, actor=actor, at=now(), on=today())
    return redirect(url_for(".show_inquirer", inquirer_id=made.id), 303)


@consultation.get("/inquirers/<int:inquirer_id>")
@requires(*SEES)
def show_inquirer(
    inquirer_id: int,
    confirming: ConfirmationForm | None = None,
    refusing: RegistrationRefusalForm | None = None,
    ending: ReasonForm | None = None,
    correcting: CorrectionForm | None = None,
) -> ResponseReturnValue:
    """One inquirer, and what they have asked for."""
    session, actor = reading(), current_actor()
    one = visible_inquirer(session, inquirer_id, actor)
    note_use("content.viewed", one)
    masks = rulebook(session, one.unit, today()).masks
    confirming = confirming or ConfirmationForm.blank()
    refusing = refusing or RegistrationRefusalForm.blank()
    confirming.seen.data = refusing.seen.data = registration_digest(one)
    return render_template(
        "records/consultation/inquirer.html",
        one=one,
        number=masked_identity(session, one, masks),
        phone=masked_telephone(session, one, masks),
        other_names=other_names_of(session, one),
        receives=actor.may(Permission.RECEIVE, one.unit_path),
        confirming=confirming,
        refusing=refusing,
        ending=ending or ReasonForm.blank(),
        correcting=correcting or CorrectionForm.blank(obj=one),
        corrections=corrections_of(session, one),
        consultations=session.scalars(
            visible_consultations(actor).where(Consultation.inquirer_id == one.id).order_by(Consultation.id.desc())
        ).all(),
        at=now(),
        Standing=Standing,
    )


def _confirmation_refused(inquirer_id: int, form: ConfirmationForm | None = None) -> ResponseReturnValue:
    return show_inquirer(inquirer_id, confirming=form)


@consultation.post("/inquirers/<int:inquirer_id>/confirmation")
@requires(Permission.RECEIVE)
@shows_again(_confirmation_refused)
def confirm_inquirer(inquirer_id: int) -> ResponseReturnValue:
    """Confirm with the identity card in hand."""
    form = ConfirmationForm.read()
    with begin() as session:
        one = visible_inquirer(session, inquirer_id, current_actor())
        confirm(
            session, one, account=form.account.text, password=form.password.data, seen_sha256=form.seen.data or "",
            actor=current_actor(), at=now(),
        )  # fmt: skip
    flash(gettext("%(name)s is confirmed.", name=one.name))
    return redirect(url_for(".show_inquirer", inquirer_id=inquirer_id), 303)


def _correction_refused(inquirer_id: int, form: CorrectionForm | None = None) -> ResponseReturnValue:
    return show_inquirer(inquirer_id, correcting=form)


@consultation.post("/inquirers/<int:inquirer_id>/correction")
@requires(Permission.RECEIVE)
@shows_again(_correction_refused)
def correct_inquirer(inquirer_id: int) -> ResponseReturnValue:
    """Correct what was mistyped, before it is confirmed."""
    form, actor = CorrectionForm.read(), current_actor()
    with begin() as session:
        one = visible_inquirer(session, inquirer_id, actor)
        lock(session, one)
        form.check_unchanged(one)
        correct_registration(
            session, one, form.corrected, form.correction_reason.data, actor=actor, at=now(), on=today()
        )  # fmt: skip
    flash(gettext("The registration is corrected. Compare it once more before you confirm."))
    return redirect(url_for(".show_inquirer", inquirer_id=inquirer_id), 303)


def _refusal_refused(inquirer_id: int, form: RegistrationRefusalForm | None = None) -> ResponseReturnValue:
    return show_inquirer(inquirer_id, refusing=form)


@consultation.post("/inquirers/<int:inquirer_id>/refusal")
@requires(Permission.RECEIVE)
@shows_again(_refusal_refused)
def refuse_inquirer(inquirer_id: int) -> ResponseReturnValue:
    """Refuse a registration."""
    form, actor = RegistrationRefusalForm.read(), current_actor()
    with begin() as session:
        one = visible_inquirer(session, inquirer_id, actor)
        refuse_registration(
            session, one, form.reason.data, seen_sha256=form.seen.data or "", actor=actor, at=now()
        )  # fmt: skip
    flash(gettext("The registration is refused."))
    return redirect(url_for(".show_inquirer", inquirer_id=inquirer_id), 303)


def _ending_refused(inquirer_id: int, form: ReasonForm | None = None) -> ResponseReturnValue:
    return show_inquirer(inquirer_id, ending=form)


@consultation.post("/inquirers/<int:inquirer_id>/end")
@requires(Permission.RECEIVE)
@shows_again(_ending_refused)
def end_inquirer(inquirer_id: int) -> ResponseReturnValue:
    """End a registration with everything that is open under it."""
    with with_reason(visible_inquirer, inquirer_id) as (session, one, reason):
        end_registration(session, one, reason, actor=current_actor(), at=now())
        given = still_given(session, Consultation.inquirer_id == one.id)
    flash(gettext("The registration has ended. Everything that was open under it is closed."))
    tell_given(given)
    return redirect(url_for(".show_inquirer", inquirer_id=inquirer_id), 303)


@consultation.get("/inquirers/<int:inquirer_id>/number")
@requires(Permission.RECEIVE)
def ask_inquirers_number(inquirer_id: int, form: UnmaskForm | None = None) -> ResponseReturnValue:
    """Ask what the whole number is needed for, as for comparing it with the identity card."""
    one = visible_inquirer(reading(), inquirer_id, current_actor())
    receives(one.unit, current_actor())
    return _unmasking(one, form or UnmaskForm.blank(), None, "number")


@consultation.post("/inquirers/<int:inquirer_id>/number")
@requires(Permission.RECEIVE)
@shows_again(ask_inquirers_number)
def show_inquirers_number(inquirer_id: int) -> ResponseReturnValue:
    """Show the number once; who asked, and why, stands in the use register (art. 17)."""
    form = UnmaskForm.read()
    one = visible_inquirer(reading(), inquirer_id, current_actor())
    receives(one.unit, current_actor())
    if one.number_sealed is None:
        raise NotVisible
    note_use("content.unmasked", one, what="id_number", reason=form.reason.data)
    number = vault_of(reading()).unseal(one.number_sealed)
    return _unmasking(one, form, number, "number")


@consultation.get("/inquirers/<int:inquirer_id>/telephone")
@requires(Permission.RECEIVE)
def ask_inquirers_telephone(inquirer_id: int, form: UnmaskForm | None = None) -> ResponseReturnValue:
    """Ask what the whole telephone number is needed for, as for ringing the inquirer up."""
    one = visible_inquirer(reading(), inquirer_id, current_actor())
    receives(one.unit, current_actor())
    return _unmasking(one, form or UnmaskForm.blank(), None, "telephone")


@consultation.post("/inquirers/<int:inquirer_id>/telephone")
@requires(Permission.RECEIVE)
@shows_again(ask_inquirers_telephone)
def show_inquirers_telephone(inquirer_id: int) -> ResponseReturnValue:
    """Show the telephone number once; who asked, and why, stands in the use register (art. 17)."""
    form = UnmaskForm.read()
    one = visible_inquirer(reading(), inquirer_id, current_actor())
    receives(one.unit, current_actor())
    note_use("content.unmasked", one, what="phone", reason=form.reason.data)
    return _unmasking(one, form, vault_of(reading()).unseal(one.phone_sealed), "telephone")


def _unmasking(one: Inquirer, form: UnmaskForm, shown: str | None, what: str) -> ResponseReturnValue:
    """The page where a number of an inquirer is asked for, or stands once."""
    return render_template("records/consultation/number.html", form=form, one=one, number=shown, what=what)


def _own_units(session: Session) -> list[tuple[str, str]]:
    units = visible_units(session, current_actor(), Permission.RECEIVE)
    return [(str(unit.id), unit.name) for unit in units if unit.closed_on is None]


def _receiving_units(session: Session) -> list[tuple[str, str]]:
    """The open units that have a keeper, in the order of the tree."""
    kept = select(Grant.id).where(Grant.role == Role.KEEPER, Grant.unit_path == Unit.path, Grant.ended_at.is_(None))
    units = session.scalars(select(Unit).where(Unit.closed_on.is_(None), kept.exists()).order_by(Unit.path))
    return [("", "—"), *((str(unit.id), unit.name) for unit in units)]
