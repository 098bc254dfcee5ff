"""Paper of this room: the transfer list 移交清册 of a file or of a unit that ends, and the deed of custody 代管协议."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Literal

from classification.categories import Category
from classification.identity import mask_name
from classification.text import Label
from printing.forms import Column, Language, Printed, Section, Signature, sheet_form
from records.closing.models import CustodyOnBehalf, FileTransfer, TransferReason, TransferState, UnitClosing
from records.files.masking import unnamed
from records.handover.custody import Entry
from records.handover.models import LineKind
from records.handover.sheet import DRAFT, DRAFT_FOOTER, DUE, TITLE, carrier, period, quantity

GIVER = Label("移交人", "Hands over")
RECEIVER = Label("接收人", "Receives")
WITNESS = Label("监交人", "Witnesses")
FOOTER = Label(
    "本清册一式三份，移交单位、接收单位、监交人各执一份", "In three copies: giving unit, receiving unit, witness"
)
CLOSING_LIST = Label("撤销单位档案移交清册", "Transfer list of a unit that ends")
DEED = Label("困难职工档案代管协议", "Deed of custody on behalf")
DEED_LIST = Label("代管清单", "List of files kept on behalf")
TERMS = Label(
    "{owner}因{reason}不能继续保管下列档案。依据渝工办发〔2016〕90号第十四条，自 {day} 起由{keeper}代为保管。"
    "档案归属不变，档号及档案内容不作更改；代管单位负责保管、保密和提供利用，不得擅自处置。"
    "确定归属单位后，由代管单位办理移交，代管即行终止。",
    "{owner} cannot go on keeping the files listed below: {reason} By article 14 of 渝工办发〔2016〕90号, {keeper} "
    "keeps them on its behalf from {day}. They go on belonging to the owner of record; codes and contents stay as they "
    "are. The keeping unit answers for their safety and secrecy and disposes of nothing on its own. Once a unit of "
    "their own is found the files pass to it, and the custody ends.",
)  # fmt: skip
OUT = Label("借出，见借阅登记", "On loan, see the register of loans")  # whoever reads the list is not told to whom
MISSING = Label("缺失", "Missing")
LAST_AT = Label("见 {case}；原存放于{place}", "See {case}; last at {place}")
LINES = (
    (Label("类别", "Kind"), 0.8, "left"),
    (Label("档号／条码", "Code"), 2.6, "left"),
    (Label("题名", "Title"), 2.2, "left"),
    (Label("数量", "Count"), 0.7, "right"),
    (Label("载体", "Carrier"), 0.8, "left"),
    (Label("保管期限", "Retention"), 0.9, "left"),
    (Label("状况", "Condition"), 0.7, "left"),
    (Label("存放位置／持有人", "Place or holder"), 2.0, "left"),
    (Label("日期", "Date"), 1.0, "left"),
)  # fmt: skip
FILES = (
    (Label("移交编号", "Transfer"), 1.2, "left"),
    (Label("档号", "Reference code"), 2.4, "left"),
    (Label("题名", "Title"), 1.8, "left"),
    (Label("件数", "Items"), 0.6, "right"),
    (Label("事由", "Reason"), 1.0, "left"),
    (Label("接收人", "Receives"), 1.0, "left"),
    (Label("接收日期", "Accepted on"), 1.0, "left"),
)  # fmt: skip
KEPT = (
    (Label("档号", "Reference code"), 2.4, "left"),
    (Label("题名", "Title"), 1.8, "left"),
    (Label("件数", "Items"), 0.6, "right"),
    (Label("移交编号", "Transfer"), 1.2, "left"),
    (Label("代管起始", "From"), 1.0, "left"),
    (Label("代管终止", "Until"), 1.0, "left"),
)  # fmt: skip
SIDES: dict[str, Literal["left", "center", "right"]] = {"left": "left", "right": "right"}


def transfer_list(
    transfer: FileTransfer, entries: Sequence[Entry], *, made_at: datetime, language: Language = "zh"
) -> Printed:
    """The list of one transfer: both sides, the witness, and every thing that passes; a draft until it is accepted."""

    def said(label: Label) -> str:
        return label.in_language(language)

    accepted = transfer.state is TransferState.ACCEPTED
    facts = [
        (said(Label("移交单位", "Giving unit")), transfer.from_unit.name),
        (said(Label("接收单位", "Receiving unit")), transfer.to_unit.name),
        (said(Label("移交事由", "Reason")), said(transfer.reason.label)),
        (said(Label("移交说明", "Grounds")), _told(transfer, transfer.grounds)),
        (said(Label("办理情况", "State")), said(transfer.state.label)),
    ]
    if transfer.reemployed_on:
        facts.append((said(Label("重新就业日期", "Re-employed on")), transfer.reemployed_on.isoformat()))
    if transfer.determination and transfer.determined_on:
        determined = f"{_told(transfer, transfer.determination)}（{transfer.determined_on.isoformat()}）"
        facts.append((said(Label("新单位重新认定", "Determination of the new unit")), determined))
    if accepted:
        fetched = Label("接收时仍在移交单位，待取回", "With the giving unit at acceptance, to be fetched")
        facts.append((said(Label("纸质档案存放", "Paper lies at")), transfer.paper_spot or said(fetched)))
    return sheet_form(
        title=said(TITLE if accepted else DRAFT),
        number=transfer.number,
        subtitle=f"{transfer.code}　{_title(transfer)}",
        sections=[Section(facts=facts), Section(columns=_columns(LINES, language), rows=_lines(entries, language))],
        made_at=made_at,
        signatures=[
            Signature(said(GIVER), transfer.giver.display_name, transfer.proposed_at.astimezone(made_at.tzinfo)),
            Signature(
                said(RECEIVER),
                transfer.keeper.display_name if transfer.keeper else "",
                transfer.answered_at.astimezone(made_at.tzinfo) if accepted and transfer.answered_at else None,
            ),
            Signature(said(WITNESS), transfer.witness.display_name),
        ],
        footer=said(FOOTER if accepted else DRAFT_FOOTER),
        language=language,
        landscape=True,
    )


def closing_list(
    closing: UnitClosing, transfers: Sequence[FileTransfer], *, made_at: datetime, language: Language = "zh"
) -> Printed:
    """The list of everything accepted in the closing of a unit, one table for each receiving unit."""

    def said(label: Label) -> str:
        return label.in_language(language)

    ordered = sorted(transfers, key=lambda transfer: (transfer.to_unit.path, transfer.code))
    sections = [
        Section(
            heading=f"{name}（{len(rows)}）",
            columns=_columns(FILES, language),
            rows=[_file_row(transfer, made_at, language) for transfer in rows],
        )
        for name, rows in (
            (name, list(group)) for name, group in groupby(ordered, key=lambda transfer: transfer.to_unit.name)
        )
    ]
    on_behalf = sum(transfer.reason is TransferReason.ON_BEHALF for transfer in ordered)
    facts = [
        (said(Label("撤销单位", "Unit that ends")), closing.unit.name),
        (said(Label("撤销依据", "Decision")), closing.decision),
        (said(Label("办理情况", "State")), said(closing.state.label)),
        (said(Label("已移交案卷", "Files accepted")), str(len(ordered))),
        (said(Label("其中代管", "of them on behalf")), str(on_behalf)),
    ]
    return sheet_form(
        title=said(CLOSING_LIST),
        number=closing.number,
        subtitle=closing.unit.name,
        sections=[Section(facts=facts), *sections],
        made_at=made_at,
        signatures=[Signature(said(label), "") for label in (GIVER, RECEIVER, WITNESS)],
        footer=said(FOOTER),
        language=language,
        landscape=True,
    )


def custody_deed(
    kept: Sequence[CustodyOnBehalf], items: dict[int, int], *, made_at: datetime, language: Language = "zh"
) -> Printed:
    """The deed about files that one unit keeps on behalf of another from one day on, with the list of them.

    `items` gives the number of items by file. Raises IndexError where there is none.
    """
    first = kept[0]

    def said(label: Label) -> str:
        return label.in_language(language)

    reason = unnamed(first.reason, first.file).rstrip("。.")
    terms = said(TERMS).format(
        owner=first.owner.name, keeper=first.keeper_unit.name, day=first.from_on.isoformat(),
        reason=f"“{reason}”" if language == "zh" else f"{reason}.",
    )  # fmt: skip
    rows = [
        [
            one.file.code,
            one.file.discreetly(one.file.title),
            str(items.get(one.file_id, 0)),
            one.begun_by.number,
            one.from_on.isoformat(),
            one.until_on.isoformat() if one.until_on else "",
        ]
        for one in kept
    ]
    return sheet_form(
        title=said(DEED),
        number=first.begun_by.number,
        subtitle=f"{first.owner.name} → {first.keeper_unit.name}",
        sections=[
            Section(
                facts=[
                    (said(Label("原归属单位", "Owner of record")), first.owner.name),
                    (said(Label("代管单位", "Keeping unit")), first.keeper_unit.name),
                    (said(Label("代管起始日", "From")), first.from_on.isoformat()),
                    (said(Label("案卷数", "Files")), str(len(kept))),
                ],
                text=terms,
            ),
            Section(heading=said(DEED_LIST), columns=_columns(KEPT, language), rows=rows),
        ],
        made_at=made_at,
        signatures=[
            Signature(said(Label("归属单位（盖章）", "Owner of record (seal)")), first.owner.name),
            Signature(said(Label("代管单位（盖章）", "Keeping unit (seal)")), first.keeper_unit.name),
            Signature(said(WITNESS), first.begun_by.witness.display_name),
        ],
        language=language,
    )


def _columns(columns: Sequence[tuple[Label, float, str]], language: Language) -> list[Column]:
    return [Column(heading.in_language(language), width, SIDES[side]) for heading, width, side in columns]


def _lines(entries: Sequence[Entry], language: Language) -> list[list[str]]:
    return [_line(entry, language) for entry in entries]


def _line(entry: Entry, language: Language) -> list[str]:
    dated = entry.dated.isoformat() if entry.dated else ""
    return [
        entry.kind.label.in_language(language),
        entry.code,
        entry.title,
        quantity(entry, language),
        carrier(entry, language),
        period(entry, language),
        _condition(entry).in_language(language),
        _where(entry, language),
        f"{DUE[entry.kind].in_language(language)} {dated}" if entry.kind in DUE else dated,
    ]


def _condition(entry: Entry) -> Label:
    """The state of a thing as far as anybody can tell: what is missing is in none."""
    if entry.missing_case is not None:
        return MISSING
    return entry.condition.label if entry.condition else Label("", "")


def _where(entry: Entry, language: Language) -> str:
    if entry.missing_case is not None:
        return LAST_AT.in_language(language).format(case=entry.missing_case, place=entry.place)
    return OUT.in_language(language) if entry.holder else entry.place


def _file_row(transfer: FileTransfer, made_at: datetime, language: Language) -> list[str]:
    items = next((row["quantity"] for row in transfer.carried or () if row["kind"] == LineKind.FILE), 0)
    accepted_at = transfer.answered_at.astimezone(made_at.tzinfo) if transfer.answered_at else None
    return [
        transfer.number,
        transfer.code,
        _title(transfer),
        str(items),
        transfer.reason.label.in_language(language),
        transfer.keeper.display_name if transfer.keeper else "",
        f"{accepted_at:%Y-%m-%d}" if accepted_at else "",
    ]


def _told(transfer: FileTransfer, text: str) -> str:
    """Words of a transfer without the names of the household, also that of who was its worker then."""
    return unnamed(text, transfer.file, names=[transfer.title])


def _title(transfer: FileTransfer) -> str:
    """The title that the file had, which is the name of its worker for a household's."""
    return mask_name(transfer.title) if transfer.file.category is Category.ORIGINAL else transfer.title
