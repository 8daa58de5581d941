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
        pytest.param("de-u-co-phonebk", "de", id="without a collation"),
        pytest.param("en-u-hc-h23", "en", id="without a clock"),
        pytest.param("en-t-jp", "en", id="without what it was translated from"),
        pytest.param("th-TH-u-ca-gregory-nu-thai", "th-th", id="a region before an extension"),
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
