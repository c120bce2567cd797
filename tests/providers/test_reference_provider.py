from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from evalkit.core.errors import ProviderError
from evalkit.core.items import Item, Media, Page
from evalkit.core.protocols import Embedded, Failed, Role
from evalkit.media.images import encode_png
from evalkit.providers import reference
from evalkit.providers.reference import Reference

ROLE = Role("query", frozenset({"image"}))


class Fake:
    """Vectors whose first places say what was encoded."""

    revision = "fake-1"

    def __init__(self) -> None:
        self.image_calls: list[int] = []

    def encode_texts(self, texts: list[str]) -> npt.NDArray[np.float32]:
        rows = np.zeros((len(texts), 3072), np.float32)
        rows[:, 0] = [len(text) for text in texts]
        rows[:, 3071] = 1
        return rows

    def encode_images(self, images: list[Image.Image]) -> npt.NDArray[np.float32]:
        self.image_calls.append(len(images))
        rows = np.zeros((len(images), 3072), np.float32)
        rows[:, 1] = [image.width for image in images]
        return rows

    def encode_sound(self, blocks: Iterable[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
        return np.full(3072, sum(block.size for block in blocks), np.float32)

    def encode_video(
        self, frames: Iterable[object], sound: Iterable[object]
    ) -> npt.NDArray[np.float32]:
        return np.full(3072, len(list(frames)) + len(list(sound)), np.float32)


class FakePages:
    revision = "pages-1234"
    read = 0

    def encode(self, images: list[Image.Image]) -> npt.NDArray[np.float32]:
        FakePages.read += len(images)
        rows = np.zeros((len(images), 3072), np.float32)
        rows[:, 2] = 1
        return rows


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    encoder = Fake()
    monkeypatch.setattr(reference, "_encoder", lambda: encoder)
    monkeypatch.setattr(reference, "_page_encoder", FakePages)
    monkeypatch.setattr(FakePages, "read", 0)
    monkeypatch.setattr(reference, "_READ", {})
    return encoder


def picture(width: int = 3) -> Media:
    return Media("image/png", data=encode_png(Image.new("RGB", (width, 2), "red")))


def outcomes(items: list[Item], dim: int = 3072) -> dict[int, Any]:
    return {outcome.index: outcome for outcome in Reference().embed(items, ROLE, dim)}


def test_texts_and_images_get_unit_vectors(fake: Fake) -> None:
    found = outcomes([Item("a", "xy"), Item("b", picture()), Item("c", ("x", "y"))], 256)
    assert sorted(found) == [0, 1, 2]
    for place, outcome in found.items():
        assert isinstance(outcome, Embedded)
        assert outcome.vector.shape == (256,)
        assert outcome.vector[1 if place == 1 else 0] == 1
        assert outcome.norm == pytest.approx(1)


def test_what_cannot_be_encoded_fails_alone(fake: Fake) -> None:
    found = outcomes(
        [
            Item("a", "fine"),
            Item("b", Media("image/png", data=b"x")),
            Item("c", Media("audio/wav", data=b"x")),
            Item("d", ("see", Media("video/mp4", data=b"x"))),
            Item("e", " \n"),
            Item("f", (picture(), " ")),
            Item("g", Page(Media("application/pdf", data=b"x"), 1)),
            Item("h", picture()),
        ]
    )
    assert isinstance(found[0], Embedded)
    assert isinstance(found[7], Embedded)
    assert found[1] == Failed(
        1,
        "its bytes are not an image that can be read."
        " Store it again as PNG, JPEG or WebP, or leave it out.",
    )
    assert [found[place].reason for place in (4, 5)] == ["its text is empty."] * 2
    for place in (2, 3, 6):
        assert isinstance(found[place], Failed)
        assert "leave it out" in found[place].reason


def test_parts_weigh_alike(fake: Fake) -> None:
    found = outcomes([Item("a", ("xy", picture())), Item("b", (picture(), picture(9)))])
    assert found[0].vector[[0, 1]] == pytest.approx([2 / 14**0.5, 3 / 14**0.5], abs=1e-6)
    assert found[1].vector[1] == pytest.approx(1)


def test_a_row_without_direction_fails(fake: Fake) -> None:
    assert isinstance(outcomes([Item("a", "x")], 1024)[0], Embedded)
    row = np.zeros(4, np.float32)
    assert reference._outcome(3, row) == Failed(
        3, "the reference model finds nothing in it to encode."
    )


def test_images_are_held_a_few_at_a_time(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "_PIXELS_AT_ONCE", 10)
    assert len(outcomes([Item(str(n), picture()) for n in range(5)])) == 5
    assert fake.image_calls == [2, 2, 1]


def test_a_page_is_read_once_until_its_file_changes(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encode_png(Image.new("RGB", (3, 2), "red")))
    stored, held = Media("image/png", path), Media("image/png", data=path.read_bytes())
    for document in (stored, held, stored):
        assert isinstance(outcomes([Item("a", Page(document, 1))])[0], Embedded)
    assert FakePages.read == 1
    path.write_bytes(encode_png(Image.new("RGB", (30, 20), "blue")))
    outcomes([Item("a", Page(stored, 1))])
    assert FakePages.read == 2
    monkeypatch.setattr(reference, "_READ_PAGES", 2)
    outcomes([Item("b", Page(Media("image/png", data=encode_png(Image.new("L", (9, 9)))), 1))])
    assert len(reference._READ) == 1


def test_a_document_that_is_gone_fails(fake: Fake, tmp_path: Path) -> None:
    gone = Page(Media("application/pdf", tmp_path / "gone.pdf"), 1)
    assert "Restore the file" in outcomes([Item("a", gone)])[0].reason


def test_other_sizes_are_refused(fake: Fake) -> None:
    with pytest.raises(ProviderError) as caught:
        list(Reference().embed([Item("a", "x")], ROLE, 512))
    assert str(caught.value) == (
        "the reference model offers the sizes 3072, 1024, 384, 256, not 512."
    )


def test_a_description(fake: Fake) -> None:
    model = Reference()
    assert (model.model, model.revision, model.nested) == ("reference", "fake-1-pages-12", "yes")
    assert model.request(Item("a", "x"), ROLE, 256) == {}
    assert not hasattr(model, "keyed_by")


def test_batches_change_nothing() -> None:
    items = [Item(str(n), text) for n, text in enumerate(["red scarf", "gorra azul", "x"])]
    together = outcomes(items)
    for place, item in enumerate(items):
        alone = outcomes([item])[0].vector
        assert (alone == together[place].vector).all()
