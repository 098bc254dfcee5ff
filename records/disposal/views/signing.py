"""Who signs what: opinions on accounting records, the count before, the witnesses after 监销."""

from flask import flash
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.roles import Permission
from accounts.services import person_named
from accounts.signing import signing
from records.disposal.batches import signatures_of, visible_batch
from records.disposal.closing import name_spot, sign_destroyed
from records.disposal.forms import (
    AGREES,
    AgreeForm,
    Choices,
    FinalForm,
    PartyForm,
    ReplacementForm,
    SignForm,
    SpotForm,
    agreeing,
    parts,
    people,
    replaceable,
)
from records.disposal.models import DisposalBatch, DisposalPart
from records.disposal.signers import people_for
from records.disposal.signing import count, drop_party, name_party, replace_witness, sign_opinion
from records.disposal.views.batches import show_batch
from records.disposal.views.blueprint import disposal, to_batch
from records.holdings.views.blueprint import workshop
from units.services import unit_names
from web.forms import shows_again
from web.language import gettext
from web.transaction import begin, now, reading, store, today


@disposal.post("/disposals/<int:batch_id>/parties")
@requires(Permission.FILE)
@shows_again(show_batch)
def add_party(batch_id: int) -> ResponseReturnValue:
    """Name who signs as what."""
    seen = visible_batch(reading(), batch_id, current_actor())
    form = PartyForm.read(part=parts(seen), person=_people(seen))
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        person = person_named(session, form.person.data, field="person")
        name_party(session, batch, DisposalPart(form.part.data), person, actor=current_actor())
    return to_batch(batch_id, "parties")


@disposal.post("/disposals/<int:batch_id>/parties/<int:signature_id>/removal")
@requires(Permission.FILE)
@shows_again(lambda batch_id, signature_id, form=None: show_batch(batch_id, form))
def remove_party(batch_id: int, signature_id: int) -> ResponseReturnValue:
    """Take back the naming of somebody who has signed nothing."""
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        drop_party(session, batch, signature_id, actor=current_actor(), at=now())
    return to_batch(batch_id, "parties")


@disposal.post("/disposals/<int:batch_id>/replacement")
@requires(Permission.FILE)
@shows_again(show_batch)
def replace_party(batch_id: int) -> ResponseReturnValue:
    """Let somebody stand in for a witness who can no longer sign."""
    seen = visible_batch(reading(), batch_id, current_actor())
    form = ReplacementForm.read(replaced=replaceable(signatures_of(reading(), seen)), replacement=_people(seen))
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        user = person_named(session, form.replacement.data, field="replacement")
        replace_witness(
            session, batch, int(form.replaced.data), user, form.replaced_reason.data, actor=current_actor(), at=now()
        )
    flash(gettext("%(name)s stands in, counts what is left against the list, and signs after.", name=user.display_name))
    return to_batch(batch_id, "parties")


@disposal.post("/disposals/<int:batch_id>/opinion-signature")
@requires(Permission.READ)
@shows_again(show_batch)
def sign_own_opinion(batch_id: int) -> ResponseReturnValue:
    """Sign one of the five opinions on accounting records."""
    form = AgreeForm.read(agrees=agreeing())
    with signing() as session:
        batch = visible_batch(session, batch_id, current_actor())
        sign_opinion(
            session, batch, _own(session), form.password.data, agrees=form.agrees.data == AGREES,
            remarks=form.remarks.text, seen_sha256=form.seen.data, at=now(), on=today(),
        )  # fmt: skip
    flash(gettext("Signed."))
    return to_batch(batch_id, "parties")


@disposal.post("/disposals/<int:batch_id>/count")
@requires(Permission.READ)
@shows_again(show_batch)
def count_list(batch_id: int) -> ResponseReturnValue:
    """Note that a witness has counted against the list, before."""
    form = SignForm.read()
    with signing() as session:
        batch = visible_batch(session, batch_id, current_actor())
        count(session, batch, _own(session), form.password.data, seen_sha256=form.seen.data, at=now())
    flash(gettext("Counted. Sign again when everything is destroyed."))
    return to_batch(batch_id, "parties")


@disposal.post("/disposals/<int:batch_id>/spot")
@requires(Permission.FILE)
@shows_again(show_batch)
def name_deeds_spot(batch_id: int) -> ResponseReturnValue:
    """Say where the printed opinion and list will lie."""
    form = SpotForm.read()
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        name_spot(session, batch, form.deeds_spot.data, actor=current_actor(), on=today())
    return to_batch(batch_id, "parties")


@disposal.post("/disposals/<int:batch_id>/signature")
@requires(Permission.READ)
@shows_again(show_batch)
def sign_after(batch_id: int) -> ResponseReturnValue:
    """Sign as a witness, after; with the last signature the list is filed."""
    form = FinalForm.read()
    with signing() as session:
        complete = sign_destroyed(
            session, visible_batch(session, batch_id, current_actor()), _own(session), form.password.data,
            seen_sha256=form.seen.data, spot=form.spot.text, store=store(), workshop=workshop(), at=now(), on=today(),
        )  # fmt: skip
    flash(
        gettext("All witnesses have signed. Opinion and list are filed for ever.") if complete else gettext("Signed.")
    )
    return to_batch(batch_id)


def _people(batch: DisposalBatch) -> Choices:
    return people(people_for(reading(), batch), unit_names(reading()))


def _own(session: Session) -> User:
    return session.get_one(User, current_actor().user_id)
