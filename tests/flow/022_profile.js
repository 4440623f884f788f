'use strict';
/* tests/flow/022_profile.js - the own profile, and what HTTP itself asks of every answer.
 * Proves: contract 3 (profile), and of contract 1: ETag and If-None-Match, HEAD, 405 with
 * Allow, CORS, request ids, security headers, compression, rate limits, problem+json.
 * Licence: Apache-2.0. */
const zlib = require('node:zlib');
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

let t, user;

before(async () => {
	t = await h.start({ env: { CORS_ORIGIN: 'http://a.test,https://b.test', RATE_LIMIT_API: '40', RATE_LIMIT_AUTH: '25', RATE_LIMIT_GENERATE: '3' } });
	user = await t.user();
});

test('the profile is the own one', async () => {
	const j = (await user.get('/api/users/profile')).must(200);
	assert.deepEqual(Object.keys(j), ['id', 'email', 'firstName', 'lastName', 'role', 'createdAt', 'updatedAt']);
	assert.equal(j.id, user.me.userId);
	assert.equal(j.email, user.email);
	assert.equal(j.role, 'USER');
	mustFail(await t.api.get('/api/users/profile'), 401, 'UNAUTHORIZED');
});

test('GET has an ETag, If-None-Match is 304, HEAD has no body', async () => {
	const r = await user.get('/api/users/profile');
	assert.match(r.headers.etag, /^(W\/)?"[^"]+"$/);
	const same = await user.get('/api/users/profile', { 'If-None-Match': r.headers.etag });
	assert.equal(same.status, 304);
	assert.equal(same.body.length, 0);
	(await user.get('/api/users/profile', { 'If-None-Match': '"other"' })).must(200);
	const head = await user.send('HEAD', '/api/users/profile');
	assert.equal(head.status, 200);
	assert.equal(head.body.length, 0);
	assert.equal(head.headers.etag, r.headers.etag);
});

test('a known path with another method is 405 with Allow; an unknown path 404', async () => {
	for (const [method, path, allow] of [['DELETE', '/api/users/profile', 'GET'], ['GET', '/api/auth/login', 'POST'], ['PUT', '/api/projects', 'GET'], ['PUT', '/api/projects', 'POST']]) {
		const r = await user.send(method, path, method === 'PUT' ? {} : undefined);
		mustFail(r, 405, 'METHOD_NOT_ALLOWED', { path });
		assert.ok(r.headers.allow.split(/,\s*/).includes(allow), r.headers.allow);
	}
	for (const path of ['/api/nothing', '/', '/api', '/api/users/profile/x', '/api//users/profile', '/api/%2e%2e/%2e%2e/etc/passwd', '/etc/passwd'])
		mustFail(await user.get(path), 404, 'NOT_FOUND');
});

test('every answer has a request id: the caller\'s when it is good, else a new one', async () => {
	assert.equal((await user.get('/healthz', { 'X-Request-Id': 'my-id_1.2~' })).headers['x-request-id'], 'my-id_1.2~');
	const ids = new Set();
	for (const bad of [null, 'has space', 'x'.repeat(129), 'ü'.normalize('NFC')]) {
		const id = (await user.get('/healthz', { 'X-Request-Id': bad === null ? null : Buffer.from(bad).toString('latin1') })).headers['x-request-id'];
		assert.match(id, /^[\x21-\x7e]{1,128}$/);
		assert.notEqual(id, bad);
		ids.add(id);
	}
	assert.equal(ids.size, 4);
	const r = await user.get('/api/nothing', { 'X-Request-Id': 'x'.repeat(128) });
	assert.equal(r.json.requestId, 'x'.repeat(128));
});

test('security headers', async () => {
	const plain = await user.get('/api/users/profile');
	const tls = await t.api2().as(user.me.access_token).get('/api/users/profile');
	for (const r of [plain, tls, await t.api.get('/api/nothing')]) {
		assert.equal(r.headers['x-content-type-options'], 'nosniff');
		assert.ok(r.headers['referrer-policy']);
	}
	assert.match(tls.headers['strict-transport-security'], /max-age=\d+/);
	assert.equal(plain.headers['strict-transport-security'], undefined);
	assert.equal((await t.api.post('/api/auth/login', { email: user.email, password: user.password })).headers['cache-control'], 'no-store');
});

test('CORS: listed origins only, never *', async () => {
	const preflight = (origin) => t.api.send('OPTIONS', '/api/projects', undefined,
	    { Origin: origin, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization,content-type' });
	for (const origin of ['http://a.test', 'https://b.test']) {
		const r = await preflight(origin);
		assert.ok(r.status === 204 || r.status === 200, String(r.status));
		assert.equal(r.headers['access-control-allow-origin'], origin);
		assert.match(r.headers['access-control-allow-methods'], /POST/);
		assert.match(r.headers['access-control-allow-headers'], /authorization/i);
		assert.match(r.headers.vary || '', /origin/i);
		assert.equal((await user.get('/api/users/profile', { Origin: origin })).headers['access-control-allow-origin'], origin);
	}
	for (const origin of ['http://evil.test', 'null', 'http://a.test.evil.test', 'https://a.test']) {
		assert.equal((await preflight(origin)).headers['access-control-allow-origin'], undefined);
		assert.equal((await user.get('/api/users/profile', { Origin: origin })).headers['access-control-allow-origin'], undefined);
	}
});

test('answers are compressed when asked', async () => {
	const admin = await t.admin();
	for (let i = 0; i < 3; i++)
		(await admin.post('/api/projects', { name: `p${i}`, description: 'long '.repeat(90) })).must(201);
	const plain = await admin.get('/api/projects');
	const packed = await admin.get('/api/projects', { 'Accept-Encoding': 'gzip' });
	assert.equal(plain.headers['content-encoding'], undefined);
	assert.equal(packed.headers['content-encoding'], 'gzip');
	assert.deepEqual(JSON.parse(zlib.gunzipSync(packed.body)), plain.json);
	assert.match(packed.headers.vary || '', /accept-encoding/i);
});

test('problem+json says the same facts', async () => {
	const r = await t.api.post('/api/auth/login', { email: 'x' }, { Accept: 'application/problem+json' });
	assert.equal(r.status, 400);
	assert.match(r.headers['content-type'], /^application\/problem\+json/);
	const j = r.json;
	for (const k of ['type', 'title', 'status', 'detail', 'instance'])
		assert.ok(j[k] !== undefined, `no ${k}: ${r.text}`);
	assert.equal(j.status, 400);
	assert.equal(j.code, 'VALIDATION_ERROR');
	assert.equal(j.instance, '/api/auth/login');
	assert.ok(j.errors.some((e) => e.field === 'password'));
	assert.equal(j.requestId, r.headers['x-request-id']);
});

test('bodies that are no JSON object', async () => {
	const post = (b, headers) => t.api.post('/api/auth/login', Buffer.from(b, 'latin1'), headers);
	for (const b of ['', '{', '[]', '"x"', '1', 'null', '{"email":1,}', '{"email":"a","email":"b"}', '{"email":"\xff"}', `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`, '{}x', '{"a":NaN}'])
		mustFail(await post(b), 400, 'BAD_JSON', { path: '/api/auth/login' });
	mustFail(await post('{}', { 'Content-Type': 'text/plain' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
	mustFail(await post('email=a', { 'Content-Type': 'application/x-www-form-urlencoded' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
	const charset = await post('{}', { 'Content-Type': 'application/json; charset=utf-8' });
	assert.equal(charset.json.code, 'VALIDATION_ERROR');
	mustFail(await post('{"x":"' + 'y'.repeat(9 << 20) + '"}').catch((e) => { throw new Error(`a large body: ${e.message}`); }), 413, 'PAYLOAD_TOO_LARGE');
	const r = await t.api.get('/healthz', { 'X-Large': 'y'.repeat(200000) }).catch((e) => e);
	assert.ok(r instanceof Error || r.status === 431 || r.status === 400, `a large header: ${r.status}`);
	(await t.api.get('/healthz')).must(200);
});

test('an Accept that excludes JSON is 406', async () => {
	mustFail(await user.get('/api/users/profile', { Accept: 'image/png' }), 406, 'NOT_ACCEPTABLE');
	(await user.get('/api/users/profile', { Accept: 'text/html, */*;q=0.1' })).must(200);
});

test('rate limits: announced, then 429 with Retry-After; each user alone', async () => {
	const other = await t.user();
	let r = await other.get('/api/users/profile');
	assert.equal(r.headers['ratelimit-limit'], '40');
	assert.ok(Number(r.headers['ratelimit-remaining']) <= 39);
	assert.match(r.headers['ratelimit-reset'], /^\d+$/);
	for (let i = 0; i < 60 && r.status !== 429; i++)
		r = await other.get('/api/users/profile');
	mustFail(r, 429, 'RATE_LIMITED');
	assert.ok(Number(r.headers['retry-after']) <= 60);
	(await (await t.user()).get('/api/users/profile')).must(200);
	(await t.api.get('/healthz')).must(200);
});

test('credential endpoints are limited per address', async () => {
	let r;
	for (let i = 0; i < 40 && !(r && r.status === 429); i++)
		r = await t.api.post('/api/auth/login', { email: `n${i}@studio.test`, password: 'x' });
	mustFail(r, 429, 'RATE_LIMITED');
}, { limit: 60 });
