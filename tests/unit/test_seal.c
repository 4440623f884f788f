/* tests/unit/test_seal.c - tickets and grants: what was sealed opens, and nothing else does.
 * Licence: Apache-2.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>

#include "actors/common/seal.h"

static uint8_t key_a[SEAL_KEY_BYTES], key_b[SEAL_KEY_BYTES];
#define KEY(k) bytes_of(k, sizeof(k))

static struct ticket
sample(void)
{
	struct ticket t = { .admin = true, .expires_ms = 5000 };

	for (uint8_t i = 0; i < 16; i++) {
		t.user.b[i] = i;
		t.session.b[i] = (uint8_t)(200 + i);
	}
	return t;
}

static void
ticket_round_trip(void **unused)
{
	struct ticket t = sample(), got;
	uint8_t out[SEAL_MAX];
	size_t n = ticket_seal(&t, ROLE_db, KEY(key_a), out);

	(void)unused;
	assert_true(n > 0 && n <= 256);
	assert_int_equal(ticket_open(&got, ROLE_db, TICKET_ALL, KEY(key_a), bytes_of(out, n), 4999), 0);
	assert_true(id_eq(&got.user, &t.user) && id_eq(&got.session, &t.session));
	assert_true(got.admin);
	assert_int_equal(got.expires_ms, 5000);
	assert_int_equal(got.scope, TICKET_ALL);
}

static void
a_ticket_for_listening_is_for_nothing_else(void **unused)
{
	struct ticket t = sample(), got;
	uint8_t out[SEAL_MAX];
	size_t n;

	(void)unused;
	n = ticket_seal(&t, ROLE_db, KEY(key_a), out);
	assert_int_equal(ticket_open(&got, ROLE_db, TICKET_LISTEN, KEY(key_a), bytes_of(out, n), 0), 0);	/* who may do all may listen */
	assert_true(got.admin && got.scope == TICKET_ALL);
	t.scope = TICKET_LISTEN;
	n = ticket_seal(&t, ROLE_db, KEY(key_a), out);
	assert_true(n > 0 && n <= 256);
	assert_int_equal(ticket_open(&got, ROLE_db, TICKET_ALL, KEY(key_a), bytes_of(out, n), 0), -E_UNAUTHORIZED);
	assert_int_equal(ticket_open(&got, ROLE_db, TICKET_LISTEN, KEY(key_a), bytes_of(out, n), 0), 0);
	assert_true(!got.admin && got.scope == TICKET_LISTEN && id_eq(&got.session, &t.session));
	assert_int_equal(ticket_open(&got, ROLE_vertex, TICKET_LISTEN, KEY(key_a), bytes_of(out, n), 0), -E_UNAUTHORIZED);
	assert_int_equal(ticket_open(&got, ROLE_db, TICKET_LISTEN, KEY(key_a), bytes_of(out, n), 5000), -E_TOKEN_EXPIRED);
}

static void
ticket_is_for_one_receiver(void **unused)
{
	struct ticket t = sample(), got;
	uint8_t out[SEAL_MAX];
	size_t n = ticket_seal(&t, ROLE_db, KEY(key_a), out);

	(void)unused;
	assert_int_equal(ticket_open(&got, ROLE_vertex, TICKET_ALL, KEY(key_a), bytes_of(out, n), 0), -E_UNAUTHORIZED);
	assert_int_equal(ticket_open(&got, ROLE_db, TICKET_ALL, KEY(key_b), bytes_of(out, n), 0), -E_UNAUTHORIZED);
	assert_int_equal(ticket_open(&got, ROLE_db, TICKET_ALL, (struct bytes){ "", 0 }, bytes_of(out, n), 0), -E_UNAUTHORIZED);
}

static void
ticket_ends(void **unused)
{
	struct ticket t = sample(), got;
	uint8_t out[SEAL_MAX];
	size_t n = ticket_seal(&t, ROLE_db, KEY(key_a), out);

	(void)unused;
	assert_int_equal(ticket_open(&got, ROLE_db, TICKET_ALL, KEY(key_a), bytes_of(out, n), 5000), -E_TOKEN_EXPIRED);
	assert_int_equal(ticket_open(&got, ROLE_db, TICKET_ALL, KEY(key_a), bytes_of(out, n), UINT64_MAX), -E_TOKEN_EXPIRED);
}

static void
every_flipped_bit_and_every_length_is_refused(void **unused)
{
	struct ticket t = sample(), got;
	uint8_t out[SEAL_MAX], bad[SEAL_MAX];
	size_t n = ticket_seal(&t, ROLE_db, KEY(key_a), out);

	(void)unused;
	for (size_t i = 0; i < n * 8; i++) {
		memcpy(bad, out, n);
		bad[i / 8] ^= (uint8_t)(1u << (i % 8));
		assert_int_equal(ticket_open(&got, ROLE_db, TICKET_ALL, KEY(key_a), bytes_of(bad, n), 0), -E_UNAUTHORIZED);
	}
	for (size_t k = 0; k < n; k++)
		assert_int_equal(ticket_open(&got, ROLE_db, TICKET_ALL, KEY(key_a), bytes_of(out, k), 0), -E_UNAUTHORIZED);
	memset(bad, 0, sizeof bad);
	memcpy(bad, out, n);
	assert_int_equal(ticket_open(&got, ROLE_db, TICKET_ALL, KEY(key_a), bytes_of(bad, n + 1), 0), -E_UNAUTHORIZED);
	assert_int_equal(ticket_open(&got, ROLE_db, TICKET_ALL, KEY(key_a), bytes_of(bad, SEAL_MAX + 1), 0), -E_UNAUTHORIZED);
}

static void
grant_round_trip_and_bounds(void **unused)
{
	static char longest[GRANT_URI_MAX + 1];
	uint8_t out[SEAL_MAX], scratch[SEAL_MAX];
	struct grant g = { .expires_ms = 10, .uri = BYTES("gs://bucket/users/u/object.png") }, got;
	size_t n;

	(void)unused;
	memset(longest, 'x', sizeof longest);
	g.user.b[3] = 7;
	n = grant_seal(&g, KEY(key_a), out);
	assert_true(n > 0);
	assert_int_equal(grant_open(&got, GRANT_READ, KEY(key_a), bytes_of(out, n), 9, scratch), 0);
	assert_true(bytes_eq(got.uri, "gs://bucket/users/u/object.png"));
	assert_true(id_eq(&got.user, &g.user));
	assert_int_equal(grant_open(&got, GRANT_READ, KEY(key_a), bytes_of(out, n), 10, scratch), -E_TOKEN_EXPIRED);
	assert_int_equal(grant_open(&got, GRANT_READ, KEY(key_b), bytes_of(out, n), 9, scratch), -E_UNAUTHORIZED);

	g.uri = bytes_of(longest, GRANT_URI_MAX);
	n = grant_seal(&g, KEY(key_a), out);
	assert_true(n > 0 && n <= SEAL_MAX);
	assert_int_equal(grant_open(&got, GRANT_READ, KEY(key_a), bytes_of(out, n), 9, scratch), 0);
	g.uri.n = GRANT_URI_MAX + 1;
	assert_int_equal(grant_seal(&g, KEY(key_a), out), 0);
	g.uri.n = 0;
	assert_int_equal(grant_seal(&g, KEY(key_a), out), 0);
}

static void
a_ticket_is_no_grant(void **unused)
{
	struct ticket t = sample();
	struct grant g;
	uint8_t out[SEAL_MAX], scratch[SEAL_MAX];
	size_t n = ticket_seal(&t, ROLE_vertex, KEY(key_a), out);

	(void)unused;
	assert_int_equal(grant_open(&g, GRANT_READ, KEY(key_a), bytes_of(out, n), 0, scratch), -E_UNAUTHORIZED);
}

static void
a_grant_is_for_one_use(void **unused)
{
	static const enum grant_use uses[] = { GRANT_READ, GRANT_WRITE, GRANT_DELETE };
	uint8_t out[SEAL_MAX], scratch[SEAL_MAX];
	struct grant got;

	(void)unused;
	for (size_t made = 0; made < COUNT(uses); made++)
		for (size_t used = 0; used < COUNT(uses); used++) {
			struct grant g = { .use = uses[made], .expires_ms = 10, .uri = BYTES("gs://bucket/o") };
			size_t n = grant_seal(&g, KEY(key_a), out);
			assert_int_equal(grant_open(&got, uses[used], KEY(key_a), bytes_of(out, n), 0, scratch), made == used ? 0 : -E_UNAUTHORIZED);
		}
}

static void
two_seals_of_one_fact_differ(void **unused)
{
	struct ticket t = sample();
	uint8_t one[SEAL_MAX], two[SEAL_MAX];
	size_t n = ticket_seal(&t, ROLE_db, KEY(key_a), one);

	(void)unused;
	assert_int_equal(ticket_seal(&t, ROLE_db, KEY(key_a), two), n);
	assert_memory_not_equal(one, two, n);
	assert_int_equal(ticket_seal(&t, ROLE_db, bytes_of(key_a, 31), two), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticket_round_trip),
		cmocka_unit_test(a_ticket_for_listening_is_for_nothing_else),
		cmocka_unit_test(ticket_is_for_one_receiver),
		cmocka_unit_test(ticket_ends),
		cmocka_unit_test(every_flipped_bit_and_every_length_is_refused),
		cmocka_unit_test(grant_round_trip_and_bounds),
		cmocka_unit_test(a_ticket_is_no_grant),
		cmocka_unit_test(a_grant_is_for_one_use),
		cmocka_unit_test(two_seals_of_one_fact_differ),
	};

	if (sodium_init() < 0)
		return 1;
	randombytes_buf(key_a, sizeof key_a);
	randombytes_buf(key_b, sizeof key_b);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
