"""The home page, and that what it shows is escaped."""

from urllib.parse import parse_qs, urlsplit

from pyoxigraph import Store

from endpoint.server.app import create_app
from endpoint.serving.snapshot import SnapshotHolder
from graph.metadata.examples import Example, load_examples
from graph.pool.query_pool import QueryPool
from graph.settings import QueryLimits, WorkerSettings
from tests.endpoint.conftest import Server
from tests.endpoint.reading import Page

MARKUP = "<img src=x onerror=alert(1)>\"'&"


def page_of(*shown: Example) -> Page:
    pool = QueryPool(Store, QueryLimits(), WorkerSettings())
    app = create_app(SnapshotHolder(MARKUP, pool), shown)
    response = app.test_client().get("/")
    assert response.content_type == "text/html; charset=utf-8"
    return Page(response.get_data(as_text=True))


def test_the_page_has_a_language_a_title_a_heading_and_labels(server: Server) -> None:
    page = Page(server.request("GET", "/").body.decode())
    assert page.attributes("html", "lang") == ["en"]
    assert [tag for tag, _ in page.elements].count("h1") == 1
    assert "title" in [tag for tag, _ in page.elements]
    assert set(page.attributes("label", "for")) == {
        *page.attributes("textarea", "id"),
        *page.attributes("select", "id"),
    }


def test_every_example_query_has_a_link_that_asks_it(server: Server) -> None:
    page = Page(server.request("GET", "/").body.decode())
    asked = [parse_qs(urlsplit(link).query)["query"][0] for link in page.attributes("a", "href") if "query=" in link]
    assert asked == [example.query for example in load_examples()]


def test_a_link_of_an_example_is_answered(server: Server) -> None:
    page = Page(server.request("GET", "/").body.decode())
    link = next(link for link in page.attributes("a", "href") if "query=" in link)
    assert server.request("GET", link).status == 200


def test_markup_in_what_is_shown_is_text() -> None:
    page = page_of(Example(MARKUP, MARKUP, MARKUP, MARKUP))
    assert "img" not in [tag for tag, _ in page.elements]
    assert page.text.count(MARKUP) == 4
    assert not any(name.startswith("on") for _, found in page.elements for name in found)


def test_the_page_loads_nothing_from_elsewhere(server: Server) -> None:
    page = Page(server.request("GET", "/").body.decode())
    links = [found for tag, found in page.elements if tag == "link" and found.get("rel") != "alternate"]
    loaded = [*(found["href"] for found in links), *page.attributes("script", "src"), *page.attributes("img", "src")]
    assert loaded == ["/static/opsc.css"]
    assert "style" not in [tag for tag, _ in page.elements]
    style = server.request("GET", "/static/opsc.css")
    assert (style.status, style.content_type.partition(";")[0]) == (200, "text/css")
