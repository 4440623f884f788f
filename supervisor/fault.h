/* supervisor/fault.h - why something could not be done, in words for the person who has to
 * put it right.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FAULT_H
#define STUDIOD_FAULT_H

#include <stdarg.h>
#include <stdio.h>

struct fault {
	char text[1024];
};

/* Writes the words; always -1, so that `return fault_set(...)` reads well. */
static inline int __attribute__((format(printf, 2, 3)))
fault_set(struct fault *f, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(f->text, sizeof f->text, format, ap);
	va_end(ap);
	return -1;
}

#endif
