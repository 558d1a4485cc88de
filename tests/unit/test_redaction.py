"""What is taken out of texts on their way out, and what is not."""

from __future__ import annotations

import logging

import pytest

from nemo_lab.redaction import HIDDEN, RedactingFormatter, redact

TOKEN = "nmv_usr_c4n4ry+/=7f3a"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Authorization: Bearer {TOKEN}", f"Authorization: {HIDDEN}"),
        ("authorization: bearer\t abc.def-1_2~3", f"authorization: {HIDDEN}"),
        ("BEARER abc", HIDDEN),
        ("{'Authorization': 'Bearer abc', 'x': 1}", "{'Authorization': '" + HIDDEN + "', 'x': 1}"),
        ('"Bearer abc"; next', f'"{HIDDEN}"; next'),
        ("Bearer abc;def,ghi", f"{HIDDEN};def,ghi"),
        (f"GET /x?token={TOKEN}&y=1 failed", f"GET /x?token={HIDDEN} failed"),
        (f"<{TOKEN}>, then {TOKEN.upper()}", f"<{HIDDEN}, then {HIDDEN}"),
        ("nmv_clm_1 and nmv_a_2", f"{HIDDEN} and {HIDDEN}"),
    ],
)
def test_tokens_are_hidden(text, shown):
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text", ["", "the bearer", "forbearer abc", "a bearer,", "nmv_usr", "nmv__x", "xnmv_usr_a", "nmv usr_a"]
)
def test_all_else_stays(text):
    assert redact(text) == text


def test_a_line_of_a_log_with_its_traceback_is_redacted_whole():
    formatter = RedactingFormatter("%(levelname)s %(message)s")
    try:
        raise ValueError(f"refused {TOKEN}")
    except ValueError as exc:
        facts = (type(exc), exc, exc.__traceback__)
    record = logging.LogRecord("n", logging.INFO, "f", 1, "sent %s", (f"Bearer {TOKEN}",), facts)
    line = formatter.format(record)
    assert line.startswith(f"INFO sent {HIDDEN}\nTraceback")
    assert line.endswith(f"ValueError: refused {HIDDEN}")
    assert TOKEN not in line
