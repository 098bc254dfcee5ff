"""The whole life of one household in Chromium: from its application to the stub that is left of its file."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from accounts.models import User
from audit import verify
from records.disposal.models import DisposalLine, LineState
from records.files.living import TwinDuty
from records.files.models import File, Item
from records.holdings.models import ByteRemoval, PlaceKind
from records.holdings.places import add_place
from records.households.models import Person
from records.upkeep.models import CleanUpLine, CleanUpResult
from records.workflow.aid_sheet import HEADINGS
from records.workflow.models import ApplicationDocument, Statement
from records.workflow.procedure import NOTICE_PROOF
from tests.browser.conftest import Desk
from tests.browser.test_main_job import wait_until
from tests.cast import NUMBERS, PASSWORD, find_cast
from tests.records.workflow.office import REQUIRED, make_desk

NAME = "周大河"
SHELF = "K-2"
WITNESSES = ("works.keeper2", "works.verifier")
FACTS = {
    "months_below": "8", "relief": "no", "still_hard": "yes", "union_member": "yes", "socialised": "no",
    "homes": "no", "business": "no", "schooling": "no", "vehicles": "no",
}  # fmt: skip


@dataclass
class Life:
    """The browser in which everybody works on one household, in an office whose clock is moved."""

    desk: Desk
    page: Page
    people: dict[str, User]
    signed_in: dict[str, Any] = field(default_factory=dict)

    def enter(self, name: str, path: str) -> None:
        """Open a page as somebody, who signs in where they have not done so today."""
        context = self.page.context
        if name in self.signed_in:
            context.clear_cookies()
            context.add_cookies(self.signed_in[name])
        else:
            self.desk.sign_in(self.page, self.people[name])
            self.signed_in[name] = context.cookies()
        self.open(path)

    def go_to(self, day: date) -> None:
        """Let time pass; whoever was signed in no longer is."""
        self.page.goto("about:blank")
        self.signed_in.clear()
        self.desk.go_to(day)

    def open(self, path: str) -> None:
        self.page.goto(self.desk.url(path))

    def open_until(self, path: str, shown: Locator, count: int) -> None:
        """Open a page again until the worker has done what it then shows so often."""

        def holds() -> bool:
            self.open(path)
            return shown.count() == count

        wait_until(self.page, holds)

    def press(self, button: str, said: Mapping[str, Any] | None = None) -> None:
        """Fill in the form that has a button, by the names of its fields, and press the button."""
        form = self.page.locator("main form").filter(has=self.page.get_by_role("button", name=button, exact=True))
        for name, value in (said or {}).items():
            field = form.locator(f'[name="{name}"]:not([type=hidden])')
            if isinstance(value, Path):
                field.set_input_files(value)
            elif field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        form.get_by_role("button", name=button, exact=True).last.click()
        self.page.wait_for_load_state()

    def shows(self, *words: str | re.Pattern[str]) -> None:
        """The page says this."""
        for each in words:
            expect(self.page.locator("main")).to_contain_text(each)


@pytest.fixture
def life(desk: Desk, page: Page) -> Iterator[Life]:
    """Who acts for one household of the machine works; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: dialog.accept())
    with desk.office.database.begin() as session:
        works = make_desk(session, find_cast(session))
        add_place(session, works.workplace, PlaceKind.REPOSITORY, "厂档案室", actor=works.keeper.actor, barcode=SHELF)
    with desk.office.database.reading() as session:
        people = {user.name: user for user in session.scalars(select(User))}
        session.expunge_all()
    yield Life(desk, page, people)
    assert complaints == []


def test_one_household_from_application_to_stub(life: Life, photograph: Path, tmp_path: Path) -> None:
    began = life.desk.office.settings.today()
    application = apply(life, began, tmp_path)
    put_up_notice(life, application, began, photograph, tmp_path)
    life.go_to(began + timedelta(days=8))
    file = pass_and_lodge(life, application, tmp_path)
    code = put_on_the_shelf(life, file)
    moved = began + timedelta(days=40)
    life.go_to(moved)
    change_and_follow(life, file, moved)
    left = date(began.year + 1, 6, 1)
    life.go_to(left)
    clean_up(life, left)
    withdraw(life, file, left)
    expired = date(left.year + 10, 6, 2)
    life.go_to(expired)
    batch = appraise_and_approve(life, code)
    destroyed = expired + timedelta(days=31)
    life.go_to(destroyed)
    number = destroy(life, batch)
    find_the_stub(life, code, number, destroyed)
    what_is_left(life, code, destroyed)


def apply(life: Life, today: date, folder: Path) -> str:
    """The keeper drafts the application with documents and statements, and submits it; its address."""
    life.enter("works.keeper", "/applications")
    life.page.get_by_role("link", name="New application").click()
    household = {
        "worker-name": NAME,
        "worker-number": NUMBERS[0],
        "address": "河街道 1 号",
        "phone": "13800004517",
        "employment": "employed",
        "employer": "机械厂",
        "main_cause": "illness",
        "origin": "own",
        "applied_on": today.isoformat(),
    }
    life.press("Begin the application", household)
    life.shows(NAME, "4 required documents are missing")
    application = life.page.url.removeprefix(life.desk.url(""))
    for kind in REQUIRED:
        if kind != NOTICE_PROOF:
            add_paper(life, kind, today, folder)
    life.page.get_by_role("link", name="State the facts").click()
    income = life.page.locator('main input[name^="income_"]').get_attribute("name")
    assert income is not None
    facts = {income: "600", **FACTS}
    paper_of = life.page.locator(f'[name="{income}_document"] option').nth(3).get_attribute("value")
    assert paper_of is not None
    life.press("Save", {**facts, **{f"{name}_document": paper_of for name in facts}})
    expect(life.page.locator("main")).not_to_contain_text("no document")
    life.press("Submit")
    life.shows("Awaiting public notice", "Assessment", "met")
    return application


def put_up_notice(life: Life, application: str, today: date, photograph: Path, folder: Path) -> None:
    """The notice hangs, is proved and photographed; it is not closed before its time."""
    life.press("Posted today", {"place": "厂区公告栏"})
    life.shows("Under public notice", (today + timedelta(days=7)).isoformat(), "1 required document is missing")
    add_paper(life, NOTICE_PROOF, today, folder)
    life.page.get_by_role("link", name="Add the photograph of the notice").click()
    photo = {
        "title": "公示现场照片",
        "dated": today.isoformat(),
        "responsible_body": "机械厂工会",
        "carrier": "electronic",
        "pages_count": "1",
        "upload": photograph,
    }
    life.press("Add it", photo)
    life.shows("公示现场照片")


def add_paper(life: Life, kind: str, today: date, folder: Path) -> None:
    """Add the document that the page of the application asks for, with its scan."""
    life.page.locator(f'main a[href*="document_type={kind}"]').click()
    paper = {
        "title": f"材料 {kind}",
        "dated": today.isoformat(),
        "responsible_body": "机械厂",
        "carrier": "paper",
        "pages_count": "2",
        "upload": scan(folder, kind),
    }
    life.press("Add it", paper)


def pass_and_lodge(life: Life, application: str, folder: Path) -> str:
    """Verified, reviewed from above, compared with the aid system, lodged; the address of the file."""
    life.enter("works.keeper", application)
    life.press("Close the notice")
    life.shows("Awaiting verification")
    life.enter("works.verifier", application)
    life.press("Verify", {"opinion": "属实"})
    life.enter("street.reviewer", application)
    life.press("Pass the review", {"opinion": "同意"})
    life.shows("Awaiting lodgement")
    life.enter("works.keeper", "/aid-system")
    life.press("Take the export in", {"sheet": export(folder)})
    life.shows("export.csv")
    life.open(application)
    life.page.get_by_role("link", name="An electronic record is there: compare").click()
    life.press("Compare and keep the result")
    life.shows("the last one stands")
    life.enter("officer", application)
    life.shows("all fields equal")
    life.press("Lodge and open the file", {"place": "二号柜"})
    life.shows("Lodged")
    link = life.page.locator('main a[href*="/files/"]').first.get_attribute("href")
    assert link is not None
    return link


def scan(folder: Path, kind: str) -> Path:
    """A page of a document as a scanner gives it; every kind has its own."""
    path = folder / f"{kind}.png"
    page = Image.new("L", (620, 877), "white")
    ImageDraw.Draw(page).text((80, 80), kind, fill="black", font_size=40)
    page.save(path)
    return path


def export(folder: Path) -> Path:
    """What the aid system says of the household, as it exports it."""
    cells = {
        "worker": NUMBERS[0], "name": NAME, "number": NUMBERS[0], "relation": "本人", "employment": "在职",
        "employer": "机械厂", "address": "河街道 1 号", "phone": "13800004517", "main_cause": "患病", "heads": "1",
        "income": "600.00",
    }  # fmt: skip
    path = folder / "export.csv"
    lines = [HEADINGS.values(), [cells.get(key, "") for key in HEADINGS]]
    path.write_text("\n".join(",".join(line) for line in lines), encoding="utf-8")
    return path


def put_on_the_shelf(life: Life, file: str) -> str:
    """The paper of every item is registered on a shelf and all are filed; the code of the file."""
    life.enter("works.keeper", f"{file}/filing")
    page, total = life.page, len(REQUIRED) + 1
    for number in range(total):
        page.get_by_role("link", name="Register", exact=True).first.click()
        life.press("Register", {"pages_count": "2", "spot": SHELF, "barcode": f"W-{number}"})
        life.open(f"{file}/filing")
    life.open_until(f"{file}/filing", page.locator(".tag.ok"), total)
    life.press(f"File the {total} that are ready")
    life.open(file)
    life.shows("6 items")
    return page.locator("main .lede .code").first.inner_text()


def change_and_follow(life: Life, file: str, today: date) -> None:
    """The household moves: the paper has to follow, and is noted to have followed with its proof."""
    page = life.page
    life.enter("works.keeper", file)
    page.get_by_role("link", name="Household", exact=True).click()
    page.get_by_role("link", name="Change data").click()
    life.press("Save", {"address": "河街道 9 号"})
    life.shows("河街道 9 号")
    let_paper_follow(life, today, "Address", "信息表第一页已更换并签名", "W-4")


def let_paper_follow(life: Life, today: date, changed: str, evidence: str, barcode: str) -> None:
    """The one open duty: what changed, that the paper has followed, and the paper that proves it."""
    life.open("/duties")
    expect(life.page.locator("main tbody tr")).to_have_count(1)
    life.page.locator("main tbody a").first.click()
    life.shows("Paper has to follow", changed)
    proof = {"done_on": today.isoformat(), "evidence": evidence, "evidence_code": barcode}
    life.press("Close the duty", proof)
    life.shows("Paper has followed", evidence)


def clean_up(life: Life, today: date) -> None:
    """The yearly clean-up keeps the file; a second person looks, and the unit reports."""
    page = life.page
    life.enter("works.keeper", "/clean-ups")
    page.locator("main").get_by_role("link", name="Start a clean-up").first.click()
    life.press("Start", {"year": f"{today.year}", "due_on": (today + timedelta(days=30)).isoformat()})
    page.locator("main tbody a").first.click()
    part = page.url
    page.locator("main tbody a").first.click()
    line = page.url
    life.press("Note the result", {"result": "keep"})
    life.enter("works.verifier", line.removeprefix(life.desk.url("")))
    life.press("The result stands")
    life.enter("works.keeper", part.removeprefix(life.desk.url("")))
    life.press("Close and report", {"summary": "在档一户，继续保留"})
    life.shows("Finished", "在档一户，继续保留")


def withdraw(life: Life, file: str, today: date) -> None:
    """The household is out of difficulty: ten years begin."""
    life.open(f"{file}/household")
    life.page.get_by_role("link", name="Withdraw", exact=True).click()
    life.press("Withdraw the file", {"on": today.isoformat(), "reason": "lifted"})
    life.open(f"{file}/course")
    life.shows("Withdrawn", today.replace(year=today.year + 10).isoformat(), "counts now")
    let_paper_follow(life, today, "Out of difficulty", "撤档审批表已归入", "W-0")
    life.open("/due")
    life.shows("Nothing is due under this filter")


def appraise_and_approve(life: Life, code: str) -> str:
    """Ten years are over: drawn, appraised by a group, approved by the leader, witnesses named; the batch."""
    page = life.page
    life.enter("works.keeper", "/due")
    life.shows(code, "Due now")
    page.locator("main .tabs a", has_text="Original").click()
    life.press("Draw all of it")
    batch = page.url.removeprefix(life.desk.url(""))
    for role in ("archives", "member"):
        life.press("Add to the group", {"role": role, "name": f"组员{role}", "position": "机械厂工会"})
    life.press("Note it on all without opinion", {"verdict": "destroy", "opinion_reason": "保管期满，无继续保存价值"})
    life.press("Ask for approval")
    life.enter("works.leader", batch)
    life.press("Approve")
    life.enter("works.keeper", batch)
    life.shows("Approved", "The waiting period ends on")
    for name in WITNESSES:
        life.press("Name to sign", {"person": name})
    return batch


def destroy(life: Life, batch: str) -> str:
    """Two witnesses count, the worker destroys, both sign; the number of the batch."""
    for name in WITNESSES:
        life.enter(name, batch)
        life.press("Counted", {"password": PASSWORD})
    life.enter("works.keeper", batch)
    life.press("Begin the destruction")
    for name in WITNESSES:
        life.enter(name, batch)
        sign = life.page.get_by_role("button", name="Sign", exact=True)
        life.open_until(batch, sign, 1)
        life.press("Sign", {"password": PASSWORD, "spot": SHELF})
    life.shows("Ended on", "Destroyed 1")
    found = re.search(r"batch (\S+)", life.page.locator("main h1").inner_text())
    assert found is not None
    return found[1]


def find_the_stub(life: Life, code: str, number: str, today: date) -> None:
    """The code still finds what is left: that there was such a file, and under which list it was destroyed."""
    life.enter("works.keeper", "/")
    life.page.locator('[name="barcode"]').fill(code)
    life.page.locator('[name="barcode"]').press("Enter")
    life.shows(code, f"Destroyed on {today} under list {number}. Only this entry remains.")
    stub = life.page.url
    for gone in (NAME, "河街道 9 号", "002X"):
        expect(life.page.locator("body")).not_to_contain_text(gone)
    hit = life.page.locator("main .hits > li").filter(has=life.page.locator(".tag", has_text=re.compile("^File$")))
    life.open_until(f"/search?q={code}&kind=file", hit.filter(has_text="Destroyed"), 1)
    hit.locator("a").click()
    expect(life.page).to_have_url(stub)
    life.open(f"/search?q={NAME}")
    life.shows("0 hits")


def what_is_left(life: Life, code: str, today: date) -> None:
    """In the database: a destroyed file without content, its duties closed, its clean-up noted, the chain unbroken."""
    with life.desk.office.database.reading() as session:
        file = session.scalars(select(File).where(File.code == code)).one()
        assert (file.destroyed_on, file.active) == (today, False)
        items = session.scalars(select(Item).where(Item.file_id == file.id)).all()
        assert len(items) == len(REQUIRED) + 1
        assert all(NAME not in item.title for item in items)
        assert session.scalars(select(TwinDuty.evidence_code).order_by(TwinDuty.id)).all() == ["W-4", "W-0"]
        assert session.scalars(select(CleanUpLine.result)).all() == [CleanUpResult.KEEP]
        assert set(session.scalars(select(DisposalLine.state))) == {LineState.DESTROYED}
        assert NAME not in session.scalars(select(Person.name)).all()
        assert set(session.scalars(select(ApplicationDocument.title))) == {"—"}
        assert session.scalars(select(Statement)).all() == []
        assert set(session.scalars(select(ByteRemoval.removed_at.is_not(None)))) == {True}
        assert not verify(session, "changes").fault
