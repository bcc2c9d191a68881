"""The change of a submission: its operation evaluated over the dataset, with access checks, before validation."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from graph.contributions.ownership import WriteAccess
from graph.contributions.submission import Submission, parse_quads, provenance
from graph.effects.graphs import contribution_graph
from graph.errors import RefusedError
from graph.settings import ContributionLimits, QueryLimits
from graph.sparql.errors import QueryError
from graph.updates import evaluate
from graph.updates.capture import GraphTriple, UpdateEffect, UsingDataset
from graph.updates.evaluate import Evaluation, UpdateRequest
from graph.versions.delta import Delta
from graph.versions.ledger import Ledger
from graph.versions.ledger_records import GraphOwner
from graph.views import named_graph


@dataclass(frozen=True)
class SubmissionLimits:
    """Size limits of submissions: of RDF, and of the text of an update."""

    rdf: ContributionLimits
    update: QueryLimits


@dataclass(frozen=True)
class Change:
    """The delta of a submission, its provenance included, and the ``owners`` of the graphs that it creates.

    ``creates_target`` tells whether its target is a named graph without triples before.
    """

    delta: Delta
    owners: tuple[GraphOwner, ...] = ()
    creates_target: bool = False


def evaluate_change(
    number: int, received: str, submission: Submission, dataset: Store, ledger: Ledger, limits: SubmissionLimits
) -> Change:
    """Return the change that a submission ``received`` at a time (UTC) makes to ``dataset``, which is not modified.

    Raises ``RefusedError`` when it cannot be parsed or evaluated, when its preconditions fail, and when it writes to a
    graph of another contributor.
    """
    _check_preconditions(submission, dataset)
    access = WriteAccess(ledger, dataset, submission.submitter, number)
    delta = _delta(number, submission, Evaluation(dataset, number, judge=access.check), limits)
    owners = access.check(delta)
    if not delta:
        return Change(delta)
    provenance_quads = provenance(number, received, submission, delta.graphs)
    target = submission.target
    creates = target is not None and named_graph.content_digest(dataset, target) is None
    return Change(Delta((*delta.added, *provenance_quads), delta.removed), tuple(owners), creates)


def _delta(number: int, submission: Submission, evaluation: Evaluation, limits: SubmissionLimits) -> Delta:
    target, dataset = submission.target, evaluation.dataset
    match submission.operation:
        case "contribution":
            graph = contribution_graph(number)
            return Delta(tuple(parse_quads(number, submission, graph, limits.rdf.size)))
        case "update":
            return _update_delta(submission, evaluation, limits)
        case "delete":
            existing = _in_target(_triples(dataset, target), target)
            if not existing:
                raise RefusedError("graph-unknown", f"there is no graph {target}, so there is nothing to delete")
            return evaluation.delta(UpdateEffect(deleted=existing))
        case operation:
            graph = target or contribution_graph(number)
            sent = _in_target(parse_quads(number, submission, graph, limits.rdf.size), target)
            replaced = _in_target(_triples(dataset, target), target) if operation == "put" else ()
            return evaluation.delta(UpdateEffect(replaced, sent))


def _update_delta(submission: Submission, evaluation: Evaluation, limits: SubmissionLimits) -> Delta:
    parameters = submission.parameters
    try:
        text = submission.data.decode("utf-8")
        update = UpdateRequest(text, parameters.using, parameters.using_named)
        evaluate.check(update, limits.update)
        operations = evaluate.inspect(update, limits.update)
    except UnicodeDecodeError as error:
        raise RefusedError("wrong-encoding", f"the update is not valid UTF-8 at byte {error.start}") from error
    except QueryError as error:
        raise RefusedError(error.code, str(error)) from error
    using = UsingDataset(update.using, update.using_named) if update.using or update.using_named else None
    return replace(evaluation, using=using).run(operations)


def _triples(dataset: Store, graph: NamedNode | None) -> Iterable[Quad]:
    return dataset.quads_for_pattern(None, None, None, graph or DefaultGraph())


def _in_target(quads: Iterable[Quad], target: NamedNode | None) -> tuple[GraphTriple, ...]:
    return tuple((target, quad.triple) for quad in quads)


def _check_preconditions(submission: Submission, dataset: Store) -> None:
    if_match, if_none_match = submission.parameters.if_match, submission.parameters.if_none_match
    if not if_match and not if_none_match:
        return
    digest = named_graph.content_digest(dataset, submission.target)
    exists = digest is not None or submission.target is None
    current = {"*", digest or named_graph.EMPTY_DIGEST} if exists else set()
    if (if_match and not current.intersection(if_match)) or current.intersection(if_none_match):
        raise RefusedError(
            "precondition-failed", "the graph does not match the entity tags in the request; get it again"
        )
