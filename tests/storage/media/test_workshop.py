"""The workshop: bad files kill at most the child, and the next job finds a new one."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from PIL import Image

from storage.media import Finding, Prepared, Workshop, examination
from tests.storage.media import makers


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    with Workshop() as open_workshop:
        yield open_workshop


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image that takes seconds to decode."""
    path = tmp_path_factory.mktemp("slow") / "slow.png"
    Image.new("L", (12_000, 12_000), "white").save(path, compress_level=1)
    return path


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def test_the_child_answers_as_the_functions_do(workshop: Workshop, tmp_path: Path) -> None:
    made = {
        "p.jpg": makers.jpeg(tmp_path / "p.jpg", orientation=6),
        "p.pdf": makers.pdf(tmp_path / "p.pdf"),
        "p.wav": makers.wav(tmp_path / "p.wav"),
        "p.mp4": makers.video(tmp_path / "p.mp4"),
        "p.docx": makers.docx(tmp_path / "p.docx"),
        "p.gif": makers.docx(tmp_path / "p.gif"),
    }
    for name, path in made.items():
        prepared = workshop.prepare(path, name)
        assert prepared == examination.prepare(path, name)
        media_type = prepared.media_type
        assert workshop.identify(path, name).media_type == media_type
        assert workshop.examine(path, media_type) == examination.examine(path, media_type)
        assert workshop.text(path, media_type) == examination.text(path, media_type)
        assert workshop.picture(path, media_type, 99) == examination.picture(path, media_type, 99)
        assert workshop.page_image(path, media_type, 1, 99) == examination.page_image(path, media_type, 1, 99)
        assert workshop.display_image(path, media_type, 99) == examination.display_image(path, media_type, 99)
        assert workshop.waveform(path, media_type) == examination.waveform(path, media_type)


def test_a_mislabelled_file_is_reported_beside_its_other_findings(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_bytes(b"abc")
    prepared = workshop.prepare(tmp_path / "notes.mp4", "notes.mp4")
    assert (prepared.media_type, prepared.text) == ("text/plain", "abc")
    assert prepared.findings == [Finding("mislabelled", "text/plain, named .mp4")]


def test_nothing_that_was_read_holds_signs_that_are_no_text(workshop: Workshop, tmp_path: Path) -> None:
    path = tmp_path / "p.jpg"
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Hai\x00ou", "DF\x07-1"
    Image.new("RGB", (8, 8)).save(path, "JPEG", exif=exif)
    assert not {*"\x00\x07"} & {*str(workshop.prepare(path, "p.jpg").facts["camera"])}
    signs = "".join(map(chr, range(32))) + "\x7f\x9f\ud800"
    prepared = Prepared("text/plain", {"a": signs, "b": [signs], "c": 1}, [Finding("damaged", signs)], signs).storable()
    assert prepared.facts == {"a": "\t\n\f\r", "b": ["\t\n\f\r"], "c": 1}
    assert (prepared.findings, prepared.text) == ([Finding("damaged", "\t\n\f\r")], "\t\n\f\r")


def test_a_file_that_takes_too_long_is_damaged_and_the_next_one_is_served(slow: Path, tmp_path: Path) -> None:
    with Workshop(timeout_seconds=0.3) as impatient:
        prepared = impatient.prepare(slow, "slow.png")
        assert (prepared.media_type, prepared.note) == ("image/png", "damaged")
        assert prepared.findings == [Finding("damaged", "The decoder crashed or took too long.")]
        assert impatient.picture(slow, "image/png", 100) is None
        impatient.timeout_seconds = 30
        assert impatient.prepare(makers.docx(tmp_path / "d.docx"), "d.docx").text == makers.SENTENCE


def test_a_child_that_dies_at_work_takes_nothing_with_it(slow: Path, tmp_path: Path) -> None:
    with Workshop() as workshop, ThreadPoolExecutor(1) as pool:
        before = children()
        workshop.identify(slow)
        [child] = children() - before
        job = pool.submit(workshop.examine, slow, "image/png")
        time.sleep(0.2)
        psutil.Process(child).kill()
        assert job.result().findings == [Finding("damaged", "The decoder crashed or took too long.")]
        assert workshop.prepare(makers.docx(tmp_path / "d.docx"), "d.docx").text == makers.SENTENCE


def test_many_threads_share_one_child(tmp_path: Path) -> None:
    path = makers.docx(tmp_path / "d.docx")
    with Workshop() as workshop:
        before = children()
        with ThreadPoolExecutor(8) as pool:
            prepared = list(pool.map(lambda _: workshop.prepare(path, "d.docx").text, range(40)))
        assert prepared == [makers.SENTENCE] * 40
        assert len(children() - before) == 1


def test_a_forked_process_gets_a_child_of_its_own(tmp_path: Path) -> None:
    path = makers.docx(tmp_path / "d.docx")
    with Workshop() as workshop:
        workshop.identify(path)
        process = os.fork()
        if process == 0:
            with workshop:
                os._exit(0 if workshop.prepare(path, "d.docx").text == makers.SENTENCE else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
        assert workshop.prepare(path, "d.docx").text == makers.SENTENCE


def test_closing_leaves_no_process_and_no_thread(tmp_path: Path) -> None:
    before, threads = children(), threading.active_count()
    with Workshop() as workshop:
        workshop.identify(makers.docx(tmp_path / "d.docx"))
        assert len(children() - before) == 1
    assert children() == before
    time.sleep(0.1)
    assert threading.active_count() == threads


def test_the_child_ends_with_its_server(tmp_path: Path) -> None:
    code = (
        "import os, sys, psutil; from pathlib import Path; from storage.media import Workshop; "
        "w = Workshop(); w.identify(Path(sys.argv[1])); print(psutil.Process().children()[0].pid, flush=True); "
        "os.kill(os.getpid(), 9)"
    )
    path = makers.docx(tmp_path / "d.docx")
    ended = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    child = int(ended.stdout)
    deadline = time.monotonic() + 5
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_server_loads_no_decoder() -> None:
    code = "import sys, storage.media; print(*{'PIL', 'av', 'pypdf', 'pypdfium2', 'magic'} & {*sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == ""
