// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The event loop that Documentation/handshake.rst shows enters, clients whose answers come
 * from another thread, and some that do not wait; handshakes leave.  What is between the
 * two marks is what stands there; gate_example looks for that.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

#define CLIENTS	8

static int loop;		/* of epoll */
static int results[2];		/* a pipe: what the worker has found */
static struct seal_config *for_mail;
static int done, gone;

struct client;

static void look_up(struct client *c, const char *name);
static void serve(struct client *c);
static void drop(struct client *c);

/* example begins */
struct client {
	struct seal_conn	*conn;
	int			 fd;
};

/* What the handshake waits for is what epoll is to tell of */
static void go_on(struct client *c)
{
	struct epoll_event event = { .data.ptr = c };

	switch (seal_conn_handshake(c->conn, c->fd)) {
	case 0:
		serve(c);		/* seal_conn_attach(), read(), write() */
		return;
	case SEAL_WANT_READ:
		event.events = EPOLLIN;
		break;
	case SEAL_WANT_WRITE:
		event.events = EPOLLOUT;
		break;
	case SEAL_WANT_ANSWER:
		event.events = 0;	/* nothing, until on_result() */
		break;
	default:
		drop(c);		/* close(), and seal_conn_free() */
		return;
	}
	epoll_ctl(loop, EPOLL_CTL_MOD, c->fd, &event);
}

/* The library asks: seal_config_set_select(cfg, on_select, NULL) */
static int on_select(struct seal_conn *conn, void *arg)
{
	const char *name = seal_conn_servername(conn);

	(void)arg;
	if (!name)
		return SEAL_E_MISSING_EXTENSION;
	look_up(seal_conn_data(conn), name);	/* in another thread */
	return SEAL_WANT_ANSWER;
}

/* What that thread has found, in the thread of the loop again */
static void on_result(struct client *c, struct seal_config *found)
{
	int answer = SEAL_E_UNRECOGNIZED_NAME;

	if (found)
		answer = seal_conn_use_config(c->conn, found);
	seal_conn_answer(c->conn, answer);
	go_on(c);
}

/* A client that hangs up is told by epoll, whatever it was asked for */
static void on_event(struct client *c, unsigned int events)
{
	if (events & (EPOLLHUP | EPOLLERR))
		drop(c);
	else
		go_on(c);
}

/* example ends */

/* ------------------------------------------------------------- the worker */

struct job {
	struct client		*client;
	char			 name[SEAL_NAME_MAX + 1];
	struct seal_config	*found;
};

static void *work(void *arg)
{
	struct job *job = arg;

	if (!strcmp(job->name, SERVER_NAME))
		job->found = for_mail;
	if (write(results[1], &job, sizeof(job)) != sizeof(job))
		abort();
	return NULL;
}

static void look_up(struct client *c, const char *name)
{
	struct job *job = calloc(1, sizeof(*job));
	pthread_t thread;

	assert_non_null(job);
	job->client = c;
	strcpy(job->name, name);
	assert_int_equal(pthread_create(&thread, NULL, work, job), 0);
	assert_int_equal(pthread_detach(thread), 0);
}

/* --------------------------------------------------------------- the loop */

static void end(struct client *c)
{
	close(c->fd);
	seal_conn_free(c->conn);
	c->conn = NULL;
}

static void serve(struct client *c)
{
	done++;
	end(c);
}

static void drop(struct client *c)
{
	gone++;
	end(c);
}

static void take_result(void)
{
	struct job *job;

	assert_int_equal(read(results[0], &job, sizeof(job)), sizeof(job));
	/* a client that is gone has no connection to answer any more */
	if (job->client->conn)
		on_result(job->client, job->found);
	free(job);
}

static void run_once(void)
{
	struct epoll_event events[CLIENTS];
	int count = epoll_wait(loop, events, CLIENTS, 30000);

	assert_true(count > 0);
	for (int i = 0; i < count; i++) {
		if (!events[i].data.ptr)
			take_result();
		else if (((struct client *)events[i].data.ptr)->conn)
			on_event(events[i].data.ptr, events[i].events);
	}
}

static void add_client(struct client *c, struct seal_config *cfg, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };

	c->fd = fd;
	assert_int_equal(seal_conn_new(cfg, NULL, &c->conn), 0);
	seal_conn_set_data(c->conn, c);
	assert_int_equal(epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event), 0);
}

/* ------------------------------------------------------------- the clients */

struct visitor {
	struct seal_conn	*conn;
	int			 fd;
	const char		*name;
};

static void visit(struct visitor *v, struct client *c, struct seal_config *cfg)
{
	struct seal_config *client = new_client_config();
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	v->fd = fds[0];
	assert_int_equal(seal_conn_new(client, v->name, &v->conn), 0);
	seal_config_unref(client);
	add_client(c, cfg, fds[1]);
	assert_int_equal(seal_conn_handshake(v->conn, v->fd), SEAL_WANT_READ);
}

static void open_loop(void)
{
	struct epoll_event event = { .events = EPOLLIN };

	done = 0;
	gone = 0;
	for_mail = new_server_config(SEAL_KEY_P256);
	loop = epoll_create1(0);
	assert_true(loop >= 0);
	assert_int_equal(pipe(results), 0);
	assert_int_equal(epoll_ctl(loop, EPOLL_CTL_ADD, results[0], &event), 0);
}

static void close_loop(void)
{
	close(results[0]);
	close(results[1]);
	close(loop);
	seal_config_unref(for_mail);
}

/* Every third asks for a name that nobody has */
static const char *name_of(int i)
{
	return i % 3 == 2 ? "other.example" : SERVER_NAME;
}

static void the_loop_serves(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);
	struct client clients[CLIENTS] = { 0 };
	struct visitor visitors[CLIENTS];
	int refused = 0;

	(void)state;
	open_loop();
	assert_int_equal(seal_config_set_select(cfg, on_select, NULL), 0);
	for (int i = 0; i < CLIENTS; i++) {
		visitors[i].name = name_of(i);
		visit(&visitors[i], &clients[i], cfg);
	}
	while (done + gone < CLIENTS) {
		run_once();
		for (int i = 0; i < CLIENTS; i++)
			seal_conn_handshake(visitors[i].conn, visitors[i].fd);
	}
	for (int i = 0; i < CLIENTS; i++) {
		if (seal_conn_alert(visitors[i].conn) == 112)
			refused++;
		else
			assert_int_equal(seal_conn_status(visitors[i].conn), 0);
		seal_conn_free(visitors[i].conn);
		close(visitors[i].fd);
	}
	assert_int_equal(done, 6);
	assert_int_equal(gone, 2);
	assert_int_equal(refused, 2);
	seal_config_unref(cfg);
	close_loop();
}

/* The result of one that has hung up meanwhile is for nobody */
static void a_client_does_not_wait(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);
	struct visitor visitor = { .name = SERVER_NAME };
	struct client client = { 0 };

	(void)state;
	open_loop();
	assert_int_equal(seal_config_set_select(cfg, on_select, NULL), 0);
	visit(&visitor, &client, cfg);
	go_on(&client);
	assert_int_equal(seal_conn_question(client.conn), SEAL_ASKS_CONFIG);
	close(visitor.fd);
	on_event(&client, EPOLLHUP);
	assert_int_equal(gone, 1);
	take_result();
	assert_int_equal(done, 0);
	seal_conn_free(visitor.conn);
	seal_config_unref(cfg);
	close_loop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_loop_serves),
		cmocka_unit_test(a_client_does_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
