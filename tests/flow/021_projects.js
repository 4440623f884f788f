'use strict';
/* tests/flow/021_projects.js - projects: create as admin, list, get.
 * Proves: "projects (create as admin, list, get)" with the contract's section 4.
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

const KEYS = ['id', 'name', 'description', 'googleProjectId', 'createdAt', 'updatedAt'];
let t, admin, user;

before(async () => {
	t = await h.start();
	admin = await t.admin();
	user = await t.user();
});

test('an admin creates one, a user may not, nobody may not', async () => {
	const j = (await admin.post('/api/projects', { name: 'Näme ☃', description: 'what it is', googleProjectId: 'my-project-1' })).must(201);
	assert.deepEqual(Object.keys(j), KEYS);
	assert.equal(j.name, 'Näme ☃');
	assert.equal(j.description, 'what it is');
	assert.equal(j.googleProjectId, 'my-project-1');
	assert.match(j.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
	assert.ok(Math.abs(Date.parse(j.createdAt) - Date.now()) < 60000);
	mustFail(await user.post('/api/projects', { name: 'x' }), 403, 'FORBIDDEN');
	mustFail(await t.api.post('/api/projects', { name: 'x' }), 401, 'UNAUTHORIZED');
});

test('what is left out is null', async () => {
	for (const body of [{ name: 'a' }, { name: 'a', description: null, googleProjectId: null }]) {
		const j = (await admin.post('/api/projects', body)).must(201);
		assert.deepEqual([j.description, j.googleProjectId], [null, null]);
	}
});

test('the bounds of every field', async () => {
	(await admin.post('/api/projects', { name: '😀'.repeat(100), description: '☃'.repeat(500) })).must(201);
	const bad = [
		[{}, 'name'], [{ name: '' }, 'name'], [{ name: null }, 'name'], [{ name: 1 }, 'name'], [{ name: 'x'.repeat(101) }, 'name'],
		[{ name: 'a', description: 'x'.repeat(501) }, 'description'], [{ name: 'a', description: 5 }, 'description'],
		[{ name: 'a', googleProjectId: 'x' }, 'googleProjectId'], [{ name: 'a', googleProjectId: 'Upper-Case' }, 'googleProjectId'],
		[{ name: 'a', googleProjectId: '1-starts-with-digit' }, 'googleProjectId'], [{ name: 'a', googleProjectId: `a${'b'.repeat(30)}` }, 'googleProjectId'],
		[{ name: 'a', googleProjectId: 'ends-with-' }, 'googleProjectId'], [{ name: 'a', owner: 'me' }, 'owner'],
	];
	for (const [body, field] of bad)
		mustFail(await admin.post('/api/projects', body), 400, 'VALIDATION_ERROR', { field });
});

test('the list is the bare array, newest first; paged when asked', async () => {
	const a = (await admin.post('/api/projects', { name: 'older' })).must(201);
	const b = (await admin.post('/api/projects', { name: 'newer' })).must(201);
	const list = (await user.get('/api/projects')).must(200);
	assert.ok(Array.isArray(list));
	assert.deepEqual(list.slice(0, 2).map((p) => p.id), [b.id, a.id]);
	assert.deepEqual(Object.keys(list[0]), KEYS);
	const page = (await user.get('/api/projects?page=2&limit=1')).must(200);
	assert.deepEqual(Object.keys(page), ['data', 'meta']);
	assert.deepEqual(page.data.map((p) => p.id), [a.id]);
	assert.deepEqual(page.meta, { totalItems: list.length, itemCount: 1, itemsPerPage: 1, totalPages: list.length, currentPage: 2 });
	const beyond = (await user.get('/api/projects?page=1000&limit=100')).must(200);
	assert.deepEqual(beyond.data, []);
	assert.equal(beyond.meta.itemCount, 0);
	for (const q of ['page=0', 'page=-1', 'page=x', 'limit=0', 'limit=101', 'limit=1.5'])
		mustFail(await user.get(`/api/projects?${q}`), 400, 'VALIDATION_ERROR', { field: q.split('=')[0] });
	mustFail(await user.get('/api/projects?colour=red'), 400, 'VALIDATION_ERROR', { field: 'colour' });
	mustFail(await t.api.get('/api/projects'), 401, 'UNAUTHORIZED');
});

test('one by its id; anything else is 404', async () => {
	const p = (await admin.post('/api/projects', { name: 'one' })).must(201);
	assert.deepEqual((await user.get(`/api/projects/${p.id}`)).must(200), p);
	assert.deepEqual((await user.get(`/api/projects/${p.id.toUpperCase()}`)).must(200), p);
	for (const id of ['00000000-0000-7000-8000-000000000000', 'x', '1', `${p.id}0`, "'%20OR%201=1--"])
		mustFail(await user.get(`/api/projects/${id}`), 404, 'NOT_FOUND', { path: `/api/projects/${id}` });
});

test('text comes back as it went in', async () => {
	for (const name of ['"quotes" and \\ backslash', "Robert'); DROP TABLE \"Project\";--", '<script>alert(1)</script>', 'tab\there', '\u2028\u0001', '$1 %s {}', 'resultUrl":"gs://x/y"'])
		assert.equal((await admin.post('/api/projects', { name })).must(201).name, name);
});
