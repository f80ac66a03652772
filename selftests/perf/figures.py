# SPDX-License-Identifier: MIT OR GPL-2.0
"""Figures of the rigs, side by side.

In:  lines of JSON, as every rig prints them, one for each way to do a work.
Out: cells, which have all ways of the same work, and the ratios of these.
"""
import collections
import json

WAYS = ("plain", "openssl", "ktls", "sockseal")

Key = collections.namedtuple("Key", "rig kernel work size suite unit")
Figure = collections.namedtuple("Figure", "value low high")


def read(lines):
    """{Key: {way: Figure}} in the order of the lines; of two lines the last counts.
    A way that could not be measured has no figure."""
    cells = {}
    for line in lines:
        row = json.loads(line)
        cell = cells.setdefault(Key(*(row[field] for field in Key._fields)), {})
        if row["value"] is not None:
            cell[row["way"]] = Figure(row["value"], row["low"], row["high"])
    return cells


def quotient(above, below):
    """A ratio of figures, as a figure: its quartiles are the furthest that those of
    the two allow.  None if there is nothing to divide by."""
    if below.low <= 0:
        return None
    return Figure(above.value / below.value, above.low / below.high,
                  above.high / below.low)


def scaled(figure, unit):
    """A figure in units of a number"""
    return Figure(*(number / unit for number in figure))


def total(*parts):
    """The sum of figures"""
    return Figure(*(sum(values) for values in zip(*parts)))


def over(figure, base):
    """What a figure has over the value of another"""
    return Figure(*(number - base.value for number in figure))


def to_ktls(cell):
    """Our cost to in-tree kTLS's, or None"""
    if "sockseal" not in cell or "ktls" not in cell:
        return None
    return quotient(cell["sockseal"], cell["ktls"])


def added(cell):
    """What we add to plain TCP's cost to what in-tree kTLS adds, or None; also if plain
    TCP is dearer than ours, as when small writes are joined"""
    if not {"plain", "ktls", "sockseal"} <= cell.keys():
        return None
    ours = over(cell["sockseal"], cell["plain"])
    return None if ours.value < 0 else quotient(ours, over(cell["ktls"], cell["plain"]))
