import io
import json

import pytest
import sluice

V1 = {"shareCredentialsVersion": 1, "endpoint": "https://host/ds/", "bearerToken": "s3cret"}


def test_a_profile_keeps_what_its_file_says():
    profile = sluice.DeltaSharingProfile.from_json(
        json.dumps({**V1, "expirationTime": "2030-01-01T00:00:00Z"})
    )
    assert profile.share_credentials_version == 1
    assert profile.endpoint == "https://host/ds"
    assert profile.bearer_token == "s3cret"
    assert profile.expiration_time == "2030-01-01T00:00:00Z"


def test_secrets_are_not_shown():
    assert "s3cret" not in repr(sluice.DeltaSharingProfile.from_json(V1))


def test_text_survives_a_round_trip():
    for fields in (
        V1,
        {"shareCredentialsVersion": 2, "type": "bearer_token", "endpoint": "e", "bearerToken": "t"},
        {
            "shareCredentialsVersion": 2,
            "type": "oauth_jwt_bearer_private_key_jwt",
            "endpoint": "e",
            "auth": {"tokenEndpoint": "t", "clientId": "c", "issuer": "i", "audience": "a"},
        },
    ):
        profile = sluice.DeltaSharingProfile.from_json(fields)
        text = profile.to_json()
        assert sluice.DeltaSharingProfile.from_json(text) == profile
        if "auth" in fields:
            assert json.loads(text)["auth"] == fields["auth"]


@pytest.mark.parametrize(
    ("text", "error", "word"),
    [
        ("{", sluice.MalformedError, "JSON"),
        ("[1]", sluice.MalformedError, "object"),
        (json.dumps({**V1, "endpoint": None}), sluice.InvalidArgumentError, "endpoint"),
        (json.dumps({"shareCredentialsVersion": 1}), sluice.InvalidArgumentError, "endpoint"),
        (json.dumps({"endpoint": "e"}), sluice.InvalidArgumentError, "shareCredentialsVersion"),
        (json.dumps({**V1, "bearerToken": ""}), sluice.InvalidArgumentError, "bearerToken"),
        (json.dumps({**V1, "shareCredentialsVersion": 3}), sluice.InvalidArgumentError, "3"),
    ],
)
def test_what_is_wrong_is_named_and_secrets_are_not(tmp_path, text, error, word):
    path = tmp_path / "p.share"
    path.write_text(text)
    with pytest.raises(error) as caught:
        sluice.DeltaSharingProfile.read_from_file(path)
    assert word in str(caught.value) and "p.share" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_file_that_is_missing_is_named():
    with pytest.raises(sluice.NotFoundError, match="/nowhere.share"):
        sluice.SharingClient("/nowhere.share")


@pytest.mark.parametrize(
    "fields, error, match",
    [
        ({"type": "oauth_client_credentials"}, sluice.InvalidArgumentError, "tokenEndpoint"),
        ({"type": "kerberos"}, sluice.UnsupportedError, "kerberos"),
    ],
)
def test_credentials_that_are_incomplete_or_unknown_are_refused_by_name(fields, error, match):
    profile = sluice.DeltaSharingProfile(
        2, "https://host/ds", client_id="c", client_secret="hush", **fields
    )
    with pytest.raises(error, match=match) as caught:
        sluice.SharingClient(profile)
    assert "hush" not in str(caught.value)


def test_file_objects_are_closed():
    file = io.StringIO(json.dumps(V1))
    sluice.SharingClient(file)
    assert file.closed


@pytest.mark.parametrize("url", ["", "p", "#a.b.c", "p#a.b", "p#a..c", "p#"])
def test_urls_that_are_none(url):
    with pytest.raises(ValueError, match="#share.schema.table|share.schema.table"):
        sluice.scan(url)
