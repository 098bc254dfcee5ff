"""Looking across all stages: the workbench, files and items, the regulation, the two chains, and the scanner."""

from datetime import date
from enum import StrEnum
from io import BytesIO
from typing import Any, TypeVar

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from sqlalchemy import Select, select
from sqlalchemy.orm import lazyload

import records.browse.rule_effects  # noqa: F401 - registers what a rule would change of the archives
from accounts.guard import current_actor, requires, signed_in
from accounts.roles import Permission, Role
from accounts.uses import note_export, note_list, note_use
from audit import AuditEntry, UseEntry
from classification.articles import ARTICLES, PUBLISHED_ON, REGULATION, TITLE, article
from classification.categories import Category
from classification.hardship import HardshipClass
from classification.periods import Period
from printing.forms import Printed
from records.aid.services import aid_of_file, aid_of_voucher
from records.browse.awaiting import AWAITING_COLUMNS, file_chosen, remedy_of
from records.browse.compliance import counted_measures
from records.browse.contents import CONTENTS_COLUMNS, ITEM_COLUMNS, ItemFilter, contents_list, items_of, media_words
from records.browse.enforcement import ENFORCED
from records.browse.evidence import about, evidence, printed_evidence, whole_words
from records.browse.files import (
    FILE_COLUMNS,
    FILE_LISTS,
    UNDETERMINED,
    Days,
    FileFilter,
    carriers_of,
    classes_in,
    custody_of,
    household_of,
    keepers,
    kept_words,
    lacking,
    loans_of,
    narrowings,
    path_of,
    period_of,
    previews,
    texts_of,
    twins,
    unfiled,
    way_of,
    with_text,
)
from records.browse.flaws import FLAWS
from records.browse.forms import NumberForm
from records.browse.history import (
    CHAIN_HEADINGS,
    ENTRIES_ON_A_PAGE,
    Chain,
    Page,
    Selection,
    chain_rows,
    of_file,
    of_item,
    page_of,
    tell,
    visible_entries,
)
from records.browse.printed import box_register, cover, file_register, note_sheet
from records.browse.queries import QUERIES, Question, files_with_number
from records.browse.scanning import found_by
from records.browse.statistics import Asked, charts, statistics_headings, tables
from records.browse.versions import household_versions as household_versions
from records.browse.words import KINDS, actions_of, described
from records.browse.workbench import (
    Figure,
    bounded,
    by_unit,
    chain_is_whole,
    counted,
    counted_groups,
    first_due,
    first_waiting,
    groups_of,
    last_filed,
    waiting,
)
from records.files.models import File, Item, WithdrawalReason
from records.files.notes import last_note
from records.files.services import retention_of, visible_file, visible_item, visible_items
from records.holdings.filing import finding_words, readiness
from records.holdings.models import Box, PaperCopy
from records.holdings.shelving import visible_box
from records.households.models import Cause, Employment
from records.households.services import masked_number
from records.supervision.incidents import affected, incidents_about, visible_incident
from rules.services import rulebook
from units.models import Unit
from units.services import fonds_of, line_of, visible_unit, visible_units
from web.forms import cited, shows_again
from web.language import N_, gettext, ngettext
from web.listing import Listing, spreadsheet
from web.numbers import row_number, year_number
from web.rules import NotVisible
from web.shown import words
from web.transaction import begin, now, reading, settings, today

browse = Blueprint("browse", __name__)

STATES = ("active", "withdrawn", "destroyed")
ITEM_STATES = {"waiting": N_("Awaiting filing"), "filed": N_("Filed")}
HISTORY_ROWS = 20
AID_ROWS = 6
EXPORTED_ENTRIES = 100_000
NUMBER_ROWS = 100
Choice = TypeVar("Choice", bound=StrEnum)


@browse.get("/")
@signed_in
def workbench() -> ResponseReturnValue:
    """What waits, what is late, what falls due, and what is where 工作台; it fits whoever looks."""
    session, actor, on = reading(), current_actor(), today()
    reads, files = actor.may(Permission.READ), actor.may(Permission.FILE)
    return render_template(
        "records/browse/workbench.html",
        on=on,
        weekday=format_date(on, "EEEE"),
        groups=counted_groups(session, groups_of(actor, on, settings().time_zone)),
        reads=reads,
        files=files,
        waiting=first_waiting(session, actor) if files else [],
        loans=first_due(session, actor, on) if reads else [],
        units=by_unit(session, actor) if reads and not files else [],
        filed=last_filed(session, actor) if reads else [],
        whole=chain_is_whole(session),
        charts=charts(session, actor, on) if reads else [],
        inquirer=actor.holds(Role.INQUIRER) and not reads,
        own_unit=session.scalar(select(Unit).where(Unit.path == actor.unit_path)),
        remedy_of=remedy_of,
    )


@browse.get("/files")
@requires(Permission.READ)
def list_files() -> ResponseReturnValue:
    """The files in reach, of one part of the archives or of all."""
    session, actor = reading(), current_actor()
    units = visible_units(session, actor, Permission.READ)
    chosen = _file_filter()
    columns = [column for column in FILE_COLUMNS if column.key != "category" or chosen.category is None]
    listing: Listing[File] = Listing(session, chosen.files(actor), columns, default="code", tie=File.id)
    title = gettext(FILE_LISTS[chosen.category])
    if listing.wants_export():
        note_export("file", listing.count)
        return listing.export(title)
    return render_template(
        "records/browse/files.html",
        title=title,
        listing=listing,
        chosen=chosen,
        narrowings=narrowings(chosen),
        units=units,
        categories=list(Category),
        keepers=keepers(session, listing.rows),
        period_of=period_of,
        kept_words=kept_words,
    )


@browse.get("/files/<int:file_id>")
@requires(Permission.READ)
def show_file(file_id: int) -> ResponseReturnValue:
    """One file: what it contains and lacks, on which carriers, how long it is kept, and what happened to it."""
    session, actor = reading(), current_actor()
    file = visible_file(session, file_id, actor)
    destroyed = file.destroyed_on is not None
    household = None if destroyed else household_of(session, file)
    book = rulebook(session, file.unit, today())
    way = way_of(session, file, actor)
    listing: Listing[Item] = Listing(
        session, items_of(file), CONTENTS_COLUMNS, default="number", tie=Item.id, options=[lazyload(Item.file)]
    )
    if listing.wants_export():
        note_use("content.exported", file, rows=listing.count)
        return listing.export(f"{file.code} {gettext('Contents')}")
    history = _page(AuditEntry, select(AuditEntry).where(of_file(file)), size=HISTORY_ROWS)
    return render_template(
        "records/browse/file.html",
        file=file,
        household=household,
        number=masked_number(session, household.worker.person, book.masks) if household else "",
        cases=incidents_about(session, file=file),
        fonds=fonds_of(session, way.opened_in(file)),
        custody=custody_of(session, file),
        way=way,
        listing=listing,
        carriers=carriers_of(session, listing.rows),
        loans=loans_of(session, listing.rows),
        media_words=media_words,
        lacking=() if destroyed else lacking(session, file, book),
        twins=twins(session, file),
        kept=period_of(file),
        classes=classes_in(session, file) if file.category is Category.DOCUMENTARY else [],
        told=tell(session, history.entries, actor, admitted=True, destroyed=destroyed),
        page=history,
        regulation=REGULATION,
        unfiled=unfiled(session, file),
        aid=aid_of_file(session, file, actor, most=AID_ROWS) if household else None,
        may_file=actor.may(Permission.FILE, file.unit.path),
    )


@browse.get("/files/<int:file_id>/contents.pdf")
@requires(Permission.READ)
def print_contents(file_id: int) -> ResponseReturnValue:
    """The contents list 卷内文件目录 on paper; printing it is noted (art. 17)."""
    session, actor = reading(), current_actor()
    file = visible_file(session, file_id, actor)
    printed = contents_list(file, session.scalars(items_of(file).order_by(Item.number)).all(), made_at=now())
    return _paper(file, printed, f"{file.code} {gettext('Contents')}")


@browse.get("/files/<int:file_id>/cover.pdf")
@requires(Permission.READ)
def print_cover(file_id: int) -> ResponseReturnValue:
    """The cover of a file 案卷封面."""
    session, actor = reading(), current_actor()
    file = visible_file(session, file_id, actor)
    items = session.scalars(items_of(file).order_by(Item.number)).all()
    printed = cover(file, items, fonds_of(session, file.unit), made_at=now())
    return _paper(file, printed, f"{file.code} {gettext('Cover of the file')}")


@browse.get("/files/<int:file_id>/note.pdf")
@requires(Permission.READ)
def print_note(file_id: int) -> ResponseReturnValue:
    """The note in a file 备考表, in its last version."""
    session, actor = reading(), current_actor()
    file = visible_file(session, file_id, actor)
    note = last_note(session, file)
    if note is None:
        raise NotVisible
    return _paper(file, note_sheet(file, note, made_at=now()), f"{file.code} {gettext('Note in the file')}")


@browse.get("/files/<int:file_id>/register.pdf")
@requires(Permission.READ)
def print_register(file_id: int) -> ResponseReturnValue:
    """The item register of a file 归档文件目录."""
    session, actor = reading(), current_actor()
    file = visible_file(session, file_id, actor)
    items = session.scalars(items_of(file).order_by(Item.number)).all()
    return _paper(file, file_register(file, items, made_at=now()), f"{file.code} {gettext('Item register')}")


@browse.get("/boxes/<int:box_id>/register.pdf")
@requires(Permission.READ)
def print_box_register(box_id: int) -> ResponseReturnValue:
    """The item register of what lies in a box."""
    session, actor = reading(), current_actor()
    box = visible_box(session, box_id, actor)
    held = select(PaperCopy.item_id).where(PaperCopy.box_id == box.id)
    items = session.scalars(visible_items(actor).where(Item.id.in_(held)).order_by(Item.code, Item.id)).all()
    period = words(Period.of_letter(box.period_letter).label)
    return _paper(box, box_register(box, period, items, made_at=now()), f"{box.barcode} {gettext('Item register')}")


@browse.get("/items/<int:item_id>")
@requires(Permission.READ)
def show_item(item_id: int) -> ResponseReturnValue:
    """One item: its description, bytes, paper, retention and history; its text only when asked for, and then noted."""
    session, actor = reading(), current_actor()
    item = visible_item(session, item_id, actor)
    [found] = readiness(session, [item]) if item.filed_on is None else [None]
    own = carriers_of(session, [item])[item.id]
    texts = texts_of(session, own.objects) if "text" in request.args else {}
    if texts:
        note_use("content.viewed", item, what="text")
    history = _page(AuditEntry, select(AuditEntry).where(of_item(item)), size=HISTORY_ROWS)
    pays = item.file.category is Category.ACCOUNTING
    return render_template(
        "records/browse/item.html",
        item=item,
        cases=incidents_about(session, item=item),
        facts=described(item),
        carriers=own,
        loans=loans_of(session, [item]),
        previews=previews(session, own.objects),
        with_text=with_text(session, own.objects),
        texts=texts,
        paths=path_of(session, own.copies),
        kept=retention_of(item),
        found=found,
        covered=aid_of_voucher(session, item, actor, most=AID_ROWS) if pays else None,
        remedy=remedy_of(found.obstacle) if found else None,
        finding_words=finding_words,
        media_words=media_words,
        told=tell(session, history.entries, actor, admitted=True, destroyed=item.destroyed_on is not None),
        page=history,
        regulation=REGULATION,
        may_file=actor.may(Permission.FILE, item.unit_path),
    )


@browse.get("/awaiting")
@requires(Permission.FILE)
def list_awaiting() -> ResponseReturnValue:
    """What is collected and not yet filed 待归档, with what stands in the way of each."""
    session, actor = reading(), current_actor()
    units = visible_units(session, actor, Permission.FILE)
    category, unit_id = _choice(Category, "category"), request.args.get("unit", type=row_number)
    query = waiting(actor)
    if category:
        query = query.where(File.category == category)
    if unit_id is not None:
        query = query.where(File.unit_id == unit_id)
    listing: Listing[Item] = Listing(session, query, AWAITING_COLUMNS, default="collected", tie=Item.id)
    if listing.wants_export():
        note_export("item", listing.count)
        return listing.export(gettext("Awaiting filing"))
    return render_template(
        "records/browse/awaiting.html",
        listing=listing,
        found={each.item.id: each for each in readiness(session, listing.rows)},
        category=category,
        unit_id=unit_id,
        units=units,
        categories=list(Category),
        media_words=media_words,
        remedy_of=remedy_of,
    )


@browse.post("/awaiting")
@requires(Permission.FILE)
def file_awaiting() -> ResponseReturnValue:
    """File those of the chosen items that nothing stands against 归档."""
    with begin() as session:
        ids = request.form.getlist("item", type=row_number)
        filed, refused = file_chosen(session, ids, actor=current_actor(), on=today())
    if filed:
        flash(ngettext("%(count)s item is filed.", "%(count)s items are filed.", len(filed), count=len(filed)))
    for refusal in refused:
        flash(cited(refusal), "refusal")
    if not filed and not refused:
        flash(gettext("Nothing was chosen that can be filed."), "refusal")
    return redirect(request.full_path, 303)


@browse.get("/items")
@requires(Permission.READ)
def list_items() -> ResponseReturnValue:
    """Items in reach: awaiting filing, filed, without the paper that article 15 wants."""
    session, actor = reading(), current_actor()
    state, paper = request.args.get("state"), request.args.get("paper")
    chosen = ItemFilter(
        state=state if state in ITEM_STATES else None,
        paper=paper if paper == "wanted" else None,
        category=_choice(Category, "category"),
        unit=_unit_asked(),
        own="own" in request.args,
    )
    listing: Listing[Item] = Listing(session, chosen.items(actor), ITEM_COLUMNS, default="code", tie=Item.id)
    if listing.wants_export():
        note_export("item", listing.count)
        return listing.export(gettext("Items"))
    return render_template(
        "records/browse/items.html",
        listing=listing,
        chosen=chosen,
        states=ITEM_STATES,
        units=visible_units(session, actor, Permission.READ),
        categories=list(Category),
    )


@browse.get("/statistics")
@requires(Permission.READ)
def show_statistics() -> ResponseReturnValue:
    """Households by unit, class, cause, employment and year 统计; every number leads to its list."""
    session, actor, on = reading(), current_actor(), today()
    last = _day("until") or on
    asked = Asked(unit=_unit_asked(), first=_day("from") or date(last.year, 1, 1), last=last)
    shown = tables(session, actor, asked, on)
    if request.args.get("format") == "xlsx":
        rows = [row for table in shown for row in table.rows()]
        note_export("file", len(rows))
        return spreadsheet(gettext("Statistics"), statistics_headings(), iter(rows))
    return render_template(
        "records/browse/statistics.html",
        asked=asked,
        tables=shown,
        units=visible_units(session, actor, Permission.READ),
        line=line_of(session, asked.unit) if asked.unit else [],
    )


@browse.get("/incidents/<int:incident_id>/evidence")
@requires(Permission.READ)
def show_evidence(incident_id: int) -> ResponseReturnValue:
    """What the audit chain says of the records of an incident, checked against its digests (art. 19)."""
    session, actor = reading(), current_actor()
    incident = visible_incident(session, incident_id, actor)
    page = _page(AuditEntry, select(AuditEntry).where(about(affected(session, incident, actor))))
    entries = [entry for entry in page.entries if isinstance(entry, AuditEntry)]
    found = evidence(session, incident, entries, actor)
    return render_template(
        "records/browse/evidence.html", incident=incident, found=found, page=page, whole=whole_words(found)
    )


@browse.get("/incidents/<int:incident_id>/evidence.pdf")
@requires(Permission.READ)
def print_evidence(incident_id: int) -> ResponseReturnValue:
    """The same on paper, the whole of it; printing it is noted (art. 17)."""
    session, actor = reading(), current_actor()
    incident = visible_incident(session, incident_id, actor)
    printed = printed_evidence(session, incident, affected(session, incident, actor), actor, made_at=now())
    note_use("content.printed", incident, sha256=printed.sha256, pages=printed.pages)
    return send_file(
        BytesIO(printed.pdf), mimetype="application/pdf", download_name=f"{incident.number} {gettext('Evidence')}.pdf"
    )


@browse.get("/queries")
@requires(Permission.READ)
def list_queries(form: NumberForm | None = None) -> ResponseReturnValue:
    """The queries keepers know by heart 常用查询, each with its count."""
    asked = Question(current_actor(), today(), settings().time_zone)
    figures = [Figure(query.label, bounded(query.select(asked), query.tie), "") for query in QUERIES.values()]
    return render_template(
        "records/browse/queries.html",
        counted=list(zip(QUERIES.values(), counted(reading(), figures), strict=True)),
        form=form or NumberForm.blank(),
    )


@browse.get("/queries/<key>")
@requires(Permission.READ)
def show_query(key: str) -> ResponseReturnValue:
    """The rows of one ready query, narrowed by words, and by year and reason where it asks for them."""
    query = QUERIES.get(key)
    if query is None:
        raise NotVisible
    asked = Question(
        current_actor(),
        today(),
        settings().time_zone,
        text=request.args.get("text", "").strip(),
        year=request.args.get("year", type=year_number),
        reason=_choice(WithdrawalReason, "reason"),
    )
    listing: Listing[Any] = Listing(
        reading(), query.select(asked), query.columns, default=query.default, tie=query.tie
    )  # fmt: skip
    if listing.wants_export():
        note_export("item" if query.of_items else "file", listing.count)
        return listing.export(gettext(query.label))
    return render_template(
        "records/browse/query.html", query=query, listing=listing, asked=asked, reasons=list(WithdrawalReason)
    )


@browse.post("/queries/number")
@requires(Permission.READ)
@shows_again(list_queries)
def find_number() -> ResponseReturnValue:
    """Files by a whole ID number, which stands in no address; the search is noted without the number (art. 17)."""
    form = NumberForm.read()
    query = files_with_number(reading(), form.number.data, current_actor())
    found = reading().scalars(query.order_by(File.code).limit(NUMBER_ROWS)).all()
    note_list("content.searched", "file", what="id_number", hits=len(found))
    return render_template("records/browse/number.html", found=found)


@browse.get("/regulation")
@signed_in
def list_articles() -> ResponseReturnValue:
    """The regulation, article by article 办法逐条."""
    return render_template(
        "records/browse/articles.html",
        articles=ARTICLES,
        title=TITLE,
        regulation=REGULATION,
        published_on=PUBLISHED_ON,
        enforced=ENFORCED,
        counts=counted_measures(reading(), current_actor(), today()),
    )


@browse.get("/regulation/<int:number>")
@signed_in
def show_article(number: int) -> ResponseReturnValue:
    """One article; every refusal leads here."""
    if not 1 <= number <= len(ARTICLES):
        raise NotVisible
    return render_template(
        "records/browse/article.html",
        shown=article(number),
        previous=article(number - 1) if number > 1 else None,
        next=article(number + 1) if number < len(ARTICLES) else None,
        title=TITLE,
        regulation=REGULATION,
        measures=ENFORCED.get(number, ()),
        counts=counted_measures(reading(), current_actor(), today(), number).get(number, ()),
    )


@browse.get("/audit")
@requires(Permission.READ_AUDIT)
def audit_trail() -> ResponseReturnValue:
    """What was changed 审计链."""
    lede = gettext("Every change, numbered without gaps; no entry can be altered or removed unnoticed.")
    return _chain(AuditEntry, gettext("Audit trail"), lede, cited=19)


@browse.get("/uses")
@requires(Permission.READ_AUDIT)
def use_register() -> ResponseReturnValue:
    """What was looked at 利用登记."""
    lede = gettext("Who viewed, printed, exported or was refused, and when.")
    return _chain(UseEntry, gettext("Use register"), lede, cited=17)


@browse.get("/scan")
@requires(Permission.READ)
def scan() -> ResponseReturnValue:
    """Open what has this barcode or reference code, or say that nothing has it."""
    text = request.args.get("barcode", "").strip()
    found = found_by(reading(), text, current_actor()) if text else None
    if found:
        return redirect(url_for(found.endpoint, **found.arguments))
    return render_template("records/browse/scan.html", text=text), 404 if text else 200


def _paper(subject: File | Box, printed: Printed, name: str) -> ResponseReturnValue:
    """A form as PDF; printing it is noted (art. 17)."""
    note_use("content.printed", subject, sha256=printed.sha256, pages=printed.pages)
    return send_file(BytesIO(printed.pdf), mimetype="application/pdf", download_name=f"{name}.pdf")


def _chain(chain: Chain, title: str, lede: str, *, cited: int) -> ResponseReturnValue:
    session, actor = reading(), current_actor()
    chosen = Selection(
        actor=request.args.get("actor", "").strip() or None,
        action=request.args.get("action") or None,
        kind=request.args.get("kind") or None,
        subject_id=request.args.get("subject", type=row_number),
        from_on=_day("from"),
        until_on=_day("until"),
    )
    query = visible_entries(chain, actor).where(*chosen.conditions(chain, settings().time_zone))
    if request.args.get("format") == "xlsx":
        rows = session.scalars(query.order_by(chain.number.desc()).limit(EXPORTED_ENTRIES)).all()
        note_export(chain.__tablename__, len(rows))
        return spreadsheet(title, [gettext(heading) for heading in CHAIN_HEADINGS], chain_rows(session, rows, actor))
    page = _page(chain, query)
    return render_template(
        "records/browse/chain.html",
        title=title,
        lede=lede,
        cited=cited,
        told=tell(session, page.entries, actor),
        page=page,
        chosen=chosen,
        actions=actions_of(chain.__tablename__),
        kinds=KINDS,
    )


def _file_filter() -> FileFilter:
    """The filter asked for; raises NotVisible for a unit out of reach."""
    asked = request.args
    hardship, flaw = asked.get("hardship"), asked.get("flaw")
    return FileFilter(
        category=_choice(Category, "category"),
        unit=_unit_asked(),
        own="own" in asked,
        year=asked.get("year", type=year_number),
        state=asked.get("state") if asked.get("state") in STATES else None,
        ends=asked.get("ends", type=year_number),
        text=asked.get("text", "").strip(),
        hardship=hardship if hardship == UNDETERMINED or hardship in list(HardshipClass) else None,
        cause=_choice(Cause, "cause"),
        employment=_choice(Employment, "employment"),
        reason=_choice(WithdrawalReason, "reason"),
        opened=Days(_day("opened_from"), _day("opened_until")),
        withdrawn=Days(_day("withdrawn_from"), _day("withdrawn_until")),
        returned=Days(_day("returned_from"), _day("returned_until")),
        active=_day("active"),
        flaw=flaw if flaw in FLAWS else None,
        on=today(),
    )


def _unit_asked() -> Unit | None:
    """The unit asked for, closed ones too; raises NotVisible for one out of reach."""
    unit_id = request.args.get("unit", type=row_number)
    return visible_unit(reading(), unit_id, current_actor(), Permission.READ) if unit_id is not None else None


def _choice(kind: type[Choice], name: str) -> Choice | None:
    text = request.args.get(name)
    return kind(text) if text in list(kind) else None


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _page(chain: Chain, query: Select[Any], *, size: int = ENTRIES_ON_A_PAGE) -> Page:
    """The page of a chain that the request reads on to."""
    before, after = (request.args.get(name, type=row_number) for name in ("before", "after"))
    return page_of(reading(), chain, query, before=before, after=after, size=size)
