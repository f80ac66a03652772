// SPDX-License-Identifier: GPL-2.0
/*
 * The name "tls": programs that speak TLS themselves and know <linux/tls.h>.
 * Opened records enter and leave for the readers whatever their type; content types
 * that programs give to sendmsg() enter, and leave for the sender.
 *
 * There is no alert, no close_notify and no KeyUpdate here that the program has not
 * sent.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/socket.h>
#include <net/tcp.h>
#include <uapi/linux/tls.h>

#include "seal.h"
#include "trace.h"

static int attach(struct sock *sk)
{
	return seal_ulp_attach(sk, &seal_ktls);
}

static int take_cmsg(struct msghdr *msg, struct cmsghdr *cmsg, u8 *type)
{
	if (!CMSG_OK(msg, cmsg))
		return -EINVAL;
	if (cmsg->cmsg_level != SOL_TLS)
		return 0;
	/* only application data can wait for more */
	if (cmsg->cmsg_type != TLS_SET_RECORD_TYPE ||
	    cmsg->cmsg_len < CMSG_LEN(sizeof(*type)) ||
	    msg->msg_flags & MSG_MORE)
		return -EINVAL;
	*type = *(const u8 *)CMSG_DATA(cmsg);
	return 0;
}

static int prepare_send(struct sock *sk, struct msghdr *msg, u8 *type)
{
	struct cmsghdr *cmsg;
	int err;

	if ((msg->msg_flags & (MSG_MORE | MSG_EOR)) == (MSG_MORE | MSG_EOR))
		return -EINVAL;
	if (!msg->msg_controllen)
		return 0;
	for_each_cmsghdr(cmsg, msg) {
		err = take_cmsg(msg, cmsg, type);
		if (err)
			return err;
	}
	return 0;
}

/*
 * RFC 8446 4.6.3: after this record the peer's next key is needed.  Only the first
 * message of a record is looked at: a KeyUpdate cannot share it with others.
 */
static bool is_key_update(const struct seal_rx *rx,
			  const struct seal_plain *plain)
{
	const u8 *text = page_address(plain->page[0]);

	return rx->epoch.suite->version == SEAL_VERSION_TLS13 &&
	       plain->type == SEAL_TYPE_HANDSHAKE && plain->end &&
	       text[0] == SEAL_MESSAGE_KEY_UPDATE;
}

static int take(struct sock *sk, struct seal_plain *plain)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;

	if (is_key_update(rx, plain)) {
		rx->rekey = true;
		seal_stats_inc(sk, SEAL_STAT_RX_REKEY_RECEIVED);
	}
	if (plain->type != SEAL_TYPE_APPLICATION_DATA)
		seal_stats_inc(sk, SEAL_STAT_RX_CONTROL);
	seal_plain_queue(rx, plain);
	return 0;
}

/* Nothing more can be read; the program may still want to send its alert. */
static int fail(struct sock *sk, u8 alert)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;

	seal_stats_inc(sk, SEAL_STAT_RX_ERRORS);
	WRITE_ONCE(rx->error, seal_alert_errno(alert));
	trace_seal_error(sk, rx->error, alert);
	return rx->error;
}

/* This error is told once, as the kernel's own kTLS does, and to who would wait. */
static int lose(struct sock *sk, u8 alert)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;

	seal_stats_inc(sk, SEAL_STAT_RX_ERRORS);
	rx->lost = seal_alert_errno(alert);
	trace_seal_error(sk, rx->lost, alert);
	return rx->lost;
}

struct seal_personality seal_ktls = {
	.ulp = {
		.name		= "tls",
		.owner		= THIS_MODULE,
		.init		= attach,
	},
	.level		= SOL_TLS,
	.set		= seal_ktls_set,
	.get		= seal_ktls_get,
	.prepare_send	= prepare_send,
	.take		= take,
	.fail		= fail,
	.lose		= lose,
	.truncated	= SEAL_END_OF_STREAM,
	.exhausted	= -EBADMSG,
	.plain		= true,
	.types		= true,
};
