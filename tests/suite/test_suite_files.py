"""What is said of a file that is no suite, and what YAML means in one that is."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit import suite
from evalkit.core.errors import DataError, SuiteError
from evalkit.suite.literal_secrets import remove_secrets
from evalkit.suite.yaml_text import parse, scalar

Write = Callable[[dict[str, str]], Path]
Complain = Callable[[dict[str, str]], list[str]]


def said_of(path: Path | str) -> str:
    with pytest.raises(SuiteError) as caught:
        suite.load(path)
    return str(caught.value)


def test_a_missing_file(folder: Path) -> None:
    assert said_of("s.yaml") == "s.yaml: there is no such file. Check the path."


def test_a_mistyped_file(write: Write) -> None:
    write({})
    assert said_of("ss.yaml") == (
        "ss.yaml: there is no such file; did you mean 's.yaml'? Check the path."
    )


def test_a_directory(folder: Path) -> None:
    expected = "data: this is a directory; expected a suite file. Name one YAML file in it."
    assert said_of("data") == expected


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "~\n"])
def test_an_empty_file(folder: Path, text: str) -> None:
    Path("s.yaml").write_text(text)
    assert said_of("s.yaml") == (
        "s.yaml: the file is empty. A suite needs at least suite, models and cases."
    )


def test_fifty_megabytes_are_not_read(folder: Path) -> None:
    with Path("s.yaml").open("wb") as file:
        file.truncate(50_000_000)
    assert said_of("s.yaml") == (
        "s.yaml: the file has 50.0 MB; a suite has at most 1 MB. Name the suite, not its data."
    )


def test_another_encoding(folder: Path) -> None:
    Path("s.yaml").write_bytes("suite: a\nabout: größe\n".encode("latin-1"))
    assert said_of("s.yaml") == (
        "s.yaml:2: the byte 0xf6 is not UTF-8 text. Save the file as UTF-8."
    )


@pytest.mark.parametrize(("text", "shape"), [("[a, b]", "a list"), ("word", "a single value")])
def test_no_mapping(folder: Path, text: str, shape: str) -> None:
    Path("s.yaml").write_text(text)
    assert said_of("s.yaml") == (
        f"s.yaml:1:1: expected keys such as suite, models and cases, got {shape}."
    )


def test_no_known_format_of_data(complain: Complain) -> None:
    (said,) = complain({"data: data": "data: s.yaml"})
    assert said.startswith("s.yaml:6:5 cases.0.data: 's.yaml' is no data set; expected a folder")


def test_a_path_that_leaves_the_folder_of_the_data(write: Write) -> None:
    Path("secret.png").write_bytes(b"x")
    corpus = Path("data/corpus.jsonl")
    corpus.write_text(corpus.read_text() + '{"id": "d3", "image": "../secret.png"}\n')
    with pytest.raises(DataError, match=r"data/corpus.jsonl:3: .*leaves"):
        suite.load(write({}))


def test_different_mistakes_are_all_said_at_once_in_the_order_of_the_file(
    complain: Complain,
) -> None:
    assert complain(
        {
            "suite: tiny": "suit: tiny",
            "[reference]": "[refrence]",
            "[ndcg@10, recall@1]": "[ndgc@10, 1]",
            "typos: {severities: [1, 3]}": "tpyos",
            "at: 256, at_least: 0.5": "at: '256', at_least: 0.5, api_key: hunter2",
        }
    ) == [
        "s.yaml:1:1 suit: unknown key 'suit'; did you mean 'suite'?",
        "s.yaml:2:10 models.0: unknown provider 'refrence'; did you mean 'reference'?",
        "s.yaml:7:15 cases.0.metrics.0: unknown metric 'ndgc@10'; did you mean 'ndcg@10'?",
        "s.yaml:7:24 cases.0.metrics.1: expected a metric such as ndcg@10, got the number 1.",
        "s.yaml:9:14 cases.0.probes.0: unknown probe 'tpyos'; did you mean 'typos'?",
        "s.yaml:11:32 gates.0.at: expected a whole number, got the text '256'.",
        "s.yaml:11:58 gates.0.api_key: 'api_key' holds a literal secret. "
        "Put it in the environment.",
    ]


@pytest.mark.parametrize(
    "written",
    [
        "[reference: {password: hunter2hunter2}]",
        "[reference: {aws_secret_access_key: hunter2hunter2}]",
        "[reference: {sessionToken: hunter2hunter2}]",
        "[reference: {endpoint: 'https://me:hunter2hunter2@host'}]",
        "[reference: {key: sk-hunter2hunter2hunter2hunter2}]",
        "[reference: {key: hunter2hunter2hunter2}]",
        "[reference: {auth: hunter2x9Hunter2q4/Zt7=}]",
        "[reference: {region: rk_test_hunter2hunter2}]",
        "[reference: {region: ya29.hunter2_hunter2-hunter2}]",
        "[reference: {endpoint: 'https://host/v1?apiKey=hunter2'}]",
        "[reference: {endpoint: 'https://host/v1?a=b&key=hunter2hunter2'}]",
        "[reference: {endpoint: 'https://host/v1?access_token=hunter2'}]",
        "sk-hunter2hunter2hunter2hunter2",
    ],
)
def test_a_secret_is_never_repeated(complain: Complain, written: str) -> None:
    said = complain({"[reference]": written})
    assert "Put it in the environment." in said[0]
    assert "hunter2" not in "\n".join(said)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("key", "language"),
        ("key", "product-category-2024-q3"),
        ("key", "sentence-minilm-l6-v2-e5-small"),
        ("key", "ProductCategoryNameAndPlace"),
        ("key_env", "OUR_GATEWAY_KEY_2"),
        ("api_key_env", "OUR_GATEWAY_KEY_2"),
        ("auth", "none"),
        ("about", "tasks_live_in_sk_live_ and ya29 alone"),
        ("about", "see https://host/page?key=intro&sort=up, or ?api_key=<yours>"),
        ("commit", "0123456789abcdef0123456789abcdef01234567"),
    ],
)
def test_what_is_no_secret_is_let_pass(key: str, value: str) -> None:
    root = parse(f"models: [{{of: {{{key}: '{value}'}}}}]", "s.yaml")
    remove_secrets(root)
    root.problems.raise_any()
    assert root.node.plain() == {"models": [{"of": {key: value}}]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"), ("yes", "yes"), ("No", "No"), ("off", "off"), ("y", "y"),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("012", 12), ("0o14", 12), ("0xC", 12), ("+3", 3), ("-3", -3), ("1_000", "1_000"),
        ("1e3", 1000.0), ("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("-.inf", -math.inf),
        ("12:30:45", "12:30:45"), ("2027-01-31", "2027-01-31"), ("1.2.3", "1.2.3"), ("=", "="),
    ],
)  # fmt: skip
def test_scalars_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_quoted_scalars_are_text() -> None:
    place = parse("a: '12'\nb: \"true\"\nc: 'null'\n1: x\non: y\n", "s.yaml")
    assert place.node.plain() == {"a": "12", "b": "true", "c": "null", "1": "x", "on": "y"}


def test_a_byte_order_mark_and_windows_lines_are_fine(write: Write) -> None:
    path = write({})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert suite.load(path).name == "tiny"


def test_every_value_has_a_line_and_a_column() -> None:
    place = parse("a:\n  - b: 1\n    c: [x,\n      y]\n", "s.yaml")
    assert str(place.at("a", 0, "c", 1)) == "s.yaml:4:7 a.0.c.1"
    assert str(place.at("a", 0, "c", 7)) == "s.yaml:3:5 a.0.c"
    assert str(place) == "s.yaml:1:1"


@pytest.mark.parametrize("written", ["a" * 300, '"\\0"', "no/where/at/all"])
def test_what_is_no_path_is_a_missing_data_set(complain: Complain, written: str) -> None:
    name = {"a" * 300: f"{'a' * 57}...", '"\\0"': "\\x00"}.get(written, written)
    assert complain({"data: data": f"data: {written}"}) == [
        f"s.yaml:6:5 cases.0.data: there is no data set at '{name}'. "
        "Paths are relative to the suite file."
    ]
    assert said_of("a" * 300) == f"{'a' * 300}: there is no such file. Check the path."


def test_a_long_name_is_not_told_whole(complain: Complain) -> None:
    long = "m" * 50_000
    shown = f"'{long[:57]}...'"
    (said,) = complain({"recall@1": long})
    assert said.endswith(f"{shown} is no metric name; write it like ndcg@10, recall@5 or map.")
    (said,) = complain({"data: data": f"data: {long}"})
    assert said.endswith(f"no data set at {shown}. Paths are relative to the suite file.")


def test_a_link_that_leads_nowhere(folder: Path, complain: Complain) -> None:
    (folder / "loop").symlink_to("loop")
    assert complain({"data: data": "data: loop"}) == [
        "s.yaml:6:5 cases.0.data: this is a link that leads nowhere. Correct the link."
    ]


def test_judgements_that_are_all_zero(folder: Path, complain: Complain) -> None:
    (folder / "data/qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t0\n")
    assert complain({}) == [
        "s.yaml:6:5 cases.0.data: no judgement is above 0, so nothing can be found."
        " Correct the grades in qrels.tsv."
    ]


def test_folders_that_may_not_be_read(
    folder: Path, complain: Complain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "iterdir", refuse)
        assert "no data set at 'dat'. Paths" in complain({"data: data": "data: dat"})[0]
    with monkeypatch.context() as patch:
        patch.setattr("evalkit.readers.folder.is_beir", refuse)
        assert complain({}) == [
            "s.yaml:6:5 cases.0.data: 'data' cannot be read (Permission denied)."
            " Correct its permissions."
        ]
