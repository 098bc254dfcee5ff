"""What a file lacks: list, ready query and page say the same, also where districts add documents (art. 6, 20)."""

from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy.orm import Session

from classification.categories import Category
from classification.checklists import document_types
from records.browse.files import FileFilter, lacking
from records.browse.queries import QUERIES, Question
from records.files.models import File
from records.files.services import open_yearly_file
from records.files.stubs import reduce_file
from rules.models import RuleValue
from rules.services import rulebook
from storage.database import Database
from tests.cast import MONDAY, NOON, Cast, find_cast, make_cast, make_file, make_item, make_yearly_file
from tests.records.exchange.sheets import number
from units.models import Unit

TYPES = [kind for category in Category for kind in document_types(category)]
REQUIRED = [kind.key for kind in document_types(Category.ORIGINAL) if kind.required]
CLASSES = {
    Category.ACCOUNTING: "enterprise.annual_report",
    Category.DOCUMENTARY: "documentary.custody_deeds",
}
ACCOUNTS = {"enterprise.source_vouchers", "enterprise.bookkeeping_vouchers", "enterprise.annual_report"}
ADDED = ["survey_form", "bank_card", "medical_record", "work_report", "ledgers", "signed_submission"]


def add_rule(session: Session, unit: Unit, keys: list[str], on: date) -> None:
    session.add(
        RuleValue(
            unit=unit, key="required_documents", value=",".join(sorted(keys)), in_force_from=on, source="文件",
            set_by="approver", set_at=NOON,
        )
    )  # fmt: skip


def told(session: Session, cast: Cast, on: date) -> tuple[set[int], set[int]]:
    """The ids of files that lack something, by the list of files and by the ready query."""
    actor = cast.supervisor.actor
    listed = session.scalars(FileFilter(flaw="lacking", on=on).files(actor)).all()
    asked = session.scalars(QUERIES["lacking"].select(Question(actor, on))).all()
    return {file.id for file in listed}, {file.id for file in asked}


@pytest.mark.parametrize("seed", range(6))
def test_list_query_and_page_say_the_same_of_every_file(both_databases: Database, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - it draws a case, not a secret
    with both_databases.begin() as session:
        make_cast(session)
    with both_databases.begin() as session:
        cast = find_cast(session)
        units = [cast.city, cast.district, cast.street, cast.other_district]
        for _ in range(8):
            some, day = chance.sample(ADDED, chance.randint(0, 3)), MONDAY + timedelta(days=chance.randint(-40, 10))
            add_rule(session, chance.choice(units), some, day)
        files = [make_file(session, cast, number=number(at), name=f"职工{at}") for at in range(1, 11)]
        files += [make_yearly_file(session, cast, category) for category in (Category.ACCOUNTING, Category.DOCUMENTARY)]
        files[-2].retention_class = CLASSES[Category.ACCOUNTING]  # permanent, under which every kind may stand
        for file in files:
            of_part = [kind.key for kind in TYPES if kind.category is file.category]
            usual = REQUIRED if file.category is Category.ORIGINAL and chance.random() < 0.7 else []
            for key in {*usual, *chance.sample(of_part, chance.randint(0, len(of_part)))}:
                more = {} if file.household_id else {"retention_class": CLASSES[file.category]}
                make_item(session, file, cast.keeper.actor, key, document_type=key, **more)
            file.unit = chance.choice(units)
        session.flush()
        for on in (MONDAY - timedelta(days=20), MONDAY, MONDAY + timedelta(days=11)):
            shown = {file.id for file in files if lacking(session, file, rulebook(session, file.unit, on))}
            assert told(session, cast, on) == (shown, shown)


def test_a_document_added_by_a_superior_is_missing_below_and_nowhere_else(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    for key in REQUIRED:
        make_item(session, file, cast.keeper.actor, key, document_type=key)
    add_rule(session, cast.other_district, ["survey_form"], MONDAY)
    assert told(session, cast, MONDAY) == (set(), set())
    add_rule(session, cast.city, ["survey_form"], MONDAY)
    assert told(session, cast, MONDAY - timedelta(days=1)) == (set(), set())
    assert told(session, cast, MONDAY) == ({file.id}, {file.id})
    make_item(session, file, cast.keeper.actor, "入户调查表", document_type="survey_form")
    assert told(session, cast, MONDAY) == (set(), set())


def test_a_destroyed_file_lacks_nothing(session: Session, cast: Cast) -> None:
    file = make_yearly_file(session, cast)
    assert told(session, cast, MONDAY)[0] == {file.id}
    reduce_file(session, session.get_one(File, file.id), "XH-2036-0001", on=MONDAY)
    session.flush()
    assert told(session, cast, MONDAY) == (set(), set())


def test_accounting_files_are_asked_for_what_a_unit_and_year_lack_together(session: Session, cast: Cast) -> None:
    """Bank statements lack no vouchers that lie in another volume of the year, and one paper clears all of them."""
    keeper = cast.keeper.actor
    wanted = [kind for kind in document_types(Category.ACCOUNTING) if kind.required]

    def volume(year: int, key: str) -> File:
        return open_yearly_file(
            session, cast.district, Category.ACCOUNTING, year, f"{year} 年会计档案", keeper=cast.keeper, actor=keeper,
            on=MONDAY, retention_key=key, sub_code="01",
        )  # fmt: skip

    volumes = {key: volume(2025, key) for key in sorted({kind.default_retention or "" for kind in wanted} & ACCOUNTS)}
    other_year = volume(2024, "enterprise.bank_statements")
    session.flush()
    first = min(file.id for file in volumes.values())
    book = rulebook(session, cast.district, MONDAY)
    everyone = list(volumes.values())
    for place, kind in enumerate(wanted):
        left = wanted[place:]
        assert [list(lacking(session, file, book)) for file in everyone] == [left] * len(everyone)
        assert told(session, cast, MONDAY) == ({first, other_year.id}, {first, other_year.id})
        key = kind.default_retention if kind.default_retention in volumes else "enterprise.bookkeeping_vouchers"
        proper = volumes[key or ""]
        make_item(session, proper, keeper, kind.key, document_type=kind.key, retention_class=key, dated="2025-03-01")
    assert told(session, cast, MONDAY) == ({other_year.id}, {other_year.id})
