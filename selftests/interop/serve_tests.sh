# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of peers.sh
#
# sockseal serve and the clients of others.  To be sourced by tests.
#
# In:  the functions of tap.sh and peers.sh, and certificates.
# Out: TAP.

suites=(TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256)
certificate_kinds=(p256 p384 rsa ed25519)

# get CLIENT FILE [OPTION...]: it gets the file whole
get()
{
	"get_$1" "${@:2}" | same "$2"
}

# status_of PATH [OPTION OF CURL...]: the HTTP status
status_of()
{
	curl -sS --cacert ca.pem --path-as-is -o /dev/null -w '%{http_code}' \
		"https://$address/$1" "${@:2}"
}

is_status()
{
	local got
	got=$(status_of "${@:2}")
	echo "status $got"
	[ "$got" = "$1" ]
}

# has_field REGEXP PATH [OPTION OF CURL...]: the response's head has it
has_field()
{
	curl -sS --cacert ca.pem -o /dev/null -D - "https://$address/$2" "${@:3}" |
		tr -d '\r' | tee fields
	grep -qixE "$1" fields
}

# get_range RANGE FIRST COUNT
get_range()
{
	get_curl megabyte.bin -r "$1" -D fields >got
	cmp got <(tail -c +$(($2 + 1)) "$www/megabyte.bin" | head -c "$3")
	grep -q '^HTTP/1.1 206' fields
	grep -qx "Content-Range: bytes $2-$(($2 + $3 - 1))/1048576" <(tr -d '\r' <fields)
}

get_head()
{
	get_curl kernel.tar -I | tr -d '\r' >fields
	grep -qx 'Content-Length: 62914560' fields
	grep -qx 'Content-Type: application/x-tar' fields
	grep -q '^Last-Modified: ' fields
}

# One connection, seen by the module, and both answers right
keep_alive()
{
	local before
	before=$(counter SealAttached)

	get_curl record.bin -o got.1 "https://$address/byte.txt" -o got.2
	same record.bin <got.1
	same byte.txt <got.2
	[ $(($(counter SealAttached) - before)) = 1 ]
}

# The module made the records, from pages of the file
spliced()
{
	local before
	before=$(counter SealTxSplicedBytes)

	get curl kernel.tar
	[ $(($(counter SealTxSplicedBytes) - before)) -ge 62914560 ]
}

parallel()
{
	local before
	before=$(counter SealAttached)

	"$SEAL_TOP/selftests/interop/many.py" "$port" ca.pem megabyte.bin \
		"$(checksum_of megabyte.bin)" 64
	[ $(($(counter SealAttached) - before)) = 64 ]
}

# with_finished: the request comes in one segment with the handshake's end
with_finished()
{
	"$SEAL_TOP/selftests/interop/early.py" "$port" ca.pem record.bin \
		"$(checksum_of record.bin)"
}

# curl_parallel COUNT: curl opens them all before the first is done
curl_parallel()
{
	local i urls=()

	for i in $(seq "$1"); do
		urls+=("https://$address/record.bin" -o "parallel.$i")
	done
	curl --fail --cacert ca.pem --parallel --parallel-immediate \
		--parallel-max "$1" -H 'Connection: close' "${urls[@]}" \
		2>parallel.err
	for i in $(seq "$1"); do
		same record.bin <"parallel.$i"
	done
}

# serve_kind KIND: with a certificate of that kind, to three clients
serve_kind()
{
	start_serve --cert "$1.pem" --key "$1.key" --root "$www"
	get curl record.bin
	get s_client record.bin
	get gnutls_cli record.bin
	stop_serve
}

# The client's first guess is a group that the server does not have (RFC 8446 4.1.4)
hello_retry()
{
	get curl record.bin --curves P-521:P-384
}

ipv6()
{
	start_serve --listen '[::1]:0' --cert leaf.pem --key leaf.key --root "$www"
	[[ $address =~ ^\[::1\]:[0-9]+$ ]]
	get curl record.bin
	stop_serve
}

# With room for one, the others wait until it is gone
one_at_a_time()
{
	start_serve --max-connections 1 --cert leaf.pem --key leaf.key --root "$www"
	curl_parallel 8
	stop_serve
}

# The server closes what is silent, and says so with close_notify
idle_timeout()
{
	start_serve --idle-timeout 1 --cert leaf.pem --key leaf.key --root "$www"
	"$sockseal" connect --ca ca.pem "$address" < <(exec sleep 30)
	stop_serve
}

keylog()
{
	start_serve --keylog log --cert leaf.pem --key leaf.key --root "$www"
	get curl byte.txt
	stop_serve
	[ "$(grep -cE '^(CLIENT|SERVER)_(HANDSHAKE_TRAFFIC_SECRET|TRAFFIC_SECRET_0) [0-9a-f]{64} [0-9a-f]{64,96}$' log)" = 4 ]
	[ "$(stat -c %a log)" = 600 ]
}

make_tree()
{
	mkdir -p tree/folder tree/bare tree/'a b'
	echo index >tree/folder/index.html
	echo spaced >tree/'a b'/index.html
	echo outside >outside.txt
	echo hidden >tree/hidden.txt
	ln -s ../outside.txt tree/link-out.txt
	ln -s "$PWD/outside.txt" tree/link-absolute.txt
	ln -s folder/index.html tree/link-in.html
	mkfifo tree/fifo
}

test_fetches()
{
	local file client suite

	for file in empty.txt byte.txt record.bin megabyte.bin; do
		for client in curl s_client gnutls_cli sockseal; do
			tap "serve: $file to $client" get "$client" "$file"
		done
	done
	for suite in "${suites[@]}"; do
		tap "serve: $suite to curl" get curl megabyte.bin --tls13-ciphers "$suite"
	done
	for suite in AES-128-GCM AES-256-GCM CHACHA20-POLY1305; do
		tap "serve: $suite to gnutls-cli" get gnutls_cli megabyte.bin \
			--priority "NORMAL:-CIPHER-ALL:+$suite"
	done
	tap 'serve: s_client wants 512 bytes in a record' counts SealTxRecords+2048 -- \
		get s_client megabyte.bin -maxfraglen 512
	tap 'serve: gnutls-cli wants 600 bytes in a record' counts SealTxRecords+1748 -- \
		get gnutls_cli megabyte.bin --recordsize 600
	tap 'serve: 60 MB from the page cache' spliced
	tap 'serve: HelloRetryRequest' hello_retry
	tap 'serve: two requests, one connection' keep_alive
	tap 'serve: a request that comes with Finished, cut anywhere' with_finished
	tap 'serve: 64 connections at once' parallel
	tap 'serve: 64 connections of curl' curl_parallel 64
}

test_http()
{
	tap 'http: HEAD' get_head
	tap 'http: first bytes' get_range 0-99 0 100
	tap 'http: bytes across records' get_range 16000-50000 16000 34001
	tap 'http: bytes to the end' get_range 1000000- 1000000 48576
	tap 'http: last bytes' get_range -1 1048575 1
	tap 'http: range beyond the end' is_status 416 byte.txt -r 1-
	tap 'http: its length is told' has_field 'Content-Range: bytes \*/1' byte.txt -r 1-
	tap 'http: range of an empty file' is_status 416 empty.txt -r 0-
	tap 'http: two ranges are none' is_status 200 record.bin -r 0-1,5-6
	tap 'http: If-Range needs a validator' is_status 200 record.bin -r 0-1 \
		-H 'If-Range: "x"'
	tap 'http: method not allowed' is_status 405 byte.txt -d data
	tap 'http: methods are told' has_field 'Allow: GET, HEAD' byte.txt -X DELETE
	tap 'http: head too large' is_status 431 byte.txt \
		-H "X-Large: $(printf '%020000d' 0)"
	tap 'http: ranges are offered' has_field 'Accept-Ranges: bytes' byte.txt
	tap 'http: type of text' has_field 'Content-Type: text/plain.*' byte.txt
	tap 'http: unknown type' has_field 'Content-Type: application/octet-stream' \
		record.bin
}

# reused_by_s_client New|Reused: what s_client says of its stored session
reused_by_s_client()
{
	request byte.txt >asked
	"$openssl" s_client -ign_eof -CAfile ca.pem -servername localhost \
		-connect "$address" -sess_in session <asked >resumed 2>&1
	grep -a "^$1, TLSv1.3" resumed
}

# tickets: they are taken by a server that has the same keys, and by no other
tickets()
{
	local options=(--cert leaf.pem --key leaf.key --root "$www")

	printf '%s %032d %064d\n' "$(date +%s)" 1 2 >ticket.keys
	start_serve "${options[@]}" --ticket-keys ticket.keys
	get s_client byte.txt -sess_out session
	reused_by_s_client Reused
	stop_serve
	start_serve "${options[@]}" --ticket-keys ticket.keys
	reused_by_s_client Reused
	stop_serve
	start_serve "${options[@]}"
	reused_by_s_client New
	stop_serve
}

test_paths()
{
	tap 'path: not found' is_status 404 none
	tap 'path: a file is no folder' is_status 404 hidden.txt/
	tap 'path: link inside' is_status 200 link-in.html
	tap 'path: link out of the root' is_status 403 link-out.txt
	tap 'path: absolute link' is_status 403 link-absolute.txt
	tap 'path: .. out of the root' is_status 403 ../outside.txt
	tap 'path: encoded .. out of the root' is_status 403 %2e%2e/outside.txt
	tap 'path: a FIFO is no document' is_status 403 fifo
	tap 'path: index of a folder' is_status 200 folder/
	tap 'path: folder without index' is_status 404 bare/
	tap 'path: folder without slash' is_status 301 folder
	tap 'path: it is told where to' has_field 'Location: \./a%20b/' a%20b
	tap 'path: and is found there' is_status 200 a%20b -L
}

test_serve()
{
	local kind status=0

	start_leaf
	test_fetches
	test_http
	stop_serve || status=$?
	tap 'serve: SIGTERM ends it' test "$status" = 0
	tap 'serve: it had nothing to complain about' diff /dev/null serve.err
	for kind in "${certificate_kinds[@]/p256/leaf}"; do
		tap "serve: certificate $kind" serve_kind "$kind"
	done
	tap 'serve: IPv6' ipv6
	tap 'serve: room for one connection' one_at_a_time
	tap 'serve: silent connections are closed' idle_timeout
	tap 'serve: key log' keylog
	tap 'serve: tickets' tickets
	make_tree
	start_serve --cert leaf.pem --key leaf.key --root tree
	test_paths
	stop_serve
}
