"""Verifies bearer tokens (RFC 6750) with the file that :mod:`endpoint.auth.token_file` describes.

A token may also come as a password (RFC 7617).

The file is read at each use, so that a token is known as soon as it is made and revoked as soon as its line says so.
Tokens are never logged, and the server holds none of them: only digests.
"""

import base64
import binascii
import hmac
import logging
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from endpoint.auth import token_file
from endpoint.auth.token_file import Token, read
from endpoint.http.problems import Problem
from graph.settings import SettingsError

__all__ = ["BearerTokens", "Token", "read"]

_LOG: Final = logging.getLogger(__name__)
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_CREDENTIALS: Final = re.compile(r"(?P<scheme>bearer|basic) +(?P<value>[A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE)
_SEND: Final = "send your token in the header 'Authorization: Bearer ...', or with Basic as the password of any user"


class BearerTokens:
    """The tokens of a file, or none at all: then nobody may contribute over HTTP."""

    def __init__(self, file: Path | None = None, *, needed: bool = True) -> None:
        """Use the tokens in ``file``; one that is not ``needed`` may be made later, and nobody may write until then.

        Raises ``SettingsError`` when it cannot be read or has a line that is none.
        """
        self._file = file
        self._needed = needed
        if self.are_configured and file is not None:
            read(file)

    @property
    def are_configured(self) -> bool:
        """Whether anybody may send something."""
        return self._file is not None and (self._needed or self._file.exists())

    def owner(self, authorization: str | None, *scopes: str) -> str:
        """Return the name for the token in the header ``Authorization``; see :meth:`holder`."""
        return self.holder(authorization, *scopes).name

    def holder(self, authorization: str | None, *scopes: str) -> Token:
        """Return what is known of the token in the header ``Authorization``, which has one of ``scopes`` if any.

        Raises ``Problem``: ``contributions-closed`` when there is no file, ``token-missing``, ``token-invalid``,
        ``token-revoked``, ``token-expired``, ``scope-missing``.
        """
        if self._file is None or not self.are_configured:
            raise Problem("contributions-closed", "this server does not accept contributions; contact its operator")
        if not authorization:
            raise Problem("token-missing", _SEND)
        token = _token(authorization)
        if token is None:
            raise Problem("token-invalid", f"the header Authorization holds no token; {_SEND}")
        found = self._matching(self._file, token)
        if found is None:
            raise Problem(
                "token-invalid", "unknown token; check that all of it was sent, as 'Bearer ...', or ask the operator"
            )
        _check(found, scopes)
        return found

    def is_revoked(self, name: str) -> bool:
        """Return whether there are tokens of this name, and all of them are revoked."""
        if self._file is None or not self.are_configured:
            return False
        try:
            states = {one.state(datetime.now(UTC)) for one in read(self._file) if one.name == name}
        except SettingsError:
            return False
        return states == {"revoked"}

    def _matching(self, file: Path, token: str) -> Token | None:
        """Compare with every line, so that the time taken tells nothing about which one fits."""
        given = token_file.digest(token)
        try:
            known = read(file)
        except SettingsError as error:
            _LOG.error("cannot read the token file; all tokens are refused: %s", error)
            raise Problem("unavailable", "the server cannot check tokens at the moment; try again later") from error
        matching = [one for one in known if hmac.compare_digest(one.digest, given)]
        return matching[0] if matching else None


def _token(authorization: str) -> str | None:
    """Return the token in the header: of Bearer, or the password of Basic, which is all that many clients can send."""
    match = _CREDENTIALS.fullmatch(authorization)
    if match is None:
        return None
    if match["scheme"].lower() == "bearer":
        return match["value"]
    try:
        password = base64.b64decode(match["value"], validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return None
    return password if _TOKEN.fullmatch(password) else None


def _check(token: Token, scopes: tuple[str, ...]) -> None:
    # Only the holder of the token reads this, to whom it discloses nothing.
    state = token.state(datetime.now(UTC))
    if state == "revoked":
        raise Problem("token-revoked", "the token was revoked; ask the operator for a new one")
    if state == "expired":
        raise Problem(
            "token-expired", f"the token was valid until {token.expires} (UTC); ask the operator for a new one"
        )
    if scopes and not token.scopes & set(scopes):
        wanted, has = " or ".join(scopes), ", ".join(sorted(token.scopes))
        raise Problem("scope-missing", f"this request needs a token with the scope {wanted}; yours has {has}")
