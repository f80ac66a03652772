# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# Tests written in bash.  To be sourced after lib.sh.
#
# In:  commands that fail when what they are named for is not so.
# Out: TAP.

tap_count=0
tap_failures=0

# tap NAME COMMAND...: one test; what COMMAND writes is shown if it fails
#
# COMMAND runs in a shell of its own with errexit, which bash ignores in a function
# whose status somebody asks for in the same shell.
tap()
{
	local name=$1 output status
	shift

	tap_count=$((tap_count + 1))
	output=$(mktemp)
	set +e
	(set -e; "$@") >"$output" 2>&1
	status=$?
	set -e
	if [ "$status" = 0 ]; then
		printf 'ok %d - %s\n' "$tap_count" "$name"
	else
		tap_failures=$((tap_failures + 1))
		printf 'not ok %d - %s\n' "$tap_count" "$name"
		sed 's/^/# /' "$output"
	fi
	rm -f "$output"
}

# tap_skip NAME WHY: one test that cannot run here
tap_skip()
{
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

# tap_include PREFIX: what another program wrote as TAP, on standard input, goes on
# where ours is; its plan does not count, and what is no result is a comment.  A test that
# was skipped is "not ok NUMBER # SKIP NAME" to cmocka.
tap_include()
{
	local prefix=$1 line

	while IFS= read -r line; do
		if [[ $line =~ ^'not ok '[0-9]+' # SKIP '(.*) ]]; then
			line="ok 0 - ${BASH_REMATCH[1]} # SKIP"
		fi
		case $line in
		1..*) continue ;;
		'ok '*) ;;
		'not ok '*) tap_failures=$((tap_failures + 1)) ;;
		*) printf '# %s\n' "${line#\# }"; continue ;;
		esac
		tap_count=$((tap_count + 1))
		printf '%s %d - %s%s\n' "${line%% [0-9]*}" "$tap_count" "$prefix" "${line#* - }"
	done
}

# tap_done: the plan; fails if a test failed
tap_done()
{
	printf '1..%d\n' "$tap_count"
	[ "$tap_failures" = 0 ]
}
