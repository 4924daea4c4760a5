import pytest

from pipeline.storage import Address, Fingerprint, GateVerdict
from sensors.summary import summarise

FINGERPRINT = Fingerprint(code_version="1", parameters={}, inputs={})


@pytest.fixture
def made(place):
    """A folder that stands for every artefact."""
    folder = place.folder / "made"
    folder.mkdir()
    (folder / "summary.txt").write_text("reading    fine\n")
    (folder / "report.html").write_text("<p>fine")
    (folder / "scores.json").write_text("{}")
    return folder


@pytest.fixture
def publish(place, made):
    def put(asset, **options):
        return place.store.publish(
            Address("trial", asset), made, fingerprint=FINGERPRINT, **options
        )

    return put


def test_without_a_report_the_terminal_says_so(place):
    assert summarise(place.recipe(), place.store) == "There is no report yet."


def test_the_terminal_shows_the_figures_and_where_model_corpus_and_report_are(place, publish):
    for asset in ("evaluation_report", "corpus_exports", "corpus_browser", "model_release"):
        artefact = publish(asset)
    reports = place.folder / "reports" / "trial"
    assert summarise(place.recipe(), place.store).splitlines() == [
        "reading    fine",
        f"Model:  {artefact.folder()}",
        f"Corpus: {reports / 'corpus'}",
        f"Report: {reports / 'report.html'}",
        f"Scores: {reports / 'scores.json'}",
    ]
    assert (reports / "report.html").read_text() == "<p>fine"
    assert (reports / "pairs" / "summary.txt").exists()


def test_a_model_that_a_gate_refused_is_not_offered_and_the_reason_is_told(place, publish):
    publish("evaluation_report")
    gate = GateVerdict("retention", is_passed=False, reason="It forgot Russian.")
    publish("model_release", gates=[gate])
    _, model, corpus, *_ = summarise(place.recipe(), place.store).splitlines()
    assert model == "Model:  none is released, for a gate refused it. It forgot Russian."
    assert corpus == "Corpus: not exported yet"


def test_copies_are_made_anew_only_when_the_content_is_another(place, publish, made):
    publish("evaluation_report")
    publish("corpus_exports")
    summarise(place.recipe(), place.store)
    kept = place.folder / "reports" / "trial" / "corpus" / "left.txt"
    kept.write_text("by a user")
    summarise(place.recipe(), place.store)
    assert kept.exists()
    (made / "more.txt").write_text("more")
    publish("corpus_exports")
    summarise(place.recipe(), place.store)
    assert not kept.exists()
    assert kept.with_name("more.txt").exists()
