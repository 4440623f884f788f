/* actors/front/fields.h - how many fields a block of HPACK makes, without making them. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_FIELDS_H
#define STUDIOD_FRONT_FIELDS_H

#include <stddef.h>
#include <stdint.h>

/* The fields of a block (RFC 7541, 6) up to its end, or to where it is malformed: a reader
 * stops there too. A byte can name a field of 4 KiB, so this is asked before it is read. */
size_t fields_count(const uint8_t *block, size_t n);

#endif
