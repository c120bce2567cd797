"""The Judge page: blinded, resumed, settled; two reviewers at once in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.results import Cell
from evalkit.judging.records import Mark, Place, Prompt, Seen, Study
from evalkit.judging.store import Store

NASTY = (
    '<img src=x onerror="document.title=1"><script>document.title=2</script> **b** \u202eabc =1+1'
)
MODEL = "planted-model-7"
Shown = Callable[..., Any]


def study(prompts: int = 3, wanted: int = 2, name: str = "taste") -> Study:
    """A study of so many prompts with two results each, one of them named so as to tempt."""
    cell = Cell("find", MODEL, "plain", "clean", 1024)
    asked = [Prompt(f"p{n}", "find", f"q{n}", (f"d{n}b", f"d{n}a")) for n in range(prompts)]
    places = [Place(p.id, cell, r, i) for p in asked for r, i in enumerate(sorted(p.results), 1)]
    seen = {("find", "query", p.query): Seen(p.query, "text", f"query {p.query}") for p in asked}
    seen |= {
        ("find", "corpus", i): Seen(i, "text", f"text of {i}" if n or i[-1] == "a" else NASTY)
        for n, p in enumerate(asked)
        for i in p.results
    }
    return Study(
        name, "2026-01-01T00:00:00+00:00", ("run-1",), (cell,), 2, wanted, 7, "Be fair.",
        tuple(asked), tuple(places), seen,
    )  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where judgements are kept."""
    path = tmp_path / "judgements.db"
    monkeypatch.setenv("EVALKIT_JUDGEMENTS", str(path))
    return path


@pytest.fixture
def store(place: Path) -> Iterator[Store]:
    """Return a store with one study."""
    with Store(place) as found:
        found.add(study())
        yield found


def seen(at: Any) -> str:
    """Return all HTML of a page but its styles."""
    assert not at.exception, at.exception
    found = (h.proto.body for h in at.get("html") if "<style" not in h.proto.body)
    return "\n".join(found).replace("&#39;", "'")


def press(at: Any, *keys: str) -> Any:
    """Press buttons one after the other."""
    for key in keys:
        at = at.button(key=key).click().run()
    return at


def test_without_a_study_one_can_be_made_of_the_run_that_is_open(app: Shown, place: Path) -> None:
    at = app("judge")
    assert "never a model, a size or a rank" in seen(at)
    at.text_input[0].set_value("first-look")
    at.number_input[0].set_value(3)
    at.number_input[2].set_value(2)
    at = at.button[0].click().run()
    assert not at.exception
    with Store(place) as store:
        made = store.study("first-look")
        assert (len(made.prompts), made.depth, made.wanted) == (2, 3, 3)
    assert at.query_params["study"] == "first-look"
    assert "Your name" in [box.label for box in at.text_input]


def test_what_is_wrong_with_a_new_study_is_said(app: Shown, store: Store) -> None:
    at = app("judge", view="new")
    at.text_input[0].set_value("taste")
    at.number_input[2].set_value(1)
    assert "there is a study 'taste' already" in seen(at.button[0].click().run())


def test_a_reviewer_signs_in_and_judges_without_knowing_whose_results_they_are(
    app: Shown, store: Store
) -> None:
    at = app("judge", study="taste")
    at.text_input[0].set_value("  Ada   Lovelace ")
    at = at.button[0].click().run()
    assert at.query_params["reviewer"] == "Ada Lovelace"
    shown = seen(at)
    assert "query q0" in shown
    assert shown.index("Result 1") < shown.index("Result 2")
    for secret in (MODEL, "1024", "run-1", "d0a", "d0b"):
        assert secret not in re.sub("text of d..", "", shown), secret
    at = press(at, "mark-2", "mark-E", "mark-I")
    assert "Result 1: effective, grade 2" in seen(at)
    assert "Result 2: irrelevant" in seen(at)
    at.text_area[0].set_value(NASTY)
    at = press(at.run(), "save")
    assert "query q1" in seen(at)
    first, second = store.judgements("taste")
    assert {first.mark, second.mark} == {
        Mark("d0b", True, 2, ""),
        Mark("d0a", False, None, "irrelevant"),
    }
    assert (first.reviewer, first.comment) == ("Ada Lovelace", NASTY)


def test_what_people_wrote_is_text(app: Shown, store: Store) -> None:
    shown = seen(app("judge", study="taste", reviewer="Ada"))
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
    assert 'onerror="' not in shown
    assert "\u202e" not in shown


def test_a_result_without_a_mark_is_asked_for(app: Shown, store: Store) -> None:
    at = press(app("judge", study="taste", reviewer="Ada"), "mark-E", "save")
    assert "Mark every result before you save; left: 2." in seen(at)
    assert store.judgements("taste") == ()


def test_a_page_that_is_loaded_again_goes_on_where_it_was(app: Shown, store: Store) -> None:
    press(app("judge", study="taste", reviewer="Ada"), "mark-1", "mark-X")
    again = seen(app("judge", study="taste", reviewer="Ada"))
    assert "Result 1: not effective, grade 1" in again
    assert "query q0" in again


def test_keys_go_to_and_fro_and_take_a_grade_back(app: Shown, store: Store) -> None:
    at = press(app("judge", study="taste", reviewer="Ada"), "mark-J", "mark-2", "mark-2", "mark-K")
    assert "Result 1: not marked yet; 2 of 2 are left to mark." in seen(at)
    assert "grade 2" not in seen(at)
    shortcuts = {b.proto.shortcut.lower() for b in at.button if b.proto.shortcut}
    assert {"e", "x", "i", "m", "d", "n", "0", "1", "2", "j", "k", "s", "ctrl+enter"} <= shortcuts


def test_a_skipped_prompt_goes_back_and_another_one_comes(app: Shown, store: Store) -> None:
    at = press(app("judge", study="taste", reviewer="Ada"), "skip")
    assert "query q1" in seen(at)
    at = press(at, "skip")
    assert "query q2" in seen(at)
    other = store.claim("taste", "Bob")
    assert other is not None
    assert other.id == "p0"
    at = press(at, "skip")
    assert "query q1" in seen(at)


def test_what_was_skipped_waits_until_nothing_else_is_left(app: Shown, store: Store) -> None:
    at = press(app("judge", study="taste", reviewer="Ada"), "skip")
    for query in ("query q1", "query q2"):
        assert query in seen(at)
        at = press(at, "mark-E", "mark-E", "save")
    assert "query q0" in seen(at)


def test_it_says_how_judgements_come_to_count(
    app: Shown, store: Store, place: Path, reports: Path, small_run: Path
) -> None:
    assert "evalkit judge apply RUN --study taste" in seen(
        app("judge", study="taste", reviewer="Ada")
    )
    store.add(replace(study(name="real"), runs=(small_run.name,)))
    told = seen(app("judge", study="real", reviewer="Ada"))
    named = re.search("evalkit judge apply (.+?) --study real", told)
    assert named is not None
    assert Path(named[1]).resolve() == small_run.resolve()


def judged(store: Store, reviewer: str, *effective: bool, name: str = "taste") -> None:
    """Judge every prompt that is left alike, as one reviewer."""
    while prompt := store.claim(name, reviewer):
        marks = [Mark(i, e) for i, e in zip(prompt.results, effective, strict=True)]
        store.save(name, reviewer, prompt.id, marks, f"said by {reviewer}")


def test_at_the_end_nothing_is_left(app: Shown, store: Store) -> None:
    judged(store, "Ada", True, True)
    at = app("judge", study="taste", reviewer="Ada")
    assert "Nothing is left for you in this study. Thank you." in seen(at)
    assert "0 of 3 prompts are finished; you judged 3" in at.get("progress")[0].proto.text


def test_the_last_prompts_may_come_back_from_others(app: Shown, store: Store) -> None:
    store.claim("taste", "Bob", "p2")
    for name in ("p0", "p1"):
        store.claim("taste", "Ada", name)
        prompt = next(p for p in study().prompts if p.id == name)
        store.save("taste", "Ada", name, [Mark(i, True) for i in prompt.results])
    shown = seen(app("judge", study="taste", reviewer="Ada"))
    assert "Others are judging the last 1 that may be left for you." in shown


def test_a_dispute_is_settled_without_names_and_shows_them_after(app: Shown, store: Store) -> None:
    judged(store, "Ada", True, True)
    judged(store, "Bob", True, False)
    at = app("judge", study="taste", reviewer="Cy", view="settle")
    shown = seen(at)
    assert "Reviewer A" in shown
    assert "Ada" not in shown.replace("said by Ada", "")
    at = press(at, "mark-E", "mark-E", "save")
    shown = seen(at)
    assert "Cy (settled it)" in shown
    assert "Ada" in shown
    assert len(store.disputed("taste")) == 2
    assert {j.reviewer for j in store.judgements("taste") if j.adjudicates} == {"Cy"}


def test_without_disputes_the_page_says_so(app: Shown, store: Store) -> None:
    shown = seen(app("judge", study="taste", reviewer="Cy", view="settle"))
    assert "Nothing is disputed" in shown


def test_an_unknown_study_and_a_bad_store_are_said(
    app: Shown, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "There is no study 'nope'" in seen(app("judge", study="nope"))
    other = tmp_path / "no.db"
    other.write_text("this is no store" * 100)
    monkeypatch.setenv("EVALKIT_JUDGEMENTS", str(other))
    assert 'class="problem"' in seen(app("judge"))


def test_looking_at_the_page_makes_no_file(app: Shown, place: Path) -> None:
    assert "never a model, a size or a rank" in seen(app("judge"))
    for view in ("judge", "settle", "agreement"):
        assert "There is no study yet." in seen(app("judge", view=view))
    assert not place.exists()
    assert not place.with_name(f"{place.name}-line").exists()


def test_agreement_names_who_stands_out_and_what_divides_people(app: Shown, store: Store) -> None:
    assert "Nobody has judged anything" in seen(app("judge", study="taste", view="agreement"))
    judged(store, "Ada", True, True)
    waiting = seen(app("judge", study="taste", view="agreement"))
    assert "is contested" in waiting
    judged(store, "Bob", True, False)
    at = app("judge", study="taste", view="agreement")
    shown = seen(at)
    assert "which results divide them?" in shown
    assert "12 judgements of 6 results of 3 prompts by 2 reviewers" in shown
    # Of 6 results 3 are agreed upon, all effective: alpha is 1 - 11 * 3 / (3 * 9).
    assert re.search("Krippendorff.s alpha</td><td[^>]*>−0.222 ", shown)
    assert "low agreement, below 0.667" in shown
    assert re.search("Fleiss. kappa</td><td[^>]*>−0.333", shown)
    (table,) = (one.value for one in at.dataframe if "pairs that agree" in one.value)
    assert list(table["query"]) == ["query q0", "query q1", "query q2"]
    assert list(table["result"]) == ["text of d0a", "text of d1a", "text of d2a"]
    assert set(table["called effective"]) == {0.5}
    assert MODEL not in shown


def test_what_others_said_of_an_unfinished_prompt_is_hidden(app: Shown, place: Path) -> None:
    with Store(place) as store:
        store.add(study(wanted=3))
        judged(store, "Ada", True, True)
        judged(store, "Bob", True, False)
    at = app("judge", study="taste", view="agreement")
    assert "3 more are of prompts that still want judgements" in seen(at)
    assert not at.dataframe


# --- in a browser ---------------------------------------------------------------------------------


DONE = re.compile("Nothing is left for you in this study")


def judge_next(page: Any, keys: str, met: list[str]) -> bool:
    """Judge the prompt that is shown by the keyboard; return whether there was one."""
    words, again = (
        page.locator(".judge-query .words"),
        page.get_by_role("button", name="Look again"),
    )
    words.or_(page.get_by_text(DONE)).or_(again).first.wait_for()
    if page.get_by_text(DONE).count():
        return False
    if again.count():
        again.click()
        page.wait_for_timeout(300)
        return True
    met.append(words.inner_text())
    for number, key in enumerate(keys, 1):
        page.locator("body").press(key)
        left = len(keys) - number
        told = f"{left} of {len(keys)} are left" if left else "all are marked"
        page.get_by_text(told).first.wait_for()
    page.locator("body").press("Control+Enter")
    page.wait_for_function(
        "was => document.querySelector('.judge-query .words')?.innerText !== was", arg=met[-1]
    )
    return True


def is_wrong(message: Any) -> bool:
    """Return whether the console tells of an error.

    At the address of a page Streamlit asks for its server one level too deep before it finds it.
    """
    return message.type == "error" and "/judge/_stcore/" not in message.location["url"]


@pytest.mark.browser
def test_two_reviewers_at_once_judge_everything_and_never_the_same_prompt_at_a_time(
    reports: Path,
    store: Store,
    place: Path,
    served: Callable[..., str],
    browser: Any,
    axe: Callable[..., list[str]],
    expect: Any,
) -> None:
    address = served(reports, EVALKIT_JUDGEMENTS=str(place))
    contexts = [browser.new_context(viewport={"width": w, "height": 900}) for w in (1280, 390)]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.set_default_timeout(30_000)
    wrong: list[Any] = []
    outside: list[str] = []
    for page, name in zip(pages, ("Ada", "Bob"), strict=True):
        page.on("console", lambda m: wrong.append(m) if is_wrong(m) else None)
        page.on("request", lambda r: None if address[7:] in r.url else outside.append(r.url))
        page.goto(f"{address}/judge?study=taste")
        page.get_by_label("Your name").fill(name)
        page.get_by_role("button", name="Sign in").click()
        page.locator(".judge-query .words").wait_for()
    ada, bob = (page.locator(".judge-query .words").inner_text() for page in pages)
    assert {ada, bob} == {"query q0", "query q1"}
    page = pages[0]
    assert_fit_for_all(page, axe)
    expect(page.locator(".judge-results")).to_contain_text("<script>")
    assert page.title() == "evalkit" or "udge" in page.title()
    page.get_by_label("Comment").fill(NASTY)
    page.get_by_label("Comment").blur()
    page.locator("body").press("2")
    page.get_by_text("Result 1: not marked yet, grade 2").first.wait_for()
    page.locator("body").press("J")
    page.get_by_text("Result 2: not marked yet; 2 of 2 are left").wait_for()
    page.reload()
    page.locator(".judge-query .words").wait_for()
    expect(page.locator(".judge-query .words")).to_have_text(ada)
    expect(page.get_by_label("Comment")).to_have_value(NASTY)
    page.get_by_text("Result 1: not marked yet, grade 2").wait_for()
    met: tuple[list[str], list[str]] = ([], [])
    for _ in range(12):
        left = [judge_next(*one) for one in zip(pages, ("EX", "EE"), met, strict=True)]
        if not any(left):
            break
    assert sorted(met[0]) == sorted(met[1]) == ["query q0", "query q1", "query q2"]
    found = store.judgements("taste")
    assert len(found) == 3 * 2 * 2
    assert {j.reviewer for j in found} == {"Ada", "Bob"}
    assert {j.mark.effective for j in found if j.reviewer == "Bob"} == {True}
    assert NASTY in {j.comment for j in found if j.reviewer == "Ada"}
    held = [(e.prompt, e.action, e.reviewer) for e in store.events("taste")]
    assert_never_shared(held)
    page.goto(f"{address}/judge?study=taste&reviewer=Cy&view=settle")
    page.get_by_text("What the others said").first.wait_for()
    expect(page.locator("table.plain")).to_contain_text("<script>")
    assert page.evaluate("document.title").count("1") == 0
    assert_fit_for_all(page, axe)
    assert outside == []
    assert [message.text for message in wrong] == []
    for context in contexts:
        context.close()


def assert_fit_for_all(page: Any, axe: Callable[..., list[str]]) -> None:
    """Fail where axe finds something serious, by day and by night, however far down the page."""
    seen = page.viewport_size
    page.set_viewport_size({"width": seen["width"], "height": 4000})
    assert axe(page) == []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(
            "dark => getComputedStyle(document.querySelector('.stApp')).colorScheme === dark",
            arg=scheme,
        )
        assert axe(page, "color-contrast") == []
    page.set_viewport_size(seen)


def assert_never_shared(trail: list[tuple[str, str, str]]) -> None:
    """Fail where a prompt was claimed while another reviewer held it."""
    held: dict[str, str] = {}
    for prompt, action, reviewer in trail:
        if action == "claimed":
            assert held.get(prompt, reviewer) == reviewer
            held[prompt] = reviewer
        elif action in ("released", "judged", "revised", "adjudicated", "expired"):
            held.pop(prompt, None)
