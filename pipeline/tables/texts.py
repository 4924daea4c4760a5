"""What was read: pages and their sentences, articles, existing bitexts.

Boxes are PDF points from the page's top left.
"""

import pyarrow as pa

from pipeline.tables.columns import as_schema

BOX = pa.struct([(side, pa.float32()) for side in ("x0", "top", "x1", "bottom")])

WORD = pa.struct(
    [
        ("text", pa.string()),
        ("raw_text", pa.string()),  # as the engine read it; null where nothing was repaired
        ("box", BOX),
        ("confidence_fraction", pa.float32()),  # 1 for a text layer
        ("line_number", pa.int32()),  # 0-based within the page, in reading order
        ("font_size", pa.float32()),  # points; estimated from the letters' height by OCR
    ]
)

TEXTBOOK_PAGES = as_schema(
    [
        ("document_key", pa.string()),
        ("page_number", pa.int32(), "1-based as in the PDF; 0 when the file cannot be opened"),
        ("width_points", pa.float32()),
        ("height_points", pa.float32()),
        ("method", pa.string(), "text_layer | ocr | none"),
        ("method_reason", pa.string(), "why this method: one clause for people"),
        ("turned_degrees", pa.float32(), "counter-clockwise, to be read by OCR; boxes are not"),
        ("text", pa.string(), "lines joined by newlines, as printed"),
        ("words", pa.list_(WORD)),
        ("confidence_fraction", pa.float32(), "mean over words"),
        ("reject_reason", pa.string()),
    ]
)

TEXTBOOK_SENTENCES = as_schema(
    [
        ("sentence_id", pa.string()),
        ("document_key", pa.string()),
        ("sentence_number", pa.int32(), "0-based among the document's kept rows, then rejects"),
        ("language", pa.string()),
        ("text", pa.string()),
        ("kind", pa.string(), "heading | paragraph | exercise | list | formula | caption | table"),
        ("section_number", pa.int32(), "0 before the first heading"),
        ("page_number", pa.int32(), "where the sentence starts"),
        ("box", BOX, "of its part on that page"),
        ("confidence_fraction", pa.float32()),
        ("reject_reason", pa.string()),
    ]
)

NEWS_PAGES = as_schema(
    [
        ("page_id", pa.string(), "`identify(url, SHA-256 of the body)`: one version of one page"),
        ("site", pa.string(), "the site's name in the recipe"),
        ("url", pa.string(), "as asked for, without fragment"),
        ("final_url", pa.string(), "after redirects"),
        ("status", pa.int32(), "HTTP status; 0 when no answer came"),
        ("content_type", pa.string()),
        ("etag", pa.string(), "validators for the next visit; null when the site sends none"),
        ("last_modified", pa.string()),
        ("body", pa.large_binary(), "as sent, decompressed"),
        ("reject_reason", pa.string(), 'e.g. "HTTP 404", "forbidden by robots.txt"'),
    ]
)

NEWS_ARTICLES = as_schema(
    [
        ("document_key", pa.string(), "news/<site>/<path of its URL>"),
        ("page_id", pa.string()),
        ("site", pa.string()),
        ("url", pa.string(), "canonical"),
        ("article_id", pa.string(), "the number that language versions share on this site"),
        ("shared_path", pa.string(), "its path without the language, where versions share it"),
        ("language", pa.string(), "as the site's address claims; else as the text tells"),
        ("alternate_urls", pa.list_(pa.string()), "its other languages, by hreflang"),
        ("title", pa.string()),
        ("category", pa.string(), "as the site names it; null when it does not"),
        ("published_on", pa.date32(), "null when the page does not say"),
        ("lead_image", pa.string(), "URL of its picture, as the page names it to other sites"),
        ("paragraphs", pa.list_(pa.string()), "the article alone, in order, without its title"),
        ("found_by", pa.string(), "selectors | trafilatura | trafilatura, generously"),
        ("licence", pa.string()),
        ("reject_reason", pa.string(), 'e.g. "fallback: rus_Cyrl text on a tuk_Latn page"'),
    ]
)

NEWS_SENTENCES = as_schema(
    [
        ("sentence_id", pa.string()),
        ("document_key", pa.string()),
        ("sentence_number", pa.int32(), "0-based among the document's kept rows, then rejects"),
        ("language", pa.string()),
        ("text", pa.string()),
        ("kind", pa.string(), "heading (the title) | paragraph"),
        ("section_number", pa.int32(), "paragraph, 0 for the title"),
        ("url", pa.string()),
        ("confidence_fraction", pa.float32(), "1: text, not a picture of it"),
        ("reject_reason", pa.string()),
    ]
)

BITEXT_PAIRS = as_schema(
    [
        ("pair_id", pa.string()),
        ("document_key", pa.string(), "bitexts/<source name>"),
        ("group_key", pa.string(), "what may not be torn apart by a split: a file, a category"),
        ("source_language", pa.string()),
        ("target_language", pa.string()),
        ("source_text", pa.string()),
        ("target_text", pa.string()),
        ("locator", pa.string(), "file and message id, or line"),
        ("licence", pa.string()),
        ("provenance", pa.string(), "where the source came from: a URL, or package and version"),
        ("reject_reason", pa.string()),
    ]
)

PASSAGES = as_schema(
    [
        ("document", pa.string(), "its name, e.g. of its file"),
        ("language", pa.string()),
        ("first_place", pa.string(), "of its first paragraph, e.g. the number of a line"),
        ("last_place", pa.string()),
        ("text", pa.string(), "paragraphs, a line each"),
    ]
)
