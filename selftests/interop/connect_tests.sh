# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of peers.sh
#
# sockseal connect and the servers of others.  To be sourced by tests.
#
# In:  the functions of tap.sh and peers.sh, and certificates.
# Out: TAP.

# from_s_server FILE [OPTION OF S_SERVER...]
from_s_server()
{
	start_s_server -WWW "${@:2}"
	get sockseal "$1"
	stop_peer
}

# gnutls-serv closes with our close_notify unread, which makes a RST, which may
# overtake its answer: so our input stays open, and it is gnutls-serv who ends.
from_gnutls_serv()
{
	local fd

	rm -f input
	mkfifo input
	exec {fd}<>input
	start_gnutls_serv "$www/$1" "${@:2}"
	request "$1" >input
	"$sockseal" connect --ca ca.pem "$address" <input >got
	exec {fd}>&-
	body <got | same "$1"
	stop_peer
}

# The module opened the records and kept the tickets from read()
opened()
{
	local bytes messages errors
	bytes=$(counter SealRxBytes)
	messages=$(counter SealRxMessages)
	errors=$(counter SealRxErrors)

	from_s_server kernel.tar -num_tickets 2
	[ $(($(counter SealRxBytes) - bytes)) -ge 62914560 ]
	[ $(($(counter SealRxMessages) - messages)) = 2 ]
	[ "$(counter SealRxErrors)" = "$errors" ]
}

# gnutls_tickets: GnuTLS sends none to who does not ask for them
gnutls_tickets()
{
	local messages
	messages=$(counter SealRxMessages)

	from_gnutls_serv byte.txt
	[ "$(counter SealRxMessages)" -gt "$messages" ]
}

# digest FILE: digest.py answers the end of input with the SHA-256 of all of it, so
# the half-close came through and left the other direction open
digest()
{
	start_script "$SEAL_TOP/selftests/interop/digest.py" leaf.pem leaf.key
	"$sockseal" connect --ca ca.pem "$address" <"$www/$1" >got
	stop_script
	[ "$(<got)" = "$(checksum_of "$1")" ]
}

by_name()
{
	start_s_server -WWW
	request byte.txt | "$sockseal" connect --ca ca.pem "localhost:${address##*:}" |
		body | same byte.txt
	stop_peer
}

insecure()
{
	start_s_server -WWW
	request byte.txt | "$sockseal" connect --insecure "$address" | body |
		same byte.txt
	stop_peer
}

# session: what one connection has stored the next one resumes, and stores another; the
# page of s_server says so
session()
{
	local kind

	rm -f session
	start_s_server -www
	for kind in New Reused Reused; do
		request status | "$sockseal" connect --ca ca.pem --session session \
			"$address" >status
		grep -a "^$kind, TLSv1.3" status
	done
	stop_peer
}

# alpn OFFER: our own server takes http/1.1 alone
alpn()
{
	start_serve --cert leaf.pem --key leaf.key --root "$www"
	request byte.txt | "$sockseal" connect --ca ca.pem --alpn "$1" "$address" |
		body | same byte.txt
	stop_serve
}

test_connect()
{
	local file suite group kind

	for file in empty.txt byte.txt record.bin megabyte.bin; do
		tap "connect: $file from s_server" from_s_server "$file"
		tap "connect: $file from gnutls-serv" from_gnutls_serv "$file"
	done
	for suite in "${suites[@]}"; do
		tap "connect: $suite" from_s_server megabyte.bin -ciphersuites "$suite"
	done
	for group in X25519 P-256 P-384; do
		tap "connect: $group, HelloRetryRequest if need be" \
			from_s_server record.bin -groups "$group"
	done
	for kind in p384 rsa ed25519; do
		tap "connect: certificate $kind" from_s_server record.bin \
			-cert "$PWD/$kind.pem" -key "$PWD/$kind.key"
	done
	tap 'connect: 60 MB, and tickets kept from read()' opened
	tap 'connect: tickets from gnutls-serv' gnutls_tickets
	for file in empty.txt byte.txt record.bin kernel.tar; do
		tap "connect: half-close after sending $file" digest "$file"
	done
	tap 'connect: by name' by_name
	tap 'connect: insecure' insecure
	tap 'connect: session' session
	tap 'connect: ALPN' alpn h2,http/1.1
}
