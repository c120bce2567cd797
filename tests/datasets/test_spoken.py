"""The spoken data sets keep every promise their cards make."""

import json
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from evalkit.core import registry

soundfile: Any = import_module("soundfile")  # ships no types

ROOT = Path(__file__).resolve().parents[2] / "datasets"
FULL, SAMPLE = ROOT / "spoken", ROOT / "spoken-sample"
FOLDERS = pytest.mark.parametrize("folder", [FULL, SAMPLE], ids=lambda path: path.name)
BOUND = 1_000_000
Row = dict[str, Any]


@cache
def lines(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@cache
def qrels(folder: Path) -> dict[str, dict[str, int]]:
    rows = (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "query-id\tcorpus-id\tscore"
    graded: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows[1:]:
        query, item, score = row.split("\t")
        assert item not in graded[query], row
        graded[query][item] = int(score)
    return graded


@cache
def tags(folder: Path) -> dict[str, Row]:
    both = lines(folder / "corpus.jsonl") + lines(folder / "queries.jsonl")
    return {row["id"]: row["tags"] for row in both}


@cache
def card(folder: Path) -> Row:
    found: Row = yaml.safe_load((folder / "dataset.yaml").read_text(encoding="utf-8"))
    return found


def recordings(folder: Path) -> list[Row]:
    both = lines(folder / "corpus.jsonl") + lines(folder / "queries.jsonl")
    return [row for row in both if "audio" in row]


def sound(name: str) -> np.ndarray:
    return read_mono(SAMPLE / name)


def read_mono(path: Path) -> np.ndarray:
    samples, rate = soundfile.read(path, always_2d=True)
    assert rate == 16_000
    assert samples.shape[1] == 1
    found: np.ndarray = samples[:, 0]
    return found


@pytest.fixture(scope="module")
def maker() -> Iterator[Any]:
    """Lend an importer for the modules that make the data sets."""
    sys.path.insert(0, str(FULL))
    yield lambda name: import_module(f"spoken_maker.{name}")
    sys.path.remove(str(FULL))


def run_make(*options: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FULL / "make.py"), *options]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(env or {})}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_the_sample_loads_as_it_stands() -> None:
    data = registry.create("readers", "folder").read(str(SAMPLE))
    assert len(data.corpus) == 24
    assert {item.modality for item in data.corpus} == {"audio"}
    assert Counter(item.modality for item in data.queries) == {"audio": 12, "text": 12}


@FOLDERS
def test_the_card_says_that_these_are_no_human_accents(folder: Path) -> None:
    assert "not human accents" in card(folder)["about"]
    assert "cannot hear words" in card(folder)["about"]
    assert card(folder)["limits"][0].startswith("Variants of a synthesiser")
    assert all(card(folder)[key] for key in ("licence", "source", "ground_truth", "languages"))


def test_the_cards_count_right() -> None:
    about = card(FULL)["about"]
    asked = lines(FULL / "queries.jsonl")
    spoken = [row for row in asked if "audio" in row]
    assert f"in {len(recordings(FULL))} recordings" in about
    assert f"{len(lines(FULL / 'corpus.jsonl'))} recordings are the corpus" in about
    assert f"{len(asked)} queries: {len(spoken)} recordings" in about
    assert f"{len(recordings(SAMPLE))} recordings" in card(SAMPLE)["about"]
    assert f"has {len(recordings(FULL))} recordings" in " ".join(card(SAMPLE)["limits"])


def test_there_are_enough_sentences_voices_and_speeds(maker: Any) -> None:
    sentences = maker("plan").read_sentences()
    assert len({one.text for one in sentences}) == len(sentences) >= 40
    assert {one.language for one in sentences} == {"en", "es", "de", "fr"}
    for one in sentences:
        assert 6 <= len(one.text.split()) <= 14, one.text
        assert one.text == unicodedata.normalize("NFC", one.text)
        assert "\ufffd" not in one.text
    voices = {row["tags"]["voice"] for row in recordings(FULL)}
    assert voices >= {"en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029"}
    assert {row["tags"]["speed"] for row in recordings(FULL)} == {"slow", "fast"}


def test_a_pair_contrasts_as_it_says(maker: Any) -> None:
    pairs: dict[str, list[Any]] = defaultdict(list)
    for one in maker("plan").read_sentences():
        pairs[one.pair].append(one)
    contrasts = Counter(one.contrast for one, _ in pairs.values())
    assert contrasts["word"] >= 10
    for one, other in pairs.values():
        left, right = one.text.split(), other.text.split()
        differing = sum(a != b for a, b in zip(left, right, strict=False))
        assert (one.language, one.topic) == (other.language, other.topic)
        assert (len(left) == len(right) and differing == 1) == (one.contrast == "word"), one.text


@FOLDERS
def test_a_recording_is_right_where_another_voice_says_the_same(folder: Path) -> None:
    for row in lines(folder / "queries.jsonl"):
        grades, asked = qrels(folder)[row["id"]], row["tags"]
        assert set(grades.values()) == {0, 3}
        for item, score in grades.items():
            found = tags(folder)[item]
            assert (score == 3) == (found["sentence"] == asked["sentence"])
            if score == 3:
                assert found["voice"] != asked.get("voice")
            else:
                assert found["pair"] == asked["pair"] or found["voice"] == asked["voice"]


@FOLDERS
def test_nothing_that_says_the_same_is_left_unjudged(folder: Path) -> None:
    for row in lines(folder / "queries.jsonl"):
        same = {
            item["id"]
            for item in lines(folder / "corpus.jsonl")
            if item["tags"]["sentence"] == row["tags"]["sentence"]
        }
        assert same == {item for item, score in qrels(folder)[row["id"]].items() if score == 3}


@FOLDERS
def test_the_asking_voice_is_in_the_corpus_with_other_sentences(folder: Path) -> None:
    for row in lines(folder / "queries.jsonl"):
        if "audio" in row:
            voices = [tags(folder)[item]["voice"] for item in qrels(folder)[row["id"]]]
            assert row["tags"]["voice"] in voices


@FOLDERS
def test_ids_and_file_names_tell_nothing(folder: Path) -> None:
    for row in recordings(folder):
        assert re.fullmatch(r"[cq]\d{4}", row["id"])
        assert row["audio"] == f"{'made' if folder == FULL else 'audio'}/{row['id']}.flac"
    first = [row["tags"]["sentence"] for row in lines(folder / "corpus.jsonl")[:12]]
    assert len(set(first)) > 5


def test_the_sample_decodes_and_is_small() -> None:
    files = sorted((SAMPLE / "audio").iterdir())
    assert [f"audio/{file.name}" for file in files] == sorted(
        r["audio"] for r in recordings(SAMPLE)
    )
    assert sum(file.stat().st_size for file in files) < BOUND
    for file in files:
        samples = sound(f"audio/{file.name}")
        assert soundfile.info(file).format == "FLAC"
        assert 1.5 < len(samples) / 16_000 < 5.0, file
        assert 0.02 < np.sqrt(np.mean(samples**2)) < 0.5, file
        assert np.abs(samples).max() < 1.0, file


def test_no_two_recordings_are_the_same() -> None:
    digests = {sound(row["audio"]).tobytes() for row in recordings(SAMPLE)}
    assert len(digests) == len(recordings(SAMPLE))


def speaks_as_shipped(path: str) -> bool:
    """Return whether the program is of the version that spoke the sample."""
    command = [path, "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    spoken = re.search(r"espeak-ng (\d+\.\d+)", card(SAMPLE)["source"])
    assert spoken
    return f" {spoken[1]}" in said


def test_speaking_again_gives_the_shipped_sample(maker: Any, program: Callable[..., str]) -> None:
    same = speaks_as_shipped(program("espeak-ng"))
    media, speech = maker("plan").media_by_name(maker("plan").SAMPLE), maker("speech")
    for name in ("audio/c0001.flac", "audio/q0002.flac"):
        made, shipped = speech.speak(media[name]), sound(name)
        assert np.array_equal(made, speech.speak(media[name]))
        assert len(made) == pytest.approx(len(shipped), rel=0 if same else 0.1)
        if same:
            assert np.abs(made - shipped).max() <= speech.STEP


def test_the_encoder_keeps_what_is_spoken(maker: Any, tmp_path: Path) -> None:
    wave = np.round(np.sin(np.arange(16_000) / 9) * 512) / 1024
    (tmp_path / "tone.flac").write_bytes(maker("speech").encode(wave))
    assert np.array_equal(read_mono(tmp_path / "tone.flac"), wave)


def test_a_missing_program_is_told_in_one_sentence(tmp_path: Path) -> None:
    done = run_make("--out", str(tmp_path / "out"), env={"PATH": str(tmp_path)})
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "espeak-ng" in done.stderr
    assert "make system" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("options", [("--check",), ("--check", "--sample")])
def test_lists_match_their_sources(options: tuple[str, ...]) -> None:
    done = run_make(*options)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_lists_can_be_made_elsewhere_without_the_program(tmp_path: Path) -> None:
    done = run_make("--texts", "--out", str(tmp_path), env={"PATH": ""})
    assert done.returncode == 0, done.stderr
    for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv"):
        assert (tmp_path / name).read_bytes() == (FULL / name).read_bytes()


def test_git_ignores_what_is_made_on_demand() -> None:
    asked = ["git", "check-ignore", "-q", "datasets/spoken/made/c0001.flac"]
    done = subprocess.run(asked, cwd=ROOT.parent, check=False, capture_output=True)
    if done.returncode == 128:
        pytest.skip("not a git checkout")
    assert done.returncode == 0
