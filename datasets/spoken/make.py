"""Makes the spoken data set: its lists, and with espeak-ng the sounds, which are not in git."""

import argparse
import json
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from spoken_maker import plan as plans
from spoken_maker import speech
from spoken_maker.plan import FULL, SAMPLE, Plan, Rendering, Row, Sentence

MISSING = "The spoken data set needs the program espeak-ng, which `make system` installs."
NOT_USABLE = 3


def item(name: str, one: Rendering | Sentence, media: str) -> Row:
    """Return the line of an item, spoken or written."""
    if isinstance(one, Sentence):
        return {"id": name, "text": one.text, "tags": plans.sentence_tags(one)}
    return {"id": name, "audio": f"{media}/{name}.flac", "tags": one.tags}


def query(name: str, one: Rendering | Sentence, media: str) -> Row:
    """Return the line of a query; all ways of asking for a sentence share its intent."""
    row = item(name, one, media)
    row["tags"] = {"intent": row["tags"]["sentence"], **row["tags"]}
    return row


def judgements(plan: Plan) -> Iterable[str]:
    """Yield the lines of the judgements."""
    yield "query-id\tcorpus-id\tscore"
    stored = plans.stored_by_id(plan)
    for query_id, one in plans.asked_by_id(plan).items():
        sentence = one if isinstance(one, Sentence) else one.sentence
        voice = None if isinstance(one, Sentence) else one.voice
        for item_id, other in stored.items():
            score = plans.grade(sentence, voice, other)
            if score is not None:
                yield f"{query_id}\t{item_id}\t{score}"


def texts(plan: Plan) -> dict[str, str]:
    """Return the lists of a data set by file name."""
    stored, asked = plans.stored_by_id(plan), plans.asked_by_id(plan)
    return {
        "corpus.jsonl": _lines(item(n, one, plan.media) for n, one in stored.items()),
        "queries.jsonl": _lines(query(n, one, plan.media) for n, one in asked.items()),
        "qrels.tsv": "\n".join(judgements(plan)) + "\n",
    }


def _lines(rows: Iterable[Row]) -> str:
    """Return rows as JSON, one a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write_sounds(plan: Plan, folder: Path) -> None:
    """Speak every rendering of a data set into its folder."""
    media = plans.media_by_name(plan)
    (folder / plan.media).mkdir(parents=True, exist_ok=True)

    def write(name: str) -> None:
        (folder / name).write_bytes(speech.encode(speech.speak(media[name])))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, media))


def check(plan: Plan) -> int:
    """Say which lists differ from a fresh copy; return 1 if any does."""
    wrong = [
        name
        for name, text in texts(plan).items()
        if not (plan.folder / name).is_file()
        or (plan.folder / name).read_text(encoding="utf-8") != text
    ]
    print("\n".join(f"differs: {name}" for name in wrong) or "all lists match their sources")
    return 1 if wrong else 0


def main() -> int:
    """Run the command line; return 3 where espeak-ng is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", action="store_true", help="the small set that is in git")
    parser.add_argument("--check", action="store_true", help="compare the lists, write nothing")
    parser.add_argument("--texts", action="store_true", help="write the lists alone")
    parser.add_argument("--out", type=Path, help="another folder to write to")
    options = parser.parse_args()
    plan = SAMPLE if options.sample else FULL
    if options.check:
        return check(plan)
    if not options.texts and not speech.installed():
        print(MISSING, file=sys.stderr)
        return NOT_USABLE
    folder = options.out or plan.folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts(plan).items():
        (folder / name).write_text(text, encoding="utf-8")
    if not options.texts:
        write_sounds(plan, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
