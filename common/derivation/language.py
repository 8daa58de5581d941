"""A reader's language, by what the browser asks for."""


def read_language(accept_language: str) -> str | None:
    """The first language of an Accept-Language header as primary[-region] in lower case, such as en-us."""
    raise NotImplementedError
