"""Every figure of the workbench is the length of the list that it leads to, for whoever looks."""

import re
import shutil
from html import unescape
from pathlib import Path

import pytest

from accounts.views import DEMONSTRATION_PASSWORD
from app import create_app
from tests.demonstration.conftest import settings_of

FIGURE = re.compile(r'<a href="([^"]+)"(?: class="late")?><b>([\d,]+)(?: / [\d,]+)?</b>')
# They lead to what holds the copies that are counted.
COUNTED_OTHERWISE = re.compile(r"/places$|/boxes$")
PEOPLE = {
    "keeper": 15, "street.keeper": 8, "approver": 8, "reviewer": 2, "centre": 2, "reader": 3, "supervisor": 10,
}  # fmt: skip
# Whose turn it is in an application, by the step that it stands at.
TURNS = {
    "street.keeper": ("show=mine&step=draft", "show=mine&step=submitted"),
    "approver": ("show=mine&step=decision",),
}


@pytest.mark.parametrize(("person", "least"), PEOPLE.items())
def test_every_figure_of_the_workbench_is_that_of_the_list_behind_it(
    demonstration_folder: Path, tmp_path: Path, person: str, least: int
) -> None:
    folder = Path(shutil.copytree(demonstration_folder, tmp_path / "copy"))
    client = create_app(settings_of(folder)).test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sign-in").text)
    assert token
    client.post("/sign-in", data={"csrf_token": token[1], "name": person, "password": DEMONSTRATION_PASSWORD})
    figures = {unescape(link): count for link, count in FIGURE.findall(client.get("/").text)}
    followed = {link: count for link, count in figures.items() if not COUNTED_OTHERWISE.search(link)}
    assert {part for part in TURNS.get(person, ()) if not any(part in link for link in followed)} == set()
    assert sum(count != "0" for count in followed.values()) >= least
    for link, count in followed.items():
        shown = re.search(r'class="list-foot">\s*<span>[^<\d]*([\d,]+)', client.get(link).text)
        assert (shown[1] if shown else "0") == count, link
