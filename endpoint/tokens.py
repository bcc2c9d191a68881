"""Bearer tokens (RFC 6750): who may contribute, by a file of names and the SHA-256 of their tokens.

The file is read at each use, so that a token is revoked as soon as its line is gone. Tokens are never logged, and the
server holds none of them: only digests.
"""

import hashlib
import hmac
import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from endpoint.problems import RequestProblem
from graph.settings import SettingsError

_LOG: Final = logging.getLogger(__name__)
_LINE: Final = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._@-]{0,63})\s+(?P<digest>[0-9a-fA-F]{64})")
_BEARER: Final = re.compile(r"bearer +(?P<token>[A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE)


@dataclass(frozen=True)
class Token:
    """One line of the file: who has the token, and its SHA-256."""

    name: str
    digest: bytes


class Tokens:
    """The tokens of a file, or none at all: then nobody may contribute over HTTP."""

    def __init__(self, file: Path | None = None) -> None:
        """Use the tokens in ``file``; raise ``SettingsError`` when it cannot be read or has a line that is none."""
        self._file = file
        if file is not None:
            read(file)

    @property
    def are_given(self) -> bool:
        """Whether anybody may send something."""
        return self._file is not None

    def owner(self, authorization: str | None) -> str:
        """Return the name for the token in the header ``Authorization``.

        Raises ``RequestProblem``: ``contributions-closed`` when there is no file, ``token-missing``, ``token-invalid``.
        """
        if self._file is None:
            raise RequestProblem(
                "contributions-closed", "this server takes no contributions; send them to its operator"
            )
        if not authorization:
            raise RequestProblem("token-missing", "send your token in the header 'Authorization: Bearer ...'")
        match = _BEARER.fullmatch(authorization)
        owner = self._matching(self._file, match["token"]) if match else None
        if owner is None:
            raise RequestProblem("token-invalid", "the token is not known here; ask the operator for one")
        return owner

    def _matching(self, file: Path, token: str) -> str | None:
        """Compare with every line, so that the time taken tells nothing about which one fits."""
        digest = hashlib.sha256(token.encode("ascii")).digest()
        try:
            known = read(file)
        except SettingsError as error:
            _LOG.error("no token is accepted: %s", error)
            raise RequestProblem("unavailable", "tokens cannot be checked now; try again later") from error
        matching = [one.name for one in known if hmac.compare_digest(one.digest, digest)]
        return matching[0] if matching else None


def read(file: Path) -> list[Token]:
    """Return the tokens of ``file``: a line each, ``name sha256hex``; empty lines and lines that begin with # are not.

    Raises ``SettingsError`` when the file cannot be read or has another line.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"OPSC_TOKENS_FILE={file}: cannot be read; name a text file that exists") from error
    tokens = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            # The line is not shown: it may hold a token where its SHA-256 should stand.
            raise SettingsError(f"{file}:{number}: write a name, a space, and the SHA-256 of the token in hexadecimal")
        tokens.append(Token(match["name"], bytes.fromhex(match["digest"])))
    return tokens
