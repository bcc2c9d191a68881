"""What a submission would change: its operation, evaluated over the dataset and checked, but not yet validated."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from graph.contributions.ownership import WriteAccess
from graph.contributions.submission import Submission, contribution_graph, parse_quads, provenance
from graph.errors import RefusedError
from graph.settings import ContributionLimits, QueryLimits
from graph.sparql.errors import QueryError
from graph.updates import evaluate
from graph.updates.capture import Captured, Dataset, Stated
from graph.updates.evaluate import Evaluation, Update
from graph.versions.delta import Delta
from graph.versions.ledger import Ledger
from graph.versions.ledger_records import GraphOwner
from graph.views import named_graph


@dataclass(frozen=True)
class SubmissionLimits:
    """How large a submission may be: RDF, and the text of an update."""

    rdf: ContributionLimits
    update: QueryLimits


@dataclass(frozen=True)
class Change:
    """What a submission changes: its own delta, with what is said of it, and the graphs that its sender now holds.

    It ``creates`` its target when that is a named graph that was not there.
    """

    delta: Delta
    owners: tuple[GraphOwner, ...] = ()
    creates_target: bool = False


def evaluate_change(
    number: int, received: str, submission: Submission, dataset: Store, ledger: Ledger, limits: SubmissionLimits
) -> Change:
    """Return what the submission of a number, ``received`` at a time, changes in ``dataset``, which stays as it is.

    Raises ``RefusedError`` when it cannot be read or evaluated, depends on another state of its target, or touches what
    is not its sender's.
    """
    _check_preconditions(submission, dataset)
    placement = WriteAccess(ledger, dataset, submission.who, number)
    delta = _delta(number, submission, Evaluation(dataset, number, judge=placement.check), limits)
    held = placement.check(delta)
    if not delta:
        return Change(delta)
    stated = provenance(number, received, submission, delta.graphs)
    target = submission.target
    creates = target is not None and named_graph.content_digest(dataset, target) is None
    return Change(Delta((*delta.added, *stated), delta.removed), tuple(held), creates)


def _delta(number: int, submission: Submission, evaluation: Evaluation, limits: SubmissionLimits) -> Delta:
    target, dataset = submission.target, evaluation.dataset
    match submission.operation:
        case "contribution":
            graph = contribution_graph(number)
            return Delta(tuple(parse_quads(number, submission, graph, limits.rdf.size)))
        case "update":
            return _update_delta(submission, evaluation, limits)
        case "delete":
            held = _in_target(_triples(dataset, target), target)
            if not held:
                raise RefusedError("graph-unknown", f"there is no graph {target}, so there is nothing to delete")
            return evaluation.delta(Captured(deleted=held))
        case operation:
            graph = target or contribution_graph(number)
            sent = _in_target(parse_quads(number, submission, graph, limits.rdf.size), target)
            replaced = _in_target(_triples(dataset, target), target) if operation == "put" else ()
            return evaluation.delta(Captured(replaced, sent))


def _update_delta(submission: Submission, evaluation: Evaluation, limits: SubmissionLimits) -> Delta:
    parameters = submission.parameters
    try:
        text = submission.data.decode("utf-8")
        update = Update(text, parameters.using, parameters.using_named)
        evaluate.check(update, limits.update)
        operations = evaluate.inspect(update, limits.update)
    except UnicodeDecodeError as error:
        raise RefusedError("wrong-encoding", f"the update is not UTF-8 at byte {error.start}") from error
    except QueryError as error:
        raise RefusedError(error.code, str(error)) from error
    using = Dataset(update.using, update.using_named) if update.using or update.using_named else None
    return replace(evaluation, using=using).run(operations)


def _triples(dataset: Store, graph: NamedNode | None) -> Iterable[Quad]:
    return dataset.quads_for_pattern(None, None, None, graph or DefaultGraph())


def _in_target(quads: Iterable[Quad], target: NamedNode | None) -> tuple[Stated, ...]:
    return tuple((target, quad.triple) for quad in quads)


def _check_preconditions(submission: Submission, dataset: Store) -> None:
    wanted, unwanted = submission.parameters.if_match, submission.parameters.if_none_match
    if not wanted and not unwanted:
        return
    now = named_graph.content_digest(dataset, submission.target)
    exists = now is not None or submission.target is None
    known = {"*", now or named_graph.EMPTY_DIGEST} if exists else set()
    if (wanted and not known.intersection(wanted)) or known.intersection(unwanted):
        raise RefusedError(
            "precondition-failed", "the graph is no longer, or not, in the state that the request names; read it again"
        )
