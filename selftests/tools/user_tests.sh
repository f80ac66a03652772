# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of peers.sh and tools/run
#
# Whole connections of "serve" and "connect" with --backend user, which need no module,
# against the programs of others.  To be sourced by run.
#
# In:  the functions of tap.sh and peers.sh, certificates, megabyte.bin in $www.
# Out: TAP.

psk_key=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff

# user_serve ARGUMENT...
user_serve()
{
	start_serve --backend user --verbose --root "$www" "$@"
}

# user_leaf ARGUMENT...: with a certificate
user_leaf()
{
	user_serve --cert leaf.pem --key leaf.key "$@"
}

user_connect()
{
	"$sockseal" connect --backend user --verbose "$@"
}

# stop_clean: serve ends well, and had nothing to complain of
stop_clean()
{
	stop_serve
	cat serve.err
	! grep -v ': sealed: ' serve.err
}

# tells FILE WORD...: a line of --verbose in FILE has all these words
tells()
{
	local word line
	line=$(grep ': sealed: ' "$1" | tail -n 1)

	echo "$line"
	for word in "${@:2}"; do
		[[ " $line " == *" $word "* ]]
	done
}

# fetched COMMAND...: it writes megabyte.bin
fetched()
{
	"$@" | cmp - "$www/megabyte.bin"
}

get_user()
{
	request megabyte.bin | user_connect --ca ca.pem "$@" "$address" 2>connect.err | body
}

# served_to CLIENT: one of the functions get_*
served_to()
{
	user_leaf
	fetched "$1" megabyte.bin
	fetched "$1" megabyte.bin
	stop_clean
}

fetched_from_s_server()
{
	start_s_server -WWW "$@"
	fetched get_user
	stop_peer
}

fetched_from_gnutls_serv()
{
	local fd

	# it closes with our close_notify unread: so our input stays open
	rm -f input
	mkfifo input
	exec {fd}<>input
	start_gnutls_serv "$www/megabyte.bin"
	request megabyte.bin >input
	user_connect --ca ca.pem "$address" <input 2>connect.err | body |
		cmp - "$www/megabyte.bin"
	exec {fd}>&-
	stop_peer
}

fetched_from_us()
{
	user_leaf
	fetched get_user
	stop_clean
}

# memory: neither end leaks or touches what is not its own
memory()
{
	local sockseal=$SEAL_TOP/build/asan/sockseal

	user_leaf
	fetched get_user --session memory.session
	fetched get_user --session memory.session
	tells connect.err resumed=1
	! get_curl megabyte.bin --cacert other-ca.pem
	stop_serve
	[ "$(grep -vc ': sealed: ' serve.err)" = 1 ]
	user_leaf --echo
	user_connect --ca ca.pem "$address" <"$www/megabyte.bin" 2>/dev/null |
		cmp - "$www/megabyte.bin"
	stop_clean
	is_cut flip 'integrity'
}

# goes_on: after clients that fail, the next one is served
goes_on()
{
	local fd

	user_leaf
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET / HTTP/1.0\r\n\r\n' >&"$fd"
	cat <&"$fd" >/dev/null
	exec {fd}>&-
	! get_curl megabyte.bin --tls-max 1.2
	! get_curl megabyte.bin --cacert other-ca.pem
	fetched get_curl megabyte.bin
	stop_serve
	cat serve.err
	[ "$(grep -vc ': sealed: ' serve.err)" = 3 ]
}

echoes()
{
	user_leaf --echo
	user_connect --ca ca.pem "$address" <"$www/megabyte.bin" 2>connect.err |
		cmp - "$www/megabyte.bin"
	stop_clean
}

# await FD PATTERN: read until a line matches
await()
{
	local line

	while IFS= read -r -t 60 line <&"$1"; do
		echo "$line"
		[[ ! $line =~ $2 ]] || return 0
	done
	return 1
}

# start_talk ARGUMENT...: s_client whose input and output are $in and $out
start_talk()
{
	rm -f talk.in talk.out
	mkfifo talk.in talk.out
	"$openssl" s_client -connect "$address" "$@" <talk.in >talk.out 2>&1 &
	peer_pid=$!
	exec {in}>talk.in {out}<talk.out
}

# echo_to_s_client ARGUMENT...: it says a word, hears it, and half-closes
echo_to_s_client()
{
	local in out

	start_talk -quiet -no_ign_eof "$@"
	echo hello >&"$in"
	await "$out" '^hello$'
	exec {in}>&-
	cat <&"$out"
	wait "$peer_pid"
}

echo_of_s_client()
{
	user_leaf --echo
	echo_to_s_client -CAfile ca.pem -verify_return_error
	stop_clean
}

# key_updates: s_client changes its key, and asks for ours, between the lines of an echo
key_updates()
{
	local in out

	user_leaf --echo
	start_talk -CAfile ca.pem
	for command in one k two K three K k four; do
		echo "$command" >&"$in"
		case $command in
		[kK]) await "$out" KEYUPDATE ;;
		*) await "$out" "^$command\$" ;;
		esac
	done
	echo Q >&"$in"
	cat <&"$out" >/dev/null
	wait "$peer_pid"
	stop_clean
}

# agrees_on OPTION NAME TELLS [ARGUMENT...]: as server and as client
agrees_on()
{
	user_leaf "$1" "$2"
	fetched get_s_client megabyte.bin
	tells serve.err "$3"
	stop_clean
	start_s_server -WWW
	fetched get_user "$1" "$2"
	tells connect.err "$3"
	stop_peer
}

# prefers: of a list the first that the peer has
prefers()
{
	start_s_server -WWW -ciphersuites TLS_CHACHA20_POLY1305_SHA256 -groups P-384
	fetched get_user --suites TLS_AES_256_GCM_SHA384,TLS_CHACHA20_POLY1305_SHA256 \
		--groups x25519,secp384r1
	tells connect.err suite=TLS_CHACHA20_POLY1305_SHA256 group=secp384r1
	stop_peer
}

# nothing_in_common OPTION NAME [ARGUMENT OF S_SERVER...]
nothing_in_common()
{
	start_s_server -WWW "${@:3}"
	refuses 1 'handshake_failure' "$sockseal" connect --backend user --ca ca.pem \
		"$1" "$2" "$address"
	stop_peer
}

# psk_of_s_client: and no certificate is there
psk_of_s_client()
{
	user_serve --psk psks --echo
	echo_to_s_client -psk_identity second -psk "$psk_key"
	tells serve.err psk=1 peer_scheme=0000
	! echo hello | "$openssl" s_client -quiet -no_ign_eof -psk_identity nobody \
		-psk "$psk_key" -connect "$address" >client.out 2>&1
	grep 'unknown_psk_identity\|unknown psk identity' client.out
	stop_serve
}

psk_for_s_server()
{
	start_s_server -WWW -nocert -psk_identity second -psk "$psk_key"
	fetched get_user --psk psks
	tells connect.err psk=1
	stop_peer
}

# resumes_with OPTION VALUE RESUMED: s_client, with the ticket of the first connection
resumes_with()
{
	user_leaf "$1" "$2"
	rm -f ticket
	request megabyte.bin | "$openssl" s_client -quiet -ign_eof -CAfile ca.pem \
		-servername localhost -sess_out ticket -connect "$address" 2>/dev/null | body |
		cmp - "$www/megabyte.bin"
	[ "$3" = 1 ] || [ ! -s ticket ]
	[ "$3" = 0 ] || fetched get_s_client megabyte.bin -sess_in ticket
	tells serve.err resumed="$3"
	stop_clean
}

# knows_clients: one with a certificate is served, one without is told so
knows_clients()
{
	user_leaf --client-ca ca.pem --require-client-certificate
	fetched get_s_client megabyte.bin -cert client.pem -key client.key
	fetched get_curl megabyte.bin --cert client.pem --key client.key
	fetched get_user --cert client.pem --key client.key
	tells serve.err peer_scheme=0503
	! get_curl megabyte.bin
	stop_serve
	cat serve.err
	grep 'one is required' serve.err
}

# several_certificates: the client decides which kind of key it can verify
several_certificates()
{
	user_leaf --cert rsa.pem --key rsa.key
	fetched get_s_client megabyte.bin -sigalgs RSA-PSS+SHA256
	tells serve.err scheme=0804
	fetched get_s_client megabyte.bin
	tells serve.err scheme=0403
	stop_clean
}

# is_cut HOW PATTERN: connect through cut.py, see there
is_cut()
{
	local status=0

	start_s_server -WWW
	start_script "$SEAL_TOP/selftests/interop/cut.py" "$1" 300000 "$address"
	request megabyte.bin | user_connect --ca ca.pem "$address" >cut.out \
		2>connect.err || status=$?
	stop_script
	stop_peer
	cat connect.err
	[ "$status" = 1 ]
	grep -qE -e "$2" connect.err
	body <cut.out >cut.body
	cmp -n "$(stat -c %s cut.body)" cut.body "$www/megabyte.bin"
}

test_switches()
{
	local text

	for text in serve connect; do
		tap "${text}_unknown_backend" refuses 2 "knows no 'x'" \
			"$sockseal" "$text" --backend x
		tap "${text}_unknown_suite" refuses 2 "--suites knows no 'x'" \
			"$sockseal" "$text" --suites x
		tap "${text}_no_group" refuses 2 "--groups knows no ''" \
			"$sockseal" "$text" --groups ''
		tap "${text}_empty_group" refuses 2 "--groups knows no ''" \
			"$sockseal" "$text" --groups x25519,,x448
	done
	tap suite_twice serve_refuses 1 'suite' --suites \
		TLS_AES_128_GCM_SHA256,TLS_AES_128_GCM_SHA256
	tap psk_missing serve_refuses 1 'none\.psk.*No such file' --psk none.psk
	for text in 'one' 'one 00' 'one xx' "one $psk_key sha1" "one $psk_key sha256 x" \
		"one ${psk_key}0" "one $psk_key$psk_key$psk_key"; do
		printf '# a comment\n\n%s\n' "$text" >bad.psk
		tap "psk '${text:0:24}', ${#text} characters" serve_refuses 1 \
			'bad\.psk: line 3' --psk bad.psk
	done
}

test_user_agreement()
{
	local name

	for name in TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 \
		tls_chacha20_poly1305_sha256; do
		tap "user: $name" agrees_on --suites "$name" "suite=${name^^}"
	done
	for name in x25519 secp256r1 secp384r1 secp521r1 x448; do
		tap "user: $name" agrees_on --groups "$name" "group=$name"
	done
	tap 'user: the first that both have' prefers
	tap 'user: no suite in common' nothing_in_common --suites \
		TLS_AES_128_GCM_SHA256 -ciphersuites TLS_AES_256_GCM_SHA384
	tap 'user: no group in common' nothing_in_common --groups x448 -groups P-256
}

test_user_backend()
{
	local name

	for name in curl s_client gnutls_cli; do
		tap "user: served to $name" served_to "get_$name"
	done
	tap 'user: fetched from s_server' fetched_from_s_server
	tap 'user: fetched from gnutls-serv' fetched_from_gnutls_serv
	tap 'user: fetched from us' fetched_from_us
	tap 'user: memory' memory
	tap 'user: serve goes on' goes_on
	tap 'user: echo' echoes
	tap 'user: echo of s_client' echo_of_s_client
	tap 'user: KeyUpdates of s_client' key_updates
	tap 'user: PSK of s_client' psk_of_s_client
	tap 'user: PSK for s_server' psk_for_s_server
	tap 'user: s_client resumes' resumes_with --tickets 1 1
	tap 'user: without tickets nobody resumes' resumes_with --tickets 0 0
	tap 'user: client certificates' knows_clients
	tap 'user: several certificates' several_certificates
	tap 'user: FIN in the middle of a record' is_cut fin 'without a close_notify|in the middle'
	tap 'user: a bit turned over' is_cut flip 'integrity'
	tap 'user: RST' is_cut reset 'reset'
}
