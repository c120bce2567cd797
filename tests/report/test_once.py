"""A picture or a sound stands in a page once, however often it is shown."""

import base64
import io
import re
from collections.abc import Callable
from dataclasses import replace

from PIL import Image

from evalkit.archive import Run
from evalkit.report.once import AGAIN, hold_once
from evalkit.report.view.pictures import Album, Content


def picture(colour: str) -> str:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(out, "JPEG")
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}"


def sound(words: str) -> str:
    return f"data:audio/ogg;base64,{base64.b64encode(words.encode()).decode()}"


def player(address: str, words: str) -> str:
    return f'<audio controls preload="none" src="{address}" aria-label="{words}"></audio>'


def test_a_repeated_picture_is_held_by_its_first_place() -> None:
    red, blue = picture("red"), picture("blue")
    page = "".join(f'<img src="{p}" alt="{n}">' for n, p in enumerate([red, blue, red, red]))
    made = hold_once(page)
    assert (made.count(red), made.count(blue)) == (1, 1)
    assert f'<img src="{blue}" alt="1">' in made
    assert made.count('<use href="#picture-0"/>') == 2
    assert made.count('width="30" height="20" viewBox="0 0 30 20"') == 3
    assert [f'aria-label="{n}"' in made for n in (0, 2, 3)] == [True] * 3


def test_a_repeated_sound_is_held_by_its_first_player_and_others_link_to_it() -> None:
    bell, rain = sound("bell"), sound("rain")
    made = hold_once("".join(player(s, f"n{n}") for n, s in enumerate([bell, rain, bell, bell])))
    assert (made.count(bell), made.count(rain)) == (1, 1)
    assert player(rain, "n1") in made
    assert f'<audio id="sound-0" controls preload="none" src="{bell}" aria-label="n0">' in made
    assert made.count(f'{AGAIN} href="#sound-0" data-label="n') == 2
    assert [f'data-label="n{n}"' in made for n in (2, 3)] == [True, True]


def test_a_page_without_repeats_stays_as_it_is() -> None:
    page = f'<img src="{picture("red")}" alt="x"><p>&#34;<img src="data:image/png;base64,AA" alt=""'
    page += player(sound("bell"), "x")
    assert hold_once(page) == page


def test_a_picture_that_cannot_be_read_is_left_as_it_is() -> None:
    page = '<img src="data:image/png;base64,AAAA" alt="x">' * 2
    assert hold_once(page) == page


def test_a_page_has_each_sound_once_and_the_script_that_its_policy_allows(
    run: Run, page: Callable[[Run], str]
) -> None:
    html = page(run)
    players = re.findall(r'<audio (?:id="([^"]*)" )?controls preload="none" src="([^"]+)"', html)
    assert [name for name, _ in players] == ["sound-0"]
    again = re.findall(rf'{AGAIN} href="([^"]*)"', html)
    assert len(again) > 1
    assert set(again) == {"#sound-0"}
    assert html.count("<script") == 1
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert policy[0].count("sha256-") == 2
    silent = run.items.drop_columns(["sound"])
    assert "<script" not in page(replace(run, items=silent))


def test_what_a_page_holds_already_takes_no_more_room() -> None:
    big, other = b"x" * 1_500_000, b"y" * 1_500_000
    things = {
        "a": Content("a", sound=big),
        "b": Content("b", sound=big),
        "c": Content("c", sound=other),
    }
    album = Album(1)
    album.open({}, "query")
    album.open(things, "corpus")
    assert [album.show("corpus", name).sound for name in "abca"] == [big, big, None, big]
