"""Who approves had no part in what is approved (art. 15)."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from records.disposal.appraisal import appraise, submit
from records.disposal.errors import OwnOpinion
from records.disposal.models import BatchState, DisposalBatch, Verdict
from records.disposal.waiting import waiting_for
from tests.cast import NOON, Cast
from tests.records.disposal.office import APPROVED_ON, DRAWN_ON, Disposal, make_withdrawn, only_line
from units.models import Unit


@pytest.mark.parametrize("part", ["appraised", "submitted"])
def test_nobody_approves_an_opinion_or_a_submission_of_their_own(
    session: Session, cast: Cast, disposal: Disposal, part: str
) -> None:
    make_withdrawn(session, cast)
    grant_role(session, cast.approver, Role.KEEPER, cast.district.path, actor=OPERATOR, at=NOON)
    session.refresh(cast.approver)
    both = cast.approver.actor
    batch = disposal.draw()
    disposal.name_group(batch)
    if part == "appraised":
        appraise(session, batch, None, Verdict.DESTROY, "期满", actor=both, on=DRAWN_ON)
        disposal.submit(batch)
    else:
        disposal.appraise(batch)
        submit(session, batch, actor=both, at=NOON)
    waiting = select(DisposalBatch).join(Unit, Unit.id == DisposalBatch.unit_id).where(waiting_for(both, APPROVED_ON))
    assert not session.scalars(waiting).all()
    with pytest.raises(OwnOpinion, match="Another approver of the unit decides"), session.begin_nested():
        disposal.approve(batch)
    assert batch.state is BatchState.SUBMITTED
    batch.decided_by_id = cast.approver.id
    if part == "appraised":
        session.flush()
        only_line(session, batch).approver_id = cast.approver.id
    with pytest.raises(IntegrityError, match=r"approved_by_another|not_approved_by_who_submitted"):
        session.flush()
