"""The filings data set keeps every promise its card makes."""

import json
import re
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pytest
import yaml

from evalkit.readers.folder import Folder

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "filings"
WHERE = {"prose", "table", "chart", "clause", "footnote", "cross_page"}
KINDS = {
    "annual_report", "quarterly_report", "sustainability_report", "contract", "prospectus",
    "datasheet", "audit_letter",
}  # fmt: skip
FONTS = re.compile(r"(Helvetica|Times)(-\w+)?")
SLOTS = (
    "tarnhollow quillbrook skerrywind loomgate cassarine cellstack montejara brennhagen marsh "
    "coverdale pell winterbourne vennerdam lelie halim farholm nordic nordics deck machinery winch "
    "engine bottle battery pump hospital food bakery baker wind marine software diagnostics glass"
)
Row = dict[str, Any]


@cache
def lines(name: str) -> list[Row]:
    """Return the rows of one JSONL file."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@cache
def corpus() -> dict[str, Row]:
    return {row["id"]: row for row in lines("corpus.jsonl")}


@cache
def qrels() -> dict[str, dict[str, tuple[int, str]]]:
    """Return grade and page of every query by item."""
    rows = (FOLDER / "qrels.tsv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "query-id\tcorpus-id\tscore\tpage"
    graded: dict[str, dict[str, tuple[int, str]]] = defaultdict(dict)
    for row in rows[1:]:
        query, item, score, page = row.split("\t")
        assert item not in graded[query], row
        graded[query][item] = (int(score), page)
    return graded


@cache
def layer(file: str) -> list[str]:
    """Return the text layer of the pages of a shipped PDF, its breaks made spaces."""
    return texts_of((FOLDER / file).read_bytes())


def texts_of(pdf: bytes) -> list[str]:
    with pdfium.PdfDocument(pdf) as document:
        return [plain(page.get_textpage().get_text_bounded()) for page in document]


def plain(text: str) -> str:
    return " ".join(re.sub(r"[\ufffe\x02]\s*", "-", text).split())


def text_of(item: str) -> str:
    """Return the text layer of the page that an item is."""
    row = corpus()[item]
    return layer(row["document"])[int(row["page"]) - 1]


def figures(text: str) -> list[float]:
    """Return the figures in an English text, in order."""
    found = re.findall(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?", text)
    return [float(figure.replace(",", "").rstrip(".")) for figure in found]


def page(key: str, number: int) -> str:
    """Return the text layer of a page of the document with a key in the sources."""
    names = yaml.safe_load((FOLDER / "sources/documents.yaml").read_text(encoding="utf-8"))
    return layer(f"pdf/d{names.index(key) + 1:02d}.pdf")[number - 1]


@pytest.fixture(scope="module")
def maker() -> Iterator[ModuleType]:
    """Lend the module that prints documents."""
    sys.path.insert(0, str(FOLDER))
    yield import_module("filings_maker.documents")
    sys.path.remove(str(FOLDER))


def test_the_reader_takes_the_folder_without_a_complaint() -> None:
    data = Folder().read(str(FOLDER))
    assert (len(data.queries), len(data.corpus)) == (len(lines("queries.jsonl")), len(corpus()))
    assert data.card.name == "filings"
    assert set(data.card.groups) <= set(data.queries[0].tags)


def test_there_are_enough_documents_pages_and_queries() -> None:
    units = Counter(row["tags"]["unit"] for row in corpus().values())
    assert units["document"] >= 12
    assert units["page"] >= 90
    assert len(lines("queries.jsonl")) >= 90
    assert {row["tags"]["kind"] for row in corpus().values()} == KINDS
    assert {row["tags"]["language"] for row in corpus().values()} == {"en", "es", "de"}
    about = yaml.safe_load((FOLDER / "dataset.yaml").read_text(encoding="utf-8"))["about"]
    counts = f"{units['document']} PDFs with a text layer, {units['page']} pages"
    assert counts in about
    assert f"{len(lines('queries.jsonl'))} queries" in about


def test_the_documents_are_small_and_every_page_is_an_item() -> None:
    assert sum(path.stat().st_size for path in (FOLDER / "pdf").iterdir()) < 1_500_000
    listed = Counter(row["document"] for row in corpus().values() if "page" in row)
    assert listed == {f"pdf/{p.name}": len(layer(f"pdf/{p.name}")) for p in FOLDER.glob("pdf/*")}


def test_ids_and_file_names_say_nothing() -> None:
    for row in corpus().values():
        assert re.fullmatch(r"p\d{3}|d\d{2}", row["id"])
        assert re.fullmatch(r"pdf/d\d{2}\.pdf", row["document"])
    assert all(re.fullmatch(r"q\d{4}", row["id"]) for row in lines("queries.jsonl"))
    assert all(re.fullmatch(r"i\d{3}", q["tags"]["intent"]) for q in lines("queries.jsonl"))


def test_answers_lie_in_all_places() -> None:
    found = Counter(row["tags"]["answer_in"] for row in lines("queries.jsonl"))
    assert set(found) == WHERE
    assert min(found.values()) >= 10


def test_the_answer_stands_on_a_page_of_the_best_grade() -> None:
    for row in lines("queries.jsonl"):
        best = [item for item, (grade, _) in qrels()[row["id"]].items() if grade == 3]
        pages = [item for item in best if corpus()[item]["tags"]["unit"] == "page"]
        assert len(pages) == 1, row
        said = re.escape(row["tags"]["answer"])
        assert re.search(rf"(?<![\w.,]){said}(?![\d%]|[.,]\d)", text_of(pages[0])), row


def test_the_place_of_the_answer_is_on_its_page() -> None:
    for row in lines("queries.jsonl"):
        best = next(i for i, (grade, _) in qrels()[row["id"]].items() if grade == 3 and i[0] == "p")
        if row["tags"]["answer_in"] in ("table", "chart", "clause"):
            assert row["tags"]["answer_in"] in corpus()[best]["tags"]["has"], row


def test_a_whole_document_has_the_best_grade_of_its_pages() -> None:
    for row in lines("queries.jsonl"):
        by_document: dict[str, int] = defaultdict(int)
        for item, (grade, _) in qrels()[row["id"]].items():
            if "page" in corpus()[item]:
                name = corpus()[item]["tags"]["source"]
                by_document[name] = max(by_document[name], grade)
        whole = {i: g for i, (g, _) in qrels()[row["id"]].items() if "page" not in corpus()[i]}
        assert whole == by_document, row


def test_the_page_column_of_a_document_points_to_a_page_of_that_grade() -> None:
    for judged in qrels().values():
        for item, (grade, number) in judged.items():
            assert bool(number) == ("page" not in corpus()[item] and grade > 0)
            if number:
                same = [i for i in judged if corpus()[i]["document"] == corpus()[item]["document"]]
                assert any(
                    corpus()[i].get("page") == int(number) and judged[i][0] == grade for i in same
                )


def test_every_query_has_a_near_miss() -> None:
    for row in lines("queries.jsonl"):
        judged = qrels()[row["id"]]
        for unit in ("page", "document"):
            assert any(
                g == 0 and corpus()[i]["tags"]["unit"] == unit for i, (g, _) in judged.items()
            )


def test_a_near_miss_does_not_state_the_figure() -> None:
    for row in lines("queries.jsonl"):
        answer = row["tags"]["answer"]
        if len(answer) < 4 or not answer[0].isdigit():
            continue
        for item, (grade, _) in qrels()[row["id"]].items():
            if grade == 0 and "page" in corpus()[item]:
                assert not re.search(rf"(?<![\w.,]){re.escape(answer)}(?![\w.,])", text_of(item)), (
                    row
                )


def test_no_more_than_three_queries_share_a_pattern() -> None:
    slots = set(SLOTS.split())

    def pattern(text: str) -> str:
        folded = unicodedata.normalize("NFKD", text.lower())
        words = re.findall(r"\w+", re.sub(r"['’]s\b", "", folded))
        return re.sub(r"(_ ?)+", "_ ", " ".join("_" if w in slots or w[0].isdigit() else w
                                                for w in words))  # fmt: skip

    found = Counter(pattern(row["text"]) for row in lines("queries.jsonl"))
    assert max(found.values()) <= 3, found.most_common(3)


def test_most_queries_do_not_quote_their_page() -> None:
    quoting = 0
    for row in lines("queries.jsonl"):
        best = next(i for i, (grade, _) in qrels()[row["id"]].items() if grade == 3 and i[0] == "p")
        words = set(re.findall(r"\w{5,}", row["text"].lower()))
        said = set(re.findall(r"\w{5,}", text_of(best).lower()))
        quoting += len(words & said) > 0.6 * len(words)
    assert quoting < 0.25 * len(lines("queries.jsonl"))


@pytest.mark.parametrize("file", sorted(p.name for p in FOLDER.glob("pdf/*.pdf")))
def test_no_glyph_is_missing(file: str) -> None:
    for text in layer(f"pdf/{file}"):
        assert text
        text.encode("cp1252")  # WinAnsiEncoding, which the standard fonts cover
        assert "\ufffd" not in text
    raw = (FOLDER / "pdf" / file).read_bytes()
    fonts = re.findall(rb"/BaseFont /([\w-]+) /Encoding /(\w+)", raw)
    assert fonts
    assert raw.count(b"/BaseFont") == len(fonts)
    assert all(FONTS.fullmatch(name.decode()) for name, _ in fonts)
    assert {encoding for _, encoding in fonts} == {b"WinAnsiEncoding"}


def test_a_glyph_that_the_fonts_lack_is_refused(maker: ModuleType) -> None:
    wording = import_module("filings_maker.wording")
    with pytest.raises(UnicodeEncodeError):
        wording.fill("a resistance of 5 Ω", {}, "en")


@pytest.mark.parametrize("key", ["cassarine_q2_2025", "montejara_informe_2025"])
def test_a_document_made_again_equals_the_shipped_one(maker: ModuleType, key: str) -> None:
    made = maker.publish(key)
    shipped = (FOLDER / made.file).read_bytes()
    assert texts_of(made.pdf) == layer(made.file)
    with pdfium.PdfDocument(made.pdf) as new, pdfium.PdfDocument(shipped) as old:
        for left, right in zip(new, old, strict=True):
            assert np.array_equal(
                left.render(scale=0.5).to_numpy(), right.render(scale=0.5).to_numpy()
            )


def test_all_that_was_written_can_be_read_back(
    maker: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    setter = import_module("filings_maker.blocks").Setter
    told = setter.text

    def noted(self: Any, spec: Any) -> str:
        text: str = told(self, spec)
        written.append(re.sub(r"<[^>]+>", "", text))
        return text

    monkeypatch.setattr(setter, "text", noted)
    made = maker.publish("brennhagen_bericht_2025")
    read = "".join("".join(texts_of(made.pdf)).split())
    assert len(written) > 100
    lost = {text for text in written if "".join(text.split()) not in read}
    assert lost == {"Anteil"}  # a chart with one series has no key, so its name is not drawn


def test_every_chart_names_its_values_and_categories(maker: ModuleType) -> None:
    wording = import_module("filings_maker.wording")
    charts = 0
    for key in ("tarnhollow_annual_2025", "skerrywind_sustainability_2025"):
        record = maker.source(f"documents/{key}")
        facts, language = maker.facts_of(record), record["language"]
        names = maker.document_keys()
        texts = layer(f"pdf/d{names.index(key) + 1:02d}.pdf")
        for sheet in maker.sheets_of(record):
            for chart in charts_of(sheet["blocks"]):
                title = wording.fill(chart["title"], facts, language)
                (text,) = (t for t in texts if re.search(rf"Figure \d+\. {re.escape(title)}", t))
                labels = [wording.fill(name, facts, language) for name in chart["categories"]]
                values = [facts[name] for row in chart["series"].values() for name in row]
                shown = [wording.number(v, language, str(chart.get("digits", 1))) for v in values]
                assert all(name in text for name in [*labels, *shown]), chart["chart"]
                charts += 1
    assert charts >= 8


def charts_of(blocks: list[Any]) -> Iterator[Row]:
    for block in blocks:
        if isinstance(block, dict) and "chart" in block:
            yield block
        elif isinstance(block, dict) and "side" in block:
            yield from charts_of(block["side"])


def test_the_segments_add_up_to_the_revenue_that_the_prose_names() -> None:
    for key in ("tarnhollow_annual_2024", "tarnhollow_annual_2025", "quillbrook_annual_2025"):
        text = page(key, 4)
        table = text[text.index("Margin") : text.index("Segment profit is")]
        names = ("Propulsion", "Deck Machinery", "Lifetime Service")
        names = names if "tarn" in key else ("Bakery", "Chilled Meals", "Plant Drinks")
        parts = [figures(table[table.index(name) :])[0] for name in names]
        group = figures(table[table.index("Group") :])[0]
        assert sum(parts) == pytest.approx(group)
        assert f"{group:,.1f} million" in page(key, 2)


def test_a_report_repeats_the_figures_of_the_year_before() -> None:
    old, new = page("tarnhollow_annual_2024", 6), page("tarnhollow_annual_2025", 6)
    for line in ("Gross profit", "Operating profit", "Profit before tax", "Net profit"):
        assert figures(old[old.index(line) :])[0] == figures(new[new.index(line) :])[1]


def test_charts_agree_with_the_prose_beside_them() -> None:
    ageing = page("aldermoor_battery_datasheet", 2)
    drawn, told = ageing.split("After 2,000 cycles ")
    assert {93.0, 84.0} <= set(figures(drawn))
    assert figures(told)[0] == 93
    assert "after 4,500 cycles 84 percent" in told
    proceeds = page("skerrywind_bond_prospectus", 2)
    bars = proceeds[proceeds.index("Use of proceeds, EUR million") :]
    gross = figures(proceeds[proceeds.index("gross proceeds of") :])[0]
    assert {138.0, 97.0, 34.0, 28.0, 3.0} <= set(figures(bars))
    assert gross == 138 + 97 + 34 + 28 + 3


def test_water_of_the_sites_adds_up_to_the_total_in_the_prose(maker: ModuleType) -> None:
    for key in ("quillbrook_sustainability_2025", "skerrywind_sustainability_2025"):
        facts = maker.facts_of(maker.source(f"documents/{key}"))
        text = page(key, 4)
        sites = [facts[f"w{number}"] for number in (1, 2, 3, 4)]
        assert sum(sites) == facts["water"]
        assert f"to {facts['water']:,} thousand cubic metres" in text
        assert all(f"{site:,}" in text for site in sites)
        for year in "01":
            assert facts[f"e{year}"] == [facts["own_e"], facts["own_e_prev"]][int(year)] / 1000


def test_pies_are_whole(maker: ModuleType) -> None:
    pies = 0
    for key in maker.document_keys():
        record = maker.source(f"documents/{key}")
        facts = maker.facts_of(record)
        for sheet in maker.sheets_of(record):
            for chart in charts_of(sheet["blocks"]):
                if chart["kind"] == "pie":
                    (slices,) = chart["series"].values()
                    whole = sum(facts[s] if isinstance(s, str) else s for s in slices)
                    assert whole == 100, (key, chart["chart"])
                    pies += 1
    assert pies >= 10


def test_pairs_hold_near_duplicates_and_pages_that_only_look_alike() -> None:
    rows = [r.split("\t") for r in (FOLDER / "pairs.tsv").read_text().splitlines()[1:]]
    labels = Counter(label for _, _, label, _ in rows)
    assert labels["near_duplicate"] >= 5
    assert labels["different"] >= 20
    assert {kind for _, _, label, kind in rows if label == "near_duplicate"} == {"other_year"}


def test_the_script_writes_to_another_folder(tmp_path: Path) -> None:
    command = [sys.executable, str(FOLDER / "make.py"), "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv", "pairs.tsv"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()
    assert len(list((tmp_path / "pdf").iterdir())) == len(list((FOLDER / "pdf").iterdir()))
