"""Article 13: late duties are listed per unit, and a year without a closed clean-up is a breach."""

from datetime import date, timedelta

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from accounts.roles import Actor
from records.files.living import TwinDuty
from records.files.models import WithdrawalReason
from records.files.services import withdraw
from records.files.withdrawals import return_to_help
from records.upkeep.clean_up import check_line, keep_all, start_clean_up
from records.upkeep.lateness import days_late, late_by_unit
from records.upkeep.models import CleanUpLine, CleanUpPart
from records.upkeep.reporting import close_part
from records.upkeep.years import cleaned_up_late, in_breach, units_in_year
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, Cast, make_file
from tests.printing import paper
from tests.regulation.in_step import DUE_OF_MONDAY, TUESDAY, adjust


def test_late_duties_are_listed_per_unit_and_seen_from_above(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    adjust(session, file, cast.keeper.actor, MONDAY, address="河街道 2 号")
    after = DUE_OF_MONDAY + timedelta(days=3)
    assert late_by_unit(session, cast.supervisor.actor, DUE_OF_MONDAY) == []
    [(unit, count, first)] = late_by_unit(session, cast.supervisor.actor, after)
    assert (unit.name, count, first) == (cast.district.name, 1, DUE_OF_MONDAY)
    assert days_late(session.scalars(select(TwinDuty)).one(), after) == 3
    assert late_by_unit(session, cast.other_keeper.actor, after) == []


def test_a_year_without_a_closed_clean_up_is_a_breach_of_each_unit_with_active_files(
    session: Session, cast: Cast, store: FolderStore, workshop: Workshop
) -> None:
    file = make_file(session, cast, on=date(2024, 5, 6))
    reader = cast.supervisor.actor
    assert breaches(session, reader, 2023) == []  # it had no file then
    assert breaches(session, reader, 2024) == breaches(session, reader, 2025) == [cast.district.name]
    clean_up = start_clean_up(
        session, cast.district, 2025, due_on=TUESDAY, actor=cast.keeper.actor, on=MONDAY, seed="s"
    )  # fmt: skip
    part = session.scalars(select(CleanUpPart).where(CleanUpPart.clean_up_id == clean_up.id)).one()
    assert breaches(session, reader, 2025) == [cast.district.name]  # begun is not closed
    keep_all(session, part, true(), actor=cast.keeper.actor, today=MONDAY)
    line = session.scalars(select(CleanUpLine)).one()
    assert line.file_id == file.id
    check_line(session, line, True, None, actor=cast.supervisor.actor, on=MONDAY)
    close_part(
        session,
        part,
        "在档1户，保留1户。",
        actor=cast.keeper.actor,
        store=store,
        workshop=workshop,
        at=NOON,
        on=TUESDAY,
    )
    assert breaches(session, reader, 2025) == []
    late = units_in_year(reader, 2025).where(cleaned_up_late(2025))
    assert session.scalars(late).all() == [cast.district]  # what is done in the next year stays late
    assert (part.clean_up.last_day, part.days_late) == (date(2025, 12, 31), (TUESDAY - date(2025, 12, 31)).days)
    assert part.report_item is not None
    assert f"逾期{part.days_late}天办结" in paper.filed(session, store, part.report_item)
    assert breaches(session, reader, 2024) == [cast.district.name]


def test_a_household_out_of_help_as_the_year_ended_asks_for_no_clean_up(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast, on=date(2023, 1, 9)), cast.keeper.actor
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=date(2024, 6, 3), today=date(2024, 6, 3))
    return_to_help(session, file, "因病再度困难", actor=cast.approver.actor, on=date(2025, 2, 3), today=MONDAY)
    found = [breaches(session, cast.supervisor.actor, year) for year in (2023, 2024, 2025)]
    assert found == [[cast.district.name], [], [cast.district.name]]


def breaches(session: Session, reader: Actor, year: int) -> list[str]:
    return [unit.name for unit in session.scalars(in_breach(reader, year))]
