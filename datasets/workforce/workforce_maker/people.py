"""Makes the people of an occupation: matched sets that differ in name and pronouns, and others."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from .sources import Occupation, names
from .texts import Draft, drafts

SEED = 20261122
SETS, NATURAL, UNNAMED = 20, 20, 2
FOURFOLD = 4
"""How many of the sets have a non-binary and an unnamed version besides."""
REGIONS = ("anglo",) * 5 + ("hispanic", "arabic", "east_asian", "south_asian", "african") * 3


@dataclass(frozen=True)
class Person:
    """Somebody with a profile. gender: by stated pronouns. matched: the set, "" for none."""

    occupation: str
    gender: str
    name: str
    region: str
    pool: str
    matched: str
    draft: Draft

    @property
    def text(self) -> str:
        """The profile."""
        return self.draft.told(self.name, self.gender)


def people(occupation: Occupation, number: int) -> list[Person]:
    """Return everybody of an occupation: 20 matched sets, and a pool as the share would have it.

    number: the place of the occupation among all, from which the names of sets are made.
    """
    rng = Random(f"{SEED} {occupation.name}")
    told = drafts(occupation, rng, SETS + NATURAL + UNNAMED)
    invented = Names(rng)
    found = list(_balanced(occupation, number * SETS, told[:SETS], invented, rng))
    if occupation.share is not None:
        found += _natural(occupation, told[SETS:], invented, rng)
    return found


def women_of(share: float) -> int:
    """Return how many of the natural pool are women: as the share says, but one of each at least.

    share: the percentage of women.
    """
    return min(max(round(NATURAL * share / 100), 1), NATURAL - 1)


def _balanced(
    occupation: Occupation, first: int, told: list[Draft], invented: "Names", rng: Random
) -> Iterator[Person]:
    """Yield the versions of each matched set."""
    regions = rng.sample(REGIONS, SETS)
    for place, (draft, region) in enumerate(zip(told, regions, strict=True)):
        family = invented.family(region)
        genders = ["female", "male"] + (["nonbinary"] if place < FOURFOLD else [])
        common = {"occupation": occupation.name, "pool": "balanced", "draft": draft}
        common["matched"] = f"m{first + place + 1:04}"
        for gender in genders:
            name = f"{invented.given(region, gender)} {family}"
            yield Person(gender=gender, name=name, region=region, **common)
        if place < FOURFOLD:
            yield Person(gender="unknown", name=invented.initials(), region="unknown", **common)


def _natural(
    occupation: Occupation, told: list[Draft], invented: "Names", rng: Random
) -> Iterator[Person]:
    """Yield a pool with as many women as the labour share says, and two unnamed people."""
    women = women_of(occupation.share)
    genders = ["female"] * women + ["male"] * (NATURAL - women) + ["unknown"] * UNNAMED
    regions = rng.sample(REGIONS + REGIONS[-UNNAMED:], len(genders))
    for draft, gender, region in zip(told, genders, regions, strict=True):
        if gender == "unknown":
            name, region = invented.initials(), "unknown"
        else:
            name = f"{invented.given(region, gender)} {invented.family(region)}"
        yield Person(occupation.name, gender, name, region, "natural", "", draft)


class Names:
    """Draws names; a list is used up before one of its names returns."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._left: dict[tuple[str, str], list[str]] = {}
        self._regions = names()
        self._drawn: set[str] = set()

    def given(self, region: str, gender: str) -> str:
        """Return a given name."""
        return self._draw(region, gender)

    def family(self, region: str) -> str:
        """Return a family name."""
        return self._draw(region, "family")

    def initials(self) -> str:
        """Return two initials that nobody of the occupation has yet."""
        while True:
            one, other = self._rng.sample("ABCDEFGHJKLMNPRSTVWZ", 2)
            if (found := f"{one}. {other}.") not in self._drawn:
                self._drawn.add(found)
                return found

    def _draw(self, region: str, kind: str) -> str:
        """Return the next name of a list, shuffled anew when it is used up."""
        left = self._left.setdefault((region, kind), [])
        if not left:
            left += self._regions[region][kind]
            self._rng.shuffle(left)
        return left.pop()
