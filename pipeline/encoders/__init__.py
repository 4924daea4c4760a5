"""Sentence encoders: texts in, unit vectors out. Importing this package does not import torch."""

from pipeline.encoders.cache import EmbeddingCache
from pipeline.encoders.loading import (
    encoder_fingerprint,
    load_encoder,
    resolve_model_folder,
)
from pipeline.encoders.protocol import Encoder, Role

__all__ = [
    "EmbeddingCache",
    "Encoder",
    "Role",
    "encoder_fingerprint",
    "load_encoder",
    "resolve_model_folder",
]
