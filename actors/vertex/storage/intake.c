/* actors/vertex/storage/intake.c - see intake.h.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/storage/intake.h"
#include "actors/vertex/models/maker.h"
#include "proto/media_type.h"

enum { HEAD = 64 << 10 };		/* first bytes that say what it is, how large and how long */

struct arriving {
	struct intake *in;
	struct buf kept;		/* all of it; its head only, once it is on its way */
	struct resumable *up;
	char mime[64];
	uint64_t size;
	uint64_t size_max;		/* the rest is cut off; 0: nothing is */
	bool over;
	unsigned err;			/* it is lost */
	char why[128];
};

struct intake {
	struct google *g;
	struct ctx ctx;
	char prefix[GS_URI_MAX];
	unsigned first, samples;
	double seconds;
	bool paused;
	struct call *call;
	uint64_t got, kept;
	struct inline_body body;
	struct arriving items[INLINE_ITEMS_MAX];
};

/* ---- an item ---- */

static void
item_lose(struct arriving *it, unsigned err, const char *why)
{
	if (it->err != 0)
		return;
	it->err = err;
	snprintf(it->why, sizeof it->why, "%s", why);
	it->in->kept -= it->up == NULL ? it->kept.n : 0;
	buf_free(&it->kept);
}

static void
on_moved(void *arg)
{
	struct intake *in = ((struct arriving *)arg)->in;

	if (!in->paused || in->call == NULL || intake_waits(in))
		return;
	in->paused = false;
	http_resume(in->call);
}

static void
on_upload_lost(void *arg, unsigned err, const char *detail)
{
	struct arriving *it = arg;

	item_lose(it, err, detail);
	it->up = NULL;
	on_moved(it);			/* the rest of the answer says how it ended */
}

/* By its place in the answer: what was asked for is numbered through all answers. */
static void
item_name(char name[16], const struct arriving *it)
{
	unsigned i = (unsigned)(it - it->in->items), first = it->in->first;

	if (i < it->in->samples)
		snprintf(name, 16, "sample_%u", (first + i) % 1000);
	else
		snprintf(name, 16, "sample_%u_%u", first % 1000, i % 1000);
}

/* Its head tells how long it is. False: it cannot go on before all of it is here. */
static bool
item_cut(struct arriving *it, const struct media_type *type)
{
	if (it->in->seconds == 0 || strcmp(type->mime, "audio/wav") != 0)
		return true;
	if (!wav_cut_head(it->kept.p, it->kept.n, it->in->seconds, &it->size_max))
		return false;
	if (it->size_max == 0 || it->size_max > it->kept.n)
		return true;
	it->in->kept -= it->kept.n - it->size_max;	/* that was all, and it is small */
	it->kept.n = it->size = it->size_max;
	return false;
}

/* Once it is more than a piece: goes on into storage, if its type is known, which may be told behind its
 * bytes. Else it stays. */
static void
item_send(struct arriving *it)
{
	struct intake *in = it->in;
	const struct media_type *type = media_sniff(it->kept.p, it->kept.n);
	char name[16], uri[GS_URI_MAX];

	if (type == NULL || !item_cut(it, type))
		return;
	snprintf(it->mime, sizeof it->mime, "%s", type->mime);
	item_name(name, it);
	intake_uri(uri, in->prefix, name, it->mime);
	it->up = resumable_new(&(struct resumable_ask){ .google = in->g, .ctx = &in->ctx, .uri = uri, .mime = it->mime,
	    .moved = on_moved, .done = on_upload_lost, .arg = it });
	if (it->up == NULL)
		return;
	in->kept -= it->kept.n;
	if (resumable_add(it->up, it->kept.p, it->kept.n) != 0)
		item_lose(it, E_STORAGE_ERROR, "memory is out");
	struct buf head = { 0 };
	if (it->err == 0 && buf_add(&head, it->kept.p, HEAD) != 0)
		item_lose(it, E_STORAGE_ERROR, "memory is out");
	buf_free(&it->kept);
	it->kept = head;
}

static void
on_bytes(void *arg, unsigned item, const char *p, size_t n)
{
	struct intake *in = arg;
	struct arriving *it = &in->items[item];

	if (it->size_max > 0 && n > it->size_max - it->size)
		n = (size_t)(it->size_max - it->size);
	if (it->err != 0 || n == 0)
		return;
	it->size += n;
	if (it->up != NULL) {
		if (resumable_add(it->up, p, n) != 0)
			item_lose(it, E_STORAGE_ERROR, "memory is out");
		return;
	}
	if (in->kept + n > INTAKE_KEPT_MAX) {
		item_lose(it, E_BAD_MESSAGE, "there is too much of them");
		return;
	}
	if (buf_add(&it->kept, p, n) != 0) {
		item_lose(it, E_STORAGE_ERROR, "memory is out");
		return;
	}
	in->kept += n;
	if (it->kept.n > RESUMABLE_PIECE && it->kept.n - n <= RESUMABLE_PIECE)
		item_send(it);
}

static void
on_end(void *arg, unsigned item, const char *damage)
{
	struct intake *in = arg;

	in->items[item].over = true;
	if (damage != NULL)
		item_lose(&in->items[item], E_BAD_MESSAGE, damage);
}

/* ---- the answer ---- */

static size_t
intake_sink(void *arg, const struct http_answer *a, const char *p, size_t n)
{
	struct intake *in = arg;

	(void)a;
	if (intake_waits(in)) {
		in->paused = true;
		return HTTP_PAUSE;
	}
	in->got += n;
	if (in->got > INTAKE_MAX)
		return HTTP_OVER;
	inline_body_feed(&in->body, p, n);	/* of a broken one no more is read, but how it ends counts */
	return n;
}

struct intake *
intake_new(const struct intake_ask *ask)
{
	struct intake *in = calloc(1, sizeof *in);

	if (in == NULL)
		return NULL;
	in->g = ask->google;
	in->ctx = *ask->ctx;
	in->first = ask->first;
	in->samples = ask->samples;
	in->seconds = ask->seconds;
	snprintf(in->prefix, sizeof in->prefix, "%s", ask->prefix);
	for (size_t i = 0; i < INLINE_ITEMS_MAX; i++)
		in->items[i].in = in;
	inline_body_init(&in->body, &(struct inline_sink){ on_bytes, on_end, in });
	return in;
}

void
intake_free(struct intake *in)
{
	if (in == NULL)
		return;
	for (size_t i = 0; i < INLINE_ITEMS_MAX; i++) {
		if (in->items[i].up != NULL)
			resumable_cancel(in->items[i].up);
		buf_free(&in->items[i].kept);
	}
	inline_body_fini(&in->body);
	free(in);
}

void
intake_attach(struct intake *in, struct http_ask *ask)
{
	ask->answer_max = HTTP_ANSWER_SMALL;	/* of an error */
	ask->sink = intake_sink;
	ask->sink_arg = in;
	ask->slot = &in->call;
}

bool
intake_waits(const struct intake *in)
{
	for (size_t i = 0; i < in->body.items; i++)
		if (in->items[i].up != NULL && resumable_waiting(in->items[i].up) > INTAKE_WINDOW)
			return true;
	return false;
}

json_t *
intake_json(const struct intake *in, const char **why)
{
	json_t *json = NULL;

	if (in->body.broken == NULL)
		json = json_loadb(in->body.rest.p != NULL ? in->body.rest.p : "", in->body.rest.n, 0, NULL);
	if (json_is_object(json))
		return json;
	*why = in->body.broken != NULL ? in->body.broken : "Google's answer is not readable";
	json_decref(json);
	return NULL;
}

unsigned
intake_take(struct intake *in, const char *marker, struct intake_item *out, const char **why)
{
	unsigned i;

	*why = "there is no such item";
	if (marker == NULL || !inline_marker(marker, &i) || i >= in->body.items || !in->items[i].over)
		return E_BAD_MESSAGE;
	struct arriving *it = &in->items[i];
	*why = it->why;
	if (it->err != 0)
		return it->err;
	*out = (struct intake_item){ .size = it->size, .up = it->up };
	media_probe(&out->facts, it->kept.p, it->kept.n, it->size);
	item_name(out->name, it);
	if (it->up != NULL) {
		memcpy(out->mime, it->mime, sizeof out->mime);
		it->up = NULL;
	} else {
		out->bytes = it->kept;
		it->kept = (struct buf){ 0 };
	}
	it->over = false;		/* once */
	return 0;
}

void
intake_uri(char uri[GS_URI_MAX], const char *prefix, const char *name, const char *mime)
{
	snprintf(uri, GS_URI_MAX, "%.1200s%s.%s", prefix, name, mime_ending(mime));
}
