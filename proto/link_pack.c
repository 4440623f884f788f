/* proto/link_pack.c - frames out: msgpack-rpc in msgpack-c's hands, behind our length.
 * Owns: nothing. Fails: as link_internal.h says.
 * Licence: Apache-2.0. */
#include <msgpack/pack.h>

#include "proto/link_internal.h"

static int
write_buf(void *data, const char *p, size_t n)
{
	return buf_add(data, p, n);
}

/* A frame is written in place behind a header that is filled in at its end. */
static size_t
frame_open(struct buf *b, msgpack_packer *pk)
{
	size_t at = b->n;

	msgpack_packer_init(pk, b, write_buf);
	return buf_add(b, "\0\0\0\0", FRAME_HEADER) == 0 ? at : SIZE_MAX;
}

/* Fills the header in, or takes the frame back when packing it failed. */
static int
frame_close(struct buf *b, size_t at, int failed)
{
	size_t n = b->n - at - FRAME_HEADER;

	if (failed == 0 && n > FRAME_MAX)
		failed = -E_BAD_MESSAGE;
	if (failed != 0) {
		b->n = at;
		return failed < -1 ? failed : -E_INTERNAL_ERROR;
	}
	for (int i = 0; i < 4; i++)
		b->p[at + (size_t)i] = (char)(n >> (24 - 8 * i));
	return 0;
}

static int
pack_text(msgpack_packer *pk, struct bytes b)
{
	return msgpack_pack_str(pk, b.n) | (b.n ? msgpack_pack_str_body(pk, b.p, b.n) : 0);
}

static int
pack_bytes(msgpack_packer *pk, const void *p, size_t n)
{
	return msgpack_pack_bin(pk, n) | (n ? msgpack_pack_bin_body(pk, p, n) : 0);
}

static int
pack_ctx(msgpack_packer *pk, const struct ctx *ctx)
{
	return msgpack_pack_array(pk, 3) | msgpack_pack_uint64(pk, ctx->deadline_ms) |
	    pack_bytes(pk, ctx->trace, sizeof ctx->trace) |
	    pack_text(pk, bytes_of(ctx->request_id, strnlen(ctx->request_id, sizeof ctx->request_id - 1)));
}

/* The head that all frames have in common. */
static int
pack_head(msgpack_packer *pk, unsigned items, enum frame_type type, uint32_t id)
{
	return msgpack_pack_array(pk, items) | msgpack_pack_uint8(pk, (uint8_t)type) |
	    (type != T_NOTICE ? msgpack_pack_uint32(pk, id) : 0);
}

int
pack_message(struct buf *out, uint32_t id, const struct ctx *ctx, unsigned msg, const void *body)
{
	msgpack_packer pk;
	size_t at = frame_open(out, &pk);
	int rc;

	if (at == SIZE_MAX)
		return -E_INTERNAL_ERROR;
	rc = pack_head(&pk, id ? 5 : 4, id ? T_REQUEST : T_NOTICE, id) | msgpack_pack_uint32(&pk, msg);
	if (rc == 0)
		rc = msg_encode(out, msg, body);
	if (rc == 0)
		rc = pack_ctx(&pk, ctx);
	return frame_close(out, at, rc);
}

int
pack_answer(struct buf *out, uint32_t id, unsigned msg, const void *body)
{
	msgpack_packer pk;
	size_t at = frame_open(out, &pk);
	int rc;

	if (at == SIZE_MAX)
		return -E_INTERNAL_ERROR;
	rc = pack_head(&pk, 4, T_ANSWER, id) | msgpack_pack_nil(&pk);
	if (rc == 0)
		rc = msg_encode(out, msg, body);
	return frame_close(out, at, rc);
}

int
pack_error(struct buf *out, uint32_t id, unsigned err, struct bytes detail)
{
	msgpack_packer pk;
	size_t at = frame_open(out, &pk);

	if (at == SIZE_MAX)
		return -E_INTERNAL_ERROR;
	return frame_close(out, at, pack_head(&pk, 4, T_ANSWER, id) | msgpack_pack_array(&pk, 2) |
	    msgpack_pack_uint32(&pk, err) | pack_text(&pk, detail) | msgpack_pack_nil(&pk));
}

int
pack_chunk(struct buf *out, enum frame_type type, uint32_t id, unsigned flags, const void *p, size_t n)
{
	msgpack_packer pk;
	size_t at = frame_open(out, &pk);

	if (at == SIZE_MAX)
		return -E_INTERNAL_ERROR;
	return frame_close(out, at, pack_head(&pk, 4, type, id) | msgpack_pack_uint32(&pk, flags) | pack_bytes(&pk, p, n));
}

int
pack_credit(struct buf *out, enum frame_type type, uint32_t id, uint32_t n)
{
	msgpack_packer pk;
	size_t at = frame_open(out, &pk);

	if (at == SIZE_MAX)
		return -E_INTERNAL_ERROR;
	return frame_close(out, at, pack_head(&pk, 3, type, id) | msgpack_pack_uint32(&pk, n));
}

int
pack_stop(struct buf *out, uint32_t id)
{
	msgpack_packer pk;
	size_t at = frame_open(out, &pk);

	if (at == SIZE_MAX)
		return -E_INTERNAL_ERROR;
	return frame_close(out, at, pack_head(&pk, 2, T_STOP, id));
}
