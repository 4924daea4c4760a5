"""What a line of a file of reviews holds, about a pair or about a triplet. Pure."""

from abc import abstractmethod
from collections.abc import Collection
from datetime import UTC
from typing import Annotated, Any, ClassVar, Self

import pyarrow as pa
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from pipeline.annotation.inferences import INFERENCE_CODES
from pipeline.annotation.verdict_codes import BY_CODE, MEANINGS
from pipeline.languages import language
from pipeline.tables import REVIEWS, TRIPLET_REVIEWS, identify
from pipeline.text.normalise import normalise


class ReviewLine(BaseModel):
    """One review as written: who said it and when; what is said, and of what, is for others.

    Attributes:
        SCHEMA: of the table that it is a row of.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    SCHEMA: ClassVar[pa.Schema]

    annotator: Annotated[str, Field(min_length=1)]
    updated_at: AwareDatetime

    @abstractmethod
    def row(self) -> dict[str, Any]:
        """As a row of `SCHEMA`."""

    def _row(self, about: str) -> dict[str, Any]:
        """The columns that are written in the line, and which review it is.

        Args:
            about: id of what is reviewed.
        """
        said = self.model_dump(exclude=set(type(self).model_fields) - set(self.SCHEMA.names))
        return said | {
            "review_id": identify("files", about, self.annotator, self.updated_at.isoformat()),
            "updated_at": self.updated_at.astimezone(UTC),
        }


class PairLine(ReviewLine):
    """A review of a pair, which is named by its id, or by both languages and both texts."""

    SCHEMA = REVIEWS

    pair_id: str | None = None
    source_language: str | None = None
    target_language: str | None = None
    source_text: str | None = None
    target_text: str | None = None
    verdict: str
    meaning: Annotated[int | None, Field(ge=min(MEANINGS), le=max(MEANINGS))] = None
    source_edit: str | None = None
    target_edit: str | None = None

    @field_validator("verdict")
    @classmethod
    def _is_known(cls, code: str) -> str:
        return _known(code, BY_CODE)

    @field_validator("source_language", "target_language")
    @classmethod
    def _is_a_language(cls, code: str | None) -> str | None:
        return code and language(code).code

    @model_validator(mode="after")
    def _names_its_pair(self) -> Self:
        if not (self.pair_id or all(self._identity())):
            raise ValueError("a pair_id is missing, or else both languages and both texts")
        return self

    def row(self) -> dict[str, Any]:
        """Of schema `REVIEWS`; an id that is given is taken at its word."""
        if self.pair_id:
            return self._row(self.pair_id)
        source_code, source, target_code, target = (part or "" for part in self._identity())
        texts = normalise(source, source_code), normalise(target, target_code)
        pair_id = identify(source_code, texts[0], target_code, texts[1])
        named = {"pair_id": pair_id, "source_text": texts[0], "target_text": texts[1]}
        return self._row(pair_id) | named

    def _identity(self) -> tuple[str | None, ...]:
        return self.source_language, self.source_text, self.target_language, self.target_text


class TripletLine(ReviewLine):
    """A review of a triplet: the row of `triplet_tasks` that was judged, and the verdicts."""

    SCHEMA = TRIPLET_REVIEWS

    task_id: str
    triplet_id: str
    strategy: str
    anchor_language: str
    written_language: str
    anchor_text: str
    positive_text: str
    negative_text: str
    positive_verdict: str
    negative_verdict: str

    @field_validator("positive_verdict", "negative_verdict")
    @classmethod
    def _is_known(cls, code: str) -> str:
        return _known(code, INFERENCE_CODES)

    def row(self) -> dict[str, Any]:
        """Of schema `TRIPLET_REVIEWS`."""
        return self._row(self.task_id)


def _known(code: str, codes: Collection[str]) -> str:
    if code not in codes:
        raise ValueError(f"{code!r} is none of {', '.join(codes)}")
    return code
