#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR GPL-2.0
"""Where the samples fell.

In:  addresses in hexadecimal on standard input, one a line; FILE with the rows of a
     result and the lines of /proc/kallsyms; TOP.
Out: the TOP functions with share, nanoseconds, and module if they are in one.
"""

import bisect
import collections
import json
import sys

# Where the kernel of the machine begins, and where what is mapped by the C library does
MACHINE = 0xffff800000000000
MAPPED = 0x700000000000


def read(path):
    """Nanoseconds of the work, all sides; addresses in order, and their names."""
    rows, symbols = [], []
    with open(path, encoding='ascii') as lines:
        for line in lines:
            if line.startswith('{'):
                rows.append(json.loads(line))
            else:
                address, _, name = line.split(None, 2)
                symbols.append((int(address, 16), ' '.join(name.split())))
    symbols.sort()
    return sum(row['value'] for row in rows), *zip(*symbols)


def place(address, addresses, names):
    """The name of what is at an address."""
    if address >= MACHINE:
        return "(the machine's kernel)"
    at = bisect.bisect(addresses, address) - 1
    if address >= MAPPED or at < 0:
        return '(user space)'
    return names[at]


def main():
    """Count and print."""
    value, addresses, names = read(sys.argv[1])
    counts = collections.Counter(place(int(line, 16), addresses, names)
                                 for line in sys.stdin if line.strip())
    total = sum(counts.values())
    print(f'{value} ns, {total} samples')
    for name, count in counts.most_common(int(sys.argv[2])):
        print(f'{100 * count / total:6.2f} % {value * count / total:9.0f} ns  {name}')


main()
