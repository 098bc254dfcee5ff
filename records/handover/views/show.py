"""One handover: its list, comparing it anew, naming another witness, giving it up."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import false, func, select, true

from accounts.guard import current_actor, not_for_inquirers, requires
from accounts.roles import Permission
from accounts.services import person_named
from accounts.uses import note_use
from records.files.models import Item
from records.handover.cases import visible_cases
from records.handover.counting import way_of_counting
from records.handover.custody import kept_still
from records.handover.errors import MayNotCancel
from records.handover.extent import Extent
from records.handover.forms import CancelForm, ExtraForm, ScanForm, WitnessForm
from records.handover.models import (
    Handover,
    HandoverCase,
    HandoverKind,
    HandoverLine,
    HandoverSignature,
    HandoverState,
    LineKind,
    Part,
)
from records.handover.open_work import page_of
from records.handover.seen import here_after_all, seen_since
from records.handover.services import (
    UNCHECKED,
    Changes,
    cancel,
    counted_of,
    lock_open,
    may_cancel,
    may_steer,
    progress_of,
    recheck,
    sees_list,
    signatures_of,
    visible_handover,
)
from records.handover.sheet import carrier, found, lost, period, quantity
from records.handover.views.blueprint import handover
from records.handover.views.narrowing import FOUND, back, narrowed, narrowing
from records.handover.witnesses import may_replace, replace_witness, replaceable, replacements
from records.holdings.printed import deed_boxes
from web.forms import shows_again
from web.language import N_, gettext, language, ngettext
from web.listing import Column, Listing
from web.shown import words
from web.transaction import begin, now, reading, today

ENDPOINTS = {
    LineKind.FILE: ("browse.show_file", "file_id"),
    LineKind.BOX: ("holdings.show_box", "box_id"),
    LineKind.COPY: ("holdings.show_copy", "copy_id"),
    LineKind.LOAN: ("lending.show_loan", "loan_id"),
    LineKind.DUTY: ("browse.show_item", "item_id"),
    LineKind.TWIN: ("upkeep.show_duty", "twin_duty_id"),
    LineKind.EXTRA: (None, None),
}


@handover.get("/handovers/<int:handover_id>")
@not_for_inquirers
def show_handover(
    handover_id: int,
    scanned: ScanForm | None = None,
    cancelling: CancelForm | None = None,
    extra: ExtraForm | None = None,
    replacing: WitnessForm | None = None,
) -> ResponseReturnValue:
    """The list by kind of line, how far it is checked, and who has signed."""
    session, actor = reading(), current_actor()
    one = visible_handover(session, handover_id, actor)
    listed = sees_list(one, actor)
    lines = select(HandoverLine).where(HandoverLine.handover_id == one.id, *narrowed(), true() if listed else false())
    here = here_after_all(session, one)
    listing = Listing(session, lines, _line_columns(here), default="position", tie=HandoverLine.id)
    if listing.wants_export():
        note_use("content.exported", one, rows=listing.count)
        return listing.export(one.number)
    progress = progress_of(session, one)
    is_open = one.state is HandoverState.OPEN
    signatures = {signature.part: signature for signature in signatures_of(session, one)}
    receives = is_open and actor.user_id == one.receiver_id and Part.RECEIVER not in signatures
    return render_template(
        "records/handover/show.html",
        handover=one,
        deed_boxes=deed_boxes(session, one.unit, actor, on=today()) if receives else None,
        year=today().year,
        extent=Extent.of(one.extent),
        stays=kept_still(session, one.leaver, one.unit) if is_open and one.extent else None,
        listed=listed,
        listing=listing,
        kinds=progress,
        total=sum(part.lines for part in progress.values()),
        checked=sum(part.checked for part in progress.values()),
        unchecked=session.scalar(
            lines.where(UNCHECKED, HandoverLine.missing_case.is_(None)).with_only_columns(func.count(HandoverLine.id))
        )
        or 0,
        different=sum(part.different for part in progress.values()),
        signatures=signatures,
        own_part=one.part_of(actor.user_id) if is_open else None,
        may_check=is_open and actor.user_id == one.receiver_id,
        may_steer=is_open and may_steer(one, actor),
        may_replace=is_open and may_replace(one, actor),
        replacing=(replacing or WitnessForm.blank()).offer(replaced=_replaceable(one, signatures)),
        replacements=replacements(session, one),
        may_cancel=is_open and may_cancel(one, actor),
        objects=is_open and one.kind is HandoverKind.UNPLANNED and actor.user_id == one.leaver_id,
        may_read=actor.may(Permission.READ, one.unit.path),
        list_item=session.get(Item, one.list_item_id) if one.list_item_id else None,
        counting=way_of_counting(one, *counted_of(session, one)),
        cases=session.scalars(visible_cases(actor).where(HandoverCase.handover_id == one.id)).all(),
        scanned=scanned or ScanForm.blank(),
        extra=extra or ExtraForm.blank(),
        cancelling=cancelling or CancelForm.blank(),
        narrowing=narrowing(),
        in_hand=[(kind, count, *page_of(kind)) for kind, count in one.in_hand.items()],
        found=FOUND,
        endpoints=ENDPOINTS,
        here=here,
        seen=seen_since(session, one, listing.rows) if is_open else {},
        said={"quantity": quantity, "carrier": carrier, "period": period, "found": found, "lost": lost},
    )


@handover.post("/handovers/<int:handover_id>/comparison")
@requires(Permission.READ)
def compare(handover_id: int) -> ResponseReturnValue:
    """Compare the list with what is in custody now."""
    with begin() as session:
        one = visible_handover(session, handover_id, current_actor())
        if not (may_steer(one, current_actor()) or one.part_of(current_actor().user_id)):
            raise MayNotCancel(leaver=one.leaver.display_name, unit=one.unit.name)
        changes = recheck(session, one, actor=current_actor(), at=now())
    flash(changes_in_words(changes) if changes else gettext("The list is what is in custody now."))
    return back(handover_id)


def _cancel_refused(handover_id: int, form: CancelForm | None = None) -> ResponseReturnValue:
    return show_handover(handover_id, cancelling=form)


@handover.post("/handovers/<int:handover_id>/cancellation")
@requires(Permission.READ)
@shows_again(_cancel_refused)
def cancel_handover(handover_id: int) -> ResponseReturnValue:
    """Give the handover up; custody stays where it is."""
    form = CancelForm.read()
    with begin() as session:
        one = visible_handover(session, handover_id, current_actor())
        cancel(session, one, form.reason.data, actor=current_actor(), on=today())
    flash(gettext("The handover is cancelled. Custody stays with %(name)s.", name=one.leaver.display_name))
    return redirect(url_for(".show_handover", handover_id=handover_id), 303)


def _replacing_refused(handover_id: int, form: WitnessForm | None = None) -> ResponseReturnValue:
    return show_handover(handover_id, replacing=form)


@handover.post("/handovers/<int:handover_id>/witness")
@requires(Permission.READ)
@shows_again(_replacing_refused)
def name_another_witness(handover_id: int) -> ResponseReturnValue:
    """Name another witness."""
    with begin() as session:
        one = visible_handover(session, handover_id, current_actor())
        lock_open(session, one)
        signed = {signature.part: signature for signature in signatures_of(session, one)}
        form = WitnessForm.read(replaced=_replaceable(one, signed))
        part = one.part_of(int(form.replaced.data))
        assert part is not None  # noqa: S101 - only who has a part is offered
        lapsed = replace_witness(
            session, one, part, person_named(session, form.witness.data, field="witness"), form.why.data,
            actor=current_actor(), at=now(),
        )  # fmt: skip
    flash(gettext("%(name)s witnesses this handover now.", name=one.parties[part].display_name))
    if lapsed:
        flash(_lapsed(lapsed))
    return redirect(url_for(".show_handover", handover_id=handover_id), 303)


def _replaceable(one: Handover, signed: Mapping[Part, HandoverSignature]) -> list[tuple[str, str]]:
    """The witnesses who may be replaced, as choices."""
    return [
        (str(user.id), gettext("%(part)s: %(name)s", part=words(part), name=user.display_name))
        for part, user in replaceable(one, signed).items()
    ]


def _lapsed(count: int) -> str:
    return ngettext(
        "%(num)d signature has lapsed and must be given again.",
        "%(num)d signatures have lapsed and must be given again.",
        count,
    )


def _line_columns(here: set[int]) -> tuple[Column[HandoverLine], ...]:
    """The columns of the list; `here` as in `found`."""
    return (
        Column("position", N_("Entry no."), lambda line: line.position, HandoverLine.position, numeric=True),
        Column("kind", N_("Kind of line"), lambda line: words(line.kind), HandoverLine.kind),
        Column("code", N_("Code"), lambda line: line.code, HandoverLine.code),
        Column("title", N_("Title"), lambda line: line.title, HandoverLine.title),
        Column("quantity", N_("Count"), lambda line: quantity(line, language())),
        Column("place", N_("Place or holder"), lambda line: line.holder or line.place, HandoverLine.place),
        Column("found", N_("Found"), lambda line: found(line, language(), here)),
    )


def changes_in_words(changes: Changes) -> str:
    """How a list differs from what it said before."""
    told = gettext(
        "Since the list was made, %(added)s lines were added, %(left)s have left and %(changed)s say something else.",
        added=changes.added,
        left=changes.left,
        changed=changes.changed,
    )
    if changes.open_work:
        told += " " + gettext("What else is in hand has changed.")
    if changes.lapsed:
        told += " " + _lapsed(changes.lapsed)
    return told
