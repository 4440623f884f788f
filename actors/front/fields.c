/* actors/front/fields.c - see fields.h.
 * Licence: Apache-2.0. */
#include <stdbool.h>

#include "actors/front/fields.h"

enum { MORE_OCTETS = 4 };	/* of an integer, after its prefix: as many as h2o reads */

/* An integer with a prefix of `bits` (RFC 7541, 5.1); false where it is malformed. */
static bool
take_int(const uint8_t **p, const uint8_t *end, unsigned bits, uint32_t *value)
{
	uint32_t most = (1u << bits) - 1;

	if (*p == end)
		return false;
	*value = *(*p)++ & most;
	if (*value < most)
		return true;
	for (unsigned i = 0; i < MORE_OCTETS && *p < end; i++) {
		uint8_t octet = *(*p)++;
		*value += (uint32_t)(octet & 127) << (7 * i);
		if ((octet & 128) == 0)
			return true;
	}
	return false;
}

static bool
skip_string(const uint8_t **p, const uint8_t *end)
{
	uint32_t n;

	if (!take_int(p, end, 7, &n) || n > (size_t)(end - *p))
		return false;
	*p += n;
	return true;
}

size_t
fields_count(const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n;
	size_t count = 0;
	uint32_t index;

	while (p < end) {
		uint8_t first = *p;
		bool indexed = (first & 0x80) != 0, resize = !indexed && (first & 0xe0) == 0x20;
		if (!take_int(&p, end, indexed ? 7 : (first & 0x40) != 0 ? 6 : resize ? 5 : 4, &index))
			break;
		count += !resize;
		if (!indexed && !resize && ((index == 0 && !skip_string(&p, end)) || !skip_string(&p, end)))
			break;
	}
	return count;
}
