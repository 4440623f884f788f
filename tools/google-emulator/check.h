/* check.h - is this JSON object what the table says it must be?
 * Owns:  nothing.
 * Fails: with the first problem found, in Google's words, and the field's path. */
#ifndef EMULATOR_CHECK_H
#define EMULATOR_CHECK_H

#include <jansson.h>

enum field_kind {
	F_END,		/* ends a table: { 0 } */
	F_ANY,
	F_BOOL,
	F_INT,		/* a whole number from min to max */
	F_NUMBER,	/* from min to max */
	F_STRING,	/* from min to max bytes (max 0: 65536) */
	F_WORD,		/* one of choices, in either letter case */
	F_ENUM,		/* one of choices, or its number: choices are "NAME=1 .." */
	F_BYTES,	/* base64, from min to max bytes (max 0: 30 MB) */
	F_GCS_URI,	/* gs://bucket/object */
	F_GCS_PREFIX,	/* gs://bucket or gs://bucket/prefix */
	F_OBJECT,	/* sub is its table */
	F_LIST,		/* of objects by sub, from min to max of them */
	F_STRINGS,	/* a list of strings */
	F_MAP		/* an object of strings */
};

#define F_REQUIRED	1u
#define F_TYPED		2u	/* proto message: "12" is as good as 12 */
#define F_EXACT		4u	/* F_WORD: letter case counts */

struct field {
	const char		*name;
	enum field_kind		 kind;
	unsigned		 flags;
	double			 min, max;
	const char		*choices;
	const struct field	*sub;
};

struct problem {
	char	field[160];
	char	message[512];
};

/* 0, or -1 with *why filled. JSON null counts as absent. */
int	check_object(const json_t *, const struct field *, const char *where,
	    struct problem *why);
/* The number of an F_ENUM value by its choices, or -1. */
int	check_enum(const json_t *, const char *choices);

int	problem_set(struct problem *, const char *field, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

#endif
