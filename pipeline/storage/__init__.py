"""Artefacts: content-named files, one manifest each, verified whenever they are read."""

from pipeline.storage.artefact import Artefact
from pipeline.storage.garbage import GarbageReport, Problem
from pipeline.storage.layout import Address
from pipeline.storage.manifest import FileEntry, Fingerprint, GateVerdict, Manifest
from pipeline.storage.memo import FolderMemo
from pipeline.storage.store import Store

__all__ = [
    "Address",
    "Artefact",
    "FileEntry",
    "Fingerprint",
    "FolderMemo",
    "GarbageReport",
    "GateVerdict",
    "Manifest",
    "Problem",
    "Store",
]
