"""Who sees what: grants on shares, schemas, tables and rows, on every path of the protocol."""

import urllib.parse

import canonical
import deltalake
import official
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import server
import wire
import workers

COUNTRIES = ["DE", "FR", "it's 100%", None]
FORMATS = ["responseformat=parquet", "responseformat=delta;readerfeatures=deletionvectors"]
FORMAT_NAMES = ["parquet", "delta"]

#: What each recipient holds: YAML of its entry in bearerTokens.
RECIPIENTS = {
    "all": "{}",
    "nobody": "{grants: []}",
    "share": "{shares: [SALES]}",
    "schema": "{grants: [{share: sales, schema: EU}]}",
    "table": "{grants: [{share: Sales, schema: eu, table: ORDERS}]}",
    "german": """{grants: [{share: sales, schema: eu, table: orders, rowFilter: "country = 'DE'"}]}""",
    "quoted": r"""{grants: [{share: sales, rowFilter: "country = current_recipient('country')"}],
        properties: {country: "it's 100%"}}""",
    "lost": """{grants: [{share: sales, rowFilter: "country <> current_recipient('country')"}]}""",
    "both": """{grants: [{share: sales, schema: eu, rowFilter: "country = 'DE'"},
        {share: sales, schema: eu, table: orders, rowFilter: country IS NULL}]}""",
    "wide": """{grants: [{share: sales, rowFilter: "country = 'DE'"}, {share: sales, schema: eu}]}""",
    "wrong": """{grants: [{share: sales, rowFilter: amount > 10}]}""",
    "part": """{grants: [{share: sales, rowFilter: "part IN (0, 2)"}]}""",
    "days": """{grants: [{share: sales, rowFilter: "day = DATE '2024-01-02'"}]}""",
}


def token_of(name):
    return f"token-of-{name}-0123456789"


def write_orders(place):
    """Countries as partitions, over commits of every kind, with a feed of changes."""

    def rows(ids):
        return pa.table(
            {
                "id": pa.array(ids, pa.int64()),
                "country": pa.array([COUNTRIES[i % 4] for i in ids], pa.string()),
                "amount": pa.array([i * 10 for i in ids], pa.int64()),
            }
        )

    deltalake.write_deltalake(
        place,
        rows(range(40)),
        partition_by=["country"],
        configuration={"delta.enableChangeDataFeed": "true"},
    )
    deltalake.write_deltalake(place, rows(range(40, 80)), mode="append")
    table = deltalake.DeltaTable(place)
    table.update(predicate="id % 8 = 0", updates={"amount": "amount + 1"})
    table.update(predicate="id = 4", updates={"country": "'FR'"})
    table.delete("id % 10 = 1")
    table.create_checkpoint()
    deltalake.write_deltalake(place, rows(range(80, 120)), mode="append")
    table = deltalake.DeltaTable(place)
    table.delete("country = 'FR' and id > 100")


def write_folder(place):
    for country, ids in (("DE", [1, 2]), ("FR", [3])):
        folder = place / f"country={country}"
        folder.mkdir(parents=True)
        parquet.write_table(pa.table({"id": pa.array(ids, pa.int64())}), folder / "p.parquet")


def config_of(folder, lake, spark, recipients, more=""):
    path = folder / "server.yaml"
    tokens = "".join(
        f"  - {{name: {name}, token: {token_of(name)}, {text.strip()[1:-1]}}}\n"
        if text.strip() != "{}"
        else f"  - {{name: {name}, token: {token_of(name)}}}\n"
        for name, text in recipients.items()
    )
    vectors = f"{spark}/tables/vectors" if spark else f"{lake}/orders"
    path.write_text(f"""\
version: 1
shares:
- name: Sales
  schemas:
  - name: eu
    tables:
    - {{name: Orders, location: {lake}/orders, historyShared: true, id: orders-id}}
    - {{name: other, location: {lake}/orders}}
    - {{name: vectors, location: {vectors}, historyShared: true}}
    - {{name: folder, location: {lake}/folder}}
    - {{name: french, location: {lake}/orders, historyShared: true, rowFilter: country = 'FR'}}
  - name: us
    tables:
    - {{name: orders, location: {lake}/orders, historyShared: true}}
- name: Secret
  schemas:
  - name: s
    tables:
    - {{name: t, location: {lake}/orders}}
authorization:
  bearerTokens:
{tokens}host: 127.0.0.1
port: 0
queryTablePageSizeLimit: 3
asyncQueries: {{maxPendingPerRecipient: 16}}
log: {{format: json, accessFile: {folder}/access.log}}
{more}""")
    return path


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lake")
    write_orders(str(folder / "orders"))
    write_folder(folder / "folder")
    return folder


@pytest.fixture(scope="module")
def spark():
    place = server.ROOT / "build/test-data/spark"
    return place if (place / "tables/vectors").exists() else None


@pytest.fixture(scope="module")
def running(lake, spark, tmp_path_factory):
    folder = tmp_path_factory.mktemp("grants")
    with server.Configured(config_of(folder, lake, spark, RECIPIENTS)) as started:
        started.folder = folder
        yield started


@pytest.fixture
def caller(running):
    return lambda name: wire.Caller(running.endpoint, token_of(name))


def orders(lake, keep=lambda country: True):
    """Ids that a plain read of the table gives."""
    table = deltalake.DeltaTable(str(lake / "orders")).to_pyarrow_table()
    pairs = zip(table["id"].to_pylist(), table["country"].to_pylist())
    return sorted(i for i, country in pairs if keep(country))


def names(answer, key="name"):
    assert answer.status == 200, answer.body
    return [item[key] for item in answer.json().get("items", [])]


def denied(running, path):
    """Why the last request for a path that was refused was refused."""
    log = running.folder / "access.log"
    return wire.audited(log, lambda r: r["path"].endswith(path) and r.get("denied"))["denied"]


# Grants.


@pytest.mark.parametrize(
    ("name", "shares", "schemas", "tables"),
    [
        ("all", ["Sales", "Secret"], ["eu", "us"], 6),
        ("nobody", [], None, None),
        ("share", ["Sales"], ["eu", "us"], 6),
        ("schema", ["Sales"], ["eu"], 5),
        ("table", ["Sales"], ["eu"], 1),
    ],
)
def test_listings_show_what_was_granted(caller, name, shares, schemas, tables):
    ask = caller(name)
    assert names(ask.get("/shares")) == shares
    if schemas is None:
        assert ask.get("/shares/Sales/schemas").status == 404
        return
    assert names(ask.get("/shares/sales/schemas")) == schemas
    assert len(names(ask.get("/shares/sales/all-tables"))) == tables
    if name == "table":
        assert names(ask.get("/shares/sales/all-tables")) == ["Orders"]
        assert names(ask.get("/shares/sales/schemas/EU/tables")) == ["Orders"]


def test_pages_of_listings_hold_what_was_granted(caller):
    ask = caller("schema")
    found, token = [], ""
    for _ in range(10):
        answer = ask.get(f"/shares/sales/all-tables?maxResults=2{token}")
        found += names(answer)
        if not answer.json().get("nextPageToken"):
            break
        token = "&pageToken=" + urllib.parse.quote(answer.json()["nextPageToken"])
    assert found == ["folder", "french", "Orders", "other", "vectors"]


def test_the_official_client_lists_what_was_granted(running, tmp_path):
    with official.OfficialClient() as client:
        profile = server.write_profile(tmp_path / "p.share", running.endpoint, token_of("table"))
        found = client.call("listings", profile=profile)
    assert found == {
        "shares": ["Sales"],
        "schemas": [("Sales", "eu")],
        "tables": [("Sales", "eu", "Orders")],
        "all": [("Sales", "eu", "Orders")],
    }


TABLE_REQUESTS = [
    ("GET", "/version", None),
    ("HEAD", "", None),
    ("GET", "/metadata", None),
    ("POST", "/query", {}),
    ("POST", "/query", {"version": 0}),
    ("POST", "/query", {"startingVersion": 0}),
    ("POST", "/query", "no json"),
    ("GET", "/changes?startingVersion=0", None),
    ("GET", "/changes?startingVersion=x", None),
    ("POST", "/queries/0123", {}),
    ("POST", "/temporary-table-credentials", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), TABLE_REQUESTS)
def test_what_is_hidden_reads_like_what_does_not_exist(running, caller, method, path, body):
    """Share, schema and table: same status, same body but for the name that was asked for, same
    headers; and the audit knows better."""
    ask = caller("table")
    for hidden, absent in [
        ("Secret.s.t", "Public.s.t"),
        ("Sales.us.orders", "Sales.uk.orders"),
        ("Sales.eu.other", "Sales.eu.outer"),
    ]:
        answers = [
            ask.ask(method, wire.table_path(table) + path, body=body) for table in (hidden, absent)
        ]
        assert [answer.status for answer in answers] == [404, 404], answers
        known, unknown = (set(answer.headers) for answer in answers)
        assert known == unknown
        a, b = (answer.body.decode() for answer in answers)
        for name, other in zip(hidden.split("."), absent.split(".")):
            a = a.replace(name, other)
        assert a == b
        target = wire.table_path(hidden) + path.partition("?")[0]
        assert "no grant" in denied(running, target)


def test_hidden_shares_and_schemas_read_alike(caller):
    ask = caller("table")
    for hidden, absent in [
        ("/shares/Secret", "/shares/Public"),
        ("/shares/Secret/schemas?maxResults=x", "/shares/Public/schemas?maxResults=x"),
        ("/shares/Secret/all-tables", "/shares/Public/all-tables"),
        ("/shares/sales/schemas/us/tables?maxResults=x", "/shares/sales/schemas/uk/tables?maxResults=x"),
        ("/shares/Secret/schemas/s/tables", "/shares/Public/schemas/s/tables"),
    ]:
        a, b = ask.get(hidden), ask.get(absent)
        assert a.status == b.status == 404
        assert a.body.replace(b"Secret", b"Public").replace(b".us", b".uk") == b.body


def test_a_grant_that_is_gone_takes_its_tokens_along(lake, spark, tmp_path):
    """Pages, renewed URLs and asynchronous queries are asked for with the rights of the moment."""
    caller_of = {}

    def run(text, ask):
        recipients = {"ann": text}
        more = f"dataDirectory: {tmp_path}/data\n"
        with server.Configured(config_of(tmp_path, lake, spark, recipients, more)) as started:
            caller_of["ann"] = wire.Caller(started.endpoint, token_of("ann"))
            return ask(caller_of["ann"])

    whole = "{grants: [{share: sales, schema: eu, table: orders}]}"
    path = wire.table_path("sales.eu.orders")
    asynchronous = {"delta-sharing-capabilities": "asyncquery=true"}

    def first(ask):
        page = ask.query("sales.eu.orders", {"maxFiles": 2})[-1]["endStreamAction"]
        fresh = ask.query("sales.eu.orders", {"includeRefreshToken": True})[-1]["endStreamAction"]
        changes = ask.get(path + "/changes?startingVersion=0&maxFiles=2").lines()[-1]
        status = ask.post(path + "/query", {"idempotencyKey": "k"}, headers=asynchronous).lines()[0]
        return (
            page["nextPageToken"],
            fresh["refreshToken"],
            changes["endStreamAction"]["nextPageToken"],
            status["queryStatus"]["queryId"],
        )

    page, fresh, changes, query = run(whole, first)

    def again(ask):
        token = urllib.parse.quote(changes)
        return [
            ask.post(path + "/query", {"maxFiles": 2, "pageToken": page}),
            ask.post(path + "/query", {"includeRefreshToken": True, "refreshToken": fresh}),
            ask.get(path + f"/changes?startingVersion=0&maxFiles=2&pageToken={token}"),
            ask.post(path + f"/queries/{query}", {}),
        ]

    assert {answer.status for answer in run(whole, again)} == {200}
    assert {answer.status for answer in run("{grants: [{share: secret}]}", again)} == {404}
    # A filter that came meanwhile: pages of the whole have none of its, and do not go on.
    filtered = run(whole[:-3] + ", rowFilter: country = 'DE'}]}", again)
    assert [answer.status for answer in filtered] == [400, 400, 400, 200]
    assert all(b"url" not in answer.body for answer in filtered[:3])
    assert set(countries_of(filtered[3].lines())) == {"DE"}


# Filters of rows.


def files_of(lines):
    """(add, remove or cdc, partition values, stats) of all files of an answer in any format."""
    found = []
    for line in lines:
        for kind, content in line.items():
            if kind in ("add", "remove", "cdf"):
                found.append((kind, content.get("partitionValues", {}), content.get("stats")))
            if kind == "file":
                action = content.get("deltaSingleAction")
                if action is None:
                    found.append(("file", content["partitionValues"], content.get("stats")))
                else:
                    ((kind, content),) = action.items()
                    found.append((kind, content.get("partitionValues"), content.get("stats")))
    return found


def countries_of(lines):
    return [values.get("country") or None for _, values, _ in files_of(lines)]


def metadata_of(lines):
    for line in lines:
        if "metaData" in line:
            content = line["metaData"]
            return content.get("deltaMetadata", {}) | content
    raise AssertionError("no metadata")


SEEN = {
    "german": {"DE"},
    "quoted": {"it's 100%"},
    "lost": set(),
    "both": {"DE", None},
    "wide": set(COUNTRIES),
}


@pytest.mark.parametrize("name", SEEN)
@pytest.mark.parametrize("capabilities", FORMATS, ids=FORMAT_NAMES)
def test_no_answer_holds_a_file_of_others(caller, name, capabilities):
    ask, everything = caller(name), caller("all")
    headers = {"delta-sharing-capabilities": capabilities}
    table, path = "sales.eu.orders", wire.table_path("sales.eu.orders")

    def check(lines, reference):
        seen = countries_of(lines)
        assert sorted(map(str, seen)) == sorted(
            str(country) for country in countries_of(reference) if country in SEEN[name]
        )
        return lines

    for body in (
        {},
        {"version": 0},
        {"version": 2},
        {"version": 3},
        {"predicateHints": ["country = 'FR'"]},
        {"jsonPredicateHints": '{"op":"isNull","children":[{"op":"column","name":"country","valueType":"string"}]}'},
        {"startingVersion": 0},
        {"startingVersion": 1, "endingVersion": 3},
    ):
        reference = everything.query(table, body, headers=headers)
        lines = ask.query(table, body, headers=headers)
        if "startingVersion" not in body and "Hint" not in str(body):
            # Number and size are those of what is seen.
            metadata = metadata_of(check(lines, reference))
            assert metadata["numFiles"] == len(files_of(lines))
            own = metadata_of(ask.get(path + "/metadata" + (f"?version={body['version']}" if "version" in body else ""), headers=headers).lines())
            assert (own["numFiles"], own["size"]) == (metadata["numFiles"], metadata["size"])
        elif "Hint" in str(body):
            assert set(countries_of(lines)) <= SEEN[name]
        else:
            check(lines, reference)
    reference = everything.get(path + "/changes?startingVersion=0", headers=headers)
    lines = ask.get(path + "/changes?startingVersion=0", headers=headers)
    assert lines.status == 200, lines.body
    check(lines.lines(), reference.lines())


@pytest.mark.parametrize("capabilities", FORMATS, ids=FORMAT_NAMES)
def test_pages_are_pages_of_what_is_seen(caller, capabilities):
    """No page is short or empty for what it hides, and none holds it."""
    ask = caller("both")
    headers = {"delta-sharing-capabilities": capabilities}
    path = wire.table_path("sales.eu.orders")

    def pages(ask_page):
        found, token = [], None
        while True:
            lines = ask_page(token)
            found.append(countries_of(lines))
            token = lines[-1]["endStreamAction"].get("nextPageToken")
            if not token:
                return found

    def query(token):
        return ask.query("sales.eu.orders", {"maxFiles": 2, **({"pageToken": token} if token else {})}, headers=headers)

    def changes(token):
        more = f"&pageToken={urllib.parse.quote(token)}" if token else ""
        answer = ask.get(path + f"/changes?startingVersion=0&maxFiles=2{more}", headers=headers)
        assert answer.status == 200, answer.body
        return answer.lines()

    for ask_page, whole in (
        (query, ask.query("sales.eu.orders", headers=headers)),
        (changes, ask.get(path + "/changes?startingVersion=0", headers=headers).lines()),
    ):
        found = pages(ask_page)
        assert len(found) > 1
        assert all(len(page) == 2 for page in found[:-1]), found
        flat = [country for page in found for country in page]
        assert set(flat) == {"DE", None}
        assert sorted(map(str, flat)) == sorted(map(str, countries_of(whole)))


def test_a_limit_counts_the_rows_that_are_seen(caller):
    ask = caller("german")
    lines = ask.query("sales.eu.orders", {"limitHint": 1})
    assert countries_of(lines) == ["DE"]
    lines = ask.query("sales.eu.orders", {"limitHint": 1_000_000})
    assert len(files_of(lines)) == len(files_of(ask.query("sales.eu.orders"))) > 1


def test_an_asynchronous_query_holds_what_is_seen(caller):
    headers = {"delta-sharing-capabilities": "asyncquery=true"}
    lines = caller("german").query("sales.eu.orders", {"idempotencyKey": "x"}, headers=headers)
    assert set(countries_of(lines)) == {"DE"}


def test_a_filter_of_the_table_holds_for_everybody(caller):
    assert set(countries_of(caller("all").query("sales.eu.french"))) == {"FR"}
    assert set(countries_of(caller("schema").query("sales.eu.french"))) == {"FR"}
    # Both hold.
    assert countries_of(caller("quoted").query("sales.eu.french")) == []
    assert countries_of(caller("both").query("sales.eu.french")) == []


def test_folders_of_parquet_files_are_filtered_too(caller, running, tmp_path):
    lines = caller("quoted").query("sales.eu.folder")
    assert files_of(lines) == [] and metadata_of(lines)["numFiles"] == 0
    profile = server.write_profile(tmp_path / "p.share", running.endpoint, token_of("wide"))
    jobs = [workers.Job("t", f"{profile}#sales.eu.folder", False)]
    assert len(workers.load("official", jobs, tmp_path)["t", False]["rows"][1]) == 3
    german = caller("both").query("sales.eu.folder")
    assert [values for _, values, _ in files_of(german)] == [{"country": "DE"}]


@pytest.mark.parametrize("client", ["official", "sluice"])
def test_clients_load_exactly_their_rows(running, lake, tmp_path, client):
    """Rows and changes, by every recipient, in both formats."""
    jobs, expected = [], {}
    for name, countries in SEEN.items():
        profile = server.write_profile(tmp_path / f"{name}.share", running.endpoint, token_of(name))
        url = f"{profile}#sales.eu.orders"
        jobs += [workers.Job(name, url, delta) for delta in (False, True)]
        jobs.append(workers.Job(name + " changes", url, True, changes_from=0))
        expected[name] = orders(lake, lambda country, seen=countries: country in seen)
    profile = server.write_profile(tmp_path / "all.share", running.endpoint, token_of("all"))
    jobs.append(workers.Job("all changes", f"{profile}#sales.eu.orders", True, changes_from=0))
    results = workers.load(client, jobs, tmp_path)
    for job in jobs:
        result = results[job.name, job.delta]
        if job.name.startswith("lost") and client == "official" and "error" in result:
            continue  # It cannot make a frame of no file in every format.
        assert "rows" in result, (job, result)
        columns, rows = result["rows"]
        country, row_id = columns.index("country"), columns.index("id")
        if not job.name.endswith("changes"):
            assert sorted(row[row_id] for row in rows) == expected[job.name], job
            continue
        seen = SEEN.get(job.name.split()[0], set(COUNTRIES))
        assert {row[country] for row in rows} <= seen
        every = results["all changes", True]["rows"][1]
        wanted = [row for row in every if row[country] in seen]
        assert canonical.difference((columns, wanted), (columns, rows)) is None, job


def test_deletion_vectors_and_feeds_of_spark(running, spark, tmp_path):
    """The rows of partitions 0 and 2, without those that vectors delete, and their changes."""
    if spark is None:
        pytest.skip("no tables of Spark: run test_spark_tables.py first")
    urls = {}
    for name in ("all", "part"):
        profile = server.write_profile(tmp_path / f"{name}.share", running.endpoint, token_of(name))
        urls[name] = f"{profile}#sales.eu.vectors"
    jobs = [workers.Job(name, url, True) for name, url in urls.items()]
    jobs += [workers.Job(name + " changes", url, True, changes_from=0) for name, url in urls.items()]
    for client in ("official", "sluice"):
        results = workers.load(client, jobs, tmp_path)
        for suffix in ("", " changes"):
            columns, every = results["all" + suffix, True]["rows"]
            part = columns.index("part")
            wanted = [row for row in every if row[part] in (0, 2)]
            assert 0 < len(wanted) < len(every)
            got = results["part" + suffix, True]["rows"]
            assert canonical.difference((columns, wanted), got) is None, (client, suffix)


# Filters that cannot be applied.


@pytest.mark.parametrize(("name", "column"), [("wrong", "amount"), ("days", "day"), ("part", "part")])
def test_a_filter_that_cannot_be_applied_shows_nothing_and_tells_nothing(running, caller, name, column):
    ask = caller(name)
    path = wire.table_path("sales.eu.orders")
    for method, tail, body in (
        ("POST", "/query", {}),
        ("POST", "/query", {"version": 0}),
        ("POST", "/query", {"startingVersion": 0}),
        ("GET", "/metadata", None),
        ("GET", "/changes?startingVersion=0", None),
    ):
        answer = ask.ask(method, path + tail, body=body)
        assert answer.status == 400, (tail, answer.body)
        answer.error()
        text = answer.body.decode()
        assert column not in text and "filter" not in text and "url" not in text, text
        identifier = answer.json()["message"].split("(request ")[1].rstrip(")")
        running.wait_for(f"{identifier}.*row filter:.*{column}")
        assert "row filter" in denied(running, path + tail.partition("?")[0])
    assert ask.get(path + "/version").status == 200


def test_a_schema_that_changed_refuses_what_was_before(tmp_path, spark):
    """A filter means the column that the table has now; versions in which that was another are
    refused, whatever it was."""
    place = str(tmp_path / "orders")
    rows = pa.table({"id": pa.array([1, 2], pa.int64()), "country": ["DE", "FR"]})
    deltalake.write_deltalake(place, rows, configuration={"delta.enableChangeDataFeed": "true"})
    deltalake.write_deltalake(
        place, rows, partition_by=["country"], mode="overwrite", schema_mode="overwrite"
    )
    deltalake.write_deltalake(place, rows, mode="append")
    write_folder(tmp_path / "folder")
    recipients = {"german": RECIPIENTS["german"], "all": RECIPIENTS["all"]}
    with server.Configured(config_of(tmp_path, tmp_path, spark, recipients)) as started:
        ask = wire.Caller(started.endpoint, token_of("german"))
        path = wire.table_path("sales.eu.orders")
        assert set(countries_of(ask.query("sales.eu.orders"))) == {"DE"}
        assert set(countries_of(ask.query("sales.eu.orders", {"version": 1}))) == {"DE"}
        assert set(countries_of(ask.query("sales.eu.orders", {"startingVersion": 1}))) == {"DE"}
        for body in ({"version": 0}, {"startingVersion": 0}):
            answer = ask.post(path + "/query", body)
            assert answer.status == 400 and b"country" not in answer.body, answer.body
        assert ask.get(path + "/changes?startingVersion=0").status == 400
        # Now the table is no longer partitioned so, and nothing of it is shown any more.
        deltalake.write_deltalake(
            place, rows, partition_by=["id"], mode="overwrite", schema_mode="overwrite"
        )
        for body in ({}, {"version": 1}, {"startingVersion": 1}):
            answer = ask.post(path + "/query", body)
            assert answer.status == 400 and b"url" not in answer.body, answer.body
        assert wire.Caller(started.endpoint, token_of("all")).query("sales.eu.orders")
