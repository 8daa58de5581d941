"""Which stream a site's events join, by what it has sent."""

from functions.ingest.router import BURST_SECONDS, MEMORY_SECONDS, Router

SHARE = 1_000


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_site_within_its_share_stays_with_the_others() -> None:
    clock = Clock()
    router = Router(1, SHARE, clock)
    for _ in range(100):
        assert router.find("blog", SHARE // 10) == 0
        clock.now += 0.1


def test_what_is_over_a_sites_share_goes_to_the_overflow_of_its_shard_and_other_sites_do_not() -> None:
    router = Router(4, SHARE, Clock())
    usual = router.find("blog", 10)
    assert {router.find("blog", SHARE) for _ in range(9)} == {usual + 4}
    assert router.find("shop", 10) < 4


def test_a_request_that_is_more_than_a_burst_goes_apart_at_once() -> None:
    assert Router(1, SHARE, Clock()).find("blog", int(BURST_SECONDS * SHARE) + 1) == 1


def test_a_site_that_stays_over_its_share_sends_nothing_between_the_others() -> None:
    clock = Clock()
    router = Router(1, SHARE, clock)
    router.find("blog", 10 * SHARE)
    for _ in range(50):
        clock.now += 0.1
        assert router.find("blog", SHARE // 5) == 1


def test_a_site_is_back_some_seconds_after_it_became_quiet() -> None:
    clock = Clock()
    router = Router(1, SHARE, clock)
    router.find("blog", 1_000 * SHARE)
    clock.now += MEMORY_SECONDS
    assert router.find("blog", 10) == 0


def test_sites_that_are_quiet_are_forgotten() -> None:
    clock = Clock()
    router = Router(1, SHARE, clock)
    for number in range(20_000):
        clock.now += 0.001
        router.find(f"site {number}", 10)
    assert len(router._levels) < 5_000


def test_without_a_share_nothing_goes_apart() -> None:
    router = Router(1, 0, Clock())
    assert {router.find("blog", 1 << 20) for _ in range(9)} == {0}


def test_a_requests_events_are_spread_with_the_overflows_first() -> None:
    loud, quiet = [("blog", b"x" * SHARE)], [("shop", b"y")]
    router = Router(1, SHARE, Clock())
    assert [*router.spread({"shop": quiet, "blog": loud}).items()] == [(1, loud), (0, quiet)]
