# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of peers.sh
#
# The tracepoints as trace-cmd shows them: "sockseal serve" with a client of OpenSSL's
# that changes its keys, and the secrets that must not be in the recording.  To be sourced
# by tests.
#
# In:  the functions of tap.sh and peers.sh, and certificates; trace-cmd.
# Out: TAP.

# record_start, record_stop: all events of the module in between, in trace.dat and, as
# lines without process and time, in trace.txt
record_start()
{
	trace-cmd start -e sockseal >/dev/null
}

record_stop()
{
	trace-cmd stop
	trace-cmd extract -o trace.dat >/dev/null
	trace-cmd reset
	trace-cmd report -i trace.dat 2>report.err |
		sed -nE 's/.*: (seal_[a-z_]+): +cookie=[0-9a-f]+ /\1: /p' >trace.txt
	cat trace.txt
}

# rekeying_client: s_client changes its key and asks the server for its next one, which
# it does when it reads a "K" alone, and then fetches a file
rekeying_client()
{
	local hold pid

	rm -f typed said
	mkfifo typed said
	exec {hold}<>typed
	"$openssl" s_client -tls1_3 -CAfile ca.pem -connect "$address" -keylogfile keys.txt \
		<typed >said 2>&1 &
	pid=$!
	echo K >&"$hold"
	first_line said '^KEYUPDATE'
	request byte.txt >&"$hold"
	wait "$pid"
	exec {hold}>&-
}

# trace_tells EVENT...: the next events of the trace begin with these words, others in between
trace_tells()
{
	local event line

	while IFS= read -r line; do
		event=${1:-}
		[ -n "$event" ] || break
		[[ $line != "$event"* ]] || shift
	done <trace.txt
	[ $# = 0 ] || { echo "not in the trace: $1"; return 1; }
}

trace_a_transfer()
{
	start_leaf
	record_start
	rekeying_client
	stop_serve
	record_stop
	trace_tells 'seal_attach: ulp=sockseal family=inet sport=' \
		'seal_keys: direction=tx version=0x0304 suite=0x1301 seq=' \
		'seal_keys: direction=rx version=0x0304 suite=0x1301 seq=0' \
		'seal_record_rx: type=handshake length=5 seq=0 generation=0' \
		'seal_rekey: direction=rx generation=1 why=received' \
		'seal_record_tx: type=handshake length=5 seq=' \
		'seal_rekey: direction=tx generation=1 why=answer' \
		'seal_record_rx: type=application_data length=' \
		'seal_record_tx: type=application_data length=' \
		'seal_alert: direction=tx level=warning description=close_notify' \
		'seal_close: state=keys|'
}

# trace_keeps_secrets: nothing of what OpenSSL says the secrets are is in the recording;
# and it would be found there
trace_keeps_secrets()
{
	grep -q '^CLIENT_TRAFFIC_SECRET_0 ' keys.txt
	"$SEAL_TOP/selftests/interop/holds.py" keys.txt trace.dat
	{
		cat trace.dat
		printf '%b' "$(grep -m 1 -oE '[0-9a-f]+$' keys.txt | sed 's/../\\x&/g')"
	} >leaky.dat
	! "$SEAL_TOP/selftests/interop/holds.py" keys.txt leaky.dat
}

test_trace()
{
	tap 'trace-cmd shows a transfer, its rekey, its alerts and its end' trace_a_transfer
	tap 'no secret is in what trace-cmd has recorded' trace_keeps_secrets
}
