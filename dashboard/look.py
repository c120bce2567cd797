"""How the dashboard looks: the report's colours and numbers, and foreign text only as text.

Streamlit reads Markdown in labels and in `st.write`; what data or people wrote goes through
`st.text`, through `plain`, or through the functions here, which escape it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from markupsafe import Markup, escape

from evalkit import report
from evalkit.report.charts import PALETTE
from evalkit.report.text import SYMBOLS, clean, day, figure, one_line
from evalkit.report.text import count as count
from evalkit.report.text import number as plain_number

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from evalkit.core.results import Estimate
    from evalkit.report.view.pictures import Content

__all__ = [
    "PALETTE",
    "STATUS_COLOURS",
    "Markup",
    "address",
    "anchor",
    "card",
    "cards",
    "chart",
    "code",
    "count",
    "csv",
    "day",
    "empty",
    "esc",
    "facts",
    "frame",
    "heading",
    "html",
    "note",
    "number",
    "plain",
    "plain_number",
    "png",
    "problem",
    "status",
    "style",
    "table",
    "title",
]  # fmt: skip

_STYLE = Path(__file__).with_name("look.css")
_REPORT = Path(report.__file__).with_name("templates") / "report.css"
_COLOUR = re.compile(r"(--[\w-]+): (#\w{3,8}|rgb\([^;]*\))")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:^=&@/])")
STATUS_COLOURS = ("#D55E00", "#CC79A7", "#E69F00", "#56B4E9", "#009E73")
"""Of the statuses of a verdict in charts, in the order of `STATUSES`."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_KINDS = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"OggS", "audio/ogg"))


# --- text ---------------------------------------------------------------------------------------


def plain(text: object) -> str:
    """Return foreign text such that a label, which reads Markdown, shows it as it is."""
    return _MARKDOWN.sub(r"\\\1", one_line(str(text)))


def esc(text: object) -> Markup:
    """Return foreign text such that HTML shows it as it is; Markup stays."""
    return text if isinstance(text, Markup) else escape(clean(str(text)))


def code(words: object) -> Markup:
    """Return words as HTML in which what stands between backticks is set as code."""
    if isinstance(words, Markup):
        return words
    parts = clean(str(words)).split("`")
    return Markup().join(
        Markup("<code>{}</code>").format(part) if n % 2 else escape(part)
        for n, part in enumerate(parts)
    )


def number(estimate: Estimate | None) -> str:
    """Return an estimate as the report writes it: `0.412 (0.377 to 0.447)`, a dash for none."""
    return figure(estimate)


def html(markup: Markup, where: Any = st) -> None:
    """Show HTML made with `esc` and `Markup.format`, which escape what is put into them."""
    if not isinstance(markup, Markup):
        raise TypeError("only Markup is shown as HTML; esc() turns text into it")
    where.html(str(markup))


# --- the page -----------------------------------------------------------------------------------


def style() -> None:
    """Give the page the colours of the report, each for light and for dark."""
    st.html(f"<style>{_sheet()}</style>")


@lru_cache(maxsize=1)
def _sheet() -> str:
    """Return the style sheet, headed by the report's colours."""
    light, _, rest = _REPORT.read_text(encoding="utf-8").partition("prefers-color-scheme: dark")
    bright, dark = dict(_COLOUR.findall(light)), dict(_COLOUR.findall(rest.partition("} }")[0]))
    pairs = (
        f"{name}: light-dark({value}, {dark.get(name, value)});" for name, value in bright.items()
    )
    return f".stApp {{ {' '.join(pairs)} }}\n{_STYLE.read_text(encoding='utf-8')}"


def title(words: str, question: str) -> None:
    """Show the title of a page and the question that it answers."""
    html(Markup('<h1 class="title">{}</h1><p class="question">{}</p>').format(words, question))


def empty(words: str) -> None:
    """Say why there is nothing to show and what to do; `code` stands between backticks."""
    html(Markup('<div class="empty" role="note">{}</div>').format(code(words)))


def problem(words: str) -> None:
    """Say what is wrong and what to do; `code` stands between backticks."""
    html(Markup('<div class="problem" role="alert">{}</div>').format(code(words)))


def heading(words: str) -> None:
    """Show the heading of a part of a page."""
    html(Markup('<h2 class="part">{}</h2>').format(esc(words)))


def note(words: object) -> None:
    """Show words of explanation; `code` stands between backticks."""
    html(Markup('<p class="note" dir="auto">{}</p>').format(code(words)))


def facts(pairs: Iterable[tuple[object, object]]) -> None:
    """Show names with what they stand for, leaving out those with nothing; Markup stays."""
    row = Markup('<dt dir="auto">{}</dt><dd dir="auto">{}</dd>')
    rows = (row.format(esc(name), esc(value)) for name, value in pairs if value)
    html(Markup('<dl class="facts">{}</dl>').format(Markup().join(rows)))


def listed(lines: Iterable[str]) -> Markup:
    """Return lines of foreign text as a list, nothing for none."""
    rows = Markup().join(Markup('<li dir="auto">{}</li>').format(esc(line)) for line in lines)
    return Markup("<ul>{}</ul>").format(rows) if rows else Markup()


def anchor(address: str, words: object) -> Markup:
    """Return a link to an address that `links.link` made."""
    return Markup('<a href="{}" target="_self">{}</a>').format(address, esc(words))


def status(name: str, count: int | None = None) -> Markup:
    """Return the status of a verdict by sign, word and colour, or how many have it."""
    sign = Markup('<span class="status {}"><i aria-hidden="true">{}</i>{}{}</span>')
    return sign.format(name, SYMBOLS.get(name, ""), "" if count is None else f"{count} ", name)


# --- tables -------------------------------------------------------------------------------------


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    caption: str = "",
    label: str = "",
    right: str = "",
    wide: Sequence[str] = (),
    whole: Sequence[str] = (),
) -> None:
    """Show a short table whose cells may hold Markup; `frame` is for long ones.

    caption: shown above it; label: said of it where nothing is. right: the names of the columns
    that are numbers, separated by commas. wide: those that hold sentences; whole: those whose
    lines are never broken.
    """
    classes = dict.fromkeys(map(str.strip, right.split(",")), "r")
    classes |= dict.fromkeys(wide, "gate") | dict.fromkeys(whole, "nowrap")
    kind = Markup(' class="{}" data-label="{}"')
    kinds = [kind.format(classes.get(name, ""), esc(name)) for name in columns]
    cell, top = Markup('<td{} dir="auto">{}</td>'), Markup('<th scope="col"{}>{}</th>')
    head = Markup().join(top.format(k, esc(c)) for k, c in zip(kinds, columns, strict=True))
    body = Markup().join(
        Markup("<tr>{}</tr>").format(
            Markup().join(cell.format(k, esc(v)) for k, v in zip(kinds, row, strict=True))
        )
        for row in rows
    )
    told = Markup("<caption>{}</caption>").format(esc(caption)) if caption else ""
    page = Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="{}"><table class="plain">{}'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
    )
    html(page.format(esc(label or caption or "table"), told, head, body))


def frame(data: pd.DataFrame, name: str, *, key: str = "", **options: Any) -> Any:
    """Show a table that scrolls, and a download of it as CSV; return what `st.dataframe` does.

    name: what the file is called, without its ending. options: those of `st.dataframe`.
    """
    shown = data.apply(lambda column: column.map(_cleaned))
    places = st.column_config.NumberColumn(format="%.3f")
    fractions = [name for name in data if _has_fractions(data[name])]
    options.setdefault("column_config", dict.fromkeys(fractions, places))
    found = st.dataframe(shown, hide_index=True, key=key or None, **options)
    st.download_button(
        "Download as CSV", csv(data), f"{name}.csv", "text/csv", key=f"csv-{key or name}",
        on_click="ignore", type="tertiary",
    )  # fmt: skip
    return found


def _has_fractions(column: pd.Series) -> bool:
    """Return whether a column holds numbers that are not all whole."""
    return column.dtype == float and bool((column.dropna() % 1 != 0).any())


def _cleaned(value: object) -> object:
    """Return foreign text without controls and marks of direction; anything else as it is."""
    return clean(value) if isinstance(value, str) else value


def csv(data: pd.DataFrame) -> bytes:
    """Return a table as CSV in UTF-8, in which no text is a formula of a spreadsheet."""
    safe = data.rename(columns=_neutral).apply(lambda column: column.map(_neutral))
    return bytes(safe.to_csv(index=False).encode("utf-8"))


def _neutral(value: object) -> object:
    """Return text that would be a formula behind an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


# --- charts -------------------------------------------------------------------------------------


def chart(drawn: alt.Chart | alt.LayerChart, name: str, alt_text: str, **options: Any) -> Any:
    """Show a chart over the whole width, and a download of it as PNG.

    name: what the file is called, without its ending. alt_text: what the chart shows, in words.
    options: those of `st.altair_chart`.
    """
    found = st.altair_chart(drawn, width="stretch", alt=one_line(alt_text), **options)
    png(drawn, name)
    return found


def png(drawn: alt.Chart | alt.LayerChart, name: str) -> None:
    """Offer a chart as PNG, drawn without a browser only once it is asked for."""
    spec = drawn.properties(background="white").to_json()
    st.download_button(
        "Download as PNG", lambda: _drawn(spec), f"{name}.png", "image/png", key=f"png-{name}",
        on_click="ignore", type="tertiary",
    )  # fmt: skip


def _drawn(spec: str) -> bytes:
    """Return a Vega-Lite specification as PNG; nothing is fetched for it."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(spec, scale=2, allowed_base_urls=[]))


# --- items --------------------------------------------------------------------------------------


def address(data: bytes) -> str:
    """Return a picture or a sound as an address that holds it; never anything that is markup."""
    kind = next((kind for start, kind in _KINDS if data.startswith(start)), "audio/mpeg")
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def card(content: Content, head: object = "", foot: object = "") -> Markup:
    """Return a query or an item as a card: picture, sound, text, tags; Markup or text around it."""
    picture = sound = Markup()
    if content.picture:
        seen = f"{content.modality or 'item'} {content.id}"
        picture = Markup('<img src="{}" alt="{}" loading="lazy">').format(
            address(content.picture), esc(seen)
        )
    if content.sound:
        player = '<audio controls preload="none" src="{}" aria-label="sound of {}"></audio>'
        sound = Markup(player).format(address(content.sound), esc(content.id))
    words = Markup('<p class="words" dir="auto">{}</p>').format(esc(content.text))
    tags = Markup().join(
        Markup('<span dir="auto">{} <b>{}</b></span>').format(esc(k), esc(v))
        for k, v in content.tags
    )
    whole = Markup(
        '<article class="item">{}{}{}{}<p class="id" dir="auto"><span>{}</span> {}</p>'
        '<p class="tags">{}</p>{}</article>'
    )
    above = Markup('<p class="head">{}</p>').format(esc(head)) if head else ""
    below = Markup('<p class="foot">{}</p>').format(esc(foot)) if foot else ""
    kind = content.modality
    return whole.format(
        above, picture, sound, words if content.text else "", kind, esc(content.id), tags, below
    )


def cards(
    contents: Iterable[Content],
    heads: Mapping[str, object] | None = None,
    feet: Mapping[str, object] | None = None,
) -> None:
    """Show queries or items as cards side by side.

    heads, feet: by id, what stands above and below one, text or Markup.
    """
    made = (card(c, (heads or {}).get(c.id, ""), (feet or {}).get(c.id, "")) for c in contents)
    html(Markup('<div class="items">{}</div>').format(Markup().join(made)))
