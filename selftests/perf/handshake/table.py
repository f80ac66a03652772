#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR GPL-2.0
"""The figures of handshakes as a table.

In:  the JSON object that handshake prints, on standard input.
Out: a line for each kind of handshake.
"""
import json
import sys

HEADS = (("", "", "CPU time, us", "", "heap, waiting", "", "left", "allocations", ""),
         ("handshake", "times", "ours", "libssl", "ours", "libssl", "ours", "ours",
          "libssl"))
ROW = "{:<16}{:>7}{:>19}{:>19}{:>15}{:>8}{:>6}{:>13}{:>8}"


def time(figures, who):
    """The median, and half the distance of the quartiles"""
    spread = (figures[f"{who}_high_us"] - figures[f"{who}_low_us"]) / 2
    return f"{figures[f'{who}_us']:.1f} ±{spread:.1f}"


def cells(kind, figures):
    return (kind, f"{figures['speedup']:.2f}", time(figures, "ours"),
            time(figures, "libssl"), figures["ours_heap"], figures["libssl_heap"],
            figures["ours_left"], figures["ours_allocations"],
            figures["libssl_allocations"])


def main():
    for head in HEADS:
        print(ROW.format(*head).rstrip())
    for kind, figures in json.load(sys.stdin).items():
        print(ROW.format(*map(str, cells(kind, figures))))


main()
