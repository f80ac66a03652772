// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A SEAL_E* enters, its text and its alert leave; an alert's number enters, its
 * name leaves; what is known of a connection's failure enters, one line leaves.
 */
#include <stdio.h>
#include <string.h>

#include "private.h"

const struct seal_error_row seal_errors[] = {
	{ 0, SEAL_ALERT_NO_ALERT, "no error" },
	{ SEAL_E_NOMEM, SEAL_ALERT_NO_ALERT, "out of memory" },
	{ SEAL_E_INVALID, SEAL_ALERT_NO_ALERT,
	  "invalid argument or call out of order" },
	{ SEAL_E_SYSTEM, SEAL_ALERT_NO_ALERT, "system call failed" },
	{ SEAL_E_FILE, SEAL_ALERT_NO_ALERT,
	  "a file cannot be read or parsed" },
	{ SEAL_E_KEY_MISMATCH, SEAL_ALERT_INTERNAL_ERROR,
	  "the private key does not belong to the certificate" },
	{ SEAL_E_NO_TRUST, SEAL_ALERT_NO_ALERT,
	  "nothing to verify the peer with: set a CA file or the system's CA store" },
	{ SEAL_E_NO_MODULE, SEAL_ALERT_NO_ALERT,
	  "kernel module sockseal is not loaded: run 'modprobe sockseal' as root" },
	{ SEAL_E_NO_CIPHER, SEAL_ALERT_NO_ALERT,
	  "the kernel lacks the cipher of the negotiated suite: load its crypto module" },
	{ SEAL_E_OLD_MODULE, SEAL_ALERT_NO_ALERT,
	  "kernel module sockseal is older than the library: load the one that belongs to it" },
	{ SEAL_E_NOT_ASCII, SEAL_ALERT_NO_ALERT,
	  "the server's name is not in ASCII: give its A-labels (xn--...)" },
	{ SEAL_E_EOF, SEAL_ALERT_NO_ALERT,
	  "the peer closed the connection before its end" },
	{ SEAL_E_NOT_TLS, SEAL_ALERT_NO_ALERT,
	  "the peer does not speak TLS: check the port" },
	{ SEAL_E_CRYPTO, SEAL_ALERT_INTERNAL_ERROR, "libcrypto failed" },
	{ SEAL_E_NO_ANSWER, SEAL_ALERT_INTERNAL_ERROR,
	  "the application does not answer" },
	{ SEAL_E_ABORTED, SEAL_ALERT_NO_ALERT, "the application ended the handshake" },
	{ SEAL_E_ALERT, SEAL_ALERT_NO_ALERT, "the peer refused with an alert" },
	{ SEAL_E_UNEXPECTED_MESSAGE, SEAL_ALERT_UNEXPECTED_MESSAGE,
	  "the peer sent an unexpected message" },
	{ SEAL_E_BAD_RECORD_MAC, SEAL_ALERT_BAD_RECORD_MAC,
	  "a record of the peer fails its integrity check" },
	{ SEAL_E_RECORD_OVERFLOW, SEAL_ALERT_RECORD_OVERFLOW,
	  "the peer sent a record that is too long" },
	{ SEAL_E_HANDSHAKE_FAILURE, SEAL_ALERT_HANDSHAKE_FAILURE,
	  "no cipher suite, group or signature scheme in common with the peer" },
	{ SEAL_E_BAD_CERTIFICATE, SEAL_ALERT_BAD_CERTIFICATE,
	  "the peer's certificate is bad" },
	{ SEAL_E_UNSUPPORTED_CERTIFICATE, SEAL_ALERT_UNSUPPORTED_CERTIFICATE,
	  "the peer's certificate is of an unsupported kind" },
	{ SEAL_E_CERTIFICATE_EXPIRED, SEAL_ALERT_CERTIFICATE_EXPIRED,
	  "the peer's certificate is not valid at this time" },
	{ SEAL_E_UNKNOWN_CA, SEAL_ALERT_UNKNOWN_CA,
	  "the peer's certificate was not issued by a trusted CA" },
	{ SEAL_E_HOSTNAME, SEAL_ALERT_BAD_CERTIFICATE,
	  "the peer's certificate is for another host name" },
	{ SEAL_E_ILLEGAL_PARAMETER, SEAL_ALERT_ILLEGAL_PARAMETER,
	  "the peer sent an illegal parameter" },
	{ SEAL_E_DECODE_ERROR, SEAL_ALERT_DECODE_ERROR,
	  "the peer sent a message that cannot be decoded" },
	{ SEAL_E_DECRYPT_ERROR, SEAL_ALERT_DECRYPT_ERROR,
	  "a signature or Finished of the peer is wrong" },
	{ SEAL_E_PROTOCOL_VERSION, SEAL_ALERT_PROTOCOL_VERSION,
	  "the peer does not speak TLS 1.3" },
	{ SEAL_E_MISSING_EXTENSION, SEAL_ALERT_MISSING_EXTENSION,
	  "the peer left out a mandatory extension" },
	{ SEAL_E_UNSUPPORTED_EXTENSION, SEAL_ALERT_UNSUPPORTED_EXTENSION,
	  "the peer answered with an extension that was not offered" },
	{ SEAL_E_NO_APPLICATION_PROTOCOL, SEAL_ALERT_NO_APPLICATION_PROTOCOL,
	  "no application protocol in common with the peer" },
	{ SEAL_E_CERTIFICATE_REVOKED, SEAL_ALERT_CERTIFICATE_REVOKED,
	  "the peer's certificate is revoked" },
	{ SEAL_E_CERTIFICATE_UNKNOWN, SEAL_ALERT_CERTIFICATE_UNKNOWN,
	  "the peer's certificate cannot be verified" },
	{ SEAL_E_CERTIFICATE_REQUIRED, SEAL_ALERT_CERTIFICATE_REQUIRED,
	  "the client has no certificate, and one is required" },
	{ SEAL_E_ACCESS_DENIED, SEAL_ALERT_ACCESS_DENIED,
	  "the peer's certificate is valid, but gives no access" },
	{ SEAL_E_BAD_STATUS_RESPONSE, SEAL_ALERT_BAD_STATUS_RESPONSE,
	  "the peer's OCSP response is bad, or missing" },
	{ SEAL_E_UNKNOWN_PSK_IDENTITY, SEAL_ALERT_UNKNOWN_PSK_IDENTITY,
	  "the client has no PSK that we know, and we have no certificate" },
	{ SEAL_E_UNRECOGNIZED_NAME, SEAL_ALERT_UNRECOGNIZED_NAME,
	  "the client asks for a server name that is not ours" },
};

const size_t seal_errors_len = SEAL_ARRAY_SIZE(seal_errors);

static const struct {
	int		 description;
	const char	*name;
} alerts[] = {
	{ SEAL_ALERT_CLOSE_NOTIFY, "close_notify" },
	{ SEAL_ALERT_UNEXPECTED_MESSAGE, "unexpected_message" },
	{ SEAL_ALERT_BAD_RECORD_MAC, "bad_record_mac" },
	{ SEAL_ALERT_RECORD_OVERFLOW, "record_overflow" },
	{ SEAL_ALERT_HANDSHAKE_FAILURE, "handshake_failure" },
	{ SEAL_ALERT_BAD_CERTIFICATE, "bad_certificate" },
	{ SEAL_ALERT_UNSUPPORTED_CERTIFICATE, "unsupported_certificate" },
	{ SEAL_ALERT_CERTIFICATE_REVOKED, "certificate_revoked" },
	{ SEAL_ALERT_CERTIFICATE_EXPIRED, "certificate_expired" },
	{ SEAL_ALERT_CERTIFICATE_UNKNOWN, "certificate_unknown" },
	{ SEAL_ALERT_ILLEGAL_PARAMETER, "illegal_parameter" },
	{ SEAL_ALERT_UNKNOWN_CA, "unknown_ca" },
	{ SEAL_ALERT_ACCESS_DENIED, "access_denied" },
	{ SEAL_ALERT_DECODE_ERROR, "decode_error" },
	{ SEAL_ALERT_DECRYPT_ERROR, "decrypt_error" },
	{ SEAL_ALERT_PROTOCOL_VERSION, "protocol_version" },
	{ SEAL_ALERT_INSUFFICIENT_SECURITY, "insufficient_security" },
	{ SEAL_ALERT_INTERNAL_ERROR, "internal_error" },
	{ SEAL_ALERT_INAPPROPRIATE_FALLBACK, "inappropriate_fallback" },
	{ SEAL_ALERT_USER_CANCELED, "user_canceled" },
	{ SEAL_ALERT_MISSING_EXTENSION, "missing_extension" },
	{ SEAL_ALERT_UNSUPPORTED_EXTENSION, "unsupported_extension" },
	{ SEAL_ALERT_UNRECOGNIZED_NAME, "unrecognized_name" },
	{ SEAL_ALERT_BAD_STATUS_RESPONSE, "bad_certificate_status_response" },
	{ SEAL_ALERT_UNKNOWN_PSK_IDENTITY, "unknown_psk_identity" },
	{ SEAL_ALERT_CERTIFICATE_REQUIRED, "certificate_required" },
	{ SEAL_ALERT_NO_APPLICATION_PROTOCOL, "no_application_protocol" },
};

static const struct seal_error_row *find_error(int error)
{
	for (size_t i = 0; i < seal_errors_len; i++)
		if (seal_errors[i].error == error)
			return &seal_errors[i];
	return NULL;
}

int seal_error_alert(int error)
{
	const struct seal_error_row *row = find_error(error);

	return row ? row->alert : SEAL_ALERT_NO_ALERT;
}

/* RFC 8446 6.1: what closes a connection is no error; all others are fatal (6.2) */
bool seal_alert_is_fatal(int description)
{
	if (description == SEAL_ALERT_CLOSE_NOTIFY ||
	    description == SEAL_ALERT_USER_CANCELED)
		return false;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(alerts); i++)
		if (alerts[i].description == description)
			return true;
	return false;
}

const char *seal_alert_name(int description)
{
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(alerts); i++)
		if (alerts[i].description == description)
			return alerts[i].name;
	return "unknown alert";
}

const char *seal_strerror(int error)
{
	const struct seal_error_row *row = find_error(error);

	return row ? row->text : "unknown error";
}

static void put_reason(struct seal_conn *conn, int error, const char *fmt,
		       va_list args)
{
	int len = snprintf(conn->reason, sizeof(conn->reason), "%s",
			   seal_strerror(error));

	if (!fmt || len < 0 || (size_t)len + 2 >= sizeof(conn->reason))
		return;
	memcpy(conn->reason + len, ": ", 3);
	len += 2;
	vsnprintf(conn->reason + len, sizeof(conn->reason) - len, fmt, args);
}

int seal_conn_fail(struct seal_conn *conn, int error, const char *fmt, ...)
{
	va_list args;

	if (conn->reason[0])
		return error;
	va_start(args, fmt);
	put_reason(conn, error, fmt, args);
	va_end(args);
	return error;
}
