# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# Tests of the gate: one that lets everything through would not be noticed.  To be
# sourced after table_tests.sh, by selftests/scripts/run.
#
# In:  ratios and figures, made up here.
# Out: a status each.

# gate_says STATUS TEXT VALUE: what it says of our VALUE, where a write over plain TCP
# costs us 400 instructions and in-tree 1000 by its records
gate_says()
{
	local folder status=0
	folder=$(mktemp -d)

	echo '{"7.3": {"write 64": 0.4}}' >"$folder/gate.json"
	figures instructions write 64 plain=1000 ktls=2000 sockseal="$3" |
		"$SEAL_TOP/selftests/perf/gate.py" judge "$folder/gate.json" 7.3 \
			>"$folder/out" || status=$?
	cat "$folder/out"
	[ "$status" = "$1" ]
	grep -q -- "$2" "$folder/out"
	rm -r "$folder"
}

gate_passes_what_stays()
{
	gate_says 0 '^ok 1 - write 64 ' 1411
}

gate_sees_worse()
{
	gate_says 1 '^not ok 1 - write 64 .* 3.5 percent worse.*gate --record 7.3' 1414
}

gate_tells_better()
{
	gate_says 0 '^ok 1 - write 64 .* 5.0 percent better' 1380
}

gate_sees_what_is_missing()
{
	gate_says 1 '^not ok 1 - write 64 was not measured' ''
}
