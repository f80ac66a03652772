# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of peers.sh
#
# GnuTLS with kTLS on sockets of the module, against a peer that does TLS in user
# space.  To be sourced by tests.
#
# In:  the functions of tap.sh, peers.sh, serve_tests.sh and ktls.sh, and certificates;
#      build/interop/programs/gnutls.
# Out: TAP.

# GnuTLS 3.7 has kTLS for no others
gnutls_ciphers=(AES-128-GCM AES-256-GCM)

# ktls_gnutls COMMAND...: with kTLS switched on, and with the library that knows it
ktls_gnutls()
{
	LD_LIBRARY_PATH=$programs/gnutls ktls "$@"
}

# priority VERSION CIPHER: what GnuTLS is to choose
priority()
{
	printf 'NORMAL:-VERS-ALL:+VERS-TLS%s:-CIPHER-ALL:+%s\n' "$1" "$2"
}

# from_gnutls PRIORITY: gnutls-serv answers the first bytes of a request; it would end at
# the close_notify of a client that ends with its input, which s_client does not
from_gnutls()
{
	ktls_gnutls start_gnutls_serv "$www/megabyte.bin" --priority "$1"
	get s_client megabyte.bin
	stop_peer
}

to_gnutls()
{
	start_s_server -WWW
	port=${address##*:}
	ktls_gnutls get gnutls_cli megabyte.bin --priority "$1"
	stop_peer
}

test_gnutls()
{
	local version cipher wanted

	for version in 1.2 1.3; do
		for cipher in "${gnutls_ciphers[@]}"; do
			wanted=$(priority "$version" "$cipher")
			tap "GnuTLS: TLS $version, $cipher, kTLS server" \
				counts SealTxSw=1 SealRxSw=1 SealTxBytes+1048576 -- \
				from_gnutls "$wanted"
			tap "GnuTLS: TLS $version, $cipher, kTLS client" \
				counts SealTxSw=1 SealRxSw=1 SealRxBytes+1048576 -- \
				to_gnutls "$wanted"
		done
	done
}
