/* tests/fuzz/fuzz_inline.c - an answer with media, read as it comes in pieces, against the same answer
 * parsed as a whole: where a JSON parser takes the whole one, the rest must be the same document, and
 * each marker must stand for what the text in its place decodes to. The first byte says how it is cut.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include <jansson.h>

#include "actors/vertex/inline_body.h"
#include "tests/fuzz/fuzz.h"

struct got {
	struct buf items[INLINE_ITEMS_MAX];
	bool damaged[INLINE_ITEMS_MAX];
	unsigned ended, used;
};

static void
check(bool right)
{
	if (!right)
		abort();
}

static void
on_bytes(void *arg, unsigned item, const char *p, size_t n)
{
	struct got *g = arg;

	check(item == g->ended && item < INLINE_ITEMS_MAX && n > 0);
	check(buf_add(&g->items[item], p, n) == 0);
}

static void
on_end(void *arg, unsigned item, const char *damage)
{
	struct got *g = arg;

	check(item == g->ended && item < INLINE_ITEMS_MAX);
	g->damaged[g->ended++] = damage != NULL;
}

static bool
is_media(const char *name)
{
	return strcmp(name, "data") == 0 || strcmp(name, "audioContent") == 0 || strcmp(name, "bytesBase64Encoded") == 0;
}

static void
compare_media(struct got *g, const json_t *whole, const char *marker)
{
	struct buf plain = { 0 };
	unsigned i;

	if (json_string_length(whole) == 0) {
		check(marker[0] == '\0');
		return;
	}
	if (marker[0] == '\0')		/* over the bound */
		return;
	check(inline_marker(marker, &i) && i < g->ended);
	bool fine = base64_decode(&plain, json_string_value(whole), json_string_length(whole)) == 0;
	check(fine != g->damaged[i]);
	check(!fine || (plain.n == g->items[i].n && (plain.n == 0 || memcmp(plain.p, g->items[i].p, plain.n) == 0)));
	buf_free(&plain);
}

static void
compare(struct got *g, const json_t *whole, const json_t *rest)
{
	const char *name;
	json_t *v, *other;
	size_t i;

	check(json_typeof(whole) == json_typeof(rest));
	if (json_is_array(whole)) {
		check(json_array_size(whole) == json_array_size(rest));
		json_array_foreach((json_t *)(uintptr_t)whole, i, v)
			compare(g, v, json_array_get(rest, i));
	} else if (json_is_object(whole)) {
		check(json_object_size(whole) == json_object_size(rest));
		json_object_foreach((json_t *)(uintptr_t)whole, name, v) {
			other = json_object_get(rest, name);
			check(other != NULL);
			if (json_is_string(v) && is_media(name))
				compare_media(g, v, json_string_value(other));
			else if (json_is_string(v) && strcmp(name, "thoughtSignature") == 0)
				check(json_string_length(other) == 0);
			else
				compare(g, v, other);
		}
	} else {
		check(json_equal(whole, rest));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data + 1;
	struct inline_body body;
	struct got got = { .ended = 0 };
	size_t step;

	if (n == 0)
		return 0;
	n--;
	step = data[0] % 64 + 1;
	inline_body_init(&body, &(struct inline_sink){ on_bytes, on_end, &got });
	for (size_t at = 0; at < n; at += step)
		inline_body_feed(&body, p + at, n - at < step ? n - at : step);
	check(body.rest.n <= INLINE_REST_MAX && body.items <= INLINE_ITEMS_MAX);
	json_t *whole = json_loadb(p, n, 0, NULL);
	if (whole != NULL && body.broken == NULL) {
		json_t *rest = json_loadb(body.rest.p, body.rest.n, 0, NULL);
		check(rest != NULL);
		compare(&got, whole, rest);
		json_decref(rest);
	}
	json_decref(whole);
	inline_body_fini(&body);
	for (size_t i = 0; i < INLINE_ITEMS_MAX; i++)
		buf_free(&got.items[i]);
	return 0;
}
