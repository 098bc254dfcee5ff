"""A handover of 2,000 files with three differences, in the browser: counted, signed by three, settled, and told."""

import re

from playwright.sync_api import Page, expect
from sqlalchemy import func, insert, select

from accounts.models import User
from classification.categories import Category
from records.files.models import Custody, File
from records.handover.models import HandoverCase
from tests.browser.conftest import Desk
from tests.browser.test_main_job import label_part, wait_until
from tests.cast import PASSWORD

FILES = 2_000
PRINTED_MS = 180_000  # of 2,000 lines, on a machine that does other things


def fill_shelves(desk: Desk) -> None:
    """Enter the files in bulk, as opening each would take minutes."""
    today, cast = desk.office.settings.today(), desk.cast
    rows = [
        {
            "id": 10_000 + number, "code": f"C038-KU·{today.year}·D30-{number:04}", "category": Category.ACCOUNTING,
            "year": today.year, "unit_id": cast.district.id, "title": f"会计凭证第 {number} 册", "opened_on": today,
            "changed_on": today, "retention_class": "enterprise.bookkeeping_vouchers",
        }
        for number in range(1, FILES + 1)
    ]  # fmt: skip
    with desk.office.database.begin() as session:
        session.execute(insert(File), rows)
        session.execute(
            insert(Custody), [{"file_id": row["id"], "keeper_id": cast.keeper.id, "from_on": today} for row in rows]
        )


def sign(page: Page, handover_url: str, *, spot: str | None = None) -> None:
    page.goto(f"{handover_url}/signature")
    if spot:
        page.locator("#spot").fill(spot)
    page.locator("#password").fill(PASSWORD)
    page.locator("main form button.btn-primary", has_text="Sign").click(timeout=PRINTED_MS)
    page.wait_for_url(handover_url, timeout=PRINTED_MS)


def test_two_thousand_files_pass_with_three_differences(desk: Desk, page: Page) -> None:
    fill_shelves(desk)
    cast = desk.cast
    page.set_default_navigation_timeout(PRINTED_MS)
    page.on("dialog", lambda dialog: dialog.accept())
    desk.sign_in(page, cast.keeper)
    page.goto(desk.url("/handovers/new"))
    page.locator("#leaver").select_option(label_part(page, "#leaver", cast.keeper.display_name))
    page.locator("#receiver").select_option(label_part(page, "#receiver", cast.second_keeper.display_name))
    page.locator("#witness").fill(cast.approver.name)
    page.locator("#reason").fill("调离工作岗位")
    page.get_by_role("button", name="Make the list and begin").click()
    page.wait_for_url(re.compile(r"/handovers/\d+$"))
    handover_url = page.url

    # The receiver notes what is missing and damaged, refuses one file, and confirms the rest.
    desk.sign_in(page, cast.second_keeper)
    for number, difference in ((7, "missing"), (8, "damaged")):
        page.goto(f"{handover_url}?q=D30-{number:04}")
        page.locator("main tbody").get_by_role("link", name="Difference").click()
        page.locator("#difference").select_option(difference)
        page.locator("#reason").fill("架上未见" if difference == "missing" else "受潮")
        page.get_by_role("button", name="Note the difference").click()
        expect(page.locator("main")).to_contain_text("The difference is noted.")
    page.goto(f"{handover_url}?q=D30-0009")
    page.locator("main tbody").get_by_role("link", name="Difference").click()
    page.locator("#refusal").fill("凭证不全")
    page.get_by_role("button", name="Refuse", exact=True).click()
    expect(page.locator("main")).to_contain_text("a case comes of it")
    page.goto(handover_url)
    page.get_by_role("button", name=re.compile("^Confirm all")).click()
    expect(page.locator("main")).to_contain_text("2000 lines confirmed.")
    sign(page, handover_url, spot="H-20")
    for signer in (cast.keeper, cast.approver):
        desk.sign_in(page, signer)
        sign(page, handover_url)
    expect(page.locator("main")).to_contain_text("All three have signed.")

    # Two are the leaver's to settle, one is the receiver's; both sides are told and keep the list.
    with desk.office.database.reading() as session:
        owners = dict(
            session.execute(
                select(User.name, func.count()).join(HandoverCase, HandoverCase.owner_id == User.id).group_by(User.name)
            ).all()
        )
    assert owners == {cast.keeper.name: 2, cast.second_keeper.name: 1}
    desk.sign_in(page, cast.keeper)
    page.goto(desk.url("/account"))
    page.get_by_role("link", name="My handovers").click()
    expect(page.locator("main tbody")).to_contain_text("Signed")

    def told() -> bool:
        page.goto(desk.url("/notices"))
        return "is yours to settle" in page.locator("main").inner_text()

    wait_until(page, told)
    page.goto(desk.url("/handover-cases?state=mine"))
    page.locator("main tbody tr").filter(has_text="Missing").get_by_role("link").first.click()
    expect(page.locator("main")).to_contain_text("Missing")
    expect(page.locator("#evidence")).to_have_count(0)  # what is missing is not closed by who left
    page.goto(desk.url("/handover-cases?state=mine"))
    page.locator("main tbody tr").filter(has_text="Refused").get_by_role("link").first.click()
    page.locator("#evidence").fill("凭证已补齐装订")
    page.get_by_role("button", name="Settle", exact=True).click()
    expect(page.locator("main")).to_contain_text("is settled.")
