# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# Servers and clients for the guest.  To be sourced after lib.sh, in a folder that
# may be written to and has ca.pem, leaf.pem, leaf.key.
#
# In:  build/sockseal, or the one that $sockseal names; openssl, or the one that
#      $openssl names; gnutls-bin, curl.
# Out: servers, whose addresses and process ids are in variables; what a client got
#      from a server, on standard output.

sockseal=${sockseal:-$SEAL_TOP/build/sockseal}
openssl=${openssl:-openssl}
www=$SEAL_TOP/build/interop/www
checksums=$SEAL_TOP/build/interop/SHA256SUMS

# counter NAME [FILE]: a counter of the module, or as it was when FILE was copied
counter()
{
	awk -v name="$1" '$1 == name { print $2; found = 1 } END { exit !found }' \
		"${2:-/proc/net/sockseal_stat}"
}

# checksum_of FILE: the SHA-256 that the machine found in FILE of $www
checksum_of()
{
	awk -v name="$1" '$2 == name { print $1; found = 1 } END { exit !found }' \
		"$checksums"
}

# same FILE: standard input is what FILE of $www is
same()
{
	[ "$(sha256sum | cut -d ' ' -f 1)" = "$(checksum_of "$1")" ]
}

# first_line FIFO PATTERN: wait for a line like that and print it; then keep on
# reading, so that the writer can go on
first_line()
{
	local line fd

	exec {fd}<"$1"
	while IFS= read -r line <&"$fd"; do
		[[ $line =~ $2 ]] || continue
		printf '%s\n' "$line"
		cat <&"$fd" >/dev/null 2>&1 &
		exec {fd}<&-
		return
	done
	echo "it ended before it was ready" >&2
	return 1
}

# start_serve ARGUMENT...: sockseal serve; address and serve_pid
start_serve()
{
	local line

	rm -f ready serve.err
	mkfifo ready
	"$sockseal" serve --listen 127.0.0.1:0 "$@" >ready 2>>serve.err &
	serve_pid=$!
	line=$(first_line ready '^listening on ')
	address=${line#listening on https://}
	address=${address%/}
	port=${address##*:}
}

# stop_serve: its exit status
stop_serve()
{
	kill -TERM "$serve_pid"
	wait "$serve_pid"
}

# start_leaf: serve $www with leaf.pem
start_leaf()
{
	start_serve --cert leaf.pem --key leaf.key --root "$www"
}

# start_s_server ARGUMENT...: openssl s_server in $www, whose files -WWW serves;
# address and peer_pid
start_s_server()
{
	local line here=$PWD

	rm -f ready
	mkfifo ready
	(cd "$www" && exec "$openssl" s_server -accept 127.0.0.1:0 \
		-cert "$here/leaf.pem" -key "$here/leaf.key" "$@") >ready 2>&1 &
	peer_pid=$!
	line=$(first_line ready '^ACCEPT ')
	address=${line#ACCEPT }
}

# start_script SCRIPT ARGUMENT...: a server that says where it listens; address and
# script_pid
start_script()
{
	local line

	rm -f ready.script
	mkfifo ready.script
	"$@" >ready.script &
	script_pid=$!
	line=$(first_line ready.script '^listening on ')
	address=${line#listening on }
}

stop_script()
{
	kill -KILL "$script_pid" 2>/dev/null || true
	wait "$script_pid" 2>/dev/null || true
}

# start_gnutls_serv FILE ARGUMENT...: gnutls-serv, which answers all requests with
# FILE and does not say where it listens
start_gnutls_serv()
{
	local file=$1
	shift

	gnutls-serv --http --httpdata "$file" --port 0 --x509certfile leaf.pem \
		--x509keyfile leaf.key "$@" >gnutls-serv.log 2>&1 &
	peer_pid=$!
	await_listener
}

# await_listener: until the process $peer_pid listens; address and port
await_listener()
{
	port=
	until [ -n "$port" ]; do
		kill -0 "$peer_pid"
		port=$(ss -Hltnp4 |
			sed -nE "/pid=$peer_pid,/s/.* [0-9.]+:([0-9]+) .*/\\1/p")
	done
	address=127.0.0.1:$port
}

stop_peer()
{
	kill -KILL "$peer_pid"
	wait "$peer_pid" 2>/dev/null || true
}

# refuses STATUS PATTERN COMMAND...: COMMAND ends with STATUS and with a line on
# standard error that matches PATTERN; $refused_in and $refused_out are its files
refuses()
{
	local wanted=$1 pattern=$2 status=0

	"${@:3}" <"${refused_in:-/dev/null}" >"${refused_out:-refused.out}" 2>refused.err ||
		status=$?
	echo "status $status: $(<refused.err)"
	[ "$status" = "$wanted" ]
	grep -qE -e "$pattern" refused.err
}

# request FILE: what HTTP asks a server for FILE
request()
{
	printf 'GET /%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$1"
}

# body: a response without its head
body()
{
	LC_ALL=C sed '1,/^\r$/d'
}

get_curl()
{
	curl -sS --fail --cacert ca.pem "https://$address/$1" "${@:2}"
}

get_s_client()
{
	request "$1" | "$openssl" s_client -quiet -verify_quiet -verify_return_error \
		-CAfile ca.pem -servername localhost -connect "$address" "${@:2}" \
		2>s_client.err | body
}

get_gnutls_cli()
{
	request "$1" | gnutls-cli --logfile gnutls-cli.log --x509cafile ca.pem \
		--port "$port" "${@:2}" localhost | body
}

get_sockseal()
{
	request "$1" | "$sockseal" connect --ca ca.pem "$address" "${@:2}" | body
}
