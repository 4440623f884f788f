/* tests/golden/sample.c - see sample.h.
 * Licence: Apache-2.0. */
#include "tests/golden/sample.h"

void
sample_fill(unsigned msg, union msg_any *body)
{
	static const struct bytes items[] = { { "one", 3 }, { "", 0 }, { "\x00\xff", 2 } };
	static const char text[] = "z\xc3\xa4hl";	/* UTF-8 beyond ASCII */
	const struct msg_spec *row = msg_spec(msg);

	for (unsigned i = 0; i < row->nfields; i++) {
		const struct field_row *f = &row->fields[i];
		char *at = (char *)body + f->offset;
		uint32_t n = sizeof text - 1;

		switch (f->kind) {
		case F_ID:
			for (int k = 0; k < 16; k++)
				at[k] = (char)(msg + i + (unsigned)k);
			break;
		case F_U32:
			*(uint32_t *)(void *)at = 0x01020304u * (i + 1);
			break;
		case F_U64:
			*(uint64_t *)(void *)at = 0x0102030405060708u + i;
			break;
		case F_FLAG:
			*(bool *)(void *)at = i % 2 == 0;
			break;
		case F_STR:
		case F_BIN:
			*(struct bytes *)(void *)at = (struct bytes){ text, n < f->max ? n : f->max };
			break;
		case F_LIST:
			*(struct bytes_list *)(void *)at = (struct bytes_list){ items, COUNT(items) };
			break;
		}
	}
}
