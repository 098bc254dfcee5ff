"""A district whose archives somebody from outside wants to see, and who comes."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO

from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from classification.categories import Carrier, RecordForm
from records.consultation.letters import Letter, receive_letter
from records.consultation.models import Consultation, Inquirer, Redaction, Way
from records.consultation.redacting import Rectangle, black_out
from records.consultation.registration import InquirerEntry, confirm, register, registration_digest
from records.consultation.requests import Request, accept_undertaking, decide, file_request, narrow, scope_digest
from records.files.models import File, Item
from records.holdings.copies import register_copy
from records.holdings.filing import file_item
from records.holdings.intake import attach, receive_bytes
from records.holdings.models import DigitalObject, Place, PlaceKind
from records.holdings.places import add_place
from storage.objects import ObjectStore
from storage.sealing import vault_of
from tests.cast import MONDAY, NOON, NUMBERS, PASSWORD, Cast, make_file, make_item
from tests.records.holdings.makers import pdf, png

COURT = "东区人民法院（示例）"
COURT_CODE = "91350100M000100Y43"  # the example of GB 32100-2015 itself
PERSON, PERSON_NUMBER = "郑外", NUMBERS[3]
PHONE = "13800004517"
ENTRY = InquirerEntry(PERSON, PERSON_NUMBER, PHONE, COURT, COURT_CODE)
HIMSELF = InquirerEntry("周大河", NUMBERS[0], PHONE)
UNTIL = NOON + timedelta(days=2)
ASKED = Request(Way.SCREEN, "审理案件", "收入证明、申请书", subject_name="周大河", letter_number="东法介〔2026〕8号")


@dataclass
class Reading:
    """What there is: the application is approved in part, the identity proof and another household are not."""

    file: File
    other: File
    application: Item
    proof: Item
    recording: Item
    foreign: Item
    scan: DigitalObject
    inquirer: Inquirer


def furnish(session: Session, store: ObjectStore, cast: Cast, scanned: bytes | None = None, pages: int = 3) -> Reading:
    """Two households with scans on paper, and an inquirer sent by a court, confirmed with the account of the cast."""
    place = add_place(session, cast.district, PlaceKind.REPOSITORY, "查阅室", actor=cast.keeper.actor)
    session.flush()
    file = make_file(session, cast)
    other = make_file(session, cast, number=NUMBERS[1], name="韩东陵")
    application, scan = _filed(
        session, store, cast, place, file, "帮扶申请书", "application", scanned or pdf(pages=pages), "申请书.pdf"
    )
    proof, _ = _filed(session, store, cast, place, file, "身份证明一份", "identity_proof", png(7, 300), "身份证.png")
    recording = make_item(
        session, file, cast.keeper.actor, "访谈记录", document_type="interview_recording", form=RecordForm.AUDIO,
        carrier=Carrier.PAPER,
    )  # fmt: skip
    register_copy(session, recording, place, pages_count=1, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    file_item(session, recording, actor=cast.keeper.actor, on=MONDAY)
    foreign, _ = _filed(session, store, cast, place, other, "他户申请书", "application", pdf("x", 2), "他户.pdf")
    return Reading(file, other, application, proof, recording, foreign, scan, confirmed(session, cast))


def confirmed(session: Session, cast: Cast, entry: InquirerEntry = ENTRY, account: str | None = "inquirer") -> Inquirer:
    """An inquirer of the district, confirmed by its keeper."""
    made = register(session, cast.district, entry, actor=None, at=NOON, on=MONDAY)
    confirm(
        session,
        made,
        account=account,
        password=PASSWORD,
        seen_sha256=registration_digest(made),
        actor=cast.keeper.actor,
        at=NOON,
    )
    return made


def letter(session: Session, store: ObjectStore) -> Letter:
    return receive_letter(store, vault_of(session), png(1, 40))


def filed(session: Session, store: ObjectStore, cast: Cast, one: Reading, request: Request = ASKED) -> Consultation:
    """A request that the inquirer filed with a letter."""
    sender = one.inquirer.user or cast.keeper
    if request is ASKED:  # a letter of its own each time: the same request is not filed twice
        count = session.scalar(select(func.count(Consultation.id)))
        request = replace(request, letter_number=f"东法介〔2026〕{8 + (count or 0)}号")
    if one.inquirer.user is None:
        request = replace(request, way=Way.COUNTER)
    return file_request(
        session, one.inquirer, request, letter(session, store), actor=sender.actor, at=NOON, on=MONDAY
    )  # fmt: skip


def asked_for_own_file(session: Session, cast: Cast) -> Consultation:
    """What somebody who came to the counter asks to see of the own file, written down by the keeper."""
    came = confirmed(session, cast, HIMSELF, account=None)
    request = Request(Way.COUNTER, "了解本户档案", "全部", own_file=True)
    return file_request(session, came, request, None, actor=cast.keeper.actor, at=NOON, on=MONDAY)


def narrowed(
    session: Session, cast: Cast, one: Consultation, picked: dict[int, str | None], left_out: str = "身份证明与案件无关"
) -> Consultation:
    narrow(session, one, picked, left_out, identity_seen=True, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    return one


def approved(session: Session, cast: Cast, one: Consultation, until: datetime = UNTIL) -> Consultation:
    decide(
        session, one, "手续齐全", until=until, seen_sha256=scope_digest(session, one),
        actor=cast.approver.actor, at=NOON, on=MONDAY,
    )  # fmt: skip
    return one


def opened(session: Session, store: ObjectStore, cast: Cast, one: Reading) -> Consultation:
    """Open for the first two pages of the application."""
    made = narrowed(session, cast, filed(session, store, cast, one), {one.application.id: "1-2"})
    approved(session, cast, made)
    accept_undertaking(session, made, PERSON, language="zh", actor=cast.inquirer.actor, at=NOON)
    return made


def blacked(session: Session, cast: Cast, row: DigitalObject, page: int = 1) -> Redaction:
    part = Rectangle(100, 50, 400, 200)
    return black_out(session, row, page, part, "身份证号码", actor=cast.keeper.actor, at=NOON)


def _filed(
    session: Session,
    store: ObjectStore,
    cast: Cast,
    place: Place,
    file: File,
    title: str,
    kind: str,
    content: bytes,
    name: str,
) -> tuple[Item, DigitalObject]:
    actor = cast.keeper.actor
    item = make_item(session, file, actor, title, document_type=kind)
    row = attach(
        session, item, receive_bytes(store, BytesIO(content), name, limit_bytes=10**9), actor=actor, at=NOON
    )  # fmt: skip
    row.prepared_at = NOON
    row.facts = {"pages": len(PdfReader(BytesIO(content)).pages)} if name.endswith("pdf") else {"frames": 1}
    register_copy(session, item, place, pages_count=3, actor=actor, at=NOON, on=MONDAY)
    file_item(session, item, actor=actor, on=MONDAY)
    return item, row
