"""A file that passes on leaves the clean-up of its old unit, and the old unit answers for its own years (art. 13)."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.files.models import File, WithdrawalReason
from records.files.services import withdraw
from records.upkeep.clean_up import (
    check_line,
    note_result,
)
from records.upkeep.errors import KeptElsewhere, WithdrawnAlready
from records.upkeep.models import CleanUpLine, CleanUpResult
from records.upkeep.years import in_breach, units_in_year
from tests.cast import MONDAY, Cast
from tests.records.closing.cases import make_household, offer, take
from tests.records.upkeep.campaign import Campaign, make_campaign
from units.models import Unit


@pytest.fixture
def campaign(session: Session, cast: Cast) -> Campaign:
    return make_campaign(session, cast)


def decide(session: Session, cast: Cast, line: CleanUpLine, result: CleanUpResult = CleanUpResult.KEEP) -> None:
    note_result(session, line, result, None, actor=cast.keeper.actor, today=MONDAY)


def pass_on(session: Session, cast: Cast, file: File) -> None:
    take(session, offer(session, cast, file), cast.other_keeper)
    session.flush()


def lines_about(session: Session, file: File) -> list[tuple[Unit, CleanUpResult | None]]:
    lines = session.scalars(select(CleanUpLine).where(CleanUpLine.file_id == file.id))
    return [(line.part.unit, line.result) for line in lines]


def test_a_breach_stays_with_the_unit_that_kept_the_file_that_year(session: Session, cast: Cast) -> None:
    file = make_household(session, cast.district, cast.keeper)
    file.opened_on = date(2020, 1, 1)
    session.flush()

    def answering(year: int) -> list[Unit]:
        return list(session.scalars(in_breach(cast.supervisor.actor, year)))

    assert answering(2024) == [cast.district]
    pass_on(session, cast, file)
    assert answering(2024) == [cast.district]
    assert list(session.scalars(units_in_year(cast.supervisor.actor, MONDAY.year))) == [cast.other_district]
    take(session, offer(session, cast, file, cast.street, giver=cast.other_keeper), cast.street_keeper)
    session.flush()
    assert answering(2024) == [cast.district]
    assert list(session.scalars(units_in_year(cast.supervisor.actor, MONDAY.year))) == [cast.street]


def test_what_is_finished_stays_with_the_unit_that_did_it_and_is_not_touched_again(
    session: Session, cast: Cast, campaign: Campaign
) -> None:
    line = next(line for line in campaign.lines if not line.sampled)
    decide(session, cast, line)
    pass_on(session, cast, line.file)
    assert lines_about(session, line.file) == [(cast.district, CleanUpResult.KEEP)]
    with pytest.raises(KeptElsewhere):
        decide(session, cast, line)
    with pytest.raises(KeptElsewhere):
        check_line(session, line, True, None, actor=cast.supervisor.actor, on=MONDAY)


def test_a_withdrawn_file_takes_no_result_but_withdrawal(session: Session, cast: Cast, campaign: Campaign) -> None:
    line = campaign.lines[0]
    withdraw(session, line.file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    for result in (CleanUpResult.KEEP, CleanUpResult.CHANGE, CleanUpResult.ASK):
        with pytest.raises(WithdrawnAlready, match=r"art\. 13"):
            decide(session, cast, line, result)
    decide(session, cast, line, CleanUpResult.WITHDRAW)
    assert line.result is CleanUpResult.WITHDRAW
