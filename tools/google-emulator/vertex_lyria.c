/* vertex_lyria.c - Lyria 2 :predict: music, always inline.
 * Owns:  nothing.
 * Fails: 400 for anything the tables below do not allow. */
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "ledger.h"
#include "media.h"
#include "settings.h"
#include "vertex.h"

/* The documented name, and two that Google's own samples send. */
#define COUNT_FIELDS \
	{ .name = "sample_count", .kind = F_INT, .min = 1, .max = 4 }, \
	{ .name = "sampleCount", .kind = F_INT, .min = 1, .max = 4 }

static const struct field instance_fields[] = {
	{ .name = "prompt", .kind = F_STRING, .min = 1, .flags = F_REQUIRED },
	{ .name = "negative_prompt", .kind = F_STRING },
	{ .name = "seed", .kind = F_INT, .min = -2147483648.0, .max = 4294967295.0 },
	COUNT_FIELDS,
	{ 0 }
};
static const struct field parameter_fields[] = {
	COUNT_FIELDS,
	{ 0 }
};

static const char *count_names[] = { "sample_count", "sampleCount" };

/* 0: not given anywhere. */
static int
count_given(const struct vertex *v)
{
	size_t	i;
	double	n = 0;

	for (i = 0; i < COUNT(count_names) && n == 0; i++) {
		n = vertex_number(v->parameters, count_names[i], 0);
		if (n == 0)
			n = vertex_number(v->instance, count_names[i], 0);
	}
	return (int)n;
}

static void
answer(struct request *r, struct vertex *v, const char *prompt, int count)
{
	const char	*negative = json_text(v->instance, "negative_prompt");
	const char	*key = setting(SET_lyria_audio_content) != 0 ? "audioContent" :
			    "bytesBase64Encoded";
	json_t		*list = json_array();
	uint64_t	 look = hash_text(prompt, (uint64_t)vertex_number(v->instance, "seed", -1));
	int		 i;

	if (negative != NULL)
		look ^= hash_text(negative, 5);
	for (i = 0; i < count; i++) {
		struct blob *b = sound_music(look + (uint64_t)i * 7919,
		    setting(SET_music_seconds));

		json_array_append_new(list, json_pack("{s:o, s:s}", key,
		    json_bytes(blob_data(b), blob_len(b)), "mimeType", "audio/wav"));
		blob_free(b);
	}
	reply_json(r, 200, json_pack("{s:o, s:s, s:s}", "predictions", list,
	    "model", "publishers/google/models/lyria-002",
	    "modelDisplayName", "lyria-002"));
}

void
lyria_predict(struct request *r, struct vertex *v)
{
	const char	*prompt;
	int		 count;

	if (vertex_check(r, v->instance, instance_fields, "instances[0]") < 0 ||
	    vertex_check(r, v->parameters, parameter_fields, "parameters") < 0)
		return;
	prompt = json_text(v->instance, "prompt");
	count = count_given(v);
	if (count > 0 && json_object_get(v->instance, "seed") != NULL) {
		error_field(r, "instances[0].seed",
		    "seed cannot be used together with sample_count.");
		return;
	}
	if (r->fault.blocked || r->fault.filter != 0) {
		error_rpc(r, 400, "Music generation failed with the following error: All "
		    "responses were blocked by recitation checks. Please try again with a "
		    "different prompt.");
		return;
	}
	ledger_add(r, "lyria", v->model->id, NULL, prompt, count ? count : 1);
	sleep_ms(setting(SET_music_ms));
	answer(r, v, prompt, count ? count : 1);
}
