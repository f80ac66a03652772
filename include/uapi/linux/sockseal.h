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
#define SEAL_INFO		6	/* get: struct seal_info */
#define SEAL_MESSAGE		7	/* get: one post-handshake message */
#define SEAL_FEATURES		8	/* get: struct seal_features */

/* Protocol versions, as on the wire (RFC 8446 4.1.2) */
#define SEAL_VERSION_TLS13	0x0304

/* Cipher suites, as on the wire (RFC 8446 B.4) */
#define SEAL_AES_128_GCM_SHA256		0x1301
#define SEAL_AES_256_GCM_SHA384		0x1302
#define SEAL_CHACHA20_POLY1305_SHA256	0x1303

/* The longest traffic secret: the output of SHA-384 */
#define SEAL_SECRET_SIZE	48

/**
 * struct seal_direction - the secret of one direction of a connection
 * @secret:	application traffic secret (RFC 8446 7.1); as many bytes as the
 *		hash of the suite has (32 or 48), the rest zero
 * @seq:	sequence number of the next record, the number of records already
 *		sent or received under @secret
 */
struct seal_direction {
	__u8		secret[SEAL_SECRET_SIZE];
	__aligned_u64	seq;
};

/**
 * struct seal_keys - argument of SEAL_KEYS, both directions at once
 * @version:	SEAL_VERSION_TLS13
 * @suite:	cipher suite, as on the wire
 * @flags:	zero
 * @tx:		what this end sends
 * @rx:		what this end receives
 *
 * Keys are set once.  The kernel derives key and IV from each secret
 * (RFC 8446 7.3) and keeps the secret for the next generation (7.2).  Clear the
 * structure after the call.
 *
 * setsockopt() fails with EINVAL (size, version, flags or a reserved byte not as
 * described here, or @seq out of range), EOPNOTSUPP (suite not known to this
 * module), ENOENT (the kernel lacks the suite's cipher: load its crypto module),
 * EBUSY (keys are set already), ENOMEM, EFAULT.
 */
struct seal_keys {
	__u16			version;
	__u16			suite;
	__u32			flags;
	struct seal_direction	tx;
	struct seal_direction	rx;
};

/* Bits of seal_info.state */
#define SEAL_STATE_KEYS			(1U << 0) /* SEAL_KEYS has succeeded */
#define SEAL_STATE_CLOSE_NOTIFY_SENT	(1U << 1)
#define SEAL_STATE_CLOSE_NOTIFY_RECEIVED (1U << 2)
#define SEAL_STATE_TRUNCATED		(1U << 3) /* FIN without close_notify */
#define SEAL_STATE_FAILED		(1U << 4) /* seal_info.error is sticky */

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
 *
 * getsockopt() copies at most the given length and returns the copied length.
 * It fails with EINVAL (length below zero) or EFAULT.
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
 * @reserved:	zero
 *
 * getsockopt() copies at most the given length and returns the copied length.
 */
struct seal_features {
	__u32	options;
	__u16	suites[SEAL_FEATURES_SUITES];
	__u16	suites_len;
	__u16	reserved;
};

#endif /* _UAPI_LINUX_SOCKSEAL_H */
