/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * libsockseal: what a Certificate message can carry besides a chain of certificates
 * (RFC 8446 4.4.2).  What of it a connection had is for the application to ask.
 *
 * A part of sockseal.h, whose conventions hold.
 */
#ifndef SOCKSEAL_CERT_H
#define SOCKSEAL_CERT_H

#include "sockseal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------- OCSP responses */

/*
 * The CA says that a certificate is not revoked, and whoever has the certificate
 * staples that to it (RFC 6066 8, RFC 8446 4.4.2.1).  Nothing is fetched here: another
 * program asks the CA's responder, and puts the response into a file.
 */

/**
 * seal_config_set_ocsp_response() - the OCSP response for a certificate of ours
 * @path: a file with one OCSPResponse as DER, as 'openssl ocsp -respout' makes it, of
 *	  up to 32768 bytes
 *
 * For the certificate that was set or added last.  It is sent to a peer that asks for
 * one, until it ends (nextUpdate); for a newer one, begin a new configuration.
 *
 * Return: 0, SEAL_E_FILE (not there, none, not successful, about another certificate,
 * or without nextUpdate), SEAL_E_INVALID (there is no certificate), SEAL_E_NOMEM.
 */
int seal_config_set_ocsp_response(struct seal_config *cfg, const char *path);

enum seal_ocsp {
	SEAL_OCSP_NONE,		/* do not ask; the default of a server */
	SEAL_OCSP_OPTIONAL,	/* ask; the default of a client */
	SEAL_OCSP_REQUIRED,	/* without one, bad_certificate_status_response */
};

/**
 * seal_config_set_ocsp() - ask the peer for an OCSP response
 *
 * A server asks clients only if it asks for their certificates.  An end that verifies
 * nothing does not ask, whatever is set here.
 *
 * A response that comes has to be good: signed by the issuer of the certificate or by
 * whom that has authorized, not with SHA-1; about that certificate; valid now,
 * within five minutes, and with an end.  Otherwise the handshake fails with
 * SEAL_E_BAD_STATUS_RESPONSE, and with SEAL_E_CERTIFICATE_REVOKED if the certificate is
 * revoked.  So it does with SEAL_E_BAD_STATUS_RESPONSE where none comes and the
 * certificate itself promises one (RFC 7633, "must staple").  Of a chain only the first
 * certificate is looked at.
 *
 * Return: 0, SEAL_E_INVALID.
 */
int seal_config_set_ocsp(struct seal_config *cfg, enum seal_ocsp mode);

/**
 * seal_conn_peer_ocsp_response() - the OCSP response of the peer
 * @len: set to its length
 *
 * It has been verified, unless the handshake failed.  In the function of
 * seal_config_set_verify(), too.  No session keeps it: where one is resumed there is none,
 * but none is resumed for longer than the response would be good.
 *
 * Return: the OCSPResponse as DER, the connection's memory, or NULL if there is none.
 */
const void *seal_conn_peer_ocsp_response(const struct seal_conn *conn, size_t *len);

/* ------------------------------------------------------------------ SCTs */

/*
 * Signed certificate timestamps: logs promise to show a certificate to everybody
 * (RFC 6962).  They are handed over, not verified: which logs count is a matter of the
 * application, and may be of another library.
 */

/**
 * seal_config_set_sct_list() - the SCTs for a certificate of ours
 * @path: a file with one SignedCertificateTimestampList (RFC 6962 3.3) as it is sent, its
 *	  length included, of up to 32768 bytes
 *
 * For the certificate that was set or added last.  They are sent to a peer that asks.
 *
 * Return: 0, SEAL_E_FILE (not there, or no such list), SEAL_E_INVALID (there is no
 * certificate), SEAL_E_NOMEM.
 */
int seal_config_set_sct_list(struct seal_config *cfg, const char *path);

/**
 * seal_config_request_scts() - ask the peer for its SCTs; not by default
 *
 * A server asks clients only if it asks for their certificates.  No session keeps them:
 * an end that asks for them and has a function of seal_config_set_verify() resumes no
 * session of a peer with a certificate.
 *
 * Return: 0, SEAL_E_INVALID.
 */
int seal_config_request_scts(struct seal_config *cfg);

/**
 * seal_conn_peer_sct_list() - the SCTs of the peer, which nobody has verified
 * @len: set to its length
 *
 * In the function of seal_config_set_verify(), too, which may refuse the peer.
 *
 * Return: the SignedCertificateTimestampList, of the right form, the connection's memory,
 * or NULL if there is none.
 */
const void *seal_conn_peer_sct_list(const struct seal_conn *conn, size_t *len);

/* ---------------------------------------------------------- compression */

#define SEAL_COMPRESS_SEND	(1U << 0)	/* to a peer that takes it */
#define SEAL_COMPRESS_RECEIVE	(1U << 1)	/* tell the peer that we take it */

/**
 * seal_config_set_compression() - certificates that are compressed by zlib (RFC 8879)
 * @flags: SEAL_COMPRESS_*; by default SEAL_COMPRESS_SEND
 *
 * To send them costs nothing but when a certificate is set: then it is compressed, once.
 * To receive them is not the default: bytes of a peer that nobody has verified yet go
 * through zlib.  The length that the peer claims is checked before memory is taken, no
 * more than that comes out, and anything else is refused with SEAL_E_BAD_CERTIFICATE.
 * A server that receives them asks for certificates, too (seal_config_set_client_auth()).
 *
 * Return: 0, SEAL_E_INVALID.
 */
int seal_config_set_compression(struct seal_config *cfg, unsigned int flags);

/* ----------------------------------------------------- raw public keys */

/*
 * A key without a certificate, and so without CA, name and time (RFC 7250): each end
 * has the keys that it trusts beforehand.  Both ends have to want that; it is
 * negotiated for each direction on its own.  Certificates are the default, and preferred
 * where this end can verify either.
 */

enum seal_certificate_type {
	SEAL_CERTIFICATE_X509		= 0,
	SEAL_CERTIFICATE_RAW_KEY	= 2,
};

/**
 * seal_config_add_raw_key() - a key of ours, to be sent without a certificate
 * @key: path of a PEM file with the unencrypted private key, as for
 *	 seal_config_set_certificate()
 *
 * Less preferred than the certificates and keys that were set or added before; all
 * together there may be 8.  It is for peers that say that they take raw public keys.  A
 * client that has nothing in common with a server is refused with
 * SEAL_E_UNSUPPORTED_CERTIFICATE; a server that has nothing in common with a client gets
 * no certificate.
 *
 * Return: 0, SEAL_E_FILE, SEAL_E_NOMEM, SEAL_E_INVALID.
 */
int seal_config_add_raw_key(struct seal_config *cfg, const char *key);

/**
 * seal_config_trust_raw_key() - take peers that have one of these keys
 * @path: a file with public keys in PEM format ("BEGIN PUBLIC KEY"), or with one
 *	  SubjectPublicKeyInfo as DER; RSA of 2048 bits or more
 *
 * In addition to those that were given before.  Whoever has one of them is taken, under
 * whatever name: a client that trusts keys alone, no CAs, needs no server name.  A peer
 * whose key is not among them is refused with SEAL_E_CERTIFICATE_UNKNOWN, one that sends a
 * key unasked, or a certificate where a key was agreed on, with
 * SEAL_E_UNSUPPORTED_CERTIFICATE.  Keys have no OCSP response; seal_config_set_ocsp()
 * is about certificates alone.
 *
 * Return: 0, SEAL_E_FILE, SEAL_E_NOMEM, SEAL_E_INVALID.
 */
int seal_config_trust_raw_key(struct seal_config *cfg, const char *path);

/** seal_conn_certificate_type() - enum seal_certificate_type of ours; -1: none was sent */
int seal_conn_certificate_type(const struct seal_conn *conn);
/** seal_conn_peer_certificate_type() - likewise of the peer's */
int seal_conn_peer_certificate_type(const struct seal_conn *conn);

/**
 * seal_conn_peer_raw_key() - the raw public key of the peer
 * @len: set to its length
 *
 * In the function of seal_config_set_verify(), too.
 *
 * Return: the SubjectPublicKeyInfo as DER, the connection's memory, or NULL if the peer
 * has sent none.
 */
const void *seal_conn_peer_raw_key(const struct seal_conn *conn, size_t *len);

#ifdef __cplusplus
}
#endif

#endif /* SOCKSEAL_CERT_H */
