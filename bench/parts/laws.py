"""Chinese text to search: the articles of a folder of laws in Markdown, or made-up ones without such a folder."""

import random
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ARTICLE = re.compile(r"^第[一二三四五六七八九十百千零〇]+条", re.MULTILINE)
SIGNS = "的一是不了人在有中大国为上个会职工困难家庭档案保管期限收入证明医疗救助帮扶中心申请公示核实复核备案应当规定办法"


@dataclass(frozen=True)
class Text:
    """One article: the title of its law and number, and its words."""

    title: str
    body: str


def articles(folder: Path | None, count: int) -> list[Text]:
    """`count` articles, those of the folder first; beyond them, again with a number that tells them apart."""
    found = [text for path in sorted(folder.glob("*.md")) for text in _of_law(path)] if folder else _invented(15_000)
    if not found:
        raise SystemExit(f"{folder} holds no articles.")
    several = [
        Text(f"{text.title}（之{edition + 1}）" if edition else text.title, text.body)
        for edition in range(-(-count // len(found)))
        for text in found
    ]
    return several[:count]


def words(texts: list[Text], count: int, longest: int = 8, seed: int = 20161226) -> list[str]:
    """Words of 1 to `longest` characters, as many of each length, taken from the texts at random."""
    chance = random.Random(seed)
    taken = []
    while len(taken) < count:
        length = len(taken) % longest + 1
        runs = re.findall(r"[\u4e00-\u9fff]+", chance.choice(texts).body)
        long_enough = [run for run in runs if len(run) >= length]
        if long_enough:
            run = chance.choice(long_enough)
            start = chance.randrange(len(run) - length + 1)
            taken.append(run[start : start + length])
    return taken


def _of_law(path: Path) -> list[Text]:
    text = path.read_text()
    starts = [found.start() for found in ARTICLE.finditer(text)] + [len(text)]
    made = []
    for start, end in pairwise(starts):
        body = re.sub(r"^#.*$", "", text[start:end], flags=re.MULTILINE).strip()
        number = ARTICLE.match(body)
        made.append(Text(f"{path.stem} {number[0] if number else ''}", body))
    return made


def _invented(count: int) -> list[Text]:
    chance = random.Random(90)
    return [
        Text(f"样本条文 {number}", "".join(chance.choices(SIGNS, k=chance.randrange(40, 300))))
        for number in range(1, count + 1)
    ]
