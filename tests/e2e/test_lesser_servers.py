"""Our client before servers that know less than ours: a proxy before ours takes one thing away at a
time, and listings, versions, rows and changes are those of the whole server."""

import json

import faulty_server
import pytest
import server
import sluice
from faulty_server import on_answer, on_request

SHARE, TABLE, PARTITIONED = "tables", "tables.default.changed", "tables.default.sales"
LISTINGS = ("shares", "schemas", "tables", "all-tables")
HTML = b"<html><body>not here</body></html>"


def without_capabilities(*names):
    """Servers that know no capability ignore the header and send none."""

    def change(request):
        given = request.headers.pop("delta-sharing-capabilities", "").split(";")
        kept = [pair for pair in given if pair.partition("=")[0] not in names]
        if names and kept:
            request.headers["delta-sharing-capabilities"] = ";".join(kept)

    fault = on_request(change)
    if not names:
        fault.answer = lambda _, answer: answer.headers.pop("delta-sharing-capabilities", None)
    return fault


def without_parameters(*names):
    """They are ignored, in the URL and in the body."""

    def change(request):
        for name in names:
            request.query.pop(name, None)
        content = request.content()
        if set(names) & set(content):
            kept = {name: value for name, value in content.items() if name not in names}
            request.body = json.dumps(kept).encode()
            request.headers["content-length"] = str(len(request.body))

    return on_request(change)


def unknown(asks, status, body=HTML):
    """An endpoint that is not there, as routers of frameworks say it."""

    def change(request, answer):
        if asks(request):
            answer.status, answer.body, answer.headers = status, body, {"content-type": "text/html"}

    return on_answer(change)


def is_version(request):
    return request.asks() == "version"


def is_all_tables(request):
    return request.asks() == "all-tables"


def of_metadata_in_the_past(request):
    return request.asks() == "metadata" and bool(request.query)


def without_fields(*names):
    """Of metadata and of files, in either format."""

    def strip(value):
        if isinstance(value, dict):
            return {name: strip(inner) for name, inner in value.items() if name not in names}
        return [strip(inner) for inner in value] if isinstance(value, list) else value

    def change(_, answer):
        answer.change_lines(lambda lines: [strip(line) for line in lines])

    return on_answer(change)


def listings_without_ids(request, answer):
    if request.asks() in LISTINGS:
        ids = ("id", "shareId")
        answer.change_page(lambda page: [item.pop(name, None) for item in page["items"] for name in ids])


def loud_headers(_, answer):
    answer.headers = {name.upper(): value for name, value in answer.headers.items()}


def lines_of_windows(_, answer):
    if answer.is_lines():
        answer.body = b"\r\n" + answer.body.replace(b"\n", b"\r\n\r\n").rstrip()


def without_content_types(_, answer):
    answer.headers.pop("content-type", None)


def stranger_lines(_, answer):
    answer.change_lines(lambda lines: [*lines[:1], {"notice": {"text": "hello"}}, *lines[1:]])


LESSER = {
    "nothing is taken away": faulty_server.Fault(),
    "no capabilities": without_capabilities(),
    "no end of streams": without_capabilities("includeendstreamaction"),
    "no delta format": without_capabilities("responseformat", "readerfeatures"),
    "no pages": without_parameters("maxResults", "maxFiles", "pageToken"),
    "no hints": without_parameters("predicateHints", "jsonPredicateHints", "limitHint"),
    "no refresh tokens": without_parameters("includeRefreshToken", "refreshToken"),
    "no history of metadata": without_parameters(
        "includeHistoricalMetadata", "includeHistoricalProtocol"
    ),
    "metadata of now alone": unknown(of_metadata_in_the_past, 400),
    "no all-tables, 404": unknown(is_all_tables, 404),
    "no all-tables, 405": unknown(is_all_tables, 405),
    "no all-tables, 501": unknown(is_all_tables, 501),
    "no all-tables, 403 of a gateway": unknown(is_all_tables, 403, b'{"message":"Forbidden"}'),
    "the version by HEAD, 404": unknown(is_version, 404),
    "the version by HEAD, 405": unknown(is_version, 405),
    "no ids": on_answer(listings_without_ids),
    "no statistics": without_fields("stats", "numFiles", "accessModes", "expirationTimestamp"),
    "no configuration": without_fields("configuration"),
    "headers in upper case": on_answer(loud_headers),
    "no content types": on_answer(without_content_types),
    "lines of Windows": on_answer(lines_of_windows),
    "lines that nobody knows": on_answer(stranger_lines),
}


@pytest.fixture(params=sorted(LESSER))
def lesser(shared, tmp_path, request):
    with faulty_server.FaultyServer(shared.endpoint, LESSER[request.param]) as proxy:
        yield server.write_profile(tmp_path / "lesser.share", proxy.endpoint, shared.token)


def named(items):
    return [str(item) for item in items]


def test_a_server_that_knows_less_gives_the_same(shared, lesser):
    full, client = sluice.SharingClient(shared.profile), sluice.SharingClient(lesser)
    share, schema = sluice.Share(SHARE), sluice.Schema("default", SHARE)
    assert named(client.list_shares()) == named(full.list_shares())
    assert named(client.list_schemas(share)) == named(full.list_schemas(share))
    assert named(client.list_tables(schema)) == named(full.list_tables(schema))
    assert named(client.list_all_tables()) == named(full.list_all_tables())
    for name in (TABLE, PARTITIONED):
        ours, whole = client.table(name), full.table(name)
        assert ours.version() == whole.version() > 0
        assert ours.metadata().schema_string == whole.metadata().schema_string
        assert ours.to_arrow().equals(whole.to_arrow())
    url, whole = f"{lesser}#{TABLE}", f"{shared.profile}#{TABLE}"
    for options in ({"version": 1}, {"filters": "id > 2"}):
        frame = sluice.load_as_arrow(url, **options)
        assert frame.equals(sluice.load_as_arrow(whole, **options)) and frame.num_rows > 0
    # Any rows will do for a limit, and a server that heeds it may begin with another file.
    for limit, options in ((3, {}), (2, {"filters": "id > 2"})):
        frame = sluice.load_as_arrow(url, limit=limit, **options)
        rows = sluice.load_as_arrow(whole, **options).to_pylist()
        assert frame.num_rows == limit and all(row in rows for row in frame.to_pylist())
    for options in ({}, {"ending_version": 3}, {"columns": ["id"]}):
        changes = sluice.load_table_changes_as_arrow(url, starting_version=0, **options)
        expected = sluice.load_table_changes_as_arrow(whole, starting_version=0, **options)
        assert changes.equals(expected) and changes.num_rows > 0


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_credentials_reads_by_urls(shared, tmp_path, status):
    fault = unknown(lambda request: request.asks() == "temporary-table-credentials", status)
    with faulty_server.FaultyServer(shared.endpoint, fault) as proxy:
        profile = server.write_profile(tmp_path / "p.share", proxy.endpoint, shared.token)
        assert sluice.load_as_arrow(f"{profile}#{TABLE}").num_rows > 0
        with pytest.raises(sluice.SluiceError, match="access 'auto'"):
            sluice.load_as_arrow(f"{profile}#{TABLE}", access="dir")


@pytest.mark.parametrize(
    ("status", "body", "error", "says"),
    [
        (404, HTML, sluice.NotFoundError, "404"),
        (404, b"", sluice.NotFoundError, "404"),
        (404, b'{"detail":"Not Found"}', sluice.NotFoundError, "404"),
        (403, b'{"message":"not for you"}', sluice.PermissionDeniedError, "not for you"),
        (401, b"\xff\xfe", sluice.UnauthenticatedError, "401"),
        (400, b"[]", sluice.InvalidArgumentError, "400"),
        (400, b'{"error_code":"X","message":"bad"}', sluice.InvalidArgumentError, "bad"),
        (405, HTML, sluice.UnsupportedError, "405"),
        (502, HTML, sluice.UnavailableError, "502"),
        (200, HTML, sluice.MalformedError, "Delta-Table-Version"),
    ],
)
def test_errors_in_any_form(shared, tmp_path, status, body, error, says):
    fault = unknown(lambda request: request.asks() in ("query", "metadata"), status, body)
    with faulty_server.FaultyServer(shared.endpoint, fault) as proxy:
        profile = server.write_profile(tmp_path / "p.share", proxy.endpoint, shared.token)
        with pytest.raises(error, match=says) as caught:
            sluice.load_as_arrow(f"{profile}#{TABLE}", max_retries=0)
        assert "\n" not in str(caught.value) and "<html>" not in str(caught.value)
        with pytest.raises(error, match=says):
            sluice.get_table_metadata(f"{profile}#{TABLE}", max_retries=0)


def test_a_page_of_a_login_is_no_listing(shared, tmp_path):
    fault = unknown(lambda request: request.asks() == "shares", 200)
    with faulty_server.FaultyServer(shared.endpoint, fault) as proxy:
        profile = server.write_profile(tmp_path / "p.share", proxy.endpoint, shared.token)
        with pytest.raises(sluice.MalformedError, match="listing"):
            sluice.SharingClient(profile).list_shares()


def test_a_server_that_does_not_know_times_is_told_apart(shared, tmp_path):
    """What was ignored cannot be seen; what is refused is an error, and never another version."""

    def refuses(request):
        return "timestamp" in request.content() or "startingTimestamp" in request.query

    with faulty_server.FaultyServer(shared.endpoint, unknown(refuses, 400)) as proxy:
        profile = server.write_profile(tmp_path / "p.share", proxy.endpoint, shared.token)
        with pytest.raises(sluice.InvalidArgumentError, match="400"):
            sluice.load_as_arrow(f"{profile}#{TABLE}", timestamp="2020-01-01T00:00:00Z")
        with pytest.raises(sluice.InvalidArgumentError, match="400"):
            sluice.get_table_version(
                f"{profile}#{TABLE}", starting_timestamp="2020-01-01T00:00:00Z"
            )
