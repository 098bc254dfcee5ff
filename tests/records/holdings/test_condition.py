"""The condition of a paper copy is noted with its reason by who has it at hand (art. 17, 19)."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.files.errors import NotTheKeepersUnit, SaidTooLittle
from records.holdings.cases import open_damage_case
from records.holdings.condition import judge_condition, last_noted, note_condition, note_damage
from records.holdings.copies import last_spot, put, register_copy
from records.holdings.errors import CopyIsOut, DamageCaseOpen, NotFoundYet
from records.holdings.missing import mark_missing
from records.holdings.models import Condition
from records.supervision.incidents import close_incident
from records.supervision.models import Incident, Outcome
from tests.cast import MONDAY, NOON, Cast
from tests.records.lending.shelf import make_copy

WHEN = {"at": NOON, "on": MONDAY}


def test_a_repaired_copy_is_noted_with_what_was_done(session: Session, cast: Cast) -> None:
    copy, actor = make_copy(session, cast), cast.keeper.actor
    assert last_noted(session, copy) is None
    note_condition(session, copy, Condition.DAMAGED, "SG-2026-0001", actor=actor)
    with pytest.raises(SaidTooLittle):
        judge_condition(session, copy, Condition.WORN, "修了", actor=actor, **WHEN)
    judge_condition(session, copy, Condition.WORN, "已托裱修复", actor=actor, **WHEN)
    session.commit()
    noted = last_noted(session, copy)
    assert copy.condition is Condition.WORN
    assert noted is not None
    assert (noted.details["before"], noted.details["reason"]) == ({"condition": "damaged"}, "已托裱修复")


def test_only_its_keeper_judges_a_copy_and_only_at_hand(session: Session, cast: Cast) -> None:
    copy, actor = make_copy(session, cast), cast.keeper.actor
    with pytest.raises(NotTheKeepersUnit):
        judge_condition(session, copy, Condition.WORN, "封面磨损", actor=cast.other_keeper.actor, **WHEN)
    put(session, copy, cast.reader, actor=actor, at=NOON, reason="Lent")
    with pytest.raises(CopyIsOut):
        judge_condition(session, copy, Condition.WORN, "封面磨损", actor=actor, **WHEN)
    put(session, copy, last_spot(session, copy), actor=actor, at=NOON, reason="Taken back")
    mark_missing(session, copy, "SG-2026-0001", actor=actor, on=MONDAY)
    with pytest.raises(NotFoundYet):
        judge_condition(session, copy, Condition.WORN, "封面磨损", actor=actor, **WHEN)


def test_damage_the_keeper_finds_is_an_incident_and_stays_until_its_case_is_closed(
    session: Session, cast: Cast
) -> None:
    copy, actor = make_copy(session, cast), cast.keeper.actor
    case = judge_condition(session, copy, Condition.DAMAGED, "复查发现水渍破损", actor=actor, **WHEN)
    assert (copy.condition, open_damage_case(session, copy)) == (Condition.DAMAGED, case)
    with pytest.raises(DamageCaseOpen, match=case):
        judge_condition(session, copy, Condition.GOOD, "看上去完好", actor=actor, **WHEN)
    incident = session.scalars(select(Incident)).one()
    close_incident(session, incident, Outcome.REPAIRED, "已托裱修复", actor=cast.approver.actor, at=NOON, on=MONDAY)
    assert judge_condition(session, copy, Condition.GOOD, "已托裱修复", actor=actor, **WHEN) is None
    assert copy.condition is Condition.GOOD


def test_damage_of_a_file_is_that_of_its_only_copy_and_says_who_found_it(session: Session, cast: Cast) -> None:
    copy, actor = make_copy(session, cast), cast.keeper.actor
    note_damage(session, copy.item.file, "CY-2026-0001", actor=actor, found_by="苏念安")
    session.commit()
    noted = last_noted(session, copy)
    assert copy.condition is Condition.DAMAGED
    assert noted is not None
    assert noted.details["found_by"] == "苏念安"
    other = register_copy(session, copy.item, copy.box, pages_count=1, actor=actor, at=NOON, on=MONDAY)
    copy.condition = Condition.GOOD
    note_damage(session, copy.item, "CY-2026-0002", actor=actor)
    assert (copy.condition, other.condition) == (Condition.GOOD, Condition.GOOD)
