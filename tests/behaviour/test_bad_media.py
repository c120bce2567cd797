"""Bad media among good ones: each is named with a sentence, and everything else goes on."""

import html
import io
import json
import os
import re
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from evalkit import api
from evalkit.core.items import Page
from evalkit.media import pages
from evalkit.media.audio import encode_sound
from tests.factories import Command
from tests.media.making import contained, film, tone, written

KINDS = {"mp4": "video", "avi": "video", "wav": "audio", "pdf": "document"}
ENCODED = "Store it again, or leave it out."
PICTURE = "Store it again as PNG, JPEG or WebP, or leave it out."
SMALLER = "at most 50 megapixels are read. Make it smaller or leave it out."
NO_RECORDING = f"its bytes are no audio or video that can be read, or are cut short. {ENCODED}"

SUITE = """\
suite: bad
models:
  - reference: {provider: reference, dimensions: [256]}
cases:
  - name: find
    data: data
    metrics: [ndcg@10]
    keep: 60
    systems: [SYSTEMS]
gates:
  - {case: find, metric: ndcg@10, at: 256, at_least: 0.01}
"""
EVERY_STEP = "plain, segments: {seconds: 1}, pages, chunks, tracks, captions"


def encoded(image: Image.Image, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


def png(width: int, height: int) -> bytes:
    """Return a PNG that says how large it is, and holds next to nothing."""
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", b"\0" * 9))
    chunks = [
        struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def gif(frames: int) -> bytes:
    """Return a GIF of two frames, the second one as often as there is need."""
    some = [Image.new("P", (4, 4), n) for n in (0, 1)]
    for one in some:
        one.putpalette([255, 0, 0, 0, 0, 255])
    out = io.BytesIO()
    some[0].save(out, "GIF", save_all=True, append_images=some[1:], duration=10)
    data = out.getvalue()
    second = data.rindex(b"\x21\xf9")
    return data[:second] + data[second:-1] * (frames - 1) + b";"


def pdf(count: int, password: str | None = None) -> bytes:
    out = io.BytesIO()
    lock = None if password is None else StandardEncryption(password)
    canvas = Canvas(out, (200, 100), invariant=True, encrypt=lock, pageCompression=0)
    for number in range(count):
        canvas.drawString(20, 50, f"profits rose in year {number}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def long_pdf(count: int) -> bytes:
    """Return a PDF whose pages are one page again and again."""
    one = pdf(1)
    kids = re.search(rb"/Count 1 /Kids \[ (\d+ 0 R) \]", one)
    assert kids is not None
    again = b"/Count %d /Kids [ %s ]" % (count, b" ".join([kids[1]] * count))
    return one.replace(kids[0], again)


def header(data: bytes, at: int, value: int) -> bytes:
    """Return a file with another number of four bytes in its header."""
    return data[:at] + value.to_bytes(4, "little") + data[at + 4 :]


NOISE = Image.effect_noise((48, 48), 80).convert("RGB")
WAV = written(tone(0.5), 16_000)
MP4 = film(12, 12, tone(1.0)).data or b""
STRIP = contained("avi", "mpeg4", [(0.0, 40), (0.2, 80)]).data or b""
UNEVEN = contained("mp4", "libx264", [(t, 90) for t in (0.0, 0.04, 1.0, 1.2)])
HEARD = contained("mp4", "", (), tone(1.0, 48_000)).data or b""
YEARS = contained("matroska", "libx264", [(0.0, 40), (4e6, 80)]).data or b""
PDF = pdf(1)
NO_PAGES = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
)

GOOD: Mapping[str, bytes] = {
    "photo.png": encoded(NOISE), "tone.wav": written(tone(1.5), 16_000), "film.mp4": MP4,
    "report.pdf": PDF,
}  # fmt: skip
LEGAL: Mapping[str, bytes] = {
    "one pixel.png": encoded(Image.new("RGB", (1, 1))),
    "ten thousand frames.gif": gif(10_000),
    "jpeg by another name.png": encoded(NOISE, "JPEG"),
    "ogg by another name.wav": encode_sound(tone(0.5), 16_000, "audio/ogg"),
    "\N{PARTY POPPER}.png": encoded(NOISE),
    "silent.wav": written(np.zeros(8000, np.float32), 16_000),
    "twentieth.wav": written(tone(0.05), 16_000),
    "8 bits.wav": written(tone(0.5, 8_000), 8_000, "WAV", "PCM_U8"),
    "claims 4 GB of a stream.wav": header(header(WAV, 4, 2**32 - 1), 40, 2**32 - 1),
    "no sound.mp4": film(12, 12).data or b"",
    "uneven.mp4": UNEVEN.data or b"",
}
BAD: Mapping[str, tuple[bytes, str]] = {
    "cut.jpg": (encoded(NOISE, "JPEG")[:900], f"its image is broken or cut short. {PICTURE}"),
    "bomb.png": (png(60_000, 60_000), f"its image is far too large; {SMALLER}"),
    "100 megapixels.png": (png(10_000, 10_000), f"its image has 10000 x 10000 pixels; {SMALLER}"),
    "empty.png": (b"", f"it is empty: it holds 0 bytes. {PICTURE}"),
    "text.png": (b"words", f"its bytes are not an image that can be read. {PICTURE}"),
    "pdf.png": (PDF, f"its bytes are not an image that can be read. {PICTURE}"),
    "empty.wav": (b"", f"it is empty: it holds 0 bytes. {ENCODED}"),
    "text.wav": (b"words", NO_RECORDING),
    "cut.wav": (WAV[:8000], f"it is cut short: 8,000 of its 16,044 bytes are there. {ENCODED}"),
    "4 GB.wav": (
        header(WAV, 4, 4 * 10**9),
        f"it is cut short: 16,044 of its 4,000,000,008 bytes are there. {ENCODED}",
    ),
    "slow.wav": (
        header(WAV, 24, 1),
        f"its sound has 1 samples a second; 20 to 10,000,000 can be read. {ENCODED}",
    ),
    "fast.wav": (
        header(WAV, 24, 200_000_000),
        f"its sound has 200,000,000 samples a second; 20 to 10,000,000 can be read. {ENCODED}",
    ),
    "coding.wav": (
        header(WAV, 20, 0x0001_7777),
        "its sound is in a coding that is not known. "
        "Store it as H.264 and AAC in MP4, or leave it out.",
    ),
    "empty.mp4": (b"", f"it is empty: it holds 0 bytes. {ENCODED}"),
    "text.mp4": (b"words", NO_RECORDING),
    "photo.mp4": (encoded(NOISE), NO_RECORDING),
    "cut.mp4": (MP4[: len(MP4) // 2], NO_RECORDING),
    "coding.mp4": (
        MP4.replace(b"avc1", b"zzzz"),
        "its picture is in a coding that is not known. "
        "Store it as H.264 and AAC in MP4, or leave it out.",
    ),
    "sound alone.mp4": (
        HEARD,
        "it holds no moving picture. "
        "Store it as sound, .m4a or .wav for instance, or leave it out.",
    ),
    "years.mp4": (
        YEARS,
        "it says that it lasts 1,111 hours; at most 24 are read. "
        "Cut it into parts, or store it again.",
    ),
    "empty.pdf": (b"", f"it is empty: it holds 0 bytes. {ENCODED}"),
    "text.pdf": (b"words", f"its bytes are no PDF. {ENCODED}"),
    "photo.pdf": (encoded(NOISE), f"its bytes are no PDF. {ENCODED}"),
    "cut.pdf": (PDF[:700], f"it is cut short: the end of the PDF is missing. {ENCODED}"),
    "locked.pdf": (
        pdf(1, "secret"),
        "it is protected by a password. Store it without its password, or leave it out.",
    ),
    "no pages.pdf": (NO_PAGES, f"it has no pages. {ENCODED}"),
}
LAYER = PDF.replace(b"(profits rose in year", b"[profits rose in (ear")
NO_LAYER = "it has no text layer to take chunks from. Embed its pages as images."
NO_PAGE = "it has 1 page, and no page 2. Correct the page number."


def kind(name: str) -> str:
    return KINDS.get(name.rpartition(".")[2], "image")


def write(here: Path, files: Mapping[str, bytes], systems: str = "plain") -> Path:
    """Write good items and these, texts to ask with, and a suite over them; return the folder."""
    data = here / "data"
    data.mkdir()
    for name, content in {**GOOD, **files}.items():
        (data / name).write_bytes(content)
    rows = [{"id": "words", "text": "a steady tone"}]
    rows += [{"id": name, kind(name): name} for name in (*GOOD, *files)]
    add(data, *rows)
    asked = [{"id": f"q {name}", "text": f"find {name}"} for name in GOOD]
    (data / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in asked))
    truth = [f"q {name}\t{name}\t1\n" for name in GOOD]
    (data / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(truth))
    (data / "dataset.yaml").write_text("name: data\nlicence: CC0-1.0\n")
    listed = SUITE.replace(
        "SYSTEMS", ", ".join(f"{{{s}}}" if ":" in s else s for s in systems.split(", "))
    )
    (here / "bad.yaml").write_text(listed)
    return data


def add(data: Path, *rows: Mapping[str, object]) -> None:
    with (data / "corpus.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(json.dumps({"tags": {"caption": "seen"}, **row}) + "\n" for row in rows)


def test_bad_items_are_listed_with_a_sentence_and_the_run_goes_on(
    here: Path, evalkit: Command
) -> None:
    bad = {name: content for name, (content, _) in BAD.items()}
    data = write(here, {**LEGAL, **bad, "layer.pdf": LAYER}, EVERY_STEP)
    (data / "two\nlines.wav").write_bytes(b"other words")
    add(data, {"id": "second page", "document": "report.pdf", "page": 2})
    add(data, {"id": "two lines", "audio": "two\nlines.wav"})
    done = evalkit("run", "bad.yaml")
    assert (done.code, done.err) == (0, "")
    run = api.read("reports/bad")
    where = {name: "" if kind(name) == "image" else f"data/{name}: " for name in BAD}
    expected = {name: where[name] + reason for name, (_, reason) in BAD.items()}
    expected |= {
        "two lines": rf"data/two\nlines.wav: {NO_RECORDING}",
        "layer.pdf": f"data/layer.pdf: {NO_LAYER}", "second page": f"data/report.pdf: {NO_PAGE}"
    }  # fmt: skip
    assert {one.item: one.reason for one in run.lost} == expected
    assert {one.kind for one in run.lost} == {"failed"}
    assert len(run.lost) == len(expected)
    frame = run.rankings_frame()
    found = set(frame[frame.system == "plain"].item)
    assert found == {"words", *GOOD, *LEGAL, "layer.pdf"}
    (page,) = here.rglob("report.html")
    shown = html.unescape(page.read_text("utf-8"))
    assert f"failed: {len(expected)}" in shown
    assert all(one.reason in shown for one in run.lost[:5])


def test_describe_names_what_cannot_be_read(here: Path, evalkit: Command) -> None:
    write(here, {**LEGAL, **{name: content for name, (content, _) in BAD.items()}})
    done = evalkit("dataset", "describe", "data", "--json")
    assert (done.code, done.err) == (2, "")
    found = {one["item"] for one in done.json["unreadable"]}
    decoded = {"slow.wav", "fast.wav", "coding.wav", "coding.mp4", "sound alone.mp4"}
    assert BAD.keys() - decoded <= found <= BAD.keys()


def test_a_file_that_goes_after_loading_is_an_item_error(here: Path) -> None:
    write(here, {name: LEGAL[name] for name in ("silent.wav", "no sound.mp4", "one pixel.png")})
    plan = api.load("bad.yaml")
    for name in ("silent.wav", "no sound.mp4", "one pixel.png"):
        (here / "data" / name).unlink()
    lost = api.run(plan).run.lost
    assert {one.item: one.reason for one in lost} == {
        name: f"data/{name}: cannot be read (No such file or directory). Restore the file."
        for name in ("silent.wav", "no sound.mp4", "one pixel.png")
    }


def test_a_file_that_may_not_be_read_is_an_item_error(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here, {})
    whole = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "photo.png":
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    (lost,) = api.run("bad.yaml").run.lost
    told = "data/photo.png: cannot be read (Permission denied). Restore the file."
    assert (lost.item, lost.reason) == ("photo.png", told)


def test_a_file_that_goes_between_check_and_run_is_refused(here: Path, evalkit: Command) -> None:
    write(here, {})
    assert evalkit("check", "bad.yaml").code == 0
    (here / "data/film.mp4").unlink()
    done = evalkit("run", "bad.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "data/corpus.jsonl:4: the file 'film.mp4' does not exist. "
        "Add the file or correct the path.\n"
    )


def test_what_is_no_file_of_the_folder_is_refused_at_once(here: Path, evalkit: Command) -> None:
    data = write(here, {})
    (here / "secret.png").write_bytes(b"x")
    (data / "folder.png").mkdir()
    os.mkfifo(data / "pipe.wav")
    (data / "out.png").symlink_to(here / "secret.png")
    (data / "dead.png").symlink_to("gone.png")
    (data / "loop.png").symlink_to("loop.png")
    names = ("folder.png", "pipe.wav", "out.png", "dead.png", "loop.png", "new\nline.png")
    add(data, *({"id": f"no {n}", kind(name): name} for n, name in enumerate(names)))
    for command in ("run", "check"):
        done = evalkit(command, "bad.yaml")
        assert (done.code, done.out) == (2, "")
        assert done.err.splitlines() == [
            "data/corpus.jsonl:6: 'folder.png' is a folder; expected a file.",
            "data/corpus.jsonl:7: 'pipe.wav' is a pipe or a device; expected a file. "
            "Put a file in its place.",
            "data/corpus.jsonl:8: the path 'out.png' leaves the data set's folder. "
            "Put the file inside the folder.",
            "data/corpus.jsonl:9: the file 'dead.png' does not exist. "
            "Add the file or correct the path.",
            "data/corpus.jsonl:10: the path 'loop.png' cannot be followed. Correct the path.",
            r"data/corpus.jsonl:11: the file 'new\nline.png' does not exist. "
            "Add the file or correct the path.",
        ]


def test_convert_tells_of_every_bad_file_and_writes_nothing(here: Path, evalkit: Command) -> None:
    source = here / "media"
    source.mkdir()
    told = ("cut.jpg", "4 GB.wav", "coding.mp4", "sound alone.mp4", "locked.pdf", "no pages.pdf")
    for name in told:
        (source / name).write_bytes(BAD[name][0])
    (source / "photo.png").write_bytes(GOOD["photo.png"])
    (source / "new\nline.png").write_bytes(GOOD["photo.png"])
    os.mkfifo(source / "pipe.wav")
    (here / "secret.png").write_bytes(GOOD["photo.png"])
    (source / "out.png").symlink_to(here / "secret.png")
    (here / "captions.csv").write_text("file,caption\nphoto.png,noise\n")
    done = evalkit("dataset", "convert", "media", "--captions", "captions.csv", "--out", "made")
    assert (done.code, done.out) == (2, "")
    assert {line.partition(": ")[0]: line.partition(": ")[2] for line in done.err.splitlines()} == {
        **{f"media/{name}": BAD[name][1] for name in told},
        r"media/new\nline.png": r"the name 'new\nline.png' holds characters that cannot be shown. "
        "Rename the file.",
        "media/pipe.wav": "'pipe.wav' is a pipe or a device; expected a file. "
        "Put a file in its place.",
        "media/out.png": "the path 'out.png' leaves the data set's folder. "
        "Put the file inside the folder.",
    }
    assert not (here / "made").exists()


def test_two_thousand_pages_are_counted_undrawn_and_read_in_part(
    here: Path, evalkit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here, {"long.pdf": long_pdf(2000)}, "plain, pages")
    drawn: list[Page] = []
    whole = pages.page_image

    def noted(page: Page, dpi: int = 100) -> Image.Image:
        drawn.append(page)
        return whole(page, dpi // 10)  # which page is drawn matters here, not how

    monkeypatch.setattr(pages, "page_image", noted)
    done = evalkit("check", "bad.yaml", "--json")
    assert (done.code, drawn) == (0, [])
    assert done.json["models"][0]["to_embed"] == 4 + 6 + 2000 + 1
    (here / "bad.yaml").write_text(SUITE.replace("SYSTEMS", "plain"))
    done = evalkit("run", "bad.yaml")
    assert (done.code, done.err) == (0, "")
    assert {page.page for page in drawn if page.document.path == Path("data/long.pdf")} <= {
        *range(1, 21)
    }
