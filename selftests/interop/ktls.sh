# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# Programs that speak kTLS: what switches it on in them, and the proof of who did the
# work.  To be sourced after lib.sh and peers.sh, in a folder that may be written to.
#
# In:  the module, loaded with ktls=1; build/interop/programs.
# Out: the functions below.

programs=$SEAL_TOP/build/interop/programs

# ktls_settings: the files that "ktls" points to
ktls_settings()
{
	printf '%s\n' 'openssl_conf = init' '[init]' 'ssl_conf = ssl' '[ssl]' \
		'system_default = system' '[system]' 'Options = KTLS' >openssl.cnf
	printf '%s\n' '[global]' 'ktls = true' >gnutls.conf
}

# ktls COMMAND...: with kTLS switched on, whether it uses OpenSSL or GnuTLS
ktls()
{
	OPENSSL_CONF=$PWD/openssl.cnf GNUTLS_SYSTEM_PRIORITY_FILE=$PWD/gnutls.conf "$@"
}

# plain COMMAND...: without
plain()
{
	"$@"
}

# in_tree_is_out: there is but one who can answer to the name
in_tree_is_out()
{
	grep -w tls /proc/sys/net/ipv4/tcp_available_ulp
	! grep '^tls ' /proc/modules
}

# counts NAME=N | NAME+N... -- COMMAND...: COMMAND makes these counters of the module
# grow by N, or by N at least
counts()
{
	local wanted=() want name grown wrong=0

	while [ "$1" != -- ]; do
		wanted+=("$1")
		shift
	done
	cp /proc/net/sockseal_stat counted
	"${@:2}"
	for want in "${wanted[@]}"; do
		name=${want%[=+]*}
		grown=$(($(counter "$name") - $(counter "$name" counted)))
		echo "$name grew by $grown, wanted: $want"
		case $want in
		*=*) [ "$grown" = "${want#*=}" ] || wrong=1 ;;
		*+*) [ "$grown" -ge "${want#*+}" ] || wrong=1 ;;
		esac
	done
	[ "$wrong" = 0 ]
}

# await_growth NAME BEFORE: until the counter is more than it was, but not for ever
await_growth()
{
	local deadline=$((SECONDS + 60))

	until [ "$(counter "$1")" -gt "$2" ]; do
		[ "$SECONDS" -lt "$deadline" ]
	done
}
