"""What is looked into is kept until the case is closed (art. 7, 15, 19)."""

import pytest
from sqlalchemy.orm import Session

from records.disposal.batches import lines_of
from records.disposal.errors import HeldForCase, NothingDrawn
from records.disposal.holds import lift_hold, open_holds
from records.disposal.models import LineState
from records.holdings.models import Place
from records.supervision.incidents import close_incident, report_incident
from records.supervision.models import IncidentKind, Outcome
from tests.cast import MONDAY, NOON, Cast
from tests.records.disposal.office import Disposal, copies_of, make_household
from tests.records.supervision.office import accept, inspect, note, set_right


def test_what_an_open_case_names_leaves_its_batch_and_is_neither_drawn_nor_freed_before_it_is_closed(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    forged, inspected = (make_household(session, cast, place, sequence=number) for number in (1, 2))
    batch, approver = disposal.counted(), cast.approver.actor
    incident = report_incident(
        session, cast.district, IncidentKind.FORGERY, "收入证明系伪造", found_on=MONDAY, found_by="王维",
        codes=[forged.code, copies_of(session, forged)[0].barcode], actor=cast.keeper.actor, at=NOON, on=MONDAY,
    )  # fmt: skip
    finding = note(session, cast, inspect(session, cast), codes=[inspected.code])
    assert [(line.state, line.outcome) for line in lines_of(session, batch)] == [
        (LineState.PULLED, "SG-2026-0001"),
        (LineState.PULLED, finding.number),
    ]
    with pytest.raises(NothingDrawn):
        disposal.draw()
    for file in (forged, inspected):
        with pytest.raises(HeldForCase):
            lift_hold(session, open_holds(session, file)[0], "不再需要", actor=approver, at=NOON)
    close_incident(session, incident, Outcome.HANDLED, "已查处", actor=approver, at=NOON, on=MONDAY)
    assert [line.code for line in lines_of(session, disposal.draw())] == [forged.code]
    set_right(session, cast, finding)
    assert open_holds(session, inspected)
    accept(session, cast, finding)
    assert [line.code for line in lines_of(session, disposal.draw())] == [inspected.code]
