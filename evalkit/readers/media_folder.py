"""Makes a data set of a folder of media and what people wrote about them.

The folder may be of any depth and hold images, audio, video, PDF documents and texts. What was
written is a table with the columns `file` and `caption` or `query`, or lies beside each file in a
text or JSON file of the same name. Every file becomes an item of the corpus; every caption becomes
a query that should find its file; the same caption of several files is one query for all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path

from evalkit.core.errors import DataError, Problem, UsageError
from evalkit.core.items import Dataset, Tag
from evalkit.readers import _captions, _media_files
from evalkit.readers._captions import Caption
from evalkit.readers._draft import Draft, Entry, write
from evalkit.readers._files import locate
from evalkit.readers._items import check_id, tags
from evalkit.readers._layout import require_folder
from evalkit.readers._media_files import Found
from evalkit.readers._problems import Problems, Wrong
from evalkit.readers._truth import _span, read_grade
from evalkit.readers.folder import Folder

_NO_CAPTIONS = (
    "nothing is written about these files, so there would be nothing to ask.",
    "Name a table with --captions (columns 'file' and 'caption'), or put a text file of the same "
    "name beside each.",
)


def convert(
    source: Path, table: Path | None, out: Path, *, link: bool = False, pages: bool = False
) -> Dataset:
    """Make a data set folder of a folder of media and return it as it is read from there.

    table: captions as CSV, Parquet or JSONL; None to take text and JSON files of the same names.
    out: a new or empty folder. link: media are hard links instead of copies. pages: a document
    becomes an item for each of its pages.
    Raises DataError naming file and line of everything wrong, UsageError for folders that cannot be
    used, OutputError where it cannot be written; then nothing is left behind.
    """
    root, problems = require_folder(str(source)), Problems(str(source))
    _refuse_place(root, out)
    if table is not None and not table.is_file():
        raise DataError(Problem(str(table), "there is no such file.", "Correct the path."))
    names = _media_files.visible(root, table, problems)
    if not names and not problems.count:
        raise DataError(Problem(str(source), "the folder holds no files.", "Correct the path."))
    sides = _captions.beside(root, names)
    if table is None:
        captions = _captions.from_files(root, sides, problems)
    else:
        captions = _captions.from_table(table, problems)
        sides = _unnamed(root, sides, {caption.file for caption in captions}, problems)
    found = _media_files.read_all(root, [name for name in names if name not in sides], problems)
    draft = _draft(root, found, names, captions, pages, problems)
    if not captions and not problems.count:
        problems.add(str(source), *_NO_CAPTIONS)
    problems.stop()
    write(draft, found, source, out, link)
    return Folder().read(str(out))


def _refuse_place(root: Path, out: Path) -> None:
    """Raise UsageError for a folder that cannot take a data set."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"'{out}' is not an empty folder. Name a new or an empty one.")
    if out.resolve().is_relative_to(root.resolve()):
        raise UsageError(f"'{out}' lies in the folder that is converted. Name one outside of it.")


def _unnamed(
    root: Path, sides: dict[str, list[str]], named: Collection[str], problems: Problems
) -> dict[str, list[str]]:
    """Return the files beside media that a table does not name, noting each: is it a caption?"""
    unnamed = {name: files for name, files in sides.items() if name not in named}
    for name, files in unnamed.items():
        what = f"it has the name of '{files[0]}', and the table does not name it."
        fix = "Name it in the table to have it as an item, or move it out of the folder."
        problems.add(str(root / name), what, fix)
    return unnamed


def _draft(
    root: Path,
    found: dict[str, Found],
    names: list[str],
    captions: list[Caption],
    pages: bool,
    problems: Problems,
) -> Draft:
    """Return items, queries and judgements, noting the rows that cannot be followed."""
    draft = Draft()
    ids = _ids(captions, problems)
    items = {
        name: _add_items(draft, file, ids.get(name, name), pages and file.kind == "document")
        for name, file in found.items()
    }
    for caption in captions:
        with problems.at(caption.where):
            if caption.file in items:
                _ask(draft, caption, items[caption.file])
            elif caption.file not in names:
                _refuse_missing(root, caption.file)
    _note_targets(draft, found, items)
    return draft


def _ids(captions: list[Caption], problems: Problems) -> dict[str, str]:
    """Return the ids that rows give to files, noting a second id of a file or file of an id."""
    ids: dict[str, str] = {}
    owners: dict[str, str] = {}
    for caption in captions:
        with problems.at(caption.where):
            if not caption.id:
                continue
            if ids.setdefault(caption.file, caption.id) != caption.id:
                what = f"'{caption.file}' has the id '{ids[caption.file]}' already, not"
                raise Wrong(f"{what} '{caption.id}'.", "Give it one id.")
            if owners.setdefault(check_id(caption.id), caption.file) != caption.file:
                what = f"the id '{caption.id}' belongs to '{owners[caption.id]}' already."
                raise Wrong(what, "Make ids unique.")
    return ids


def _add_items(draft: Draft, file: Found, name: str, pages: bool) -> list[str]:
    """Add the item of a file, or one for each of its pages; return their ids."""
    if file.kind == "text":
        draft.corpus[name] = Entry({"text": file.text})
    elif not pages:
        draft.corpus[name] = Entry({file.kind: f"media/{file.name}"})
    else:
        numbers = range(1, file.pages + 1)
        whole = {"document": f"media/{file.name}"}
        draft.corpus |= {f"{name}#{n}": Entry({**whole, "page": n}) for n in numbers}
        return [f"{name}#{n}" for n in numbers]
    return [name]


def _ask(draft: Draft, caption: Caption, items: list[str]) -> None:
    """Add the queries of a row, and that they should find its file, or the page it names."""
    grade, places = read_grade(caption.grade), dict(caption.places)
    own = _checked(caption.tags)
    if len(items) > 1 and (page := places.pop("page", "")):
        _span({"page": page})
        if int(page) > len(items):
            raise Wrong(f"there is no page {page}; the document has {len(items)}.")
        items = [items[int(page) - 1]]
    for item in items:
        draft.corpus[item].add(own)
    spoken = _checked({"language": caption.languages} if caption.languages else {})
    both = len({kind for kind, _ in caption.texts}) > 1
    for kind, text in caption.texts:
        query = f"q-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
        entry = draft.queries.setdefault(query, Entry({"text": text}))
        entry.add({**own, **spoken, "wording": (kind,) if both else ()})
        for item in items:
            draft.judged.add(query, item, grade, _span(places))


def _checked(found: Mapping[str, Collection[str]]) -> dict[str, Tag]:
    """Return tags after checking their names and values as those of any data set."""
    return tags({name: list(values) for name, values in found.items()})


def _refuse_missing(root: Path, name: str) -> None:
    """Raise Wrong for a file that a row names and that is not among those of the folder."""
    locate(root, name)
    if any(map(_media_files.is_hidden, Path(name).parts)):
        raise Wrong(f"'{name}' begins with a dot; such files are passed over.", "Rename it.")
    raise Wrong(f"'{name}' is the table itself or lies behind a link.", "Name another file.")


def _note_targets(draft: Draft, found: dict[str, Found], items: dict[str, list[str]]) -> None:
    """Give every query the tag `finds`: the modalities of what it should find."""
    kinds = {item: found[name].kind for name, own in items.items() for item in own}
    for query, row in draft.judged.grades.items():
        wanted = sorted({kinds[item] for item, grade in row.items() if grade > 0})
        draft.queries[query].add({"finds": wanted})
