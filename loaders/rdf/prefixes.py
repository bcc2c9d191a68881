"""The prefixes that a document declares, to shorten IRIs as its author does."""

from itertools import islice

from pyoxigraph import RdfFormat, parse

from loaders.rdf import reader


def declared(data: bytes, rdf_format: RdfFormat | str) -> dict[str, str]:
    """Return the namespaces of ``data`` by prefix, as far as they are declared before its first statement.

    The empty prefix is left out. A document that cannot be parsed has none.
    """
    if isinstance(rdf_format, str):
        rdf_format = reader.MEDIA_TYPES[rdf_format.partition(";")[0].strip().lower()]
    statements = parse(data, format=rdf_format, base_iri="https://base.invalid/")
    try:
        list(islice(statements, 1))
    except SyntaxError:
        return {}
    return {prefix: namespace for prefix, namespace in statements.prefixes.items() if prefix}
