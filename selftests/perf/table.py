#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT OR GPL-2.0
"""The table of the bench.

In:  FILE..., with the lines of JSON that the rigs printed.
Out: what each way costs, side by side, ours to in-tree kTLS, and what we add to plain
     TCP to what in-tree adds; then the targets, met or not.
"""
import fileinput
import itertools

import figures
import targets

HEADS = {"sockseal": "ours", "ktls": "in-tree"}


def size_text(size):
    for unit, name in ((1 << 20, "M"), (1 << 10, "K")):
        if size and size % unit == 0:
            return f"{size // unit}{name}"
    return str(size)


def spread(figure):
    return (figure.high - figure.low) / 2


def ratio_text(figure):
    return f"{figure.value:.3f} ±{spread(figure):.3f}" if figure else "-"


def heading(key):
    yield ""
    yield f"{key.rig}, Linux {key.kernel}, {key.unit}"
    ways = "".join(f" {HEADS.get(way, way):>9}" for way in figures.WAYS)
    yield (f"{'work':9} {'size':>5} {'suite':17}{ways}  "
           f"{'ours/in-tree':14} over plain").rstrip()


def row(key, cell):
    values = "".join(
        f" {cell[way].value:9.0f}" if way in cell else f" {'-':>9}"
        for way in figures.WAYS)
    return (f"{key.work:9} {size_text(key.size):>5} {key.suite:17}{values}  "
            f"{ratio_text(figures.to_ktls(cell)):14} "
            f"{ratio_text(figures.added(cell))}")


def cost_lines(cells):
    def section(key):
        return key.rig, key.kernel, key.unit

    for _, keys in itertools.groupby(sorted(cells, key=section), section):
        first, *rest = keys
        yield from heading(first)
        yield from (row(key, cells[key]) for key in (first, *rest))


def number_text(number):
    return f"{number:.0f}" if number >= 100 else f"{number:.3f}"


def measured_text(verdict):
    return (f"{number_text(verdict.worst.value)} "
            f"±{number_text(spread(verdict.worst))} at {size_text(verdict.size)}")


def target_line(verdict):
    target = verdict.target
    return (f"{target.title:53} {target.kernel:6} {target.want} {target.limit:<5} "
            f"{measured_text(verdict):23} {'met' if verdict.met else 'MISSED':6} "
            f"{target.command}")


def target_lines(cells):
    yield ""
    yield f"The targets, for {targets.SUITE}, and the worst that was measured for each"
    yield from map(target_line, targets.verdicts(cells))


def main():
    cells = figures.read(fileinput.input(encoding="ascii"))
    print("\n".join([*cost_lines(cells), *target_lines(cells)]).lstrip("\n"))


if __name__ == "__main__":
    main()
