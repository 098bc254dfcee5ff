"""A file that passes on leaves the clean-up of its old unit, and the old unit answers for its own years (art. 13)."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.files.living import Withdrawal
from records.files.models import File, WithdrawalReason
from records.files.services import withdraw
from records.files.withdrawals import return_to_help
from records.upkeep.clean_up import (
    check_line,
    note_result,
    renew_list,
)
from records.upkeep.errors import KeptElsewhere, WithdrawnAlready
from records.upkeep.models import CleanUpLine, CleanUpResult
from records.upkeep.years import active_in, in_breach, units_in_year
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


def test_a_year_is_of_the_unit_that_had_the_file_as_it_ended_though_it_moved_before_and_since(
    session: Session, cast: Cast
) -> None:
    file = make_household(session, cast.district, cast.keeper)
    file.opened_on = date(2020, 1, 1)
    first = offer(session, cast, file)
    take(session, first, cast.other_keeper)
    first.passed_on = date(2024, 6, 3)
    take(session, offer(session, cast, file, cast.street, giver=cast.other_keeper), cast.street_keeper)
    session.flush()
    units = [cast.district.id, cast.other_district.id, cast.street.id]
    for year, unit in ((2023, cast.district), (2024, cast.other_district), (2025, cast.other_district)):
        assert session.scalars(in_breach(cast.supervisor.actor, year)).all() == [unit]
        assert active_in(session, year, units) == {unit.id: 1}
    assert active_in(session, MONDAY.year, units) == {cast.street.id: 1}


def test_a_household_that_came_back_on_the_last_day_was_helped_as_the_year_ended(session: Session, cast: Cast) -> None:
    file = make_household(session, cast.district, cast.keeper)
    file.opened_on = date(2024, 1, 1)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    return_to_help(session, file, "因病再度困难", actor=cast.approver.actor, on=MONDAY, today=MONDAY)
    gone = session.scalars(select(Withdrawal)).one()
    gone.withdrawn_on, gone.returned_on = date(2025, 3, 3), date(2025, 12, 31)
    session.flush()
    assert active_in(session, 2025, [cast.district.id]) == {cast.district.id: 1}
    gone.returned_on = date(2026, 1, 1)
    session.flush()
    assert active_in(session, 2025, [cast.district.id]) == {}


def test_the_sample_is_drawn_from_what_the_unit_has_still(session: Session, cast: Cast, campaign: Campaign) -> None:
    line = next(line for line in campaign.lines if not line.sampled)
    decide(session, cast, line)
    pass_on(session, cast, line.file)
    campaign.part.sampling_percent = 100
    renew_list(session, campaign.part, actor=cast.keeper.actor, on=MONDAY)
    sampled = session.scalars(select(CleanUpLine.file_id).where(CleanUpLine.sampled)).all()
    assert set(sampled) == {each.file_id for each in campaign.lines} - {line.file_id}


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
