#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR GPL-2.0
"""Judges instructions by what was recorded of earlier ones.

In:  "judge" or "record", the file of recorded ratios, a kernel; lines of JSON on
     standard input, as the instruction rig prints them.
Out: TAP, and exit status 1 if a ratio has got worse by more than TOLERANCE, or was not
     measured; or the file with the ratios of this kernel replaced.

The ratio is what we add to the cost of plain TCP to what in-tree tls adds.
"""
import json
import sys

import figures

TOLERANCE = 0.03
RECORD = "if it is meant to, record it: selftests/perf/gate --record %s"


def ratios(lines):
    """{"work size": ratio} of what has all ways"""
    found = {}
    for key, cell in figures.read(lines).items():
        ratio = figures.added(cell)
        if ratio:
            found["%s %d" % (key.work, key.size)] = round(ratio.value, 4)
    return found


def judge_one(name, recorded, measured, kernel):
    """Whether it may stay so, and what there is to say about it"""
    if measured is None:
        return False, "was not measured"
    change = 100 * (measured / recorded - 1)
    said = "adds %.3f of what in-tree adds, recorded %.3f" % (measured, recorded)
    if change > 100 * TOLERANCE:
        return False, "%s: %.1f percent worse; %s" % (said, change, RECORD % kernel)
    if change < -100 * TOLERANCE:
        said += ": %.1f percent better, and may be recorded" % -change
    return True, said


def judge(path, kernel, measured):
    with open(path) as file:
        recorded = json.load(file).get(kernel)
    if not recorded:
        print("1..0 # SKIP no ratios of Linux %s are recorded" % kernel)
        return 0
    failures = 0
    for number, (name, ratio) in enumerate(recorded.items(), 1):
        good, said = judge_one(name, ratio, measured.get(name), kernel)
        failures += not good
        print("%sok %d - %s %s" % ("" if good else "not ", number, name, said))
    print("1..%d" % len(recorded))
    return failures


def record(path, kernel, measured):
    with open(path) as file:
        recorded = json.load(file)
    recorded[kernel] = measured
    with open(path, "w") as file:
        json.dump(recorded, file, indent="\t")
        file.write("\n")
    return 0 if measured else 1


def main():
    how, path, kernel = sys.argv[1:]
    measured = ratios(sys.stdin)
    sys.exit(bool({"judge": judge, "record": record}[how](path, kernel, measured)))


main()
