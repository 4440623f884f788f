/* proto/models.c - see models.h.
 * Owns: nothing. Fails: NULL for what no row names.
 * Licence: Apache-2.0. */
#include <fnmatch.h>
#include <stdio.h>
#include <strings.h>

#include "proto/models.h"

enum { ID_MAX = 128 };

static const struct model rows[] = {
#define MODEL(id, method, location, samples, at_once, timeout, able, price, per, unit) \
	{ id, MAKER_##method, location, samples, at_once, timeout, able, price, per, unit },
#include "proto/models.tbl.h"
};

static const struct image_limits images[] = {
#define IMAGES(id, ratios, sizes, references, megabytes) { id, ratios, sizes, references, megabytes },
#include "proto/models.tbl.h"
};

static const struct image_ratio ratios[] = {
#define RATIO(set, text, width, height) { set, text, width, height },
#include "proto/models.tbl.h"
};

static const struct {
	unsigned bit;
	const char *text;
} sizes[] = {
#define SIZE(name, bit, text) { bit, text },
#include "proto/models.tbl.h"
};

static const struct {
	const char *id, *next;
} successors[] = {
#define SUCCESSOR(id, next) { id, next },
#include "proto/models.tbl.h"
};

struct alias {
	const char *asked, *called;
};
static const struct alias alias_rows[] = {
#define ALIAS(asked, called) { asked, called },
#include "proto/models.tbl.h"
};
static const struct alias upscale_rows[] = {
#define UPSCALE_ALIAS(asked, called) { asked, called },
#include "proto/models.tbl.h"
};

static const struct alias large_rows[] = {
#define LARGE_ALIAS(asked, called) { asked, called },
#include "proto/models.tbl.h"
};

static const char *const defaults[PURPOSE_COUNT][KIND_COUNT] = {
#define DEFAULT(kind, id) [PURPOSE_plain][KIND_##kind] = id,
#define WITH_REFERENCES(kind, id) [PURPOSE_references][KIND_##kind] = id,
#define UPSCALE(kind, id) [PURPOSE_upscale][KIND_##kind] = id,
#include "proto/models.tbl.h"
};

static const enum kind method_kinds[MAKER_COUNT] = {
#define METHOD(name, kind, prose) [MAKER_##name] = KIND_##kind,
#include "proto/models.tbl.h"
};

static const struct {
	enum maker_method method;
	unsigned seconds;
} lengths[] = {
#define LENGTH(method, seconds) { MAKER_##method, seconds },
#include "proto/models.tbl.h"
};

static const unsigned source_megabytes[MAKER_COUNT] = {
#define SOURCE(method, megabytes) [MAKER_##method] = megabytes,
#include "proto/models.tbl.h"
};

static const struct {
	const char *name;
	unsigned error;
	const char *prose;
} kinds[KIND_COUNT] = {
	[KIND_none] = { "", E_INTERNAL_ERROR, "nothing" },
	[KIND_IMAGE] = { "IMAGE", E_IMAGEN_API_ERROR, "images" },
	[KIND_VIDEO] = { "VIDEO", E_VEO_API_ERROR, "videos" },
	[KIND_MUSIC] = { "MUSIC", E_LYRIA_API_ERROR, "music" },
	[KIND_AUDIO] = { "AUDIO", E_CHIRP_API_ERROR, "speech" },
};

enum kind
kind_by_name(struct bytes name)
{
	for (enum kind k = KIND_IMAGE; k < KIND_COUNT; k++)
		if (bytes_eq(name, kinds[k].name))
			return k;
	return KIND_none;
}

unsigned
kind_error(enum kind kind)
{
	return kinds[kind < KIND_COUNT ? kind : KIND_none].error;
}

const char *
kind_name(enum kind kind)
{
	return kinds[kind < KIND_COUNT ? kind : KIND_none].name;
}

const char *
kind_prose(enum kind kind)
{
	return kinds[kind < KIND_COUNT ? kind : KIND_none].prose;
}

enum kind
method_kind(enum maker_method m)
{
	return method_kinds[m];
}

const struct model *
models(size_t *n)
{
	*n = COUNT(rows);
	return rows;
}

unsigned
models_timeout_s(void)
{
	unsigned longest = 0;

	for (size_t i = 0; i < COUNT(rows); i++)
		longest = rows[i].timeout_s > longest ? rows[i].timeout_s : longest;
	return longest;
}

const struct model *
model_by_id(struct bytes id)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (bytes_eq(id, rows[i].id))
			return &rows[i];
	return NULL;
}

const struct image_limits *
model_images(const struct model *m)
{
	for (size_t i = 0; i < COUNT(images); i++)
		if (strcmp(images[i].id, m->id) == 0)
			return &images[i];
	return NULL;
}

unsigned
model_source_megabytes(const struct model *m)
{
	const struct image_limits *limits = model_images(m);

	return limits != NULL ? limits->megabytes : source_megabytes[m->method];
}

const struct image_ratio *
image_ratios(size_t *n)
{
	*n = COUNT(ratios);
	return ratios;
}

unsigned
image_size(const char *text)
{
	for (size_t i = 0; i < COUNT(sizes); i++)
		if (strcasecmp(sizes[i].text, text) == 0)
			return sizes[i].bit;
	return 0;
}

void
image_sizes(unsigned bits, char out[SIZES_MAX])
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < COUNT(sizes); i++)
		if (bits & sizes[i].bit)
			n += (size_t)snprintf(out + n, SIZES_MAX - n, "%s%s", n > 0 ? ", " : "", sizes[i].text);
}

const struct model *
model_successor(const struct model *m)
{
	for (size_t i = 0; i < COUNT(successors); i++)
		if (strcmp(successors[i].id, m->id) == 0)
			return model_by_id(bytes_str(successors[i].next));
	return NULL;
}

/* One asked=called of the setting, and *setting behind it; false at its end. What is no pair, or
 * too long, is passed over. */
static bool
setting_next(const char **setting, char asked[ID_MAX], char called[ID_MAX])
{
	while (**setting != '\0') {
		const char *pair = *setting + strspn(*setting, " ");
		size_t n = strcspn(pair, ","), eq = strcspn(pair, "=");
		*setting = pair + n + (pair[n] == ',');
		while (n > 0 && pair[n - 1] == ' ')
			n--;
		if (eq == 0 || eq + 1 >= n || eq >= ID_MAX || n - eq - 1 >= ID_MAX)
			continue;
		snprintf(asked, ID_MAX, "%.*s", (int)eq, pair);
		snprintf(called, ID_MAX, "%.*s", (int)(n - eq - 1), pair + eq + 1);
		return true;
	}
	return false;
}

/* Replaces an id by what the setting calls for it; false if that says nothing about it. */
static bool
setting_alias(char id[ID_MAX], const char *setting)
{
	char asked[ID_MAX], called[ID_MAX];

	while (setting_next(&setting, asked, called))
		if (fnmatch(asked, id, 0) == 0) {
			memcpy(id, called, ID_MAX);
			return true;
		}
	return false;
}

static const struct model *
table_alias(const char *id, const struct alias *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fnmatch(list[i].asked, id, 0) == 0)
			return model_by_id(bytes_str(list[i].called));
	return NULL;
}

/* The model of the first alias that fits, or of the id. `set`: the setting names it, so the other way
 * round. */
static const struct model *
called_for(const char *id, enum purpose purpose, bool set)
{
	const struct model *m = set ? model_by_id(bytes_str(id)) : NULL;

	if (m == NULL && purpose == PURPOSE_upscale)
		m = table_alias(id, upscale_rows, COUNT(upscale_rows));
	if (m == NULL && purpose == PURPOSE_large)
		m = table_alias(id, large_rows, COUNT(large_rows));
	if (m == NULL)
		m = table_alias(id, alias_rows, COUNT(alias_rows));
	return m != NULL ? m : model_by_id(bytes_str(id));
}

static const struct model *
of_kind(const struct model *m, enum kind kind)
{
	return m != NULL && method_kind(m->method) == kind ? m : NULL;
}

const struct model *
model_resolve(enum kind kind, struct bytes asked, enum purpose purpose, const char *aliases)
{
	char id[ID_MAX];

	if (kind == KIND_none || asked.n >= sizeof id)
		return NULL;
	if (asked.n == 0)
		asked = bytes_str(defaults[purpose][kind] != NULL ? defaults[purpose][kind] : defaults[PURPOSE_plain][kind]);
	snprintf(id, sizeof id, "%.*s", (int)asked.n, asked.p);
	bool set = setting_alias(id, aliases);
	return of_kind(called_for(id, purpose, set), kind);
}

void
aliases_each(const char *setting, enum aliases which, void (*each)(void *arg, const char *asked, const struct model *called),
    void *arg)
{
	char asked[ID_MAX], called[ID_MAX];

	if (which == ALIASES_setting) {
		while (setting_next(&setting, asked, called))
			each(arg, asked, called_for(called, PURPOSE_plain, true));
		return;
	}
	for (size_t i = 0; i < COUNT(alias_rows); i++)
		each(arg, alias_rows[i].asked, model_by_id(bytes_str(alias_rows[i].called)));
	for (size_t i = 0; i < COUNT(large_rows); i++)
		each(arg, large_rows[i].asked, model_by_id(bytes_str(large_rows[i].called)));
	for (size_t i = 0; i < COUNT(upscale_rows); i++)
		each(arg, upscale_rows[i].asked, model_by_id(bytes_str(upscale_rows[i].called)));
}

bool
aliases_wrong(const char *setting, char out[ALIASES_WRONG])
{
	char asked[ID_MAX], called[ID_MAX], pair[ID_MAX];

	while (*setting != '\0') {
		size_t n = strcspn(setting, ",");
		const char *at = pair;
		snprintf(pair, sizeof pair, "%.*s", (int)(n < sizeof pair ? n : sizeof pair), setting);
		setting += n + (setting[n] == ',');
		if (n < sizeof pair && setting_next(&at, asked, called) && called_for(called, PURPOSE_upscale, true) != NULL)
			continue;
		snprintf(out, ALIASES_WRONG, "%s: it must be asked=called, where called is a model that is known", pair);
		return true;
	}
	return false;
}

unsigned
method_length(enum maker_method m, unsigned seconds)
{
	for (size_t i = 0; i < COUNT(lengths); i++)
		if (lengths[i].method == m && lengths[i].seconds >= seconds)
			return lengths[i].seconds;
	return 0;
}

unsigned
method_longest(enum maker_method m)
{
	unsigned longest = 0;

	for (size_t i = 0; i < COUNT(lengths); i++)
		if (lengths[i].method == m && lengths[i].seconds > longest)
			longest = lengths[i].seconds;
	return longest;
}

size_t
method_lengths(enum maker_method m, unsigned out[LENGTHS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < COUNT(lengths); i++)
		if (lengths[i].method == m && n < LENGTHS_MAX)
			out[n++] = lengths[i].seconds;
	return n;
}
