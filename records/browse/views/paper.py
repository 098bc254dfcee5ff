"""Forms of files and boxes on paper."""

from flask.typing import ResponseReturnValue
from sqlalchemy import select

from accounts.guard import current_actor, requires
from accounts.prints import sent
from accounts.roles import Permission
from classification.periods import Period
from records.browse.contents import contents_list, items_of
from records.browse.printed import box_register, cover, file_register, note_sheet
from records.browse.views.blueprint import browse
from records.files.models import Item
from records.files.notes import last_note
from records.files.services import visible_file, visible_items
from records.holdings.boxes import visible_box
from records.holdings.models import PaperCopy
from units.services import fonds_of
from web.language import gettext
from web.rules import NotVisible
from web.shown import words
from web.transaction import now, reading


@browse.get("/files/<int:file_id>/contents.pdf")
@requires(Permission.READ)
def print_contents(file_id: int) -> ResponseReturnValue:
    """The contents list 卷内文件目录 on paper; printing it is noted (art. 17)."""
    session, actor = reading(), current_actor()
    file = visible_file(session, file_id, actor)
    printed = contents_list(file, session.scalars(items_of(file).order_by(Item.number)).all(), made_at=now())
    return sent(printed, file, f"{file.code} {gettext('Contents')}")


@browse.get("/files/<int:file_id>/cover.pdf")
@requires(Permission.READ)
def print_cover(file_id: int) -> ResponseReturnValue:
    """The cover of a file 案卷封面."""
    session, actor = reading(), current_actor()
    file = visible_file(session, file_id, actor)
    items = session.scalars(items_of(file).order_by(Item.number)).all()
    printed = cover(file, items, fonds_of(session, file.unit), made_at=now())
    return sent(printed, file, f"{file.code} {gettext('Cover of the file')}")


@browse.get("/files/<int:file_id>/note.pdf")
@requires(Permission.READ)
def print_note(file_id: int) -> ResponseReturnValue:
    """The note in a file 备考表, in its last version."""
    session, actor = reading(), current_actor()
    file = visible_file(session, file_id, actor)
    note = last_note(session, file)
    if note is None:
        raise NotVisible
    return sent(note_sheet(file, note, made_at=now()), file, f"{file.code} {gettext('Note in the file')}")


@browse.get("/files/<int:file_id>/register.pdf")
@requires(Permission.READ)
def print_register(file_id: int) -> ResponseReturnValue:
    """The item register of a file 归档文件目录."""
    session, actor = reading(), current_actor()
    file = visible_file(session, file_id, actor)
    items = session.scalars(items_of(file).order_by(Item.number)).all()
    return sent(file_register(file, items, made_at=now()), file, f"{file.code} {gettext('Item register')}")


@browse.get("/boxes/<int:box_id>/register.pdf")
@requires(Permission.READ)
def print_box_register(box_id: int) -> ResponseReturnValue:
    """The item register of what lies in a box."""
    session, actor = reading(), current_actor()
    box = visible_box(session, box_id, actor)
    held = select(PaperCopy.item_id).where(PaperCopy.box_id == box.id)
    lost = select(PaperCopy.item_id, PaperCopy.missing_case).where(
        PaperCopy.box_id == box.id, PaperCopy.missing_case.is_not(None)
    )
    items = session.scalars(visible_items(actor).where(Item.id.in_(held)).order_by(Item.code, Item.id)).all()
    missing = {item_id: case or "" for item_id, case in session.execute(lost)}
    period = words(Period.of_letter(box.period_letter).label)
    return sent(
        box_register(box, period, items, missing, made_at=now()), box, f"{box.barcode} {gettext('Item register')}"
    )
