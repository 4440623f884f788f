/* tests/unit/test_sql_history.c - the history: its pages, what is read by cursor, and what a video
 * is polled by.
 * Licence: Apache-2.0. */
#include "sql_rig.h"

/* One answer of the history; NULL is null. */
static const char *
history(const char *who, const char *page, const char *limit, const char *kind, const char *cursor)
{
	return first_of(ASK(app, Q_generation_page, who, page, limit, kind, NULL, NULL, NULL, NULL, NULL, cursor));
}

/* A text member of JSON that PostgreSQL wrote, at or after *at; "" where it is null or absent. */
static const char *
member(const char **at, const char *name, char *out, size_t room)
{
	char key[32];
	const char *p;

	snprintf(key, sizeof key, "\"%s\":\"", name);
	out[0] = '\0';
	if ((p = strstr(*at, key)) == NULL)
		return out;
	p += strlen(key);
	snprintf(out, room, "%.*s", (int)strcspn(p, "\""), p);
	*at = p;
	return out;
}

static const char *
next_of(const char *json, char out[64])
{
	const char *at = strstr(json, "\"meta\":");

	assert_non_null(at);
	return member(&at, "nextCursor", out, 64);
}

/* ---- pages ---- */

static void
every_page_tells_the_same_total(void **unused)
{
	static const struct { const char *page, *meta; } pages[] = {
		{ "1", "\"totalItems\":4,\"itemCount\":2,\"itemsPerPage\":2,\"totalPages\":2,\"currentPage\":1}" },
		{ "2", "\"totalItems\":4,\"itemCount\":2,\"itemsPerPage\":2,\"totalPages\":2,\"currentPage\":2}" },
		{ "3", "{\"data\":[],\"meta\":{\"totalItems\":4,\"itemCount\":0,\"itemsPerPage\":2,\"totalPages\":2,\"currentPage\":3}}" },
		{ "1000000", "\"totalItems\":4,\"itemCount\":0," },
	};

	(void)unused;
	for (int i = 0; i < 4; i++)
		generate(user, "IMAGE", "", "\\x00", project);
	for (size_t i = 0; i < COUNT(pages); i++)
		assert_non_null(strstr(history(user, pages[i].page, "2", NULL, NULL), pages[i].meta));
	generate(user, "IMAGE", "", "\\x00", project);		/* now the last page is not full */
	assert_non_null(strstr(history(user, "3", "2", NULL, NULL), "\"totalItems\":5,\"itemCount\":1,"));
}

/* ---- by cursor ---- */

static void
a_cursor_reads_all_of_it_once_while_more_is_made(void **unused)
{
	char cursor[64] = "", id[37], before[37] = "z";
	int seen = 0, answers = 0;

	(void)unused;
	for (int i = 0; i < 25; i++)
		generate(user, i % 2 ? "IMAGE" : "VIDEO", "", "\\x00", project);
	generate(other, "IMAGE", "", "\\x00", project);
	run("update studio.media_generations set created_at = '2026-01-02T03:04:05.123456Z' where user_id = '%s'", user);	/* all at once */
	do {
		const char *json = history(user, "0", "4", NULL, cursor), *at = json;
		next_of(json, cursor);
		answers++;
		while (strncmp(at, "\"meta\"", 6) != 0 && member(&at, "id", id, sizeof id)[0] != '\0') {
			assert_true(strcmp(id, before) < 0);	/* the time is the same: the id decides */
			strcpy(before, id);
			seen++;
		}
		generate(user, "AUDIO", "", "\\x00", project);	/* newer than all: it moves nothing */
	} while (cursor[0] != '\0');
	assert_int_equal(seen, 25);
	assert_int_equal(answers, 7);
}

static void
a_cursor_keeps_the_filters_of_whoever_asks(void **unused)
{
	char cursor[64];
	const char *json;

	(void)unused;
	for (int i = 0; i < 6; i++)
		generate(user, i % 2 ? "IMAGE" : "VIDEO", "", "\\x00", project);
	json = history(user, "0", "2", "VIDEO", "");
	assert_non_null(strstr(json, "\"meta\":{\"itemCount\":2,\"itemsPerPage\":2,\"nextCursor\":\""));
	next_of(json, cursor);
	json = history(user, "0", "2", "VIDEO", cursor);
	assert_non_null(strstr(json, "\"meta\":{\"itemCount\":1,\"itemsPerPage\":2,\"nextCursor\":null}}"));
	assert_null(strstr(json, "\"IMAGE\""));
	/* of another user it is a place in that one's own history */
	json = history(other, "0", "2", NULL, cursor);
	assert_string_equal(json, "{\"data\":[],\"meta\":{\"itemCount\":0,\"itemsPerPage\":2,\"nextCursor\":null}}");
	json = history(user, "0", "3", "VIDEO", "");
	assert_non_null(strstr(json, "\"itemCount\":3,\"itemsPerPage\":3,\"nextCursor\":null}"));
}

static void
cursors_that_are_made_up_are_places_or_refused(void **unused)
{
	static const char *const bad[] = { "x", "AAAA", "________________________________", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!",
		"f_________AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };

	(void)unused;
	generate(user, "IMAGE", "", "\\x00", project);
	for (size_t i = 0; i < COUNT(bad); i++)
		MUST_REFUSE(app, "VALIDATION_ERROR", Q_generation_page, user, "0", "2", NULL, NULL, NULL, NULL, NULL, NULL, bad[i]);
	MUST_REFUSE(app, "VALIDATION_ERROR", Q_generation_page, user, "1", "2", NULL, NULL, NULL, NULL, NULL, NULL, "");
	/* before all there is */
	assert_non_null(strstr(history(user, "0", "2", NULL, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), "\"itemCount\":0"));
	/* and the last microsecond that there can be, after all */
	assert_non_null(strstr(history(user, "0", "2", NULL, value("select studio.cursor_text('9999-12-31T23:59:59.999999Z', studio.uuid_v7())")),
	    "\"itemCount\":1"));
}

static void
deep_places_are_found_by_the_index(void **unused)
{
	PGresult *r;
	bool found = false;

	(void)unused;
	PQclear(sql(owner, "set enable_seqscan = off"));
	r = sql(owner, "explain select h.id from studio.history_of('00000000-0000-7000-8000-000000000001', null, null, null, null, null, null) h "
	    "where (h.created_at, h.id) < (now(), '00000000-0000-7000-8000-000000000001') order by h.created_at desc, h.id desc limit 11");
	for (int i = 0; i < PQntuples(r); i++)
		found |= strstr(PQgetvalue(r, i, 0), "Index Cond") != NULL && strstr(PQgetvalue(r, i, 0), "ROW(created_at, id) <") != NULL;
	PQclear(r);
	PQclear(sql(owner, "reset enable_seqscan"));
	assert_true(found);
}

/* ---- operations ---- */

static void
a_video_is_found_by_its_operation(void **unused)
{
	struct made video = generate(user, "VIDEO", "", "\\x00", project), image = generate(user, "IMAGE", "", "\\x00", project);

	(void)unused;
	assert_non_null(strstr(first_of(ASK(app, Q_generation_by_operation, user, "f", video.id)), "\"mediaType\":\"VIDEO\""));
	assert_string_equal(first_of(ASK(app, Q_generation_by_operation, other, "f", video.id)), "(no row)");
	assert_non_null(strstr(first_of(ASK(app, Q_generation_by_operation, other, "t", video.id)), video.id));
	assert_string_equal(first_of(ASK(app, Q_generation_by_operation, user, "f", image.id)), "(no row)");
	assert_string_equal(first_of(ASK(app, Q_generation_by_operation, user, "f", "projects/p/operations/1")), "(no row)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_page_tells_the_same_total),
		CASE(a_cursor_reads_all_of_it_once_while_more_is_made),
		CASE(a_cursor_keeps_the_filters_of_whoever_asks),
		CASE(cursors_that_are_made_up_are_places_or_refused),
		CASE(deep_places_are_found_by_the_index),
		CASE(a_video_is_found_by_its_operation),
	};

	return sql_rig_run(tests);
}
