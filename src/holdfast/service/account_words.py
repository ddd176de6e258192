"""What the names and descriptions of users, projects, domains and credentials may be."""

from holdfast.model.errors import InvalidParameter

LONGEST_NAME = 64
LONGEST_DESCRIPTION = 255


def check_name(field: str, name: str) -> None:
    """Raises InvalidParameter naming the field for a name that nobody could type."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidParameter(field, f"must be 1 to {LONGEST_NAME} printable characters")


def check_description(field: str, description: str) -> None:
    """Raises InvalidParameter naming the field for a text that is too long."""
    if len(description) > LONGEST_DESCRIPTION:
        raise InvalidParameter(field, f"must be at most {LONGEST_DESCRIPTION} characters")
