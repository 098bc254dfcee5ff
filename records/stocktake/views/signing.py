"""The report of a stocktake: signed by two, printed, filed."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.prints import paper_language, sent
from accounts.roles import Permission
from accounts.signing import signing
from records.holdings.printed import filed_print
from records.holdings.views.blueprint import workshop
from records.holdings.views.filed import sent_filed
from records.stocktake.forms import SignForm
from records.stocktake.report import digest_now, expected_in, found_in, printed_report, sign
from records.stocktake.services import counts_of, differences_of, signatures_of, unsettled_in, visible_stocktake
from records.stocktake.views.blueprint import acting_user, stocktake
from web.forms import shows_again
from web.language import gettext
from web.transaction import now, reading, store, today


@stocktake.get("/stocktakes/<int:stocktake_id>/signature")
@requires(Permission.READ_WITHDRAWN)
def signing_page(stocktake_id: int, form: SignForm | None = None) -> ResponseReturnValue:
    """What is signed, and by whom."""
    session, actor = reading(), current_actor()
    one = visible_stocktake(session, stocktake_id, actor)
    form = form or SignForm.blank()
    form.seen.data = digest = digest_now(session, one)
    unsettled, to_put_back = unsettled_in(session, one)
    return render_template(
        "records/stocktake/sign.html",
        stocktake=one,
        form=form,
        digest=digest,
        counts=counts_of(session, one),
        differences=differences_of(session, one),
        unsettled=unsettled,
        to_put_back=to_put_back,
        signatures={signature.part: signature for signature in signatures_of(session, one)},
        own_part=one.part_of(actor.user_id) if one.is_open else None,
        expected_in=expected_in,
        found_in=found_in,
    )


@stocktake.post("/stocktakes/<int:stocktake_id>/signature")
@requires(Permission.READ_WITHDRAWN)
@shows_again(signing_page)
def sign_report(stocktake_id: int) -> ResponseReturnValue:
    """Sign; with the second signature the report is filed."""
    form, actor = SignForm.read(), current_actor()
    with signing() as session:
        complete = sign(
            session,
            visible_stocktake(session, stocktake_id, actor),
            acting_user(session),
            form.password.data,
            seen_sha256=form.seen.data,
            store=store(),
            workshop=workshop(),
            at=now(),
            on=today(),
        )
    if complete:
        flash(gettext("Both have signed. The stocktake is closed and its report filed."))
    else:
        flash(gettext("Signed. The stocktake is closed when both have signed."))
    return redirect(url_for(".show_stocktake", stocktake_id=stocktake_id), 303)


@stocktake.get("/stocktakes/<int:stocktake_id>/report.pdf")
@requires(Permission.READ_WITHDRAWN)
def print_report(stocktake_id: int) -> ResponseReturnValue:
    """The report as PDF/A: the one that was filed, or a draft."""
    session = reading()
    one = visible_stocktake(session, stocktake_id, current_actor())
    if filed := filed_print(session, one.report_item_id):
        return sent_filed(filed)
    draft = printed_report(session, one, made_at=now(), language=paper_language(), draft=True)
    return sent(draft, one, f"{one.number}-draft")
