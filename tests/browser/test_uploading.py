"""Adding digital files in Chromium: what is chosen is sent, whatever the line to the server does."""

from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Desk
from tests.cast import find_cast, make_file


def test_what_is_chosen_before_the_script_has_come_is_sent_too(desk: Desk, page: Page, photograph: Path) -> None:
    with desk.office.database.begin() as session:
        cast = find_cast(session)
        file_id = make_file(session, cast).id
    desk.sign_in(page, desk.cast.keeper)

    late: list[Route] = []
    page.route("**/upload.js*", lambda route: late.append(route))
    page.goto(desk.url(f"/files/{file_id}/upload"), wait_until="commit")
    page.locator("#document_type").select_option("other_original")
    page.locator("input[type=file]").set_input_files(photograph)
    expect(page.locator("[data-list] li")).to_have_count(0)
    for route in late:
        route.continue_()

    expect(page.locator("[data-list] li")).to_have_count(1)
    expect(page.locator("[data-sum]")).to_contain_text("1 of 1")
