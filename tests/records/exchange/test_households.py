"""Households from a sheet: everything checked, all of it or nothing, nothing twice."""

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from audit import AuditEntry, verify
from records.exchange.examining import DIFFERS
from records.exchange.models import ImportKind, ImportReason, RunState
from records.files.living import ReviewGround, WithdrawalReview
from records.files.models import Custody, File, FileFromBefore, GivenCode
from records.files.services import open_household_file
from records.households.models import Household, Member, Person, Relation
from records.households.services import MemberEntry
from records.workflow.drafting import draft
from records.workflow.models import Origin
from records.workflow.returning import withdraw_application
from rules.errors import RuleNotSet
from storage.database import Database
from storage.sealing import Vault
from tests.cast import MONDAY, NOON, find_cast, household_entry, make_cast
from tests.records.exchange.sheets import OPENED, Cells, Desk, desk_of, number, sheet, titles, worker_row

KIND = ImportKind.HOUSEHOLDS


def test_a_right_sheet_is_checked_first_and_written_when_ordered(desk_on_both: Desk) -> None:
    desk = desk_on_both
    rows = [
        worker_row(1),
        {"household": "1", "relation": "子女", "name": "新生儿", "health": "良好"},
        {"household": "1", "relation": "配偶", "name": "配偶一", "number": number(2)},
        worker_row(3, phone="138 0000 4517", opened_on=datetime(2024, 5, 6)),  # noqa: DTZ001 - Excel knows no zones
    ]
    run = desk.upload(sheet(KIND, rows))
    assert (run.state, run.examined, run.new, run.known, run.faults) == (RunState.CHECKED, 4, 4, 0, 0)
    assert desk.count(File) == desk.count(Household) == 0
    assert desk.order(run).state is RunState.IMPORTED
    with desk.database.reading() as session:
        files = session.scalars(select(File).order_by(File.id)).all()
        assert [file.code for file in files] == ["C038-ZY·KN·2026·D10-0001", "C038-ZY·KN·2024·D10-0001"]
        assert [len(file.household.members) for file in files if file.household] == [3, 1]
        assert files[1].opened_on == date(2024, 5, 6)
        assert session.scalars(select(Custody)).all()[0].from_on == OPENED
        entered = session.scalars(select(FileFromBefore).order_by(FileFromBefore.file_id)).all()
        assert [(one.established_on, one.paper_place, one.entered_on) for one in entered] == [
            (OPENED, "档案室 2 柜", MONDAY), (date(2024, 5, 6), "档案室 2 柜", MONDAY)
        ]  # fmt: skip
        assert entered[0].reason == "据《名单.xlsx》批量补录。"
        assert all(member.active for member in session.scalars(select(Member)))
        assert verify(session, "changes").whole
    assert desk.count(GivenCode) == desk.count(Custody) == 2


def test_a_sheet_does_not_lead_past_an_application(desk_on_both: Desk) -> None:
    desk = desk_on_both
    with desk.database.begin() as session:
        cast = find_cast(session)
        keeper = cast.street_keeper.actor
        for mark, name in ((1, "周大河"), (2, "王小明")):
            application = draft(
                session, cast.street, household_entry(number(mark), name), origin=Origin.OWN, applied_on=MONDAY,
                actor=keeper, at=NOON, on=MONDAY,
            )  # fmt: skip
        withdraw_application(session, application, reason="本人撤回", actor=keeper, at=NOON, on=MONDAY)
    run = desk.upload(sheet(KIND, [worker_row(1, name="周大河"), worker_row(2, name="王小明"), worker_row(3)]))
    with desk.database.reading() as session:
        found = session.scalars(select(ImportReason).where(ImportReason.run_id == run.id).order_by(ImportReason.row))
        said = [(reason.row, reason.column, reason.article, reason.facts["code"]) for reason in found]
    assert said == [(2, "number", 11, "JD-2026-0001"), (3, "number", 12, "JD-2026-0002")]


def test_a_batch_leaves_what_opening_one_by_one_leaves(desk_on_both: Desk) -> None:
    """The same rows and the same entries in the chain, ids and moments aside."""
    desk = desk_on_both
    entry = household_entry(number(7), "周大河", MemberEntry("周小河", Relation.CHILD, number(8)))
    rows = [
        worker_row(7, name="周大河", address=entry.address, employer="机械厂", income="520"),
        {"household": "7", "relation": "子女", "name": "周小河", "number": number(8)},
    ]
    with desk.database.begin() as session:
        cast = find_cast(session)
        open_household_file(
            session, cast.street, entry, keeper=cast.street_keeper, actor=cast.street_keeper.actor, on=OPENED
        )

    def left() -> list[tuple[str, str]]:
        with desk.database.reading() as session:
            entries = session.scalars(
                select(AuditEntry).where(AuditEntry.action.in_(("household.registered", "file.opened")))
            )
            return [(each.action, each.details) for each in entries]

    by_form = left()
    with desk.database.begin() as session:
        members = session.scalars(select(Member).order_by(Member.id)).all()
        facts = [(each.relation, each.health, each.joined_on) for each in members]
        for member in members:
            member.active = False  # as after a withdrawal: the same people may be entered again
    assert desk.order(desk.upload(sheet(KIND, rows))).state is RunState.IMPORTED
    by_sheet = left()[len(by_form) :]
    assert [action for action, _ in by_form] == [action for action, _ in by_sheet]
    assert by_form[0][1] == by_sheet[0][1]
    with desk.database.reading() as session:
        made = session.scalars(select(Member).where(Member.active).order_by(Member.id)).all()
        assert [(each.relation, each.health, each.joined_on) for each in made] == facts
        assert desk.count(Person) == 2


def test_the_same_sheet_twice_adds_nothing(desk_on_both: Desk) -> None:
    desk = desk_on_both
    rows = [worker_row(at) for at in range(1, 4)] + [{"household": "3", "relation": "子女", "name": "新生儿"}]
    desk.order(desk.upload(sheet(KIND, rows)))
    again = desk.upload(sheet(KIND, rows))
    assert (again.state, again.new, again.known) == (RunState.CHECKED, 0, 4)
    assert desk.count(File) == 3


def test_what_a_known_household_says_otherwise_is_listed_and_changes_nothing(desk: Desk) -> None:
    child = {"household": "1", "relation": "子女", "name": "小江", "number": number(2), "health": "良好"}
    desk.order(desk.upload(sheet(KIND, [worker_row(1, phone="13900001111"), child])))
    other = worker_row(1, income="999", main_cause="残疾", phone="13900002222", employer=None, address="幸福路 1 号")
    run = desk.upload(sheet(KIND, [other, {**child, "relation": "其他", "health": "患病"}]))
    assert (run.state, run.new, run.known, run.faults) == (RunState.CHECKED, 0, 2, 0)
    assert sorted(desk.reasons(run), key=str) == sorted(
        [(row, column, DIFFERS) for row, column in [
            (2, "income"), (2, "main_cause"), (2, "phone"), (3, "health"), (3, "relation"),
        ]],
        key=str,
    )  # fmt: skip
    with desk.database.reading() as session:
        assert session.scalars(select(Household.monthly_income_per_head)).one() == 520


def test_a_sheet_that_grew_adds_what_is_new(desk: Desk) -> None:
    desk.order(desk.upload(sheet(KIND, [worker_row(1)])))
    run = desk.order(desk.upload(sheet(KIND, [worker_row(1), worker_row(2)])))
    assert (run.state, run.new, run.known, desk.count(File)) == (RunState.IMPORTED, 1, 1, 2)


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        (worker_row(2, number=500103195001010027), "number", "Excel keeps 15 digits"),
        (worker_row(2, number="5.00103E+17"), "number", "Excel keeps 15 digits"),
        (worker_row(2, number=number(2)[:-1] + ("0" if number(2)[-1] != "0" else "1")), "number", "is not right"),
        (worker_row(2, number=None), "number", "is missing"),
        (worker_row(2, name="=A1"), "name", "This is a formula"),
        (worker_row(2, name="名" * 41), "name", "At most {most} characters"),
        (worker_row(2, relation="表亲"), "relation", "none of the allowed values"),
        (worker_row(2, employment=None), "employment", "This must be filled in."),
        (worker_row(2, income="5百"), "income", "not an amount"),
        (worker_row(2, phone="请拨打"), "phone", "not a telephone number"),
        (worker_row(2, opened_on="2026-02-30"), "opened_on", "is not a day"),
        (worker_row(2, opened_on=date(2027, 1, 1)), "opened_on", "between {first} and today"),
        (worker_row(2, opened_on=None), "opened_on", "This must be filled in."),
        (worker_row(2, opened_on=MONDAY), "opened_on", "Only what was established before {since}"),
        (worker_row(2, number="500103202001010015"), "opened_on", "was not yet {age}"),
        (worker_row(2, opened_on=date(2027, 1, 1), income="5百"), "opened_on", "between {first} and today"),
        (worker_row(2, paper_place=None), "paper_place", "This must be filled in."),
        ({**worker_row(2), "household": "1"}, "relation", "Row {row} is the worker of this household already"),
        (worker_row(2, relation="配偶"), "relation", "Exactly one member is the worker"),
        (worker_row(2, number=number(1)), "number", "stands in row {row} already"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column_and_nothing_is_written(
    desk: Desk, cells: Cells, column: str, says: str
) -> None:
    run = desk.upload(sheet(KIND, [worker_row(1), cells, worker_row(3)]))
    assert run.state is RunState.REFUSED
    told = [(row, key) for row, key, message in desk.reasons(run) if says in message]
    assert (3, column) in told
    assert desk.count(Household) == 0


def test_a_sheet_opens_the_reviews_that_a_change_to_its_households_would_open(desk: Desk) -> None:
    desk.order(desk.upload(sheet(KIND, [worker_row(1), worker_row(2, employment="退休")])))
    with desk.database.reading() as session:
        [review] = session.scalars(select(WithdrawalReview))
        assert (review.ground, review.ground.article, review.file.title) == (ReviewGround.RETIRED, 10, "职工2")
        assert "社会化管理" in review.found


def test_a_sheet_renames_nobody(desk: Desk) -> None:
    desk.order(desk.upload(sheet(KIND, [worker_row(1, name="周 大河")])))
    with desk.database.begin() as session:
        cast = find_cast(session)
        entry = household_entry(number(5), "韩西陵")
        open_household_file(
            session, cast.other_district, entry, keeper=cast.other_keeper, actor=cast.other_keeper.actor, on=MONDAY
        )
    rows = [worker_row(1, name="周大江"), worker_row(2), worker_row(5, name="张冠李")]
    run = desk.upload(sheet(KIND, rows))
    assert [(row, column) for row, column, _ in desk.reasons(run)] == [(2, "name"), (4, "name")]
    assert desk.upload(sheet(KIND, [worker_row(1, name="周大河")])).known == 1
    with desk.database.reading() as session:
        assert sorted(session.scalars(select(Person.name))) == ["周 大河", "韩西陵"]


def test_what_is_on_record_may_stand_in_a_sheet_with_whatever_day(desk: Desk) -> None:
    desk.order(desk.upload(sheet(KIND, [worker_row(1)])))
    again = desk.upload(sheet(KIND, [worker_row(1, opened_on=None, paper_place=None), worker_row(2)]))
    assert (again.state, again.new, again.known) == (RunState.CHECKED, 1, 1)


def test_nothing_is_imported_before_it_is_said_since_when_the_unit_works_with_the_system(
    both_databases: Database, vault: Vault, tmp_path: Path
) -> None:
    with both_databases.begin() as session:
        make_cast(session)
    desk = desk_of(both_databases, vault, tmp_path / "objects")
    run = desk.upload(sheet(KIND, [worker_row(1)]))
    assert (run.state, desk.reasons(run)) == (RunState.REFUSED, [(0, None, RuleNotSet.message)])


def test_whoever_is_in_another_active_file_is_refused_with_its_code(desk: Desk) -> None:
    with desk.database.begin() as session:
        cast = find_cast(session)
        entry = household_entry(number(5), "韩西陵")
        open_household_file(
            session, cast.other_district, entry, keeper=cast.other_keeper, actor=cast.other_keeper.actor, on=MONDAY
        )
    run = desk.upload(sheet(KIND, [worker_row(5, name="韩西陵")]))
    [(row, column, message)] = desk.reasons(run)
    assert (row, column) == (2, "number")
    assert "already in the active file" in message


def test_a_member_whom_the_file_on_record_lacks_is_refused(desk: Desk) -> None:
    desk.order(desk.upload(sheet(KIND, [worker_row(1)])))
    rows = [worker_row(1), {"household": "1", "relation": "子女", "name": "小二", "number": number(9)}]
    run = desk.upload(sheet(KIND, rows))
    assert [(row, column) for row, column, _ in desk.reasons(run)] == [(3, "number")]


def test_no_reason_repeats_a_whole_number(desk: Desk) -> None:
    rows = [worker_row(1, number=number(1) + "9"), worker_row(2, income=number(2)), worker_row(3, opened_on=number(3))]
    run = desk.upload(sheet(KIND, rows))
    with desk.database.reading() as session:
        facts = [str(each.facts) for each in session.scalars(select(ImportReason).where(ImportReason.run_id == run.id))]
    assert len(facts) == 3
    assert not any(number(at)[:14] in text for at in (1, 2, 3) for text in facts)


def test_a_row_without_a_name_is_told_by_its_number(desk: Desk) -> None:
    run = desk.upload(sheet(KIND, [worker_row(1), {**worker_row(2), "name": None, "number": None}]))
    with desk.database.reading() as session:
        named = [each.facts.get("name") for each in session.scalars(select(ImportReason).where(ImportReason.row == 3))]
    assert run.state is RunState.REFUSED
    assert {"zh": "第 3 行", "en": "row 3"} in named


def test_members_of_one_household_stand_together(desk: Desk) -> None:
    rows = [worker_row(1), worker_row(2), {"household": "1", "relation": "子女", "name": "小一", "number": number(8)}]
    run = desk.upload(sheet(KIND, rows))
    assert (4, "household") in [(row, column) for row, column, _ in desk.reasons(run)]


def test_an_example_row_and_blank_rows_are_passed_over(desk: Desk) -> None:
    rows = [worker_row(9, household="示例"), {}, worker_row(1), {}, {}, worker_row(2)]
    run = desk.order(desk.upload(sheet(KIND, rows)))
    assert (run.state, run.new) == (RunState.IMPORTED, 2)
    with desk.database.reading() as session:
        assert titles(session) == ["职工1", "职工2"]
