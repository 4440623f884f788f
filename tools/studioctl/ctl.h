/* tools/studioctl/ctl.h - what the files of studioctl share.
 * Licence: Apache-2.0. */
#ifndef STUDIOCTL_CTL_H
#define STUDIOCTL_CTL_H

#include <jansson.h>

#include "proto/link.h"

/* ---- ask.c: one question on the control socket ---- */

struct ask;

/* Connects; NULL after a line on standard error that says what to do. */
struct ask *ask_open(const char *socket_path);
void ask_close(struct ask *a);
/* Asks and waits for the answer; NULL after a line on standard error. The caller frees
 * the JSON with json_decref. */
json_t *ask_json(struct ask *a, unsigned msg, const void *body);
/* Asks for a stream and hands its bytes on as they come. 0 at its end, -1 on failure. */
int ask_stream(struct ask *a, unsigned msg, const void *body, void (*on)(void *arg, struct bytes chunk), void *arg);
/* Waits until the other end is gone; false after that many milliseconds. */
bool ask_wait_gone(struct ask *a, int ms);

/* ---- show.c: for a reader ---- */

void show_status(const json_t *report);
void show_tree(const json_t *report);
/* Log lines as they come from the stream, as text or JSON, whole lines only. */
struct log_view {
	struct buf partial;
	bool json, colour;
};
void show_logs(void *view, struct bytes chunk);

/* ---- sandbox.c ---- */

/* The report joined with the actor's sandbox tables, which this program has of its own. */
void sandbox_join(json_t *report);
void show_sandbox(const json_t *report);

/* ---- queue.c ---- */

void show_queue(const json_t *report);
/* What the words behind `queue` order. False where they mean nothing. */
bool queue_order(const char *const *words, int n, struct msg_ctl_queue *m);
/* Waits until nothing of it is in flight any more: asks on, and gives the last report; NULL: an
 * answer did not come. Takes `report`, the first one. */
json_t *queue_drained(struct ask *a, const struct msg_ctl_queue *order, json_t *report, bool tell);

#endif
