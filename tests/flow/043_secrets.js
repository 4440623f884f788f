'use strict';
/* tests/flow/043_secrets.js - reads the memory of every process, as only root can, and looks
 * for secrets that it must not hold.
 * Proves: "hands it its links and only the settings and secrets that its row names"; design, What
 * always holds, 7: "No secret is ever found in the front's memory, a log, a trace, a core, an
 * argument list or another actor's environment".
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const path = require('node:path');
const { test, assert, before } = require('./tiny');
const { CAN_LOOK, countWords } = require('./memory');
const h = require('./harness');

/* Secrets that are ours to choose, so that we know what to look for. */
const SECRETS = {
	JWT_SECRET: 'jwt-access-secret-0123456789-abcdefghij',
	JWT_REFRESH_SECRET: 'jwt-refresh-secret-0123456789-abcdefghij',
	ADMIN_PASSWORD: 'Only-The-Admin-Knows-1',
	INVITE_CODE: 'invite-code-that-nobody-guesses',
};
const PASSWORD = 'My-Very-Own-Password-7';
let t, pids;

before(async () => {
	t = await h.start({ env: SECRETS });
	pids = await t.pids();
});

/* The actors whose memory holds one of these words. */
function holders(words) {
	return h.ACTORS.filter((name) => Object.values(countWords(pids[name], Object.assign({}, words))).some((n) => n > 0));
}

const may = (found, allowed, what) => assert.deepEqual(found.filter((f) => !allowed.includes(f)), [], `${what} is in memory of others`);

if (CAN_LOOK) {
	test('JWT secrets and the invite code are in auth alone', () => {
		for (const name of ['JWT_SECRET', 'JWT_REFRESH_SECRET', 'INVITE_CODE'])
			assert.deepEqual(holders([SECRETS[name]]), ['auth'], name);	/* found where it belongs: the search works */
	});

	test('the TLS key is in auth alone', () => {
		const dir = path.join(t.dir, 'tls');
		const pem = fs.readdirSync(dir).map((f) => fs.readFileSync(path.join(dir, f), 'latin1')).find((x) => x.includes('PRIVATE KEY'));
		assert.ok(pem, 'a private key below STATE_DIR/tls');
		const lines = pem.split('\n').filter((l) => l && !l.startsWith('-'));
		const der = Buffer.from(lines.join(''), 'base64');
		may(holders([lines[1], der.subarray(40, 72)]), ['auth'], 'the TLS key');
	});

	test('Google\'s key is in vertex alone', () => {
		const key = JSON.parse(fs.readFileSync(path.join(h.ROOT, 'etc/dev/service-account.json'))).private_key.split('\n');
		may(holders([key[3], Buffer.from(key[3], 'base64').subarray(3, 40)]), ['vertex'], 'Google\'s key');
	});

	test('passwords pass through the front and stay in nobody', async () => {
		const person = { email: 'secret@studio.test', password: PASSWORD, firstName: 'A', lastName: 'B', inviteCode: SECRETS.INVITE_CODE };
		(await t.api.post('/api/auth/register', person)).must(201);
		(await t.api.post('/api/auth/login', { email: person.email, password: PASSWORD })).must(200);
		(await t.api2().post('/api/auth/login', { email: person.email, password: PASSWORD })).must(200);
		await t.admin();
		await h.sleep(300);
		may(holders([PASSWORD]), [], 'a password');
		may(holders([SECRETS.ADMIN_PASSWORD]), ['auth'], 'the admin\'s password');
		may(holders([SECRETS.INVITE_CODE]), ['auth'], 'the invite code');
	});

	test('password hashes are known on the edge of auth and db only', async () => {
		may(holders(['$argon2id$v=19$m=']), ['auth', 'db'], 'a password hash');	/* as a whole: libsodium itself has its beginning */
	});

	test('no secret in the supervisor\'s log or in a core', () => {
		for (const s of [...Object.values(SECRETS), PASSWORD])
			assert.ok(!t.everything.includes(s));
		for (const name of h.ACTORS)
			assert.match(fs.readFileSync(`/proc/${pids[name]}/limits`, 'latin1'), /^Max core file size\s+0\s+0\s/m);
	});
}
