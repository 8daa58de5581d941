"""Sites in several databases: what an event costs beside one, and the move of a slot while events come."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial

from bench import parts, servers, store
from bench.context import Bench, Measurement, column, describe_cores
from bench.draining import Place
from bench.figures import Figure, ratios
from bench.rows import move
from bench.traffic import make_live
from common.groups.slots import HOME, SLOTS

ONE, SCHEMAS, SERVERS = "one", "schemas", "servers"


def run(bench: Bench) -> dict[str, Figure]:
    """The rows of groups."""
    return {**_compare(bench), **move.run(bench)}


def _compare(bench: Bench) -> dict[str, Figure]:
    """Live traffic drained into one database, into four schemas of the same server, and into two servers, in turn."""
    events = make_live(bench.form.events)
    with _prepare(bench) as places:
        variants: dict[str, Callable[[], Measurement]] = {
            f"groups {name}": partial(place.drain, events) for name, place in places.items()
        }
        for drain in variants.values():
            drain()  # warm-up
        measured = bench.alternate(variants, {})
    found = {name: measured[f"groups {name}"] for name in places}

    def against(name: str, key: str, unit: str) -> Figure:
        values, base = column(found[name], key), column(found[ONE], key)
        note = f"{Figure(values).value:,.0f}{unit} against {Figure(base).value:,.0f}{unit}"
        return Figure(ratios(values, base), f"{note}; {describe_cores(found[name])}")

    return {
        "groups/schemas": against(SCHEMAS, "eps", "/s"),
        "groups/schemas-cpu": against(SCHEMAS, "cpu", " µs"),
        "groups/servers": against(SERVERS, "eps", "/s"),
        "groups/servers-cpu": against(SERVERS, "cpu", " µs"),
    }


@contextmanager
def _prepare(bench: Bench) -> Iterator[Mapping[str, Place]]:
    """Two servers, and a processor for each of the three ways to use them; those that get no batch are idle."""
    with ExitStack() as stack:
        enter, folder = stack.enter_context, bench.folder
        valkey = enter(servers.valkey(folder))
        first, second = (enter(servers.postgres(folder, f"postgres-{number}")) for number in (1, 2))
        shared, split = (store.make_database(first.url, name) for name in (SCHEMAS, SERVERS))
        urls = {
            ONE: {HOME: first.url},
            SCHEMAS: {HOME: shared} | {name: store.make_schema_of(shared, name) for name in ("g1", "g2", "g3")},
            SERVERS: {HOME: split, "second": second.url},
        }
        postgres = {"postgres-1": first.process.pid}
        pids = {ONE: postgres, SCHEMAS: postgres, SERVERS: {**postgres, "postgres-2": second.process.pid}}
        places = {}
        for name, groups in urls.items():
            spread(groups)
            process = enter(parts.framework(folder, "process", name_groups(groups), called=f"process-{name}"))
            own = {"valkey": valkey.process.pid, process.name: process.process.pid, **pids[name]}
            places[name] = Place(folder, valkey.url, process.url(""), list(groups.values()), own)
        yield places


def name_groups(urls: Mapping[str, str]) -> dict[str, str]:
    """The settings that name these databases, home among them."""
    others = " ".join(f"{name}={url}" for name, url in urls.items() if name != HOME)
    return {"DATABASE_URL": urls[HOME], "DATABASE_GROUPS": others}


def spread(urls: Mapping[str, str]) -> None:
    """Make the tables of these groups, home first, and give each as many slots: as moves of empty ones leave them."""
    own = {name: range(at * SLOTS // len(urls), (at + 1) * SLOTS // len(urls)) for at, name in enumerate(urls)}
    for name, url in urls.items():
        store.make_schema(url)
        _insert(url, "absent_slots (slot)", [f"({slot})" for slot in range(SLOTS) if slot not in own[name]])
    moved = [f"({slot}, '{name}')" for name in urls if name != HOME for slot in own[name]]
    _insert(urls[HOME], "slots (slot, group_name)", moved)


def _insert(url: str, into: str, rows: Sequence[str]) -> None:
    if rows:
        with closing(store.connect(url)) as connection:
            connection.run(f"insert into {into} values {', '.join(rows)}")
