"""Chooses the pairs: every duplicate, and twice as many pairs that only look alike."""

import random

from .sources import SEED, Archive, Headline, sibling

PER_AFFAIR = 9
Pair = tuple[str, str, str, str]


def pairs(archive: Archive) -> list[Pair]:
    """Return (a, b, label, kind) of all pairs, sorted by ids; a third of them are duplicates."""
    same = duplicates(archive)
    different = siblings(archive)
    different += strangers(archive, 2 * len(same) - len(different))
    return sorted(same + different)


def duplicates(archive: Archive) -> list[Pair]:
    """Return the lead of each story with each other version of it."""
    return [
        _pair(lead, other, "duplicate", other.version)
        for story in archive.stories
        for lead in archive.telling(story)
        for other in archive.telling(story)
        if lead.version == "lead" and other is not lead
    ]


def siblings(archive: Archive) -> list[Pair]:
    """Return pairs from the two stories of each affair, the most alike first, then at random."""
    rng = random.Random(SEED)
    chosen: list[Pair] = []
    for story in archive.stories:
        if story.endswith("b"):
            continue
        left, right = archive.telling(story), archive.telling(sibling(story))
        crossed = [(one, other) for one in left for other in right]
        rng.shuffle(crossed)
        crossed.sort(key=lambda both: _distance(*both))
        kind = archive.kinds[left[0].affair]
        chosen += [_pair(*both, "different", kind) for both in crossed[:PER_AFFAIR]]
    return chosen


def strangers(archive: Archive, count: int) -> list[Pair]:
    """Return pairs of one topic and two affairs, at random."""
    by_topic: dict[str, list[Headline]] = {}
    for one in archive.headlines:
        by_topic.setdefault(one.topic, []).append(one)
    topics = sorted(by_topic)
    rng = random.Random(SEED)
    found: dict[Pair, None] = {}
    while len(found) < count:
        one, other = rng.sample(by_topic[topics[len(found) % len(topics)]], 2)
        if one.affair != other.affair:
            found[_pair(one, other, "different", "topic")] = None
    return list(found)


def _distance(one: Headline, other: Headline) -> int:
    """Return 0 for two leads or two translations into one language, 1 for the rest."""
    alike = (one.version, one.language) == (other.version, other.language)
    return 0 if alike else 1


def _pair(one: Headline, other: Headline, label: str, kind: str) -> Pair:
    """Return a pair with its ids in order."""
    first, second = sorted((one.id, other.id))
    return first, second, label, kind
