"""Who decides in a leader's place, from when until when."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.scope import within
from accounts.services import person_named
from accounts.uses import note_export
from records.files.views.masks import discreet
from records.lending.approving import end_delegation, name_deputy, visible_delegation, visible_delegations
from records.lending.forms import DelegationForm
from records.lending.models import ApprovalDelegation
from records.lending.views.blueprint import lending
from units.models import Unit
from units.services import visible_unit
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import Column, Listing
from web.transaction import begin, now, reading, today

COLUMNS: tuple[Column[ApprovalDelegation], ...] = (
    Column("unit", N_("Unit"), lambda row: row.unit.name, Unit.path.expression),
    Column("leader", N_("Leader"), lambda row: row.leader.display_name),
    Column("deputy", N_("Stands in"), lambda row: row.deputy.display_name),
    Column("from", N_("From"), lambda row: row.from_on, ApprovalDelegation.from_on.expression),
    Column("until", N_("Until"), lambda row: row.until_on, ApprovalDelegation.until_on.expression),
    Column("reason", N_("Reason"), lambda row: discreet(row.reason)),
    Column("ended", N_("State"), lambda row: row.ended_at, ApprovalDelegation.ended_at.expression),
)


@lending.get("/delegations")
@requires(Permission.READ)
def list_delegations(form: DelegationForm | None = None) -> ResponseReturnValue:
    """Delegations in the reader's scope; a leader names somebody below."""
    session, actor = reading(), current_actor()
    listing = Listing(session, visible_delegations(actor), COLUMNS, default="-from", tie=ApprovalDelegation.id)
    if listing.wants_export():
        note_export("approval_delegation", listing.count)
        return listing.export(gettext("Standing in for leaders"))
    units = _own_units(session)
    shown = form or DelegationForm.blank(values={"from_on": today(), "until_on": today()})
    return render_template(
        "records/lending/delegations.html", listing=listing, units=units, form=shown.offer(unit=units)
    )  # fmt: skip


@lending.post("/delegations")
@requires(Permission.APPROVE)
@shows_again(list_delegations)
def stand_in() -> ResponseReturnValue:
    """Name somebody who decides in the leader's place."""
    actor = current_actor()
    form = DelegationForm.read(unit=_own_units(reading()))
    assert form.from_on.data is not None and form.until_on.data is not None  # noqa: S101, PT018 - both are required
    with begin() as session:
        deputy = person_named(session, form.deputy.data, field="deputy")
        name_deputy(
            session,
            visible_unit(session, int(form.unit.data), actor, Permission.READ),
            deputy,
            from_on=form.from_on.data,
            until_on=form.until_on.data,
            reason=form.reason.data,
            actor=actor,
            at=now(),
            on=today(),
        )
        flash(gettext("%(name)s stands in until %(day)s.", name=deputy.display_name, day=form.until_on.data))
    return redirect(url_for(".list_delegations"), 303)


@lending.post("/delegations/<int:delegation_id>/end")
@requires(Permission.APPROVE)
def end_standing_in(delegation_id: int) -> ResponseReturnValue:
    """End a delegation at once."""
    actor = current_actor()
    with begin() as session:
        row = visible_delegation(session, delegation_id, actor)
        end_delegation(session, row, actor=actor, at=now())
        flash(gettext("%(name)s no longer stands in.", name=row.deputy.display_name))
    return redirect(url_for(".list_delegations"), 303)


def _own_units(session: Session) -> list[tuple[str, str]]:
    """The units that the actor leads."""
    led = select(Unit).where(within(Unit.path, current_actor().scope(Permission.APPROVE)), Unit.closed_on.is_(None))
    return [(str(unit.id), unit.name) for unit in session.scalars(led.order_by(Unit.path))]
