'use strict';
/* tests/flow/026_key_rotation.js - JWT_SECRET and JWT_REFRESH_SECRET are replaced.
 * Proves: "`kid` allows rotation of secrets without logging anyone out"; "alg is pinned".
 * Licence: Apache-2.0. */
const crypto = require('node:crypto');
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

let t;
const [A1, R1] = ['first-access-secret-of-32-bytes-or-more', 'first-refresh-secret-of-32-bytes-or-more'];
const [A2, R2] = ['second-access-secret-of-32-bytes-or-more', 'second-refresh-secret-of-32-bytes-or-more'];

const kid = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid;
const profile = (auth) => t.api.as(auth.access_token).get('/api/users/profile');
const refresh = (auth) => t.api.post('/api/auth/refresh', { refreshToken: auth.refresh_token });

async function restart(JWT_SECRET, JWT_REFRESH_SECRET) {
	await t.stop();
	t.options.env = { ...t.options.env, JWT_SECRET, JWT_REFRESH_SECRET };
	await t.start();
}

before(async () => {
	t = await h.start({ env: { JWT_SECRET: A1, JWT_REFRESH_SECRET: R1 } });
});

test('nobody is logged out by new keys; old ones sign nothing; removed ones are no keys', async () => {
	const p = await t.user(), q = await t.user();
	await restart(`k2:${A2},${A1}`, `k2:${R2},${R1}`);
	(await profile(p.me)).must(200);
	const next = (await refresh(p.me)).must(200);
	assert.equal(kid(next.access_token), 'k2');
	assert.equal(kid(next.refresh_token), 'k2');
	assert.notEqual(kid(p.me.access_token), 'k2');
	(await profile(next)).must(200);
	await restart(`k2:${A2}`, `k2:${R2}`);
	(await profile(next)).must(200);
	(await refresh(next)).must(200);
	for (const old of [p.me, q.me]) {
		mustFail(await profile(old), 401, 'UNAUTHORIZED');
		mustFail(await refresh(old), 401, 'UNAUTHORIZED');
	}
}, { limit: 60 });

test('a key of one kind signs none of the other, an old key none that is known', async () => {
	const p = await t.user();
	const part = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
	const claims = JSON.parse(Buffer.from(p.me.access_token.split('.')[1], 'base64url'));
	const forge = (secret, head, more = {}) => {
		const body = `${part({ typ: 'JWT', ...head })}.${part({ ...claims, ...more })}`;
		return `${body}.${crypto.createHmac(head.alg === 'HS512' ? 'sha512' : 'sha256', secret).update(body).digest('base64url')}`;
	};
	(await profile({ access_token: forge(A2, { alg: 'HS256', kid: 'k2' }) })).must(200);	/* so it is made right */
	for (const token of [forge(R2, { alg: 'HS256', kid: 'k2' }), forge(A1, { alg: 'HS256', kid: 'k2' }), forge(A2, { alg: 'HS256' }),
		forge(A2, { alg: 'HS512', kid: 'k2' }), forge(A2, { alg: 'HS256', kid: 'k1' }), forge(A2, { alg: 'HS256', kid: 'k2' }, { typ: 'refresh' })])
		mustFail(await profile({ access_token: token }), 401, 'UNAUTHORIZED');
});
