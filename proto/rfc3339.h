/* proto/rfc3339.h - points in time as RFC 3339 writes them (section 5.6), which is how Google does.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_RFC3339_H
#define STUDIOD_RFC3339_H

#include <stdbool.h>
#include <stdint.h>

/* "2026-11-23T19:31:24.123Z", or with an offset like +01:00; a fraction has any number of digits, of
 * which three count. Milliseconds since 1970. False, and *ms 0, for NULL, for what is not such a text
 * to its end, for a day that its month lacks and for a time before 1970. A leap second is the second
 * after it. */
bool rfc3339_ms(const char *text, uint64_t *ms);

#endif
