"""Giving certificates, and the public page where whoever holds one checks it."""

from io import BytesIO

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, public, requires
from accounts.roles import Permission
from accounts.uses import note_use
from records.consultation.certificates import (
    check_certifies,
    checked_certificate,
    draft_certificate,
    give_certificate,
    pdf_of,
    revoke_certificate,
    visible_certificate,
)
from records.consultation.forms import CertificateForm, ReasonForm
from records.consultation.publicly import check_attempts, note_attempt
from records.consultation.sealed import kept_if_named
from records.consultation.seeing import visible_consultation
from records.consultation.views.blueprint import SEES, consultation, with_reason
from records.holdings.views.filed import filing_now
from storage.sealing import vault_of
from web.forms import shows_again
from web.language import gettext
from web.transaction import begin, now, reading, settings, store, today

VERIFICATION = "verification"


@consultation.get("/consultations/<int:consultation_id>/certificates/new")
@requires(Permission.RECEIVE)
def new_certificate(consultation_id: int, form: CertificateForm | None = None) -> ResponseReturnValue:
    """What is certified, resting on the records of the consultation."""
    one = visible_consultation(reading(), consultation_id, current_actor())
    check_certifies(reading(), one, current_actor())
    return render_template("records/consultation/new_certificate.html", one=one, form=form or CertificateForm.blank())


@consultation.post("/consultations/<int:consultation_id>/certificates")
@requires(Permission.RECEIVE)
@shows_again(new_certificate)
def make_certificate(consultation_id: int) -> ResponseReturnValue:
    """Make the certificate and file its counterfoil."""
    form = CertificateForm.read()
    session, actor = reading(), current_actor()
    draft = draft_certificate(
        session,
        visible_consultation(session, consultation_id, actor),
        form.statement.data,
        valid_until=form.valid_until.data,
        address=_address,
        filing=filing_now(session, None),
    )
    with kept_if_named(store(), draft), begin() as session:
        one = visible_consultation(session, consultation_id, actor)
        made = give_certificate(session, one, draft, filing=filing_now(session, None))
    flash(gettext("Certificate %(number)s is made. Print it, seal it and sign it.", number=made.number))
    return redirect(url_for(".show_consultation", consultation_id=consultation_id), 303)


@consultation.get("/certificates/<int:certificate_id>.pdf")
@requires(*SEES)
def print_certificate(certificate_id: int) -> ResponseReturnValue:
    """The certificate as PDF/A."""
    one = visible_certificate(reading(), certificate_id, current_actor())
    content = pdf_of(store(), vault_of(reading()), one)
    note_use("content.exported", one, sha256=one.sha256)
    return send_file(BytesIO(content), mimetype="application/pdf", download_name=f"{one.number}.pdf")


@consultation.get("/certificates/<int:certificate_id>/revocation")
@requires(Permission.RECEIVE, Permission.APPROVE)
def ask_revocation(certificate_id: int, form: ReasonForm | None = None) -> ResponseReturnValue:
    """Why a certificate is revoked."""
    one = visible_certificate(reading(), certificate_id, current_actor())
    return render_template("records/consultation/revoke.html", one=one, form=form or ReasonForm.blank())


@consultation.post("/certificates/<int:certificate_id>/revocation")
@requires(Permission.RECEIVE, Permission.APPROVE)
@shows_again(ask_revocation)
def withdraw_certificate(certificate_id: int) -> ResponseReturnValue:
    """Revoke a certificate."""
    with with_reason(visible_certificate, certificate_id) as (session, one, reason):
        revoke_certificate(session, one, reason, actor=current_actor(), on=today())
    flash(gettext("The certificate is revoked; whoever checks it sees so."))
    return redirect(url_for(".show_consultation", consultation_id=one.consultation_id), 303)


@consultation.get("/certificates/verification")
@public
def verify_certificate() -> ResponseReturnValue:
    """Whether a certificate was given: number, day, unit, validity and digest, and nothing of what it says."""
    number, code = request.args.get("number", "").strip(), request.args.get("code", "").strip()
    found, asked = None, bool(number and code)
    if asked:
        address = request.remote_addr or ""
        check_attempts(reading(), VERIFICATION, address, at=now())
        found = checked_certificate(reading(), number[:40], code[:40])
        if found is None:
            with begin() as session:
                note_attempt(session, VERIFICATION, address, at=now())
    page = render_template(
        "records/consultation/verification.html", number=number, code=code, asked=asked, found=found, on=today()
    )
    return page, 404 if asked and found is None else 200


def _address(number: str, code: str) -> str:
    """Where a certificate is checked: under the public address, whatever name the keeper works under."""
    public = settings().public_address
    path = url_for("consultation.verify_certificate", number=number, code=code, _external=not public)
    return f"{public}{path}"
