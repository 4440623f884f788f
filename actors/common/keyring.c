/* actors/common/keyring.c - see keyring.h.
 * Licence: Apache-2.0. */
#include "actors/common/keyring.h"

/* The length of the name that a text begins with, if a colon follows it; else 0. */
static uint32_t
name_length(struct bytes b)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
	uint32_t n = 0;

	while (n < b.n && n <= KEY_NAME_MAX && b.p[n] != '\0' && strchr(letters, b.p[n]) != NULL)
		n++;
	return n > 0 && n <= KEY_NAME_MAX && n < b.n && b.p[n] == ':' ? n : 0;
}

static bool
same(struct bytes a, struct bytes b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static int
item_add(struct keyring *k, struct bytes item, uint32_t name, const char **why)
{
	struct bytes secret = name > 0 ? bytes_of(item.p + name + 1, item.n - name - 1) : item;

	*why = k->n == KEYRING_MAX ? "it has more than 8 keys" : "a key of it is too short: at least 32 bytes";
	if (k->n == KEYRING_MAX || secret.n < KEY_SHORTEST)
		return -1;
	for (size_t i = 0; i < k->n; i++) {
		*why = same(secret, k->v[i].secret) ? "it has the same key twice" : "it has the same name twice";
		if (same(secret, k->v[i].secret) || (name > 0 && same(bytes_of(item.p, name), k->v[i].name)))
			return -1;
	}
	k->v[k->n].name = bytes_of(item.p, name);
	k->v[k->n++].secret = secret;
	return 0;
}

int
keyring_parse(struct bytes text, struct keyring *out, const char **why)
{
	struct keyring k = { .n = 0 };
	uint32_t at = 0;

	if (name_length(text) == 0) {
		if (item_add(&k, text, 0, why) != 0)
			return -1;
		*out = k;
		return 0;
	}
	while (at <= text.n) {
		const char *comma = memchr(text.p + at, ',', text.n - at);
		struct bytes item = bytes_of(text.p + at, comma != NULL ? (size_t)(comma - text.p) - at : text.n - at);
		if (item_add(&k, item, name_length(item), why) != 0)
			return -1;
		at += item.n + 1;
	}
	*out = k;
	return 0;
}

bool
keyring_shares(const struct keyring *a, const struct keyring *b)
{
	for (size_t i = 0; i < a->n; i++)
		for (size_t j = 0; j < b->n; j++)
			if (same(a->v[i].secret, b->v[j].secret))
				return true;
	return false;
}
