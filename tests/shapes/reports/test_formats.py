"""Every format is read back by a parser of its own, says where things stand, and lets no content out of its place."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse

from loaders.rdf.positions.lookup import Positions
from ontology.terms import SH
from shapes.report import FailOn, Report
from shapes.reports import FORMATS, LANGUAGES, NO_POSITIONS, Language
from tests.shapes.reports.hostile import HOSTILE, Written

PLACES = {(4, 11), (6, 11), (7, 48), (7, 1), (3, 1), (5, 1)}
FILE = "data/my file.ttl"


def content(name: str, written: Written, language: Language = "en") -> str:
    return FORMATS[name].write(written.report, language, written.positions).decode()


def as_json(name: str, written: Written, language: Language = "en") -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(content(name, written, language))
    return parsed


def test_the_formats_are_eight() -> None:
    assert list(FORMATS) == ["text", "json", "turtle", "jsonld", "html", "csv", "sarif", "junit"]
    assert (
        len({form.extension for form in FORMATS.values()}) == len({form.media_type for form in FORMATS.values()}) == 8
    )


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_report_can_be_written(name: str, language: Language, written: Written, unplaced: Report) -> None:
    for report in (written.report, unplaced, Report()):
        for places in (written.positions, Positions(), NO_POSITIONS):
            first = FORMATS[name].write(report, language, places)
            assert first == FORMATS[name].write(report, language, places)
            assert first.decode().endswith("\n")


class TestText:
    def test_each_result_begins_with_its_place(self, written: Written) -> None:
        found = re.findall(
            rf"^  {FILE}:(\d+):(\d+): (violation|warning|info)\b", content("text", written), re.MULTILINE
        )
        assert {(int(line), int(column)) for line, column, _ in found} == PLACES
        assert len(found) == len(written.report.results)

    def test_things_are_named_once(self, written: Written) -> None:
        blocks = content("text", written).strip().split("\n\n")
        assert [block.splitlines()[0] for block in blocks[1:]] == [
            "Étoile 𝄞",
            '=<b>bold</b> & "Co"',
            "<javascript:alert(1)>",
        ]
        assert blocks[1].splitlines()[1] == "  <https://example.org/a>"

    def test_nothing_in_data_moves_the_cursor_or_turns_the_text(self, written: Written) -> None:
        text = content("text", written)
        assert all(character.isprintable() or character == "\n" for character in text)
        assert r"\u001B[31m\u202E\u0007" in text

    def test_lines_of_a_message_are_indented(self, written: Written) -> None:
        assert '\n    Too much\n    or <no> number; write "5".\n' in content("text", written)

    def test_a_long_value_is_cut_short(self, written: Written) -> None:
        long = tuple(
            replace(result, value=result.focus_node.__class__("x:" + "y" * 9000)) for result in written.report.results
        )
        assert max(map(len, content("text", Written(Report(long), written.positions)).splitlines())) < 400

    @pytest.mark.parametrize(
        ("language", "summary", "severity", "message"),
        [
            ("en", "Does not conform: 5 violations, 2 warnings, 3 infos.", "violation: ", "Too much"),
            ("fr", "Non conforme\xa0: 5 violations, 2 avertissements, 3 informations.", "violation\xa0: ", "Trop, ou"),
            ("es", "No conforme: 5 infracciones, 2 advertencias, 3 informaciones.", "infracción: ", "=Nómbralo."),
        ],
    )
    def test_words_and_messages_are_in_the_language(
        self, language: Language, summary: str, severity: str, message: str, written: Written
    ) -> None:
        text = content("text", written, language)
        assert text.startswith(summary + "\n")
        assert severity in text
        assert message in text

    def test_a_message_that_is_not_there_in_a_language_is_in_english(self, written: Written) -> None:
        assert "    -Name it.\n" in content("text", written, "fr")
        assert "    Advise.\n" in content("text", written, "es")


class TestJson:
    def test_results_say_where_they_stand(self, written: Written) -> None:
        results = as_json("json", written)["results"]
        assert {(result["line"], result["column"]) for result in results} == PLACES
        assert {result["file"] for result in results} == {FILE}
        wrong = [result for result in results if (result["line"], result["column"]) == (7, 48)]
        assert {(result["endLine"], result["endColumn"], result["valueLanguage"]) for result in wrong} == {
            (7, 58, "fr")
        }

    def test_values_are_given_as_they_are(self, written: Written) -> None:
        assert HOSTILE in {result.get("value") for result in as_json("json", written)["results"]}

    def test_the_message_is_in_the_language_and_all_messages_are_there(self, written: Written) -> None:
        (result,) = [result for result in as_json("json", written, "fr")["results"] if result["line"] == 6]
        assert result["message"] == result["messages"]["fr"] == "Trop, ou pas un nombre."
        assert set(result["messages"]) == {"en", "fr"}

    def test_what_is_not_known_is_left_out(self, unplaced: Report) -> None:
        result = as_json("json", Written(unplaced, Positions()))["results"][0]
        assert not {"file", "line", "column", "endLine", "endColumn", "path", "value", "focusNodeLabel"} & result.keys()


class TestRdf:
    def test_turtle_and_json_ld_say_the_same(self, written: Written, unplaced: Report) -> None:
        for report in (written.report, unplaced, Report()):
            canonical = []
            for name, form in (("turtle", RdfFormat.TURTLE), ("jsonld", RdfFormat.JSON_LD)):
                dataset = Dataset(parse(FORMATS[name].write(report, "en", NO_POSITIONS), format=form))
                dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
                canonical.append({str(quad) for quad in dataset})
            assert canonical[0] == canonical[1]

    @pytest.mark.parametrize("name", ["turtle", "jsonld"])
    def test_values_are_given_as_they_are(self, name: str, written: Written) -> None:
        form = {"turtle": RdfFormat.TURTLE, "jsonld": RdfFormat.JSON_LD}[name]
        quads = list(parse(content(name, written), format=form))
        assert HOSTILE in {quad.object.value for quad in quads if quad.predicate == SH.value}
        assert {quad.object.language for quad in quads if quad.predicate == SH.resultMessage} == {"en", "fr", "es"}

    def test_the_context_of_json_ld_is_in_it(self, written: Written) -> None:
        log = as_json("jsonld", written)
        assert all(isinstance(namespace, str) for namespace in log["@context"].values())
        assert log["@graph"][0]["@type"] == ["sh:ValidationReport"]


class Page(HTMLParser):
    """Keeps what a browser would: elements with their attributes, and the text."""

    VOID = ("meta",)

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


class TestHtml:
    def test_the_page_is_well_formed_and_needs_nothing_else(self, written: Written) -> None:
        page = Page(content("html", written))
        assert page.open == []
        tags = {name for name, _ in page.elements}
        assert not tags & {"script", "link", "img", "iframe", "b", "object", "form"}
        assert "src" not in {name for _, attributes in page.elements for name in attributes}
        policies = [
            meta["content"] for meta in page.named("meta") if meta.get("http-equiv") == "Content-Security-Policy"
        ]
        assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]

    def test_content_is_text_and_only_web_addresses_are_links(self, written: Written) -> None:
        page = Page(content("html", written))
        assert "<script>alert(1)</script>&amp;]]><!--" in page.text
        assert '=<b>bold</b> & "Co"' in page.text
        assert "<javascript:alert(1)>" in page.text or "javascript:alert(1)" in page.text
        assert {str(link["href"]).partition(":")[0] for link in page.named("a")} == {"https"}
        assert {name for _, attributes in page.elements for name in attributes if name.startswith("on")} == set()

    def test_results_say_where_they_stand(self, written: Written) -> None:
        found = re.findall(rf"{FILE}:(\d+):(\d+) \(line \1, column \2\)", Page(content("html", written)).text)
        assert {(int(line), int(column)) for line, column in found} == PLACES

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_the_page_can_be_read_aloud(self, language: Language, written: Written) -> None:
        page = Page(content("html", written, language))
        assert page.named("html") == [{"lang": language}]
        assert (len(page.named("main")), len(page.named("h1")), len(page.named("title"))) == (1, 1, 1)
        headings = [int(name[1]) for name, _ in page.elements if re.fullmatch("h[1-6]", name)]
        assert all(after <= before + 1 for before, after in zip([0, *headings], headings, strict=False))
        assert len(page.named("h2")) == 3
        assert len(page.named("h3")) == len(written.report.results)

    def test_a_report_without_results_says_so(self) -> None:
        text = Page(content("html", Written(Report(), Positions(["a.ttl"])))).text
        assert "Conforms." in text
        assert "a.ttl" in text


class TestCsv:
    def rows(self, written: Written, language: Language = "en") -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(content("csv", written, language), newline=""), strict=True))

    def test_there_is_a_row_a_result_with_its_place(self, written: Written) -> None:
        rows = self.rows(written)
        assert len(rows) == len(written.report.results)
        assert {(int(row["line"]), int(row["column"])) for row in rows} == PLACES
        assert {row["file"] for row in rows} == {FILE}
        assert content("csv", written).count("\r\n") >= len(rows) + 1

    def test_no_cell_is_a_formula(self, written: Written) -> None:
        rows = self.rows(written, "es")
        cells = {cell for row in rows for cell in row.values()}
        assert not {cell for cell in cells if cell[:1] in tuple("=+-@\t\r")}
        shown = HOSTILE.replace("\x1b", "\ufffd").replace("\x07", "\ufffd")
        assert {f"'{shown}", "'=Nómbralo.", '\'=<b>bold</b> & "Co"'} <= cells

    def test_a_negative_number_stays_a_number(self, written: Written) -> None:
        (result, *_) = written.report.results
        value = result.messages[0].__class__("-2.50")
        (row,) = self.rows(Written(Report((replace(result, value=value),)), written.positions))
        assert row["value"] == "-2.50"


class TestSarif:
    def test_the_log_has_what_code_scanning_requires(self, written: Written) -> None:
        log = as_json("sarif", written)
        assert log["version"] == "2.1.0"
        assert log["$schema"].endswith("sarif-schema-2.1.0.json")
        (run,) = log["runs"]
        driver = run["tool"]["driver"]
        assert driver["name"]
        assert run["columnKind"] == "unicodeCodePoints"
        assert len(run["results"]) == len(written.report.results)
        for rule in driver["rules"]:
            assert rule["id"]
            assert all(rule[name]["text"] for name in ("shortDescription", "fullDescription", "help"))
        for result in run["results"]:
            assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["message"]["text"]
            (location,) = result["locations"]
            assert location["physicalLocation"]["artifactLocation"]["uri"] == "data/my%20file.ttl"
            region = location["physicalLocation"]["region"]
            assert (region["startLine"], region["startColumn"]) < (region["endLine"], region["endColumn"])
        prints = [json.dumps(result["partialFingerprints"]) for result in run["results"]]
        assert len(set(prints)) == len(prints)

    def test_results_stand_at_their_lines_with_rule_and_level(self, written: Written) -> None:
        (run,) = as_json("sarif", written)["runs"]
        regions = [result["locations"][0]["physicalLocation"]["region"] for result in run["results"]]
        assert {(region["startLine"], region["startColumn"]) for region in regions} == PLACES
        levels = {(result["ruleId"], result["level"]) for result in run["results"]}
        ex = "https://example.org/"
        assert levels == {(f"{ex}size", "error"), (f"{ex}name", "warning"), (f"{ex}advice", "note")}

    def test_without_a_place_a_result_is_at_the_beginning_of_the_file_or_nowhere(self, unplaced: Report) -> None:
        (run,) = as_json("sarif", Written(unplaced, Positions(["a.rdf"])))["runs"]
        physical = [result["locations"][0]["physicalLocation"] for result in run["results"]]
        beginning = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
        assert physical == [{"artifactLocation": {"uri": "a.rdf"}, "region": beginning}] * 2
        (run,) = as_json("sarif", Written(unplaced, Positions()))["runs"]
        assert [result["locations"] for result in run["results"]] == [[], []]
        assert run["results"][0]["ruleId"] == SH.ClassConstraintComponent.value

    @pytest.mark.parametrize(
        ("file", "uri"),
        [
            ("../a b.ttl", "../a%20b.ttl"),
            (str(Path.cwd() / "é.ttl"), "%C3%A9.ttl"),
            ("/nowhere/a.ttl", "file:///nowhere/a.ttl"),
            ("a:b.ttl", "a%3Ab.ttl"),
        ],
    )
    def test_a_file_is_referred_to_from_where_the_command_runs(self, file: str, uri: str) -> None:
        (run,) = as_json("sarif", Written(Report(), Positions([file])))["runs"]
        assert run["artifacts"] == [{"location": {"uri": uri}}]


class TestJunit:
    def test_there_is_a_case_a_result_and_a_failure_a_violation(self, written: Written) -> None:
        root = ET.fromstring(content("junit", written))  # noqa: S314
        cases = root.findall("./testsuite/testcase")
        assert len(cases) == int(root.attrib["tests"]) == len(written.report.results)
        failures = root.findall(".//failure")
        assert len(failures) == int(root.attrib["failures"]) == 5
        assert sum(int(suite.attrib["failures"]) for suite in root) == 5
        assert sum(int(suite.attrib["tests"]) for suite in root) == len(cases)
        assert {case.attrib["file"] for case in cases} == {FILE}
        assert {int(case.attrib["line"]) for case in cases} == {line for line, _ in PLACES}
        texts = " ".join(text for case in cases for text in case.itertext())
        assert {(int(a), int(b)) for a, b in re.findall(rf"{FILE}:(\d+):(\d+): ", texts)} == PLACES

    def test_content_is_text(self, written: Written) -> None:
        root = ET.fromstring(content("junit", written))  # noqa: S314
        assert {element.tag for element in root.iter()} == {
            "testsuites",
            "testsuite",
            "testcase",
            "failure",
            "system-out",
        }
        assert any("<script>alert(1)</script>&amp;]]><!--" in case.attrib["name"] for case in root.iter("testcase"))
        assert '=<b>bold</b> & "Co"' in {suite.attrib["name"] for suite in root}

    def test_a_report_without_results_is_one_case_that_passes(self) -> None:
        root = ET.fromstring(content("junit", Written(Report(), Positions())))  # noqa: S314
        assert (root.attrib["tests"], root.attrib["failures"]) == ("1", "0")
        assert [case.attrib["name"] for case in root.findall("./testsuite/testcase")] == ["Conforms"]


@pytest.mark.parametrize(("fail_on", "failures"), [("violation", 5), ("warning", 7), ("info", 10)])
def test_the_least_severity_that_fails_decides_in_every_format(
    fail_on: FailOn, failures: int, written: Written
) -> None:
    judged = replace(written.report, fail_on=fail_on)
    root = ET.fromstring(content("junit", Written(judged, written.positions)))  # noqa: S314
    assert int(root.attrib["failures"]) == failures
    infos = Report(tuple(result for result in judged.results if result.severity == SH.Info), fail_on=fail_on)
    assert infos.conforms is (fail_on != "info")
    assert [infos.conforms_at(severity) for severity in ("violation", "warning", "info")] == [True, True, False]
    assert as_json("json", Written(infos, NO_POSITIONS))["conforms"] is False  # type: ignore[arg-type]
    assert content("text", Written(infos, Positions())).startswith("Conforms" if infos.conforms else "Does not conform")
