"""TwelveLabs Marengo on Bedrock: about 12 calls, less than 0.01 USD; with `jobs`, 0.02 USD more."""

from pathlib import Path
from typing import Any

import pytest

from evalkit.core.items import Item, Media
from evalkit.core.protocols import Embedded
from tests.live import questions as ask

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("default")]


def test_vectors_and_limits() -> None:
    model = ask.make("marengo")
    with ask.answers("marengo") as told:
        ask.lifecycle(told, model, "marengo")
        ask.quotas(told, model, "marengo")
        ask.sizes(told, model)
        ask.sizes(told, model, ask.image(512))
        ask.long_texts(told, model, (200, 600), "truncate", "error")
        ask.pixel(told, model)
        ask.forms(told, model)
        assert told.rows


def with_jobs() -> Any:
    """Return the model with a folder for jobs; skips the test where none is named."""
    model = ask.make("marengo", keep_outputs=True)
    if not model.jobs:
        pytest.skip('a job needs a folder: EVALKIT_LIVE_MARENGO=\'{"jobs": "s3://bucket/folder"}\'')
    return model


def ran(model: Any, media: Media, title: str) -> list[Embedded]:
    """Return the vectors of a job, which must have some."""
    (dim,) = model.sizes
    with ask.answers(title) as told:
        found = ask.job(told, model, Item("live", media), ask.role(overflow="segment"), dim)
        ask.forms(told, model)
    return [one for one in found if isinstance(one, Embedded)]


def test_a_job_over_fifteen_seconds_of_film(tmp_path: Path) -> None:
    """Needs a folder: EVALKIT_LIVE_MARENGO='{"jobs": "s3://bucket/folder"}'."""
    model = with_jobs()
    film = ask.stored(ask.video(15), tmp_path / "live.mp4")
    found = ran(model, film, "marengo, a job over 15 seconds of film")
    assert {kind for one in found for kind in one.kind.split("+")} >= {"audio"}
    assert all(one.span is not None for one in found)


def test_a_job_over_fifteen_seconds_of_sound(tmp_path: Path) -> None:
    """Needs a folder: EVALKIT_LIVE_MARENGO='{"jobs": "s3://bucket/folder"}'."""
    model = with_jobs()
    sound = ask.stored(ask.sound(15), tmp_path / "live.wav")
    assert ran(model, sound, "marengo, a job over 15 seconds of sound")
