# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# Tests of suite.awk and results.sh: what the judge of the kernel says must not get lost
# on the way.  To be sourced after lib.sh, by selftests/scripts/run.
#
# In:  what the harness prints and what the guest does, made up here, and what may be
#      wrong with it.
# Out: a status each.

# suite_log: two tests that pass
suite_log()
{
	cat <<-'END'
		TAP version 13
		1..2
		# Starting 2 tests from 2 test cases.
		#  RUN           global.keysizes ...
		#            OK  global.keysizes
		ok 1 global.keysizes
		#  RUN           tls.12_aes_gcm.sendfile ...
		#            OK  tls.12_aes_gcm.sendfile
		ok 2 tls.12_aes_gcm.sendfile
		# PASSED: 2 / 2 tests passed.
		# Totals: pass:2 fail:0 xfail:0 xpass:0 skip:0 error:0
	END
}

# suite_of FILTER...: the log, changed by a command, as TAP
suite_of()
{
	suite_log | "$@" | awk -v number=5 -f "$SEAL_TOP/selftests/ktls/suite.awk"
}

# suite_says FILTER...: standard input is what is made of the log so changed, which is
# a failure
suite_says()
{
	local tap

	! tap=$(suite_of "$@") || { echo "passed: $tap"; return 1; }
	diff - <(printf '%s\n' "$tap")
}

rig_suite_lists_tests()
{
	diff - <(suite_of cat) <<-'END'
		ok 6 - global.keysizes
		ok 7 - tls.12_aes_gcm.sendfile
		ok 8 - the suite ran to its end
	END
}

rig_suite_sees_failure()
{
	suite_says sed -e 's/^ok 2/not ok 2/' \
		-e '/RUN.*sendfile/a # tls.c:448:sendfile:Expected 1 == 0' <<-'END'
		ok 6 - global.keysizes
		not ok 7 - tls.12_aes_gcm.sendfile
		# # tls.c:448:sendfile:Expected 1 == 0
		ok 8 - the suite ran to its end
	END
}

rig_suite_sees_skip()
{
	suite_says sed 's/^ok 1.*/& # SKIP no TLS support/' <<-'END'
		not ok 6 - global.keysizes
		# skipped: no TLS support
		ok 7 - tls.12_aes_gcm.sendfile
		ok 8 - the suite ran to its end
	END
}

# On plain TCP all is well, and nothing is proved.
rig_suite_sees_plain_tcp()
{
	suite_says sed '/RUN.*sendfile/a Failure setting TCP_ULP, testing without tls' <<-'END'
		ok 6 - global.keysizes
		not ok 7 - tls.12_aes_gcm.sendfile
		# Failure setting TCP_ULP, testing without tls
		ok 8 - the suite ran to its end
	END
}

rig_suite_sees_early_end()
{
	suite_says sed '/OK.*sendfile/,$d' <<-'END'
		ok 6 - global.keysizes
		not ok 7 - the suite ran to its end
		# planned 2 tests, ran 1
	END
}

rig_suite_sees_silence()
{
	suite_says sed d <<-'END'
		not ok 6 - the suite ran to its end
		# it printed no plan
	END
}

# verdict_on STATUS IN_TREE OURS: what is made of these two results, given as lines
verdict_on()
{
	local status=0

	# shellcheck source=selftests/ktls/results.sh
	. "$SEAL_TOP/selftests/ktls/results.sh"
	results=$(mktemp -d)
	mkdir "$results/6.1"
	printf '%s\n' "$2" >"$results/6.1/in-tree.tap"
	printf '%s\n' "$3" >"$results/6.1/ours.tap"
	verdict 6.1 >"$results/said" || status=$?
	[ "$status" = "$1" ] || echo "status $status, wanted $1"
	diff - "$results/said" && [ "$status" = "$1" ]
	rm -rf "$results"
}

rig_verdict_compares()
{
	verdict_on 0 $'ok 1 - a.b\nnot ok 2 - c.d.e\nok 3 - it was judged' \
		$'ok 1 - a.b\nok 2 - c.d.e\nok 3 - it was judged' <<-'END'
		passed by ours only: c.d.e
		Linux 6.1, in-tree: 1 passed, 1 failed
		Linux 6.1, ours: 2 passed, 0 failed
	END
}

rig_verdict_sees_failure()
{
	verdict_on 1 $'ok 1 - a.b\nnot ok 2 - c.d.e' $'not ok 1 - a.b\nok 2 - c.d.e' <<-'END'
		passed by ours only: c.d.e
		passed by in-tree only: a.b
		Linux 6.1, in-tree: 1 passed, 1 failed
		Linux 6.1, ours: 1 passed, 1 failed
	END
}

rig_verdict_wants_proof()
{
	verdict_on 1 'ok 1 - a.b' $'ok 1 - a.b\nnot ok 2 - it was judged' <<-'END'
		Linux 6.1, in-tree: 1 passed, 0 failed
		Linux 6.1, ours: 1 passed, 0 failed
		ours: not ok 2 - it was judged
	END
}
