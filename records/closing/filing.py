"""Transfer lists 移交清册 and deeds of custody 代管协议 as records 归档 (art. 14, 15).

They are permanent: once the case has come to its end the printed list is signed by hand, and filed with the box or
place where it lies, by a keeper of the unit whose act it is.
"""

from sqlalchemy.orm import Session

import audit
from accounts.roles import Permission
from audit.chain import Subject
from records.closing.behalf import items_kept, kept_together
from records.closing.closings import accepted_under
from records.closing.errors import ClosingNotCompleted, TransferNotAccepted
from records.closing.models import ClosingState, CustodyOnBehalf, FileTransfer, TransferState, UnitClosing
from records.closing.sheets import CLOSING_LIST, DEED, closing_list, custody_deed, transfer_list
from records.closing.transfers import carried_by
from records.files.errors import NotTheKeepersUnit
from records.files.models import Item
from records.handover.sheet import TITLE
from records.holdings.errors import RecordFiledAlready
from records.holdings.locking import lock
from records.holdings.printed import Document, Filing, file_printed
from units.models import Unit


def file_transfer_list(session: Session, transfer: FileTransfer, filing: Filing) -> Item:
    """File the list of an accepted transfer in the receiving unit, which took the file over.

    Raises NotTheKeepersUnit, TransferNotAccepted, RecordFiledAlready, or what filing raises.
    """
    _check_keeper(filing, transfer.to_unit)
    lock(session, transfer)
    if transfer.state is not TransferState.ACCEPTED:
        raise TransferNotAccepted(number=transfer.number)
    _check_not_filed(transfer.number, transfer.list_item)
    signed = (transfer.giver, transfer.keeper, transfer.witness)
    document = Document(
        unit=transfer.to_unit,
        document_type="transfer_list",
        title=f"{transfer.from_unit.name}向{transfer.to_unit.name}移交{TITLE.zh}（{transfer.number}）",
        number=transfer.number,
        name=f"{transfer.number}.pdf",
        printed=transfer_list(transfer, carried_by(session, transfer), made_at=filing.at),
        people="、".join(person.display_name for person in signed if person),
    )
    item = transfer.list_item = _file(session, transfer, "file_transfer.filed", document, filing)
    return item


def file_closing_list(session: Session, closing: UnitClosing, filing: Filing) -> Item:
    """File the list of everything a closed unit gave away in its superior, for the unit itself files no more.

    Raises NotTheKeepersUnit, ClosingNotCompleted, RecordFiledAlready, or what filing raises.
    """
    superior = filed_in(closing)
    _check_keeper(filing, superior)
    lock(session, closing)
    if closing.state is not ClosingState.CLOSED:
        raise ClosingNotCompleted(unit=closing.unit.name)
    _check_not_filed(closing.number, closing.list_item)
    accepted = accepted_under(session, closing, None)
    witnesses = {transfer.witness_id: transfer.witness.display_name for transfer in accepted}
    document = Document(
        unit=superior,
        document_type="transfer_list",
        title=f"{closing.unit.name}{CLOSING_LIST.zh}（{closing.number}）",
        number=closing.number,
        name=f"{closing.number}.pdf",
        printed=closing_list(closing, accepted, made_at=filing.at),
        people="、".join([filing.keeper.display_name, *witnesses.values()]),
    )
    item = closing.list_item = _file(session, closing, "unit_closing.filed", document, filing)
    return item


def file_custody_deed(session: Session, kept: CustodyOnBehalf, filing: Filing) -> Item:
    """File the deed about everything taken over from one owner on one day, in the unit that keeps it.

    What is taken over later on the same day is another deed. Raises NotTheKeepersUnit, RecordFiledAlready, or what
    filing raises.
    """
    _check_keeper(filing, kept.keeper_unit)
    together = kept_together(session, kept, None)
    for each in sorted(together, key=lambda one: one.id):  # in one order, so that two who file do not cross
        lock(session, each)
    first = together[0].begun_by
    _check_not_filed(first.number, kept.deed_item)
    document = Document(
        unit=kept.keeper_unit,
        document_type="custody_deed",
        title=f"{kept.owner.name}{DEED.zh}（{first.number}）",
        number=first.number,
        name=f"{first.number}-{DEED.zh}.pdf",
        printed=custody_deed(together, items_kept(session, together), made_at=filing.at),
        people="、".join(person.display_name for person in (first.giver, first.keeper, first.witness) if person),
    )
    item = _file(session, kept, "custody_on_behalf.filed", document, filing)
    for each in together:
        each.deed_item = item
    return item


def filed_in(closing: UnitClosing) -> Unit:
    """The unit that files the list of a unit that ended: the one above it."""
    superior = closing.unit.parent
    assert superior is not None  # noqa: S101 - the root of the tree is never closed
    return superior


def _check_keeper(filing: Filing, unit: Unit) -> None:
    if not filing.keeper.actor.may(Permission.FILE, unit.path):
        raise NotTheKeepersUnit(unit=unit.name)


def _check_not_filed(number: str, item: Item | None) -> None:
    if item is not None:
        raise RecordFiledAlready(number=number, code=item.code)


def _file(session: Session, case: Subject, action: str, document: Document, filing: Filing) -> Item:
    item = file_printed(session, document, filing)
    audit.record(
        session, filing.keeper.name, action, case, number=document.number, code=item.code,
        sha256=document.printed.sha256,
    )  # fmt: skip
    return item
