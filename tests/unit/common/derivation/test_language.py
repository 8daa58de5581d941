import pytest

from common.derivation.language import read_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en-US,en;q=0.9,de;q=0.8", "en-us"),
        ("de", "de"),
        (" fr-CH ;q=0.9", "fr-ch"),
        pytest.param("zh-Hans-CN", "zh-cn", id="without the script"),
        pytest.param("es-419", "es-419", id="a region of the UN"),
        pytest.param("sl-rozaj-biske", "sl", id="without variants"),
        pytest.param("de-x-us", "de", id="without private words"),
        ("fil", "fil"),
        ("*", None),
        ("", None),
        ("c", None),
        ("english", None),
        ("-", None),
        ("12", None),
        pytest.param("de-" + "a" * 1000, None, id="no tag"),
    ],
)
def test_the_first_language_is_read(header: str, language: str | None) -> None:
    assert read_language(header) == language
