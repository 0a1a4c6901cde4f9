import json
import pathlib
import subprocess

import pyarrow.parquet as parquet
import pytest
import server
import sluice


@pytest.fixture
def client(profile):
    return sluice.SharingClient(profile)


def test_shares_schemas_and_tables(client):
    (share,) = client.list_shares()
    assert share == sluice.Share(name="tables")
    schemas = client.list_schemas(share)
    assert {schema.name for schema in schemas} == {"default", "types", "large"}
    types = next(schema for schema in schemas if schema.name == "types")
    tables = client.list_tables(types)
    assert sluice.Table(name="all_types", share="tables", schema="types") in tables


def test_all_tables_are_those_of_every_schema(client):
    everything = set(client.list_all_tables())
    by_schema = {
        table
        for share in client.list_shares()
        for schema in client.list_schemas(share)
        for table in client.list_tables(schema)
    }
    assert everything == by_schema
    assert len(everything) >= 7


def test_what_does_not_exist_is_a_lookup_error(client):
    with pytest.raises(sluice.NotFoundError) as caught:
        client.list_schemas(sluice.Share("nothing"))
    assert isinstance(caught.value, LookupError)
    assert caught.value.code == "not_found"
    assert "nothing" in str(caught.value)


def test_a_wrong_token_is_a_permission_error(shared):
    profile = sluice.DeltaSharingProfile(1, shared.endpoint, "wrong")
    with pytest.raises(sluice.UnauthenticatedError) as caught:
        sluice.SharingClient(profile).list_shares()
    assert isinstance(caught.value, PermissionError)
    assert "wrong" not in str(caught.value)


def test_a_server_that_is_not_there_is_a_connection_error():
    profile = sluice.DeltaSharingProfile(1, "http://127.0.0.1:9/delta-sharing", "t")
    with pytest.raises(sluice.UnavailableError, match="127.0.0.1") as caught:
        sluice.SharingClient(profile, max_retries=0).list_shares()
    assert isinstance(caught.value, ConnectionError)


def test_options_are_checked_by_name(profile):
    with pytest.raises(sluice.InvalidArgumentError, match="color"):
        sluice.SharingClient(profile, color="red")
    with pytest.raises(sluice.InvalidArgumentError, match="max_retries"):
        sluice.SharingClient(profile, max_retries="often")


def test_profiles_come_in_every_form(profile):
    text = pathlib.Path(profile).read_text()
    forms = [profile, pathlib.Path(profile), pathlib.Path(profile).as_uri()]
    forms += [open(profile), open(profile, "rb"), sluice.DeltaSharingProfile.from_json(text)]
    for form in forms:
        assert sluice.SharingClient(form).list_shares() == [sluice.Share("tables")]


def test_version_metadata_and_protocol(at, client, data):
    url = at("default.sales")
    version = sluice.get_table_version(url)
    assert version == client.table("tables.default.sales").version() > 5
    metadata = sluice.get_table_metadata(url)
    names = [field["name"] for field in json.loads(metadata.schema_string)["fields"]]
    assert names == parquet.read_schema(data / "expected/sales.parquet").names
    assert list(metadata.partition_columns) == ["region", "day"]
    assert metadata.format.provider == "parquet"
    assert sluice.get_table_metadata(url, use_delta_format=False).partition_columns == ["region", "day"]
    assert sluice.get_table_protocol(url).min_reader_version == 1


def test_version_at_a_time(at):
    url = at("default.versions")
    assert sluice.get_table_version(url) == 4
    assert sluice.get_table_version(url, starting_timestamp="2024-05-01T11:30:00Z") == 2


def test_tls_is_verified(data, tmp_path):
    """The server's certificate is its own authority: trusted by file, by environment, or not."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    files = ["-nodes", "-days", "1", "-keyout", key, "-out", certificate]
    subprocess.run([*make, *files, *subject], check=True, capture_output=True)
    tls = ["--tls-cert", certificate, "--tls-key", key]
    with server.SharedFolder(data / "tables", tmp_path / "p.share", *tls) as shared:
        assert shared.endpoint.startswith("https://")
        url = f"{shared.profile}#tables.default.versions"
        with pytest.raises(sluice.SluiceError, match="certificate"):
            sluice.SharingClient(shared.profile, max_retries=0).list_shares()
        client = sluice.SharingClient(shared.profile, ca_file=str(certificate))
        assert client.table("tables.default.versions").to_arrow().num_rows == 50
        unverified = sluice.SharingClient(shared.profile, verify_tls=False)
        assert unverified.list_shares() == [sluice.Share("tables")]
        for name in ("SSL_CERT_FILE", "CURL_CA_BUNDLE"):
            with pytest.MonkeyPatch.context() as patch:
                patch.delenv("SSL_CERT_FILE", raising=False)
                patch.setenv(name, str(certificate))
                assert sluice.load_as_arrow(url).num_rows == 50


def test_how_tables_are_read(profile):
    name = "tables.default.versions"
    for access in ("auto", "url"):
        assert sluice.SharingClient(profile, access=access).table(name).to_arrow().num_rows == 50
    folders = sluice.SharingClient(profile, access="dir", storage_options={"verifyTls": True})
    # Folders of the server's own disk are opened to nobody.
    with pytest.raises(sluice.UnsupportedError, match="accessModes are 'url' alone.*access 'auto'"):
        folders.table(name).to_arrow()
    with pytest.raises(sluice.InvalidArgumentError, match="'folder' is none of auto, url and dir"):
        sluice.SharingClient(profile, access="folder")
