"""Who the server is for a store: a name and password (RFC 7617, RFC 7616), or a token (RFC 6750)."""

import base64
from dataclasses import dataclass
from http.client import HTTPMessage
from pathlib import Path
from typing import Final
from urllib.request import (
    AbstractDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    Request,
    parse_http_list,
    parse_keqv_list,
)

from graph.settings import SettingsError

_ADVICE: Final = "write one line, 'name:password' or 'Bearer token'"


@dataclass(frozen=True)
class Credentials:
    """A name with a password, or a token; ``repr`` shows neither."""

    name: str = ""
    secret: str = ""

    def __repr__(self) -> str:
        return "Credentials(...)"

    @property
    def is_token(self) -> bool:
        """Whether there is no name, but a token."""
        return not self.name


def read(file: str) -> Credentials | None:
    """Return the credentials in ``file``, none without a file; raise ``SettingsError`` when it cannot be used."""
    if not file:
        return None
    try:
        lines = Path(file).read_text(encoding="utf-8").strip().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"OPSC_STORE_CREDENTIALS={file}: cannot be read; give the path of an existing text file"
        ) from error
    line = lines[0].strip() if len(lines) == 1 else ""
    word, _, token = line.partition(" ")
    if word.lower() == "bearer" and token.strip().isascii() and token.strip():
        return Credentials(secret=token.strip())
    name, colon, password = line.partition(":")
    if not (name and colon and password):
        # The content is not shown: it is a secret.
        raise SettingsError(f"OPSC_STORE_CREDENTIALS={file}: {_ADVICE}")
    return Credentials(name, password)


class Authorization:
    """The header ``Authorization`` for one address; what the store asked for once is sent from then on."""

    def __init__(self, url: str, credentials: Credentials | None) -> None:
        self._url = url
        self._credentials = credentials
        self._challenge: tuple[str, str] | None = None
        passwords = HTTPPasswordMgrWithDefaultRealm()
        if credentials is not None:
            passwords.add_password(None, url, credentials.name, credentials.secret)
        self._digest = AbstractDigestAuthHandler(passwords)

    def header(self, body: bytes) -> str | None:
        """Return the value to send with the ``POST`` of ``body``, or ``None``."""
        if self._credentials is None:
            return None
        if self._credentials.is_token:
            return f"Bearer {self._credentials.secret}"
        if self._challenge is None:
            return None
        scheme, parameters = self._challenge
        if scheme == "basic":
            pair = f"{self._credentials.name}:{self._credentials.secret}"
            return "Basic " + base64.b64encode(pair.encode()).decode("ascii")
        asked = parse_keqv_list(parse_http_list(parameters))
        answered = self._digest.get_authorization(Request(self._url, body, method="POST"), asked)  # noqa: S310
        return f"Digest {answered}" if answered else None

    def challenged(self, headers: HTTPMessage) -> bool:
        """Take the challenge of a 401; return whether it is one that can be answered."""
        if self._credentials is None or self._credentials.is_token:
            return False
        for challenge in headers.get_all("WWW-Authenticate") or ():
            scheme, _, parameters = challenge.strip().partition(" ")
            if scheme.lower() in {"basic", "digest"}:
                self._challenge = (scheme.lower(), parameters)
                return True
        return False
