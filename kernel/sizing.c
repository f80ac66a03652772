// SPDX-License-Identifier: GPL-2.0
/*
 * How long records are: the policy and what TCP can send at the moment enter; the
 * most that the next record may hold, and the padding of one, leave.
 *
 * Dynamic sizes: a peer can open a record only when all of it is there.  While the
 * congestion window is small, the end of a long record comes a round trip or more
 * after its beginning; a record that fills one segment is opened as soon as that
 * comes.  Long records cost less, so they are made again when the window is open.
 */
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <net/tcp.h>

#include "seal.h"

/* Application data after a pause that goes in small records whatever the window */
#define SMALL_LEAST	SEAL_PAYLOAD_MAX

/* After so much without a pause it is throughput that counts, and not latency */
#define SMALL_MOST	SZ_1M

/* A segment so short that a record in it would be mostly overhead does not count */
#define INNER_LEAST	64

/**
 * seal_sizing_padding() - how many zeros follow the content type
 * @inner:	length of content and type in bytes
 * @block:	the sum is to be a multiple of this; 0: no padding
 * @size:	most that the sum may be
 *
 * RFC 8446 5.4; RFC 8449 4: padding counts, so @size limits it.
 *
 * Return: bytes; 0 if @inner is more than @size already, as it may be when the policy
 * has changed since the record was begun.
 */
size_t seal_sizing_padding(size_t inner, size_t block, size_t size)
{
	if (!block || inner >= size)
		return 0;
	return min(roundup(inner, block), size) - inner;
}

/**
 * seal_sizing_is_small() - is it time for records of one segment?
 * @flight:	what TCP can send at the moment
 * @record:	length of a full record in bytes
 *
 * A window of two records has room for the next one before the ACK of the last one
 * comes.
 */
bool seal_sizing_is_small(const struct seal_flight *flight, size_t record)
{
	if (flight->sent < SMALL_LEAST)
		return true;
	return flight->sent < SMALL_MOST && flight->window < 2 * record;
}

/**
 * seal_sizing_segment() - content of a record that fills one segment
 * @mss:	payload of a segment in bytes
 * @suite:	cipher suite
 * @block:	what content, type and padding are a multiple of, or 0
 *
 * The padding is in the segment, too.  Where no block fits, a record has one.
 *
 * Return: bytes, at least 63.
 */
size_t seal_sizing_segment(size_t mss, const struct seal_suite *suite, size_t block)
{
	size_t overhead = seal_prefix_size(suite) + SEAL_TAG_SIZE;
	size_t inner = max_t(ssize_t, (ssize_t)mss - overhead, INNER_LEAST);

	if (block)
		inner = max(rounddown(inner, block), block);
	return max_t(ssize_t, inner, INNER_LEAST) - suite->type_size;
}

/* Has TCP sent nothing for longer than it would wait for an ACK? */
static bool has_paused(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return tp->write_seq == tp->snd_una &&
	       tcp_jiffies32 - tp->lsndtime > inet_csk(sk)->icsk_rto;
}

static struct seal_flight look_at_flight(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	const struct seal_tx *tx = &seal_sk(sk)->tx;

	return (struct seal_flight) {
		.window	= (u64)tcp_snd_cwnd(tp) * tp->mss_cache,
		.sent	= tx->epoch.bytes - tx->resumed,
	};
}

/**
 * seal_sizing_dynamic_limit() - most content of the record that is begun now
 * @sk: socket, locked, with a key for this direction and SEAL_POLICY_DYNAMIC_SIZE
 *
 * Return: bytes, at least 63.
 */
u16 seal_sizing_dynamic_limit(struct sock *sk)
{
	struct seal_sock *ss = seal_sk(sk);
	struct seal_tx *tx = &ss->tx;
	struct seal_flight flight;

	if (has_paused(sk))
		tx->resumed = tx->epoch.bytes;
	flight = look_at_flight(sk);
	if (!seal_sizing_is_small(&flight, seal_policy_record_size(ss)))
		return tx->payload_max;
	return min_t(size_t, tx->payload_max,
		     seal_sizing_segment(tcp_sk(sk)->mss_cache, tx->epoch.suite,
					 tx->block));
}
