"""What names and descriptions on the wire may look like."""

from typing import Annotated

from msgspec import Meta

# Letters, digits, `_`, `-` and Chinese characters; \Z because $ would let a line break through.
_NAME = r"^[\u4E00-\u9FA5\uf900-\ufa2da-zA-Z0-9_\-]*\Z"
_NO_ANGLE_BRACKETS = r"^[^<>]*\Z"

Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=_NAME)]
ShortDescription = Annotated[str, Meta(max_length=64, pattern=_NO_ANGLE_BRACKETS)]
Description = Annotated[str, Meta(max_length=255, pattern=_NO_ANGLE_BRACKETS)]
Id = Annotated[str, Meta(min_length=1, max_length=255)]
Label = Annotated[str, Meta(max_length=255)]
TagKey = Annotated[str, Meta(min_length=1, max_length=36)]
TagValue = Annotated[str, Meta(max_length=43)]
