"""An inspection of the district by the city, with what is found, answered and accepted; and a case of lost paper."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from accounts.roles import Actor
from records.holdings.models import PaperCopy
from records.supervision.incidents import report_incident
from records.supervision.inspections import add_finding, decide, enter_inspection, reply
from records.supervision.models import Decision, Finding, Incident, IncidentKind, InspectingBody, Inspection
from tests.cast import MONDAY, NOON, Cast
from units.models import Unit

DEADLINE = MONDAY + timedelta(days=14)


def inspect(
    session: Session,
    cast: Cast,
    *,
    unit: Unit | None = None,
    actor: Actor | None = None,
    inspected_on: date = MONDAY,
) -> Inspection:
    """The supervisor of the city inspects the district."""
    return enter_inspection(
        session,
        unit or cast.district,
        InspectingBody.SUPERIOR,
        "市总工会",
        people="吴督",
        extent="原始档案的完整与保管",
        inspected_on=inspected_on,
        actor=actor or cast.supervisor.actor,
        at=NOON,
        on=MONDAY,
    )


def note(session: Session, cast: Cast, inspection: Inspection, *, codes: Sequence[str] = ()) -> Finding:
    """A finding by article 6, with a fortnight to set it right."""
    return add_finding(
        session,
        inspection,
        "缺公示证明材料",
        6,
        due_on=DEADLINE,
        codes=codes,
        actor=cast.supervisor.actor,
        at=NOON,
        on=MONDAY,
    )


def set_right(session: Session, cast: Cast, finding: Finding) -> None:
    """The keeper of the district answers."""
    reply(session, finding, "已补齐公示证明", actor=cast.keeper.actor, at=NOON, on=MONDAY)
    session.flush()


def accept(session: Session, cast: Cast, finding: Finding) -> None:
    """The supervisor accepts the reply."""
    decide(session, finding, Decision.ACCEPTED, None, actor=cast.supervisor.actor, at=NOON, on=MONDAY)
    session.flush()


def lose(session: Session, cast: Cast, *copies: PaperCopy, actor: Actor | None = None) -> Incident:
    """The keeper reports paper copies as lost."""
    return report_incident(
        session,
        cast.district,
        IncidentKind.LOSS,
        "盘点时不在盒内。",
        found_on=MONDAY,
        found_by="王维",
        codes=[copy.barcode for copy in copies],
        actor=actor or cast.keeper.actor,
        at=NOON,
        on=MONDAY,
    )
