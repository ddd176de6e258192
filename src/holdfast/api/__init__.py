"""The HTTP front room: authentication, errors, paging and one file per chapter of the API reference."""
