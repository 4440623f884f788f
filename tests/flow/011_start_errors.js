'use strict';
/* tests/flow/011_start_errors.js - each way to start it wrongly is one clear line.
 * Proves: "A port in use, a broken database, a missing binary or an unwritable directory is
 * one clear line that says what to do"; contract 9: "Unknown names in the file, bad values and
 * missing secrets are start-up errors that name the setting".
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { test, assert, before } = require('./tiny');
const h = require('./harness');

let state;	/* an initialised STATE_DIR would only cost time: each test has its own */

before(async () => { state = h.makeDir(); });

/* Starts a tree that cannot run; returns what it said, which must name `name` in exactly
 * one line of error and end with a code that is not 0. */
async function refused(name, env, more = {}) {
	const t = new h.Tree({ env: { LOG_FORMAT: 'text', ...env }, root: fs.mkdtempSync(path.join(state, 'x')), ...more });
	fs.chmodSync(t.options.root, 0o755);
	try {
		await t.start({ wait: 'exit', limit: 40 });
	} finally {
		if (!t.exit)
			t.slay();
	}
	const said = t.everything;
	assert.notEqual(t.exit.code, 0, `it ended with 0:\n${said}`);
	assert.notEqual(t.exit.code, null, `it died of ${t.exit.signal}:\n${said}`);
	const about = said.split('\n').filter((l) => name.test(l));
	assert.ok(about.length >= 1, `no line matches ${name}:\n${said}`);
	assert.doesNotMatch(said, /^ready/m);
	assert.doesNotMatch(said, /Sanitizer|Segmentation|assert/i);
	return { t, said, line: about[about.length - 1] };
}

test('a port in use', async () => {
	const port = await h.freePort();
	const s = net.createServer();
	await new Promise((yes) => s.listen(port, '127.0.0.1', yes));
	try {
		const { line } = await refused(new RegExp(`\\b${port}\\b.*(in use|taken)`, 'i'), { PORT: String(port) });
		assert.match(line, /PORT/, 'the line names the setting to change');
	} finally {
		s.close();
	}
});

test('a HTTPS port in use', async () => {
	const port = await h.freePort();
	const s = net.createServer();
	await new Promise((yes) => s.listen(port, '127.0.0.1', yes));
	try {
		await refused(/HTTPS_PORT.*(in use|taken)|(in use|taken).*HTTPS_PORT/i, { HTTPS_PORT: String(port) });
	} finally {
		s.close();
	}
});

test('a second studiod on the same STATE_DIR', async () => {
	const first = await h.start();
	await refused(/already|in use|another/i, { STATE_DIR: first.dir });
	await first.admin();	/* unharmed */
	await first.stop();
}, { limit: 60 });

test('a missing program of an actor', async () => {
	const dir = h.makeDir();
	for (const name of h.PROGRAMS.filter((a) => a !== 'poller'))
		fs.symlinkSync(path.join(h.BUILD, name), path.join(dir, name));
	const { line } = await refused(/poller/, { ACTORS_DIR: dir });
	assert.match(line, /No such file|missing|not found|make/i);
});

test('a STATE_DIR that cannot be written', async () => {
	const file = path.join(h.makeDir(), 'file');
	fs.writeFileSync(file, '');
	await refused(/STATE_DIR|state directory|Not a directory|cannot (create|write|use)/i, { STATE_DIR: path.join(file, 'below') });
	await refused(/STATE_DIR|Permission denied|Read-only|No such file/i, { STATE_DIR: '/proc/nowhere' });
});

/* A database may be late: that is told, and waited for, but never called ready. */
test('a database that does not answer', async () => {
	const port = await h.freePort();
	const t = await h.start({ env: { LOG_FORMAT: 'text', DATABASE_URL: `postgres://studio:wrong-secret@127.0.0.1:${port}/studio` } }, { wait: 'none' });
	const line = await h.until(10, 'a line about it', () => t.everything.split('\n').find((l) => l.includes('database_away')));
	assert.match(line, new RegExp(`${port}.*refused`));
	assert.match(line, /DATABASE_URL/, 'the line says what to do');
	assert.doesNotMatch(t.everything, /wrong-secret/);
	await h.sleep(2000);
	assert.doesNotMatch(t.out, /^ready$/m);
	assert.ok(await t.stop() < 5000);
}, { limit: 60 });

test('a DATABASE_URL that is none', async () => {
	await refused(/DATABASE_URL|database/i, { DATABASE_URL: 'postgres://studio:pw@:notaport/%zz' });
}, { limit: 60 });

test('an unknown name in the configuration file', async () => {
	const conf = path.join(h.makeDir(), 'studio.conf');
	fs.writeFileSync(conf, 'PORT=3999\nPROT=3000\n');
	const { line } = await refused(/PROT\b/, {}, { args: ['--config', conf] });
	assert.match(line, /unknown|no such|not a setting|there is no/i);
	assert.match(line, /studio\.conf:2\b|line 2/, 'the line says where');
});

test('bad values name the setting and what it may be', async () => {
	for (const [name, value] of [
		['PORT', 'http'], ['PORT', '70000'], ['RATE_LIMIT_API', '-1'], ['JWT_ACCESS_EXPIRATION', '15 parsecs'],
		['POLL_INTERVAL', '0s'], ['GCS_SIGNED_URL_EXPIRATION_HOURS', '1000'], ['STUDIO_ENV', 'staging'],
		['ADMIN_EMAIL', 'nobody'], ['VERTEX_AI_STORAGE_URI', 'http://bucket'], ['LOG_FORMAT', 'xml'], ['JWT_SECRET', 'short'],
	]) {
		const { line } = await refused(new RegExp(`\\b${name}\\b`), { [name]: value });
		if (name === 'JWT_SECRET')
			assert.doesNotMatch(line, /short['"]?$/);
	}
}, { limit: 60 });

test('an alias of a model that is none', async () => {
	const { line } = await refused(/MODEL_ALIASES/, { MODEL_ALIASES: 'my-model=lyria-002,other=nonesuch' });
	assert.match(line, /other=nonesuch/);
});

test('missing secrets in production name every one', async () => {
	const { said } = await refused(/JWT_SECRET/, { STUDIO_ENV: 'production', CLOUDSDK_CONFIG: '/nowhere', GOOGLE_METADATA: 'off' });
	for (const name of ['DATABASE_URL', 'JWT_REFRESH_SECRET', 'GOOGLE_APPLICATION_CREDENTIALS', 'VERTEX_AI_PROJECT_ID', 'TLS_CERT', 'TLS_KEY'])
		assert.ok(said.includes(name), `${name} is not named:\n${said}`);
});

test('mail that could not be sent, or would be readable', async () => {
	const secret = 'smtp-secret';
	for (const [pattern, env] of [
		[/SMTP_URL must begin with smtp:/, { SMTP_URL: `http://u:${secret}@mail.example` }],
		[/SMTP_URL.*host/, { SMTP_URL: `smtp://u:${secret}@` }],
		[/SMTP_TLS.*password/, { SMTP_URL: `smtp://u:${secret}@mail.example`, SMTP_TLS: 'off' }],
		[/MAIL_FROM/, { MAIL_FROM: 'nobody' }],
		[/MAIL_FROM/, { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'jörg@studio.test' }],
		[/SMTP_CA/, { SMTP_URL: 'smtp://127.0.0.1:1', SMTP_CA: '/nowhere/ca.pem' }],
		[/RESET_URL/, { RESET_URL: 'studio.example' }],
	]) {
		const { said } = await refused(pattern, env);
		assert.ok(!said.includes(secret), 'the password of the mail server is told');
	}
	const { said } = await refused(/MAIL_FROM is missing/, { STUDIO_ENV: 'production', SMTP_URL: `smtps://u:${secret}@mail.example`, MAIL_FILES: 'on' });
	assert.match(said, /RESET_URL is missing/);
	assert.match(said, /MAIL_FILES is for development only/);
	await refused(/RESET_URL must begin with https/, { STUDIO_ENV: 'production', SMTP_URL: 'smtps://mail.example', MAIL_FROM: 'a@b.example', RESET_URL: 'http://studio.example/reset' });
}, { limit: 60 });

test('a secret from a file, and a file that lacks', async () => {
	const dir = h.makeDir();
	fs.writeFileSync(path.join(dir, 'pw'), 'From-A-File-7\n');
	const t = await h.start({ env: { ADMIN_PASSWORD: '', ADMIN_PASSWORD_FILE: path.join(dir, 'pw') } });
	(await t.api.post('/api/auth/login', { email: 'admin@studio.test', password: 'From-A-File-7' })).must(200);
	await t.stop();
	await refused(/JWT_SECRET(_FILE)?/, { JWT_SECRET_FILE: path.join(dir, 'none') });
}, { limit: 60 });

test('an actor started by hand says who starts it', () => {
	const { spawnSync } = require('node:child_process');
	for (const a of h.ACTORS) {
		const r = spawnSync(path.join(h.BUILD, a), [], { encoding: 'utf8', timeout: 10000, stdio: ['ignore', 'pipe', 'pipe'] });
		assert.notEqual(r.status, 0);
		assert.match(r.stderr, /studiod/);
	}
});

test('--help lists every setting of the contract', () => {
	const { spawnSync } = require('node:child_process');
	const r = spawnSync(path.join(h.BUILD, 'studiod'), ['--help'], { encoding: 'utf8', timeout: 10000 });
	assert.equal(r.status, 0);
	for (const name of ('PORT NODE_ENV STUDIO_ENV DATABASE_URL JWT_SECRET JWT_REFRESH_SECRET JWT_ACCESS_EXPIRATION JWT_REFRESH_EXPIRATION ' +
	    'GOOGLE_APPLICATION_CREDENTIALS ADMIN_EMAIL ADMIN_PASSWORD INVITE_CODE CORS_ORIGIN VERTEX_AI_LOCATION VERTEX_AI_PROJECT_ID VERTEX_AI_STORAGE_URI ' +
	    'GCS_SIGNED_URL_EXPIRATION_HOURS HTTPS_PORT TLS_CERT TLS_KEY OPS_PORT STATE_DIR SMTP_URL RATE_LIMIT_AUTH RATE_LIMIT_API RATE_LIMIT_GENERATE ' +
	    'GOOGLE_METADATA GCE_METADATA_HOST MEDIA_SYNC_WAIT POLL_INTERVAL POLL_MAX_ATTEMPTS JOB_ATTEMPTS JOB_BACKOFF UPLOAD_MAX_BYTES MODEL_ALIASES').split(' '))
		assert.ok(r.stdout.includes(name), `--help lacks ${name}`);
});
