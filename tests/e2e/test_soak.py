"""The soak of soak.py, for some seconds; `make soak` runs it for as long as one likes."""

import soak

SECONDS = 8


def test_every_answer_is_a_version_while_a_writer_never_rests(tmp_path):
    outcome = soak.run(tmp_path, SECONDS)
    for report in outcome.reports:
        assert not report.error, f"{report.name}\n{report.error}"
        assert report.is_enough(), report.line()
    assert outcome.commits >= soak.VERSIONS
