"""What upkeep prints: the withdrawal form 撤档审批表 and the clean-up report 清理报告, as PDF/A."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from classification.text import Label
from printing.forms import Column, Language, Printed, Section, Signature, sheet_form
from records.files.held import Leaving
from records.files.living import Withdrawal
from records.files.masking import unnamed
from records.files.models import File
from records.upkeep.clean_up import Figures
from records.upkeep.models import CleanUp, CleanUpLine, CleanUpPart, CleanUpResult

Said = Callable[[str, str], str]  # a text in the language of the sheet, by its Chinese and English words
FORM = Label("困难职工档案撤档审批表", "Withdrawal of a household file")
REPORT = Label("困难职工档案集中清理报告", "Report on the yearly clean-up")
INTERIM = Label("困难职工档案集中清理情况（进行中）", "Yearly clean-up (under way)")
BASIS = Label("依据《困难职工档案管理办法》第十三条、第十五条", "By articles 13 and 15 of the regulation")
UNIT_COLUMNS = (
    (Label("单位", "Unit"), 2.4),
    (Label("列入清单", "Listed"), 0.8),
    *((result.label, 0.8) for result in CleanUpResult),
    (Label("未定", "Open"), 0.7),
    (Label("抽查", "Sample"), 0.7),
    (Label("已抽查", "Checked"), 0.8),
    (Label("在档", "Active"), 0.7),
    (Label("办结日期", "Closed on"), 1.4),
)


def withdrawal_form(
    row: Withdrawal,
    household: Leaving | None,
    *,
    number: str,
    keeper: str,
    approver: str,
    people: Mapping[str, str],
    made_at: datetime,
    language: Language = "zh",
) -> Printed:
    """One withdrawal with its reason and clock, the household as it left, and blanks for the opinions.

    `number` is masked; `approver` is who decided on a backdated day 倒签, empty where it is not backdated.
    """
    said = _speaking(language)
    return sheet_form(
        title=FORM.in_language(language),
        number=row.file.code,
        sections=[
            Section(said("一、家庭情况", "1. Household"), _facts(row.file, household, number, said, language)),
            _leaving(row, keeper, approver, said, language),
            *_since(row, people, said),
        ],
        made_at=made_at,
        subtitle=row.file.unit.name,
        signatures=[
            Signature(said("经办人（档案管理员）", "Keeper"), keeper),
            *([Signature(said("审批人", "Approver"), approver)] if approver else []),
            Signature(said("建档单位工会意见（盖章）", "Opinion of the unit (seal)"), ""),
            Signature(said("上级工会复核意见（盖章）", "Opinion of the superior (seal)"), ""),
        ],
        footer=BASIS.in_language(language),
        language=language,
    )


def _facts(
    file: File, household: Leaving | None, number: str, said: Said, language: Language
) -> list[tuple[str, str]]:  # fmt: skip
    facts = [
        (said("档号", "Reference code"), file.code),
        (said("困难职工", "Worker"), file.title),
        (said("证件号码", "ID number"), number or "—"),
        (said("建档单位", "Unit"), file.unit.name),
        (said("建档日期", "Opened on"), file.opened_on.isoformat()),
    ]
    if household and household.members:
        facts.insert(3, (said("家庭人口", "Members"), str(household.members)))
    if household:
        facts.append((said("致困原因", "Main cause"), household.main_cause.label.in_language(language)))
    return facts


def _leaving(row: Withdrawal, keeper: str, approver: str, said: Said, language: Language) -> Section:
    """The day, the reason and the clock of a withdrawal, and who decided on a day that is dated back."""
    facts = [
        (said("撤档日期", "Withdrawn on"), row.withdrawn_on.isoformat()),
        (said("撤档原因", "Reason"), row.reason.label.in_language(language)),
        (said("保管期限", "Kept for"), said("自撤档之日起10年", "ten years from the day of withdrawal")),
        (said("保管至", "Kept through"), row.kept_through.isoformat()),
        (said("经办人", "Keeper"), keeper),
        (said("登记日期", "Noted on"), row.noted_on.isoformat()),
    ]
    if approver:
        back = said(
            f"是，由{approver}审批：撤档日期早于登记日期 {(row.noted_on - row.withdrawn_on).days} 日，依据如下",
            f"Yes, decided by {approver}: {(row.noted_on - row.withdrawn_on).days} days before it was noted, on the "
            "grounds below",
        )
        facts.append((said("倒签", "Dated back"), back))
    return Section(said("二、撤档情况", "2. Withdrawal"), facts, text=unnamed(row.remarks, row.file))


def _since(row: Withdrawal, people: Mapping[str, str], said: Said) -> Iterator[Section]:
    """What became of a withdrawal: the return to help, and what was corrected of it."""
    if row.returned_on:
        facts = [
            (said("返困日期", "Returned on"), row.returned_on.isoformat()),
            (said("经办人", "Noted by"), people.get(row.returned_by or "", row.returned_by or "")),
        ]
        yield Section(said("三、返困情况", "3. Return to help"), facts, text=unnamed(row.return_reason, row.file))
    if row.corrected_on:
        text = f"{row.corrected_on.isoformat()}　{unnamed(row.correction_reason, row.file)}"
        yield Section(said("更正情况", "Corrected since"), text=text)


def clean_up_report(
    clean_up: CleanUp,
    parts: Sequence[CleanUpPart],
    figures: Mapping[int, Figures],
    lines: Sequence[CleanUpLine],
    *,
    made_at: datetime,
    language: Language = "zh",
    of: str,
) -> Printed:
    """A campaign, or one part of it, in figures; `lines` are the files of which more than 保留 came, `of` the unit."""
    said = _speaking(language)
    closed = sum(part.closed_on is not None for part in parts)
    facts = [
        (said("清理年度", "Year"), str(clean_up.year)),
        (said("部署单位", "Started by unit"), clean_up.unit.name),
        (said("部署日期", "Started on"), clean_up.started_on.isoformat()),
        (said("完成时限", "To be closed by"), clean_up.last_day.isoformat()),
        (said("已办结单位", "Units closed"), f"{closed} / {len(parts)}"),
        (said("抽样随机号（凭此可复核抽样）", "Seed of the sample, which draws it again"), clean_up.seed),
    ]
    sections = [Section(facts=facts), _by_unit(parts, figures, said, language)]
    if summaries := [
        f"{part.unit.name}：{unnamed(part.summary, *(line.file for line in lines))}" for part in parts if part.summary
    ]:
        sections.append(Section(said("二、情况说明", "2. What the units report"), text="\n\n".join(summaries)))
    if lines:
        sections.append(_files_concerned(lines, said, language))
    return sheet_form(
        title=(REPORT if closed == len(parts) else INTERIM).in_language(language),
        number=clean_up.number,
        sections=sections,
        made_at=made_at,
        subtitle=of,
        signatures=[
            Signature(said("填报人", "Drawn up by"), ""),
            Signature(said("单位工会负责人（盖章）", "Leader of the unit (seal)"), ""),
        ],
        footer=Label("依据《困难职工档案管理办法》第十三条", "By article 13 of the regulation").in_language(language),
        language=language,
        landscape=True,
    )


def _by_unit(
    parts: Sequence[CleanUpPart], figures: Mapping[int, Figures], said: Said, language: Language
) -> Section:  # fmt: skip
    """The figures of every unit, with their sum where there are several."""
    rows = [_row(part.unit.name, figures[part.id], _closed(part).in_language(language)) for part in parts]
    if len(parts) > 1:
        rows.append(_row(said("合计", "Total"), sum((figures[part.id] for part in parts), Figures()), "—"))
    columns = [Column(label.in_language(language), width) for label, width in UNIT_COLUMNS]
    return Section(said("一、各单位完成情况", "1. Unit by unit"), columns=columns, rows=rows)


def _files_concerned(lines: Sequence[CleanUpLine], said: Said, language: Language) -> Section:
    """The files that were changed, withdrawn or asked about, with households named by their first sign."""
    return Section(
        said("调整、撤档和补充材料的档案", "Files changed, withdrawn or asked about"),
        columns=[
            Column(said("档号", "Reference code"), 2.2),
            Column(said("困难职工", "Worker"), 1.2),
            Column(said("结果", "Result"), 1),
            Column(said("说明", "Note"), 3),
        ],
        rows=[
            [
                line.file.code,
                line.file.discreetly(line.file.title),
                line.result.label.in_language(language) if line.result else "",
                unnamed(line.note, line.file),
            ]
            for line in lines
        ],
    )


def _speaking(language: Language) -> Said:
    return lambda zh, en: Label(zh, en).in_language(language)


def _row(name: str, figures: Figures, closed: str) -> list[str]:
    results = [getattr(figures, result.value) for result in CleanUpResult]
    open_still = figures.files - figures.decided
    counts = [figures.files, *results, open_still, figures.sampled, figures.checked, figures.active]
    return [name, *map(str, counts), closed]


def _closed(part: CleanUpPart) -> Label:
    """The day on which a part was closed, and how late."""
    if part.closed_on is None:
        return Label("—", "—")
    day, days = part.closed_on.isoformat(), part.days_late
    if not days:
        return Label(day, day)
    return Label(f"{day}（逾期{days}天办结）", f"{day} (closed late by {days} {'day' if days == 1 else 'days'})")
