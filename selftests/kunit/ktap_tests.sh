# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# Tests of ktap.awk: whatever goes wrong in a kernel must end as a "not ok".  To be
# sourced after lib.sh, by selftests/scripts/run.
#
# In:  a boot log made up here, and what may be wrong with it.
# Out: a status each.

# ktap_log: two suites; the first has a case with two parameters
ktap_log()
{
	sed 's/^/[    0.100000] /' <<-'END'
		printk: legacy console enabled
		KTAP version 1
		1..2
		    KTAP version 1
		    # Subtest: first
		    # module: sockseal
		    1..2
		        KTAP version 1
		        # Subtest: each
		        ok 1 one
		        ok 2 two
		    # each: pass:2 fail:0 skip:0 total:2
		    ok 1 each
		    ok 2 alone # SKIP no luck
		# first: pass:2 fail:0 skip:0 total:2
		# Totals: pass:3 fail:0 skip:0 total:3
		ok 1 first
		    KTAP version 1
		    # Subtest: second
		    1..1
		    ok 1 only
		ok 2 second
		reboot: System halted
	END
}

# ktap_of FILTER...: the log, changed by a command, as TAP
ktap_of()
{
	ktap_log | "$@" | awk -v minimum=4 -f "$SEAL_TOP/selftests/kunit/ktap.awk"
}

# ktap_fails LINE FILTER...: the log so changed is a failure, and LINE says which
ktap_fails()
{
	local line=$1 tap
	shift

	! tap=$(ktap_of "$@") || { echo "passed: $tap"; return 1; }
	grep -qxF "$line" <<<"$tap" || { echo "no such line: $line"; echo "$tap"; return 1; }
}

rig_ktap_lists_cases()
{
	diff - <(ktap_of cat) <<-'END'
		ok 1 - first: each: one
		ok 2 - first: each: two
		ok 3 - first: alone # SKIP no luck
		ok 4 - second: only
		ok 5 - every suite ran to its end
		ok 6 - there are enough cases
		ok 7 - the kernel log is clean
		1..7
	END
}

rig_ktap_sees_failure()
{
	ktap_fails 'not ok 4 - second: only' sed 's/ok 1 only/not &/; s/ok 2 second/not &/'
	ktap_fails '# expected 1' sed 's/ok 2 two/not &/; s/ ok 1 one/&\n    expected 1/'
}

# A suite can fail though its cases do not: its init did
rig_ktap_sees_failing_suite()
{
	ktap_fails 'not ok 5 - second' sed 's/ok 2 second/not &/'
}

rig_ktap_sees_missing_case()
{
	ktap_fails 'not ok 3 - first' sed '/alone/d'
	ktap_fails 'not ok 4 - second' sed '/only/d'
	ktap_fails '# 3 cases, expected at least 4' sed 's/1\.\.2/1..1/; /alone/d'
}

rig_ktap_sees_death()
{
	ktap_fails 'not ok 5 - every suite ran to its end' sed '/ok 2 second/Q'
	ktap_fails '# 0 of ? suites ended' sed '/KTAP/Q'
}

rig_ktap_sees_splat()
{
	ktap_fails '# WARNING: CPU: 0 PID: 9 at net/sockseal/tx.c:1' \
		sed 's/printk: .*/WARNING: CPU: 0 PID: 9 at net\/sockseal\/tx.c:1/'
	ktap_fails '# BUG: sleeping function called' \
		sed 's/.*ok 1 only/[    0.2] BUG: sleeping function called\n&/'
}
