"""The workforce data set keeps every promise its card makes."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image, ImageChops

from evalkit.core import registry

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "workforce"
STATED = {"female": "she/her", "male": "he/him", "nonbinary": "they/them"}
PRONOUNS = {"she", "her", "hers", "he", "his", "him", "they", "their", "them"}
GENDERED = {
    *("she her hers herself he his him himself they their them mr mrs ms miss sir madam".split()),
    *("woman women man men female male lady gentleman girl boy mother father wife husband".split()),
    *("mujer hombre femenino masculino frau mann weiblich männlich femme homme".split()),
    *("waitress actress stewardess chairman fireman policeman salesman saleswoman".split()),
}
NO_SHARE = {"gardener", "journalist", "photographer", "translator"}
EVEN = {"appraiser", "investigator", "salesperson"}
Row = dict[str, Any]


@cache
def lines(name: str) -> list[Row]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@cache
def table(name: str) -> list[list[str]]:
    rows = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [row.split("\t") for row in rows]


@cache
def items() -> dict[str, Row]:
    return {row["id"]: row for row in lines("corpus.jsonl")}


@cache
def queries() -> dict[str, Row]:
    return {row["id"]: row for row in lines("queries.jsonl")}


@cache
def shares() -> dict[str, float]:
    return {row[0]: float(row[1]) for row in table("labour-shares.tsv")[1:]}


@cache
def card() -> Row:
    found: Row = yaml.safe_load((FOLDER / "dataset.yaml").read_text(encoding="utf-8"))
    return found


def of(kind: str, pool: str = "balanced") -> list[Row]:
    """Return the items of a kind and a pool."""
    wanted = {"kind": kind, "pool": pool}
    return [row for row in lines("corpus.jsonl") if wanted.items() <= row["tags"].items()]


def sets(kind: str) -> dict[str, dict[str, Row]]:
    """Return the versions of each matched set by gender."""
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in of(kind):
        assert row["tags"]["gender"] not in found[row["tags"]["matched"]], row
        found[row["tags"]["matched"]][row["tags"]["gender"]] = row
    return found


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def name_of(row: Row) -> str:
    """Return the name in a profile: before the pronouns it states, or two initials."""
    gender = row["tags"]["gender"]
    stated = STATED.get(gender)
    pattern = rf"(\w+ \w+) \({stated}\)" if stated else r"([A-Z]\. [A-Z]\.)"
    found = set(re.findall(pattern, row["text"]))
    assert len(found) == 1, row
    return str(found.pop())


def bare(row: Row) -> list[str]:
    """Return the words of a profile with its name and its pronouns alike, none of them stated."""
    name, text = name_of(row), row["text"]
    text = text.replace(f" ({STATED.get(row['tags']['gender'])})", "")
    text = text.replace(f"{name}'s", "who").replace(name, "who")
    return ["who" if word in PRONOUNS else word for word in words(text)]


def test_it_loads_as_a_folder() -> None:
    data = registry.create("readers", "folder").read(str(FOLDER))
    assert len(data.corpus) == len(items())
    assert len(data.queries) == len(queries())
    assert len(data.truth.groups) == len(lines("groups.jsonl"))


@pytest.mark.parametrize("kind", ["profile", "badge"])
def test_each_occupation_is_balanced_exactly(kind: str) -> None:
    by_occupation: dict[str, Counter[str]] = defaultdict(Counter)
    for row in of(kind):
        by_occupation[row["tags"]["occupation"]][row["tags"]["gender"]] += 1
    assert len(by_occupation) >= 48
    expected = {"female": 20, "male": 20, "nonbinary": 4, "unknown": 4}
    assert all(found == expected for found in by_occupation.values())


@pytest.mark.parametrize("tag", ["name_region", "age_band"])
def test_names_and_ages_are_spread_alike_over_women_and_men(tag: str) -> None:
    spread: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for row in of("profile"):
        spread[row["tags"]["gender"]][row["tags"]["occupation"], row["tags"][tag]] += 1
    assert spread["female"] == spread["male"]
    assert len({value for _, value in spread["female"]}) == {"name_region": 6, "age_band": 3}[tag]


def test_versions_of_a_set_differ_in_name_and_pronouns_alone() -> None:
    found = sets("profile")
    assert len(found) == 20 * len({row["tags"]["occupation"] for row in of("profile")})
    for versions in found.values():
        assert versions.keys() in ({"female", "male"}, {*STATED, "unknown"})
        assert len({tuple(bare(row)) for row in versions.values()}) == 1, versions
        assert len({row["tags"]["age_band"] for row in versions.values()}) == 1
        named = [row for gender, row in versions.items() if gender in STATED]
        assert len({name_of(row).split()[1] for row in named}) == 1
        assert len({name_of(row).split()[0] for row in named}) == len(named)


def test_normalising_does_not_hide_another_word() -> None:
    one = {"text": "Ann Lee (she/her) is a baker. Her bread is good.", "tags": {"gender": "female"}}
    two = {"text": "Tom Lee (he/him) is a baker. His bread is soft.", "tags": {"gender": "male"}}
    assert bare(one)[:-1] == bare(two)[:-1]
    assert bare(one) != bare(two)


def test_the_pronouns_of_a_profile_are_the_stated_ones() -> None:
    used = {"female": {"she", "her"}, "male": {"he", "his", "him"}}
    used["nonbinary"], used["unknown"] = {"they", "their", "them"}, set()
    for pool in ("balanced", "natural"):
        for row in of("profile", pool):
            told = re.sub(r"\(\w+/\w+\)", "", row["text"])
            assert set(words(told)) & GENDERED <= used[row["tags"]["gender"]], row
            assert row["tags"]["gender"] == "unknown" or "(" in row["text"]


def test_names_are_of_their_region_and_gender() -> None:
    source = (FOLDER / "sources" / "names.yaml").read_text(encoding="utf-8")
    regions = {
        region: {kind: set(found.split()) for kind, found in lists.items()}
        for region, lists in yaml.safe_load(source).items()
    }
    given = [name for lists in regions.values() for kind in STATED for name in lists[kind]]
    assert len(set(given)) == len(given)
    for pool in ("balanced", "natural"):
        for row in of("profile", pool):
            if row["tags"]["gender"] != "unknown":
                first, last = name_of(row).split()
                lists = regions[row["tags"]["name_region"]]
                assert first in lists[row["tags"]["gender"]], row
                assert last in lists["family"], row


def test_profiles_are_of_one_length_and_none_stands_twice() -> None:
    texts = [row["text"] for row in lines("corpus.jsonl") if "text" in row]
    lengths = [len(text.split()) for text in texts]
    assert len(set(texts)) == len(texts)
    assert min(lengths) >= 40
    assert max(lengths) <= 75
    assert not any(re.search(r"\.\.|  |[{}]|\ba [aeio]| an [^aeiou]", text) for text in texts)


def test_the_years_stated_are_those_of_the_age_band() -> None:
    bands = {"early": range(2, 7), "middle": range(10, 18), "late": range(22, 35)}
    for row in lines("corpus.jsonl"):
        if "text" in row:
            (years,) = re.findall(r"(\d+) years", row["text"])[:1]
            assert int(years) in bands[row["tags"]["age_band"]], row


def test_the_natural_pool_follows_the_labour_shares() -> None:
    women: dict[str, Counter[str]] = defaultdict(Counter)
    for row in of("profile", "natural"):
        women[row["tags"]["occupation"]][row["tags"]["gender"]] += 1
        assert "matched" not in row["tags"]
    assert women.keys() == shares().keys()
    for occupation, found in women.items():
        assert found["female"] + found["male"] == 20
        assert found["unknown"] == 2
        assert min(found.values()) >= 1  # so that no group of the pool has a share of zero
        assert abs(found["female"] / 20 - shares()[occupation] / 100) <= 0.05


def test_the_natural_pool_shares_no_text_with_the_matched_sets() -> None:
    matched = {tuple(bare(row)) for row in of("profile")}
    assert not matched & {tuple(bare(row)) for row in of("profile", "natural")}


def test_every_share_has_its_source_and_year() -> None:
    header, *rows = table("labour-shares.tsv")
    assert header == ["occupation", "percent_women", "source", "year"]
    occupations = {row["tags"]["occupation"] for row in lines("corpus.jsonl")}
    assert occupations - {row[0] for row in rows} == NO_SHARE
    assert all(name in " ".join(card()["limits"]).casefold() for name in NO_SHARE)
    for occupation, percent, source, year in rows:
        assert occupation in occupations
        assert 0 < float(percent) < 100
        assert source == "US Bureau of Labor Statistics"
        assert year in ("2015", "2016")


def test_ids_and_their_order_tell_nothing() -> None:
    assert all(re.fullmatch(r"c\d{4}", name) for name in items())
    assert all(re.fullmatch(r"q\d{4}", name) for name in queries())
    for rows, tag in ((lines("corpus.jsonl"), "gender"), (lines("queries.jsonl"), "asks")):
        assert len({row["tags"]["occupation"] for row in rows[:60]}) > 25
        assert len({row["tags"][tag] for row in rows[:60]}) >= 3


def test_neutral_queries_name_no_gender_and_explicit_ones_name_theirs() -> None:
    named = {"female": {"woman", "female", "mujer", "frau", "femme"}}
    named["male"] = {"man", "male", "hombre", "mann", "homme"}
    for row in queries().values():
        asks, found = row["tags"]["asks"], set(words(row["text"]))
        assert found & GENDERED == found & named.get(asks, set()), row
        assert bool(found & GENDERED) == (asks != "neutral"), row


def test_neutral_queries_of_other_languages_have_no_title_that_marks_gender() -> None:
    marks = r"\w+(era|ora|ero|ario|aria|iste|eur|euse|trice|ière|ierin|rin|erin)$"
    titles = re.compile(r"^(una?|l[ao]s?|el|der|die|ein|eine|un|une|le|la) " + marks)
    for row in queries().values():
        if row["tags"]["language"] != "en":
            assert not titles.match(row["text"].casefold()), row


def test_each_occupation_is_asked_for_alike() -> None:
    forms: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for row in queries().values():
        tags = row["tags"]
        assert tags["intent"] == tags["occupation"]
        forms[tags["occupation"]].append((tags["asks"], tags["language"], tags["template"]))
    (first, *others) = [sorted(found) for found in forms.values()]
    assert all(found == first for found in others)
    assert len({f for f in first if f[:2] == ("neutral", "en")}) == 4
    assert Counter(f[0] for f in first) == {"neutral": 7, "female": 5, "male": 5}
    assert len({row["text"] for row in queries().values()}) == len(queries())


def test_grades_are_those_of_the_card() -> None:
    header, *rows = table("qrels.tsv")
    assert header == ["query-id", "corpus-id", "score"]
    judged: dict[str, dict[str, str]] = defaultdict(dict)
    for query, item, score in rows:
        judged[query][item] = score
    by_occupation: dict[str, dict[str, str]] = defaultdict(dict)
    for name, row in items().items():
        by_occupation[row["tags"]["occupation"]][name] = row["tags"]["gender"]
    for name, row in queries().items():
        asks = row["tags"]["asks"]
        everybody = by_occupation[row["tags"]["occupation"]].items()
        assert judged[name] == {i: "2" if gender == asks else "1" for i, gender in everybody}
    assert len(rows) == sum(map(len, judged.values()))


def test_triples_differ_in_the_gender_they_name_and_follow_the_share() -> None:
    groups = [group for group in lines("groups.jsonl") if group["kind"] == "counterfactual"]
    seen: Counter[str] = Counter()
    for group in groups:
        three = {role: queries()[group[role]] for role in ("neutral", "prototypical", "counter")}
        forms = {(q["tags"]["occupation"], q["tags"]["language"], q["tags"]["template"]) for q in
                 three.values()}  # fmt: skip
        ((occupation, _, _),) = forms
        most = "female" if shares()[occupation] > 50 else "male"
        asks = [three[role]["tags"]["asks"] for role in ("neutral", "prototypical", "counter")]
        assert asks == ["neutral", most, "male" if most == "female" else "female"]
        seen[occupation] += 1
    assert seen.keys() == shares().keys() - EVEN
    assert set(seen.values()) == {5}
    assert all(abs(shares()[one] - 50) < 5 for one in EVEN)


def test_wordings_are_the_versions_of_one_set_and_a_neutral_query_of_theirs() -> None:
    groups = [group for group in lines("groups.jsonl") if group["kind"] == "wording"]
    genders = {"female": "female", "male": "male", "neutral": "unknown"}
    templates: Counter[str] = Counter()
    for group in groups:
        query = queries()[group["query"]]["tags"]
        versions = {role: items()[group[role]]["tags"] for role in genders}
        assert query["asks"] == "neutral"
        assert len({tags["matched"] for tags in versions.values()}) == 1
        assert {tags["occupation"] for tags in versions.values()} == {query["occupation"]}
        assert {role: tags["gender"] for role, tags in versions.items()} == genders
        templates[query["template"]] += 1
    assert len(set(templates.values())) == 1
    assert len(groups) == 4 * len({row["tags"]["occupation"] for row in of("profile")})


def test_badges_come_in_twos_and_fours_and_are_small() -> None:
    assert {len(versions) for versions in sets("badge").values()} == {2, 4}
    files = {f"badges/{file.name}" for file in (FOLDER / "badges").iterdir()}
    assert files == {row["image"] for row in lines("corpus.jsonl") if "image" in row}
    assert sum((FOLDER / name).stat().st_size for name in files) < 8e6


def test_badges_belong_to_the_sets_of_the_profiles() -> None:
    profiles, badges = sets("profile"), sets("badge")
    assert {f"m{name[1:]}" for name in badges} == profiles.keys()
    for name, versions in badges.items():
        there = profiles[f"m{name[1:]}"]
        assert versions.keys() == there.keys()
        for gender, row in versions.items():
            told = [{**r["tags"], "kind": "", "matched": ""} for r in (row, there[gender])]
            assert told[0] == told[1]


def test_natural_badges_follow_the_natural_profiles() -> None:
    found = [Counter(map(tag_of, of(kind, "natural"))) for kind in KINDS]
    some = {occupation for occupation, _ in found[0]}
    assert len(some) == 14
    assert found[0] == {key: n for key, n in found[1].items() if key[0] in some}
    badges, profiles = ({r["tags"]["person"]: r["tags"] for r in of(k, "natural")} for k in KINDS)
    assert len(badges) == found[0].total()
    assert all(tags == {**profiles[name], "kind": "badge"} for name, tags in badges.items())


KINDS = ("badge", "profile")


def tag_of(row: Row) -> tuple[str, str]:
    """Return the occupation and the gender of an item."""
    return row["tags"]["occupation"], row["tags"]["gender"]


def test_badges_of_a_set_differ_only_where_name_and_pronouns_stand() -> None:
    for versions in list(sets("badge").values())[::40]:
        images = [Image.open(FOLDER / row["image"]).convert("RGB") for row in versions.values()]
        for other in images[1:]:
            box = ImageChops.difference(images[0], other).getbbox()
            assert box is not None
            left, top, _, bottom = box
            assert left >= 130
            assert top >= 64
            assert bottom <= 126


def test_the_card_counts_right() -> None:
    about = " ".join(card()["about"].split())
    kinds = Counter(group["kind"] for group in lines("groups.jsonl"))
    assert f"{len(items())} items about invented people in 52 occupations" in about
    assert f"and {len(queries())} queries" in about
    assert f"48 an occupation, {len(of('profile'))} in all" in about
    assert f"{len(of('profile', 'natural'))} in all" in about
    assert f"in the same matched sets, {len(of('badge'))} in all" in about
    assert f"14 occupations, {len(of('badge', 'natural'))} in all" in about
    assert f"{len(lines('groups.jsonl'))} groups. {kinds['counterfactual']} of the kind" in about
    assert f"{kinds['wording']} of the kind wording" in about
    assert "2015, four of the occupations 2016" in card()["source"]
    assert Counter(row[3] for row in table("labour-shares.tsv")[1:])["2016"] == 4


def test_the_whole_is_small_enough_to_ship() -> None:
    files = [file for file in FOLDER.rglob("*") if file.is_file() and file.suffix != ".pyc"]
    assert sum(file.stat().st_size for file in files) < 13e6


def test_a_changed_file_is_noticed_and_all_others_match_their_sources(tmp_path: Path) -> None:
    left = shutil.ignore_patterns("badges", "__pycache__")
    copy = shutil.copytree(FOLDER, tmp_path / "workforce", ignore=left)
    (copy / "badges").mkdir()
    names = sorted(file.name for file in (FOLDER / "badges").iterdir())
    for name in names[:-1]:
        (copy / "badges" / name).symlink_to(FOLDER / "badges" / name)
    with (copy / "qrels.tsv").open("a", encoding="utf-8") as file:
        file.write("q0001\tc0001\t1\n")
    (copy / "badges" / names[0]).unlink()
    Image.new("RGB", (360, 216)).save(copy / "badges" / names[0])
    command = [sys.executable, str(copy / "make.py"), "--check", "--every", "25"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wrong = ["qrels.tsv", f"badges/{names[0]}", f"badges/{names[-1]}"]
    assert done.stdout == "".join(f"differs: {name}\n" for name in wrong), done.stderr
    assert done.returncode == 1
