"""The clean-up of one unit: its work list, the result of each file, the second look, the report."""

from collections import Counter
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, or_, true

from accounts.guard import current_actor, requires
from accounts.prints import paper_language, sent
from accounts.roles import Permission
from accounts.services import names_of
from accounts.uses import note_export
from records.files.models import File
from records.files.views.masks import discreet
from records.holdings.printed import filed_print
from records.holdings.views.blueprint import workshop
from records.holdings.views.filed import sent_filed
from records.upkeep.clean_up import (
    CHECKERS,
    MARKS,
    Kept,
    check_line,
    come_since,
    figures_by_part,
    keep_all,
    lines_of,
    may_check,
    note_result,
    renew_list,
    visible_line,
    visible_part,
)
from records.upkeep.errors import NotTheChecker, NotYourPart
from records.upkeep.forms import CheckForm, ResultForm, SummaryForm
from records.upkeep.models import CleanUpLine, CleanUpPart, CleanUpResult
from records.upkeep.reporting import close_part, part_report
from records.upkeep.views.blueprint import upkeep
from records.upkeep.work_list import NO_RESULT, UNCHECKED
from web.forms import shows_again
from web.language import N_, gettext, ngettext
from web.listing import Column, Listing
from web.numbers import row_number
from web.shown import words
from web.transaction import begin, now, reading, settings, store, today

MARK_WORDS = {
    "": N_("All"),
    "unchanged": N_("Unchanged for a year"),
    "older_rules": N_("Opened under older rules"),
    "missing": N_("Documents missing"),
    "sampled": N_("In the sample"),
}
FOUND_WORDS = {
    "": N_("All"),
    "open": N_("Without a result"),
    "unchecked": N_("Sample to be checked"),
    **{result.value: result for result in CleanUpResult},
}
LEFT_OUT = (Kept.DECIDED, Kept.WITHDRAWN, Kept.ELSEWHERE, Kept.ASKED, Kept.LACKING)
NARROWING = ("mark", "found", "q", "page", "sort")


@upkeep.get("/clean-up-parts/<int:clean_up_part_id>")
@requires(Permission.READ)
def show_part(clean_up_part_id: int, closing: SummaryForm | None = None) -> ResponseReturnValue:
    """The work list of a unit, page by page; what is ticked is kept at once, everything else file by file."""
    session, actor = reading(), current_actor()
    part = visible_part(session, clean_up_part_id, actor)
    listing = Listing(
        session, lines_of(part, actor).where(_narrowed()), LINE_COLUMNS, default="file", tie=CleanUpLine.id
    )
    if listing.wants_export():
        note_export("clean_up_line", listing.count)
        return listing.export(f"{part.unit.name} {part.year}")
    return render_template(
        "records/upkeep/part.html",
        part=part,
        listing=listing,
        figures=figures_by_part(session, [part])[part.id],
        since=come_since(session, part) if part.year == today().year else 0,
        filed=filed_print(session, part.report_item_id),
        narrowing={name: request.args[name] for name in NARROWING if name in request.args},
        marks=MARK_WORDS,
        found=FOUND_WORDS,
        marked=marked,
        closing=closing or SummaryForm.blank(),
        people=names_of(session, part.closed_by, *(line.decided_by for line in listing.rows)),
        keeps=actor.may(Permission.FILE, part.unit_path) and part.closed_on is None,
        checks=may_check(actor, part.unit) and part.closed_on is None,
    )


@upkeep.post("/clean-up-parts/<int:clean_up_part_id>/keeping")
@requires(Permission.FILE)
def keep_ticked(clean_up_part_id: int) -> ResponseReturnValue:
    """Keep the ticked files, or all that the page is narrowed to and lack no documents; what is left out is told."""
    ticked = CleanUpLine.id.in_(request.form.getlist("line", type=row_number))
    with begin() as session:
        part = visible_part(session, clean_up_part_id, current_actor())
        many = "all" in request.form
        found = keep_all(
            session, part, _narrowed() if many else ticked, lacking=not many, actor=current_actor(), today=today()
        )
    for said in _told(found):
        flash(said)
    kept: dict[str, Any] = {name: request.form[name] for name in NARROWING if request.form.get(name)}
    return redirect(url_for(".show_part", clean_up_part_id=clean_up_part_id, **kept), 303)


@upkeep.post("/clean-up-parts/<int:clean_up_part_id>/list")
@requires(Permission.FILE)
def renew(clean_up_part_id: int) -> ResponseReturnValue:
    """Bring the list up to date: it gets what became active in the unit, and what was withdrawn has its result."""
    with begin() as session:
        part = visible_part(session, clean_up_part_id, current_actor())
        joined, left = renew_list(session, part, actor=current_actor(), on=today(), zone=settings().time_zone)
    flash(gettext("The list is renewed: %(joined)s new, %(left)s withdrawn.", joined=joined, left=left))
    return redirect(url_for(".show_part", clean_up_part_id=clean_up_part_id, found="open"), 303)


def _closing_refused(clean_up_part_id: int, form: SummaryForm | None = None) -> ResponseReturnValue:
    return show_part(clean_up_part_id, closing=form)


@upkeep.post("/clean-up-parts/<int:clean_up_part_id>/closing")
@requires(Permission.FILE)
@shows_again(_closing_refused)
def close_clean_up(clean_up_part_id: int) -> ResponseReturnValue:
    """Close the clean-up of a unit and report upward (art. 13)."""
    actor = current_actor()
    _own(visible_part(reading(), clean_up_part_id, actor))
    form = SummaryForm.read()
    with begin() as session:
        part = visible_part(session, clean_up_part_id, actor)
        item = close_part(
            session, part, form.summary.data, actor=actor, store=store(), workshop=workshop(), at=now(), on=today()
        )
    flash(
        gettext("The clean-up of %(year)s is closed; its report is filed as %(code)s.", year=part.year, code=item.code)
    )
    return redirect(url_for(".show_part", clean_up_part_id=clean_up_part_id), 303)


@upkeep.get("/clean-up-parts/<int:clean_up_part_id>/report.pdf")
@requires(Permission.READ)
def print_part(clean_up_part_id: int) -> ResponseReturnValue:
    """The report of one unit, with every file that was more than kept; printing it is noted (art. 17).

    A custodian is shown the report as it was filed; it names files that others have no sight of.
    """
    session, actor = reading(), current_actor()
    part = visible_part(session, clean_up_part_id, actor)
    filed = filed_print(session, part.report_item_id)
    if filed and actor.may(Permission.READ_WITHDRAWN, part.unit_path):
        return sent_filed(filed)
    printed = part_report(session, part, actor, made_at=now(), language=paper_language())
    return sent(printed, part, f"{part.clean_up.number} {part.unit.name}")


@upkeep.get("/clean-up-lines/<int:clean_up_line_id>")
@requires(Permission.READ)
def show_line(
    clean_up_line_id: int, form: ResultForm | None = None, checking: CheckForm | None = None
) -> ResponseReturnValue:
    """One file of the work list: what marks it out, its result, and the second look."""
    session, actor = reading(), current_actor()
    line = visible_line(session, clean_up_line_id, actor)
    open_part = line.part.closed_on is None
    return render_template(
        "records/upkeep/line.html",
        line=line,
        form=form or ResultForm.blank(values={"result": line.result or "", "note": line.note or "", "on": today()}),
        checking=checking or CheckForm.blank(),
        marked=marked,
        people=names_of(session, line.decided_by, line.checked_by),
        keeps=open_part and actor.may(Permission.FILE, line.unit_path),
        checks=open_part and line.sampled and line.result is not None and may_check(actor, line.part.unit),
        own=line.decided_by == actor.name,
    )


def _result_refused(clean_up_line_id: int, form: ResultForm | None = None) -> ResponseReturnValue:
    return show_line(clean_up_line_id, form=form)


@upkeep.post("/clean-up-lines/<int:clean_up_line_id>")
@requires(Permission.FILE)
@shows_again(_result_refused)
def note_line_result(clean_up_line_id: int) -> ResponseReturnValue:
    """Note what came of a file; a withdrawal is done with it."""
    actor = current_actor()
    _own(visible_line(reading(), clean_up_line_id, actor).part)
    form = ResultForm.read()
    result = CleanUpResult(form.result.data)
    with begin() as session:
        line = visible_line(session, clean_up_line_id, actor)
        note_result(
            session, line, result, form.note.text, actor=actor, today=today(), withdrawing=form.withdrawing
        )  # fmt: skip
    flash(gettext("%(code)s: %(result)s.", code=line.file.code, result=words(result)))
    return redirect(url_for(".show_part", clean_up_part_id=line.part_id, found="open"), 303)


def _check_refused(clean_up_line_id: int, form: CheckForm | None = None) -> ResponseReturnValue:
    return show_line(clean_up_line_id, checking=form)


@upkeep.post("/clean-up-lines/<int:clean_up_line_id>/check")
@requires(*CHECKERS)
@shows_again(_check_refused)
def check_result(clean_up_line_id: int) -> ResponseReturnValue:
    """The second look at a sampled file: it stands, or it goes back to the keeper."""
    actor = current_actor()
    line = visible_line(reading(), clean_up_line_id, actor)
    if not may_check(actor, line.part.unit):
        raise NotTheChecker(unit=line.part.unit.name)
    form = CheckForm.read()
    agrees = "back" not in request.form
    with begin() as session:
        line = visible_line(session, clean_up_line_id, actor)
        check_line(session, line, agrees, form.note.text, actor=actor, on=today())
    flash(gettext("The result stands.") if agrees else gettext("The file goes back to its keeper."))
    return redirect(url_for(".show_part", clean_up_part_id=line.part_id, found="unchecked"), 303)


def marked(line: CleanUpLine) -> list[str]:
    """What marks a file out, in words."""
    said = [
        gettext(MARK_WORDS[name]) for name in ("unchanged", "older_rules", "sampled") if getattr(line, name)
    ]  # fmt: skip
    if line.missing_count:
        said.append(ngettext("%(num)d document missing", "%(num)d documents missing", line.missing_count))
    return said


LINE_COLUMNS: tuple[Column[CleanUpLine], ...] = (
    Column("file", N_("File"), lambda line: line.file.code, File.code.expression),
    Column("title", N_("Household"), lambda line: line.file.title, File.title.expression),
    Column("opened", N_("Opened on"), lambda line: line.file.opened_on, File.opened_on.expression),
    Column("changed", N_("Changed last"), lambda line: line.file.changed_on, File.changed_on.expression),
    Column("marks", N_("Marks"), lambda line: gettext("; ").join(marked(line))),
    Column("result", N_("Result"), lambda line: words(line.result)),
    Column("note", N_("Note"), lambda line: discreet(line.note, line.file)),
    Column("checked", N_("Checked on"), lambda line: line.checked_on),
)


def _told(found: Counter[Kept]) -> list[str]:
    """How many files are kept, and how many are not for which reason."""
    kept, lacking = found[Kept.KEPT], found[Kept.LACKING]
    left = [
        ngettext("%(num)d has a result already", "%(num)d have a result already", found[Kept.DECIDED]),
        ngettext("%(num)d was withdrawn since", "%(num)d were withdrawn since", found[Kept.WITHDRAWN]),
        ngettext("%(num)d has passed to another unit", "%(num)d have passed to another unit", found[Kept.ELSEWHERE]),
        ngettext(
            "%(num)d is under review for what article 4 excludes",
            "%(num)d are under review for what article 4 excludes",
            found[Kept.ASKED],
        ),
        ngettext("%(num)d lacks documents", "%(num)d lack documents", lacking),
    ]
    reasons = [said for said, why in zip(left, LEFT_OUT, strict=True) if found[why]]
    said = [ngettext("%(num)d file is kept.", "%(num)d files are kept.", kept)]
    if reasons:
        said.append(gettext("Left out: %(reasons)s.", reasons=gettext("; ").join(reasons)))
    if lacking:
        said.append(gettext("Those that lack documents are looked at one by one: tick them, or ask for the material."))
    return said


def _own(part: CleanUpPart) -> None:
    if not current_actor().may(Permission.FILE, part.unit_path):
        raise NotYourPart(unit=part.unit.name)


def _narrowed() -> ColumnElement[bool]:
    """What the page is narrowed to, by its address or, as it sends something, by its form."""
    asked = request.values
    condition: ColumnElement[bool] = true()
    if asked.get("mark") in MARKS:
        condition &= MARKS[asked["mark"]]
    found = asked.get("found")
    if found == "open":
        condition &= NO_RESULT
    elif found == "unchecked":
        condition &= UNCHECKED & ~NO_RESULT
    elif found in set(CleanUpResult):
        condition &= CleanUpLine.result == CleanUpResult(found)
    if text := asked.get("q", "").strip():
        condition &= or_(File.code.icontains(text, autoescape=True), File.title.icontains(text, autoescape=True))
    return condition
