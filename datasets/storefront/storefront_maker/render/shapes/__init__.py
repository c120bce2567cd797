"""Drawing recipes, one for each kind of product."""

from collections.abc import Callable

from ..paint import Layer
from . import carried, home, kitchen, wardrobe

Drawer = Callable[[Layer, str], None]

DRAWERS: dict[str, Drawer] = {
    "mug": kitchen.mug,
    "bottle": kitchen.bottle,
    "teapot": kitchen.teapot,
    "frying pan": kitchen.frying_pan,
    "vase": home.vase,
    "table lamp": home.table_lamp,
    "chair": home.chair,
    "table": home.table,
    "cushion": home.cushion,
    "wall clock": home.wall_clock,
    "backpack": carried.backpack,
    "handbag": carried.handbag,
    "umbrella": carried.umbrella,
    "hat": carried.hat,
    "sunglasses": carried.sunglasses,
    "t-shirt": wardrobe.t_shirt,
    "dress": wardrobe.dress,
    "trousers": wardrobe.trousers,
    "sneaker": wardrobe.sneaker,
    "boot": wardrobe.boot,
}
FLAT_KINDS = {"frying pan", "t-shirt", "dress", "trousers", "wall clock", "umbrella", "sunglasses"}
