"""What a click leads to."""

from typing import Any

import pytest

from functions.ingest.dialects.clicks import describe_click

PAGE = "https://blog.example/a?b=1"


@pytest.mark.parametrize(
    ("given", "event"),
    [
        ({"$external_click_url": "https://other.example/x?token=1#y"}, ("outbound_link", "https://other.example/x")),
        ({"$external_click_url": "https://other.example/x.PDF"}, ("file_download", "https://other.example/x.PDF")),
        ({"$elements": [{}, 3, {"attr__href": "b.zip"}]}, ("file_download", "https://blog.example/b.zip")),
        ({"$elements_chain": 'b;a:attr__href="//other.example/"'}, ("outbound_link", "https://other.example/")),
        ({"$elements": [{"attr__href": "/next"}]}, None),
        ({"$elements": [{"attr__href": "mailto:ann@blog.example"}]}, None),
        ({"$elements": [{"attr__href": "http://[broken"}]}, None),
        ({"$elements": 3, "$elements_chain": 4}, None),
        ({}, None),
        ({"$event_type": "submit"}, ("form_submit", "https://blog.example/a")),
    ],
)
def test_links_that_leave_files_and_forms_are_events(given: dict[str, Any], event: tuple[str, str] | None) -> None:
    told = describe_click({"$current_url": PAGE, **given})
    assert told == (event and (event[0], {"url": event[1]}))
