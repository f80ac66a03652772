#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR GPL-2.0
"""How many instructions of one operation are in which function.

In:  windows per operation; the file of blocks.c; the guest's output: what `sockseal
     bench --json' printed, and then its /proc/kallsyms.
Out: totals by module, and a line for each function with 0.1 percent or more.
"""
import bisect
import collections
import json
import sys

LEAST = 0.001
USER = "(user space)"


def read_guest(path):
    """The result, and addresses with (function, module) in order."""
    symbols = {}
    result = None
    with open(path) as lines:
        for line in lines:
            if line.startswith("{"):
                result = json.loads(line)
                continue
            address, _, name, *module = line.split()
            symbols.setdefault(int(address, 16), (name, "".join(module).strip("[]")))
    return result, sorted(symbols.items())


def read_blocks(path):
    """The number of windows, and (address, instructions, times) of each block."""
    with open(path) as lines:
        windows = int(next(lines).split()[1])
        return windows, [(int(a, 16), int(n), int(t)) for a, n, t in map(str.split, lines)]


def attribute(blocks, symbols):
    """Instructions and entries of each (function, module)."""
    starts = [address for address, _ in symbols]
    instructions, entries = collections.Counter(), collections.Counter()
    for address, count, times in blocks:
        i = bisect.bisect_right(starts, address) - 1
        if i < 0 or address < 1 << 63:
            where = (USER, "")
        else:
            where = symbols[i][1]
            if address == starts[i]:
                entries[where] += times
        instructions[where] += count * times
    return instructions, entries


def print_table(result, instructions, entries, operations):
    total = sum(instructions.values())
    print("Linux {kernel}, {work} of {size} bytes, {way}, {suite}: {value:.0f} instructions "
          "measured,".format(**result))
    print("%.0f counted for each of %d operations\n" % (total / operations, operations))
    modules = collections.Counter()
    for (name, module), count in instructions.items():
        modules[name if name == USER else module or "kernel"] += count
    for module, count in modules.most_common():
        print("%10.1f %5.1f%%          %s" % (count / operations, 100 * count / total, module))
    print("\n%10s %6s %8s" % ("each", "share", "calls"))
    for where, count in instructions.most_common():
        if count < LEAST * total:
            break
        name, module = where
        print("%10.1f %5.1f%% %8.2f %s%s" % (
            count / operations, 100 * count / total, entries[where] / operations,
            name, module and " [" + module + "]"))


def main():
    each, blocks_path, guest_path = sys.argv[1:]
    result, symbols = read_guest(guest_path)
    windows, blocks = read_blocks(blocks_path)
    if not result or result["value"] is None or not windows:
        sys.exit("nothing was measured: " + str(result))
    instructions, entries = attribute(blocks, symbols)
    print_table(result, instructions, entries, windows // int(each))


main()
