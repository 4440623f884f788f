/* actors/vertex/generation.h - one generation on its way: asked for, polled or looked for,
 * its results brought into storage and described.
 *
 * Owns:  the request from the poller until it is answered.
 * Fails: with the codes that messages.tbl.h names beside `generate`.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_GENERATION_H
#define STUDIOD_VERTEX_GENERATION_H

#include "actors/vertex/gate.h"
#include "actors/vertex/storage/intake.h"
#include "actors/vertex/models/maker.h"
#include "actors/vertex/storage/storage.h"
#include "proto/media_check.h"

enum { LEAST_MS = 3000 };		/* with less time left nothing is begun */
enum { SLOTS_MAX = ITEMS_MAX, REASONS_MAX = 16, FIND_STABLE_MS = 60000 };

struct vertex;
struct generation;

/* One result. */
struct slot {
	struct generation *gen;
	bool used;			/* it will be told unless it is lost */
	char uri[GS_URI_MAX];
	json_t *prompt;			/* rewritten, or NULL */
	struct stored stored;
};

struct generation {
	struct vertex *v;
	struct request *rq;
	enum kind kind;
	unsigned refusal;		/* the kind's API error */
	const struct model *model;	/* NULL when polling or looking */
	const struct maker *maker;
	json_t *request;		/* the client's fields; NULL when polling */
	struct wires wires;
	char prefix[GS_URI_MAX];	/* gs://.../users/../projects/../generation/attempt/ */
	size_t below;			/* length of the part up to the generation: all its results begin with that */
	char made_by[80];
	size_t looked;			/* of wires.source */
	struct place place;
	struct gate_news news;
	unsigned pending;		/* calls, uploads and probes under way, plus one while starting them */
	unsigned asking;		/* calls to the model among them, plus one likewise */
	unsigned late;			/* a bit for each call that Google put off in this round */
	struct outcome put_off;		/* and how */
	unsigned rounds;		/* after the first */
	ev_timer round;			/* until the next one */
	unsigned missing;		/* calls to which Google said that it has no such model */
	bool moved;			/* its model was one of these: this is the successor */
	bool running;			/* it is not over yet */
	struct outcome worst;
	json_t *reasons;		/* owned texts of the filter, of all calls; NULL: none */
	char operation[513];
	struct slot slots[SLOTS_MAX];
	struct wire_call { struct generation *gen; unsigned index; struct intake *intake; } calls[WIRES_MAX];
	bool stopped;			/* nobody wants it any more */
	bool making;			/* by on_generate: in the list of those in hand */
	struct generation *prev, *next;
};

void on_generate(void *state, struct request *rq);
void on_operation_poll(void *state, struct request *rq);
void on_results_find(void *state, struct request *rq);
/* A notice: nobody wants it any more. One that still waits for its turn, or for a look at what it
 * starts from, is not begun; what was
 * sent to Google runs to its end there, and its answer is nobody's; but an operation that it names is
 * cancelled where that can be done, as is one that the notice names. */
void on_generate_stop(void *state, struct request *rq);

/* Cancels at Google what runs under this name, if it is of a kind that can be cancelled (an interaction):
 * asked once, nobody waits for it. operation.c */
void operation_cancel(struct vertex *v, const struct ctx *ctx, struct bytes name);

/* ---- asking: generate.c, calls.c ---- */

/* Chooses the model, looks at what it is to start from, and waits for a turn. */
void generation_begin(struct generation *gen);
/* It is its turn: asks. */
void calls_begin(struct generation *gen);
/* It waits for its turn no more: is there something all the same, so that it ends with that? */
bool calls_given_up(struct generation *gen);

/* ---- for the three of them: generation.c ---- */

/* NULL (and the request is answered) when memory is out or the kind is unknown. */
struct generation *generation_new(struct vertex *v, struct request *rq, struct bytes kind);
/* Reads request_json. False: the request is answered, the generation gone. */
bool generation_request(struct generation *gen, struct bytes json);
/* The model (or the successor that takes its place), the maker and the bodies of its calls, by the
 * tables. False: the request is answered, the generation gone. */
bool generation_choose(struct generation *gen);
/* Its calls are all answered, and none runs: true if nothing began because the model is not there
 * and it is to be begun anew, once, with the successor. */
bool generation_moves(struct generation *gen);
/* What takes the place of a model that is known not to be there; the model itself where it is, or
 * where nothing does. `project` as in retired.h. NULL and *why if that cannot do what is asked. */
const struct model *generation_successor(const struct generation *gen, struct bytes project, const struct model *m,
    struct media_refusal *why);
/* Sets where its results lie: <storage>/users/U/projects/P/G/, with the attempt if it is
 * not 0. */
void generation_prefix(struct generation *gen, const struct id *user, const struct id *project,
    const struct id *generation, uint32_t attempt);
/* This attempt of a generation, if this process is making it right now, or NULL. */
struct generation *generation_in_hand(const struct vertex *v, const struct id *id, uint32_t attempt);
/* Puts it, which is of a `generate`, among those in hand; false if the same attempt is there. */
bool generation_hold(struct generation *gen);
/* Keeps what went wrong, if it decides more than what is known so far. */
void generation_blame(struct generation *gen, const struct outcome *o);
/* A filter held something back: keeps its reasons (texts, borrowed), which all calls have together,
 * and blames it. NULL: it gave none. */
void generation_filtered(struct generation *gen, const json_t *reasons);
/* A result that lies in storage, if it lies where this generation's belong: looks at it.
 * `prompt` is borrowed, may be NULL. */
void generation_stored(struct generation *gen, unsigned index, const char *uri, const char *mime, const char *prompt);
/* Lets the media of a call's answer go on into storage as they come; its first one is result `first`, and
 * `samples` are expected. 0, or -1 when memory is out. */
int generation_intake(struct generation *gen, struct wire_call *call, unsigned first, unsigned samples, struct http_ask *ask);
/* The call is over: what nobody took is given up. */
void generation_intake_end(struct wire_call *call);
/* One that came inline: finishes what brings it into storage. */
void generation_upload(struct generation *gen, unsigned index, struct intake *in, const struct item *it);
/* One of `pending` is over; the last one answers the request and frees the generation. */
void generation_release(struct generation *gen);
/* Fails the request and frees. */
void generation_fail(struct generation *gen, unsigned code, const char *detail);

#endif
