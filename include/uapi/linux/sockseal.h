/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The socket interface of Sockseal: what a program passes to setsockopt() and
 * getsockopt() on a TCP socket whose upper layer protocol (ULP) is "sockseal".
 *
 *	setsockopt(fd, IPPROTO_TCP, TCP_ULP, "sockseal", sizeof("sockseal"));
 *	setsockopt(fd, SOL_SOCKSEAL, SEAL_KEYS, &keys, sizeof(keys));
 *
 * After the second call every byte that read(), write(), sendfile() and splice()
 * move on the descriptor is plaintext, and every byte on the wire is a TLS
 * record.  Documentation/uapi.rst tells the whole contract.
 *
 * Rules of every structure here: fixed size, host byte order, reserved fields
 * are zero and checked to be zero, unknown flags are refused.
 */
#ifndef _UAPI_LINUX_SOCKSEAL_H
#define _UAPI_LINUX_SOCKSEAL_H

#include <linux/types.h>

/* Name of the ULP, for setsockopt(fd, IPPROTO_TCP, TCP_ULP, ...) */
#define SEAL_ULP_NAME		"sockseal"

/* Socket option level */
#define SOL_SOCKSEAL		24225

/* Socket options at level SOL_SOCKSEAL; the numbers are never used again */
#define SEAL_KEYS		1	/* set: struct seal_keys */
#define SEAL_PREFILL		2	/* set: bytes received past the handshake */
#define SEAL_POLICY		3	/* set, get: struct seal_policy */
#define SEAL_KEY_UPDATE		4	/* set: struct seal_key_update */
#define SEAL_ALERT		5	/* set: struct seal_alert_request */
#define SEAL_INFO		6	/* get: struct seal_info */
#define SEAL_MESSAGE		7	/* get: one post-handshake message */
#define SEAL_FEATURES		8	/* get: struct seal_features */

/* Protocol versions, as on the wire (RFC 8446 4.1.2) */
#define SEAL_VERSION_TLS12	0x0303
#define SEAL_VERSION_TLS13	0x0304

/* Cipher suites, as on the wire (RFC 8446 B.4) */
#define SEAL_AES_128_GCM_SHA256		0x1301
#define SEAL_AES_256_GCM_SHA384		0x1302
#define SEAL_CHACHA20_POLY1305_SHA256	0x1303
#define SEAL_AES_128_CCM_SHA256		0x1304

/* And of TLS 1.2 (RFC 5289, RFC 7905, RFC 7251) */
#define SEAL_ECDHE_ECDSA_AES_128_GCM_SHA256		0xc02b
#define SEAL_ECDHE_ECDSA_AES_256_GCM_SHA384		0xc02c
#define SEAL_ECDHE_RSA_AES_128_GCM_SHA256		0xc02f
#define SEAL_ECDHE_RSA_AES_256_GCM_SHA384		0xc030
#define SEAL_ECDHE_ECDSA_AES_128_CCM			0xc0ac
#define SEAL_ECDHE_RSA_CHACHA20_POLY1305_SHA256		0xcca8
#define SEAL_ECDHE_ECDSA_CHACHA20_POLY1305_SHA256	0xcca9

/* The longest traffic secret: the output of SHA-384 */
#define SEAL_SECRET_SIZE	48

/**
 * struct seal_direction - the secret of one direction of a connection
 * @secret:	TLS 1.3: application traffic secret (RFC 8446 7.1), as many bytes as
 *		the hash of the suite has (32 or 48), the rest zero.
 *		TLS 1.2: key (16 or 32 bytes), and behind it 12 bytes of nonce: with
 *		AES the implicit salt (4 bytes, RFC 5288 3, RFC 6655 3) and the
 *		explicit part of the record @seq (8 bytes, counted up from there);
 *		with ChaCha20-Poly1305 the IV (RFC 7905 2); the rest zero
 * @seq:	sequence number of the next record, the number of records already
 *		sent or received under @secret
 */
struct seal_direction {
	__u8		secret[SEAL_SECRET_SIZE];
	__aligned_u64	seq;
};

/**
 * struct seal_keys - argument of SEAL_KEYS, both directions at once
 * @version:	SEAL_VERSION_TLS13 or SEAL_VERSION_TLS12
 * @suite:	cipher suite, as on the wire
 * @flags:	zero
 * @tx:		what this end sends
 * @rx:		what this end receives
 *
 * Keys are set once.  In TLS 1.3 the kernel derives key and IV from each secret
 * (RFC 8446 7.3) and keeps the secret for the next generation (7.2).  In TLS 1.2
 * there is none: sending fails with EKEYEXPIRED, for good, when the key has protected
 * as many records as it may.  Clear the structure after the call.
 *
 * setsockopt() fails with EINVAL (size, version, flags or a reserved byte not as
 * described here, a suite of the other version, or @seq out of range), EOPNOTSUPP
 * (suite not known to this module), ENOENT (the kernel lacks the suite's cipher: load
 * its crypto module), EBUSY (keys are set already), ENOMEM, EFAULT.
 */
struct seal_keys {
	__u16			version;
	__u16			suite;
	__u32			flags;
	struct seal_direction	tx;
	struct seal_direction	rx;
};

/*
 * SEAL_PREFILL gives back what the program has received past its handshake, as it
 * came from the wire: records, the last one whole or cut anywhere.  These bytes
 * stand before what is in TCP's queue, and all that is said of received records
 * (RFC 8446 5) holds for them: nothing is opened before it is asked for.
 *
 * It works once, before SEAL_KEYS, or after it as long as nothing was taken from
 * TCP: only before it there is no race with a reader.
 *
 * setsockopt() fails with EINVAL (length 0 or above SEAL_PREFILL_MAX), EBUSY (the
 * second time, or a record was taken from TCP already), EFAULT, ENOMEM, or with the
 * error that ended the connection.
 */
#define SEAL_PREFILL_MAX	65536

/* Bits of seal_policy.flags */

/*
 * FIN without close_notify, between records or inside one: read() returns 0 after
 * the data instead of failing with ECONNABORTED.  Only for protocols that tell
 * themselves where a message ends (RFC 8446 6.1): SEAL_STATE_TRUNCATED is set all
 * the same.
 */
#define SEAL_POLICY_TRUNCATION_EOF	(1U << 0)

/*
 * Records as long as one TCP segment until TCP's congestion window is open, and
 * again after a pause, so that the peer need not wait a round trip for the end of a
 * record before it can read its beginning.
 */
#define SEAL_POLICY_DYNAMIC_SIZE	(1U << 1)

/*
 * Small writes join one record while earlier data is on its way, as Nagle's
 * algorithm joins them to one segment (RFC 9293 3.7.4).
 */
#define SEAL_POLICY_COALESCE		(1U << 2)

/* Most that seal_policy.cpus can be in effect */
#define SEAL_CPUS_MAX		8

/**
 * struct seal_policy - argument and result of SEAL_POLICY
 * @flags:		SEAL_POLICY_* bits; other bits are refused
 * @record_size:	most that is encrypted in one record, in bytes, from 64 to 16385.
 *			TLS 1.3: content, type and padding; TLS 1.2: content, where
 *			16385 counts as 16384.  It is what the peer's
 *			record_size_limit says (RFC 8449 4).  0: as much as the
 *			version allows
 * @padding:		TLS 1.3: content, type and padding of every record, alerts and
 *			KeyUpdates too, are a multiple of so many bytes (RFC 8446 5.4),
 *			but never more than @record_size; @record_size or more: every
 *			record is of this size; 0: no padding.  TLS 1.2 has no padding
 * @update_records:	a new key after so many records; 0, or more than the suite
 *			allows: when the suite wants it (RFC 8446 5.5)
 * @update_bytes:	or after so many bytes of application data; 0: no such limit
 * @cpus:		so many CPUs may seal the records of one long write or sendfile(),
 *			or open those that wait for a long read(), at the same time, the
 *			caller's among them; 0 or 1: only the caller's.  More than the
 *			kernel has online, or than SEAL_CPUS_MAX, counts as that many
 * @reserved:		zero
 *
 * May be set at any time after TCP_ULP, any number of times; acts from the next
 * record on.  getsockopt() tells what is in effect, the defaults filled in, after
 * SEAL_KEYS those of the suite (with ChaCha20-Poly1305 almost 2^64 records); it copies
 * at most the given length and returns the copied length.
 *
 * setsockopt() fails with EINVAL (size, a flag, a size of records or a reserved
 * field not as described here), EFAULT; getsockopt() with EINVAL (length below
 * zero), EFAULT.
 */
struct seal_policy {
	__u32		flags;
	__u16		record_size;
	__u16		padding;
	__aligned_u64	update_records;
	__aligned_u64	update_bytes;
	__u32		cpus;
	__u32		reserved;
};

/* Bits of seal_key_update.flags */
#define SEAL_KEY_UPDATE_REQUEST	(1U << 0) /* ask the peer for a new key, too */

/**
 * struct seal_key_update - argument of SEAL_KEY_UPDATE: replace the sending key
 * @flags:	SEAL_KEY_UPDATE_REQUEST or zero
 * @reserved:	zero
 *
 * A KeyUpdate (RFC 8446 4.6.3) goes out at once if TCP has room, otherwise before
 * the next application data; it overtakes a record that MSG_MORE or TCP_CORK keeps
 * open.  While the peer has not answered a request, the flag adds nothing (RFC 9846
 * 4.7.3).  Keys are also replaced without being asked, before they have protected
 * more records than RFC 8446 5.5 allows.
 *
 * setsockopt() fails with EINVAL (size, unknown flags, @reserved), EFAULT, ENOKEY
 * (before SEAL_KEYS), EOPNOTSUPP (TLS 1.2 has no such message), EPIPE (after
 * shutdown(SHUT_WR) or close_notify), or what ended the connection.
 */
struct seal_key_update {
	__u32	flags;
	__u32	reserved;
};

/**
 * struct seal_alert_request - argument of SEAL_ALERT: tell the peer something
 * @description: of the alert, as on the wire (RFC 8446 6); not SEAL_ALERT_NONE
 * @reserved:	zero
 *
 * The level follows from the description.  close_notify (0) is what shutdown(SHUT_WR)
 * sends, without the FIN: nothing can be sent after it.  After user_canceled (90), and
 * no_renegotiation (100) in TLS 1.2, the stream goes on; they go out as a KeyUpdate
 * does.  Every other alert is fatal: later calls fail with ECONNABORTED.
 *
 * setsockopt() fails with EINVAL (size, @description, @reserved), EFAULT, ENOKEY
 * (before SEAL_KEYS), EPIPE (after shutdown(SHUT_WR) or close_notify), ENOMEM
 * (close_notify could not be sent), or what ended the connection.
 */
struct seal_alert_request {
	__u8	description;
	__u8	reserved[3];
};

/* Bits of seal_info.state */
#define SEAL_STATE_KEYS			(1U << 0) /* SEAL_KEYS has succeeded */
#define SEAL_STATE_CLOSE_NOTIFY_SENT	(1U << 1)
#define SEAL_STATE_CLOSE_NOTIFY_RECEIVED (1U << 2)
#define SEAL_STATE_TRUNCATED		(1U << 3) /* FIN without close_notify */
#define SEAL_STATE_FAILED		(1U << 4) /* seal_info.error is sticky */
#define SEAL_STATE_FIN_SENT		(1U << 5) /* TCP's write side is closed */
#define SEAL_STATE_FIN_RECEIVED		(1U << 6) /* TCP's FIN has come */
#define SEAL_STATE_UPDATE_OWED		(1U << 7) /* a KeyUpdate is still to be sent */
#define SEAL_STATE_UPDATE_REQUESTED	(1U << 8) /* the peer owes one that we asked for */

/* seal_info.alert_sent and .alert_received when there was no alert */
#define SEAL_ALERT_NONE		0xff

/**
 * struct seal_info_direction - counters of one direction
 * @seq:	sequence number of the next record in this generation
 * @records:	records of all content types since SEAL_KEYS
 * @bytes:	application data since SEAL_KEYS, in bytes of plaintext
 * @generation:	how many times the traffic secret was updated (RFC 8446 7.2)
 * @reserved:	zero
 */
struct seal_info_direction {
	__aligned_u64	seq;
	__aligned_u64	records;
	__aligned_u64	bytes;
	__u32		generation;
	__u32		reserved;
};

/**
 * struct seal_info - result of SEAL_INFO; never holds a key
 * @version:		protocol version, zero before SEAL_KEYS
 * @suite:		cipher suite, zero before SEAL_KEYS
 * @state:		SEAL_STATE_* bits
 * @error:		errno that ended the connection, positive, or zero
 * @alert_sent:		description of the last alert sent, or SEAL_ALERT_NONE
 * @alert_received:	description of the last alert received, likewise
 * @reserved:		zero
 * @messages:		post-handshake messages waiting for SEAL_MESSAGE
 * @messages_dropped:	messages that did not fit in the queue
 * @tx:			what this end sent
 * @rx:			what this end received
 * @rx_queued:		bytes of plaintext that were opened and not read yet; read()
 *			has more when records have come that nobody has asked for
 * @rx_sealed:		bytes of such records, headers and tags included
 * @tx_open:		bytes of plaintext in a record that MSG_MORE or TCP_CORK keeps
 *			open
 * @tx_unsent:		bytes of a sealed record that TCP has not taken yet; SIOCOUTQ
 *			tells what TCP has
 * @prefill:		bytes of SEAL_PREFILL that no record was made of yet; they are in
 *			@rx_sealed, too
 * @reserved_end:	zero
 *
 * Asking changes nothing: no record is opened for it.
 *
 * The structure grows at its end.  getsockopt() copies at most the given length and
 * returns the copied length.  It fails with EINVAL (length below zero) or EFAULT.
 */
struct seal_info {
	__u16				version;
	__u16				suite;
	__u32				state;
	__u32				error;
	__u8				alert_sent;
	__u8				alert_received;
	__u16				reserved;
	__u32				messages;
	__u32				messages_dropped;
	struct seal_info_direction	tx;
	struct seal_info_direction	rx;
	__u32				rx_queued;
	__u32				rx_sealed;
	__u32				tx_open;
	__u32				tx_unsent;
	__u32				prefill;
	__u32				reserved_end;
};

/*
 * SEAL_MESSAGE takes the oldest post-handshake handshake message out of the
 * queue: msg_type, 24-bit length and body (RFC 8446 4), whole.  The queue holds
 * at most SEAL_MESSAGE_QUEUE_SIZE bytes; when a message does not fit, the oldest
 * ones make room and are counted as dropped, and a message longer than the queue
 * is dropped itself.
 *
 * getsockopt() fails with EAGAIN (no message), EMSGSIZE (the buffer is too
 * short; the message stays and the needed length is stored in *optlen), EINVAL,
 * EFAULT.
 */
#define SEAL_MESSAGE_QUEUE_SIZE	8192

#define SEAL_FEATURES_SUITES	16

/**
 * struct seal_features - result of SEAL_FEATURES, available before SEAL_KEYS
 * @options:	bit N is set when socket option N is known
 * @suites:	cipher suites this module knows, most preferred first
 * @suites_len:	how many of @suites are valid
 * @cpus:	most that seal_policy.cpus can be; 0: this module does not know it
 *
 * getsockopt() copies at most the given length and returns the copied length.
 */
struct seal_features {
	__u32	options;
	__u16	suites[SEAL_FEATURES_SUITES];
	__u16	suites_len;
	__u16	cpus;
};

#endif /* _UAPI_LINUX_SOCKSEAL_H */
