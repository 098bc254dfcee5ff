"""The condition of a paper copy is noted with its reason by who has it at hand (art. 17, 19)."""

import pytest
from sqlalchemy.orm import Session

from records.files.errors import NotTheKeepersUnit, SaidTooLittle
from records.holdings.condition import judge_condition, last_noted, note_condition
from records.holdings.copies import last_spot, put
from records.holdings.errors import CopyIsOut, NotFoundYet
from records.holdings.missing import mark_missing
from records.holdings.models import Condition
from tests.cast import MONDAY, NOON, Cast
from tests.records.lending.shelf import make_copy


def test_a_repaired_copy_is_noted_with_what_was_done(session: Session, cast: Cast) -> None:
    copy, actor = make_copy(session, cast), cast.keeper.actor
    assert last_noted(session, copy) is None
    note_condition(session, copy, Condition.DAMAGED, "SG-2026-0001", actor=actor)
    with pytest.raises(SaidTooLittle):
        judge_condition(session, copy, Condition.WORN, "修了", actor=actor)
    judge_condition(session, copy, Condition.WORN, "已托裱修复", actor=actor)
    session.commit()
    noted = last_noted(session, copy)
    assert copy.condition is Condition.WORN
    assert noted is not None
    assert (noted.details["before"], noted.details["reason"]) == ({"condition": "damaged"}, "已托裱修复")


def test_only_its_keeper_judges_a_copy_and_only_at_hand(session: Session, cast: Cast) -> None:
    copy, actor = make_copy(session, cast), cast.keeper.actor
    with pytest.raises(NotTheKeepersUnit):
        judge_condition(session, copy, Condition.WORN, "封面磨损", actor=cast.other_keeper.actor)
    put(session, copy, cast.reader, actor=actor, at=NOON, reason="Lent")
    with pytest.raises(CopyIsOut):
        judge_condition(session, copy, Condition.WORN, "封面磨损", actor=actor)
    put(session, copy, last_spot(session, copy), actor=actor, at=NOON, reason="Taken back")
    mark_missing(session, copy, "SG-2026-0001", actor=actor, on=MONDAY)
    with pytest.raises(NotFoundYet):
        judge_condition(session, copy, Condition.WORN, "封面磨损", actor=actor)
