"""What all parameters have in common."""

from pydantic import BaseModel, ConfigDict


class Params(BaseModel):
    """Base: frozen, and a mistyped key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
