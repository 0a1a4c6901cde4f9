"""Our client before a server whose answers are cut, stall, tell wrong lengths or refuse: the result
is right, or it is an error. Lists of files and files are hit alike."""

import json
import threading
import urllib.parse

import fault_proxy
import pytest
import server
import sluice

ROWS = 400_000
TABLE = "tables.large.wide_rows"
TOKEN = "a-token-of-the-test-that-is-long-enough"
PASSING = {**fault_proxy.PASSING, "longer": "longer", "shorter": "shorter"}
#: A peer that says nothing more is waited for `timeout_ms`; for a file, it is asked twice more.
FAULTS = {**PASSING, "stall": "stall"}


class Proxy(fault_proxy.FaultProxy):
    """Breaks requests of a kind: "query" or "_files"."""

    kind = ""

    def draw(self, path):
        return super().draw(path) if self.kind in path else None


class FirstOfEach(fault_proxy.FaultProxy):
    """Gives `fault` to the first request for every file."""

    fault = None

    def __init__(self, target):
        super().__init__(target)
        self.hit = set()

    def draw(self, path):
        with self._lock:
            file = path.partition("?")[0]
            if "_files" not in file or file in self.hit:
                return None
            self.hit.add(file)
            return self.fault


def behind(kind, shared):
    profile = json.loads(shared.profile.read_text())
    return kind(urllib.parse.urlsplit(profile["endpoint"]).port), profile


def load(profile, proxy, **options):
    port = urllib.parse.urlsplit(profile["endpoint"]).port
    near = proxy.endpoint.rpartition(":")[2]
    moved = {**profile, "endpoint": profile["endpoint"].replace(f":{port}", f":{near}")}
    settings = {"timeout_ms": 1_000, "memory_budget": 4_000_000, **options}
    return sluice.load_as_arrow(TABLE, profile=moved, columns=["id"], **settings)


def assert_whole(table):
    assert sorted(table["id"].to_pylist()) == list(range(ROWS))


@pytest.mark.parametrize("kind", ["query", "_files"])
def test_what_passes_is_asked_for_again(shared, kind):
    proxy, profile = behind(Proxy, shared)
    with proxy:
        proxy.kind, proxy.faults, proxy.rate = kind, PASSING, 0.5
        for _ in range(100):
            assert_whole(load(profile, proxy, max_retries=20))
            if set(proxy.given) == set(PASSING):
                return
    raise AssertionError(f"not every fault was given: {proxy.given}")


@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("kind", ["query", "_files"])
def test_what_does_not_pass_is_an_error(shared, kind, fault):
    proxy, profile = behind(Proxy, shared)
    with proxy:
        proxy.kind, proxy.faults, proxy.rate = kind, {fault: FAULTS[fault]}, 1.0
        with pytest.raises((sluice.UnavailableError, sluice.TimedOutError, sluice.MalformedError)):
            load(profile, proxy, max_retries=1)
        proxy.rate = 0.0
        assert_whole(load(profile, proxy))


def test_urls_that_are_refused_are_renewed(shared):
    proxy, profile = behind(FirstOfEach, shared)
    with proxy:
        # As a store does once a URL has expired.
        proxy.fault = fault_proxy.Refusal(403, "AccessDenied")
        assert_whole(load(profile, proxy))
        assert proxy.hit


def test_files_that_stall_are_asked_for_again(shared):
    proxy, profile = behind(FirstOfEach, shared)
    with proxy:
        proxy.fault = "stall"
        assert_whole(load(profile, proxy, timeout_ms=200))
        assert proxy.hit


@pytest.mark.parametrize("kind", ["query", "_files"])
@pytest.mark.parametrize("fault", ["stall", fault_proxy.Refusal(503, "SlowDown")])
def test_a_deadline_ends_what_takes_too_long(shared, kind, fault):
    proxy, profile = behind(Proxy, shared)
    with proxy:
        proxy.kind, proxy.faults, proxy.rate = kind, {"fault": fault}, 1.0
        with pytest.raises(sluice.TimedOutError, match="deadline of 500 ms"):
            load(profile, proxy, timeout_ms=60_000, deadline_ms=500)
        proxy.rate = 0.0
        assert_whole(load(profile, proxy, deadline_ms=60_000))


def test_urls_that_stay_refused_are_an_error(shared):
    proxy, profile = behind(Proxy, shared)
    with proxy:
        proxy.kind, proxy.rate = "_files", 1.0
        proxy.faults = {"refused": fault_proxy.Refusal(403, "AccessDenied")}
        with pytest.raises(sluice.PermissionDeniedError, match="renewed one too"):
            load(profile, proxy)


def test_a_server_that_is_started_again_within_a_scan(data, tmp_path):
    config = tmp_path / "s.yaml"
    text = (
        "version: 1\nshares:\n- name: a\n  schemas:\n  - name: b\n    tables:\n"
        f"    - {{name: t, location: {data}/tables/large/many_files}}\n"
        f"authorization: {{bearerToken: {TOKEN}}}\nhost: 127.0.0.1\n"
    )
    config.write_text(text + "port: 0\n")
    with server.Configured(config) as first:
        profile = server.write_profile(tmp_path / "p.share", first.endpoint, TOKEN)
        whole = sluice.load_as_arrow(f"{profile}#a.b.t").num_rows
        batches = iter(sluice.scan(f"{profile}#a.b.t", memory_budget=1, parallel_files=1))
        rows = next(batches).num_rows
        first.process.kill()
        config.write_text(text + f"port: {urllib.parse.urlsplit(first.endpoint).port}\n")
        again = []
        # Longer than a host that never answered would be asked for.
        start = threading.Timer(4.0, lambda: again.append(server.Configured(config)))
        start.start()
        try:
            rows += sum(batch.num_rows for batch in batches)
        finally:
            start.join()
            again[0].stop()
    assert rows == whole
