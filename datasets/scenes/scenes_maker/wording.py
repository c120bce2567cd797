"""What contents and contexts are called, in English and Spanish."""

CONTENT_NAMES = {
    "lion": ("a lion", "un león"),
    "elephant": ("an elephant", "un elefante"),
    "zebra": ("a zebra", "una cebra"),
    "cow": ("a cow", "una vaca"),
    "giraffe": ("a giraffe", "una jirafa"),
    "penguin": ("a penguin", "un pingüino"),
    "car": ("a car", "un coche"),
    "bus": ("a bus", "un autobús"),
    "bicycle": ("a bicycle", "una bicicleta"),
    "tractor": ("a tractor", "un tractor"),
    "umbrella": ("an open umbrella", "un paraguas abierto"),
    "suitcase": ("a suitcase", "una maleta"),
}
CONTEXT_NAMES = {
    "savanna": ("in the savanna", "en la sabana"),
    "forest": ("in a forest", "en un bosque"),
    "snow": ("in the snow", "en la nieve"),
    "beach": ("on a beach", "en una playa"),
    "street": ("on a street", "en una calle"),
    "room": ("in a room", "en una habitación"),
    "desert": ("in the desert", "en el desierto"),
    "night": ("at night", "de noche"),
}
LANGUAGES = ("en", "es")
