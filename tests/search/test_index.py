"""What readers see while the index is written, rebuilt, killed, outdated or damaged."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
import whoosh.index
from whoosh.query import And, Term

from search import FIELDS, Document, Field, Index, IndexBusy, Query, Results, parse

SCOPE = ["/1"]


def note(number: int, text: str = "困难职工帮扶") -> Document:
    return Document(f"item:{number}", {"title": f"第{number}件", "text": text}, {"unit": ("/1",)}, date(2024, 1, 1))


def put(index: Index, *documents: Document) -> None:
    with index.writer() as writer:
        for document in documents:
            writer.put(document)


def search(index: Index, typed: str = "") -> Results:
    return index.search(parse(typed), SCOPE, limit=1000)


def keys(index: Index, typed: str = "") -> set[str]:
    return set(index.keys(parse(typed), SCOPE))


def test_a_batch_that_raises_leaves_everything_as_it_was(index: Index) -> None:
    put(index, note(1), note(2))

    def fail() -> None:
        with index.writer() as writer:
            writer.put(note(3))
            writer.flush()
            writer.put(note(1, "别的"))
            writer.remove("item:2")
            writer.cursor = 9
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert keys(index, "困难") == {"item:1", "item:2"}
    assert index.cursor == 0
    assert index.check() == []


def test_the_cursor_is_committed_with_the_batch_and_read_by_others(index: Index) -> None:
    other = Index.open_or_create(index.folder)
    assert other.cursor == 0
    with index.writer() as writer:
        writer.put(note(1))
        writer.cursor = 41
    with index.writer() as writer:
        assert writer.cursor == 41
        writer.cursor = 42
    assert other.cursor == 42
    assert keys(other) == {"item:1"}


def test_a_batch_that_changes_nothing_is_not_committed(index: Index) -> None:
    put(index, note(1))
    before = sorted(index.folder.iterdir())
    with index.writer() as writer:
        writer.remove("item:2")
    assert sorted(index.folder.iterdir()) == before


def test_within_a_batch_the_last_word_on_a_document_holds(index: Index) -> None:
    with index.writer() as writer:
        writer.put(note(1, "甲"))
        writer.flush()
        writer.put(note(1, "乙"))
        writer.put(note(2))
        writer.remove("item:2")
        writer.put(note(3))
        writer.flush()
        writer.remove("item:3")
    assert keys(index) == keys(index, "乙") == {"item:1"}
    assert len(index) == 1


def test_what_is_forgotten_is_in_no_file_once_the_worker_is_idle(index: Index) -> None:
    """Whichever version said it, however large its segment is; and nothing is written anew that says it no more."""

    def files_that_say(word: str) -> list[Path]:
        return [path for path in index.folder.glob("*.seg") if word.encode() in path.read_bytes()]

    put(index, *(note(number, "无关") for number in range(20)), note(100, "前名"))
    put(index, *(note(number, "无关") for number in range(20, 40)), note(100, "后名"), note(101, "误录"))
    assert [len(files_that_say(word)) for word in ("前名", "后名", "误录")] == [1, 1, 1]
    with index.writer() as writer:
        writer.forget(note(100, "—"))
        writer.remove("item:101")
    index = Index.open_or_create(index.folder)  # a worker that is started anew knows of it
    while index.tidy():
        pass
    assert [files_that_say(word) for word in ("前名", "后名", "误录")] == [[], [], []]
    assert len(index) == 41
    assert index.check() == []
    with index.writer() as writer:
        writer.forget(note(100, "—"))
    assert not index.tidy()


def test_one_writes_at_a_time(index: Index) -> None:
    other = Index.open_or_create(index.folder)
    with index.writer() as writer:
        writer.put(note(1))
        with pytest.raises(IndexBusy), other.writer():
            pass
        with pytest.raises(IndexBusy):
            other.tidy()
    with other.writer(timeout_seconds=5) as writer:
        writer.put(note(2))
    assert keys(index) == {"item:1", "item:2"}


def test_the_index_opens_and_is_searched_while_another_writes(index: Index) -> None:
    put(index, note(1))
    with index.writer() as writer:
        writer.put(note(2))
        writer.flush()
        assert keys(Index.open_or_create(index.folder)) == {"item:1"}


def test_many_small_batches_become_few_segments(index: Index) -> None:
    for number in range(40):
        put(index, note(number))
    assert len(list(index.folder.glob("*.seg"))) < 16
    for number in range(40):
        put(index, note(number, "改动"))
    while index.tidy():
        pass
    assert len(index) == len(keys(index, "改动")) == 40
    assert keys(index, "帮扶") == set()


def test_searches_go_on_in_threads_while_documents_are_written(index: Index) -> None:
    put(index, *(note(number) for number in range(30)))
    failures: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                results = search(index, "困难职工")
                assert results.total == len({hit.key for hit in results.hits}) == 30
        except BaseException as failure:  # a thread has no other way to tell
            failures.append(failure)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for turn in range(25):
        put(index, note(turn, f"困难职工第{turn}回"), note(100 + turn, "无关"))
        index.tidy()
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert len(keys(index, "回")) == 25


def test_the_old_index_serves_and_takes_changes_until_a_rebuilt_one_takes_its_place(index: Index) -> None:
    put(index, note(1), note(2, "旧"))
    told: list[int] = []

    def documents() -> Iterator[Document]:
        for number in (1, 3):
            assert keys(index, "旧") == {"item:2"}
            yield note(number)
        with index.writer() as writer:
            writer.put(note(4))
            writer.cursor = 12
        assert "item:4" in keys(index)
        with pytest.raises(IndexBusy):
            index.rebuild([], cursor=0)

    index.rebuild(documents(), cursor=11, progress=told.append)
    assert told == [1, 2]
    assert keys(index) == {"item:1", "item:3"}
    assert index.cursor == 11  # from here on the chain is applied again
    assert index.check() == []


def test_a_rebuild_that_fails_changes_nothing(index: Index) -> None:
    put(index, note(1))

    def documents() -> Iterator[Document]:
        yield note(2)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        index.rebuild(documents(), cursor=0)
    assert keys(index) == {"item:1"}
    index.rebuild([note(3)], cursor=0)
    assert keys(index) == {"item:3"}


def test_an_index_of_other_fields_or_format_begins_anew(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    with index.writer() as writer:
        writer.put(note(1))
        writer.cursor = 5
    assert len(Index.open_or_create(index.folder)) == 1
    again = Index.open_or_create(index.folder, (*FIELDS, Field("seal")))
    assert (len(again), again.cursor) == (0, 0)
    put(again, note(1))
    monkeypatch.setattr("search.index.FORMAT", 0)
    assert len(Index.open_or_create(index.folder)) == 0


def test_a_document_with_an_unknown_field_is_refused(index: Index) -> None:
    with pytest.raises(ValueError, match="item:1 has unknown fields: colour"):
        put(index, Document("item:1", {"colour": "红"}))
    assert len(index) == 0


def test_check_tells_of_a_damaged_file_and_rebuilding_mends_it(index: Index) -> None:
    put(index, *(note(number) for number in range(20)))
    assert index.check() == []
    (segment,) = index.folder.glob("*.seg")
    data = bytearray(segment.read_bytes())
    half = len(data) // 2
    segment.unlink()  # a mapped file would change under the reader that has it open
    segment.write_bytes(data[:half] + bytes(half // 4) + data[half + half // 4 :])
    damaged = Index.open_or_create(index.folder)
    assert damaged.check() != []
    damaged.rebuild([note(1)], cursor=0)
    assert damaged.check() == []
    assert keys(damaged) == {"item:1"}


def test_check_tells_of_text_folded_in_another_way(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    put(index, note(1))
    monkeypatch.setattr("search.index.fold", lambda text: text.replace("困", "囷"))
    assert "The text of item:1 was folded in another way" in index.check()


def test_a_table_of_contents_cut_short_is_told_and_mended(index: Index) -> None:
    put(index, note(1))
    (contents,) = index.folder.glob("*.toc")
    contents.write_bytes(contents.read_bytes()[:20])
    damaged = Index.open_or_create(index.folder)
    assert damaged.check() != []
    damaged.rebuild([note(1)], cursor=3)
    assert damaged.check() == []
    assert keys(damaged) == {"item:1"}


def test_whoosh_itself_opens_and_searches_the_index(index: Index) -> None:
    put(index, *(note(number) for number in range(300)), note(900, "职工困难"))
    put(index, note(7, "别的"))
    with whoosh.index.open_dir(str(index.folder)).searcher() as searcher:
        results = searcher.search(And([Term("anywhere", "困难"), Term("anywhere", "难职")]), limit=None)
        assert (
            {hit["key"] for hit in results} == keys(index, "困难职") == {f"item:{n}" for n in range(300)} - {"item:7"}
        )
        assert searcher.doc_count() == len(index) == 301
        assert sorted(searcher.reader().postings("key", "item:5").all_ids()) != []


WRITE_FOR_EVER = """
import sys
from pathlib import Path
from search import Document, Index

index = Index.open_or_create(Path(sys.argv[1]))
number = index.cursor
while True:
    with index.writer() as writer:
        for _ in range(5):
            number += 1
            writer.put(Document(f"item:{number}", {"text": f"困难职工第{number}号"}, {"unit": ("/1",)}))
        writer.cursor = number
    print(number, flush=True)
    while index.tidy():
        pass
"""


def test_a_writer_killed_at_any_moment_leaves_all_it_had_committed(index: Index) -> None:
    committed = 0
    for turn in range(6):
        command = [sys.executable, "-c", WRITE_FOR_EVER, str(index.folder)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            assert process.stdout is not None
            committed = int(process.stdout.readline())
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.03 + 0.11 * turn)
            process.send_signal(signal.SIGKILL)
            committed = max([committed, *map(int, process.stdout.read().split())])
        assert index.cursor >= committed
        assert keys(index) == {f"item:{number}" for number in range(1, index.cursor + 1)}
        assert keys(index, f"第{index.cursor}号") == {f"item:{index.cursor}"}
        assert index.check() == []
    put(index, note(100_000, "最后"))
    garbage = {path.suffix for path in index.folder.iterdir()} - {".seg", ".toc", ".json", ""}
    assert garbage == set()
    assert not (index.folder / "MAIN.tmp").exists()


def test_a_search_started_in_the_middle_of_commits_of_another_process_never_fails(index: Index) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", WRITE_FOR_EVER, str(index.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        process.stdout.readline()
        until, seen = time.monotonic() + 2, 0
        while time.monotonic() < until:
            total = search(Index.open_or_create(index.folder), "困难职工").total if seen % 7 == 0 else len(keys(index))
            assert total >= seen
            seen = total
        process.kill()
    assert seen > 5


def test_hits_show_the_title_the_fields_with_the_words_and_else_the_beginning(index: Index) -> None:
    document = Document(
        "item:1",
        {
            "title": "帮扶 申请 表",
            "code": "C038-ZY·KN·2026·D10-0413",
            "person": ("张三", "李四"),
            "text": "申请人因\n重病，申请帮扶。" + "略" * 200,
        },
        {"unit": ("/1",)},
        date(2026, 3, 1),
    )
    put(index, document)

    def marked(typed: str) -> dict[str, list[str]]:
        (hit,) = search(index, typed).hits
        assert (hit.key, hit.dated_on) == ("item:1", date(2026, 3, 1))
        return {field: [text for text, is_word in pieces if is_word] for field, pieces in hit.marked.items()}

    assert marked("帮扶申请") == {"title": ["帮扶申请"], "text": []}
    assert marked("申请 D10-") == {"title": ["申请"], "code": ["D10-"], "text": ["申请", "申请"]}
    assert marked("因重病") == {"title": [], "text": ["因重病"]}
    assert marked("姓名:李四 -无") == {"title": [], "person": ["李四"]}
    assert marked("") == {"title": [], "text": []}
    assert search(index, "三李").total == search(index, "张三李四").total == 0
    (hit,) = search(index, "李").hits
    assert hit.marked["person"] == (("张三\n", False), ("李", True), ("四", False))


def test_a_very_long_phrase_is_compared_to_its_end(index: Index) -> None:
    phrase = "困难职工" * 100
    put(index, note(1, f"前{phrase}后"), note(2, f"前{phrase[:-1]}后"))
    assert keys(index, phrase) == {"item:1"}


def test_an_empty_query_finds_everything_in_scope_and_an_empty_scope_nothing(index: Index) -> None:
    put(index, note(1), note(2), Document("item:3", {"title": "外"}, {"unit": ("/2",)}))
    assert index.search(Query(), SCOPE).total == 2
    assert index.search(Query(), []).total == 0
    assert index.search(parse("-帮扶"), ["/2"]).total == 1


def test_long_values_count_in_full_so_that_a_large_batch_is_written_in_parts(tmp_path: Path) -> None:
    index = Index.open_or_create(tmp_path / "index")
    long = ("长" * 600_000,)
    put(index, *(Document(f"item:{number}", {"text": long}, {"unit": ("/1",)}) for number in range(3)))
    assert len(list((tmp_path / "index").glob("*.seg"))) == 2
    assert search(index, "长长").total == 3


def test_an_index_opens_for_searching_while_another_process_writes_it(tmp_path: Path) -> None:
    index = Index.open_or_create(tmp_path / "index")
    put(index, note(1))
    with index.writer():
        started = time.monotonic()
        assert search(Index.open_or_create(tmp_path / "index"), "困难").total == 1
        assert time.monotonic() - started < 5, "opening waited for the writer"
