import re
from functools import cache
from html.parser import HTMLParser

import pytest
from markupsafe import Markup

from pipeline.evaluation.measures.scores import Mistake
from pipeline.evaluation.report import words
from pipeline.evaluation.report.facts import SuiteFacts
from pipeline.evaluation.report.headline import headline
from pipeline.evaluation.report.page import LineageRow, ReportData, render_report
from pipeline.evaluation.report.plots import CalibrationBin, Mark, interval_plot
from pipeline.evaluation.report.views import compared
from pipeline.storage import GateVerdict
from pipeline.tables import FUNNEL, LEADERBOARD, SCORES, as_table

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'
FORWARD = "tuk_Latn-rus_Cyrl"
UNDEFINED = ("value", "ci_low", "ci_high")


def _score(model, value, **changes):
    row = {
        "suite": "held_out",
        "model": model,
        "model_fingerprint": "student hash" if model != "start" else "start hash",
        "direction": FORWARD,
        "metric": "p_at_1",
        "value": value,
        "n": 118,
        "pool_size": 1180,
        "ci_low": value - 0.07,
        "ci_high": value + 0.07,
        "confidence_level_fraction": 0.95,
        "seed": 13,
    }
    return row | changes


def _scores(gain=0.33, low=0.25):
    change = _score("difference", gain, ci_low=low, ci_high=0.41)
    return as_table([_score("start", 0.38), _score("student", 0.71), change], SCORES)


def _funnel(text="Suw"):
    pair = {
        "pair_id": "ab12",
        "source_text": text,
        "target_text": "Вода",
        "source_language": "tuk_Latn",
        "target_language": "rus_Cyrl",
        "source_document": "textbooks/tebigat_tuk",
        "locator": "page 12",
        "cosine": 0.41,
    }
    outcome = {"origin": "textbooks", "pair_count": 33, "sample": [pair]}
    return as_table(
        [outcome | {"split": "train"}, outcome | {"reject_reason": "cosine below 0.8"}], FUNNEL
    )


def _data(text="Suw", **changes):
    parts = {
        "title": f"Turkmen {text}",
        "focus": "tuk_Latn",
        "pivots": ("rus_Cyrl",),
        "scores": _scores(),
        "others": {
            "retention": as_table(
                [_score("student", 0.98, metric="retention_spearman", direction="rus_Cyrl")], SCORES
            ),
            "agreement": as_table([_score(text, 0.8, metric="alpha_accept", direction="")], SCORES),
            "judged_triplets": as_table(
                [
                    _score(text, 0.6, metric="triplet_right"),
                    _score(text, 0, metric="alpha_triplet") | dict.fromkeys(UNDEFINED),
                ],
                SCORES,
            ),
            "reading": as_table([_score(text, 0.02, metric="cer", direction="tuk_Latn")], SCORES),
        },
        "leaderboard": as_table(
            [{"model": text, "value": 0.71, "ci_low": 0.6, "ci_high": 0.8, "reason": text}],
            LEADERBOARD,
        ),
        "calibration": (CalibrationBin(0.2, 0.1, 15), CalibrationBin(0.9, 0.95, 15)),
        "filtering": _funnel(text),
        "browser": "pairs/index.html",
        "row_addresses": {"ab12": "pairs/documents/a.html#ab12"},
        "notes": (text,),
        "alignment": as_table(
            [_score("length only", 0.6, metric="strict_f1", suite=f"book {text}")], SCORES
        ),
        "funnel": _funnel(text),
        "training": {"loss": {0: 2.0, 10: 1.0}, text: {10: 1.5}},
        "mistakes": (Mistake("held_out", FORWARD, text, text, text, text, 0.1, kind=text),),
        "suites": {"held_out": SuiteFacts(text, "retrieval", "test", text, text, text)},
        "gates": (GateVerdict("leak", is_passed=False, reason=text),),
        "lineage": (LineageRow(text, "ab" * 32, "1", 2219),),
        "facts": {"Command": text},
    }
    return ReportData(**(parts | changes))


@cache
def _page():
    return render_report(_data())


class _Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.open = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_asks_for_nothing_from_elsewhere():
    parsed = _Tags(_page())
    assert parsed.open == []
    assert not {"script", "link", "iframe", "img", "object", "base"} & set(parsed.tags)
    for name, value in parsed.attributes:
        assert name not in {"src", "srcset", "action", "data"}
        assert name not in {"href", "xlink:href"} or value.startswith(("#", "pairs/"))
        assert "url(" not in (value or "") or "url(#" in value


def test_no_style_loads_anything():
    page = _page()
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    assert "@import" not in style
    assert "url(" not in style


def test_hostile_text_stays_text_everywhere():
    page = render_report(_data(EVIL))
    parsed = _Tags(page)
    assert {"script", "img"}.isdisjoint(parsed.tags)
    assert not [name for name, _ in parsed.attributes if name.startswith("on")]
    assert page.count("&lt;script&gt;") >= 20


def test_the_same_data_give_the_same_bytes():
    assert render_report(_data()) == _page()


def test_a_report_of_nothing_still_renders_without_empty_sections():
    page = render_report(ReportData(title="Empty", focus="tuk_Latn", pivots=("rus_Cyrl",)))
    assert re.findall(r'<section id="(\w+)"', page) == ["making"]


def test_all_parts_appear_in_reading_order():
    page = _page()
    assert re.findall(r'<section id="(\w+)"', page) == [
        "gates",
        "guide",
        "models",
        "boards",
        "trade_offs",
        "retrieval",
        "retention",
        "agreement",
        "judged_triplets",
        "alignment",
        "reading",
        "errors",
        "filter",
        "corpus",
        "training",
        "data_sets",
        "lineage",
        "making",
    ]
    for shown in ("cosine below 0.8", "page 12", "abababababababab", "0.980", "2\u202f219"):
        assert shown in page


def test_every_link_of_the_navigation_leads_to_a_section():
    page = _page()
    targets = re.findall(r'href="#([^"]+)"', page[: page.index("</nav>")])
    assert set(targets) == set(re.findall(r'<section id="(\w+)"', page))


def test_the_headline_says_what_the_student_can_do_and_what_it_gained():
    spoken = headline(compared(_scores()), "tuk_Latn", ("rus_Cyrl",))
    assert spoken.claim == (
        "The student finds the right Russian sentence for 71% of Turkmen sentences."
    )
    assert spoken.basis == "95% interval 64% to 78%; 118 sentences, 1\u202f180 candidates for each."
    assert spoken.change == (
        "Before training it was 38%: a change of +33.0 points (+25.0 to +41.0),"
        " more than chance explains."
    )


def test_a_gain_whose_interval_holds_zero_may_be_chance():
    spoken = headline(compared(_scores(gain=0.02, low=-0.01)), "tuk_Latn", ("rus_Cyrl",))
    assert spoken.change.endswith("which may be chance.")


@pytest.mark.parametrize(
    "scores", [None, as_table([], SCORES), as_table([_score("start", 0.4)], SCORES)]
)
def test_without_a_student_there_is_no_headline(scores):
    assert headline(compared(scores), "tuk_Latn", ("rus_Cyrl",)) is None


def test_of_several_students_the_best_is_spoken_of_by_name():
    scores = as_table([_score("start", 0.4), _score("a", 0.5), _score("b", 0.6)], SCORES)
    spoken = headline(compared(scores), "tuk_Latn", ("rus_Cyrl",))
    assert spoken.claim.startswith("b, the best of 2 students, finds")


def test_of_several_students_the_one_to_be_released_is_spoken_of_though_another_finds_more():
    scores = as_table([_score("start", 0.4), _score("a", 0.5), _score("b", 0.6)], SCORES)
    refused = {"is_releasable": False, "reason": "Not to be released: it keeps 0.7 of English."}
    board = [
        {"rank": 1, "model": "b", **refused},
        {"rank": 2, "model": "a", "is_releasable": True, "reason": "May be released."},
    ]
    spoken = headline(compared(scores), "tuk_Latn", ("rus_Cyrl",), as_table(board, LEADERBOARD))
    assert spoken.claim.startswith("a, the one of 2 students to be released, finds")
    assert "released" not in spoken.change


def test_where_no_student_may_be_released_the_headline_says_why():
    scores = as_table([_score("start", 0.4), _score("b", 0.6)], SCORES)
    reason = "Not to be released: it keeps 0.7 of English."
    board = [{"rank": 1, "model": "b", "is_releasable": False, "reason": reason}]
    spoken = headline(compared(scores), "tuk_Latn", ("rus_Cyrl",), as_table(board, LEADERBOARD))
    assert spoken.change.endswith(reason)


def test_plots_take_their_colours_from_the_page_and_keep_text_as_text():
    plot = interval_plot({"a < b, $x$": {"before": Mark(0.4, 0.3, 0.5)}}, "share")
    assert isinstance(plot, Markup)
    assert "var(--before)" in plot
    assert "#040404" not in plot
    assert "a &lt; b, $x$" in plot


def test_numbers_are_written_for_people():
    assert words.points(-0.021) == "−2.1"
    assert words.percent(0.712) == "71.2%"
    assert words.count(1234567) == "1\u202f234\u202f567"
    assert words.direction_name("tuk_Latn-rus_Cyrl") == "Turkmen to Russian"
    assert words.direction_name("first-second") == "first to second"


@pytest.mark.parametrize(
    ("locator", "place"),
    [
        ('{"source": [{"page": 3, "box": null}], "target": []}', "textbooks/a, page 3"),
        ('{"source": [{"url": "http://a.example/1", "paragraph": 2}]}', "http://a.example/1"),
        ('{"source": [], "target": [{"page": 5, "box": null}]}', "textbooks/b, page 5"),
        ("django/auth/django.po#yes", "django/auth/django.po#yes"),
        (None, "textbooks/a"),
    ],
)
def test_a_place_is_told_as_people_say_it(locator, place):
    pair = {"source_document": "textbooks/a", "target_document": "textbooks/b"}
    assert words.place(pair | {"locator": locator}) == place


def test_translations_name_their_signature_and_whom_they_are_compared_with():
    told = {"metric": "chrf2pp", "suite": "held_out"}
    rows = [
        _score("translator", 41.0, note="nrefs:1|nc:6", **told),
        _score("copy", 12.0, note="nrefs:1|nc:6", model_fingerprint="copy hash", **told),
        _score("difference", 29.0, note="translator minus copy; Holm over 1", **told),
    ]
    page = render_report(_data(others={"translation": as_table(rows, SCORES)}))
    section = page.partition('id="translation"')[2].partition("</section>")[0]
    assert "chrF++ by sacrebleu: <code>nrefs:1|nc:6</code>" in section
    assert "Against a copy" in section
