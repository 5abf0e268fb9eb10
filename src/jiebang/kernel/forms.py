"""What request bodies are made of. Validators refuse with `kernel.malformed`, in the domain's own words."""

from __future__ import annotations

from typing import Any

import pydantic


class Body(pydantic.BaseModel):
    """Base of every request body and of the objects in it: unknown fields are errors, surrounding blanks go.

    The web reads bodies strictly, with JSON's own types: no "5" for 5, no 1 for true.
    """

    model_config = pydantic.ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


def example(**values: Any) -> pydantic.ConfigDict:
    """Make a `model_config` with a valid body, as JSON values, that the OpenAPI document shows."""
    return pydantic.ConfigDict(json_schema_extra={"examples": [values]})
