"""The library is replaced by a small one with the same doors, since torch is not installed here."""

import json
import sys
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from evalkit.core.errors import ProviderError, UsageError
from evalkit.core.items import Item, Media
from evalkit.core.protocols import Embedded, Failed, Role
from evalkit.media.images import encode_png
from evalkit.providers import sentence_transformers as provider
from evalkit.providers.sentence_transformers import SentenceTransformers

COMMIT = "0123456789abcdef0123456789abcdef01234567"
WIDTH = 8


def tokenizer(
    text: str, add_special_tokens: bool = True, return_offsets_mapping: bool = False, **_: Any
) -> dict[str, list[Any]]:
    """Cut a text at blanks, a mark before and after it."""
    offsets, at = [], 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        offsets.append((start, at))
    ids: list[Any] = [1] * len(offsets)
    found = {"input_ids": [0, *ids, 2] if add_special_tokens else ids}
    return found | ({"offset_mapping": offsets} if return_offsets_mapping else {})


@dataclass
class Model:
    """What a loaded model offers; it remembers how it was made and asked."""

    name: str = ""
    made: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, list[Any], dict[str, Any]]] = field(default_factory=list)
    prompts: dict[str, str] = field(default_factory=dict)
    max_seq_length: int | None = 10
    commit: str | None = COMMIT

    def __post_init__(self) -> None:
        self.tokenizer = tokenizer
        self.model_card_data = SimpleNamespace(base_model_revision=self.commit)

    def get_embedding_dimension(self) -> int:
        return WIDTH

    def encode(self, inputs: list[Any], **more: Any) -> npt.NDArray[np.float32]:
        return self._answer("encode", inputs, more)

    def encode_query(self, inputs: list[Any], **more: Any) -> npt.NDArray[np.float32]:
        return self._answer("encode_query", inputs, more)

    def encode_document(self, inputs: list[Any], **more: Any) -> npt.NDArray[np.float32]:
        return self._answer("encode_document", inputs, more)

    def _answer(self, how: str, inputs: list[Any], more: dict[str, Any]) -> npt.NDArray[np.float32]:
        self.asked.append((how, inputs, more))
        rows = [np.arange(WIDTH) + (len(x) if isinstance(x, str) else x.width) for x in inputs]
        return np.array(rows, np.float32)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Model:
    """Return the one model that the replaced library loads."""
    model = Model()

    def load(name: str, **made: Any) -> Model:
        if name == "nobody/nothing":
            raise OSError("nobody/nothing is not a model.\nMore lines.")
        model.name, model.made = name, made
        return model

    library = ModuleType("sentence_transformers")
    library.__spec__ = ModuleSpec("sentence_transformers", None)
    vars(library).update(__version__="9.9", SentenceTransformer=load)
    monkeypatch.setitem(sys.modules, "sentence_transformers", library)
    return model


def role(side: Any = "query", overflow: Any = "truncate", purpose: Any = "retrieval") -> Role:
    return Role(side, frozenset({"text"}), purpose, overflow)


def outcomes(model: SentenceTransformers, *contents: Any, **more: Any) -> list[Any]:
    items = [Item(f"i{n}", content) for n, content in enumerate(contents)]
    return list(model.embed(items, role(**more), model.sizes[0]))


def test_vectors_are_what_the_library_gives(fake: Model) -> None:
    model = SentenceTransformers(name="org/small", device="cpu", commit=COMMIT, batch_size=4)
    (one, two) = outcomes(model, "one two", ("a", "b"))
    assert isinstance(one, Embedded)
    assert (one.vector == np.arange(8) + 7).all()
    assert one.norm == pytest.approx(np.linalg.norm(one.vector))
    assert (one.tokens, one.truncated, one.span) == (4, False, None)
    assert two.vector[0] == 3  # both parts and a line break
    assert (fake.name, fake.made["device"], fake.made["revision"]) == ("org/small", "cpu", COMMIT)
    assert fake.made["trust_remote_code"] is False
    assert fake.made["model_kwargs"] == {"use_safetensors": True}
    (asked,) = fake.asked
    assert asked[2]["batch_size"] == 4
    assert asked[2]["normalize_embeddings"] is False


@pytest.mark.parametrize(
    ("side", "purpose", "way"),
    [
        ("query", "retrieval", "encode_query"),
        ("corpus", "retrieval", "encode_document"),
        ("query", "clustering", "encode"),
    ],
)
def test_side_and_purpose_choose_the_way(fake: Model, side: str, purpose: str, way: str) -> None:
    fake.prompts = {"query": "Q: ", "passage": "P: "}
    outcomes(SentenceTransformers(name="m"), "text", side=side, purpose=purpose)
    own = {"encode_query": "Q: ", "encode_document": "P: ", "encode": None}[way]
    assert [(how, more["prompt"]) for how, _, more in fake.asked] == [(way, own)]


def test_prompts_of_the_suite_come_first(fake: Model) -> None:
    fake.prompts = {"query": "Q: ", "special": "S: "}
    model = SentenceTransformers(name="m", query_prompt="ask: ", document_prompt_name="special")
    outcomes(model, "text")
    outcomes(model, "text", side="corpus")
    assert [more["prompt"] for _, _, more in fake.asked] == ["ask: ", "S: "]
    requests = [model.request(Item("a", "text"), role(side), WIDTH) for side in ("query", "corpus")]
    assert requests[0]["prompt"] == "ask: "
    assert requests[1]["prompt_name"] == "special"


def test_a_prompt_that_the_model_lacks_is_an_error(fake: Model) -> None:
    fake.prompts = {"query": ""}
    with pytest.raises(ProviderError, match="has no prompt 'nix'; it has: query"):
        outcomes(SentenceTransformers(name="m", query_prompt_name="nix"), "text")


def test_sizes_are_its_own_and_those_it_may_be_cut_to(fake: Model) -> None:
    plain, cut = SentenceTransformers(name="m"), SentenceTransformers(name="m", cut_to=(2, 4))
    assert (plain.sizes, plain.nested) == ((8,), "no")
    assert (cut.sizes, cut.nested) == ((8, 4, 2), "yes")
    (found,) = cut.embed([Item("i", "text")], role(), 2)
    assert isinstance(found, Embedded)
    assert found.vector.tolist() == [4, 5]
    with pytest.raises(ProviderError, match="offers the sizes 8, not 4"):
        list(plain.embed([], role(), 4))
    with pytest.raises(ProviderError, match="cannot be cut to 16: it is 8 wide"):
        assert SentenceTransformers(name="m", cut_to=(16,)).sizes


LONG = "one two three four five six seven eight nine ten"


def test_a_long_text_is_cut_and_says_so(fake: Model) -> None:
    short, long = outcomes(SentenceTransformers(name="m"), "one", LONG)
    assert (short.truncated, long.truncated, long.tokens) == (False, True, 10)


def test_a_prompt_counts(fake: Model) -> None:
    eight = " ".join(LONG.split()[:8])
    assert not outcomes(SentenceTransformers(name="m"), eight)[0].truncated
    assert outcomes(SentenceTransformers(name="m", query_prompt="Ask this: "), eight)[0].truncated


def test_a_long_text_fails_where_the_suite_says_so(fake: Model) -> None:
    (found,) = outcomes(SentenceTransformers(name="m"), LONG, overflow="error")
    assert found == Failed(0, "its text is 12 tokens long; the model takes 10.")


def test_a_long_text_is_embedded_in_parts(fake: Model) -> None:
    found = outcomes(SentenceTransformers(name="m"), LONG, overflow="segment")
    spans = [tuple(map(int, part.span)) for part in found]
    assert [LONG[a:b] for a, b in spans] == ["one two three four five six seven eight", "nine ten"]
    assert [text for _, texts, _ in fake.asked for text in texts] == [LONG[a:b] for a, b in spans]
    assert not any(part.truncated for part in found)


def test_parts_end_between_words_where_there_are_any() -> None:
    offsets = [(0, 3), (3, 6), (7, 10), (10, 13), (13, 16)]
    assert list(provider._parts("abcdef ghijklmno", offsets, 3)) == [(0, 6), (7, 16)]
    assert list(provider._parts("abcdefxghijklmno", offsets, 3)) == [(0, 10), (10, 16)]


def test_a_model_without_limit_takes_everything(fake: Model) -> None:
    fake.max_seq_length = None
    (found,) = outcomes(SentenceTransformers(name="m"), LONG * 9, overflow="error")
    assert isinstance(found, Embedded)


def test_images_are_taken_where_the_suite_says_so(fake: Model) -> None:
    picture = Media("image/png", data=encode_png(Image.new("RGB", (5, 2), "red")))
    broken = Media("image/png", data=b"nothing")
    (refused,) = outcomes(SentenceTransformers(name="m"), picture)
    assert refused == Failed(0, "'m' takes no image items.")
    model = SentenceTransformers(name="m", images=True, batch_size=1)
    found = {o.index: o for o in outcomes(model, picture, broken, "text", ("a", picture))}
    assert found[0].vector[0] == 5
    assert isinstance(found[1], Failed)
    assert found[1].reason.startswith("its bytes are not an image")
    assert isinstance(found[2], Embedded)
    assert found[3] == Failed(3, "'m' takes no mixed items.")
    assert model.modalities == {"text", "image"}


def test_an_empty_text_fails(fake: Model) -> None:
    assert outcomes(SentenceTransformers(name="m"), " \n") == [Failed(0, "its text is empty.")]


def test_the_revision_is_the_commit(fake: Model) -> None:
    assert SentenceTransformers(name="m").revision == f"{COMMIT}+9.9"
    other = COMMIT[::-1]
    assert SentenceTransformers(name="m", commit=other).revision == f"{other}+9.9"


def test_an_unknown_commit_is_asked_for(fake: Model) -> None:
    fake.model_card_data.base_model_revision = "main"
    with pytest.raises(ProviderError, match="does not say which commit of 'm' it loaded"):
        assert SentenceTransformers(name="m").revision


def test_the_revision_of_a_folder_is_what_lies_in_it(fake: Model, tmp_path: Path) -> None:
    def revision() -> str:
        return SentenceTransformers(name="m", path=str(tmp_path)).revision

    (tmp_path / "pooling").mkdir()
    (tmp_path / "pooling/config.json").write_text("{}")
    (tmp_path / "weights").write_bytes(b"1")
    first = revision()
    (tmp_path / ".hidden").write_text("x")
    assert revision() == first
    (tmp_path / "weights").write_bytes(b"2")
    assert revision() != first
    assert fake.name == str(tmp_path)
    assert fake.made["local_files_only"] is True


def test_what_cannot_be_loaded_is_told_in_one_line(fake: Model, tmp_path: Path) -> None:
    with pytest.raises(ProviderError) as caught:
        assert SentenceTransformers(name="nobody/nothing").sizes
    said = "'nobody/nothing' on the hub cannot be loaded: nobody/nothing is not a model (OSError)."
    assert str(caught.value) == said
    with pytest.raises(ProviderError, match="there is no folder"):
        assert SentenceTransformers(name="m", path=str(tmp_path / "gone")).sizes


def test_what_breaks_off_is_told(fake: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: Any, **__: Any) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(fake, "encode_query", break_off, raising=False)
    with pytest.raises(ProviderError, match=r"'m' broke off: out of memory \(RuntimeError\)\."):
        outcomes(SentenceTransformers(name="m"), "text")


def test_without_the_library_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "find_spec", lambda name: None)
    model = SentenceTransformers(name="m")
    assert "`pip install sentence-transformers`" in model.unusable()
    with pytest.raises(ProviderError, match="needs the library sentence-transformers"):
        assert model.sizes
    with pytest.raises(ProviderError, match="needs the library sentence-transformers"):
        assert model.revision


def test_with_the_library_it_is_usable(fake: Model) -> None:
    assert SentenceTransformers(name="m").unusable() == ""


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"query_prompt": "a", "query_prompt_name": "b"}, "exclude each other"),
        ({"path": "x", "commit": COMMIT}, "not for one at 'path'"),
        ({"commit": "main"}, "write the 40 digits"),
        ({"batch_size": 0}, "whole numbers from 1"),
        ({"cut_to": (0,)}, "whole numbers from 1"),
    ],
)
def test_parameters_that_cannot_work_are_refused(params: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        SentenceTransformers(name="m", **params)


OWN = "sentence_transformers.models.Transformer"
HARMLESS = {
    "modules.json": [{"idx": 0, "path": "", "type": OWN}, {"path": "2_Dense", "type": OWN}],
    "config.json": {"auto_map": {}, "model_type": "bert", "_attn_implementation": "eager"},
    "tokenizer_config.json": {"tokenizer_class": "BertTokenizer", "auto_map": None},
    "tokenizer.json": {"model": {"vocab": {"auto_map": 7, "types": 8}}},
    "2_Dense/config.json": {"activation_function": "torch.nn.modules.activation.Tanh"},
    "3_Router/router_config.json": {"types": {"query_0": OWN}},
    "model.safetensors.index.json": {"weight_map": {"w": "model-1-of-1.safetensors"}},
    "model.safetensors": {},
    "pytorch_model.bin": {},
    "openvino/openvino_model.bin": {},
}


def written(folder: Path, files: dict[str, Any]) -> SentenceTransformers:
    """Return the model of a folder with files of JSON."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(content), "utf-8")
    return SentenceTransformers(name="ours", path=str(folder))


def test_a_folder_without_code_is_loaded(fake: Model, tmp_path: Path) -> None:
    assert written(tmp_path, HARMLESS).sizes == (WIDTH,)
    assert fake.name == str(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("modules.json", [{"type": "evil.Thing", "path": ""}], 'has type: "evil.Thing", and code'),
        ("modules.json", [{"type": "sentence_transformersx.Thing"}], "has type"),
        ("modules.json", [{"type": None}], "has type: null"),
        ("modules.json", [{"type": OWN, "path": "../evil"}], "has path"),
        ("modules.json", [{"type": OWN, "path": "/evil"}], "has path"),
        ("1_Asym/config.json", {"types": {"a": "evil.Thing"}}, "has types"),
        ("router_config.json", {"types": {"a": OWN, "b": "evil.Thing"}}, "has types"),
        ("router_config.json", {"types": {"../evil": OWN}}, "has types"),
        ("config.json", {"auto_map": {"AutoModel": "evil.Thing"}}, "has auto_map"),
        ("config.json", {"text": [{"auto_map": "evil.Thing"}]}, "has auto_map"),
        ("processor_config.json", {"auto_map": ["evil.Thing"]}, "has auto_map"),
        ("0_Words/wordembedding_config.json", {"tokenizer_class": "evil.T"}, "has tokenizer_class"),
        ("2_Dense/config.json", {"activation_function": "evil.T"}, "has activation_function"),
        ("sentence_bert_config.json", {"model_args": {"weights_only": False}}, "has weights_only"),
        ("sentence_bert_config.json", {"a": {"use_safetensors": False}}, "has use_safetensors"),
        ("sentence_bert_config.json", {"a": {"trust_remote_code": True}}, "has trust_remote_code"),
        ("sentence_bert_config.json", {"attn_implementation": "evil/kernel"}, "has attn_impl"),
        ("config.json", {"transformers_weights": "a.bin"}, "has transformers_weights"),
        ("model.safetensors.index.json", {"weight_map": {"w": "a.bin"}}, "has weight_map"),
        ("adapter_config.json", {}, "an adapter's model lies elsewhere"),
        ("2_Dense/pytorch_model.bin", {}, "holds pickled weights, which may run"),
        ("2_Dense/model.PKL", {}, "holds pickled weights"),
    ],
)
def test_a_folder_that_may_run_code_is_refused_before_the_library_sees_it(
    fake: Model, tmp_path: Path, name: str, content: object, said: str
) -> None:
    model = written(tmp_path, {**HARMLESS, name: content})
    with pytest.raises(ProviderError, match=said) as caught:
        assert model.sizes
    assert str(tmp_path / name) in str(caught.value)
    assert not fake.made


def test_a_folder_that_cannot_be_looked_through_is_refused(fake: Model, tmp_path: Path) -> None:
    model = written(tmp_path / "a", HARMLESS)
    (tmp_path / "a/config.json").write_text("[" * 100_000)
    with pytest.raises(ProviderError, match=r"config.json' cannot be read as JSON \("):
        assert model.sizes
    (tmp_path / "a/config.json").unlink()
    (tmp_path / "a/linked").symlink_to(tmp_path)
    with pytest.raises(ProviderError, match="linked' is a link to another folder"):
        assert model.sizes
    assert not fake.made


@pytest.mark.parametrize("folder", ["ours", "org/ours", "sentence-transformers/ours"])
def test_a_folder_is_loaded_as_path_alone(
    fake: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(folder).mkdir(parents=True)
    name = folder.removeprefix("sentence-transformers/")
    with pytest.raises(ProviderError, match=rf"there is '{folder}' here.*Write it as `path`"):
        assert SentenceTransformers(name=name).sizes
    assert not fake.made
    assert SentenceTransformers(name=name, path=folder).sizes


def test_an_older_library_is_refused(fake: Model) -> None:
    vars(sys.modules["sentence_transformers"])["__version__"] = "5.9.1"
    with pytest.raises(ProviderError, match=r"5\.9\.1 runs code that a model names.*6 or newer"):
        assert SentenceTransformers(name="m").sizes
    assert not fake.made
