#!/usr/bin/env python3
"""Runs the tests and adds them up.

Every ctest entry is a program that runs on its own and reports its cases (GoogleTest's JSON); a
program without a report counts as one case. Python suites run under pytest, as many files at a time
as there are cores. Failures are printed in full; the last line is 'N passed, N failed', with
', N skipped' when some were.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM_SECONDS = 900
SUITE_SECONDS = 3600


@dataclasses.dataclass
class Outcome:
    name: str
    passed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    failures: list = dataclasses.field(default_factory=list)  # (case, text)

    def line(self):
        parts = [f"{self.passed} passed", f"{len(self.failures)} failed"]
        if self.skipped:
            parts.append(f"{self.skipped} skipped")
        return f"{'FAIL' if self.failures else 'ok':4} {self.name:28} {', '.join(parts)} ({self.seconds:.1f} s)"


def run_bounded(command, seconds, **options):
    """Runs a command in a process group that is killed as a whole when time is up."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        **options,
    )
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        output, _ = process.communicate()
        return None, output + f"\nstopped after {seconds} seconds"
    return process.returncode, output


def describe_exit(code):
    if code is None:
        return "ran out of time"
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def read_gtest_report(path, outcome):
    if not path.exists():
        return False
    try:
        report = json.loads(path.read_text())
    except ValueError:
        return False
    for suite in report.get("testsuites", []):
        for case in suite.get("testsuite", []):
            name = f"{suite['name']}.{case['name']}"
            if case.get("failures"):
                text = "\n".join(failure["failure"] for failure in case["failures"])
                outcome.failures.append((name, text))
            elif case.get("result") == "SKIPPED":
                outcome.skipped += 1
            elif case.get("status") == "RUN":
                outcome.passed += 1
    return True


def run_program(entry, results):
    outcome = Outcome(entry["name"])
    report = results / f"{entry['name']}.json"
    report.unlink(missing_ok=True)
    directory = next(
        (p["value"] for p in entry.get("properties", []) if p["name"] == "WORKING_DIRECTORY"), None
    )
    started = time.monotonic()
    code, output = run_bounded(
        entry["command"],
        PROGRAM_SECONDS,
        cwd=directory,
        env={**os.environ, "GTEST_OUTPUT": f"json:{report}"},
    )
    outcome.seconds = time.monotonic() - started
    reported = read_gtest_report(report, outcome)
    if code == 0 and not reported:
        outcome.passed = 1
    elif code != 0 and not (outcome.failures and code == 1):
        # It broke outside a case: a crash, a sanitizer, a hang.
        outcome.failures.append((f"{describe_exit(code)}", output))
    return outcome


def list_programs(build):
    listing = subprocess.run(
        ["ctest", "--test-dir", str(build), "--show-only=json-v1"],
        check=True,
        capture_output=True,
        text=True,
    )
    return [entry for entry in json.loads(listing.stdout)["tests"] if "command" in entry]


def run_programs(build, pattern, jobs):
    results = build / "test-results"
    results.mkdir(parents=True, exist_ok=True)
    entries = [e for e in list_programs(build) if not pattern or pattern in e["name"]]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for outcome in pool.map(lambda entry: run_program(entry, results), entries):
            print(outcome.line(), flush=True)
            yield outcome


def run_pytest(folder, build, jobs, arguments):
    name = str(folder.relative_to(ROOT))
    outcome = Outcome(name)
    results = build / "test-results"
    results.mkdir(parents=True, exist_ok=True)
    report = results / f"{name.replace('/', '-')}.xml"
    report.unlink(missing_ok=True)
    command = [str(ROOT / ".venv/bin/python"), "-m", "pytest", str(folder), "-q", "-ra"]
    command += ["-p", "no:cacheprovider", f"--junitxml={report}"]
    # A file's tests stay together, for they share servers.
    command += ["-n", str(jobs), "--dist", "loadfile", "--no-loadscope-reorder", *arguments]
    started = time.monotonic()
    code, output = run_bounded(command, SUITE_SECONDS, cwd=ROOT)
    outcome.seconds = time.monotonic() - started
    print(output, flush=True)
    cases = ElementTree.parse(report).iter("testcase") if report.exists() else []
    for case in cases:
        trouble = case.find("failure") if case.find("failure") is not None else case.find("error")
        if trouble is not None:
            case_name = f"{case.get('classname')}.{case.get('name')}"
            outcome.failures.append((case_name, trouble.text or trouble.get("message", "")))
        elif case.find("skipped") is not None:
            outcome.skipped += 1
        else:
            outcome.passed += 1
    if code != 0 and not outcome.failures:
        outcome.failures.append((describe_exit(code), output))
    print(outcome.line(), flush=True)
    return outcome


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", choices=["ctest", "pytest"])
    parser.add_argument("--match", default="", help="part of a ctest name")
    parser.add_argument("--suite", action="append", help="a pytest folder instead of all")
    parser.add_argument("pytest_arguments", nargs="*", help="after --: passed on to pytest")
    options = parser.parse_args()
    build = options.build.resolve()

    outcomes = []
    if options.only != "pytest":
        outcomes += run_programs(build, options.match, options.jobs)
    if options.only != "ctest":
        for folder in options.suite or ["bindings/python/tests", "tests/e2e"]:
            outcomes.append(run_pytest(ROOT / folder, build, options.jobs, options.pytest_arguments))

    for outcome in outcomes:
        for case, text in outcome.failures:
            print(f"\n---- FAILED {outcome.name}: {case}\n{text}")
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(len(outcome.failures) for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    tail = f", {skipped} skipped" if skipped else ""
    print(f"\n{passed} passed, {failed} failed{tail}", flush=True)
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
