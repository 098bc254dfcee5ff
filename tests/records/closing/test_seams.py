"""What other rooms have under way keeps a file where it is, and a unit open (art. 14, 15)."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.closing.errors import FileInCleanUp
from records.closing.models import TransferReason
from records.closing.remains import Remains, remains_of
from records.consultation.registration import refuse_registration, register, registration_digest
from records.consultation.requests import close
from records.disposal.errors import FileInBatch, FileUnderHold
from records.disposal.holds import lift_hold, place_hold
from records.disposal.models import HoldKind
from records.exchange.models import ImportKind
from records.exchange.services import content_of, discard_run, end_check, examine, receive_sheet, start_run
from records.holdings.copies import register_copy
from records.holdings.models import PaperCopy, Place
from records.lending.requests import cancel
from records.supervision.incidents import note_recovered, report_incident
from records.supervision.models import Incident, IncidentKind
from records.upkeep.clean_up import check_line, note_result, start_clean_up
from records.upkeep.models import CleanUpPart, CleanUpResult
from storage.objects import FolderStore
from storage.sealing import vault_of
from tests.cast import MONDAY, NOON, NUMBERS, Cast, make_file, make_item
from tests.records.closing.cases import make_household, offer, take
from tests.records.consultation.office import HIMSELF, UNTIL, furnish, opened
from tests.records.disposal.conftest import disposal, place
from tests.records.disposal.office import Disposal, make_withdrawn
from tests.records.handover.office import begin as begin_handover
from tests.records.lending.asking import asked
from tests.records.supervision.office import inspect, lose
from tests.records.upkeep.campaign import make_campaign
from tests.records.workflow.conftest import desk
from tests.records.workflow.office import Desk, entry, make_draft
from units.errors import UnitClosed

__all__ = ["desk", "disposal", "place"]  # fixtures


def test_what_is_drawn_for_disposal_is_not_transferred(session: Session, cast: Cast, disposal: Disposal) -> None:
    file = make_withdrawn(session, cast)
    batch = disposal.draw()
    with pytest.raises(FileInBatch, match=batch.number):
        offer(session, cast, file, reason=TransferReason.ABOLISHED)


def test_what_is_under_hold_is_transferred_after_it_is_lifted(session: Session, cast: Cast) -> None:
    file, keeper = make_file(session, cast), cast.keeper.actor
    hold = place_hold(session, make_item(session, file, keeper), HoldKind.AUDIT, "审计", actor=keeper, at=NOON)
    with pytest.raises(FileUnderHold):
        offer(session, cast, file, reason=TransferReason.ABOLISHED)
    lift_hold(session, hold, "审计结束", actor=keeper, at=NOON)
    offer(session, cast, file)


def test_a_file_that_the_clean_up_waits_for_is_transferred_after_it_was_looked_at(session: Session, cast: Cast) -> None:
    campaign = make_campaign(session, cast)
    keeper, checker = cast.keeper.actor, cast.second_keeper.actor
    line = next(line for line in campaign.lines if not line.sampled)
    with pytest.raises(FileInCleanUp, match=rf"{line.file.code}.*2026.*art\. 13"):
        offer(session, cast, line.file)
    note_result(session, line, CleanUpResult.KEEP, None, actor=keeper, today=MONDAY)
    take(session, offer(session, cast, line.file), cast.other_keeper)

    sampled = next(line for line in campaign.lines if line.sampled)
    note_result(session, sampled, CleanUpResult.KEEP, None, actor=keeper, today=MONDAY)
    with pytest.raises(FileInCleanUp):
        offer(session, cast, sampled.file)
    check_line(session, sampled, True, None, actor=checker, on=MONDAY)
    take(session, offer(session, cast, sampled.file), cast.other_keeper)


def test_a_clean_up_begun_meanwhile_keeps_a_file_that_was_offered_until_it_was_looked_at(
    session: Session, cast: Cast
) -> None:
    file = make_file(session, cast)
    transfer = offer(session, cast, file)
    start_clean_up(session, cast.district, 2026, due_on=MONDAY, actor=cast.approver.actor, on=MONDAY)
    with pytest.raises(FileInCleanUp):
        take(session, transfer, cast.other_keeper)
    assert file.unit_id == cast.district.id


def test_a_unit_still_keeps_what_is_under_way_in_it(
    session: Session, cast: Cast, desk: Desk, disposal: Disposal
) -> None:
    make_withdrawn(session, cast)
    make_file(session, cast)
    disposal.draw()
    inspect(session, cast)
    start_clean_up(session, cast.district, 2026, due_on=MONDAY, actor=cast.approver.actor, on=MONDAY, seed="1")
    make_draft(session, desk, entry(NUMBERS[1], "陈平"))
    session.flush()
    found = remains_of(session, cast.district, NOON)
    assert [found[kind] for kind in (Remains.BATCHES, Remains.INSPECTIONS, Remains.CLEAN_UPS)] == [1, 1, 1]
    assert remains_of(session, desk.workplace, NOON)[Remains.APPLICATIONS] == 1


def test_an_incident_and_an_import_are_ended_before_their_unit_is(
    session: Session, cast: Cast, place: Place, store: FolderStore
) -> None:
    keeper = cast.keeper.actor
    item = make_item(session, make_file(session, cast), keeper)
    lose(session, cast, register_copy(session, item, place, pages_count=1, actor=keeper, at=NOON, on=MONDAY))
    upload = receive_sheet(store, vault_of(session), "姓名\n周大河".encode(), "户.csv")
    run = start_run(
        session, cast.district, ImportKind.HOUSEHOLDS, upload, file=None, keeper=cast.keeper, actor=keeper, at=NOON
    )

    def left(*kinds: Remains) -> list[int]:
        session.flush()
        found = remains_of(session, cast.district, NOON)
        return [found[kind] for kind in kinds]

    assert left(Remains.INCIDENTS, Remains.IMPORTS) == [1, 1]
    content = content_of(store, vault_of(session), run)
    end_check(session, run, examine(session, run, content, at=NOON, on=MONDAY, writes=False))
    assert left(Remains.IMPORTS) == [1]  # refused: the sheet is there still
    discard_run(session, run, actor=keeper, at=NOON)
    incident = session.scalars(select(Incident)).one()
    note_recovered(session, incident, session.scalars(select(PaperCopy)).one(), actor=keeper, on=MONDAY)
    assert left(Remains.INCIDENTS, Remains.IMPORTS) == [0, 0]


def test_people_from_outside_and_who_asked_for_paper_are_answered_before_their_unit_ends(
    session: Session, cast: Cast, store: FolderStore
) -> None:
    waiting = register(session, cast.district, HIMSELF, actor=None, at=NOON, on=MONDAY)
    reading = opened(session, store, cast, one := furnish(session, store, cast))
    request = asked(session, one.recording, cast.reader)

    def left(at: datetime = NOON) -> list[int]:
        session.flush()
        found = remains_of(session, cast.district, at)
        return [found[kind] for kind in (Remains.CONSULTATIONS, Remains.REGISTRATIONS, Remains.REQUESTS)]

    assert left() == [1, 1, 1]
    assert left(UNTIL) == [0, 1, 1]
    close(session, reading, "已查到", actor=cast.keeper.actor, at=NOON)
    refuse_registration(
        session, waiting, "未到馆", seen_sha256=registration_digest(waiting), actor=cast.keeper.actor, at=NOON
    )
    cancel(session, request, reason="单位撤销", actor=cast.keeper.actor, at=NOON, on=MONDAY)
    assert left() == [0, 0, 0]


def test_nothing_is_begun_in_a_unit_that_was_closed(session: Session, cast: Cast, desk: Desk) -> None:
    file = make_file(session, cast)
    session.flush()
    desk.workplace.closed_on = cast.district.closed_on = MONDAY
    keeper, approver = cast.keeper.actor, cast.approver.actor
    for begun in (
        lambda: make_draft(session, desk),
        lambda: inspect(session, cast),
        lambda: start_clean_up(session, cast.district, 2026, due_on=MONDAY, actor=approver, on=MONDAY),
        lambda: place_hold(session, file, HoldKind.LITIGATION, "诉讼未结", actor=approver, at=NOON),
        lambda: report_incident(
            session, cast.district, IncidentKind.DAMAGE, "受潮", found_on=MONDAY, found_by="王维", codes=[file.code],
            actor=keeper, at=NOON, on=MONDAY,
        ),
        lambda: begin_handover(session, cast),
    ):  # fmt: skip
        with pytest.raises(UnitClosed) as refused:
            begun()
        assert refused.value.article == 14


def test_a_clean_up_leaves_out_units_that_were_closed(session: Session, cast: Cast) -> None:
    make_file(session, cast)
    make_household(session, cast.street, cast.street_keeper, NUMBERS[1], "陈平")
    cast.street.closed_on = MONDAY
    start_clean_up(session, cast.city, 2026, due_on=MONDAY, actor=cast.supervisor.actor, on=MONDAY)
    assert session.scalars(select(CleanUpPart.unit_id)).all() == [cast.district.id]
