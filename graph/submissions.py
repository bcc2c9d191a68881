"""Submissions: what somebody sends, the quads that it comes to, and why it may be refused before it is validated."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from graph.ledger_records import Received
from loaders import rdf
from loaders.errors import InputError
from ontology import iris
from ontology.terms import DCTERMS, OPSC, PROV, RDF, SKOS, XSD

PROVENANCE: Final = iris.graph("contributions")

_RESERVED: Final = tuple(
    f"{iris.BASE}{path}" for path in ("ns", "shapes", "scheme/", "graph/", "dataset", "id/rule/", "id/contribution/")
)


@dataclass(frozen=True)
class Submission:
    """RDF that somebody sends, as received.

    ``who`` sends it and ``source`` is where its facts come from; ``media_type`` is one of ``loaders.rdf.MEDIA_TYPES``.
    """

    data: bytes
    media_type: str
    file_name: str
    who: str
    source: NamedNode
    licence: NamedNode | None = None


class RefusedError(Exception):
    """Why a submission is refused: a stable ``code``, and what to do in a sentence where no report says so."""

    def __init__(self, code: str, problem: str | None) -> None:
        super().__init__(code, problem)
        self.code = code
        self.problem = problem


def received(submission: Submission, when: str) -> Received:
    """Return a submission as the ledger records it; characters that no text may hold are written as escapes."""
    return Received(
        when,
        _text(submission.who),
        submission.source.value,
        submission.licence.value if submission.licence else None,
        _text(submission.media_type),
        _text(submission.file_name),
        submission.data,
    )


def submitted(row: Received) -> Submission:
    """Return the submission that the ledger recorded."""
    licence = NamedNode(row.licence) if row.licence else None
    return Submission(row.data, row.media_type, row.file_name, row.who, NamedNode(row.source), licence)


def graph_of(number: int) -> NamedNode:
    """Return the named graph of a contribution: ``graph/contribution/{number}``."""
    return iris.graph(f"contribution/{number}")


def marks_of(number: int) -> NamedNode:
    """Return the named graph of what the graph itself finds out about a contribution."""
    return iris.graph(f"contribution/{number}/derived")


def quads(number: int, data: bytes, media_type: str, file_name: str, most_bytes: int) -> list[Quad]:
    """Return the quads of a submission, in the graph of the contribution and with an IRI for each blank node.

    Raises ``RefusedError`` when it is too large or cannot be read, and when it would touch what is not the
    contributor's: another named graph, or a term, shape, concept, rule or provenance record of the graph.
    """
    if len(data) > most_bytes:
        raise RefusedError(
            "too-large", f"{file_name}: has {len(data)} bytes, more than the {most_bytes} allowed; send it in parts"
        )
    graph = graph_of(number)
    try:
        parsed = rdf.parse(data, media_type, file_name, graph=graph)
    except InputError as error:
        raise RefusedError(error.code, str(error)) from error
    if not parsed:
        raise RefusedError("empty", f"{file_name}: states nothing")
    _check_place(parsed, graph, file_name)
    return list(dict.fromkeys(_skolemised(number, parsed)))


def provenance(number: int, when: str, submission: Submission) -> list[Quad]:
    """Return what the graph says of a contribution: number, who, when (UTC), source and licence."""
    contribution = iris.thing("contribution", str(number))
    stated: list[tuple[NamedNode, NamedNode | Literal]] = [
        (RDF.type, OPSC.Contribution),
        (RDF.type, PROV.Entity),
        (SKOS.prefLabel, Literal(f"contribution {number}", language="en")),
        (OPSC.contributionNumber, Literal(number)),
        (OPSC.contributedBy, Literal(submission.who)),
        (OPSC.contributedGraph, graph_of(number)),
        (DCTERMS.dateSubmitted, Literal(when, datatype=XSD.dateTime)),
        (DCTERMS.source, submission.source),
    ]
    if submission.licence is not None:
        stated.append((DCTERMS.license, submission.licence))
    return [Quad(contribution, predicate, value, PROVENANCE) for predicate, value in stated]


def _check_place(parsed: Iterable[Quad], graph: NamedNode, file_name: str) -> None:
    for quad in parsed:
        if quad.graph_name != graph:
            raise RefusedError(
                "foreign-graph",
                f"{file_name}: names the graph {quad.graph_name}; a contribution gets a graph of its own, so leave "
                "graph names out",
            )
        if isinstance(quad.subject, NamedNode) and quad.subject.value.startswith(_RESERVED):
            raise RefusedError(
                "reserved",
                f"{file_name}: describes {quad.subject}, which only a release describes; refer to it, or use an IRI of "
                "your own",
            )


def _skolemised(number: int, parsed: Iterable[Quad]) -> Iterator[Quad]:
    names: dict[BlankNode, NamedNode] = {}

    def named(node: BlankNode) -> NamedNode:
        return names.setdefault(node, iris.thing("contribution", str(number), str(len(names) + 1)))

    for subject, predicate, value, graph in parsed:
        yield Quad(
            named(subject) if isinstance(subject, BlankNode) else subject,
            predicate,
            named(value) if isinstance(value, BlankNode) else value,
            graph,
        )


def _text(text: str) -> str:
    """Return text without lone surrogates, which stand for bytes of file names and arguments that are not UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
