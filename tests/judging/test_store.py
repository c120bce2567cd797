"""The store, the same in SQLite and on a real PostgreSQL server."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from evalkit.core.errors import DataError, OutputError, UsageError
from evalkit.judging.records import Answer, Mark, Taken
from evalkit.judging.store import Store
from tests.judging.studies import Clock, make, marks

NASTY = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "'; DROP TABLE evalkit_judgement; --",
    "%s %(x)s :name {0} \\x00 \\",
    "=HYPERLINK(\"http://x\")\t+1\r\n-1",
    "שלום \u202etxt.exe\u202c مرحبا",
    "👩🏽‍🔬🇪🇺 e\u0301 é  two  blanks ",
]  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(address: str, clock: Clock) -> Iterator[Store]:
    with Store(address, clock=clock) as store:
        store.add(make())
        yield store


def test_a_study_comes_back_as_it_was_stored(store: Store) -> None:
    assert store.study("study", seen=True) == make()
    assert store.study("study") == replace(make(), seen={})
    assert store.names() == ("study",)


def test_ids_and_texts_of_any_kind_come_back(store: Store) -> None:
    odd = "\0 \ud800 " + "long" * 2000
    study = make(1, name="odd", text=odd)
    prompt = replace(study.prompts[0], query=odd, results=(odd, "d2"))
    places = tuple(replace(p, item=odd if p.item == "d1" else p.item) for p in study.places)
    study = replace(study, prompts=(prompt,), places=places, runs=(odd,), guideline=odd)
    store.add(study)
    assert store.study("odd", seen=True) == study
    store.save("odd", "ana", prompt.id, marks(items=(odd, "d2")))
    assert store.judgements("odd")[0].mark.item == odd


def test_only_what_is_asked_for_is_shown(store: Store) -> None:
    seen = store.seen("study", "find", "corpus", ["d2", "nothing"])
    assert list(seen) == ["d2"]
    assert seen["d2"].picture == b"\xff\xd8\xff"
    assert store.seen("study", "find", "query", ["d2"]) == {}


def test_a_name_is_taken_once(store: Store) -> None:
    with pytest.raises(UsageError, match="a study 'study' already"):
        store.add(make())


@pytest.mark.parametrize("name", ["", "../x", "a b", ".hidden", "x" * 101, "a\n"])
def test_a_study_is_called_like_a_file(store: Store, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a study"):
        store.add(make(name=name))


def test_what_is_not_there_is_named_with_what_is(store: Store) -> None:
    with pytest.raises(UsageError, match="no study 'studi'; did you mean 'study'"):
        store.claim("studi", "ana")
    with pytest.raises(UsageError, match="no prompt 'p9' in the study 'study'"):
        store.save("study", "ana", "p9", marks())
    with pytest.raises(UsageError):
        store.judgements("\ud800")


def test_a_claim_is_resumed_and_never_given_twice(store: Store) -> None:
    first = store.claim("study", "ana")
    assert first is not None
    assert store.claim("study", " ana ") == first
    second = store.claim("study", "ben")
    assert second is not None
    assert second.id != first.id
    assert [e.action for e in store.events("study")] == ["created", "claimed", "claimed"]


def test_nothing_is_left_while_others_hold_the_last(store: Store) -> None:
    for name in ("ana", "ben", "eve"):
        assert store.claim("study", name)
    assert store.claim("study", "kim") is None
    assert store.waiting("study", "kim") == 3
    assert store.progress("study").held == 3
    store.release("study", "ben", "p00002")
    assert store.waiting("study", "kim") == 3  # one of them can be had now
    prompt = store.claim("study", "kim")
    assert prompt is not None
    assert prompt.id == "p00002"


def test_what_a_reviewer_skips_is_left_to_others(store: Store) -> None:
    later = store.claim("study", "ana", skipping={"p00001"})
    assert later is not None
    assert later.id == "p00002"
    store.release("study", "ana", "p00002")
    assert store.claim("study", "ana", skipping={"p00001", "p00002", "p00003"}) is None
    first = store.claim("study", "ben")
    assert first is not None
    assert first.id == "p00001"


def test_a_study_is_told_without_its_prompts_and_a_prompt_without_the_others(store: Store) -> None:
    assert store.head("study") == replace(make(), prompts=(), places=(), seen={})
    for prompt in ("p00001", "p00002"):
        store.save("study", "ana", prompt, marks(True, False))
    assert store.judgements("study", "p00002") == store.judgements("study")[2:]


def test_a_hold_is_only_given_back_by_who_has_it(store: Store) -> None:
    store.claim("study", "ana")
    store.release("study", "ben", "p00001")
    assert store.progress("study").held == 1
    store.release("study", "ana", "p00001")
    assert store.progress("study").held == 0


def test_a_hold_is_over_after_half_an_hour_of_silence(store: Store, clock: Clock) -> None:
    store.claim("study", "ana")
    clock.pass_by(20)
    store.claim("study", "ana")
    clock.pass_by(20)
    other = store.claim("study", "ben")
    assert other is not None
    assert other.id == "p00002"
    clock.pass_by(11)
    late = store.claim("study", "kim")
    assert late is not None
    assert late.id == "p00001"
    trail = [(e.reviewer, e.action, e.prompt) for e in store.events("study")][-2:]
    assert trail == [("ana", "expired", "p00001"), ("kim", "claimed", "p00001")]


def test_a_late_reviewer_keeps_what_nobody_took_over(store: Store, clock: Clock) -> None:
    store.claim("study", "ana")
    clock.pass_by(500)
    store.save("study", "ana", "p00001", marks())
    assert store.progress("study").reviewers == {"ana": 1}


def test_a_prompt_held_by_somebody_else_is_not_judged(store: Store, clock: Clock) -> None:
    store.claim("study", "ana")
    with pytest.raises(UsageError, match="somebody else is judging it"):
        store.save("study", "ben", "p00001", marks())
    clock.pass_by(31)
    store.save("study", "ben", "p00001", marks())
    assert len(store.judgements("study")) == 2


def test_a_prompt_gets_no_more_judgements_than_wanted(store: Store) -> None:
    for name in ("ana", "ben"):
        store.save("study", name, "p00001", marks())
    with pytest.raises(UsageError, match="the 2 judgements it wants"):
        store.save("study", "kim", "p00001", marks())
    prompt = store.claim("study", "kim")
    assert prompt is not None
    assert prompt.id == "p00002"
    assert store.progress("study").finished == 1


def test_nobody_judges_a_prompt_twice_over(store: Store) -> None:
    for number in (1, 2, 3):
        store.save("study", "ana", f"p0000{number}", marks())
    assert store.claim("study", "ana") is None
    assert store.waiting("study", "ana") == 0


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ([Mark("d1", True)], "1 of 2 results are not marked, such as 'd2'"),
        ([Mark("d1", True), Mark("d1", True)], "marked twice"),
        ([*marks(), Mark("d9", True)], "'d9' is not one of its results"),
        ([Mark("d1", True, 3), Mark("d2", True)], "grade 3 is not one of"),
        ([Mark("d1", True, 1, "wrong"), Mark("d2", True)], "error 'wrong' is not"),  # type: ignore[arg-type]
    ],
)
def test_half_a_judgement_is_none(store: Store, said: list[Mark], message: str) -> None:
    store.claim("study", "ana")
    with pytest.raises(UsageError, match=message):
        store.save("study", "ana", "p00001", said)
    assert store.judgements("study") == ()
    assert store.progress("study").held == 1


def test_a_revision_is_a_version_beside_the_first(store: Store, address: str) -> None:
    store.save("study", "ana", "p00001", marks(True, True), "first")
    store.save("study", "ben", "p00001", marks())
    store.save("study", "ana", "p00001", marks(False, True), "second")
    mine = store.mine("study", "ana")
    assert [(j.mark.effective, j.version, j.comment) for j in mine] == [
        (False, 2, "second"),
        (True, 2, "second"),
    ]
    assert len(store.judgements("study")) == 4
    assert _count(address, "evalkit_judgement") == 6
    assert store.events("study")[-1].action == "revised"
    assert store.events("study")[-1].details == {"version": 2}


@pytest.mark.parametrize("comment", NASTY)
def test_comments_come_back_byte_for_byte(store: Store, comment: str) -> None:
    store.save("study", comment[:50].replace("\r\n", " "), "p00001", marks(), comment)
    (one, _) = store.judgements("study")
    assert one.comment.encode() == comment.encode()


@pytest.mark.parametrize("comment", ["a\0b", "\ud83d", "x" * 10_001])
def test_a_comment_that_no_database_keeps_is_refused(store: Store, comment: str) -> None:
    with pytest.raises(UsageError, match="comment"):
        store.save("study", "ana", "p00001", marks(), comment)
    assert store.judgements("study") == ()


@pytest.mark.parametrize("name", ["", "  ", "a\0", "\ud800", "x" * 101, "a\x1b[1m"])
def test_a_reviewer_needs_a_name_that_can_be_shown(store: Store, name: str) -> None:
    with pytest.raises(UsageError, match="reviewer"):
        store.claim("study", name)


def test_two_ways_to_write_a_name_are_one_reviewer(store: Store) -> None:
    store.save("study", "Jose\u0301  Diaz", "p00001", marks())
    store.save("study", " José Diaz", "p00001", marks(False, False))
    assert store.progress("study").reviewers == {"José Diaz": 1}


def test_a_tie_is_disputed_until_it_is_settled(store: Store) -> None:
    store.save("study", "ana", "p00001", marks(True, True))
    assert store.disputed("study") == ()
    store.save("study", "ben", "p00001", marks(True, False))
    assert [p.id for p in store.disputed("study")] == ["p00001"]
    assert store.claim("study", "eve", "p00001") is not None
    assert store.claim("study", "kim", "p00001") is None
    store.save("study", "eve", "p00001", marks(True, False), adjudicates=True)
    assert store.disputed("study") == ()
    assert [j.reviewer for j in store.judgements("study") if j.adjudicates] == ["eve", "eve"]
    assert store.events("study")[-1].action == "adjudicated"


def test_who_takes_another_prompt_gives_the_first_back(store: Store) -> None:
    store.claim("study", "ana")
    assert store.claim("study", "ana", "p00003") is not None
    trail = [(e.action, e.prompt) for e in store.events("study")][1:]
    assert trail == [("claimed", "p00001"), ("released", "p00001"), ("claimed", "p00003")]
    assert store.progress("study").held == 1


def test_progress_counts_the_newest_marks(store: Store) -> None:
    store.save("study", "ana", "p00001", marks())
    store.save("study", "ana", "p00001", marks())
    store.save("study", "ben", "p00001", marks())
    seen = store.progress("study")
    assert (seen.prompts, seen.finished, seen.held, seen.judgements) == (3, 1, 0, 4)
    assert seen.reviewers == {"ana": 1, "ben": 1}


def test_what_was_done_elsewhere_is_taken_whole_or_not_at_all(store: Store) -> None:
    good = Answer("p00001", tuple(marks()), "by mail")
    with pytest.raises(UsageError, match="not marked"):
        store.take("study", "ana", [good, Answer("p00002", (Mark("d1", True),))], "a.csv")
    assert store.judgements("study") == ()
    with pytest.raises(UsageError, match="no prompt 'p7'"):
        store.take("study", "ana", [good, Answer("p7", tuple(marks()))], "a.csv")
    with pytest.raises(UsageError, match="answered twice"):
        store.take("study", "ana", [good, good], "a.csv")
    other = replace(good, prompt="p00002")
    assert store.take("study", "ana", [other, good], "a.csv") == Taken(2, 0, 0)
    changed = replace(good, comment="again")
    assert store.take("study", "ana", [changed, other], "a.csv") == Taken(0, 1, 1)
    told = [e.details for e in store.events("study") if e.action == "imported"]
    assert told == [{"version": v, "source": "a.csv"} for v in (1, 1, 2)]


def test_who_is_in_the_middle_may_finish_though_a_sheet_came_in(store: Store) -> None:
    store.claim("study", "kim")
    for name in ("ana", "ben"):
        store.take("study", name, [Answer("p00001", tuple(marks()))], "a.csv")
    assert store.progress("study").finished == 1
    store.save("study", "kim", "p00001", marks())
    assert store.progress("study").reviewers == {"ana": 1, "ben": 1, "kim": 1}


def test_the_database_refuses_to_rewrite_what_was_said(store: Store, address: str) -> None:
    store.save("study", "ana", "p00001", marks())
    for table, column in (("evalkit_judgement", "comment"), ("evalkit_event", "action")):
        for statement in (f"UPDATE {table} SET {column} = ''", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="only ever added to"):
                _execute(address, statement)
    assert len(store.judgements("study")) == 2


def test_a_store_of_a_later_version_is_refused(store: Store, address: str) -> None:
    _execute(address, "UPDATE evalkit_judging SET version = 9")
    with pytest.raises(DataError, match=r"have version 9, this evalkit reads 1\. Update evalkit"):
        Store(address)


def test_random_doings_keep_every_promise(address: str, clock: Clock) -> None:
    """Claims, saves, releases and time in any order: no prompt has two holders, none too many."""
    rng, names = random.Random(3), ["ana", "ben", "eve", "kim"]
    holds: dict[str, str] = {}
    with Store(address, clock=clock) as store:
        store.add(make(6, wanted=3))
        for _ in range(120):
            name = rng.choice(names)
            doing = rng.choice(["claim", "claim", "save", "save", "release", "wait"])
            if doing == "wait":
                clock.pass_by(rng.choice([1, 40]))
            elif doing == "claim" and (prompt := store.claim("study", name)):
                holds = {who: held for who, held in holds.items() if held != prompt.id}
                holds[name] = prompt.id
            elif doing == "save" and name in holds:
                store.save("study", name, holds.pop(name), marks())
            elif doing == "release" and name in holds:
                store.release("study", name, holds.pop(name))
        _assert_sound(store, wanted=3)


def _assert_sound(store: Store, wanted: int) -> None:
    said = store.judgements("study")
    by_prompt: dict[str, set[str]] = {}
    for one in said:
        by_prompt.setdefault(one.prompt, set()).add(one.reviewer)
    assert all(len(names) <= wanted for names in by_prompt.values())
    assert len(said) == 2 * sum(map(len, by_prompt.values()))
    finished = sum(len(names) == wanted for names in by_prompt.values())
    assert store.progress("study").finished == finished


# --- addresses --------------------------------------------------------------------------------


def test_passwords_are_shown_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    for address in (
        "postgresql://ana:tops%3Ecret@127.0.0.1:1/judgements",
        "postgresql://ana@127.0.0.1:1/judgements?password=tops%3Ecret",
        "mysql://ana:tops%3Ecret@127.0.0.1/x",
        "postgresql://ana:tops%3Ecret@127.0.0.1:nonsense/x",
    ):
        with pytest.raises((UsageError, OutputError)) as caught:
            Store(address)
        told = f"{caught.value} {caught.value!r} {caught.value.__cause__!r}"
        assert "cret" not in told
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "cret" not in "".join(capsys.readouterr())


def test_a_servers_password_is_not_in_its_representation(
    postgres_address: Callable[[], str],
) -> None:
    address = postgres_address().replace("postgres:", "postgres:topsecret")
    with Store(address) as store:
        assert "topsecret" not in repr(store)
        assert repr(store).startswith("Store('postgresql:///")


@pytest.mark.parametrize("address", ["redis://x/y", "sqlite://", "://", "http://127.0.0.1/x"])
def test_an_address_of_another_kind_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match=r"a file, or a server such as"):
        Store(address)


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("not a database at all" * 100)
    with pytest.raises(DataError, match="no store of judgements"):
        Store(tmp_path / "a.txt")
    foreign = f"sqlite:///{tmp_path / 'b.db'}"
    _execute(foreign, "CREATE TABLE mine (x INTEGER)")
    with pytest.raises(DataError, match="of something else"):
        Store(foreign)
    with pytest.raises(OutputError, match=r"cannot be (made|written)"):
        Store(tmp_path / "a.txt" / "below.db")
    with pytest.raises(OutputError, match="cannot be reached"):
        Store(tmp_path)


def test_a_broken_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with Store(path) as store:
        store.add(make())
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises((DataError, OutputError), match=str(path)), Store(path) as store:
        store.study("study")


def _execute(address: str, statement: str) -> None:
    _run(address, statement)


def _count(address: str, table: str) -> int:
    return _run(address, f"SELECT count(*) FROM {table}", True)


def _run(address: str, statement: str, asks: bool = False) -> int:
    url = address if "://" in address else f"sqlite:///{address}"
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    try:
        with engine.begin() as db:
            done = db.execute(text(statement))
            return int(done.scalar_one()) if asks else 0
    finally:
        engine.dispose()
