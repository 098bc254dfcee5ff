"""Every route of the application with every role: nobody gets past a guard, nobody sees the other district."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.routing import IntegerConverter, Rule

from accounts.guard import guard_of
from accounts.models import User, UserSession
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role, open_account, start_session
from audit import AuditEntry
from classification.categories import Category
from records.aid.models import AidKind
from records.aid.services import AidEntry, give_aid
from records.closing.models import (
    ClosingState,
    CustodyOnBehalf,
    FileTransfer,
    TransferReason,
    TransferState,
    UnitClosing,
)
from records.consultation.models import Certificate, ConsultationItem, Redaction, Way
from records.consultation.registration import InquirerEntry, confirm, register, registration_digest
from records.consultation.requests import Request, file_request
from records.disposal.models import BatchState, DisposalBatch, DisposalPart, DisposalSignature
from records.exchange.models import ImportKind, ImportRun, RunState
from records.files.codes import HOUSEHOLD_PERIOD
from records.files.duties import note_by_hand
from records.files.living import ReviewGround
from records.files.models import File, Item, WithdrawalReason
from records.files.services import open_household_file, withdraw
from records.files.withdrawals import return_to_help, suggest_withdrawal
from records.handover.models import CaseKind, HandoverCase, HandoverLine
from records.handover.services import start as start_handover
from records.holdings.boxes import add_box
from records.holdings.copies import register_copy
from records.holdings.intake import attach, receive_bytes
from records.holdings.models import DigitalObject, Place, PlaceKind
from records.holdings.places import add_place
from records.lending.approving import name_deputy
from records.lending.requests import ask
from records.lending.services import lend
from records.notices.models import Notice, NoticeKind
from records.stocktake.services import start as start_stocktake
from records.supervision.incidents import report_incident
from records.supervision.models import IncidentKind
from records.upkeep.clean_up import start_clean_up
from records.upkeep.models import Determination
from records.workflow.drafting import add_document, draft
from records.workflow.models import Application, Objection, Origin, PublicNotice
from storage.database import Base, Database
from storage.objects import ObjectStore
from tests.cast import MONDAY, NOON, NUMBERS, PASSWORD, find_cast, household_entry, make_item
from tests.records.supervision.office import inspect, note
from tests.records.workflow.office import document
from units.models import Unit
from web.transaction import store

SECRETS = (
    "韩西陵",
    "河街道 1 号",
    "西区的申请书",
    "西区的事故",
    "scan-of-the-west",
    "P-WEST-1",
    "韩东陵",
    "西区的收入证明",
    "西区的变更",
    "西区的房产",
    "西区的借阅",
    "西区的授权",
    "西区的查档",
    "韩西来",
    "西区库房",
    "西区的遮盖",
    "西区的证明",
    "西区的交接",
    "西区的差异",
    "西区的通知",
    "西区的资金",
    "西区公示栏",
    "西区的移交",
    "西区的销毁",
    "西区的异议",
    "西区的重新认定",
    "西区的导入",
    "西区的代管",
    "西区的撤销",
)
TURNED_AWAY = {302, 303, 403, 404}
LAST = "accounts.sign_out"  # it ends the session of the walk


@dataclass(frozen=True)
class Stranger:
    """A browser in which somebody of the district with one role has signed in; with None, nobody has."""

    role: Role | None
    client: FlaskClient

    def passes(self, guard: object) -> bool:
        """Whether the guard of a route lets this person in at all."""
        if guard == "public" or self.role is None:
            return guard == "public"
        if guard == "from inside":
            return self.role is not Role.INQUIRER
        return guard == "signed in" or (isinstance(guard, tuple) and not self.role.permissions.isdisjoint(guard))


def test_no_route_lets_anybody_past_its_guard_or_shows_the_other_district(app: Flask, database: Database) -> None:
    with database.begin() as session, app.app_context():
        fill_other_district(session, store())
    with database.reading() as session:
        rows = foreign_rows(session)
    faults = [
        f"{method} {rule} as {stranger.role or 'nobody'}: {fault}"
        for stranger in strangers(app, database)
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint == LAST)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if not rule.endpoint.endswith("static")
        for fault in faults_of(app, database, stranger, rule, method, rows)
    ]
    assert faults == []


def faults_of(
    app: Flask, database: Database, stranger: Stranger, rule: Rule, method: str, rows: dict[str, int | None]
) -> Iterator[str]:
    """What is wrong with the answer of one route to one person."""
    guard, of_a_row = guard_of(app, rule.endpoint), any(name.endswith("_id") for name in rule.arguments)
    before = changes(database) if of_a_row else 0
    values = {name: value_of(name, rule, rows) for name in rule.arguments}
    path = app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
    answer = stranger.client.open(path, method=method)
    if guard is None:
        yield "the route has no guard"
    if answer.status_code >= 500:
        yield f"answers {answer.status_code}"
    if any(secret.encode() in answer.get_data() for secret in SECRETS):
        yield "shows what is the other district's"
    if not stranger.passes(guard):
        if stranger.role is not None and answer.status_code != 403:
            yield f"answers {answer.status_code} to somebody without the permission"
        if stranger.role is None and not (
            answer.status_code == 401 or answer.headers.get("Location", "").startswith("/sign-in")
        ):
            yield f"answers {answer.status_code} to nobody"
    if of_a_row:
        if stranger.role is not None and answer.status_code not in TURNED_AWAY:
            yield f"answers {answer.status_code} about a row of the other district"
        if changes(database) != before:
            yield "changes a row of the other district"


def strangers(app: Flask, database: Database) -> Iterator[Stranger]:
    """Nobody, and one person per role, all of the district, which has no archives of its own."""
    yield Stranger(None, app.test_client())
    for role in Role:
        with database.begin() as session:
            path = session.scalars(select(Unit.path).where(Unit.name == "东区总工会")).one()
            name = f"stranger.{role.value.replace('_', '.')}"
            user = open_account(session, name, "生人", PASSWORD, path, actor=OPERATOR, at=NOON)
            session.flush()
            grant_role(session, user, role, path, actor=OPERATOR, at=NOON)
            _, token = start_session(session, user, address="", browser="", at=NOON, minutes=60)
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["token"] = token
        yield Stranger(role, client)


def fill_other_district(session: Session, objects: ObjectStore) -> None:
    """A household file of the other district with scan, paper and loan, and one row of whatever is done with files."""
    unit = session.scalars(select(Unit).where(Unit.name == "西区总工会")).one()
    keeper = session.scalars(select(User).where(User.name == "west.keeper")).one()
    actor = keeper.actor
    file = open_household_file(session, unit, household_entry(name="韩西陵"), keeper=keeper, actor=actor, on=MONDAY)
    item = make_item(session, file, actor, "西区的申请书")
    scan = receive_bytes(objects, BytesIO(b"a scan"), "scan-of-the-west.txt", limit_bytes=100)
    attach(session, item, scan, actor=actor, at=NOON)
    place = add_place(session, unit, PlaceKind.REPOSITORY, "西区库房", actor=actor)
    session.flush()
    copy = register_copy(session, item, place, pages_count=1, actor=actor, at=NOON, on=MONDAY, barcode="P-WEST-1")
    session.flush()
    lend(session, copy, keeper, purpose="核对", days=7, actor=actor, at=NOON, on=MONDAY)
    ask(session, file, "西区的借阅", days=7, actor=actor, at=NOON, on=MONDAY, paper_reason="核对原件", partial=True)
    leader = open_account(session, "west.approver", "钱领", PASSWORD, unit.path, actor=OPERATOR, at=NOON)
    session.flush()
    grant_role(session, leader, Role.APPROVER, unit.path, actor=OPERATOR, at=NOON)
    name_deputy(
        session,
        unit,
        keeper,
        from_on=MONDAY,
        until_on=MONDAY,
        reason="西区的授权",
        actor=leader.actor,
        at=NOON,
        on=MONDAY,
    )
    help_given = AidEntry(MONDAY, AidKind.LIVING, Decimal(500), "西区的资金")
    give_aid(session, file, help_given, actor=actor, at=NOON, on=MONDAY)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    return_to_help(session, file, "西区的返困", actor=leader.actor, on=MONDAY, today=MONDAY)
    note_by_hand(session, file, "西区的变更", actor=actor, on=MONDAY, today=MONDAY)
    suggest_withdrawal(session, file, ReviewGround.HOMES, "西区的房产", actor=actor, on=MONDAY)
    start_clean_up(session, unit, MONDAY.year, due_on=MONDAY, actor=actor, on=MONDAY)
    add_box(
        session, place, Category.ORIGINAL, MONDAY.year, HOUSEHOLD_PERIOD, keeper=keeper, actor=actor, at=NOON, on=MONDAY
    )  # fmt: skip
    application = draft(
        session, unit, household_entry(NUMBERS[1], "韩东陵"), origin=Origin.OWN, applied_on=MONDAY, actor=actor,
        at=NOON, on=MONDAY,
    )  # fmt: skip
    add_document(session, application, document(title="西区的收入证明"), actor=actor, at=NOON, on=MONDAY)
    start_session(session, keeper, address="", browser="", at=NOON, minutes=60)
    cast = find_cast(session)
    note(session, cast, inspect(session, cast, unit=unit), codes=[file.code])
    report_incident(
        session, unit, IncidentKind.DAMAGE, "西区的事故", found_on=MONDAY, found_by="钱西", codes=[file.code],
        actor=actor, at=NOON, on=MONDAY,
    )  # fmt: skip

    consult_other_district(session, keeper, scan_of(session, item))
    count_and_pass_on(session, unit, place, keeper, leader)
    end_other_district(session, file, application, cast.city, keeper, leader)


def scan_of(session: Session, item: Item) -> DigitalObject:
    return session.scalars(select(DigitalObject).where(DigitalObject.item_id == item.id)).one()


def consult_other_district(session: Session, keeper: User, scan: DigitalObject) -> None:
    """Somebody registered there who asks for the own file, an item left in the scope, a black part, a certificate."""
    unit, actor = scan.item.file.unit, keeper.actor
    person = InquirerEntry("韩西来", NUMBERS[2], "13800004517")
    inquirer = register(session, unit, person, actor=actor, at=NOON, on=MONDAY)
    confirm(
        session,
        inquirer,
        account="west.inquirer",
        password=PASSWORD,
        seen_sha256=registration_digest(inquirer),
        actor=actor,
        at=NOON,
    )
    request = Request(Way.SCREEN, "西区的查档", "西区的查档", own_file=True)
    one = file_request(session, inquirer, request, None, actor=actor, at=NOON, on=MONDAY)
    session.add_all(
        [
            ConsultationItem(consultation_id=one.id, item_id=scan.item_id, pages=None),
            Redaction(
                object_id=scan.id, page=1, left_permille=0, top_permille=0, width_permille=9, height_permille=9,
                reason="西区的遮盖", marked_by=keeper.name, marked_at=NOON,
            ),
            Certificate(
                number="DZ-2026-0001", code="0" * 16, consultation_id=one.id, statement="西区的证明", sources="",
                made_on=MONDAY, made_by=keeper.name, key="certificates/none", sha256="0" * 64,
                content_sha256="0" * 64, item_id=scan.item_id,
            ),
        ]
    )  # fmt: skip


def count_and_pass_on(session: Session, unit: Unit, place: Place, keeper: User, leader: User) -> None:
    """A stocktake, a handover with a difference that is somebody's to settle, and a notice."""
    actor = keeper.actor
    start_stocktake(session, place, keeper, leader, actor=actor, at=NOON, on=MONDAY)
    receiver = open_account(session, "west.second", "赵二", PASSWORD, unit.path, actor=OPERATOR, at=NOON)
    session.flush()
    grant_role(session, receiver, Role.KEEPER, unit.path, actor=OPERATOR, at=NOON)
    handover = start_handover(
        session, unit, keeper, receiver, leader, reason="西区的交接", actor=actor, at=NOON, on=MONDAY
    )
    line = session.scalars(select(HandoverLine).where(HandoverLine.handover_id == handover.id).limit(1)).one()
    session.add_all(
        [
            HandoverCase(
                number="西区的差异", handover_id=handover.id, line_id=line.id, kind=CaseKind.MISSING,
                owner_id=receiver.id, due_on=MONDAY, opened_on=MONDAY,
            ),
            Notice(
                user_id=keeper.id, key="x", rule="handover.started", kind=NoticeKind.WAITS, subject_id=handover.id,
                facts={"number": "西区的通知"}, told_at=NOON,
            ),
        ]
    )  # fmt: skip


def end_other_district(
    session: Session, file: File, application: Application, to: Unit, keeper: User, leader: User
) -> None:
    """A class to confirm, an objection, an import; a transfer, custody on behalf, the unit's closing and a disposal.

    No file takes all of these steps at a time, so their rows are written as they are.
    """
    unit = file.unit
    notice = PublicNotice(
        application_id=application.id, name="西区公示栏", members_count=1, place="西区公示栏", posted_on=MONDAY,
        days_count=5, last_on=MONDAY + timedelta(days=5),
    )  # fmt: skip
    transfer = FileTransfer(
        number="西区的移交", file_id=file.id, from_unit_id=unit.id, to_unit_id=to.id, reason=TransferReason.ON_BEHALF,
        grounds="西区的移交", code=file.code, title=file.title, witness_id=leader.id, giver_id=keeper.id,
        state=TransferState.PROPOSED, proposed_at=NOON,
    )  # fmt: skip
    batch = DisposalBatch(
        number="西区的销毁", unit_id=unit.id, category=Category.ORIGINAL, state=BatchState.APPRAISAL,
        proposed_by_id=keeper.id, proposed_at=NOON, rules={}, witnesses_count=0,
    )  # fmt: skip
    session.add_all([notice, transfer, batch])
    session.flush()
    session.add_all(
        [
            Objection(notice_id=notice.id, raised_on=MONDAY, text="西区的异议", recorder_id=keeper.id),
            Determination(
                file_id=file.id, assessment={}, rules={}, grounds="西区的重新认定", proposed_on=MONDAY,
                proposed_by=keeper.name,
            ),
            ImportRun(
                kind=ImportKind.HOUSEHOLDS, state=RunState.CHECKED, unit_id=unit.id, name="西区的导入",
                key="imports/none", sha256="0" * 64, size_bytes=1, started_by=keeper.id, started_at=NOON,
            ),
            CustodyOnBehalf(
                file_id=file.id, owner_id=unit.id, keeper_unit_id=to.id, begun_by_id=transfer.id, reason="西区的代管",
                from_on=MONDAY,
            ),
            UnitClosing(
                number="西区的撤销", unit_id=unit.id, decision="西区的撤销", state=ClosingState.OPEN, begun_at=NOON,
                begun_by=leader.name,
            ),
            DisposalSignature(batch_id=batch.id, part=DisposalPart.WITNESS, user_id=leader.id),
        ]
    )  # fmt: skip


def foreign_rows(session: Session) -> dict[str, int | None]:
    """For each table with an `id`, one of its rows that is the other district's; None where it has none."""
    tables = {table.name: table for table in Base.metadata.tables.values() if "id" in table.columns}
    rows = {name: session.scalar(select(func.max(table.c.id))) for name, table in tables.items()}
    west = session.scalars(select(User).where(User.name == "west.keeper")).one()
    rows["unit"] = session.scalar(select(Unit.id).where(Unit.name == "西区总工会"))
    rows["user_account"], rows["role_grant"] = west.id, west.grants[0].id
    rows["user_session"] = session.scalar(select(UserSession.id).where(UserSession.user_id == west.id))
    return rows


def value_of(name: str, rule: Rule, rows: dict[str, int | None]) -> object:
    """A value for a part of the address: `copy_id` is the id of the row in `paper_copy`, which has to be there."""
    kind = name.removesuffix("_id")
    if kind != name:
        table = kind if kind in rows else next(each for each in rows if each.endswith(f"_{kind}"))
        assert rows[table], f"the other district has no row in {table}"
        return rows[table]
    converter = rule._converters[name]
    return 1 if isinstance(converter, IntegerConverter) else next(iter(getattr(converter, "items", ())), "x")


def changes(database: Database) -> int:
    """The number of the last entry of the chain."""
    with database.reading() as session:
        return session.scalar(select(func.max(AuditEntry.number))) or 0
