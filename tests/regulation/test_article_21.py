"""Article 21: decisions are made by the rules of their day; what is older keeps its own and is looked at again."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, true
from sqlalchemy.orm import Session

from classification import eligibility
from classification.articles import PUBLISHED_ON
from classification.eligibility import NoRuleSet, rule_set
from records.browse.files import FileFilter
from records.upkeep.clean_up import keep_all, start_clean_up
from records.upkeep.models import CleanUpLine, CleanUpPart
from rules.services import rulebook, set_rule
from tests.cast import MONDAY, NOON, NUMBERS, Cast, make_file

ONE_DAY = timedelta(days=1)


def test_the_measures_decide_from_the_day_of_publication() -> None:
    assert date(2016, 12, 26) == PUBLISHED_ON
    assert rule_set(PUBLISHED_ON).key == "cq-2016-90"
    with pytest.raises(NoRuleSet):
        rule_set(PUBLISHED_ON - ONE_DAY)


def test_a_later_national_rule_set_decides_from_its_day_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    first = rule_set(PUBLISHED_ON)
    later = replace(first, key="national-2022", in_force_from=date(2022, 1, 1))
    monkeypatch.setattr(eligibility, "RULE_SETS", (later, first))  # in whatever order they are written
    assert rule_set(date(2021, 12, 31)).key == "cq-2016-90"
    assert rule_set(date(2022, 1, 1)).key == "national-2022"


def test_an_old_value_decides_the_days_on_which_it_held(session: Session, cast: Cast) -> None:
    for text, on in (("500", date(2017, 1, 1)), ("700", date(2025, 1, 1))):
        set_rule(
            session,
            cast.district,
            "subsistence_line",
            text,
            in_force_from=on,
            because="补录",
            source="东民发",
            actor=cast.approver.actor,
            at=NOON,
        )
        session.flush()
    lines = [rulebook(session, cast.street, on).bounds.line for on in (date(2024, 12, 31), date(2025, 1, 1))]
    assert lines == [Decimal(500), Decimal(700)]


def test_an_older_file_is_listed_until_a_clean_up_has_looked_at_it(session: Session, cast: Cast) -> None:
    older, younger = (
        make_file(session, cast, on=PUBLISHED_ON - ONE_DAY),
        make_file(session, cast, number=NUMBERS[1], name="陈平"),
    )
    listed = FileFilter(flaw="older", on=MONDAY).files(cast.keeper.actor)
    assert session.scalars(listed).all() == [older]
    start_clean_up(session, cast.city, 2026, due_on=date(2026, 12, 31), actor=cast.supervisor.actor, on=MONDAY)
    session.flush()
    part = session.scalars(select(CleanUpPart)).one()
    marks = {line.file_id: line.older_rules for line in session.scalars(select(CleanUpLine))}
    assert marks == {older.id: True, younger.id: False}
    keep_all(session, part, true(), actor=cast.keeper.actor, today=MONDAY)
    assert session.scalars(listed).all() == []
