"""Tests that the data set of sounds keeps every promise its card makes."""

import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "sounds"
LANGUAGES = {"en", "es", "de", "fr", "pt"}
MEGABYTE = 1024 * 1024
Row = dict[str, Any]


@cache
def lines(name: str) -> list[Row]:
    """Return the rows of one JSONL file."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@cache
def table(name: str) -> list[Row]:
    """Return the rows of one tab-separated file by the names of its header."""
    header, *rows = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [dict(zip(header.split("\t"), row.split("\t"), strict=True)) for row in rows]


@cache
def corpus() -> dict[str, Row]:
    """Return the tags of every item of the corpus."""
    return {item["id"]: item["tags"] for item in lines("corpus.jsonl")}


@cache
def queries(kind: str) -> dict[str, Row]:
    """Return the queries of one kind."""
    return {q["id"]: q for q in lines("queries.jsonl") if q["tags"]["query_kind"] == kind}


@pytest.fixture(scope="module")
def maker() -> Iterator[Any]:
    """Lend an importer for the modules that make the data set."""
    sys.path.insert(0, str(FOLDER))
    yield lambda name: import_module(f"sounds_maker.{name}")
    sys.path.remove(str(FOLDER))


def _pattern(text: str) -> str:
    """Return a query with runs of the blanked words replaced by one blank."""
    stems = " ".join(yaml.safe_load((FOLDER / "sources/words.yaml").read_text())).split()
    plain = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = ("_" if w.startswith(tuple(stems)) else w for w in re.findall(r"[a-z0-9]+", plain))
    return re.sub(r"_( _)+", "_", " ".join(words))


def test_card_has_all_keys_and_states_the_counts() -> None:
    card = yaml.safe_load((FOLDER / "dataset.yaml").read_text(encoding="utf-8"))
    assert (card["name"], card["licence"]) == ("sounds", "CC0-1.0")
    assert set(card["languages"]) == LANGUAGES
    assert card["modalities"] == ["text", "audio"]
    for key in ("source", "ground_truth", "limits", "about"):
        assert card[key], key
    assert f"{len(corpus())} recordings" in card["about"]
    assert f"{len(lines('queries.jsonl'))} queries" in card["about"]
    assert f"segment ({len(queries('segment'))} pieces" in card["about"]
    assert f"stranger ({len(queries('stranger'))} pieces" in card["about"]
    for kind in ("text", "moment"):
        needs = {q["tags"]["intent"] for q in queries(kind).values()}
        assert f"{kind} ({len(needs)} needs" in card["about"]


def test_corpus_holds_all_classes() -> None:
    kinds = Counter(tags["kind"] for tags in corpus().values())
    assert kinds == {"instrument": 56, "environment": 70, "melody": 78, "long": 6}
    labels: dict[str, set[str]] = defaultdict(set)
    for tags in corpus().values():
        labels[tags["kind"]].add(tags["label"])
    assert [len(labels[kind]) for kind in ("instrument", "environment", "melody")] == [8, 14, 6]
    for tags in corpus().values():
        assert ({"genre", "tempo", "speed", "lead"} <= set(tags)) == (tags["kind"] == "melody")


def test_files_are_16_khz_mono_of_the_stated_lengths() -> None:
    import soundfile

    bounds = {"clip": (3, 6), "track": (5, 15), "long": (60, 120)}
    for item in lines("corpus.jsonl"):
        info = soundfile.info(FOLDER / item["audio"])
        low, high = bounds[item["tags"]["unit"]]
        assert (info.samplerate, info.channels, info.subtype) == (16_000, 1, "VORBIS")
        assert low <= info.duration <= high, item["id"]
    for query in lines("queries.jsonl"):
        if "audio" in query:
            info = soundfile.info(FOLDER / query["audio"])
            assert (info.samplerate, info.channels) == (16_000, 1)
            assert 1.9 <= info.duration <= 4.1


def test_every_file_belongs_to_an_item_and_the_folder_is_small() -> None:
    rows = [*lines("corpus.jsonl"), *(q for q in lines("queries.jsonl") if "audio" in q)]
    found = {str(p.relative_to(FOLDER)) for p in FOLDER.rglob("*.ogg")}
    assert found == {row["audio"] for row in rows}
    files = [p for p in FOLDER.rglob("*") if p.is_file() and p.suffix != ".pyc"]
    assert sum(p.stat().st_size for p in files) < 6 * MEGABYTE


def test_ids_and_names_tell_nothing() -> None:
    for row in (*lines("corpus.jsonl"), *lines("queries.jsonl")):
        assert re.fullmatch(r"[cq]\d{4}", row["id"])
        assert row.get("audio", row["id"]).rpartition("/")[2].removesuffix(".ogg") == row["id"]
    assert len({tags["label"] for tags in list(corpus().values())[:30]}) > 10


def test_words_ask_in_five_languages_and_share_few_patterns() -> None:
    asked = {**queries("text"), **queries("moment")}
    needs: dict[str, set[str]] = defaultdict(set)
    for query in asked.values():
        needs[query["tags"]["intent"]].add(query["tags"]["language"])
    languages = Counter(query["tags"]["language"] for query in asked.values())
    shared = Counter(_pattern(query["text"]) for query in asked.values())
    assert len(needs) >= 60
    assert sum(found == LANGUAGES for found in needs.values()) == 12
    assert set(languages) == LANGUAGES
    assert min(languages.values()) >= 25
    assert max(shared.values()) <= 3, shared.most_common(3)
    assert len({query["text"].casefold() for query in asked.values()}) == len(asked)


def test_patterns_blank_the_class_words() -> None:
    assert _pattern("the siren's sound") == "the _ s _"
    assert _pattern("solo violin") == _pattern("Querflöte, Musik") == "_"


def test_every_query_but_strangers_has_an_answer() -> None:
    best: dict[str, int] = defaultdict(int)
    for row in table("qrels.tsv"):
        assert row["corpus-id"] in corpus()
        best[row["query-id"]] = max(best[row["query-id"]], int(row["score"]))
    strangers = set(queries("stranger"))
    assert len(strangers) >= 30
    assert not strangers & set(best)
    assert set(best) == {q["id"] for q in lines("queries.jsonl")} - strangers
    assert set(best.values()) == {3}
    assert {row["score"] for row in table("qrels.tsv")} == {"0", "1", "2", "3"}


def test_spans_lie_within_their_recordings() -> None:
    import soundfile

    length = {i["id"]: soundfile.info(FOLDER / i["audio"]).duration for i in lines("corpus.jsonl")}
    spanned = Counter[str]()
    for row in table("qrels.tsv"):
        unit = corpus()[row["corpus-id"]]["unit"]
        if row["start"]:
            assert 0 <= float(row["start"]) < float(row["end"]) <= length[row["corpus-id"]] + 0.02
            spanned[unit] += 1
        else:
            assert unit != "long" or row["score"] == "0"
    assert spanned["track"] >= 80
    assert spanned["long"] >= 40


def test_segments_are_spoilt_in_six_ways_and_come_from_tracks_and_long_recordings() -> None:
    tags = [query["tags"] for query in queries("segment").values()]
    ways, units = (Counter(tag[name] for tag in tags) for name in ("degradation", "source_unit"))
    assert len(tags) >= 80
    assert min(ways.values()) >= 13
    assert len(ways) == 6
    assert units["long"] >= 15
    assert units["track"] >= 60


def test_pairs_are_copies_or_other_notes(maker: Any) -> None:
    catalogue = maker("catalogue")
    kinds = Counter((row["label"], row["kind"]) for row in table("pairs.tsv"))
    assert {kind for label, kind in kinds if label == "duplicate"} == set(catalogue.EDITS)
    assert sum(n for (label, _), n in kinds.items() if label == "different") >= 60
    for row in table("pairs.tsv"):
        one, two = (catalogue.sounds()[row[side]].track for side in "ab")
        assert (one.genre, one.bpm) == (two.genre, two.bpm)
        assert (one.seed == two.seed) == (row["label"] == "duplicate")


def test_no_two_tracks_have_the_same_notes(maker: Any) -> None:
    catalogue, melodies = maker("catalogue"), maker("melodies")
    tracks = {s.track for s in catalogue.sounds().values() if s.track}
    assert len(tracks) == 54
    tunes = {
        tuple((n.at, n.midi) for n in melodies.compose(track, 6.0) if n.voice == track.lead)
        for track in tracks
    }
    assert len(tunes) == 54
    assert all(len(tune) >= 4 for tune in tunes)


def test_long_recordings_hold_every_label_once(maker: Any) -> None:
    longs = [s for s in maker("catalogue").sounds().values() if s.parts]
    for sound in longs:
        labels = [part.label for part in sound.parts]
        assert len(set(labels)) == len(labels) >= 8
        ends = [part.at + part.seconds for part in sound.parts]
        assert all(end < part.at for end, part in zip(ends, sound.parts[1:], strict=False))


def test_rule(maker: Any) -> None:
    rules, catalogue = maker("rules"), maker("catalogue")
    bell = rules.Intent("n", ("bell",), (), "", ())
    waltz = rules.Intent("n", ("waltz",), (("speed", "fast"),), "", ())
    violin = rules.Intent("n", ("violin",), (), "", ())
    take, melody = catalogue.take, catalogue.melody
    sounds = [take("environment", name, 0, 3, 4) for name in ("bell", "clock", "xylophone", "dog")]
    assert [rules.grade(bell, sound) for sound in sounds] == [3, 1, 0, None]
    tunes = [melody("waltz", 0, 2, 0, 8, 9), melody("waltz", 0, 0, 0, 8, 9)]
    tunes.append(melody("lullaby", 0, 0, 0, 8, 9))
    assert [rules.grade(waltz, tune) for tune in tunes] == [3, 2, 0]
    assert rules.grade(violin, tunes[0]) == 1


def test_moments_are_graded_by_their_order(maker: Any) -> None:
    rules, catalogue = maker("rules"), maker("catalogue")
    parts = [catalogue._part(name, "test") for name in ("bell", "dog", "rain")]
    parts = [type(p)(**{**p.__dict__, "at": 8.0 * k}) for k, p in enumerate(parts)]
    long = catalogue.Sound("k", "long", "mixed", 24.0, parts=tuple(parts))
    graded = {
        (label, after): rules.answer(rules.Intent("n", (label,), (), after, ()), long)
        for label, after in (("dog", "bell"), ("rain", "bell"), ("bell", "dog"), ("dog", "fire"))
    }
    assert [row and row[0] for row in graded.values()] == [3, 2, 0, 1]
    assert graded["dog", "bell"][1] == 8.0


def _distance(one: Any, two: Any) -> float:
    """Return the root mean square of a difference over that of the first sound."""
    return float(np.sqrt(np.mean((one - two) ** 2) / max(np.mean(one**2), 1e-12)))


def test_recordings_match_their_sources(maker: Any) -> None:
    files, catalogue, segments = maker("files"), maker("catalogue"), maker("segments")
    short = [(n, s) for n, s in catalogue.sounds().items() if not s.parts]
    for name, sound in short[3:200:40]:
        fresh = files.decode(files.encode(files.render(sound)))
        shipped = files.decode((FOLDER / "media" / f"{name}.ogg").read_bytes())
        assert fresh.shape == shipped.shape
        assert _distance(fresh, shipped) < 0.02, name
    pieces = [(n, q) for n, q in maker("export").asked().items() if isinstance(q, segments.Segment)]
    for name, piece in pieces[::60]:
        fresh = files.decode(files.encode(segments.record(piece)))
        shipped = files.decode((FOLDER / "asked" / f"{name}.ogg").read_bytes())
        assert _distance(fresh, shipped) < 0.02, name


def test_segments_are_found_at_their_span(maker: Any) -> None:
    files, rows = maker("files"), table("qrels.tsv")
    clean = [q for q in queries("segment").values() if q["tags"]["degradation"] == "none"]
    for query in clean[:6]:
        row = next(r for r in rows if r["query-id"] == query["id"] and r["score"] == "3")
        piece = files.decode((FOLDER / query["audio"]).read_bytes())
        whole = files.decode((FOLDER / "media" / f"{row['corpus-id']}.ogg").read_bytes())
        cut = whole[round(float(row["start"]) * 16_000) :][: len(piece)]
        assert np.corrcoef(cut, piece[: len(cut)])[0, 1] > 0.9


def test_texts_match_their_sources(maker: Any, tmp_path: Path) -> None:
    maker("export").write_texts(tmp_path)
    for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv", "pairs.tsv"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name
