/* proto/models.c - see models.h.
 * Owns: nothing. Fails: NULL for what no row names.
 * Licence: Apache-2.0. */
#include <fnmatch.h>
#include <stdio.h>

#include "proto/models.h"

enum { ID_MAX = 128 };

static const struct model rows[] = {
#define METHOD(name, kind, prose)
#define MODEL(id, method, location, samples, at_once, timeout, able, price, unit) \
	{ id, MAKER_##method, location, samples, at_once, timeout, able, price, unit },
#define ALIAS(asked, called)
#define DEFAULT(kind, id)
#define WITH_REFERENCES(kind, id)
#include "proto/models.tbl.h"
};

static const struct alias {
	const char *asked, *called;
} alias_rows[] = {
#define METHOD(name, kind, prose)
#define MODEL(id, method, location, samples, at_once, timeout, able, price, unit)
#define ALIAS(asked, called) { asked, called },
#define DEFAULT(kind, id)
#define WITH_REFERENCES(kind, id)
#include "proto/models.tbl.h"
};

static const char *const defaults[KIND_COUNT] = {
#define METHOD(name, kind, prose)
#define MODEL(id, method, location, samples, at_once, timeout, able, price, unit)
#define ALIAS(asked, called)
#define DEFAULT(kind, id) [KIND_##kind] = id,
#define WITH_REFERENCES(kind, id)
#include "proto/models.tbl.h"
};

static const char *const with_references[KIND_COUNT] = {
#define METHOD(name, kind, prose)
#define MODEL(id, method, location, samples, at_once, timeout, able, price, unit)
#define ALIAS(asked, called)
#define DEFAULT(kind, id)
#define WITH_REFERENCES(kind, id) [KIND_##kind] = id,
#include "proto/models.tbl.h"
};

static const enum kind method_kinds[MAKER_COUNT] = {
#define METHOD(name, kind, prose) [MAKER_##name] = KIND_##kind,
#define MODEL(id, method, location, samples, at_once, timeout, able, price, unit)
#define ALIAS(asked, called)
#define DEFAULT(kind, id)
#define WITH_REFERENCES(kind, id)
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

const struct model *
model_by_id(struct bytes id)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (bytes_eq(id, rows[i].id))
			return &rows[i];
	return NULL;
}

/* asked=called,asked=called: the first that fits, or an empty text. */
static struct bytes
setting_alias(const char *id, const char *setting)
{
	char pattern[ID_MAX];

	while (*setting != '\0') {
		size_t n = strcspn(setting, ","), eq;
		setting += strspn(setting, " ");
		n = strcspn(setting, ",");
		eq = strcspn(setting, "=");
		if (eq < n && eq < sizeof pattern) {
			snprintf(pattern, sizeof pattern, "%.*s", (int)eq, setting);
			if (fnmatch(pattern, id, 0) == 0)
				return bytes_of(setting + eq + 1, n - eq - 1);
		}
		setting += n + (setting[n] == ',');
	}
	return BYTES("");
}

static const struct model *
of_kind(const struct model *m, enum kind kind)
{
	return m != NULL && method_kind(m->method) == kind ? m : NULL;
}

const struct model *
model_resolve(enum kind kind, struct bytes asked, bool references, const char *aliases)
{
	char id[ID_MAX];
	struct bytes called;

	if (kind == KIND_none || asked.n >= sizeof id)
		return NULL;
	if (asked.n == 0)
		asked = bytes_str(references && with_references[kind] != NULL ? with_references[kind] : defaults[kind]);
	snprintf(id, sizeof id, "%.*s", (int)asked.n, asked.p);
	called = setting_alias(id, aliases);
	if (called.n > 0 && called.n < sizeof id) {
		snprintf(id, sizeof id, "%.*s", (int)called.n, called.p);
		asked = bytes_str(id);
	}
	const struct model *m = model_by_id(asked);
	for (size_t i = 0; i < COUNT(alias_rows) && m == NULL; i++)
		if (fnmatch(alias_rows[i].asked, id, 0) == 0)
			m = model_by_id(bytes_str(alias_rows[i].called));
	return of_kind(m, kind);
}
