"""Two runs of the demo are two cities of one name: the menu still tells them apart."""

from dashboard.header import city_labels
from models.ids import CityId
from models.views import CityCard


def test_a_name_that_two_cities_have_is_told_apart_by_their_ids() -> None:
    """A second `make demo` left the board blank: Streamlit refuses equal labels in one menu."""
    first, second, other = CityId("merrin-1"), CityId("merrin-2"), CityId("oslo-1")
    cities = {first: CityCard("Merrin", 1), second: CityCard("Merrin", 1), other: CityCard("Oslo", 1)}

    assert city_labels(cities) == {first: "Merrin, merrin-1", second: "Merrin, merrin-2", other: "Oslo"}
