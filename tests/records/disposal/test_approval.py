"""Who approves had no part in what is approved (art. 15)."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from records.disposal.appraisal import appraise, name_member, submit
from records.disposal.errors import NamedByAccount, NamedTwice, OwnOpinion
from records.disposal.models import BatchState, DisposalBatch, GroupRole, OpinionGiver, Verdict
from records.disposal.waiting import decided_by_another, waiting_for
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
        submit(session, batch, actor=both, at=NOON, on=DRAWN_ON)
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


def test_who_ever_noted_an_opinion_approves_nothing_though_another_one_stands_by_now(
    session: Session, cast: Cast, disposal: Disposal
) -> None:
    make_withdrawn(session, cast)
    grant_role(session, cast.approver, Role.KEEPER, cast.district.path, actor=OPERATOR, at=NOON)
    session.refresh(cast.approver)
    batch = disposal.draw()
    disposal.name_group(batch)
    appraise(session, batch, None, Verdict.DESTROY, "期满", actor=cast.approver.actor, on=DRAWN_ON)
    line = only_line(session, batch)
    appraise(session, batch, [line.id], Verdict.DESTROY, "期满", actor=cast.keeper.actor, on=DRAWN_ON)
    disposal.submit(batch)
    with pytest.raises(OwnOpinion):
        disposal.approve(batch)
    batch.decided_by_id = cast.approver.id
    session.flush()
    session.get_one(OpinionGiver, (batch.id, cast.approver.id)).approver_id = cast.approver.id
    with pytest.raises(IntegrityError, match="approved_by_another"):
        session.flush()


def test_who_draws_a_batch_is_no_second_member_of_its_group_by_a_typed_name(
    session: Session, cast: Cast, disposal: Disposal
) -> None:
    make_withdrawn(session, cast)
    batch, keeper = disposal.draw(), cast.keeper
    spaced = "　".join(keeper.display_name)
    with pytest.raises(NamedByAccount):
        name_member(session, batch, GroupRole.MEMBER, spaced, "东区总工会", actor=keeper.actor)
    name_member(session, batch, GroupRole.ARCHIVES, "", "东区总工会", user=keeper, actor=keeper.actor)
    with pytest.raises(NamedTwice):
        name_member(session, batch, GroupRole.MEMBER, spaced, "东区总工会", actor=keeper.actor)


def test_a_member_typed_with_a_blank_or_wide_signs_in_the_name_finds_no_batch_to_decide(
    session: Session, cast: Cast, disposal: Disposal
) -> None:
    make_withdrawn(session, cast)
    batch = disposal.draw()
    cast.approver.display_name = "周 A"
    name_member(session, batch, GroupRole.ARCHIVES, "周　Ａ", "办公室", actor=cast.keeper.actor)
    session.flush()
    assert not session.scalar(select(decided_by_another(cast.approver.actor)).where(DisposalBatch.id == batch.id))
    assert session.scalar(select(decided_by_another(cast.reader.actor)).where(DisposalBatch.id == batch.id))
