"""A picture stands in a page once, however often it is shown."""

import base64
import io

from PIL import Image

from evalkit.report.once import hold_once


def picture(colour: str) -> str:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(out, "JPEG")
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}"


def test_a_repeated_picture_is_held_by_its_first_place() -> None:
    red, blue = picture("red"), picture("blue")
    page = "".join(f'<img src="{p}" alt="{n}">' for n, p in enumerate([red, blue, red, red]))
    made = hold_once(page)
    assert (made.count(red), made.count(blue)) == (1, 1)
    assert f'<img src="{blue}" alt="1">' in made
    assert made.count('<use href="#picture-0"/>') == 2
    assert made.count('width="30" height="20" viewBox="0 0 30 20"') == 3
    assert [f'aria-label="{n}"' in made for n in (0, 2, 3)] == [True] * 3


def test_a_page_without_repeats_stays_as_it_is() -> None:
    page = f'<img src="{picture("red")}" alt="x"><p>&#34;<img src="data:image/png;base64,AA" alt=""'
    assert hold_once(page) == page


def test_a_picture_that_cannot_be_read_is_left_as_it_is() -> None:
    page = '<img src="data:image/png;base64,AAAA" alt="x">' * 2
    assert hold_once(page) == page
