"""Nova: which purpose is told to the model, and which parameters are taken."""

from typing import Any, cast

import pytest

from evalkit.core.errors import UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import Role
from evalkit.providers import _nova_body as body
from evalkit.providers.nova import Nova

TEXT = Role("query", frozenset({"text"}))
INDEX = Role("corpus", frozenset({"text", "image"}))


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ({"text"}, "TEXT_RETRIEVAL"),
        ({"image"}, "IMAGE_RETRIEVAL"),
        ({"document"}, "DOCUMENT_RETRIEVAL"),
        ({"video"}, "VIDEO_RETRIEVAL"),
        ({"audio"}, "AUDIO_RETRIEVAL"),
        ({"text", "image"}, "GENERIC_RETRIEVAL"),
        ({"mixed"}, "GENERIC_RETRIEVAL"),
        (set(), "GENERIC_RETRIEVAL"),
    ],
)
def test_a_query_says_what_the_index_holds(kinds: set[str], expected: str) -> None:
    assert body.purpose_of(Role("query", frozenset(kinds)), "", "auto") == expected
    assert body.purpose_of(Role("corpus", frozenset(kinds)), "", "auto") == "GENERIC_INDEX"


@pytest.mark.parametrize(
    ("kinds", "detail", "expected"),
    [
        ({"image"}, "document", "DOCUMENT_RETRIEVAL"),
        ({"document"}, "standard", "IMAGE_RETRIEVAL"),
        ({"document", "image"}, "document", "DOCUMENT_RETRIEVAL"),
        ({"text"}, "document", "TEXT_RETRIEVAL"),
    ],
)
def test_images_count_as_they_are_indexed(
    kinds: set[str], detail: body.Detail, expected: str
) -> None:
    assert body.purpose_of(Role("query", frozenset(kinds)), "", detail) == expected


@pytest.mark.parametrize("side", ["query", "corpus"])
def test_classification_and_clustering_are_told_on_both_sides(side: Any) -> None:
    for purpose in ("classification", "clustering"):
        role = Role(side, frozenset({"image"}), purpose=cast("Any", purpose))
        assert body.purpose_of(role, "", "auto") == purpose.upper()


def test_another_purpose_is_for_queries_alone() -> None:
    assert body.purpose_of(TEXT, "GENERIC_RETRIEVAL", "auto") == "GENERIC_RETRIEVAL"
    assert body.purpose_of(INDEX, "GENERIC_RETRIEVAL", "auto") == "GENERIC_INDEX"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"purpose": "TEXT_RETRIVAL"}, "TEXT_RETRIEVAL"),
        ({"purpose": "GENERIC_INDEX"}, "purpose"),
        ({"segment_seconds": 31}, "1 to 30"),
        ({"segment_chars": 799}, "800 to 50000"),
        ({"jobs": "bucket/folder"}, "s3://bucket/folder"),
        ({"jobs": "s3://bucket/../other"}, "s3://bucket/folder"),
        ({"batch_role": "arn:aws:iam::1:role/r"}, "`jobs`"),
        ({"max_inline_bytes": 0}, "max_inline_bytes: 0 is under 1000000"),
        ({"max_inline_bytes": 18_700_001}, "over 18700000.*set `jobs`"),
        ({"batch_hours": 0}, "batch_hours"),
    ],
)
def test_wrong_parameters_are_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Nova(**wrong)


def test_how_a_text_is_cut_in_jobs_is_filed_where_it_is_cut() -> None:
    segment = Role("query", frozenset({"text"}), overflow="segment")
    for text, differs in (("short", False), ("long " * 12_000, True)):
        asked = [
            model.request(Item("a", text), segment, 256)
            for model in (
                Nova(),
                Nova(jobs="s3://bucket"),
                Nova(jobs="s3://bucket", segment_chars=9000),
            )
        ]
        assert (asked[0] != asked[1]) is (asked[1] != asked[2]) is differs
