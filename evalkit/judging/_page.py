"""The sheet as one HTML file that works from disk: text escaped, nothing loaded from outside."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from html import escape
from importlib import resources
from typing import get_args

from evalkit.judging.records import GRADES, ErrorType, Prompt, Seen, Study

_UNSHOWABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_KEYS = (
    "Keys: <kbd>j</kbd> and <kbd>k</kbd> go to the next and the last result, <kbd>e</kbd> is "
    "effective, <kbd>n</kbd> is not, <kbd>0</kbd> <kbd>1</kbd> <kbd>2</kbd> give a grade, "
    "<kbd>c</kbd> goes to the comment."
)
_FOOT = (
    '<footer hidden><button type="button" id="json">Save as JSON</button>'
    '<button type="button" id="csv" class="second">Save as CSV</button>'
    '<button type="button" id="print" class="second">Print</button>'
    '<span id="status" role="status"></span></footer>'
)


def page(study: Study, sheet: str, reviewer: str) -> str:
    """Return the sheet of a study's prompts as HTML.

    sheet: what the study is known by when it comes back. reviewer: filled in, may be "".
    """
    style, script = (_file(f"sheet.{kind}") for kind in ("css", "js"))
    policy = (
        f"default-src 'none'; img-src data:; media-src data:; style-src '{_hash(style)}'; "
        f"script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    )
    title = f"Judging sheet: {text(study.name)}"
    facts = f'data-study="{text(study.name)}" data-sheet="{text(sheet)}"'
    prompts = "\n".join(_prompt(study, n, one) for n, one in enumerate(study.prompts, 1))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<form autocomplete="off" {facts}>
<header>
<h1>{title}</h1>
<p class="guide foreign" dir="auto">{text(study.guideline)}</p>
<p class="keys">{_KEYS}</p>
<p><label>Your name <input type="text" name="reviewer" maxlength="100" value="{text(reviewer)}">\
</label></p>
<p class="note">{len(study.prompts)} prompts. Leave a prompt empty to skip it; one that is begun \
needs a mark for each result. What you mark is kept in this browser until you save.</p>
</header>
<main>
{prompts}
</main>
{_FOOT}
</form>
<script>{script}</script>
</body>
</html>
"""


def text(value: str) -> str:
    """Return foreign text so that it is text in an element or an attribute, and nothing else."""
    return escape(_UNSHOWABLE.sub("\ufffd", value), quote=True)


def _prompt(study: Study, number: int, prompt: Prompt) -> str:
    """Return a query with its results."""
    asked = study.seen.get((prompt.case, "query", prompt.query), Seen(prompt.query, ""))
    results = "\n".join(_results(study, prompt))
    return f"""<section class="prompt" data-prompt="{text(prompt.id)}" aria-label="Prompt {number}">
<h2>Prompt {number} of {len(study.prompts)}</h2>
{_view(asked, "asked")}
<ol class="results">
{results}
</ol>
<label class="comment">Comment on this prompt<textarea maxlength="10000" dir="auto"></textarea>\
</label>
</section>"""


def _results(study: Study, prompt: Prompt) -> Iterator[str]:
    """Yield each result with what can be said of it."""
    for n, item in enumerate(prompt.results, 1):
        seen = study.seen.get((prompt.case, "corpus", item), Seen(item, ""))
        name = f"{prompt.id}-{n}"
        errors = "".join(f"<option>{e}</option>" for e in filter(None, get_args(ErrorType)))
        yield f"""<li class="result"><div><span class="number">Result {n}</span>
{_view(seen, "shown")}</div>
<div class="marks">
{_choice(name, "effective", "Does it answer the query?", {"yes": "effective", "no": "not"})}
{_choice(name, "grade", "Grade", {str(g): f"{g} {words}" for g, words in GRADES.items()})}
<label>What is wrong <select name="{name}-error"><option value="">nothing said</option>{errors}\
</select></label>
</div></li>"""


def _choice(name: str, kind: str, legend: str, options: dict[str, str]) -> str:
    """Return one choice among few."""
    buttons = "".join(
        f'<label><input type="radio" name="{name}-{kind}" value="{value}">{words}</label>'
        for value, words in options.items()
    )
    return f'<fieldset class="{kind}"><legend>{legend}</legend>{buttons}</fieldset>'


def _view(seen: Seen, kind: str) -> str:
    """Return what is shown of a query or a result; its id where there is nothing else."""
    parts = []
    if seen.picture and (mime := _picture_kind(seen.picture)):
        alt = text(seen.text) or "what is asked" * (kind == "asked") or "the result"
        parts.append(f'<img src="{_data(mime, seen.picture)}" alt="{alt}">')
    if seen.sound:
        mime = "audio/ogg" if seen.sound.startswith(b"OggS") else "audio/mpeg"
        parts.append(f'<audio controls preload="none" src="{_data(mime, seen.sound)}"></audio>')
    words = seen.text if seen.text.strip() or parts else seen.id
    if words.strip():
        parts.append(f'<p class="{kind} foreign" dir="auto">{text(words)}</p>')
    return "".join(parts)


def _picture_kind(data: bytes) -> str:
    """Return the type of a picture that browsers may show, "" for anything else."""
    kinds = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
    return next((mime for head, mime in kinds.items() if data.startswith(head)), "")


def _data(mime: str, data: bytes) -> str:
    """Return bytes as an address that holds them."""
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def _hash(source: str) -> str:
    """Return what allows exactly this script or style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"


def _file(name: str) -> str:
    """Return a file that lies beside."""
    return resources.files("evalkit.judging").joinpath("_sheet", name).read_text("utf-8")
