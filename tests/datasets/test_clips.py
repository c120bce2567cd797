"""Tests that the data set of clips keeps every promise its card makes."""

import io
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

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "clips"
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
    """Return the tags of every clip."""
    return {item["id"]: item["tags"] for item in lines("corpus.jsonl")}


@pytest.fixture(scope="module")
def maker() -> Iterator[Any]:
    """Lend an importer for the modules that make the data set."""
    paths = [str(FOLDER), str(FOLDER.parent / "sounds")]
    sys.path[:0] = paths
    yield lambda name: import_module(f"clips_maker.{name}")
    for path in paths:
        sys.path.remove(path)


def _pattern(text: str) -> str:
    """Return a query with runs of the blanked words replaced by one blank."""
    stems = " ".join(yaml.safe_load((FOLDER / "sources/words.yaml").read_text())).split()
    plain = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = ("_" if w.startswith(tuple(stems)) else w for w in re.findall(r"[a-z0-9]+", plain))
    return re.sub(r"_( _)+", "_", " ".join(words))


@cache
def _probe(name: str) -> dict[str, Any]:
    """Return codecs, size, rates and lengths of one file."""
    import av

    with av.open(io.BytesIO((FOLDER / name).read_bytes())) as box:
        video, audio = box.streams.video[0], box.streams.audio[0]
        return {
            "codecs": (video.codec_context.name, audio.codec_context.name),
            "size": (video.width, video.height),
            "rates": (round(float(video.average_rate or 0)), audio.rate, audio.channels),
            "seconds": float((video.duration or 0) * (video.time_base or 0)),
        }


def test_card_has_all_keys_and_states_the_counts(maker: Any) -> None:
    card = yaml.safe_load((FOLDER / "dataset.yaml").read_text(encoding="utf-8"))
    assert (card["name"], card["licence"]) == ("clips", "CC0-1.0")
    assert set(card["languages"]) == LANGUAGES
    assert card["modalities"] == ["text", "video"]
    for key in ("source", "ground_truth", "limits", "about"):
        assert card[key], key
    assert f"{len(corpus())} short and long videos" in card["about"]
    needs = {query["tags"]["intent"] for query in lines("queries.jsonl")}
    assert f"{len(needs)} needs in {len(lines('queries.jsonl'))} text queries" in card["about"]
    catalogue = maker("catalogue")
    clips = catalogue.clips().values()
    assert f"{sum(c.mix != 'both' for c in clips)} mixes" in card["about"]
    assert f"{sum(bool(c.copy_of) for c in clips)} copies" in card["about"]


def test_every_event_is_shown_and_heard_in_every_place() -> None:
    short = [tags for tags in corpus().values() if tags["unit"] == "clip"]
    both = {(t["sight"], t["background"]) for t in short if t["mix"] == "both"}
    assert len(short) >= 120
    assert len({event for event, _ in both}) == 14
    assert len({place for _, place in both}) == 6
    assert len(both) == 84
    motions = Counter(tags["motion"] for tags in short)
    assert set(motions) == {"left", "right", "still"}
    assert min(motions.values()) >= 35


def test_mixes_carry_two_events() -> None:
    kinds = Counter(tags["mix"] for tags in corpus().values())
    assert kinds["sight_only"] == kinds["sound_only"] == 14
    for tags in corpus().values():
        assert (tags["sight"] == tags["sound"]) == (tags["mix"] == "both")
        told = tags["sound"] if tags["mix"] == "sound_only" else tags["sight"]
        assert tags["event"] == told


def test_captions_are_distinct_sentences_per_scene() -> None:
    for tags in corpus().values():
        sentences = re.findall(r"[A-Z][^.]+\.", tags["caption"])
        assert len(sentences) == (1 if tags["unit"] == "clip" else len(tags["sight"]))
    assert len({tags["caption"] for tags in corpus().values()}) >= 100


def test_files_have_the_stated_form() -> None:
    for item in lines("corpus.jsonl"):
        found = _probe(item["video"])
        low, high = (15, 25) if item["tags"]["unit"] == "long" else (1.9, 3.6)
        assert found["codecs"] == ("h264", "aac")
        assert found["size"] == (160, 120)
        assert found["rates"] == (10, 16_000, 1)
        assert low <= found["seconds"] <= high, item["id"]


def test_every_file_belongs_to_an_item_and_the_folder_is_small() -> None:
    found = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.mp4")}
    assert found == {item["video"] for item in lines("corpus.jsonl")}
    files = [p for p in FOLDER.rglob("*") if p.is_file() and p.suffix != ".pyc"]
    assert sum(p.stat().st_size for p in files) < 6 * MEGABYTE


def test_ids_and_names_tell_nothing() -> None:
    for row in (*lines("corpus.jsonl"), *lines("queries.jsonl")):
        assert re.fullmatch(r"[cq]\d{4}", row["id"])
        assert row.get("video", row["id"]).rpartition("/")[2].removesuffix(".mp4") == row["id"]
    assert len({str(tags["event"]) for tags in list(corpus().values())[:30]}) > 8


def test_words_ask_in_five_languages_and_share_few_patterns() -> None:
    needs: dict[str, set[str]] = defaultdict(set)
    for query in lines("queries.jsonl"):
        needs[query["tags"]["intent"]].add(query["tags"]["language"])
    languages = Counter(query["tags"]["language"] for query in lines("queries.jsonl"))
    about = Counter(query["tags"]["about"] for query in lines("queries.jsonl"))
    shared = Counter(_pattern(query["text"]) for query in lines("queries.jsonl"))
    assert len(needs) >= 90
    assert sum(found == LANGUAGES for found in needs.values()) == 15
    assert set(languages) == LANGUAGES
    assert min(languages.values()) >= 30
    assert set(about) == {"sight", "sound", "both", "background", "motion", "moment"}
    assert min(about.values()) >= 15
    assert max(shared.values()) <= 3, shared.most_common(3)
    assert len({q["text"].casefold() for q in lines("queries.jsonl")}) == len(
        lines("queries.jsonl")
    )


def test_patterns_blank_events_places_and_directions() -> None:
    assert _pattern("Train on the beach, left!") == "_ on the _"
    assert _pattern("Hubschrauber, Schnee") == _pattern("Pluie") == "_"


def test_every_query_has_an_answer_and_many_have_near_misses() -> None:
    grades: dict[str, list[int]] = defaultdict(list)
    for row in table("qrels.tsv"):
        assert row["corpus-id"] in corpus()
        grades[row["query-id"]].append(int(row["score"]))
    about = {query["id"]: query["tags"]["about"] for query in lines("queries.jsonl")}
    assert set(grades) == set(about)
    assert {max(found) for found in grades.values()} == {3}
    assert {grade for found in grades.values() for grade in found} == {0, 1, 2, 3}
    for query, found in grades.items():
        assert 0 in found or about[query] in {"moment", "background", "motion"}


def test_what_looks_right_and_sounds_wrong_is_judged_by_what_is_asked() -> None:
    asked = {q["text"]: q["id"] for q in lines("queries.jsonl")}
    rows = {(row["query-id"], row["corpus-id"]): row["score"] for row in table("qrels.tsv")}
    silent = [i for i, t in corpus().items() if t["mix"] != "both" and t["sight"] == "bird"]
    heard = [i for i, t in corpus().items() if t["mix"] != "both" and t["sound"] == "clock"]
    assert len(silent) == len(heard) == 2
    flap = "footage of a bird flapping its wings, whatever the soundtrack"
    assert {rows[asked[flap], item] for item in silent} == {"3"}
    assert {rows[asked["petit oiseau chanteur en plein vol"], item] for item in silent} == {"0"}
    assert {rows[asked["audio of a ticking clock"], item] for item in heard} == {"3"}
    assert {rows[asked["shot of a tall wooden timepiece"], item] for item in heard} == {"0"}


def test_spans_lie_within_the_long_clips() -> None:
    videos = {item["id"]: item["video"] for item in lines("corpus.jsonl")}
    spanned = 0
    for row in table("qrels.tsv"):
        unit = corpus()[row["corpus-id"]]["unit"]
        if row["start"]:
            seconds = _probe(videos[row["corpus-id"]])["seconds"]
            assert unit == "long"
            assert 0 <= float(row["start"]) < float(row["end"]) <= seconds + 0.01
            spanned += 1
        else:
            assert unit == "clip" or row["score"] == "0"
    assert spanned >= 200
    assert sum(tags["unit"] == "long" for tags in corpus().values()) >= 8


def test_pairs_are_copies_or_look_alikes() -> None:
    kinds = Counter((row["label"], row["kind"]) for row in table("pairs.tsv"))
    assert kinds["different", "other_sound"] == kinds["different", "other_sight"] == 14
    for edit in ("reencode", "trim", "brightness"):
        assert kinds["duplicate", edit] == 5
    for row in table("pairs.tsv"):
        one, two = corpus()[row["a"]], corpus()[row["b"]]
        assert row["a"] != row["b"]
        if row["kind"] != "other_sight":
            assert one["sight"] == two["sight"]
        assert (one["sound"] == two["sound"]) == (row["kind"] != "other_sound")
        assert (one["background"], one["motion"]) == (two["background"], two["motion"])


def _scene(maker: Any, sight: str, sound: str, place: str, motion: str) -> Any:
    """Return the facts of one scene."""
    return maker("catalogue").Scene(sight, sound, place, motion, 3.0, "a", "b")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (("dog", "dog", "snow", "left"), 3),
        (("dog", "dog", "beach", "left"), 2),
        (("bird", "bird", "snow", "still"), 1),
        (("bird", "bird", "beach", "still"), None),
        (("dog", "clock", "snow", "left"), 0),
        (("clock", "dog", "beach", "left"), 0),
        (("train", "train", "snow", "left"), None),
    ],
)
def test_rule(maker: Any, facts: tuple[str, ...], expected: int | None) -> None:
    rules = maker("rules")
    row = {"event": "dog", "background": "snow", "en": "dog in the snow"}
    assert rules.grade(rules._intent("n", row), _scene(maker, *facts)) == expected


def test_moments_are_graded_by_their_order(maker: Any) -> None:
    from dataclasses import replace

    rules, catalogue = maker("rules"), maker("catalogue")
    order = ("bell", "dog", "rain")
    scenes = [_scene(maker, event, event, "snow", "still") for event in order]
    scenes = [replace(scene, at=3.0 * place) for place, scene in enumerate(scenes)]
    clip = catalogue.Clip("k", tuple(scenes))
    asked = (("dog", "bell"), ("rain", "bell"), ("bell", "dog"), ("dog", "fire"))
    needs = [rules._intent("n", {"event": event, "after": after}) for event, after in asked]
    assert [rules.answer(need, clip) for need in needs] == [
        (3, 3.0, 6.0),
        (2, 6.0, 9.0),
        (0, None, None),
        (1, 3.0, 6.0),
    ]


def test_clips_match_their_sources(maker: Any) -> None:
    files, catalogue = maker("files"), maker("catalogue")
    short = [(name, clip) for name, clip in catalogue.clips().items() if len(clip.scenes) == 1]
    for name, clip in short[2:140:25]:
        frames, sound = files.decode(files.render(clip))
        shipped, heard = files.decode((FOLDER / "media" / f"{name}.mp4").read_bytes())
        assert frames.shape == shipped.shape
        assert np.abs(frames.astype(int) - shipped).mean() < 2.0, name
        assert sound.shape == heard.shape
        assert np.sqrt(np.mean((sound - heard) ** 2)) < 0.05 * np.sqrt(np.mean(heard**2)), name


def test_subjects_move_the_way_their_tag_says(maker: Any) -> None:
    scene, places = maker("scene"), maker("places")
    for motion, sign in (("left", -1), ("right", 1), ("still", 0)):
        told = scene.Scene("dog", "snow", motion, 3.0)
        frames = [np.asarray(f, float) for f in scene.frames(told, np.random.default_rng(5))]
        ground = places.backdrop("snow", np.random.default_rng(5)).resize((160, 120))
        marks = [np.abs(f - np.asarray(ground)).sum(2) > 90 for f in (frames[2], frames[-3])]
        middles = [np.nonzero(mark)[1].mean() for mark in marks]
        shift = middles[1] - middles[0]
        assert abs(shift) < 8 if sign == 0 else shift * sign > 20


def test_mixes_share_a_picture_or_a_sound_with_a_matching_clip(maker: Any) -> None:
    clips, by_key = (
        maker("catalogue").clips(),
        {c.key: c for c in maker("catalogue").clips().values()},
    )
    mixed = [clip for clip in clips.values() if clip.mix != "both"]
    for clip in mixed:
        one, two = clip.scenes[0], by_key[clip.twin_of].scenes[0]
        assert (one.sight_seed == two.sight_seed) == (clip.mix == "sight_only")
        assert (one.sound_seed == two.sound_seed) == (clip.mix == "sound_only")
    first = next(clip for clip in mixed if clip.mix == "sight_only")
    pictures = [np.asarray(next(maker("files").picture(c))) for c in (first, by_key[first.twin_of])]
    assert np.array_equal(pictures[0], pictures[1])


def test_texts_match_their_sources(maker: Any, tmp_path: Path) -> None:
    maker("export").write_texts(tmp_path)
    for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv", "pairs.tsv"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name
