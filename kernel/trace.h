/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: what happens to a sealed socket enters, events of the trace system
 * "sockseal" leave.  No event has a byte of a secret, a key or a record.
 *
 * Documentation/tracing.rst lists them.  A tracepoint that nobody has switched on
 * costs a branch that the kernel patches out.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM sockseal

#if !defined(_NET_SOCKSEAL_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _NET_SOCKSEAL_TRACE_H

#include <linux/sock_diag.h>
#include <linux/tracepoint.h>

#include "seal.h"

#ifndef SEAL_TRACE_NAMES
#define SEAL_TRACE_NAMES

/* Why a direction went on to its next key: what seal_trace_why() prints */
enum seal_why {
	SEAL_WHY_RECEIVED,	/* the peer's KeyUpdate */
	SEAL_WHY_ANSWER,	/* the peer asked for ours */
	SEAL_WHY_PROGRAM,	/* SEAL_KEY_UPDATE, or another TLS_TX or TLS_RX */
	SEAL_WHY_LIMIT,		/* the suite's or the policy's count was reached */
};

#define seal_trace_why(why)						\
	__print_symbolic(why, { 0, "received" }, { 1, "answer" },	\
			 { 2, "program" }, { 3, "limit" })

#define seal_trace_direction(sent)					\
	__print_symbolic(sent, { 0, "rx" }, { 1, "tx" })

/* RFC 8446 5.1 */
#define seal_trace_type(type)						\
	__print_symbolic(type, { 21, "alert" }, { 22, "handshake" },	\
			 { 23, "application_data" })

/* RFC 8446 6 */
#define seal_trace_level(level)						\
	__print_symbolic(level, { 1, "warning" }, { 2, "fatal" })

/* RFC 8446 6, RFC 5246 7.2 for what TLS 1.2 has beside; 255: none */
#define seal_trace_alert(alert)						\
	__print_symbolic(alert, { 0, "close_notify" },			\
			 { 10, "unexpected_message" },			\
			 { 20, "bad_record_mac" },			\
			 { 22, "record_overflow" },			\
			 { 40, "handshake_failure" },			\
			 { 42, "bad_certificate" },			\
			 { 43, "unsupported_certificate" },		\
			 { 44, "certificate_revoked" },			\
			 { 45, "certificate_expired" },			\
			 { 46, "certificate_unknown" },			\
			 { 47, "illegal_parameter" },			\
			 { 48, "unknown_ca" },				\
			 { 49, "access_denied" },			\
			 { 50, "decode_error" },			\
			 { 51, "decrypt_error" },			\
			 { 70, "protocol_version" },			\
			 { 71, "insufficient_security" },		\
			 { 80, "internal_error" },			\
			 { 86, "inappropriate_fallback" },		\
			 { 90, "user_canceled" },			\
			 { 100, "no_renegotiation" },			\
			 { 109, "missing_extension" },			\
			 { 110, "unsupported_extension" },		\
			 { 112, "unrecognized_name" },			\
			 { 113, "bad_certificate_status_response" },	\
			 { 115, "unknown_psk_identity" },		\
			 { 116, "certificate_required" },		\
			 { 120, "no_application_protocol" },		\
			 { 255, "none" })

/* SEAL_STATE_* */
#define seal_trace_state(state)						\
	__print_flags(state, "|", { 1 << 0, "keys" },			\
		      { 1 << 1, "close_notify_sent" },			\
		      { 1 << 2, "close_notify_received" },		\
		      { 1 << 3, "truncated" }, { 1 << 4, "failed" },	\
		      { 1 << 5, "fin_sent" }, { 1 << 6, "fin_received" }, \
		      { 1 << 7, "update_owed" },			\
		      { 1 << 8, "update_requested" })

/**
 * seal_trace_cookie() - what tells the events of one socket from another's
 * @sk: socket
 *
 * Return: what SO_COOKIE tells the program, and "ss -e" calls "sk:".
 */
static inline u64 seal_trace_cookie(const struct sock *sk)
{
	u32 halves[2];

	sock_diag_save_cookie((struct sock *)sk, halves);
	return (u64)halves[1] << 32 | halves[0];
}

#endif /* SEAL_TRACE_NAMES */

TRACE_EVENT(seal_attach,

	TP_PROTO(const struct sock *sk, const char *ulp),

	TP_ARGS(sk, ulp),

	TP_STRUCT__entry(
		__field(u64, cookie)
		__field(u16, family)
		__field(u16, sport)
		__field(u16, dport)
		__array(char, ulp, TCP_ULP_NAME_MAX)
	),

	TP_fast_assign(
		__entry->cookie = seal_trace_cookie(sk);
		__entry->family = sk->sk_family;
		__entry->sport = sk->sk_num;
		__entry->dport = ntohs(sk->sk_dport);
		strscpy(__entry->ulp, ulp, TCP_ULP_NAME_MAX);
	),

	TP_printk("cookie=%llx ulp=%s family=%s sport=%u dport=%u",
		  __entry->cookie, __entry->ulp,
		  __print_symbolic(__entry->family, { 2, "inet" }, { 10, "inet6" }),
		  __entry->sport, __entry->dport)
);

TRACE_EVENT(seal_keys,

	TP_PROTO(const struct sock *sk, bool sent,
		 const struct seal_epoch *epoch),

	TP_ARGS(sk, sent, epoch),

	TP_STRUCT__entry(
		__field(u64, cookie)
		__field(u64, seq)
		__field(u16, version)
		__field(u16, suite)
		__field(u8, sent)
	),

	TP_fast_assign(
		__entry->cookie = seal_trace_cookie(sk);
		__entry->seq = epoch->seq;
		__entry->version = epoch->suite->version;
		__entry->suite = epoch->suite->id;
		__entry->sent = sent;
	),

	TP_printk("cookie=%llx direction=%s version=0x%04x suite=0x%04x seq=%llu",
		  __entry->cookie, seal_trace_direction(__entry->sent),
		  __entry->version, __entry->suite, __entry->seq)
);

/* The record was dealt with, so the epoch stands at the next one. */
DECLARE_EVENT_CLASS(seal_record,

	TP_PROTO(const struct sock *sk, const struct seal_epoch *epoch, u8 type,
		 size_t length),

	TP_ARGS(sk, epoch, type, length),

	TP_STRUCT__entry(
		__field(u64, cookie)
		__field(u64, seq)
		__field(u32, generation)
		__field(u32, length)
		__field(u8, type)
	),

	TP_fast_assign(
		__entry->cookie = seal_trace_cookie(sk);
		__entry->seq = epoch->seq - 1;
		__entry->generation = epoch->generation;
		__entry->length = length;
		__entry->type = type;
	),

	TP_printk("cookie=%llx type=%s length=%u seq=%llu generation=%u",
		  __entry->cookie, seal_trace_type(__entry->type),
		  __entry->length, __entry->seq, __entry->generation)
);

DEFINE_EVENT(seal_record, seal_record_tx,

	TP_PROTO(const struct sock *sk, const struct seal_epoch *epoch, u8 type,
		 size_t length),

	TP_ARGS(sk, epoch, type, length)
);

DEFINE_EVENT(seal_record, seal_record_rx,

	TP_PROTO(const struct sock *sk, const struct seal_epoch *epoch, u8 type,
		 size_t length),

	TP_ARGS(sk, epoch, type, length)
);

TRACE_EVENT(seal_rekey,

	TP_PROTO(const struct sock *sk, bool sent,
		 const struct seal_epoch *epoch, enum seal_why why),

	TP_ARGS(sk, sent, epoch, why),

	TP_STRUCT__entry(
		__field(u64, cookie)
		__field(u32, generation)
		__field(u8, sent)
		__field(u8, why)
	),

	TP_fast_assign(
		__entry->cookie = seal_trace_cookie(sk);
		__entry->generation = epoch->generation;
		__entry->sent = sent;
		__entry->why = why;
	),

	TP_printk("cookie=%llx direction=%s generation=%u why=%s",
		  __entry->cookie, seal_trace_direction(__entry->sent),
		  __entry->generation, seal_trace_why(__entry->why))
);

TRACE_EVENT(seal_alert,

	TP_PROTO(const struct sock *sk, bool sent, u8 level, u8 description),

	TP_ARGS(sk, sent, level, description),

	TP_STRUCT__entry(
		__field(u64, cookie)
		__field(u8, sent)
		__field(u8, level)
		__field(u8, description)
	),

	TP_fast_assign(
		__entry->cookie = seal_trace_cookie(sk);
		__entry->sent = sent;
		__entry->level = level;
		__entry->description = description;
	),

	TP_printk("cookie=%llx direction=%s level=%s description=%s",
		  __entry->cookie, seal_trace_direction(__entry->sent),
		  seal_trace_level(__entry->level),
		  seal_trace_alert(__entry->description))
);

TRACE_EVENT(seal_error,

	TP_PROTO(const struct sock *sk, int error, u8 alert),

	TP_ARGS(sk, error, alert),

	TP_STRUCT__entry(
		__field(u64, cookie)
		__field(int, error)
		__field(u8, alert)
	),

	TP_fast_assign(
		__entry->cookie = seal_trace_cookie(sk);
		__entry->error = error;
		__entry->alert = alert;
	),

	TP_printk("cookie=%llx error=%d alert=%s", __entry->cookie,
		  __entry->error, seal_trace_alert(__entry->alert))
);

TRACE_EVENT(seal_close,

	TP_PROTO(const struct sock *sk, u32 state),

	TP_ARGS(sk, state),

	TP_STRUCT__entry(
		__field(u64, cookie)
		__field(u32, state)
	),

	TP_fast_assign(
		__entry->cookie = seal_trace_cookie(sk);
		__entry->state = state;
	),

	TP_printk("cookie=%llx state=%s", __entry->cookie,
		  seal_trace_state(__entry->state))
);

#endif /* _NET_SOCKSEAL_TRACE_H */

/* This part must be outside of the protection. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
