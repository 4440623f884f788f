/* tests/unit/test_sql_files.c - uploads, whose object a URI names, and what is to be deleted from
 * storage, on a real PostgreSQL.
 * Licence: Apache-2.0. */
#include "sql_rig.h"

static char id[37], uri[256];

static void
create(const char *who, const char *mime_type)
{
	PGresult *r = ASK(app, Q_file_create, who, "a boat.png", mime_type, "7", "gs://b/p");

	snprintf(id, sizeof id, "%s", PQgetvalue(r, 0, 0));
	snprintf(uri, sizeof uri, "%s", PQgetvalue(r, 0, 1));
	assert_string_equal(PQgetvalue(r, 0, 5), "t");
	PQclear(r);
}

static const char *
stored(const char *who, const char *many)
{
	char ids[64];

	snprintf(ids, sizeof ids, "[\"%s\"]", id);
	return first_of(ASK(app, Q_files_stored, who, ids, many));
}

static int
fresh(void **unused)
{
	if (sql_rig_fresh(unused) != 0)
		return -1;
	run("delete from studio.files");
	run("delete from studio.deletions");
	return 0;
}

static void
an_upload_lies_below_its_user(void **unused)
{
	char want[600];

	(void)unused;
	create(user, "audio/mpeg");
	snprintf(want, sizeof want, "gs://b/p/users/%s/uploads/%s.mp3", user, id);
	assert_string_equal(uri, want);
	snprintf(want, sizeof want, "{\"gcsUri\":\"%s\",\"signedUrl\":\"%s\\na boat.png\"}", uri, uri);
	assert_string_equal(stored(user, "f"), want);
	snprintf(want, sizeof want, "{\"files\":[{\"gcsUri\":\"%s\",\"signedUrl\":\"%s\\na boat.png\"}]}", uri, uri);
	assert_string_equal(stored(user, "t"), want);		/* said twice is said once */
	snprintf(want, sizeof want, "{\"signedUrl\":\"%s\\na boat.png\"}", uri);
	assert_string_equal(first_of(ASK(app, Q_file_url, user, uri)), want);
}

static void
only_its_owner_names_it(void **unused)
{
	(void)unused;
	create(user, "image/png");
	assert_string_equal(first_of(ASK(app, Q_file_get, user, uri)), "(no row)");	/* it is not there yet */
	stored(user, "f");
	assert_string_equal(first_of(ASK(app, Q_file_get, user, uri)), id);
	assert_string_equal(first_of(ASK(app, Q_file_get, other, uri)), "(no row)");
	assert_string_equal(first_of(ASK(app, Q_file_url, other, uri)), "(no row)");
	MUST_REFUSE(app, "NOT_FOUND", Q_files_stored, other, "[]", "f");
}

static void
a_result_is_named_by_its_owner_and_read_by_an_admin(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project);
	struct lease l = claim("7", "4", "4", m.job);
	char result[37], where[256], name[32], want[320];

	(void)unused;
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence, NULL)));
	assert_true(FINISH(&m, l.fence, "1/a.png\",\"metadata\":{\"mimeType\":\"image/png\",\"size\":77}"));
	snprintf(result, sizeof result, "%s", value("select id from studio.media_results"));
	snprintf(where, sizeof where, "%s", value("select result_url from studio.media_results"));
	PGresult *r = ASK(app, Q_content_get, user, "f", m.id, result);
	assert_string_equal(PQgetvalue(r, 0, 1), where);
	snprintf(name, sizeof name, "image-%.8s-%.4s-1", m.id, m.id + 32);
	assert_string_equal(PQgetvalue(r, 0, 2), name);
	snprintf(want, sizeof want, "\"resultUrl\":\"%s\\n%s\",", where, name);	/* under the same name in both ways */
	has(ASK(app, Q_generation_get, user, "f", m.id), want);
	assert_string_equal(PQgetvalue(r, 0, 3), "image/png");
	assert_string_equal(PQgetvalue(r, 0, 4), "77");
	assert_string_equal(PQgetvalue(r, 0, 5), "f");
	PQclear(r);
	assert_string_equal(first_of(ASK(app, Q_content_get, other, "f", m.id, result)), "(no row)");
	assert_string_equal(first_of(ASK(app, Q_content_get, other, "t", m.id, result)), result);
	assert_string_equal(first_of(ASK(app, Q_content_get, user, "f", result, result)), "(no row)");
	assert_string_equal(first_of(ASK(app, Q_file_get, user, where)), result);
	assert_string_equal(first_of(ASK(app, Q_file_get, other, where)), "(no row)");
}

static void
unfinished_uploads_are_bounded_and_go_away(void **unused)
{
	(void)unused;
	for (int i = 0; i < 100; i++)
		create(user, "image/png");
	MUST_REFUSE(app, "QUOTA_EXCEEDED", Q_file_create, user, "x", "image/png", "7", "gs://b/p");
	create(other, "image/png");
	run("update studio.files set created_at = now() - interval '61 minutes' where user_id = '%s'", user);
	PQclear(ASK(app, Q_prune_files, "3600000", "1000"));
	assert_string_equal(value("select count(*) from studio.files"), "1");
	assert_string_equal(value("select count(*) from studio.deletions where uri like 'gs://b/p/users/%s/uploads/%%.png'", user), "100");
	MUST_REFUSE(app, "UNSUPPORTED_MEDIA_TYPE", Q_file_create, user, "x", "text/html", "7", "gs://b/p");
}

/* The endings of proto/media_types.tbl.h are those of the database. */
static void
types_are_the_same_everywhere(void **unused)
{
	static const char *const types[][2] = {
#define MEDIA_TYPE(name, mime, extension) { mime, extension },
#include "proto/media_types.tbl.h"
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(types); i++)
		assert_string_equal(value("select studio.file_extension('%s')", types[i][0]), types[i][1]);
}

/* ---- deletions ---- */

static char deletion[24];

static const char *
due(void)
{
	static char out[256];
	PGresult *r = ASK(app, Q_deletion_claim, "60000");

	snprintf(deletion, sizeof deletion, "%s", PQgetvalue(r, 0, 0));
	snprintf(out, sizeof out, "%s", PQgetvalue(r, 0, 2));
	PQclear(r);
	return out;
}

static void
an_object_is_deleted_until_it_is_gone(void **unused)
{
	(void)unused;
	run("select studio.objects_doom('%s', 'gs://b/o')", user);
	assert_string_equal(due(), "gs://b/o");
	assert_string_equal(due(), "");				/* leased */
	assert_true(yes(ASK(app, Q_deletion_end, value("select id from studio.deletions"), "f", "it is held")));
	assert_string_equal(due(), "");				/* later */
	assert_string_equal(value("select run_at < now() + interval '8 s' and message = 'it is held' from studio.deletions"), "t");
	run("update studio.deletions set run_at = now()");
	assert_string_equal(due(), "gs://b/o");
	assert_string_equal(value("select tries from studio.deletions"), "2");
	assert_true(yes(ASK(app, Q_deletion_end, deletion, "t", "")));
	assert_string_equal(value("select count(*) from studio.deletions"), "0");
	assert_true(yes(ASK(app, Q_deletion_end, deletion, "t", "")));	/* said twice is said once */
	PGresult *r = ASK(app, Q_deletion_claim, "60000");
	assert_string_equal(PQgetvalue(r, 0, 4), "0");			/* nothing will be due */
	PQclear(r);
}

static void
a_prefix_is_looked_at_again(void **unused)
{
	(void)unused;
	run("select studio.objects_doom('%s', 'gs://b/all/')", user);
	assert_string_equal(due(), "gs://b/all/");
	assert_true(yes(ASK(app, Q_deletion_end, deletion, "t", "")));
	assert_true(yes(ASK(app, Q_deletion_end, deletion, "t", "")));	/* said twice is not looked at twice */
	assert_true(yes(ASK(app, Q_deletion_end, deletion, "f", "late")));
	assert_string_equal(value("select count(*) from studio.deletions"), "1");
	assert_string_equal(due(), "");
	assert_string_equal(value("select run_at > now() + interval '59 minutes' from studio.deletions"), "t");
	run("update studio.deletions set run_at = now()");
	assert_string_equal(due(), "gs://b/all/");
	assert_true(yes(ASK(app, Q_deletion_end, deletion, "t", "")));
	assert_string_equal(value("select count(*) from studio.deletions"), "0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_upload_lies_below_its_user, fresh),
		cmocka_unit_test_setup(only_its_owner_names_it, fresh),
		cmocka_unit_test_setup(a_result_is_named_by_its_owner_and_read_by_an_admin, fresh),
		cmocka_unit_test_setup(unfinished_uploads_are_bounded_and_go_away, fresh),
		cmocka_unit_test_setup(types_are_the_same_everywhere, fresh),
		cmocka_unit_test_setup(an_object_is_deleted_until_it_is_gone, fresh),
		cmocka_unit_test_setup(a_prefix_is_looked_at_again, fresh),
	};

	return sql_rig_run(tests);
}
