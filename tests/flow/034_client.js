'use strict';
/* tests/flow/034_client.js - the ways of the existing client, and the history's own.
 * Proves: contract 4 ("/api/api/projects"), 2 ("refresh_token"), 5 ("genre:"ambient",
 * tempo:120", GET /api/media/history with its filters).
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

let t, user, project;

before(async () => {
	t = await h.start();
	user = await t.user();
	project = await t.project();
});

test('/api/api/projects and its kind', async () => {
	const list = (await user.get('/api/api/projects')).must(200);
	assert.deepEqual(list, (await user.get('/api/projects')).must(200));
	assert.equal((await user.get(`/api/api/projects/${project}`)).must(200).id, project);
	(await (await t.admin()).post('/api/api/projects', { name: 'from the client' })).must(201);
	mustFail(await user.get('/api/api/api/projects'), 404, 'NOT_FOUND');
});

test('its round: register, login, refresh_token, music with genre and tempo', async () => {
	const b = (await t.api.post('/api/auth/login', { email: user.email, password: user.password })).must(200);
	const c = (await t.api.post('/api/auth/refresh', { refresh_token: b.refresh_token })).must(200);
	const m = (await t.api.as(c.access_token).post('/api/media/music', { projectId: project, prompt: 'sea', genre: 'ambient', tempo: 120, mediaType: 'MUSIC' })).must(201);
	assert.equal(m.status, 'SUCCEEDED');
});

test('the history: filters, pages, order', async () => {
	const me = await t.user();
	const second = (await (await t.admin()).post('/api/projects', { name: 'second' })).must(201).id;
	const made = [];
	for (let i = 0; i < 5; i++)
		made.push((await me.post('/api/media/audio', { projectId: i === 4 ? second : project, prompt: `Number ${i} 100% a_b` })).must(201));
	const ids = made.map((m) => m.id).reverse();
	const get = async (q) => (await me.get(`/api/media/history${q}`)).must(200);
	const all = await get('');
	assert.deepEqual(all.data.map((m) => m.id), ids);
	assert.deepEqual(all.meta, { totalItems: 5, itemCount: 5, itemsPerPage: 10, totalPages: 1, currentPage: 1 });
	const two = await get('?page=2&limit=2');
	assert.deepEqual(two.data.map((m) => m.id), ids.slice(2, 4));
	assert.deepEqual(two.meta, { totalItems: 5, itemCount: 2, itemsPerPage: 2, totalPages: 3, currentPage: 2 });
	assert.deepEqual((await get(`?projectId=${second}`)).data.map((m) => m.id), ids.slice(0, 1));
	assert.equal((await get('?mediaType=IMAGE')).meta.totalItems, 0);
	assert.equal((await get('?mediaType=AUDIO&status=SUCCEEDED')).meta.totalItems, 5);
	assert.equal((await get('?search=number%203')).meta.totalItems, 1);
	assert.equal((await get('?search=%25')).meta.totalItems, 5, 'a percent sign is a character');
	assert.equal((await get('?search=A_B')).meta.totalItems, 5);
	assert.equal((await get('?search=axb')).meta.totalItems, 0, 'an underscore is no wildcard');
	const middle = made[2].createdAt;
	assert.deepEqual((await get(`?from=${encodeURIComponent(middle)}`)).data.map((m) => m.id), ids.slice(0, 3));
	assert.equal((await get('?to=2001-01-01T00:00:00.000Z')).meta.totalItems, 0);
	for (const [q, field] of [['page=0', 'page'], ['limit=101', 'limit'], ['limit=x', 'limit'], ['mediaType=image', 'mediaType'], ['status=DONE', 'status'], ['projectId=1', 'projectId'], ['from=yesterday', 'from'], ['to=1', 'to'], ['x=1', 'x']])
		mustFail(await me.get(`/api/media/history?${q}`), 400, 'VALIDATION_ERROR', { field });
});

test('a media id that is none is 404', async () => {
	for (const id of ['x', '00000000-0000-7000-8000-000000000000', 'history%00', `${project}`])
		mustFail(await user.get(`/api/media/${id}`), 404, 'NOT_FOUND');
});
