"""Translations that exist already: sentence pairs from files and from catalogues of a machine."""

from pipeline.bitexts.reading import bitext_version, read_bitext

__all__ = ["bitext_version", "read_bitext"]
