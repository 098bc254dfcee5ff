"""A real server, a real worker and Debian's Chromium, as a keeper has them."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page

from accounts.models import User
from bench.parts.office import Running
from classification.categories import Category
from classification.periods import Period
from commands.office import Office, open_office
from commands.schema import upgrade
from config import default_settings
from records.holdings.boxes import add_box
from records.holdings.models import PlaceKind
from records.holdings.places import add_place
from tests.cast import PASSWORD, Cast, make_cast, work_with_system

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


ESTABLISHED_IN = 2019  # a file from before the system, and the box of its year


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1280, "height": 900}, "locale": "en-GB"}


class Desk:
    """An office that runs: where it is, who works there, and the box its papers go into."""

    def __init__(self, running: Running, office: Office, cast: Cast) -> None:
        self.running = running
        self.office = office
        self.cast = cast

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.running.port}{path}"

    def sign_in(self, page: Page, user: User) -> None:
        """Sign in as a person of the cast, in English."""
        page.context.clear_cookies()
        page.goto(self.url("/sign-in"))
        page.get_by_role("button", name="English").click()
        page.get_by_label("Sign-in name").fill(user.name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(self.url("/"))

    def go_to(self, day: date) -> None:
        """Start the office again with a clock that shows the given day; sign-ins have lapsed then."""
        self.running.kill()
        self.running.days_ahead = (day - self.office.settings.today()).days
        self.running.start()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The cast in an office with a repository and two boxes, served by the real commands."""
    folder = tmp_path / "data"
    settings = default_settings(folder)
    with open_office(settings) as office:
        upgrade(office.database)
        with office.database.begin() as session:
            cast = make_cast(session)
            work_with_system(session, cast)
            cast.reader.card_number = "CARD-7"
            actor, at, on = cast.keeper.actor, settings.now(), settings.today()
            place = add_place(session, cast.district, PlaceKind.REPOSITORY, "一库", actor=actor, barcode="K-1")
            for barcode, category, year, period in (
                ("H-10", Category.ORIGINAL, on.year, Period(10)),
                ("H-19", Category.ORIGINAL, ESTABLISHED_IN, Period(10)),
                ("H-20", Category.DOCUMENTARY, on.year, Period(None)),
            ):
                add_box(
                    session, place, category, year, period, keeper=cast.keeper, actor=actor, at=at, on=on,
                    barcode=barcode,
                )  # fmt: skip
        running = Running(folder)
        running.start()
        try:
            yield Desk(running, office, cast)
        finally:
            running.kill()


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    path = tmp_path / "入户调查照片.jpg"
    image = Image.new("RGB", (640, 480), "#7a9e9f")
    ImageDraw.Draw(image).rectangle((120, 160, 520, 420), fill="#b8d8d8", outline="black")
    image.save(path)
    return path
