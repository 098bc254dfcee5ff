"""What lending prints: the loan register 借阅登记簿 and the reminder 催还通知单, as PDF/A (DOMAIN part 7)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from accounts.roles import Actor
from classification.text import Label
from printing.forms import Column, Language, Printed, Section, Signature, sheet_form, table_form
from records.files.masking import unnamed
from records.files.models import File
from records.holdings.models import Box, Movement
from records.lending.loans import visible_loans
from records.lending.models import LAST_REMINDER, Loan, LoanReminder, LoanRequest
from units.models import Unit

REGISTER = Label("档案借阅登记簿", "Loan register")
REMINDER = Label("档案催还通知单", "Reminder of a loan")
BASIS = Label("依据《困难职工档案管理办法》第十七条", "By article 17 of the regulation")
ORDINALS = {
    1: Label("第一次催还", "First reminder"),
    2: Label("第二次催还", "Second reminder"),
    LAST_REMINDER: Label("第三次催还（抄报上级单位）", "Third reminder (to the superior too)"),
}
LOST = Label("丢失", "lost")
# Widths in millimetres of the page in landscape: a date takes 17, the barcode of a box 18.
COLUMNS = (
    (Label("序号", "No."), 8),
    (Label("借出日期", "Lent on"), 17),
    (Label("借阅人", "Borrower"), 14),
    (Label("单位、职务", "Unit, position"), 24),
    (Label("档号／条码", "Code"), 27),
    (Label("题名", "Title"), 27),
    (Label("类别", "Part"), 15),
    (Label("存放位置", "Place"), 18),
    (Label("利用目的", "Purpose"), 20),
    (Label("审批人及意见", "Approval"), 20),
    (Label("应还日期", "Due on"), 17),
    (Label("归还日期", "Returned on"), 17),
    (Label("归还状况", "Condition"), 14),
    (Label("备注", "Remarks"), 20),
    (Label("签字", "Signature"), 14),
)  # fmt: skip


def register_query(actor: Actor, unit: Unit, from_on: date, until_on: date) -> Select[Loan]:
    """The loans of one keeping unit that began in a period, both days included, as its register lists them."""
    return (
        visible_loans(actor)
        .where(File.unit_id == unit.id, Loan.lent_on.between(from_on, until_on))
        .order_by(Loan.lent_on, Loan.id)
        .options(
            joinedload(Loan.request).joinedload(LoanRequest.decided_by),
            joinedload(Loan.request).joinedload(LoanRequest.decided_for),
        )
    )


def register_number(unit: Unit, from_on: date, until_on: date) -> str:
    """The number of a unit's register of a period, by its fonds where it has one."""
    return f"JYDJ-{unit.fonds_number or unit.id}-{from_on:%Y%m%d}-{until_on:%Y%m%d}"


def register_rows(
    session: Session, actor: Actor, unit: Unit, from_on: date, until_on: date, language: Language
) -> list[list[str]]:  # fmt: skip
    """The rows of a unit's register; names of households are masked, which file is meant the code tells.

    As many queries for any number of loans.
    """
    loans = session.scalars(register_query(actor, unit, from_on, until_on)).all()
    paths = {loan.borrower.unit_path for loan in loans}
    units = {unit.path: unit.name for unit in session.scalars(select(Unit).where(Unit.path.in_(paths)))}
    places = _places(session, loans)
    return [_row(number, loan, units, places, language) for number, loan in enumerate(loans, start=1)]


def register(
    rows: Sequence[Sequence[str]], *, number: str, unit: str, period: str, made_at: datetime, language: Language
) -> Printed:
    """The loan register of a period."""
    return table_form(
        title=REGISTER.in_language(language),
        number=number,
        columns=[Column(heading.in_language(language), width) for heading, width in COLUMNS],
        rows=rows,
        made_at=made_at,
        subtitle=unit,
        facts=[
            (Label("登记期间", "Period").in_language(language), period),
            (Label("借阅份数", "Copies").in_language(language), str(len(rows))),
        ],
        signatures=[Signature(Label("登记人", "Kept by").in_language(language), "")],
        footer=BASIS.in_language(language),
        language=language,
        landscape=True,
    )


def reminder_sheet(
    row: LoanReminder, *, by: str, borrower_unit: str, made_at: datetime, language: Language
) -> Printed:  # fmt: skip
    """One reminder, with what is to be brought back and until when it was due."""

    def said(zh: str, en: str) -> str:
        return Label(zh, en).in_language(language)

    loan = row.loan
    item = loan.copy.item
    facts = [
        (said("借阅人", "Borrower"), loan.borrower.display_name),
        (said("所在单位", "Unit"), borrower_unit),
        (said("档号", "Reference code"), item.code or item.file.code),
        (said("条码", "Barcode"), loan.copy.barcode),
        (said("题名", "Title"), item.file.discreetly(item.title)),
        (said("借出日期", "Lent on"), loan.lent_on.isoformat()),
        (said("应还日期", "Due on"), row.due_on.isoformat()),
        (said("逾期天数", "Days late"), str((row.reminded_on - row.due_on).days)),
        (said("催还次序", "Which reminder"), ORDINALS[row.number].in_language(language)),
    ]
    text = said(
        "上列档案已逾期未还。请接到本通知后立即归还；确因工作需要继续使用的，应先归还后重新办理借阅。"
        "档案不得转借他人；丢失、损毁的，须立即报告。",
        "The record above is overdue. Bring it back at once; whoever needs it longer brings it back first and has it "
        "lent anew. It must not be passed on to others, and loss or damage is to be reported at once.",
    )
    return sheet_form(
        title=REMINDER.in_language(language),
        number=f"CH-{loan.id}-{row.number}",
        sections=[Section(facts=facts, text=text)],
        made_at=made_at,
        subtitle=item.file.unit.name,
        signatures=[
            Signature(said("经办人（档案管理员）", "Keeper"), by),
            Signature(said("借阅人签收", "Received by the borrower"), ""),
        ],
        footer=BASIS.in_language(language),
        language=language,
    )


def _row(
    number: int, loan: Loan, units: Mapping[str, str], places: Mapping[int, str], language: Language
) -> list[str]:  # fmt: skip
    item = loan.copy.item
    remarks = [
        _despite(loan, language),
        loan.remarks,
        _recalled(loan, language),
        loan.case_number,
        _left_out(loan.request, language),
    ]
    due = loan.due_on.isoformat()
    if loan.renewals_count:
        count = loan.renewals_count
        due += Label(f"（续借 {count} 次）", f" (renewed {count} {'time' if count == 1 else 'times'})").in_language(
            language
        )
    back = (
        LOST.in_language(language)
        if loan.lost
        else loan.condition_on_return.label.in_language(language)
        if loan.condition_on_return
        else ""
    )
    return [
        str(number),
        loan.lent_on.isoformat(),
        loan.borrower.display_name,
        _whence(units.get(loan.borrower.unit_path, ""), loan.borrower.position or ""),
        f"{item.code or item.file.code} {loan.copy.barcode}",
        item.file.discreetly(item.title),
        item.file.category.label.in_language(language),
        places.get(loan.id, ""),
        unnamed(loan.purpose, item.file),
        _approval(loan.request, language),
        due,
        loan.came_back_on.isoformat() if loan.came_back_on else "",
        back,
        "；".join(unnamed(text, item.file) for text in remarks if text),
        "",
    ]


def _whence(unit: str, position: str) -> str:
    """Unit and position of a borrower; a position that names the unit says both."""
    return position if position.startswith(unit) and position else f"{unit} {position}".strip()


def _approval(request: LoanRequest | None, language: Language) -> str:
    """Who decided, in whose place, and with which opinion; empty where nobody was asked."""
    if request is None or request.decided_by is None:
        return ""
    who = request.decided_by.display_name
    if request.decided_for is not None:
        leader = request.decided_for.display_name
        who = Label(f"{who}（代{leader}）", f"{who} (for {leader})").in_language(language)
    return " ".join(filter(None, (who, unnamed(request.decision_reason, request))))


def _despite(loan: Loan, language: Language) -> str:
    """Why it was lent though something was overdue; empty elsewhere."""
    why = loan.lent_despite
    return (
        Label(f"有逾期未还仍予借出：{why}", f"Lent though something was overdue: {why}").in_language(language)
        if why
        else ""
    )


def _recalled(loan: Loan, language: Language) -> str:
    """When and why it was called back before its day; empty where it was not."""
    if loan.recalled_on is None:
        return ""
    return Label(
        f"{loan.recalled_on} 催还：{loan.recall_reason}", f"Recalled on {loan.recalled_on}: {loan.recall_reason}"
    ).in_language(language)


def _left_out(request: LoanRequest | None, language: Language) -> str:
    """What did not go out with a file or box that was lent; empty where it went out whole."""
    if request is None or not request.left_out:
        return ""
    each = [f"{barcode} {why.label.in_language(language)}" for barcode, why in request.lent_without]
    return Label(f"未随借：{'、'.join(each)}", f"Not with it: {', '.join(each)}").in_language(language)


def _places(session: Session, loans: Sequence[Loan]) -> dict[int, str]:
    """Where each loan was taken from: the barcode of the box, or the address of the place; two queries."""
    from_ids = {loan.from_box_id for loan in loans if loan.from_box_id is not None}
    boxes = {box.id: box.barcode for box in session.scalars(select(Box).where(Box.id.in_(from_ids)))}
    loose = {loan.copy_id for loan in loans if loan.from_box_id is None}
    steps = session.scalars(
        select(Movement)
        .where(
            Movement.copy_id.in_(loose), Movement.to_holder_id.is_not(None), Movement.from_place_id.is_not(None)
        )
        .order_by(Movement.id)
        .options(joinedload(Movement.from_place))
    ).all()  # fmt: skip
    places = {}
    for loan in loans:
        taken = [
            step.from_place.address
            for step in steps
            if step.from_place and step.copy_id == loan.copy_id and step.at <= loan.moved_at
        ]
        places[loan.id] = boxes.get(loan.from_box_id or 0, taken[-1] if taken else "")
    return places
