/* tests/unit/test_tokens.c - tokens of one kind, one key and one algorithm are read; no
 * other is, however well it is made.
 * Licence: Apache-2.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <jwt.h>
#include <sodium.h>

#include "actors/auth/tokens.h"

static struct token_keys key, other;

#define SECRET_1 "a secret of at least thirty-two bytes"
#define SECRET_2 "another secret of thirty-two bytes .."
#define SECRET_3 "the third: secret of 32 bytes or more"

static void
keys_of(struct token_keys *k, const char *text)
{
	struct keyring ring;
	const char *why;

	assert_int_equal(keyring_parse(bytes_str(text), &ring, &why), 0);
	token_keys_init(k, &ring);
}

static struct token_claims
sample(void)
{
	struct token_claims c = { .issued_s = 1000, .expires_s = 1900, .email = "ann@example.org", .role = "ADMIN" };

	c.user.b[0] = 1;
	c.session.b[0] = 2;
	c.jti.b[0] = 3;
	return c;
}

static void
round_trip(void **unused)
{
	struct token_claims c = sample(), got;
	char t[TOKEN_MAX + 1];

	(void)unused;
	assert_int_equal(token_mint(TOKEN_access, &key, &c, t), 0);
	assert_int_equal(token_read(TOKEN_access, &key, bytes_str(t), 1899, &got), 0);
	assert_memory_equal(&got.user, &c.user, 16);
	assert_memory_equal(&got.session, &c.session, 16);
	assert_memory_equal(&got.jti, &c.jti, 16);
	assert_string_equal(got.email, c.email);
	assert_string_equal(got.role, c.role);
	assert_int_equal(got.expires_s, 1900);
	assert_int_equal(token_read(TOKEN_access, &key, bytes_str(t), 1900, &got), -E_TOKEN_EXPIRED);
}

static void
kinds_and_keys_never_mix(void **unused)
{
	struct token_claims c = sample(), got;
	char t[TOKEN_MAX + 1];

	(void)unused;
	assert_int_equal(token_mint(TOKEN_refresh, &key, &c, t), 0);
	assert_int_equal(token_read(TOKEN_access, &key, bytes_str(t), 1000, &got), -E_UNAUTHORIZED);
	assert_int_equal(token_read(TOKEN_refresh, &other, bytes_str(t), 1000, &got), -E_UNAUTHORIZED);
	assert_int_equal(token_read(TOKEN_refresh, &key, bytes_str(t), 1000, &got), 0);
	/* an expired token of another key is not ours to call expired */
	assert_int_equal(token_read(TOKEN_refresh, &other, bytes_str(t), 9999, &got), -E_UNAUTHORIZED);
}

/* A token with our claims, but with a header of the caller's choice. */
static char *
forge(jwt_alg_t alg, const struct token_keys *keys, const char *kid)
{
	const struct token_key *k = &keys->v[0];
	char id[37];
	jwt_t *jwt = NULL;
	struct token_claims c = sample();

	assert_int_equal(jwt_new(&jwt), 0);
	if (alg != JWT_ALG_NONE)
		assert_int_equal(jwt_set_alg(jwt, alg, (const unsigned char *)k->secret.p, (int)k->secret.n), 0);
	if (kid != NULL)
		jwt_add_header(jwt, "kid", kid);
	id_text(&c.user, id);
	jwt_add_grant(jwt, "typ", "access");
	jwt_add_grant(jwt, "iss", TOKEN_ISSUER);
	jwt_add_grant(jwt, "aud", TOKEN_AUDIENCE);
	jwt_add_grant(jwt, "sub", id);
	jwt_add_grant(jwt, "sid", id);
	jwt_add_grant(jwt, "jti", id);
	jwt_add_grant(jwt, "email", c.email);
	jwt_add_grant(jwt, "role", c.role);
	jwt_add_grant_int(jwt, "iat", 1000);
	jwt_add_grant_int(jwt, "exp", 1900);
	char *t = jwt_encode_str(jwt);
	jwt_free(jwt);
	assert_non_null(t);
	return t;
}

static void
the_algorithm_is_pinned(void **unused)
{
	const char *kid = key.v[0].kid;
	const struct { jwt_alg_t alg; bool ours; const char *kid; int want; } rows[] = {
		{ JWT_ALG_HS256, true, kid, 0 },
		{ JWT_ALG_HS256, true, NULL, -E_UNAUTHORIZED },
		{ JWT_ALG_HS384, true, kid, -E_UNAUTHORIZED },
		{ JWT_ALG_HS512, true, kid, -E_UNAUTHORIZED },
		{ JWT_ALG_NONE, true, kid, -E_UNAUTHORIZED },
		{ JWT_ALG_HS256, false, kid, -E_UNAUTHORIZED },
		{ JWT_ALG_HS256, true, "deadbeef", -E_UNAUTHORIZED },
	};
	struct token_claims got;

	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *t = forge(rows[i].alg, rows[i].ours ? &key : &other, rows[i].kid);
		assert_int_equal(token_read(TOKEN_access, &key, bytes_str(t), 1500, &got), rows[i].want);
		free(t);
	}
}

static void
keyrings_are_read(void **unused)
{
	static const char *const bad[] = { "", "short", "k:short", "k:" SECRET_1 ",", "k:" SECRET_1 ",," SECRET_2, "k:" SECRET_1 ",j:short",
		"k:" SECRET_1 ",k:" SECRET_2, "k:" SECRET_1 ",j:" SECRET_1, "k:" SECRET_1 "," SECRET_1,
		"a:" SECRET_1 "1,b:" SECRET_1 "2,c:" SECRET_1 "3,d:" SECRET_1 "4,e:" SECRET_1 "5,f:" SECRET_1 "6,g:" SECRET_1 "7,h:" SECRET_1 "8,i:" SECRET_1 "9" };
	struct keyring a, b;
	const char *why = NULL;

	(void)unused;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (keyring_parse(bytes_str(bad[i]), &a, &why) != -1 || why == NULL)
			fail_msg("%s", bad[i]);
	/* a single one, whatever is in it, as long as it does not begin like a list */
	assert_int_equal(keyring_parse(BYTES(SECRET_1 ",k:" SECRET_2), &a, &why), 0);
	assert_int_equal(a.n, 1);
	assert_true(bytes_eq(a.v[0].secret, SECRET_1 ",k:" SECRET_2) && a.v[0].name.n == 0);
	assert_int_equal(keyring_parse(BYTES("2026-11.b_1:" SECRET_1 "," SECRET_2), &a, &why), 0);
	assert_int_equal(a.n, 2);
	assert_true(bytes_eq(a.v[0].name, "2026-11.b_1") && bytes_eq(a.v[0].secret, SECRET_1));
	assert_true(bytes_eq(a.v[1].name, "") && bytes_eq(a.v[1].secret, SECRET_2));
	assert_int_equal(keyring_parse(BYTES(SECRET_2), &b, &why), 0);
	assert_true(keyring_shares(&a, &b));
	assert_int_equal(keyring_parse(BYTES(SECRET_3), &b, &why), 0);
	assert_false(keyring_shares(&a, &b));
}

static void
keys_are_replaced_without_logging_anybody_out(void **unused)
{
	static const struct { const char *then, *now; bool good; } rows[] = {
		{ SECRET_1, "new:" SECRET_2 "," SECRET_1, true },			/* the first time */
		{ SECRET_1, "new:" SECRET_2 ",old:" SECRET_1, true },		/* and with a name from now on */
		{ "a:" SECRET_1, "b:" SECRET_2 ",a:" SECRET_1, true },
		{ "a:" SECRET_1, "c:" SECRET_3 ",b:" SECRET_2 ",a:" SECRET_1, true },
		{ "a:" SECRET_1, "b:" SECRET_2, false },			/* it is gone */
		{ "a:" SECRET_1, "a:" SECRET_2, false },			/* the same name is not the same key */
		{ "a:" SECRET_1, "b:" SECRET_1, false },
	};
	char t[TOKEN_MAX + 1], fresh[TOKEN_MAX + 1];

	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct token_claims c = sample(), got;
		struct token_keys then, now;
		keys_of(&then, rows[i].then);
		keys_of(&now, rows[i].now);
		assert_int_equal(token_mint(TOKEN_access, &then, &c, t), 0);
		assert_int_equal(token_read(TOKEN_access, &now, bytes_str(t), 1000, &got), rows[i].good ? 0 : -E_UNAUTHORIZED);
		assert_int_equal(token_mint(TOKEN_access, &now, &c, fresh), 0);
		assert_int_equal(token_read(TOKEN_access, &now, bytes_str(fresh), 1000, &got), 0);
		if (strcmp(rows[i].now, "b:" SECRET_1) != 0)		/* old keys only verify */
			assert_int_equal(token_read(TOKEN_access, &then, bytes_str(fresh), 1000, &got), -E_UNAUTHORIZED);
	}
}

static void
every_changed_byte_is_refused(void **unused)
{
	struct token_claims c = sample(), got;
	char t[TOKEN_MAX + 1], bad[TOKEN_MAX + 1];

	(void)unused;
	assert_int_equal(token_mint(TOKEN_access, &key, &c, t), 0);
	size_t n = strlen(t);
	for (size_t i = 0; i < n; i++) {
		if (i == n - 1)		/* the last character carries spare bits */
			continue;
		memcpy(bad, t, n + 1);
		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		assert_int_equal(token_read(TOKEN_access, &key, bytes_of(bad, n), 1000, &got), -E_UNAUTHORIZED);
	}
	for (size_t k = 0; k < n; k++)
		assert_int_equal(token_read(TOKEN_access, &key, bytes_of(t, k), 1000, &got), -E_UNAUTHORIZED);
}

static void
rubbish_is_refused(void **unused)
{
	static const char *const rows[] = { "", ".", "..", "a.b.c", "....", "null", "eyJhbGciOiJub25lIn0..",
		"eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJIUzI1NiJ9.e30.AAAA" };
	static char longest[TOKEN_MAX + 2];
	struct token_claims got;

	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(token_read(TOKEN_access, &key, bytes_str(rows[i]), 1000, &got), -E_UNAUTHORIZED);
	memset(longest, 'a', sizeof longest);
	assert_int_equal(token_read(TOKEN_access, &key, bytes_of(longest, sizeof longest), 1000, &got), -E_UNAUTHORIZED);
	assert_int_equal(token_read(TOKEN_access, &key, bytes_of("a\0b", 3), 1000, &got), -E_UNAUTHORIZED);
}

static void
the_next_token_follows_from_the_spent_one(void **unused)
{
	const uint64_t week = 7ull * 86400 * 1000, now = 1700000000000;
	struct token_claims a = sample(), b = sample(), c = sample();
	uint8_t spent[TOKEN_HASH] = { 1 }, another[TOKEN_HASH] = { 2 };

	(void)unused;
	token_next(&a, &key, spent, now, week);
	token_next(&b, &key, spent, now, week);
	assert_memory_equal(&a.jti, &b.jti, 16);
	assert_int_equal(a.expires_s, b.expires_s);
	assert_true(a.issued_s * 1000 <= now);
	token_next(&c, &key, another, now, week);
	assert_memory_not_equal(&a.jti, &c.jti, 16);
	token_next(&c, &other, spent, now, week);
	assert_memory_not_equal(&a.jti, &c.jti, 16);
}

static void
the_next_token_keeps_within_its_lifetime(void **unused)
{
	static const uint64_t lifetimes_s[] = { 60, 90, 600, 3600, 7 * 86400, 365 * 86400 };
	const uint8_t spent[TOKEN_HASH] = { 1 };

	(void)unused;
	for (size_t i = 0; i < COUNT(lifetimes_s); i++) {
		uint64_t life = lifetimes_s[i], slack = life / 8 < 60 ? life / 8 : 60;
		for (uint64_t now_s = 1700000000; now_s < 1700000130; now_s++) {
			struct token_claims c = sample();
			token_next(&c, &key, spent, now_s * 1000 + 999, life * 1000);
			assert_int_equal(c.expires_s - c.issued_s, life);
			assert_true(c.expires_s <= now_s + life);
			assert_true(c.expires_s + slack > now_s + life);
		}
	}
}

/* How often a text lies in the heap. */
static unsigned
heap_holds(const char *text, size_t n)
{
	char line[512];
	unsigned found = 0;
	FILE *f = fopen("/proc/self/maps", "r");

	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL) {
		unsigned long from, to;
		if (strstr(line, "[heap]") == NULL || sscanf(line, "%lx-%lx", &from, &to) != 2)
			continue;
		for (const char *p = (const char *)from; (p = memmem(p, to - (uintptr_t)p, text, n)) != NULL; p++)
			found++;
	}
	fclose(f);
	return found;
}

/* libjwt and jansson copy a token several times over. */
static void
no_token_is_left_in_the_heap(void **unused)
{
	static char t[TOKEN_MAX + 1], *volatile copy;
	struct token_claims c = sample(), got;

	(void)unused;
#ifdef __SANITIZE_ADDRESS__
	skip();			/* it has a heap of its own */
#endif
	c.user = id_random(1);
	assert_int_equal(token_mint(TOKEN_access, &key, &c, t), 0);
	copy = strdup(t);
	assert_int_equal(heap_holds(t, strlen(t)), 1);	/* so it can be found */
	copy = realloc(copy, 100000);
	assert_int_equal(heap_holds(t, strlen(t)), 1);
	free(copy);
	for (int i = 0; i < 20; i++)
		assert_int_equal(token_read(TOKEN_access, &key, bytes_str(t), 1000, &got), 0);
	const char *payload = strchr(t, '.') + 1, *signature = strrchr(t, '.') + 1;
	assert_int_equal(heap_holds(t, strlen(t)), 0);
	assert_int_equal(heap_holds(payload, (size_t)(signature - payload) - 1), 0);
	assert_int_equal(heap_holds(signature, strlen(signature)), 0);
}

static void
the_longest_claims_fit(void **unused)
{
	struct token_claims c = sample(), got;
	char t[TOKEN_MAX + 1];

	(void)unused;
	memset(c.email, '"', 254);
	assert_int_equal(token_mint(TOKEN_access, &key, &c, t), 0);
	assert_int_equal(token_read(TOKEN_access, &key, bytes_str(t), 1000, &got), 0);
	assert_string_equal(got.email, c.email);
}

static void
ids_are_version_7_and_differ(void **unused)
{
	struct id a = id_random(0x0102030405060708), b = id_random(0x0102030405060708);

	(void)unused;
	assert_memory_equal(a.b, "\x03\x04\x05\x06\x07\x08", 6);
	assert_int_equal(a.b[6] >> 4, 7);
	assert_int_equal(a.b[8] >> 6, 2);
	assert_memory_not_equal(&a, &b, 16);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(kinds_and_keys_never_mix),
		cmocka_unit_test(the_algorithm_is_pinned),
		cmocka_unit_test(keyrings_are_read),
		cmocka_unit_test(keys_are_replaced_without_logging_anybody_out),
		cmocka_unit_test(every_changed_byte_is_refused),
		cmocka_unit_test(rubbish_is_refused),
		cmocka_unit_test(the_next_token_follows_from_the_spent_one),
		cmocka_unit_test(the_next_token_keeps_within_its_lifetime),
		cmocka_unit_test(no_token_is_left_in_the_heap),
		cmocka_unit_test(the_longest_claims_fit),
		cmocka_unit_test(ids_are_version_7_and_differ),
	};

	if (sodium_init() < 0)
		return 1;
	keys_of(&key, SECRET_1);
	keys_of(&other, SECRET_2);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
