/* tests/unit/test_message.c - every message: its golden bytes, its way there and back,
 * and what its reader refuses. `test_message --write` writes the golden file anew.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "proto/frame.h"
#include "tests/golden/sample.h"

static const char golden_path[] = "tests/golden/messages.txt";

static void
hex(const struct buf *b, char *out)
{
	for (size_t i = 0; i < b->n; i++)
		sprintf(out + 2 * i, "%02x", (unsigned char)b->p[i]);
	out[2 * b->n] = '\0';
}

static void
write_golden(void)
{
	FILE *f = fopen(golden_path, "w");
	static char text[4096];

	for (unsigned id = 1; id < MSG_LIMIT; id++) {
		union msg_any body = { 0 };
		struct buf b = { 0 };
		if (msg_spec(id) == NULL)
			continue;
		sample_fill(id, &body);
		assert_int_equal(msg_encode(&b, id, &body), 0);
		hex(&b, text);
		fprintf(f, "%02x %s %s\n", id, msg_spec(id)->name, text);
		buf_free(&b);
	}
	fclose(f);
}

/* The bytes of a message never change by accident: other processes may be older. */
static void
bytes_are_golden(void **state)
{
	FILE *f = fopen(golden_path, "r");
	static char line[8192], want[4096], have[4096];
	char name[64];
	unsigned id, count = 0, rows = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL) {
		union msg_any body = { 0 };
		struct buf b = { 0 };
		assert_int_equal(sscanf(line, "%x %63s %4095s", &id, name, want), 3);
		assert_non_null(msg_spec(id));
		assert_string_equal(msg_spec(id)->name, name);
		sample_fill(id, &body);
		assert_int_equal(msg_encode(&b, id, &body), 0);
		hex(&b, have);
		assert_string_equal(have, want);
		buf_free(&b);
		count++;
	}
	fclose(f);
	for (id = 1; id < MSG_LIMIT; id++)
		rows += msg_spec(id) != NULL;
	assert_int_equal(count, rows);
}

static void
there_and_back(void **state)
{
	(void)state;
	for (unsigned id = 1; id < MSG_LIMIT; id++) {
		union msg_any body = { 0 }, again = { 0 };
		struct buf one = { 0 }, two = { 0 };
		struct arena arena = { 0 };
		const char *why = NULL;

		if (msg_spec(id) == NULL)
			continue;
		sample_fill(id, &body);
		assert_int_equal(msg_encode(&one, id, &body), 0);
		assert_null(frame_check(one.p, one.n));
		assert_int_equal(msg_decode(id, one.p, one.n, &again, &arena, &why), 0);
		assert_int_equal(msg_encode(&two, id, &again), 0);
		assert_int_equal(one.n, two.n);
		assert_memory_equal(one.p, two.p, one.n);
		buf_free(&one);
		buf_free(&two);
		arena_free(&arena);
	}
}

/* Cut anywhere, a message is refused, and nothing is read past its end. */
static void
every_cut_is_refused(void **state)
{
	(void)state;
	for (unsigned id = 1; id < MSG_LIMIT; id++) {
		union msg_any body = { 0 };
		struct buf b = { 0 };

		if (msg_spec(id) == NULL || msg_spec(id)->nfields == 0)
			continue;
		sample_fill(id, &body);
		assert_int_equal(msg_encode(&b, id, &body), 0);
		for (size_t n = 0; n < b.n; n++) {
			char *exact = malloc(n ? n : 1);	/* a sanitizer sees the end */
			struct arena arena = { 0 };
			const char *why = NULL;
			memcpy(exact, b.p, n);
			assert_int_equal(msg_decode(id, exact, n, &body, &arena, &why), -E_BAD_MESSAGE);
			assert_non_null(why);
			arena_free(&arena);
			free(exact);
			sample_fill(id, &body);
		}
		buf_free(&b);
	}
}

static void
bounds_hold_both_ways(void **state)
{
	static char longer[256];
	struct msg_ctl_restart m = { .service = bytes_of(longer, 33) };
	struct buf b = { 0 };
	struct arena arena = { 0 };
	union msg_any body;
	const char *why = NULL;

	(void)state;
	memset(longer, 'x', sizeof longer);
	assert_int_equal(msg_encode(&b, MSG_ctl_restart, &m), -E_BAD_MESSAGE);
	assert_int_equal(b.n, 0);
	m.service.n = 32;
	assert_int_equal(msg_encode(&b, MSG_ctl_restart, &m), 0);
	buf_free(&b);

	/* a text one byte over its bound, as a sender without our encoder would write it */
	buf_add(&b, "\x91\xd9\x21", 3);
	buf_add(&b, longer, 33);
	assert_int_equal(msg_decode(MSG_ctl_restart, b.p, b.n, &body, &arena, &why), -E_BAD_MESSAGE);
	assert_string_equal(why, "service");
	buf_free(&b);

	/* the wrong type; text that is not UTF-8; a newer sender's extra field passes */
	assert_int_equal(msg_decode(MSG_ctl_restart, "\x91\x05", 2, &body, &arena, &why), -E_BAD_MESSAGE);
	assert_int_equal(msg_decode(MSG_ctl_restart, "\x91\xa1\xff", 3, &body, &arena, &why), -E_BAD_MESSAGE);
	assert_int_equal(msg_decode(MSG_ctl_restart, "\x92\xa1z\x07", 4, &body, &arena, &why), 0);
	assert_int_equal(msg_decode(MSG_ctl_restart, "\x91\xa1z\x07", 4, &body, &arena, &why), -E_BAD_MESSAGE);
	arena_free(&arena);
}

/* Two actors never disagree about who may say what. */
static void
the_table_is_sound(void **state)
{
	(void)state;
	for (unsigned id = 1; id < MSG_LIMIT; id++) {
		const struct msg_spec *row = msg_spec(id);
		if (row == NULL || row->answer == MSG_none)
			continue;
		const struct msg_spec *answer = msg_spec(row->answer);
		assert_non_null(answer);
		assert_true(answer->senders & row->receivers);
		assert_true(answer->receivers & row->senders);
		assert_int_equal(answer->answer, MSG_none);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_golden),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(bounds_hold_both_ways),
		cmocka_unit_test(the_table_is_sound),
	};

	if (argc > 1 && strcmp(argv[1], "--write") == 0) {
		write_golden();
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
