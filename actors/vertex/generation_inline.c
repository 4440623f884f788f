/* actors/vertex/generation_inline.c - see generation.h: the results of a generation that come inline.
 * Licence: Apache-2.0. */
#include "actors/vertex/generation.h"
#include "actors/vertex/vertex.h"
#include "proto/media_type.h"

static void
on_slot_uploaded(void *arg, unsigned err, const char *detail)
{
	struct slot *slot = arg;
	struct outcome o;

	if (err != 0) {
		outcome_set(&o, err, "%s", detail);
		generation_blame(slot->gen, &o);
		slot->used = false;
	}
	generation_release(slot->gen);
}

/* The clip is as long as was asked for, where the model cannot be told. 0: it is not cut. */
static double
seconds_wanted(const struct generation *gen)
{
	double seconds = json_number_value(json_object_get(gen->request, "durationSeconds"));

	return gen->kind == KIND_MUSIC && seconds > 0 ? seconds : 0;
}

int
generation_intake(struct generation *gen, struct wire_call *call, unsigned first, unsigned samples, struct http_ask *ask)
{
	call->intake = intake_new(&(struct intake_ask){ .google = &gen->v->google, .ctx = &gen->rq->ctx, .prefix = gen->prefix,
	    .first = first, .samples = samples, .seconds = seconds_wanted(gen) });
	if (call->intake == NULL)
		return -1;
	intake_attach(call->intake, ask);
	return 0;
}

void
generation_intake_end(struct wire_call *call)
{
	intake_free(call->intake);
	call->intake = NULL;
}

/* What was kept: changed where that is wanted, and stored in one go. */
static void
kept_upload(struct slot *slot, struct intake_item *got)
{
	struct generation *gen = slot->gen;

	if (seconds_wanted(gen) > 0 && wav_cut(&got->bytes, seconds_wanted(gen))) {
		slot->stored.size = got->bytes.n;
		media_probe(&slot->stored.facts, got->bytes.p, got->bytes.n, got->bytes.n);
	}
	storage_upload(&gen->v->google, &gen->rq->ctx, slot->uri, slot->stored.mime, &got->bytes, on_slot_uploaded, slot);
}

void
generation_upload(struct generation *gen, unsigned index, struct intake *in, const struct item *it)
{
	struct slot *slot = &gen->slots[index];
	struct intake_item got;
	struct outcome o;
	const char *why = "there are two of it";
	unsigned err = slot->used ? E_BAD_MESSAGE
	    : intake_take(in, json_string_value(json_object_get(it->holder, it->bytes_key)), &got, &why);

	if (err != 0) {
		outcome_set(&o, err == E_STORAGE_ERROR ? err : gen->refusal, err == E_STORAGE_ERROR ? "%s"
		    : "the model's answer holds media that cannot be used: %s", why);
		generation_blame(gen, &o);
		return;
	}
	slot->used = true;
	slot->prompt = it->prompt != NULL ? json_string(it->prompt) : NULL;
	slot->stored.size = got.size;
	slot->stored.facts = got.facts;
	/* an image is what its bytes say; sound may be without a head, and look like anything */
	const struct media_type *type = gen->kind == KIND_IMAGE ? media_sniff(got.bytes.p, got.bytes.n) : NULL;
	snprintf(slot->stored.mime, sizeof slot->stored.mime, "%s", got.mime[0] != '\0' ? got.mime : type != NULL ? type->mime : it->mime);
	intake_uri(slot->uri, gen->prefix, got.name, slot->stored.mime);
	gen->pending++;
	if (got.up != NULL)
		resumable_finish(got.up, on_slot_uploaded, slot);
	else
		kept_upload(slot, &got);
}
