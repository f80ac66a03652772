# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# Keys and certificates for tests.  To be sourced.
#
# In:  openssl.
# Out: NAME.key and NAME.pem in the current folder.

# pki_key KIND NAME
pki_key()
{
	local options

	case $1 in
	p256) options=(EC -pkeyopt ec_paramgen_curve:P-256) ;;
	p384) options=(EC -pkeyopt ec_paramgen_curve:P-384) ;;
	p521) options=(EC -pkeyopt ec_paramgen_curve:P-521) ;;
	rsa) options=(RSA -pkeyopt rsa_keygen_bits:2048) ;;
	rsapss) options=(RSA-PSS -pkeyopt rsa_keygen_bits:2048) ;;
	ed25519) options=(ED25519) ;;
	ed448) options=(ED448) ;;
	esac
	openssl genpkey -algorithm "${options[@]}" -out "$2.key" 2>/dev/null
}

# pki_ca NAME: a CA
pki_ca()
{
	pki_key p256 "$1"
	openssl req -x509 -new -key "$1.key" -subj "/CN=Sockseal test $1" \
		-addext keyUsage=critical,keyCertSign -days 2 -out "$1.pem"
}

# pki_request KIND NAME: a key, and a request for localhost and its addresses
pki_request()
{
	pki_key "$1" "$2"
	openssl req -new -key "$2.key" -subj "/CN=$2" -out "$2.csr" -addext \
		'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:0:0:0:0:0:0:0:1'
}

# pki_leaf KIND NAME CA [OPTION...]: a certificate for localhost and its addresses,
# with options for "openssl x509"
pki_leaf()
{
	local name=$2 ca=$3

	pki_request "$1" "$name"
	openssl x509 -req -in "$name.csr" -CA "$ca.pem" -CAkey "$ca.key" \
		-copy_extensions copy -days 2 "${@:4}" -out "$name.pem" 2>/dev/null
}

# pki_expired KIND NAME CA: the same, but of a day in 2020.  "openssl x509" has no way
# to say so that both OpenSSL 3.0 and 3.5 take.
pki_expired()
{
	local name=$2 ca=$3

	pki_request "$1" "$name"
	: >"$name.index"
	printf '%s\n' '[ca]' 'default_ca = one' '[one]' "database = $name.index" \
		'new_certs_dir = .' 'default_md = sha256' 'policy = any' \
		'copy_extensions = copy' 'rand_serial = yes' '[any]' 'commonName = supplied' >"$name.cnf"
	openssl ca -batch -notext -config "$name.cnf" -cert "$ca.pem" -keyfile "$ca.key" \
		-startdate 20200101000000Z -enddate 20200102000000Z \
		-in "$name.csr" -out "$name.pem" 2>/dev/null
}
