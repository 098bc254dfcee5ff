"""A stocktake in Chromium: scans go on while the connection is cut, and each of them counts once."""

from collections.abc import Mapping

from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from classification.categories import Category
from classification.periods import Period
from records.holdings.boxes import add_box
from records.holdings.copies import register_copy
from records.holdings.models import Box, Place, PlaceKind
from records.holdings.places import add_place
from records.stocktake.models import Finding, StocktakeLine, StocktakeScan
from records.stocktake.services import start
from tests.browser.conftest import Desk
from tests.cast import find_cast, make_file, make_item

COPIES = [f"P-{number}" for number in range(1, 13)]
ON_THE_SECOND = ["P-21", "P-22"]


def make_shelf(desk: Desk) -> int:
    """A level with a box of twelve copies, one of which the register has in another box, and another level with two.

    The repository is being counted.
    """
    with desk.office.database.begin() as session:
        cast = find_cast(session)
        actor, at, on = cast.keeper.actor, desk.office.settings.now(), desk.office.settings.today()
        repository = session.scalars(select(Place)).one()
        level = add_place(
            session, cast.district, PlaceKind.LEVEL, "1层", actor=actor, parent=repository, barcode="K-L1"
        )
        box = add_box(
            session, level, Category.ORIGINAL, on.year, Period(10), keeper=cast.keeper, actor=actor, at=at, on=on,
            barcode="H-1",
        )  # fmt: skip
        other = session.scalars(select(Box).where(Box.barcode == "H-10")).one()
        item = make_item(session, make_file(session, cast), actor)
        second = add_place(
            session, cast.district, PlaceKind.LEVEL, "2层", actor=actor, parent=repository, barcode="K-L2"
        )
        for barcode in ON_THE_SECOND:
            register_copy(session, item, second, pages_count=1, actor=actor, at=at, on=on, barcode=barcode)
        for barcode in COPIES:
            register_copy(
                session, item, other if barcode == COPIES[-1] else box, pages_count=1, actor=actor, at=at, on=on,
                barcode=barcode,
            )  # fmt: skip
        return start(session, repository, cast.keeper, cast.approver, actor=actor, at=at, on=on).id


def scan(page: Page, *codes: str) -> None:
    """Scan as a scanner does: the code, then Enter."""
    for code in codes:
        page.get_by_label("Place or box, then the barcodes in it").fill(code)
        page.keyboard.press("Enter")


def findings(desk: Desk) -> Mapping[str, Finding | None]:
    with desk.office.database.reading() as session:
        return {line.barcode: line.finding for line in session.scalars(select(StocktakeLine))}


def test_a_count_goes_on_without_connection_and_nothing_is_lost_or_counted_twice(page: Page, desk: Desk) -> None:
    number = make_shelf(desk)
    desk.sign_in(page, desk.cast.keeper)
    page.goto(desk.url(f"/stocktakes/{number}/count"))
    scan(page, "K-L1", "H-1", *COPIES[:3])
    expect(page.get_by_text("all sent")).to_be_visible()

    page.context.set_offline(True)
    scan(page, *COPIES[3:7])
    expect(page.locator("[data-waiting-number]")).to_have_text("4")
    expect(page.get_by_text("No connection.")).to_be_visible()
    assert findings(desk)[COPIES[3]] is None

    # The answer to what was sent gets lost on the way: the server has the scans, the page does not know it.
    page.route("**/scans", lambda route: (route.fetch(), route.abort())[0])
    page.context.set_offline(False)  # whereupon the page sends at once
    scan(page, COPIES[7])
    expect(page.locator("[data-waiting-number]")).to_have_text("5")
    page.wait_for_function("document.querySelector('[data-problem]').textContent !== ''")
    page.unroute_all(behavior="ignoreErrors")

    page.once("dialog", lambda dialog: dialog.accept())  # the page asks before it is left with scans not sent
    page.reload()
    expect(page.get_by_text("all sent")).to_be_visible()
    scan(page, *COPIES[8:])
    expect(page.locator("[data-log] li").first).to_contain_text("Misplaced")
    expect(page.get_by_text("all sent")).to_be_visible()

    found = findings(desk)
    assert [found[code] for code in COPIES] == [Finding.FOUND] * 11 + [Finding.MISPLACED]
    with desk.office.database.reading() as session:
        sent = session.execute(select(StocktakeScan.barcode, func.count()).group_by(StocktakeScan.barcode)).all()
    assert {code: count for code, count in sent if code in COPIES} == dict.fromkeys(COPIES, 1)

    page.get_by_role("button", name="It lies here now").click()
    expect(page.get_by_text(f"{COPIES[-1]}: Registered where it lies.")).to_be_visible()

    # Whoever has gone on to another shelf stands there still when the page is loaded anew before that was sent.
    page.route("**/scans", lambda route: route.abort())
    scan(page, "K-L2", ON_THE_SECOND[0])
    expect(page.locator("[data-waiting-number]")).to_have_text("2")
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.unroute_all(behavior="ignoreErrors")
    scan(page, ON_THE_SECOND[1])
    expect(page.get_by_text("all sent")).to_be_visible()
    assert [findings(desk)[code] for code in ON_THE_SECOND] == [Finding.FOUND] * 2
