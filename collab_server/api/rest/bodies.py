"""What the bodies of requests are made of, checked once for all routes."""

import json
import re
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, SecretStr, model_validator

from collab_server.auth.names import one_line
from collab_server.stores.people import MAX_EMAIL_CHARS, is_storable
from flowroom.model import Value

MAX_FIELDS = 100
NO_NUL = r"^[^\x00]*$"
"""What is looked up or stored as it is: PostgreSQL has no place for that character."""
EMAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+")


class Body(Value):
    """The base of request bodies: a field nobody reads is a mistake worth telling."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _few_fields(cls, data: object) -> object:
        """One mistake instead of one for each of thousands, which would take longer to tell than all else together."""
        if isinstance(data, dict) and len(data) > MAX_FIELDS:
            raise ValueError(f"expected at most {MAX_FIELDS} fields, received {len(data)}")
        return data

    @model_validator(mode="before")
    @classmethod
    def _whole_texts(cls, data: object) -> object:
        """Half a surrogate pair is no text: it can't be hashed, stored, or told in an answer."""
        try:
            json.dumps(data, ensure_ascii=False, default=str).encode()
        except UnicodeEncodeError:
            raise ValueError("expected texts of whole characters, received half a surrogate pair") from None
        except RecursionError:
            raise ValueError("expected lists and objects that nest a few dozen deep, received hundreds") from None
        return data


def an_address(text: str) -> str:
    """An email address, as far as it can be told by looking at it."""
    plain = one_line(text)
    if not EMAIL.fullmatch(plain):
        raise ValueError("expected an email address, as ada@example.org")
    if not is_storable(plain):
        raise ValueError(f"expected an email address of at most {MAX_EMAIL_CHARS} characters, ligatures written out")
    return plain


Name = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(one_line)]
GraphId = Annotated[str, Field(min_length=1, max_length=64, pattern=NO_NUL)]
Colour = Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$", description="A CSS hex colour, #rrggbb")]
Email = Annotated[str, Field(min_length=3, max_length=MAX_EMAIL_CHARS), AfterValidator(an_address)]
Password = Annotated[SecretStr, Field(min_length=1, max_length=1024, description="12 to 128 characters for a new one")]
MadeUp = Annotated[str, Field(pattern="^[A-Za-z0-9-]{8,64}$")]
"""What a caller makes up, so that a request that was not answered can be sent again as the same; a UUID will do."""
Days = Annotated[float, Field(gt=0, le=3650, description="Days until it opens nothing any more")]
