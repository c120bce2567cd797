"""A probe shown on an item."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from evalkit.api.running import SEED
from evalkit.core.errors import UsageError
from evalkit.core.items import Item

if TYPE_CHECKING:
    from evalkit.pipeline.sheets import Step


class Shown(NamedTuple):
    """A probe shown on an item.

    about: what it does, in a sentence. may_break: the meaning that it may break. steps: the item at
    severities 0 to 5. files: what was written, the contact sheet or the texts first.
    """

    about: str
    may_break: str
    steps: tuple[Step, ...]
    files: tuple[Path, ...]


def show_probe(
    name: str,
    item: str,
    *,
    data: str | Path | None = None,
    params: Mapping[str, object] | None = None,
    out: str | Path | None = None,
    seed: int = SEED,
) -> Shown:
    """Show what a probe makes of an item at every severity, and write a contact sheet of it.

    item: a file (`report.pdf#3` is its third page), a text, or with `data`, the path of a data set,
    the id of an item, which is changed as in a run with this seed. params: parameters of the probe.
    out: the file of the sheet, `<probe>-<item>.png` where None; the six sounds or films are written
    beside it. Texts are written, as .txt, only where `out` is given.
    Raises UsageError for an unknown probe, parameter or id, for an item that the probe is not made
    for, and for an `out` of another kind; DataError for an item that cannot be read; OutputError
    where files cannot be written.
    """
    from evalkit.pipeline.sheets import PIXELS, sheet, shown_part
    from evalkit.readers.single import dataset_at, item_at, item_of
    from evalkit.suite.single import one_probe

    probe = one_probe(name, params or {})
    one, others = (item_at(item), ()) if data is None else item_of(dataset_at(data), item)
    part = shown_part(probe, one)
    if part is None:
        able = " and ".join(sorted(probe.probe.modalities))
        raise UsageError(f"the probe '{name}' changes {able}, but the item is {one.modality}.")
    about = (inspect.getdoc(type(probe.probe)) or "").split("\n\n")[0].replace("\n", " ")
    pixels = PIXELS[Item("", part).modality]
    steps = tuple(sheet(probe, one, others, seed, pixels))
    target = _target(name, one.id, out, isinstance(part, str))
    source = item if data is None else ""
    files = () if target is None else _show(steps, target, f"{name}: {one.id}", about, source)
    return Shown(about, probe.probe.may_break, steps, files)


def _target(probe: str, item: str, out: str | Path | None, is_text: bool) -> Path | None:
    """Return the file to show a probe in; None for a text where no file is named."""
    if out is not None:
        return Path(out)
    return None if is_text else Path(re.sub(r"[^\w.-]+", "-", f"{probe}-{item}") + ".png")


def _show(
    steps: Sequence[Step], path: Path, title: str, words: str, source: str
) -> tuple[Path, ...]:
    """Write the steps of a probe as a contact sheet, or as texts; return the files."""
    from evalkit.report.gallery import View, write_gallery, write_texts

    views = [View(s.label, s.text, s.picture, s.media) for s in steps]
    if all(view.picture is None for view in views):
        return write_texts(path, views, source)
    return write_gallery(path, title, words, views, source)
