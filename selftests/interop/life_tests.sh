# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # client_pid is read by its name; those of peers.sh
#
# The whole life of a connection: "plain", which knows nothing of TLS, on a sealed
# socket, and at the other end OpenSSL and GnuTLS, which change keys, send tickets, die,
# and are cut off.  To be sourced by tests.
#
# In:  the functions of tap.sh, peers.sh and ktls.sh, and certificates;
#      build/tests/interop; LIFE_MEGABYTES, 256 if not set, which both ends send each
#      other while both change their keys.
# Out: TAP.

plain=$SEAL_TOP/build/tests/interop/plain
ssl_peer=$SEAL_TOP/build/tests/interop/ssl_peer
# Linux's words for the ends of a stream that are not clean
reset='Connection reset by peer'
truncated='Software caused connection abort'

# make_digits: lines of digits, none of which is a command to anybody; 4 MB that plain
# sends, and 1 MB that is typed
make_digits()
{
	seq -f '%015.0f' 1 262144 >digits
	head -n 65536 digits >typed
}

# forget_outs: they are pipes, perhaps, on which the next writer would wait for ever
forget_outs()
{
	rm -f {server,client}.out
}

# begin_server INPUT COMMAND...: it sends INPUT, and server.out, server.err are its
# files; address, port and server_pid
begin_server()
{
	local line

	rm -f server.ready
	mkfifo server.ready
	"${@:2}" accept leaf.pem leaf.key server.out <"$1" >server.ready 2>server.err &
	server_pid=$!
	line=$(first_line server.ready '^listening on ')
	address=${line#listening on }
	port=${address##*:}
}

# begin_client INPUT COMMAND...: likewise client.out, client.err and client_pid
begin_client()
{
	"${@:2}" connect ca.pem "$address" client.out <"$1" 2>client.err &
	client_pid=$!
}

# ends_well END: server or client
ends_well()
{
	local pid=$1_pid status=0

	wait "${!pid}" || status=$?
	cat "$1.err"
	[ "$status" = 0 ]
}

# breaks END PATTERN: plain says why it cannot read on
breaks()
{
	local pid=$1_pid status=0

	wait "${!pid}" || status=$?
	echo "status $status: $(<"$1.err")"
	[ "$status" = 1 ]
	grep -qE "^plain: read: ($2)\$" "$1.err"
}

# await_last FILE DOCUMENT: until the last line of the DOCUMENT is there, but not for ever
await_last()
{
	local deadline=$((SECONDS + 60)) last
	last=$(tail -n 1 "$2")

	until tail -n 20 "$1" | grep -qax "$last"; do
		[ "$SECONDS" -lt "$deadline" ]
	done
}

# plug_keyboard: a pipe that stays open until unplug_keyboard, for a peer to read from
plug_keyboard()
{
	rm -f keyboard
	mkfifo keyboard
	exec {keyboard}<>keyboard
}

unplug_keyboard()
{
	exec {keyboard}>&-
}

type_keys()
{
	"$SEAL_TOP/selftests/interop/type.py" typed "$@" >&"$keyboard"
}

# s_client_types COMMAND...: in the middle of data both ways; s_client is there until
# it has got all, and then goes by its command Q
s_client_types()
{
	forget_outs
	begin_server digits "$plain"
	plug_keyboard
	"$openssl" s_client -quiet -no_ign_eof -verify_return_error -CAfile ca.pem \
		-connect "$address" <keyboard >client.out 2>client.err &
	client_pid=$!
	type_keys "$@"
	await_last client.out digits
	await_last server.out typed
	echo Q >&"$keyboard"
	ends_well client
	ends_well server
	cmp server.out typed
	cmp client.out digits
}

# s_server_types COMMAND...: likewise; what s_server says of itself is not digits
s_server_types()
{
	forget_outs
	plug_keyboard
	rm -f feed
	mkfifo feed
	"$openssl" s_server -naccept 1 -accept 127.0.0.1:0 -cert leaf.pem -key leaf.key \
		<keyboard >server.out 2>server.err &
	peer_pid=$!
	await_listener
	server_pid=$peer_pid
	begin_client feed "$plain"
	exec {feed}>feed
	cat digits >&"$feed" &
	type_keys "$@"
	await_last server.out digits
	await_last client.out typed
	exec {feed}>&-
	ends_well client
	unplug_keyboard
	ends_well server
	grep -axE '[0-9]{15}' server.out | cmp - digits
	cmp client.out typed
}

# gnutls_cli_types COMMAND...: it goes when its input is at its end
gnutls_cli_types()
{
	forget_outs
	begin_server typed "$plain"
	plug_keyboard
	gnutls-cli --inline-commands --logfile client.err --x509cafile ca.pem \
		--port "$port" localhost <keyboard {keyboard}>&- >client.out &
	client_pid=$!
	type_keys "$@"
	await_last client.out typed
	await_last server.out typed
	unplug_keyboard
	ends_well client
	ends_well server
	cmp server.out typed
	cmp client.out typed
}

# exchange FILE: $server and $client, two commands, send it to each other at once
exchange()
{
	local file=$1 end checks=()

	forget_outs
	mkfifo {server,client}.out
	for end in server client; do
		cmp "$end.out" "$file" &
		checks+=($!)
	done
	begin_server "$file" "${server[@]}"
	begin_client "$file" "${client[@]}"
	ends_well client
	ends_well server
	wait "${checks[0]}"
	wait "${checks[1]}"
}

# exchange_as END FILE ARGUMENT...: plain is the END, ssl_peer with ARGUMENT... the other
exchange_as()
{
	local server=("$ssl_peer" "${@:3}") client=("$ssl_peer" "${@:3}")

	case $1 in
	server) server=("$plain") ;;
	client) client=("$plain") ;;
	esac
	exchange "$2"
}

# kills INPUT: the peer is killed after some of what it sends, while plain sends INPUT
kills()
{
	local got

	forget_outs
	mkfifo client.out
	begin_server "$www/kernel.tar" "$ssl_peer"
	begin_client "$1" "$plain"
	exec {got}<client.out
	head -c 300000 <&"$got" >part
	kill -KILL "$server_pid"
	cat <&"$got" >>part
	breaks client "$reset|$truncated"
	is_beginning part
}

# is_beginning FILE: it is not all, and what there is is right
is_beginning()
{
	local size
	size=$(stat -c %s "$1")

	echo "$size bytes came"
	[ "$size" -lt "$(stat -c %s "$www/kernel.tar")" ]
	cmp -n "$size" "$1" "$www/kernel.tar"
}

# through HOW BYTES FILE: plain gets FILE through cut.py
through()
{
	forget_outs
	begin_server "$3" "$ssl_peer"
	start_script "$SEAL_TOP/selftests/interop/cut.py" "$1" "$2" "$address"
	begin_client /dev/null "$plain"
}

cut_in_a_record()
{
	through "$1" 300000 "$www/kernel.tar"
	breaks client "$2"
	stop_script
	is_beginning client.out
}

# tells END PATTERN: plain said that at its end
tells()
{
	grep -E "$2" "$1.err"
}

# loses_close_notify: which is 24 bytes, header, alert, content type and tag
loses_close_notify()
{
	through leave 24 "$www/megabyte.bin"
	breaks client "$truncated"
	stop_script
	cmp client.out "$www/megabyte.bin"
}

# loses_close_notify_politely: the same, with a policy that calls it an end
loses_close_notify_politely()
{
	TRUNCATION_EOF=yes through leave 24 "$www/megabyte.bin"
	ends_well client
	stop_script
	tells client ', truncated$'
	cmp client.out "$www/megabyte.bin"
}

# make_big: LIFE_MEGABYTES out of a file of 60
make_big()
{
	while cat "$www/kernel.tar"; do :; done 2>/dev/null |
		head -c $((LIFE_MEGABYTES << 20)) >big || true
	[ "$(stat -c %s big)" = $((LIFE_MEGABYTES << 20)) ]
}

# update_both: both ends have a new key after 100 records each
update_both()
{
	local wanted=$((LIFE_MEGABYTES * 64 / 100))

	UPDATE_RECORDS=100 exchange_as client big -u 100
	tells client "^sent generation $wanted, received generation $wanted, not truncated"
}

test_life_updates()
{
	tap 'life: s_client types K and k' counts SealRxKeyUpdates=6 SealTxKeyUpdates+1 \
		SealRxErrors=0 -- s_client_types K k K k k K
	tap 'life: s_server types K and k' counts SealRxKeyUpdates=6 SealTxKeyUpdates+1 \
		SealRxErrors=0 -- s_server_types K k K k k K
	tap 'life: gnutls-cli types ^rekey^ and ^rekey1^' counts SealRxKeyUpdates=4 \
		SealTxKeyUpdates+1 SealRxErrors=0 -- \
		gnutls_cli_types '^rekey^' '^rekey1^' '^rekey1^' '^rekey^'
}

# 4 MB are 256 records, and a server sends two tickets by itself
test_life_peer()
{
	tap 'life: tickets in the middle of data' counts SealRxMessages=28 \
		SealRxErrors=0 -- exchange_as client digits -t 10
	tap 'life: tickets and new keys in the middle of data' \
		counts SealRxMessages=28 SealRxKeyUpdates=26 SealTxKeyUpdates+1 \
		SealRxErrors=0 -- exchange_as client digits -t 10 -r 10
	tap 'life: a client that asks for new keys in the middle of data' \
		counts SealRxKeyUpdates=26 SealTxKeyUpdates+1 SealRxErrors=0 -- \
		exchange_as server digits -r 10
}

test_life_ends()
{
	tap 'life: the peer is killed while it sends' kills /dev/null
	tap 'life: the peer is killed while both send' kills "$www/kernel.tar"
	tap 'life: RST in the middle of a record' cut_in_a_record reset "$reset"
	tap 'life: FIN in the middle of a record' cut_in_a_record fin "$truncated"
	tap 'life: close_notify is cut off' counts SealRxTruncated=1 -- loses_close_notify
	tap 'life: close_notify is cut off, and the policy has it so' \
		counts SealRxTruncated=1 -- loses_close_notify_politely
}

test_life()
{
	make_digits
	test_life_updates
	test_life_peer
	test_life_ends
	make_big
	tap "life: $LIFE_MEGABYTES MB each way, both ends with a new key every 100 records" \
		update_both
	forget_outs
}
