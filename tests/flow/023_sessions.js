'use strict';
/* tests/flow/023_sessions.js - logging out, looking at one's sessions, revoking them.
 * Proves: shared contract, section 2: POST logout, GET and DELETE sessions; "revoking a session
 * takes effect on its access tokens at once (within 1 s)"; every event is in the audit log.
 * Licence: Apache-2.0. */
const crypto = require('node:crypto');
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

let t, api;

before(async () => {
	t = await h.start();
	api = t.api;
});

const sid = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).sid;
const profile = (token) => api.as(token).get('/api/users/profile');
const login = async (p, device) => (await api.post('/api/auth/login', { email: p.email, password: p.password }, device ? { 'User-Agent': device } : {})).must(200);

/* Until a second is over it may still be let in; then never again. */
async function mustBeOver(token) {
	await h.until(1, 'the token is refused', async () => (await profile(token)).status === 401, 20);
	mustFail(await profile(token), 401, 'UNAUTHORIZED');
}

test('a logout is 204, ends its session within a second, and no other', async () => {
	const p = await t.user();
	const other = await login(p);
	assert.equal((await profile(p.me.access_token)).status, 200);
	for (let i = 0; i < 2; i++) {		/* the second time it is dead already */
		const r = await api.post('/api/auth/logout', { refreshToken: p.me.refreshToken });
		assert.equal(r.status, 204);
		assert.equal(r.body.length, 0);
	}
	await mustBeOver(p.me.access_token);
	mustFail(await api.post('/api/auth/refresh', { refreshToken: p.me.refreshToken }), 401, 'UNAUTHORIZED');
	(await profile(other.access_token)).must(200);
	(await api.post('/api/auth/refresh', { refreshToken: other.refresh_token })).must(200);
});

test('a logout with the token before a rotation, with both names, with rubbish', async () => {
	const p = await t.user();
	const now = (await api.post('/api/auth/refresh', { refreshToken: p.me.refreshToken })).must(200);
	assert.equal((await api.post('/api/auth/logout', { refresh_token: p.me.refresh_token })).status, 204);
	await mustBeOver(now.access_token);
	for (const refreshToken of ['x', 'a.b.c', now.access_token])
		assert.equal((await api.post('/api/auth/logout', { refreshToken })).status, 204);
	mustFail(await api.post('/api/auth/logout', {}), 400, 'VALIDATION_ERROR', { field: 'refreshToken' });
	mustFail(await api.post('/api/auth/logout', { refreshToken: 'x', more: 1 }), 400, 'VALIDATION_ERROR', { field: 'more' });
});

test('the list shows own living sessions, the one used last first', async () => {
	const p = await t.user();
	const phone = await login(p, 'a phone "é"');
	await t.user();
	const gone = await login(p, 'gone');
	assert.equal((await api.post('/api/auth/logout', { refreshToken: gone.refreshToken })).status, 204);
	const list = (await api.as(p.me.access_token).get('/api/auth/sessions')).must(200);
	assert.deepEqual(list.map((s) => s.id), [sid(phone.access_token), sid(p.me.access_token)]);
	for (const s of list) {
		assert.deepEqual(Object.keys(s), ['id', 'device', 'address', 'createdAt', 'lastUsedAt', 'current']);
		for (const time of [s.createdAt, s.lastUsedAt])
			assert.ok(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time) && Math.abs(Date.parse(time) - Date.now()) < 60000, time);
		assert.equal(s.address, '127.0.0.1');
	}
	assert.deepEqual(list.map((s) => s.current), [false, true]);
	assert.match(list[0].device, /^a phone/);
	/* a refresh makes it the last one used */
	const fresh = (await api.post('/api/auth/refresh', { refreshToken: p.me.refreshToken })).must(200);
	const again = (await api.as(fresh.access_token).get('/api/auth/sessions')).must(200);
	assert.deepEqual(again.map((s) => s.id), [sid(p.me.access_token), sid(phone.access_token)]);
	mustFail(await api.get('/api/auth/sessions'), 401, 'UNAUTHORIZED');
	mustFail(await api.as(p.me.refresh_token).get('/api/auth/sessions'), 401, 'UNAUTHORIZED');
});

test('a session is revoked by its owner and by nobody else', async () => {
	const p = await t.user(), thief = await t.user();
	const lost = await login(p, 'lost laptop');
	const url = `/api/auth/sessions/${sid(lost.access_token)}`;
	mustFail(await thief.send('DELETE', url), 404, 'NOT_FOUND');
	mustFail(await api.send('DELETE', url), 401, 'UNAUTHORIZED');
	mustFail(await p.send('DELETE', '/api/auth/sessions/42'), 404, 'NOT_FOUND');
	mustFail(await p.send('DELETE', `/api/auth/sessions/${crypto.randomUUID()}`), 404, 'NOT_FOUND');
	(await profile(lost.access_token)).must(200);
	const r = await p.send('DELETE', url);
	assert.equal(r.status, 204);
	await mustBeOver(lost.access_token);
	mustFail(await api.post('/api/auth/refresh', { refreshToken: lost.refreshToken }), 401, 'UNAUTHORIZED');
	mustFail(await p.send('DELETE', url), 404, 'NOT_FOUND');
	/* and one's own */
	assert.equal((await p.send('DELETE', `/api/auth/sessions/${sid(p.me.access_token)}`)).status, 204);
	await mustBeOver(p.me.access_token);
});

test('auth dying in between brings no revoked session back', async () => {
	const p = await t.user();
	assert.equal((await api.post('/api/auth/logout', { refreshToken: p.me.refreshToken })).status, 204);
	const pid = await t.pidOf('auth');
	process.kill(pid, 'SIGKILL');
	await t.replaced('auth', pid);
	await mustBeOver(p.me.access_token);
});

test('it is all in the audit log', async () => {
	const admin = await t.admin();
	for (const event of ['register', 'login', 'logout', 'session_revoked'])
		await h.until(5, `${event} is there`, async () =>
			(await admin.get(`/api/admin/audit?event=${event}`)).must(200).data.length > 0);
});
