"""The whole main job in Chromium, as a keeper does it: file, find, lend, take back, hand over."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ESTABLISHED_IN, Desk
from tests.cast import NUMBERS, PASSWORD


@pytest.fixture
def statement(tmp_path: Path) -> Path:
    path = tmp_path / "困难情况说明.txt"
    path.write_text("本人因患重大疾病，家庭月人均收入低于最低生活保障标准，特此说明。", encoding="utf-8")
    return path


def test_a_keeper_files_finds_lends_takes_back_and_hands_over(
    desk: Desk, page: Page, photograph: Path, statement: Path
) -> None:
    cast = desk.cast
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    # A household comes: its file is opened.
    desk.sign_in(page, cast.keeper)
    page.goto(desk.url("/files/new/household"))
    page.get_by_label("File established on").fill(f"{ESTABLISHED_IN}-05-06")
    page.get_by_label("Place of the paper file").fill("档案室 2 柜")
    page.get_by_label("Why it is entered now").fill("系统启用前建立的纸质案卷")
    page.locator("#worker-name").fill("周大河")
    page.locator("#worker-number").fill(NUMBERS[0])
    page.get_by_label("Address").fill("河街道 1 号")
    page.get_by_label("Employment").select_option("employed")
    page.get_by_label("Employer").fill("机械厂")
    page.get_by_label("Main cause").select_option("illness")
    page.get_by_role("button", name="Open the file").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("周大河")
    file_url = page.url
    code = page.locator(".lede .code").first.inner_text()
    assert re.fullmatch(r"C038-ZY·KN·\d{4}·D10-0001", code)

    # Two files arrive: both are examined, the photograph is refused without its paper (art. 15).
    page.get_by_role("link", name="Add digital files").click()
    page.locator("#document_type").select_option("other_original")
    page.locator("input[type=file]").set_input_files([photograph, statement])
    expect(page.locator("[data-list] li")).to_have_count(2)
    expect(page.locator("[data-sum]")).to_contain_text("2 of 2")
    page.goto(file_url)
    wait_until(page, lambda: ready_count(page, file_url) == 1)
    photo_row = page.get_by_role("row").filter(has_text="入户调查照片")
    expect(photo_row).to_contain_text("音像（照片、录音、录像）")
    expect(photo_row.get_by_role("link", name="Article 15")).to_be_visible()

    # Its print is registered in the box by scanning, then both are filed.
    photo_row.get_by_role("link", name="Register").click()
    page.get_by_role("spinbutton", name="Number of pages").fill("1")
    page.locator("#spot").fill("H-19")
    page.locator("#barcode").fill("P-777")
    page.get_by_role("button", name="Register").click()
    page.wait_for_url(re.compile(r"/copies/|/items/"))
    page.goto(file_url)
    page.get_by_role("link", name="File what is ready").click()
    page.get_by_role("button", name="File the 2 that are ready").click()
    expect(page.get_by_role("heading", name="Filed today")).to_be_visible()
    page.goto(file_url)
    expect(page.get_by_text(re.compile(r"C038-ZP·\d{4}·D10-0001")).first).to_be_visible()

    # The words inside the text find it.
    wait_until(page, lambda: hits(page, desk, "最低生活保障") == 1)
    expect(page.locator("mark").first).to_have_text("最低生活保障")
    assert hits(page, desk, "没有这些字") == 0

    # A reader borrows the print: card, then barcode; the same scan takes it back.
    page.goto(desk.url("/desk"))
    page.locator("#borrower").fill("CARD-7")
    page.locator("#borrower").press("Enter")
    page.locator("#barcode").fill("P-777")
    page.locator("#barcode").press("Enter")
    expect(page.get_by_role("row").filter(has_text="P-777").filter(has_text="Lent")).to_be_visible()
    page.goto(desk.url("/scan?barcode=P-777"))
    expect(page.locator("main")).to_contain_text(cast.reader.display_name)
    page.goto(desk.url("/desk"))
    page.locator("#barcode").fill("P-777")
    page.locator("#barcode").press("Enter")
    expect(page.get_by_role("row").filter(has_text="P-777").filter(has_text="Taken back")).to_be_visible()
    page.goto(desk.url("/scan?barcode=P-777"))
    expect(page.locator("main")).to_contain_text("H-19")

    # The keeper leaves: everything in custody is listed, and nothing is signed unseen.
    page.goto(desk.url("/handovers/new"))
    page.locator("#leaver").select_option(label_part(page, "#leaver", cast.keeper.display_name))
    page.locator("#receiver").select_option(label_part(page, "#receiver", cast.second_keeper.display_name))
    page.locator("#witness").fill(cast.supervisor.name)
    page.locator("#reason").fill("调离工作岗位")
    page.get_by_role("button", name="Make the list and begin").click()
    page.wait_for_url(re.compile(r"/handovers/\d+$"))
    handover_url = page.url
    page.goto(f"{handover_url}/signature")
    expect(page.locator("main")).to_contain_text("not checked yet")

    # The receiver scans the box and confirms the rest.
    desk.sign_in(page, cast.second_keeper)
    page.goto(handover_url)
    page.locator("#code").fill("P-777")
    page.locator("#code").press("Enter")
    expect(page.locator("#checked")).not_to_have_attribute("value", "0")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=re.compile("^Confirm all")).click()
    page.goto(f"{handover_url}/signature")
    page.locator("#spot").fill("H-20")
    page.locator("#password").fill(PASSWORD)
    page.locator("form button", has_text="Sign").last.click()
    expect(page.locator("main")).to_contain_text(cast.second_keeper.display_name)

    # Leaver and witness sign; with the third signature custody passes and the list is filed.
    for signer in (cast.keeper, cast.supervisor):
        desk.sign_in(page, signer)
        page.goto(f"{handover_url}/signature")
        page.locator("#password").fill(PASSWORD)
        page.locator("main form button.btn-primary", has_text="Sign").click()
        page.wait_for_load_state()
    page.goto(handover_url)
    expect(page.get_by_text(re.compile(r"Custody passed on"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"C038-WS·\d{4}·Y-0001"))).to_be_visible()
    desk.sign_in(page, cast.second_keeper)
    page.goto(file_url)
    expect(page.locator(".lede").first).to_contain_text(cast.second_keeper.display_name)
    assert complaints == []


def label_part(page: Page, select: str, words: str) -> str:
    """The value of the entry whose text has these words."""
    value = page.locator(f"{select} option", has_text=words).first.get_attribute("value")
    assert value is not None
    return value


def ready_count(page: Page, file_url: str) -> int:
    page.goto(f"{file_url}/filing")
    return page.locator(".tag.ok").count()


def hits(page: Page, desk: Desk, words: str) -> int:
    page.goto(desk.url(f'/search?q="{words}"&kind=item'))
    return int(page.locator(".lede b").inner_text().split()[0])


def wait_until(page: Page, holds: object, *, seconds: float = 60) -> None:
    """The worker needs a moment; ask again until it is done."""
    end = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end, f"still not so after {seconds} seconds: {page.url}"
        page.wait_for_timeout(200)
