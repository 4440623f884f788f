'use strict';
/* tests/flow/027_users.js - users: what they change of themselves, what admins see and change.
 * Proves: contract 3, and of contract 2 that deleting and demoting take effect within 1 s; of
 * contract 4 and 8 that a USER may not.
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail, request1 } = require('./client');
const h = require('./harness');

const KEYS = ['id', 'email', 'firstName', 'lastName', 'role', 'createdAt', 'updatedAt'];
const NOBODY = '00000000-0000-7000-8000-000000000000';
let t, admin, user;

const patch = (api, path, body) => api.send('PATCH', path, body);
const del = (api, path) => api.send('DELETE', path);
/* The newest audit rows of an event. */
const audited = async (event) => (await admin.get(`/api/admin/audit?event=${event}`)).must(200).data;

before(async () => {
	t = await h.start();
	admin = await t.admin();
	user = await t.user();
});

test('one changes the own names; {} and what is the same change nothing', async () => {
	const was = (await user.get('/api/users/profile')).must(200);
	for (const same of [{}, { firstName: was.firstName }, { firstName: null, lastName: null }])
		assert.deepEqual((await patch(user, '/api/users/profile', same)).must(200), was);
	const now = (await patch(user, '/api/users/profile', { lastName: 'King ☃' })).must(200);
	assert.deepEqual(now, { ...was, lastName: 'King ☃', updatedAt: now.updatedAt });
	assert.ok(now.updatedAt > was.updatedAt);
	assert.deepEqual((await user.get('/api/users/profile')).must(200), now);
	mustFail(await patch(t.api, '/api/users/profile', {}), 401, 'UNAUTHORIZED');
});

test('the bounds of the own names; nothing else is one\'s own to change', async () => {
	const bad = [[{ firstName: '' }, 'firstName'], [{ lastName: ' ' }, 'lastName'], [{ firstName: 'x'.repeat(101) }, 'firstName'], [{ lastName: 5 }, 'lastName'],
		[{ email: 'other@studio.test' }, 'email'], [{ role: 'ADMIN' }, 'role'], [{ id: NOBODY }, 'id']];
	for (const [body, field] of bad)
		mustFail(await patch(user, '/api/users/profile', body), 400, 'VALIDATION_ERROR', { field });
	(await patch(user, '/api/users/profile', { firstName: '😀'.repeat(100) })).must(200);
	mustFail(await user.send('PATCH', '/api/users/profile', '[]'), 400, 'BAD_JSON');
});

test('a USER may not see or change others, nor look behind the curtain', async () => {
	const other = await t.user();
	for (const [method, path, body] of [['GET', '/api/users'], ['GET', `/api/users/${other.me.userId}`], ['GET', `/api/users/${user.me.userId}`],
		['PATCH', `/api/users/${user.me.userId}`, { role: 'ADMIN' }], ['DELETE', `/api/users/${other.me.userId}`], ['GET', `/api/users/${NOBODY}`],
		['PATCH', `/api/projects/${await t.project()}`, { name: 'mine' }], ['DELETE', `/api/projects/${await t.project()}`],
		['GET', '/api/admin/jobs'], ['GET', `/api/admin/jobs/${NOBODY}`], ['POST', `/api/admin/jobs/${NOBODY}/cancel`], ['POST', `/api/admin/jobs/${NOBODY}/retry`], ['GET', '/api/admin/stats'], ['GET', '/api/admin/audit']]) {
		mustFail(await user.send(method, path, body), 403, 'FORBIDDEN', { path });
		mustFail(await t.api.send(method, path, body), 401, 'UNAUTHORIZED', { path });
	}
	(await other.get('/api/users/profile')).must(200);
});

test('an admin finds users by name, address and role; wildcards mean themselves', async () => {
	const u = (await t.api.post('/api/auth/register', { email: 'find.me+1@studio.test', password: 'Correct-Horse-9', firstName: 'Gr%ce', lastName: 'H_pper' })).must(201);
	for (const [q, n] of [['search=find.me', 1], ['search=FIND.ME%2B1@studio', 1], ['search=gr%25ce h_pp', 1], ['search=%25', 1], ['search=_', 1], ['search=gr_ce', 0],
		['search=%5C', 0], ['search=gr%25ce&role=USER', 1], ['search=gr%25ce&role=ADMIN', 0], ['role=ADMIN', 1], ['search=', null]]) {
		const page = (await admin.get(`/api/users?${q.replace(/ /g, '%20')}`)).must(200);
		if (n !== null)
			assert.equal(page.meta.totalItems, n, q);
		if (n === 1 && !q.startsWith('role'))
			assert.equal(page.data[0].id, u.userId);
	}
	const page = (await admin.get('/api/users?page=2&limit=1')).must(200);
	assert.deepEqual(Object.keys(page), ['data', 'meta']);
	assert.deepEqual(Object.keys(page.data[0]), KEYS);
	assert.deepEqual([page.meta.itemCount, page.meta.itemsPerPage, page.meta.currentPage], [1, 1, 2]);
	const all = (await admin.get('/api/users?limit=100')).must(200);
	assert.equal(all.data[0].id, u.userId);		/* newest first */
	assert.deepEqual(all.data[1], page.data[0]);
	assert.deepEqual((await admin.get('/api/users?page=1000000&limit=100')).must(200).data, []);
	for (const [q, field] of [['page=0', 'page'], ['limit=101', 'limit'], ['role=admin', 'role'], [`search=${'x'.repeat(255)}`, 'search'], ['sort=id', 'sort']])
		mustFail(await admin.get(`/api/users?${q}`), 400, 'VALIDATION_ERROR', { field });
});

test('an admin sees one user, with an ETag; who is not there is 404', async () => {
	const r = await admin.get(`/api/users/${user.me.userId}`);
	assert.deepEqual(r.must(200), (await user.get('/api/users/profile')).must(200));
	assert.equal((await admin.get(`/api/users/${user.me.userId}`, { 'If-None-Match': r.headers.etag })).status, 304);
	const list = await admin.get('/api/users');
	assert.equal((await admin.get('/api/users', { 'If-None-Match': list.headers.etag })).status, 304);
	for (const [method, body] of [['GET'], ['PATCH', { firstName: 'x' }], ['DELETE']])
		for (const id of [NOBODY, 'x'])
			mustFail(await admin.send(method, `/api/users/${id}`, body), 404, 'NOT_FOUND');
});

test('an admin changes a user; the deed is in the log', async () => {
	const u = await t.user(), path = `/api/users/${u.me.userId}`;
	const was = (await admin.get(path)).must(200);
	assert.deepEqual((await patch(admin, path, {})).must(200), was);
	const now = (await patch(admin, path, { firstName: 'New', email: `New.${u.email}` })).must(200);
	assert.deepEqual(now, { ...was, firstName: 'New', email: `New.${u.email}`, updatedAt: now.updatedAt });
	(await t.api.post('/api/auth/login', { email: `new.${u.email}`, password: u.password })).must(200);
	mustFail(await t.api.post('/api/auth/login', { email: u.email, password: u.password }), 401, 'INVALID_CREDENTIALS');
	mustFail(await patch(admin, path, { email: user.email.toUpperCase() }), 409, 'RESOURCE_CONFLICT');
	for (const [body, field] of [[{ email: 'x' }, 'email'], [{ role: 'user' }, 'role'], [{ role: 'ROOT' }, 'role'], [{ firstName: '' }, 'firstName'], [{ password: 'x' }, 'password']])
		mustFail(await patch(admin, path, body), 400, 'VALIDATION_ERROR', { field });
	const rows = (await audited('user_changed')).filter((e) => e.detail.user === u.me.userId);
	assert.equal(rows.length, 1);
	assert.equal(rows[0].userId, (await admin.get('/api/users/profile')).must(200).id);
	assert.match(rows[0].address, /127\.0\.0\.1|::1/);
	assert.deepEqual(rows[0].detail, { user: u.me.userId, firstNameWas: 'Ada', emailWas: u.email, firstName: 'New', email: `New.${u.email}` });
});

test('a new admin may at once, a demoted one not after a second', async () => {
	const u = await t.user(), path = `/api/users/${u.me.userId}`;
	mustFail(await u.get('/api/users'), 403, 'FORBIDDEN');
	assert.equal((await patch(admin, path, { role: 'ADMIN' })).must(200).role, 'ADMIN');
	await h.until(1.1, 'the new admin may', async () => (await u.get('/api/users')).status === 200);
	(await patch(admin, path, { role: 'USER' })).must(200);
	await h.until(1.1, 'the old admin may not', async () => (await u.get('/api/users')).status === 403);
});

test('the last admin can be neither deleted nor demoted, whoever asks at once', async () => {
	const me = (await admin.get('/api/users/profile')).must(200);
	mustFail(await patch(admin, `/api/users/${me.id}`, { role: 'USER' }), 409, 'RESOURCE_CONFLICT');
	mustFail(await del(admin, `/api/users/${me.id}`), 409, 'RESOURCE_CONFLICT');
	const second = await t.user();
	(await patch(admin, `/api/users/${second.me.userId}`, { role: 'ADMIN' })).must(200);
	const both = await Promise.all([me.id, second.me.userId].map((id) => patch(admin, `/api/users/${id}`, { role: 'USER' })));
	assert.deepEqual(both.map((r) => r.status).sort(), [200, 409]);
	/* whoever is left makes the first one admin again */
	if (both[0].status === 200) {
		await h.until(1.1, 'the second is admin', async () => (await second.get('/api/users')).status === 200);
		(await patch(second, `/api/users/${me.id}`, { role: 'ADMIN' })).must(200);
		await h.until(1.1, 'the first is admin', async () => (await admin.get('/api/users')).status === 200);
		(await patch(admin, `/api/users/${second.me.userId}`, { role: 'USER' })).must(200);
	}
});

test('who is deleted is gone with everything, and is out within a second', async () => {
	const u = await t.user(), projectId = await t.project();
	const done = (await u.post('/api/media/image', { projectId, prompt: 'a boat' })).must(201);
	assert.equal((await request1(done.results[0].resultUrl)).status, 200);
	const open = (await u.post('/api/media/video', { projectId, prompt: 'a boat that sails' })).must(202);
	await t.fault({ prompt: 'somebody waits' }, { delay_ms: 3000 });
	const waiting = u.post('/api/media/image', { projectId, prompt: 'somebody waits for this one' });
	await h.until(5, 'all three are there', async () => (await admin.get(`/api/admin/jobs?userId=${u.me.userId}`)).must(200).meta.totalItems === 3);
	assert.equal((await del(admin, `/api/users/${u.me.userId}`)).status, 204);
	await h.until(1.1, 'the token is refused', async () => (await u.get('/api/users/profile')).status === 401);
	mustFail(await t.api.post('/api/auth/refresh', { refreshToken: u.me.refresh_token }), 401, 'UNAUTHORIZED');
	mustFail(await t.api.post('/api/auth/login', { email: u.email, password: u.password }), 401, 'INVALID_CREDENTIALS');
	mustFail(await del(admin, `/api/users/${u.me.userId}`), 404, 'NOT_FOUND');
	const r = await waiting;	/* its request ends, and not with a success */
	assert.ok([401, 404].includes(r.status), String(r.status));
	for (const id of [done.id, open.id])
		mustFail(await admin.get(`/api/media/${id}`), 404, 'NOT_FOUND');
	assert.equal((await admin.get(`/api/admin/jobs?userId=${u.me.userId}`)).must(200).meta.totalItems, 0);
	const { resultUrl } = done.results[0];
	await h.until(10, 'the stored object is gone', async () => (await request1(resultUrl)).status === 404);
	const [row] = await audited('user_deleted');
	assert.deepEqual([row.detail.user, row.detail.email, row.detail.role], [u.me.userId, u.email, 'USER']);
	/* the same address may register again */
	(await t.api.post('/api/auth/register', { email: u.email, password: u.password, firstName: 'A', lastName: 'B' })).must(201);
});

test('the own profile of who was deleted a moment ago is 401, not 404', async () => {
	const u = await t.user();
	(await u.get('/api/users/profile')).must(200);
	(await admin.send('DELETE', `/api/users/${u.me.userId}`)).must(204);
	mustFail(await u.get('/api/users/profile'), 401, 'UNAUTHORIZED');
	mustFail(await u.send('PATCH', '/api/users/profile', { firstName: 'x' }), 401, 'UNAUTHORIZED');
});

test('the jobs of who is gone end quietly, and others\' go on', async () => {
	const projectId = await t.project();
	await h.sleep(3500);		/* what the poller had in hand comes back to it meanwhile */
	assert.equal((await user.post('/api/media/image', { projectId, prompt: 'another boat' })).must(201).status, 'SUCCEEDED');
	assert.deepEqual(t.lines().filter((l) => l.severity === 'ERROR' && l['logging.googleapis.com/labels'].actor !== 'postgres').map((l) => l.text), []);
	assert.equal(await t.allUp(), true);
});
