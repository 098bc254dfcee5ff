"""A reader asks, two queue, the desk lends, recalls and takes back late, in Chromium (art. 17)."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import select

from accounts.models import User
from records.holdings.models import Box
from records.lending.models import Loan
from rules.calendar import working_calendar
from tests.browser.conftest import Desk
from tests.browser.test_main_job import wait_until
from tests.cast import find_cast, make_file
from tests.records.lending.asking import another_reader
from tests.records.lending.shelf import make_copy


def test_a_reader_asks_two_queue_and_the_desk_lends_recalls_and_takes_back_late(desk: Desk, page: Page) -> None:
    cast, today = desk.cast, desk.office.settings.today()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    with desk.office.database.begin() as session:
        here = find_cast(session)
        file = make_file(session, here, on=today)
        box = session.scalars(select(Box).where(Box.barcode == "H-10")).one()
        copy = make_copy(session, here, "P-77", file=file, box=box)
        another_reader(session, here)
        item_url = desk.url(f"/items/{copy.item_id}")

    def asks(user: User) -> None:
        desk.sign_in(page, user)
        page.goto(item_url)
        page.get_by_role("link", name="Ask for the paper").click()
        expect(page.get_by_text("Nobody needs to be asked.")).to_be_visible()
        page.get_by_label("Purpose").fill("复核收入")
        page.get_by_label("Days").fill("14")
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Request JY-")

    # The first who asks has it put aside, the second queues.
    asks(cast.reader)
    expect(page.locator("h1 .tag")).to_have_text("Ready for pick-up")
    first = page.url
    with desk.office.database.reading() as session:
        other = session.scalars(select(User).where(User.name == "reader2")).one()
    asks(other)
    expect(page.locator("h1 .tag")).to_have_text("In the queue")
    second = page.url

    # The desk finds it among what is put aside, and hands it out.
    desk.sign_in(page, cast.keeper)
    page.get_by_role("link", name=re.compile("Put aside, to be handed out")).click()
    page.goto(first)
    page.get_by_role("button", name="Hand out", exact=True).click()
    expect(page.locator(".notice")).to_contain_text("1 copy is lent to 李读")
    page.get_by_role("link", name="P-77").click()

    # Somebody waits: no renewal, so the desk recalls it.
    expect(page.get_by_text("It is not renewed any more.")).to_be_visible()
    page.locator("#recall_reason").fill("他人等候")
    page.get_by_role("button", name="Recall", exact=True).click()
    expect(page.locator(".notice")).to_contain_text("Recalled. It is due on")
    loan_path = page.url.removeprefix(desk.url(""))
    with desk.office.database.reading() as session:
        due_on = session.scalars(select(Loan)).one().due_on

        reminded_on = working_calendar(session).after(due_on + timedelta(days=1), 1).on

    # Days go by; the worker writes a reminder, and it comes back late. Who waited has it put aside.
    page.goto("about:blank")
    desk.go_to(reminded_on)
    desk.sign_in(page, cast.keeper)
    page.goto(desk.url(loan_path))
    expect(page.get_by_text(f"{(reminded_on - due_on).days} days late").first).to_be_visible()
    wait_until(page, lambda: page.reload() and page.get_by_role("link", name="Print the reminder").count() == 1)
    page.get_by_role("button", name="Take back", exact=True).click()
    expect(page.locator(".notice")).to_contain_text("Put it aside for 何借")
    page.goto(second.replace(second[: second.index("/requests")], desk.url("")))
    expect(page.locator("h1 .tag")).to_have_text("Ready for pick-up")
    assert [text for text in complaints if "409" not in text and "422" not in text] == []
