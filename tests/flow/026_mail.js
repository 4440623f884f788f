'use strict';
/* tests/flow/026_mail.js - a forgotten password, from the request to the mail and back: by SMTP
 * with a server that the test plays, as a file where there is none, and not at all.
 * Proves: contract 2: "forgot-password … 202 always …; mails a single-use link" and "reset-password …
 * 204; all sessions revoked"; issue 3: "with mail through SMTP (libcurl, in notifier; development
 * writes mails under STATE_DIR and prints the link)".
 * Runs: first
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { test, assert, before, after } = require('./tiny');
const { SmtpServer, readMail } = require('./smtp_server');
const { CAN_LOOK, countWords } = require('./memory');
const h = require('./harness');

const PASSWORD = 'Another-Horse-8';
const LOGIN = 'studio:smtp-password-0123456789';
let t, smtp, files, cert, key;

const netOf = (pid) => fs.readlinkSync(`/proc/${pid}/ns/net`);
const forgot = async (email) => (await t.api.post('/api/auth/forgot-password', { email })).must(202);
const arrived = (n, s = smtp) => h.until(15, `mail ${n}`, () => s.mails.length >= n && s.mails[n - 1]);
const tokenOf = (text) => decodeURIComponent(text.match(/[?&]token=([^\s"&<]+)/)[1]);
const reset = (token, password = PASSWORD) => t.api.post('/api/auth/reset-password', { token, password });
const login = (email, password) => t.api.post('/api/auth/login', { email, password });

/* A token opens the account once, and what was open before is closed. */
async function mustReset(user, token) {
	(await reset(token)).must(204);
	(await login(user.email, PASSWORD)).must(200);
	(await login(user.email, user.password)).must(401);
	await h.until(5, 'the old session is closed', async () => (await user.get('/api/users/profile')).status === 401);
	assert.ok((await reset(token, 'Third-Horse-7')).status >= 400, 'the link works twice');
	(await login(user.email, PASSWORD)).must(200);
}

before(async () => {
	files = h.makeDir(0o700);
	const pem = spawnSync(path.join(h.BUILD, 'make-cert'), [], { encoding: 'utf8' }).stdout;
	cert = pem.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----\n/)[0];
	key = pem.match(/-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?-----END [A-Z ]*PRIVATE KEY-----\n/)[0];
	fs.writeFileSync(path.join(files, 'ca.pem'), cert);
	smtp = await new SmtpServer({ key, cert, login: LOGIN }).start();
	t = await h.start({ env: { WEBHOOKS: 'off' } });
});
after(() => smtp.stop());

test('without a server: a file below STATE_DIR, the link in the log, and no network', async () => {
	const user = await t.user();
	await forgot(user.email);
	const line = await t.waitLog(10, 'of the mail', (l) => l.message === 'mail_written');
	const file = path.join(t.dir, 'mail', line.file);
	const mail = readMail(fs.readFileSync(file, 'utf8'));
	assert.equal(mail.headers.to, `<${user.email}>`);
	assert.match(mail.headers['auto-submitted'], /^auto-generated$/);
	assert.ok(line.link.startsWith(`${t.base.replace('127.0.0.1', 'localhost')}/reset-password?token=`), line.link);
	assert.ok(mail.plain.includes(`Hello Ada,`) && mail.plain.includes(line.link), mail.plain);
	assert.ok(mail.html.includes(line.link), mail.html);
	assert.equal(fs.statSync(file).mode & 0o077, 0);
	if (h.IS_ROOT)
		assert.notEqual(netOf(await t.pidOf('notifier')), netOf(process.pid), 'it has the host\'s network');
	await mustReset(user, tokenOf(mail.plain));
});

test('nobody there: 202 all the same, and no mail', async () => {
	const n = fs.readdirSync(path.join(t.dir, 'mail')).length;
	await forgot(`nobody${Date.now()}@studio.test`);
	await h.sleep(300);
	assert.equal(fs.readdirSync(path.join(t.dir, 'mail')).length, n);
});

test('by SMTP: STARTTLS, login, one mail', async () => {
	await t.stop();
	t.options.env = { WEBHOOKS: 'off', SMTP_URL: `smtp://${LOGIN}@127.0.0.1:${smtp.port}`, SMTP_TLS: 'require', SMTP_CA: path.join(files, 'ca.pem'), SMTP_TIMEOUT: '30s',
		MAIL_FROM: 'no-reply@studio.test', MAIL_FROM_NAME: 'Stüdio', RESET_URL: 'https://studio.test/app/reset?lang=en', MAIL_BACKOFF: '20ms', MAIL_ATTEMPTS: '4' };
	await t.start();
	const user = await t.user();
	await forgot(user.email);
	const got = await arrived(1);
	assert.deepEqual([got.from, got.to, got.secure, got.login, got.hello], ['no-reply@studio.test', user.email, true, LOGIN, 'studio.test']);
	const mail = readMail(got.text);
	assert.equal(mail.headers.from, `=?UTF-8?B?${Buffer.from('Stüdio').toString('base64')}?= <no-reply@studio.test>`);
	assert.match(mail.headers['message-id'], /^<[0-9a-f-]{36}@studio\.test>$/);
	assert.ok(Math.abs(Date.parse(mail.headers.date) - Date.now()) < 60000, mail.headers.date);
	assert.match(mail.plain, /https:\/\/studio\.test\/app\/reset\?lang=en&token=\S+\r\n/);
	assert.match(mail.html, /href="https:\/\/studio\.test\/app\/reset\?lang=en&amp;token=/);
	await t.waitLog(5, 'of the mail', (l) => l.message === 'mail_sent');
	const token = tokenOf(mail.plain);
	await mustReset(user, token);
	assert.equal(smtp.mails.length, 1);
	for (const secret of [token, LOGIN.split(':')[1]])
		assert.ok(!t.out.includes(secret), 'a secret is in the log');
	if (h.IS_ROOT)
		assert.equal(netOf(await t.pidOf('notifier')), netOf(process.pid));
	if (CAN_LOOK) {
		const pids = await t.pids();
		assert.deepEqual(countWords(pids.notifier, { token }), { token: 0 }, 'the token is still in the memory of notifier');
		for (const name of h.ACTORS.filter((a) => a !== 'notifier'))
			assert.deepEqual(Object.values(countWords(pids[name], { a: LOGIN.split(':')[1] })), [0], `${name} knows the mail server's password`);
	}
}, { limit: 60 });

test('what may pass is tried again: 4xx, a lost connection, a slow server', async () => {
	const n = smtp.mails.length, connections = smtp.connections;
	smtp.plans = [{ rcpt: '450 4.2.0 greylisted' }, { data: null }, { mail: '421 4.3.2 too busy' }, { wait: 100 }];
	const user = await t.user();
	await forgot(user.email);
	const mail = readMail((await arrived(n + 1)).text);
	assert.equal(smtp.connections - connections, 4);
	assert.match((await t.waitLog(5, 'of a delay', (l) => l.message === 'mail_delayed' && /greylisted/.test(l.why))).why, /^450 to RCPT/);
	(await reset(tokenOf(mail.plain))).must(204);
});

test('a refusal for good is a dead letter without the token, and no other mail suffers', async () => {
	const n = smtp.mails.length, connections = smtp.connections;
	smtp.plans = [{ rcpt: '550 5.1.1 no such user' }, { body: '554 5.7.1 spam: see the link' }];
	const one = await t.user(), two = await t.user(), three = await t.user();
	await forgot(one.email);
	await t.waitLog(10, 'of a dead letter', (l) => l.message === 'mail_dead' && l.to === one.email && /550.*no such user/.test(l.why));
	await forgot(two.email);
	const dead = await t.waitLog(10, 'of a dead letter', (l) => l.message === 'mail_dead' && l.to === two.email);
	assert.equal(dead.why, '554 to the mail');
	await forgot(three.email);
	await arrived(n + 2);
	assert.equal(smtp.connections - connections, 3);
	for (const m of smtp.mails)
		assert.ok(!t.out.includes(tokenOf(readMail(m.text).plain)), 'a token is in the log');
});

test('a server that does not answer holds nobody up', async () => {
	const n = smtp.mails.length, connections = smtp.connections;
	smtp.plans = [{ silent: true }];
	const one = await t.user(), two = await t.user();
	await forgot(one.email);
	await forgot(two.email);
	await h.until(10, 'it is connected', () => smtp.connections === connections + 1);
	/* far within SMTP_TIMEOUT: it waits through notifier, which waits for the server */
	(await two.post('/api/media/image', { projectId: await t.project(), prompt: 'meanwhile' })).must(201);
	assert.equal(smtp.mails.length, n);
	assert.equal(smtp.connections, connections + 1, 'more than one connection');
	smtp.drop();
	await arrived(n + 2);
	assert.equal((await t.status()).notifier.restarts, 0);
});

test('a certificate that nobody vouches for is refused', async () => {
	await t.stop();
	assert.equal(smtp.most <= 2, true, `${smtp.most} connections at once`);
	delete t.options.env.SMTP_CA;
	await t.start();
	const n = smtp.mails.length;
	await forgot((await t.user()).email);
	const dead = await t.waitLog(10, 'of a dead letter', (l) => l.message === 'mail_dead');
	assert.match(dead.why, /certificate/i);
	assert.equal(smtp.mails.length, n);
}, { limit: 60 });
