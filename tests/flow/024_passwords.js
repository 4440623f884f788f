'use strict';
/* tests/flow/024_passwords.js - changing a password, and getting back in without one.
 * Proves: shared contract, section 2: change-password, forgot-password, reset-password.
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
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
