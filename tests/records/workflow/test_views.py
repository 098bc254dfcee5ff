"""The pages of the procedure: one household from draft to lodged file, and what the pages never show."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from audit import AuditEntry, UseEntry
from classification.hardship import HardshipClass
from config import Settings
from records.closing.transfers import accept
from records.files.models import File, WithdrawalReason
from records.files.services import open_household_file
from records.files.withdrawals import withdraw
from records.households.models import Cause, Employment, Member, Person, Relation
from records.households.services import MemberEntry
from records.workflow.course import move
from records.workflow.deciding import decide, submit
from records.workflow.drafting import add_document
from records.workflow.models import Act, Application, ApplicationDocument, Part, State
from records.workflow.notice import post_notice
from records.workflow.returning import send_back
from storage.database import Database
from storage.objects import FolderStore, open_store
from tests.cast import MONDAY, NOON, NUMBERS, find_cast, household_entry
from tests.conftest import SignedIn, pages_on_both
from tests.printing import paper
from tests.records.closing.cases import make_household, offer
from tests.records.workflow.office import (
    AFTER,
    LINE,
    PICTURE,
    REQUIRED,
    Desk,
    add_required,
    applied_with_scan,
    at,
    bring_to,
    document,
    entry,
    find_desk,
    lodged,
    make_desk,
    make_draft,
    make_ready,
    make_statements,
    matching,
    posted,
    row,
    sheet,
    submitted,
    withdrawn_with_scan,
)
from web.listing import XLSX

TODAY = [NOON]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An office whose clock the test moves."""
    TODAY[0] = NOON
    return replace(settings, clock=lambda: TODAY[0])


@pytest.fixture(autouse=True)
def _desk(database: Database) -> None:
    with database.begin() as session:
        make_desk(session, find_cast(session))


def after(days: int) -> None:
    """Let days pass."""
    TODAY[0] = at(MONDAY + timedelta(days=days))


def the_application(database: Database) -> Application:
    with database.reading() as session:
        return session.scalars(select(Application)).one()


HOUSEHOLD = {
    "worker-name": "周大河",
    "worker-number": NUMBERS[0],
    "members-0-name": "王小明",
    "members-0-relation": "spouse",
    "members-0-number": NUMBERS[1],
    "address": "河街道 1 号",
    "phone": "13800004517",
    "employment": Employment.EMPLOYED.value,
    "employer": "机械厂",
    "main_cause": Cause.ILLNESS.value,
    "origin": "own",
    "applied_on": MONDAY.isoformat(),
}


def begin(client: FlaskClient, database: Database) -> str:
    """Begin the application of the household; its address."""
    with database.reading() as session:
        unit = find_desk(session).workplace.id
    answer = client.post("/applications/new", data={**HOUSEHOLD, "unit_id": str(unit)})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


@pages_on_both
def test_a_household_goes_from_draft_to_a_lodged_file(database: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("works.keeper")
    page = begin(keeper, database)
    for kind in REQUIRED:
        sent = {
            "document_type": kind,
            "title": f"材料 {kind}",
            "dated": "2026-03" if kind == "notice_proof" else "2026-02-27",
            "responsible_body": "机械厂",
            "carrier": "paper",
            "pages_count": "2",
        }
        assert keeper.post(f"{page}/documents/new", data=sent).status_code == 303
    with database.reading() as session:
        application = session.scalars(select(Application)).one()
        members = [member.id for member in application.household.members]
    paper = "1"
    facts = {f"income_{member}": "600" for member in members} | {"months_below": "8", "relief": "no"}
    facts |= {"still_hard": "yes", "union_member": "yes", "socialised": "no"}
    facts |= {"homes": "no", "business": "no", "schooling": "no", "vehicles": "no"}
    facts |= {f"{name}_document": paper for name in list(facts)}
    assert keeper.post(f"{page}/statements", data=facts).status_code == 303
    assert keeper.post(f"{page}/submission").status_code == 303
    assert "Awaiting public notice" in keeper.get(page).text
    assert keeper.post(f"{page}/notice", data={"place": "厂区公告栏"}).status_code == 303
    photo = {
        "document_type": "notice_photo", "title": "公示现场照片", "dated": "2026-03-02", "responsible_body": "机械厂",
        "carrier": "electronic", "pages_count": "1", "upload": (BytesIO(PICTURE), "公示.png"),
    }  # fmt: skip
    assert keeper.post(f"{page}/documents/new", data=photo).status_code == 303
    assert "hangs through 2026-03-09" in keeper.post(f"{page}/notice/closing").text
    after(8)
    keeper = signed_in("works.keeper")  # sessions do not live that long
    assert keeper.post(f"{page}/notice/closing").status_code == 303
    assert signed_in("works.verifier").post(f"{page}/verification", data={"opinion": "属实"}).status_code == 303
    assert signed_in("street.reviewer").post(f"{page}/review", data={"opinion": "同意"}).status_code == 303
    officer = signed_in("officer")
    refused = officer.post(f"{page}/lodgement", data={"place": "二号柜"})
    assert refused.status_code == 422
    assert "No imported record has this ID number" in refused.text
    content = sheet(
        row(application, income="600.00", heads="2"),
        {"worker": NUMBERS[0], "name": "王小明", "number": NUMBERS[1], "relation": "配偶"},
    )
    with database.reading() as session:
        unit = str(find_desk(session).workplace.id)
    export = {"unit_id": unit, "sheet": (BytesIO(content), "export.csv")}
    assert keeper.post("/aid-system", data=export).status_code == 303
    assert keeper.post(f"{page}/comparison").status_code == 303
    assert "All 13 fields are equal" in keeper.get(f"{page}/comparison").text
    assert officer.post(f"{page}/lodgement", data={"place": "二号柜"}).status_code == 303
    with database.reading() as session:
        file = session.scalars(select(File)).one()
        assert file.active
        assert session.scalars(select(Application.state)).one() is State.LODGED
    for shown in (page, "/lodged-copies"):
        assert file.code in officer.get(shown).text


def test_the_officer_registers_the_set_of_an_older_file_from_its_page(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        desk = find_desk(session)
        file = make_household(session, desk.workplace, desk.keeper)
        code, page = file.code, f"/files/{file.id}"
    officer, form = signed_in("officer"), f"{page}/lodged-copy"
    assert form in officer.get(page).text
    assert form not in signed_in("works.keeper").get(page).text
    assert "Register the lodged set" in officer.get(form).text
    assert code in officer.get("/files?category=original&state=active&flaw=unlodged").text
    refused = officer.post(form, data={"place": "二号柜"})
    assert (refused.status_code, "is filed yet" in refused.text) == (422, True)


def test_a_conflict_says_who_has_the_person(database: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("works.keeper")
    begin(keeper, database)
    with database.reading() as session:
        unit = find_desk(session).workplace.id
    answer = keeper.post("/applications/new", data={**HOUSEHOLD, "unit_id": str(unit)})
    assert answer.status_code == 409
    assert "JD-2026-0001" in answer.text
    assert "吴建" in answer.text
    assert "周大河" in answer.text


def test_the_page_of_an_application_says_which_withdrawn_file_it_will_take_up_again(
    database: Database, signed_in: SignedIn
) -> None:
    with database.begin() as session:
        desk = find_desk(session)
        actor = desk.keeper.actor
        file = open_household_file(session, desk.workplace, entry(), keeper=desk.keeper, actor=actor, on=MONDAY)
        withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
        code = file.code
    keeper = signed_in("works.keeper")
    page = keeper.get(begin(keeper, database))
    assert code in page.text
    assert "withdrawn on 2026-03-02. Lodgement takes it up again" in page.text


def test_a_scan_that_the_earlier_file_has_is_named_on_the_page_and_kept_once(
    database: Database, settings: Settings, signed_in: SignedIn
) -> None:
    store = open_store(settings.objects_url)
    with database.begin() as session:
        desk = find_desk(session)
        kept, (application, scan) = withdrawn_with_scan(session, desk, store), applied_with_scan(session, desk, store)
        bring_to(session, desk, application, State.LODGEMENT, store)
        matching(session, desk, application)
        page, again = f"/applications/{application.id}", scan.key
    assert again is not None
    after(8)
    assert "in the earlier file already, as “原户口簿”" in html.unescape(signed_in("works.keeper").get(page).text)
    assert signed_in("officer").post(f"{page}/lodgement", data={"place": "二号柜"}).status_code == 303
    stored = [each.key for each in iter(store.keys())]
    assert (again in stored, kept.key in stored) == (False, True)
    with database.reading() as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "application.document_kept")).one()
        assert "原户口簿" in told.details


def test_no_page_shows_a_number_in_full(database: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("works.keeper")
    page = begin(keeper, database)
    for path in ("", "/edit", "/comparison", "/statements", "/documents/new"):
        text = keeper.get(f"{page}{path}").text
        assert NUMBERS[0] not in text
        assert "13800004517" not in text
    assert NUMBERS[0] not in keeper.get("/applications").text


def test_a_step_that_is_not_mine_is_refused_with_its_article(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        desk = find_desk(session)
        one = submitted(session, desk)
        post_notice(session, one, place="公告栏", actor=desk.keeper.actor, at=NOON, on=MONDAY)
    answer = signed_in("works.verifier").post("/applications/1/verification", data={"opinion": "属实"})
    assert answer.status_code == 409
    assert "is at the step “Under public notice”" in answer.text
    assert "(Article 12)" in answer.text


def printed(client: FlaskClient, path: str) -> str:
    """The text of a printed form."""
    answer = client.get(path)
    assert answer.mimetype == "application/pdf"
    return "".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)


def test_a_printed_notice_has_the_least_fields(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        desk = find_desk(session)
        child = MemberEntry("周小河", Relation.CHILD, NUMBERS[2], health="先天性心脏病")
        submitted(session, desk, entry(NUMBERS[0], "周大河", child))
    text = printed(signed_in("works.keeper"), "/applications/1/notice.pdf")
    assert "周大河" in text
    for hidden in (NUMBERS[0], NUMBERS[0][-4:], "周小河", "心脏病", "Illness", "患病", "4517", "河街道 1 号"):
        assert hidden not in text


def test_a_notice_is_not_printed_before_it_may_be_posted(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        line = make_ready(session, find_desk(session), income="0")
    keeper, path = signed_in("works.keeper"), f"/applications/{line.id}"
    assert "notice.pdf" not in keeper.get(path).text
    assert keeper.get(f"{path}/notice.pdf").status_code == 409
    with database.begin() as session:
        desk = find_desk(session)
        submit(session, session.get_one(Application, line.id), actor=desk.keeper.actor, at=NOON, on=MONDAY)
    assert "notice.pdf" in keeper.get(path).text
    assert keeper.get(f"{path}/notice.pdf").status_code == 200


def test_an_objection_that_comes_after_a_return_is_noted_on_the_page_and_listed_for_the_leader(
    database: Database, signed_in: SignedIn
) -> None:
    with database.begin() as session:
        desk = find_desk(session)
        application = posted(session, desk, submitted(session, desk))
        send_back(session, application, State.DRAFT, reason="须核", actor=desk.keeper.actor, at=NOON, on=MONDAY)
        number = application.number
    keeper, leader = signed_in("works.keeper"), signed_in("works.leader")
    assert 'action="/applications/1/objections"' in keeper.get("/applications/1").text
    assert 'action="/applications/1/objections"' not in leader.get("/applications/1").text
    said = {"raised_on": MONDAY.isoformat(), "text": "来电反映有门面出租"}
    assert keeper.post("/applications/1/objections", data=said).status_code == 303
    assert number in leader.get("/applications?show=objected").text
    assert "/applications/1/objections/1/resolution" in leader.get("/applications/1").text


def test_the_information_form_has_whole_numbers_for_its_keeper_alone_and_the_register_knows(
    database: Database, signed_in: SignedIn
) -> None:
    with database.begin() as session:
        make_ready(session, find_desk(session))
    path = "/applications/1/information-form.pdf"
    assert NUMBERS[0] in printed(signed_in("works.keeper"), path)
    assert NUMBERS[0] not in printed(signed_in("supervisor"), path)
    with database.reading() as session:
        uses = session.scalars(select(UseEntry.action).order_by(UseEntry.number)).all()
    assert uses.count("content.unmasked") == 1
    assert uses.count("content.printed") == 2


def test_a_number_typed_with_address_or_employer_is_masked_for_who_does_not_keep_the_file(
    database: Database, signed_in: SignedIn, tmp_path: Path
) -> None:
    with database.begin() as session:
        desk = find_desk(session)
        file, _ = lodged(session, desk, submitted(session, desk), FolderStore(tmp_path / "objects"))
        assert file.household is not None
        file.household.address, file.household.employer = "河街道 1 号 13911112222", f"机械厂 {NUMBERS[1]}"
        household = f"/files/{file.id}/household"
    path, reader = "/applications/1/information-form.pdf", signed_in("supervisor")
    for told in (
        printed(reader, path),
        *(reader.get(page).text for page in (household, "/applications/1", "/applications/1/comparison")),
    ):
        assert "河街道" in told
        assert "13911112222" not in told
        assert NUMBERS[1] not in told
    assert "13911112222" in printed(signed_in("works.keeper"), path)


def test_reading_an_application_or_its_comparison_is_entered_in_the_use_register(
    database: Database, signed_in: SignedIn
) -> None:
    with database.begin() as session:
        make_ready(session, find_desk(session))
    for page in ("/applications/1", "/applications/1/comparison"):
        assert signed_in("supervisor").get(page).status_code == 200
    with database.reading() as session:
        uses = session.scalars(select(UseEntry).where(UseEntry.action == "content.viewed")).all()
        assert [(one.actor, one.subject_kind, one.subject_id) for one in uses] == [("supervisor", "application", 1)] * 2


def test_an_application_goes_with_its_file_and_its_old_unit_sees_masks(
    database: Database, signed_in: SignedIn, tmp_path: Path
) -> None:
    with database.begin() as session:
        cast, desk = find_cast(session), find_desk(session)
        file, _ = lodged(session, desk, submitted(session, desk), FolderStore(tmp_path / "objects"))
        accept(
            session, offer(session, cast, file, giver=desk.keeper), keeper=cast.other_keeper, spot=None,
            actor=cast.other_keeper.actor, at=at(AFTER), on=AFTER,
        )  # fmt: skip
    page, path = "/applications/1", "/applications/1/information-form.pdf"
    assert NUMBERS[0] in printed(signed_in("west.keeper"), path)
    maker = signed_in("works.keeper")  # whoever acted keeps sight of the case, no longer of whole numbers
    assert maker.get(page).status_code == 200
    assert NUMBERS[0] not in printed(maker, path)
    for name in ("works.keeper2", "keeper"):
        other = signed_in(name)
        assert [other.get(each).status_code for each in (page, path)] == [404, 404]
        assert "JD-2026-0001" not in other.get("/applications").text


def test_the_approval_sheet_has_three_opinions_and_says_what_is_approved(
    database: Database, signed_in: SignedIn
) -> None:
    with database.begin() as session:
        desk = find_desk(session)
        one = submitted(session, desk)
        post_notice(session, one, place="公告栏", actor=desk.keeper.actor, at=NOON, on=MONDAY)
        found = one.hardship_class
    assert found is not None
    text = paper.words(signed_in("works.keeper").get("/applications/1/opinions.pdf").data)
    for heading in ("file-making union", "higher union", "aid centre"):
        assert heading.replace(" ", "") in text
    for told in (found.label.en, LINE, "2026-03-02 to 2026-03-09, hanging, no objection yet"):
        assert told.replace(" ", "") in text


def test_the_approval_sheet_has_the_manual_decision_until_a_return_leads_before_it(
    database: Database, signed_in: SignedIn
) -> None:
    reader = signed_in("works.keeper")

    def sheet_after(step: Callable[[Session, Desk, Application], object]) -> str:
        with database.begin() as session:
            step(session, find_desk(session), session.scalars(select(Application)).one())
        return printed(reader, "/applications/1/opinions.pdf").replace("\n", " ")

    def decided(session: Session, desk: Desk, one: Application) -> None:
        found = HardshipClass.BELOW_WITHOUT_RELIEF
        decide(session, one, admitted=found, reason="确属困难", actor=desk.leader.actor, at=NOON, on=MONDAY)

    def to_draft(session: Session, desk: Desk, one: Application) -> None:
        send_back(session, one, State.DRAFT, reason="补充材料", actor=desk.keeper.actor, at=NOON, on=MONDAY)

    with database.begin() as session:
        submitted(session, find_desk(session), income="700.00")
    box = "Opinion of the unit leader"
    assert box not in sheet_after(to_draft)
    sheet_after(lambda session, desk, one: submit(session, one, actor=desk.keeper.actor, at=NOON, on=MONDAY))
    assert box in sheet_after(decided)
    assert "确属困难" in sheet_after(lambda session, desk, one: posted(session, desk, one))
    assert box in sheet_after(
        lambda session, desk, one: move(
            session, one, Act.RETURNED, State.SUBMITTED, user=desk.keeper, part=Part.MAKER, at=NOON, on=MONDAY,
            reason="重新公示",
        )
    )  # fmt: skip
    assert box not in sheet_after(to_draft)


def test_a_manual_decision_not_to_open_a_file_stands_in_its_box_of_the_sheet(
    database: Database, signed_in: SignedIn
) -> None:
    with database.begin() as session:
        submitted(session, find_desk(session), income="700.00")
    leader = signed_in("works.leader")
    leader.post("/applications/1/decision", data={"hardship_class": "refuse", "reason": "收入高于标准线"})
    sheet = printed(leader, "/applications/1/opinions.pdf").replace("\n", " ")
    assert "Opinion of the unit leader" in sheet
    assert sheet.count("收入高于标准线") == 2


def test_a_wrong_sheet_says_of_every_cell_what_is_wrong(database: Database, signed_in: SignedIn) -> None:
    with database.reading() as session:
        unit = str(find_desk(session).workplace.id)
    bad = sheet({"worker": "123", "name": "", "number": "456", "relation": "邻居"})
    answer = signed_in("works.keeper").post("/aid-system", data={"unit_id": unit, "sheet": (BytesIO(bad), "x.csv")})
    assert answer.status_code == 422
    assert "4 cells are wrong, nothing was taken in" in answer.text


def test_whoever_may_not_decide_is_told_who_does(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        desk = find_desk(session)
        submitted(session, desk, income="700.00")
        retired = entry(NUMBERS[1], "王小明", employment=Employment.RETIRED, employer=None)
        submitted(session, desk, retired, socialised=True)
    for reader in ("works.keeper", "approver"):
        pages = [signed_in(reader).get(f"/applications/{number}").text for number in (1, 2)]
        assert "It is decided on by: Approver, 机械厂工会." in pages[0]
        assert "Only by a written reason of: Approver, 机械厂工会." in pages[1]
    assert "Only by a written reason" not in signed_in("works.leader").get("/applications/2").text


def test_the_decision_page_admits_or_refuses(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        submitted(session, find_desk(session), income="700.00")
    leader = signed_in("works.leader")
    sent = {"hardship_class": HardshipClass.SLIGHTLY_ABOVE.value, "reason": "长期患病"}
    assert leader.post("/applications/1/decision", data={**sent, "reason": ""}).status_code == 422
    assert leader.post("/applications/1/decision", data=sent).status_code == 303
    assert the_application(database).hardship_class is HardshipClass.SLIGHTLY_ABOVE


def test_lists_are_exported_and_their_queries_do_not_grow(app: Flask, database: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("works.keeper")
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    def queries(path: str) -> int:
        statements.clear()
        assert keeper.get(path).status_code == 200
        return len(statements)

    with database.begin() as session:
        submitted(session, find_desk(session), homes=True)
    few = [queries("/applications"), queries("/refusals")]
    with database.begin() as session:
        desk = find_desk(session)
        for number, name in ((NUMBERS[1], "王小明"), (NUMBERS[2], "李小红"), (NUMBERS[3], "赵四海")):
            submitted(session, desk, entry(number, name), homes=True)
    assert [queries("/applications"), queries("/refusals")] == few
    for path in ("/applications", "/refusals", "/lodged-copies", "/aid-system"):
        assert keeper.get(f"{path}?format=xlsx").mimetype == XLSX


def test_what_was_scanned_is_shown_to_those_who_may_read(database: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("works.keeper")
    page = begin(keeper, database)
    sent = {
        "document_type": "income_proof", "title": "收入证明", "dated": "2026-02-27", "responsible_body": "机械厂",
        "carrier": "paper", "pages_count": "1", "upload": (BytesIO(PICTURE), "收入.png"),
    }  # fmt: skip
    assert keeper.post(f"{page}/documents/new", data=sent).status_code == 303
    assert keeper.get(f"{page}/documents/1/content").data == PICTURE
    assert signed_in("west.keeper").get(f"{page}/documents/1/content").status_code == 404
    assert keeper.post(f"{page}/documents/1/removal").status_code == 303
    assert keeper.get(f"{page}/documents/1/content").status_code == 404


def test_what_nobody_can_read_is_no_document(database: Database, settings: Settings, signed_in: SignedIn) -> None:
    keeper = signed_in("works.keeper")
    page = begin(keeper, database)
    sent = {
        "document_type": "income_proof", "title": "收入证明", "dated": "2026-02-27", "responsible_body": "机械厂",
        "carrier": "electronic", "pages_count": "1",
    }  # fmt: skip
    program = b"MZ\x90\x00\x03" + bytes(55) + b"\x80" + bytes(67) + b"PE\0\0L"
    for content, name, says in (
        (program, "收入.exe", "format of the file is not known"),
        (program, "收入.pdf", "format of the file is not known"),
        (b"%PDF-1.7\nnothing behind it", "收入.pdf", "damaged"),
        (PICTURE[:40], "收入.png", "Choose a readable copy"),
        (b"", "收入.png", "is empty"),
    ):
        answer = keeper.post(f"{page}/documents/new", data={**sent, "upload": (BytesIO(content), name)})
        beside = re.search(r'id="upload-error">([^<]*)<', answer.text)
        assert (answer.status_code, bool(beside and says in beside[1])) == (422, True), name
    with database.reading() as session:
        assert session.scalars(select(ApplicationDocument)).all() == []


def test_a_draft_is_corrected_person_by_person(database: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("works.keeper")
    page = begin(keeper, database)
    with database.reading() as session:
        worker, spouse = (member.id for member in session.scalars(select(Application)).one().household.members)
    wrong = keeper.post(f"{page}/members/{worker}/edit", data={"name": "周大江", "relation": "worker", "number": "1"})
    assert wrong.status_code == 422
    right = {"name": "周大江", "relation": "worker", "number": NUMBERS[3]}
    assert keeper.post(f"{page}/members/{worker}/edit", data=right).status_code == 303
    assert keeper.post(f"{page}/members/{spouse}/edit", data={"away": "1"}).status_code == 303
    more = {"name": "周小河", "relation": "child", "number": NUMBERS[2]}
    assert keeper.post(f"{page}/members/new", data=more).status_code == 303
    text = keeper.get(page).text
    assert "周大江" in text
    assert "周小河" in text
    assert "王小明" not in text


def test_a_person_of_another_unit_is_renamed_only_by_who_says_so_with_the_number(
    database: Database, signed_in: SignedIn
) -> None:
    with database.begin() as session:
        cast, unit = find_cast(session), find_desk(session).workplace.id
        west, theirs = cast.other_keeper, household_entry(NUMBERS[1], "韩西陵")
        file = open_household_file(session, cast.other_district, theirs, keeper=west, actor=west.actor, on=MONDAY)
        withdraw(session, file, WithdrawalReason.LIFTED, actor=west.actor, on=MONDAY, today=MONDAY)
        person = file.household.worker.person_id  # type: ignore[union-attr]
    keeper = signed_in("works.keeper")
    box, sent = 'id="members-0-renamed"', {**HOUSEHOLD, "unit_id": str(unit)}
    assert "-renamed" not in keeper.get("/applications/new").text
    refused = keeper.post("/applications/new", data=sent)
    assert (refused.status_code, box in refused.text, "worker-renamed" in refused.text) == (422, True, False)
    assert "韩西陵" not in refused.text
    begun = keeper.post("/applications/new", data={**sent, "members-0-renamed": "y"})
    assert begun.status_code == 303
    page = begun.headers["Location"]
    with database.reading() as session:
        assert session.get_one(Person, person).name == "王小明"
        spouse = session.scalars(select(Member.id).where(Member.person_id == person, Member.applying)).one()
    correction = {"name": "王小名", "relation": "spouse", "number": ""}
    kept = keeper.post(f"{page}/members/{spouse}/edit", data=correction)
    assert (kept.status_code, 'id="name-error"' in kept.text) == (422, True)
    whole = {**correction, "number": NUMBERS[1]}
    asked = keeper.post(f"{page}/members/{spouse}/edit", data=whole)
    assert (asked.status_code, 'id="renamed"' in asked.text) == (422, True)
    assert keeper.post(f"{page}/members/{spouse}/edit", data={**whole, "renamed": "y"}).status_code == 303


def shown(page: str) -> dict[str, str]:
    """The fields of the page's main form as they were shown."""
    form = page[page.index("<main") :]
    fields = {
        html.unescape(name): html.unescape(value)
        for name, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form)
        if "csrf" not in name
    }
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(
            r'<option[^>]*selected[^>]*value="([^"]*)"|<option[^>]*value="([^"]*)"[^>]*selected', options
        )
        fields[name] = (chosen[1] or chosen[2] or "") if chosen else ""
    return fields


@pytest.mark.parametrize(
    ("page", "first", "second"),
    [
        ("edit", {"address": "甲路 1 号"}, {"main_cause": "disability"}),
        ("edit", {"phone": "13800004517"}, {"main_cause": "disability"}),
        ("edit", {"applied_on": "2026-03-01"}, {"second_cause": "disability"}),
        ("statements", {"months_below": "7"}, {"relief": "yes"}),
        ("members/1/edit", {"name": "周大江"}, {"health": "尿毒症"}),
        ("members/1/edit", {"number": NUMBERS[3]}, {"number": NUMBERS[2]}),
    ],
)
def test_the_last_of_two_who_fill_in_a_draft_does_not_undo_the_first_unseen(
    database: Database, signed_in: SignedIn, page: str, first: dict[str, str], second: dict[str, str]
) -> None:
    with database.begin() as session:
        make_ready(session, find_desk(session))
    address, (one, other) = f"/applications/1/{page}", (signed_in("works.keeper"), signed_in("works.keeper2"))
    seen = shown(one.get(address).text)
    assert seen == shown(other.get(address).text)
    assert one.post(address, data={**seen, **first}).status_code == 303
    refused = other.post(address, data={**seen, **second})
    assert refused.status_code == 409
    assert "Somebody changed this while you were writing" in refused.text
    again = {**seen, **second, "shown_as": shown(refused.text)["shown_as"]}
    assert other.post(address, data=again).status_code == 303


def test_documents_are_offered_for_what_is_missing(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        desk = find_desk(session)
        one = make_draft(session, desk)
        add_document(session, one, document(), actor=desk.keeper.actor, at=NOON, on=MONDAY)
    text = signed_in("works.keeper").get("/applications/1").text
    assert "3 required documents are missing" in text
    assert "document_type=identity_proof" in text


def test_the_proof_of_the_notice_is_asked_for_once_it_hangs(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        desk = find_desk(session)
        one = make_draft(session, desk)
        add_required(session, desk, one, without=("notice_proof",))
        make_statements(session, desk, one)
    keeper, path = signed_in("works.keeper"), f"/applications/{one.id}"
    assert "document_type=notice_proof" not in keeper.get(path).text
    with database.begin() as session:
        actor, one = find_desk(session).keeper.actor, session.get_one(Application, one.id)
        submit(session, one, actor=actor, at=NOON, on=MONDAY)
        post_notice(session, one, place="厂区公告栏", actor=actor, at=NOON, on=MONDAY)
    assert "document_type=notice_proof" in keeper.get(path).text
