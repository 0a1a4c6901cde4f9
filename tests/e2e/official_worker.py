"""Calls the official client, run by .venv-official: a call a line on standard input, as JSON
{"call", "arguments"}; for each a pickle on standard output, of {"value"} or {"error", "status"}.

Frames come back as canonical.py makes rows. What the client prints goes to standard error.
"""

import dataclasses
import importlib
import inspect
import json
import os
import pathlib
import pickle
import pkgutil
import sys
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import canonical  # noqa: E402

import delta_sharing  # noqa: E402
from delta_sharing.protocol import DeltaSharingProfile, Schema, Share, Table  # noqa: E402
from delta_sharing.reader import DeltaSharingReader  # noqa: E402
from delta_sharing.rest_client import DataSharingRestClient  # noqa: E402


def rest_client(profile):
    return DataSharingRestClient(DeltaSharingProfile.read_from_file(profile))


def load_as_pandas(**arguments):
    return canonical.frame_rows(delta_sharing.load_as_pandas(**arguments))


def load_table_changes_as_pandas(**arguments):
    return canonical.frame_rows(delta_sharing.load_table_changes_as_pandas(**arguments))


def load_with_hints_in_sql(profile, table, hints, delta):
    """What `predicateHints` of the reader class gives; no function of the package takes them."""
    reader = DeltaSharingReader(
        Table(**table), rest_client(profile), predicateHints=hints, use_delta_format=delta
    )
    return canonical.frame_rows(reader.to_pandas())


def get_table_metadata(**arguments):
    return dataclasses.asdict(delta_sharing.get_table_metadata(**arguments))


def get_table_protocol(**arguments):
    return dataclasses.asdict(delta_sharing.get_table_protocol(**arguments))


def listings(profile):
    """Everything that SharingClient lists, and all tables once more, by the other way."""
    client = delta_sharing.SharingClient(profile)
    shares = client.list_shares()
    schemas = [schema for share in shares for schema in client.list_schemas(share)]
    tables = [table for schema in schemas for table in client.list_tables(schema)]
    return {
        "shares": [share.name for share in shares],
        "schemas": [(schema.share, schema.name) for schema in schemas],
        "tables": [(table.share, table.schema, table.name) for table in tables],
        "all": [(t.share, t.schema, t.name) for t in client.list_all_tables()],
    }


def pages(profile, what, max_results, share=None, schema=None):
    """The pages of a listing, each as names."""
    client = rest_client(profile)
    ask, place, answer = {
        "shares": (client.list_shares, (), "shares"),
        "schemas": (client.list_schemas, (Share(share),), "schemas"),
        "tables": (client.list_tables, (Schema(schema, share),), "tables"),
        "all tables": (client.list_all_tables, (Share(share),), "tables"),
    }[what]
    found, token = [], None
    while True:
        page = ask(*place, max_results=max_results, page_token=token)
        found.append([item.name for item in getattr(page, answer)])
        token = page.next_page_token
        if token is None:
            return found
        assert len(found) < 1000, "pages without an end"


def shares_by_each_form_of_profile(profile):
    path = pathlib.Path(profile)
    forms = {
        "path as text": str(path),
        "path": path,
        "text file": open(path),
        "binary file": open(path, "rb"),
        "profile": DeltaSharingProfile.from_json(path.read_text()),
    }
    return {
        name: [share.name for share in delta_sharing.SharingClient(form).list_shares()]
        for name, form in forms.items()
    }


def signatures():
    """{name: [(parameter, repr of its default or None)]} of what the package exports, and of the
    public methods of its classes, without self."""
    exported = {name: getattr(delta_sharing, name) for name in delta_sharing.__all__}
    found = {name: each for name, each in exported.items() if callable(each)}
    for name, kind in list(found.items()):
        if inspect.isclass(kind):
            for method in vars(kind):
                if not method.startswith("_") and callable(getattr(kind, method)):
                    found[f"{name}.{method}"] = getattr(kind, method)
    return {name: parameters_of(each) for name, each in found.items()}


def public(module):
    """{name: parameters} of the classes that a module of the package defines, and of their methods."""
    place = importlib.import_module(f"delta_sharing.{module}")
    found = {}
    for name, each in vars(place).items():
        if name.startswith("_") or getattr(each, "__module__", None) != place.__name__:
            continue
        if issubclass(each, dict):  # Fields of a dictionary.
            found[name] = [(field, None) for field in each.__annotations__]
            continue
        found[name] = parameters_of(each)
        for method, function in vars(each).items():
            if not method.startswith("_") and callable(getattr(each, method)):
                found[f"{name}.{method}"] = parameters_of(getattr(each, method))
    return found


def modules():
    return [module.name for module in pkgutil.iter_modules(delta_sharing.__path__)]


def parameters_of(function):
    return [
        (name, None if each.default is each.empty else repr(each.default))
        for name, each in inspect.signature(function).parameters.items()
    ]


CALLS = {
    call.__name__: call
    for call in (
        load_as_pandas,
        load_table_changes_as_pandas,
        load_with_hints_in_sql,
        delta_sharing.get_table_version,
        get_table_metadata,
        get_table_protocol,
        listings,
        pages,
        signatures,
        public,
        modules,
        shares_by_each_form_of_profile,
    )
}


def answer_to(line):
    question = json.loads(line)
    try:
        return {"value": CALLS[question["call"]](**question["arguments"])}
    except BaseException as error:  # panics of native code are no Exceptions
        if isinstance(error, KeyboardInterrupt):
            raise
        return {
            "error": canonical.error_text(error),
            "status": getattr(getattr(error, "response", None), "status_code", None),
        }


def main():
    warnings.simplefilter("ignore")
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        for line in sys.stdin:
            pickle.dump(answer_to(line), out)
            out.flush()


if __name__ == "__main__":
    main()
