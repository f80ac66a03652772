#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR GPL-2.0
"""Do any 8 bytes of a secret stand in a file?

In:  KEYLOG, lines "LABEL RANDOM SECRET" as programs write them for SSLKEYLOGFILE; FILE.
Out: which secret does, and exit status 1 then.
"""

import sys

WINDOW = 8


def secrets(path):
    with open(path, encoding="ascii") as log:
        for line in log:
            words = line.split()
            if len(words) == 3:
                yield words[0], bytes.fromhex(words[2])


def holds(data, secret):
    return any(
        secret[i:i + WINDOW] in data for i in range(len(secret) - WINDOW + 1)
    )


def main():
    with open(sys.argv[2], "rb") as file:
        data = file.read()
    found = [label for label, secret in secrets(sys.argv[1]) if holds(data, secret)]
    for label in found:
        print(f"{sys.argv[2]} holds bytes of {label}")
    sys.exit(bool(found))


main()
