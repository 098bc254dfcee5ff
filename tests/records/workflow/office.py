"""Who opens files: a keeper in the workplace union, a verifier there, a reviewer above, an officer of the centre."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from classification.categories import Carrier
from records.files.models import File, WithdrawalReason
from records.files.services import open_household_file, withdraw
from records.holdings.intake import Arrived, attach, receive_bytes
from records.holdings.models import DigitalObject
from records.households.models import Cause, Employment, Relation
from records.households.services import HouseholdEntry, MemberEntry, unsealed_number
from records.workflow.aid_sheet import HEADINGS, read_sheet, take_in_sheet
from records.workflow.comparing import compare
from records.workflow.deciding import submit
from records.workflow.drafting import DocumentEntry, StatementEntry, add_document, documents_of, draft, state_facts
from records.workflow.earlier import check_kind
from records.workflow.models import Application, ApplicationDocument, LodgedCopy, Origin, State, StatementKind
from records.workflow.notice import close_notice, post_notice
from records.workflow.procedure import lodge, review, verify
from rules.services import set_rule
from storage.objects import ObjectStore
from tests.cast import MONDAY, NOON, NUMBERS, Cast, make_item
from units.models import Unit, UnitKind
from units.services import found_unit

LINE = "700"  # the subsistence line of the city, yuan per head and month
REQUIRED = ("application", "identity_proof", "income_proof", "notice_proof", "information_form")
LAST_DAY = MONDAY + timedelta(days=7)
AFTER = LAST_DAY + timedelta(days=1)
PICTURE = bytes.fromhex(  # one white pixel
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


@dataclass(frozen=True)
class Desk:
    """The people and units of an application made in the workplace union, and a store for what is scanned."""

    workplace: Unit
    street: Unit
    district: Unit
    centre: Unit
    keeper: User
    second_keeper: User
    leader: User
    verifier: User
    reviewer: User
    officer: User
    other_keeper: User


def at(on: date) -> datetime:
    """Noon of a day."""
    return NOON + (on - MONDAY)


def make_desk(session: Session, cast: Cast) -> Desk:
    """Open the accounts; their passwords are the cast's."""
    centre = found_unit(session, cast.district, "东区帮扶中心", UnitKind.AID_CENTRE, actor=OPERATOR)
    set_rule(
        session, cast.city, "subsistence_line", LINE, in_force_from=date(2025, 1, 1), source="渝民发〔2025〕1号",
        because="启用时补录", actor=OPERATOR, at=NOON,
    )  # fmt: skip

    def person(name: str, shown: str, unit: Unit, role: Role, reach: Unit | None = None) -> User:
        user = User(
            name=name,
            display_name=shown,
            unit_path=unit.path,
            password_digest=cast.keeper.password_digest,
            created_at=NOON,
            grants=[],
        )
        session.add(user)
        session.flush()
        grant_role(session, user, role, (reach or unit).path, actor=OPERATOR, at=NOON)
        return user

    desk = Desk(
        workplace=cast.workplace,
        street=cast.street,
        district=cast.district,
        centre=centre,
        keeper=person("works.keeper", "吴建", cast.workplace, Role.KEEPER),
        second_keeper=person("works.keeper2", "吴档", cast.workplace, Role.KEEPER),
        leader=person("works.leader", "吴长", cast.workplace, Role.APPROVER),
        verifier=person("works.verifier", "何实", cast.workplace, Role.VERIFIER),
        reviewer=person("street.reviewer", "傅核", cast.street, Role.REVIEWER),
        officer=person("officer", "裴案", centre, Role.CENTRE_OFFICER, cast.district),
        other_keeper=cast.other_keeper,
    )
    session.flush()
    session.expire_all()
    return desk


def find_desk(session: Session) -> Desk:
    """The desk that make_desk has put into this database before."""
    units = {unit.name: unit for unit in session.scalars(select(Unit))}
    users = {user.name: user for user in session.scalars(select(User))}
    return Desk(
        workplace=units["机械厂工会"],
        street=units["河街道总工会"],
        district=units["东区总工会"],
        centre=units["东区帮扶中心"],
        keeper=users["works.keeper"],
        second_keeper=users["works.keeper2"],
        leader=users["works.leader"],
        verifier=users["works.verifier"],
        reviewer=users["street.reviewer"],
        officer=users["officer"],
        other_keeper=users["west.keeper"],
    )


def entry(number: str = NUMBERS[0], name: str = "周大河", *others: MemberEntry, **changes: object) -> HouseholdEntry:
    """A household of one worker of the machine works and the given others."""
    fields: dict[str, object] = {
        "address": "河街道 1 号",
        "employment": Employment.EMPLOYED,
        "employer": "机械厂",
        "main_cause": Cause.ILLNESS,
        "phone": "13800004517",
        "members": [MemberEntry(name, Relation.WORKER, number), *others],
    }
    return HouseholdEntry(**{**fields, **changes})  # type: ignore[arg-type]


def make_draft(session: Session, desk: Desk, household: HouseholdEntry | None = None, **changes: object) -> Application:
    """A draft of the workplace union without statements or documents."""
    fields: dict[str, object] = {"origin": Origin.OWN, "applied_on": MONDAY, "other_causes": []}
    return draft(
        session, desk.workplace, household or entry(), actor=desk.keeper.actor, at=NOON, on=MONDAY,
        **{**fields, **changes},  # type: ignore[arg-type]
    )  # fmt: skip


def document(document_type: str = "income_proof", title: str = "收入证明", **changes: object) -> DocumentEntry:
    """A paper of two pages."""
    fields: dict[str, object] = {
        "document_type": document_type,
        "title": title,
        "dated": "2026-02-27",
        "responsible_body": "机械厂",
        "carrier": Carrier.PAPER,
        "pages_count": 2,
    }
    return DocumentEntry(**{**fields, **changes})  # type: ignore[arg-type]


def add_required(session: Session, desk: Desk, application: Application, *, without: tuple[str, ...] = ()) -> None:
    """Every document that article 6 requires."""
    for kind in REQUIRED:
        if kind not in without:
            dated = "2026-03" if kind == "notice_proof" else "2026-02-27"  # the notice hangs from Monday on
            paper = document(kind, f"材料 {kind}", dated=dated)
            add_document(session, application, paper, actor=desk.keeper.actor, at=NOON, on=MONDAY)


def make_statements(
    session: Session,
    desk: Desk,
    application: Application,
    *,
    income: str = "600.00",
    supported: bool = True,
    on: date = MONDAY,
    leave_out: tuple[StatementKind, ...] = (),
    **answers: object,
) -> None:
    """State the worker's income, that the others have none, and everything else.

    `answers` goes by the value of the kind, such as homes=True.
    """
    papers = documents_of(session, application)
    rests_on = papers[0].id if papers and supported else None
    told: dict[str, object] = {
        "months_below": 8, "relief": False, "still_hard": True, "union_member": True, "socialised": False,
        "homes": False, "business": False, "schooling": False, "vehicles": False, **answers,
    }  # fmt: skip
    entries = [
        StatementEntry(
            StatementKind.INCOME,
            amount=Decimal(income if member.relation is Relation.WORKER else 0),
            member_id=member.id,
            document_id=rests_on,
        )
        for member in application.household.present_members
    ]
    for name, value in told.items():
        kind = StatementKind(name)
        if kind not in leave_out:
            amount = None if isinstance(value, bool) else Decimal(str(value))
            answer = value if isinstance(value, bool) else None
            entries.append(StatementEntry(kind, amount=amount, answer=answer, document_id=rests_on))
    entries = [each for each in entries if each.kind not in leave_out]
    state_facts(session, application, entries, actor=desk.keeper.actor, on=on)


def make_ready(
    session: Session, desk: Desk, household: HouseholdEntry | None = None, *, income: str = "600.00", **answers: object
) -> Application:
    """A draft with all documents and statements, ready to be submitted."""
    application = make_draft(session, desk, household)
    add_required(session, desk, application)
    if Decimal(income) >= Decimal(LINE):  # what a class above the line rests on
        paper = document("medical_record", "病历")
        add_document(session, application, paper, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    make_statements(session, desk, application, income=income, **answers)  # type: ignore[arg-type]
    return application


def submitted(
    session: Session, desk: Desk, household: HouseholdEntry | None = None, *, income: str = "600.00", **answers: object
) -> Application:
    """A submitted application."""
    application = make_ready(session, desk, household, income=income, **answers)
    return submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)


def photograph(store: ObjectStore, marked: bytes = b"") -> Arrived:
    """The bytes of a picture, in the store."""
    return receive_bytes(store, BytesIO(PICTURE + marked), "公示照片.png", limit_bytes=10_000)


def posted(session: Session, desk: Desk, application: Application, *, on: date = MONDAY) -> Application:
    """Its notice hangs."""
    post_notice(session, application, place="厂区公告栏", actor=desk.keeper.actor, at=at(on), on=on)
    return application


def add_photograph(session: Session, desk: Desk, application: Application, store: ObjectStore) -> None:
    """The photograph of the notice that hangs."""
    add_document(
        session,
        application,
        document("notice_photo", "公示现场照片", dated="2026-03", carrier=Carrier.ELECTRONIC, pages_count=1),
        arrived=photograph(store, application.number.encode() + str(application.entered_state_on).encode()),
        actor=desk.keeper.actor,
        at=NOON,
        on=MONDAY,
    )


def bring_to(
    session: Session, desk: Desk, application: Application, state: State, store: ObjectStore, *, on: date = MONDAY
) -> Application:
    """Take an application, submitted or later, the straight way to a state."""
    after = on + timedelta(days=8)
    keeper = desk.keeper.actor
    while application.state is not state:
        match application.state:
            case State.SUBMITTED:
                posted(session, desk, application, on=on)
            case State.NOTICE:
                add_photograph(session, desk, application, store)
                close_notice(session, application, actor=keeper, at=at(after), on=after)
            case State.VERIFICATION:
                verify(session, application, opinion="属实", actor=desk.verifier.actor, at=at(after), on=after)
            case State.REVIEW:
                review(session, application, opinion="同意", actor=desk.reviewer.actor, at=at(after), on=after)
            case State.LODGEMENT:
                matching(session, desk, application)
                lodge(session, application, place="二号柜", actor=desk.officer.actor, at=at(after), on=after)
            case other:
                raise AssertionError(other)
    return application


def matching(session: Session, desk: Desk, application: Application, **cells: str) -> None:
    """An export that says what the form says, but for `cells` of the worker's row, taken in and compared."""
    household = application.household
    worker = unsealed_number(session, household.worker.person)
    others = [
        {
            "worker": worker,
            "name": member.person.name,
            "number": unsealed_number(session, member.person),
            "relation": member.relation.label.zh,
        }
        for member in household.present_members
        if member.relation is not Relation.WORKER
    ]
    content = sheet(row(application, worker, **cells), *others)
    take_in_sheet(session, desk.workplace, read_sheet(content, "export.csv"), actor=desk.keeper.actor, at=NOON)
    compare(session, application, actor=desk.keeper.actor, at=NOON)


def row(application: Application, number: str = NUMBERS[0], **cells: str) -> dict[str, str]:
    """The worker's row of an export, as the aid system would write it."""
    household = application.household
    known = {
        "worker": number,
        "name": household.worker.person.name,
        "number": number,
        "relation": "本人",
        "employment": household.employment.label.zh,
        "employer": household.employer or "",
        "address": household.address,
        "phone": "13800004517",
        "main_cause": household.main_cause.label.zh,
        "heads": str(len(household.present_members)),
        "income": f"{household.monthly_income_per_head}",
    }
    return {**known, **cells}


def sheet(*rows: dict[str, str]) -> bytes:
    """An export as CSV."""
    lines = [",".join(HEADINGS.values())]
    lines += [",".join(cells.get(key, "") for key in HEADINGS) for cells in rows]
    return "\n".join(lines).encode()


def lodged(session: Session, desk: Desk, application: Application, store: ObjectStore) -> tuple[File, LodgedCopy]:
    """Lodge an application, whatever step it is at; the file and the copy."""
    bring_to(session, desk, application, State.LODGED, store)
    copy = session.scalars(select(LodgedCopy).where(LodgedCopy.application_id == application.id)).one()
    assert application.file is not None
    return application.file, copy


def applied_with_scan(session: Session, desk: Desk, store: ObjectStore) -> tuple[Application, ApplicationDocument]:
    """An application submitted with the register's scan, as it may lie in the earlier file."""
    application = make_draft(session, desk, entry(NUMBERS[0], "周大河"))
    add_required(session, desk, application, without=("identity_proof",))
    arrived = receive_bytes(store, BytesIO(PICTURE), "户口簿.png", limit_bytes=10_000)
    given = {"arrived": arrived, "actor": desk.keeper.actor, "at": NOON, "on": MONDAY}
    scan = add_document(session, application, document("identity_proof", "户口簿", carrier=Carrier.PAPER), **given)  # type: ignore[arg-type]
    check_kind(session, scan)
    make_statements(session, desk, application)
    return submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY), scan


def withdrawn_with_scan(
    session: Session, desk: Desk, store: ObjectStore, kind: str = "identity_proof"
) -> DigitalObject:
    """The scan of the register in the withdrawn file."""
    file = open_household_file(
        session,
        desk.workplace,
        entry(NUMBERS[0], "周大河"),
        keeper=desk.keeper,
        actor=desk.keeper.actor,
        on=MONDAY - timedelta(days=900),
    )
    item = make_item(session, file, desk.keeper.actor, "原户口簿", document_type=kind)
    arrived = receive_bytes(store, BytesIO(PICTURE), "户口簿.png", limit_bytes=10_000)
    kept = attach(session, item, arrived, actor=desk.keeper.actor, at=NOON)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=desk.keeper.actor, on=MONDAY, today=MONDAY)
    return kept
