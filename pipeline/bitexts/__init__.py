"""Translations that exist already: sentence pairs from the catalogues of installed packages."""

from pipeline.bitexts.catalogues import Source, catalogue_pairs, catalogue_version, read_bitext

__all__ = ["Source", "catalogue_pairs", "catalogue_version", "read_bitext"]
