'use strict';
/* tests/flow/056_production.js - the same tree under the production profile: a PostgreSQL and a
 * Google of somebody else's (the test's own), every part of the confinement required.
 * Proves: "A confinement that cannot be set up is fatal in production"; "plain HTTP on PORT in
 * development only"; design, Two profiles: "No code path asks which profile it is: only settings
 * differ"; contract 2: "In production, missing ones are a clear start-up error if no admin exists".
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { test, assert, before, after } = require('./tiny');
const { Api, Http2, request1 } = require('./client');
const { judge } = require('./media');
const { Postgres } = require('./postgres');
const { Google, ACCOUNT } = require('./google');
const h = require('./harness');

const ADMIN = { email: 'root@studio.test', password: 'Root-Password-1' };
let pg, google, files, t;

function environment() {
	return {
		STUDIO_ENV: 'production', LOG_FORMAT: 'json', EMULATOR_FLAGS: '', DATABASE_URL: pg.url,
		JWT_SECRET: 'a-production-secret-of-32-bytes-or-more', JWT_REFRESH_SECRET: 'another-production-secret-of-32-bytes',
		GOOGLE_APPLICATION_CREDENTIALS: ACCOUNT, VERTEX_AI_PROJECT_ID: JSON.parse(fs.readFileSync(ACCOUNT)).project_id,
		VERTEX_AI_STORAGE_URI: 'gs://production-bucket/media',
		VERTEX_ENDPOINT: google.url, TEXT_TO_SPEECH_ENDPOINT: google.url, STORAGE_ENDPOINT: google.url, OAUTH_ENDPOINT: google.url, IAM_ENDPOINT: google.url,
		TLS_CERT: path.join(files, 'cert.pem'), TLS_KEY: path.join(files, 'key.pem'), ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password,
	};
}

before(async () => {
	pg = await new Postgres().create();
	files = h.makeDir(0o700);
	const pem = spawnSync(path.join(h.BUILD, 'make-cert'), [], { encoding: 'utf8' }).stdout;
	const part = (what) => pem.match(new RegExp(`-----BEGIN ${what}-----[^]*?-----END ${what}-----\n`))[0];
	fs.writeFileSync(path.join(files, 'cert.pem'), part('CERTIFICATE'));
	fs.writeFileSync(path.join(files, 'key.pem'), part('[A-Z ]*PRIVATE KEY'), { mode: 0o600 });
	google = await new Google().start({ 'image-scale': 0.25, 'video-seconds': 1, 'video-scale': 0.25 });
});
after(async () => {
	await google.stop();
	await pg.stop('SIGQUIT');
});

test('no admin and nothing to make one of is a clear start-up error', async () => {
	const none = new h.Tree({ env: { ...environment(), ADMIN_EMAIL: '', ADMIN_PASSWORD: '' } });
	try {
		await none.start({ wait: 'exit', limit: 30 });
	} finally {
		if (!none.exit)
			none.slay();
	}
	assert.ok(none.exit.code > 0);
	assert.match(none.everything, /ADMIN_EMAIL/);
}, { limit: 60 });

test('runs without what only development has', async () => {
	t = await h.start({ env: environment() });
	const s = await t.status();
	assert.deepEqual(Object.keys(s).sort(), [...h.ACTORS, 'studiod'].sort());
	assert.ok(!t.lines().some((l) => l.message === 'confinement_lacks'));
	const noMail = t.lines().find((l) => l.message === 'no_mail');
	assert.equal(noMail && noMail.setting, 'SMTP_URL', 'nobody says that no mail can be sent');
	assert.doesNotMatch(t.everything, /Root-Password-1|production-secret|studio-test-pw/);
	await assert.rejects(request1(`${t.base}/healthz`), /ECONNREFUSED/, 'plain HTTP is served');
	for (const p of h.family(t.pid))
		assert.doesNotMatch(fs.readFileSync(`/proc/${p.pid}/cmdline`, 'latin1'), /google-emulator|postgres/);
}, { limit: 60 });

test('the main job over HTTPS', async () => {
	const h2 = new Http2(t.secure);
	const api = new Api(h2);
	try {
		const admin = api.as((await api.post('/api/auth/login', ADMIN)).must(200).access_token);
		const project = (await admin.post('/api/projects', { name: 'P' })).must(201).id;
		const user = await t.user(api);
		for (const [kind, status] of [['image', 201], ['music', 201], ['audio', 201], ['video', 202]]) {
			let m = (await user.post(`/api/media/${kind}`, { projectId: project, prompt: `production ${kind}` })).must(status);
			m = await t.final(user, m.id);
			assert.equal(m.status, 'SUCCEEDED', m.errorMessage);
			const r = m.results[0];
			assert.ok(r.metadata.originalGcsUri.startsWith('gs://production-bucket/media/users/'), r.metadata.originalGcsUri);
			judge(r.metadata.mimeType, (await request1(r.resultUrl)).body);
		}
		const origin = await api.get('/healthz', { Origin: 'http://localhost:3000' });
		assert.equal(origin.headers['access-control-allow-origin'], undefined, 'production allows no origin by default');
		assert.match(origin.headers['strict-transport-security'], /max-age/);
	} finally {
		h2.close();
	}
}, { limit: 60 });

test('a killed actor is replaced here too', async () => {
	for (const name of h.ACTORS) {
		const pid = await t.pidOf(name);
		process.kill(pid, 'SIGKILL');
		await t.replaced(name, pid);
	}
	await h.until(10, 'ready', async () => (await request1(`${t.secure}/readyz`)).status === 200);
}, { limit: 60 });

test('ends within 5 s, and the database keeps all for the next start', async () => {
	assert.ok(await t.stop() < 5000);
	assert.deepEqual(t.left, []);
	await t.start();
	const j = (await request1(`${t.secure}/api/auth/login`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(ADMIN) })).must(200);
	assert.equal(j.role, 'ADMIN');
}, { limit: 60 });

test('a set-user-id program gains an actor nothing', async () => {
	const dir = h.makeDir();
	for (const name of h.PROGRAMS)
		fs.copyFileSync(path.join(h.BUILD, name), path.join(dir, name));
	/* A set-user-id program: no_new_privs must keep it powerless, and the tree runs as before. */
	fs.chmodSync(path.join(dir, 'poller'), 0o4755);
	await t.stop();
	const other = await h.start({ env: { ...environment(), ACTORS_DIR: dir } });
	const s = h.procStatus(await other.pidOf('poller'));
	if (h.IS_ROOT)
		assert.ok(s.Uid.split(/\s+/).every((u) => u !== '0'), s.Uid);
	assert.equal(s.NoNewPrivs, '1');
	assert.match(s.CapEff, /^0+$/);
	await other.stop();
}, { limit: 60 });
