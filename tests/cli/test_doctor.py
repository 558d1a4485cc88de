"""``nemo doctor``: everything but the token."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from nemo_lab.cli.main import cli

TOKEN = "nmv_usr_canary"


def test_it_finds_this_installation_well():
    result = CliRunner().invoke(cli, ["doctor", "--json"])
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["problems"] == []
    assert facts["local_engine"]["works"]
    assert all(facts["codecs"]["encode"].values())
    assert facts["versions"]["av"]
    assert set(facts["extras"]) == {"jupyter", "obs", "dask", "otio", "captions", "keyring", "llm"}


def test_it_says_how_to_get_what_is_missing(monkeypatch):
    monkeypatch.setattr("nemo_lab.cli.doctor.find_spec", lambda name: None)
    monkeypatch.setattr("nemo_lab.cli.doctor._version", lambda name: None)
    result = CliRunner().invoke(cli, ["doctor"])
    assert result.exit_code == 1
    assert "pip install 'nemo-lab[jupyter]'" in result.stdout
    assert "no fonts: pip install noto-cjk-sans-otc" in result.stdout


@pytest.mark.parametrize("where", ["environment", "file"])
def test_it_says_where_the_token_comes_from_but_not_what_it_is(monkeypatch, clean_environment, where):
    if where == "environment":
        monkeypatch.setenv("NEMO_TOKEN", TOKEN)
    else:
        (clean_environment / "config").mkdir()
        (clean_environment / "config" / "config.toml").write_text(f'token = "{TOKEN}"\n')
    for options in ([], ["--json"]):
        result = CliRunner().invoke(cli, ["doctor", *options])
        assert ("NEMO_TOKEN" if where == "environment" else "config.toml") in result.stdout
        assert TOKEN not in result.output
        assert "cloud" in result.stdout


def test_a_data_folder_that_cannot_be_written_to_is_a_problem(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("NEMO_DATA_DIR", str(tmp_path / "file" / "below"))
    result = CliRunner().invoke(cli, ["doctor"])
    assert result.exit_code == 1
    assert "set NEMO_DATA_DIR" in result.stdout
    assert "DOES NOT START" in result.stdout
