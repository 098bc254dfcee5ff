"""The yearly clean-up: work list, sample, results, the second look, closing (art. 13, 21)."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import event, func, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import Actor
from audit import AuditEntry
from classification.categories import Category
from classification.checklists import missing
from records.files.duties import close_duty
from records.files.errors import WithdrawnBeforeConfirmed, WithdrawnBeforeOpened
from records.files.living import ReviewGround, TwinDuty
from records.files.models import File, Item, WithdrawalReason
from records.files.services import withdraw
from records.files.withdrawals import keep_after_review, return_to_help, suggest_withdrawal, withdraw_after_review
from records.holdings.printed import filed_print
from records.upkeep.clean_up import (
    Figures,
    Kept,
    Withdrawing,
    check_line,
    come_since,
    figures_by_part,
    keep_all,
    note_result,
    open_clean_up,
    renew_list,
    start_clean_up,
)
from records.upkeep.errors import (
    AskedOfArticle4,
    BadCleanUpDue,
    BadCleanUpYear,
    CleanUpUnfinished,
    DueAfterYear,
    NoteMissing,
    NothingAdjusted,
    NothingToCheck,
    NothingToCleanUp,
    NotTheChecker,
    NotYourCampaign,
    NotYourPart,
    PartClosed,
    ReasonMissing,
    SecondPersonNeeded,
)
from records.upkeep.models import CleanUp, CleanUpLine, CleanUpPart, CleanUpResult
from records.upkeep.reporting import close_part
from records.upkeep.work_list import drawn
from records.upkeep.years import in_breach
from rules.services import set_rule
from storage.database import Database
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, NUMBERS, Cast, find_cast, make_cast, make_file, make_item
from tests.printing import paper
from tests.records.upkeep.campaign import DUE, make_campaign
from tests.regulation.in_step import adjust
from units.models import Unit

MORE_NUMBERS = ("110101194912310016", "110101196001010011", "110101197001010016")


def test_a_campaign_lists_every_active_household_of_the_units_below_with_its_marks(
    session: Session, cast: Cast
) -> None:
    old = make_file(session, cast, number=NUMBERS[0], on=date(2016, 12, 25))
    fresh = make_file(session, cast, number=NUMBERS[1], name="陈平", on=MONDAY)
    make_item(session, fresh, cast.keeper.actor)
    start_clean_up(session, cast.city, 2026, due_on=DUE, actor=cast.supervisor.actor, on=MONDAY, seed="s")
    lines = {line.file_id: line for line in session.scalars(select(CleanUpLine))}
    assert (lines[old.id].unchanged, lines[old.id].older_rules) == (True, True)
    assert (lines[fresh.id].unchanged, lines[fresh.id].older_rules) == (False, False)
    assert lines[fresh.id].missing_count == lines[old.id].missing_count - 1


def test_documents_that_the_district_requires_of_households_on_top_are_missing_too(
    session: Session, cast: Cast
) -> None:
    set_rule(
        session, cast.district, "required_documents", "bank_card,bank_statements", in_force_from=MONDAY,
        source="东工发〔2026〕2号", actor=cast.approver.actor, at=NOON,
    )  # fmt: skip
    make_file(session, cast)
    start_clean_up(session, cast.district, 2026, due_on=DUE, actor=cast.approver.actor, on=MONDAY, seed="s")
    lacking = session.scalars(select(CleanUpLine.missing_count)).one()
    assert lacking == len(missing(Category.ORIGINAL, ())) + 1


def test_the_sample_is_drawn_by_the_rule_and_is_the_same_for_the_same_seed(session: Session, cast: Cast) -> None:
    campaign = make_campaign(session, cast)
    assert campaign.part.sampling_percent == 30
    sampled = {line.file.code for line in campaign.lines if line.sampled}
    codes = [file.code for file in campaign.files]
    assert len(sampled) == 2  # thirty of a hundred, rounded up
    assert drawn(campaign.clean_up.seed, codes, 30) == drawn(campaign.clean_up.seed, codes[::-1], 30) == sampled
    assert {frozenset(drawn(str(seed), codes, 30)) for seed in range(40)} != {frozenset(sampled)}


def test_a_unit_has_one_clean_up_a_year(session: Session, cast: Cast) -> None:
    make_campaign(session, cast)
    with pytest.raises(NothingToCleanUp):
        start_clean_up(session, cast.district, 2026, due_on=DUE, actor=cast.keeper.actor, on=MONDAY)
    start_clean_up(session, cast.district, 2025, due_on=DUE, actor=cast.keeper.actor, on=MONDAY)


def test_a_campaign_is_started_by_the_unit_itself_or_from_above_for_this_year_or_the_last(
    session: Session, cast: Cast
) -> None:
    make_file(session, cast)
    for actor in (cast.other_keeper.actor, cast.street_keeper.actor, cast.reader.actor):
        with pytest.raises(NotYourCampaign):
            start_clean_up(session, cast.district, 2026, due_on=DUE, actor=actor, on=MONDAY)
    for year in (2024, 2027):
        with pytest.raises(BadCleanUpYear):
            start_clean_up(session, cast.district, year, due_on=DUE, actor=cast.keeper.actor, on=MONDAY)
    with pytest.raises(BadCleanUpDue):
        start_clean_up(
            session, cast.district, 2026, due_on=date(2026, 1, 1), actor=cast.keeper.actor, on=MONDAY
        )  # fmt: skip


def test_a_clean_up_ends_with_its_year_unless_that_is_over(session: Session, cast: Cast) -> None:
    make_file(session, cast, on=date(2024, 5, 6))
    keeper, march = cast.keeper.actor, date(2027, 3, 1)
    with pytest.raises(DueAfterYear, match="ends on 2026-12-31 at the latest"):
        start_clean_up(session, cast.district, 2026, due_on=march, actor=keeper, on=MONDAY)
    start_clean_up(session, cast.district, 2026, due_on=march, actor=keeper, on=date(2027, 1, 4))
    assert session.scalars(select(CleanUp)).one().last_day == date(2026, 12, 31)


def test_only_the_unit_itself_notes_results_and_says_what_is_asked_for(session: Session, cast: Cast) -> None:
    campaign = make_campaign(session, cast)
    line = campaign.lines[0]
    with pytest.raises(NotYourPart):
        note_result(session, line, CleanUpResult.KEEP, None, actor=cast.supervisor.actor, today=MONDAY)
    with pytest.raises(NoteMissing):
        note_result(session, line, CleanUpResult.ASK, None, actor=cast.keeper.actor, today=MONDAY)
    note_result(session, line, CleanUpResult.ASK, "收入证明", actor=cast.keeper.actor, today=MONDAY)
    assert (line.result, line.note, line.decided_by) == (CleanUpResult.ASK, "收入证明", "keeper")


def test_a_withdrawal_is_done_with_its_result(session: Session, cast: Cast) -> None:
    campaign = make_campaign(session, cast)
    line = campaign.lines[0]
    with pytest.raises(ReasonMissing):
        note_result(session, line, CleanUpResult.WITHDRAW, None, actor=cast.keeper.actor, today=MONDAY)
    with pytest.raises(WithdrawnBeforeOpened):
        note_result(
            session, line, CleanUpResult.WITHDRAW, None, actor=cast.keeper.actor, today=MONDAY,
            withdrawing=Withdrawing(WithdrawalReason.LIFTED, date(2024, 5, 5)),
        )  # fmt: skip
    note_result(
        session, line, CleanUpResult.WITHDRAW, None, actor=cast.keeper.actor, today=MONDAY,
        withdrawing=Withdrawing(WithdrawalReason.LIFTED, MONDAY),
    )  # fmt: skip
    assert (line.file.withdrawn_on, line.result) == (MONDAY, CleanUpResult.WITHDRAW)


def test_what_is_ticked_is_kept_at_once_and_nothing_decided_is_touched(session: Session, cast: Cast) -> None:
    campaign = make_campaign(session, cast)
    first, *others = campaign.lines
    with pytest.raises(NothingAdjusted, match="since the clean-up began on 2026-03-02"):
        note_result(session, first, CleanUpResult.CHANGE, "更正住址", actor=cast.keeper.actor, today=MONDAY)
    adjust(session, first.file, cast.keeper.actor, MONDAY, address="河街道 2 号")
    note_result(session, first, CleanUpResult.CHANGE, "更正住址", actor=cast.keeper.actor, today=MONDAY)
    session.flush()
    withdraw(session, others[0].file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    keeper = cast.second_keeper.actor
    found = keep_all(session, campaign.part, true(), lacking=False, actor=keeper, today=MONDAY)
    assert found == {Kept.DECIDED: 1, Kept.WITHDRAWN: 1, Kept.LACKING: 2}
    found = keep_all(session, campaign.part, true(), actor=keeper, today=MONDAY)
    assert found == {Kept.DECIDED: 1, Kept.WITHDRAWN: 1, Kept.KEPT: 2}
    figures = figures_by_part(session, [campaign.part])[campaign.part.id]
    assert (figures.files, figures.keep, figures.change, figures.decided) == (4, 2, 1, 3)


def test_what_article_4_excludes_is_not_kept_while_it_is_asked(session: Session, cast: Cast) -> None:
    campaign, actor = make_campaign(session, cast), cast.keeper.actor
    line = campaign.lines[0]
    review = suggest_withdrawal(session, line.file, ReviewGround.HOMES, "两处房产", actor=actor, on=MONDAY)
    with pytest.raises(AskedOfArticle4):
        note_result(session, line, CleanUpResult.KEEP, None, actor=actor, today=MONDAY)
    found = keep_all(session, campaign.part, CleanUpLine.id == line.id, actor=actor, today=MONDAY)
    assert (found, line.result) == ({Kept.ASKED: 1}, None)
    keep_after_review(session, review, "其一为危房", actor=actor, on=MONDAY)
    note_result(session, line, CleanUpResult.KEEP, None, actor=actor, today=MONDAY)
    assert line.result is CleanUpResult.KEEP


@pytest.mark.parametrize("both_databases", ["postgresql"], indirect=True)
def test_a_file_that_is_withdrawn_while_many_are_kept_is_told_as_withdrawn(both_databases: Database) -> None:
    """On SQLite nobody reads in a transaction that changes something while another one does."""
    with both_databases.begin() as session:
        make_campaign(session, make_cast(session))

    def keep() -> Counter[Kept]:
        with both_databases.begin() as session:
            part, keeper = session.scalars(select(CleanUpPart)).one(), find_cast(session).keeper
            return keep_all(session, part, true(), actor=keeper.actor, today=MONDAY)

    with ThreadPoolExecutor(1) as pool:
        with both_databases.begin() as session:
            file, keeper = session.get_one(File, 2), find_cast(session).keeper
            withdraw(session, file, WithdrawalReason.LIFTED, actor=keeper.actor, on=MONDAY, today=MONDAY)
            keeping = pool.submit(keep)
            wait([keeping], timeout=0.5)
            assert not keeping.done()
        assert keeping.result() == {Kept.KEPT: 3, Kept.WITHDRAWN: 1}
    with both_databases.reading() as session:
        lines = session.scalars(select(CleanUpLine).order_by(CleanUpLine.file_id))
        assert [line.result for line in lines] == [CleanUpResult.KEEP, None, CleanUpResult.KEEP, CleanUpResult.KEEP]


def test_the_second_look_is_taken_by_a_second_person(session: Session, cast: Cast) -> None:
    campaign = make_campaign(session, cast)
    keep_all(session, campaign.part, true(), actor=cast.keeper.actor, today=MONDAY)
    sampled = next(line for line in campaign.lines if line.sampled)
    other = next(line for line in campaign.lines if not line.sampled)
    with pytest.raises(SecondPersonNeeded):
        check_line(session, sampled, True, None, actor=cast.keeper.actor, on=MONDAY)
    with pytest.raises(NotTheChecker):
        check_line(session, sampled, True, None, actor=cast.reader.actor, on=MONDAY)
    with pytest.raises(NothingToCheck):
        check_line(session, other, True, None, actor=cast.approver.actor, on=MONDAY)
    check_line(session, sampled, True, None, actor=cast.approver.actor, on=MONDAY)
    assert sampled.checked_by == "approver"


def test_the_database_refuses_that_somebody_checks_what_they_decided(session: Session, cast: Cast) -> None:
    campaign = make_campaign(session, cast)
    line = next(line for line in campaign.lines if line.sampled)
    line.result, line.decided_by, line.decided_on = CleanUpResult.KEEP, "keeper", MONDAY
    line.checked_by, line.checked_on = "keeper", MONDAY
    with pytest.raises(IntegrityError, match="checked_by_a_second"), session.begin_nested():
        session.flush()


def test_a_file_sent_back_is_decided_anew(session: Session, cast: Cast) -> None:
    campaign = make_campaign(session, cast)
    keep_all(session, campaign.part, true(), actor=cast.keeper.actor, today=MONDAY)
    line = next(line for line in campaign.lines if line.sampled)
    with pytest.raises(NoteMissing):
        check_line(session, line, False, None, actor=cast.supervisor.actor, on=MONDAY)
    check_line(session, line, False, "缺公示照片", actor=cast.supervisor.actor, on=MONDAY)
    assert (line.result, line.check_note) == (None, "缺公示照片")
    note_result(session, line, CleanUpResult.ASK, "公示照片", actor=cast.keeper.actor, today=MONDAY)
    assert line.checked_by is None


def test_a_part_closes_only_when_every_file_has_a_result_and_the_sample_was_checked(
    session: Session, cast: Cast, store: FolderStore, workshop: Workshop
) -> None:
    campaign, keeper = make_campaign(session, cast), cast.keeper.actor

    def close(summary: str, actor: Actor = keeper) -> Item:
        return close_part(
            session, campaign.part, summary, actor=actor, store=store, workshop=workshop, at=NOON, on=MONDAY
        )

    with pytest.raises(CleanUpUnfinished, match="Still open: 4 files without a result, 2 files of the sample"):
        close("未完")
    keep_all(session, campaign.part, true(), actor=keeper, today=MONDAY)
    with pytest.raises(CleanUpUnfinished, match="Still open: 2 files of the sample"):
        close("未完")
    for line in campaign.lines:
        if line.sampled:
            check_line(session, line, True, None, actor=cast.supervisor.actor, on=MONDAY)
    with pytest.raises(NotYourPart):
        close("代办", cast.supervisor.actor)
    close("在档4户，全部保留。")
    assert (campaign.part.closed_by, campaign.part.closed_on) == ("keeper", MONDAY)
    for act in (
        lambda: close("再次"),
        lambda: note_result(session, campaign.lines[0], CleanUpResult.KEEP, None, actor=keeper, today=MONDAY),
        lambda: check_line(session, campaign.lines[0], True, None, actor=cast.approver.actor, on=MONDAY),
    ):
        with pytest.raises(PartClosed):
            act()


def test_a_part_is_closed_over_the_files_that_are_active_then(
    session: Session, cast: Cast, store: FolderStore, workshop: Workshop
) -> None:
    campaign, keeper = make_campaign(session, cast), cast.keeper.actor
    gone, back, *_ = (line.file for line in campaign.lines)
    note_result(
        session, campaign.lines[1], CleanUpResult.WITHDRAW, None, actor=keeper, today=MONDAY,
        withdrawing=Withdrawing(WithdrawalReason.LIFTED, MONDAY),
    )  # fmt: skip
    session.flush()
    keep_all(session, campaign.part, CleanUpLine.file_id != gone.id, actor=keeper, today=MONDAY)
    withdraw(session, gone, WithdrawalReason.LIFTED, actor=keeper, on=MONDAY, today=MONDAY)
    return_to_help(session, back, "因病再度困难", actor=cast.approver.actor, on=MONDAY, today=MONDAY)
    older = make_file(session, cast, number=MORE_NUMBERS[0], name="冯一", on=date(2016, 3, 2))
    make_file(session, cast, number=MORE_NUMBERS[1], name="冯二", on=MONDAY)

    def figures() -> Figures:
        return figures_by_part(session, [campaign.part])[campaign.part.id]

    def close() -> Item:
        check_sample(session, campaign.part, cast.supervisor.actor)
        return close_part(
            session, campaign.part, "在档5户。", actor=keeper, store=store, workshop=workshop, at=NOON, on=MONDAY
        )

    assert (figures().files, figures().active, figures().unlisted, figures().left) == (4, 5, 3, 1)
    with pytest.raises(CleanUpUnfinished, match="3 files active and not on the list"):
        close()
    assert renew_list(session, campaign.part, actor=keeper, on=MONDAY) == (3, 1)
    with pytest.raises(CleanUpUnfinished, match="Still open: 3 files without a result"):
        close()
    assert session.scalars(select(CleanUpLine.older_rules).where(CleanUpLine.file_id == older.id)).one()
    keep_all(session, campaign.part, true(), actor=keeper, today=MONDAY)
    close()
    assert come_since(session, campaign.part) == 0
    make_file(session, cast, number=MORE_NUMBERS[2], name="冯三", on=MONDAY)
    assert come_since(session, campaign.part) == 1
    assert (figures().files, figures().keep, figures().withdraw, figures().active) == (6, 5, 1, 5)
    assert figures().unlisted == 0  # what comes after the closing is not counted into it


def test_what_is_withdrawn_after_it_was_looked_at_is_reported_as_withdrawn(
    session: Session, cast: Cast, store: FolderStore, workshop: Workshop
) -> None:
    campaign, keeper = make_campaign(session, cast), cast.keeper.actor
    keep_all(session, campaign.part, true(), actor=keeper, today=MONDAY)
    check_sample(session, campaign.part, cast.supervisor.actor)
    line = next(each for each in campaign.lines if each.sampled)
    withdraw(session, line.file, WithdrawalReason.LIFTED, actor=keeper, on=MONDAY, today=MONDAY)
    session.flush()
    assert open_clean_up(session, line.file) is campaign.part  # nor does it pass to another unit as kept

    def close() -> Figures:
        close_part(
            session, campaign.part, "在档3户。", actor=keeper, store=store, workshop=workshop, at=NOON, on=MONDAY
        )
        return figures_by_part(session, [campaign.part])[campaign.part.id]

    with pytest.raises(CleanUpUnfinished, match="Still open: 1 file withdrawn and not on the list as such"):
        close()
    assert renew_list(session, campaign.part, actor=keeper, on=MONDAY) == (0, 1)
    with pytest.raises(CleanUpUnfinished, match="Still open: 1 file of the sample not checked"):
        close()
    check_sample(session, campaign.part, cast.supervisor.actor)
    figures = close()
    assert (figures.files, figures.keep, figures.withdraw, figures.active) == (4, 3, 1, 3)
    withdraw(session, campaign.lines[-1].file, WithdrawalReason.LIFTED, actor=keeper, on=MONDAY, today=MONDAY)
    session.flush()
    assert figures_by_part(session, [campaign.part])[campaign.part.id] == figures  # what is reported stays


def check_sample(session: Session, part: CleanUpPart, checker: Actor) -> None:
    """Look a second time at every sampled file that has a result."""
    waiting = select(CleanUpLine).where(CleanUpLine.part_id == part.id, CleanUpLine.result.is_not(None))
    for line in session.scalars(waiting.where(CleanUpLine.sampled, CleanUpLine.checked_by.is_(None))).all():
        check_line(session, line, True, None, actor=checker, on=MONDAY)


def test_the_sample_of_a_renewed_list_keeps_what_was_drawn_and_is_drawn_over_all_of_it(
    session: Session, cast: Cast
) -> None:
    campaign = make_campaign(session, cast)
    before = {line.file.code for line in campaign.lines if line.sampled}
    for number, name in zip(MORE_NUMBERS, ("冯一", "冯二", "冯三"), strict=True):
        make_file(session, cast, number=number, name=name, on=MONDAY)
    renew_list(session, campaign.part, actor=cast.keeper.actor, on=MONDAY)
    lines = session.scalars(select(CleanUpLine)).all()
    sampled = {line.file.code for line in lines if line.sampled}
    assert sampled == before | drawn(campaign.clean_up.seed, [line.file.code for line in lines], 30)


def test_nobody_withdraws_as_of_a_day_before_a_closed_clean_up_left_the_household_in_help(
    session: Session, cast: Cast, store: FolderStore, workshop: Workshop
) -> None:
    campaign, keeper = make_campaign(session, cast), cast.keeper.actor
    keep_all(session, campaign.part, true(), actor=keeper, today=MONDAY)
    check_sample(session, campaign.part, cast.supervisor.actor)
    left = MONDAY - timedelta(days=1)
    close_part(session, campaign.part, "在档4户。", actor=keeper, store=store, workshop=workshop, at=NOON, on=MONDAY)
    with pytest.raises(WithdrawnBeforeConfirmed, match="2026-03-02"):
        withdraw(session, campaign.files[1], WithdrawalReason.LIFTED, actor=keeper, on=left, today=MONDAY)


def test_the_report_upward_is_a_record_of_the_unit_from_the_day_it_closes(
    session: Session, cast: Cast, store: FolderStore, workshop: Workshop
) -> None:
    campaign, keeper = make_campaign(session, cast), cast.keeper.actor
    note_result(session, campaign.lines[0], CleanUpResult.ASK, "补交收入证明", actor=keeper, today=MONDAY)
    keep_all(session, campaign.part, true(), actor=keeper, today=MONDAY)
    for line in campaign.lines:
        if line.sampled:
            check_line(session, line, True, None, actor=cast.supervisor.actor, on=MONDAY)
    item = close_part(
        session, campaign.part, "在档4户。", actor=keeper, store=store, workshop=workshop, at=NOON, on=MONDAY
    )
    assert campaign.part.report_item is item
    assert (item.document_type, item.filed_on, item.document_number) == (
        "clean_up_report", MONDAY, campaign.clean_up.number,
    )  # fmt: skip
    assert (item.file.category, item.file.unit, item.file.year) == (Category.DOCUMENTARY, cast.district, 2026)
    filed = filed_print(session, item.id)
    session.commit()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "clean_up.part_closed")).one()
    assert filed is not None
    details = json.loads(entry.details)
    assert (details["sha256"], details["code"]) == (filed.sha256, item.code)
    said = paper.filed(session, store, item)
    for words in ("集中清理报告", "在档4户。", "周••", "补交收入证明"):
        assert words in said, words


def test_of_two_campaigns_at_once_one_has_the_unit(both_databases: Database) -> None:
    with both_databases.begin() as session:
        make_file(session, make_cast(session))
    desks = (("supervisor", "市总工会"), ("keeper", "东区总工会"))
    together = Barrier(len(desks))

    def start_at(desk: tuple[str, str]) -> str:
        together.wait()
        try:
            with both_databases.begin() as session:
                actor = session.scalars(select(User).where(User.name == desk[0])).one().actor
                unit = session.scalars(select(Unit).where(Unit.name == desk[1])).one()
                start_clean_up(session, unit, 2026, due_on=DUE, actor=actor, on=MONDAY)
        except NothingToCleanUp:
            return "refused"
        return "started"

    with ThreadPoolExecutor(len(desks)) as pool:
        assert sorted(pool.map(start_at, desks)) == ["refused", "started"]
    with both_databases.reading() as session:
        assert session.scalar(select(func.count(CleanUp.id))) == 1
        assert session.scalar(select(func.count(CleanUpPart.id))) == 1


def test_starting_a_campaign_takes_as_many_queries_for_many_files_as_for_one(session: Session, cast: Cast) -> None:
    make_file(session, cast)
    few = queries_of_start(session, cast, 2025)
    for number, name in zip(NUMBERS[1:], ("陈平", "吴兰", "郑山"), strict=True):
        make_file(session, cast, number=number, name=name)
    assert queries_of_start(session, cast, 2026) == few


def queries_of_start(session: Session, cast: Cast, year: int) -> int:
    """How many statements it takes to start the clean-up of a year."""
    session.flush()
    connection = session.connection()
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    start_clean_up(session, cast.district, year, due_on=DUE, actor=cast.keeper.actor, on=MONDAY, seed="s")
    event.remove(connection, "before_cursor_execute", note)
    assert session.scalar(select(func.count(File.id))) is not None
    return len(said)


def test_a_clean_up_runs_its_course_on_both_databases(both_databases: Database) -> None:
    with both_databases.begin() as session:
        campaign = make_campaign(session, make_cast(session))
        sampled = next(line.id for line in campaign.lines if line.sampled)
    with both_databases.begin() as session:
        people = {user.name: user.actor for user in session.scalars(select(User))}
        part = session.scalars(select(CleanUpPart)).one()
        unchanged = CleanUpLine.unchanged == true()
        assert keep_all(session, part, unchanged, actor=people["keeper"], today=MONDAY) == {Kept.KEPT: 4}
        line = session.get_one(CleanUpLine, sampled)
        check_line(session, line, True, None, actor=people["supervisor"], on=MONDAY)
        review = suggest_withdrawal(
            session, line.file, ReviewGround.BUSINESS, "店铺", actor=people["keeper"], on=MONDAY
        )  # fmt: skip
        withdraw_after_review(session, review, "属实", actor=people["keeper"], on=MONDAY, today=MONDAY)
        return_to_help(session, line.file, "因病再度困难", actor=people["approver"], on=MONDAY, today=MONDAY)
        duty = session.scalars(select(TwinDuty)).one()
        close_duty(session, duty, "纸质已更换", done_on=MONDAY, actor=people["keeper"], on=MONDAY)
    with both_databases.reading() as session:
        figures = figures_by_part(session, session.scalars(select(CleanUpPart)).all())
        assert [(one.keep, one.sampled, one.checked) for one in figures.values()] == [(4, 2, 1)]
        reader = session.scalars(select(User).where(User.name == "supervisor")).one().actor
        assert [unit.name for unit in session.scalars(in_breach(reader, 2025))] == ["东区总工会"]
