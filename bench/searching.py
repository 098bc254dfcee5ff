"""Search over HTTP as a keeper of one district sees it: is it exact, and how long does it take?

Every article is filed as an item of its own with its text in an object, through the services that users use, half of
them in a district the keeper may not see. Hits are compared with the plain substring answer; latency is that of whole
pages.
As in: python bench/searching.py --laws FOLDER --items 15000
"""

import argparse
import random
import re
import statistics
import time
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

from sqlalchemy import insert

from accounts.roles import OPERATOR
from bench.parts.laws import Text, articles, words
from bench.parts.office import Browser, Measured, measured_office
from classification.categories import Carrier, Category, RecordForm
from records.files.models import File, Item
from records.files.services import Description, collect, open_yearly_file
from records.holdings.filing import file_item
from records.holdings.intake import Arrived, attach
from records.holdings.models import DigitalObject, ObjectText
from search import clean, fold, parse
from search.services import catch_up, rebuild

AT_ONCE = 500
COMPILER = "法规汇编组"  # the responsible body of every item, a described field like any other


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--laws", type=Path, help="A folder of laws in Markdown; made-up text without it.")
    parser.add_argument("--items", type=int, default=15_000)
    parser.add_argument("--words", type=int, default=300)
    parser.add_argument("--bulk", action="store_true", help="Enter the rows in bulk instead of filing one by one.")
    options = parser.parse_args()
    texts = articles(options.laws, options.items)
    with measured_office() as measured:
        own, foreign = (enter_all if options.bulk else file_all)(measured, texts)
        index = measured.office.index()
        started = time.perf_counter()
        if options.bulk:
            rebuild(measured.office.database, index, lambda _done: None)
        while catch_up(measured.office.database, index) or index.tidy():
            pass
        spent = time.perf_counter() - started
        print(f"indexed {len(index)} documents in {spent:.0f} s ({len(index) / spent:.0f} a second)")
        sought = words(texts, options.words)
        measured.start()
        browser = Browser(measured.port).sign_in()
        check_truth(measured, browser, sought, texts, own)
        measure(browser, sought, "one word")
        pairs = [f"{first} {second}" for first, second in zip(sought, reversed(sought), strict=True)]
        measure(browser, pairs, "two words")
        raw = [_timed(lambda word=word: index.search(parse(word), {measured.district.path})) for word in sought]
        print(f"engine alone, one word: {_spread(raw)}")
        print(f"memory of all processes: {measured.memory_mb()['pss']:.0f} MB (shared pages counted once)")
        print(f"{foreign} items of the other district never counted")


def file_all(measured: Measured, texts: list[Text]) -> tuple[set[int], int]:
    """File every text as an item; the numbers of those in the keeper's district, and how many are elsewhere."""
    started, at, on = time.perf_counter(), datetime.now(UTC), date(2026, 1, 5)
    own: set[int] = set()
    database, store = measured.office.database, measured.office.store
    with database.begin() as session:
        files = [
            open_yearly_file(
                session, unit, Category.DOCUMENTARY, 2026, "法规汇编", keeper=measured.keeper, actor=OPERATOR, on=on
            ).id
            for unit in map(session.merge, (measured.district, measured.other_district))
        ]
    for start in range(0, len(texts), AT_ONCE):
        some = texts[start : start + AT_ONCE]
        stored = [store.put(BytesIO(f"{text.title}\n{text.body}".encode())) for text in some]
        with database.begin() as session:
            for number, (text, kept) in enumerate(zip(some, stored, strict=True), start):
                file = session.get_one(File, files[number % 2])
                description = Description(
                    "other_documentary", "documentary.notices", RecordForm.TEXT, Carrier.ELECTRONIC, text.title,
                    "2026-01-05", COMPILER,
                )  # fmt: skip
                item = collect(session, file, description, actor=OPERATOR, at=at, on=on)
                session.flush()
                row = attach(session, item, Arrived(f"{number}.txt", kept, "text/plain"), actor=OPERATOR, at=at)
                row.prepared_at = at
                session.add(ObjectText(object_id=row.id, text=text.body))
                file_item(session, item, actor=OPERATOR, on=on)
                if number % 2 == 0:
                    own.add(number)
    spent = time.perf_counter() - started
    print(f"filed {len(texts)} items in {spent:.0f} s ({len(texts) / spent:.0f} a second)")
    return own, len(texts) - len(own)


def enter_all(measured: Measured, texts: list[Text]) -> tuple[set[int], int]:
    """The same rows entered in bulk, for sizes at which filing takes longer than what is measured."""
    at, on = datetime.now(UTC), date(2026, 1, 5)
    with measured.office.database.begin() as session:
        files = [
            open_yearly_file(
                session, unit, Category.DOCUMENTARY, 2026, "法规汇编", keeper=measured.keeper, actor=OPERATOR, on=on
            ).id
            for unit in map(session.merge, (measured.district, measured.other_district))
        ]
        common = {
            "document_type": "other_documentary", "retention_class": "documentary.notices", "form": RecordForm.TEXT,
            "carrier": Carrier.ELECTRONIC, "dated": "2026-01-05", "responsible_body": COMPILER, "collected_at": at,
        }  # fmt: skip
        for start in range(0, len(texts), 5_000):
            numbered = list(enumerate(texts[start : start + 5_000], start + 1))
            session.execute(
                insert(Item),
                [{"id": n, "file_id": files[(n - 1) % 2], "title": text.title, **common} for n, text in numbered],
            )
            session.execute(
                insert(DigitalObject),
                [
                    {
                        "id": n, "item_id": n, "file_id": files[(n - 1) % 2], "name": f"{n}.txt", "key": f"none/{n}",
                        "sha256": f"{n:064}", "size_bytes": 1, "media_type": "text/plain", "stored_at": at,
                        "prepared_at": at, "facts": {}, "findings": [],
                    }
                    for n, _ in numbered
                ],
            )  # fmt: skip
            session.execute(insert(ObjectText), [{"object_id": n, "text": text.body} for n, text in numbered])
    return set(range(0, len(texts), 2)), len(texts) // 2


def check_truth(measured: Measured, browser: Browser, sought: list[str], texts: list[Text], own: set[int]) -> None:
    """Every word over HTTP finds as many as contain it, and in the engine exactly those."""
    folded = {number: fold(clean(f"{texts[number].title}\x1f{texts[number].body}\x1f{COMPILER}")) for number in own}
    wrong = 0
    for word in sought:
        expected = sum(fold(clean(word)) in text for text in folded.values())
        status, page = browser.get("/search", q=f'"{word}"', kind="item")
        shown = re.search(r"<b>\D*([\d,]+)\D*</b>", page)
        found = int(shown[1].replace(",", "")) if shown else -1
        if status != 200 or found != expected:
            wrong += 1
            print(f"  {word}: {found} found, {expected} contain it")
    print(f"truth: {len(sought) - wrong} of {len(sought)} words have exactly the hits of the plain substring")


def measure(browser: Browser, queries: list[str], name: str) -> None:
    """Latency of the whole page, once with what the process remembers and once for words it has not met."""
    order = list(queries)
    random.Random(1).shuffle(order)
    for _ in range(3):
        browser.get("/account")
    print(f"over HTTP, {name}: {_spread([_timed(lambda q=q: browser.get('/search', q=q)) for q in order])}")


def _timed(action: object) -> float:
    started = time.perf_counter()
    action()  # type: ignore[operator]
    return (time.perf_counter() - started) * 1000


def _spread(milliseconds: list[float]) -> str:
    p95 = statistics.quantiles(milliseconds, n=20)[-1]
    return f"p50 {statistics.median(milliseconds):.0f} ms, p95 {p95:.0f} ms, longest {max(milliseconds):.0f} ms"


if __name__ == "__main__":
    main()
