/* actors/auth/passwords.c - see passwords.h.
 * Owns: nothing. Fails: never.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/auth/passwords.h"

static const char *const common[] = {
#define COMMON(password) password,
#include "actors/auth/common_passwords.tbl.h"
};

enum { COMMON_LONGEST = 32 };

static int
compare(const void *key, const void *row)
{
	return strcmp(key, *(const char *const *)row);
}

bool
password_is_common(struct bytes password)
{
	char lower[COMMON_LONGEST + 1];

	if (password.n > COMMON_LONGEST)
		return false;
	for (uint32_t i = 0; i < password.n; i++) {
		char c = password.p[i];
		lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	lower[password.n] = '\0';
	bool found = bsearch(lower, common, COUNT(common), sizeof common[0], compare) != NULL;
	explicit_bzero(lower, sizeof lower);
	return found;
}

const char *
password_problem(struct bytes password)
{
	bool upper = false, lower = false, other = false;
	size_t n;

	if (!utf8_valid(password.p, password.n))
		return "password must be UTF-8 text";
	n = utf8_length(password.p, password.n);
	if (n < PASSWORD_SHORTEST)
		return "password must be longer than or equal to 8 characters";
	if (n > PASSWORD_LONGEST)
		return "password must be shorter than or equal to 128 characters";
	for (uint32_t i = 0; i < password.n; i++) {
		char c = password.p[i];
		if (c >= 'A' && c <= 'Z')
			upper = true;
		else if (c >= 'a' && c <= 'z')
			lower = true;
		else
			other = true;
	}
	if (!upper || !lower || !other)
		return "password must contain an upper-case letter, a lower-case letter and a digit or symbol";
	if (password_is_common(password))
		return "password is too common: choose one that is not on every list";
	return NULL;
}
