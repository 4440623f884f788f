/* actors/vertex/storage/url_cache.c - see url_cache.h.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/common/log.h"
#include "actors/vertex/storage/url_cache.h"

struct entry {
	uint64_t fresh_until_ms;
	char *text;			/* key, NUL, URL, NUL */
	uint32_t key_n;
};
struct url_cache {
	struct entry slots[URL_CACHE_SLOTS][URL_CACHE_WAYS];
};

struct url_cache *
url_cache_new(void)
{
	return calloc(1, sizeof(struct url_cache));
}

void
url_cache_free(struct url_cache *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < URL_CACHE_SLOTS; i++)
		for (size_t k = 0; k < URL_CACHE_WAYS; k++)
			free(c->slots[i][k].text);
	free(c);
}

/* Whoever makes keys collide only shortens the life of four entries. */
uint64_t
url_cache_hash(struct bytes key)
{
	uint64_t h = 14695981039346656037u;

	for (uint32_t i = 0; i < key.n; i++)
		h = (h ^ (uint8_t)key.p[i]) * 1099511628211u;
	return h ^ h >> 32;
}

static struct entry *
slot_of(struct url_cache *c, struct bytes key)
{
	return c->slots[url_cache_hash(key) % URL_CACHE_SLOTS];
}

static bool
is_of(const struct entry *e, struct bytes key)
{
	return e->text != NULL && e->key_n == key.n && memcmp(e->text, key.p, key.n) == 0;
}

const char *
url_cache_get(struct url_cache *c, struct bytes key, uint64_t now_ms)
{
	struct entry *slot = slot_of(c, key);

	for (size_t k = 0; k < URL_CACHE_WAYS; k++)
		if (is_of(&slot[k], key))
			return now_ms < slot[k].fresh_until_ms ? slot[k].text + key.n + 1 : NULL;
	return NULL;
}

void
url_cache_put(struct url_cache *c, struct bytes key, const char *url, uint64_t fresh_until_ms)
{
	struct entry *slot = slot_of(c, key), *to = &slot[0];
	size_t n = strlen(url);
	char *text = malloc(key.n + 1u + n + 1);

	if (text == NULL)
		return;
	memcpy(text, key.p, key.n);
	text[key.n] = '\0';
	memcpy(text + key.n + 1, url, n + 1);
	for (size_t k = 0; k < URL_CACHE_WAYS; k++) {
		if (is_of(&slot[k], key)) {
			to = &slot[k];
			break;
		}
		if (slot[k].fresh_until_ms < to->fresh_until_ms)
			to = &slot[k];
	}
	free(to->text);
	*to = (struct entry){ fresh_until_ms, text, key.n };
}

/* The name behind the object is its owner's affair. */
void
url_cache_refuse(struct url_cache *c, const struct ctx *ctx, struct bytes key, const char *why, uint64_t now_ms)
{
	const char *end = memchr(key.p, '\n', key.n);

	log_event(LOG_ERROR, ctx, "url_impossible", "object", log_bytes(bytes_of(key.p, end != NULL ? (size_t)(end - key.p) : key.n)), "why", why);
	url_cache_put(c, key, "", now_ms + URL_CACHE_REFUSED_MS);
}
