'use strict';
/* tests/flow/019_imported.js - accounts of another system's database, with their bcrypt hashes.
 * Proves: "A bcrypt hash ($2a$/$2b$, spec) from an imported database verifies and is upgraded on that login".
 * Licence: Apache-2.0. */
const { test, assert, before, after } = require('./tiny');
const { mustFail } = require('./client');
const { Postgres } = require('./postgres');
const h = require('./harness');

/* known answers of crypt_blowfish's tests: of U*U, U*U*, and a text of more than 72 bytes */
const HASHES = [
	['$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
	['$2y$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK', 'U*U*'],
	['$2b$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui', '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored'],
];
let t, pg;

before(async () => {
	pg = await new Postgres().create();
	t = await h.start({ env: { DATABASE_URL: pg.url } });
});
after(() => pg && pg.stop('SIGQUIT'));

test('they log in with what they know, and their hash becomes argon2id', async () => {
	for (const [hash, password] of HASHES) {
		const p = await t.user();
		const stored = () => pg.query(`select hash from studio_auth.credentials where user_id = '${p.me.userId}'`);
		const login = (word) => t.api.post('/api/auth/login', { email: p.email, password: word });
		pg.query(`update studio_auth.credentials set hash = '${hash}' where user_id = '${p.me.userId}'`);
		mustFail(await login('Wrong-Horse-9'), 401, 'INVALID_CREDENTIALS');
		assert.equal(stored(), hash);
		(await login(password)).must(200);
		await h.until(5, 'the hash is a better one', () => stored().startsWith('$argon2id$'));
		(await login(password)).must(200);
		mustFail(await login('Wrong-Horse-9'), 401, 'INVALID_CREDENTIALS');
	}
});

test('roles change within a second by whatever changes them', async () => {
	const p = await t.user();
	const make = (name) => p.post('/api/projects', { name });
	mustFail(await make('Not yet'), 403, 'FORBIDDEN');
	pg.query(`update studio.users set role = 'ADMIN' where id = '${p.me.userId}'`);
	await h.until(1, 'promoted', async () => (await make('Now')).status === 201, 20);
	pg.query(`update studio.users set role = 'USER' where id = '${p.me.userId}'`);
	await h.until(1, 'demoted', async () => (await make('No more')).status === 403, 20);
	pg.query(`delete from studio.users where id = '${p.me.userId}'`);
	await h.until(1, 'gone', async () => (await p.get('/api/users/profile')).status === 401, 20);
	mustFail(await p.get('/api/users/profile'), 401, 'UNAUTHORIZED');
});

test('what is kept of guesses tells neither account nor address', async () => {
	const p = await t.user();
	mustFail(await t.api.post('/api/auth/login', { email: p.email, password: 'Wrong-Horse-9' }), 401, 'INVALID_CREDENTIALS');
	const kept = pg.query('select * from studio_auth.strikes');
	assert.ok(kept.length > 0 && !kept.includes(p.email) && !kept.includes('127.0.0.1'), kept);
});
