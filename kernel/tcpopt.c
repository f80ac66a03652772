// SPDX-License-Identifier: GPL-2.0
/*
 * Options of plain TCP enter; those that would get behind the records are stopped
 * here, those that say when to send are heard here too, and all others leave for
 * TCP as they came.
 */
#include <linux/sockptr.h>
#include <net/tcp.h>

#include "seal.h"

static int read_int(sockptr_t optval, unsigned int optlen, int *value)
{
	if (optlen < sizeof(*value))
		return -EINVAL;
	return copy_from_sockptr(value, optval, sizeof(*value)) ? -EFAULT : 0;
}

static int set_in_tcp(struct sock *sk, int optname, sockptr_t optval,
		      unsigned int optlen)
{
	return seal_sk(sk)->base_prot->setsockopt(sk, SOL_TCP, optname, optval,
						  optlen);
}

/*
 * The open record first, for TCP sends what it holds back when it is told.  It
 * is held back no longer once the cork is out, and somebody may have begun
 * another one in between.
 */
static int set_cork(struct sock *sk, int optname, sockptr_t optval,
		    unsigned int optlen)
{
	int corked, err;

	err = read_int(optval, optlen, &corked);
	if (err)
		return err;
	if (!corked)
		seal_tx_flush(sk);
	err = set_in_tcp(sk, optname, optval, optlen);
	if (!err && !corked)
		seal_tx_flush(sk);
	return err;
}

/* tcp(7): setting it forces a flush, even if there is a cork */
static int set_nodelay(struct sock *sk, int optname, sockptr_t optval,
		       unsigned int optlen)
{
	int nodelay, err;

	err = read_int(optval, optlen, &nodelay);
	if (err)
		return err;
	if (nodelay)
		seal_tx_flush(sk);
	return set_in_tcp(sk, optname, optval, optlen);
}

/* In repair mode the queues of TCP are read and written as they are. */
static int set_repair(struct sock *sk, int optname, sockptr_t optval,
		      unsigned int optlen)
{
	int repair, err;

	err = read_int(optval, optlen, &repair);
	if (err)
		return err;
	if (repair == TCP_REPAIR_ON)
		return -EOPNOTSUPP;
	return set_in_tcp(sk, optname, optval, optlen);
}

/**
 * seal_tcpopt_set() - setsockopt() at level SOL_TCP on a sealed socket
 * @sk:		socket, not locked
 * @optname:	option
 * @optval:	its value
 * @optlen:	length of the value in bytes
 *
 * Return: as plain TCP; -EOPNOTSUPP for TCP_REPAIR_ON.
 */
int seal_tcpopt_set(struct sock *sk, int optname, sockptr_t optval,
		    unsigned int optlen)
{
	switch (optname) {
	case TCP_CORK:
		return set_cork(sk, optname, optval, optlen);
	case TCP_NODELAY:
		return set_nodelay(sk, optname, optval, optlen);
	case TCP_REPAIR:
		return set_repair(sk, optname, optval, optlen);
	default:
		return set_in_tcp(sk, optname, optval, optlen);
	}
}

/**
 * seal_tcpopt_get() - getsockopt() at level SOL_TCP on a sealed socket
 * @sk:		socket, not locked
 * @optname:	option
 * @optval:	where the value goes
 * @optlen:	room there in bytes, replaced by the length of the value
 *
 * Return: as plain TCP; -EOPNOTSUPP for TCP_ZEROCOPY_RECEIVE, which maps or
 * copies what is in TCP's queue.
 */
int seal_tcpopt_get(struct sock *sk, int optname, char __user *optval,
		    int __user *optlen)
{
	if (optname == TCP_ZEROCOPY_RECEIVE)
		return -EOPNOTSUPP;
	return seal_sk(sk)->base_prot->getsockopt(sk, SOL_TCP, optname, optval,
						  optlen);
}
