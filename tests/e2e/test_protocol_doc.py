"""docs/protocol.md names a test beside everything in the endpoint table, and these tests exist."""

import pathlib
import re

import pytest
import server
import wire

DOCUMENT = server.ROOT / "docs/protocol.md"
PYTHON_TESTS = ["tests/e2e", "bindings/python/tests"]


@pytest.fixture(scope="module")
def rows():
    """The cells of every table's rows, without heads and rules."""
    found, head = [], True
    for line in DOCUMENT.read_text().splitlines():
        if not line.startswith("|"):
            head = True
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not head and not set(line) <= set("|-"):
            found.append(cells)
        head = False
    assert len(found) > 50
    return found


def spans(text):
    return re.findall(r"`([^`]+)`", text)


def python_test_exists(module, name):
    for folder in PYTHON_TESTS:
        path = server.ROOT / folder / f"{module}.py"
        if path.exists() and re.search(rf"^\s*def {name}\(", path.read_text(), re.MULTILINE):
            return True
    return False


def cpp_tests():
    names = set()
    for path in pathlib.Path(server.ROOT / "src").rglob("*_test.cc"):
        for suite, name in re.findall(r"^TEST(?:_F|_P)?\((\w+), (\w+)\)", path.read_text(), re.MULTILINE):
            names.add(f"{suite}.{name}")
    return names


def test_every_row_names_tests_that_exist(rows):
    known = cpp_tests()
    for row in rows:
        named = spans(row[-1])
        assert named, f"no test in {row}"
        for name in named:
            module, colons, function = name.partition("::")
            exists = python_test_exists(module, function) if colons else name in known
            assert exists, f"{name} in {row} is no test"


@pytest.fixture(scope="module")
def document(shared):
    return wire.ask_url("GET", shared.endpoint + "/openapi.json").json()


@pytest.fixture(scope="module")
def described(document):
    return {
        operation["operationId"]: (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_endpoint_is_there_and_no_other(rows, described):
    listed = {row[0].strip("`") for row in rows if re.match(r"`(GET|HEAD|POST) /", row[0])}
    assert listed == {place for place, _ in described.values()}


def test_every_parameter_and_field_is_there_and_no_other(rows, described):
    listed = {(row[0], row[1].strip("`")) for row in rows if row[0] in described}
    taken = set()
    for name, (_, operation) in described.items():
        taken |= {(name, each["name"]) for each in operation["parameters"] if each["in"] == "query"}
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        taken |= {(name, field) for field in body.get("schema", {}).get("properties", {})}
    assert listed == taken


def test_every_field_of_answers_is_there_and_no_other(rows, document):
    schemas = document["components"]["schemas"]
    listed = [(row[0], set(spans(row[1]))) for row in rows if row[0] in schemas]
    assert dict(listed) == {name: set(schema["properties"]) for name, schema in schemas.items()}
    assert len(listed) == len(schemas), "an object stands twice"


#: What any HTTP server sends and takes; the table of endpoints is about the protocol's own.
OF_HTTP = {
    "accept-encoding", "allow", "authorization", "content-type", "if-none-match", "range",
    "retry-after", "www-authenticate", "x-request-id",
}


def test_every_header_is_there_and_no_other(rows, described):
    heads = [row for row in rows if re.fullmatch(r"`[A-Za-z-]+`(, `[A-Za-z-]+`)*", row[0])]
    listed = {name.lower() for row in heads for name in spans(row[0])}
    taken = set()
    for _, operation in described.values():
        taken |= {each["name"] for each in operation["parameters"] if each["in"] == "header"}
        taken |= set(operation["responses"]["200"]["headers"])
    assert listed == {name.lower() for name in taken} | OF_HTTP
