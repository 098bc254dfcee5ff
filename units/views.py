"""Pages of the union tree: the list, founding a unit, changing one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.scope import within
from accounts.uses import note_export
from classification.codes import Layout
from units import words as chain_words  # noqa: F401 - they register themselves
from units.forms import FoundUnitForm, UnitForm, kinds, layouts, tree
from units.models import Unit, UnitKind
from units.services import change_unit, close_unit, found_unit, visible_unit, visible_units
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import Column, Listing
from web.numbers import row_number
from web.shown import words
from web.transaction import begin, now, reading, today

units = Blueprint("units", __name__)

COLUMNS: tuple[Column[Unit], ...] = (
    Column("unit", N_("Unit"), lambda unit: unit.name, Unit.path),
    Column("kind", N_("Kind of unit"), lambda unit: words(unit.kind), Unit.kind),
    Column("fonds", N_("Fonds number"), lambda unit: unit.fonds_number, Unit.fonds_number),
    Column("layout", N_("Layout of reference codes"), lambda unit: unit.code_layout.value, Unit.code_layout),
    Column("credit", N_("Unified social credit code"), lambda unit: unit.credit_code, Unit.credit_code),
    Column("closed", N_("Closed on"), lambda unit: unit.closed_on, Unit.closed_on),
)


@units.get("/units")
@requires(Permission.MANAGE_UNITS)
def list_units() -> ResponseReturnValue:
    """The tree below the administrator, set in by depth."""
    query = select(Unit).where(within(Unit.path, current_actor().scope(Permission.MANAGE_UNITS)))
    if name := request.args.get("q", "").strip():
        query = query.where(Unit.name.contains(name, autoescape=True))
    if (kind := request.args.get("kind")) in set(UnitKind):
        query = query.where(Unit.kind == kind)
    listing = Listing(reading(), query, COLUMNS, default="unit", tie=Unit.id)
    if listing.wants_export():
        note_export("unit", listing.count)
        return listing.export(gettext("Units"))
    return render_template("units/units.html", listing=listing, kinds=kinds())


@units.get("/units/new")
@requires(Permission.MANAGE_UNITS)
def new_unit(form: FoundUnitForm | None = None) -> ResponseReturnValue:
    """The form of a new unit; `?parent=` is its superior."""
    form = form or FoundUnitForm.blank(values={"parent_id": request.args.get("parent", type=row_number)})
    form.offer(**_offered())
    return render_template("units/new_unit.html", form=form)


@units.post("/units/new")
@requires(Permission.MANAGE_UNITS)
@shows_again(new_unit)
def found() -> ResponseReturnValue:
    """Found a unit below another."""
    form = FoundUnitForm.read(**_offered())
    with begin() as session:
        unit = found_unit(
            session,
            visible_unit(session, form.parent_id.data, current_actor(), Permission.MANAGE_UNITS),
            form.name.data,
            UnitKind(form.kind.data),
            actor=current_actor(),
            fonds_number=form.fonds_number.text,
            code_layout=Layout(form.code_layout.data),
            credit_code=form.credit_code.text,
        )
    flash(gettext("%(unit)s is founded.", unit=unit.name))
    return redirect(url_for(".list_units"), 303)


@units.get("/units/<int:unit_id>/edit")
@requires(Permission.MANAGE_UNITS)
def edit_unit(unit_id: int, form: UnitForm | None = None) -> ResponseReturnValue:
    """The form of a unit that is changed."""
    unit = visible_unit(reading(), unit_id, current_actor(), Permission.MANAGE_UNITS)
    form = form or UnitForm.blank(obj=unit)
    return render_template("units/edit_unit.html", form=form.offer(code_layout=layouts()), unit=unit)


@units.post("/units/<int:unit_id>/edit")
@requires(Permission.MANAGE_UNITS)
@shows_again(edit_unit)
def change(unit_id: int) -> ResponseReturnValue:
    """Change what a unit is called and how its files are coded."""
    form = UnitForm.read(code_layout=layouts())
    with begin() as session:
        unit = visible_unit(session, unit_id, current_actor(), Permission.MANAGE_UNITS)
        change_unit(
            session,
            unit,
            name=form.name.data,
            fonds_number=form.fonds_number.text,
            code_layout=Layout(form.code_layout.data),
            credit_code=form.credit_code.text,
            actor=current_actor(),
        )
    flash(gettext("%(unit)s is changed.", unit=unit.name))
    return redirect(url_for(".list_units"), 303)


@units.post("/units/<int:unit_id>/closing")
@requires(Permission.MANAGE_UNITS)
@shows_again(edit_unit)
def close(unit_id: int) -> ResponseReturnValue:
    """Close a unit that keeps nothing; one that does is closed as a case of its own (art. 14)."""
    with begin() as session:
        unit = visible_unit(session, unit_id, current_actor(), Permission.MANAGE_UNITS)
        close_unit(session, unit, actor=current_actor(), at=now(), on=today())
    flash(gettext("%(unit)s is closed.", unit=unit.name))
    return redirect(url_for(".list_units"), 303)


def _offered() -> dict[str, list[tuple[int | str, str]]]:
    superiors = visible_units(reading(), current_actor(), Permission.MANAGE_UNITS)
    return {"parent_id": tree(superiors), "kind": kinds(), "code_layout": layouts()}
