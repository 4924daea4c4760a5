"""Language tags for other people's tools (BCP 47, RFC 5646). Pure."""

from babel.core import get_global

from pipeline.languages import language


def language_tag(code: str) -> str:
    """The shortest tag: the script is named only where another one is likelier by CLDR.

    >>> language_tag("tuk_Latn"), language_tag("tuk_Cyrl"), language_tag("rus_Cyrl")
    ('tk', 'tk-Cyrl', 'ru')

    Raises:
        InputError: the language is not known.
    """
    entry = language(code)
    likely = str(get_global("likely_subtags").get(entry.iso639_1, ""))
    is_likely = entry.script in likely.split("_")
    return entry.iso639_1 if is_likely else f"{entry.iso639_1}-{entry.script}"
