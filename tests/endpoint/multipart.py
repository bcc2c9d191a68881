"""Writes ``multipart/form-data`` as a client does."""

from dataclasses import dataclass

BOUNDARY = "opsc-test-boundary"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


@dataclass(frozen=True)
class Part:
    name: str
    data: bytes
    media_type: str | None = "text/turtle"
    file_name: str | None = None


def body(*parts: Part) -> bytes:
    written = bytearray()
    for part in parts:
        file_name = f'; filename="{part.file_name}"' if part.file_name else ""
        written += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{part.name}"{file_name}\r\n'.encode()
        if part.media_type:
            written += f"Content-Type: {part.media_type}\r\n".encode()
        written += b"\r\n" + part.data + b"\r\n"
    return bytes(written) + f"--{BOUNDARY}--\r\n".encode()
