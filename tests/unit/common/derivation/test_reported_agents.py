"""Agents that were taken for what they are not, and a corpus of browsers that stays people whatever the lists hold."""

import re
from pathlib import Path

import pytest

from common.derivation.agent import read_agent
from common.derivation.bots import is_bot, load_people

BROWSERS = [
    line.split("\t")
    for line in (Path(__file__).resolve().parents[3] / "data" / "browsers.tsv").read_text().splitlines()
]
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
VIEW = f"{WEBKIT} Version/4.0 Chrome/142.0.7444.142 Mobile Safari/537.36"


def test_no_browser_of_the_corpus_is_a_bot() -> None:
    """Fails when an update of crawler-user-agents hits people: then bots-people.csv needs a line."""
    assert len(BROWSERS) > 350
    assert [agent for _, agent in BROWSERS if is_bot(agent)] == []


def test_every_browser_of_the_corpus_gets_its_device() -> None:
    found = [(device, read_agent(agent).device, agent) for device, agent in BROWSERS if device != "-"]
    assert [one for one in found if one[0] != one[1]] == []


@pytest.mark.parametrize(
    "agent",
    [
        f"Mozilla/5.0 (Linux; Android 15; CPH2557 Build/AP3A.240617.008; wv) {VIEW} Instagram 406.0.0.58.159 Android",
        f"Mozilla/5.0 (Linux; Android 15; RMX3888 Build/AP3A.240617.008; wv) {VIEW} [FB_IAB/FB4A;FBAV/500.0.0.1.1;]",
        f"Mozilla/5.0 (Linux; Android 15; V2309 Build/AP3A.240617.008; wv) {VIEW}",
        f"Mozilla/5.0 (Linux; Android 15; PKC110 Build/AP3A.240617.008) {VIEW} HeyTapBrowser/40.9.0.1",
        f"Mozilla/5.0 (Linux; Android 16; Pixel 10 Build/CP1A.260305.018; wv) {VIEW} MetaIAB Facebook",
        f"Mozilla/5.0 (Linux; Android 14; SM-A155F Build/UP1A.231005.007; wv) {VIEW} Viber/25.0.0.1",
        f"Mozilla/5.0 (Linux; Android 10; M40SE Build/QP1A.190711.020; wv) {VIEW} SogouMSE,SogouMobileBrowser/6.1.5",
        f"Mozilla/5.0 (Linux; Android 4.2.2; HTC Butterfly Build/JDQ39) {WEBKIT} Chrome/31.0.1650.59 Mobile",
        f"Mozilla/5.0 (Linux; Android 13; moto spider (2022)) {WEBKIT} Chrome/124.0.0.0 Mobile Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 15; CUBOT X90) {WEBKIT} Chrome/130.0.0.0 Mobile Safari/537.36",
    ],
)
def test_a_phone_or_an_app_whose_name_is_in_the_list_is_a_person(agent: str) -> None:
    assert not is_bot(agent)


@pytest.mark.parametrize(
    "name", ["Tumblr/40", "Podimo/3", "HubSpot/9", "Zapier", "inoreader/7", "Disqus/2", "Stripe/1"]
)
def test_an_app_that_shows_a_page_is_a_person_and_its_server_is_none(name: str) -> None:
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    assert not is_bot(f"{phone} Mobile/15E148 {name}")
    assert not is_bot(f"Mozilla/5.0 (Linux; Android 14; SM-A155F Build/UP1A.231005.007; wv) {VIEW} {name}")
    assert is_bot(f"{name} (+https://example.com/fetching)")


@pytest.mark.parametrize(
    "agent",
    [
        "ExampleBot/1.0", "Example_bot", "ExampleBotCollector BETA", "robots", "Mozilla/5.0 (compatible; Examplebot)",
        "Example Crawler", "nlcrawl", "SpiderExample", "page-scraper/2", "Example Link Preview/1.0", "URL Unfurler",
        "example-thumbnails", "Uptime watch", "Site Monitor 2", "ELB-HealthChecker/2.0", "Favicon Fetcher",
        "special_archiver/3.2", "Example Validator", "SSL Checker", "Link-checking 1", "Port Scanner", "Blog Indexer",
        "baidu Transcoder", "Email Extractor", "ContentAnalyzer/1.0", "ExampleInspector", "Copyvio Detector",
        "Internet Survey", "University Research 1", "RSS reader", "Example Feed Parser", "Feed (3 subscribers)",
        "Example/1.0 (+https://example.com/about)", "Example/1.0 (ops@example.com)",
        "Mozilla/5.0 (compatible; Exam/1.0)",
        f"Mozilla/5.0 {WEBKIT[:-1]}; compatible; Exampler/1.0) Chrome/130.0.0.0 Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 8.0; Pixel 2 Build/OPD3; compatible; Google-Example) {WEBKIT} Chrome/74 Mobile",
        f"Mozilla/5.0 (Linux; Android 11; moto g power (2022)) {WEBKIT} Chrome/119.0.0.0 Mobile Chrome-Lighthouse",
        f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} HeadlessChrome/130.0.0.0 Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 14; SM-A155F Build/UP1A.231005.007; wv) {VIEW} (compatible; ExampleBot/1.0)",
        f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/130.0.0.0 Safari/537.36 (+https://example.com/why)",
        "Java/1.8.0_92", "node", "undici", "Ruby", "reqwest/0.9.19", "Deno/1.26.1", "k6/0.31.1", "PostmanRuntime/7.1.1",
        "WhatsApp/2.23.20.0 A", "okhttp/4.12.0", "libredtail-http", "Python/3.12 aiohttp/3.9",
        "Consul Health Check", "nginx/1.27 (health_check)", "GoogleHC/1.0", "Envoy/HC", "rest-client/2.1.0 ruby/3.3.0",
        "PowerShell/7.4.1", "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.1",
    ],
)  # fmt: skip
def test_what_names_itself_a_program_is_a_bot(agent: str) -> None:
    assert is_bot(agent)


NAMED = (
    "GPTBot/1.2; +https://openai.com/gptbot", "ChatGPT-User/1.0; +https://openai.com/bot", "ClaudeBot/1.0",
    "Claude-User/1.0; +Claude-User@anthropic.com", "PerplexityBot/1.0", "Perplexity-User/1.0", "Amazonbot/0.1",
    "Bytespider; spider-feedback@bytedance.com", "meta-externalagent/1.1", "meta-externalfetcher/1.1", "CCBot/2.0",
    "DuckAssistBot/1.2", "MistralAI-User/1.0", "Google-CloudVertexBot", "cohere-ai", "Diffbot/0.1", "PetalBot",
    "TikTokSpider", "UptimeRobot/2.0",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_assistants_and_monitors_are_bots(name: str) -> None:
    assert is_bot(f"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; {name})")


def test_each_exception_compiles_and_removes_no_crawler_that_names_itself() -> None:
    assert isinstance(load_people(), re.Pattern)
    for agent in (
        "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)",
        "Mozilla/5.0 (compatible; Butterfly/1.0; +http://labs.topsy.com/butterfly/) Gecko/2009032608 Firefox/3.0.8",
        "008/0.83 (http://www.advancedwebranking.com)", "Viber", "Blackboard Safeassign", "NewsBlur Feed Fetcher",
        f"Mozilla/5.0 (Linux; Android 6.0.1; AcmeBot/1.0) {WEBKIT} Chrome/41.0 Mobile Safari/537.36",
    ):  # fmt: skip
        assert is_bot(agent), agent


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (f"(Phone; OpenHarmony 6.0) {WEBKIT} Chrome/132.0.0.0 Safari/537.36 ArkWeb/6.0 Mobile", "mobile"),
        (f"(Phone; HarmonyOS 5.0) {WEBKIT} Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1", "mobile"),
        (f"(Tablet; OpenHarmony 6.0) {WEBKIT} Chrome/132.0.0.0 Safari/537.36 ArkWeb/6.0", "tablet"),
        (f"(PC; OpenHarmony 6.0) {WEBKIT} Chrome/132.0.0.0 Safari/537.36 ArkWeb/6.0", "desktop"),
        (f"(2in1; HarmonyOS 5.0) {WEBKIT} Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1", "desktop"),
        (f"(Linux; Android 9; AFTT) {WEBKIT} Silk/128.5.4 like Chrome/128.0 Safari/537.36", "tv"),
        (f"(Linux; Android 9; AFT6E0FA) {WEBKIT} Silk/128.5.4 like Chrome/128.0 Safari/537.36", "tv"),
        (f"(Linux; Android 11; AFTDEC012E Build/RS8113.2338N; wv) {VIEW}", "tv"),
        (f"(Linux; Android 10; 2020/2021 UHD Android TV Build/QTG3; wv) {VIEW}", "tv"),
        (f"(Linux; Android 11; SHIELD Android TV Build/RQ1A; wv) {VIEW}", "tv"),
        (f"(Linux; Android 6.0.1; STV100-4) {WEBKIT} Chrome/56.0.2924.87 Mobile Safari/537.36", "mobile"),
        (f"(Linux; Android 5.1; Positivo Twist) {WEBKIT} Chrome/56.0.2924.87 Mobile Safari/537.36", "mobile"),
        (f"(Linux; Android 7.0; LG-H960) {WEBKIT} Chrome/87.0.4280.141 Mobile Safari/537.36", "mobile"),
        ("(PlayStation 5/SmartTV) AppleWebKit/605.1.15 (KHTML, like Gecko)", "console"),
    ],
)
def test_sets_are_no_phones_and_phones_no_sets(agent: str, device: str) -> None:
    assert read_agent(f"Mozilla/5.0 {agent}").device == device
