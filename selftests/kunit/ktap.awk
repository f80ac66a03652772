# SPDX-License-Identifier: MIT OR GPL-2.0
#
# In:  the boot log of a kernel whose KUnit suites are built in (KTAP, nested, each
#      line behind a time stamp); -v minimum=N, how many cases there must be.
# Out: TAP: a line for each case and each parameter of one, then three about the
#      log as a whole.  Exit status 1 if a line is "not ok".
#
# In the log of a case that has subtests their results stand before the case's own,
# one level (four blanks) deeper.

function emit(good, name, skip)
{
	printf "%sok %d - %s%s\n", good ? "" : "not ", ++number, name, skip
	if (!good) {
		failed = 1
		printf "%s", notes
	}
	notes = ""
}

function note(text)
{
	notes = notes "# " text "\n"
}

# name of what has its result at this level, the names of the groups first
function full_name(level, name,   i, path)
{
	for (i = 1; i <= level; i++)
		path = path group[i] ": "
	return path name
}

# how many of the planned ones there were
function tally(level)
{
	return results[level] + 0 " of " (plan[level] < 0 ? "?" : plan[level])
}

function open_group(level, name)
{
	group[level] = name
	results[level] = bad[level] = 0
	plan[level] = -1
	opened[level] = 1
}

# The result of a group is that of its members, unless some are missing or it
# failed by itself
function close_group(level, good, name,   whole)
{
	whole = results[level] > 0 &&
		(plan[level] < 0 || plan[level] == results[level])
	if (!whole)
		note(tally(level) " cases ran")
	if (!whole || !good && !bad[level])
		emit(0, full_name(level - 1, name), "")
	opened[level] = 0
	notes = ""
}

function result(level, good, name, skip)
{
	results[level]++
	if (!good)
		bad[level]++
	if (opened[level + 1]) {
		close_group(level + 1, good, name)
	} else {
		cases++
		emit(good, full_name(level, name), skip)
	}
}

function parse_result(level, line,   good, skip)
{
	good = line !~ /^not /
	sub(/^(not )?ok [0-9]+ (- )?/, "", line)
	if (match(line, / # SKIP.*/)) {
		skip = substr(line, RSTART)
		line = substr(line, 1, RSTART - 1)
	}
	result(level, good, line, skip)
}

function is_splat(line)
{
	return line ~ /(WARNING|BUG|INFO|UBSAN|KASAN|KFENCE): / ||
	       line ~ /Kernel panic|Call Trace|cut here|Oops|corrupt|refcount_t:/
}

BEGIN {
	plan[0] = -1
}

{
	sub(/\r$/, "")
	sub(/^\[ *[0-9]+\.[0-9]+\] /, "")
	match($0, /^ */)
	level = int(RLENGTH / 4)
	line = substr($0, RLENGTH + 1)
}

line ~ /^KTAP version 1$/ {
	started = 1
	next
}

started && line ~ /^# Subtest: / {
	open_group(level, substr(line, 12))
	next
}

started && line ~ /^1\.\.[0-9]+$/ {
	plan[level] = substr(line, 4)
	next
}

started && line ~ /^(not )?ok [0-9]+ / {
	parse_result(level, line)
	next
}

is_splat(line) {
	splats = splats "# " line "\n"
}

# Whatever else is said may explain the next failure
started && line != "" && line !~ /^# (module: |[^ ]+: pass:|Totals: )/ {
	note(line)
}

END {
	notes = ""
	note(tally(0) " suites ended")
	emit(plan[0] > 0 && plan[0] == results[0], "every suite ran to its end", "")
	notes = ""
	note(cases + 0 " cases, expected at least " minimum)
	emit(cases >= minimum && minimum > 0, "there are enough cases", "")
	notes = splats
	emit(splats == "", "the kernel log is clean", "")
	printf "1..%d\n", number
	exit failed
}
