"""What notebooks and terminals show."""

import sys
import types

import pytest
import sluice


def test_listings_are_lists_that_show_as_tables(profile):
    client = sluice.SharingClient(profile)
    shares = client.list_shares()
    assert shares == [sluice.Share("tables")] and isinstance(shares, list)
    tables = client.list_all_tables()
    page = tables._repr_html_()
    assert page.count("<tr>") == len(tables) + 1 and "<td>sales</td>" in page
    assert list(tables.to_pandas().columns) == ["name", "share", "schema"]
    assert "<th>share</th>" in client.list_schemas(shares[0])._repr_html_()


def test_names_are_escaped():
    listing = sluice.Listing([sluice.Table("<script>", "s&", "x")])
    assert "&lt;script&gt;" in listing._repr_html_() and "<script>" not in listing._repr_html_()
    assert "nothing" in sluice.Listing([])._repr_html_()


def test_things_show_what_they_are(profile, at):
    table = sluice.SharingClient(profile).table("tables.default.sales")
    assert "tables.default.sales" in repr(table) and "sales" in table._repr_html_()
    assert "partition" in table.metadata()._repr_html_() and "id" in table.metadata()._repr_html_()
    scan = sluice.scan(at("default.versions"))
    assert "version 4" in repr(scan)
    scan.to_arrow()
    assert "<td>50</td>" in scan._repr_html_()
    assert "<sluice.Share" not in repr(sluice.Share("a"))


def test_what_is_listed_and_what_is_wanted_show_themselves(at):
    assert "<caption>Share</caption>" in sluice.Share("<a>")._repr_html_()
    assert "&lt;a&gt;" in sluice.Share("<a>")._repr_html_()
    assert "<td>b</td>" in sluice.Schema("b", "a")._repr_html_()
    assert "<td>c</td>" in sluice.Table("c", "a", "b")._repr_html_()
    table = sluice.open_table(at("default.changed"))
    snapshot = table.snapshot(version=1, columns=["id"], filters=sluice.col("id"))
    assert repr(table.snapshot()) == "<sluice.TableSnapshot of tables.default.changed>"
    assert "version=1, columns=['id']" in repr(snapshot) and "<td>1</td>" in snapshot._repr_html_()
    changes = table.changes(starting_version=0)
    assert repr(changes) == "<sluice.TableChanges of tables.default.changed with starting_version=0>"
    assert "starting_version" in changes._repr_html_()


class Bar:
    """Stands in for tqdm's bar; keeps what it was told."""

    made = []

    def __init__(self, **options):
        self.options, self.n, self.closed = options, 0, False
        Bar.made.append(self)

    def set_postfix_str(self, text, refresh):
        self.text = text

    def refresh(self):
        pass

    def close(self):
        self.closed = True


@pytest.fixture
def tqdm(monkeypatch):
    Bar.made = []
    module = types.ModuleType("tqdm.auto")
    module.tqdm = Bar
    monkeypatch.setitem(sys.modules, "tqdm", types.ModuleType("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", module)


@pytest.mark.parametrize("load", [sluice.load_as_arrow, sluice.load_as_pandas, sluice.load_as_polars])
def test_a_bar_ends_where_the_load_does(at, tqdm, load):
    load(at("large.wide_rows"), progress=True)
    (bar,) = Bar.made
    assert bar.closed and bar.n == bar.total > 0 and bar.text == "400000 rows"


def test_a_bar_is_for_somebody(at, tqdm, monkeypatch):
    sluice.load_as_arrow(at("default.versions"))
    assert Bar.made == []
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    sluice.load_as_arrow(at("default.versions"))
    assert len(Bar.made) == 1
    sluice.load_as_arrow(at("default.versions"), progress=False)
    assert len(Bar.made) == 1


def test_a_bar_without_tqdm(at, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match=r"sluice-sharing\[progress\]"):
        sluice.load_as_arrow(at("default.versions"), progress=True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert sluice.load_as_arrow(at("default.versions")).num_rows == 50


def test_the_bar_of_tqdm_itself(at, capsys):
    assert sluice.load_as_arrow(at("default.versions"), progress=True).num_rows == 50
    shown = capsys.readouterr().err
    assert "50 rows" in shown and "100%" in shown
