# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# Tests of what the tests stand on: a rig that loses a failure makes all of them
# worthless.  To be sourced after lib.sh, by run.
#
# In:  the scripts of selftests/scripts and selftests/vm.
# Out: a status each.

# rooms_with ROOM SCRIPT: a checkout of its own, with the runner and one room
rooms_with()
{
	local top
	top=$(mktemp -d)

	mkdir -p "$top/selftests/$1"
	cp -r "$SEAL_TOP/selftests/scripts" "$top/selftests/"
	printf '#!/bin/sh\n%s\n' "$2" >"$top/selftests/$1/run"
	chmod +x "$top/selftests/$1/run"
	printf '%s\n' "$top"
}

# runner_says LAST_LINE SCRIPT: what the runner makes of a room
runner_says()
{
	local top status=0 last
	top=$(rooms_with room "$2")

	"$top/selftests/scripts/test" room >"$top/output" || status=$?
	last=$(tail -n 1 "$top/output")
	rm -rf "$top"
	[ "$last" = "$1" ] || { echo "said: $last"; return 1; }
	case $1 in
	*' 0 failed,'*) [ "$status" = 0 ] ;;
	*) [ "$status" != 0 ] ;;
	esac
}

rig_runner_adds_up()
{
	runner_says '2 passed, 0 failed, 1 skipped' \
		'echo ok 1 - a; echo ok 2 - b; echo "ok 3 - c # SKIP no c here"; echo 1..3'
}

rig_runner_sees_failure()
{
	runner_says '1 passed, 1 failed, 0 skipped' 'echo ok 1 - a; echo not ok 2 - b; exit 1'
}

rig_runner_sees_death()
{
	runner_says '1 passed, 1 failed, 0 skipped' 'echo ok 1 - a; exit 3'
}

rig_runner_sees_silence()
{
	runner_says '0 passed, 1 failed, 0 skipped' 'exit 0'
}

rig_runner_sees_missing_tests()
{
	runner_says '1 passed, 1 failed, 0 skipped' 'echo 1..2; echo ok 1 - a'
}

# in_guest STATUS ARGUMENT...: selftests/vm/run exits with STATUS; its output is in
# guest_out and guest_err
in_guest()
{
	local wanted=$1 status=0 folder
	shift
	folder=$(mktemp -d)

	"$SEAL_TOP/selftests/vm/run" "$@" </dev/null >"$folder/out" 2>"$folder/err" ||
		status=$?
	guest_out=$(<"$folder/out")
	guest_err=$(<"$folder/err")
	rm -rf "$folder"
	[ "$status" = "$wanted" ] ||
		{ echo "status $status, wanted $wanted"; echo "$guest_err"; return 1; }
}

rig_guest_output_and_status()
{
	in_guest 42 'pwd; uname -r; grep -o ^sockseal /proc/modules
		echo complaint >&2; sleep 1000 & exit 42'
	[[ $guest_out == "$PWD"$'\n6.12.'*$'\nsockseal' ]]
	[ "$guest_err" = complaint ]
}

rig_guest_files()
{
	local before
	before=$(ls -a "$SEAL_TOP")

	in_guest 0 "cd '$SEAL_TOP' && touch new && echo x >Makefile && [ -w /tmp ]"
	[ "$before" = "$(ls -a "$SEAL_TOP")" ]
	[ "$(head -c 1 "$SEAL_TOP/Makefile")" != x ]
}

# Quiet at first and then not: a check that cannot fail is none.
rig_dmesg_check()
{
	in_guest 1 'selftests/vm/dmesg-check && echo quiet
		echo "WARNING: CPU: 0" >/dev/kmsg
		selftests/vm/dmesg-check'
	[ "$guest_out" = quiet ]
	[[ $guest_err == *'WARNING: CPU: 0'* ]]
}

rig_guest_panic()
{
	in_guest 125 'echo c >/proc/sysrq-trigger; sleep 1000'
	[[ $guest_err == *'the guest died'*'sysrq triggered crash'* ]]
}

rig_guest_timeout()
{
	in_guest 124 --timeout 20 'sleep 1000'
	[[ $guest_err == *'was stopped'* ]]
}
