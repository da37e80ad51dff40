"""a seeded generator → here → names that can be said aloud: restaurants, dishes, people."""

from random import Random

ONSETS = ("b", "br", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "th", "sh", "st", "tr", "h")
VOWELS = ("a", "e", "i", "o", "u", "a", "e", "o")
CODAS = ("", "l", "m", "n", "r", "ck", "ss", "nd", "th")
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
MOST_TRIES = 100


def word(rng: Random, syllables: int) -> str:
    spoken = "".join(rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(syllables))
    return (spoken + rng.choice(CODAS)).capitalize()


def unlike(rng: Random, taken: set[str], syllables: int) -> str:
    """A word not taken yet; a longer one when the short ones run out."""
    for tries in range(MOST_TRIES):
        if (found := word(rng, syllables + tries // 10)) not in taken:
            taken.add(found)
            return found
    raise ValueError(f"no free name in {MOST_TRIES} tries")


def people(rng: Random, count: int) -> list[str]:
    """First names recur, as they do; surnames do not."""
    taken: set[str] = set()
    first = [word(rng, rng.choice((1, 2))) for _ in range(60)]
    return [f"{rng.choice(first)} {unlike(rng, taken, 2)}" for _ in range(count)]
