/* actors/notifier/hook_send.h - one attempt at a webhook: a POST by libcurl on libev.
 *
 * The other side is anybody's. Redirects are not followed; each address that the name leads to is
 * looked at when the socket for it is made, so that no name server can lead us to our own network;
 * of the answer the status counts alone, and neither its length nor its time is the other side's to choose.
 *
 * Owns:  the transfers under way.
 * Fails: each attempt that was begun ends with exactly one hook_done.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_NOTIFIER_HOOK_SEND_H
#define STUDIOD_NOTIFIER_HOOK_SEND_H

#include <sys/socket.h>

#include "actors/common/curl_ev.h"
#include "proto/webhook_url.h"

enum {
	HOOK_ANSWER_MAX = 65536,	/* bytes of an answer's body that are read */
	HOOK_HEAD_MAX = 32768,		/* likewise of its head, with what comes before it */
	HOOK_CONNECT_MS = 10000,
	HOOK_WHY = 200
};

struct hook_outcome {
	bool ok, gone;			/* 2xx; 410 */
	uint32_t status;		/* 0: there was none */
	uint32_t retry_after_s;		/* as it asked, at most a day; 0: it did not */
	char why[HOOK_WHY];		/* where not ok: for the webhook's owner */
};
typedef void hook_done(void *arg, const struct hook_outcome *outcome);

struct hook_call;
struct hook_sender {
	struct curl_ev curl;
	const struct webhook_rules *rules;
	uint32_t timeout_ms;		/* of one attempt, from the look-up of the name on */
	uint32_t in_flight;
};

/* The last look outside. 0, or -1 when libcurl does not start. */
int hook_sender_init(struct hook_sender *s, struct ev_loop *loop, const struct webhook_rules *rules, uint32_t timeout_ms);
/* Whatever is under way is dropped without its hook_done. */
void hook_sender_fini(struct hook_sender *s);

/* What a request carries beside its body. */
struct hook_head {
	const char *id, *signature;
	uint64_t at;			/* seconds */
};
/* Begins an attempt; the body is taken over and emptied. 0, or -1 when memory is out (then `done`
 * is not called). */
int hook_send(struct hook_sender *s, const char *url, const struct hook_head *head, struct buf *body, hook_done *done, void *arg);

/* NULL, or why no connection may be made to this address. */
const char *hook_address_wrong(const struct sockaddr *sa, socklen_t n, const struct webhook_rules *rules);

#endif
