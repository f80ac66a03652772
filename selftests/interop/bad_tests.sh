# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of peers.sh
#
# What goes wrong with the module loaded, or without it.  selftests/tools has what
# goes wrong before.  The command is the one with AddressSanitizer: a leak or a byte
# out of place gives a status that no test expects.  To be sourced by tests.
#
# In:  the functions of tap.sh and peers.sh, and certificates.
# Out: TAP.

# complains PATTERN: serve said one line like that since the last time, and goes on
complains()
{
	get curl byte.txt
	cat serve.err
	[ "$(wc -l <serve.err)" = 1 ]
	grep -qE "^sockseal: 127\.0\.0\.1:[0-9]+: .*($1)" serve.err
}

# bad_client PATTERN COMMAND...: COMMAND fails, serve says why and goes on
bad_client()
{
	: >serve.err
	! "${@:2}" </dev/null >client.out 2>&1
	complains "$1"
}

# serve closes without having read all of it; the message may be lost on the way
client_is_not_tls()
{
	: >serve.err
	curl -sS "http://$address/byte.txt" >client.out 2>&1 || true
	complains 'TLS'
}

client_closes()
{
	local fd

	: >serve.err
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	exec {fd}>&-
	complains 'closed'
}

# A connection that sends nothing is closed by serve: read() ends
client_is_silent()
{
	local fd

	start_serve --idle-timeout 1 --cert leaf.pem --key leaf.key --root "$www"
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	cat <&"$fd" >client.out
	complains 'in time'
	stop_serve
}

client_has_enough()
{
	: >serve.err
	get_curl kernel.tar 2>client.out | head -c 100 >got || true
	cmp got <(head -c 100 "$www/kernel.tar")
	get curl byte.txt
	[ ! -s serve.err ]
}

# It ends at once, and the client can tell that the file is not whole.  The client
# waits for us to read, so most of the file is still to be sent.
signal_while_sending()
{
	local fd

	start_leaf
	exec {fd}< <(get_curl kernel.tar 2>client.out)
	head -c 1 <&"$fd" >got
	stop_serve
	cat <&"$fd" >rest
	[ "$(stat -c %s rest)" -lt 62914560 ]
	grep -q '^curl: ' client.out
}

# harmed HOW AFTER PATTERN: connect through cut.py fails like that, and what it wrote
# until then is right
harmed()
{
	start_s_server -WWW
	start_script "$SEAL_TOP/selftests/interop/cut.py" "$1" "$2" "$address"
	request megabyte.bin >asked
	refused_in=asked refuses 1 "$3" "$sockseal" connect --ca ca.pem "$address"
	stop_script
	stop_peer
	body <refused.out >got
	cmp -n "$(stat -c %s got)" got "$www/megabyte.bin"
	[ "$(stat -c %s got)" -lt 1048576 ]
}

# stdout_full: what cannot be written is no success
stdout_full()
{
	start_s_server -WWW
	request megabyte.bin >asked
	refused_in=asked refused_out=/dev/full refuses 1 'stdout.*No space left' \
		"$sockseal" connect --ca ca.pem "$address"
	stop_peer
}

# unloads: nobody holds the module, so no socket was lost
unloads()
{
	rmmod sockseal
}

connect_without_module()
{
	start_s_server -WWW
	refuses 1 'modprobe sockseal' "$sockseal" connect --ca ca.pem "$address"
	stop_peer
}

test_bad_clients()
{
	local status=0

	start_leaf
	tap 'bad client: not TLS' client_is_not_tls
	tap 'bad client: closes at once' client_closes
	tap 'bad client: TLS 1.2 only' bad_client 'version|1\.3' get_curl byte.txt \
		--tls-max 1.2
	tap 'bad client: no protocol in common' bad_client 'protocol' \
		openssl s_client -connect "$address" -alpn h2
	tap 'bad client: no group in common' bad_client 'no key exchange group' \
		openssl s_client -connect "$address" -groups X448
	tap 'bad client: does not trust us' bad_client 'alert' \
		curl -sS --cacert other-ca.pem "https://$address/"
	tap 'bad client: leaves in the middle of a file' client_has_enough
	stop_serve || status=$?
	tap 'serve: it comes out of that without a leak' test "$status" = 0
	tap 'bad client: is silent' client_is_silent
	tap 'serve: a signal while it sends' signal_while_sending
}

test_bad_servers()
{
	tap 'bad server: FIN in the middle of a record' harmed fin 300000 'cut before'
	tap 'bad server: RST' harmed reset 300000 'connection reset'
	tap 'bad server: a bit turned over' harmed flip 300000 'failed authentication'
	tap 'bad server: a bit turned over in the handshake' harmed flip 400 '.'
	tap 'connect: standard output is full' stdout_full
}

test_without_module()
{
	tap 'module: nothing holds it' unloads
	tap 'no module: serve names the remedy' refuses 1 'modprobe sockseal' \
		"$sockseal" serve --cert leaf.pem --key leaf.key --listen 127.0.0.1:0
	tap 'no module: connect names the remedy' connect_without_module
	tap 'no module: status names the remedy' refuses 1 'modprobe sockseal' \
		"$sockseal" status
	tap 'module: loads again' insmod "$SEAL_TOP/build/modules/$SOCKSEAL_VM/sockseal.ko"
	tap 'module: status shows counters' "$sockseal" status
}

test_bad_input()
{
	sockseal=$SEAL_TOP/build/asan/sockseal
	test_bad_clients
	test_bad_servers
	test_without_module
}
