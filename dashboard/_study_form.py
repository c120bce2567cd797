"""The form that makes a study of the run that is open."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import links, look, runs
from evalkit import api
from evalkit.archive import Opened
from evalkit.core.errors import EvalkitError
from evalkit.judging.store import Store
from evalkit.judging.study import GUIDELINE, make_study


def study_form(kept: Callable[[], Store]) -> None:
    """Show the form; a study that was made is opened to be judged.

    kept: opens the store, made only once there is something to keep.
    """
    opened = runs.chosen()
    run = opened.run
    cases = [case.name for case in run.cases]
    sizes = sorted({size for model in run.models for size in model.sizes}, reverse=True)
    look.html(
        look.Markup('<p class="note">Reviewers will see the first results of the lists of {} from '
                    "{}, put together and shuffled; never a model, a size or a rank.</p>")
        .format(look.esc(run.suite), look.esc(look.day(run.created)))
    )  # fmt: skip
    with st.form("new-study"):
        name = st.text_input("Name of the study", max_chars=60)
        case = st.selectbox("Case", cases)
        models = st.multiselect("Models", [model.name for model in run.models])
        dims = st.multiselect("Sizes", sizes)
        st.caption("Where no model or size is chosen, all are judged.")
        first, second, third, fourth = st.columns(4)
        depth = first.number_input("Results of each list", 1, 100, 5)
        wanted = second.number_input("Judgements of each prompt", 1, 100, 3)
        sample = third.number_input("Queries, 0 for all", 0, 1_000_000, 50)
        seed = fourth.number_input("Seed", 0, 2**31 - 1, api.SEED)
        guideline = st.text_area("What reviewers are told", GUIDELINE)
        sent = st.form_submit_button("Make the study", type="primary")
    if sent:
        _make(
            kept, opened, name.strip(), case, models, dims, int(depth), int(wanted), int(sample),
            int(seed), guideline,
        )  # fmt: skip


def _make(
    kept: Callable[[], Store],
    opened: Opened,
    name: str,
    case: str,
    models: list[str],
    dims: list[int],
    depth: int,
    wanted: int,
    sample: int,
    seed: int,
    guideline: str,
) -> None:
    """Make a study and open it; what is wrong is said."""
    try:
        study = make_study(
            [api.read(opened.folder)], name, case=case, models=models, dims=dims, depth=depth,
            wanted=wanted, sample=sample or None, seed=seed, guideline=guideline,
        )  # fmt: skip
        kept().add(study)
    except EvalkitError as e:
        look.problem(str(e))
        return
    links.put(study=name, view="judge", run=None)
    st.session_state.pop("judge-view", None)
    st.rerun()
