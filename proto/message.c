/* proto/message.c - encoding and decoding any message by its row.
 * Owns: nothing. Fails: as proto.h says.
 * Licence: Apache-2.0. */
#include <msgpack/pack.h>

#include "proto/frame.h"

static int
write_buf(void *data, const char *p, size_t n)
{
	return buf_add(data, p, n);
}

static int
pack_text(msgpack_packer *pk, enum field_kind kind, struct bytes b)
{
	if (kind == F_STR)
		return msgpack_pack_str(pk, b.n) | (b.n ? msgpack_pack_str_body(pk, b.p, b.n) : 0);
	return msgpack_pack_bin(pk, b.n) | (b.n ? msgpack_pack_bin_body(pk, b.p, b.n) : 0);
}

/* 0, or a negative code. */
static int
pack_field(msgpack_packer *pk, const struct field_row *f, const char *at)
{
	int failed = 0;

	switch (f->kind) {
	case F_ID:
		failed = msgpack_pack_bin(pk, 16) | msgpack_pack_bin_body(pk, at, 16);
		break;
	case F_U32:
		failed = msgpack_pack_uint32(pk, *(const uint32_t *)(const void *)at);
		break;
	case F_U64:
		failed = msgpack_pack_uint64(pk, *(const uint64_t *)(const void *)at);
		break;
	case F_FLAG:
		failed = *(const bool *)(const void *)at ? msgpack_pack_true(pk) : msgpack_pack_false(pk);
		break;
	case F_STR:
	case F_BIN: {
		struct bytes b = *(const struct bytes *)(const void *)at;
		if (b.n > f->max || (f->kind == F_STR && !utf8_valid(b.p, b.n)))
			return -E_BAD_MESSAGE;
		failed = pack_text(pk, f->kind, b);
		break;
	}
	case F_LIST: {
		struct bytes_list l = *(const struct bytes_list *)(const void *)at;
		if (l.n > f->most)
			return -E_BAD_MESSAGE;
		failed = msgpack_pack_array(pk, l.n);
		for (uint32_t i = 0; i < l.n && !failed; i++) {
			if (l.v[i].n > f->max)
				return -E_BAD_MESSAGE;
			failed = pack_text(pk, F_BIN, l.v[i]);
		}
		break;
	}
	}
	return failed ? -E_INTERNAL_ERROR : 0;
}

int
msg_encode(struct buf *out, unsigned id, const void *body)
{
	const struct msg_spec *row = msg_spec(id);
	size_t before = out->n;
	msgpack_packer pk;
	int rc;

	if (row == NULL)
		return -E_BAD_MESSAGE;
	msgpack_packer_init(&pk, out, write_buf);
	rc = msgpack_pack_array(&pk, row->nfields) ? -E_INTERNAL_ERROR : 0;
	for (unsigned i = 0; i < row->nfields && rc == 0; i++)
		rc = pack_field(&pk, &row->fields[i], (const char *)body + row->fields[i].offset);
	if (rc != 0)
		out->n = before;
	return rc;
}

static void
unpack_list(struct cursor *c, const struct field_row *f, struct bytes_list *l, struct arena *a)
{
	uint32_t n = cur_array(c, f->most);
	struct bytes *v = n > 0 ? arena_alloc(a, n * sizeof *v) : NULL;

	if (n > 0 && v == NULL) {
		c->err = "out of memory";
		return;
	}
	for (uint32_t i = 0; i < n && c->err == NULL; i++)
		v[i] = cur_bin(c, f->max);
	*l = (struct bytes_list){ v, n };
}

static void
unpack_field(struct cursor *c, const struct field_row *f, char *at, struct arena *a)
{
	switch (f->kind) {
	case F_ID: {
		struct bytes b = cur_bin(c, 16);
		if (c->err == NULL && b.n != 16)
			c->err = "an id that is not 16 bytes";
		if (c->err == NULL)
			memcpy(at, b.p, 16);
		break;
	}
	case F_U32:
		*(uint32_t *)(void *)at = (uint32_t)cur_uint(c, UINT32_MAX);
		break;
	case F_U64:
		*(uint64_t *)(void *)at = cur_uint(c, UINT64_MAX);
		break;
	case F_FLAG:
		*(bool *)(void *)at = cur_bool(c);
		break;
	case F_STR:
		*(struct bytes *)(void *)at = cur_str(c, f->max);
		break;
	case F_BIN:
		*(struct bytes *)(void *)at = cur_bin(c, f->max);
		break;
	case F_LIST:
		unpack_list(c, f, (struct bytes_list *)(void *)at, a);
		break;
	}
}

int
msg_decode(unsigned id, const void *p, size_t n, void *body, struct arena *a, const char **why)
{
	const struct msg_spec *row = msg_spec(id);
	struct cursor c = { p, (const unsigned char *)p + n, NULL };

	if (row == NULL) {
		*why = "no such message";
		return -E_BAD_MESSAGE;
	}
	uint32_t have = cur_array(&c, 64);
	if (c.err == NULL && have < row->nfields)
		c.err = "too few fields";
	if (c.err != NULL) {
		*why = c.err;
		return -E_BAD_MESSAGE;
	}
	for (unsigned i = 0; i < row->nfields; i++) {
		unpack_field(&c, &row->fields[i], (char *)body + row->fields[i].offset, a);
		if (c.err != NULL) {
			*why = row->fields[i].name;
			return -E_BAD_MESSAGE;
		}
	}
	for (uint32_t i = row->nfields; i < have; i++)
		cur_skip(&c);
	if (c.err != NULL || c.p != c.end) {
		*why = "bytes left over";
		return -E_BAD_MESSAGE;
	}
	return 0;
}
