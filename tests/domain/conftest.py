"""Fixtures of the tests that need no bench."""

import pytest

from tests.domain.desk import Desk


@pytest.fixture
def desk(tmp_path, capsys, monkeypatch):
	monkeypatch.chdir(tmp_path)
	return Desk(tmp_path, capsys)
