"""The transfer list 移交清册: what it says, the digest of that, and how it is printed (DOMAIN part 7)."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

from classification.periods import Period
from classification.text import Label
from printing.forms import Column, Language, Printed, Signature, table_form
from records.files.masking import unnamed
from records.handover.counting import way_of_counting
from records.handover.custody import Entry
from records.handover.extent import Extent
from records.handover.models import Difference, Handover, HandoverLine, HandoverSignature, LineKind

TITLE = Label("档案移交清册", "Transfer list")
DRAFT = Label("档案移交清册（草稿）", "Transfer list (draft)")
FOOTER = Label("本清册一式三份，移交人、接收人、监交人各执一份", "In three copies, one for each who signs")
FOOTER_WITHOUT = Label(
    "本清册一式三份，接收人和两名监交人各执一份", "In three copies, one for the receiver and each witness"
)
DRAFT_FOOTER = Label("草稿，未经签署，不作交接凭据", "Draft, not signed, no proof of handover")
REPLACED = Label("原保管人（未到场）", "Keeper replaced")
PROOF = Label("缺席依据", "Proof of absence")
CONFIRMED = Label("相符", "As listed")
UNSCANNED = Label("相符（未扫描）", "As listed, not scanned")
LOST = Label("报失（{case}）", "Reported lost ({case})")
FOUND_AGAIN = Label("已找到，原报失（{case}）", "Found, had been reported lost ({case})")
OUT = Label("在借，与登记相符", "On loan, as listed")
LOAN_HOLDS = Label("与借阅登记相符", "As in the register of loans")
HERE_AFTER_ALL = Label("与清点不符：实物在架未还，见该件", "Not so: the paper is here, see the line of the copy")
REFUSED = Label("拒收", "Refused")
NOT_SAMPLED = Label("未抽中", "Not in the sample")
NOT_CHECKED = Label("未核对", "Not checked")
ADDED = Label("交接期间增加", "Added during the handover")
OPEN_WORK = Label("未了事项", "Open work")
NOTHING = Label("无", "none")
LEFT = Label("交接期间已移出", "Left during the handover")
DUE = {LineKind.LOAN: Label("应还", "due"), LineKind.TWIN: Label("应同步", "due")}
QUANTITIES = {  # for one, and for more where the language tells them apart
    LineKind.FILE: Label("{n} 件", "{n} item|{n} items"),
    LineKind.BOX: Label("{n} 份", "{n} copy|{n} copies"),
    LineKind.TWIN: Label("{n} 项变更", "{n} change|{n} changes"),
    LineKind.EXTRA: Label("{n} 份", "{n} copy|{n} copies"),
}
PAGES = Label("{n} 页", "{n} page|{n} pages")
WITH_OBJECTS = Label("电子 {n}", "{n} digital")
COLUMNS = (
    (Label("序号", "No."), 0.45, "center"),
    (Label("类别", "Kind"), 0.7, "left"),
    (Label("档号／条码", "Code"), 2.75, "left"),
    (Label("题名", "Title"), 2.2, "left"),
    (Label("数量", "Count"), 0.75, "right"),
    (Label("载体", "Carrier"), 0.8, "left"),
    (Label("保管期限", "Retention"), 0.8, "left"),
    (Label("状况", "Condition"), 0.65, "left"),
    (Label("存放位置／持有人", "Place or holder"), 1.9, "left"),
    (Label("日期", "Date"), 0.95, "left"),
    (Label("核对情况", "Found"), 1.4, "left"),
    (Label("备注", "Remarks"), 0.9, "left"),
)  # fmt: skip
SIDES: dict[str, Literal["left", "center", "right"]] = {"left": "left", "center": "center", "right": "right"}
CONTENT = (
    "position", "kind", "subject_id", "code", "title", "quantity", "objects_count", "carrier", "period_letter",
    "condition", "place", "holder", "missing_case", "dated", "difference", "difference_reason", "counted", "scanned",
    "refused_reason",
)  # fmt: skip


def list_digest(handover: Handover, lines: Sequence[HandoverLine]) -> str:
    """SHA-256 in hex over what a signature is for, as JSON: the people, the lines with what was found, open work."""
    content = {
        "number": handover.number,
        "kind": handover.kind.value,
        "leaver": handover.leaver.name,
        "extent": handover.extent,
        "open_work": handover.open_work,
        "parties": {part.value: user.name for part, user in handover.parties.items()},
        "lines": [
            [
                *(_plain(getattr(line, name)) for name in CONTENT),
                line.confirmed_at is not None,
                line.left_at is not None,
            ]
            for line in lines
        ],
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def printed_list(
    handover: Handover,
    lines: Sequence[HandoverLine],
    signatures: Sequence[HandoverSignature],
    *,
    here: Collection[int],
    made_at: datetime,
    language: Language = "zh",
    draft: bool = False,
) -> Printed:
    """The list as PDF/A: a draft to check by, or the deed with the times of all signatures; `here` as in `found`."""

    def said(label: Label) -> str:
        return label.in_language(language)

    signed = {signature.part: signature.signed_at.astimezone(made_at.tzinfo) for signature in signatures}
    counts = Counter(line.kind for line in lines if line.left_at is None)
    different = sum(line.difference is not None for line in lines if line.left_at is None)
    counted = sum(line.counted for line in lines if line.left_at is None)
    refused = sum(line.refused_reason is not None for line in lines if line.left_at is None)
    return table_form(
        title=said(DRAFT if draft else TITLE),
        number=handover.number,
        columns=[Column(said(heading), width, SIDES[side]) for heading, width, side in COLUMNS],
        rows=[_row(line, language, here) for line in lines],
        made_at=made_at,
        subtitle=handover.unit.name,
        facts=[
            *_people(handover, language),
            (said(Label("移交原因", "Reason")), unnamed(handover.reason)),
            (said(Label("移交范围", "Handed over")), said(Extent.of(handover.extent).label)),
            *((said(kind.label), str(counts[kind])) for kind in LineKind),
            (said(Label("点交方式", "Counting")), said(way_of_counting(handover, counted, sum(counts.values())))),
            (said(Label("差异", "Differences")), str(different)),
            (said(REFUSED), str(refused)),
            (said(OPEN_WORK), said(in_hand(handover))),
        ],
        signatures=[
            Signature(said(part.label), user.display_name, signed.get(part)) for part, user in handover.parties.items()
        ],
        footer=said(DRAFT_FOOTER if draft else FOOTER if handover.proof is None else FOOTER_WITHOUT),
        language=language,
        landscape=True,
    )


def _people(handover: Handover, language: str) -> list[tuple[str, str]]:
    """Who takes part; of a keeper who is replaced, also what proves that."""
    told = [(part.label.in_language(language), user.display_name) for part, user in handover.parties.items()]
    if handover.proof is None:
        return told
    absent = (REPLACED.in_language(language), handover.leaver.display_name)
    return [absent, (PROOF.in_language(language), unnamed(handover.proof)), *told]


def in_hand(handover: Handover) -> Label:
    """What the leaver has in hand beside the list, in words."""
    kinds = handover.in_hand.items()
    if not kinds:
        return NOTHING
    zh = "；".join(f"{kind.label.zh} {count}" for kind, count in kinds)
    return Label(zh, "; ".join(f"{kind.label.en}: {count}" for kind, count in kinds))


def quantity(line: HandoverLine | Entry, language: str) -> str:
    """How much a line stands for, in words."""
    one, _, more = QUANTITIES.get(line.kind, PAGES).in_language(language).partition("|")
    counted = (more if more and line.quantity != 1 else one).format(n=line.quantity)
    return counted if line.quantity or line.kind in QUANTITIES else ""


def carrier(line: HandoverLine | Entry, language: str) -> str:
    """What a line is on; of a file, how many of its records are digital."""
    if line.objects_count is not None:
        return WITH_OBJECTS.in_language(language).format(n=line.objects_count) if line.objects_count else ""
    return line.carrier.label.in_language(language) if line.carrier else ""


def period(line: HandoverLine | Entry, language: str) -> str:
    """The retention period, empty for documentary files, whose items have their own."""
    return Period.of_letter(line.period_letter).label.in_language(language) if line.period_letter else ""


def found(line: HandoverLine, language: str, here: Collection[int] = ()) -> str:
    """What the receiver found, in words; of what is on record as lost, that before all else.

    `here` are the lines of loans, and of files, whose paper was seen though it is on loan: see `here_after_all`.
    """
    if line.missing_case is None:
        return _found(line, language, here)
    if line.confirmed_at is not None:
        return FOUND_AGAIN.in_language(language).format(case=line.missing_case)
    return " ".join(filter(None, (lost(line, language), _found(line, language, here))))


def lost(line: HandoverLine, language: str) -> str:
    """Under which incident a copy is on record as lost, in words."""
    return LOST.in_language(language).format(case=line.missing_case)


def _found(line: HandoverLine, language: str, here: Collection[int]) -> str:
    if isinstance(line.difference, Difference):
        return f"{line.difference.label.in_language(language)}：{unnamed(line.difference_reason, line)}"
    if line.refused_reason is not None:
        return f"{REFUSED.in_language(language)}：{unnamed(line.refused_reason, line)}"
    if line.left_at:
        return ""
    if line.id in here:
        return HERE_AFTER_ALL.in_language(language)
    unseen = NOT_CHECKED if line.counted else NOT_SAMPLED
    return (_confirmed(line) if line.confirmed_at else unseen).in_language(language)


def _confirmed(line: HandoverLine) -> Label:
    """How a line was confirmed: paper by a scan, or ticked by the books; of a loan the books are all there is.

    So they are of a file whose paper is all out: whether each copy is, its own line says.
    """
    if line.kind in (LineKind.BOX, LineKind.COPY):
        return CONFIRMED if line.scanned else OUT if line.holder is not None else UNSCANNED
    return LOAN_HOLDS if line.holder is not None else CONFIRMED


def _row(line: HandoverLine, language: str, here: Collection[int]) -> list[str]:
    dated = line.dated.isoformat() if line.dated else ""
    remarks = [label.in_language(language) for label, so in ((ADDED, line.added_at), (LEFT, line.left_at)) if so]
    return [
        str(line.position),
        line.kind.label.in_language(language),
        line.code,
        line.title,
        quantity(line, language),
        carrier(line, language),
        period(line, language),
        line.condition.label.in_language(language) if line.condition else "",
        line.holder or line.place,
        f"{DUE[line.kind].in_language(language)} {dated}" if line.kind in DUE else dated,
        found(line, language, here),
        "；".join(remarks),
    ]


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, int) else str(value)
