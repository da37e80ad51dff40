"""How long kitchens take: learnt from what came ready, leaning on the city, and never 'now' for what nobody knows."""

from models.commands import AcceptOrder, AnnounceReady, MarkReady
from models.ids import OrderId
from models.prep import CITY_FROM, Kitchens, Outlook
from tests.unit.models.builders import MINUTE, O1, O2, R1, R2, Town, minute, opened_town, placed


def _cooked(town: Town, takes: float, count: int, at: float = 0) -> Town:
    for n in range(count):
        order = OrderId(f"cooked-{takes}-{n}")
        town.do(placed(order), AcceptOrder(order), at=minute(at)).do(MarkReady(order), at=minute(at + takes))
    return town


def test_a_restaurant_nobody_has_seen_takes_what_the_recorded_days_took() -> None:
    assert Kitchens().mean_ms(R1) == 17 * MINUTE


def test_a_restaurant_leans_on_the_city_until_it_has_shown_more() -> None:
    kitchens = _cooked(opened_town(), 30, CITY_FROM).city.kitchens

    assert kitchens.mean_ms(R1) == kitchens.mean_ms(R2) == 30 * MINUTE

    kitchens = _cooked(opened_town(), 30, 2).city.kitchens

    assert kitchens.mean_ms(R1) == (2 * 30 + 2 * 17) * MINUTE // 4
    assert kitchens.mean_ms(R2) == 17 * MINUTE


def test_what_is_announced_or_ready_is_believed_and_never_lies_before_now() -> None:
    town = opened_town().do(placed(), placed(O2), AcceptOrder(O1), AcceptOrder(O2), AnnounceReady(O1, minute(20)))
    town.do(MarkReady(O2), at=minute(9))
    outlook = Outlook(town.city.kitchens, minute(10))

    assert [outlook.expected(town.order(o)) for o in (O1, O2)] == [minute(20), minute(10)]
    assert [outlook.by(town.order(o), 900) for o in (O1, O2)] == [minute(20), minute(10)]


def test_what_cooks_longer_than_usual_is_expected_later_and_later_and_never_now() -> None:
    town = opened_town().do(placed())
    expected = [Outlook(town.city.kitchens, minute(n)).expected(town.order()) - minute(n) for n in (0, 15, 30, 90)]

    assert 15 * MINUTE < expected[0] < 20 * MINUTE
    assert expected[0] > expected[1] > 0
    assert all(left > 0 for left in expected)


def test_of_ten_orders_as_many_are_ready_by_a_time_as_its_chance_says() -> None:
    town = _cooked(opened_town(), 10, 200)
    order = town.do(placed(), at=minute(10)).order()
    outlook = Outlook(town.city.kitchens, minute(10))
    times = [outlook.by(order, chance) - minute(10) for chance in (100, 500, 900)]

    assert times == sorted(times)
    assert all(8 * MINUTE < one < 12 * MINUTE for one in times)


def test_the_chances_of_what_cooks_beyond_all_that_was_seen_are_a_little_later_than_now() -> None:
    town = opened_town().do(placed())
    outlook = Outlook(town.city.kitchens, minute(240))

    assert outlook.by(town.order(), 500) == outlook.expected(town.order()) == minute(240) + 17 * MINUTE // 20


def test_a_ready_fact_that_is_dated_before_its_order_took_no_time() -> None:
    town = opened_town().do(placed(), AcceptOrder(O1), at=minute(5)).do(MarkReady(O1), at=minute(4))

    assert town.city.kitchens.everywhere.total_ms == 0
