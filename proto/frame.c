/* proto/frame.c - checking and reading frames in place (msgpack specification,
 * formats nil, bool, int, str, bin, array).
 *
 * msgpack-c packs what we send (message.c). What we receive is read here instead,
 * because its unpacker builds a tree of objects: an array header of five bytes can ask
 * it for gigabytes before any limit of ours is seen.
 *
 * Fails: never allocates, never reads past the end it was given.
 * Licence: Apache-2.0. */
#include "proto/frame.h"

/* One value's head: what it is, its payload length or its number of items. */
enum head_kind { H_NIL, H_BOOL, H_UINT, H_NEG, H_STR, H_BIN, H_ARRAY, H_BAD };
struct head {
	enum head_kind kind;
	uint64_t value;
};

static uint64_t
be(const unsigned char *p, int n)
{
	uint64_t v = 0;
	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

/* Reads a head and moves over it. A cut or unknown one is H_BAD. */
static struct head
head_read(struct cursor *c)
{
	static const struct { enum head_kind kind; int bytes; } wide[] = {
		[0xc4 - 0xc0] = { H_BIN, 1 },  [0xc5 - 0xc0] = { H_BIN, 2 },  [0xc6 - 0xc0] = { H_BIN, 4 },
		[0xcc - 0xc0] = { H_UINT, 1 }, [0xcd - 0xc0] = { H_UINT, 2 },
		[0xce - 0xc0] = { H_UINT, 4 }, [0xcf - 0xc0] = { H_UINT, 8 },
		[0xd0 - 0xc0] = { H_NEG, 1 },  [0xd1 - 0xc0] = { H_NEG, 2 },
		[0xd2 - 0xc0] = { H_NEG, 4 },  [0xd3 - 0xc0] = { H_NEG, 8 },
		[0xd9 - 0xc0] = { H_STR, 1 },  [0xda - 0xc0] = { H_STR, 2 },  [0xdb - 0xc0] = { H_STR, 4 },
		[0xdc - 0xc0] = { H_ARRAY, 2 }, [0xdd - 0xc0] = { H_ARRAY, 4 },
	};
	struct head bad = { H_BAD, 0 };

	if (c->p >= c->end)
		return bad;
	unsigned char t = *c->p++;
	if (t < 0x80)
		return (struct head){ H_UINT, t };
	if (t >= 0xe0)
		return (struct head){ H_NEG, 0 };
	if (t >= 0x90 && t < 0xa0)
		return (struct head){ H_ARRAY, t & 0x0f };
	if (t >= 0xa0 && t < 0xc0)
		return (struct head){ H_STR, t & 0x1f };
	if (t < 0xc0)
		return bad;			/* fixmap */
	if (t == 0xc0)
		return (struct head){ H_NIL, 0 };
	if (t == 0xc2 || t == 0xc3)
		return (struct head){ H_BOOL, t & 1 };
	unsigned k = t - 0xc0u;
	if (k >= COUNT(wide) || wide[k].bytes == 0 || c->end - c->p < wide[k].bytes)
		return bad;
	struct head h = { wide[k].kind, be(c->p, wide[k].bytes) };
	c->p += wide[k].bytes;
	return h;
}

const char *
frame_check(const void *p, size_t n)
{
	struct cursor c = { p, (const unsigned char *)p + n, NULL };
	uint64_t left[FRAME_DEPTH + 1] = { 1 };	/* values still due at each depth */
	int depth = 0;

	for (;;) {
		while (depth >= 0 && left[depth] == 0)
			depth--;
		if (depth < 0)
			break;
		left[depth]--;
		struct head h = head_read(&c);
		size_t rest = (size_t)(c.end - c.p);
		switch (h.kind) {
		case H_BAD:
			return "malformed or foreign msgpack";
		case H_STR:
		case H_BIN:
			if (h.value > rest)
				return "a length larger than the frame";
			c.p += h.value;
			break;
		case H_ARRAY:
			if (h.value > rest)
				return "a count larger than the frame";
			if (++depth > FRAME_DEPTH)
				return "nested too deep";
			left[depth] = h.value;
			break;
		default:
			break;
		}
	}
	return c.p == c.end ? NULL : "bytes after the value";
}

static struct head
expect(struct cursor *c, enum head_kind kind, const char *why)
{
	struct head h = { H_BAD, 0 };

	if (c->err != NULL)
		return h;
	h = head_read(c);
	if (h.kind != kind) {
		c->err = why;
		h.kind = H_BAD;
		h.value = 0;
	}
	return h;
}

uint64_t
cur_uint(struct cursor *c, uint64_t max)
{
	struct head h = expect(c, H_UINT, "not an unsigned integer");
	if (h.value > max) {
		c->err = "an integer out of range";
		return 0;
	}
	return h.value;
}

bool
cur_bool(struct cursor *c)
{
	return expect(c, H_BOOL, "not a boolean").value != 0;
}

static struct bytes
payload(struct cursor *c, struct head h, uint32_t max)
{
	struct bytes none = { "", 0 };

	if (c->err != NULL)
		return none;
	if (h.value > max) {
		c->err = "longer than its bound";
		return none;
	}
	if (h.value > (uint64_t)(c->end - c->p)) {
		c->err = "cut short";
		return none;
	}
	struct bytes b = { (const char *)c->p, (uint32_t)h.value };
	c->p += h.value;
	return b;
}

struct bytes
cur_str(struct cursor *c, uint32_t max)
{
	struct bytes b = payload(c, expect(c, H_STR, "not a text"), max);
	if (c->err == NULL && !utf8_valid(b.p, b.n)) {
		c->err = "not UTF-8";
		b = (struct bytes){ "", 0 };
	}
	return b;
}

struct bytes
cur_bin(struct cursor *c, uint32_t max)
{
	return payload(c, expect(c, H_BIN, "not bytes"), max);
}

uint32_t
cur_array(struct cursor *c, uint32_t max)
{
	struct head h = expect(c, H_ARRAY, "not an array");
	if (h.value > max) {
		c->err = "more items than its bound";
		return 0;
	}
	return (uint32_t)h.value;
}

bool
cur_nil(struct cursor *c)
{
	if (c->err == NULL && c->p < c->end && *c->p == 0xc0) {
		c->p++;
		return true;
	}
	return false;
}

void
cur_skip(struct cursor *c)
{
	uint64_t due = 1;

	while (due > 0 && c->err == NULL) {
		struct head h = head_read(c);
		uint64_t rest = (uint64_t)(c->end - c->p);
		due--;
		if (h.kind == H_BAD || ((h.kind == H_STR || h.kind == H_BIN || h.kind == H_ARRAY) && h.value > rest))
			c->err = "cut short";
		else if (h.kind == H_STR || h.kind == H_BIN)
			c->p += h.value;
		else if (h.kind == H_ARRAY)
			due += h.value;
	}
}
