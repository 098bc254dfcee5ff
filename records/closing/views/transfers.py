"""Pages of transfers: the list, offering a file, accepting, refusing, taking back, and the list on paper."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.prints import paper_language, sent
from accounts.roles import Actor, Permission
from accounts.services import keepers_in, person_named
from accounts.uses import note_export
from classification.categories import Category
from records.closing.behalf import custody_on_behalf, owner_of_record
from records.closing.errors import GiverReceives
from records.closing.filing import file_transfer_list
from records.closing.forms import AcceptForm, DestinationForm, FilingForm, ReasonForm, reasons
from records.closing.models import FileTransfer, TransferReason, TransferState
from records.closing.paper import paper_left_of
from records.closing.parties import ends, keepers_on_behalf, unit_named, units_offered
from records.closing.sheets import transfer_list
from records.closing.transfers import (
    accept,
    as_known_to,
    awaiting_acceptance,
    carried_by,
    from_units,
    given_by,
    givers_of,
    knows_contents,
    knows_holders,
    may_answer,
    may_recall,
    open_transfer,
    propose,
    recall,
    refuse,
    stranded,
    to_units,
    unfiled_lists,
    visible_transfer,
    visible_transfers,
)
from records.closing.views.blueprint import closing
from records.files.locking import asked_below, lock_files
from records.files.models import File
from records.files.services import visible_file
from records.files.views.masks import discreet
from records.handover.custody import entries_of
from records.handover.sheet import carrier, period, quantity
from records.holdings.locking import lock
from records.holdings.printed import filed_print
from records.holdings.scanned import spot_named
from records.holdings.views.filed import filing_now, sent_filed
from records.workflow.earlier import waiting_for
from web.forms import shows_again
from web.language import N_, gettext, ngettext
from web.listing import Column, Listing
from web.numbers import row_number
from web.rules import NotVisible
from web.shown import words
from web.transaction import begin, now, reading, today

SIDES = {"": N_("Both ways"), "incoming": N_("To our units"), "outgoing": N_("From our units")}
LISTS = {"mine": awaiting_acceptance, "stranded": stranded, "unfiled": unfiled_lists}  # beside the states
ENDPOINTS = {
    "file": ("browse.show_file", "file_id"),
    "copy": ("holdings.show_copy", "copy_id"),
    "loan": ("lending.show_loan", "loan_id"),
    "duty": ("browse.show_item", "item_id"),
    "twin": ("upkeep.show_duty", "twin_duty_id"),
}


@closing.get("/transfers")
@requires(Permission.READ)
def list_transfers() -> ResponseReturnValue:
    """Transfers from and to the units in sight; those that wait for one's answer can be accepted together."""
    session, actor = reading(), current_actor()
    side, state = request.args.get("side", ""), request.args.get("state", "")
    listing: Listing[FileTransfer] = Listing(
        session, _chosen(side, state), _columns(actor), default="-number", tie=FileTransfer.id,
        options=[joinedload(FileTransfer.file)],
    )  # fmt: skip
    if listing.wants_export():
        note_export("file_transfer", listing.count)
        return listing.export(gettext("Transfers"))
    waiting = [
        one.id
        for one in listing.rows
        if one.state is TransferState.PROPOSED
        and one.reason is not TransferReason.REEMPLOYED
        and may_answer(one, actor)
    ]
    own = set(session.scalars(select(FileTransfer.id).where(FileTransfer.id.in_(waiting), ~given_by(actor))))
    return render_template(
        "records/closing/transfers.html",
        listing=listing,
        sides=SIDES,
        states=list(TransferState),
        side=side,
        state=state,
        own=own,
        told=lambda one, words: _told(one, words, actor),
    )


@closing.post("/transfers")
@requires(Permission.FILE)
def accept_ticked() -> ResponseReturnValue:
    """Accept the ticked transfers; the one who does so answers for the files, the paper waits to be fetched."""
    actor, numbers = current_actor(), request.form.getlist("transfer", type=row_number)
    with begin() as session:
        chosen = session.scalars(
            awaiting_acceptance(actor)
            .where(
                FileTransfer.id.in_(numbers),
                FileTransfer.reason != TransferReason.REEMPLOYED,
                ~given_by(actor),
            )
            .order_by(FileTransfer.id)
        ).all()
        keeper = session.get_one(User, actor.user_id)
        for one in chosen:
            lock(session, one)
        lock_files(session, [one.file_id for one in chosen], asked_below)  # in one order; `accept` asks of each
        for one in chosen:
            accept(session, one, keeper=keeper, spot=None, actor=actor, at=now(), on=today())
    if chosen:
        flash(
            ngettext(
                "%(num)d file is accepted. Its paper waits to be fetched.",
                "%(num)d files are accepted. Their paper waits to be fetched.",
                len(chosen),
            )
        )
    else:
        flash(gettext("Nothing was ticked that waits for your answer."), "refusal")
    return redirect(url_for(".list_transfers", state="mine"), 303)


@closing.get("/files/<int:file_id>/transfer")
@requires(Permission.FILE)
def new_transfer(file_id: int, form: DestinationForm | None = None) -> ResponseReturnValue:
    """The form that offers a file to another unit, with what goes along."""
    session, actor = reading(), current_actor()
    file = visible_file(session, file_id, actor, Permission.FILE)
    return render_template(
        "records/closing/new_transfer.html",
        form=(form or DestinationForm.blank()).offer(reason=_reasons_for(session, file)),
        file=file,
        pending=open_transfer(session, file),
        entries=list(entries_of(session, select(File.id).where(File.id == file.id))),
        units=units_offered(session, but=file.unit),
        on_behalf=keepers_on_behalf(session, owner_of_record(session, file)),
        said={"quantity": quantity, "carrier": carrier, "period": period},
        endpoints=ENDPOINTS,
        may_read=True,
        holders=actor.told_of_borrowers.covers(file.unit.path),
    )


@closing.post("/files/<int:file_id>/transfer")
@requires(Permission.FILE)
@shows_again(new_transfer)
def offer_file(file_id: int) -> ResponseReturnValue:
    """Offer a file to another unit; nothing changes until that accepts."""
    actor = current_actor()
    file = visible_file(reading(), file_id, actor, Permission.FILE)
    form = DestinationForm.read(reason=_reasons_for(reading(), file))
    with begin() as session:
        made = propose(
            session,
            visible_file(session, file_id, actor, Permission.FILE),
            unit_named(session, form.to_unit.data),
            TransferReason(form.reason.data),
            grounds=form.grounds.data,
            giver=session.get_one(User, actor.user_id),
            witness=person_named(session, form.witness.data, field="witness"),
            at=now(),
        )
    flash(
        gettext(
            "Offered to %(unit)s under %(number)s. Until that accepts, the file stays here.",
            unit=made.to_unit.name,
            number=made.number,
        )
    )
    return redirect(url_for(".show_transfer", file_transfer_id=made.id), 303)


@closing.get("/transfers/<int:file_transfer_id>")
@requires(Permission.READ)
def show_transfer(
    file_transfer_id: int,
    accepting: AcceptForm | None = None,
    refusing: ReasonForm | None = None,
    recalling: ReasonForm | None = None,
    filing: FilingForm | None = None,
) -> ResponseReturnValue:
    """One transfer: both sides, what passes, and what may be done with it."""
    session, actor = reading(), current_actor()
    one = visible_transfer(session, file_transfer_id, actor)
    waits = one.state is TransferState.PROPOSED
    answerable = may_answer(one, actor)
    answers = waits and answerable
    file = session.get_one(File, one.file_id)
    return render_template(
        "records/closing/transfer.html",
        transfer=one,
        entries=carried_by(session, one) if knows_contents(one, actor) else None,
        holders=knows_holders(one, actor),
        told=lambda words: _told(one, words, actor),
        may_read=actor.may(Permission.READ, file.unit.path),
        answers=answers,
        own_gift=GiverReceives(name=actor.display_name, unit=one.to_unit.name)
        if answers and session.scalar(select(given_by(actor)).where(FileTransfer.id == one.id))
        else None,
        recalls=waits and may_recall(one, actor),
        paper_left=paper_left_of(session, one) if one.state is TransferState.ACCEPTED else [],
        accepting=(accepting or AcceptForm.blank(values={"keeper": str(actor.user_id)})).offer(
            keeper=_keepers(session, one)
        ),
        refusing=refusing or ReasonForm.blank(),
        recalling=recalling or ReasonForm.blank(),
        filing=filing or FilingForm.blank(),
        filed=filed_print(session, one.list_item_id),
        files=one.state is TransferState.ACCEPTED and one.list_item_id is None and answerable,
        reads_list=actor.may(Permission.READ, one.to_unit.path),
        year=today().year,
        said={"quantity": quantity, "carrier": carrier, "period": period},
        endpoints=ENDPOINTS,
    )


def _not_accepted(file_transfer_id: int, form: AcceptForm | None = None) -> ResponseReturnValue:
    return show_transfer(file_transfer_id, accepting=form)


@closing.post("/transfers/<int:file_transfer_id>/acceptance")
@requires(Permission.FILE)
@shows_again(_not_accepted)
def accept_file(file_transfer_id: int) -> ResponseReturnValue:
    """Accept a file: unit and custody pass at once (art. 9, 14, 16)."""
    actor = current_actor()
    one = visible_transfer(reading(), file_transfer_id, actor)
    form = AcceptForm.read(keeper=_keepers(reading(), one))
    with begin() as session:
        one = visible_transfer(session, file_transfer_id, actor)
        review = accept(
            session,
            one,
            keeper=session.get_one(User, int(form.keeper.data)),
            spot=spot_named(session, form.spot.text, actor),
            actor=actor,
            at=now(),
            on=today(),
            reemployment=form.reemployment(today()),
        )
    flash(gettext("%(code)s is accepted; code and history stay as they are.", code=one.code))
    if review is not None:
        flash(gettext("Find out whether the household qualifies by the bounds of your place: a review of it is open."))
    return redirect(url_for(".show_transfer", file_transfer_id=file_transfer_id), 303)


def _not_refused(file_transfer_id: int, form: ReasonForm | None = None) -> ResponseReturnValue:
    return show_transfer(file_transfer_id, refusing=form)


@closing.post("/transfers/<int:file_transfer_id>/refusal")
@requires(Permission.FILE)
@shows_again(_not_refused)
def refuse_file(file_transfer_id: int) -> ResponseReturnValue:
    """Refuse a file with the reason."""
    visible_transfer(reading(), file_transfer_id, current_actor())
    form = ReasonForm.read()
    with begin() as session:
        one = visible_transfer(session, file_transfer_id, current_actor())
        refuse(session, one, form.reason.data, actor=current_actor(), at=now())
    flash(gettext("Refused. %(unit)s finds another destination.", unit=one.from_unit.name))
    return redirect(url_for(".show_transfer", file_transfer_id=file_transfer_id), 303)


def _not_filed(file_transfer_id: int, form: FilingForm | None = None) -> ResponseReturnValue:
    return show_transfer(file_transfer_id, filing=form)


@closing.post("/transfers/<int:file_transfer_id>/filing")
@requires(Permission.FILE)
@shows_again(_not_filed)
def file_list(file_transfer_id: int) -> ResponseReturnValue:
    """File the transfer list in the receiving unit, with its paper (art. 15)."""
    actor = current_actor()
    visible_transfer(reading(), file_transfer_id, actor)
    form = FilingForm.read()
    with begin() as session:
        one = visible_transfer(session, file_transfer_id, actor)
        item = file_transfer_list(session, one, filing_now(session, form.spot.data))
    flash(gettext("The transfer list is filed as %(code)s.", code=item.code))
    return redirect(url_for(".show_transfer", file_transfer_id=file_transfer_id), 303)


def _not_recalled(file_transfer_id: int, form: ReasonForm | None = None) -> ResponseReturnValue:
    return show_transfer(file_transfer_id, recalling=form)


@closing.post("/transfers/<int:file_transfer_id>/recall")
@requires(Permission.READ)
@shows_again(_not_recalled)
def recall_file(file_transfer_id: int) -> ResponseReturnValue:
    """Take an offer back, so that another unit may be asked."""
    visible_transfer(reading(), file_transfer_id, current_actor())
    form = ReasonForm.read()
    with begin() as session:
        one = visible_transfer(session, file_transfer_id, current_actor())
        recall(session, one, form.reason.data, actor=current_actor(), at=now())
    flash(gettext("Taken back. The file may be offered to another unit."))
    return redirect(url_for(".show_transfer", file_transfer_id=file_transfer_id), 303)


@closing.get("/transfers/<int:file_transfer_id>/list.pdf")
@requires(Permission.READ)
def print_transfer(file_transfer_id: int) -> ResponseReturnValue:
    """The transfer list 移交清册 of one file on paper: the one that was filed, or one to sign."""
    session, actor = reading(), current_actor()
    one = visible_transfer(session, file_transfer_id, actor)
    if not knows_contents(one, actor):
        raise NotVisible
    if filed := filed_print(session, one.list_item_id):
        return sent_filed(filed)
    printed = transfer_list(one, carried_by(session, one), made_at=now(), language=paper_language())
    return sent(printed, one, one.number)


def _chosen(side: str, state: str) -> Select[FileTransfer]:
    """The transfers that the page is narrowed to."""
    actor = current_actor()
    query = LISTS.get(state, visible_transfers)(actor)
    if side == "incoming":
        query = query.where(to_units(actor, Permission.READ))
    if side == "outgoing":
        query = query.where(from_units(actor, Permission.READ))
    if (closing_id := request.args.get("closing", type=row_number)) is not None:
        query = query.where(FileTransfer.closing_id == closing_id)
    return query.where(FileTransfer.state == state) if state in set(TransferState) else query


def _told(transfer: FileTransfer, text: str, actor: Actor) -> str:
    return discreet(as_known_to(transfer, text, actor), transfer.file)


def _columns(actor: Actor) -> tuple[Column[FileTransfer], ...]:
    return (
        Column("number", N_("Transfer number"), lambda one: one.number, FileTransfer.id),
        Column("code", N_("Reference code"), lambda one: one.code, FileTransfer.code),
        Column("title", N_("Title"), lambda one: _told(one, one.title, actor), FileTransfer.title),
        Column("giver", N_("Giving unit"), lambda one: one.from_unit.name),
        Column("receiver", N_("Receiving unit"), lambda one: one.to_unit.name),
        Column("reason", N_("Reason for the transfer"), lambda one: words(one.reason), FileTransfer.reason),
        Column("proposed", N_("Offered"), lambda one: one.proposed_at, FileTransfer.proposed_at),
        Column("state", N_("State"), lambda one: words(one.state), FileTransfer.state),
        Column("why", N_("Reason of the refusal"), lambda one: _told(one, one.ended_reason or "", actor)),
    )


def _reasons_for(session: Session, file: File) -> list[tuple[str, str]]:
    """The reasons that a file may pass on for."""
    offered = [TransferReason.ABOLISHED] if ends(session, file.unit) else []
    if keepers_on_behalf(session, owner_of_record(session, file)):
        offered.append(TransferReason.ON_BEHALF)
    if file.category is Category.ORIGINAL and file.active:
        offered = [TransferReason.REEMPLOYED, TransferReason.MOVED, *offered]
    elif waiting_for(session, file):
        offered.insert(0, TransferReason.MOVED)
    if custody_on_behalf(session, file):
        offered.insert(0, TransferReason.OWNER_FOUND)
    return reasons(*offered)


def _keepers(session: Session, transfer: FileTransfer) -> list[tuple[str, str]]:
    givers = givers_of(session, transfer)
    return [
        (str(user.id), user.display_name) for user in keepers_in(session, transfer.to_unit.path) if user not in givers
    ]
