"""Questions that only the services can answer, asked in a few small calls and told in a table."""

import io
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.errors import ProviderError
from evalkit.core.items import Content, Item, Media
from evalkit.core.protocols import Embedded, Failed, Refused, Role
from evalkit.providers._calls import Piece, Rejected, Transient

Overflow = Literal["truncate", "error", "segment"]
TEXT = "A red enamel tea pot with a wooden handle, for two cups."
LENGTHS = (8_000, 40_000, 50_001)
_ATTEMPTS = 3


@dataclass
class Answers:
    """What was learned, printed as a table at the end of a test (`pytest -s`)."""

    title: str
    rows: list[tuple[str, str]] = field(default_factory=list)

    def add(self, question: str, answer: object) -> None:
        self.rows.append((question, str(answer)))

    def __str__(self) -> str:
        width = max((len(question) for question, _ in self.rows), default=0)
        lines = [f"  {question.ljust(width)}   {answer}" for question, answer in self.rows]
        return "\n".join(["", self.title, *lines, ""])


@contextmanager
def answers(title: str) -> Iterator[Answers]:
    """Yield a table to fill; it is printed however the test ends."""
    told = Answers(title)
    try:
        yield told
    finally:
        sys.stdout.write(str(told))


def make(name: str, **parameters: object) -> Any:
    """Return a provider; skips the test where it cannot be used here.

    EVALKIT_LIVE_NOVA='{"region": "us-east-1"}' and the like give more parameters.
    """
    given = json.loads(os.environ.get(f"EVALKIT_LIVE_{name.upper()}") or "{}")
    model = registry.find("providers", name)(**(parameters | given))
    if lacks := model.unusable():
        pytest.skip(lacks)
    return model


def role(side: Literal["query", "corpus"] = "corpus", overflow: Overflow = "truncate") -> Role:
    return Role(side, frozenset({"text"}), overflow=overflow)


def vector(model: Any, content: Content, dim: int) -> Embedded:
    """Return the one vector of an input; fails the test where it is refused or fails."""
    (outcome,) = model.embed([Item("live", content)], role(), dim)
    if isinstance(outcome, (Refused, Failed)):
        pytest.fail(f"{model.model}: {outcome.reason}")
    assert isinstance(outcome, Embedded)
    return outcome


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Return the cosine, in double precision."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


# --- what is asked of every service -------------------------------------------------------------


def sizes(told: Answers, model: Any, content: Content = TEXT) -> None:
    """Ask at every size: how long vectors are, and whether a smaller one begins the widest."""
    widest, *smaller = model.sizes
    whole = vector(model, content, widest)
    told.add(f"norm at {widest}", f"{whole.norm:.7f}")
    for dim in smaller:
        asked = vector(model, content, dim)
        told.add(f"norm at {dim}", f"{asked.norm:.7f}")
        likeness = cosine(whole.vector[:dim], asked.vector)
        told.add(f"cosine of {widest} cut to {dim} with {dim} asked for", f"{likeness:.9f}")
    again = vector(model, content, widest)
    told.add("the same input twice", f"cosine {cosine(whole.vector, again.vector):.9f}")
    told.add("tokens counted", "no" if whole.tokens is None else f"yes: {whole.tokens}")
    told.add("id of the request", "yes" if whole.request_id else "no")
    told.add("version served", whole.served or "not said")


def long_texts(
    told: Answers, model: Any, lengths: Sequence[int] = LENGTHS, *overflows: Overflow
) -> None:
    """Send texts past the limits kept here: what does the service do, and does it read the end?"""
    dim = min(model.sizes)
    for overflow in overflows or ("truncate",):
        for length in lengths:
            one, other = (
                attempt(model, words(length, last), role(overflow=overflow), dim)
                for last in ("harbour", "violin")
            )
            told.add(f"{length:,} characters, overflow {overflow}", _compared(one, other))


def _compared(one: Embedded | str, other: Embedded | str) -> str:
    """Return what came of two texts that differ in their last thousand characters."""
    if isinstance(one, str) or isinstance(other, str):
        return one if isinstance(one, str) else str(other)
    likeness = cosine(one.vector, other.vector)
    read = "not read" if likeness > 0.999_999_9 else "read"
    cut = "said to be truncated" if one.truncated else "not said to be truncated"
    return f"a vector, {cut}, {one.tokens} tokens, its end is {read} (cosine {likeness:.7f})"


def words(length: int, last: str) -> str:
    """Return a text of so many characters that ends with a thousand characters of one word."""
    count = -(-length // 6)
    beginning = " ".join(f"tea {n % 997}" for n in range(count))[: max(length - 1000, 0)]
    return (beginning + f" {last}" * length)[:length]


def attempt(model: Any, content: Content, asked: Role, dim: int) -> Embedded | str:
    """Return a vector, or what the service said instead; nothing is checked or cut before."""
    for _ in range(_ATTEMPTS):
        try:
            (outcome, *_) = model.send((Piece(0, Item("live", content)),), asked, dim)
        except Transient as e:
            said = f"transient: {e.reason}"
            continue
        except Rejected as e:
            return f"{'refused' if e.refused else 'rejected'}: {e.reason}"
        except ProviderError as e:
            return f"configuration: {e}"
        return outcome if isinstance(outcome, Embedded) else str(outcome)
    return said


def pixel(told: Answers, model: Any, *forms: str) -> None:
    """Send an image of a single pixel, in each of some forms."""
    for form in forms or ("PNG", "JPEG"):
        got = attempt(model, image(1, form), role(), min(model.sizes))
        told.add(f"one pixel as {form}", got if isinstance(got, str) else "a vector")


def forms(told: Answers, model: Any) -> None:
    """Tell which of the documented forms of an answer came."""
    told.add("forms seen", ", ".join(sorted(getattr(model, "seen_forms", ()))) or "none recorded")


def job(told: Answers, model: Any, item: Item, asked: Role, dim: int) -> list[Any]:
    """Return what came of a job, after ten minutes at most, and tell of each segment of it."""
    began = time.monotonic()
    handle = model.submit(item, asked, dim, f"evalkit-live-{time.time_ns()}")
    for _ in range(60):
        found = model.poll(handle, item, asked, dim)
        if found is not None:
            break
        time.sleep(model.poll_seconds)
    else:
        pytest.fail(f"the job {handle} has not ended after ten minutes.")
    told.add("seconds until done", round(time.monotonic() - began))
    for one in found:
        told.add("segment", f"{one.kind} {one.span}" if isinstance(one, Embedded) else one)
    return list(found)


# --- inputs -------------------------------------------------------------------------------------


def image(side: int, form: str = "PNG") -> Media:
    """Return a red square."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (side, side), (200, 30, 30)).save(out, form)
    return Media(f"image/{form.lower()}", data=out.getvalue())


def video(lasts: int) -> Media:
    """Return a video with a changing colour and a tone."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        pictures = file.add_stream("h264", rate=5)
        sounds = file.add_stream("aac", rate=16_000, layout="mono")
        assert isinstance(pictures, av.VideoStream)
        assert isinstance(sounds, av.AudioStream)
        pictures.width, pictures.height, pictures.pix_fmt = 320, 240, "yuv420p"
        for n in range(5 * lasts):
            shade = np.full((240, 320, 3), (40 * n % 256, 90, 160), np.uint8)
            file.mux(pictures.encode(av.VideoFrame.from_ndarray(shade, "rgb24")))
        file.mux(pictures.encode(None))
        for n in range(0, 16_000 * lasts, 1024):
            wave = 0.2 * np.sin(2 * np.pi * 440 * np.arange(n, n + 1024) / 16_000)
            sound = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), "fltp", "mono")
            sound.rate, sound.pts = 16_000, n
            file.mux(sounds.encode(sound))
        file.mux(sounds.encode(None))
    return Media("video/mp4", data=out.getvalue())


def sound(lasts: int) -> Media:
    """Return a tone as WAV."""
    from evalkit.media.audio import encode_sound

    wave = 0.2 * np.sin(2 * np.pi * 440 * np.arange(16_000 * lasts) / 16_000)
    return Media("audio/wav", data=encode_sound(wave.astype(np.float32), 16_000, "audio/wav"))


def stored(media: Media, path: Path) -> Media:
    """Return media written to a file, as jobs want them."""
    path.write_bytes(media.read())
    return Media(media.mime, path=path)


# --- Bedrock ------------------------------------------------------------------------------------


def quotas(told: Answers, model: Any, about: str) -> None:
    """Tell the account's quotas whose names hold a word."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    session = boto3.Session(profile_name=model.profile or None, region_name=model.region)
    try:
        pages = session.client("service-quotas").get_paginator("list_service_quotas")
        found = [q for page in pages.paginate(ServiceCode="bedrock") for q in page["Quotas"]]
    except (BotoCoreError, ClientError) as e:
        told.add("quotas", f"not readable: {e}")
        return
    for quota in found:
        if about.lower() in quota["QuotaName"].lower():
            told.add(quota["QuotaName"], f"{quota['Value']:,.0f}")


def lifecycle(told: Answers, model: Any, about: str) -> None:
    """Tell which models of a family are offered, and which are on their way out."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    session = boto3.Session(profile_name=model.profile or None, region_name=model.region)
    try:
        offered = session.client("bedrock").list_foundation_models()["modelSummaries"]
    except (BotoCoreError, ClientError) as e:
        told.add("models offered", f"not readable: {e}")
        return
    for one in offered:
        if about in one["modelId"]:
            told.add(one["modelId"], json.dumps(one.get("modelLifecycle", {}), default=str))
