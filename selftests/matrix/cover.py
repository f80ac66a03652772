# SPDX-License-Identifier: MIT OR GPL-2.0
"""Names of choices and their values enter; few combinations leave that have each pair.

The same ones each time: what chance there is has a seed.
"""
import itertools
import random

CANDIDATES = 20


def pairs_of(cell):
    """The pairs of (name, value) that are in a combination."""
    return set(itertools.combinations(sorted(cell.items()), 2))


def complete(values, allowed, given, chance):
    """A combination that has what is given, or None after some attempts."""
    for _ in range(50):
        cell = {name: chance.choice(all_of) for name, all_of in values.items()}
        cell.update(given)
        if allowed(cell):
            return cell
    return None


def pairwise(values, allowed):
    """A list of combinations, as dictionaries, all of them allowed, with all pairs."""
    chance = random.Random(8446)
    missing = set()
    for (name, all_of), (other, others) in itertools.combinations(sorted(values.items()), 2):
        missing |= {((name, a), (other, b)) for a in all_of for b in others}
    cells = []
    while missing:
        pair = min(missing)
        found = [complete(values, allowed, dict(pair), chance) for _ in range(CANDIDATES)]
        found = [cell for cell in found if cell]
        missing.discard(pair)
        if found:
            best = max(found, key=lambda cell: len(pairs_of(cell) & missing))
            missing -= pairs_of(best)
            cells.append(best)
    return cells
