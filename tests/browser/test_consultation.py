"""An outside unit's request in Chromium: from its registration to the page that has lapsed."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk
from tests.cast import NUMBERS
from tests.records.consultation.office import COURT, COURT_CODE, furnish

NAME, ACCOUNT, GIVEN, OWN = "何来访", "court.clerk", "first-password", "second-password"


def test_a_request_goes_from_registration_to_lapsed_access(page: Page, desk: Desk, photograph: Path) -> None:
    cast, today = desk.cast, desk.office.settings.today()
    with desk.office.database.begin() as session:
        furnish(session, desk.office.store, cast)
    page.goto(desk.url("/sign-in"))
    page.get_by_role("button", name="English").click()
    page.get_by_role("link", name="Register to consult archives").click()
    page.get_by_label("Unit whose archives").select_option(label=cast.district.name)
    page.locator("#body_name").fill(COURT)
    page.locator("#credit_code").fill(COURT_CODE)
    page.locator("#name").fill(NAME)
    page.locator("#number").fill(NUMBERS[2])
    page.locator("#phone").fill("13800004517")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("You are registered with")).to_be_visible()

    desk.sign_in(page, cast.keeper)
    page.goto(desk.url("/inquirers?standing=waiting"))
    page.get_by_role("link", name=NAME).click()
    page.locator("#account").fill(ACCOUNT)
    page.locator("#password").fill(GIVEN)
    page.get_by_role("button", name="The identity agrees: confirm").click()
    expect(page.get_by_text(f"{NAME} is confirmed.")).to_be_visible()

    sign_in(page, desk, GIVEN)
    page.locator("#password").fill(GIVEN)
    page.locator("#new_password").fill(OWN)
    page.locator("form", has=page.locator("#new_password")).get_by_role("button").click()
    sign_in(page, desk, OWN)
    page.goto(desk.url("/readings/new"))
    page.locator("#subject_name").fill("周大河")
    page.locator("#purpose").fill("审理案件")
    page.locator("#asked").fill("申请书")
    page.locator("#letter").set_input_files(photograph)
    page.get_by_role("button", name="File the request").click()
    expect(page.get_by_text("is filed. The keeping unit decides")).to_be_visible()
    own = path_of(page)

    desk.sign_in(page, cast.keeper)
    page.goto(desk.url("/consultations?state=mine"))
    page.locator("tbody a").first.click()
    case = path_of(page)
    page.get_by_label("Provide 帮扶申请书").check()
    page.get_by_label("Pages of 帮扶申请书").fill("1-2")
    page.locator("#left_out").fill("身份证明与案件无关")
    page.locator("#identity_seen").check()
    page.get_by_role("button", name="Settle the scope").click()
    expect(page.get_by_text("The scope is settled.")).to_be_visible()

    desk.sign_in(page, cast.approver)
    page.goto(desk.url(case))
    page.get_by_label("Approve", exact=True).check()
    page.locator("#until").fill((today + timedelta(days=2)).isoformat())
    page.locator("#reason").first.fill("手续齐全")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("The request is decided.")).to_be_visible()

    sign_in(page, desk, OWN)
    page.goto(desk.url(own))
    page.locator("#name").fill(NAME)
    page.get_by_role("button", name="I accept the undertaking").click()
    page.get_by_role("link", name="帮扶申请书").click()
    picture = page.locator(".stage img")
    expect(picture).to_be_visible()
    page.wait_for_function("document.querySelector('.stage img').naturalWidth > 0")
    page.get_by_role("link", name="Next page").click()
    reading, image = path_of(page), picture.get_attribute("src")
    assert page.request.get(desk.url(str(image))).status == 200

    page.goto("about:blank")
    desk.go_to(today + timedelta(days=4))
    sign_in(page, desk, OWN)
    assert page.request.get(desk.url(str(image))).status == 403
    page.goto(desk.url(reading))
    expect(page.get_by_text("Its records cannot be read.")).to_be_visible()
    page.goto(desk.url(own))
    expect(page.get_by_text("Lapsed").first).to_be_visible()


def path_of(page: Page) -> str:
    """The address of the page without the port, which is another one after the office was started again."""
    parts = urlsplit(page.url)
    return f"{parts.path}?{parts.query}"


def sign_in(page: Page, desk: Desk, password: str) -> None:
    """Sign in as the inquirer, in English."""
    page.context.clear_cookies()
    page.goto(desk.url("/sign-in"))
    page.get_by_role("button", name="English").click()
    page.get_by_label("Sign-in name").fill(ACCOUNT)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
