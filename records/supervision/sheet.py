"""The printed record of an inspection 监督检查记录, and filing it in the inspected unit (art. 7)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from classification.articles import article_label
from classification.text import Label
from printing.forms import Column, Language, Printed, Section, Signature, sheet_form
from records.files.errors import NotTheKeepersUnit
from records.files.masking import unnamed
from records.files.models import File, Item
from records.holdings.errors import RecordFiledAlready
from records.holdings.locking import lock
from records.holdings.printed import REPORTS, Document, Filing, file_printed
from records.supervision.errors import NotConcluded
from records.supervision.inspections import findings_of, replies_of, subjects_of
from records.supervision.models import Finding, FindingReply, Inspection
from storage.media import Workshop
from storage.objects import ObjectStore

TITLE = Label("档案工作监督检查记录", "Record of an inspection of archives work")
NOTICE = Label("档案工作监督检查意见书", "Notice of findings in archives work")
NUMBER_HEADING = Label("序号", "No.")
COLUMNS = (
    (NUMBER_HEADING, 0.4),
    (Label("发现的问题", "Finding"), 2.4),
    (Label("依据", "By article"), 0.6),
    (Label("涉及档案", "Records"), 1.6),
    (Label("整改期限", "Deadline"), 0.9),
    (Label("状态", "State"), 0.7),
)
REPLY_COLUMNS = (
    (NUMBER_HEADING, 0.4),
    (Label("整改措施", "What was done"), 2.4),
    (Label("佐证材料", "Evidence"), 1.4),
    (Label("回复日期", "Replied on"), 0.9),
    (Label("验收意见", "Decision"), 1.6),
)
NONE = Label("未发现问题。", "Nothing was found to be wrong.")


def printed_record(
    inspection: Inspection,
    findings: Sequence[Finding],
    replies: Mapping[int, Sequence[FindingReply]],
    subjects: Mapping[int, Sequence[File | Item]],
    *,
    made_at: datetime,
    language: Language = "zh",
) -> Printed:
    """The notice of findings while they are being set right, the record of the inspection once it is concluded.

    It is filed among the daily work, which more people read than the households' files: it says the codes of the files
    concerned, and masks the names of their workers.
    """

    def said(label: Label) -> str:
        return label.in_language(language)

    def columns(given: Sequence[tuple[Label, float]]) -> list[Column]:
        return [Column(said(heading), width) for heading, width in given]

    struck = unnamed(inspection.struck_reason, inspection)
    sections = [
        Section(
            facts=[
                (said(Label("被检查单位", "Inspected unit")), inspection.unit.name),
                (said(inspection.body.label), inspection.body_name),
                (said(Label("检查人员", "Inspectors")), inspection.people),
                (said(Label("检查日期", "Day of inspection")), inspection.inspected_on.isoformat()),
                (said(Label("检查范围", "Scope")), unnamed(inspection.extent, inspection)),
                *(
                    [
                        (
                            said(Label("撤销", "Struck")),
                            f"{inspection.struck_on} {struck}",
                        )
                    ]
                    if inspection.struck_on
                    else []
                ),
            ]
        ),
        Section(
            heading=said(Label("检查发现的问题", "Findings")),
            columns=columns(COLUMNS) if findings else (),
            rows=[
                [
                    str(finding.position),
                    _discreetly(finding.text, subjects.get(finding.id, ())),
                    said(article_label(finding.article)),
                    "；".join(_code_of(record) for record in subjects.get(finding.id, ())),
                    finding.due_on.isoformat(),
                    said(finding.state.label),
                ]
                for finding in findings
            ],
            text="" if findings else said(NONE),
        ),
    ]
    answers = [(finding, one) for finding in findings for one in replies.get(finding.id, ())]
    if answers:
        sections.append(
            Section(
                heading=said(Label("整改与验收", "Replies and decisions")),
                columns=columns(REPLY_COLUMNS),
                rows=[
                    [
                        str(finding.position),
                        *(_discreetly(cell, subjects.get(finding.id, ())) for cell in _reply_row(one, language)),
                    ]
                    for finding, one in answers
                ],
            )
        )
    if inspection.conclusion:
        heading = f"{said(Label('检查结论', 'Conclusion'))}（{inspection.concluded_on}）"
        concerned = [record for records in subjects.values() for record in records]
        sections.append(Section(heading=heading, text=_discreetly(inspection.conclusion, concerned)))
    return sheet_form(
        title=said(TITLE if inspection.concluded_on else NOTICE),
        number=inspection.number,
        sections=sections,
        made_at=made_at,
        signatures=[
            Signature(said(Label("检查人员", "Inspectors")), inspection.people),
            Signature(said(Label("被检查单位", "Inspected unit")), inspection.unit.name),
        ],
        language=language,
    )


def file_record(
    session: Session,
    inspection: Inspection,
    *,
    actor: Actor,
    store: ObjectStore,
    workshop: Workshop,
    at: datetime,
    on: date,
) -> Item:
    """File the record of a concluded inspection among the daily-work records of the inspected unit, by its keeper.

    Raises NotTheKeepersUnit, NotConcluded, RecordFiledAlready, StoreFailed or what filing raises.
    """
    unit = inspection.unit
    if not actor.may(Permission.FILE, unit.path):
        raise NotTheKeepersUnit(unit=unit.name)
    lock(session, inspection)
    if inspection.concluded_on is None:
        raise NotConcluded(number=inspection.number)
    if inspection.record_item_id is not None:
        filed = session.get_one(Item, inspection.record_item_id)
        raise RecordFiledAlready(number=inspection.number, code=filed.code)
    findings = findings_of(session, inspection)
    printed = printed_record(
        inspection, findings, replies_of(session, findings), subjects_of(session, findings, actor), made_at=at
    )
    document = Document(
        unit=unit,
        document_type="inspection_record",
        title=f"{inspection.body_name}对{unit.name}档案工作监督检查记录（{inspection.number}）",
        number=inspection.number,
        name=f"{inspection.number}.pdf",
        printed=printed,
        people=inspection.people,
        retention_class=REPORTS,
        body=inspection.body_name,
        dated=inspection.inspected_on,
    )
    keeper = session.get_one(User, actor.user_id)
    item = file_printed(session, document, Filing(keeper, store, workshop, at, on))
    inspection.record_item_id = item.id
    audit.record(session, actor.name, "inspection.filed", inspection, number=inspection.number, code=item.code)
    return item


def _reply_row(one: FindingReply, language: Language) -> list[str]:
    decided = one.decision.label.in_language(language) if one.decision else ""
    return [
        one.measures,
        _code_of(one.evidence) if one.evidence else "",
        one.replied_on.isoformat() + (f"（{_late(one, language)}）" if one.days_late else ""),
        "：".join(part for part in (decided, one.decision_reason or "") if part),
    ]


def _late(one: FindingReply, language: Language) -> str:
    days = one.days_late
    return Label(f"限期{one.due_on}，逾期{days}天", f"due {one.due_on}, days late: {days}").in_language(language)


def _code_of(record: File | Item) -> str:
    return record.code or _file_of(record).code


def _file_of(record: File | Item) -> File:
    return record.file if isinstance(record, Item) else record


def _discreetly(text: str, records: Iterable[File | Item]) -> str:
    return unnamed(text, *map(_file_of, records))
