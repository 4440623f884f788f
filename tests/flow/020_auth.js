'use strict';
/* tests/flow/020_auth.js - register, login, refresh.
 * Proves: "The main job: register, login, refresh … Field names, status codes, error bodies and
 * validation as in shared/contract.md" (its section 2).
 * Runs: first
 * Licence: Apache-2.0. */
const crypto = require('node:crypto');
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

let t, api, ada;
const PASSWORD = 'Correct-Horse-9';
const person = (more = {}) => ({ email: `p${crypto.randomUUID()}@studio.test`, password: PASSWORD, firstName: 'Ada', lastName: 'Lovelace', ...more });

before(async () => {
	t = await h.start();
	api = t.api;
	ada = await t.user();
});

function mustBeAuth(j, role = 'USER') {
	assert.deepEqual(Object.keys(j), ['access_token', 'refresh_token', 'accessToken', 'refreshToken', 'tokenType', 'expiresIn', 'userId', 'role', 'user']);
	assert.deepEqual(Object.keys(j.user), ['id', 'email', 'firstName', 'lastName', 'role']);
	assert.equal(j.access_token, j.accessToken);
	assert.equal(j.refresh_token, j.refreshToken);
	assert.notEqual(j.access_token, j.refresh_token);
	assert.equal(j.tokenType, 'Bearer');
	assert.equal(j.expiresIn, 900);
	assert.equal(j.userId, j.user.id);
	assert.match(j.userId, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
	assert.equal(j.role, role);
	assert.equal(j.user.role, role);
}

const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

test('register answers 201 with the AuthResponse, always as USER', async () => {
	const p = person();
	const r = await api.post('/api/auth/register', p);
	const j = r.must(201);
	mustBeAuth(j);
	assert.equal(j.user.email, p.email);
	assert.equal(j.user.firstName, 'Ada');
	assert.equal(r.headers['cache-control'], 'no-store');
	mustFail(await api.post('/api/auth/register', person({ role: 'ADMIN' })), 400, 'VALIDATION_ERROR', { field: 'role' });
});

test('the access token has the claims of the contract', () => {
	const head = JSON.parse(Buffer.from(ada.me.access_token.split('.')[0], 'base64url'));
	assert.equal(head.alg, 'HS256');
	const c = claims(ada.me.access_token);
	for (const k of ['sub', 'email', 'role', 'sid', 'iss', 'aud', 'iat', 'exp', 'jti'])
		assert.ok(c[k] !== undefined, `no ${k} in ${JSON.stringify(c)}`);
	assert.equal(c.sub, ada.me.userId);
	assert.equal(c.exp - c.iat, 900);
});

test('login answers 200, and in any letter case of the e-mail', async () => {
	for (const email of [ada.email, ada.email.toUpperCase()]) {
		const j = (await api.post('/api/auth/login', { email, password: ada.password })).must(200);
		mustBeAuth(j);
		assert.equal(j.userId, ada.me.userId);
	}
	mustBeAuth((await api.post('/api/auth/login', { email: 'admin@studio.test', password: 'Test-Password-1' })).must(200), 'ADMIN');
});

test('an unknown user and a wrong password are answered alike, in like time', async () => {
	const time = async (body) => {
		const began = process.hrtime.bigint();
		const r = await api.post('/api/auth/login', body);
		return { r, ms: Number(process.hrtime.bigint() - began) / 1e6 };
	};
	const wrong = [], unknown = [];
	for (let i = 0; i < 4; i++) {
		const p = await t.user();	/* each pair anew: guesses are slowed down per account */
		wrong.push(await time({ email: p.email, password: 'Wrong-Horse-9' }));
		unknown.push(await time({ email: `x${p.email}`, password: 'Wrong-Horse-9' }));
	}
	for (const { r } of [...wrong, ...unknown])
		mustFail(r, 401, 'INVALID_CREDENTIALS');
	const [a, b] = [wrong[0].r.json, unknown[0].r.json];
	for (const k of ['message', 'code', 'errors', 'path'])
		assert.deepEqual(a[k], b[k]);
	const middle = (v) => v.map((x) => x.ms).sort((x, y) => x - y)[1];
	const [w, u] = [middle(wrong), middle(unknown)];
	assert.ok(u > w / 3 && w > u / 3, `wrong password ${w} ms, unknown user ${u} ms`);
});

test('an e-mail that is taken is 409, in any letter case', async () => {
	mustFail(await api.post('/api/auth/register', person({ email: ada.email })), 409, 'RESOURCE_CONFLICT');
	mustFail(await api.post('/api/auth/register', person({ email: ada.email.toUpperCase() })), 409, 'RESOURCE_CONFLICT');
});

test('of twelve registrations of one e-mail at the same time one succeeds', async () => {
	const p = person();
	const got = await Promise.all(Array.from({ length: 12 }, () => api.post('/api/auth/register', p)));
	assert.deepEqual(got.map((r) => r.status).sort(), [201, ...Array(11).fill(409)]);
});

test('all problems of a body are told at once', async () => {
	const r = await api.post('/api/auth/register', { email: 'nope', password: 'short', firstName: '', extra: 1 });
	const j = mustFail(r, 400, 'VALIDATION_ERROR', { field: ['email', 'password', 'firstName', 'lastName', 'extra'] });
	assert.equal(j.message, j.errors.map((e) => e.message).join(', '));
	assert.equal(j.path, '/api/auth/register');
});

test('the password rules', async () => {
	const bad = ['Aa1' + 'x'.repeat(4), 'A1' + 'a'.repeat(127), 'alllowercase1', 'ALLUPPERCASE1', 'OnlyLetters', 'Password1', 12345678, null, ['Correct-Horse-9']];
	for (const password of bad)
		mustFail(await api.post('/api/auth/register', person({ password })), 400, 'VALIDATION_ERROR', { field: 'password' });
	for (const password of ['Aa1xxxxx', 'A1' + 'a'.repeat(126), 'Straße-Nr-5', 'Symbol-only!'])
		mustBeAuth((await api.post('/api/auth/register', person({ password }))).must(201));
});

test('the e-mail rules', async () => {
	for (const email of ['', 'a', 'a@', '@b.c', 'a b@c.de', 'a@b..de', 'a@b.de\n', `${'a'.repeat(250)}@b.de`, 5, null, {}])
		mustFail(await api.post('/api/auth/register', person({ email })), 400, 'VALIDATION_ERROR', { field: 'email' });
});

test('names are 1 to 100 characters, not bytes', async () => {
	mustBeAuth((await api.post('/api/auth/register', person({ firstName: '☃'.repeat(100), lastName: '😀'.repeat(100) }))).must(201));
	mustFail(await api.post('/api/auth/register', person({ firstName: 'x'.repeat(101), lastName: '' })), 400, 'VALIDATION_ERROR', { field: ['firstName', 'lastName'] });
});

test('refresh rotates the token; both names of the field work', async () => {
	const p = await t.user();
	const a = (await api.post('/api/auth/refresh', { refreshToken: p.me.refreshToken })).must(200);
	mustBeAuth(a);
	assert.notEqual(a.refresh_token, p.me.refresh_token);
	assert.equal(claims(a.access_token).sid, claims(p.me.access_token).sid);
	const b = (await api.post('/api/auth/refresh', { refresh_token: a.refresh_token })).must(200);
	assert.notEqual(b.refresh_token, a.refresh_token);
	(await api.as(b.access_token).get('/api/users/profile')).must(200);
});

/* Neither the family's refresh tokens nor, within a second, its access tokens work. */
async function mustBeRevoked(auths) {
	for (const a of auths)
		mustFail(await api.post('/api/auth/refresh', { refreshToken: a.refresh_token }), 401, 'UNAUTHORIZED');
	await h.sleep(1100);
	for (const a of auths)
		mustFail(await api.as(a.access_token).get('/api/users/profile'), 401, 'UNAUTHORIZED');
}

test('a lost answer is given again to the same client', async () => {
	const p = await t.user();
	const one = (await api.post('/api/auth/refresh', { refreshToken: p.me.refreshToken })).must(200);
	const repeat = (await api.post('/api/auth/refresh', { refreshToken: p.me.refreshToken })).must(200);
	mustBeAuth(repeat);
	const on = (await api.post('/api/auth/refresh', { refreshToken: repeat.refresh_token })).must(200);
	(await api.as(on.access_token).get('/api/users/profile')).must(200);
	assert.equal(claims(on.access_token).sid, claims(one.access_token).sid);
});

test('a spent token shown by another client revokes its family', async () => {
	const p = await t.user();
	const one = (await api.post('/api/auth/refresh', { refreshToken: p.me.refreshToken })).must(200);
	mustFail(await api.post('/api/auth/refresh', { refreshToken: p.me.refreshToken }, { 'User-Agent': 'a thief' }), 401, 'UNAUTHORIZED');
	await mustBeRevoked([p.me, one]);
});

test('a token spent two turns ago revokes its family', async () => {
	const p = await t.user();
	const one = (await api.post('/api/auth/refresh', { refreshToken: p.me.refreshToken })).must(200);
	const two = (await api.post('/api/auth/refresh', { refreshToken: one.refresh_token })).must(200);
	mustFail(await api.post('/api/auth/refresh', { refreshToken: p.me.refreshToken }), 401, 'UNAUTHORIZED');
	await mustBeRevoked([p.me, one, two]);
	(await api.post('/api/auth/login', { email: p.email, password: p.password })).must(200);
});

test('a token spent more than 10 s ago revokes its family', async () => {
	const p = await t.user();
	const one = (await api.post('/api/auth/refresh', { refreshToken: p.me.refreshToken })).must(200);
	await h.sleep(10500);
	mustFail(await api.post('/api/auth/refresh', { refreshToken: p.me.refreshToken }), 401, 'UNAUTHORIZED');
	await mustBeRevoked([p.me, one]);
});

test('tokens of one kind are no tokens of the other', async () => {
	mustFail(await api.post('/api/auth/refresh', { refreshToken: ada.me.access_token }), 401, 'UNAUTHORIZED');
	mustFail(await api.as(ada.me.refresh_token).get('/api/users/profile'), 401, 'UNAUTHORIZED');
});

test('forged and broken tokens are 401', async () => {
	const [head, body] = ada.me.access_token.split('.');
	const none = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${body}.`;
	const guessed = crypto.createHmac('sha256', 'secret').update(`${head}.${body}`).digest('base64url');
	const changed = Buffer.from(JSON.stringify({ ...claims(ada.me.access_token), role: 'ADMIN' })).toString('base64url');
	for (const token of [none, `${head}.${body}.${guessed}`, `${head}.${changed}.${ada.me.access_token.split('.')[2]}`, 'x', 'a.b.c', '.'.repeat(3000), `${ada.me.access_token}x`])
		mustFail(await api.as(token).get('/api/users/profile'), 401, 'UNAUTHORIZED', { path: '/api/users/profile' });
	mustFail(await api.get('/api/users/profile'), 401, 'UNAUTHORIZED');
	mustFail(await api.get('/api/users/profile', { Authorization: 'Basic YTpi' }), 401, 'UNAUTHORIZED');
	for (const refreshToken of ['x', 'a.b.c'])
		mustFail(await api.post('/api/auth/refresh', { refreshToken }), 401, 'UNAUTHORIZED');
	mustFail(await api.post('/api/auth/refresh', {}), 400, 'VALIDATION_ERROR', { field: 'refreshToken' });
});

test('guesses at one account are locked out without telling whether it exists', async () => {
	const p = await t.user();
	const email = [p.email, `none-${p.email}`];
	const codes = [[], []];
	for (let i = 0; i < 14; i++)
		for (const k of [0, 1])
			codes[k].push((await api.post('/api/auth/login', { email: email[k], password: `Wrong-${i}-aA` })).status);
	for (const list of codes) {
		assert.ok(list.every((c) => c === 401 || c === 429), String(list));
		assert.equal(list[0], 401);
	}
	assert.deepEqual(codes[0], codes[1]);
}, { limit: 90 });

test('an expired token says so', async () => {
	const short = await h.start({ env: { JWT_ACCESS_EXPIRATION: '10s', INVITE_CODE: 'open sesame' } });
	const p = person();
	mustFail(await short.api.post('/api/auth/register', p), 403, 'INVALID_INVITE_CODE');
	mustFail(await short.api.post('/api/auth/register', { ...p, inviteCode: 'open' }), 403, 'INVALID_INVITE_CODE');
	const j = (await short.api.post('/api/auth/register', { ...p, inviteCode: 'open sesame' })).must(201);
	assert.equal(j.expiresIn, 10);
	(await short.api.as(j.access_token).get('/api/users/profile')).must(200);
	await h.sleep(11500);
	mustFail(await short.api.as(j.access_token).get('/api/users/profile'), 401, 'TOKEN_EXPIRED');
	const again = (await short.api.post('/api/auth/refresh', { refreshToken: j.refresh_token })).must(200);
	(await short.api.as(again.access_token).get('/api/users/profile')).must(200);
	await short.stop();
}, { limit: 60 });
