/* tests/unit/test_show.c - answers of proto/answers.tbl.h from messages; names in JSON.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/front/names.h"
#include "actors/front/show.h"

static void
names_are_camel_case(void **state)
{
	static const struct { const char *snake, *camel; } rows[] = {
		{ "email", "email" }, { "first_name", "firstName" }, { "google_project_id", "googleProjectId" }, { "a_", "a_" }, { "", "" },
	};
	char out[NAME_MAX_BYTES];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		name_camel(rows[i].snake, out);
		assert_string_equal(out, rows[i].camel);
	}
	assert_string_equal(name_field(msg_spec(MSG_session_opened), "accessToken")->name, "access_token");
	assert_string_equal(name_field(msg_spec(MSG_session_opened), "access_token")->name, "access_token");
	assert_string_equal(name_field(msg_spec(MSG_session_opened), "userId")->name, "user");
	assert_null(name_field(msg_spec(MSG_session_opened), "roleId"));
}

static void
an_answer_is_written_from_its_message(void **state)
{
	struct msg_session_opened m = { .access_token = BYTES("a\"b"), .refresh_token = BYTES("r"), .expires_in = 900,
		.role = BYTES("USER"), .user_json = BYTES("{\"id\":1}") };
	struct buf b = { 0 };

	(void)state;
	assert_true(show_fits(ANSWER_auth_response, MSG_session_opened));
	assert_int_equal(show_write(&b, ANSWER_auth_response, MSG_session_opened, &m), 0);
	assert_int_equal(buf_add(&b, "", 1), 0);
	assert_string_equal(b.p, "{\"access_token\":\"a\\\"b\",\"refresh_token\":\"r\",\"accessToken\":\"a\\\"b\",\"refreshToken\":\"r\","
	    "\"tokenType\":\"Bearer\",\"expiresIn\":900,\"userId\":\"00000000-0000-0000-0000-000000000000\",\"role\":\"USER\",\"user\":{\"id\":1}}");
	buf_free(&b);
}

static void
a_message_that_lacks_a_field_is_refused(void **state)
{
	struct buf b = { 0 };

	(void)state;
	assert_false(show_fits(ANSWER_auth_response, MSG_done));
	assert_false(show_fits(ANSWER_nothing, MSG_done));
	assert_false(show_fits(ANSWER_projects, MSG_row));
	assert_int_equal(show_write(&b, ANSWER_user, MSG_done, &(struct msg_done){ true }), -1);
	assert_int_equal(b.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_camel_case),
		cmocka_unit_test(an_answer_is_written_from_its_message),
		cmocka_unit_test(a_message_that_lacks_a_field_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
