"""Translations that exist already: sentence pairs from files and from catalogues of a machine."""

from pipeline.bitexts.neighbours import neighbour_sources, read_neighbours
from pipeline.bitexts.reading import bitext_version, read_bitext

__all__ = ["bitext_version", "neighbour_sources", "read_bitext", "read_neighbours"]
