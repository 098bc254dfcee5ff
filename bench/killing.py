"""Kill -9 of server and worker at random moments of filing: is every acknowledged file there, and all of it whole?

As in: python bench/killing.py --times 50
"""

import argparse
import hashlib
import os
import random
import subprocess
import sys
import threading
import time
from datetime import date

from sqlalchemy import select

from accounts.roles import OPERATOR
from bench.parts.office import Browser, Measured, measured_office
from bench.uploading import COMMON
from classification.categories import Category
from records.files.services import open_yearly_file
from records.holdings.models import DigitalObject

SENDERS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=90)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    acknowledged: dict[str, str] = {}
    with measured_office() as measured:
        with measured.office.database.begin() as session:
            file = open_yearly_file(
                session, session.merge(measured.district), Category.DOCUMENTARY, 2026, "日常工作",
                keeper=measured.keeper, actor=OPERATOR, on=date(2026, 1, 5),
            )  # fmt: skip
        for time_number in range(1, options.times + 1):
            measured.start()
            interrupted = send_until_killed(measured, file.id, acknowledged, chance)
            check(measured, acknowledged, time_number, interrupted)
    print(f"{options.times} kills: verified clean each time, {len(acknowledged)} acknowledged files all there")


def send_until_killed(measured: Measured, file_id: int, acknowledged: dict[str, str], chance: random.Random) -> int:
    """Upload files of random sizes from several senders, and kill everything at a random moment."""
    ending = threading.Event()
    interrupted: list[str] = []
    refused: list[str] = []
    browsers = [Browser(measured.port).sign_in() for _ in range(SENDERS)]

    def send(browser: Browser, seed: int) -> None:
        own = random.Random(seed)
        while not ending.is_set():
            content = f"第 {own.random()} 号材料\n".encode() + own.randbytes(own.choice((100, 10_000, 3_000_000)))
            name = hashlib.sha256(content).hexdigest()
            try:
                status, answer = browser.upload(f"/files/{file_id}/objects", content, name=f"{name[:8]}.bin", **COMMON)
            except (OSError, ValueError):
                interrupted.append(name)
                return
            if status != 201:
                refused.append(f"{status}: {answer}")
                return
            acknowledged[name] = str(answer["sha256"])

    threads = [
        threading.Thread(target=send, args=(browser, chance.randrange(2**32)), daemon=True) for browser in browsers
    ]
    for thread in threads:
        thread.start()
    time.sleep(chance.uniform(0.05, 1.5))
    measured.kill()
    ending.set()
    for thread in threads:
        thread.join(timeout=30)
    if refused:
        raise SystemExit(f"An upload was answered with {refused[0]}")
    return len(interrupted)


def check(measured: Measured, acknowledged: dict[str, str], number: int, interrupted: int) -> None:
    """`anjuan verify` must be clean, and every acknowledged digest must have its row."""
    verified = subprocess.run(
        [sys.executable, "-m", "commands", "verify"],
        env={**os.environ, "ANJUAN_DATA_FOLDER": str(measured.folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    with measured.office.database.reading() as session:
        kept = set(session.scalars(select(DigitalObject.sha256)))
    missing = set(acknowledged.values()) - kept
    if verified.returncode or missing or any(name != digest for name, digest in acknowledged.items()):
        raise SystemExit(
            f"Kill {number}: {len(missing)} acknowledged files missing.\n{verified.stdout}{verified.stderr}"
        )
    print(f"kill {number}: clean, {len(kept)} objects, {interrupted} uploads cut off", flush=True)


if __name__ == "__main__":
    main()
