import csv
from collections import Counter
from pathlib import Path
from typing import get_args

import common.derivation
from common.derivation.sources import Channel, fold_name

FOLDER = Path(common.derivation.__file__).parent
ROWS = list(csv.DictReader((FOLDER / "sources.csv").read_text(encoding="utf-8").splitlines(), strict=True))


def test_every_source_has_a_name_a_channel_and_something_that_tells_of_it() -> None:
    for row in ROWS:
        assert None not in row, row
        assert row["name"], row
        assert row["channel"] in set(get_args(Channel)) - {"direct", "internal"}, row
        assert row["domains"] or row["hosts"] or row["names"], row


def test_each_domain_name_and_click_id_belongs_to_one_source() -> None:
    for columns in (("domains", "hosts"), ("names",), ("click_ids",)):
        words = Counter(word for row in ROWS for column in columns for word in row[column].split())
        assert [word for word, times in words.items() if times > 1] == []
        assert [word for word in words if word != word.lower()] == []


def test_names_are_written_as_they_are_compared() -> None:
    names = [name for row in ROWS for name in row["names"].split()]
    assert [name for name in names if name != fold_name(name)] == []


def test_the_list_of_spam_is_one_of_domains_in_order() -> None:
    lines = (FOLDER / "referrer-spam.txt").read_text(encoding="utf-8").splitlines()
    domains = [line for line in lines if not line.startswith("#")]
    assert domains == sorted(set(domains))
    assert all("." in domain and domain == domain.lower().strip() for domain in domains)
