"""The paper of a file or box on a list: what is missing with it 随缺 (art. 16, 19)."""

from sqlalchemy import ColumnElement, select

from records.files.models import Item
from records.handover.models import HandoverLine, LineKind
from records.holdings.models import PaperCopy


def _of_file(file_id: int) -> ColumnElement[bool]:
    copies = select(PaperCopy.id).join(PaperCopy.item).where(Item.file_id == file_id)
    return (HandoverLine.kind == LineKind.COPY) & HandoverLine.subject_id.in_(copies)


def _of_box(box_id: int) -> ColumnElement[bool]:
    copies = select(PaperCopy.id).where(PaperCopy.box_id == box_id)
    return (HandoverLine.kind == LineKind.COPY) & HandoverLine.subject_id.in_(copies)


papers_of = {LineKind.FILE: _of_file, LineKind.BOX: _of_box}  # lines of the paper of one file, of one box


def missing_with(line: HandoverLine) -> str:
    """What the list, which is kept in Chinese, says of paper that is missing with its file or box."""
    return f"随{line.code}缺失"
