"""The inbox, marking as read, and the wish for a daily mail."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, current_session, not_for_inquirers, signed_in
from accounts.roles import Role
from accounts.uses import note_export
from records.notices import words as chain_words  # noqa: F401 - they register themselves
from records.notices.forms import WishForm
from records.notices.mailing import end_mail, wish_mail
from records.notices.models import MailWish, Notice, NoticeKind
from records.notices.registry import words_of
from records.notices.services import mark_all_read, mark_read, unread_count, visible_notices
from web.forms import shows_again
from web.language import LANGUAGES, N_, gettext, language
from web.listing import Column, Listing
from web.shown import words
from web.transaction import begin, now, reading, settings

notices = Blueprint("notices", __name__)

UNREAD = "unread"
CHOICES = list(LANGUAGES.items())
STATES = {"": N_("All"), UNREAD: N_("Not read"), **{kind.value: kind for kind in NoticeKind}}


@notices.app_context_processor
def offer_unread() -> dict[str, object]:
    """How many notices wait, for the head of every page; asked once in a request."""

    def unread() -> int:
        if "unread_notices" not in g:
            own = current_session()
            g.unread_notices = unread_count(reading(), own.user_id) if own else 0
        return int(g.unread_notices)

    return {"unread_notices": unread}


@notices.get("/notices")
@signed_in
def list_notices() -> ResponseReturnValue:
    """One's own notices, the newest first."""
    show = request.args.get("show", "")
    query = visible_notices(current_actor())
    if show == UNREAD:
        query = query.where(Notice.read_at.is_(None))
    elif show in set(NoticeKind):
        query = query.where(Notice.kind == show)
    columns: tuple[Column[Notice], ...] = (
        Column("told", N_("Told"), lambda one: one.told_at, Notice.told_at),
        Column("kind", N_("Kind of notice"), lambda one: words(one.kind), Notice.kind),
        Column("text", N_("Notice"), sentence),
        Column("read", N_("Read"), lambda one: one.read_at, Notice.read_at),
    )
    listing: Listing[Notice] = Listing(reading(), query, columns, default="-told", tie=Notice.id)
    if listing.wants_export():
        note_export("notice", listing.count)
        return listing.export(gettext("Notices"))
    return render_template(
        "records/notices/list.html",
        listing=listing,
        states=STATES,
        show=show,
        of_kind=show in set(NoticeKind),
        sentence=sentence,
        link=link,
        may_have_mail=not current_actor().holds(Role.INQUIRER),
    )


@notices.post("/notices/<int:notice_id>/read")
@signed_in
def read_notice(notice_id: int) -> ResponseReturnValue:
    """Mark one as read, and go to what it is about."""
    with begin() as session:
        notice = mark_read(session, notice_id, actor=current_actor(), at=now())
        target = link(notice) if "open" in request.form else None
    return redirect(target or url_for(".list_notices", show=request.form.get("show") or None), 303)


@notices.post("/notices/read")
@signed_in
def read_all() -> ResponseReturnValue:
    """Mark all as read, or all of the kind that is shown."""
    show = request.form.get("show", "")
    kind = NoticeKind(show) if show in set(NoticeKind) else None
    with begin() as session:
        count = mark_all_read(session, actor=current_actor(), at=now(), kind=kind)
    flash(gettext("%(number)s notices marked as read.", number=count))
    return redirect(url_for(".list_notices", show=kind.value if kind else None), 303)


@notices.get("/notices/mail")
@not_for_inquirers
def mail_settings(form: WishForm | None = None) -> ResponseReturnValue:
    """Whether and where a daily digest goes."""
    wish = reading().get(MailWish, current_actor().user_id)
    known = WishForm.blank(obj=wish, values=None if wish else {"language": language()})
    return render_template(
        "records/notices/mail.html", form=(form or known).offer(language=CHOICES), wish=wish, server=settings().mail
    )


@notices.post("/notices/mail")
@not_for_inquirers
@shows_again(mail_settings)
def wish() -> ResponseReturnValue:
    """Have a digest sent, or none any more."""
    ending = "end" in request.form
    form = None if ending else WishForm.read(language=CHOICES)
    with begin() as session:
        if form is None:
            end_mail(session, actor=current_actor())
        else:
            wish_mail(session, form.address.data, form.language.data, actor=current_actor(), at=now())
    flash(
        gettext("No mail will be sent to you.") if ending else gettext("The daily mail goes to the address you gave.")
    )
    return redirect(url_for(".mail_settings"), 303)


def sentence(notice: Notice) -> str:
    """What a notice says, in the reader's language."""
    told = words_of(notice.rule)
    return gettext(told.sentence).format_map(notice.facts) if told else words(notice.kind)


def link(notice: Notice) -> str | None:
    """The page a notice is about; what it shows there is still decided by what the reader may see."""
    told = words_of(notice.rule)
    if told is None:
        return None
    arguments: dict[str, Any] = dict(told.shown)
    if told.argument:
        arguments[told.argument] = notice.subject_id
    return url_for(told.endpoint, **arguments)
