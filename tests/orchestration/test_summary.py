from pipeline.storage import Address, Fingerprint
from sensors.summary import summarise

FINGERPRINT = Fingerprint(code_version="1", parameters={}, inputs={})


def test_without_a_report_the_terminal_says_so(place):
    assert summarise(place.recipe(), place.store) == "There is no report yet."


def test_the_terminal_shows_the_figures_and_where_students_and_report_are(place):
    recipe, folder = place.recipe(), place.folder / "made"
    folder.mkdir()
    (folder / "summary.txt").write_text("reading    fine\n")
    (folder / "report.html").write_text("<p>fine")
    (student_name,) = recipe.students.variants()
    for address in (
        Address("trial", "evaluation_report"),
        Address("trial", "student_models", student_name),
    ):
        place.store.publish(address, folder, fingerprint=FINGERPRINT)
    first, student, report = summarise(recipe, place.store).splitlines()
    assert first == "reading    fine"
    assert student.startswith("Student: ")
    assert report == f"Report: {place.folder / 'reports' / 'trial.html'}"
    assert (place.folder / "reports" / "trial.html").read_text() == "<p>fine"
