import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.errors import DataError
from evalkit.core.items import Dataset, Group, Item, Media, Page, Pair, Span
from evalkit.readers.folder import Folder

Write = Callable[..., Path]

CARD = "name: shop\n"
CORPUS = '{"id": "d1", "text": "red scarf"}\n{"id": "d2", "text": "blue hat"}\n'
QUERIES = '{"id": "q1", "text": "scarf"}\n'
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a good data set, with the given files put in place of its own (None: left out)."""

    def make(**files: str | bytes | None) -> Path:
        good: dict[str, str | bytes | None] = {
            "dataset.yaml": CARD,
            "corpus.jsonl": CORPUS,
            "queries.jsonl": QUERIES,
            "qrels.tsv": QRELS,
        }
        named = {name.replace("__", "."): text for name, text in files.items()}
        for name, text in (good | named).items():
            if isinstance(text, str):
                (tmp_path / name).write_text(text, encoding="utf-8", newline="")
            elif text is not None:
                (tmp_path / name).write_bytes(text)
        return tmp_path

    return make


def read(folder: Path) -> Dataset:
    return Folder().read(str(folder))


def complaints(folder: Path) -> list[str]:
    with pytest.raises(DataError) as caught:
        read(folder)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_a_folder_becomes_a_data_set(write: Write) -> None:
    data = read(write())
    assert data.name == "shop"
    assert data.queries == (Item("q1", "scarf"),)
    assert data.corpus == (Item("d1", "red scarf"), Item("d2", "blue hat"))
    assert data.truth.grades == {"q1": {"d1": 2}}


def test_all_kinds_of_content_are_read_late(write: Write) -> None:
    lines = [
        {"id": "i", "image": "m/a.PNG"},
        {"id": "a", "audio": "m/a.wav"},
        {"id": "v", "video": "m/a.mp4"},
        {"id": "d", "document": "m/a.pdf"},
        {"id": "p", "document": "m/a.pdf", "page": 3},
        {"id": "m", "parts": [{"text": "see"}, {"image": "m/a.PNG"}]},
        {"id": "d1", "text": "x", "tags": {"a": "1", "b": ["1", "2"], "c": {"x": 0.5, "y": 1}}},
    ]
    folder = write(corpus__jsonl="\n".join(map(json.dumps, lines)))
    (folder / "m").mkdir()
    for suffix in ("PNG", "wav", "mp4", "pdf"):
        (folder / "m" / f"a.{suffix}").write_bytes(b"never looked into")
    found = {item.id: item for item in read(folder).corpus}
    image = Media("image/png", path=folder / "m/a.PNG")
    assert found["i"].content == image
    assert found["p"].content == Page(Media("application/pdf", path=folder / "m/a.pdf"), 3)
    assert found["m"].content == ("see", image)
    assert [found[i].modality for i in "iavdpm"] == [
        "image", "audio", "video", "document", "document", "mixed",
    ]  # fmt: skip
    assert found["d1"].tags == {"a": ("1",), "b": ("1", "2"), "c": {"x": 0.5, "y": 1.0}}


def test_spans_pairs_and_groups_are_read(write: Write) -> None:
    qrels = "query-id\tcorpus-id\tscore\tstart\tend\tpage\nq1\td1\t2\t1.5\t4\t\nq1\td2\t0\t\t\t7\n"
    data = read(
        write(
            qrels__tsv=qrels,
            pairs__tsv="a\tb\tlabel\tkind\nd1\td2\tdifferent\tedit\n",
            groups__jsonl='{"id": "g", "kind": "negation", "anchor": "q1", "positive": "d1"}\n',
        )
    )
    assert data.truth.grades == {"q1": {"d1": 2, "d2": 0}}
    assert data.truth.spans == {("q1", "d1"): Span(1.5, 4.0), ("q1", "d2"): Span(page=7)}
    assert data.truth.pairs == (Pair("d1", "d2", "different", "edit"),)
    assert data.truth.groups == (Group("g", "negation", {"anchor": "q1", "positive": "d1"}),)


def test_the_card_is_texts_and_lists(write: Write) -> None:
    card = read(
        write(
            dataset__yaml="name: shop\nabout: 'a: b'\nlicence: ~\nlanguages: [en, no]\n"
            "limits:\n  - small\n  - 2024\nground_truth: by rule\n"
        )
    ).card
    assert (card.name, card.about, card.licence) == ("shop", "a: b", "")
    assert (card.languages, card.limits) == (("en", "no"), ("small", "2024"))


@pytest.mark.parametrize("kind", ["tags", "[tags, grades]", "pairs", "[groups]"])
def test_the_card_says_what_the_truth_is(write: Write, kind: str) -> None:
    files = dict.fromkeys(("queries__jsonl", "qrels__tsv"))
    folder = write(dataset__yaml=f"name: shop\ntruth: {kind}\n", **files)
    (folder / "pairs.tsv").write_text("a\tb\tlabel\nd1\td2\tsame\n")
    (folder / "groups.jsonl").write_text('{"id": "g", "kind": "", "x": "d1", "y": "d2"}')
    if "grades" in kind:
        assert len(complaints(folder)) == 2
    else:
        assert read(folder).queries == ()


def test_line_ends_and_a_byte_order_mark_do_not_matter(write: Write) -> None:
    folder = write(
        corpus__jsonl=b"\xef\xbb\xbf" + CORPUS.replace("\n", "\r\n").encode(),
        qrels__tsv=QRELS.replace("\n", "\r\n\r\n"),
        dataset__yaml=b"\xef\xbb\xbfname: shop\r\n",
    )
    assert read(folder).fingerprint() == read(write()).fingerprint()


def test_a_folder_that_is_a_link_and_links_inside_it_are_fine(write: Write) -> None:
    folder = write(corpus__jsonl=CORPUS + '{"id": "x", "image": "b.png"}\n')
    (folder / "a.png").write_bytes(b"x")
    (folder / "b.png").symlink_to("a.png")
    linked = folder.parent / "linked"
    linked.symlink_to(folder)
    assert len(read(linked).corpus) == 3


names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
tag_values = st.one_of(
    names,
    st.lists(names, min_size=1, unique=True),
    st.dictionaries(names, st.floats(0.1, 1e6), min_size=1),
)
tag_sets = st.dictionaries(names.filter(lambda name: name != "modality"), tag_values, max_size=3)
corpora = st.dictionaries(names, st.tuples(texts, tag_sets), min_size=1, max_size=5)


@settings(max_examples=40, deadline=None)
@given(corpora, corpora, st.booleans(), st.data())
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    corpus: dict[str, tuple[str, dict[str, object]]],
    queries: dict[str, tuple[str, dict[str, object]]],
    ascii_only: bool,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("round")
    pairs = st.tuples(st.sampled_from(sorted(queries)), st.sampled_from(sorted(corpus)))
    judged = data.draw(st.dictionaries(pairs, st.integers(-2, 9), min_size=1))
    (folder / "dataset.yaml").write_text("name: round\n")
    for name, side in (("corpus", corpus), ("queries", queries)):
        lines = [
            json.dumps({"id": key, "text": text, "tags": tags}, ensure_ascii=ascii_only) + "\n"
            for key, (text, tags) in side.items()
        ]
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8", newline="")
    rows = [f"{q}\t{d}\t{grade}\n" for (q, d), grade in judged.items()]
    header = "query-id\tcorpus-id\tscore\n"
    (folder / "qrels.tsv").write_text(header + "".join(rows), encoding="utf-8", newline="")
    found = read(folder)
    assert {item.id: item.content for item in found.corpus} == {k: v[0] for k, v in corpus.items()}
    assert [item.id for item in found.queries] == list(queries)
    grades = {(q, d): g for q, row in found.truth.grades.items() for d, g in row.items()}
    assert grades == judged
    for item in found.corpus:
        given_tags = corpus[item.id][1]
        assert set(item.tags) == set(given_tags)
        for name, value in given_tags.items():
            assert item.tags[name] == (
                (value,)
                if isinstance(value, str)
                else tuple(value)
                if isinstance(value, list)
                else value
            )
