"""the browser → here → one part of a city's ground. Its address is the hash of its bytes, so it is asked for once.

Whichever dashboard process is asked, it answers: what it has not seen it reads from Redis.
"""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dashboard.ground_layers import PATH
from dashboard.snapshot import StoreAway
from dashboard.tables import Tables, shared
from models.ids import CityId

FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
NOT_KEPT = {"Cache-Control": "no-store"}


def answer(request: Request, tables: Tables) -> Response:
    """The part, or why there is none: 404 when the city's ground is another by now, 503 while Redis is away."""
    city = CityId(request.query_params.get("city", ""))
    try:
        geojson = tables.ground_part(city, request.path_params["kind"], request.path_params["digest"])
    except StoreAway as away:
        return PlainTextResponse(str(away), 503, NOT_KEPT)
    if geojson is None:
        return PlainTextResponse("The city has no such ground, or another by now.", 404, NOT_KEPT)
    return Response(geojson, headers=FOR_EVER, media_type="application/geo+json")


def _ground(request: Request) -> Response:
    """Not async, so that Starlette asks Redis in a thread of its own."""
    return answer(request, shared())


route = Route(PATH, _ground)
