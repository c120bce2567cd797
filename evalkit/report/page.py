"""report.html: one file that needs nothing else, neither a network nor a server."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.report import text
from evalkit.report.bundle import bundle
from evalkit.report.charts import charts
from evalkit.report.curve import curve
from evalkit.report.once import AGAIN, hold_once
from evalkit.report.strip import strip
from evalkit.report.view import View

if TYPE_CHECKING:
    import jinja2

_HOME = Path(__file__).with_name("templates")
_POLICY = "policy of this page"
"""What stands for the policy until it is known which scripts a page needs."""
_LONG = 120
"""Letters of a tag or an id."""


def html(view: View) -> str:
    """Return a view as a page; the same view gives the same page."""
    from markupsafe import Markup, escape

    style, start = _file("report.css"), _file("charts.js")
    drawn = charts(view)
    scripts = (_library(), start) if drawn else ()
    page = _environment().get_template("report.html.j2")
    made = page.render(
        view=view,
        policy=_POLICY,
        style=Markup(style),
        scripts=[Markup(s) for s in scripts],
        specs=Markup(text.safe_json(drawn)),
        drawn=drawn,
    )
    made = hold_once(made)
    if AGAIN in made:
        again = _file("sounds.js")
        before, _, after = made.rpartition("</body>")
        made, scripts = f"{before}<script>{again}</script>\n</body>{after}", (*scripts, again)
    return made.replace(_POLICY, escape(_policy(style, scripts)), 1)


def still(template: str, sheet: str, **values: object) -> str:
    """Return a page without any script, in the style of the report and of a sheet of its own."""
    from markupsafe import Markup

    style = _file("report.css") + _file(sheet)
    page = _environment().get_template(template)
    return page.render(policy=_policy(style, ()), style=Markup(style), **values)


def _file(name: str) -> str:
    """Return a file that goes into the page as it is."""
    return (_HOME / name).read_text(encoding="utf-8")


def _library() -> str:
    """Return the script that draws charts, so that it can stand inside a page."""
    return bundle().replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _policy(style: str, scripts: tuple[str, ...]) -> str:
    """Return the page's Content-Security-Policy: what is inlined here, and no request at all."""
    allowed = " ".join(map(_digest, scripts)) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_digest(style)}; img-src data:; "
        "media-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    """Return the source expression that allows exactly one inline text."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    """Return the templates, in which everything that data contains is cleaned and escaped."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HOME),
        autoescape=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "number": text.number,
        "count": text.count,
        "day": text.day,
        "dollars": text.dollars,
        "duration": text.duration,
        "param": _param,
        "address": _address,
        "value": _value,
        "code": _code,
        "short": _short,
    }
    made.globals |= {"symbols": text.SYMBOLS, "span": text.span, "strip": strip, "curve": curve}
    return made


def _finalize(value: Any) -> Any:
    """Return what a template prints, foreign text made harmless; markup of our own stays."""
    from markupsafe import Markup

    ours = isinstance(value, Markup) or not isinstance(value, str)
    return value if ours else text.isolated(text.clean(value))


_KINDS = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"OggS", "audio/ogg"))


def _address(data: bytes) -> str:
    """Return a picture or a sound as an address that holds it."""
    kind = next((kind for start, kind in _KINDS if data.startswith(start)), "audio/mpeg")
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _value(value: str | float | None) -> str:
    """Return a value of a table: whole numbers with thousands apart, others with three places."""
    if value is None or isinstance(value, str):
        return text.DASH if value is None else value
    return text.count(int(value)) if isinstance(value, int) else text.number(value)


def _short(words: str) -> str:
    """Return words of a card, of which a long text shows only its beginning."""
    return words if len(words) <= _LONG else f"{words[: _LONG - 1].rstrip()}…"


def _param(value: Any) -> str:
    """Return a parameter of a metric, or an end of its range, as a person writes it."""
    if isinstance(value, float):
        return f"{value:g}".replace("-", "−").replace("inf", "infinity")
    plain = isinstance(value, str | int | type(None))
    return str(value) if plain else json.dumps(value, ensure_ascii=False)


def _code(words: str) -> Any:
    """Return prose with what stands between backticks set as code."""
    from markupsafe import Markup, escape

    parts = text.isolated(text.clean(words)).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if n % 2 else escape(part)
        for n, part in enumerate(parts)
    )
