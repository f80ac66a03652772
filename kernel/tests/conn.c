// SPDX-License-Identifier: GPL-2.0
/*
 * A name of the ULP enters, a socket leaves that has the state of a sealed one and no
 * network: it was never connected, so what is sent on it goes nowhere, and what it
 * receives is put into its queue by the tests.
 */
#include <linux/mm.h>
#include <linux/net.h>
#include <net/tcp.h>

#include "tests.h"

static void put_conn(void *arg)
{
	struct seal_test_conn *c = arg;

	seal_idle_remove(&c->ss);
	lock_sock(c->sk);
	seal_prefill_release(&c->ss.rx.prefill);
	seal_control_release(&c->ss.rx.messages);
	seal_plain_put(c->ss.rx.framer.plain);
	seal_tx_release(&c->ss);
	seal_ahead_stop(&c->ss.rx);
	seal_ahead_release(&c->ss.rx);
	seal_epoch_release(&c->ss.rx.epoch);
	__skb_queue_purge(&c->sk->sk_receive_queue);
	release_sock(c->sk);
	inet_csk(c->sk)->icsk_ulp_data = NULL;
	sock_release(c->sock);
}

/**
 * seal_test_conn_make() - a sealed socket without a network, released with the test
 * @test:	the test
 * @personality: name of the ULP
 */
struct seal_test_conn *seal_test_conn_make(struct kunit *test,
					   const struct seal_personality *personality)
{
	struct seal_test_conn *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->test = test;
	c->ss.personality = personality;
	seal_policy_apply(&c->ss);
	c->ss.alert_sent = SEAL_ALERT_NONE;
	c->ss.alert_received = SEAL_ALERT_NONE;
	INIT_LIST_HEAD(&c->ss.idle);
	INIT_LIST_HEAD(&c->ss.rx.queue);
	INIT_LIST_HEAD(&c->ss.rx.messages.queue);
	KUNIT_ASSERT_EQ(test, 0, sock_create_kern(&init_net, AF_INET, SOCK_STREAM,
						  IPPROTO_TCP, &c->sock));
	c->sk = c->sock->sk;
	/* as if segments had come: TCP divides by it */
	inet_csk(c->sk)->icsk_ack.rcv_mss = TCP_MSS_DEFAULT;
	c->ss.sk = c->sk;
	c->ss.counters = seal_stats_of(c->sk);
	rcu_assign_pointer(inet_csk(c->sk)->icsk_ulp_data, (void *)&c->ss);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_conn, c));
	return c;
}

/**
 * seal_test_conn_receive() - a segment comes in
 * @c:		the socket
 * @data:	its bytes
 * @len:	how many; 0 does nothing
 */
void seal_test_conn_receive(struct seal_test_conn *c, const u8 *data, size_t len)
{
	struct sk_buff *skb;

	if (!len)
		return;
	skb = alloc_skb(len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(c->test, skb);
	skb_put_data(skb, data, len);
	TCP_SKB_CB(skb)->seq = tcp_sk(c->sk)->rcv_nxt;
	tcp_sk(c->sk)->rcv_nxt += len;
	TCP_SKB_CB(skb)->end_seq = tcp_sk(c->sk)->rcv_nxt;
	__skb_queue_tail(&c->sk->sk_receive_queue, skb);
}

/**
 * seal_test_conn_prefill() - bytes come by SEAL_PREFILL
 * @c:		the socket, of whose earlier ones nothing is left
 * @data:	the bytes
 * @len:	how many; 0 does nothing
 */
void seal_test_conn_prefill(struct seal_test_conn *c, const u8 *data, size_t len)
{
	struct seal_prefill *prefill = &c->ss.rx.prefill;

	KUNIT_ASSERT_EQ(c->test, 0, prefill->left);
	KUNIT_ASSERT_NULL(c->test, prefill->data);
	if (!len)
		return;
	prefill->data = kvmalloc(len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(c->test, prefill->data);
	memcpy(prefill->data, data, len);
	prefill->size = len;
	prefill->left = len;
}
