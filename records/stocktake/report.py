"""The stocktake report 盘点报告: what it says, the digest of that, how it is printed, signed and filed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.models import User
from accounts.services import confirm_password
from classification.text import Label
from printing.forms import Column, Language, Printed, Section, Signature, sheet_form
from records.files.masking import unnamed
from records.files.models import Item
from records.holdings.models import PaperCopy
from records.holdings.printed import REPORTS, Document, Filing, file_printed
from records.stocktake.errors import (
    NotASigner,
    ReportChanged,
    SignedAlready,
    StillCounting,
    StillToPutBack,
    Unsettled,
)
from records.stocktake.models import (
    Finding,
    Part,
    Stocktake,
    StocktakeLine,
    StocktakeSignature,
    StocktakeState,
)
from records.stocktake.services import (
    counters_of,
    counts_of,
    differences_of,
    lapse,
    lock_open,
    release_places,
    signatures_of,
    unsettled_in,
)
from storage.media import Workshop
from storage.objects import ObjectStore

TITLE = Label("档案盘点报告", "Stocktake report")
DRAFT = Label("档案盘点报告（草稿）", "Stocktake report (draft)")
FOOTER = Label("本报告由盘点人、监盘人签署后归档", "Filed when both who sign have signed")
NOTHING = Label("账实相符，无差异。", "What lies on the shelves is what the register says. No difference.")
NOT_COUNTED = Label("未盘", "Not counted")
COLUMNS = (
    (Label("序号", "No."), 0.5),
    (Label("条码", "Barcode"), 1.4),
    (Label("档号", "Reference code"), 2.2),
    (Label("应在位置", "Should lie"), 2.2),
    (Label("实际位置", "Found"), 2.2),
    (Label("差异", "Difference"), 1.0),
    (Label("处理结果", "Outcome"), 1.3),
    (Label("责任人", "Owner"), 0.9),
    (Label("说明", "Remarks"), 1.8),
)
CONTENT = (
    "position", "barcode", "of_unit_id", "of_unit_name", "place_id", "in_box_id", "listed_address", "finding",
    "found_place_id", "found_box_id", "found_address", "owner_id", "outcome", "outcome_text", "case_number",
)  # fmt: skip


def report_digest(
    stocktake: Stocktake, differences: Sequence[StocktakeLine], counts: Mapping[Finding | None, int]
) -> str:
    """SHA-256 in hex over what a signature is for, as JSON: the counts, and every difference with its outcome."""
    content = {
        "number": stocktake.number,
        "parties": {part.value: user.name for part, user in stocktake.parties.items()},
        "counts": {finding.value if finding else "not_counted": count for finding, count in counts.items()},
        "differences": [
            [*(_plain(getattr(line, name)) for name in CONTENT), line.put_right_at is not None] for line in differences
        ],
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def digest_now(session: Session, stocktake: Stocktake) -> str:
    """The digest of the report as it would be signed now."""
    return report_digest(stocktake, differences_of(session, stocktake), counts_of(session, stocktake))


def printed_report(
    session: Session, stocktake: Stocktake, *, made_at: datetime, language: Language = "zh", draft: bool = False
) -> Printed:
    """The report as PDF/A: how many were found, each difference with its outcome, who counted, who signed."""

    def said(label: Label) -> str:
        return label.in_language(language)

    counts, lines = counts_of(session, stocktake), differences_of(session, stocktake)
    items = items_of(session, lines)
    signed = {one.part: one.signed_at.astimezone(made_at.tzinfo) for one in signatures_of(session, stocktake)}
    ended = stocktake.counted_at.astimezone(made_at.tzinfo) if stocktake.counted_at else None
    facts = [
        (said(Label("盘点范围", "Counted")), stocktake.place.address),
        (said(Label("盘点日期", "Begun")), stocktake.started_at.astimezone(made_at.tzinfo).date().isoformat()),
        (said(Label("盘点结束", "Count ended")), ended.date().isoformat() if ended else "—"),
        (
            said(Label("参加盘点", "Scanned by")),
            "、".join(user.display_name for user in counters_of(session, stocktake)) or "—",
        ),
        *((said(finding.label if finding else NOT_COUNTED), str(count)) for finding, count in counts.items() if count),
    ]
    return sheet_form(
        title=said(DRAFT if draft else TITLE),
        number=stocktake.number,
        sections=[
            Section(
                facts=facts,
                columns=[Column(said(heading), width) for heading, width in COLUMNS] if lines else (),
                rows=[_row(line, items.get(line.id), language) for line in lines],
                text="" if lines else said(NOTHING),
            )
        ],
        made_at=made_at,
        subtitle=stocktake.unit.name,
        signatures=[
            Signature(said(part.label), user.display_name, signed.get(part)) for part, user in stocktake.parties.items()
        ],
        footer=said(FOOTER),
        language=language,
        landscape=True,
    )


def sign(
    session: Session,
    stocktake: Stocktake,
    user: User,
    password: str,
    *,
    seen_sha256: str,
    store: ObjectStore,
    workshop: Workshop,
    at: datetime,
    on: date,
) -> bool:
    """Sign the report that was seen; with the second signature it is filed and the stocktake closed. Whether it was.

    Both sign one and the same report: a first signature under another one lapses.

    Raises StocktakeOver, NotASigner, WrongPassword, StillCounting, Unsettled, StillToPutBack, ReportChanged,
    SignedAlready, and with the second signature StoreFailed or what filing raises; nothing is changed then.
    """
    lock_open(session, stocktake)
    part = stocktake.part_of(user.id)
    if part is None:
        raise NotASigner(counter=stocktake.counter.display_name, second=stocktake.second.display_name)
    confirm_password(user, password)
    if stocktake.state is not StocktakeState.SETTLING:
        raise StillCounting(number=stocktake.number)
    unsettled, to_put_back = unsettled_in(session, stocktake)
    if unsettled:
        raise Unsettled(count=unsettled)
    if to_put_back:
        raise StillToPutBack(count=to_put_back)
    digest = digest_now(session, stocktake)
    if digest != seen_sha256:
        raise ReportChanged
    given = signatures_of(session, stocktake)
    if any(signature.report_sha256 != digest for signature in given):
        lapse(session, stocktake, actor=user.actor, at=at)
    elif part in {signature.part for signature in given}:
        raise SignedAlready(name=user.display_name)
    session.add(
        StocktakeSignature(
            stocktake_id=stocktake.id, part=part, user_id=user.id, user=user, signed_at=at, report_sha256=digest
        )
    )
    audit.record(
        session,
        user.name,
        "stocktake.signed",
        stocktake,
        number=stocktake.number,
        stocktake_part=part,
        list_sha256=digest,
    )
    session.flush()
    if len(signatures_of(session, stocktake)) < len(Part):
        return False
    _close(session, stocktake, Filing(stocktake.counter, store, workshop, at, on))
    return True


def _close(session: Session, stocktake: Stocktake, filing: Filing) -> None:
    document = Document(
        unit=stocktake.unit,
        document_type="stocktake_report",
        title=f"{stocktake.place.address}档案盘点报告（{stocktake.number}）",
        number=stocktake.number,
        name=f"{stocktake.number}.pdf",
        printed=printed_report(session, stocktake, made_at=filing.at),
        people="、".join(user.display_name for user in stocktake.parties.values()),
        retention_class=REPORTS,
    )
    item = file_printed(session, document, filing)
    stocktake.report_item, stocktake.report_item_id = item, item.id
    stocktake.state, stocktake.ended_on = StocktakeState.CLOSED, filing.on
    release_places(session, stocktake)
    session.flush()
    audit.record(session, filing.keeper.name, "stocktake.closed", stocktake, number=stocktake.number, code=item.code)


def items_of(session: Session, lines: Sequence[StocktakeLine]) -> dict[int, Item]:
    """The items whose copies some lines are about, by the line."""
    ids = [line.copy_id for line in lines if line.copy_id is not None]
    copies = session.scalars(select(PaperCopy).where(PaperCopy.id.in_(ids)).options(joinedload(PaperCopy.item)))
    of_copy = {copy.id: copy.item for copy in copies}
    return {line.id: of_copy[line.copy_id] for line in lines if line.copy_id is not None}


def expected_in(line: StocktakeLine) -> str:
    """Where the register had it when it was listed, in one line; of another unit's, with that unit."""
    return " · ".join(filter(None, (line.of_unit_name, line.listed_address))) or "—"


def found_in(line: StocktakeLine) -> str:
    """Where it was seen, in one line, as the place was called then."""
    return line.found_address or "—"


def _row(line: StocktakeLine, item: Item | None, language: Language) -> list[str]:
    remarks = " ".join(part for part in (line.case_number, line.outcome_text) if part)
    return [
        str(line.position),
        line.barcode,
        (item.code or "—") if item and line.of_unit_id is None else "—",
        expected_in(line),
        found_in(line),
        line.finding.label.in_language(language) if line.finding else "",
        line.outcome.label.in_language(language) if line.outcome else "",
        line.owner.display_name if line.owner else "",
        unnamed(remarks, item.file if item else None),
    ]


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, int) else str(value)
