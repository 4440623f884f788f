/* gemini_draw.c - the Gemini image models: images made, and all the other outcomes.
 * Owns:  nothing.
 * Fails: 400 for an input that cannot be decoded. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "gemini_draw.h"
#include "ledger.h"
#include "settings.h"

#define THOUGHT_TOKENS	90
#define DRAFT_LOOK	0xd4af7

json_t *
gemini_signature(const void *bytes, size_t len)
{
	static const char	 name[] = "google-emulator signs";
	unsigned char		 digest[32 + sizeof name];

	sha256(bytes, len, digest);
	memcpy(digest + 32, name, sizeof name);
	sha256(digest, sizeof digest, digest);
	return json_bytes(digest, 32);
}

static void
text_add(json_t *parts, const char *text, bool thought)
{
	json_t *part = json_pack("{s:s}", "text", text);

	if (thought)
		json_object_set_new(part, "thought", json_true());
	json_array_append_new(parts, part);
}

/* The image as a part: its bytes, or an object below the prefix. NULL: not written. */
static json_t *
part_make(const struct gemini_job *job, const struct blob *b, const char *folder)
{
	const char	*mime = job->spec.jpeg ? "image/jpeg" : "image/png";
	char		*name, *uri;
	json_t		*part = NULL;

	if (job->prefix == NULL)
		return json_pack("{s:{s:s, s:o}}", "inlineData", "mimeType", mime,
		    "data", json_bytes(blob_data(b), blob_len(b)));
	name = xasprintf("%s/sample_%d.%s", folder, job->spec.index,
	    job->spec.jpeg ? "jpg" : "png");
	if ((uri = vertex_store(job->prefix, name, mime, b)) != NULL)
		part = json_pack("{s:{s:s, s:s}}", "fileData", "mimeType", mime, "fileUri", uri);
	free(uri);
	free(name);
	return part;
}

/* 0, or -1: it could not be made. Drafts stay inline. */
static int
image_add(const struct vertex *v, struct gemini_job *job, const char *folder, bool draft,
    json_t *parts)
{
	struct gemini_job	 one = *job;
	struct blob		*b;
	json_t			*part;

	one.spec.base = job->base;
	one.spec.base_len = job->base_len;
	if (draft) {
		one.spec.look ^= DRAFT_LOOK;
		one.prefix = NULL;
	}
	if ((b = image_make(&one.spec)) == NULL)
		return -1;
	if ((part = part_make(&one, b, folder)) != NULL) {
		if (v->model->abilities & SIGNS)
			json_object_set_new(part, "thoughtSignature",
			    gemini_signature(blob_data(b), blob_len(b)));
		if (draft)
			json_object_set_new(part, "thought", json_true());
		json_array_append_new(parts, part);
	}
	blob_free(b);
	return part != NULL ? 0 : -1;
}

static int
thoughts_add(const struct vertex *v, struct gemini_job *job, json_t *parts)
{
	if (!job->tells)
		return 0;
	text_add(parts, "**Composing the picture**\n\nA first sketch, to see whether it holds.",
	    true);
	return image_add(v, job, "", true, parts);
}

static int
images_add(const struct request *r, const struct vertex *v, struct gemini_job *job,
    json_t *parts)
{
	int	count = r->fault.images > 0 ? r->fault.images : 1, i, rc;
	char	folder[24];

	snprintf(folder, sizeof folder, "%" PRId64, clock_us_unique() / 1000);
	rc = thoughts_add(v, job, parts);
	if (job->says)
		text_add(parts, "Here is the image.", false);
	for (i = 0; i < count && rc == 0; i++) {
		job->spec.index = i;
		rc = image_add(v, job, folder, false, parts);
	}
	job->tokens *= count;
	return rc;
}

void
gemini_draw(struct request *r, struct vertex *v, struct gemini_job *job)
{
	struct gemini_answer a = { .finish = "STOP", .modality = "IMAGE",
	    .thought_tokens = job->thinks ? THOUGHT_TOKENS : 0,
	    .prompt_tokens = gemini_prompt_tokens(json_object_get(r->json, "contents"),
	    job->inputs) };
	int rc = 0;

	if (gemini_blocked(r, v, a.prompt_tokens))
		return;
	ledger_add(r, "gemini", v->model->id, job->prefix, job->prompt, 1);
	image_scale_down(&job->spec);
	sleep_ms(setting(SET_image_ms));
	a.parts = json_array();
	if (r->fault.filter != 0) {
		gemini_withhold(&r->fault, "IMAGE_SAFETY", &a);
	} else if (r->fault.declines) {
		text_add(a.parts, "I cannot make this image, but I can describe it in words.", false);
	} else {
		rc = images_add(r, v, job, a.parts);
		a.made_tokens = job->tokens;
	}
	if (rc == 0) {
		gemini_reply(r, v, &a);
		return;
	}
	json_decref(a.parts);
	if (job->base != NULL)		/* its header was right, the rest is not */
		error_field(r, "contents", "Unable to process input image.");
	else
		error_rpc(r, 500, "Internal error encountered.");
}
