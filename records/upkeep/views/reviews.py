"""Reviews of a withdrawal 撤档核查: what came up, and what the keeper decides (art. 4, 10)."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.services import names_of
from accounts.uses import note_export
from records.files.errors import NotAHouseholdFile
from records.files.living import ReviewGround, WithdrawalReview
from records.files.models import File
from records.files.services import takes_material, visible_file
from records.files.views.masks import discreet
from records.files.withdrawals import (
    keep_after_review,
    may_keep,
    suggest_withdrawal,
    visible_review,
    visible_reviews,
    waits_for,
    withdraw_after_review,
)
from records.upkeep.forms import KeepingForm, LeavingForm, SuggestionForm, day_of
from records.upkeep.views.blueprint import upkeep
from records.upkeep.words import change_words
from units.models import Unit
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import Column, Listing
from web.shown import words
from web.transaction import begin, reading, today

STATES = {"": N_("All"), "mine": N_("Waiting for me"), "open": N_("Undecided"), "decided": N_("Decided")}
COLUMNS: tuple[Column[WithdrawalReview], ...] = (
    Column("file", N_("File"), lambda review: review.file.code, File.code.expression),
    Column("title", N_("Household"), lambda review: review.file.title, File.title.expression),
    Column("ground", N_("What came up"), lambda review: words(review.ground), WithdrawalReview.ground.expression),
    Column("found", N_("What was found"), lambda review: discreet(review.found, review.file)),
    Column("opened", N_("Pending since"), lambda review: review.opened_on, WithdrawalReview.opened_on.expression),
    Column("decision", N_("Decision"), lambda review: words(review.decision)),
    Column("unit", N_("Unit"), lambda review: review.file.unit.name, Unit.name.expression),
)


@upkeep.get("/reviews")
@requires(Permission.READ)
def list_reviews() -> ResponseReturnValue:
    """Reviews in the reader's units: those that wait for the reader, those undecided, and those decided."""
    state, actor = request.args.get("state", "open"), current_actor()
    undecided = WithdrawalReview.decided_on.is_(None)
    chosen = {"mine": waits_for(actor), "open": undecided, "decided": ~undecided}
    query = visible_reviews(actor)
    if state in chosen:
        query = query.where(chosen[state])
    listing = Listing(reading(), query, COLUMNS, default="opened", tie=WithdrawalReview.id)
    if listing.wants_export():
        note_export("withdrawal_review", listing.count)
        return listing.export(gettext("Reviews"))
    return render_template("records/upkeep/reviews.html", listing=listing, states=STATES, state=state)


@upkeep.get("/reviews/<int:withdrawal_review_id>")
@requires(Permission.READ)
def show_review(
    withdrawal_review_id: int, keeping: KeepingForm | None = None, leaving: LeavingForm | None = None
) -> ResponseReturnValue:
    """One review, to be decided by the keeper; an approver keeps retirees, and whom two found not to qualify."""
    review = visible_review(reading(), withdrawal_review_id, current_actor())
    return render_template(
        "records/upkeep/review.html",
        review=review,
        keeping=keeping or KeepingForm.blank(),
        leaving=leaving or LeavingForm.blank(values={"on": today()}),
        keeps=may_keep(review, current_actor()),
        withdraws=current_actor().may(Permission.FILE, review.unit_path),
        people=names_of(reading(), review.opened_by, review.decided_by),
        change_words=change_words,
    )


def _keeping_refused(withdrawal_review_id: int, form: KeepingForm | None = None) -> ResponseReturnValue:
    return show_review(withdrawal_review_id, keeping=form)


@upkeep.post("/reviews/<int:withdrawal_review_id>/keeping")
@requires(Permission.FILE, Permission.APPROVE)
@shows_again(_keeping_refused)
def keep(withdrawal_review_id: int) -> ResponseReturnValue:
    """Decide that the household stays in help."""
    actor = current_actor()
    visible_review(reading(), withdrawal_review_id, actor)
    form = KeepingForm.read()
    with begin() as session:
        review = visible_review(session, withdrawal_review_id, actor)
        keep_after_review(session, review, form.reason.data, actor=actor, on=today())
    flash(gettext("%(code)s stays active.", code=review.file.code))
    return redirect(url_for(".show_review", withdrawal_review_id=withdrawal_review_id), 303)


def _leaving_refused(withdrawal_review_id: int, form: LeavingForm | None = None) -> ResponseReturnValue:
    return show_review(withdrawal_review_id, leaving=form)


@upkeep.post("/reviews/<int:withdrawal_review_id>/withdrawal")
@requires(Permission.FILE)
@shows_again(_leaving_refused)
def leave(withdrawal_review_id: int) -> ResponseReturnValue:
    """Decide that the household is withdrawn."""
    actor = current_actor()
    visible_review(reading(), withdrawal_review_id, actor, Permission.FILE)
    form = LeavingForm.read()
    with begin() as session:
        review = visible_review(session, withdrawal_review_id, actor, Permission.FILE)
        withdraw_after_review(session, review, form.reason.data, actor=actor, on=day_of(form.on), today=today())
    flash(gettext("%(code)s is withdrawn as of %(day)s.", code=review.file.code, day=day_of(form.on).isoformat()))
    return redirect(url_for(".show_review", withdrawal_review_id=withdrawal_review_id), 303)


@upkeep.get("/files/<int:file_id>/reviews/new")
@requires(Permission.FILE)
def new_review(file_id: int, form: SuggestionForm | None = None) -> ResponseReturnValue:
    """The form of what came up of an active household."""
    file = visible_file(reading(), file_id, current_actor(), Permission.FILE)
    if file.household is None:
        raise NotAHouseholdFile(code=file.code)
    takes_material(file)
    return render_template("records/upkeep/suggestion.html", form=form or SuggestionForm.blank(), file=file)


@upkeep.post("/files/<int:file_id>/reviews/new")
@requires(Permission.FILE)
@shows_again(new_review)
def suggest(file_id: int) -> ResponseReturnValue:
    """Open a review; nothing is withdrawn silently."""
    actor = current_actor()
    visible_file(reading(), file_id, actor, Permission.FILE)
    form = SuggestionForm.read()
    with begin() as session:
        file = visible_file(session, file_id, actor, Permission.FILE)
        review = suggest_withdrawal(
            session, file, ReviewGround(form.ground.data), form.found.data, actor=actor, on=today()
        )
    flash(gettext("The review is opened; decide it when everything is established."))
    return redirect(url_for(".show_review", withdrawal_review_id=review.id), 303)
