"""Suites of every modality against the loopback Nova: what its log says it was asked."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from evalkit.media.audio import encode_sound
from evalkit.media.video import encode_video
from tests.factories import Command
from tests.media.making import contained
from tests.services import Services
from tests.services.fixtures import loopback_services, services

__all__ = ["loopback_services", "services"]

MODEL = "nova: {page_dpi: 40}"
COLOURS = ("crimson", "teal")
RATE = 16_000

Asked = dict[tuple[str, str, str], int]
"""Kind, purpose and mode of an input -> how many there were."""


# --- the data -----------------------------------------------------------------------------------


def tone(n: int) -> Any:
    time = np.arange(RATE // 2) / RATE
    return (0.5 * np.sin(2 * np.pi * 300 * (n + 1) * time) * (time * 8 % 1)).astype(np.float32)


def film(n: int) -> bytes:
    frames = [Image.new("RGB", (48, 36), COLOURS[n]) for _ in range(5)]
    return encode_video(frames, 10, tone(n), RATE)


def pdf() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, (288, 216), invariant=True)
    for colour in COLOURS:
        canvas.drawString(40, 100, f"the {colour} account of the year")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def write(data: Path) -> None:
    """Write two items of each modality, a whole document, two wishes, and a photo with words."""
    data.mkdir()
    for n, colour in enumerate(COLOURS):
        Image.new("RGB", (24, 24), colour).save(data / f"{n}.png")
        (data / f"{n}.wav").write_bytes(encode_sound(tone(n), RATE, "audio/wav"))
        (data / f"{n}.mp4").write_bytes(film(n))
    (data / "d.pdf").write_bytes(pdf())
    corpus: list[dict[str, Any]] = [{"id": "d", "document": "d.pdf", "tags": {"is": "whole"}}]
    for n, colour in enumerate(COLOURS):
        caption = {"is": "one", "shelf": colour, "caption": f"a {colour} film"}
        corpus += [
            {"id": f"t{n}", "text": f"a {colour} shirt", "tags": caption},
            {"id": f"i{n}", "image": f"{n}.png", "tags": caption},
            {"id": f"p{n}", "document": "d.pdf", "page": n + 1, "tags": caption},
            {"id": f"a{n}", "audio": f"{n}.wav", "tags": caption},
            {"id": f"v{n}", "video": f"{n}.mp4", "tags": caption},
        ]
    queries: list[dict[str, Any]] = [
        {"id": f"q{n}", "text": f"find {colour}", "tags": {"is": "words"}}
        for n, colour in enumerate(COLOURS)
    ]
    mix = [{"text": "like this"}, {"image": "0.png"}]
    queries.append({"id": "m0", "parts": mix, "tags": {"is": "mix"}})
    lines(data / "corpus.jsonl", corpus)
    lines(data / "queries.jsonl", queries)
    truth = [(q["id"], d["id"]) for q in queries for d in corpus if d["id"][1:] in ("", q["id"][1])]
    rows = "".join(f"{query}\t{item}\t1\n" for query, item in truth)
    (data / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + rows)
    pairs = "v0\tv1\tdifferent\t\nv0\ta0\tduplicate\t\n"
    (data / "pairs.tsv").write_text("a\tb\tlabel\tkind\n" + pairs)
    (data / "dataset.yaml").write_text("name: data\nlicence: CC0-1.0\n")


def write_pieces(data: Path) -> None:
    """Add a query that is a piece of the first recording."""
    piece = encode_sound(tone(0)[2000:5000], RATE, "audio/wav")
    (data / "piece.wav").write_bytes(piece)
    with (data / "queries.jsonl").open("a") as file:
        file.write(json.dumps({"id": "s0", "audio": "piece.wav", "tags": {"is": "piece"}}) + "\n")
    with (data / "qrels.tsv").open("a") as file:
        file.write("s0\ta0\t1\n")


def lines(path: Path, rows: Sequence[object]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


@pytest.fixture
def asked(here: Path, evalkit: Command, services: Services) -> Any:
    """Return a function that runs cases on Nova and returns what the service was asked."""
    write(here / "data")

    def run(*cases: str, model: str = MODEL) -> Asked:
        head = "suite: small\nmodels: [reference]\ndimensions: [1024, 256]\ncases:\n"
        rows = [f"  - {{name: case-{n}, data: data, {case}}}\n" for n, case in enumerate(cases)]
        (here / "small.yaml").write_text(head + "".join(rows))
        services.reset()
        done = evalkit("run", "small.yaml", "--model", model)
        assert done.code == 0, done.err
        answered = services.log.answered
        assert {one.dim for one in answered} <= {3072}  # the widest
        assert len(answered) == len(set(answered))  # once
        return dict(Counter((one.kind, one.purpose, one.mode) for one in answered))

    return run


INDEX = "GENERIC_INDEX"
FIND = "queries: {is: words}, metrics: [hit@1]"
TRACKS = "{tracks: {keep: "
VOTE = (
    "metrics: [accuracy@1], "
    "task: {classification: {label: shelf, of: corpus, k: [1], purpose: PURPOSE}}"
)


def test_every_modality_is_asked_for_with_the_purpose_of_the_guide(asked: Any) -> None:
    assert asked(
        f"{FIND}, corpus: {{modality: text}}",
        f"{FIND}, corpus: {{modality: image}}",
        f"{FIND}, corpus: {{modality: document, is: one}}",
        f"{FIND}, corpus: {{modality: audio}}",
        f"{FIND}, corpus: {{modality: video}}",
        f"{FIND}, corpus: {{is: one}}",
    ) == {
        ("text", INDEX, ""): 2,
        ("image", INDEX, "STANDARD_IMAGE"): 2,
        ("image", INDEX, "DOCUMENT_IMAGE"): 2,
        ("audio", INDEX, ""): 2,
        ("video", INDEX, "AUDIO_VIDEO_COMBINED"): 2,
        ("text", "TEXT_RETRIEVAL", ""): 2,
        ("text", "IMAGE_RETRIEVAL", ""): 2,
        ("text", "DOCUMENT_RETRIEVAL", ""): 2,
        ("text", "AUDIO_RETRIEVAL", ""): 2,
        ("text", "VIDEO_RETRIEVAL", ""): 2,
        ("text", "GENERIC_RETRIEVAL", ""): 2,
    }


def test_what_systems_make_of_items_decides_what_is_asked(asked: Any) -> None:
    assert asked(
        f"{FIND}, corpus: {{modality: video}}, systems: [captions]",
        f"{FIND}, corpus: {{is: whole}}, systems: [pages]",
        "queries: {is: mix}, corpus: {modality: image}, metrics: [hit@1], systems: [parts]",
        VOTE.replace("PURPOSE", "retrieval") + ", corpus: {modality: image}",
        VOTE.replace("PURPOSE", "classification") + ", corpus: {modality: image}",
        "corpus: {modality: text}, metrics: [purity], task: {clustering: {label: shelf}}",
        "corpus: {modality: [audio, video]}, metrics: [roc_auc], task: duplicates",
    ) == {
        ("text", INDEX, ""): 2,  # captions
        ("text", "TEXT_RETRIEVAL", ""): 2,
        ("image", INDEX, "DOCUMENT_IMAGE"): 2,  # pages of the whole document
        ("text", "DOCUMENT_RETRIEVAL", ""): 2,
        ("image", INDEX, "STANDARD_IMAGE"): 2,
        ("image", "IMAGE_RETRIEVAL", "STANDARD_IMAGE"): 2,  # voters, one of them in the mix too
        ("text", "IMAGE_RETRIEVAL", ""): 1,
        ("image", "CLASSIFICATION", "STANDARD_IMAGE"): 2,
        ("text", "CLUSTERING", ""): 2,
        ("video", "CLUSTERING", "AUDIO_VIDEO_COMBINED"): 2,
        ("audio", "CLUSTERING", ""): 1,
    }


def test_parameters_change_what_is_asked_and_a_second_run_asks_nothing(asked: Any) -> None:
    case = f"{FIND}, corpus: {{modality: [image, video]}}"
    model = "nova: {video_mode: separate, detail: document}"
    assert asked(case, model=model) == {
        ("image", INDEX, "DOCUMENT_IMAGE"): 2,
        ("video", INDEX, "AUDIO_VIDEO_SEPARATE"): 2,
        ("text", "GENERIC_RETRIEVAL", ""): 2,
    }
    assert asked(case, model=model) == {}


def test_recordings_in_segments_and_tracks_are_asked_for_as_sound_or_film(
    asked: Any, here: Path
) -> None:
    write_pieces(here / "data")
    assert asked(
        "queries: {is: piece}, corpus: {modality: audio}, metrics: [source_hit@1], "
        "task: fingerprint, systems: [plain, segments: {seconds: 0.25}]",
        f"{FIND}, corpus: {{modality: video}}, systems: [sound: {{steps: [{TRACKS}sound}}}}]}}]",
        f"{FIND}, corpus: {{modality: video}}, systems: [sight: {{steps: [{TRACKS}sight}}}}]}}]",
    ) == {
        ("audio", INDEX, ""): 2 + 2 + 2,  # recordings, halves (which are alike), films
        ("audio", "AUDIO_RETRIEVAL", ""): 1,
        ("text", "AUDIO_RETRIEVAL", ""): 2,
        ("video", INDEX, "AUDIO_VIDEO_COMBINED"): 2,  # their pictures alone
        ("text", "VIDEO_RETRIEVAL", ""): 2,
    }


def test_files_of_types_that_the_service_does_not_take_are_converted(
    asked: Any, here: Path
) -> None:
    data = here / "data"
    Image.new("RGB", (24, 24), "navy").save(data / "x.tiff")
    (data / "x.flac").write_bytes(encode_sound(tone(2), RATE, "audio/flac"))
    Image.new("RGB", (24, 24), "pink").save(data / "x.bmp")
    (data / "x.avi").write_bytes(contained("avi", "mpeg4", [(0.0, 40), (0.2, 80)]).data or b"")
    kinds = {"x.tiff": "image", "x.bmp": "image", "x.flac": "audio", "x.avi": "video"}
    odd = [{"id": name, kind: name, "tags": {"is": "odd"}} for name, kind in kinds.items()]
    lines(data / "corpus.jsonl", odd)
    (data / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq0\tx.tiff\t1\n")
    (data / "pairs.tsv").unlink()
    assert asked(f"{FIND}, corpus: {{is: odd}}, min_scored: 1.0") == {
        ("image", INDEX, "STANDARD_IMAGE"): 2,
        ("audio", INDEX, ""): 1,
        ("video", INDEX, "AUDIO_VIDEO_COMBINED"): 1,
        ("text", "GENERIC_RETRIEVAL", ""): 2,
    }


def test_a_mix_is_not_offered_beside_systems_that_take_it_apart(asked: Any, here: Path) -> None:
    asked(
        "queries: {is: mix}, corpus: {modality: image}, metrics: [hit@1], systems: [plain, parts]"
    )
    newest = (here / "reports/small/latest").read_text().strip()
    told = (here / "reports/small" / newest / "run.json").read_text()
    assert "system plain (mixed)" in told


def test_a_corpus_of_whole_documents_names_the_step_that_helps(
    here: Path, evalkit: Command, services: Services
) -> None:
    write(here / "data")
    suite = f"suite: small\nmodels: [reference]\ncases:\n  - {{name: find, data: data, {FIND}, "
    (here / "small.yaml").write_text(suite + "corpus: {is: whole}}\n")
    done = evalkit("run", "small.yaml", "--model", MODEL)
    assert done.code == 3
    assert "the system step `pages`" in done.err
