"""Rows of written triplets that tests share."""


def triplet(number, **changes):
    return {
        "triplet_id": f"triplet {number}",
        "strategy": "in_context",
        "anchor_language": "tuk_Latn",
        "written_language": "eng_Latn",
        "anchor_text": f"Stolda {number} kitap bar.",
        "positive_text": f"There are {number} books.",
        "negative_text": "There are no books.",
    } | changes
