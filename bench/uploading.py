"""One-page Chinese PDFs from upload through the web to searchable: how many a second, and in how much memory?

As in: python bench/uploading.py --files 500
"""

import argparse
import re
import threading
import time
from datetime import UTC, date, datetime

from accounts.roles import OPERATOR
from bench.parts.laws import Text, articles
from bench.parts.office import Browser, measured_office
from classification.categories import Category
from printing.forms import Column, table_form
from records.files.services import open_yearly_file

COMMON = {
    "document_type": "notices",
    "retention_class": "",
    "form": "",
    "carrier": "electronic",
    "dated": "2026-01-05",
    "responsible_body": "东区总工会",
}
AT_ONCE = 3  # as many as the upload page sends side by side


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=500)
    options = parser.parse_args()
    pages = [page_of(number, text) for number, text in enumerate(articles(None, options.files), 1)]
    print(f"{len(pages)} PDFs of {sum(map(len, pages)) / len(pages) / 1024:.0f} KB each")
    with measured_office() as measured:
        with measured.office.database.begin() as session:
            file = open_yearly_file(
                session, session.merge(measured.district), Category.DOCUMENTARY, 2026, "日常工作",
                keeper=measured.keeper, actor=OPERATOR, on=date(2026, 1, 5),
            )  # fmt: skip
        measured.start()
        watcher = Browser(measured.port).sign_in()
        waiting = list(enumerate(pages, 1))
        lock, answers = threading.Lock(), []

        def send() -> None:
            browser = Browser(measured.port).sign_in()
            while True:
                with lock:
                    if not waiting:
                        return
                    number, content = waiting.pop(0)
                answers.append(
                    browser.upload(f"/files/{file.id}/objects", content, name=f"通知{number:04}.pdf", **COMMON)[0]
                )

        started = time.perf_counter()
        threads = [threading.Thread(target=send) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sent = time.perf_counter() - started
        if set(answers) != {201}:
            raise SystemExit(f"Not every file was taken: {sorted(set(answers))}")
        found = 0
        while found < len(pages):
            time.sleep(0.1)
            found = hits(watcher, '"量测用文"')
        done = time.perf_counter() - started
        print(f"all acknowledged after {sent:.1f} s ({len(pages) / sent:.1f} a second)")
        print(f"all searchable after {done:.1f} s ({len(pages) / done:.1f} a second)")
        memory = measured.memory_mb()
        print(
            f"memory of {len(measured.processes())} processes after: {memory['pss']:.0f} MB shared pages counted once, "
            f"{memory['rss']:.0f} MB with them counted in each"
        )


def page_of(number: int, text: Text) -> bytes:
    """One page of Chinese text as PDF, no two alike."""
    rows = [(str(line), text.body[start : start + 40]) for line, start in enumerate(range(0, 400, 40), 1)]
    return table_form(
        title=f"量测用文第 {number} 号",
        number=f"T-{number:05}",
        columns=[Column("序", 1), Column("正文", 9)],
        rows=[row for row in rows if row[1]],
        made_at=datetime(2026, 1, 5, 8, 0, tzinfo=UTC),
    ).pdf


def hits(browser: Browser, words: str) -> int:
    """How many things the search page counts."""
    _, page = browser.get("/search", q=words)
    shown = re.search(r"<b>\D*([\d,]+)\D*</b>", page)
    return int(shown[1].replace(",", "")) if shown else 0


if __name__ == "__main__":
    main()
