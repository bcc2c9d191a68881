"""The headers that every response has, whichever layer answers."""

from typing import Final

HeaderList = list[tuple[str, str]]
"""The headers of a response in their order."""

EVERYWHERE: Final = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Allow, Content-Language, Content-Location, Content-Range, ETag, "
    "Link, Location, Memento-Datetime, OPSC-Conforms, Retry-After, WWW-Authenticate, X-Request-ID",
}
# The same with names in lower case, as the front sends them.
EVERYWHERE_IN_LOWER_CASE: Final = tuple((name.lower(), value) for name, value in EVERYWHERE.items())
REQUEST_ID: Final = "X-Request-ID"
