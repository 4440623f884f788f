/* interactions_lyria.c - Lyria 3: a song as MP3, with its words and a caption.
 * Owns:  nothing.
 * Fails: 400 for anything the tables below do not allow. */
#include <stdlib.h>
#include <string.h>

#include "interactions.h"
#include "media.h"
#include "settings.h"

static const struct interaction_type inputs[] = {
	{ "text", interaction_text_fields, 64 }, { "image", interaction_image_fields, 10 }, { 0 }
};

/* The one format there is may be named. */
static const struct field audio_format[] = {
	{ .name = "type", .kind = F_STRING },
	{ .name = "mime_type", .kind = F_WORD, .choices = "audio/mpeg audio/mp3" },
	{ .name = "delivery", .kind = F_WORD, .choices = "inline" },
	{ .name = "sample_rate", .kind = F_INT, .min = 44100, .max = 44100 },
	{ .name = "bit_rate", .kind = F_INT, .min = 192000, .max = 192000 },
	{ 0 }
};
static const struct interaction_type formats[] = {
	{ "audio", audio_format, 1 }, { "text", interaction_text_format, 1 }, { 0 }
};

static double
takes_ms(void)
{
	return setting(SET_music_ms);
}

/* The pro model's songs are twice as long as a clip; none longer than the real ones. */
static void
fill(const struct interaction *in, json_t *job)
{
	double seconds = setting(SET_music_seconds) * (in->model->longest > 30 ? 2 : 1);

	json_object_set_new(job, "seconds", json_real(seconds > in->model->longest ?
	    in->model->longest : seconds));
	json_object_set_new(job, "variant", json_integer((json_int_t)
	    (hash_text(in->prompt, 3) >> 1)));
}

static struct blob *
song_of(const json_t *job)
{
	return sound_song((uint64_t)json_integer_value(json_object_get(job, "variant")),
	    json_number_value(json_object_get(job, "seconds")));
}

static void
draw(const json_t *job)
{
	blob_free(song_of(job));
}

static void
end(json_t *job)
{
	struct blob *b = song_of(job);

	if (b == NULL)
		job_fail(job, 13, "Internal error encountered.");
	blob_free(b);
}

static json_t *
content(const json_t *job)
{
	struct blob	*b = song_of(job);
	char		*caption = xasprintf("Caption: a song after \"%s\"",
			    json_text(job, "prompt"));
	json_t		*list = json_pack("[{s:s, s:s}, {s:s, s:s}]",
			    "type", "text", "text", "[Verse]\nTone by tone the numbers sing.",
			    "type", "text", "text", caption);

	free(caption);
	if (b != NULL)
		json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "type", "audio",
		    "mime_type", "audio/mpeg", "data", json_bytes(blob_data(b), blob_len(b))));
	blob_free(b);
	return list;
}

const struct interaction_family interaction_songs = {
	.medium = "audio", .inputs = inputs, .formats = formats, .configs = "",
	.modalities = "audio text", .stateless = true,
	.refusal = "Music generation failed with the following error: The prompt could not be "
	    "submitted. It contains words that violate Google's Responsible AI practices. "
	    "Support codes: 42876398",
	.takes_ms = takes_ms, .fill = fill, .draw = draw, .end = end, .content = content,
};
