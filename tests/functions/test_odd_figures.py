"""Figures of what real sites have: odd characters, comparisons, a flood of bots, many rows."""

import json

from tests.functions.site import DAY, Site, view


def test_figures_are_as_fresh_as_their_last_change_and_no_fresher(site: Site) -> None:
    events = [view("02T10:00:00")]
    site.store(events)
    first = site.stats.get("/v1/stats/summary", params={"site_id": "s", **DAY})
    fresh = first.json()["meta"]["fresh_as_of"]
    site.store(events)  # delivered again
    site.store([view("02T10:00:00", filtered="bot")], offset=50)
    again = site.stats.get("/v1/stats/summary", params={"site_id": "s", **DAY})
    assert (again.json()["meta"]["fresh_as_of"], again.headers["etag"]) == (fresh, first.headers["etag"])
    site.store([view("02T10:05:00")], offset=100)
    later = site.stats.get("/v1/stats/summary", params={"site_id": "s", **DAY})
    assert later.json()["meta"]["fresh_as_of"] > fresh
    assert later.headers["etag"] != first.headers["etag"]


def test_an_etag_is_known_again_as_proxies_change_it(site: Site) -> None:
    def ask(tag: str) -> int:
        return site.stats.get(url, headers={"If-None-Match": tag}).status_code

    url = "/v1/stats/summary?site_id=s&period=30d&timezone=UTC"
    tag = site.stats.get(url).headers["etag"]
    assert [ask(one) for one in (tag, f"W/{tag}", f'"x", W/{tag}', "*", '"x"')] == [304, 304, 304, 304, 200]


def test_a_comparison_has_columns_in_csv(site: Site) -> None:
    site.store([view("01T10:00:00"), view("02T10:00:00"), view("02T10:01:00", path="/b"), view("02T11:00:00", "bob")])
    asked = {**DAY, "metrics": "visitors,page_views", "compare": "previous"}
    assert site.table("summary", **asked) == [
        ["visitors", "page_views", "visitors_previous", "page_views_previous", "visitors_change", "page_views_change"],
        ["2", "3", "1", "1", "100.0", "200.0"],
    ]
    assert site.table("breakdown", dimension="path", **asked) == [
        ["path", "visitors", "page_views", "visitors_previous", "page_views_previous"],
        ["/", "2", "2", "1", "1"],
        ["/b", "1", "1", "", ""],
    ]
    assert site.table("timeseries", interval="day", **asked) == [
        ["time", "visitors", "page_views", "time_previous", "visitors_previous", "page_views_previous"],
        ["2025-06-02T00:00:00+00:00", "2", "3", "2025-06-01T00:00:00+00:00", "1", "1"],
    ]
    assert site.table("breakdown", **{**DAY, "dimension": "country", "compare": "year", "metrics": "events"}) == [
        ["country", "events", "events_previous"]
    ]


def test_buckets_of_two_ranges_of_unlike_length_stand_side_by_side(site: Site) -> None:
    rows = site.table("timeseries", metrics="events", interval="hour", compare="previous",
                      **{"from": "2025-03-31", "to": "2025-03-31", "timezone": "Europe/Berlin"})  # fmt: skip
    assert [len(rows), rows[23][2][:13], rows[24][2]] == [25, "2025-03-30T23", ""]
    rows = site.table("timeseries", metrics="events", interval="hour", compare="previous",
                      **{"from": "2025-10-27", "to": "2025-10-27", "timezone": "Europe/Berlin"})  # fmt: skip
    assert (len(rows), rows[25][0], rows[25][2][:13]) == (26, "", "2025-10-26T23")


CELLS = {
    "=2+5": "'=2+5", "+a": "'+a", "-a": "'-a", "@A1": "'@A1", "\t=2": "'\t=2", "\r=2": "'\r=2", "\n=2": "'\n=2",
    "a,b": "a,b", '"': '"', "a\r\nb": "a\r\nb", "plain": "plain", "'=a": "'=a", " =2": " =2",
}  # fmt: skip


def test_a_cell_is_quoted_and_never_a_formula(site: Site) -> None:
    site.store([view("02T10:00:00", path=text) for text in CELLS])
    rows = site.table("breakdown", dimension="path", metrics="events", **DAY)
    assert sorted(row[0] for row in rows[1:]) == sorted(CELLS.values())


PATHS = ("/a,b", "/a[0]", '/"a"', "/'a'", "/50%", "/50x", "/b_c", "/bXc", "/d\\e", "/🎉", "/f|g", "/g*", "/gX", "/h?",
         "/hX", "/(i)", "/j;k", "/l m", "/A,B")  # fmt: skip


def test_a_condition_takes_every_character_for_itself_and_matches_has_two_wildcards(site: Site) -> None:
    def find(operator: str, value: str | list[str]) -> set[str]:
        filters = json.dumps([{"dimension": "path", "operator": operator, "value": value}])
        rows = site.ask("breakdown", dimension="path", metrics="events", filters=filters, **DAY)["data"]
        return {row["path"] for row in rows}

    site.store([view("02T10:00:00", path=path) for path in PATHS])
    for path in PATHS:
        assert find("is", path) == find("contains", path) == {path}
        assert find("is_not", path) == set(PATHS) - {path}
    assert find("matches", "/g*") == {"/g*", "/gX"}
    assert find("matches", "/h?") == {"/h?", "/hX"}
    assert find("matches", "/50%") == {"/50%"}
    assert find("matches", "/b_c") == {"/b_c"}
    assert find("is", ["/a,b", "/l m"]) == {"/a,b", "/l m"}
    wrong = json.dumps([{"dimension": "path", "operator": "like", "value": "/"}])
    assert site.stats.get("/v1/stats/summary", params={"site_id": "s", "filters": wrong}).status_code == 422


def test_a_property_of_any_name_can_be_asked_for_and_filtered_by(site: Site) -> None:
    names = ("a.b", "a,b", "a[1]", 'a"', "a:b", "props.a", "🎉", "$a", "a b", "__proto__", "É")
    site.store([view("02T10:00:00", props={**{name: f"value of {name}" for name in names}, "long": "x" * 1_000})])
    for name in names:
        value = f"value of {name}"
        condition = json.dumps([{"dimension": f"props.{name}", "operator": "is", "value": value}])
        asked = {"dimension": f"props.{name}", "metrics": "events", "filters": condition, **DAY}
        assert site.ask("breakdown", **asked)["data"] == [{f"props.{name}": value, "events": 1}]
    listed = site.ask("dimensions")["data"]["properties"]
    assert set(listed) == {f"props.{name}" for name in (*names, "long")}


def test_pages_put_together_have_each_row_once_and_in_one_order(site: Site) -> None:
    paths = [f"/item/{number:03}" for number in range(250)]
    site.store([view("02T10:00:00", path=path) for path in reversed(paths)])
    found: list[str] = []
    for offset in range(0, 280, 35):
        rows = site.ask("breakdown", dimension="path", limit="35", offset=str(offset), **DAY)["data"]
        found += [row["path"] for row in rows]
    assert found == paths


NO_PAGES = ("limit=0", "limit=-1", "limit=1001", "limit=1e3", "limit=１０", "limit=1_0", "limit=", "offset=-1",
    "offset=1.0",
            "limit=1&limit=1", "page=2")  # fmt: skip


def test_a_page_that_is_none_is_refused(site: Site) -> None:
    for more in NO_PAGES:
        assert site.stats.get(f"/v1/stats/breakdown?site_id=s&dimension=path&{more}").status_code == 422, more


def test_a_flood_of_bots_is_set_aside(site: Site) -> None:
    site.store([{**view("02T10:00:00"), "user_id": None, "filtered": "bot"} for _ in range(500)])
    site.store([view("02T10:00:00", user) for user in ("ann", "bob", "eve")], offset=1_000)
    assert site.ask("summary", metrics="visitors,events", **DAY)["data"] == {"visitors": 3, "events": 3}


def test_an_answer_with_values_that_were_gathered_says_what_they_are(site: Site) -> None:
    site.store([view("02T10:00:00", path="/a"), view("02T10:00:01", path="(other)", hostname="a.example")])
    meta = site.ask("breakdown", **DAY, dimension="path", metrics="page_views")["meta"]
    assert "too many" in meta["other_note"]
    assert "other_note" not in site.ask("breakdown", **DAY, dimension="hostname", metrics="page_views")["meta"]
