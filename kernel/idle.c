// SPDX-License-Identifier: GPL-2.0
/*
 * A socket that has a cipher enters; a while after its last record the ciphers leave,
 * and the secrets stay: the next record has them made again, see seal_epoch_arm().
 *
 * One item on a work queue goes over all those sockets, and only while there are any.
 * It looks at a socket with its spinlock held, and passes over one that somebody owns:
 * so it is never between two steps of a call.  Between two calls a cipher may go, unless
 * a record is open, which has one for all of its life.
 *
 * A socket is in the list until seal_close() takes it out; so it exists while the list
 * is locked, and the item gets a reference then.  By the time that it has the socket's
 * spinlock, seal_close() may be done: then icsk_ulp_data is NULL.
 */
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/moduleparam.h>
#include <linux/workqueue.h>
#include <net/sock.h>

#include "seal.h"

static unsigned int idle_ms = 10000;

static LIST_HEAD(sockets);
static DEFINE_SPINLOCK(sockets_lock);	/* protects sockets, and seal_sock.idle */

static void sweep(struct work_struct *work);
static DECLARE_DELAYED_WORK(sweeping, sweep);

static void sweep_later(void)
{
	unsigned int ms = READ_ONCE(idle_ms);

	if (ms)
		schedule_delayed_work(&sweeping, msecs_to_jiffies(ms));
}

static void add(struct seal_sock *ss)
{
	spin_lock_bh(&sockets_lock);
	if (list_empty(&ss->idle))
		list_add_tail(&ss->idle, &sockets);
	spin_unlock_bh(&sockets_lock);
	sweep_later();
}

/**
 * seal_idle_make_cipher() - make the cipher that a record needs
 * @sk:		socket, locked
 * @epoch:	its direction, with a key and without a cipher
 *
 * Context: process, may sleep.
 * Return: as seal_idle_arm().
 */
int seal_idle_make_cipher(struct sock *sk, struct seal_epoch *epoch)
{
	int err;

	sock_owned_by_me(sk);
	err = seal_epoch_make_cipher(epoch);
	if (err)
		return err;
	seal_stats_inc(sk, SEAL_STAT_CIPHERS_MADE);
	add(seal_sk(sk));
	return 0;
}

/**
 * seal_idle_remove() - a socket is being closed
 * @ss: sealed socket
 *
 * Context: process.
 */
void seal_idle_remove(struct seal_sock *ss)
{
	spin_lock_bh(&sockets_lock);
	list_del_init(&ss->idle);
	spin_unlock_bh(&sockets_lock);
}

/* Move the first socket of @from to the end of the list, and get a reference. */
static struct sock *next_socket(struct list_head *from)
{
	struct seal_sock *ss;
	struct sock *sk = NULL;

	spin_lock_bh(&sockets_lock);
	if (!list_empty(from)) {
		ss = list_first_entry(from, struct seal_sock, idle);
		list_move_tail(&ss->idle, &sockets);
		sk = ss->sk;
		sock_hold(sk);
	}
	spin_unlock_bh(&sockets_lock);
	return sk;
}

/* Was there no record since the last time?  Then its cipher goes to @aead. */
static const struct seal_suite *take_cipher(struct sock *sk,
					    struct seal_epoch *epoch,
					    struct seal_aead *aead)
{
	if (!epoch->aead.tfm)
		return NULL;
	if (epoch->used) {
		epoch->used = false;
		return NULL;
	}
	*aead = epoch->aead;
	memset(&epoch->aead, 0, sizeof(epoch->aead));
	seal_stats_inc(sk, SEAL_STAT_CIPHERS_DROPPED);
	return epoch->suite;
}

/**
 * struct taken - ciphers of a socket
 * @suite:	of each; NULL: there is none
 * @aead:	keyed
 */
struct taken {
	const struct seal_suite	*suite[2];
	struct seal_aead	aead[2];
};

static void take_ciphers(struct sock *sk, struct taken *taken)
{
	struct seal_sock *ss = seal_sk(sk);

	if (ss->tx.state != SEAL_TX_OPEN)
		taken->suite[0] = take_cipher(sk, &ss->tx.epoch, &taken->aead[0]);
	taken->suite[1] = take_cipher(sk, &ss->rx.epoch, &taken->aead[1]);
	if (!ss->tx.epoch.aead.tfm && !ss->rx.epoch.aead.tfm)
		seal_idle_remove(ss);
}

static void look_at(struct sock *sk)
{
	struct taken taken = {};
	int i;

	spin_lock_bh(&sk->sk_lock.slock);
	if (!sock_owned_by_user(sk) && seal_sk(sk))
		take_ciphers(sk, &taken);
	spin_unlock_bh(&sk->sk_lock.slock);
	for (i = 0; i < ARRAY_SIZE(taken.suite); i++)
		if (taken.suite[i])
			seal_spare_put(&taken.aead[i], taken.suite[i]);
}

static void sweep(struct work_struct *work)
{
	struct sock *sk;
	struct list_head pass = LIST_HEAD_INIT(pass);

	spin_lock_bh(&sockets_lock);
	list_splice_init(&sockets, &pass);
	spin_unlock_bh(&sockets_lock);
	while ((sk = next_socket(&pass))) {
		look_at(sk);
		sock_put(sk);
		cond_resched();
	}
	if (seal_spare_trim() || !list_empty(&sockets))
		sweep_later();
}

/*
 * The next sweep is so far away from now on.  There is none when modprobe says it: it
 * may still fail to load the module.
 */
static int set_idle_ms(const char *value, const struct kernel_param *param)
{
	int err = param_set_uint(value, param);

	if (!err && (cancel_delayed_work(&sweeping) || !list_empty(&sockets)))
		sweep_later();
	return err;
}

static const struct kernel_param_ops idle_ms_ops = {
	.set	= set_idle_ms,
	.get	= param_get_uint,
};

module_param_cb(idle_ms, &idle_ms_ops, &idle_ms, 0644);
MODULE_PARM_DESC(idle_ms, "give back the ciphers of a socket after so long without a record, in ms (default: 10000; 0: never)");

/** seal_idle_exit() - the last sealed socket is gone */
void seal_idle_exit(void)
{
	cancel_delayed_work_sync(&sweeping);
}
