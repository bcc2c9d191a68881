"""The addresses of the API with a slash at their end, as many saved configurations have them."""

from typing import Final

from flask import Blueprint, Response, request

# With no other method than the address without the slash has: the router would lead that one here.
_METHODS: Final = {
    "sparql": ("GET", "POST"),
    "update": ("POST",),
    "data": ("GET", "PUT", "POST", "DELETE"),
    "validate": ("POST",),
    "contributions": ("GET", "POST"),
}


def blueprint() -> Blueprint:
    """Return the routes that redirect, with method and body (308), to the address without the slash."""
    routes = Blueprint("trailing_slash", __name__)
    for path, methods in _METHODS.items():
        routes.add_url_rule(f"/{path}/", path, _redirect, methods=methods)
    return routes


def _redirect() -> Response:
    query = request.query_string.decode("ascii", "replace")
    target = request.script_root + request.path.rstrip("/") + (f"?{query}" if query else "")
    return Response(status=308, headers={"Location": target})
