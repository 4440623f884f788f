/* actors/common/curl_ev.h - a libcurl multi handle that lives on a libev loop.
 * Owns: the multi handle and its watchers; the easy handles stay the caller's.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_CURL_EV_H
#define STUDIOD_CURL_EV_H

#include <curl/curl.h>
#include <ev.h>

struct curl_ev {
	struct ev_loop *loop;
	CURLM *multi;
	ev_timer timer;
	void (*done)(void *arg, CURL *easy, CURLcode rc);	/* a transfer is over; it may remove and free the handle */
	void *arg;
};

/* The last look outside: initialises libcurl and OpenSSL. 0, or -1 when memory is out. */
int curl_ev_init(struct curl_ev *c, struct ev_loop *loop, void (*done)(void *arg, CURL *easy, CURLcode rc), void *arg);
void curl_ev_fini(struct curl_ev *c);

#endif
