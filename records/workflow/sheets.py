"""What is printed of an application: notice 公示, information form 原始信息表, opinions sheet 审批表; as PDF/A."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from classification.eligibility import INCOME
from classification.identity import name_shown
from classification.text import Label
from printing.forms import Column, Language, Printed, Section, Signature, sheet_form
from records.households.models import Member
from records.workflow.models import (
    ORDER,
    Act,
    Application,
    ApplicationDocument,
    ApplicationStep,
    Objection,
    PublicNotice,
    State,
    Statement,
    StatementKind,
)

# The states in their order, that in which people judge among them.
LINE = (ORDER[0], State.DECISION, *ORDER[1:])
EMPTY = "—"
OPINIONS = (
    (Act.VERIFIED, Label("建档工会核实意见", "Opinion of the file-making union")),
    (Act.REVIEWED, Label("上级工会复核意见", "Opinion of the higher union")),
    (Act.LODGED, Label("帮扶中心备案意见", "Opinion of the aid centre")),
)
DECISION = (Act.DECIDED, Label("人工审定意见", "Opinion of the unit leader"))
SEAL = Label("（盖章）", "(seal)")
AGREED = Label("同意备案", "Lodged")


@dataclass(frozen=True)
class Printer:
    """The language of a form and the moment it is made, in the office's zone."""

    language: Language
    made_at: datetime

    def said(self, label: Label) -> str:
        return label.in_language(self.language)

    def pair(self, zh: str, en: str, value: object) -> tuple[str, str]:
        """A fact with its heading in the language of the form."""
        return self.said(Label(zh, en)), EMPTY if value in (None, "") else str(value)


def notice_sheet(printer: Printer, application: Application, notice: PublicNotice | None) -> Printed:
    """The notice as it is posted, with the least fields: no number, no illness, no name but the worker's (PIPL art. 6).

    Before it is posted its days are left blank; afterwards it says what hung.
    """
    said = printer.said
    unit, household = application.unit.name, application.household
    found = notice.hardship_class if notice else application.hardship_class
    time = f"{notice.posted_on} — {notice.last_on}" if notice else "____-__-__ — ____-__-__"
    call = Label(
        f"现将拟建档困难职工家庭情况予以公示。对公示内容有异议的，请在公示期内向{unit}反映，本单位对反映人信息保密。",
        f"A file is to be opened for the household below. Whoever objects tells {unit} while this notice hangs; who "
        "objects is kept confidential.",
    )
    facts = [
        printer.pair("姓名", "Full name", notice.name if notice else application.name),
        printer.pair("工作单位", "Employer", notice.employer if notice else household.employer),
        printer.pair("家庭人口", "Members of the household", _members(application, notice)),
        printer.pair("拟认定类别", "Proposed class", said(found.label) if found else ""),
        printer.pair("公示期限", "Notice period", time),
        printer.pair("公示地点", "Place", notice.place if notice else ""),
        printer.pair("受理异议单位", "Objections to", unit),
    ]
    return sheet_form(
        title=said(Label("困难职工建档公示", "Public notice")),
        number=application.number,
        sections=[Section(text=said(call)), Section(facts=facts)],
        made_at=printer.made_at,
        subtitle=unit,
        signatures=[Signature(said(SEAL), unit)],
        language=printer.language,
    )


def information_sheet(
    printer: Printer,
    application: Application,
    stated: Sequence[Statement],
    documents: Sequence[ApplicationDocument],
    numbers: Mapping[int, str],
    phone: str,
    told: Callable[[str | None], str],
    *,
    works: bool,
    on: date,
) -> Printed:
    """The original information form; `numbers` gives each member's ID number by the member's id, masked or not.

    `told` masks what was typed of the household, or leaves it as it is. Whoever only reads (`works` is false) is told
    no diagnosis and no whole name of a minor.
    """
    said, household = printer.said, application.household
    income = household.monthly_income_per_head
    facts = [
        printer.pair("职工姓名", "Worker", application.name),
        printer.pair("建档单位", "File-making unit", application.unit.name),
        printer.pair("申报方式", "How it became known", said(application.origin.label)),
        printer.pair("申报日期", "Day", application.applied_on),
        printer.pair("就业状况", "Employment", said(household.employment.label)),
        printer.pair("工作单位", "Employer", told(household.employer)),
        printer.pair("家庭住址", "Address", told(household.address)),
        printer.pair("联系电话", "Telephone", phone),
        printer.pair("主要致困原因", "Main cause", said(household.main_cause.label)),
        printer.pair("家庭人口", "Members", len(household.present_members)),
        printer.pair("家庭月人均收入（元）", "Monthly income per head (yuan)", income),
        printer.pair("困难类型", "Class", said(application.hardship_class.label) if application.hardship_class else ""),
    ]
    return sheet_form(
        title=said(Label("困难职工原始信息表", "Original information form")),
        number=application.number,
        sections=[
            Section(facts=facts),
            Section(
                heading=said(Label("家庭成员", "Members of the household")),
                columns=[
                    Column(said(Label("姓名", "Name")), 1.2),
                    Column(said(Label("关系", "Relation")), 0.8),
                    Column(said(Label("身份证号", "ID number")), 2),
                    Column(said(Label("性别", "Sex")), 0.5),
                    Column(said(Label("健康状况", "Health")), 1.6),
                ],
                rows=[_member_row(printer, member, numbers, works, on) for member in household.present_members],
            ),
            Section(
                heading=said(Label("申报事项及依据", "What is stated, and on what it rests")),
                columns=[
                    Column(said(Label("事项", "Stated")), 2.6),
                    Column(said(Label("内容", "Value")), 1),
                    Column(said(Label("依据材料", "Document")), 2),
                    Column(said(Label("材料日期", "Dated")), 1),
                ],
                rows=[_stated_row(printer, row, works, on) for row in stated],
            ),
            Section(
                heading=said(Label("附件材料", "Documents")),
                columns=[
                    Column(said(Label("题名", "Title")), 3),
                    Column(said(Label("日期", "Dated")), 1),
                    Column(said(Label("页数", "Pages")), 0.6, "right"),
                ],
                rows=[(row.title, row.dated, str(row.pages_count)) for row in documents],
            ),
        ],
        made_at=printer.made_at,
        subtitle=application.unit.name,
        signatures=[
            Signature(said(Label("申请人签字", "Applicant")), application.name),
            Signature(said(Label("建档人", "Maker")), application.maker.display_name),
        ],
        language=printer.language,
    )


def opinions_sheet(
    printer: Printer,
    application: Application,
    steps: Sequence[ApplicationStep],
    notices: Sequence[PublicNotice],
    objections: Sequence[Objection],
) -> Printed:
    """The approval sheet: what is approved, the opinions with day, person and room for the seal, and the whole course.

    There are three; where people had to judge, their manual decision is one more, before them (art. 3).
    """
    said = printer.said
    last = {_opinion_of(step): step for step in steps if not _undone(step, steps)}
    notice = notices[-1] if notices and Act.POSTED in last else None
    sections = []
    for act, heading in (DECISION, *OPINIONS) if Act.DECIDED in last else OPINIONS:
        step = last.get(act)
        facts = [
            printer.pair("意见", "Opinion", (step.reason or said(AGREED)) if step else ""),
            printer.pair("签字", "Signed", step.user.display_name if step else ""),
            printer.pair("日期", "Day", _day(printer, step.at) if step else ""),
            (said(SEAL), ""),
        ]
        sections.append(Section(heading=said(heading), facts=facts))
    sections.append(
        Section(
            heading=said(Label("办理经过", "Course")),
            columns=[
                Column(said(Label("环节", "Step")), 1),
                Column(said(Label("经办人", "Who")), 1),
                Column(said(Label("时间", "When")), 1.2),
                Column(said(Label("说明", "Reason")), 2.6),
            ],
            rows=[
                (said(step.act.label), step.user.display_name, _day(printer, step.at), step.reason or EMPTY)
                for step in steps
            ],
        )
    )
    return sheet_form(
        title=said(Label("困难职工建档审批表", "Approval sheet")),
        number=application.number,
        sections=[
            Section(
                facts=[
                    printer.pair("职工姓名", "Worker", application.name),
                    printer.pair("建档单位", "File-making unit", application.unit.name),
                    printer.pair("当前状态", "State", said(application.state.label)),
                ]
            ),
            Section(
                heading=said(Label("审批事项", "What is approved")),
                facts=_approved(printer, application, notice, objections),
            ),
            *sections,
        ],
        made_at=printer.made_at,
        subtitle=application.unit.name,
        language=printer.language,
    )


def _approved(
    printer: Printer, application: Application, notice: PublicNotice | None, objections: Sequence[Objection]
) -> list[tuple[str, str]]:
    """Members, income, line and class as they were decided on, and what came of the notice that hung of it."""
    said, found = printer.said, application.hardship_class
    conditions = (application.assessment or {}).get("conditions", [])
    income = next((one["figure"][printer.language] for one in conditions if one["label"]["zh"] == INCOME.zh), None)
    return [
        printer.pair("家庭人口", "Members", _members(application, notice)),
        printer.pair(INCOME.zh, INCOME.en, income),
        printer.pair(
            "当地低保标准（元/人·月）",
            "Line (yuan per head and month)",
            (application.rules or {}).get("subsistence_line", {}).get("value"),
        ),
        printer.pair("拟认定困难类型", "Class", said(found.label) if found else ""),
        printer.pair("认定日期", "Decided on", application.decided_on),
        printer.pair("公示结果", "Public notice", said(_told(notice, objections)) if notice else ""),
    ]


def _members(application: Application, notice: PublicNotice | None) -> int:
    """How many belong to the household, or belonged to it when its notice was posted."""
    return notice.members_count if notice else len(application.household.present_members)


def _told(notice: PublicNotice, objections: Sequence[Objection]) -> Label:
    """What came of a notice: its days, and the objections to it."""
    own = [one for one in objections if one.notice_id == notice.id]
    upheld, open_ = sum(bool(one.upheld) for one in own), sum(one.resolved_on is None for one in own)
    days = Label(f"{notice.posted_on} 至 {notice.last_on}", f"{notice.posted_on} to {notice.last_on}")
    if notice.cancelled_on is not None:
        state = Label("已取消", "cancelled")
    else:
        state = Label("公示中", "hanging") if notice.open else Label("已结束", "ended")
    told = Label("暂无异议", "no objection yet") if notice.open else Label("无异议", "no objection")
    if own:
        told = Label(
            f"异议 {len(own)} 条，其中成立 {upheld} 条、未处理 {open_} 条",
            f"objections {len(own)}, of which upheld {upheld}, open {open_}",
        )
    return Label(f"{days.zh}，{state.zh}，{told.zh}", f"{days.en}, {state.en}, {told.en}")


def _opinion_of(step: ApplicationStep) -> Act:
    """What a step is on the sheet: a refusal where people had to judge is their manual decision too (art. 3)."""
    return Act.DECIDED if step.act is Act.REFUSED and step.from_state is State.DECISION else step.act


def _undone(step: ApplicationStep, steps: Sequence[ApplicationStep]) -> bool:
    """Whether a later return led back to before the step, so that its opinion stands no more."""
    if step.from_state not in LINE:
        return False
    return any(
        later.position > step.position
        and later.act is Act.RETURNED
        and LINE.index(later.to_state) <= LINE.index(step.from_state)
        for later in steps
    )


def _member_row(
    printer: Printer, member: Member, numbers: Mapping[int, str], works: bool, on: date
) -> tuple[str, str, str, str, str]:
    sex = member.person.sex
    return (
        name_shown(member.person.name, member.person.born_on, whole=works, on=on),
        printer.said(member.relation.label),
        numbers.get(member.id) or EMPTY,
        printer.said(sex.label) if sex else EMPTY,
        (member.health if works else None) or EMPTY,
    )


def _stated_row(printer: Printer, row: Statement, works: bool, on: date) -> tuple[str, str, str, str]:
    what = printer.said(row.kind.label)
    if row.member is not None:
        what = f"{name_shown(row.member.person.name, row.member.person.born_on, whole=works, on=on)} {what}"
    if row.kind is StatementKind.MONTHS_BELOW:
        value = str(int(row.amount or 0))
    elif row.amount is not None:
        value = f"{row.amount:f}"
    else:
        value = printer.said(Label("是", "Yes") if row.answer else Label("否", "No"))
    document = row.document
    return what, value, document.title if document else EMPTY, document.dated if document else EMPTY


def _day(printer: Printer, at: datetime) -> str:
    return at.astimezone(printer.made_at.tzinfo).strftime("%Y-%m-%d")
