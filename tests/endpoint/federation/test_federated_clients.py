"""Clients that join this endpoint with other data, unchanged: Apache Jena, Comunica and rdflib."""

import csv
import io
import os
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, serialize
from rdflib import Graph
from SPARQLWrapper import JSON, SPARQLWrapper

from graph.versions import release
from tests.endpoint.auth.test_bearer import digest
from tests.endpoint.conftest import Server, running
from tests.endpoint.federated import here_quads, there_quads

JAVA = Path("/usr/share/java")
# Those that Debian's package of Jena depends on, and a log that says nothing.
JARS = (
    "jena-*[a-z] slf4j-api slf4j-nop commons-cli commons-codec commons-compress commons-csv commons-io commons-lang3 "
    "dexx.collection gson guava httpclient httpcore jackson-core jackson-databind jackson-annotations jakarta.json-api "
    "jcl-over-slf4j jsonld-java libintl protobuf thrift titanium-json-ld"
)
SHADED = "org/apache/jena/ext/"
COMUNICA = Path(__file__).parents[3] / ".clients/node_modules/@comunica/query-sparql/bin/query.js"

LABELS_AND_NAMES = [
    {"s": "http://e/0", "l": "here 0", "n": "there 0"},
    {"s": "http://e/20", "l": "here 20", "n": "there 20"},
]
JOIN = "SELECT ?s ?l ?n {{ {here} {{ ?s <http://e/label> ?l }} {there} {{ ?s <http://e/name> ?n }} }} ORDER BY ?s"

needs_jena = pytest.mark.skipif(
    shutil.which("java") is None or not (JAVA / "jena-cmds.jar").exists(),
    reason="Java or Debian's libapache-jena-java is not installed",
)
needs_comunica = pytest.mark.skipif(
    shutil.which("node") is None or not COMUNICA.exists(), reason="Comunica is not installed; see tools/install-clients"
)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("there")
    release.write(home, release.sorted_nquads(there_quads()), {}, b"")
    with running(home, OPSC_WORKERS="2") as server:
        yield server


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, there: Server) -> Iterator[Server]:
    """An endpoint that may ask the other one."""
    home = tmp_path_factory.mktemp("here")
    release.write(home, release.sorted_nquads(here_quads()), {}, b"")
    lists = {"OPSC_SERVICE_ALLOW": there.url, "OPSC_SERVICE_PRIVATE": "127.0.0.1"}
    with running(home, OPSC_WORKERS="2", **lists) as server:
        yield server


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """The triples of the one endpoint in a file."""
    path = tmp_path / "here.nt"
    path.write_bytes(serialize((quad.triple for quad in here_quads()), format=RdfFormat.N_TRIPLES) or b"")
    return path


def table(text: str) -> list[dict[str, str]]:
    """Return the rows of CSV, in which Comunica writes the angles around IRIs."""
    rows = csv.DictReader(io.StringIO(text))
    return [{name: value.removeprefix("<").removesuffix(">") for name, value in row.items()} for row in rows]


@pytest.fixture(scope="session")
def jena(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a class path for Jena's commands.

    Debian's jar has message bundles under another name than its classes look for; they are laid out where they are
    expected.
    """
    bundles = tmp_path_factory.mktemp("bundles")
    with zipfile.ZipFile(JAVA / "jena-core.jar") as jar:
        for name in jar.namelist():
            if name.startswith(f"{SHADED}xerces/") and name.endswith(".properties"):
                expected = bundles / name.removeprefix(SHADED)
                expected.parent.mkdir(parents=True, exist_ok=True)
                expected.write_bytes(jar.read(name))
    return os.pathsep.join([str(bundles), *(str(jar) for name in JARS.split() for jar in JAVA.glob(f"{name}.jar"))])


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.engines
@needs_jena
def test_jena_asks_with_service(jena: str, there: Server, local: Path) -> None:
    query = JOIN.format(here="", there=f"SERVICE <{there.url}>")
    answer = run("java", "-cp", jena, "arq.arq", "--data", str(local), "--results", "CSV", query)
    assert table(answer) == LABELS_AND_NAMES


@pytest.mark.engines
@needs_jena
@pytest.mark.parametrize(
    "group",
    [
        "?s <http://e/name> ?n FILTER(?s IN (<http://e/0>, <http://e/20>))",
        "SELECT ?s ?n { ?s <http://e/name> ?n FILTER EXISTS { ?s <http://e/name> [] } }",
        "{ ?s <http://e/name> ?n } UNION { ?s <http://e/nothing> ?n } OPTIONAL { ?s <http://e/nothing> ?x }",
        "GRAPH <http://e/there> { ?s (<http://e/name>|<http://e/nothing>) ?n } MINUS { ?s <http://e/nothing> ?n }",
    ],
)
def test_jena_writes_the_group_in_its_own_words(jena: str, there: Server, local: Path, group: str) -> None:
    query = f"SELECT ?s ?l ?n {{ ?s <http://e/label> ?l SERVICE <{there.url}> {{ {group} }} }} ORDER BY ?s"
    answer = run("java", "-cp", jena, "arq.arq", "--data", str(local), "--results", "CSV", query)
    assert table(answer) == LABELS_AND_NAMES


@pytest.mark.engines
@needs_jena
def test_jena_asks_an_endpoint_that_asks_another(jena: str, here: Server, there: Server) -> None:
    query = JOIN.format(here="", there=f"SERVICE <{there.url}>")
    answer = run("java", "-cp", jena, "arq.rsparql", "--service", here.url, "--results", "CSV", query)
    assert table(answer) == LABELS_AND_NAMES


@pytest.mark.engines
@needs_jena
@pytest.mark.parametrize("results", ["JSON", "XML", "TSV"])
def test_jena_reads_every_format(jena: str, there: Server, results: str) -> None:
    query = "SELECT ?v { ?s <http://e/value> ?v }"
    answer = run("java", "-cp", jena, "arq.rsparql", "--service", there.url, "--results", results, query)
    assert "\U0001f600" in answer


@pytest.mark.engines
@needs_comunica
def test_comunica_joins_two_endpoints(here: Server, there: Server) -> None:
    query = JOIN.format(here="", there="")
    answer = run("node", str(COMUNICA), f"sparql@{here.url}", f"sparql@{there.url}", "-q", query, "-t", "text/csv")
    assert table(answer) == LABELS_AND_NAMES


@pytest.mark.engines
@needs_comunica
def test_comunica_finds_out_that_these_are_endpoints(here: Server, there: Server) -> None:
    query = JOIN.format(here="", there="")
    answer = run("node", str(COMUNICA), here.url, there.url, "-q", query, "-t", "text/csv")
    assert table(answer) == LABELS_AND_NAMES


@pytest.mark.engines
@needs_comunica
def test_comunica_finds_the_endpoint_of_a_server_that_takes_updates(tmp_path: Path) -> None:
    release.write(tmp_path, release.sorted_nquads(here_quads()), {}, b"")
    (tmp_path / "tokens").write_text(f"dev {digest('token-a')}\n")
    with running(tmp_path, OPSC_WORKERS="2") as server:
        query = "SELECT ?l { <http://e/0> <http://e/label> ?l }"
        assert table(run("node", str(COMUNICA), server.url, "-q", query, "-t", "text/csv")) == [{"l": "here 0"}]


@pytest.mark.engines
@needs_comunica
def test_comunica_asks_with_service(here: Server, there: Server) -> None:
    query = JOIN.format(here="", there=f"SERVICE <{there.url}>")
    answer = run("node", str(COMUNICA), here.url, "-q", query, "-t", "text/csv")
    assert table(answer) == LABELS_AND_NAMES


@pytest.mark.engines
@needs_comunica
def test_comunica_builds_a_graph_of_two_endpoints(here: Server, there: Server) -> None:
    query = "CONSTRUCT { ?s <http://e/both> ?l, ?n } WHERE { ?s <http://e/label> ?l . ?s <http://e/name> ?n }"
    sources = [f"sparql@{here.url}", f"sparql@{there.url}"]
    answer = run("node", str(COMUNICA), *sources, "-q", query, "-t", "application/n-triples")
    assert Counter(line.split()[0] for line in answer.splitlines()) == {"<http://e/0>": 2, "<http://e/20>": 2}


def test_rdflib_asks_with_service(there: Server, local: Path) -> None:
    query = JOIN.format(here="", there=f"SERVICE <{there.url}>")
    found = Graph().parse(local, format="nt").query(query)
    assert [{name: str(value) for name, value in row.asdict().items()} for row in found] == LABELS_AND_NAMES


def test_sparqlwrapper_asks_an_endpoint_that_asks_another(here: Server, there: Server) -> None:
    client = SPARQLWrapper(here.url, returnFormat=JSON)
    client.setQuery(JOIN.format(here="", there=f"SERVICE <{there.url}>"))
    bindings = client.queryAndConvert()["results"]["bindings"]
    assert [{name: term["value"] for name, term in row.items()} for row in bindings] == LABELS_AND_NAMES
