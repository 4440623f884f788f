'use strict';
/* tests/flow/028_projects_change.js - projects: changed and deleted by admins.
 * Proves: contract 4 (PATCH, DELETE).
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

const NOTHING = '00000000-0000-7000-8000-000000000000';
let t, admin, user;

const patch = (api, path, body) => api.send('PATCH', path, body);
const del = (api, path) => api.send('DELETE', path);
const make = async (more) => (await admin.post('/api/projects', { name: 'one', description: 'what', googleProjectId: 'my-project-1', ...more })).must(201);

before(async () => {
	t = await h.start();
	admin = await t.admin();
	user = await t.user();
});

test('what is given is changed, null clears, what is left out stays', async () => {
	const p = await make(), path = `/api/projects/${p.id}`;
	const change = async (body) => {
		const r = (await patch(admin, path, body)).must(200);
		assert.deepEqual((await user.get(path)).must(200), r);
		return [r.name, r.description, r.googleProjectId];
	};
	assert.deepEqual((await patch(admin, path, {})).must(200), p);
	assert.deepEqual((await patch(admin, path, { name: null, description: 'what' })).must(200), p);
	assert.deepEqual(await change({ name: 'two' }), ['two', 'what', 'my-project-1']);
	assert.deepEqual(await change({ description: null }), ['two', null, 'my-project-1']);
	assert.deepEqual(await change({ googleProjectId: null, description: '' }), ['two', '', null]);
	assert.deepEqual(await change({ googleProjectId: 'my-project-2' }), ['two', '', 'my-project-2']);
	const now = (await user.get(path)).must(200);
	assert.equal(now.createdAt, p.createdAt);
	assert.ok(now.updatedAt > p.updatedAt);
});

test('the bounds of every field', async () => {
	const path = `/api/projects/${(await make()).id}`;
	(await patch(admin, path, { name: '😀'.repeat(100), description: '☃'.repeat(500), googleProjectId: 'abcdef' })).must(200);
	for (const [body, field] of [[{ name: '' }, 'name'], [{ name: 'x'.repeat(101) }, 'name'], [{ name: 1 }, 'name'], [{ description: 'x'.repeat(501) }, 'description'],
		[{ description: [] }, 'description'], [{ googleProjectId: 'x' }, 'googleProjectId'], [{ googleProjectId: '' }, 'googleProjectId'], [{ id: NOTHING }, 'id']])
		mustFail(await patch(admin, path, body), 400, 'VALIDATION_ERROR', { field });
	mustFail(await admin.send('PATCH', path, 'null'), 400, 'BAD_JSON');
});

test('one in use stays; an unused one goes; what is not there is 404', async () => {
	const p = await make(), path = `/api/projects/${p.id}`;
	(await user.post('/api/media/image', { projectId: p.id, prompt: 'a boat' })).must(201);
	mustFail(await del(admin, path), 409, 'RESOURCE_CONFLICT');
	assert.deepEqual((await user.get(path)).must(200), p);
	assert.equal((await del(admin, `/api/users/${user.me.userId}`)).status, 204);
	const r = await del(admin, path);
	assert.deepEqual([r.status, r.text], [204, '']);
	for (const gone of [path, `/api/projects/${NOTHING}`, '/api/projects/x']) {
		mustFail(await admin.get(gone), 404, 'NOT_FOUND');
		mustFail(await patch(admin, gone, { name: 'x' }), 404, 'NOT_FOUND');
		mustFail(await del(admin, gone), 404, 'NOT_FOUND');
	}
	const other = await t.user();
	mustFail(await other.post('/api/media/image', { projectId: p.id, prompt: 'a boat' }), 400, 'VALIDATION_ERROR');
});

test('the client\'s other path serves it too; every deed is in the log', async () => {
	const p = await make({ name: 'logged' });
	(await patch(admin, `/api/api/projects/${p.id}`, { name: 'logged twice', description: null })).must(200);
	(await patch(admin, `/api/api/projects/${p.id}`, { name: 'logged twice' })).must(200);
	assert.equal((await del(admin, `/api/api/projects/${p.id}`)).status, 204);
	const rows = (await admin.get('/api/admin/audit?limit=100')).must(200).data.filter((e) => e.detail && e.detail.project === p.id);
	assert.deepEqual(rows.map((e) => [e.event, e.detail.name]), [['project_deleted', 'logged twice'], ['project_changed', 'logged twice'], ['project_created', 'logged']]);
	assert.equal(rows[1].detail.nameWas, 'logged');
	for (const e of rows)
		assert.equal(e.userId, (await admin.get('/api/users/profile')).must(200).id);
});
