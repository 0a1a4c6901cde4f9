"""What the documents tell people to type works as it stands there."""

import os
import re
import subprocess

import pyarrow as pa
import pytest
import server
import sluice
from deltalake import write_deltalake

SECONDS = 120


def blocks(path, language):
    """The code blocks of a document in one language."""
    text = (server.ROOT / path).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def typed(tmp_path_factory):
    """typed(commands) -> output, as typed where `sluice serve ./tables` was started; with its
    table `orders`."""
    folder = tmp_path_factory.mktemp("docs")
    place = folder / "tables/orders"
    for version in range(3):
        rows = {"id": [version * 2, version * 2 + 1], "amount": [0.5, 1.5]}
        write_deltalake(
            str(place),
            pa.table(rows),
            mode="append",
            configuration={"delta.enableChangeDataFeed": "true"},
        )
    official, own = (server.ROOT / name / "bin" for name in (".venv-official", ".venv"))
    with server.SharedFolder(folder / "tables", folder / "tables.share") as running:
        running.wait_for("Stop with")

        def run(commands, python=own):
            path = [str(server.SLUICE.parent), str(python), os.environ["PATH"]]
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", commands],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                env={**os.environ, "PATH": ":".join(path)},
            )
            assert done.returncode == 0, (commands, done.stdout, done.stderr)
            return done.stdout

        run.folder, run.official, run.printed = folder, official, list(running.lines)
        yield run


#: Runs the examples of a file as one session and compares what they print.
SESSION = """
import doctest, sys
flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
text = open(sys.argv[1]).read()
test = doctest.DocTestParser().get_doctest(text, {"__name__": "session"}, sys.argv[2], sys.argv[1], 0)
runner = doctest.DocTestRunner(optionflags=flags)
runner.run(test)
failed, tried = runner.summarize()
print(f"{tried} examples")
sys.exit(failed > 0)
"""


#: With how many examples they have at least.
SESSIONS = {
    "docs/profiles.md": 3,
    "docs/python/asyncio.md": 5,
    "docs/python/connect.md": 11,
    "docs/python/engines.md": 7,
    "docs/python/errors.md": 3,
    "docs/python/filter.md": 9,
    "docs/python/history.md": 14,
    "docs/python/load.md": 11,
    "docs/python/parallel.md": 10,
    "docs/python/write.md": 5,
}


def test_every_page_of_tasks_is_a_session():
    pages = {str(page.relative_to(server.ROOT)) for page in (server.ROOT / "docs/python").iterdir()}
    assert pages < set(SESSIONS)
    listed = (server.ROOT / "docs/python.md").read_text()
    assert all(f"({page[len('docs/'):]})" in listed for page in pages)


@pytest.mark.parametrize(("page", "least"), SESSIONS.items(), ids=SESSIONS)
def test_python_sessions(typed, page, least):
    text = "\n".join(blocks(page, "pycon"))
    assert "```" not in text
    (typed.folder / "session.txt").write_text(text)
    (typed.folder / "session.py").write_text(SESSION)
    printed = typed(f"python session.py session.txt {page}")
    assert int(re.search(r"(\d+) examples", printed).group(1)) >= least


def test_readme_of_the_package(typed):
    (program,) = blocks("bindings/python/README.md", "python")
    program = program.replace("config.share", "tables.share")
    program = program.replace("share.schema.table", "tables.default.orders")
    lines = [line.partition("  #")[0] for line in program.splitlines() if line.startswith("sluice.")]
    assert len(lines) == 8
    (typed.folder / "readme.py").write_text(program + "".join(f"print({line})\n" for line in lines))
    printed = typed("python readme.py")
    assert "amount" in printed and "name='orders'" in printed and "_commit_version" in printed


def test_profiles_of_each_type(typed):
    """Each opens a client; nothing is asked for yet."""
    examples = blocks("docs/profiles.md", "json")
    assert len(examples) == 4
    types = set()
    for example in examples:
        profile = sluice.DeltaSharingProfile.from_json(example.replace("…", "x"))
        sluice.SharingClient(profile)
        types.add(profile.type)
        with pytest.raises(sluice.InvalidArgumentError):
            sluice.SharingClient(profile.to_json().replace("x", ""))
    headings = re.findall(r"^## `(\w+)`", (server.ROOT / "docs/profiles.md").read_text(), re.MULTILINE)
    assert types - {None} == set(headings) - {"bearer_token"}


def test_walkthrough(typed):
    place = server.ROOT / "examples/walkthrough.py"
    printed = typed(f"python '{place}' 'tables.share#tables.default.orders'")
    assert "6 rows" in printed and "3 files" in printed and "versions 1, 2" in printed


MARK = "--next--"


def test_curl(typed):
    examples = blocks("docs/clients.md", "sh")
    assert len(examples) == 9
    outputs = typed(f"\necho {MARK}\n".join(examples)).split(f"{MARK}\n")
    _, listings, version, query, delta, page, waited, changes, file = outputs
    assert listings.count('"items"') == 3 and '"orders"' in listings
    assert re.search(r"(?i)delta-table-version: 2\b", version) and '"metaData"' in version
    assert query.count('{"file":') == 1 and '"url"' in query
    assert delta.count('"deltaSingleAction"') == 2 and "endStreamAction" in delta
    assert page.count('{"file":') == 1 and "nextPageToken" not in page
    assert waited.count('{"file":') == 3
    assert changes.count('{"add":') == 2
    assert (typed.folder / "part.parquet").read_bytes()[:4] == b"PAR1"
    assert "200" in file


def test_what_serve_prints(typed):
    """One of the lines is for Spark, which has no connector here."""
    printed = {
        found.group(1): found.group(2)
        for line in typed.printed
        if (found := re.match(r"  (sluice|Python|Spark|curl) +(\S.*)$", line))
    }
    assert set(printed) == {"sluice", "Python", "Spark", "curl"}
    assert "amount" in typed(printed["sluice"])
    assert "amount" in typed(printed["Python"], typed.official)
    assert '"name":"tables"' in typed(printed["curl"]).replace(" ", "")


def typed_in(path, heading, prompt):
    """Lines behind a prompt below a heading, without their comments."""
    section = (server.ROOT / path).read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = re.findall(rf"^    {re.escape(prompt)} (.*)$", section, re.MULTILINE)
    return [re.sub(r"\s{2,}#.*", "", line) for line in lines]


def test_readme_of_loading(typed):
    listed, shown, written = typed_in("README.md", "Load a table", "$")
    assert "orders" in typed(listed)
    assert "amount" in typed(shown)
    typed(written)
    assert (typed.folder / "orders.parquet").read_bytes()[:4] == b"PAR1"
    lines = typed_in("README.md", "Load a table", ">>>")
    assert len(lines) == 3
    program = "\n".join([lines[0], *(f"print({line})" for line in lines[1:])])
    (typed.folder / "typed.py").write_text(program)
    assert "amount" in typed("python typed.py")


@pytest.mark.parametrize("name", ["README.md", "docs/clients.md", "docs/python.md", *SESSIONS])
def test_documents_name_files_that_exist(name):
    text = (server.ROOT / name).read_text()
    for path in re.findall(r"`((?:docs|tests|scripts|src|bench)/[\w./-]+)`", text):
        assert (server.ROOT / path).exists(), (name, path)
