'use strict';
/* tests/flow/025_lockout.js - guesses are locked out, and no restart brings them back.
 * Proves: "throttling and lockout per account and per address that survives a restart"; "Repeated
 * failures slow down and then lock an account-and-address pair for a while; the answer stays 401/429".
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

let t;

before(async () => {
	t = await h.start();
});

const login = (email, password, headers = {}) => t.api.post('/api/auth/login', { email, password }, headers);

async function kill(name) {
	const pid = await t.pidOf(name);
	process.kill(pid, 'SIGKILL');
	await t.replaced(name, pid);
	await t.allUp();
}

async function mustBeLocked(p) {
	const r = await h.until(10, 'an answer', async () => {
		const got = await login(p.email, p.password);
		return got.status < 500 ? got : null;
	});
	mustFail(r, 429, 'RATE_LIMITED');
	const wait = Number(r.headers['retry-after']);
	assert.ok(wait > 0 && wait <= 60, String(wait));
	assert.match(r.json.message, new RegExp(`try again in ${wait} second`));
}

test('a lock survives auth, db, and the whole tree', async () => {
	const p = await t.user(), q = await t.user();
	for (let i = 0; i < 3; i++)
		mustFail(await login(p.email, `Wrong-${i}-aA`), 401, 'INVALID_CREDENTIALS');
	await kill('auth');
	for (let i = 3; i < 5; i++)		/* the three are not forgotten */
		mustFail(await login(p.email, `Wrong-${i}-aA`), 401, 'INVALID_CREDENTIALS');
	await mustBeLocked(p);
	await kill('db');
	await mustBeLocked(p);
	await kill('auth');
	await mustBeLocked(p);
	await t.stop();
	await t.start();
	await mustBeLocked(p);
	(await login(q.email, q.password)).must(200);
}, { limit: 60 });

test('a login that is right forgives what was wrong before', async () => {
	const p = await t.user();
	for (let round = 0; round < 3; round++) {
		for (let i = 0; i < 4; i++)
			mustFail(await login(p.email, `Wrong-${i}-aA`), 401, 'INVALID_CREDENTIALS');
		(await login(p.email, p.password)).must(200);
	}
});

test('an account that there is not is locked alike', async () => {
	const codes = [];
	for (let i = 0; i < 7; i++)
		codes.push((await login('nobody@studio.test', `Wrong-${i}-aA`)).status);
	assert.deepEqual(codes, [401, 401, 401, 401, 401, 429, 429]);
});
