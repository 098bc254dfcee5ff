"""The chain of custody of a file reads as one page (art. 16)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask import session as browser
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from audit import UseEntry
from records.browse.custody import chain_of
from records.files.models import File
from records.handover.models import Handover
from records.handover.services import cancel, start
from records.holdings.boxes import move_box
from records.holdings.copies import destroy_copy, move_copy
from records.lending.models import Loan
from records.lending.services import lend, take_back
from records.lending.undoing import undo
from records.supervision.incidents import note_recovered, report_incident
from records.supervision.models import IncidentKind
from storage.database import Database
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, Cast
from tests.conftest import SignedIn
from tests.printing import paper
from tests.records.handover.office import Office, Pen, begin, confirm_all, make_office
from tests.records.handover.test_views import found_cast, merged, text
from tests.records.lending.shelf import make_copy, make_place

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def office(session: Session, cast: Cast) -> Office:
    return make_office(session, cast)


@pytest.fixture
def pen(session: Session, store: FolderStore, workshop: Workshop) -> Pen:
    return Pen(session, store, workshop)


def told(session: Session, file: File, app: Flask) -> list[tuple[str, str]]:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        browser["language"] = "en"
        return [(step.what, step.details) for step in chain_of(session, file, ZONE)]


def test_keepers_handovers_places_and_loans_stand_in_one_chain(
    session: Session, cast: Cast, office: Office, pen: Pen, app: Flask
) -> None:
    file = office.files[1]
    take_back(session, office.loan, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    far = make_place(session, cast, "二库")
    move_box(session, office.box, far, actor=cast.keeper.actor, at=NOON)
    handover = begin(session, cast)
    confirm_all(session, handover)
    pen.sign_all(handover)
    session.flush()
    steps = told(session, file, app)
    whats = [what for what, _ in steps]
    assert whats[0] == "File opened"
    for said in ("Kept by 王维", "Kept by 赵敏", f"Handover {handover.number}", "The whole file lent to 李读"):
        assert said in whats, said
    assert "Box H-0001 to 二库" in whats
    assert "Paper to box H-0001" in whats
    assert whats.index("Kept by 王维") < whats.index("Kept by 赵敏")


def test_a_slip_at_the_desk_is_no_step_of_the_chain(session: Session, cast: Cast, office: Office, app: Flask) -> None:
    loan = lend(session, office.filed, cast.reader, purpose="复核", days=7, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    assert "The whole file lent to 李读" in [what for what, _ in told(session, office.files[0], app)]
    undo(session, loan, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    assert "The whole file lent to 李读" not in [what for what, _ in told(session, office.files[0], app)]


def test_what_happened_on_one_day_stands_in_the_order_in_which_it_happened(
    session: Session, cast: Cast, office: Office, pen: Pen, app: Flask
) -> None:
    file, far = office.files[1], make_place(session, cast, "二库")
    hour = timedelta(hours=1)
    take_back(session, office.loan, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    move_box(session, office.box, far, actor=cast.keeper.actor, at=NOON + hour)
    again = lend(
        session, office.out, cast.second_keeper, purpose="复核", days=7, actor=cast.keeper.actor, at=NOON + 2 * hour,
        on=MONDAY,
    )  # fmt: skip
    take_back(session, again, actor=cast.keeper.actor, at=NOON + 3 * hour, on=MONDAY)
    session.flush()
    whats = [what for what, _ in told(session, file, app)]
    assert whats[:2] == ["File opened", "Kept by 王维"]
    lent = "The whole file lent to"
    in_order = ["Paper to box H-0001", f"{lent} 李读", "Box H-0001 to 二库", f"{lent} 赵敏"]
    assert [what for what in whats if what in in_order] == in_order


def test_a_step_before_eight_in_the_morning_stands_under_the_day_of_the_office(
    session: Session, cast: Cast, office: Office, app: Flask
) -> None:
    early = datetime(2026, 3, 5, 23, 30, tzinfo=UTC)  # half past seven on the 6th
    move_box(session, office.box, make_place(session, cast, "二库"), actor=cast.keeper.actor, at=early)
    session.flush()
    with app.test_request_context():
        steps = chain_of(session, office.files[1], ZONE)
    assert [step.on for step in steps if step.what.startswith(("Box", "档案盒"))] == [date(2026, 3, 6)]


def test_a_slip_or_a_cancelled_handover_does_not_move_the_steps_of_its_day(
    session: Session, cast: Cast, office: Office, pen: Pen, app: Flask
) -> None:
    file, hour = office.files[0], timedelta(hours=1)
    keeper, copy = cast.keeper.actor, office.filed

    def lent(at: datetime) -> Loan:
        made = lend(session, copy, cast.reader, purpose="复核", days=7, actor=keeper, at=at, on=MONDAY)
        session.flush()
        return made

    undo(session, lent(NOON), actor=keeper, at=NOON, on=MONDAY)
    move_box(session, office.box, make_place(session, cast, "二库"), actor=keeper, at=NOON + hour)
    take_back(session, lent(NOON + 2 * hour), actor=keeper, at=NOON + 3 * hour, on=MONDAY)
    handover = begin(session, cast)
    confirm_all(session, handover)
    pen.sign_all(handover)
    again = start(
        session, cast.district, cast.second_keeper, cast.keeper, cast.approver, reason="返岗",
        actor=cast.second_keeper.actor, at=NOON + 5 * hour, on=MONDAY,
    )  # fmt: skip
    cancel(session, again, "不返岗", actor=cast.second_keeper.actor, on=MONDAY)
    session.flush()
    whats = [what for what, _ in told(session, file, app)]
    assert whats.index("Box H-0001 to 二库") < whats.index("The whole file lent to 李读")
    assert whats.index("Kept by 赵敏") < whats.index(f"Handover {again.number}")


def test_what_was_lost_of_a_file_stands_in_its_chain(
    session: Session, cast: Cast, office: Office, app: Flask
) -> None:  # fmt: skip
    session.commit()
    incident = report_incident(
        session, cast.district, IncidentKind.LOSS, "清点时未见", found_on=MONDAY, found_by="王维",
        codes=[office.filed.barcode], actor=cast.keeper.actor, at=NOON, on=MONDAY,
    )  # fmt: skip
    session.flush()
    assert ("Loss", f"Incident {incident.number}") in told(session, office.files[0], app)
    assert ("Loss", f"Incident {incident.number}") not in told(session, office.files[1], app)


def test_a_case_ends_in_the_chain_when_it_ended_and_not_after_all_else_of_its_day(
    session: Session, cast: Cast, office: Office, app: Flask
) -> None:  # fmt: skip
    session.commit()
    at, keeper = datetime.now(ZONE), cast.keeper.actor
    incident = report_incident(
        session, cast.district, IncidentKind.LOSS, "清点时未见", found_on=at.date(), found_by="王维",
        codes=[office.filed.barcode], actor=keeper, at=at, on=at.date(),
    )  # fmt: skip
    note_recovered(session, incident, office.filed, actor=keeper, on=at.date())
    session.commit()
    later = at + timedelta(minutes=1)
    move_box(session, office.box, make_place(session, cast, "二库"), actor=keeper, at=later)
    session.flush()
    assert [what for what, _ in told(session, office.files[0], app)][-3:] == [
        "Loss",
        "Found again",
        "Box H-0001 to 二库",
    ]


def test_destroyed_paper_is_told_by_its_list(session: Session, cast: Cast, office: Office, app: Flask) -> None:
    session.commit()
    destroy_copy(session, office.filed, "XH-2026-0009", actor=cast.keeper.name, at=NOON, on=MONDAY)
    session.flush()
    assert told(session, office.files[0], app)[-1] == (
        "Paper destroyed, list XH-2026-0009", "1 paper copy; from box H-0001",
    )  # fmt: skip


def test_longer_chains_need_no_more_queries(session: Session, cast: Cast, office: Office, app: Flask) -> None:
    asked: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def count() -> int:
        session.flush()
        session.expire_all()
        file = session.get_one(File, office.files[0].id)
        assert file.unit
        asked.clear()
        told(session, file, app)
        return len(asked)

    few = count()
    for number in range(3, 9):
        copy = make_copy(session, cast, f"P-100{number}", file=office.files[0], box=office.box)
        move_copy(session, copy, office.place, actor=cast.keeper.actor, at=NOON)
    assert count() == few


def test_the_chain_is_for_custodians_and_prints(database: Database, signed_in: SignedIn) -> None:
    cast = found_cast(database)
    with database.begin() as session:
        make_office(session, merged(database, session, cast))
        begin(session, merged(database, session, cast))
        assert session.scalars(select(Handover)).one()
    keeper = signed_in("keeper")
    page = keeper.get("/files/1/custody")
    assert "Handover YJ-2026-0001" in text(page)
    assert 'href="/files/1/custody"' in keeper.get("/files/1").text
    words = paper.words(keeper.get("/files/1/custody.pdf").data)
    assert "Chainofcustody" in words
    assert "周大河" not in words
    with database.reading() as session:
        assert "content.printed" in session.scalars(select(UseEntry.action)).all()
    for name in ("reader", "west.keeper", "inquirer"):
        assert signed_in(name).get("/files/1/custody").status_code in (403, 404)
    keeper.post("/language/zh")
    assert "保管链" in text(keeper.get("/files/1/custody"))
