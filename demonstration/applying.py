"""Applications of the demonstration, one in every state of the procedure (art. 12), told step by step."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Actor, Role
from accounts.services import grant_role
from classification.categories import Carrier
from classification.checklists import document_type
from classification.hardship import HardshipClass
from demonstration.chance import chance
from demonstration.drawing import Page, photograph
from demonstration.material import office_hour
from demonstration.people import household, names
from demonstration.tree import DISTRICT, FACTORY, UNITS
from records.holdings.intake import Arrived, receive_bytes
from records.households.models import Cause, Employment, Relation
from records.households.services import unsealed_number, unsealed_phone
from records.workflow.aid_sheet import HEADINGS, read_sheet, take_in_sheet
from records.workflow.comparing import compare
from records.workflow.deciding import decide, override, submit
from records.workflow.drafting import (
    DocumentEntry,
    StatementEntry,
    add_document,
    documents_of,
    draft,
    state_facts,
)
from records.workflow.models import Application, Origin, State, StatementKind
from records.workflow.notice import close_notice, note_objection, objections_of, post_notice, resolve_objection
from records.workflow.procedure import lodge, review, verify
from records.workflow.returning import refuse, send_back, withdraw_application
from rules.services import rulebook
from storage.objects import ObjectStore
from units.models import Unit

SEED = "applications"
EMPLOYER = "岚江第九齿轮厂"
KEEPER = "street.keeper"
LARGEST_BYTES = 16 * 1024**2
NO = {
    StatementKind.HOMES: False,
    StatementKind.BUSINESS: False,
    StatementKind.SCHOOLING: False,
    StatementKind.VEHICLES: False,
}


@dataclass
class Applications:
    """The applications of the factory's union, as of a day."""

    session: Session
    store: ObjectStore
    today: date
    time_zone: ZoneInfo

    def add(self) -> None:
        """Let every application come as far as it is to come."""
        self._people = {user.name: user for user in self.session.scalars(select(User))}
        at = self._at(60)
        grant_role(
            self.session, self._people["centre"], Role.CENTRE_OFFICER, self._unit(DISTRICT).path, actor=OPERATOR, at=at
        )
        grant_role(
            self.session, self._people["approver"], Role.APPROVER, self._unit(FACTORY).path, actor=OPERATOR, at=at
        )
        self.session.flush()
        self.session.expire_all()  # the new roles are read with their people
        self._people = {user.name: user for user in self.session.scalars(select(User))}
        everyone = iter(names(chance(SEED, "names")))
        self._families = (
            household(chance(SEED, number), next(everyone), employer=EMPLOYER, district="青屿区", on=self.today)
            for number in range(100)
        )
        for tell in (
            self._lodged,
            self._refused_in_review,
            self._mismatch,
            self._returned,
            self._in_review,
            self._in_verification,
            self._ended,
            self._objected,
            self._to_be_posted,
            self._to_be_decided,
            self._excluded,
            self._retired,
            self._admitted,
            self._withdrawn,
            self._draft,
        ):
            tell()

    def _lodged(self) -> None:
        one = self._submitted(24, scans=True)
        self._through_notice(one, 23, scans=True)
        self._verify(one, 14)
        self._review(one, 12)
        self._compare(one, 11)
        lodge(
            self.session, one, place="帮扶中心二号密集柜 3 层", actor=self._actor("centre"), at=self._at(10),
            on=self._day(10),
        )  # fmt: skip

    def _refused_in_review(self) -> None:
        one = self._submitted(30)
        self._through_notice(one, 29)
        self._verify(one, 20)
        refuse(
            self.session, one, reason="入户复查发现另有经营性收入，与申报不符。", actor=self._actor("reviewer"),
            at=self._at(18), on=self._day(18),
        )  # fmt: skip

    def _mismatch(self) -> None:
        one = self._submitted(20)
        self._through_notice(one, 19)
        self._verify(one, 9)
        self._review(one, 7)
        self._compare(one, 6, address=f"{one.household.address}附 1 号", income="")

    def _returned(self) -> None:
        one = self._submitted(18)
        self._through_notice(one, 17)
        self._verify(one, 8)
        send_back(
            self.session, one, State.DRAFT, reason="配偶收入证明未加盖单位公章，请补正后重新提交。",
            actor=self._actor("reviewer"), at=self._at(5), on=self._day(5),
        )  # fmt: skip

    def _in_review(self) -> None:
        one = self._submitted(16)
        self._through_notice(one, 15)
        self._verify(one, 4)

    def _in_verification(self) -> None:
        self._through_notice(self._submitted(13), 12)

    def _ended(self) -> None:
        self._posted(self._submitted(8), 8)

    def _objected(self) -> None:
        one = self._posted(self._submitted(9), 8)  # its notice has ended, the second objection waits still
        keeper = self._actor(KEEPER)
        note_objection(
            self.session, one, raised_on=self._day(2), raised_by="一名同车间职工", text="反映该户另有一间门面出租。",
            actor=keeper, on=self._day(2),
        )  # fmt: skip
        [first] = objections_of(self.session, one)
        resolve_objection(
            self.session, one, first, upheld=False, resolution="经核对不动产登记，门面系其兄所有，异议不成立。",
            actor=self._actor("verifier"), at=self._at(1), on=self._day(1),
        )  # fmt: skip
        note_objection(
            self.session, one, raised_on=self._day(1), raised_by=None, text="反映其子就读高收费学校。", actor=keeper,
            on=self._day(1),
        )  # fmt: skip

    def _to_be_posted(self) -> None:
        self._submitted(1)

    def _to_be_decided(self) -> None:
        self._submitted(3, on_the_line=True)

    def _excluded(self) -> None:
        self._submitted(15, answers={StatementKind.HOMES: True})

    def _retired(self) -> None:
        self._submitted(12, employment=Employment.RETIRED, answers={StatementKind.SOCIALISED: True})

    def _admitted(self) -> None:
        one = self._submitted(10, employment=Employment.RETIRED, answers={StatementKind.SOCIALISED: True})
        override(
            self.session, one, reason="独居且患重病，无其他救助渠道，经集体研究同意建档。",
            actor=self._actor("approver"), at=self._at(9), on=self._day(9),
        )  # fmt: skip

    def _withdrawn(self) -> None:
        one = self._submitted(11, on_the_line=True)
        decide(
            self.session, one, admitted=HardshipClass.SLIGHTLY_ABOVE, reason="收入恰为标准，长期患病，酌情认定。",
            actor=self._actor("approver"), at=self._at(10), on=self._day(10),
        )  # fmt: skip
        withdraw_application(
            self.session, one, reason="家庭成员已就业，本人书面撤回申请。", actor=self._actor(KEEPER),
            at=self._at(9), on=self._day(9),
        )  # fmt: skip

    def _draft(self) -> None:
        self._begin(0)

    def _begin(
        self, days_ago: int, *, employment: Employment = Employment.EMPLOYED, cause: Cause | None = None
    ) -> Application:
        family = next(self._families)
        entry = replace(
            family.entry,
            employment=employment,
            main_cause=cause or family.entry.main_cause,
            monthly_income_per_head=None,
        )
        fallback = "社会化管理移交前由原单位工会代办" if employment is Employment.RETIRED else None
        return draft(
            self.session, self._unit(FACTORY), entry,
            origin=Origin.SURVEY if days_ago % 2 else Origin.OWN, applied_on=self._day(days_ago),
            fallback_reason=fallback, actor=self._actor(KEEPER), at=self._at(days_ago), on=self._day(days_ago),
        )  # fmt: skip

    def _submitted(
        self,
        days_ago: int,
        *,
        on_the_line: bool = False,
        answers: Mapping[StatementKind, bool] | None = None,
        employment: Employment = Employment.EMPLOYED,
        scans: bool = False,
    ) -> Application:
        """An application with its documents and statements, submitted; below the subsistence line, or exactly on it."""
        line = rulebook(self.session, self._unit(FACTORY), self._day(days_ago)).number("subsistence_line")
        cause = Cause.ILLNESS if on_the_line else None  # which alone is no ground of class 4
        one = self._begin(days_ago, employment=employment, cause=cause)
        keeper, at = self._actor(KEEPER), self._at(days_ago)
        kinds = ["application", "identity_proof", "income_proof", "information_form"]
        for kind in [*kinds, "medical_record"] if on_the_line else kinds:
            label = document_type(kind).label.zh
            scan = self._scan(one, label) if scans else None
            entry = DocumentEntry(
                kind, f"{one.name}{label}", self._day(days_ago + 1).isoformat(), EMPLOYER, Carrier.PAPER,
                2 if kind == "identity_proof" else 1,
            )  # fmt: skip
            add_document(self.session, one, entry, arrived=scan, actor=keeper, at=at, on=self._day(days_ago))
        papers = {row.document_type: row.id for row in documents_of(self.session, one)}
        heads = len(one.household.present_members)
        income = line if on_the_line else line - 100 - 7 * days_ago
        stated = [
            StatementEntry(
                StatementKind.INCOME,
                amount=income * heads if member.relation is Relation.WORKER else Decimal(0),
                member_id=member.id,
                document_id=papers["income_proof"],
            )
            for member in one.household.present_members
        ]
        stated.append(StatementEntry(StatementKind.MONTHS_BELOW, amount=Decimal(9), document_id=papers["income_proof"]))
        told: dict[StatementKind, bool] = {
            StatementKind.RELIEF: False,
            StatementKind.STILL_HARD: True,
            StatementKind.UNION_MEMBER: True,
            StatementKind.SOCIALISED: False,
            **NO,
            **(answers or {}),
        }
        stated += [
            StatementEntry(kind, answer=answer, document_id=papers["application"]) for kind, answer in told.items()
        ]
        state_facts(self.session, one, stated, actor=keeper, on=self._day(days_ago))
        return submit(self.session, one, actor=keeper, at=at, on=self._day(days_ago))

    def _posted(self, one: Application, days_ago: int, *, scans: bool = False) -> Application:
        keeper = self._actor(KEEPER)
        on = self._day(days_ago)
        post_notice(self.session, one, place="厂区大门公告栏", actor=keeper, at=self._at(days_ago), on=on)
        taken = photograph(f"{SEED} {one.number}", "公示现场", taken_at=self._at(days_ago), people=1)
        add_document(
            self.session,
            one,
            DocumentEntry("notice_photo", f"{one.name}公示现场照片", on.isoformat(), EMPLOYER, Carrier.ELECTRONIC, 1),
            arrived=self._receive(taken, f"公示现场 {one.number}.jpg"),
            actor=keeper,
            at=self._at(days_ago),
            on=on,
        )
        proof = DocumentEntry("notice_proof", f"{one.name}公示证明材料", on.isoformat(), EMPLOYER, Carrier.PAPER, 1)
        scan = self._scan(one, "公示证明材料") if scans else None
        add_document(self.session, one, proof, arrived=scan, actor=keeper, at=self._at(days_ago), on=on)
        return one

    def _through_notice(self, one: Application, days_ago: int, *, scans: bool = False) -> None:
        self._posted(one, days_ago, scans=scans)
        closed = days_ago - 8
        close_notice(self.session, one, actor=self._actor(KEEPER), at=self._at(closed), on=self._day(closed))

    def _verify(self, one: Application, days_ago: int) -> None:
        verify(
            self.session, one, opinion="入户核实，情况属实。", actor=self._actor("verifier"), at=self._at(days_ago),
            on=self._day(days_ago),
        )  # fmt: skip

    def _review(self, one: Application, days_ago: int) -> None:
        review(
            self.session, one, opinion="符合建档条件，同意上报备案。", actor=self._actor("reviewer"),
            at=self._at(days_ago), on=self._day(days_ago),
        )  # fmt: skip

    def _compare(self, one: Application, days_ago: int, **cells: str) -> None:
        """An export of the aid system taken in and compared; `cells` differ from the form."""
        keeper, at = self._actor(KEEPER), self._at(days_ago)
        home = one.household
        worker = {
            "employment": home.employment.label.zh,
            "employer": home.employer or "",
            "address": home.address,
            "phone": unsealed_phone(self.session, home),
            "main_cause": home.main_cause.label.zh,
            "heads": str(len(home.present_members)),
            "income": f"{home.monthly_income_per_head}",
            **cells,
        }
        rows = []
        for member in home.present_members:
            own = {
                "worker": self._number(one, home.worker.id),
                "name": member.person.name,
                "number": self._number(one, member.id),
                "relation": member.relation.label.zh,
            }
            rows.append({**own, **(worker if member.relation is Relation.WORKER else {})})
        text = io.StringIO()
        sheet = csv.writer(text)
        sheet.writerow(HEADINGS.values())
        sheet.writerows([cells_of.get(key, "") for key in HEADINGS] for cells_of in rows)
        take_in_sheet(
            self.session, self._unit(FACTORY),
            read_sheet(text.getvalue().encode(), f"帮扶系统导出 {self._day(days_ago)}.csv"), actor=keeper, at=at,
        )  # fmt: skip
        compare(self.session, one, actor=keeper, at=at)

    def _scan(self, one: Application, label: str) -> Arrived:
        page = Page()
        page.title(label)
        page.lines(f"　　{one.name}家庭申请建立困难职工档案，本页为“{label}”。")
        page.signature(EMPLOYER, f"{one.applied_on}", sealed=True)
        return self._receive(page.scanned(f"{SEED} {one.number} {label}"), f"{label} {one.number}.jpg")

    def _receive(self, content: bytes, name: str) -> Arrived:
        return receive_bytes(self.store, BytesIO(content), name, limit_bytes=LARGEST_BYTES)

    def _number(self, one: Application, member_id: int) -> str:
        member = next(each for each in one.household.present_members if each.id == member_id)
        return unsealed_number(self.session, member.person)

    def _actor(self, name: str) -> Actor:
        return self._people[name].actor

    def _unit(self, key: str) -> Unit:
        name = next(entry.name for entry in UNITS if entry.key == key)
        return self.session.scalars(select(Unit).where(Unit.name == name)).one()

    def _day(self, days_ago: int) -> date:
        return self.today - timedelta(days=days_ago)

    def _at(self, days_ago: int) -> datetime:
        return office_hour(self._day(days_ago), self.time_zone, 10)
