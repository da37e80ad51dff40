"""a seeded generator → here → names that can be said aloud: of restaurants, what they cook, and people."""

from random import Random

STEMS = str.split(
    "Al Ar Bel Bram Cal Cor Dar Dor El Fen Gar Hal Ingle Kes Lin Mar Mel Nor Or Pel "
    "Quil Ros Saf Sel Tam Tor Ul Vel Wen Yar"
)
ENDINGS = str.split("a ander arel by dale ena ford holm ith ley lin lum mere mond ora row stead ton vane wick")
WORDS = [stem + ending for stem in STEMS for ending in ENDINGS]
FIRST_NAMES = str.split(
    "Ada Amir Anouk Bea Boris Carla Chidi Dana Dev Elif Emil Farah Finn Greta Hugo Ines Ivo Jana Jun Kofi Lena Luca "
    "Maya Milo Nadia Noor Olga Omar Petra Quinn Rosa Sami Tara Tomas Uma Viktor Wanda Yusuf Zoe"
)
CUISINES = (
    ("Bakery", ("Filled Roll", "Onion Tart", "Seed Loaf", "Plum Slice")),
    ("Bowls", ("Rice Bowl", "Smoked Tofu Bowl", "Salmon Bowl", "Green Bowl")),
    ("Curry", ("Lentil Curry", "Lamb Curry", "Flatbread", "Spiced Rice")),
    ("Deli", ("Club Sandwich", "Pickle Plate", "Soup of the Day", "Beetroot Salad")),
    ("Grill", ("Half Chicken", "Skewers", "Grilled Corn", "Chips")),
    ("House", ("Family Platter", "House Stew", "Dumplings", "Custard")),
    ("Noodles", ("Broth Noodles", "Fried Noodles", "Sesame Noodles", "Spring Rolls")),
    ("Pizza", ("Margherita", "Mushroom Pizza", "Garlic Bread", "Calzone")),
    ("Sushi", ("Maki Box", "Nigiri Box", "Miso Soup", "Edamame")),
    ("Tacos", ("Bean Tacos", "Fish Tacos", "Nachos", "Churros")),
)


def words(rng: Random, count: int) -> list[str]:
    """Each only once: two restaurants of a city do not share a name."""
    return rng.sample(WORDS, count)


def people(rng: Random, count: int) -> list[str]:
    return [f"{rng.choice(FIRST_NAMES)} {rng.choice(WORDS)}" for _ in range(count)]
