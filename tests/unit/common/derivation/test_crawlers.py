"""Crawlers by name."""

from pathlib import Path
from typing import get_args

import pytest

from common.crawler import AI_PURPOSES, Purpose
from common.derivation.bots import is_bot
from common.derivation.crawlers import find_crawler, load_crawlers

PEOPLE = Path(__file__).parents[3] / "data" / "browsers.tsv"


@pytest.mark.parametrize(
    ("agent", "name", "operator", "purpose"),
    [
        ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
         "GPTBot", "OpenAI", "training"),
        ("Mozilla/5.0 (compatible; ChatGPT-User/1.0; +https://openai.com/bot)", "ChatGPT-User", "OpenAI", "user"),
        ("Mozilla/5.0 (compatible; claudebot/1.0; +claudebot@anthropic.com)", "ClaudeBot", "Anthropic", "training"),
        ("Mozilla/5.0 (compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)",
         "PerplexityBot", "Perplexity", "search"),
        ("CCBot/2.0 (https://commoncrawl.org/faq/)", "CCBot", "Common Crawl", "dataset"),
        ("Mozilla/5.0 (compatible; Googlebot-Image/1.0)", "Googlebot-Image", "Google", "search_engine"),
    ],
)  # fmt: skip
def test_a_crawler_is_known_by_its_name(agent: str, name: str, operator: str, purpose: str) -> None:
    found = find_crawler(agent)
    assert found is not None
    assert (found.name, found.operator, found.purpose) == (name, operator, purpose)
    assert is_bot(agent)


@pytest.mark.parametrize("agent", ["", "curl/8.5.0", "notGPTBot/1.0", "GPTBots/1.0", "kayak/1.0", "my-CCBot/1.0"])
def test_a_part_of_a_word_is_no_name(agent: str) -> None:
    assert find_crawler(agent) is None


def test_the_list_has_purposes_of_ai_and_of_others_and_no_others() -> None:
    crawlers, _ = load_crawlers()
    purposes = {crawler.purpose for crawler in crawlers.values()}
    assert purposes == set(get_args(Purpose))
    assert sum(crawler.purpose in AI_PURPOSES for crawler in crawlers.values()) > 70


def test_no_browser_is_named() -> None:
    agents = [line.split("\t")[-1] for line in PEOPLE.read_text(encoding="utf-8").splitlines()]
    assert len(agents) > 100
    assert not [agent for agent in agents if is_bot(agent) and find_crawler(agent)]
