"""Measure the search engine on real law texts, beside Whoosh's own searcher and writer in the same run.

    python bench/search_engine.py [--laws FOLDER] [--documents 100000]

Each article (第…条) of the Markdown files in FOLDER is a document; beyond their number they repeat with other codes and
titles. 300 words of 1 to 8 characters are taken from them with a fixed seed and searched within a scope, with facets;
hits are compared with those of the plain substring.
"""

import argparse
import multiprocessing
import random
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from whoosh.index import create_in, open_dir
from whoosh.query import And, Or, Term

from bench.parts.laws import articles
from search import FIELDS, Document, Index, Query, Word, clean, fold
from search.layout import ANYWHERE, FOLDED, RANK, TAG, schema_of, tag
from search.text import grams

SCOPE = ("/1/", "/2/3/")
FACETS = ("category", "unit", "year", "medium", "place")
BATCH = 500
STOCK_DOCUMENTS = 300


@dataclass(frozen=True)
class Build:
    """Seconds of the processor to write all documents in batches, and then to merge them; bytes on disk."""

    writing_seconds: float
    merging_seconds: float
    one_more_seconds: float
    size_bytes: int
    segments: int


@dataclass(frozen=True)
class Searches:
    """Timings of each search, first and again, the keys found, and the memory of the process, mapped files aside."""

    first_seconds: list[tuple[float, float]]
    again_seconds: list[tuple[float, float]]
    keys: list[set[str]]
    own_bytes: int


def documents(folder: Path | None, number: int) -> Iterator[Document]:
    """So many documents, each an article."""
    for i, article in enumerate(articles(folder, number)):
        group, office = i % 4, i % 40
        day = date(2010, 1, 1) + timedelta(days=i * 37 % 5800)
        yield Document(
            f"item:{i}",
            {
                "title": article.title,
                "code": f"C{office:03}-WS·{day.year}·D30-{i:06}",
                "text": article.body,
            },
            {
                "unit": ("/", f"/{group}/", f"/{group}/{office}/"),
                "year": (str(day.year),),
                "category": (("original", "accounting", "documentary")[i % 3],),
                "medium": (("text", "photo", "audio", "video")[i % 7 % 4],),
                "place": ("1", f"1/{i % 9}", f"1/{i % 9}/{i % 90}"),
            },
            day,
            f"C{office:03}-{day.year}-{i:06}",
        )


def sample_words(texts: Sequence[str], number: int, seed: int) -> list[str]:
    """Words of 1 to 8 characters, as many of each length, from places chosen at random."""
    chosen = random.Random(seed)
    words: list[str] = []
    while len(words) < number:
        text, length = chosen.choice(texts), 1 + len(words) % 8
        start = chosen.randrange(max(1, len(text) - length))
        word = text[start : start + length]
        if len(word) == length and word.split() == [word]:
            words.append(word)
    return words


def build(folder: Path, laws: Path | None, number: int) -> Build:
    """Write the index in batches, as a worker would."""
    index = Index.open_or_create(folder)
    source = documents(laws, number)
    began = time.process_time()
    while batch := list(islice(source, BATCH)):
        with index.writer() as writer:
            for document in batch:
                writer.put(document)
    written = time.process_time()
    while index.tidy():
        pass
    merged = time.process_time()
    with index.writer() as writer:
        writer.put(next(documents(laws, 1)))
    one_more = time.process_time()
    segments = [path.stat().st_size for path in folder.glob("*.seg")]
    return Build(written - began, merged - written, one_more - merged, sum(segments), len(segments))


def measure(folder: Path, words: Sequence[str]) -> Searches:
    """Search each word as a page would: scope, facets, twenty hits with their snippets."""
    index = Index.open_or_create(folder)
    index.search(Query(), SCOPE, facets=FACETS)

    def page(word: str) -> None:
        index.search(Query((Word(word),)), SCOPE, facets=FACETS)

    first = [seconds(page, word) for word in words]
    again = [seconds(page, word) for word in words]
    resident, shared = map(int, Path("/proc/self/statm").read_text().split()[1:3])
    keys = [set(index.keys(Query((Word(word),)), SCOPE)) for word in words]
    return Searches(first, again, keys, (resident - shared) * resource.getpagesize())


def measure_stock(
    folder: Path, words: Sequence[str]
) -> tuple[list[tuple[float, float]], list[tuple[float, float]], list[int]]:
    """Whoosh's searcher on the same index: all grams of the word, the same scope and facets, twenty hits.

    Seconds of each search, seconds of reading the ids of all its grams alone, and numbers of hits (which need not
    contain the word: the grams may stand apart).
    """
    hits: list[int] = []
    with open_dir(str(folder)).searcher() as searcher:
        scope = Or([Term(TAG, tag("unit", path)) for path in SCOPE])

        def page(word: str) -> None:
            terms = And([Term(ANYWHERE, gram) for gram in grams(word) if len(gram) == min(2, len(word))])
            results = searcher.search(terms, filter=scope, limit=20)
            hits.append(len(results))

        def ids(word: str) -> None:
            for gram in grams(word):
                if len(gram) == min(2, len(word)):
                    for _ in searcher.postings(ANYWHERE, gram).all_ids():
                        pass

        return [seconds(page, word) for word in words], [seconds(ids, word) for word in words], hits


def stock_writer_rate(laws: Path | None) -> float:
    """Documents a second of the processor with Whoosh's own writer and the same schema."""
    some = list(documents(laws, STOCK_DOCUMENTS))
    with TemporaryDirectory() as folder:
        index = create_in(folder, schema_of(FIELDS))
        began = time.process_time()
        with index.writer() as writer:
            for document in some:
                text = fold(" ".join(map(str, document.fields.values())))
                writer.add_document(
                    key=document.key,
                    anywhere=text,
                    in_title=fold(str(document.fields["title"])),
                    in_code=fold(str(document.fields["code"])),
                    tag=[tag(facet, value) for facet, values in document.tags.items() for value in values],
                    **{FOLDED: text.encode(), RANK: document.key.encode(), "shown": text.encode()},
                )
        return len(some) / (time.process_time() - began)


def seconds(act: Callable[[str], None], word: str) -> tuple[float, float]:
    """Seconds by the clock, and of the processor, which other programs do not lengthen."""
    began, worked = time.perf_counter(), time.thread_time()
    act(word)
    return time.perf_counter() - began, time.thread_time() - worked


def line(name: str, timings: Sequence[tuple[float, float]]) -> str:
    clock, processor = (
        f"p50 {median(values) * 1e3:7.2f}  p95 {quantiles(values, n=100)[94] * 1e3:7.2f}"
        for values in zip(*timings, strict=True)
    )
    return f"{name:44} ms by the clock: {clock}   of the processor: {processor}"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--laws", type=Path, help="folder with laws as Markdown; made-up text without it")
    arguments.add_argument("--documents", type=int, default=15_000)
    arguments.add_argument("--words", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=20161114)
    given = arguments.parse_args()

    truth = {
        document.key: "\n".join(fold(clean(str(document.fields[name]))) for name in document.fields)
        for document in documents(given.laws, given.documents)
        if not set(SCOPE).isdisjoint(document.tags["unit"])
    }
    words = sample_words(list(truth.values()), given.words, given.seed)
    spawn = multiprocessing.get_context("spawn")
    with TemporaryDirectory() as name:
        folder = Path(name)
        with spawn.Pool(1) as process:
            built = process.apply(build, (folder, given.laws, given.documents))
        with spawn.Pool(1) as process:
            searched = process.apply(measure, (folder, words))
        with spawn.Pool(1) as process:
            stock, ids, stock_hits = process.apply(measure_stock, (folder, words))
        with spawn.Pool(1) as process:
            stock_rate = process.apply(stock_writer_rate, (given.laws,))
    total = given.documents
    wrong = [
        word
        for word, keys in zip(words, searched.keys, strict=True)
        if keys != {key for key, text in truth.items() if word in text}
    ]
    untrue = sum(hits > len(keys) for hits, keys in zip(stock_hits, searched.keys, strict=True))
    characters = sum(map(len, truth.values())) / len(truth)
    print(f"{total} documents of {characters:.0f} characters, {len(truth)} of them within the scope")
    print(f"words with hits other than the plain substring's: {len(wrong)} of {len(words)} {wrong[:5]}")
    print(line("search, first time", searched.first_seconds))
    print(line("search, again", searched.again_seconds))
    print(line("Whoosh's searcher, without facets, snippets", stock))
    print(line("Whoosh, reading the postings alone", ids))
    print(f"words for which Whoosh's grams alone find too much: {untrue} of {len(words)}")
    print(f"writing: {total / built.writing_seconds:.0f} documents/s, Whoosh's own writer {stock_rate:.0f}")
    print(
        f"merging at leisure: {built.merging_seconds:.1f} s to {built.segments} segments; "
        f"one more document: {built.one_more_seconds * 1e3:.0f} ms"
    )
    print(
        f"size: {built.size_bytes / total:.0f} bytes a document; "
        f"memory of the searching process beside the mapped index: {searched.own_bytes / 2**20:.0f} MB"
    )


if __name__ == "__main__":
    main()
