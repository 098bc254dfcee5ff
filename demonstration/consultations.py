"""Outside consultations of the demonstration, in every state, and a certificate (art. 17); no such court exists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import Actor
from accounts.views import DEMONSTRATION_PASSWORD
from classification.categories import Category
from demonstration.chance import chance
from demonstration.material import office_hour
from demonstration.people import invented_number
from demonstration.tree import DISTRICT, LEADERS, UNITS, keeper_name
from printing.forms import Section, Signature, sheet_form
from records.consultation.at_counter import note_given_back, note_read_at_counter
from records.consultation.certificates import draft_certificate, give_certificate
from records.consultation.letters import Letter, receive_letter
from records.consultation.models import Consultation, Inquirer, Way
from records.consultation.redacting import Rectangle, black_out
from records.consultation.registration import InquirerEntry, confirm, register, registration_digest
from records.consultation.requests import (
    Request,
    accept_undertaking,
    close,
    decide,
    file_request,
    narrow,
    note_effect,
    scope_digest,
    scope_of,
)
from records.consultation.scope import PageRef, pages_of_items
from records.files.models import File, Item
from records.holdings.models import PaperCopy
from records.holdings.printed import Filing
from storage.media import Workshop
from storage.objects import ObjectStore
from storage.sealing import vault_of
from units.models import Unit

COURT = ("青屿区人民法院（示例）", "12500107MB0X00019H")
NOTARY = ("岚江市公证处（示例）", "91350100M000100Y43")
INQUIRER, NOTARY_CLERK = "inquirer", "notary"
SHOWN_TYPES = ("application", "income_proof", "information_form", "notice_proof", "notice_photo", "survey_photo")
COVERED = Rectangle(90, 120, 520, 60)


@dataclass(frozen=True)
class Shown:
    """A household's file with an item or two that have pages for the screen, and one that is on paper here."""

    file: File
    items: tuple[Item, ...]
    paper: Item
    page: PageRef


def add_consultations(
    session: Session, store: ObjectStore, workshop: Workshop, today: date, time_zone: ZoneInfo
) -> None:
    """Requests waiting for keeper and approver, one open on screen, refused, read at the counter, ended with effect."""
    people = {user.name: user for user in session.scalars(select(User))}
    unit_name = next(entry.name for entry in UNITS if entry.key == DISTRICT)
    unit = session.scalars(select(Unit).where(Unit.name == unit_name)).one()
    _ReadingRoom(session, store, workshop, unit, people, today, time_zone).tell()


class _ReadingRoom:
    """What inquirers, keeper and approver of the district did in the last days."""

    def __init__(
        self,
        session: Session,
        store: ObjectStore,
        workshop: Workshop,
        unit: Unit,
        people: Mapping[str, User],
        today: date,
        time_zone: ZoneInfo,
    ) -> None:
        self.session, self.store, self.workshop, self.unit = session, store, workshop, unit
        self.today, self.time_zone = today, time_zone
        self.keeper = people[keeper_name(DISTRICT, today, today)]
        self.approver = people[LEADERS[DISTRICT]].actor

    def tell(self) -> None:
        """Let everything happen, the oldest first."""
        court = self._confirmed("简思齐", *COURT, INQUIRER, born=1988, days_ago=6)
        clerk = self._confirmed("冉知秋", *NOTARY, NOTARY_CLERK, born=1992, days_ago=5)
        visitor = self._confirmed("向晚舟", *NOTARY, None, born=1979, days_ago=4)
        self._registered("池映月", *COURT, born=1995, days_ago=1)
        first, second, third = self._shown()
        self._ended_with_certificate(court, first)
        self._refused(clerk, second)
        self._at_the_counter(visitor, third)
        self._open(court, second)
        self._waiting_for_approver(clerk, third)
        self._waiting_for_keeper(court, third)

    def _ended_with_certificate(self, inquirer: Inquirer, shown: Shown) -> None:
        case = self._opened(inquirer, shown, days_ago=5, purpose="审理离婚后财产纠纷一案")
        done = self._at(3, 16)
        filing = Filing(self.keeper, self.store, self.workshop, done, done.date())
        draft = draft_certificate(
            self.session,
            case,
            f"经查，{shown.file.title}家庭已在我会建立困难职工原始档案，建档日期为{shown.file.opened_on}。",
            valid_until=None,
            address=lambda number, code: f"http://127.0.0.1:8080/certificates/verification?number={number}&code={code}",
            filing=filing,
        )
        give_certificate(self.session, case, draft, filing=filing)
        close(self.session, case, "已查到所需内容", actor=self._inquirer(case), at=self._at(3, 17))
        note_effect(
            self.session, case, "所查收入情况已作为定案证据，判决已生效。", actor=self.keeper.actor, at=self._at(1),
            on=self.today - timedelta(days=1),
        )  # fmt: skip

    def _refused(self, inquirer: Inquirer, shown: Shown) -> None:
        case = self._filed(inquirer, shown, days_ago=4, purpose="核对继承人情况", asked="全部档案")
        self._narrow(case, {}, "申请查阅的内容与公证事项无关，且涉及其他家庭成员隐私，均不宜提供。", days_ago=4)
        decide(
            self.session, case, "用途与所查内容不符，不予查阅。", until=None,
            seen_sha256=scope_digest(self.session, case), actor=self.approver, at=self._at(3),
            on=self.today - timedelta(days=3),
        )  # fmt: skip

    def _at_the_counter(self, inquirer: Inquirer, shown: Shown) -> None:
        case = self._filed(inquirer, shown, days_ago=4, purpose="办理委托公证", asked="帮扶申请书", way=Way.COUNTER)
        self._narrow(case, {shown.paper.id: None}, "其余材料与公证事项无关。", days_ago=4)
        self._approve(case, days_ago=4, days=2)
        name = inquirer.name
        accept_undertaking(
            self.session, case, name, language="zh", actor=self.keeper.actor, at=self._at(3, 9)
        )  # fmt: skip
        for line in scope_of(self.session, case):
            note_read_at_counter(self.session, case, line, actor=self.keeper.actor, at=self._at(3, 10))
            note_given_back(
                self.session, case, line, actor=self.keeper.actor, at=self._at(3, 11),
                on=self.today - timedelta(days=3),
            )  # fmt: skip

    def _open(self, inquirer: Inquirer, shown: Shown) -> None:
        black_out(
            self.session, shown.page.object, shown.page.page, COVERED, "公民身份号码", actor=self.keeper.actor,
            at=self._at(2, 9),
        )  # fmt: skip
        self._opened(inquirer, shown, days_ago=2, purpose="审理劳动争议一案", days=5)

    def _waiting_for_approver(self, inquirer: Inquirer, shown: Shown) -> None:
        case = self._filed(inquirer, shown, days_ago=1, purpose="办理收入情况公证", asked="收入证明材料")
        self._narrow(case, {shown.items[0].id: None}, "户口簿等其他材料与公证事项无关。", days_ago=0)

    def _waiting_for_keeper(self, inquirer: Inquirer, shown: Shown) -> None:
        self._filed(inquirer, shown, days_ago=0, purpose="执行案件核实家庭情况", asked="申请书、收入证明材料")

    def _opened(self, inquirer: Inquirer, shown: Shown, *, days_ago: int, purpose: str, days: int = 4) -> Consultation:
        case = self._filed(inquirer, shown, days_ago=days_ago, purpose=purpose, asked="申请书、收入情况")
        picked = {item.id: None for item in shown.items}
        self._narrow(case, picked, "身份证明、病历与案件无关，不予提供。", days_ago=days_ago)
        self._approve(case, days_ago=days_ago, days=days)
        at = self._at(days_ago, 15)
        accept_undertaking(
            self.session, case, inquirer.name, language="zh", actor=self._inquirer(case), at=at
        )  # fmt: skip
        return case

    def _filed(
        self, inquirer: Inquirer, shown: Shown, *, days_ago: int, purpose: str, asked: str, way: Way = Way.SCREEN
    ) -> Consultation:
        request = Request(way, purpose, asked, subject_name=shown.file.title, letter_number="示函〔2026〕8号")
        sender = inquirer.user.actor if inquirer.user else self.keeper.actor
        case = file_request(
            self.session, inquirer, request, self._letter(inquirer, purpose, days_ago), actor=sender,
            at=self._at(days_ago, 9), on=self._at(days_ago).date(),
        )  # fmt: skip
        self.session.flush()
        return case

    def _narrow(self, case: Consultation, picked: dict[int, None], left_out: str, *, days_ago: int) -> None:
        at = self._at(days_ago, 10)
        narrow(
            self.session, case, dict(picked), left_out, identity_seen=True, actor=self.keeper.actor, at=at, on=at.date()
        )

    def _approve(self, case: Consultation, *, days_ago: int, days: int) -> None:
        at = self._at(days_ago, 14)
        until = office_hour(at.date() + timedelta(days=days), self.time_zone, 17)
        decide(
            self.session, case, "手续齐全，同意查阅。", until=until, seen_sha256=scope_digest(self.session, case),
            actor=self.approver, at=at, on=at.date(),
        )  # fmt: skip

    def _confirmed(self, name: str, body: str, code: str, account: str | None, *, born: int, days_ago: int) -> Inquirer:
        made = self._registered(name, body, code, born=born, days_ago=days_ago)
        confirm(
            self.session, made, account=account, password=DEMONSTRATION_PASSWORD, seen_sha256=registration_digest(made),
            actor=self.keeper.actor, at=self._at(days_ago, 9),
        )  # fmt: skip
        if made.user is not None:
            made.user.password_given = False  # one click on the sign-in page opens the account
        return made

    def _registered(self, name: str, body: str, code: str, *, born: int, days_ago: int) -> Inquirer:
        number = invented_number(chance("inquirer", name), date(born, 6, 15))
        entry = InquirerEntry(name, number, "13800004517", body, code)
        at = self._at(days_ago, 8)
        made = register(self.session, self.unit, entry, actor=None, at=at, on=at.date())
        self.session.flush()
        return made

    def _letter(self, inquirer: Inquirer, purpose: str, days_ago: int) -> Letter:
        at = self._at(days_ago, 8)
        said = f"兹介绍{inquirer.name}同志前往贵会，{purpose}，查阅有关困难职工档案，请予接洽。"
        made = sheet_form(
            title="介绍信", number="示函〔2026〕8号", subtitle=inquirer.body_name or "", made_at=at,
            sections=[Section(text=f"{self.unit.name}：\n{said}")], signatures=[Signature("单位盖章", "")],
        )  # fmt: skip
        return receive_letter(self.store, vault_of(self.session), made.pdf)

    def _shown(self) -> tuple[Shown, Shown, Shown]:
        """Three active households of the district with pages for the screen, and paper in its place."""
        items = self.session.scalars(
            select(Item)
            .join(Item.file)
            .where(
                File.unit_id == self.unit.id, File.category == Category.ORIGINAL, File.withdrawn_on.is_(None),
                Item.filed_on.is_not(None), Item.document_type.in_(SHOWN_TYPES),
            )
            .order_by(File.id.desc(), Item.id)
        ).all()  # fmt: skip
        pages = pages_of_items(self.session, [item.id for item in items])
        drawn: dict[int, list[Item]] = {}
        on_paper: dict[int, Item] = {}
        for item in items:
            if pages.get(item.id):
                drawn.setdefault(item.file_id, []).append(item)
            if self._paper(item):
                on_paper.setdefault(item.file_id, item)
        chosen = [
            Shown(found[0].file, tuple(found[:2]), on_paper[file_id], pages[found[0].id][0])
            for file_id, found in drawn.items()
            if file_id in on_paper
        ]
        return chosen[0], chosen[1], chosen[2]

    def _paper(self, item: Item) -> bool:
        here = select(PaperCopy.id).where(
            PaperCopy.item_id == item.id, PaperCopy.holder_id.is_(None), PaperCopy.missing_since.is_(None)
        )
        return self.session.scalar(here.limit(1)) is not None

    def _inquirer(self, case: Consultation) -> Actor:
        assert case.inquirer.user is not None  # noqa: S101 - these read on screen
        return case.inquirer.user.actor

    def _at(self, days_ago: int, hour: int = 11) -> datetime:
        return office_hour(self.today - timedelta(days=days_ago), self.time_zone, hour)
