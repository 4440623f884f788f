/* actors/common/curl_ev.c - see curl_ev.h.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/common/curl_ev.h"

struct socket_watch {
	ev_io io;
	struct curl_ev *curl;
};

static void
reap(struct curl_ev *c)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(c->multi, &left)) != NULL)
		if (m->msg == CURLMSG_DONE)
			c->done(c->arg, m->easy_handle, m->data.result);
}

static void
on_socket(struct ev_loop *loop, ev_io *w, int events)
{
	struct curl_ev *c = ((struct socket_watch *)w)->curl;	/* the watcher may be gone after the action */
	int running, what = 0;

	(void)loop;
	if (events & EV_READ)
		what |= CURL_CSELECT_IN;
	if (events & EV_WRITE)
		what |= CURL_CSELECT_OUT;
	curl_multi_socket_action(c->multi, w->fd, what, &running);
	reap(c);
}

static int
on_watch(CURL *easy, curl_socket_t fd, int what, void *arg, void *watch)
{
	struct curl_ev *c = arg;
	struct socket_watch *w = watch;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w != NULL)
			ev_io_stop(c->loop, &w->io);
		free(w);
		return 0;
	}
	if (w == NULL) {
		w = calloc(1, sizeof *w);
		if (w == NULL)
			return -1;
		w->curl = c;
		curl_multi_assign(c->multi, fd, w);
	} else {
		ev_io_stop(c->loop, &w->io);
	}
	ev_io_init(&w->io, on_socket, fd,
	    (what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0));
	ev_io_start(c->loop, &w->io);
	return 0;
}

static void
on_timeout(struct ev_loop *loop, ev_timer *w, int events)
{
	struct curl_ev *c = w->data;
	int running;

	(void)loop;
	(void)events;
	curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	reap(c);
}

static int
on_timer(CURLM *multi, long ms, void *arg)
{
	struct curl_ev *c = arg;

	(void)multi;
	ev_timer_stop(c->loop, &c->timer);
	if (ms >= 0) {
		ev_timer_set(&c->timer, (double)ms / 1000, 0);
		ev_timer_start(c->loop, &c->timer);
	}
	return 0;
}

int
curl_ev_init(struct curl_ev *c, struct ev_loop *loop, void (*done)(void *, CURL *, CURLcode), void *arg)
{
	*c = (struct curl_ev){ .loop = loop, .done = done, .arg = arg };
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (c->multi = curl_multi_init()) == NULL)
		return -1;
	ev_timer_init(&c->timer, on_timeout, 0, 0);
	c->timer.data = c;
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_watch);
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
	return 0;
}

void
curl_ev_fini(struct curl_ev *c)
{
	ev_timer_stop(c->loop, &c->timer);
	curl_multi_cleanup(c->multi);
	curl_global_cleanup();
}
