"""What a unit still keeps: all that must find a destination before it is closed (art. 14a)."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from classification.text import LabelledEnum
from records.closing.models import FileTransfer, TransferState
from records.files.models import File, Item
from records.handover.models import Handover, HandoverState
from records.holdings.models import Box, PaperCopy, Place
from records.lending.models import Loan
from units.models import Unit


class Remains(LabelledEnum):
    """What may be left in a unit."""

    FILES = "files", "案卷", "files"
    AWAITING = "awaiting", "待归档件", "items awaiting filing"
    LOANS = "loans", "在借件", "open loans"
    BOXES = "boxes", "档案盒", "boxes"
    LOOSE = "loose", "未装盒纸质件", "paper copies on its places"
    HANDOVERS = "handovers", "办理中的交接", "open handovers"
    INCOMING = "incoming", "待答复的移入", "transfers to it not answered yet"


def remains_of(session: Session, unit: Unit) -> Mapping[Remains, int]:
    """How much of each kind a unit still has, in one query; what is 0 stands there too."""
    counts = {
        Remains.FILES: select(func.count(File.id)).where(File.unit_id == unit.id),
        Remains.AWAITING: select(func.count(Item.id))
        .join(File, File.id == Item.file_id)
        .where(File.unit_id == unit.id, Item.filed_on.is_(None)),
        Remains.LOANS: select(func.count(Loan.id))
        .join(PaperCopy, PaperCopy.id == Loan.copy_id)
        .join(Item, Item.id == PaperCopy.item_id)
        .join(File, File.id == Item.file_id)
        .where(File.unit_id == unit.id, Loan.returned_on.is_(None)),
        Remains.BOXES: select(func.count(Box.id)).where(Box.unit_id == unit.id),
        Remains.LOOSE: select(func.count(PaperCopy.id))
        .join(Place, Place.id == PaperCopy.place_id)
        .where(Place.unit_id == unit.id),
        Remains.HANDOVERS: select(func.count(Handover.id)).where(
            Handover.unit_id == unit.id, Handover.state == HandoverState.OPEN
        ),
        Remains.INCOMING: select(func.count(FileTransfer.id)).where(
            FileTransfer.to_unit_id == unit.id, FileTransfer.state == TransferState.PROPOSED
        ),
    }
    row = session.execute(select(*(query.scalar_subquery().label(kind.value) for kind, query in counts.items()))).one()
    return dict(zip(counts, row, strict=True))
