"""Who signs what: opinions on accounting records, the count before, the witnesses after 监销."""

from collections.abc import Callable

from flask import flash, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from accounts.errors import WrongPassword
from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.roles import Permission
from accounts.services import failed_sign_ins, note_failed_sign_in
from records.disposal.batches import visible_batch
from records.disposal.closing import sign_destroyed
from records.disposal.forms import FinalForm, PartyForm, SignForm, parts
from records.disposal.models import DisposalBatch, DisposalPart
from records.disposal.signing import count, drop_party, name_party, sign_opinion
from records.disposal.views.batches import show_batch
from records.disposal.views.blueprint import disposal, to_batch
from records.holdings.views.blueprint import workshop
from records.lending.errors import UnknownPerson
from records.lending.services import person_named
from web.forms import shows_again
from web.language import gettext
from web.transaction import begin, now, reading, store, today


@disposal.post("/disposals/<int:batch_id>/parties")
@requires(Permission.FILE)
@shows_again(show_batch)
def add_party(batch_id: int) -> ResponseReturnValue:
    """Name who signs as what."""
    form = PartyForm.read(part=parts(visible_batch(reading(), batch_id, current_actor())))
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        name_party(
            session, batch, DisposalPart(form.part.data), _person(session, form.person.data), actor=current_actor()
        )
    return to_batch(batch_id, "parties")


@disposal.post("/disposals/<int:batch_id>/parties/<int:signature_id>/removal")
@requires(Permission.FILE)
@shows_again(lambda batch_id, signature_id, form=None: show_batch(batch_id, form))
def remove_party(batch_id: int, signature_id: int) -> ResponseReturnValue:
    """Take back the naming of somebody who has signed nothing."""
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        drop_party(session, batch, signature_id, actor=current_actor())
    return to_batch(batch_id, "parties")


@disposal.post("/disposals/<int:batch_id>/opinion-signature")
@requires(Permission.READ)
@shows_again(show_batch)
def sign_own_opinion(batch_id: int) -> ResponseReturnValue:
    """Sign one of the five opinions on accounting records."""
    form = SignForm.read()

    def deed(session: Session, batch: DisposalBatch, user: User) -> None:
        sign_opinion(session, batch, user, form.password.data, seen_sha256=form.seen.data, at=now())

    _by_password(batch_id, deed)
    flash(gettext("Signed."))
    return to_batch(batch_id, "parties")


@disposal.post("/disposals/<int:batch_id>/count")
@requires(Permission.READ)
@shows_again(show_batch)
def count_list(batch_id: int) -> ResponseReturnValue:
    """Note that a witness has counted against the list, before."""
    form = SignForm.read()

    def deed(session: Session, batch: DisposalBatch, user: User) -> None:
        count(session, batch, user, form.password.data, seen_sha256=form.seen.data, at=now())

    _by_password(batch_id, deed)
    flash(gettext("Counted. Sign again when everything is destroyed."))
    return to_batch(batch_id, "parties")


@disposal.post("/disposals/<int:batch_id>/signature")
@requires(Permission.READ)
@shows_again(show_batch)
def sign_after(batch_id: int) -> ResponseReturnValue:
    """Sign as a witness, after; with the last signature the list is filed."""
    form, complete = FinalForm.read(), []

    def deed(session: Session, batch: DisposalBatch, user: User) -> None:
        complete.append(
            sign_destroyed(
                session, batch, user, form.password.data, seen_sha256=form.seen.data, spot=form.spot.text,
                store=store(), workshop=workshop(), at=now(), on=today(),
            )
        )  # fmt: skip

    _by_password(batch_id, deed)
    flash(
        gettext("All witnesses have signed. Opinion and list are filed for ever.")
        if complete[0]
        else gettext("Signed.")
    )
    return to_batch(batch_id)


def _by_password(batch_id: int, deed: Callable[[Session, DisposalBatch, User], None]) -> None:
    """Carry out what somebody signs with the password; guessing is counted as at the sign-in."""
    actor, address = current_actor(), request.remote_addr or ""
    failed_sign_ins(reading(), actor.name, address, at=now())
    try:
        with begin() as session:
            deed(session, visible_batch(session, batch_id, actor), session.get_one(User, actor.user_id))
    except WrongPassword:
        with begin() as session:
            note_failed_sign_in(session, actor.name, address, at=now())
        raise


def _person(session: Session, text: str) -> User:
    try:
        return person_named(session, text)
    except UnknownPerson as refusal:
        refusal.field = "person"
        raise
