"""``python -m bench``, called by ``tepati bench``: run the measurements that were asked for and print them."""

import argparse
import contextlib
import importlib
import sys
import traceback
from collections.abc import Iterator, Sequence

from bench import engines, yardstick
from bench.result import Missing, Result, as_json, table

# name -> (module, on which engines). "-" is measured once, without a database.
BENCHES: dict[str, tuple[str, tuple[str, ...]]] = {
    "install": ("install", ("-",)),
    "notice": ("declared", ("-",)),
    "decide": ("deciding", ("-",)),
    "seal": ("sealing", ("-",)),
    "store": ("storing", ("sqlite", "postgresql")),
    "ledger": ("ledger", ("sqlite", "postgresql")),
    "roll": ("rolling", ("sqlite", "postgresql")),
    "bulk": ("bulk", ("sqlite", "postgresql")),
    "table": ("tables", ("sqlite", "postgresql")),
    "audience": ("audience", ("sqlite", "postgresql")),
    "erase": ("erasing", ("sqlite", "postgresql")),
    "http": ("http", ("sqlite", "postgresql")),
    "pages": ("pages", ("sqlite",)),
    "signed-in": ("coming", ("sqlite",)),
    "client": ("asking", ("-",)),
}


def asked(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="tepati bench", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="NAME", help=f"which to run; all of: {', '.join(BENCHES)}")
    parser.add_argument("--people", type=int, default=100_000, help="how many people to fill a store with")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), action="append", help="default: both")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    args = parser.parse_args(argv)
    if unknown := set(args.only) - set(BENCHES):
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    return args


def measured(names: Sequence[str], wanted: Sequence[str], people: int) -> Iterator[Result | Missing]:
    """Run the benches engine by engine; what cannot run says why and stops nothing."""
    for engine in ("-", *wanted):
        todo = [name for name in names if engine in BENCHES[name][1]]
        if not todo:
            continue
        with contextlib.ExitStack() as stack:
            try:
                place = stack.enter_context(engines.ENGINES[engine]())
                machine = dict(yardstick.here(place))
            except Exception as error:  # noqa: BLE001 - a measurement reports whatever kept it from measuring
                yield from (Missing(name, engine, str(error)) for name in todo)
                continue
            yield from yardstick.told(place, machine)
            for name in todo:
                yield from (yardstick.beside(result, machine) for result in _one(name, place, people))


def _one(name: str, place: engines.Place, people: int) -> Iterator[Result | Missing]:
    print(f"measuring {name} {place.engine} ...", file=sys.stderr, flush=True)
    try:
        with place.apart(name) as own:
            yield from importlib.import_module(f"bench.{BENCHES[name][0]}").measure(own, people)
    except Exception as error:  # noqa: BLE001 - likewise
        traceback.print_exc()
        yield Missing(name, place.engine, f"{type(error).__name__}: {error}"[:120])


def main(argv: Sequence[str]) -> int:
    """Measure and print; the exit code says only whether everything could be measured."""
    args = asked(argv)
    results = list(measured(args.only or list(BENCHES), args.engine or ("sqlite", "postgresql"), args.people))
    print(as_json(results) if args.json else table(results))
    return 1 if any(isinstance(result, Missing) for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
