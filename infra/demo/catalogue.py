"""What the demo site's visitors come from, use and read. Each row has a weight."""

from dataclasses import dataclass

HOST = "demo.example"
APP_HOST = "docs.demo.example"

Weighted = tuple[tuple[str, int], ...]

LANDINGS: Weighted = (
    ("/", 38),
    ("/blog/counting-visitors-without-cookies", 14),
    ("/blog/what-a-bounce-rate-hides", 8),
    ("/blog/postgres-rollups-by-example", 9),
    ("/pricing", 7),
    ("/docs/getting-started", 8),
    ("/features", 6),
    ("/blog/", 4),
    ("/docs/api", 4),
    ("/about", 2),
)
NEXT: dict[str, Weighted] = {
    "/": (("/features", 34), ("/pricing", 30), ("/docs/getting-started", 14), ("/blog/", 12), ("/about", 6)),
    "/features": (("/pricing", 46), ("/docs/getting-started", 22), ("/", 12), ("/signup", 14)),
    "/pricing": (("/signup", 44), ("/features", 20), ("/docs/getting-started", 12), ("/contact", 8)),
    "/docs/getting-started": (("/docs/api", 34), ("/docs/self-hosting", 30), ("/docs/tracker", 22), ("/pricing", 8)),
    "/docs/api": (("/docs/self-hosting", 30), ("/docs/tracker", 26), ("/docs/getting-started", 20)),
    "/signup": (("/welcome", 60), ("/pricing", 20)),
}
ELSEWHERE: Weighted = (
    ("/", 22),
    ("/blog/", 14),
    ("/pricing", 16),
    ("/features", 12),
    ("/docs/getting-started", 12),
    ("/docs/tracker", 6),
    ("/docs/self-hosting", 6),
    ("/changelog", 5),
    ("/blog/postgres-rollups-by-example", 7),
)

REFERRERS: Weighted = (
    ("", 34),
    ("https://www.google.com/", 26),
    ("https://news.ycombinator.com/item", 6),
    ("https://duckduckgo.com/", 5),
    ("https://github.com/", 6),
    ("https://www.bing.com/", 3),
    ("https://www.reddit.com/r/selfhosted/", 5),
    ("https://chatgpt.com/", 4),
    ("https://lobste.rs/", 2),
    ("https://www.linkedin.com/", 3),
    ("https://www.perplexity.ai/", 1),
    ("https://mastodon.social/", 2),
    ("https://t.co/", 2),
    ("https://weekly.example/issues/214", 2),
)
CAMPAIGNS: Weighted = (
    ("", 86),
    ("utm_source=newsletter&utm_medium=email&utm_campaign=product-update", 6),
    ("utm_source=google&utm_medium=cpc&utm_campaign=privacy-analytics&utm_term=web+analytics", 4),
    ("utm_source=reddit&utm_medium=social&utm_campaign=launch", 2),
    ("utm_source=podcast&utm_medium=audio&utm_campaign=sponsorship&utm_content=mid-roll", 2),
)
COUNTRIES: Weighted = (
    ("US", 26), ("DE", 15), ("GB", 9), ("FR", 7), ("IN", 6), ("CA", 5), ("NL", 4), ("BR", 4), ("PL", 3), ("ES", 3),
    ("SE", 2), ("CH", 2), ("AU", 3), ("JP", 2), ("IT", 2), ("AT", 2), ("CZ", 1), ("NO", 1), ("DK", 1), ("ZA", 1),
    ("MX", 1), ("AR", 1), ("KE", 1), ("SG", 1), ("KR", 1), ("UA", 1), ("TR", 1), ("PT", 1), ("NZ", 1), ("ID", 1),
)  # fmt: skip
LANGUAGES: dict[str, str] = {
    "DE": "de-DE", "AT": "de-AT", "CH": "de-CH", "FR": "fr-FR", "BR": "pt-BR", "ES": "es-ES", "NL": "nl-NL",
    "PL": "pl-PL",
    "JP": "ja-JP", "IT": "it-IT", "SE": "sv-SE", "GB": "en-GB", "MX": "es-MX", "KR": "ko-KR",
}  # fmt: skip


@dataclass(frozen=True)
class Machine:
    """What a visitor browses with."""

    user_agent: str
    screen: str
    weight: int


_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_LINUX = "Mozilla/5.0 (X11; Linux x86_64"
_ANDROID = "Mozilla/5.0 (Linux; Android 10; K)"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)"
_WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_SAMSUNG = "AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0"
_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"
MACHINES = (
    Machine(f"{_WINDOWS} {_CHROME} Safari/537.36", "1920x1080", 22),
    Machine(f"{_MAC} {_CHROME} Safari/537.36", "1728x1117", 15),
    Machine(f"{_IPHONE} {_WEBKIT} Version/18.5 Mobile/15E148 Safari/604.1", "390x844", 17),
    Machine(f"{_ANDROID} {_CHROME} Mobile Safari/537.36", "412x915", 14),
    Machine(f"{_MAC} {_WEBKIT} Version/18.5 Safari/605.1.15", "1512x982", 9),
    Machine(f"{_LINUX}; rv:144.0) Gecko/20100101 Firefox/144.0", "2560x1440", 8),
    Machine("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0", "1920x1080", 6),
    Machine(f"{_WINDOWS} {_CHROME} Safari/537.36 Edg/141.0.0.0", "1536x864", 6),
    Machine(f"{_ANDROID} {_SAMSUNG} Mobile Safari/537.36", "360x780", 3),
)  # fmt: skip

BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "python-requests/2.32.3",
)
PLANS: Weighted = (("hobby", 62), ("team", 30), ("business", 8))
PRICES = {"hobby": "9.00", "team": "29.00", "business": "99.00"}
FILES: Weighted = (("docker-compose.yml", 60), ("openapi.yaml", 25), ("press-kit.zip", 15))
