"""The Similarity explorer: a planted word and a planted tile are found, and nothing is paid."""

from __future__ import annotations

import io
import json
import re
import shutil
import tempfile
import wave
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from evalkit import api, archive
from evalkit.core import registry
from evalkit.core.protocols import Embedded
from tests.dashboard.planted import PLANTED
from tests.factories import asking_suite

Shown = Callable[..., Any]
NASTY = "<script>alert(1)</script> **bold** scarf"


def seen(at: Any) -> str:
    """Return all HTML of a page but its styles."""
    assert not at.exception, at.exception
    return "\n".join(h.proto.body for h in at.get("html") if "<style" not in h.proto.body)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a small run."""
    home = tmp_path_factory.mktemp("similarity")
    api.run(asking_suite(home), out=home / "reports", ledger=home / "ledger")
    return home / "reports"


def shading(markup: str) -> dict[str, tuple[str, float]]:
    """Return word -> the colour of its shade, and how strong it is."""
    found = re.findall(r"background: rgba\((\d+), \d+, \d+, ([\d.]+)\)[^>]*>([^<]*)</span>", markup)
    return {word: (red, float(strength)) for red, strength, word in found}


def test_an_empty_page_says_what_to_do(app: Shown, tiny: Path, tmp_path: Path) -> None:
    assert "Write a text or drop a file on each side" in seen(app("similarity", out=tiny))
    alone = app("similarity", out=tmp_path)
    assert "Write a text or drop a file on each side" in seen(alone)


def test_the_word_that_matters_is_shaded_most_and_text_stays_text(app: Shown, tiny: Path) -> None:
    at = app("similarity", out=tiny, a=NASTY, b="scarf", explain="yes")
    shown = seen(at)
    assert "<script>" not in shown
    words = shading(shown)
    assert max(words, key=lambda word: words[word][1]) == "scarf"
    assert words["scarf"][0] == "0"
    assert words["scarf"][1] == pytest.approx(0.75)
    told = api.similarity(NASTY, "scarf")
    frame = at.dataframe[0].value
    assert list(frame["cosine"]) == [round(one.cosine, 3) for one in told.sizes]


def test_a_planted_tile_is_found(app: Shown, tiny: Path, tmp_path: Path) -> None:
    image = Image.new("RGB", (128, 128), "white")
    image.paste((220, 20, 20), (0, 96, 32, 128))
    image.save(tmp_path / "red.png")
    at = app("similarity", out=tiny, a="a red thing", explain="yes")
    at.file_uploader(key="file-b").set_value(
        ("red.png", (tmp_path / "red.png").read_bytes(), "image/png")
    )
    shown = seen(at.run())
    assert shown.count('<span style="left') == 16
    assert "the tile that makes the two most alike is in row 4, column 1" in shown


def test_chosen_items_of_the_run_are_compared_and_held_against_its_pairs(
    app: Shown, tiny: Path
) -> None:
    at = app("similarity", out=tiny, a="article d03", items="d03\nd04", against="pairs of this run")
    shown = seen(at)
    frame = at.dataframe[0].value
    assert list(frame["B"].unique()) == ["d03", "d04"]
    assert frame["above random, %"].iloc[0] >= frame["above random, %"].iloc[-4]
    assert frame["cosine"].iloc[0] == pytest.approx(1, abs=1e-3)
    assert "problem" not in shown
    assert any("40 true and 760 random pairs" in c.value for c in at.caption)


def test_the_share_of_pairs_below_is_that_of_a_planted_distribution(
    app: Shown, tmp_path: Path
) -> None:
    """Of 12 random pairs 4 are the same words and 8 share none; all 4 true pairs are the same."""
    words = ["red scarf", "red scarf", "blue boat", "blue boat"]
    lines = [json.dumps({"id": f"d{n}", "text": text}) for n, text in enumerate(words)]
    data = tmp_path / "data"
    data.mkdir()
    (data / "corpus.jsonl").write_text("\n".join(lines))
    (data / "queries.jsonl").write_text("\n".join(lines).replace('"d', '"q'))
    (data / "qrels.tsv").write_text(
        "query-id\tcorpus-id\tscore\n" + "".join(f"q{n}\td{n}\t1\n" for n in range(4))
    )
    (data / "dataset.yaml").write_text("name: data\nlicence: CC0-1.0\n")
    suite = tmp_path / "planted.yaml"
    suite.write_text(PLANTED)
    api.run(suite, out=tmp_path / "reports", ledger=tmp_path / "ledger")
    against = {"out": tmp_path / "reports", "against": "pairs of this run"}
    like = app("similarity", a="red scarf", b="red scarf", **against)
    assert any("4 true and 12 random pairs" in c.value for c in like.caption)
    some = app("similarity", a="red scarf", b="red boat", **against)
    low = app("similarity", a="red scarf", b="wooden ladder", **against)
    for at, above_random, above_true in ((like, 83.3, 50.0), (some, 66.7, 0.0)):
        frame = at.dataframe[0].value
        assert set(frame["above random, %"]) == {above_random}
        assert set(frame["above true, %"]) == {above_true}
    assert low.dataframe[0].value["above random, %"].max() <= 66.7
    assert set(low.dataframe[0].value["above true, %"]) == {0.0}


def test_a_planted_second_is_found(app: Shown, tiny: Path, tmp_path: Path) -> None:
    at = app("similarity", out=tiny, explain="yes")
    low, high = tone(220.0), tone(3_000.0)
    for key, seconds in (("a", [high]), ("b", [low, high, low])):
        sound = wav(np.concatenate(seconds))
        at.file_uploader(key=f"file-{key}").set_value((f"{key}.wav", sound, "audio/wav"))
    shown = seen(at.run())
    assert shown.count("<audio controls") == 2, "both can be listened to"
    _, pieces = (one.value for one in at.dataframe if "left out" in one.value)
    changes = dict(zip(pieces["left out"], pieces.iloc[:, 2], strict=True))
    assert len(changes) == 3
    assert min(changes, key=changes.__getitem__) == sorted(changes)[1]


def tone(hertz: float) -> Any:
    """Return a second of a tone, float64 (16000,)."""
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(16_000) / 16_000)


def wav(samples: Any) -> bytes:
    """Return samples as a WAV file."""
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((samples * 32_767).astype("<i2").tobytes())
    return data.getvalue()


def test_a_dropped_file_leaves_nothing_behind(
    app: Shown, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    at = app("similarity", out=tiny, a="a tone")
    at.file_uploader(key="file-b").set_value(("b.wav", wav(tone(440.0)), "audio/wav"))
    assert len(at.run().dataframe) == 1
    assert list(tmp_path.iterdir()) == []
    at.file_uploader(key="file-b").set_value(("no.wav", b"no sound", "audio/wav"))
    shown = seen(at.run())
    assert "no audio or video that can be read" in shown
    at.file_uploader(key="file-b").set_value(("no.odd", b"?", "audio/wav"))
    shown = seen(at.run()).replace("&#39;", "'")
    assert "no.odd: files that end in '.odd'" in shown
    assert str(tmp_path) not in shown
    assert list(tmp_path.iterdir()) == []


def test_a_data_set_offers_what_a_run_keeps_no_more_than_a_preview_of(
    app: Shown, tiny: Path
) -> None:
    sounds = api.dataset_at(api.shipped()["sounds"])
    one = next(item for item in sounds.corpus if item.modality == "audio")
    at = app("similarity", out=tiny, a="rain", items=one.id, **{"from": "sounds"})
    shown = seen(at)
    assert list(at.dataframe[0].value["B"].unique()) == [one.id]
    assert "<audio controls" in shown
    assert '<img src="data:image/png' in shown, "its waveform"
    at = app("similarity", out=tiny, a="rain", model="titan_text", **{"from": "sounds"})
    count = sum(item.modality == "audio" for item in sounds.corpus)
    assert any(f"{count} audio that titan" in c.value.replace("\\", "") for c in at.caption)


def test_what_a_run_does_not_keep_whole_is_counted_with_the_reason(
    app: Shown, tiny: Path, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(tiny, tmp_path / "reports"))
    (folder,) = (path.parent for path in out.glob("*/*/run.json"))
    run = archive.load(folder)
    kinds = {"d00": ("text", "x" * 1000), "d01": ("text", "sha256 0123456789ab")}
    kinds |= {f"d{n:02}": ("video", "") for n in (2, 3, 4)}
    rows = [
        row | dict(zip(("modality", "text"), kinds.get(row["id"], (row["modality"], row["text"])),
        strict=True)) for row in run.items.to_pylist()
    ]  # fmt: skip
    archive.save(replace(run, items=pa.Table.from_pylist(rows, run.items.schema)), folder)
    at = app("similarity", out=out)
    (told,) = (c.value.replace("\\", "") for c in at.caption if "Left out" in c.value)
    assert "1 text of which the run keeps the first 1,000 letters" in told
    assert "1 text of which the run keeps a digest" in told
    assert "3 video of which the run keeps a preview" in told
    assert len(at.multiselect[0].options) == 20 - 5


def test_a_service_is_asked_only_after_a_click_that_shows_the_price(
    app: Shown, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def embed(self: Any, items: Any, role: Any, dim: int) -> Iterator[Embedded]:
        for n, item in enumerate(items):
            sent.append(item.content)
            yield Embedded(n, np.full(dim, dim**-0.5, np.float32), 1.0)

    monkeypatch.setattr(registry.find("providers", "nova"), "embed", embed)
    at = app("similarity", out=tiny, a="a red scarf", b="wool", model="nova")
    assert "nova is a service: 2 inputs at most would be sent to it" in seen(at)
    assert sent == []
    button = next(b for b in at.button if b.label.startswith("Send them"))
    assert "$" in button.label
    at = button.click().run()
    assert sorted(sent) == ["a red scarf", "wool"]
    assert set(at.dataframe[0].value["cosine"]) == {1.0}
    at.text_area(key="text-a").set_value("another text").run()
    assert "1 inputs at most would be sent" in seen(at) or "2 inputs" in seen(at)
    assert len(sent) == 2
