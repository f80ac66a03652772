# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# What both ways to run the KUnit suites share.  To be sourced after lib.sh.
#
# In:  kernel logs.
# Out: TAP.

# The kernels that are run in user mode if none is named
# shellcheck disable=SC2034 # used by those that source this file
KUNIT_KERNELS=(6.12 7.3)

# The cases there were when this number was last raised: a suite that is no longer
# linked in must not go unnoticed.
KUNIT_MINIMUM=1345

# suites_report LOG: the results of the suites
suites_report()
{
	awk -v minimum="$KUNIT_MINIMUM" -f "$SEAL_TOP/selftests/kunit/ktap.awk" "$1"
}
