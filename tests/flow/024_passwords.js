'use strict';
/* tests/flow/024_passwords.js - changing a password, and getting back in without one.
 * Proves: shared contract, section 2: change-password, forgot-password, reset-password; every event
 * is in the audit log.
 * Licence: Apache-2.0. */
const { test, assert, before, SLOW } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

let t, api;
const NEW = 'Newer-Horse-10';

before(async () => {
	t = await h.start();
	api = t.api;
});

const login = (email, password, device) => api.post('/api/auth/login', { email, password }, device ? { 'User-Agent': device } : {});
const profile = (token) => api.as(token).get('/api/users/profile');

async function mustBeOver(auth) {
	await h.until(1, 'the token is refused', async () => (await profile(auth.access_token)).status === 401, 20);
	mustFail(await profile(auth.access_token), 401, 'UNAUTHORIZED');
	mustFail(await api.post('/api/auth/refresh', { refreshToken: auth.refresh_token }), 401, 'UNAUTHORIZED');
}

test('a changed password is 204, keeps this session and ends the others', async () => {
	const p = await t.user();
	const other = (await login(p.email, p.password, 'another')).must(200);
	const r = await p.post('/api/auth/change-password', { currentPassword: p.password, newPassword: NEW });
	assert.equal(r.status, 204, r.text);
	assert.equal(r.body.length, 0);
	await mustBeOver(other);
	(await profile(p.me.access_token)).must(200);
	(await api.post('/api/auth/refresh', { refreshToken: p.me.refresh_token })).must(200);
	mustFail(await login(p.email, p.password), 401, 'INVALID_CREDENTIALS');
	(await login(p.email, NEW)).must(200);
});

test('the current password must be right, the new one good', async () => {
	const p = await t.user();
	const change = (body) => p.post('/api/auth/change-password', body);
	mustFail(await change({ currentPassword: 'Wrong-Horse-9', newPassword: NEW }), 401, 'INVALID_CREDENTIALS');
	mustFail(await change({ currentPassword: p.password, newPassword: 'short' }), 400, 'VALIDATION_ERROR', { field: 'newPassword' });
	mustFail(await change({ currentPassword: p.password, newPassword: 'Password1' }), 400, 'VALIDATION_ERROR', { field: 'newPassword' });
	mustFail(await change({}), 400, 'VALIDATION_ERROR', { field: ['currentPassword', 'newPassword'] });
	mustFail(await api.post('/api/auth/change-password', { currentPassword: p.password, newPassword: NEW }), 401, 'UNAUTHORIZED');
	(await login(p.email, p.password)).must(200);
});

test('guesses at the current password are locked, as those at login are', async () => {
	const p = await t.user();
	const codes = [];
	for (let i = 0; i < 6; i++)
		codes.push((await p.post('/api/auth/change-password', { currentPassword: `Wrong-${i}-aA`, newPassword: NEW })).status);
	assert.deepEqual(codes, [401, 401, 401, 401, 401, 429]);
	const r = await login(p.email, p.password);
	mustFail(r, 429, 'RATE_LIMITED');
	assert.ok(r.headers['retry-after'] > 30 && r.headers['retry-after'] <= 60, r.headers['retry-after']);
});

/* ---- forgotten ---- */

const tokens = (email) => t.mailTokens(email);
const mailed = (email, n = 1) => h.until(10, `${n} mails to ${email}`, () => {
	const found = tokens(email);
	return found.length >= n ? found : null;
});
const forgot = (email) => api.post('/api/auth/forgot-password', { email });
const reset = (token, password = NEW) => api.post('/api/auth/reset-password', { token, password });
const audited = async (event) => (await (await t.admin()).get(`/api/admin/audit?event=${event}&limit=100`)).must(200).data;

test('a forgotten password is set anew with the mailed token, once; every session ends', async () => {
	const p = await t.user();
	const r = await forgot(p.email.toUpperCase());
	assert.equal(r.status, 202, r.text);
	assert.equal(r.body.length, 0);
	const [token] = await mailed(p.email);
	assert.equal((await reset(token)).status, 204);
	await mustBeOver(p.me);
	(await login(p.email, NEW)).must(200);
	mustFail(await login(p.email, p.password), 401, 'INVALID_CREDENTIALS');
	mustFail(await reset(token, 'Third-Horse-11'), 400, 'VALIDATION_ERROR', { field: 'token' });
	await h.until(5, 'it is all in the audit log', async () => {
		for (const event of ['reset_asked', 'reset_done'])
			if (!(await audited(event)).some((e) => JSON.stringify(e).includes(p.me.userId)))
				return false;
		return (await audited('reset_refused')).length > 0;
	});
});

test('the same path asks for the mail with an e-mail only', async () => {
	const p = await t.user();
	const r = await api.post('/api/auth/reset-password', { email: p.email });
	assert.equal(r.status, 202, r.text);
	const [token] = await mailed(p.email);
	mustFail(await api.post('/api/auth/reset-password', { token }), 400, 'VALIDATION_ERROR', { field: 'password' });
	mustFail(await api.post('/api/auth/reset-password', { email: p.email, password: NEW }), 400, 'VALIDATION_ERROR', { field: 'password' });
	mustFail(await api.post('/api/auth/reset-password', { email: p.email, token, password: NEW }), 400, 'VALIDATION_ERROR');
	mustFail(await api.post('/api/auth/reset-password', {}), 400, 'VALIDATION_ERROR');
	mustFail(await reset(token, 'short'), 400, 'VALIDATION_ERROR', { field: 'password' });
	mustFail(await reset(token, 'Password1'), 400, 'VALIDATION_ERROR', { field: 'password' });
	mustFail(await reset('x'.repeat(43)), 400, 'VALIDATION_ERROR', { field: 'token' });
	assert.equal((await reset(token)).status, 204);
});

test('nobody learns whether there is an account, by answer or by time', async () => {
	const p = await t.user();
	const time = async (email) => {
		const began = process.hrtime.bigint();
		const r = await forgot(email);
		return { ms: Number(process.hrtime.bigint() - began) / 1e6, told: JSON.stringify([r.status, Object.keys(r.headers), r.text]) };
	};
	const known = [], unknown = [];
	for (let i = 0; i < 7; i++) {
		known.push(await time(p.email));
		unknown.push(await time(`none-${p.email}`));
	}
	assert.deepEqual(new Set([...known, ...unknown].map((k) => k.told)).size, 1);
	assert.equal(JSON.parse(known[0].told)[0], 202);
	const middle = (v) => v.map((k) => k.ms).sort((a, b) => a - b)[3];
	assert.ok(Math.abs(middle(known) - middle(unknown)) < 25 * SLOW, `${middle(known)} and ${middle(unknown)} ms`);
	assert.ok((await mailed(p.email, 3)).length === 3);	/* and no more: seven asked for */
	assert.equal(tokens(`none-${p.email}`).length, 0);
	const all = tokens(p.email);
	assert.equal((await reset(all[0])).status, 204);	/* a later one takes nothing from an earlier one .. */
	mustFail(await reset(all[1]), 400, 'VALIDATION_ERROR', { field: 'token' });	/* .. but one is enough */
});

test('a token outlives auth and db; only its hash is kept', async () => {
	const p = await t.user();
	assert.equal((await forgot(p.email)).status, 202);
	const [token] = await mailed(p.email);
	for (const name of ['auth', 'db']) {
		const pid = await t.pidOf(name);
		process.kill(pid, 'SIGKILL');
		await t.replaced(name, pid);
	}
	await h.until(10, 'it is reset', async () => (await reset(token)).status === 204);
	(await login(p.email, NEW)).must(200);
});
