"""The appraisal opinion 鉴定意见书 and the destruction list 销毁清册 on paper (order 79, art. 18 and 19)."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Literal

from classification.categories import Category
from classification.identity import mask_name
from classification.periods import Period
from classification.text import Label
from printing.forms import Column, Language, Printed, Section, Signature, sheet_form
from records.disposal.destruction import HOUSEHOLD_TITLE
from records.disposal.models import (
    DisposalBatch,
    DisposalLine,
    DisposalSignature,
    GroupMember,
    Hold,
    LineState,
    Verdict,
)
from records.files.masking import unnamed

Side = Literal["left", "center", "right"]
Heading = tuple[Label, float, Side]
Said = Callable[[Label], str]
Holds = Mapping[int, Sequence[Hold]]
Owners = Mapping[int, str]  # of record, by file, where it is kept on behalf 代管 (art. 14)

OPINION = Label("档案鉴定意见书", "Appraisal opinion")
LIST = Label("档案销毁清册", "Destruction list")
DRAFT = Label("（稿）", " (draft)")
FOOTER = Label("本件随档案永久保存", "Kept for ever")
NONE = Label("无", "None")
BEHALF = Label("（代管，档案所属单位：{owner}）", " (kept on behalf of {owner})")

_POSITION: Heading = (Label("序号", "No."), 0.5, "right")
_CODE: Heading = (Label("档号", "Reference code"), 2.3, "left")
_TITLE: Heading = (Label("题名", "Title"), 2.4, "left")
_YEAR: Heading = (Label("年度（形成日期）", "Year (dated)"), 1.0, "center")
_PERIOD: Heading = (Label("应保管期限", "Period due"), 1.1, "center")
_KEPT: Heading = (Label("已保管期间", "Kept from – to"), 1.7, "center")
_QUANTITY: Heading = (Label("数量", "Quantity"), 1.5, "left")
OPINION_COLUMNS: tuple[Heading, ...] = (
    _POSITION, _CODE, _TITLE, _YEAR, _PERIOD, _KEPT, (Label("鉴定意见", "Opinion"), 1.2, "center"),
    (Label("理由", "Reason"), 2.2, "left"),
)  # fmt: skip
LIST_COLUMNS: tuple[Heading, ...] = (
    _POSITION, _CODE, _TITLE, _YEAR, _PERIOD, _KEPT, _QUANTITY, (Label("结果", "Result"), 1.2, "center"),
    (Label("销毁日期", "Destroyed on"), 1.1, "center"), (Label("备注", "Remarks"), 1.6, "left"),
)  # fmt: skip
HOLD_COLUMNS: tuple[Heading, ...] = (
    (Label("档号", "Reference code"), 2.3, "left"),
    (Label("事由", "Matter"), 1.4, "left"),
    (Label("说明", "Reason"), 2.6, "left"),
    (Label("单独立卷存放", "Kept apart in"), 2.0, "left"),
    (Label("状态", "State"), 1.0, "center"),
)


def opinion_sheet(
    batch: DisposalBatch,
    lines: Sequence[DisposalLine],
    group: Sequence[GroupMember],
    holds: Holds,
    noted_by: Sequence[str],
    *,
    owners: Owners,
    made_at: datetime,
    language: Language = "zh",
    draft: bool = False,
) -> Printed:
    """The opinion of the group on every line, to be signed by its members by hand; `noted_by` are who noted it here."""

    def said(label: Label) -> str:
        return label.in_language(language)

    verdicts = Counter(line.verdict for line in lines)
    return sheet_form(
        title=said(OPINION) + (said(DRAFT) if draft else ""),
        number=batch.number,
        subtitle=f"{batch.unit.name} · {said(batch.category.label)}",
        sections=[
            Section(
                facts=[
                    (said(Label("提出人", "Drawn by")), batch.proposed_by.display_name),
                    (said(Label("鉴定件（卷）数", "Entries")), str(len(lines))),
                    *((said(verdict.label), str(verdicts[verdict])) for verdict in Verdict),
                    (said(Label("意见登记人", "Noted here by")), "、".join(noted_by) or "—"),
                    *_decision(batch, said),
                ]
            ),
            Section(
                said(Label("鉴定小组", "Appraisal group")),
                columns=_columns(
                    ((Label("职责", "Part"), 1.2, "left"), (Label("姓名", "Name"), 1, "left"),
                     (Label("单位及职务", "Body and position"), 2.4, "left")),
                    said,
                ),
                rows=[[said(member.role.label), member.name, member.position] for member in group],
            ),
            Section(
                said(Label("逐件（卷）鉴定意见", "Opinion on every entry")),
                columns=_columns(OPINION_COLUMNS, said),
                rows=[
                    [
                        *_described(line, language, line.position, owners, made_at),
                        verdict_words(line, language),
                        unnamed(discreetly(line, line.reason or ""), line.file),
                    ]
                    for line in lines
                ],
            ),
            _held(lines, holds, said),
        ],
        signatures=[Signature(said(member.role.label), member.name) for member in group],
        made_at=made_at,
        footer=said(FOOTER),
        language=language,
        landscape=True,
    )  # fmt: skip


def destruction_sheet(
    batch: DisposalBatch,
    lines: Sequence[DisposalLine],
    signatures: Sequence[DisposalSignature],
    holds: Holds,
    *,
    owners: Owners,
    made_at: datetime,
    language: Language = "zh",
    draft: bool = False,
) -> Printed:
    """The list of what was approved to be destroyed with the result of each line, and who signed when."""

    def said(label: Label) -> str:
        return label.in_language(language)

    listed = [line for line in lines if line.verdict is Verdict.DESTROY]
    results = Counter(line.state for line in listed)
    zone = made_at.tzinfo
    return sheet_form(
        title=said(LIST) + (said(DRAFT) if draft else ""),
        number=batch.number,
        subtitle=f"{batch.unit.name} · {said(batch.category.label)}",
        sections=[
            Section(
                facts=[
                    (said(Label("提出人", "Drawn by")), batch.proposed_by.display_name),
                    *_decision(batch, said),
                    (said(Label("列入件（卷）数", "Entries")), str(len(listed))),
                    *((said(state.label), str(results[state])) for state in LineState if results[state]),
                    (said(Label("清册摘要（SHA-256）", "Digest of the list (SHA-256)")), batch.list_sha256 or "—"),
                ]
            ),
            Section(
                columns=_columns(LIST_COLUMNS, said),
                rows=[
                    [
                        *_described(line, language, position, owners, made_at),
                        quantity_words(line, language),
                        said(line.state.label),
                        _destroyed_on(line, made_at),
                        _remark(line, language),
                    ]
                    for position, line in enumerate(listed, 1)
                ],
            ),
            _held(lines, holds, said),
            Section(
                said(Label("监销清点", "Counted against the list before")),
                facts=[
                    (f"{said(one.part.label)} {one.user.display_name}", _counted(one, zone, said))
                    for one in signatures
                    if one.part.watches and not one.taken_back
                ],
            ),
            *_opinions(signatures, zone, said),
        ],
        signatures=[
            Signature(
                said(one.part.label), one.user.display_name, one.signed_at.astimezone(zone) if one.signed_at else None
            )
            for one in signatures
            if one.replaced_at is None
        ],
        made_at=made_at,
        footer=said(FOOTER),
        language=language,
        landscape=True,
    )


def verdict_words(line: DisposalLine, language: str) -> str:
    """The opinion on a line; of one kept on with its new period."""
    if line.verdict is None:
        return ""
    said = line.verdict.label.in_language(language)
    if line.keep_letter:
        return f"{said} {Period.of_letter(line.keep_letter).label.in_language(language)}"
    return f"{said}（{line.hold_kind.label.in_language(language)}）" if line.hold_kind else said


def discreetly(line: DisposalLine, text: str) -> str:
    """Text of a line with the worker's name masked: opinion and list stay for ever, the household's file does not."""
    named = line.batch.category is Category.ORIGINAL and line.file_id and line.title != HOUSEHOLD_TITLE
    return text.replace(line.title, mask_name(line.title)) if named else text


def quantity_words(line: DisposalLine, language: str) -> str:
    """Paper and electronic of a line, and its set lodged at the aid centre with the place where that lies."""
    words = Label(
        f"纸质 {line.copies_count} 件 {line.pages_count} 页，电子 {line.objects_count} 件",
        f"{line.copies_count} on paper, {line.pages_count} pages; {line.objects_count} electronic",
    )
    if line.lodged_place:
        words = Label(
            f"{words.zh}；备案副本 1 套 {line.lodged_pages_count} 页（{line.lodged_place}）",
            f"{words.en}; 1 lodged copy, {line.lodged_pages_count} pages ({line.lodged_place})",
        )
    return words.in_language(language)


def outcome_words(line: DisposalLine, language: str) -> str:
    """Why a line came to its result, and the numbers or the reason that belong to it."""
    said = line.cause.label.in_language(language) if line.cause else ""
    if not said or not line.outcome:
        return said or line.outcome or ""
    return f"{said}（{line.outcome}）" if language == "zh" else f"{said} ({line.outcome})"


def dated_words(line: DisposalLine) -> str:
    """The year of a line, and of a record in a yearly file its own date too, by which the year can be checked."""
    return f"{line.year}（{line.dated}）" if line.dated else str(line.year)


def _described(line: DisposalLine, language: str, position: int, owners: Owners, made_at: datetime) -> list[str]:
    """What a line is about and on whose behalf it is kept, with its number, its period, and how long it was kept."""
    period = Period.of_letter(line.period_letter).label.in_language(language)
    owner = owners.get(line.file_id or 0)
    until = Label("至 {day}", "to {day}").in_language(language).format(day=line.last_day_kept)
    return [
        str(position),
        line.code,
        discreetly(line, line.title) + (BEHALF.in_language(language).format(owner=owner) if owner else ""),
        dated_words(line),
        f"{period} {until}",
        f"{line.starts_on:%Y-%m-%d} – {_end_of_keeping(line, made_at):%Y-%m-%d}",
    ]


def _decision(batch: DisposalBatch, said: Said) -> list[tuple[str, str]]:
    if batch.decided_by is None or batch.decided_on is None:
        return []
    facts = [(said(Label("审批人", "Approved by")), f"{batch.decided_by.display_name} {batch.decided_on:%Y-%m-%d}")]
    if batch.waits_until is not None:
        facts.append((said(Label("等待期至", "Waits until")), batch.waits_until.isoformat()))
    return facts


def _opinions(signatures: Sequence[DisposalSignature], zone: tzinfo | None, said: Said) -> list[Section]:
    """What the five wrote who sign for accounting records: order 79, art. 18."""
    signed = [one for one in signatures if not one.part.watches and one.signed_at is not None]
    facts = [
        (
            f"{said(one.part.label)} {one.user.display_name}",
            f"{unnamed(one.opinion)} {_moment(one.signed_at, zone)}".strip(),
        )
        for one in signed
    ]
    return [Section(said(Label("签署意见", "Opinions signed")), facts=facts)] if facts else []


def _held(lines: Sequence[DisposalLine], holds: Holds, said: Said) -> Section:
    """Those named that must not be destroyed: order 79, art. 19."""
    rows = [
        [
            line.code,
            said(hold.kind.label),
            unnamed(discreetly(line, hold.reason), line.file),
            unnamed(discreetly(line, hold.separate_file or ""), line.file),
            said(Label("停止销毁", "In force") if hold.lifted_at is None else Label("已解除", "Lifted")),
        ]
        for line in lines
        for hold in holds.get(line.id, ())
    ]
    return Section(
        said(Label("停止销毁（未结清等事项）", "Holds (unsettled accounts and others)")),
        columns=_columns(HOLD_COLUMNS, said) if rows else (),
        rows=rows,
        text="" if rows else said(NONE),
    )


def _columns(columns: Sequence[Heading], said: Said) -> list[Column]:
    return [Column(said(heading), width, side) for heading, width, side in columns]


def _end_of_keeping(line: DisposalLine, made_at: datetime) -> date:
    """The day of the destruction, or the day of the sheet for what is there still."""
    if line.state is not LineState.DESTROYED or line.done_at is None:
        return made_at.date()
    return line.done_at.astimezone(made_at.tzinfo).date()


def _destroyed_on(line: DisposalLine, made_at: datetime) -> str:
    return _end_of_keeping(line, made_at).isoformat() if line.state is LineState.DESTROYED else ""


def _remark(line: DisposalLine, language: str) -> str:
    told = line.state in (LineState.PULLED, LineState.FAILED) or line.cause is not None
    return outcome_words(line, language) if told else ""


def _counted(one: DisposalSignature, zone: tzinfo | None, said: Said) -> str:
    """When a witness counted; of one who was replaced, when that was and why."""
    if one.replaced_at is None:
        return _moment(one.counted_at, zone)
    replaced = said(Label("{at} 更换：{reason}", "replaced {at}: {reason}"))
    replaced = replaced.format(at=_moment(one.replaced_at, zone), reason=unnamed(one.replaced_reason))
    return f"{_moment(one.counted_at, zone)}（{replaced}）"


def _moment(at: datetime | None, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else "—"
