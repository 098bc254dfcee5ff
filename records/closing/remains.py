"""What a unit still keeps: all that must find a destination before it is closed (art. 14a)."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from classification.text import LabelledEnum
from records.closing.models import FileTransfer, TransferState
from records.consultation.models import Consultation, Inquirer
from records.consultation.registration import UNANSWERED
from records.consultation.seeing import under_way
from records.files.models import File, Item
from records.files.services import AWAITING, KEPT
from records.handover.models import Handover, HandoverState
from records.holdings.models import Box, PaperCopy, Place
from records.lending.models import OPEN_STATES, Loan, LoanRequest
from records.stocktake.models import Stocktake
from records.upkeep.models import CleanUpPart
from records.workflow.models import UNDER_WAY, Application, LodgedCopy
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
    APPLICATIONS = "applications", "办理中的建档申请", "applications under way"
    STOCKTAKES = "stocktakes", "未办结的盘点", "stocktakes not closed"
    CLEAN_UPS = "clean_ups", "未办结的年度清理", "clean-ups not closed"
    BATCHES = "batches", "办理中的销毁批次", "disposal batches under way"
    INSPECTIONS = "inspections", "未办结的监督检查", "inspections not concluded"
    REQUESTS = "requests", "未办结的借阅申请", "requests for paper under way"
    CONSULTATIONS = "consultations", "未办结的查档申请", "consultations under way"
    REGISTRATIONS = "registrations", "待确认的查档登记", "registrations of inquirers not answered"
    INCIDENTS = "incidents", "未结案的档案事故", "incidents not closed"
    LODGED = "lodged", "存放的备案副本", "lodged sets kept at it"
    IMPORTS = "imports", "未办结的导入批次", "imports neither written nor given up"


Counting = Callable[[int], Select[int]]
_later: dict[Remains, Counting] = {}


def counts_as(kind: Remains) -> Callable[[Counting], Counting]:
    """Register how a later room counts what it has open in the unit with an id."""

    def register(counting: Counting) -> Counting:
        _later[kind] = counting
        return counting

    return register


def lies_at(unit_id: int) -> ColumnElement[bool]:
    """True for sets lodged at a centre 副本 that were not destroyed with their files."""
    return (LodgedCopy.centre_id == unit_id) & LodgedCopy.destroyed_on.is_(None)


def remains_of(session: Session, unit: Unit, at: datetime) -> Mapping[Remains, int]:
    """How much of each kind a unit still has at a moment, in one query; what is 0 stands there too."""
    counts = {
        Remains.FILES: select(func.count(File.id)).where(File.unit_id == unit.id, KEPT),
        Remains.AWAITING: select(func.count(Item.id))
        .join(File, File.id == Item.file_id)
        .where(File.unit_id == unit.id, AWAITING),
        Remains.LOANS: select(func.count(Loan.id))
        .join(PaperCopy, PaperCopy.id == Loan.copy_id)
        .join(Item, Item.id == PaperCopy.item_id)
        .join(File, File.id == Item.file_id)
        .where(File.unit_id == unit.id, Loan.returned_on.is_(None)),
        Remains.BOXES: select(func.count(Box.id)).where(Box.unit_id == unit.id, Box.place_id.is_not(None)),
        Remains.LOOSE: select(func.count(PaperCopy.id))
        .join(Place, Place.id == PaperCopy.place_id)
        .where(Place.unit_id == unit.id, PaperCopy.missing_since.is_(None)),
        Remains.HANDOVERS: select(func.count(Handover.id)).where(
            Handover.unit_id == unit.id, Handover.state == HandoverState.OPEN
        ),
        Remains.INCOMING: select(func.count(FileTransfer.id)).where(
            FileTransfer.to_unit_id == unit.id, FileTransfer.state == TransferState.PROPOSED
        ),
        Remains.APPLICATIONS: select(func.count(Application.id)).where(
            or_(Application.unit_id == unit.id, Application.verifying_unit_id == unit.id),
            Application.state.in_(UNDER_WAY),
        ),
        Remains.STOCKTAKES: select(func.count(Stocktake.id)).where(
            Stocktake.unit_id == unit.id, Stocktake.ended_on.is_(None)
        ),
        Remains.CLEAN_UPS: select(func.count(CleanUpPart.id)).where(
            CleanUpPart.unit_id == unit.id, CleanUpPart.closed_on.is_(None)
        ),
        Remains.REQUESTS: select(func.count(LoanRequest.id)).where(
            LoanRequest.unit_id == unit.id, LoanRequest.state.in_(OPEN_STATES)
        ),
        Remains.CONSULTATIONS: select(func.count(Consultation.id)).where(
            Consultation.unit_id == unit.id, under_way(at)
        ),
        Remains.LODGED: select(func.count(LodgedCopy.id)).where(lies_at(unit.id)),
        Remains.REGISTRATIONS: select(func.count(Inquirer.id)).where(Inquirer.unit_id == unit.id, UNANSWERED),
        **{kind: counting(unit.id) for kind, counting in _later.items()},
    }
    row = session.execute(select(*(query.scalar_subquery().label(kind.value) for kind, query in counts.items()))).one()
    return dict(zip(counts, row, strict=True))
