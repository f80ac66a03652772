// SPDX-License-Identifier: GPL-2.0
/*
 * SEAL_PREFILL: bytes that a program has received past its handshake enter; they
 * leave to the framer, which finds them before those of TCP's queue.
 *
 * They are ciphertext, and wait here as they would in the queue: a record of them
 * is opened when somebody asks for it.
 */
#include <linux/mm.h>
#include <linux/sockptr.h>
#include <net/tcp.h>

#include "seal.h"

/* Has anything of the stream been taken, so that these bytes come too late? */
static bool has_begun(const struct seal_rx *rx)
{
	return rx->prefill.size || rx->epoch.records || rx->framer.prefix_len;
}

static int install(struct sock *sk, u8 *data, size_t size)
{
	struct seal_sock *ss = seal_sk(sk);
	struct seal_prefill *prefill = &ss->rx.prefill;

	if (has_begun(&ss->rx))
		return -EBUSY;
	if (ss->error)
		return ss->error;
	prefill->data = data;
	WRITE_ONCE(prefill->left, size);
	prefill->size = size;
	/* for TCP nothing has come, so it wakes nobody */
	sk->sk_data_ready(sk);
	return 0;
}

/**
 * seal_prefill_set() - setsockopt(SEAL_PREFILL)
 * @sk:		socket, not locked
 * @optval:	the bytes
 * @optlen:	how many
 *
 * Context: process, may sleep.
 * Return: 0, or as the uAPI header says.
 */
int seal_prefill_set(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	int err = -EFAULT;
	u8 *data;

	if (!optlen || optlen > SEAL_PREFILL_MAX)
		return -EINVAL;
	data = kvmalloc(optlen, GFP_KERNEL_ACCOUNT);
	if (!data)
		return -ENOMEM;
	if (!copy_from_sockptr(data, optval, optlen)) {
		lock_sock(sk);
		err = install(sk, data, optlen);
		release_sock(sk);
	}
	if (err)
		kvfree(data);
	return err;
}

/**
 * seal_prefill_copy() - look at the first bytes that are left
 * @prefill:	of a locked socket
 * @to:		where they go
 * @len:	how many are wanted
 *
 * Return: how many there are of them.
 */
size_t seal_prefill_copy(const struct seal_prefill *prefill, void *to, size_t len)
{
	len = min_t(size_t, len, prefill->left);
	if (len)
		memcpy(to, prefill->data + prefill->size - prefill->left, len);
	return len;
}

/**
 * seal_prefill_consume() - the first bytes that are left were dealt with
 * @prefill:	of a locked socket
 * @len:	how many of the stream
 *
 * Return: how many of them stood here.
 */
size_t seal_prefill_consume(struct seal_prefill *prefill, size_t len)
{
	len = min_t(size_t, len, prefill->left);
	WRITE_ONCE(prefill->left, prefill->left - len);
	if (!prefill->left)
		seal_prefill_release(prefill);
	return len;
}

/**
 * seal_prefill_release() - free the memory
 * @prefill: of which nothing is left, or of a socket that is going away
 */
void seal_prefill_release(struct seal_prefill *prefill)
{
	kvfree(prefill->data);
	prefill->data = NULL;
}
