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

# A part's results go on where ours are, and its failure is ours
rig_tap_includes_part()
{
	local status=0

	diff - <(
		tap_count=3 tap_failures=0
		tap_include 'part: ' <<-'END'
			ok 1 - a - b
			saying why
			not ok 2 # SKIP c
			not ok 3 - d
			1..3
		END
		tap_done
	) <<-'END' || status=$?
		ok 4 - part: a - b
		# saying why
		ok 5 - part: c # SKIP
		not ok 6 - part: d
		1..6
	END
	! (tap_failures=0; tap_include '' <<<'not ok 1 - a'; tap_done) >/dev/null || return 1
	return "$status"
}

rig_runner_sees_missing_tests()
{
	runner_says '1 passed, 1 failed, 0 skipped' 'echo 1..2; echo ok 1 - a'
}

# A room with a guest is run for each kernel, and no other room is.
rig_runner_takes_kernels()
{
	local top
	top=$(rooms_with kernel 'echo "ok 1 - ${KERNEL:-none}"; [ "$KERNEL" = 6.1 ] ||
		echo "ok 2 - $KERNEL"')
	mkdir "$top/selftests/unit"
	printf '#!/bin/sh\n[ -z "${KERNEL+set}" ] && echo ok 1 - a\n' >"$top/selftests/unit/run"
	chmod +x "$top/selftests/unit/run"

	KERNEL=5.10 "$top/selftests/scripts/test" --kernels '6.1 7.3' kernel unit |
		tail -n 3 >"$top/output"
	diff - "$top/output" <<-'END'
		Linux 6.1: 1 passed, 0 failed, 0 skipped
		Linux 7.3: 2 passed, 0 failed, 0 skipped
		4 passed, 0 failed, 0 skipped
	END
	rm -rf "$top"
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

rig_guest_bare()
{
	in_guest 0 --bare 'test ! -e /sys/module/sockseal && modprobe tls'
}

# With the name "tls" for ours the in-tree module is kept out, and told if it came in
# by force.
rig_guest_ktls()
{
	in_guest 0 --ktls '! modprobe -q tls && [ ! -e /proc/net/tls_stat ]'
	in_guest 126 --ktls 'xz -dc "$(modinfo -F filename tls)" >/tmp/tls.ko
		insmod /tmp/tls.ko'
	[[ $guest_err == *'in-tree module tls is loaded'* ]]
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
