"""Every number of the page of the regulation is the length of its list, where every room has something to count."""

import re
import shutil
from html import unescape
from pathlib import Path

import pytest

from accounts.views import DEMONSTRATION_PASSWORD
from app import create_app
from tests.demonstration.conftest import settings_of


@pytest.mark.parametrize(("person", "least"), [("keeper", 40), ("supervisor", 40), ("street.keeper", 15)])
def test_every_count_of_an_article_is_that_of_the_list_behind_it(
    demonstration_folder: Path, tmp_path: Path, person: str, least: int
) -> None:
    folder = Path(shutil.copytree(demonstration_folder, tmp_path / "copy"))
    client = create_app(settings_of(folder)).test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sign-in").text)
    assert token
    client.post("/sign-in", data={"csrf_token": token[1], "name": person, "password": DEMONSTRATION_PASSWORD})
    overview = client.get("/regulation").text
    counts = dict(re.findall(r'<a class="tag(?: late)?" href="([^"]+)">[^<]+<b>([\d,]+)</b></a>', overview))
    assert sum(count != "0" for count in counts.values()) >= least
    for link, count in counts.items():
        shown = re.search(r"<span>[^<\d]*([\d,]+)[^<\d]*</span>", client.get(unescape(link)).text)
        assert (shown[1] if shown else "0") == count, link
