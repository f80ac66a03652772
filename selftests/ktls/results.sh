# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# What the runs that selftests/ktls/compare kept have in them.  To be sourced after
# lib.sh.
#
# In:  build/ktls/KERNEL/in-tree.tap and ours.tap.
# Out: the functions below.

results=$SEAL_TOP/build/ktls

# A test is called FIXTURE.VARIANT.TEST or FIXTURE.TEST; what proves that the suite
# judged what it should is called by a sentence.
test_name='[a-z0-9_]+(\.[a-z0-9_]+)+'

# tests KERNEL WHOSE RESULT: names of the tests with that result, "ok" or "not ok"
tests()
{
	sed -nE "s/^$3 [0-9]+ - ($test_name)\$/\1/p" "$results/$1/$2.tap" | sort
}

count()
{
	tests "$@" | wc -l
}

# unproved KERNEL WHOSE: what else went wrong, which makes its tests worthless
unproved()
{
	sed -nE "/ - $test_name\$/d; s/^not ok /$2: not ok /p" "$results/$1/$2.tap"
}

# only KERNEL WHOSE OTHER: the tests that the other does not pass
only()
{
	comm -23 <(tests "$1" "$2" ok) <(tests "$1" "$3" ok) |
		sed "s/^/passed by $2 only: /"
}

summary()
{
	printf 'Linux %s, %s: %d passed, %d failed\n' "$1" "$2" \
		"$(count "$1" "$2" ok)" "$(count "$1" "$2" 'not ok')"
}

# verdict KERNEL: both side by side; fails if ours fails a test, or if one of the two was
# not what was judged
verdict()
{
	local wrong

	only "$1" ours in-tree
	only "$1" in-tree ours
	summary "$1" in-tree
	summary "$1" ours
	wrong=$(unproved "$1" in-tree; unproved "$1" ours)
	[ -z "$wrong" ] || { printf '%s\n' "$wrong"; return 1; }
	[ "$(count "$1" ours 'not ok')" = 0 ]
}
