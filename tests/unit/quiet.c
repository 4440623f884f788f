/* tests/unit/quiet.c - the log (actors/common/log.h) of a test that plays everything around a part of an
 * actor: nobody reads it.
 * Licence: Apache-2.0. */
#include "actors/common/log.h"

void
log_pairs(enum log_level level, const struct ctx *ctx, const char *event, ...)
{
	(void)level;
	(void)ctx;
	(void)event;
}

const char *
log_id(const struct id *id)
{
	(void)id;
	return "";
}

const char *
log_u64(uint64_t v)
{
	(void)v;
	return "";
}

const char *
log_bytes(struct bytes b)
{
	(void)b;
	return "";
}
