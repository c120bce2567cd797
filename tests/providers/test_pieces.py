import io
import wave
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from evalkit.core.items import Content, Item, Media, Page
from evalkit.core.protocols import Failed, Role, Usage
from evalkit.media.audio import encode_sound
from evalkit.providers._calls import Piece
from evalkit.providers._containers import container_of, expected_container, normal_mime
from evalkit.providers._page_images import WHOLE_PDF
from evalkit.providers._pieces import (
    ONE_AT_A_TIME,
    base64_text,
    media_of,
    media_piece,
    segments,
    text_pieces,
    usage_of,
)
from tests.media.making import contained, tone

Overflow = Literal["truncate", "error", "segment"]
TONE = tone(0.5, 8000)


def role(overflow: Overflow) -> Role:
    return Role("corpus", frozenset({"text"}), overflow=overflow)


def pieces(
    content: Content, overflow: Overflow = "truncate", chars: int = 20, tokens: int | None = None
) -> list[Piece | Failed]:
    item = Item("a", content, {"language": ("en",)})
    return text_pieces(3, item, role(overflow), most_chars=chars, most_tokens=tokens)


def sent(made: list[Piece | Failed]) -> list[object]:
    return [one.reason if isinstance(one, Failed) else one.item.content for one in made]


# --- text that fits ---------------------------------------------------------------------------


@pytest.mark.parametrize("overflow", ["truncate", "error", "segment"])
def test_text_that_fits_goes_as_it_is(overflow: Overflow) -> None:
    (piece,) = pieces("twenty characters it", overflow)
    assert piece == Piece(3, Item("a", "twenty characters it", {"language": ("en",)}), tokens=5)


def test_parts_of_text_are_lines_of_one_text() -> None:
    assert sent(pieces(("a tin", "of beans"))) == ["a tin\nof beans"]


@pytest.mark.parametrize("content", ["", " \n\t", ("", "  "), "\u3000"])
def test_empty_text_fails(content: Content) -> None:
    assert pieces(content) == [Failed(3, "its text is empty.")]


def test_other_things_than_text_fail() -> None:
    picture = Media("image/png", data=b"")
    assert sent(pieces(picture)) == ["it is no text but image."]
    assert sent(pieces(("text", picture))) == ["it is no text but mixed."]


def test_half_characters_fail() -> None:
    assert sent(pieces("a\ud83d"))[0] == (
        "its text holds half of a character (a lone surrogate), which cannot be sent."
    )


# --- text that is too long ----------------------------------------------------------------------

LONG = "red wool scarf with fringes"


def test_truncated_after_a_word_and_said_so() -> None:
    (piece,) = pieces(LONG)
    assert isinstance(piece, Piece)
    assert (piece.item.content, piece.truncated, piece.span) == ("red wool scarf with ", True, None)
    assert piece.item.tags == {"language": ("en",)}
    assert piece.tokens == 5


def test_a_word_that_ends_at_the_limit_stays_whole() -> None:
    assert sent(pieces(LONG, chars=19)) == ["red wool scarf with"]
    assert sent(pieces(LONG, chars=14)) == ["red wool scarf"]


def test_a_word_far_longer_than_the_limit_is_cut() -> None:
    assert sent(pieces("x" * 50, chars=20)) == ["x" * 20]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("abcde\u0301\u0323fgh", "abcd"),
        ("abc👍🏽defgh", "abc"),
        ("abc👩\u200d🔬defg", "abc"),
        ("abcde\r\nfgh", "abcde"),
        ("किकिकिकि", "किकि"),
    ],
)
def test_no_visible_character_is_torn_apart(text: str, kept: str) -> None:
    limit = {"abcde\r\nfgh": 6, "abc👍🏽defgh": 4, "abc👩\u200d🔬defg": 4}.get(text, 5)
    assert sent(pieces(text, chars=limit)) == [kept]


def test_endless_marks_are_cut_all_the_same() -> None:
    assert sent(pieces("e" + "\u0301" * 500, chars=10)) == ["e" + "\u0301" * 9]


def test_error_says_by_how_much_and_what_to_do() -> None:
    fix = "Shorten it, or let the suite say 'overflow: truncate' or 'overflow: segment'."
    assert pieces("x" * 1234, "error", chars=1000) == [
        Failed(3, f"its text has 1,234 characters; the model takes 1,000. {fix}")
    ]
    assert pieces("x" * 1234, "error", chars=9999, tokens=300) == [
        Failed(3, f"its text has about 309 tokens; the model takes 300. {fix}")
    ]


def test_tokens_are_bytes_of_utf8_divided() -> None:
    assert sent(pieces("x" * 100, chars=999, tokens=10)) == ["x" * 40]
    assert sent(pieces("猫" * 100, chars=999, tokens=10)) == ["猫" * 13]
    assert sent(pieces("🐈" * 100, chars=999, tokens=10)) == ["🐈" * 10]
    item = Item("a", "x" * 100)
    options = {"most_chars": 999, "most_tokens": 10, "chars_per_token": 3.0}
    (piece,) = text_pieces(0, item, role("truncate"), **options)  # type: ignore[arg-type]
    assert isinstance(piece, Piece)
    assert (piece.item.content, piece.tokens) == ("x" * 30, 10)


def test_segments_have_spans_in_characters() -> None:
    made = pieces(LONG, "segment", chars=10)
    assert [(p.item.content, p.span) for p in made if isinstance(p, Piece)] == [
        ("red wool ", (0.0, 9.0)),
        ("scarf with", (9.0, 19.0)),
        (" fringes", (19.0, 27.0)),
    ]
    assert not any(p.truncated for p in made if isinstance(p, Piece))


def test_segments_of_blanks_are_not_sent() -> None:
    assert sent(pieces("a" + " " * 30 + "b", "segment", chars=10)) == ["a" + " " * 9, " b"]


def test_a_blank_beginning_fails() -> None:
    assert sent(pieces(" " * 30 + "b"))[0] == (
        "the beginning of its text, as far as the model reads, is blank."
    )


texts = st.text(
    st.one_of(
        st.sampled_from(" \n\r\u0301\u200dé猫🏽👩"), st.characters(exclude_categories=["Cs"])
    ),
    max_size=300,
)


@given(texts, st.integers(1, 60), st.one_of(st.none(), st.integers(4, 60)))
def test_segments_cover_the_text(text: str, chars: int, most: int | None) -> None:
    limit = float("inf") if most is None else float(most)
    spans = list(segments(text, chars, limit))
    assert "".join(text[a:b] for a, b in spans) == text
    assert [a for a, _ in spans[1:]] == [b for _, b in spans[:-1]]
    assert all(a < b for a, b in spans)
    assert all(b - a <= chars and len(text[a:b].encode()) <= limit for a, b in spans)
    assert spans == list(segments(text, chars, limit))


@given(texts, st.integers(2, 60))
def test_pieces_keep_within_the_limit(text: str, chars: int) -> None:
    for overflow in ("truncate", "error", "segment"):
        made = pieces(text, overflow, chars, tokens=15)
        assert made
        for one in made:
            if isinstance(one, Piece):
                content = one.item.content
                assert isinstance(content, str)
                assert content.strip()
                assert len(content) <= chars
                assert one.tokens <= 15
                assert one.truncated == (overflow == "truncate" and content != text)


@given(st.lists(st.text("abcdé", min_size=1, max_size=9), min_size=1, max_size=60))
def test_words_stay_whole_where_they_are_short(words: list[str]) -> None:
    text = " ".join(words)
    parts = [text[a:b] for a, b in segments(text, 20)]
    assert [word for part in parts for word in part.split()] == words


def test_a_long_text_is_cut_in_time_that_grows_with_it() -> None:
    text = "word " * 200_000
    spans = list(segments(text, 8_000, 32_000))
    assert len(spans) == 125


# --- media --------------------------------------------------------------------------------------

IMAGES = {"image/png", "image/jpeg", "image/gif", "image/webp"}


def image(form: str, width: int = 8, height: int = 6) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, form)
    return out.getvalue()


def wav(lasts: float) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8_000)
        file.writeframes(bytes(round(8_000 * lasts)))
    return out.getvalue()


def made(
    content: Content,
    most_bytes: int = 10_000,
    most_seconds: float | None = None,
    most_pixels: tuple[int, int] | None = None,
) -> str | Content:
    taken = {*IMAGES, "audio/wav", "audio/mpeg", "video/mp4", "video/webm"}
    got = media_piece(
        1,
        Item("a", content),
        most_bytes=most_bytes,
        mimes=taken,
        most_seconds=most_seconds,
        most_pixels=most_pixels,
        tokens=7,
    )
    assert got.index == 1
    return got.reason if isinstance(got, Failed) else got.item.content


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_images_go_as_they_are(form: str, tmp_path: Path) -> None:
    data = image(form)
    media = Media(f"image/{form.lower()}", data=data)
    assert made(media) == media
    (tmp_path / "a").write_bytes(data)
    on_disk = Media(f"image/{form.lower()}", tmp_path / "a")
    assert made(on_disk, most_pixels=(8, 6)) == on_disk


def test_tokens_and_type_are_passed_on() -> None:
    item = Item("a", Media("image/jpg", data=image("JPEG")), {"c": ("x",)})
    piece = media_piece(0, item, most_bytes=9999, mimes={"image/jpg"}, tokens=7)
    assert piece == Piece(0, item.with_content(Media("image/jpeg", data=image("JPEG"))), tokens=7)


@pytest.mark.parametrize(
    ("given", "usual"),
    [
        ("image/jpg", "image/jpeg"),
        ("IMAGE/PNG", "image/png"),
        ("audio/x-wav", "audio/wav"),
        ("audio/wav; rate=8000", "audio/wav"),
        ("audio/mp3", "audio/mpeg"),
        ("video/mov", "video/quicktime"),
        ("application/odd", "application/odd"),
    ],
)
def test_types_by_their_usual_name(given: str, usual: str) -> None:
    assert normal_mime(given) == usual


def test_a_type_that_is_not_taken() -> None:
    taken = "audio/mpeg, audio/wav, image/gif, image/jpeg, image/png, image/webp, video/mp4"
    assert made(Media("application/odd", data=b"II*\0")) == (
        f"its type is application/odd; the model takes {taken}, video/webm."
    )
    piece = media_piece(
        0, Item("a", Media("image/tiff", data=b"x")), most_bytes=9, mimes={"image/x"}
    )
    assert piece == Failed(0, "its type is image/tiff; the model takes image/x.")


@pytest.mark.parametrize(
    ("given", "data", "sent"),
    [
        ("image/tiff", image("TIFF"), "image/png"),
        ("image/bmp", image("BMP"), "image/png"),
        ("audio/flac", encode_sound(TONE, 8000, "audio/flac"), "audio/wav"),
        ("audio/ogg", encode_sound(TONE, 8000, "audio/ogg"), "audio/wav"),
        ("video/x-msvideo", contained("avi", "mpeg4", [(0.0, 40), (0.2, 80)]).data, "video/mp4"),
    ],
)
def test_media_of_another_type_are_converted(given: str, data: bytes, sent: str) -> None:
    found = made(Media(given, data=data), most_seconds=30)
    assert isinstance(found, Media)
    assert found.mime == sent
    assert container_of(found.read()[:16]) == expected_container(sent)
    assert found == made(Media(given, data=data), most_seconds=30)


def test_what_is_too_long_or_broken_is_not_converted() -> None:
    flac = Media("audio/flac", data=encode_sound(TONE, 8000, "audio/flac"))
    assert made(flac, most_seconds=0.1) == "it lasts 0.5 seconds; the model takes 0.1."
    assert made(Media("image/tiff", data=b"II*\0")) == (
        "its type is image/tiff, and it cannot be converted: its bytes are not an image that can "
        "be read. Store it again as PNG, JPEG or WebP, or leave it out."
    )


def test_a_picture_that_is_too_large_as_png_becomes_a_jpeg() -> None:
    noise = io.BytesIO()
    Image.effect_noise((64, 64), 90).convert("RGB").save(noise, "TIFF")
    found = made(Media("image/tiff", data=noise.getvalue()), most_bytes=6000)
    assert isinstance(found, Media)
    assert found.mime == "image/jpeg"
    assert Image.open(io.BytesIO(found.read())).size == (64, 64)


def test_size_is_of_the_file_before_base64(tmp_path: Path) -> None:
    data = image("PNG")
    media = Media("image/png", data=data)
    assert made(media, most_bytes=len(data)) == media
    told = f"its file has {len(data)} bytes; the model takes {len(data) - 1}."
    assert made(media, most_bytes=len(data) - 1) == told
    (tmp_path / "a").write_bytes(data)
    assert made(Media("image/png", tmp_path / "a"), most_bytes=len(data) - 1) == told
    assert made(Media("image/png", data=b"")) == "its file is empty."
    assert len(base64_text(data)) == (len(data) + 2) // 3 * 4


def test_files_that_are_not_there(tmp_path: Path) -> None:
    assert made(Media("image/png", tmp_path / "gone.png")) == (
        "its file cannot be read (No such file or directory)."
    )


@pytest.mark.parametrize(
    ("mime", "data", "told"),
    [
        ("image/png", image("JPEG"), "begin like JPEG"),
        ("image/jpg", image("WEBP"), "begin like WebP"),
        ("image/webp", wav(1), "begin like WAV"),
        ("audio/wav", b"OggS" + bytes(20), "begin like Ogg"),
        ("audio/mpeg", b"fLaC" + bytes(20), "begin like FLAC"),
        ("audio/mpeg", b"\xff\xf1" + bytes(20), "begin like AAC"),
        ("video/mp4", b"\x1aE\xdf\xa3" + bytes(20), "begin like Matroska or WebM"),
        ("video/webm", b"\0\0\0\x18ftypisom" + bytes(20), "begin like MP4 or MOV"),
        ("video/mp4", b"\0\0\0\x18ftypavif" + bytes(20), "begin like AVIF or HEIF"),
        ("video/mp4", b"#EXTM3U\n" + bytes(20), "do not begin like MP4 or MOV"),
        ("image/png", b"<svg xmlns=''></svg>", "do not begin like PNG"),
    ],
)
def test_bytes_that_are_something_else(mime: str, data: bytes, told: str) -> None:
    assert (
        made(Media(mime, data=data)) == f"its type says {normal_mime(mime)}, but its bytes {told}."
    )


@pytest.mark.parametrize("head", [b"ID3\x04", b"\xff\xfb\x90\x64", b"\xff\xf3\x40\xc4"])
def test_both_beginnings_of_mp3(head: bytes) -> None:
    media = Media("audio/mpeg", data=head + bytes(20))
    assert made(media) == media


def test_pixels_are_read_from_the_header_alone() -> None:
    data = image("PNG", 300, 20)
    cut = Media("image/png", data=data[:60])
    assert made(cut, most_pixels=(300, 20)) == cut
    assert made(cut, most_pixels=(200, 200)) == "it has 300 x 20 pixels; the model takes 200 x 200."
    assert made(Media("image/png", data=data[:10]), most_pixels=(9, 9)) == (
        "its bytes are no image that can be read, or one far too large."
    )


def test_seconds() -> None:
    media = Media("audio/x-wav", data=wav(1.5))
    assert made(media, 99_999, most_seconds=1.5) == Media("audio/wav", data=wav(1.5))
    assert made(media, 99_999, most_seconds=1) == "it lasts 1.5 seconds; the model takes 1."
    assert made(Media("audio/wav", data=wav(0)), 99_999, most_seconds=1) == (
        "how long it lasts cannot be told from its file."
    )
    assert made(Media("audio/wav", data=b"RIFF0000WAVEoops"), 99_999, most_seconds=1) == (
        "its bytes are no audio or video that can be read, or are cut short."
        " Store it again, or leave it out."
    )
    picture = Media("image/png", data=image("PNG"))
    assert made(picture, most_seconds=0.1) == picture


def test_pages_that_are_images() -> None:
    scan = Media("image/jpg", data=image("JPEG"))
    usual = Media("image/jpeg", data=image("JPEG"))
    assert made(Page(scan, 1)) == Page(usual, 1)
    assert media_of(Item("a", Page(scan, 1))) == usual
    assert made(Page(scan, 2)) == "its document is one image, which has no page 2."
    pdf = Media("application/pdf", data=b"%PDF-1.7")
    assert made(Page(pdf, 1)) == (
        "its page is one of a document, and the model takes images alone."
    )
    assert made(pdf) == WHOLE_PDF


def test_what_is_not_one_piece_of_media() -> None:
    picture = Media("image/png", data=image("PNG"))
    assert made(("see", picture)) == ONE_AT_A_TIME
    assert made("text") == "it is text where media were expected."


# --- usage --------------------------------------------------------------------------------------


def test_usage() -> None:
    picture = Media("image/png", data=image("PNG"))
    items = [
        Item("a", "naïve"),
        Item("b", ("see", picture, picture)),
        Item("c", Page(Media("application/pdf", data=b""), 3)),
        Item("d", Media("audio/x-wav", data=wav(2.5))),
        Item("e", Media("video/mp4", data=b"broken")),
    ]
    assert usage_of(items) == Usage(
        calls=5, tokens=3, images=3, audio_seconds=2.5, video_seconds=0, chars=8
    )
    assert usage_of([]) == Usage()
