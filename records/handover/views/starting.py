"""Beginning a handover: who hands over to whom, what of it, and without the keeper."""

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.roles import Permission
from accounts.services import keepers_in, last_sign_ins, person_named
from records.handover.custody import keepers_of
from records.handover.extent import extent_named
from records.handover.forms import AbsentForm, StartForm
from records.handover.models import HandoverKind
from records.handover.services import ABSENT_DAYS, Absence, start
from records.handover.views.blueprint import handover
from units.models import Unit
from units.services import visible_units
from web.forms import shows_again
from web.language import gettext
from web.numbers import row_number
from web.transaction import begin, now, reading, today


@handover.get("/handovers/new")
@requires(Permission.READ)
def new_handover(form: StartForm | None = None) -> ResponseReturnValue:
    """Who hands over to whom, and what; the list is made when it is started."""
    session = reading()
    absent = _without_keeper()
    units, unit = _units(session)
    leavers, receivers = _offered(session, unit)
    own = str(current_actor().user_id)
    values = {"leaver": own} if own in dict(leavers) and not absent else None
    blank = (AbsentForm if absent else StartForm).blank(values=values)
    return render_template(
        "records/handover/new.html",
        form=(form or blank).offer(leaver=leavers, receiver=receivers),
        units=units,
        unit=unit,
        any_receiver=len(receivers) > 1,
        absent=absent,
        absent_days=ABSENT_DAYS,
        seen=_last_seen(session, unit) if absent and unit else [],
        leads=current_actor().may(Permission.APPROVE),
    )


@handover.post("/handovers")
@requires(Permission.READ)
@shows_again(new_handover)
def start_handover() -> ResponseReturnValue:
    """List what is in the leaver's custody and begin."""
    actor = current_actor()
    with begin() as session:
        unit = _units(session)[1]
        leavers, receivers = _offered(session, unit)
        form = (AbsentForm if _without_keeper() else StartForm).read(leaver=leavers, receiver=receivers)
        assert unit is not None  # noqa: S101 - without a unit nobody is offered, and the form is refused
        leaver = session.get_one(User, int(form.leaver.data))
        made = start(
            session,
            unit,
            leaver,
            session.get_one(User, int(form.receiver.data)),
            person_named(session, form.witness.data, field="witness"),
            reason=form.reason.data,
            actor=actor,
            at=now(),
            on=today(),
            extent=extent_named(
                session, unit, leaver, categories=form.categories, years=form.years, codes=form.file_codes,
                place=form.place.text,
            ),
            absence=_absence(session, form),
        )  # fmt: skip
    flash(gettext("Handover %(number)s is open. Now the receiver checks every line.", number=made.number))
    return redirect(url_for(".show_handover", handover_id=made.id), 303)


def _units(session: Session) -> tuple[list[Unit], Unit | None]:
    """The units where the actor may begin a handover, and the one asked for, or the first."""
    units = list(visible_units(session, current_actor(), Permission.HAND_OVER))
    asked = request.values.get("unit", type=row_number)
    return units, next((unit for unit in units if unit.id == asked), units[0] if units else None)


def _without_keeper() -> bool:
    """Whether the page is about a keeper who cannot take part."""
    return request.values.get("way") == HandoverKind.UNPLANNED


def _last_seen(session: Session, unit: Unit) -> list[tuple[User, datetime | None]]:
    """Who answers for something in a unit, and when each was here last: who works is not beyond reach."""
    keepers = keepers_of(session, unit)
    found = last_sign_ins(session, [user.id for user in keepers])
    return [(user, found.get(user.id)) for user in keepers]


def _absence(session: Session, form: StartForm) -> Absence | None:
    if not isinstance(form, AbsentForm):
        return None
    return Absence(form.proof.data, person_named(session, form.second_witness.data, field="second_witness"))


def _offered(session: Session, unit: Unit | None) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Who may hand over in a unit and who may receive there, as choices."""
    first = [("", gettext("Choose"))]
    if unit is None:
        return first, first
    return (
        first + [(str(user.id), user.display_name) for user in keepers_of(session, unit)],
        first + [(str(user.id), user.display_name) for user in keepers_in(session, unit.path)],
    )
