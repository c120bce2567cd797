import json
from pathlib import Path

import pytest

from evalkit.core.errors import DataError
from evalkit.readers.folder import Folder

CORPUS = '{"id": "d1", "text": "red scarf"}\n'

ITEMS = [
    (
        {"id": "x", "txet": "a"},
        "the item has the unknown key 'txet'; did you mean 'text'?",
    ),
    (
        {"id": "x"},
        "the item has no content. Give it one of text, image, audio, video, document or parts.",
    ),
    (
        {"id": "x", "text": "a", "image": "b.png"},
        "the item has 2 contents, 'text' and 'image'. Keep one, or put them into 'parts'.",
    ),
    ({"text": "a"}, "'id' is missing; it must be a text of one line."),
    ({"id": 7, "text": "a"}, "'id' is 7; it must be a text of one line."),
    ({"id": "a\tb", "text": "a"}, r"'id' is 'a\tb'; it must be a text of one line."),
    ({"id": "x", "text": " "}, "'text' is ' '; it must be a text that is not empty."),
    ({"id": "x", "text": 3}, "'text' is 3; it must be a text that is not empty."),
    ({"id": "x", "parts": []}, "'parts' is []; it must be a list of objects."),
    ({"id": "x", "parts": ["a"]}, "'parts' holds 'a'; each part must be an object."),
    (
        {"id": "x", "parts": [{"text": "a", "image": "b"}]},
        "a part has 2 contents; it must have one of text, image, audio, video or document.",
    ),
    (
        {"id": "x", "text": "a", "page": 1},
        "'page' stands beside 'text'; only a document has pages. Leave it out.",
    ),
    (
        {"id": "x", "document": "in.pdf", "page": 0},
        "the page is 0; pages are whole numbers from 1.",
    ),
    (
        {"id": "x", "image": "gone.png"},
        "the file 'gone.png' does not exist. Add the file or correct the path.",
    ),
    (
        {"id": "x", "image": "../out.png"},
        "the path '../out.png' leaves the data set's folder. Put the file inside the folder.",
    ),
    (
        {"id": "x", "image": "/etc/hostname"},
        "the path '/etc/hostname' leaves the data set's folder. Put the file inside the folder.",
    ),
    (
        {"id": "x", "image": "link.png"},
        "the path 'link.png' leaves the data set's folder. Put the file inside the folder.",
    ),
    ({"id": "x", "image": "a\0b"}, r"the path 'a\x00b' cannot be followed. Correct the path."),
    (
        {"id": "x", "image": "in.pdf"},
        "the file 'in.pdf' is given as image, but ends in '.pdf';"
        " known: avif, bmp, gif, jpeg, jpg, png, tif, tiff, webp.",
    ),
    ({"id": "x", "text": "a", "tags": []}, "'tags' is []; it must be an object."),
    (
        {"id": "x", "text": "a", "tags": {"modality": "text"}},
        "the tag 'modality' may not be given; it follows from the content. Drop it.",
    ),
    (
        {"id": "x", "text": "a", "tags": {"size": 3}},
        "the tag 'size' is 3; it must be a text, a list of texts, or texts with weights."
        " Write 'unknown' where it is not known.",
    ),
    (
        {"id": "x", "text": "a", "tags": {"g": ["a", "a"]}},
        "the tag 'g' names a value twice. Name each value once.",
    ),
    (
        {"id": "x", "text": "a", "tags": {"g": {"a": 0}}},
        "the weights of the tag 'g' must be numbers from 0 up, not all 0.",
    ),
]


@pytest.mark.parametrize(("entry", "sentence"), ITEMS)
def test_broken_items_are_told_with_file_and_line(
    tmp_path: Path, entry: dict[str, object], sentence: str
) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "dataset.yaml").write_text("name: shop\ntruth: tags\n")
    (folder / "corpus.jsonl").write_text(CORPUS + json.dumps(entry) + "\n")
    (tmp_path / "out.png").write_bytes(b"x")
    (folder / "link.png").symlink_to(tmp_path / "out.png")
    (folder / "in.pdf").write_bytes(b"x")
    with pytest.raises(DataError) as caught:
        Folder().read(str(folder))
    assert str(caught.value) == f"{folder}/corpus.jsonl:2: {sentence}"
