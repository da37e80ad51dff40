"""layers, atlas → here → the map's JSON. pydeck says what the layers are; the bytes are made once a snapshot and theme.

Sizes are metres with pixel bounds, so shapes are small over the whole city and full where one looks closely.
"""

from dashboard import atlas, layers
from dashboard.frames import Mark, Row
from dashboard.ground_layers import ground_layers
from dashboard.layer_json import compact, layer
from dashboard.layers import Datum, Frame, Places
from dashboard.snapshot import CityView, Snapshot
from dashboard.theme import FONT, rgba
from models.driver import Signal
from models.slack import Risk

RISKY = (Risk.AT_RISK, Risk.LATE)
TOOLTIP = {"html": "{t}"}


class Drawn:
    """What `st.pydeck_chart` needs of a Deck: JSON that was made already. Made anew it is 15 ms a session and tick."""

    def __init__(self, json_text: str) -> None:
        self._json, self._tooltip, self.layers = json_text, TOOLTIP, list[object]()

    def to_json(self) -> str:
        return self._json


class Map:
    """The layers of one snapshot in one theme, as JSON; a chosen order only adds its own on top."""

    def __init__(self, s: Snapshot, view: CityView, found: tuple[Row, ...], on_duty: tuple[Mark, ...], dark: bool):
        self._s, self._dark, self._place = s, dark, Places(view.rules.travel)
        self.frame = Frame.of_city(s, view, self._place)
        self._base = [*self._under(view), *self._city(found, on_duty)]

    def drawn(self, row: Row | None, mark: Mark | None) -> Drawn:
        """The map, with the chosen order's way on top and in view."""
        chosen = self._chosen(row, mark) if row else []
        frame = self.frame.closer(layers.route_data(self._s, row.order, self._place)) if row else self.frame
        return Drawn(_shell(frame).replace('"layers":[]', f'"layers":[{",".join(self._base + chosen)}]', 1))

    def _under(self, view: CityView) -> tuple[str, ...]:
        """The streets; of a city without any, a grid that says how far is far."""
        if view.ground.parts:
            return ground_layers(self._s.city, view.ground, self._dark)
        return (_lines("grid", layers.grid_data(self.frame), rgba("grid", self._dark)),)

    def _city(self, found: tuple[Row, ...], on_duty: tuple[Mark, ...]) -> list[str]:
        """From the ground up: kitchens, doors, how far the silent may be, drivers, what is urgent on top."""
        dark, place = self._dark, self._place
        calm, watched = ([m for m in on_duty if _watched(m) is over] for over in (False, True))
        on_track, tight = ([row for row in found if row.risk is risk] for risk in (Risk.ON_TRACK, Risk.TIGHT))
        urgent = [row for row in found if row.risk in RISKY]
        return [
            _kitchens(layers.kitchen_data(self._s, found, place), dark),
            _dots("doors", layers.door_data(on_track, place), rgba("ok", dark, 190), 1.8),
            _rings("tight", layers.door_data(tight, place), rgba("tight", dark)),
            _reach(layers.silent_data(on_duty, place), dark),
            self._icons("drivers", layers.driver_data(self._s, calm, place), 9, 16),
            self._icons(
                "urgent", layers.door_data(urgent, place) + layers.driver_data(self._s, watched, place), 12, 19
            ),
        ]

    def _chosen(self, row: Row, mark: Mark | None) -> list[str]:
        """The route with its halo, the driver's way in dots, both ends and their labels."""
        s, dark, place = self._s, self._dark, self._place
        route = layers.route_data(s, row.order, place)
        ends = layers.end_data(s, row, mark, place)
        return [
            _path("halo", route, rgba("accent", dark, 56), 10),
            _path("route", route, rgba("accent", dark), 4),
            _dots("way", layers.way_data(s, row.order, mark, place), rgba("accent", dark), 1.4),
            self._icons("ends", ends, 20, 22),
            _labels(layers.label_data(ends), dark),
        ]

    def _icons(self, name: str, data: list[Datum], least: int, most: int) -> str:
        return layer(
            "IconLayer",
            name,
            data,
            icon_atlas=f"'{atlas.atlas(self._dark)}'",
            icon_mapping=atlas.icon_mapping(),
            get_position="p",
            get_icon="i",
            get_angle="a || 0",
            get_size="s",
            size_units="'meters'",
            size_min_pixels=least,
            size_max_pixels=most,
            pickable=True,
        )


def _watched(mark: Mark) -> bool:
    return mark.risk in RISKY or mark.signal is not Signal.LIVE


def _shell(frame: Frame) -> str:
    """The map without layers: no basemap, so no request leaves the house."""
    import pydeck

    view = pydeck.ViewState(latitude=frame.centre.lat, longitude=frame.centre.lon, zoom=frame.zoom, max_zoom=18)
    return compact(pydeck.Deck(layers=[], initial_view_state=view, map_provider=None))


def _lines(name: str, data: list[Datum], ink: list[int]) -> str:
    return layer("LineLayer", name, data, get_source_position="a", get_target_position="b", get_color=ink, get_width=1)


def _path(name: str, data: list[Datum], ink: list[int], width: int) -> str:
    return layer(
        "PathLayer", name, data, get_path="w", get_color=ink, get_width=width, width_units="'pixels'",
        cap_rounded=True, joint_rounded=True,
    )  # fmt: skip


def _dots(name: str, data: list[Datum], ink: list[int], radius: float) -> str:
    return layer(
        "ScatterplotLayer", name, data, get_position="p", get_fill_color=ink, get_radius=radius,
        radius_units="'pixels'", pickable=name == "doors",
    )  # fmt: skip


def _rings(name: str, data: list[Datum], ink: list[int]) -> str:
    return layer(
        "ScatterplotLayer", name, data, get_position="p", get_radius=45, radius_min_pixels=3, radius_max_pixels=4.5,
        filled=False, stroked=True, get_line_color=ink, line_width_min_pixels=1.5, line_width_max_pixels=2,
        pickable=True,
    )  # fmt: skip


def _reach(data: list[Datum], dark: bool) -> str:
    return layer(
        "ScatterplotLayer", "reach", data, get_position="p", get_radius="r", get_fill_color=rgba("t-2", dark, 16),
        get_line_color=rgba("t-2", dark, 120), stroked=True, line_width_min_pixels=1, line_width_max_pixels=1,
    )  # fmt: skip


def _kitchens(data: list[Datum], dark: bool) -> str:
    return layer(
        "IconLayer", "kitchens", data, icon_atlas=f"'{atlas.atlas(dark)}'", icon_mapping=atlas.icon_mapping(),
        get_position="p", get_icon="i", get_size="s", size_units="'pixels'", pickable=True,
    )  # fmt: skip


def _labels(data: list[Datum], dark: bool) -> str:
    return layer(
        "TextLayer", "labels", data, get_position="p", get_text="t", get_size=12, line_height=1.35,
        font_family=FONT, font_weight=600, character_set="'auto'",
        get_color=rgba("t-1", dark), background=True, get_background_color=rgba("panel", dark, 235),
        get_border_color=rgba("accent", dark), get_border_width=1, background_padding=[8, 5],
        background_border_radius=4, get_text_anchor="n", get_alignment_baseline="'center'", get_pixel_offset="o",
    )  # fmt: skip
