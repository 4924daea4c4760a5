"""Tokens come from the environment and go nowhere but to their server."""

import pytest

from assets.annotation import queue, state_of_reviews
from pipeline.errors import SourceUnavailable

TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - nobody's


@pytest.fixture
def connected(monkeypatch):
    """A Label Studio at a port where nothing listens."""
    monkeypatch.setenv("DUTAR_LABEL_STUDIO_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("DUTAR_LABEL_STUDIO_TOKEN", TOKEN)


def test_what_a_manifest_keeps_of_the_server_is_its_address(place, connected):
    kept = queue(place.recipe(), "")
    assert kept["server"] == "http://127.0.0.1:9"
    assert TOKEN not in str(kept)


def test_a_server_that_does_not_answer_is_told_without_the_token(place, connected, caplog, capfd):
    with pytest.raises(SourceUnavailable, match="does not answer") as told:
        state_of_reviews(place.recipe(), "")
    printed = capfd.readouterr()
    assert TOKEN not in f"{told.value} {caplog.text} {printed.out} {printed.err}"
