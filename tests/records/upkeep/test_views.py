"""The pages of upkeep, in the browser of each who uses them."""

import hashlib
import re
from datetime import date, timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event, select

from accounts.roles import OPERATOR
from audit import UseEntry
from records.files.duties import note_by_hand
from records.files.living import TwinDuty, Withdrawal, WithdrawalReview
from records.files.models import File, WithdrawalReason
from records.files.services import withdraw
from records.files.stubs import reduce_file
from records.holdings.filing import file_item
from records.lending.services import lend
from records.upkeep.clean_up import Withdrawing, check_line, note_result, start_clean_up
from records.upkeep.determining import confirm
from records.upkeep.models import CleanUpLine, CleanUpPart, CleanUpResult
from rules.calendar import load_plan
from storage.database import Database
from tests.cast import MONDAY, NOON, NUMBERS, Cast, find_cast, make_file
from tests.conftest import SignedIn, pages_on_both
from tests.printing import paper
from tests.records.closing.cases import set_line
from tests.records.holdings.makers import png
from tests.records.lending.shelf import make_copy
from tests.records.upkeep.campaign import DUE, NAMES
from tests.records.upkeep.proposing import OWNER, determine
from tests.regulation.in_step import adjust
from tests.rules.plans import plan_of_2027

LONG_AGO = MONDAY - timedelta(days=60)


def text(answer: object) -> str:
    """The page as its words."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))  # type: ignore[attr-defined]


def household(database: Database, *, on: date = LONG_AGO) -> int:
    """A household file of the district."""
    with database.begin() as session:
        return make_file(session, find_cast(session), on=on).id


def late_duty(database: Database, file_id: int) -> int:
    """A duty of the electronic side that has been late for a while."""
    with database.begin() as session:
        actor = find_cast(session).keeper.actor
        file = session.get_one(File, file_id)
        return note_by_hand(session, file, "户口簿换发", actor=actor, on=LONG_AGO, today=MONDAY).id


def edit(client: FlaskClient, file_id: int, address: str) -> None:
    form = {"address": address, "employment": "employed", "employer": "机械厂", "main_cause": "illness"}
    assert client.post(f"/files/{file_id}/household/edit", data=form).status_code == 303


def test_a_change_in_the_browser_opens_a_duty_that_its_keeper_closes_with_proof(
    database: Database, signed_in: SignedIn
) -> None:
    with database.begin() as session:
        copy = make_copy(session, find_cast(session))
        file_id, item_id = copy.item.file_id, copy.item_id
    keeper = signed_in("keeper")
    edit(keeper, file_id, "河街道 9 号")
    assert "2026-04-14" in text(keeper.get("/duties"))
    form = {"done_on": "2026-03-02", "evidence": "信息表已更换", "evidence_code": "P-9999"}
    refused = keeper.post("/duties/1", data=form)
    assert refused.status_code == 422
    assert "no item or paper copy P-9999 in this file" in text(refused)
    closed = keeper.post("/duties/1", data={**form, "evidence_code": "P-0001"}, follow_redirects=True)
    assert "信息表已更换" in text(closed)
    assert "Paper of" in text(closed)
    assert "agree" not in text(closed)  # what a keeper noted of one carrier does not prove that both are the same
    with database.reading() as session:
        duty = session.scalars(select(TwinDuty)).one()
        assert (duty.closed_by, duty.evidence_item_id, duty.evidence_code) == ("keeper", item_id, "P-0001")
    assert "No duty is in this state" in text(keeper.get("/duties"))
    assert "河街道 9 号" not in text(keeper.get("/duties?state=closed"))  # which fields changed, not what they say


def test_a_paper_filed_without_its_scan_is_followed_by_the_scan_itself(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        item = file_item(
            session, make_copy(session, cast := find_cast(session)).item, actor=cast.keeper.actor, on=MONDAY
        )
        item_id, title, address = item.id, item.title, f"/files/{item.file_id}/upload?item={item.id}"
    keeper = signed_in("keeper")
    form = {"done_on": "2026-03-02", "evidence": "扫描件已上传"}
    refused = keeper.post("/duties/1", data=form)
    beside = re.search(r'id="evidence-error">([^<]*)<', refused.text)
    assert refused.status_code == 422
    assert beside is not None
    assert f"without a digital file: {title}" in beside[1]
    assert f'href="{address}"' in keeper.get(f"/items/{item_id}").text
    broken = keeper.post(address, data={"files": (BytesIO(png()[:60]), "扫描.png")})
    assert (broken.status_code, "cannot be filed" in broken.text) == (422, True)
    files = [(BytesIO(png(1)), "扫描.png"), (BytesIO(png(2)), "第二份.png")]
    kept = keeper.post(address, data={"files": files}, follow_redirects=True)
    assert (kept.request.path, "扫描.png" in kept.text, "is filed. Collect what is new" in kept.text) == (
        f"/items/{item_id}", True, True
    )  # fmt: skip
    assert keeper.get(address).status_code == 409
    assert keeper.post("/duties/1", data=form).status_code == 303


@pytest.mark.parametrize("path", ["/duties", "/reviews"])
def test_an_empty_list_says_where_to_go_on(signed_in: SignedIn, path: str) -> None:
    keeper = signed_in("keeper")
    assert f'href="{path}?state="' in keeper.get(path).text
    page = keeper.get(f"{path}?state=").text
    assert "opens by itself" in page
    assert 'href="/files?category=original&amp;state=active"' in page


def test_paper_on_loan_is_shown_where_it_has_to_follow(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        copy = make_copy(session, cast)
        lend(session, copy, cast.reader, purpose="复核", days=7, actor=cast.keeper.actor, at=NOON, on=MONDAY)
        file_id = copy.item.file_id
    keeper = signed_in("keeper")
    edit(keeper, file_id, "河街道 9 号")
    assert "1 paper copy on loan" in text(keeper.get("/duties"))
    assert "李读" in text(keeper.get("/duties/1"))


def test_late_duties_are_seen_from_above_and_closed_only_below(database: Database, signed_in: SignedIn) -> None:
    late_duty(database, household(database))
    supervisor = signed_in("supervisor")
    listed = text(supervisor.get("/duties?state=late"))
    assert "东区总工会" in listed
    assert "days late" in listed
    assert "市总工会 sees this duty" in text(supervisor.get("/duties/1"))
    assert supervisor.post("/duties/1", data={}).status_code == 403
    assert "No duty" in text(signed_in("west.keeper").get("/duties?state=late"))
    assert signed_in("west.keeper").get("/duties/1").status_code == 404


def test_a_duty_registered_late_says_so_on_its_page_in_the_list_and_in_the_export(
    database: Database, signed_in: SignedIn
) -> None:
    with database.begin() as session:
        file = make_file(session, cast := find_cast(session), on=LONG_AGO)
        duty = note_by_hand(session, file, "户口簿换发", actor=cast.keeper.actor, on=LONG_AGO, today=MONDAY)
        duty.due_on = MONDAY - timedelta(days=3)
        duty_id = duty.id
    keeper = signed_in("keeper")
    form = {"done_on": "2026-02-26", "evidence": "电子档案已按新户口簿更新"}
    assert "registered late" in text(keeper.post(f"/duties/{duty_id}", data=form, follow_redirects=True))
    said = "done on 2026-02-26, registered on 2026-03-02, 3 days late"
    assert said in text(keeper.get(f"/duties/{duty_id}"))
    assert said in text(keeper.get("/duties?state=closed_late"))
    rows = load_workbook(BytesIO(keeper.get("/duties?state=closed_late&format=xlsx").data)).active
    assert rows is not None
    assert any(said in str(cell.value) for row in rows.iter_rows() for cell in row)
    assert "registered late" in text(keeper.get(f"/files/{file.id}/course"))


def test_a_backdated_withdrawal_is_left_to_the_approver_with_grounds(database: Database, signed_in: SignedIn) -> None:
    page = f"/files/{household(database)}/withdrawal"
    keeper, approver = signed_in("keeper"), signed_in("approver")
    form = {"on": "2026-01-15", "reason": "lifted", "remarks": "审批表所载日期为准"}
    refused = keeper.post(page, data=form)
    assert refused.status_code == 422
    assert "An approver of 东区总工会 decides it" in text(refused)
    assert "Withdraw the file" in text(approver.get(page))
    bare = approver.post(page, data={**form, "remarks": ""})
    assert (bare.status_code, 'id="remarks-error"' in bare.text) == (422, True)
    course = page.replace("withdrawal", "course")
    assert approver.post(page, data=form).status_code == 303
    assert "审批表所载日期为准" in text(approver.get(course))
    assert "an approver of 东区总工会 takes it back" in text(keeper.get(course))
    back = page.replace("withdrawal", "return")
    for client in (keeper, approver):  # neither the keeper nor who withdrew it
        assert back not in client.get(course).text
        again = {"on": "2026-03-02", "reason": "本人重病返困"}
        assert client.post(back, data=again).status_code == client.get(back).status_code == 403


def test_saving_a_household_unchanged_says_that_nothing_was_changed(database: Database, signed_in: SignedIn) -> None:
    file_id, keeper = household(database), signed_in("keeper")
    form = {"address": "河街道 9 号", "employment": "employed", "employer": "机械厂", "main_cause": "illness"}
    first, second = (
        keeper.post(f"/files/{file_id}/household/edit", data=form, follow_redirects=True) for _ in range(2)
    )
    assert ("The household is changed." in first.text, "Nothing was changed." in first.text) == (True, False)
    assert ("The household is changed." in second.text, "Nothing was changed." in second.text) == (False, True)


def test_duties_of_a_destroyed_file_stand_in_no_list(database: Database, signed_in: SignedIn) -> None:
    file_id = household(database)
    duty_id = late_duty(database, file_id)
    with database.begin() as session:
        file, code = session.get_one(File, file_id), session.get_one(File, file_id).code
        actor = find_cast(session).keeper.actor
        withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
        assert session.get_one(TwinDuty, duty_id).closed_on is None
    keeper = signed_in("keeper")
    assert code in text(keeper.get("/duties?state=")).replace(" ", "")
    with database.begin() as session:
        reduce_file(session, session.get_one(File, file_id), "XH-2036-0001", on=MONDAY)
    for state in ("", "open", "late", "soon", "closed"):
        assert code not in text(keeper.get(f"/duties?state={state}")).replace(" ", "")
    assert keeper.get(f"/duties/{duty_id}").status_code == 404


def test_the_pages_of_a_destroyed_file_do_not_say_what_was_never_found(database: Database, signed_in: SignedIn) -> None:
    file_id = household(database)
    with database.begin() as session:
        cast, file = find_cast(session), session.get_one(File, file_id)
        set_line(session, cast)
        row = determine(session, cast, file)
        confirm(session, row, actor=cast.approver.actor, on=MONDAY)
        withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
        reduce_file(session, file, "XH-2036-0001", on=MONDAY)
        page = f"/determinations/{row.id}"
    keeper = signed_in("keeper")
    for address in (page, "/determinations?state=answered", f"/files/{file_id}/course"):
        shown = text(keeper.get(address))
        assert ("destroyed with the file" in shown, "no class is met" in shown) == (True, False), address
    assert "What had to follow ended with the destruction of the file." in shown
    assert "have agreed so far" not in shown


def test_what_two_people_found_an_approver_keeps_and_the_keeper_is_told_so(
    database: Database, signed_in: SignedIn
) -> None:
    file_id = household(database)
    with database.begin() as session:
        cast = find_cast(session)
        set_line(session, cast)
        row = determine(session, cast, session.get_one(File, file_id), OWNER)
        review = confirm(session, row, actor=cast.approver.actor, on=MONDAY)
        assert review is not None
        page = f"/reviews/{review.id}"
    keeper, approver = signed_in("keeper"), signed_in("approver")
    said = {"reason": "另一套住房已出售，经查属实"}
    shown = text(keeper.get(page))
    assert ("Two people have found this." in shown, "Keep the file" in shown) == (True, False)
    assert keeper.post(f"{page}/keeping", data=said).status_code == 403
    shown = text(approver.get(page))
    assert ("Keep the file" in shown, "Withdraw the file" in shown) == (True, False)
    assert approver.post(f"{page}/keeping", data=said).status_code == 303


def test_a_change_on_paper_is_noted_by_hand(database: Database, signed_in: SignedIn) -> None:
    file_id = household(database)
    keeper = signed_in("keeper")
    assert "Changed on paper" in text(keeper.get(f"/files/{file_id}/paper-change"))
    future = keeper.post(f"/files/{file_id}/paper-change", data={"on": "2026-03-03", "what": "换发"})
    assert future.status_code == 422
    noted = keeper.post(
        f"/files/{file_id}/paper-change", data={"on": "2026-03-02", "what": "换发"}, follow_redirects=True
    )
    assert "换发" in text(noted)


@pages_on_both
def test_a_household_returns_in_the_browser_and_its_clock_stays_readable(
    database: Database, signed_in: SignedIn
) -> None:
    file_id = household(database)
    keeper = signed_in("keeper")
    approver = signed_in("approver")
    again = {"on": "2026-03-02", "reason": "本人重病返困"}
    assert approver.post(f"/files/{file_id}/return", data=again).status_code == 409
    keeper.post(f"/files/{file_id}/withdrawal", data={"on": "2026-02-20", "reason": "lifted"})
    corrected = keeper.post(
        f"/files/{file_id}/withdrawal/correction",
        data={"on": "2026-02-19", "reason": "lifted", "correction": "按审批表"},
        follow_redirects=True,
    )
    assert "2036-02-19" in text(corrected)
    assert "2036-02-20" in text(corrected)
    assert "2036-02-19" in text(approver.get(f"/files/{file_id}/return"))
    returned = approver.post(f"/files/{file_id}/return", data=again, follow_redirects=True)
    assert "本人重病返困" in text(returned)
    with database.reading() as session:
        assert session.get_one(File, file_id).active
        assert len(session.scalars(select(Withdrawal)).all()) == 2


def test_joining_is_not_among_the_reasons_that_a_keeper_chooses(database: Database, signed_in: SignedIn) -> None:
    file_id, keeper = household(database), signed_in("keeper")
    with database.reading() as session:
        district = find_cast(session).district.id
    assert (
        keeper.post("/clean-ups/new", data={"unit_id": str(district), "year": "2026", "due_on": str(DUE)}).status_code
        == 303
    )
    assert 'value="lifted"' in keeper.get("/clean-up-lines/1").text
    assert 'value="merged"' not in keeper.get("/clean-up-lines/1").text
    with database.begin() as session:
        file, actor = session.get_one(File, file_id), find_cast(session).keeper.actor
        withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    corrected = keeper.get(f"/files/{file_id}/withdrawal/correction").text
    assert 'value="lifted"' in corrected
    assert 'value="merged"' not in corrected


def test_the_versions_of_a_household_say_who_changed_what_from_what_to_what(
    database: Database, signed_in: SignedIn
) -> None:
    file_id = household(database)
    keeper = signed_in("keeper")
    edit(keeper, file_id, "河街道 9 号")
    page = text(keeper.get(f"/files/{file_id}/household"))
    assert "Address 河街道 1 号 河街道 9 号" in page
    assert "Monthly income per head 520.00 yuan —" in page
    assert "王维 Household changed" in page


def test_what_came_up_is_decided_by_the_keeper(database: Database, signed_in: SignedIn) -> None:
    file_id = household(database)
    keeper = signed_in("keeper")
    assert "Something came up" in text(keeper.get(f"/files/{file_id}/reviews/new"))
    for ground in ("homes", "business"):
        keeper.post(f"/files/{file_id}/reviews/new", data={"ground": ground, "found": "查询结果"})
    assert "查询结果" in text(signed_in("supervisor").get("/reviews"))
    assert keeper.post("/reviews/1/keeping", data={}).status_code == 422
    assert keeper.post("/reviews/1/keeping", data={"reason": "危房不计"}).status_code == 303
    assert keeper.post("/reviews/1/keeping", data={"reason": "再次"}).status_code == 409
    keeper.post("/reviews/2/withdrawal", data={"on": "2026-03-02", "reason": "店铺属实"})
    with database.reading() as session:
        kept, left = session.scalars(select(WithdrawalReview).order_by(WithdrawalReview.id))
        assert (kept.decision_reason, left.decision_reason) == ("危房不计", "店铺属实")
        assert not session.get_one(File, file_id).active


@pages_on_both
def test_a_clean_up_is_done_from_start_to_report_in_the_browser(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        for number, name in zip(NUMBERS, NAMES, strict=True):
            make_file(session, cast, number=number, name=name, on=date(2024, 5, 6))
        city = cast.city.id
    supervisor, keeper = signed_in("supervisor"), signed_in("keeper")
    assert "Start a clean-up" in text(supervisor.get("/clean-ups"))
    form = {"unit_id": str(city), "year": "2026", "due_on": DUE.isoformat()}
    assert "东区总工会" in text(supervisor.post("/clean-ups/new", data=form, follow_redirects=True))
    assert supervisor.post("/clean-ups/new", data=form).status_code == 409
    with database.reading() as session:
        lines = session.scalars(select(CleanUpLine).order_by(CleanUpLine.id)).all()
    sampled = [line.id for line in lines if line.sampled]
    other = next(line.id for line in lines if not line.sampled)
    asked = keeper.post(f"/clean-up-lines/{other}", data={"result": "ask"})
    assert "Say what was changed" in text(asked)
    keeper.post(f"/clean-up-lines/{other}", data={"result": "ask", "note": "收入证明"})
    assert keeper.post("/clean-up-parts/1/closing", data={"summary": "未完"}).status_code == 409
    told = text(keeper.post("/clean-up-parts/1/keeping", data={"all": "1"}, follow_redirects=True))
    assert "0 files are kept. Left out: 1 has a result already; 3 lack documents." in told.replace("  ", " ")
    assert "Those that lack documents are looked at one by one" in told
    ticked = [str(line.id) for line in lines if line.id != other]
    kept = keeper.post("/clean-up-parts/1/keeping", data={"line": ticked}, follow_redirects=True)
    assert "3 files are kept." in text(kept)
    assert "Left out" not in text(kept)
    assert keeper.post(f"/clean-up-lines/{sampled[0]}/check", data={}).status_code == 403
    for line in sampled:
        assert supervisor.post(f"/clean-up-lines/{line}/check", data={}).status_code == 303
    with database.begin() as session:
        make_file(session, find_cast(session), number="110101194912310016", name="冯一", on=date(2016, 3, 2))
    refused = keeper.post("/clean-up-parts/1/closing", data={"summary": "在档5户"})
    assert "1 active file is not on the list. Renew the list" in text(refused)
    assert "1 new, 0 withdrawn" in text(keeper.post("/clean-up-parts/1/list", follow_redirects=True))
    with database.reading() as session:
        new = session.scalars(select(CleanUpLine).order_by(CleanUpLine.id.desc())).first()
        assert new is not None
    assert keeper.post(f"/clean-up-lines/{new.id}", data={"result": "keep"}).status_code == 303
    supervisor.post(f"/clean-up-lines/{new.id}/check", data={})
    closed = keeper.post("/clean-up-parts/1/closing", data={"summary": "在档5户"}, follow_redirects=True)
    assert "在档5户" in text(closed)
    for path in ("/clean-ups/1/report.pdf", "/clean-up-parts/1/report.pdf"):
        assert supervisor.get(path).data.startswith(b"%PDF")
    with database.reading() as session:
        assert session.scalars(select(CleanUpPart)).one().closed_by == "keeper"
        printed = select(UseEntry).where(UseEntry.action == "content.printed", UseEntry.actor == "supervisor")
        assert len(session.scalars(printed).all()) == 1  # the other is the one that was filed


def test_the_filed_report_is_shown_to_custodians_and_others_read_of_what_they_see(
    database: Database, signed_in: SignedIn
) -> None:
    file_id = household(database)
    with database.begin() as session:
        cast = find_cast(session)
        clean_up = start_clean_up(
            session, cast.district, 2026, due_on=DUE, actor=cast.keeper.actor, on=MONDAY, seed="s"
        )  # fmt: skip
        session.flush()
        line, number = session.scalars(select(CleanUpLine)).one(), clean_up.number
        note_result(
            session, line, CleanUpResult.WITHDRAW, None, actor=cast.keeper.actor, today=MONDAY,
            withdrawing=Withdrawing(WithdrawalReason.LIFTED, MONDAY),
        )  # fmt: skip
        check_line(session, line, True, None, actor=cast.supervisor.actor, on=MONDAY)
        code = session.get_one(File, file_id).code
    keeper, reader = signed_in("keeper"), signed_in("reader")
    page = text(keeper.post("/clean-up-parts/1/closing", data={"summary": "撤档1户"}, follow_redirects=True))
    filed = keeper.get("/clean-up-parts/1/report.pdf").data
    assert filed == keeper.get("/clean-up-parts/1/report.pdf").data
    assert hashlib.sha256(filed).hexdigest() in page
    assert code in paper.words(filed)
    shown = paper.words(reader.get("/clean-up-parts/1/report.pdf").data)
    assert number in shown
    assert code not in shown


def test_only_what_is_ticked_is_kept(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        make_file(session, cast)
        make_file(session, cast, number=NUMBERS[1], name="陈平")
        unit = cast.district.id
    keeper = signed_in("keeper")
    keeper.post("/clean-ups/new", data={"unit_id": str(unit), "year": "2026", "due_on": DUE.isoformat()})
    keeper.post("/clean-up-parts/1/keeping", data={"line": "2"})
    with database.reading() as session:
        assert session.scalars(select(CleanUpLine.result).order_by(CleanUpLine.id)).all() == [
            None, CleanUpResult.KEEP,
        ]  # fmt: skip


def test_a_year_without_a_clean_up_is_shown_as_a_breach_and_counted_above(
    database: Database, signed_in: SignedIn
) -> None:
    household(database, on=date(2024, 5, 6))
    supervisor = signed_in("supervisor")
    page = text(supervisor.get("/clean-ups/years?year=2025&state=breach"))
    assert "东区总工会 In breach 1 — —" in page
    assert "Not begun" in text(supervisor.get("/clean-ups/years"))
    assert re.search(r"1 Units in breach of last year", text(supervisor.get("/")))
    assert "No unit" in text(signed_in("west.keeper").get("/clean-ups/years?year=2025"))


def test_the_workbench_counts_what_the_lists_show(database: Database, signed_in: SignedIn) -> None:
    late_duty(database, household(database))
    page = text(signed_in("supervisor").get("/"))
    assert "1 Twin duties open" in page
    assert "1 Twin duties late" in page


def test_the_withdrawal_form_is_printed_and_noted(database: Database, signed_in: SignedIn) -> None:
    file_id = household(database)
    with database.begin() as session:
        file, actor = session.get_one(File, file_id), find_cast(session).keeper.actor
        withdraw(session, file, WithdrawalReason.DEATH, actor=actor, on=MONDAY, today=MONDAY)
    reader = signed_in("approver")
    printed = paper.words(reader.get("/withdrawals/1/form.pdf").data)
    assert "Datedback" not in printed
    assert signed_in("west.keeper").get("/withdrawals/1/form.pdf").status_code == 404
    with database.reading() as session:
        assert session.scalars(select(UseEntry.action).where(UseEntry.actor == "approver")).all() == ["content.printed"]


def test_the_form_of_a_backdated_withdrawal_names_the_keeper_and_the_approver(
    database: Database, signed_in: SignedIn
) -> None:
    file_id = household(database)
    with database.begin() as session:
        cast, file = find_cast(session), session.get_one(File, file_id)
        names = cast.keeper.display_name, cast.approver.display_name
        withdraw(
            session, file, WithdrawalReason.LIFTED, actor=cast.approver.actor, on=MONDAY - timedelta(days=40),
            today=MONDAY, remarks="审批表所载日期为准",
        )  # fmt: skip
    printed = paper.words(signed_in("keeper").get("/withdrawals/1/form.pdf").data)
    assert all(printed.count(name) >= 2 for name in names)  # among the facts and to be signed
    assert f"decidedby{names[1]}:40daysbefore" in printed


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/duties", "同步任务"),
        ("/duties/1", "待同步"),
        ("/reviews", "撤档核查"),
        ("/clean-ups", "集中清理"),
        ("/clean-ups/years", "各单位集中清理"),
        ("/clean-ups/new", "部署集中清理"),
        ("/files/1/course", "动态记录"),
        ("/files/1/household", "变更记录"),
    ],
)
def test_every_page_speaks_chinese(database: Database, signed_in: SignedIn, path: str, said: str) -> None:
    late_duty(database, household(database))
    keeper = signed_in("keeper")
    keeper.post("/language/zh")
    assert said in text(keeper.get(path))


def test_more_rows_need_no_more_queries(database: Database, signed_in: SignedIn) -> None:
    late_duty(database, household(database))
    keeper = signed_in("keeper")
    with database.reading() as session:
        unit = find_cast(session).district.id
    keeper.post("/clean-ups/new", data={"unit_id": str(unit), "year": "2026", "due_on": DUE.isoformat()})
    paths = ("/duties", "/clean-ups", "/clean-ups/years", "/clean-ups/1", "/clean-up-parts/1", "/")
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    def asked(path: str) -> int:
        said.clear()
        assert keeper.get(path).status_code == 200
        return len(said)

    event.listen(database.engine, "before_cursor_execute", note)
    for path in paths:
        keeper.get(path)
    few = [asked(path) for path in paths]
    with database.begin() as session:
        cast: Cast = find_cast(session)
        for number, name in zip(NUMBERS[1:], NAMES[1:], strict=True):
            file = make_file(session, cast, number=number, name=name, on=LONG_AGO)
            note_by_hand(session, file, "换发", actor=cast.keeper.actor, on=LONG_AGO, today=MONDAY)
            line = session.scalars(select(CleanUpLine)).first()
            assert line is not None
            session.add(
                CleanUpLine(
                    part_id=line.part_id, file_id=file.id, unchanged=False, older_rules=False, missing_count=0,
                    sampled=False,
                )
            )  # fmt: skip
    assert [asked(path) for path in paths] == few


def test_the_page_of_a_duty_says_by_which_calendar_its_last_day_moved(database: Database, signed_in: SignedIn) -> None:
    december = date(2026, 12, 10)
    with database.begin() as session:
        cast = find_cast(session)
        file = make_file(session, cast, on=december)
        adjust(session, file, cast.keeper.actor, december, address="河街道 2 号")
        free = plan_of_2027(date(2027, 1, 1), date(2027, 1, 4))
        load_plan(session, 2027, free, source="国办发明电〔2026〕号", actor=OPERATOR, at=NOON)
    page = text(signed_in("keeper").get("/duties/1"))
    assert "Moved from 2027-01-22 to 2027-01-25 by the calendar of 2027" in page
