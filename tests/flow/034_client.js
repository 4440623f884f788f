'use strict';
/* tests/flow/034_client.js - the ways of the existing client, and the history's own.
 * Proves: contract 4 ("/api/api/projects"), 2 ("refresh_token"), 5 ("genre:"ambient",
 * tempo:120", video/async and video/status, GET /api/media/history with its filters).
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

test('its videos: video/async and video/status', async () => {
	const key = { 'Idempotency-Key': 'its-video-1' };
	const film = { projectId: project, prompt: 'a film for the client', mediaType: 'VIDEO' };
	const r = await user.post('/api/media/video/async', film, key);
	const { operationId, ...more } = r.must(201);
	assert.deepEqual(more, {});
	assert.equal(r.headers.location, `/api/media/${operationId}`);
	const again = await user.post('/api/media/video/async', film, key);
	assert.deepEqual(again.must(201), { operationId });
	assert.equal(again.headers['idempotent-replayed'], 'true');
	mustFail(await user.post('/api/media/video', film, key), 422, 'IDEMPOTENCY_KEY_REUSED');
	const status = (api, id) => api.get(`/api/media/video/status?operationId=${id}`);
	const end = await h.until(30, 'the film', async () => {
		const m = (await status(user, operationId)).must(200);
		assert.equal(m.operationId, operationId);
		return m.status === 'SUCCEEDED' ? m : null;
	}, 100);
	assert.match(end.results[0].resultUrl, /^https?:/);
	assert.equal((await status(await t.admin(), operationId)).must(200).id, end.id);
	mustFail(await status(await t.user(), operationId), 404, 'NOT_FOUND');
	const song = (await user.post('/api/media/music', { projectId: project, prompt: 'no film' })).must(201);
	for (const none of [song.id, 'x', '00000000-0000-7000-8000-000000000000', 'projects%2Fp%2Foperations%2F1', '%25'])
		mustFail(await status(user, none), 404, 'NOT_FOUND');
	for (const bad of ['', 'x'.repeat(129)])
		mustFail(await status(user, bad), 400, 'VALIDATION_ERROR', { field: 'operationId' });
	mustFail(await user.get('/api/media/video/status'), 400, 'VALIDATION_ERROR', { field: 'operationId' });
	mustFail(await user.post('/api/media/video/async', { ...film, resolution: '8k' }), 400, 'VALIDATION_ERROR', { field: 'resolution' });
	assert.equal((await t.ledger('?prompt=a%20film%20for&entries=0')).matching, 1);
}, { limit: 45 });

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
