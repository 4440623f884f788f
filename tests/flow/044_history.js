'use strict';
/* tests/flow/044_history.js - the history by cursor, through HTTP.
 * Proves: contract 5 ("also `cursor` paging for deep histories"), issue 3 ("cursor paging that is stable
 * under inserts").
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

let t, user, project;
const made = [];

before(async () => {
	t = await h.start();
	user = await t.user();
	project = await t.project();
	for (let i = 0; i < 12; i++)
		made.unshift((await speak(`Number ${i}`)).id);
});

const speak = async (prompt) => (await user.post('/api/media/audio', { projectId: project, prompt }, { Prefer: 'respond-async' })).must(202);
const get = async (query, api = user) => (await api.get(`/api/media/history?${query}`)).must(200);

test('from the newest to the last, while new ones are made', async () => {
	const found = [];
	let cursor = '', answers = 0;
	do {
		const page = await get(`limit=5&cursor=${cursor}`);
		assert.deepEqual(Object.keys(page), ['data', 'meta']);
		assert.deepEqual(Object.keys(page.meta), ['itemCount', 'itemsPerPage', 'nextCursor']);
		assert.equal(page.meta.itemCount, page.data.length);
		assert.equal(page.meta.itemsPerPage, 5);
		found.push(...page.data.map((m) => m.id));
		cursor = page.meta.nextCursor;
		answers++;
		await speak(`meanwhile ${answers}`);
	} while (cursor !== null);
	assert.equal(answers, 3);
	assert.deepEqual(found, made);
});

test('without a cursor it is a page, as ever', async () => {
	const page = await get('limit=5&page=2');
	assert.deepEqual(Object.keys(page.meta), ['totalItems', 'itemCount', 'itemsPerPage', 'totalPages', 'currentPage']);
});

test('filters go with it; another user reads his own', async () => {
	const first = await get('limit=4&cursor=&search=number');
	assert.deepEqual(first.data.map((m) => m.id), made.slice(0, 4));
	const second = await get(`limit=4&cursor=${first.meta.nextCursor}&search=number&mediaType=AUDIO`);
	assert.deepEqual(second.data.map((m) => m.id), made.slice(4, 8));
	assert.deepEqual(await get(`cursor=${first.meta.nextCursor}`, await t.user()),
		{ data: [], meta: { itemCount: 0, itemsPerPage: 10, nextCursor: null } });
});

test('results are signed in it as in a page', async () => {
	const m = await t.final(user, made[0]);
	const found = (await get('cursor=&search=Number%2011&limit=1')).data[0];
	assert.equal(found.id, m.id);
	assert.match(found.results[0].resultUrl, /^https?:.*X-Goog-Signature=/);
});

test('cursors that are none are 400; one with a page too', async () => {
	const good = (await get('limit=1&cursor=')).meta.nextCursor;
	assert.match(good, /^[A-Za-z0-9_-]{32}$/);
	for (const bad of ['x', `${good}A`, good.slice(1), '%20', 'a'.repeat(64), '-'.repeat(32), '_'.repeat(32)])
		mustFail(await user.get(`/api/media/history?cursor=${bad}`), 400, 'VALIDATION_ERROR');
	for (const bad of ['a'.repeat(65), "'", '%2B%2F%3D'])
		mustFail(await user.get(`/api/media/history?cursor=${bad}`), 400, 'VALIDATION_ERROR', { field: 'cursor' });
	mustFail(await user.get(`/api/media/history?cursor=${good}&page=2`), 400, 'VALIDATION_ERROR');
	mustFail(await user.get('/api/media/history?cursor=&cursor='), 400, 'VALIDATION_ERROR');
});
