"""The token file: a line for each token with its name, SHA-256, scopes and dates, and never the token itself.

    alice 9f86d0... scopes=contribute,update created=2026-11-25T17:00:00Z expires=2027-11-25

Name and SHA-256 are enough: such a line has the scopes ``contribute`` and ``update``. ``created`` and ``revoked`` are
moments in UTC, ``expires`` is the last day (UTC) on which the token works. Lines are added and marked, never removed,
so that the file shows which tokens were valid at any time.
"""

import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, Literal

from endpoint.http.redaction import PREFIX
from graph import files
from graph.settings import SettingsError

SCOPES: Final = ("contribute", "update", "retract-any")

State = Literal["active", "expired", "revoked"]

_SCOPES_OF_OLD_LINES: Final = frozenset({"contribute", "update"})
_BYTES: Final = 32
_OWNER_ONLY: Final = 0o600
_ID_LENGTH: Final = 12
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}"
_LINE: Final = re.compile(rf"(?P<name>{_NAME})\s+(?P<digest>[0-9a-fA-F]{{64}})(?P<rest>(?:\s+\S+)*)")
_MOMENT: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Token:
    """A line of the file: the name of the holder, the SHA-256 of the token, its scopes and its period of validity."""

    name: str
    digest: bytes
    scopes: frozenset[str] = _SCOPES_OF_OLD_LINES
    created: datetime | None = None
    expires: date | None = None
    revoked: datetime | None = None

    @property
    def id(self) -> str:
        """The identifier of one among several tokens of a name; it reveals nothing about the token."""
        return self.digest.hex()[:_ID_LENGTH]

    def state(self, now: datetime) -> State:
        """Whether the token works at the moment ``now``."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and now.astimezone(UTC).date() > self.expires else "active"


def place(configured: str, home: Path) -> Path:
    """Return the file of tokens: the one ``configured`` (``OPSC_TOKENS_FILE``), or ``tokens`` in ``home``."""
    return Path(configured).expanduser() if configured else home / "tokens"


def read(file: Path) -> list[Token]:
    """Return the tokens of ``file``, one a line; empty lines and lines that begin with # are not.

    Raises ``SettingsError`` when the file cannot be read or has another line.
    """
    return [token for _, token in _numbered(_text(file), file)]


def create(file: Path, name: str, scopes: Sequence[str], expires: date | None = None) -> tuple[str, Token]:
    """Add a token for ``name`` to ``file``, which is made if it is not there; return the token and its line.

    The token is 256 random bits and stands nowhere but in the return value. Raises ``SettingsError`` for a name or
    scope that cannot be, and for a file with a line that is none.
    """
    if re.fullmatch(_NAME, name) is None:
        raise SettingsError(f"'{name}' is not a valid name; write up to 64 letters, digits and . _ @ -, without spaces")
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise SettingsError(f"write scopes out of {', '.join(SCOPES)}" + (f", not {unknown[0]}" if unknown else ""))
    secret = PREFIX + secrets.token_urlsafe(_BYTES)
    token = Token(name, digest(secret), frozenset(scopes), _now(), expires)
    with _exclusive(file):
        before = _text(file) if file.exists() else ""
        list(_numbered(before, file))
        separator = "" if not before or before.endswith("\n") else "\n"
        _replace(file, f"{before}{separator}{_line(token)}\n")
    return secret, token


def revoke(file: Path, which: str) -> list[Token]:
    """Mark every working token of the name ``which``, or the one with this id, as revoked, and return them.

    Raises ``SettingsError`` when there is none.
    """
    with _exclusive(file):
        lines = _text(file).splitlines() if file.exists() else []
        revoked = []
        for number, token in _numbered("\n".join(lines), file):
            if which in {token.name, token.id} and token.revoked is None:
                lines[number - 1] = f"{lines[number - 1].rstrip()} revoked={_now():{_MOMENT}}"
                revoked.append(token)
        if not revoked:
            raise SettingsError(f"no token '{which}' that is not revoked yet; see 'opsc token list'")
        _replace(file, "\n".join(lines) + "\n")
    return revoked


def digest(secret: str) -> bytes:
    """Return the SHA-256 of a token, by which it is known."""
    return hashlib.sha256(secret.encode("utf-8")).digest()


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"OPSC_TOKENS_FILE={file}: cannot be read; give the path of an existing text file"
        ) from error


def _numbered(text: str, file: Path) -> Iterator[tuple[int, Token]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            # A line that is none is not shown: it may hold a token where its SHA-256 should stand.
            match = _LINE.fullmatch(line.strip())
            if match is None:
                raise SettingsError(
                    f"{file}:{number}: write a name, a space, and the SHA-256 of the token in hexadecimal"
                )
            try:
                yield number, _token(match)
            except ValueError:
                raise SettingsError(
                    f"{file}:{number}: after the SHA-256 write scopes=, created=, expires= and revoked=, each once, as "
                    "'opsc token create' does"
                ) from None


def _token(match: re.Match[str]) -> Token:
    """Return the token of a line; raise ``ValueError`` when what follows the SHA-256 cannot be read."""
    fields = [field.partition("=") for field in match["rest"].split()]
    values = {name: value for name, _, value in fields}
    known = {"scopes", "created", "expires", "revoked"}
    if len(values) < len(fields) or not values.keys() <= known:
        raise ValueError
    scopes = frozenset(values["scopes"].split(",")) if "scopes" in values else _SCOPES_OF_OLD_LINES
    if not scopes <= set(SCOPES):
        raise ValueError
    moments = {name: _moment(values[name]) for name in ("created", "revoked") if name in values}
    expires = date.fromisoformat(values["expires"]) if "expires" in values else None
    return Token(match["name"], bytes.fromhex(match["digest"]), scopes, expires=expires, **moments)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)


def _line(token: Token) -> str:
    scopes = ",".join(scope for scope in SCOPES if scope in token.scopes)
    line = f"{token.name} {token.digest.hex()} scopes={scopes} created={token.created:{_MOMENT}}"
    return f"{line} expires={token.expires.isoformat()}" if token.expires else line


@contextmanager
def _exclusive(file: Path) -> Iterator[None]:
    """Let no other command change ``file`` meanwhile; the lock is another file, since ``file`` is replaced."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file.with_name(f".{file.name}.lock"), os.O_CREAT | os.O_RDWR, _OWNER_ONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(file: Path, text: str) -> None:
    """Write ``file`` in one step: a server that reads it at any moment sees all of it, before or after."""
    files.replace(file.resolve(), text.encode("utf-8"), _OWNER_ONLY, preserve_owner=True)
