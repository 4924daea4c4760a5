"""Sentences of one language alone, and which of them must not be learnt from."""

from pipeline.tables import ANCHOR_SENTENCES, PARALLEL_CORPUS, as_table
from pipeline.translation.monolingual import HELD_OUT, kept_texts, without_held_out

TESTED = "Kitaphana her gün irden sagat dokuzda açylýar."
LEARNT = "Çagalar mekdebiň howlusynda top oýnaýarlar."
CORPUS = as_table(
    [
        dict.fromkeys(PARALLEL_CORPUS.names)
        | {"source_language": "tuk_Latn", "source_text": text}
        | {"target_language": "rus_Cyrl", "target_text": "Перевод.", "split": split}
        for text, split in ((TESTED, "test"), (LEARNT, "train"), ("suw", "dev"))
    ],
    PARALLEL_CORPUS,
)


def _sentences(*rows):
    names = ("language", "text", "reject_reason")
    empty = dict.fromkeys(ANCHOR_SENTENCES.names)
    return as_table([empty | dict(zip(names, row, strict=True)) for row in rows], ANCHOR_SENTENCES)


def test_what_resembles_a_held_out_text_is_rejected_and_what_is_learnt_is_not():
    texts = [TESTED.upper(), TESTED + " Hawa", LEARNT, "Suw.", "Düýe çölde uzak wagt gidýär."]
    rows = _sentences(*(("tuk_Latn", text, None) for text in texts))
    judged = without_held_out(rows, "tuk_Latn", CORPUS, 0.8)
    assert judged.schema.equals(ANCHOR_SENTENCES)
    assert judged["reject_reason"].to_pylist() == [HELD_OUT, HELD_OUT, None, HELD_OUT, None]


def test_an_earlier_reason_stays():
    rows = _sentences(("tuk_Latn", TESTED, "duplicate"))
    judged = without_held_out(rows, "tuk_Latn", CORPUS, 0.8)
    assert judged["reject_reason"].to_pylist() == ["duplicate"]


def test_only_kept_sentences_of_the_language_are_texts_to_learn():
    rows = _sentences(
        ("tuk_Latn", "suw", None), ("tuk_Latn", "öý", HELD_OUT), ("rus_Cyrl", "вода", None)
    )
    assert kept_texts(rows, "tuk_Latn") == ["suw"]
