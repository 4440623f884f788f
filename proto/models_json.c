/* proto/models_json.c - models.tbl.h as clients read it: every id that they may send, and what
 * is called for it.
 * Owns: nothing. Fails: NULL when memory is out.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "proto/models_json.h"

static const struct {
	unsigned bit;
	const char *text;
} abilities[] = {
#define ABILITY(name, bit, text) { bit, text },
#include "proto/models.tbl.h"
};

static const char *const methods[MAKER_COUNT] = {
#define METHOD(name, kind, prose) [MAKER_##name] = prose,
#include "proto/models.tbl.h"
};

static json_t *
ratios_json(const struct image_limits *limits)
{
	json_t *list = json_array();
	size_t n;
	const struct image_ratio *all = image_ratios(&n);

	for (size_t i = 0; i < n && limits != NULL; i++)
		if (limits->ratios & all[i].set)
			json_array_append_new(list, json_string(all[i].text));
	return list;
}

static json_t *
sizes_json(const struct image_limits *limits)
{
	json_t *list = json_array();
	char one[SIZES_MAX];

	for (unsigned bit = 1; limits != NULL && bit <= limits->sizes; bit <<= 1)
		if (limits->sizes & bit) {
			image_sizes(bit, one);
			json_array_append_new(list, json_string(one));
		}
	return list;
}

static json_t *
references_json(const struct model *m)
{
	const struct image_limits *images = model_images(m);

	if (images != NULL)
		return json_integer((json_int_t)images->references);
	return method_kind(m->method) == KIND_VIDEO ? json_integer(m->able & ABLE_REFERENCES ? ASSETS_MAX : 0) : json_null();
}

static json_t *
limits_json(const struct model *m)
{
	json_t *can = json_array();
	unsigned longest = method_longest(m->method);
	const struct image_limits *images = model_images(m);

	for (size_t i = 0; i < COUNT(abilities); i++)
		if (m->able & abilities[i].bit)
			json_array_append_new(can, json_string(abilities[i].text));
	return json_pack("{s:i,s:o,s:o,s:o,s:o,s:o}", "sampleCount", (int)m->samples,
	    "maxSeconds", longest > 0 ? json_integer((json_int_t)longest) : json_null(),
	    "aspectRatios", ratios_json(images),
	    "imageSizes", sizes_json(images),
	    "referenceImages", references_json(m),
	    "abilities", can);
}

static const json_t *
price_of(const json_t *prices, const char *id)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(prices, i, entry) {
		const char *model = json_string_value(json_object_get(entry, "model"));
		if (model != NULL && strcmp(model, id) == 0)
			return entry;
	}
	return NULL;
}

/* amount: for people, what micros are exactly. */
static json_t *
price_json(const struct model *m, const json_t *prices)
{
	const json_t *other = price_of(prices, m->id), *set = json_object_get(other, "micros");
	json_int_t micros = json_is_integer(set) ? json_integer_value(set) : (json_int_t)m->price;
	bool estimate = !json_is_false(json_object_get(other, "estimate"));

	return micros == 0 && estimate ? json_null() :
	    json_pack("{s:f,s:s,s:s,s:i,s:I,s:b}", "amount", (double)micros / 1e6, "currency", "USD", "unit", m->unit,
	    "per", (int)m->per, "micros", micros, "estimate", estimate);
}

struct telling {
	json_t *list;
	const char *aliases;
	const json_t *prices;
	size_t set;			/* entries of the setting, the first ones */
};

static void
entry_add(struct telling *t, const char *id, const struct model *m, bool alias)
{
	enum kind kind = method_kind(m->method);
	bool usual = !alias && model_resolve(kind, BYTES(""), PURPOSE_plain, t->aliases) == m;

	json_array_append_new(t->list, json_pack("{s:s,s:s,s:b,s:s,s:s,s:b,s:o,s:o}", "id", id, "mediaType", kind_name(kind),
	    "alias", alias, "servedBy", m->id, "method", methods[m->method], "default", usual, "limits", limits_json(m),
	    "price", price_json(m, t->prices)));
}

/* Is there an entry that comes before it? For a large image, or an upscale, the same id may mean another model. */
static bool
is_told(const struct telling *t, const char *id, const struct model *m)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(t->list, i, entry)
		if (strcmp(json_string_value(json_object_get(entry, "id")), id) == 0 &&
		    (i < t->set || strcmp(json_string_value(json_object_get(entry, "servedBy")), m->id) == 0))
			return true;
	return false;
}

static void
tell(void *arg, const char *id, const struct model *called)
{
	struct telling *t = arg;

	if (called != NULL && !is_told(t, id, called))
		entry_add(t, id, called, strcmp(id, called->id) != 0);
}

json_t *
models_json(const char *aliases, const json_t *prices)
{
	struct telling t = { .list = json_array(), .aliases = aliases, .prices = prices };
	size_t n;
	const struct model *rows = models(&n);

	aliases_each(aliases, ALIASES_setting, tell, &t);
	t.set = json_array_size(t.list);
	for (size_t i = 0; i < n; i++)
		tell(&t, rows[i].id, model_resolve(method_kind(rows[i].method), bytes_str(rows[i].id), PURPOSE_plain, aliases));
	aliases_each(aliases, ALIASES_table, tell, &t);
	return t.list;
}
