"""Tables on the pages of States, actions, provisions and offences.

Each is a SELECT query over ``?this``. Its first variable identifies a row: the solutions with the same value are merged
into one row, whose cells hold their values. Dates are ranges; a date known to the day is shown as that day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, QuerySolutions, Store, Variable

from ontology.terms import OPSC, PREFIXES, RDF

Cell = tuple[NamedNode | BlankNode | Literal, ...]


@dataclass(frozen=True)
class Table:
    """A table with the first ``rows`` of ``total``."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int


@dataclass(frozen=True)
class _TableDefinition:
    """A table for the instances of a class, with a column for each variable of the query, in order."""

    about: NamedNode
    title: str
    columns: tuple[str, ...]
    query: str


def _day(name: str, earliest: str, latest: str) -> str:
    between = f'CONCAT("between ", STR({earliest}), " and ", STR({latest}))'
    return f"BIND(IF({earliest} = {latest}, STR({earliest}), {between}) AS {name})"


_SPAN: Final = _day("?begins", "?beginsEarliest", "?beginsLatest")
_END: Final = _day("?until", "?endsEarliest", "?endsLatest")
_DATE: Final = _day("?date", "?earliest", "?latest")
_DEFINITIONS: Final = (
    _TableDefinition(
        OPSC.Participant,
        "Status",
        ("Interval", "Status", "Instrument", "From", "Until (exclusive)", "Rule", "Provision", "Origin"),
        f"""SELECT ?interval ?status ?instrument ?begins ?until ?rule ?provision ?origin {{
  ?interval a opsc:StatusInterval ; opsc:participant ?this ; opsc:status ?status ; opsc:instrument ?instrument ;
    opsc:beginsEarliest ?beginsEarliest ; opsc:beginsLatest ?beginsLatest . {_SPAN}
  OPTIONAL {{ ?interval opsc:endsEarliest ?endsEarliest ; opsc:endsLatest ?endsLatest }} {_END}
  OPTIONAL {{ ?interval opsc:derivedBy ?rule }} OPTIONAL {{ ?interval opsc:underProvision ?provision }}
  OPTIONAL {{ ?interval prov:wasDerivedFrom ?contribution . ?contribution a opsc:Contribution }}
  BIND(COALESCE(?contribution, "release") AS ?origin)
}} ORDER BY ?instrument ?beginsEarliest ?interval""",
    ),
    _TableDefinition(
        OPSC.Participant,
        "Participation",
        ("Action", "Date", "Instrument", "Agreement of sources", "Origin", "Sources"),
        f"""SELECT ?action ?date ?instrument ?agreement ?origin ?source {{
  ?action a opsc:ParticipationAction ; opsc:participant ?this ; opsc:instrument ?instrument ;
    opsc:dateEarliest ?earliest ; opsc:dateLatest ?latest . {_DATE}
  OPTIONAL {{ ?action opsc:agreement ?agreement }} OPTIONAL {{ ?action dcterms:source ?source }}
  OPTIONAL {{
    {{ GRAPH ?graph {{ ?action a opsc:ParticipationAction }} }}
    UNION {{ ?action prov:wasDerivedFrom ?claim . GRAPH ?graph {{ ?claim a opsc:Claim }} }}
    ?contribution opsc:contributedGraph ?graph .
  }} BIND(COALESCE(?contribution, "release") AS ?origin)
}} ORDER BY ?earliest ?latest ?action ?source""",
    ),
    _TableDefinition(
        OPSC.Participant,
        "Statements",
        ("Statement", "Date", "Effect", "Provision", "Summary", "Withdrawn by", "Origin", "Sources"),
        f"""SELECT ?statement ?date ?effect ?provision ?gist ?withdrawal ?origin ?source {{
  ?statement a opsc:Statement ; opsc:participant ?this .
  OPTIONAL {{ ?statement opsc:dateEarliest ?earliest ; opsc:dateLatest ?latest }} {_DATE}
  OPTIONAL {{ ?statement opsc:effect ?effect }} OPTIONAL {{ ?statement opsc:concernsProvision ?provision }}
  OPTIONAL {{ ?statement opsc:gist ?gist }} OPTIONAL {{ ?statement dcterms:source ?source }}
  OPTIONAL {{ ?statement opsc:withdrawnBy ?withdrawal }}
  OPTIONAL {{ GRAPH ?graph {{ ?statement a opsc:Statement }} ?contribution opsc:contributedGraph ?graph }}
  BIND(COALESCE(?contribution, "release") AS ?origin)
}} ORDER BY ?earliest ?statement ?provision ?source""",
    ),
    *(
        _TableDefinition(
            about,
            "Claims",
            ("Claim", "Source", "Figure", "Claimed value", "Agreement with the graph", "Adopted"),
            """SELECT ?claim ?source ?figure ?value ?agreement ?adopted {
  ?claim a opsc:Claim ; opsc:about ?this ; opsc:accordingTo ?source .
  OPTIONAL { ?claim opsc:figure ?figure } OPTIONAL { ?claim opsc:claimedValue ?value }
  OPTIONAL { ?claim opsc:agreement ?agreement }
  BIND(IF(EXISTS { ?this opsc:adoptedClaim ?claim }, "adopted", "") AS ?adopted)
} ORDER BY ?source ?claim""",
        )
        for about in (OPSC.ParticipationAction, OPSC.EntryIntoForce)
    ),
    _TableDefinition(
        OPSC.Provision,
        "Offences, definitions and obligations",
        ("Established here", "Type", "Summary"),
        """SELECT ?norm ?kind ?gist {
  { ?norm opsc:establishedBy ?this } UNION { ?norm opsc:statedIn ?this }
  ?norm a ?kind . OPTIONAL { ?norm opsc:gist ?gist }
  FILTER(?kind IN (opsc:Offence, opsc:Obligation, opsc:Definition))
} ORDER BY ?norm ?gist""",
    ),
    _TableDefinition(
        OPSC.Provision,
        "Statements concerning this provision",
        ("Statement", "Participant", "Effect", "Summary"),
        """SELECT ?statement ?participant ?effect ?gist {
  ?statement a opsc:Statement ; opsc:concernsProvision ?this ; opsc:participant ?participant .
  OPTIONAL { ?statement opsc:effect ?effect } OPTIONAL { ?statement opsc:gist ?gist }
} ORDER BY ?participant ?statement ?gist""",
    ),
    _TableDefinition(
        OPSC.Offence,
        "Elements",
        ("Element", "Role", "Definition"),
        """SELECT ?element ?kind ?meaning {
  VALUES ?kind { opsc:conduct opsc:object opsc:purpose opsc:means opsc:participationForm } ?this ?kind ?element .
  OPTIONAL { ?element skos:definition ?meaning }
} ORDER BY ?kind ?element ?meaning""",
    ),
    _TableDefinition(
        OPSC.Offence,
        "Provisions of the Convention that it extends",
        ("Provision", "Summary"),
        """SELECT ?provision ?gist {
  ?this opsc:carriesFurther ?provision . OPTIONAL { ?provision opsc:gist ?gist }
} ORDER BY ?provision ?gist""",
    ),
)


def tables_about(store: Store, iri: NamedNode, max_rows: int) -> tuple[Table, ...]:
    """Return the tables about ``iri`` that have rows, by its classes, each with at most ``max_rows`` rows."""
    classes = {quad.object for quad in store.quads_for_pattern(iri, RDF.type, None, None)}
    definitions = [definition for definition in _DEFINITIONS if definition.about in classes]
    merged = _is_merged(store, iri)
    tables = ((definition, _rows(store, iri, definition.query, merged=merged)) for definition in definitions)
    return tuple(
        Table(definition.title, definition.columns, rows[:max_rows], len(rows)) for definition, rows in tables if rows
    )


def _is_merged(store: Store, iri: NamedNode) -> bool:
    """Tell whether the default graph is the merge of the named graphs; otherwise the query uses their union."""
    return next(store.quads_for_pattern(iri, RDF.type, None, DefaultGraph()), None) is not None


def _rows(store: Store, iri: NamedNode, query: str, *, merged: bool) -> tuple[tuple[Cell, ...], ...]:
    results = store.query(
        query.replace("SELECT", "SELECT ?this", 1),  # the engine substitutes only selected variables
        prefixes=PREFIXES,
        substitutions={Variable("this"): iri},
        use_default_graph_as_union=not merged,
    )
    if not isinstance(results, QuerySolutions):
        return ()
    merged_rows: dict[str, tuple[dict[NamedNode | BlankNode | Literal, None], ...]] = {}
    for solution in results:
        terms = list(solution)[1:]
        cells = merged_rows.setdefault(str(terms[0]), tuple({} for _ in terms))
        for cell, term in zip(cells, terms, strict=True):
            if term is not None:
                cell[term] = None
    return tuple(_cells(cells) for cells in merged_rows.values())


def _cells(cells: Iterable[dict[NamedNode | BlankNode | Literal, None]]) -> tuple[Cell, ...]:
    return tuple(tuple(cell) for cell in cells)
