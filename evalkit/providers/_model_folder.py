"""Looks through the folder of a model before a library loads it, since it may bring code."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from evalkit.core.errors import ProviderError

Rules = Mapping[str, Callable[[object], bool]]

_OWN = "sentence_transformers."
_KNOWN = (_OWN, "torch.nn.")
_PICKLED = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib")
_NO_CODE = (
    "and code that comes with a model is never run. Take a model of modules that the library has "
    "itself."
)
_NO_PICKLES = "Save the model as safetensors, where you trust it, and leave that file out."


def expect_harmless(folder: Path) -> None:
    """Look at every file of a folder without running anything.

    Raises ProviderError naming the first file through which the model could run code: a setting
    that names some, pickled weights with no safetensors beside them, or what lies elsewhere.
    """
    for place, folders, files in os.walk(folder):
        for name in sorted(folders):
            if (path := Path(place, name)).is_symlink():
                raise ProviderError(f"'{path}' is a link to another folder. Copy what it holds.")
        safe = any(name.endswith(".safetensors") for name in files)
        for name in sorted(files):
            path = Path(place, name)
            if name == "adapter_config.json":
                raise ProviderError(f"'{path}': an adapter's model lies elsewhere. Merge them.")
            if _is_pickle(name) and not safe:
                raise ProviderError(f"'{path}' holds pickled weights, which may run. {_NO_PICKLES}")
            if name.endswith(".json"):
                _expect_plain(path)


def _is_pickle(name: str) -> bool:
    """Return whether a file's name is that of a pickle; weights of OpenVINO are none."""
    return name.lower().endswith(_PICKLED) and not name.startswith("openvino_model")


def _expect_plain(path: Path) -> None:
    """Raise ProviderError where a file of settings names code or lifts a protection."""
    try:
        settings = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as e:
        what = f"'{path}' cannot be read as JSON ({type(e).__name__})."
        raise ProviderError(f"{what} Repair the model's folder.") from e
    rules = {**_RULES, **_OF_FILES.get(path.name, {})}
    if path.name.endswith(".safetensors.index.json"):
        rules["weight_map"] = _any_other_weights
    for key, value in _pairs(settings):
        if key in rules and rules[key](value):
            raise ProviderError(f"'{path}' has {key}: {json.dumps(value)[:80]}, {_NO_CODE}")


def _pairs(settings: object) -> Iterator[tuple[str, object]]:
    """Yield every key of settings with its value, however deep."""
    waiting = [settings]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield from found.items()
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found


def _foreign(value: object) -> bool:
    """Return whether a module is not one of the library itself."""
    return not (isinstance(value, str) and value.startswith(_OWN))


def _any_foreign(value: object) -> bool:
    """Return whether any route of a router leads to a foreign module, or out of the folder."""
    return isinstance(value, dict) and any(_outside(k) or _foreign(v) for k, v in value.items())


def _outside(value: object) -> bool:
    """Return whether the path of a module leads out of the folder."""
    path = PurePosixPath(str(value).replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts


def _imported(value: object) -> bool:
    """Return whether a class is to be imported from elsewhere than the libraries."""
    return isinstance(value, str) and "." in value and not value.startswith(_KNOWN)


def _other_weights(value: object) -> bool:
    """Return whether a file of weights is something else than safetensors."""
    return bool(value) and not str(value).endswith((".safetensors", ".safetensors.index.json"))


def _any_other_weights(value: object) -> bool:
    """Return whether an index names any file that is something else than safetensors."""
    return not isinstance(value, dict) or any(map(_other_weights, value.values()))


def _switched_off(value: object) -> bool:
    """Return whether a protection that is on by itself is taken away."""
    return value is not None and not value


def _from_hub(value: object) -> bool:
    """Return whether a part of the model is fetched from the hub, as compiled code."""
    return "/" in str(value)


_RULES: Rules = {
    "auto_map": lambda value: isinstance(value, dict | list | str) and bool(value),
    "trust_remote_code": bool,
    "weights_only": _switched_off,
    "use_safetensors": _switched_off,
    "transformers_weights": _other_weights,
    "tokenizer_class": _imported,
    "activation_function": _imported,
    "activation_fn": _imported,
    "attn_implementation": _from_hub,
    "_attn_implementation": _from_hub,
}
"""Key of any file of settings -> whether a value of it could run code."""
_OF_FILES: Mapping[str, Rules] = {
    "modules.json": {"type": _foreign, "path": _outside},
    "router_config.json": {"types": _any_foreign},
    "config.json": {"types": _any_foreign},
}
