import concurrent.futures
import gc
import pathlib
import signal
import subprocess
import sys
import textwrap

import pyarrow as pa
import pytest
import server
import sluice


def test_a_scan_is_an_arrow_stream(at):
    scan = sluice.scan(at("large.wide_rows"))
    assert pa.schema(scan.schema).names == ["id", "bucket", "value", "text"]
    assert pa.schema(scan) == pa.schema(scan.schema)
    table = pa.table(scan)
    assert table.num_rows == 400_000
    progress = scan.progress
    assert progress.rows == 400_000 and progress.listing_done
    assert progress.files_done == progress.files_listed == 8
    assert 0 < progress.bytes_read


def test_a_scan_is_read_once(at):
    scan = sluice.scan(at("default.versions"))
    scan.to_arrow()
    with pytest.raises(sluice.InvalidArgumentError, match="once"):
        scan.to_arrow()


def test_batches_outlive_the_scan(at):
    scan = sluice.scan(at("default.versions"))
    reader = scan.to_record_batch_reader()
    del scan
    gc.collect()
    assert sum(batch.num_rows for batch in reader) == 50


def test_cancelling_ends_the_reader(at):
    scan = sluice.scan(at("large.wide_rows"))
    scan.cancel()
    scan.cancel()
    with pytest.raises(sluice.CancelledError):
        scan.to_arrow()


def test_the_end_of_a_with_block_cancels(at):
    with sluice.scan(at("large.wide_rows")) as scan:
        batches = iter(scan)
        assert next(batches).num_rows > 0
    with pytest.raises(sluice.CancelledError):
        for _ in batches:
            pass


def test_threads_share_a_client(profile):
    client = sluice.SharingClient(profile)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        counts = pool.map(
            lambda _: client.scan("tables.default.sales").to_arrow().num_rows, range(16)
        )
        assert set(counts) == {4750}


def test_a_data_file_that_is_gone_is_an_error_of_ours(tmp_path):
    import deltalake

    path = tmp_path / "tables" / "broken"
    deltalake.write_deltalake(str(path), pa.table({"id": [1, 2, 3]}))
    with server.SharedFolder(tmp_path / "tables", tmp_path / "p.share") as shared:
        next(path.glob("*.parquet")).unlink()
        for load in (sluice.load_as_arrow, sluice.load_as_pandas, sluice.load_as_polars):
            with pytest.raises(sluice.SluiceError) as caught:
                load(f"{shared.profile}#tables.default.broken")
            assert caught.value.code != "internal"
            assert "\n" not in str(caught.value)


SILENT = """
import http.server, threading
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print("asked", flush=True)
        threading.Event().wait()
    do_POST = do_GET
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.mark.parametrize("call", ["client.list_shares()", "client.scan('a.b.c').to_arrow()"])
def test_ctrl_c_ends_a_call_that_waits_for_the_server(call):
    """A server that never answers; the interrupt comes once it was asked."""
    silent = subprocess.Popen(
        [sys.executable, "-c", SILENT],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    script = f"""
        import sluice, sys
        port = sys.argv[1]
        client = sluice.SharingClient(
            sluice.DeltaSharingProfile(1, "http://127.0.0.1:" + port + "/ds", "t")
        )
        try:
            {call}
        except KeyboardInterrupt:
            print("interrupted")
    """
    try:
        port = silent.stdout.readline().strip()
        reader = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script), port],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert silent.stdout.readline() == "asked\n"
        reader.send_signal(signal.SIGINT)
        out, errors = reader.communicate(timeout=20)
        assert out == "interrupted\n", errors
        assert reader.returncode == 0
    finally:
        silent.kill()
        silent.wait()


def test_reading_lets_other_threads_run(at):
    """The GIL is free while batches are awaited: this thread counts on meanwhile."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        loading = pool.submit(lambda: sluice.load_as_arrow(at("large.wide_rows")).num_rows)
        turns = 0
        while not loading.done():
            turns += 1
        assert loading.result() == 400_000
        assert turns > 0


def test_the_module_exports_nothing_but_its_entry():
    library = next(pathlib.Path(sluice.__file__).parent.glob("_sluice*.so"))
    names = subprocess.run(
        ["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True
    ).stdout.split("\n")
    exported = [line.split()[-1] for line in names if line and not line.endswith("@@Base")]
    assert [name for name in exported if not name.startswith("_edata")] == ["PyInit__sluice"]
    assert library.name.startswith("_sluice.abi3" if sys.version_info >= (3, 10) else "_sluice.cpython")
