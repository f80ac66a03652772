#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT OR GPL-2.0
"""The plots of Documentation/performance.

In:  FOLDER, and FILE... with the lines of JSON that the rigs printed.
Out: FOLDER/RIG-KERNEL.svg, for each rig and kernel: a panel for each work, with the
     cost of each way to that of in-tree kTLS.  The same figures give the same bytes.
"""
import fileinput
import pathlib
import sys

import matplotlib

import figures
import table
import targets

matplotlib.use("svg")
import matplotlib.pyplot as plt  # pylint: disable=wrong-import-position

# Colours that those who do not see all of them can tell apart
COLOURS = {"plain": "#999999", "openssl": "#e69f00", "ktls": "#56b4e9",
           "sockseal": "#009e73"}
COLUMNS = 3
PANEL = (3.6, 2.6)  # inches


def panels(cells, rig, kernel):
    """{work: {size: cell}} of what has ratios to in-tree kTLS"""
    works = {}
    for key, cell in cells.items():
        if (key.rig, key.kernel, key.suite) == (rig, kernel, targets.SUITE):
            if "ktls" in cell:
                works.setdefault(key.work, {})[key.size] = cell
    return works


def ways_of(works):
    """Those that anything was measured for"""
    cells = [cell for sizes in works.values() for cell in sizes.values()]
    return [way for way in figures.WAYS if any(way in cell for cell in cells)]


def draw_panel(axes, work, sizes, ways):
    width = 0.8 / len(ways)
    for number, way in enumerate(ways):
        bars = {place + (number - (len(ways) - 1) / 2) * width:
                figures.scaled(cell[way], cell["ktls"].value)
                for place, cell in enumerate(sizes.values()) if way in cell}
        errors = [[bar.value - bar.low for bar in bars.values()],
                  [bar.high - bar.value for bar in bars.values()]]
        axes.bar(bars.keys(), [bar.value for bar in bars.values()], width, yerr=errors,
                 color=COLOURS[way], error_kw={"linewidth": 0.8})
    axes.axhline(1, color="#000000", linewidth=0.6)
    axes.set_title(work, fontsize=10)
    axes.set_xticks(range(len(sizes)), [table.size_text(size) for size in sizes],
                    fontsize=8)
    axes.tick_params(axis="y", labelsize=8)


def draw(works, title):
    rows = -(-len(works) // COLUMNS)
    ways = ways_of(works)
    figure, grid = plt.subplots(rows, COLUMNS, squeeze=False,
                                figsize=(PANEL[0] * COLUMNS, PANEL[1] * rows + 0.8))
    for axes in grid.flat[len(works):]:
        axes.set_axis_off()
    for axes, (work, sizes) in zip(grid.flat, works.items()):
        draw_panel(axes, work, sizes, ways)
    figure.legend([plt.Rectangle((0, 0), 1, 1, color=COLOURS[way]) for way in ways],
                  [table.HEADS.get(way, way) for way in ways],
                  loc="lower center", ncols=len(ways), frameon=False)
    figure.suptitle(title, fontsize=11)
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    return figure


def main():
    # No random names; and text that is text
    matplotlib.rcParams.update({"svg.hashsalt": "sockseal", "svg.fonttype": "none"})
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    cells = figures.read(fileinput.input(sys.argv[2:], encoding="ascii"))
    for rig, kernel in dict.fromkeys((key.rig, key.kernel) for key in cells):
        works = panels(cells, rig, kernel)
        if works:
            title = f"{rig}, Linux {kernel}, {targets.SUITE}: cost to in-tree kTLS"
            draw(works, title).savefig(folder / f"{rig}-{kernel}.svg",
                                       metadata={"Date": None, "Creator": None})


main()
