"""What the layer in front says of a request to the application: keys of the WSGI environment."""

from typing import Final

# The other end of the connection, which may be a proxy.
PEER: Final = "opsc.peer"
# What the result cache said: ``hit`` or ``miss``.
CACHE: Final = "opsc.cache"
# The answer to the query of the request that was begun before the application is asked, a ``PendingAnswer``.
BEGUN: Final = "opsc.begun"
# The identifier of the request, the same in the answer and in the log.
REQUEST_ID: Final = "opsc.request_id"
