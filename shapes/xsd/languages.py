"""Language ranges (https://www.rfc-editor.org/rfc/rfc4647#section-3.3.1), as ``langMatches`` of SPARQL reads them."""


def matches(tag: str | None, language_range: str) -> bool:
    """Tell whether a language tag is in a basic language range: equal to it, or longer by further subtags."""
    if not tag:
        return False
    own, wanted = tag.lower(), language_range.lower()
    return wanted in ("*", own) or own.startswith(f"{wanted}-")
