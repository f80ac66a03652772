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
 * seal_config_set_verify(), too.
 *
 * Return: the OCSPResponse as DER, the connection's memory, or NULL if there is none.
 */
const void *seal_conn_peer_ocsp_response(const struct seal_conn *conn, size_t *len);

#ifdef __cplusplus
}
#endif

#endif /* SOCKSEAL_CERT_H */
