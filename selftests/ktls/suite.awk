# SPDX-License-Identifier: MIT OR GPL-2.0
#
# Reads what a program of the kernel's selftests says about its tests.
#
# In:  its output: TAP with the words of the harness around each result; number, that
#      of the last result before this program.
# Out: TAP without a plan, "ok 1 - fixture.variant.test", complaints below what failed.
#
# A test that was skipped, or that went on without TLS, has shown nothing and is told
# as a failure; so is a suite that ends before its last test.

BEGIN { planned = -1 }

/^1\.\.[0-9]+$/ { planned = substr($0, 4) + 0; next }
/^TAP version / || /^# *(OK|FAIL) / || /^# (Starting|Totals:|PASSED:|FAILED:) / { next }

/^# *RUN / { said = ""; next }

/^(not )?ok [0-9]+ / {
	failed = /^not /
	sub(/^(not )?ok [0-9]+ /, "")
	name = $0
	sub(/ +#.*/, "", name)
	directive = substr($0, length(name) + 1)
	if (directive ~ /# SKIP/)
		complain("skipped:" substr(directive, index(directive, "SKIP") + 4))
	ran++
	result(name)
	next
}

{
	if (/testing without tls/)
		without_tls = 1
	said = said "# " $0 "\n"
}

END {
	if (planned < 0)
		complain("it printed no plan")
	else if (planned != ran)
		complain("planned " planned " tests, ran " ran + 0)
	result("the suite ran to its end")
	fflush()
	exit any_failed
}

function complain(what)
{
	failed = 1
	said = said "# " what "\n"
}

function result(name)
{
	failed = failed || without_tls
	printf "%s %d - %s\n", failed ? "not ok" : "ok", ++number, name
	if (failed) {
		any_failed = 1
		printf "%s", said
	}
	failed = without_tls = 0
	said = ""
	fflush()
}
