"""Nova against services that are as strict as the documentation."""

from typing import Any

import pytest

from evalkit.core.errors import Busy, ProviderError
from evalkit.core.items import Item, Media
from evalkit.core.protocols import Embedded, Failed, Refused, Role
from evalkit.providers.nova import Nova
from tests.providers.nova_place import LONG, ROLE, SOUND, TEXT, wav
from tests.services import Services, Settings, fixtures
from tests.services.traffic import KINDS

loopback_services, services = fixtures.loopback_services, fixtures.services


FOLDER = f"s3://{fixtures.BUCKET}/evalkit"


@pytest.fixture(autouse=True)
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALKIT_JOBS_BUCKET", f"s3://{fixtures.BUCKET}")


SEGMENT = Role("corpus", frozenset({"text", "audio"}), overflow="segment")


def finished(model: Nova, item: Item, token: str) -> list[Any]:
    handle = model.submit(item, SEGMENT, 384, token)
    for _ in range(20):
        found = model.poll(handle, item, SEGMENT, 384)
        if found is not None:
            model.forget(handle)
            return list(found)
    raise AssertionError("the job never ended")


def test_jobs_as_the_documentation_has_them(services: Services) -> None:
    model = Nova(jobs=FOLDER, segment_chars=20_000)
    text = finished(model, Item("t", LONG), "one")
    assert [one.span for one in text] == [(0, 20_000), (20_000, 40_000), (40_000, 60_000)]
    sound = finished(model, SOUND, "two")
    assert [one.span for one in sound] == [(5.0 * n, 5.0 * n + 5) for n in range(7)]
    assert model.submit(SOUND, SEGMENT, 384, "two") == model.submit(SOUND, SEGMENT, 384, "two")


@pytest.mark.parametrize(
    ("word", "kinds"),
    [
        ("job-fails", [Failed]),
        ("job-filtered", [Refused]),
        ("job-partial", [Failed]),
    ],
)
def test_fates_of_jobs(services: Services, word: str, kinds: list[type]) -> None:
    found = finished(Nova(jobs=FOLDER), Item("t", f"{word} {LONG[:59_000]}"), word)
    assert [type(one) for one in found] == kinds


def test_more_jobs_than_the_account_has_are_given_back(services: Services) -> None:
    services.reset(Settings(job_limit=2))
    model = Nova(jobs=FOLDER)
    items = [Item(f"t{n}", f"number {n} {LONG}") for n in range(5)]
    waiting, running = [*items], dict[str, Item]()
    done, refusals = list[str](), list[str]()
    while waiting or running:
        try:
            while waiting:
                handle = model.submit(waiting[-1], SEGMENT, 384, waiting[-1].id)
                running[handle] = waiting.pop()
        except Busy as e:
            refusals.append(str(e))
        assert 1 <= len(running) <= 2
        for handle, item in list(running.items()):
            found = model.poll(handle, item, SEGMENT, 384)
            if found is not None:
                assert all(isinstance(one, Embedded) for one in found)
                done.append(running.pop(handle).id)
    assert sorted(done) == [item.id for item in items]
    assert len(refusals) > 1
    assert all("quota" in said for said in refusals)


@pytest.mark.parametrize(
    ("word", "failed"), [("fine", 0), ("job-partial", 1), ("job-duplicated", 0)]
)
def test_batch_jobs_as_the_documentation_has_them(
    services: Services, word: str, failed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    model = Nova(jobs=FOLDER, batch_role=ROLE, batch_minimum=3)
    items = [Item(f"t{n}", f"{word} {n}") for n in range(5)]
    found = list(model.embed(items, TEXT, 384))
    assert sorted(one.index for one in found) == list(range(5))
    assert sum(isinstance(one, Failed) for one in found) == failed


def test_all_modalities_pass_the_strict_schema(services: Services) -> None:
    model, both = Nova(detail="document"), Role("query", frozenset({"text", "image"}))
    items = [Item("t", "warm red scarf"), Item("a", Media("audio/wav", data=wav(2)))]
    found = list(model.embed(items, both, 1024))
    assert [type(one) for one in found] == [Embedded, Embedded]


def test_another_region_is_told(services: Services) -> None:
    with pytest.raises(ProviderError, match="not offered in us-west-2"):
        list(Nova(region="us-west-2").embed([Item("t", "x")], TEXT, 384))


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("AKIAEXPIRED0000000", "expired"),
        ("AKIASKEWED00000000", "clock"),
        ("AKIAUNKNOWN0000000", "does not know"),
        ("AKIANOACCESS000000", "no access"),
        ("AKIANOQUOTA0000000", "no quota"),
    ],
)
def test_accounts_with_trouble(
    services: Services, monkeypatch: pytest.MonkeyPatch, key: str, words: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    with pytest.raises(ProviderError, match=words):
        list(Nova().embed([Item("t", "x")], TEXT, 384))


def test_every_fault_is_survived_and_every_input_bought_once(services: Services) -> None:
    faults = dict.fromkeys(KINDS, 0.04)
    services.reset(Settings(faults=faults, seed=5))
    found = list(Nova().embed([Item(f"t{n}", f"text {n}") for n in range(60)], TEXT, 384))
    assert sorted(one.index for one in found) == list(range(60))
    assert all(isinstance(one, Embedded) for one in found), found
    assert sum(one.attempts for one in found if isinstance(one, Embedded)) > 60
    assert len(services.log.answered) == 60
