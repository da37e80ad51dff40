"""Any message of ours, made from its own type: a field that is added to a message is generated from then on."""

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec.inspect as shape
from hypothesis import strategies as st

from models.commands import Assignment, DispatchTurn
from models.events import Why
from models.geo import LatLon, Point
from models.ids import Instant
from models.streets import Street, StreetTravel

_TEXT = st.characters(exclude_categories=("Cs", "Cc"))


def any_of(kind: type) -> st.SearchStrategy[Any]:
    """Every value of this type that may be on the wire."""
    return _of(shape.type_info(kind))


def _street_maps() -> st.SearchStrategy[StreetTravel]:
    """Streets lie between junctions that are there."""
    info = shape.type_info(StreetTravel)
    assert isinstance(info, shape.StructType)
    fields = {f.name: _of(f.type) for f in info.fields} | {"streets": st.just((Street(0, 0), Street(0, 0, "Bridge")))}
    return st.builds(
        StreetTravel, **fields | {"junctions": st.lists(_struct(Point), min_size=1, max_size=3).map(tuple)}
    )


def _turn(t: int, some: list[tuple[Assignment, Why]]) -> DispatchTurn:
    return DispatchTurn(t, tuple(one for one, _ in some), tuple(why for _, why in some))


def _turns() -> st.SearchStrategy[DispatchTurn]:
    """A why for each assignment, or none at all."""
    pairs = st.lists(st.tuples(_struct(Assignment), _struct(Why)), max_size=3)
    made = st.builds(_turn, any_of(Instant), pairs)
    return st.one_of(made, made.map(lambda turn: DispatchTurn(turn.t, turn.assignments)))


_SPECIAL: dict[type, Callable[[], st.SearchStrategy[Any]]] = {
    LatLon: lambda: st.builds(LatLon, st.floats(-80, 80), st.floats(-180, 180)),
    StreetTravel: _street_maps,
    DispatchTurn: _turns,
}


@cache
def _struct(kind: type) -> st.SearchStrategy[Any]:
    info = shape.type_info(kind)
    assert isinstance(info, shape.StructType)
    if kind in _SPECIAL:
        return _SPECIAL[kind]()
    return st.builds(kind, **{f.name: _of(f.type) for f in info.fields})


def _of(info: Any) -> st.SearchStrategy[Any]:
    return _MADE[type(info)](info)


def _within(least: int | None, most: int | None) -> st.SearchStrategy[int]:
    return st.integers(-(2**53) if least is None else least, 2**53 if most is None else most)


_MADE: dict[type, Callable[[Any], st.SearchStrategy[Any]]] = {
    shape.StructType: lambda info: _struct(info.cls),
    shape.UnionType: lambda info: st.one_of(*map(_of, info.types)),
    shape.VarTupleType: lambda info: st.lists(_of(info.item_type), max_size=3).map(tuple),
    shape.DictType: lambda info: st.dictionaries(_of(info.key_type), _of(info.value_type), max_size=3),
    shape.LiteralType: lambda info: st.sampled_from(info.values),
    shape.StrType: lambda info: st.text(_TEXT, min_size=info.min_length or 0, max_size=12),
    shape.IntType: lambda info: _within(info.ge, info.le),
    shape.FloatType: lambda info: st.floats(info.ge, info.le, allow_nan=False, allow_infinity=False),
    shape.DecimalType: lambda info: st.decimals(0, 10**6, places=2),
    shape.BytesType: lambda info: st.binary(max_size=40),
    shape.NoneType: lambda info: st.none(),
}
