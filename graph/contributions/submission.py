"""Submissions: data and an operation on the graph, and the quads that their RDF is parsed into."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from graph.contributions.literals import check_literals
from graph.effects.graphs import contribution_graph
from graph.errors import RefusedError
from graph.versions.ledger_records import LedgerEntry, Operation, SubmissionRecord
from loaders.errors import InputError
from loaders.rdf import reader
from ontology import iris
from ontology.terms import DCTERMS, OPSC, PROV, RDF, SKOS, XSD

PROVENANCE: Final = iris.graph("contributions")

# The codes of RDF that cannot be parsed (``loaders.errors.InputError``).
UNREADABLE: Final = frozenset(
    {"malformed", "relative-iri", "wrong-encoding", "empty", "doctype", "remote-context", "too-deep", "rdf-1.2"}
)


@dataclass(frozen=True)
class RequestParameters:
    """Parameters of the HTTP request that carried a submission.

    ``using`` and ``using_named`` are the dataset of an update (SPARQL 1.1 Protocol, section 2.2.3). ``if_match`` and
    ``if_none_match`` are the preconditions of RFC 9110, section 13.1, on the target: values of
    ``graph.views.named_graph.content_digest``, or ``*``.
    """

    using: tuple[str, ...] = ()
    using_named: tuple[str, ...] = ()
    if_match: tuple[str, ...] = ()
    if_none_match: tuple[str, ...] = ()


@dataclass(frozen=True)
class Submission:
    """A request to change the graph, as received.

    ``submitter`` is the name of the contributor, ``source`` the source of the facts. ``data`` is RDF, whose
    ``media_type`` is one of ``loaders.rdf.reader.MEDIA_TYPES``, or the text of an ``update``. ``put``, ``post`` and
    ``delete`` replace, add to and drop the graph ``target``, by default the default graph; a ``contribution`` gets a
    graph of its own.
    """

    data: bytes
    media_type: str
    file_name: str
    submitter: str
    source: NamedNode
    licence: NamedNode | None = None
    operation: Operation = "contribution"
    target: NamedNode | None = None
    parameters: RequestParameters = RequestParameters()


def to_record(submission: Submission, when: str) -> SubmissionRecord:
    """Return a submission as a ledger record, received at ``when`` (UTC); lone surrogates are escaped."""
    return SubmissionRecord(
        when,
        _text(submission.submitter),
        submission.source.value,
        submission.licence.value if submission.licence else None,
        _text(submission.media_type),
        _text(submission.file_name),
        submission.data,
        submission.operation,
        submission.target.value if submission.target else None,
        {name: value for name, value in asdict(submission.parameters).items() if value},
    )


def from_record(row: SubmissionRecord) -> Submission:
    """Return the submission in a ledger record."""
    licence = NamedNode(row.licence) if row.licence else None
    target = NamedNode(row.target) if row.target else None
    parameters = RequestParameters(**{name: tuple(values) for name, values in row.parameters.items()})
    return Submission(
        row.data,
        row.media_type,
        row.file_name,
        row.submitter,
        NamedNode(row.source),
        licence,
        row.operation,
        target,
        parameters,
    )


def affected_graph(record: LedgerEntry) -> NamedNode | None:
    """Return the single named graph that an accepted submission changed, or ``None`` where there may be several."""
    if record.operation == "contribution":
        return contribution_graph(record.number)
    return NamedNode(record.target) if record.target else None


def parse_quads(number: int, submission: Submission, graph: NamedNode, max_bytes: int) -> list[Quad]:
    """Parse the RDF of a submission into quads of ``graph``, with an IRI for each blank node.

    Raises ``RefusedError`` when it has more than ``max_bytes``, cannot be parsed, names another graph, or has literals
    whose datatype the store would change.
    """
    data, file_name = submission.data, submission.file_name
    if len(data) > max_bytes:
        raise RefusedError(
            "too-large", f"{file_name}: has {len(data)} bytes, more than the {max_bytes} allowed; send it in parts"
        )
    try:
        parsed = reader.parse(data, submission.media_type, file_name, graph=graph)
    except InputError as error:
        raise RefusedError(error.code, str(error)) from error
    check_document(parsed, graph, file_name)
    return list(dict.fromkeys(name_blank_nodes(number, parsed, {})))


def check_document(parsed: Collection[Quad], graph: NamedNode | DefaultGraph, file_name: str) -> None:
    """Raise ``RefusedError`` for a document that has no triples, names another graph, or has unsuitable literals."""
    if not parsed:
        raise RefusedError("empty", f"{file_name}: contains no triples")
    _check_names(parsed, graph, file_name)
    check_literals(parsed, file_name)


def provenance(number: int, when: str, submission: Submission, graphs: Iterable[NamedNode]) -> list[Quad]:
    """Return the provenance of a submission: number, contributor, time (UTC), source, licence, and changed graphs."""
    contribution = iris.thing("contribution", str(number))
    stated: list[tuple[NamedNode, NamedNode | Literal]] = [
        (RDF.type, OPSC.Contribution),
        (RDF.type, PROV.Entity),
        (SKOS.prefLabel, Literal(f"contribution {number}", language="en")),
        (OPSC.contributionNumber, Literal(number)),
        (OPSC.contributedBy, Literal(submission.submitter)),
        *((OPSC.contributedGraph, graph) for graph in graphs),
        (DCTERMS.dateSubmitted, Literal(when, datatype=XSD.dateTime)),
        (DCTERMS.source, submission.source),
    ]
    if submission.licence is not None:
        stated.append((DCTERMS.license, submission.licence))
    return [Quad(contribution, predicate, value, PROVENANCE) for predicate, value in stated]


def _check_names(parsed: Iterable[Quad], graph: NamedNode | DefaultGraph, file_name: str) -> None:
    for quad in parsed:
        if quad.graph_name != graph:
            raise RefusedError(
                "foreign-graph",
                f"{file_name}: names the graph {quad.graph_name}, but the triples of a contribution go into a graph of "
                "their own; leave graph names out",
            )


def name_blank_nodes(number: int, parsed: Iterable[Quad], names: dict[BlankNode, NamedNode]) -> Iterator[Quad]:
    """Yield quads with an IRI for each blank node, ``id/contribution/{number}/{n}``, which is recorded in ``names``."""

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
