/* tests/unit/test_settings.c - settings: sources, ranges, secrets, and all problems at once.
 * Run from the repository's root: it compares etc/studio.conf with the table.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "supervisor/google.h"
#include "supervisor/settings.h"

struct made {
	struct settings s;
	struct problems p;
};

/* Loads from a file's text (NULL: none) and up to eight variables. */
static struct made
load(const char *file, const char *const *env)
{
	struct made m = { .p = { 0 } };
	char path[] = "/tmp/studio-settings-XXXXXX", *copies[9] = { NULL };
	int fd = -1;

	if (file != NULL) {
		fd = mkstemp(path);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, file, strlen(file)), (ssize_t)strlen(file));
		close(fd);
	}
	for (size_t i = 0; env != NULL && env[i] != NULL; i++)
		copies[i] = strdup(env[i]);
	settings_load(&m.s, file != NULL ? path : NULL, copies, &m.p);
	for (size_t i = 0; i < 9; i++)
		free(copies[i]);
	if (file != NULL)
		unlink(path);
	return m;
}

static void
done(struct made *m)
{
	settings_free(&m->s);
	problems_free(&m->p);
}

static bool
has_problem(const struct problems *p, const char *part)
{
	for (size_t i = 0; i < p->n; i++)
		if (strstr(p->v[i], part) != NULL)
			return true;
	return false;
}

static void
durations(void **state)
{
	static const struct { const char *text; uint64_t ms; } good[] = {
		{ "15m", 900000 }, { "7d", 604800000 }, { "500ms", 500 }, { "60", 60000 }, { "1h", 3600000 }, { "0s", 0 },
	};
	static const char *const bad[] = { "", "m", "1y", "-1s", "1.5s", "1 s", "999999999999999999d", "0x10" };
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(duration_parse(good[i].text, &v));
		assert_int_equal(v, good[i].ms);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(duration_parse(bad[i], &v));
	assert_true(bytes_parse("20MiB", &v));
	assert_int_equal(v, 20 << 20);
}

static void
development_needs_nothing(void **state)
{
	struct made m = load(NULL, NULL);

	(void)state;
	settings_missing(&m.s, &m.p);
	assert_int_equal(m.p.n, 0);
	assert_int_equal(m.s.number[SET_PORT], 3000);
	assert_string_equal(settings_text(&m.s, SET_ADMIN_EMAIL), "admin@studio.local");
	assert_true(settings_generated(&m.s, SET_JWT_SECRET));
	done(&m);
}

static void
production_tells_all_that_is_missing(void **state)
{
	static const char *const env[] = { "STUDIO_ENV=production", "GOOGLE_METADATA=off", NULL };
	static const char *const names[] = { "DATABASE_URL", "JWT_SECRET", "JWT_REFRESH_SECRET", "GOOGLE_APPLICATION_CREDENTIALS",
		"VERTEX_AI_PROJECT_ID", "VERTEX_AI_STORAGE_URI", "TLS_CERT", "TLS_KEY" };
	struct made m = load(NULL, env);

	(void)state;
	setenv("CLOUDSDK_CONFIG", "/nowhere", 1);
	settings_missing(&m.s, &m.p);
	for (size_t i = 0; i < COUNT(names); i++)
		assert_true(has_problem(&m.p, names[i]));
	assert_int_equal(m.p.n, COUNT(names));
	assert_null(m.s.value[SET_PORT]);	/* plain HTTP is development's */
	done(&m);
}

/* The order of Application Default Credentials. */
static void
google_credentials_in_order(void **state)
{
	static const char *const none[] = { "STUDIO_ENV=production", NULL }, *const off[] = { "STUDIO_ENV=production", "GOOGLE_METADATA=off", NULL },
		*const on[] = { "STUDIO_ENV=production", "GOOGLE_METADATA=on", NULL }, *const development[] = { NULL },
		*const told[] = { "GOOGLE_APPLICATION_CREDENTIALS=/told", "GOOGLE_METADATA=on", NULL },
		*const host[] = { "STUDIO_ENV=production", "GCE_METADATA_HOST=m:80", NULL };
	const struct { const char *const *env; bool gcloud; enum google_source want; } rows[] = {
		{ off, false, GOOGLE_NOWHERE }, { off, true, GOOGLE_FILE }, { on, false, GOOGLE_MACHINE }, { on, true, GOOGLE_FILE },
		{ none, true, GOOGLE_FILE }, { host, false, GOOGLE_MACHINE }, { told, true, GOOGLE_FILE }, { development, true, GOOGLE_BUILT_IN },
	};
	char dir[] = "/tmp/studio-gcloud-XXXXXX", file[PATH_MAX], path[PATH_MAX];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof file, "%s/application_default_credentials.json", dir);
	close(open(file, O_WRONLY | O_CREAT, 0600));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct made m = load(NULL, rows[i].env);
		setenv("CLOUDSDK_CONFIG", rows[i].gcloud ? dir : "/nowhere", 1);
		assert_int_equal(google_source(&m.s, path), rows[i].want);
		if (rows[i].want == GOOGLE_FILE)
			assert_string_equal(path, rows[i].env == told ? "/told" : file);
		done(&m);
	}
	unlink(file);
	rmdir(dir);
}

static void
environment_wins_over_file(void **state)
{
	static const char *const env[] = { "HTTPS_PORT=4443", "NODE_ENV=test", NULL };
	struct made m = load("# a comment\n HTTPS_PORT = 5443 \nRATE_LIMIT_API=\"7\"\n\n", env);

	(void)state;
	assert_int_equal(m.p.n, 0);
	assert_int_equal(m.s.number[SET_HTTPS_PORT], 4443);
	assert_int_equal(m.s.number[SET_RATE_LIMIT_API], 7);
	assert_false(m.s.production);
	done(&m);
}

static void
all_problems_at_once(void **state)
{
	static const char *const env[] = { "PORT=70000", "JWT_SECRET=short-and-secret", "LOG_FORMAT=xml", "POLL_INTERVAL=soon", NULL };
	struct made m = load("NO_SUCH_THING=1\njust words\nVERTEX_ENDPOINT=ftp://x\nVERTEX_AI_STORAGE_URI=gs://\n", env);

	(void)state;
	assert_int_equal(m.p.n, 8);
	assert_true(has_problem(&m.p, "NO_SUCH_THING"));
	assert_true(has_problem(&m.p, "NAME=value"));
	assert_true(has_problem(&m.p, "VERTEX_ENDPOINT"));
	assert_true(has_problem(&m.p, "VERTEX_AI_STORAGE_URI"));
	assert_true(has_problem(&m.p, "PORT"));
	assert_true(has_problem(&m.p, "LOG_FORMAT"));
	assert_true(has_problem(&m.p, "POLL_INTERVAL"));
	assert_true(has_problem(&m.p, "JWT_SECRET"));
	assert_false(has_problem(&m.p, "short-and-secret"));	/* never a secret's value */
	done(&m);
}

static void
secrets_come_from_files_and_leave_the_environment(void **state)
{
	char path[] = "/tmp/studio-secret-XXXXXX", var[80], secret[] = "JWT_SECRET=0123456789abcdef0123456789abcdef";
	char *env[] = { var, secret, NULL };
	int fd = mkstemp(path);
	struct problems p = { 0 };
	struct settings s;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "fedcba9876543210fedcba9876543210\n", 33), 33);
	close(fd);
	snprintf(var, sizeof var, "JWT_REFRESH_SECRET_FILE=%s", path);
	settings_load(&s, NULL, env, &p);
	unlink(path);
	assert_int_equal(p.n, 0);
	assert_string_equal(settings_text(&s, SET_JWT_REFRESH_SECRET), "fedcba9876543210fedcba9876543210");
	assert_string_equal(settings_text(&s, SET_JWT_SECRET), "0123456789abcdef0123456789abcdef");
	assert_string_equal(secret, "JWT_SECRET=");
	settings_free(&s);
}

static void
one_secret_is_not_two(void **state)
{
	static const char *const env[] = { "JWT_SECRET=0123456789abcdef0123456789abcdef",
		"JWT_REFRESH_SECRET=0123456789abcdef0123456789abcdef", NULL };
	struct made m = load(NULL, env);

	(void)state;
	assert_true(has_problem(&m.p, "must differ"));
	done(&m);
}

static void
a_named_database_switches_the_private_one_off(void **state)
{
	static const char *const env[] = { "DATABASE_URL=postgresql://me@db.example/studio", NULL };
	struct made m = load(NULL, env);

	(void)state;
	assert_int_equal(m.s.number[SET_EMBEDDED_POSTGRES], 0);
	assert_int_equal(m.s.number[SET_EMBEDDED_EMULATOR], 1);
	done(&m);
}

static void
tcp_databases_are_known(void **state)
{
	static const struct { const char *url; bool tcp; } s[] = {
		{ "postgresql://u:p@/studio", false }, { "postgresql://u:p@db/studio", true },
		{ "postgresql:///studio?host=/run/postgresql", false }, { "postgresql://%2Frun%2Fpg/studio", false },
		{ "host=/run/postgresql dbname=studio", false }, { "host=10.0.0.1 dbname=studio", true },
		{ "postgresql://u:p@ss@db:5432/studio", true }, { "dbname=studio", false }, { "postgresql:///x?hostaddr=10.1.1.1", true },
		{ "smtp://mail.example", true }, { "smtps://u:p%40ss@[::1]:465", true }, { "smtp://u:a?b@mail.example:587", true },
		{ "smtp://", false }, { "", false },	/* a setting that is not there: no network */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(s); i++)
		assert_int_equal(url_is_tcp(s[i].url), s[i].tcp);
}

static void
keys_come_alone_or_as_rings(void **state)
{
#define A "0123456789abcdef0123456789abcdef"
#define B "fedcba9876543210fedcba9876543210"
	static const struct { const char *access, *refresh, *problem; } cases[] = {
		{ "JWT_SECRET=" A, "JWT_REFRESH_SECRET=" B, NULL },
		{ "JWT_SECRET=k2:" A "1,k1:" A, "JWT_REFRESH_SECRET=k2:" B "1," B, NULL },
		{ "JWT_SECRET=" A, "JWT_REFRESH_SECRET=" A, "JWT_REFRESH_SECRET must differ" },
		{ "JWT_SECRET=k2:" A "1,k1:" A, "JWT_REFRESH_SECRET=r:" B "," A, "JWT_REFRESH_SECRET must differ" },
		{ "JWT_SECRET=k2:" A ",k1:short", "JWT_REFRESH_SECRET=" B, "JWT_SECRET: a key of it is too short" },
		{ "JWT_SECRET=" A, "JWT_REFRESH_SECRET=k:" B ",k:" A, "JWT_REFRESH_SECRET: it has the same name twice" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct made m = load(NULL, (const char *const[]){ cases[i].access, cases[i].refresh, NULL });
		if (cases[i].problem == NULL ? has_problem(&m.p, "JWT_") : !has_problem(&m.p, cases[i].problem))
			fail_msg("%s %s", cases[i].access, m.p.n > 0 ? m.p.v[0] : "no problem");
		assert_false(has_problem(&m.p, A));	/* no secret is told */
		done(&m);
	}
#undef A
#undef B
}

static void
webhooks_need_a_key_in_production(void **state)
{
	static const char *const on[] = { "STUDIO_ENV=production", "WEBHOOKS=on", NULL },
		*const loopback[] = { "STUDIO_ENV=production", "WEBHOOK_ALLOW=loopback", NULL }, *const ports[] = { "WEBHOOK_PORTS=443;80", NULL },
		*const key[] = { "WEBHOOK_KEY=a:too-short-a-key-but-for-its-name,b:x", NULL }, *const development[] = { NULL },
		*const fine[] = { "STUDIO_ENV=production", "WEBHOOKS=on", "WEBHOOK_KEY=0123456789abcdef0123456789abcdef", "WEBHOOK_PORTS=443,444", NULL };
	const struct { const char *const *env; const char *problem; } rows[] = {
		{ on, "WEBHOOK_KEY" }, { loopback, "WEBHOOK_ALLOW" }, { ports, "WEBHOOK_PORTS" }, { key, "WEBHOOK_KEY" }, { development, NULL }, { fine, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct made m = load(NULL, rows[i].env);
		assert_int_equal(m.p.n, rows[i].problem != NULL);
		if (rows[i].problem != NULL)
			assert_true(has_problem(&m.p, rows[i].problem));
		done(&m);
	}
}

static void
the_sample_is_the_table(void **state)
{
	char *made_text = NULL, kept[65536];
	size_t n = 0;
	FILE *out = open_memstream(&made_text, &n), *f = fopen("etc/studio.conf", "re");

	(void)state;
	assert_non_null(out);
	assert_non_null(f);
	settings_sample(out);
	fclose(out);
	size_t k = fread(kept, 1, sizeof kept - 1, f);
	fclose(f);
	kept[k] = '\0';
	assert_string_equal(kept, made_text);	/* else: build/studiod --sample > etc/studio.conf */
	free(made_text);
}

/* Every default satisfies its own row. */
static void
defaults_are_valid(void **state)
{
	static const char *const production[] = { "STUDIO_ENV=production", NULL };
	struct made d = load(NULL, NULL), p = load(NULL, production);

	(void)state;
	assert_int_equal(d.p.n, 0);
	assert_int_equal(p.p.n, 0);
	done(&d);
	done(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations),
		cmocka_unit_test(development_needs_nothing),
		cmocka_unit_test(production_tells_all_that_is_missing),
		cmocka_unit_test(google_credentials_in_order),
		cmocka_unit_test(environment_wins_over_file),
		cmocka_unit_test(all_problems_at_once),
		cmocka_unit_test(secrets_come_from_files_and_leave_the_environment),
		cmocka_unit_test(one_secret_is_not_two),
		cmocka_unit_test(a_named_database_switches_the_private_one_off),
		cmocka_unit_test(tcp_databases_are_known),
		cmocka_unit_test(keys_come_alone_or_as_rings),
		cmocka_unit_test(webhooks_need_a_key_in_production),
		cmocka_unit_test(the_sample_is_the_table),
		cmocka_unit_test(defaults_are_valid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
