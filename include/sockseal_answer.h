/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * libsockseal: what an application decides while a handshake goes on: which
 * configuration answers for which server name.
 *
 * A part of sockseal.h, whose conventions hold.
 */
#ifndef SOCKSEAL_ANSWER_H
#define SOCKSEAL_ANSWER_H

#include "sockseal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -------------------------------------------------------- server names */

/*
 * A server with several names has a configuration for each, or for some.  A connection
 * begins with one of them; the name in the ClientHello (RFC 6066 3) chooses another,
 * before anything of the first one is used.  From then on everything is that of the
 * other one: certificates, ALPN, suites, groups, CAs for clients, tickets and PSKs,
 * key log.  A ticket counts only for the name that it was given for.
 */

/**
 * seal_config_add_name() - another configuration for clients that ask for a name
 * @cfg:	configuration of a server, with which connections begin
 * @name:	DNS name, in either case, with or without a dot at its end.  "*.example"
 *		stands for every name with one label more, if there is no row for that
 *		name itself
 * @other:	configuration of a server, complete, without names of its own; @cfg becomes
 *		an owner of it, and setters on it fail from now on.  NULL: @cfg itself
 *
 * Clients that ask for no name, or for one that is not there, get @cfg; unless there is
 * seal_config_require_name().  There may be tens of thousands of names.
 *
 * A server that is to send cookies in HelloRetryRequests has seal_config_set_cookies()
 * on @cfg and on those for the names.
 *
 * Return: 0, SEAL_E_INVALID (no DNS name, there already, @other has names or is a
 * client's or not complete, a client's configuration, in use), SEAL_E_NO_TRUST (@other
 * asks for certificates and has no CAs), SEAL_E_NOMEM.
 */
int seal_config_add_name(struct seal_config *cfg, const char *name,
			 struct seal_config *other);

/**
 * seal_config_require_name() - refuse clients whose name was not added
 * @cfg:	configuration of a server, with which connections begin; it needs no
 *		certificate then
 *
 * A client that asks for another name is refused with SEAL_E_UNRECOGNIZED_NAME (RFC 6066
 * 3), one that asks for none with SEAL_E_MISSING_EXTENSION (RFC 8446 9.2).
 *
 * Return: 0, SEAL_E_INVALID (a client's configuration, in use).
 */
int seal_config_require_name(struct seal_config *cfg);

#ifdef __cplusplus
}
#endif

#endif /* SOCKSEAL_ANSWER_H */
