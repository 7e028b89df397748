"""The console's settings (`BOT_CONSOLE__*`)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class PlatformSettings(BaseModel):
    """`enabled` unset: the console runs where nothing else does. `width` is in columns; unset, the terminal's own.

    `hyperlinks` says whether the terminal hides addresses behind words (OSC 8); unset, what the terminal is
    known for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    enabled: bool | None = None
    width: Annotated[int, Field(ge=20, le=1000)] | None = None
    hyperlinks: bool | None = None
