"""Judge: a reviewer marks the results of a query without knowing whose they are."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import links, look, runs
from evalkit.core.errors import EvalkitError
from evalkit.judging.place import is_made, place_of

if TYPE_CHECKING:
    from evalkit.judging.records import Prompt, Study
    from evalkit.judging.store import Store

TITLE = "Judge"
QUESTION = "Do these results answer the query? Say so without knowing which model found them."
_VIEWS = {
    "judge": "Judge",
    "settle": "Settle disputes",
    "agreement": "Agreement",
    "new": "New study",
}
_LETTERS = 4_000


def page() -> None:
    """Show the view that the address asks for; looking makes no file where there is none."""
    place = place_of(runs.out())
    try:
        names = _store(place).names() if is_made(place) else ()
        view = _view("judge" if names else "new")
        if view == "new":
            from dashboard._study_form import study_form

            study_form(lambda: _store(place))
        elif not names:
            look.empty("There is no study yet. Choose New study, or run `evalkit judge new RUN`.")
        else:
            _judging(_store(place), place, names, view)
    except ModuleNotFoundError as e:
        extra = "`pip install 'evalkit[judging]'`"
        look.problem(f"Judgements need the package {e.name}: {extra} installs it.")
    except EvalkitError as e:
        look.problem(str(e))


@st.cache_resource(show_spinner=False)
def _store(place: str) -> Store:
    """Return the store at a place, which all reviewers of this server share."""
    from evalkit.judging.store import Store

    return Store(place)


def _view(default: str) -> str:
    """Return which view is chosen."""
    state = "judge-view"
    if state not in st.session_state:
        st.session_state[state] = links.get("view", _VIEWS, default)

    def keep() -> None:
        links.put(view=st.session_state[state])

    chosen: str = st.radio(
        "View", list(_VIEWS), format_func=_VIEWS.__getitem__, key=state, on_change=keep,
        horizontal=True, label_visibility="collapsed",
    )  # fmt: skip
    return chosen


def _judging(store: Store, place: str, names: tuple[str, ...], view: str) -> None:
    """Show a study: how far its reviewers agree, or its prompts to one who has signed in."""
    asked = links.get("study")
    if asked and asked not in names:
        look.problem(f"There is no study '{asked}' in this store; choose one below.")
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    study = links.choice("Study", names, "study", where=left)
    links.put(study=study)
    if view == "agreement":
        from dashboard._agreement import agreed

        agreed(store, _head(place, study))
        return
    reviewer = _reviewer(store, study, right)
    if not reviewer:
        return
    _progress(store, study, reviewer)
    if told := st.session_state.pop("judge-problem", ""):
        look.problem(told)
    show = _settle if view == "settle" else _judge
    show(store, place, study, reviewer)


# --- who judges -----------------------------------------------------------------------------------


def _reviewer(store: Store, study: str, where: Any) -> str:
    """Return who has signed in, asking for a name where nobody has."""
    from evalkit.judging._rows import reviewer_name

    if links.get("reviewer"):
        name = reviewer_name(links.get("reviewer"))

        def leave() -> None:
            held = st.session_state.pop("held", None)
            if held:
                store.release(study, name, held)
            links.put(reviewer=None)

        where.button(f"Sign out {look.plain(name)}", key="sign-out", on_click=leave)
        return name
    with st.form("sign-in"):
        said = st.text_input("Your name", max_chars=80)
        if st.form_submit_button("Sign in", type="primary"):
            links.put(reviewer=reviewer_name(said))
            st.rerun()
    st.caption("Your name stands beside your judgements. Use the same one each time to go on.")
    return ""


def _progress(store: Store, study: str, reviewer: str) -> None:
    """Show how far the study is, and how much of that is by this reviewer."""
    found = store.progress(study)
    mine = found.reviewers.get(reviewer, 0)
    told = f"{found.finished} of {found.prompts} prompts are finished; you judged {mine}"
    st.progress(found.finished / max(found.prompts, 1), text=told)


# --- judging --------------------------------------------------------------------------------------


def _judge(store: Store, place: str, study: str, reviewer: str) -> None:
    """Show the prompt that this reviewer holds, or a new one."""
    prompt = _next(store, study, reviewer)
    if prompt is None:
        _nothing_left(store, place, study, reviewer)
        return
    st.session_state["held"] = prompt.id
    with st.expander("What is asked of you, and the keys"):
        look.note(look.esc(_head(place, study).guideline))
        st.caption(
            "E effective, X not effective; or what is wrong: I irrelevant, M missed, D "
            "contradictory, N inconsistent. 0, 1 and 2 grade the result before you mark it. J and "
            "K go to the next and the previous result. Ctrl+Enter saves, S skips."
        )
    _sheet(store, place, study, reviewer, prompt, settles=False)
    _next_step(place, study)


def _next(store: Store, study: str, reviewer: str) -> Prompt | None:
    """Hold the next prompt that this reviewer has not skipped; at the end those come again."""
    prompt = store.claim(study, reviewer, skipping=_skipped(study))
    if prompt is not None and prompt.id == st.session_state.get("settling"):
        store.release(study, reviewer, prompt.id)
        prompt = store.claim(study, reviewer, skipping=_skipped(study))
    st.session_state.pop("settling", None)
    if prompt is None and _skipped(study):
        _skipped(study).clear()
        st.toast("These are all that is left for you; what you skipped comes again.")
        prompt = store.claim(study, reviewer)
    return prompt


def _skipped(study: str) -> set[str]:
    """Return the ids of the prompts that were skipped, which can be added to."""
    found: set[str] = st.session_state.setdefault(f"skipped-{study}", set())
    return found


@st.cache_data(show_spinner=False, max_entries=64)
def _head(place: str, study: str) -> Study:
    """Return what a study asks of reviewers and of which runs, which never changes."""
    return _store(place).head(study)


def _nothing_left(store: Store, place: str, study: str, reviewer: str) -> None:
    """Say why there is no prompt for this reviewer, and what becomes of the judgements."""
    st.session_state.pop("held", None)
    if waiting := store.waiting(study, reviewer):
        look.empty(
            f"Others are judging the last {waiting} that may be left for you. "
            "Look again in a while."
        )
        st.button("Look again", key="again")
    else:
        look.empty("Nothing is left for you in this study. Thank you.")
    _next_step(place, study)


def _next_step(place: str, study: str) -> None:
    """Say how what was judged comes to count."""
    judged = _head(place, study).runs
    folder = next((h.folder for h in runs.heads() if h.id in judged), None)
    named = shlex.quote(os.path.relpath(folder)) if folder else "RUN"
    look.note(
        "Judgements count once they are applied, at any time and as often as you like: "
        f"`evalkit judge apply {named} --study {study}` makes a new run with the effectiveness "
        "that reviewers saw. It embeds nothing."
    )


def _sheet(
    store: Store, place: str, study: str, reviewer: str, prompt: Prompt, *, settles: bool
) -> None:
    """Show a prompt with its marks, the comment, and what saves or skips it."""
    from dashboard._drafts import draft, forget
    from dashboard._panel import panel, shown

    key = (place, study, reviewer, prompt.id)
    made = draft(key, prompt.results)
    query, results = shown(store, study, prompt)
    panel(made, query, results)
    box = f"comment-{study}-{prompt.id}"

    def save() -> None:
        made.comment = st.session_state.get(box, made.comment)
        if left := made.unmarked():
            named = ", ".join(str(n + 1) for n in left)
            st.session_state["judge-problem"] = f"Mark every result before you save; left: {named}."
            return
        try:
            store.save(study, reviewer, prompt.id, made.marks(), made.comment, adjudicates=settles)
        except EvalkitError as e:
            st.session_state["judge-problem"] = str(e)
            return
        forget(key)
        if settles:
            st.session_state["settled"] = prompt
            links.put(prompt=None)

    def kept() -> None:
        made.comment = st.session_state[box]

    st.text_area("Comment", made.comment, max_chars=_LETTERS, key=box, on_change=kept)
    with st.container(horizontal=True):
        words = "Save and settle" if settles else "Save and next"
        st.button(words, key="save", shortcut="Ctrl+Enter", type="primary", on_click=save)
        if not settles:
            args = (store, study, reviewer, prompt.id)
            st.button("Skip", key="skip", shortcut="S", on_click=_skip, args=args)


def _skip(store: Store, study: str, reviewer: str, prompt: str) -> None:
    """Give a prompt back, to see it again once nothing else is left."""
    _skipped(study).add(prompt)
    store.release(study, reviewer, prompt)


# --- settling -------------------------------------------------------------------------------------


def _settle(store: Store, place: str, study: str, reviewer: str) -> None:
    """Show the prompts on which reviewers disagree, one of them to be settled."""
    from dashboard._settling import others, revealed

    revealed(store, study)
    disputed = {prompt.id: prompt for prompt in store.disputed(study)}
    if not disputed:
        look.empty(
            "Nothing is disputed: each prompt with enough judgements has a majority, or is settled."
        )
        return
    chosen = links.choice("Disputed prompt", list(disputed), "prompt")
    prompt = store.claim(study, reviewer, chosen)
    if prompt is None:
        look.empty("Somebody else is looking at this prompt; choose another one, or come back.")
        return
    st.session_state["held"] = st.session_state["settling"] = prompt.id
    others(store, study, prompt)
    _sheet(store, place, study, reviewer, prompt, settles=True)
