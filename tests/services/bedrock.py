"""Bedrock runtime: which models are offered where and by which ids, and one call to one of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tests.services import bodies, models
from tests.services.answers import Answer
from tests.services.calls import Call, checked
from tests.services.schema import Shape
from tests.services.trouble import Trouble, invalid

NOVA = "amazon.nova-2-multimodal-embeddings-v1:0"
MARENGO_2 = "twelvelabs.marengo-embed-2-7-v1:0"
MARENGO_3 = "twelvelabs.marengo-embed-3-0-v1:0"
RETIRED = "amazon.retired-embed-v1:0"
"""An id for tests: a model at the end of its life."""
ACCOUNT = "123456789012"


@dataclass(frozen=True)
class Model:
    """A model. regions: () for all; profiles: prefixes of its inference profiles.

    bare: whether it may be called by its own id. job: the body of an asynchronous job.
    """

    body: Shape
    answer: Callable[[Any, Call, str], Answer]
    regions: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    bare: bool = True
    job: Shape | None = None


_MARENGO_REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-2")
MODELS = {
    NOVA: Model(bodies.NOVA, models.nova, ("us-east-1",), job=bodies.NOVA_ASYNC),
    "amazon.titan-embed-text-v2:0": Model(bodies.TITAN_TEXT, models.titan_text),
    "amazon.titan-embed-image-v1": Model(bodies.TITAN_MULTIMODAL, models.titan_multimodal),
    "cohere.embed-v4:0": Model(bodies.COHERE_V4, models.cohere_v4, profiles=("us", "eu", "global")),
    "cohere.embed-english-v3": Model(bodies.COHERE_V3, models.cohere_v3),
    "cohere.embed-multilingual-v3": Model(bodies.COHERE_V3, models.cohere_v3),
    MARENGO_2: Model(
        bodies.MARENGO_2,
        models.marengo_2,
        _MARENGO_REGIONS,
        profiles=("us", "eu"),
        bare=False,
        job=bodies.MARENGO_2_ASYNC,
    ),
    MARENGO_3: Model(
        bodies.MARENGO_3,
        models.marengo_3,
        _MARENGO_REGIONS,
        profiles=("us", "eu"),
        job=bodies.MARENGO_3_ASYNC,
    ),
}


def invoke(call: Call) -> Answer:
    """Answer POST /model/{id}/invoke."""
    name, model = offered(unquote(call.names["model"]), call.region)
    if len(call.raw) > bodies.INLINE:
        raise invalid(f"Input is too long: {len(call.raw)} bytes, at most {bodies.INLINE}.")
    return model.answer(checked(call.json(), model.body), call, name)


def offered(asked: str, region: str, *, job: bool = False) -> tuple[str, Model]:
    """Return the own id and the model that is asked for; raises Trouble where it is not offered."""
    found = re.fullmatch(
        r"arn:aws:bedrock:[a-z0-9-]+:\d*:(?:foundation-model|inference-profile)/(.+)", asked
    )
    wanted = found[1] if found else asked
    if wanted == RETIRED:
        raise Trouble("retired")
    profile, _, rest = wanted.partition(".")
    name = rest if rest in MODELS else wanted
    model = MODELS.get(name)
    if model is None or (model.regions and region not in model.regions):
        raise invalid("The provided model identifier is invalid.")
    if name == wanted:
        _expect_on_demand(name, model, job)
    elif profile not in model.profiles or job or not _reaches(profile, region):
        raise invalid("The provided model identifier is invalid.")
    if job and model.job is None:
        raise invalid(f"The model {name} does not support asynchronous invocation.")
    return name, model


def _expect_on_demand(name: str, model: Model, job: bool) -> None:
    """Raise Trouble for a model that is called through a profile only."""
    if not model.bare and not job:
        raise invalid(
            f"Invocation of model ID {name} with on-demand throughput isn’t supported. Retry your "
            "request with the ID or ARN of an inference profile that contains this model."
        )


def _reaches(profile: str, region: str) -> bool:
    return profile == "global" or region.startswith(f"{profile}-")
