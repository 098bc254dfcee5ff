"""Signing the list of a handover, and the list as paper."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, not_for_inquirers, requires
from accounts.models import User
from accounts.prints import paper_language, sent
from accounts.roles import Permission
from accounts.signing import signing
from records.handover.forms import SignForm
from records.handover.models import HandoverState
from records.handover.seen import here_after_all, seen_since
from records.handover.services import (
    Changes,
    lines_of,
    progress_of,
    recheck,
    sees_list,
    signatures_of,
    visible_handover,
)
from records.handover.sheet import list_digest, printed_list
from records.handover.signing import deed_of, sign
from records.handover.views.blueprint import handover
from records.handover.views.show import changes_in_words
from records.holdings.printed import filed_print
from records.holdings.views.blueprint import workshop
from records.holdings.views.filed import sent_filed
from web.forms import shows_again
from web.language import gettext
from web.rules import NotVisible
from web.transaction import begin, now, reading, refresh_reading, store, today


@handover.get("/handovers/<int:handover_id>/signature")
@requires(Permission.READ)
def signing_page(handover_id: int, form: SignForm | None = None) -> ResponseReturnValue:
    """What is signed, by whom, and where the printed list will lie."""
    session, actor = reading(), current_actor()
    one = visible_handover(session, handover_id, actor)
    progress = progress_of(session, one)
    lines = lines_of(session, one)
    digest = list_digest(one, lines)
    seen = seen_since(session, one, lines) if one.state is HandoverState.OPEN else {}
    form = form or SignForm.blank(values={"spot": one.list_spot or ""})
    form.seen.data = digest
    return render_template(
        "records/handover/sign.html",
        handover=one,
        form=form,
        digest=digest,
        kinds=progress,
        seen=[
            gettext("%(code)s (%(number)s)", code=line.code, number=seen[line.id].number)
            for line in lines
            if line.id in seen
        ],
        unchecked=sum(part.unchecked for part in progress.values()),
        different=sum(part.different for part in progress.values()),
        signatures={signature.part: signature for signature in signatures_of(session, one)},
        own_part=one.part_of(actor.user_id) if one.state is HandoverState.OPEN else None,
        year=today().year,
    )


@handover.post("/handovers/<int:handover_id>/signature")
@requires(Permission.READ)
@shows_again(signing_page)
def sign_list(handover_id: int) -> ResponseReturnValue:
    """Sign; with the third signature custody passes and the list is filed."""
    form, actor = SignForm.read(), current_actor()
    with begin() as session:
        one = visible_handover(session, handover_id, actor)
        party = one.part_of(actor.user_id) is not None
        changes = recheck(session, one, actor=actor, at=now()) if party else Changes()
    if changes:
        flash(changes_in_words(changes), "refusal")
        return redirect(url_for(".show_handover", handover_id=handover_id, found="unchecked"), 303)
    at = now()
    refresh_reading()
    looking = reading()
    deed = deed_of(
        looking, visible_handover(looking, handover_id, actor), looking.get_one(User, actor.user_id),
        seen_sha256=form.seen.data, store=store(), workshop=workshop(), at=at,
    )  # fmt: skip
    with signing() as session:
        complete = sign(
            session,
            visible_handover(session, handover_id, actor),
            session.get_one(User, actor.user_id),
            form.password.data,
            seen_sha256=form.seen.data,
            spot=form.spot.text,
            deed=deed,
            store=store(),
            workshop=workshop(),
            at=at,
            on=today(),
        )
    if complete:
        flash(gettext("All three have signed. Custody has passed and the transfer list is filed."))
    else:
        flash(gettext("Signed. The handover is complete when all three have signed."))
    return redirect(url_for(".show_handover", handover_id=handover_id), 303)


@handover.get("/handovers/<int:handover_id>/list.pdf")
@not_for_inquirers
def transfer_list(handover_id: int) -> ResponseReturnValue:
    """The transfer list as PDF/A: the one that was filed, or a draft to check by."""
    session, actor = reading(), current_actor()
    one = visible_handover(session, handover_id, actor)
    if filed := filed_print(session, one.list_item_id):
        return sent_filed(filed)
    if not sees_list(one, actor):
        raise NotVisible
    draft = printed_list(
        one,
        lines_of(session, one),
        signatures_of(session, one),
        here=here_after_all(session, one),
        made_at=now(),
        language=paper_language(),
        draft=True,
    )
    return sent(draft, one, f"{one.number}-draft")
