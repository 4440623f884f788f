/* proto/tables.c - the tables of proto/ as data, and look-ups in them.
 * Licence: Apache-2.0. */
#include "proto/proto.h"

static const char *const role_names[] = {
#define ROLE(bit, name, prose) [bit] = #name,
#include "proto/roles.tbl.h"
};

const char *
role_name(unsigned role)
{
	return role < COUNT(role_names) ? role_names[role] : "?";
}

int
role_by_name(const char *name)
{
	for (size_t i = 0; i < COUNT(role_names); i++)
		if (strcmp(role_names[i], name) == 0)
			return (int)i;
	return -1;
}

static const struct edge_row edges[EDGE_COUNT] = {
#define EDGE(id, name, a, b, prose) [id] = { #name, ROLE_##a, ROLE_##b, prose },
#include "proto/topology.tbl.h"
};

const struct edge_row *
edge_row(unsigned id)
{
	return id < EDGE_COUNT && edges[id].name != NULL ? &edges[id] : NULL;
}

static const struct error_row errors[E_LIMIT] = {
#define ERR(id, name, http, retryable, text) [id] = { #name, http, retryable, text },
#include "proto/errors.tbl.h"
};

const struct error_row *
error_row(unsigned code)
{
	return code < E_LIMIT && errors[code].name != NULL ? &errors[code] : &errors[E_INTERNAL_ERROR];
}

unsigned
error_by_name(const char *name, size_t n)
{
	for (unsigned i = 0; i < E_LIMIT; i++)
		if (errors[i].name != NULL && strlen(errors[i].name) == n && memcmp(errors[i].name, name, n) == 0)
			return i;
	return 0;
}

/* A switch rather than an array, because the offset of a field needs the type of its
 * message, which a block can name (T) and a file-scope initialiser cannot. The empty
 * first field keeps a message without fields a legal array; it is not counted. */
const struct msg_spec *
msg_spec(unsigned id)
{
	switch (id) {
#define ID(f)              { #f, F_ID,   offsetof(T, f), 0, 16 },
#define U32(f)             { #f, F_U32,  offsetof(T, f), 0, 0 },
#define U64(f)             { #f, F_U64,  offsetof(T, f), 0, 0 },
#define FLAG(f)            { #f, F_FLAG, offsetof(T, f), 0, 0 },
#define STR(f, max)        { #f, F_STR,  offsetof(T, f), 0, max },
#define BIN(f, max)        { #f, F_BIN,  offsetof(T, f), 0, max },
#define LIST(f, most, max) { #f, F_LIST, offsetof(T, f), most, max },
#define MSG(id_, name_, s_, r_, answer_, stream_, fields_)				\
	case id_: {									\
		typedef struct msg_##name_ T;						\
		(void)sizeof(T);	/* a message may have no field to use it */	\
		static const struct field_row f[] = { { "", F_FLAG, 0, 0, 0 }, fields_ };	\
		static const struct msg_spec row = { #name_, ROLES_##s_, ROLES_##r_,	\
			MSG_##answer_, STREAM_##stream_, COUNT(f) - 1, f + 1 };	\
		return &row;								\
	}
#include "proto/messages.tbl.h"
	default:
		return NULL;
	}
}
