# SPDX-License-Identifier: MIT OR GPL-2.0
"""What Sockseal is meant to cost, and whether it does.

In:  cells of figures.py.
Out: a verdict for each target: the worst of the measurements that it is about.
"""
import collections

import figures

SUITE = "aes-128-gcm"
SMALL = (64, 256, 1024)
LARGE = (16384, 65536)

# Of an idle connection, beyond TCP
IDLE_BYTES = 1536

Target = collections.namedtuple("Target", "title rig kernel want limit measure command")
Verdict = collections.namedtuple("Verdict", "target worst size met")


class Cells:
    """The cells of one rig and kernel, by work and size"""

    def __init__(self, cells, rig, kernel):
        self.cells = {
            (key.work, key.size): cell
            for key, cell in cells.items()
            if (key.rig, key.kernel, key.suite) == (rig, kernel, SUITE)
        }

    def of(self, work, sizes=()):
        """{size: cell}, of these sizes or of all"""
        return {
            size: cell
            for (name, size), cell in self.cells.items()
            if name == work and (not sizes or size in sizes)
        }

    def figure(self, work, size, way):
        return self.cells.get((work, size), {}).get(way)


def inverse(figure):
    """Times faster, of a ratio of costs"""
    return figures.Figure(1 / figure.value, 1 / figure.high, 1 / figure.low)


def each(cells, ratio):
    """{size: ratio(cell)} where there is one"""
    ratios = {size: ratio(cell) for size, cell in cells.items()}
    return {size: figure for size, figure in ratios.items() if figure}


def speed(cell):
    ratio = figures.to_ktls(cell)
    return ratio and inverse(ratio)


def measure_added(work):
    return lambda cells: each(cells.of(work, SMALL), figures.added)


def measure_speed(work, sizes=()):
    return lambda cells: each(cells.of(work, sizes), speed)


def measure_both(cells):
    """Writing and reading together"""
    sums = {}
    for size in SMALL:
        parts = {way: [cells.figure(work, size, way) for work in ("write", "read")]
                 for way in ("ktls", "sockseal")}
        if all(all(figure) for figure in parts.values()):
            sums[size] = {way: figures.total(*pair) for way, pair in parts.items()}
    return each(sums, speed)


def measure_per_record(cells):
    """A record of a large write to that of a small one"""
    small, large = (cells.figure("write", size, "sockseal") for size in LARGE)
    if not small or not large:
        return {}
    record = figures.scaled(large, LARGE[1] / LARGE[0])
    return {LARGE[1]: figures.quotient(record, small)}


def measure_floor(cells):
    """sendfile() to what plain TCP's and the bare cipher take together"""
    ratios = {}
    for size, cell in cells.of("sendfile").items():
        if {"plain", "cipher", "sockseal"} <= cell.keys():
            floor = figures.total(cell["plain"], cell["cipher"])
            ratios[size] = figures.quotient(cell["sockseal"], floor)
    return ratios


def measure_idle(cells):
    """Bytes beyond TCP"""
    return {
        size: figures.over(cell["sockseal"], cell["plain"])
        for size, cell in cells.of("idle").items()
        if {"plain", "sockseal"} <= cell.keys()
    }


def of_instructions(kernel):
    """The targets that hold on each kernel"""
    run = f"selftests/perf/run {kernel} --work "
    yield from (
        Target(f"{work} of 64 B to 1 KB, over plain TCP, to in-tree", "instructions",
               kernel, "at most", 0.45, measure_added(work),
               f"{run}{work} --size 64,256,1K")
        for work in ("write", "read"))
    yield Target("connect, 1 KB, close: times in-tree", "instructions", kernel,
                 "at least", 1.3, measure_speed("connect"), run + "connect")
    yield Target("the same from traffic secrets: times in-tree", "instructions", kernel,
                 "at least", 1.3, measure_speed("secrets"), run + "secrets")
    yield Target("small writes in flight, coalesced: times in-tree", "instructions",
                 kernel, "at least", 3, measure_speed("coalesce"), run + "coalesce")
    yield Target("memory of an idle connection beyond TCP, bytes", "instructions",
                 kernel, "at most", IDLE_BYTES, measure_idle, run + "idle")


def of_time(kernel="7.3"):
    """Those that the rig of native time is for"""
    run = "selftests/perf/native/run "
    rows = (
        ("write + read of 64 B to 1 KB: times in-tree", "at least", 1.4, measure_both,
         "write"),
        ("write of 16 KB and 64 KB: times in-tree", "at least", 1.25,
         measure_speed("write", LARGE), "write"),
        ("a record of a 64 KB write to that of a 16 KB one", "at most", 1.0,
         measure_per_record, "write"),
        ("receiving in bulk: times in-tree", "at least", 1.4, measure_speed("receive"),
         "receive"),
        ("sendfile: times in-tree", "at least", 1.25, measure_speed("sendfile"),
         "sendfile"),
        ("sendfile, to plain TCP's and the bare cipher", "at most", 1.2, measure_floor,
         "sendfile"),
        ("small writes in flight, coalesced: times in-tree", "at least", 3,
         measure_speed("coalesce"), "coalesce"),
        ("connect, 1 KB, close: times in-tree", "at least", 1.3,
         measure_speed("connect"), "connect"),
    )
    return [Target(title, "native", kernel, want, limit, measure, run + work)
            for title, want, limit, measure, work in rows]


def judge(target, cells):
    """The verdict on one target, or None if nothing was measured for it"""
    measured = target.measure(Cells(cells, target.rig, target.kernel))
    if not measured:
        return None
    choose = max if target.want == "at most" else min
    size = choose(measured, key=lambda size: measured[size].value)
    worst = measured[size]
    met = (worst.value <= target.limit if target.want == "at most"
           else worst.value >= target.limit)
    return Verdict(target, worst, size, met)


def verdicts(cells):
    """On all targets that something was measured for, in the order of the rigs"""
    kernels = dict.fromkeys(key.kernel for key in cells if key.rig == "instructions")
    targets = [target for kernel in kernels for target in of_instructions(kernel)]
    judged = (judge(target, cells) for target in targets + of_time())
    return [verdict for verdict in judged if verdict]
