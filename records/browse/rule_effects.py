"""What a rule that is not in force yet would change of the archives (art. 20): shown before it is put in force."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from accounts.roles import Actor
from classification.categories import Category
from classification.checklists import document_type
from classification.eligibility import Bounds, Circumstances, Exclusion, assess
from classification.hardship import Cause, HardshipClass
from classification.identity import mask, mask_phone
from classification.responsibility import Employment
from classification.rulebook import rule_definition
from classification.text import Label
from records.browse.flaws import present, stands_for_itself
from records.files.from_before import SYSTEM_SINCE
from records.files.models import File, Item
from records.files.services import visible_files
from records.households.models import Household
from records.workflow.course import visible_applications
from records.workflow.models import UNDER_WAY, Application, State
from rules.errors import RuleNotSet
from rules.services import BOUNDS, Changed, Effect, Planned, Rulebook, effect_of
from web.language import N_

ROWS_SHOWN = 100
SAMPLE_NUMBER = "11010519491231002X"  # the example of GB 11643 itself, nobody's number
SAMPLE_PHONE = "13800138000"
NO_CLASS = Label("不属于任何一类", "none")
UNDETERMINED = Label("未定", "undetermined")


@effect_of("subsistence_line", "slightly_above", "three_times")
def classes_changed(session: Session, planned: Planned, actor: Actor) -> Effect:
    """Active households whose class by their income per head and main cause would be another one; one query.

    Nothing is decided by it: how long an income has been low, and what relief was given, only a decision asks. Whose
    class does not fit any more once the value is in force, `flaws.to_be_determined` names.
    """
    before, after = _bounds(planned.before), _bounds(planned.after)
    on = max(book.on for book in planned.after.values())
    rows = session.execute(
        visible_files(actor)
        .join(File.household)
        .where(
            File.unit_id.in_([unit.id for unit in planned.moved]),
            File.withdrawn_on.is_(None),
            _between_bounds(before, after),
        )
        .order_by(File.code)
        .with_only_columns(
            File.id,
            File.code,
            File.title,
            File.unit_id,
            Household.monthly_income_per_head,
            Household.main_cause,
            Household.employment,
            Household.hardship_class,
        )
    ).all()

    @cache
    def found(
        bounds: Bounds | None, income: Decimal, cause: Cause, employment: Employment, last: HardshipClass | None
    ) -> HardshipClass | None:
        if bounds is None:
            return None
        return assess(_presumed(income, cause, employment, last, bounds), bounds, on).hardship_class

    changed = []
    for row in rows:
        facts = row.monthly_income_per_head, row.main_cause, row.employment, row.hardship_class
        was, becomes = found(before[row.unit_id], *facts), found(after[row.unit_id], *facts)
        if was != becomes:
            changed.append(
                Changed(
                    f"{row.title} {row.code}",
                    row.hardship_class.label if row.hardship_class else UNDETERMINED,
                    becomes.label if becomes else NO_CLASS,
                    "browse.show_file",
                    {"file_id": row.id},
                )
            )
    return Effect(
        N_("By known income and main cause %(count)s active households would be of another class."),
        len(changed),
        changed[:ROWS_SHOWN],
    )


@effect_of(*BOUNDS)
def assessments_outdated(session: Session, planned: Planned, actor: Actor) -> Effect | None:
    """Applications under way that were assessed since the day of the value by another one; two queries.

    No step says yes to them any more: they go back and are assessed anew (art. 3).
    """
    key, moved = planned.row.key, {unit.id for unit in planned.moved}
    definition = rule_definition(key)
    concerned = [
        (application, frozen)
        for application in session.scalars(
            visible_applications(actor)
            .where(
                Application.state.in_(UNDER_WAY),
                Application.state != State.DRAFT,
                Application.unit_id.in_(moved),
                Application.decided_on >= planned.row.in_force_from,
            )
            .order_by(Application.number)
            .options(joinedload(Application.household).selectinload(Household.members))
        ).unique()
        if (frozen := (application.rules or {})[key]["value"]) != planned.after[application.unit_id].ruling(key).text
    ]
    if not concerned:
        return None
    return Effect(
        N_("%(count)s applications under way were assessed by another value and have to be assessed anew."),
        len(concerned),
        [
            Changed(
                f"{application.name} {application.number}",
                definition.spoken(definition.read(frozen)),
                Label("退回，重新评定", "to be returned and assessed anew"),
                "workflow.show_application",
                {"application_id": application.id},
            )
            for application, frozen in concerned[:ROWS_SHOWN]
        ],
    )


@effect_of("required_documents")
def documents_lacking(session: Session, planned: Planned, actor: Actor) -> Effect:
    """Files that would lack a document which was not asked for before; three queries."""
    added = {
        unit.id: planned.after[unit.id].names(planned.row.key) - planned.before[unit.id].names(planned.row.key)
        for unit in planned.moved
    }
    by_key = {
        key: [unit_id for unit_id, keys in added.items() if key in keys] for key in sorted(set().union(*added.values()))
    }
    lacks = or_(false(), *(_lacks(units, key) for key, units in by_key.items()))
    query = visible_files(actor).where(File.withdrawn_on.is_(None), lacks)
    count = session.scalar(select(func.count()).select_from(query.with_only_columns(File.id).subquery())) or 0
    shown = session.scalars(query.order_by(File.code).limit(ROWS_SHOWN)).all()
    held: dict[int, set[str]] = {}
    one, volume = aliased(File), aliased(File)
    of_year = (volume.unit_id == one.unit_id) & (volume.category == one.category) & (volume.year == one.year)
    for file_id, kind in session.execute(
        select(one.id, Item.document_type)
        .join(volume, (volume.id == one.id) | (of_year & (one.category == Category.ACCOUNTING)))
        .join(Item, Item.file_id == volume.id)
        .where(one.id.in_([file.id for file in shown]))
        .distinct()
    ):
        held.setdefault(file_id, set()).add(kind)
    definition = rule_definition(planned.row.key)

    def lacking(file: File) -> Label:
        of_part = {key for key in added[file.unit_id] if document_type(key).category is file.category}
        return definition.spoken(frozenset(of_part - held.get(file.id, set())))

    return Effect(
        N_("%(count)s files would lack a document that was not required before."),
        count,
        [
            Changed(
                f"{file.title} {file.code}",
                Label("不要求", "not required"),
                Label(f"缺：{lacking(file).zh}", f"lacks: {lacking(file).en}"),
                "browse.show_file",
                {"file_id": file.id},
            )
            for file in shown
        ],
    )


@effect_of("id_signs_shown", "phone_signs_shown")
def masks_shown(_session: Session, planned: Planned, _actor: Actor) -> Effect:
    """A number as the pages show it today, and as they would show it."""
    before, after = (books[planned.row.unit_id].masks for books in (planned.before, planned.after))
    if planned.row.key == "id_signs_shown":
        sample = Changed(SAMPLE_NUMBER, mask(SAMPLE_NUMBER, before.id_signs), mask(SAMPLE_NUMBER, after.id_signs))
    else:
        shown, becomes = (mask_phone(SAMPLE_PHONE, masks.phone_signs) for masks in (before, after))
        sample = Changed(SAMPLE_PHONE, shown, becomes)
    return Effect(N_("Pages, prints and exports would show a number so:"), 1, [sample])


@effect_of(SYSTEM_SINCE)
def days_entered(_session: Session, planned: Planned, _actor: Actor) -> Effect:
    """Of which days files from before are entered, unit by unit, and of which they are entered no more (art. 18)."""
    moved = [(unit, planned.before[unit.id], planned.after[unit.id].day(SYSTEM_SINCE)) for unit in planned.moved]
    return Effect(
        N_(
            "Paper files are entered or imported only if they were established before this day; those of later days "
            "come in by application alone. Files on record stay. Units concerned: %(count)s."
        ),
        len(moved),
        [
            Changed(
                unit.name, _entered(before.day(SYSTEM_SINCE) if SYSTEM_SINCE in before.rulings else None), _entered(on)
            )
            for unit, before, on in moved[:ROWS_SHOWN]
        ],
    )


def _entered(since: date | None) -> Label:
    if since is None:
        return Label("未设定，不能补录", "not set: none are entered")
    return Label(f"可补录 {since} 以前建立的档案", f"files established before {since} are entered")


def _bounds(books: Mapping[int, Rulebook]) -> dict[int, Bounds | None]:
    """The figures of each unit; None where its line is not set."""
    found: dict[int, Bounds | None] = {}
    for unit_id, book in books.items():
        try:
            found[unit_id] = book.bounds
        except RuleNotSet:
            found[unit_id] = None
    return found


def _between_bounds(before: Mapping[int, Bounds | None], after: Mapping[int, Bounds | None]) -> ColumnElement[bool]:
    """True for households with an income that lies between an earlier and a later bound of any unit.

    Only they can change their class; where a line was not set before, everybody up to its highest bound can.
    """
    between = []
    for bound in range(3):
        moved = [
            (_figures(before[unit_id])[bound], _figures(later)[bound])
            for unit_id, later in after.items()
            if before[unit_id] != later
        ]
        if moved:
            low, high = min(min(pair) for pair in moved), max(max(pair) for pair in moved)
            between.append(Household.monthly_income_per_head.between(low, high))
    return or_(false(), *between)


def _figures(bounds: Bounds | None) -> tuple[Decimal, Decimal, Decimal]:
    if bounds is None:
        return Decimal(0), Decimal(0), Decimal(0)
    return bounds.line, bounds.slightly_above_line, bounds.times_line


def _presumed(
    income: Decimal, cause: Cause, employment: Employment, last: HardshipClass | None, bounds: Bounds
) -> Circumstances:
    """What the household would have to state for its class to follow from income and cause alone."""
    return Circumstances(
        income_per_head=income,
        months_below=bounds.months_below,
        relieved=last is HardshipClass.BELOW_AFTER_RELIEF,
        still_hard=True,
        causes=frozenset({cause}),
        union_member=True,
        migrant=employment is Employment.MIGRANT,
        exclusions=dict.fromkeys(Exclusion, False),
    )


def _lacks(units: Sequence[int], key: str) -> ColumnElement[bool]:
    """True for files of some units without a document of their part."""
    category = document_type(key).category
    there = present(Item.document_type == key, category)
    return and_(File.unit_id.in_(units), File.category == category, stands_for_itself(), ~there)
