#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR GPL-2.0
"""The table of the socket contract.

In:  rows, beside this script; RESULTS/KERNEL/ours and in-tree, lines "pass PROGRAM: NAME"
     or "fail PROGRAM: NAME" that run has left.
Out: table RESULTS [--json] KERNEL...: the table, in reStructuredText; exit status 1 if
     a promise is not kept by ours on one of them.
     table --check DOCUMENT: what is wrong with DOCUMENT, which has the table, or with the
     rows; exit status 1 then.
     table --tests: each test that a row names.
"""

import json
import pathlib
import re
import sys
import textwrap

HERE = pathlib.Path(__file__).resolve().parent
EVENT, SEES, VERDICT = 24, 46, 9


class Row:
    def __init__(self, heading, line):
        event, sees, tests = (field.strip() for field in line.split(" | "))
        self.heading = heading
        self.event = event
        self.sees = sees
        self.tests = tests.split(", ")

    def in_tree_tests(self):
        return [test for test in self.tests if test.startswith("contract_")]


def read_rows():
    heading, rows = "", []
    for line in (HERE / "rows").read_text(encoding="utf-8").splitlines():
        if line.startswith("= "):
            heading = line[2:]
        elif line and not line.startswith("#"):
            rows.append(Row(heading, line))
    return rows


def read_file(file):
    """{test: did it pass}"""
    lines = file.read_text(encoding="utf-8").splitlines()
    return {line[5:]: line.startswith("pass ") for line in lines}


def read_results(folder, kernels):
    """{kernel: {"ours" or "in-tree": {test: did it pass}}}"""
    return {
        kernel: {
            whose: read_file(folder / kernel / whose) for whose in ("ours", "in-tree")
        }
        for kernel in kernels
    }


def verdict(passed, tests):
    """A test that left no result, for its guest has died, has not passed"""
    if all(passed.get(test) for test in tests):
        return "pass"
    return "fail" if all(test in passed for test in tests) else "-"


def verdicts(results, row):
    return {
        kernel: {
            "ours": verdict(results[kernel]["ours"], row.tests),
            "in-tree": verdict(results[kernel]["in-tree"], row.in_tree_tests()),
        }
        for kernel in results
    }


def line_of(cells, widths):
    return " ".join(f"{c:{w}}" for c, w in zip(cells, widths)).rstrip()


def text_of(row):
    """The lines of a row without the verdicts; each test has a line"""
    sees = textwrap.wrap(row.sees, SEES)
    sees += [f"({row.tests[0]}" if i == 0 else test for i, test in enumerate(row.tests)]
    sees = [s + "," if i >= len(sees) - len(row.tests) else s for i, s in enumerate(sees)]
    sees[-1] = sees[-1][:-1] + ")"
    event = textwrap.wrap(row.event, EVENT)
    height = max(len(event), len(sees))
    pad = lambda cell: cell + [""] * (height - len(cell))
    return list(zip(pad(event), pad(sees)))


def lines_of(row, cells, widths):
    for i, (event, sees) in enumerate(text_of(row)):
        yield line_of([event, sees] + (cells if i == 0 else []), widths)


def render(rows, results):
    kernels = list(results)
    longest = max(len(sees) for row in rows for _, sees in text_of(row))
    widths = [EVENT, longest] + [VERDICT] * len(kernels)
    rule = line_of(["=" * w for w in widths], widths)
    heading = None
    for row in rows:
        if row.heading != heading:
            if heading:
                yield rule
            heading = row.heading
            yield from ("", heading, "-" * len(heading), "", rule)
            yield line_of(["event", "what the application sees (tests)"] + kernels, widths)
            yield line_of(["", ""] + ["ours tls"] * len(kernels), widths)
            yield rule
        cells = [
            f"{v['ours']} {v['in-tree']}" for v in verdicts(results, row).values()
        ]
        yield from lines_of(row, cells, widths)
    yield rule


def summary(rows, results):
    for kernel in results:
        for whose in ("ours", "in-tree"):
            got = [verdicts(results, row)[kernel][whose] for row in rows]
            yield (f"| Linux {kernel}, {whose}: {got.count('pass')} of {len(got)} "
                   "promises kept")


def as_json(rows, results):
    return json.dumps(
        [
            {
                "event": row.event,
                "sees": row.sees,
                "tests": row.tests,
                "results": verdicts(results, row),
            }
            for row in rows
        ],
        indent=1,
    )


def is_kept(rows, results):
    return all(
        v["ours"] == "pass" for row in rows for v in verdicts(results, row).values()
    )


def test_exists(test):
    program, name = test.split(": ")
    source = HERE.parent / "kernel" / f"test_{program}.c"
    return source.exists() and re.search(
        rf"\b(ONCE|EACH\w*)\({name}\)", source.read_text(encoding="utf-8")
    )


def complaints(rows, document):
    text = document.read_text(encoding="utf-8")
    for row in rows:
        for test in row.tests:
            if not test_exists(test):
                yield f"{row.event}: there is no test {test}"
        if not row.in_tree_tests():
            yield f"{row.event}: no test asks the kernel's own tls"
        wanted = [f"{event:{EVENT}} {sees}".rstrip() for event, sees in text_of(row)]
        if not re.search(r"[^\n]*\n".join(map(re.escape, wanted)), text):
            yield f"{document} does not have the row: {row.event} | {row.sees}"


def check(rows, document):
    wrong = list(complaints(rows, document))
    print("\n".join(wrong))
    return 1 if wrong else 0


def main(arguments):
    rows = read_rows()
    if arguments[0] == "--tests":
        print("\n".join(dict.fromkeys(test for row in rows for test in row.tests)))
        return 0
    if arguments[0] == "--check":
        return check(rows, pathlib.Path(arguments[1]))
    kernels = [argument for argument in arguments[1:] if argument != "--json"]
    results = read_results(pathlib.Path(arguments[0]), kernels)
    if "--json" in arguments:
        print(as_json(rows, results))
    else:
        print("\n".join(render(rows, results)))
        print("\n" + "\n".join(summary(rows, results)))
    return 0 if is_kept(rows, results) else 1


sys.exit(main(sys.argv[1:]))
