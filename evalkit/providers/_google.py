"""What Google's services have in common: their errors sorted, and the tokens of Google Cloud."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evalkit.core.errors import ProviderError
from evalkit.providers._addresses import checked, from_environment
from evalkit.providers._calls import Rejected, Transient
from evalkit.providers._http import looks, stranger

# --- errors -----------------------------------------------------------------------------------

_NAME = re.compile(r"[A-Z]+(_[A-Z]+)*")
_WAIT = re.compile(r"retry in (\d+(?:\.\d+)?) ?(ms|s)", re.I)
_DELAY = re.compile(r"(\d+(?:\.\d+)?)s")
_NO_QUOTA = re.compile(
    r"\blimit: 0(?![\d.])|have a free quota tier|credits are depleted|spending (cap|limit)"
    r"|billing (account )?(is |has been )?(disabled|not enabled|not active|closed)"
    r"|(enable|requires) billing",
    re.I,
)
_KEY = re.compile(r"api[ _]key (not valid|not found|expired|invalid)", re.I)
_PLACE = re.compile(r"location is not supported", re.I)
_FILTER = re.compile(
    r"\bsafety\b|prohibited[ _]content|content (is |was )?blocked|blocked (by|due to|for)"
    r"|responsible ai|(content|usage) polic",
    re.I,
)
_SETTING = re.compile(
    r"unknown name|invalid json payload|output_?dimensionality|task_?type|interval_?sec"
    r"|parameters\.\w+|at most \d+ requests|\bmodels/|model\b.{0,60}\bnot (found|supported)",
    re.I,
)
_NO_BILLING = {"BILLING_DISABLED", "BILLING_NOT_ENABLED"}
_PASSES = {408, 409, 425, 499}


@dataclass(frozen=True, slots=True)
class Told:
    """What an error of Google says.

    status: of HTTP. name: such as RESOURCE_EXHAUSTED, "" where the answer is no error of Google.
    reasons: the codes among its details. wait: the seconds it asks to wait, None where it does not.
    no_quota: whether the account has none at all, so that waiting does not help.
    """

    status: int
    name: str
    message: str
    reasons: frozenset[str] = frozenset()
    wait: float | None = None
    no_quota: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked where, for sentences.

    service: its name. address: where it was called. model: the model's id. key: what a person sets
    to be let in, in words. setting: the parameter that says where the model is, "" for none.
    """

    service: str
    address: str
    model: str
    key: str
    setting: str = ""


def told(status: int, body: object, *, secret: str = "", wait: float | None = None) -> Told:
    """Return what an answer that is no success says.

    body: parsed JSON, or the text where it is none. secret: removed from the message. wait: what
    the headers asked for.
    """
    error = _error(body)
    name = str(error.get("status") or "")
    name = name if _NAME.fullmatch(name) else ""  # the library puts HTTP's own words there
    message = quoted(str(error.get("message") or ""), secret)
    message = "" if message.startswith("<") else message
    details = [d for d in _list(error.get("details")) if isinstance(d, Mapping)]
    hinted = [_WAIT.search(message)]
    waits = [wait, *(_seconds(detail.get("retryDelay")) for detail in details)]
    waits += [float(m[1]) * (1e-3 if m[2].lower() == "ms" else 1) for m in hinted if m]
    known = [one for one in waits if one is not None]
    return Told(
        status,
        name,
        message,
        frozenset(str(detail["reason"]) for detail in details if "reason" in detail),
        max(known) if known else None,
        bool(_NO_QUOTA.search(message)) or any(map(_none_at_all, details)),
    )


def quoted(message: str, secret: str = "") -> str:
    """Return a service's words on one short line, without the secret that was sent to it."""
    hidden = message.replace(secret, "***") if secret else message
    line = " ".join(hidden.split())
    return line if len(line) <= 300 else f"{line[:297]}..."


def sorted_error(said: Told, asked: Asked) -> Exception:
    """Return what an error means: Transient, Rejected or ProviderError."""
    words = f"({said.name or said.status}: {said.message or 'no reason given'})"
    if said.status in _PASSES or said.status >= 500:
        busy = said.status == 503 or "overloaded" in said.message
        reason = f"{asked.service} has trouble {words}."
        return Transient(reason, after=said.wait, throttled=busy)
    if denied := _denied(said, asked, words):
        return ProviderError(denied)
    if said.status == 429:
        reason = f"{asked.service} throttles {words}."
        return Transient(reason, after=said.wait, throttled=True)
    if said.status == 413 or "payload size exceeds" in said.message:
        return Rejected(f"{asked.service} finds the request too large {words}.")
    if said.status == 400 and said.name:
        return _not_taken(said, asked, words)
    what = looks(said.status, "") or f"status {said.status}"
    return stranger(asked.address, asked.service, what)


def _not_taken(said: Told, asked: Asked, words: str) -> Exception:
    """Return what a 400 means: the content filter, the item itself, or a setting."""
    if _FILTER.search(said.message):
        return Rejected(f"{asked.service} refused the content {words}.", refused=True)
    if _SETTING.search(said.message):
        return ProviderError(
            f"{asked.service} does not take a setting of '{asked.model}' {words}. Correct the "
            "model's parameters in the suite."
        )
    return Rejected(f"{asked.service} does not take it {words}.")


def _denied(said: Told, asked: Asked, words: str) -> str:
    """Return the sentence for a caller or a model that is not let in, "" for other errors."""
    if said.no_quota or said.reasons & _NO_BILLING:
        return (
            f"the account has no quota for '{asked.model}' at {asked.service} {words}. Turn on "
            "billing, ask for quota, or choose another model."
        )
    if "API_KEY_INVALID" in said.reasons or _KEY.search(said.message) or said.status == 401:
        return f"{asked.service} does not accept the credentials {words}. Correct {asked.key}."
    if "SERVICE_DISABLED" in said.reasons:
        return f"the project has not turned {asked.service} on {words}. Turn on its API."
    if _PLACE.search(said.message):
        return f"{asked.service} is not offered where this machine is {words}. Run it elsewhere."
    if said.status == 403:
        return (
            f"{asked.service} gives no access to '{asked.model}' {words}. Ask for the permission, "
            f"or correct {asked.key}."
        )
    if said.status == 404 and said.name:
        settings = " or ".join(filter(None, ("`model_id`", asked.setting)))
        return (
            f"{asked.service} does not offer the model '{asked.model}' {words}. Correct {settings}."
        )
    return ""


def _error(body: object) -> Mapping[str, Any]:
    """Return the error in an answer, which Vertex puts in a list of one at times."""
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    error = body.get("error", body) if isinstance(body, Mapping) else {}
    return error if isinstance(error, Mapping) else {"message": str(error)}


def _list(value: object) -> list[Any]:
    """Return a list, empty where it is none."""
    return value if isinstance(value, list) else []


def _seconds(delay: object) -> float | None:
    """Return a duration such as "20.5s" or {"seconds": 20} in seconds."""
    if isinstance(delay, Mapping):
        parts = delay.get("seconds", 0), delay.get("nanos", 0)
        return float(parts[0]) + float(parts[1]) * 1e-9
    found = _DELAY.fullmatch(delay) if isinstance(delay, str) else None
    return float(found[1]) if found else None


def _none_at_all(detail: Mapping[str, Any]) -> bool:
    """Return whether a detail says that the quota is zero."""
    violations = [one for one in _list(detail.get("violations")) if isinstance(one, Mapping)]
    return any(str(one.get("quotaValue")) == "0" for one in violations)


# --- addresses and secrets ----------------------------------------------------------------------

_TOKEN = "GOOGLE_ACCESS_TOKEN"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_SIGNS = ("GOOGLE_APPLICATION_CREDENTIALS", "GCE_METADATA_HOST", "K_SERVICE", "KUBERNETES_PORT")
_PRODUCT = Path("/sys/class/dmi/id/product_name")
_HOW = f"Run `gcloud auth application-default login`, or set {_TOKEN}."


def address_of(endpoint: str, variable: str, own: str) -> str:
    """Return where a service is called: where the suite says, or the environment, or its own host.

    variable: the environment's name for another address, which allows it thereby. Raises
    ProviderError for an endpoint that nobody has allowed, and for what is no plain address.
    """
    named = from_environment(variable)
    wanted = endpoint.rstrip("/")
    if named and wanted in ("", named):
        return named
    return checked(wanted or own, [own.removeprefix("https://")])


def secret_of(*variables: str) -> str:
    """Return the first secret that the environment holds, "" for none.

    Raises ProviderError for one that cannot be sent, without showing it.
    """
    for name in variables:
        if value := os.environ.get(name, "").strip():
            if not all("!" <= char <= "~" for char in value):
                raise ProviderError(f"{name} holds a character that no key has. Set it again.")
            return value
    return ""


def no_credentials() -> str:
    """Return what is missing to call Google Cloud, "" for nothing that can be seen from here."""
    if secret_of(_TOKEN):
        return ""
    if find_spec("google") is None or find_spec("google.auth") is None:
        return f"google-auth is not installed: `pip install 'evalkit[google]'`, or set {_TOKEN}."
    if any(os.environ.get(name) for name in _SIGNS) or _stored().is_file() or _on_google():
        return ""
    return f"no Google Cloud credentials were found. {_HOW}"


def _stored() -> Path:
    """Return where gcloud keeps the credentials of its user."""
    folder = os.environ.get("CLOUDSDK_CONFIG")
    return Path(folder or "~/.config/gcloud").expanduser() / "application_default_credentials.json"


def _on_google() -> bool:
    """Return whether this is a machine of Google Cloud, which gives credentials itself."""
    try:
        return _PRODUCT.read_text().startswith("Google")
    except OSError:
        return False


class Tokens:
    """Bearer tokens of Google Cloud, renewed before they run out; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def headers(self) -> dict[str, str]:
        """Return the headers that let a call in.

        Raises ProviderError where there are no credentials or they are no longer accepted,
        Transient where they cannot be renewed at present.
        """
        if token := secret_of(_TOKEN):
            return {"Authorization": f"Bearer {token}"}
        if missing := no_credentials():
            raise ProviderError(missing)
        with self._lock:
            return self._renewed()

    @cached_property
    def _credentials(self) -> Any:
        """Return the credentials that google-auth finds."""
        import google.auth

        return google.auth.default(scopes=[_SCOPE])[0]

    def _renewed(self) -> dict[str, str]:
        """Return headers with a token that is valid for a while."""
        from google.auth import exceptions
        from google.auth.transport.requests import Request

        try:
            if not self._credentials.valid:
                self._credentials.refresh(Request())
        except exceptions.TransportError:
            raise Transient("Google Cloud's credentials cannot be renewed at present.") from None
        except exceptions.GoogleAuthError:
            raise ProviderError(f"Google Cloud's credentials are not accepted. {_HOW}") from None
        headers = {"Authorization": f"Bearer {self._credentials.token}"}
        if quota := getattr(self._credentials, "quota_project_id", None):
            headers["x-goog-user-project"] = quota
        return headers
