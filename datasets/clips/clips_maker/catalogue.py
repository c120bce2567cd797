"""Decides what the corpus holds: matching clips, mixes of two events, twins, copies, long clips."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sounds_maker.synth import generator

from .places import PLACES
from .subjects import SUBJECTS

SEED = 31_905
MOTIONS = ("left", "right", "still")
EVENTS, BACKGROUNDS = tuple(SUBJECTS), tuple(PLACES)
EDITS = ("reencode", "trim", "brightness")
TWINS, COPIES = 12, 15
SOURCES = Path(__file__).resolve().parent.parent / "sources"


@dataclass(frozen=True)
class Scene:
    """One event in a place: what is seen and heard, how it moves, and the seeds of its making."""

    sight: str
    sound: str
    background: str
    motion: str
    seconds: float
    sight_seed: str
    sound_seed: str
    at: float = 0.0


@dataclass(frozen=True)
class Clip:
    """A clip: its scenes (one, unless long), how sight and sound go together, its edit if any."""

    key: str
    scenes: tuple[Scene, ...]
    mix: str = "both"
    twin_of: str = ""
    copy_of: str = ""
    edit: str = ""
    trim: float = 0.0

    @property
    def seconds(self) -> float:
        """Return how long the clip is."""
        whole = self.scenes[-1].at + self.scenes[-1].seconds
        return round(whole - self.trim, 2)


def _scene(key: str, event: str, background: str, low: float, high: float) -> Scene:
    """Return a scene whose sight and sound agree; everything else depends on the key."""
    rng = generator(SEED, key)
    seconds = round(float(rng.integers(round(low * 10), round(high * 10) + 1)) / 10, 1)
    motion = MOTIONS[int(rng.integers(3))]
    return Scene(event, event, background, motion, seconds, f"{key}-sight", f"{key}-sound")


def _base() -> list[Clip]:
    """Return one clip for every event in every place, the three motions in equal parts."""
    found = []
    for e, event in enumerate(EVENTS):
        for b, background in enumerate(BACKGROUNDS):
            scene = _scene(f"{event}-{background}", event, background, 2.5, 3.5)
            motion = MOTIONS[(e + b + b // 3) % 3]
            found.append(Clip(f"{event}-{background}", (replace(scene, motion=motion),)))
    return found


def _mixes(base: list[Clip]) -> list[Clip]:
    """Return two clips an event: its sight with a strange sound, its sound with a strange sight."""
    found = []
    for e, event in enumerate(EVENTS):
        like = base[6 * e + (5 * e + 1) % 6]
        key, other = f"{event}-sight", EVENTS[(e + 5) % 14]
        scene = replace(like.scenes[0], sound=other, sound_seed=f"{key}-other")
        found.append(Clip(key, (scene,), "sight_only", twin_of=like.key))
        like = base[6 * e + (5 * e + 3) % 6]
        key, other = f"{event}-sound", EVENTS[(e + 3) % 14]
        scene = replace(like.scenes[0], sight=other, sight_seed=f"{key}-other")
        found.append(Clip(key, (scene,), "sound_only", twin_of=like.key))
    return found


def _twins(base: list[Clip]) -> list[Clip]:
    """Return second takes of some clips: the same facts, drawn and heard differently."""
    found = []
    for number in range(TWINS):
        like = base[7 * number + 2]
        key, scene = f"{like.key}-twin", like.scenes[0]
        scene = replace(scene, sight_seed=f"{key}-sight", sound_seed=f"{key}-sound")
        found.append(Clip(key, (scene,), twin_of=like.key))
    return found


def _copies(base: list[Clip]) -> list[Clip]:
    """Return copies that were encoded again, trimmed, or made brighter or darker."""
    found = []
    for number in range(COPIES):
        like, edit = base[5 * number + 4], EDITS[number % 3]
        trim = 0.6 if edit == "trim" else 0.0
        key = f"{like.key}-{edit}"
        found.append(Clip(key, like.scenes, copy_of=like.key, edit=edit, trim=trim))
    return found


def _long(number: int, names: list[str]) -> Clip:
    """Return a long clip: scene after scene without a gap."""
    scenes, at = [], 0.0
    for name in names:
        event, background = name.split()
        scene = _scene(f"long{number}-{event}", event, background, 3.0, 4.0)
        scenes.append(replace(scene, at=round(at, 1)))
        at += scene.seconds
    return Clip(f"long{number}", tuple(scenes))


@cache
def clips() -> dict[str, Clip]:
    """Return every clip by its id, in the order of the ids."""
    names = yaml.safe_load((SOURCES / "longs.yaml").read_text(encoding="utf-8"))
    base = _base()
    longs = [_long(number, row) for number, row in enumerate(names)]
    made = [*base, *_mixes(base), *_twins(base), *_copies(base), *longs]
    order = generator(SEED, "order").permutation(len(made))
    return {f"c{place:04d}": made[int(k)] for place, k in enumerate(order, 1)}


@cache
def ids() -> dict[str, str]:
    """Return the id of every clip by its key."""
    return {clip.key: name for name, clip in clips().items()}


def _joined(values: list[str]) -> str | list[str]:
    """Return the one value there is, or all of them in order of appearance."""
    distinct = list(dict.fromkeys(values))
    return distinct[0] if len(distinct) == 1 else distinct


def tags(clip: Clip) -> dict[str, Any]:
    """Return what the corpus says of a clip; a long one carries the values of all its scenes."""
    sights = _joined([scene.sight for scene in clip.scenes])
    sounds = _joined([scene.sound for scene in clip.scenes])
    return {
        "event": sounds if clip.mix == "sound_only" else sights,
        "sight": sights,
        "sound": sounds,
        "background": _joined([scene.background for scene in clip.scenes]),
        "motion": _joined([scene.motion for scene in clip.scenes]),
        "mix": clip.mix,
        "unit": "long" if len(clip.scenes) > 1 else "clip",
        "caption": caption(clip),
    }


def caption(clip: Clip) -> str:
    """Return what is seen and heard, a sentence a scene."""
    return " ".join(_sentence(scene) for scene in clip.scenes)


@cache
def _wordings() -> dict[str, Any]:
    """Return the wordings of the captions."""
    text = (SOURCES / "captions.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def _sentence(scene: Scene) -> str:
    """Return one scene in words; the choice of words depends on its seeds."""
    rng, words = generator(SEED, "words", scene.sight_seed, scene.sound_seed), _wordings()

    def pick(name: str, value: str) -> str:
        options = words[name][value]
        return str(options[int(rng.integers(len(options)))])

    sight, place = pick("sights", scene.sight), pick("places", scene.background)
    template = words["templates"][int(rng.integers(len(words["templates"])))]
    told = template.format(
        sight=sight,
        sight_low=sight[0].lower() + sight[1:],
        place=place,
        place_first=place[0].upper() + place[1:],
        motion=pick("motions", scene.motion),
        sound=pick("sounds", scene.sound),
    )
    return str(told)
