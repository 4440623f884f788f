/* proto/net_address.c - see net_address.h.
 * Of IPv6 only what is given out for the internet (2000::/3) counts as public, less the parts of
 * it that mean something else: whatever is invented later is special until it is known here.
 * Owns: nothing. Fails: never.
 * Licence: Apache-2.0. */
#include <stddef.h>
#include <string.h>

#include "proto/net_address.h"
#include "proto/proto.h"

struct block {
	uint8_t prefix[16];
	unsigned bits;
	const char *what;
};

static const struct block blocks4[] = {
	{ { 0 },              8, "an address of no network" },
	{ { 10 },             8, "a private address" },
	{ { 100, 64 },       10, "a carrier's internal address" },
	{ { 127 },            8, "a loopback address" },
	{ { 168, 63, 129, 16 }, 32, "a cloud's internal address" },	/* Azure's wire server */
	{ { 169, 254 },      16, "a link-local address" },	/* metadata servers, too */
	{ { 172, 16 },       12, "a private address" },
	{ { 192, 0, 0 },     24, "a reserved address" },
	{ { 192, 0, 2 },     24, "an address of documentation" },
	{ { 192, 31, 196 },  24, "a reserved address" },
	{ { 192, 52, 193 },  24, "a reserved address" },
	{ { 192, 88, 99 },   24, "a relay's address" },
	{ { 192, 168 },      16, "a private address" },
	{ { 192, 175, 48 },  24, "a reserved address" },
	{ { 198, 18 },       15, "an address of benchmarks" },
	{ { 198, 51, 100 },  24, "an address of documentation" },
	{ { 203, 0, 113 },   24, "an address of documentation" },
	{ { 224 },            4, "a multicast address" },
	{ { 240 },            4, "a reserved address" },	/* broadcast, too */
};
static const struct block blocks6[] = {
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, "an address of documentation" },
	{ { 0x20, 0x01, 0, 0 },       23, "a reserved address" },	/* Teredo, ORCHID and others */
	{ { 0x20, 0x02 },             16, "a 6to4 address" },
	{ { 0x26, 0x20, 0, 0x4f, 0x80 }, 48, "a reserved address" },
	{ { 0x3f, 0xff },             20, "an address of documentation" },
};
static const struct block mapped = { { [10] = 0xff, [11] = 0xff }, 96, "" };
static const struct block nat64 = { { 0x00, 0x64, 0xff, 0x9b }, 96, "" };
static const struct block global6 = { { 0x20 }, 3, "" };

static bool
within(const struct block *b, const uint8_t *a)
{
	unsigned whole = b->bits / 8, rest = b->bits % 8;

	return memcmp(a, b->prefix, whole) == 0 && (rest == 0 || (a[whole] ^ b->prefix[whole]) >> (8 - rest) == 0);
}

static const char *
look_up(const struct block *b, size_t n, const uint8_t *a)
{
	for (size_t i = 0; i < n; i++)
		if (within(&b[i], a))
			return b[i].what;
	return NULL;
}

const char *
address4_special(const uint8_t a[4])
{
	return look_up(blocks4, COUNT(blocks4), a);
}

const char *
address6_special(const uint8_t a[16])
{
	static const uint8_t loopback[16] = { [15] = 1 };

	if (within(&mapped, a) || within(&nat64, a))
		return address4_special(a + 12);
	if (memcmp(a, loopback, sizeof loopback) == 0)
		return "a loopback address";
	if (!within(&global6, a))
		return (a[0] & 0xfe) == 0xfc ? "a private address" : a[0] == 0xff ? "a multicast address" :
		    a[0] == 0xfe && (a[1] & 0xc0) == 0x80 ? "a link-local address" : "a reserved address";
	return look_up(blocks6, COUNT(blocks6), a);
}

bool
address4_loopback(const uint8_t a[4])
{
	return a[0] == 127;
}

bool
address6_loopback(const uint8_t a[16])
{
	static const uint8_t loopback[16] = { [15] = 1 };

	return memcmp(a, loopback, sizeof loopback) == 0 || (within(&mapped, a) && address4_loopback(a + 12));
}
