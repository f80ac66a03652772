# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# Tests of the bench's table: a ratio that is wrong would be believed.  To be sourced
# after lib.sh, by selftests/scripts/run.
#
# In:  figures, made up here.
# Out: a status each.

# figures RIG WORK SIZE WAY=VALUE...: lines of JSON, with quartiles 1 percent apart from
# the value; without a value, a way that could not be measured
figures()
{
	local way rig=$1 work=$2 size=$3 value
	shift 3

	for way; do
		value=${way#*=}
		awk -v value="$value" -v rig="$rig" -v work="$work" -v size="$size" \
			-v way="${way%%=*}" 'BEGIN {
			printf "{\"rig\":\"%s\",\"kernel\":\"7.3\",\"work\":\"%s\",", rig, work
			printf "\"size\":%d,\"suite\":\"aes-128-gcm\",\"way\":\"%s\",", size, way
			printf value == "" ? "\"value\":null,\"low\":null,\"high\":null," : \
				"\"value\":%f,\"low\":%f,\"high\":%f,", value, value * 0.99, \
				value * 1.01
			print "\"unit\":\"ns\",\"runs\":9}" }'
	done
}

# table_has TEXT...: the table of standard input has a line with these words in a row
table_has()
{
	local table text
	table=$("$SEAL_TOP/selftests/perf/table.py" | tr -s ' ')

	for text; do
		grep -qF -- "$text" <<<"$table" ||
			{ printf 'no "%s" in:\n%s\n' "$text" "$table"; return 1; }
	done
}

table_sets_ways_side_by_side()
{
	figures native write 64 plain=1000 ktls=2000 sockseal=1400 |
		table_has 'native, Linux 7.3, ns' \
			'write 64 aes-128-gcm 1000 - 2000 1400 0.700 ±0.014 0.400'
}

table_leaves_out_what_was_not_measured()
{
	figures native write 65536 plain=1000 openssl='' sockseal=1400 |
		table_has 'write 64K aes-128-gcm 1000 - - 1400 - -'
}

table_has_no_ratio_below_plain()
{
	figures native coalesce 64 plain=1000 ktls=2000 sockseal=500 |
		table_has 'coalesce 64 aes-128-gcm 1000 - 2000 500 0.250 ±0.005 -'
}

# The measurement of a work again is in place of the first one
table_takes_the_last_figure()
{
	{
		figures native write 64 ktls=2000 sockseal=1000
		figures native write 64 sockseal=4000
	} | table_has 'write 64 aes-128-gcm - - 2000 4000 2.000'
}

# One size that is too dear is what counts, however cheap the others are
targets_take_the_worst_size()
{
	{
		figures instructions write 64 plain=1000 ktls=2000 sockseal=1400
		figures instructions write 1024 plain=1000 ktls=2000 sockseal=1500
		figures instructions read 256 plain=1000 ktls=2000 sockseal=1440
		figures instructions write 4096 plain=1000 ktls=2000 sockseal=1900
	} | table_has 'at most 0.45 0.500 ±0.025 at 1K MISSED selftests/perf/run 7.3 --work write' \
		'at most 0.45 0.440 ±0.023 at 256 met selftests/perf/run 7.3 --work read'
}

targets_add_write_and_read()
{
	{
		figures native write 64 ktls=900 sockseal=800
		figures native read 64 ktls=600 sockseal=200
	} | table_has 'at least 1.4 1.500 ±0.030 at 64 met selftests/perf/native/run write'
}

targets_compare_records()
{
	{
		figures native write 16384 ktls=4000 sockseal=3000
		figures native write 65536 ktls=16000 sockseal=12600
	} | table_has 'at least 1.25 1.270 ±0.025 at 64K met' 'at most 1.0 1.050 ±0.021 at 64K MISSED'
}

targets_add_the_cipher_to_sendfile()
{
	figures native sendfile 16384 plain=1000 cipher=1000 ktls=2600 sockseal=2400 |
		table_has 'at least 1.25 1.083 ±0.022 at 16K MISSED' \
			'at most 1.2 1.200 ±0.024 at 16K met'
}

targets_count_memory_beyond_tcp()
{
	figures instructions idle 0 plain=4000 ktls=8100 sockseal=5536 |
		table_has 'at most 1536 1536 ±55.360 at 0 met'
}

# What nobody measured is not said to be met or missed
targets_are_silent_without_figures()
{
	! figures native write 4096 plain=1 ktls=3 sockseal=2 |
		"$SEAL_TOP/selftests/perf/table.py" | grep 'at most\|at least' || return 1
}
