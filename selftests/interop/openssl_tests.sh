# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of peers.sh
#
# OpenSSL's own kTLS on sockets of the module: its server and its client, against a
# peer that does TLS in user space, so that no mistake is made twice, and against
# ours.  To be sourced by tests.
#
# In:  the functions of tap.sh, peers.sh and ktls.sh, and certificates.
# Out: TAP.

ktls_suites=(ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384
	ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-ECDSA-AES128-CCM
	TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384
	TLS_CHACHA20_POLY1305_SHA256 TLS_AES_128_CCM_SHA256)
megabyte=1048576

# is_old: before 3.2, kTLS is for sending alone in TLS 1.3, and never with AES-CCM there
is_old()
{
	[[ $version == 3.0.* ]]
}

# choose SUITE: $options, and $opens, how many directions of a connection OpenSSL lets
# the kernel open; fails if it has no kTLS for SUITE at all
choose()
{
	opens=1
	case $1 in
	TLS_*) options=(-tls1_3 -ciphersuites "$1") ;;
	*) options=(-tls1_2 -cipher "$1") ;;
	esac
	is_old || return 0
	case $1 in
	TLS_AES_128_CCM_SHA256) return 1 ;;
	TLS_*) opens=0 ;;
	esac
}

# to_plain FILE: s_server sends it by sendfile()
to_plain()
{
	ktls start_s_server -WWW -sendfile "${options[@]}"
	get s_client "$1" "${options[@]}"
	stop_peer
}

from_plain()
{
	start_s_server -WWW "${options[@]}"
	ktls get s_client "$1" "${options[@]}"
	stop_peer
}

# start_sink: s_server that writes to sink.out what it gets, and ends after that; its
# standard input is kept open
start_sink()
{
	local fd

	rm -f hold
	mkfifo hold
	exec {fd}<>hold
	"$openssl" s_server -quiet -naccept 1 -accept 127.0.0.1:0 -cert leaf.pem \
		-key leaf.key "${options[@]}" <hold >sink.out 2>sink.err &
	peer_pid=$!
	await_listener
}

# upload FILE: s_server ends well only after the close_notify of s_client
upload()
{
	ktls start_sink
	ktls "$openssl" s_client -quiet -no_ign_eof -nocommands -CAfile ca.pem \
		-verify_return_error -connect "$address" "${options[@]}" <"$www/$1"
	wait "$peer_pid"
	same "$1" <sink.out
}

# to_native FILE: "sockseal connect" ends well only after a close_notify
to_native()
{
	ktls start_s_server -WWW -sendfile "${options[@]}"
	get sockseal "$1"
	stop_peer
}

from_native()
{
	start_leaf
	ktls get s_client "$1" "${options[@]}"
	stop_serve
	diff /dev/null serve.err
}

# resumes: the ticket, which comes in a record of another type, is of use
resumes()
{
	ktls start_s_server -WWW "${options[@]}"
	ktls get s_client byte.txt "${options[@]}" -sess_out session
	request byte.txt >asked
	ktls "$openssl" s_client -ign_eof -CAfile ca.pem -connect "$address" \
		-sess_in session "${options[@]}" <asked >resumed 2>&1
	stop_peer
	grep -a '^Reused, ' resumed
}

# authenticates: the server reads the client's certificate, and refuses without
authenticates()
{
	ktls start_s_server -WWW -Verify 1 -verify_return_error -CAfile "$PWD/ca.pem" \
		"${options[@]}"
	ktls get s_client byte.txt -cert p384.pem -key p384.key "${options[@]}"
	! ktls get s_client byte.txt "${options[@]}"
	stop_peer
}

# is_harmed HOW PATTERN: s_client through cut.py says that, and what it wrote until then
# is right
is_harmed()
{
	start_s_server -WWW "${options[@]}"
	start_script "$SEAL_TOP/selftests/interop/cut.py" "$1" 300000 "$address"
	! ktls get_s_client megabyte.bin "${options[@]}" >got
	stop_script
	stop_peer
	cat s_client.err
	grep -qE -e "$2" s_client.err
	cmp -n "$(stat -c %s got)" got "$www/megabyte.bin"
	[ "$(stat -c %s got)" -lt "$megabyte" ]
}

# start_talk WHO WITH: s_server run by WHO and s_client run by WITH, which send what is
# written to server_in and client_in, and write what they get to server_out and client_out
start_talk()
{
	rm -f talk.*
	mkfifo talk.{server,client}_{in,out}
	exec {server_in}<>talk.server_in {server_out}<>talk.server_out
	exec {client_in}<>talk.client_in {client_out}<>talk.client_out
	"$1" start_talk_server
	"$2" start_talk_client
	say_as client hello
}

start_talk_server()
{
	"$openssl" s_server -accept 127.0.0.1:0 -cert leaf.pem -key leaf.key \
		"${options[@]}" <talk.server_in >talk.server_out 2>&1 &
	peer_pid=$!
	await "$server_out" '^ACCEPT '
	address=${line#ACCEPT }
}

start_talk_client()
{
	"$openssl" s_client -CAfile ca.pem -connect "$address" "${options[@]}" \
		<talk.client_in >talk.client_out 2>&1 &
}

# await FD PATTERN: read until a line matches, which is left in $line
await()
{
	while IFS= read -r -t 60 line <&"$1"; do
		echo "$line"
		[[ ! $line =~ $2 ]] || return 0
	done
	echo "nothing like that came: $2"
	return 1
}

# say_as client|server TEXT: one says it, the other gets it
say_as()
{
	case $1 in
	client) echo "$2" >&"$client_in"; await "$server_out" "^$2\$" ;;
	server) echo "$2" >&"$server_in"; await "$client_out" "^$2\$" ;;
	esac
}

# stop_talk: both ends say goodbye
stop_talk()
{
	echo Q >&"$client_in"
	await "$client_out" '^(DONE|closed)$'
	await "$server_out" '^DONE$'
	stop_peer
}

# ss_tells VERSION CIPHER: what the kernel says of both ends of a connection
ss_tells()
{
	local direction=none
	[ "$opens" = 0 ] || direction=sw

	start_talk ktls ktls
	ss -Hti "( sport = ${address##*:} or dport = ${address##*:} )" |
		grep -o 'tcp-ulp-.*' | sed 's/ *$//' >told
	stop_talk
	cat told
	[ "$(grep -cx "tcp-ulp-tls version: $1 cipher: $2 rxconf: $direction txconf: sw" \
		told)" = 2 ]
}

# update_keys: each end says that its keys change, and asks the other to change its own
# (RFC 8446 4.6.3)
update_keys()
{
	local updates

	start_talk ktls ktls
	echo k >&"$client_in"
	await "$client_out" KEYUPDATE
	say_as client again
	updates=$(counter SealTxRekeyOk)
	echo k >&"$server_in"
	await_growth SealTxRekeyOk "$updates"
	say_as server again
	echo K >&"$client_in"
	await "$client_out" KEYUPDATE
	say_as client 'and again'
	say_as server 'and again'
	stop_talk
}

# follow_update: the kernel seals, and OpenSSL in user space opens with the new key
follow_update()
{
	start_talk ktls plain
	echo k >&"$client_in"
	await "$client_out" KEYUPDATE
	say_as client again
	say_as server again
	stop_talk
}

test_openssl_suites()
{
	local suite

	for suite in "${ktls_suites[@]}"; do
		choose "$suite" || continue
		tap "OpenSSL $version: $suite, kTLS server, plain client" \
			counts SealTxSw=1 SealRxSw="$opens" \
			SealTxSplicedBytes+$megabyte -- to_plain megabyte.bin
		[ "$opens" = 1 ] || continue
		tap "OpenSSL $version: $suite, plain server, kTLS client" \
			counts SealTxSw=1 SealRxSw=1 SealRxBytes+$megabyte -- \
			from_plain megabyte.bin
	done
}

# test_openssl_version SUITE VERSION CIPHER: what TLS 1.2 and 1.3 have in common; ss has
# its own names for both
test_openssl_version()
{
	local name="OpenSSL $version: $1"

	choose "$1"
	tap "$name, upload and close_notify" counts SealTxSw=2 SealRxSw=$((2 * opens)) \
		SealTxBytes+$megabyte -- upload megabyte.bin
	tap "$name, session ticket" counts SealTxSw=4 -- resumes
	tap "$name, client authentication" counts SealTxSw+2 -- authenticates
	tap "$name, ss tells" counts SealTxSw=2 -- ss_tells "$2" "$3"
	[ "$opens" = 1 ] || return 0
	tap "$name, FIN in the middle of a record" is_harmed fin 'unexpected eof'
	tap "$name, a bit turned over" is_harmed flip 'bad record mac'
	tap "$name, RST" is_harmed reset 'reset|errno=104'
}

test_native_peer()
{
	choose TLS_AES_128_GCM_SHA256
	tap "OpenSSL $version: kTLS server, sockseal connect" \
		counts SealTxSplicedBytes+$megabyte SealRxBytes+$megabyte -- \
		to_native megabyte.bin
	tap "OpenSSL $version: sockseal serve, kTLS client" \
		counts SealTxSplicedBytes+$megabyte SealTxSw=2 -- from_native megabyte.bin
}

test_key_update()
{
	if is_old; then
		tap "OpenSSL $version: KeyUpdate of a client in user space" \
			counts SealTxSw=1 SealRxSw=0 -- follow_update
	else
		tap "OpenSSL $version: KeyUpdate of both ends" counts SealTxSw=2 SealRxSw=2 \
			SealTxRekeyOk=4 SealRxRekeyOk=4 SealRxRekeyReceived=4 -- update_keys
	fi
}

# test_openssl PROGRAM
test_openssl()
{
	local openssl=$1 version options opens

	version=$("$openssl" version | cut -d ' ' -f 2)
	test_openssl_suites
	test_openssl_version ECDHE-ECDSA-AES128-GCM-SHA256 1.2 aes-gcm-128
	test_openssl_version TLS_AES_256_GCM_SHA384 1.3 aes-gcm-256
	test_native_peer
	test_key_update
}
