"""What goes over the wire, without a server: tasks out, reviews in, failures in words."""

import json
import xml.etree.ElementTree as ET

import httpx
import pytest

from pipeline.annotation.label_studio import PAIR_FORM
from pipeline.annotation.label_studio_client import LabelStudioClient
from pipeline.annotation.label_studio_tasks import as_review, as_task, pseudonym
from pipeline.annotation.verdict_codes import MEANINGS, VERDICT_CODES
from pipeline.errors import InputError, SourceUnavailable
from pipeline.settings import Connection, label_studio
from pipeline.tables import REVIEWS, as_table

PERSONAL, LEGACY = "header.payload.signature", "0123456789abcdef"
SOURCE, TARGET = "Kitap stoluň üstünde.", "Книга лежит на столе."


def test_the_interface_offers_every_verdict_and_meaning_with_its_key_and_nothing_else():
    interface = _interface()
    offered = {
        choices.get("name"): {(c.get("alias"), c.get("value"), c.get("hotkey")) for c in choices}
        for choices in interface.iter("Choices")
    }
    assert offered["verdict"] == {(v.code, v.name, v.hotkey) for v in VERDICT_CODES}
    assert {(alias, key) for alias, _, key in offered["meaning"]} == {
        (str(meaning), f"shift+{meaning}") for meaning in MEANINGS
    }


def test_every_field_that_the_interface_shows_is_in_a_task(make_tasks):
    interface = _interface()
    shown = {tag.get("value", "").removeprefix("$") for tag in interface.iter() if _is_field(tag)}
    assert shown <= as_task(make_tasks(1).to_pylist()[0])["data"].keys()


def test_a_task_tells_the_probability_only_as_a_score(make_tasks):
    without, with_one = (as_task(row) for row in make_tasks(2).to_pylist())
    assert "predictions" not in without
    assert with_one["predictions"][0]["result"] == []
    assert with_one["predictions"][0]["score"] == pytest.approx(0.01)
    assert "0.01" not in json.dumps(with_one["data"])


@pytest.mark.parametrize("url", ['javascript:alert("x")', "", None, "file:///etc/passwd"])
def test_only_web_addresses_become_links(make_tasks, url):
    row = make_tasks(1).to_pylist()[0] | {"source_url": url}
    assert as_task(row)["data"]["source_link"] == ""


def test_an_address_cannot_leave_its_link(make_tasks):
    row = make_tasks(1).to_pylist()[0] | {"source_url": 'https://x.example/"><script>'}
    assert "<script>" not in as_task(row)["data"]["source_link"]


def test_letters_that_keyboards_lack_are_offered_for_copying(make_tasks):
    data = as_task(make_tasks(1).to_pylist()[0])["data"]
    assert set("ňýžşä") <= set(data["source_letters"])
    assert data["target_letters"] == ""


def test_a_text_that_differs_only_in_spaces_is_no_edit():
    review = _review({"verdict": "CC"}, source_edit=f"  {SOURCE}\n", target_edit=TARGET)
    assert (review["source_edit"], review["target_edit"]) == (None, None)
    mended = _review({"verdict": "OCR"}, source_edit="Kitap\nstolda.", target_edit="")
    assert (mended["source_edit"], mended["target_edit"]) == ("Kitap stolda.", None)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({}, "no verdict"),
        ({"verdict": "GOOD"}, "unknown verdict"),
        ({"verdict": "CC", "meaning": "9"}, "unknown meaning"),
    ],
)
def test_what_cannot_be_understood_is_a_row_with_its_reason(said, reason):
    assert _review(said)["reject_reason"] == reason


def test_an_answer_to_somebody_else_s_task_is_a_row_with_its_reason():
    review = _review({"verdict": "CC"}, data={"text": "a task made by hand"})
    assert (review["reject_reason"], review["pair_id"]) == ("task without pair_id", "")


def test_only_annotators_keep_their_names():
    assert pseudonym("annotator_1@dutar.example", ("annotator_1",)) == "annotator_1"
    other = pseudonym("maral@school.example", ("annotator_1",))
    assert other.startswith("reviewer_")
    assert "maral" not in other


def test_a_personal_token_is_exchanged_and_exchanged_again_when_it_has_expired():
    answers = iter([200, 401, 200])
    seen = []

    def server(request):
        seen.append((request.url.path, request.headers.get("Authorization")))
        if request.url.path == "/api/token/refresh/":
            return httpx.Response(200, json={"access": f"short{len(seen)}"})
        return httpx.Response(next(answers), json=[])

    client = _client(PERSONAL, server)
    client.get("/api/users")
    client.get("/api/users")
    refresh, users = ("/api/token/refresh/", None), "/api/users"
    assert seen == [
        *(refresh, (users, "Bearer short1"), (users, "Bearer short1")),
        *(refresh, (users, "Bearer short4")),
    ]


def test_a_legacy_token_is_sent_as_it_is():
    def server(request):
        assert request.headers["Authorization"] == f"Token {LEGACY}"
        return httpx.Response(200, json=[])

    assert _client(LEGACY, server).get("/api/users") == []


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_server_in_trouble_is_to_be_tried_again(status):
    client = _client(LEGACY, lambda request: httpx.Response(status, text="broken"))
    with pytest.raises(SourceUnavailable, match=f"HTTP {status}"):
        client.get("/api/users")


def test_a_server_that_is_down_is_to_be_tried_again():
    def server(request):
        raise httpx.ConnectError(f"no route with {LEGACY}")

    with pytest.raises(SourceUnavailable, match="does not answer: ConnectError") as caught:
        _client(LEGACY, server).get("/api/users")
    assert LEGACY not in str(caught.value)


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404])
@pytest.mark.parametrize("token", [PERSONAL, LEGACY])
def test_a_refusal_stays_and_never_shows_the_token(status, token):
    client = _client(token, lambda request: httpx.Response(status, text=f"bad {token}"))
    with pytest.raises(InputError) as caught:
        client.get("/api/users")
    assert token not in str(caught.value)


def test_a_page_that_is_not_label_studio_s_says_so():
    client = _client(LEGACY, lambda request: httpx.Response(200, text="<html>"))
    with pytest.raises(SourceUnavailable, match="is a Label Studio there"):
        client.get("/api/users")


def test_an_address_without_a_token_is_refused_at_once():
    with pytest.raises(InputError, match="no token"):
        LabelStudioClient(Connection("http://127.0.0.1:1", ""))


def test_the_environment_wins_over_the_file_and_neither_is_printed(tmp_path, monkeypatch):
    monkeypatch.setenv("DUTAR_LABEL_STUDIO", str(tmp_path))
    monkeypatch.delenv("DUTAR_LABEL_STUDIO_URL", raising=False)
    assert label_studio() is None
    written = "DUTAR_LABEL_STUDIO_URL=http://file\nDUTAR_LABEL_STUDIO_TOKEN=a=b\n"
    (tmp_path / "connection.env").write_text(written, encoding="utf-8")
    assert label_studio() == Connection("http://file", "a=b")
    assert "a=b" not in repr(label_studio())
    monkeypatch.setenv("DUTAR_LABEL_STUDIO_URL", "http://variable")
    monkeypatch.setenv("DUTAR_LABEL_STUDIO_TOKEN", LEGACY)
    assert label_studio() == Connection("http://variable", LEGACY)
    monkeypatch.setenv("DUTAR_LABEL_STUDIO_URL", "")
    assert label_studio() is None


def _interface():
    return ET.fromstring(PAIR_FORM.read_interface())  # noqa: S314 - our own file


def _is_field(tag):
    return tag.get("value", "").startswith("$")


def _client(token, server):
    connection = Connection("http://label.example", token)
    return LabelStudioClient(connection, transport=httpx.MockTransport(server))


def _review(said, data=None, **texts):
    result = [
        *({"from_name": name, "value": {"choices": [code]}} for name, code in said.items()),
        *({"from_name": name, "value": {"text": [text]}} for name, text in texts.items()),
    ]
    annotation = {
        "id": 7,
        "created_at": "2026-11-01T10:00:00.000000Z",
        "updated_at": "2026-11-01T10:00:01.000000Z",
        "result": result,
    }
    shown = {
        "pair_id": "p1",
        "source_language": "tuk_Latn",
        "target_language": "rus_Cyrl",
        "source_text": SOURCE,
        "target_text": TARGET,
    }
    row = as_review(annotation, shown if data is None else data, "annotator_1")
    return as_table([row], REVIEWS).to_pylist()[0]
