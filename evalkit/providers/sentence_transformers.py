"""Any local model of the library sentence-transformers, for text or, like CLIP, for images too.

    - e5: {provider: sentence_transformers, name: intfloat/e5-small-v2, query_prompt: "query: ",
           document_prompt: "passage: "}
    - clip: {provider: sentence_transformers, name: clip-ViT-B-32, images: true}
    - ours: {provider: sentence_transformers, name: ours, path: ../models/ours, cut_to: [256, 128]}

The library, 6 or newer, and torch are not installed with evalkit. Code that comes with a model is
never run: a folder is looked through before the library sees it.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from evalkit.core.errors import DataError, ProviderError, UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import Embedded, Facts, Failed, Refused, Role
from evalkit.core.registry import plugin
from evalkit.providers._calls import Piece
from evalkit.providers._filing import Parameters, filed, is_cut, kinds_of
from evalkit.providers._model_folder import expect_harmless

_LIBRARY = "sentence_transformers"
_OLDEST = 6
"""Versions before it import what a model names, whatever they are told."""
_COMMIT = re.compile(r"[0-9a-f]{40}")
_UNCUT = {"truncation": False, "verbose": False}
_OWN_PROMPTS = {"query": ("query",), "corpus": ("document", "passage", "corpus")}


@plugin("providers", "sentence_transformers")
@dataclass(frozen=True, kw_only=True)
class SentenceTransformers:
    """A model that the library sentence-transformers runs on this computer.

    name: on the Hugging Face hub, or, with `path`, any name to file its vectors under. path: the
    folder that the model lies in. commit: which commit on the hub, 40 digits; the newest where it
    is left out. device: cpu, cuda or mps; "" leaves it to the library. query_prompt,
    document_prompt: what is put before the texts of a side; query_prompt_name,
    document_prompt_name: the model's own prompt of that name instead. Without any, queries and
    documents of a search get the prompts that the model has for them, if it has any. cut_to: the
    sizes to offer besides its own, of a model that was trained to be cut. images: whether it takes
    images as well. batch_size: how many are computed at once; the last digits of a vector may
    depend on what it is computed together with.

    Raises UsageError for parameters that contradict each other.
    """

    files: ClassVar[tuple[str, ...]] = ("path",)
    facts: ClassVar[Facts] = Facts(
        service="this computer",
        limits={"text": "as the model has it", "image": "with images: true"},
        switch="prompts",
        per_call=32,
    )

    name: str
    path: str = ""
    commit: str = ""
    device: str = ""
    query_prompt: str = ""
    document_prompt: str = ""
    query_prompt_name: str = ""
    document_prompt_name: str = ""
    cut_to: tuple[int, ...] = ()
    images: bool = False
    batch_size: int = 32

    def __post_init__(self) -> None:
        """Refuse parameters that contradict each other."""
        for side in ("query", "document"):
            if getattr(self, f"{side}_prompt") and getattr(self, f"{side}_prompt_name"):
                raise UsageError(f"'{side}_prompt' and '{side}_prompt_name' exclude each other.")
        if self.path and self.commit:
            raise UsageError("'commit' is for a model on the hub, not for one at 'path'.")
        if self.commit and not _COMMIT.fullmatch(self.commit):
            raise UsageError(f"'commit' is {self.commit!r}; write the 40 digits of a commit.")
        if self.batch_size < 1 or min(self.cut_to, default=1) < 1:
            raise UsageError("'batch_size' and 'cut_to' are whole numbers from 1.")

    @property
    def model(self) -> str:
        """Return the name that its vectors are filed under."""
        return self.name

    @cached_property
    def revision(self) -> str:
        """What changes with the model's files or the library, by commit or by SHA-256."""
        state = self._state()
        return f"{state}+{_library().__version__}"

    @property
    def modalities(self) -> frozenset[str]:
        """Return text, and image where the suite says so."""
        return frozenset({"text", "image"} if self.images else {"text"})

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """The model's own size and those it may be cut to; loads the model."""
        narrow = sorted(set(self.cut_to), reverse=True)
        if narrow and narrow[0] > self._width:
            raise ProviderError(
                f"'{self.name}' cannot be cut to {narrow[0]}: it is {self._width} wide."
            )
        return tuple(dict.fromkeys((self._width, *narrow)))

    @property
    def nested(self) -> Literal["yes", "no", "unknown"]:
        """Return yes where the suite names sizes to cut to."""
        return "yes" if self.cut_to else "no"

    @property
    def batch(self) -> int:
        """Return how many items it likes to be given at once: several batches of like length."""
        return 8 * self.batch_size

    def unusable(self) -> str:
        """Return that the library is not there and how to get it, "" where it is."""
        if find_spec(_LIBRARY):
            return ""
        return (
            "sentence_transformers needs the library sentence-transformers, which is not installed;"
            " `pip install sentence-transformers` brings it, and torch, which is large."
        )

    def request(self, item: Item, role: Role, dim: int) -> Mapping[str, object]:
        """Return which way a text is encoded, its prompt, and what becomes of one too long."""
        prompt, named = self._written(role)
        told: Parameters = {
            "text": {
                "way": role.side if role.purpose == "retrieval" else "",
                "prompt": prompt,
                "prompt_name": named,
            },
            "cut": {"overflow": role.overflow},
        }
        traits = kinds_of(item)
        if item.modality == "text" and is_cut(self._pieces(0, item, role)):
            traits.add("cut")
        return filed(told, traits)

    def embed(
        self, items: Sequence[Item], role: Role, dim: int
    ) -> Iterator[Embedded | Refused | Failed]:
        """Yield a vector for each text and image, or for each part of it; `Failed` for all else.

        Raises ProviderError where the library or the model cannot be used.
        """
        if dim not in self.sizes:
            offered = ", ".join(map(str, self.sizes))
            raise ProviderError(f"'{self.name}' offers the sizes {offered}, not {dim}.")
        texts, pictures = [], []
        for index, item in enumerate(items):
            if item.modality not in self.modalities:
                yield Failed(index, f"'{self.name}' takes no {item.modality} items.")
            elif item.modality == "image":
                pictures.append(Piece(index, item))
            else:
                for piece in self._pieces(index, item, role):
                    if isinstance(piece, Failed):
                        yield piece
                    else:
                        texts.append(piece)
        yield from self._texts(texts, role, dim)
        for start in range(0, len(pictures), self.batch_size):
            yield from self._images(pictures[start : start + self.batch_size], dim)

    @cached_property
    def _loaded(self) -> Any:
        """The model in memory; code that comes with it is not run, nor is its own pickle read."""
        if lack := self.unusable():
            raise ProviderError(lack)
        self._expect_harmless()
        try:
            return _library().SentenceTransformer(
                self.path or self.name,
                device=self.device or None,
                revision=self.commit or None,
                local_files_only=bool(self.path),
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        except ProviderError:
            raise
        except Exception as e:  # whatever the library, torch and the hub raise
            where = f"the folder '{self.path}'" if self.path else f"'{self.name}' on the hub"
            raise ProviderError(f"{where} cannot be loaded: {_first_line(e)}") from e

    def _expect_harmless(self) -> None:
        """Raise ProviderError for a folder that may run code, or that nobody named as one."""
        if self.path:
            if not Path(self.path).is_dir():
                raise ProviderError(f"'{self.name}': there is no folder '{self.path}'.")
            return expect_harmless(Path(self.path))
        for place in (self.name, f"sentence-transformers/{self.name}"):
            if Path(place).exists():
                raise ProviderError(
                    f"'{self.name}' is meant to lie on the hub, yet there is '{place}' here, which "
                    "the library would load. Write it as `path`, or work in another folder."
                )
        return None

    @cached_property
    def _width(self) -> int:
        """How wide the model's vectors are."""
        model = self._loaded
        asked = getattr(model, "get_embedding_dimension", None)
        width = asked() if asked else model.get_sentence_embedding_dimension()
        return int(width or model.encode(["width"], show_progress_bar=False).shape[1])

    def _state(self) -> str:
        """Return the commit of a model from the hub, or a SHA-256 of all files of a folder."""
        card = getattr(self._loaded, "model_card_data", None)
        if self.path:
            return _digest(Path(self.path))
        for commit in (self.commit, getattr(card, "base_model_revision", None)):
            if commit and _COMMIT.fullmatch(commit):
                return str(commit)
        raise ProviderError(
            f"the library does not say which commit of '{self.name}' it loaded; name it: commit:"
            " and the 40 digits that the hub shows."
        )

    def _written(self, role: Role) -> tuple[str, str]:
        """Return the prompt and the name of a prompt that the suite gives for a side."""
        if role.side == "query":
            return self.query_prompt, self.query_prompt_name
        return self.document_prompt, self.document_prompt_name

    def _prompt(self, role: Role) -> str:
        """Return what is put before a text; raises ProviderError for a name the model lacks."""
        prompt, named = self._written(role)
        own = dict(getattr(self._loaded, "prompts", None) or {})
        if named and named not in own:
            known = ", ".join(sorted(own)) or "none"
            raise ProviderError(f"'{self.name}' has no prompt '{named}'; it has: {known}.")
        if prompt or named:
            return prompt or str(own[named])
        usual = _OWN_PROMPTS[role.side] if role.purpose == "retrieval" else ()
        return next((str(own[name]) for name in usual if name in own), "")

    def _pieces(self, index: int, item: Item, role: Role) -> list[Piece | Failed]:
        """Return what is embedded for an item of text, by what it does not take in at once."""
        text = "\n".join(part for part in item.parts if isinstance(part, str))
        if not text.strip():
            return [Failed(index, "its text is empty.")]
        whole = item.with_content(text)
        longest = getattr(self._loaded, "max_seq_length", None)
        if longest is None or longest > 10**9:  # what libraries write for "no limit"
            return [Piece(index, whole)]
        count = len(self._tokenizer(self._prompt(role) + text, **_UNCUT)["input_ids"])
        if count <= longest:
            return [Piece(index, whole, tokens=count)]
        if role.overflow == "error":
            return [Failed(index, f"its text is {count} tokens long; the model takes {longest}.")]
        if role.overflow == "truncate":
            return [Piece(index, whole, truncated=True, tokens=longest)]
        return self._segments(index, item, text, longest - self._beside(role))

    @property
    def _tokenizer(self) -> Any:
        """What cuts a text into tokens; of a model for images too, the part for text."""
        found = self._loaded.tokenizer
        return getattr(found, "tokenizer", found)

    def _beside(self, role: Role) -> int:
        """Return how many tokens there are besides those of the text itself."""
        return len(self._tokenizer(self._prompt(role), **_UNCUT)["input_ids"])

    def _segments(self, index: int, item: Item, text: str, room: int) -> list[Piece | Failed]:
        """Return the pieces of a text that is too long, each with its span of characters."""
        try:
            tokens = self._tokenizer(
                text, add_special_tokens=False, return_offsets_mapping=True, **_UNCUT
            )
        except NotImplementedError:
            return [Failed(index, "its text is too long, and this model's tokens have no place.")]
        return [
            Piece(index, item.with_content(text[a:b]), (float(a), float(b)))
            for a, b in _parts(text, tokens["offset_mapping"], max(room, 1))
        ]

    def _texts(self, pieces: Sequence[Piece], role: Role, dim: int) -> Iterator[Embedded]:
        """Yield the vectors of texts."""
        if not pieces:
            return
        model = self._loaded
        ways = {"query": model.encode_query, "corpus": model.encode_document}
        encode = ways[role.side] if role.purpose == "retrieval" else model.encode
        contents = [piece.item.content for piece in pieces]
        yield from self._encoded(pieces, encode, contents, dim, prompt=self._prompt(role) or None)

    def _images(self, pieces: Sequence[Piece], dim: int) -> Iterator[Embedded | Failed]:
        """Yield the vectors of images."""
        from evalkit.media.images import item_image

        readable, pictures = [], []
        for piece in pieces:
            try:
                pictures.append(item_image(piece.item))
                readable.append(piece)
            except DataError as e:
                said = " ".join(f"{problem.what} {problem.fix}".strip() for problem in e.problems)
                yield Failed(piece.index, said)
        if readable:
            yield from self._encoded(readable, self._loaded.encode, pictures, dim)

    def _encoded(
        self, pieces: Sequence[Piece], encode: Any, contents: list[Any], dim: int, **more: Any
    ) -> Iterator[Embedded]:
        """Yield what the library makes of contents, cut to the size."""
        try:
            rows = encode(
                contents,
                batch_size=self.batch_size,
                show_progress_bar=False,
                convert_to_numpy=True,
                normalize_embeddings=False,
                **more,
            )
        except (RuntimeError, ValueError, TypeError) as e:
            raise ProviderError(f"'{self.name}' broke off: {_first_line(e)}") from e
        parts = Counter(piece.index for piece in pieces)
        for piece, row in zip(pieces, np.asarray(rows, np.float32), strict=True):
            vector = row[:dim].copy()
            yield Embedded(
                piece.index,
                vector,
                float(np.linalg.norm(vector.astype(np.float64))),
                span=piece.span,
                tokens=piece.tokens or None,
                truncated=piece.truncated,
                parts=parts[piece.index],
            )


def _library() -> Any:
    """Return the library; raises ProviderError for a version that would run a model's code."""
    found = importlib.import_module(_LIBRARY)
    if int(found.__version__.partition(".")[0]) < _OLDEST:
        raise ProviderError(
            f"sentence-transformers {found.__version__} runs code that a model names. Install "
            f"version {_OLDEST} or newer: `pip install -U sentence-transformers`."
        )
    return found


def _parts(text: str, offsets: Sequence[tuple[int, int]], room: int) -> Iterator[tuple[int, int]]:
    """Yield begin and end of parts of at most `room` tokens, between words where there are any."""
    start = 0
    while start < len(offsets):
        end = stop = min(start + room, len(offsets))
        while end < len(offsets) and end > start and not _between(text, offsets[end][0]):
            end -= 1
        end = end if end > start else stop
        yield offsets[start][0], offsets[end - 1][1]
        start = end


def _between(text: str, place: int) -> bool:
    """Return whether a word begins at a place of a text, or the blank before one."""
    return text[place].isspace() or (place > 0 and text[place - 1].isspace())


def _digest(folder: Path) -> str:
    """Return a SHA-256 over names and contents of a folder's files, hidden ones left out."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256")
            whole.update(f"{name.as_posix()}\0{found.hexdigest()}\n".encode())
    return whole.hexdigest()[:16]


def _first_line(error: Exception) -> str:
    """Return what an error of another library says first, at a bearable length."""
    said = str(error).strip().partition("\n")[0][:200].rstrip(".")
    return f"{said or 'no reason given'} ({type(error).__name__})."
