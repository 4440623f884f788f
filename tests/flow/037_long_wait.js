'use strict';
/* tests/flow/037_long_wait.js - a synchronous generation that takes longer than tickets and
 * tokens live.
 * Proves: contract 5 ("201 with the finished Media if it ends within the wait limit, else 202
 * with it PENDING"), whatever becomes of the caller's token meanwhile.
 * Runs: first
 * Licence: Apache-2.0. */
const { test, assert } = require('./tiny');
const h = require('./harness');

test('the token runs out during the wait: 202 with the row', async () => {
	const t = await h.start({ env: { MEDIA_SYNC_WAIT: '33s', JWT_ACCESS_EXPIRATION: '20s' } });
	const project = await t.project();
	const user = await t.user();
	await t.settings({ image_ms: 60000 });
	const r = await user.post('/api/media/image', { projectId: project, prompt: 'takes a minute' });
	const m = r.must(202);
	assert.equal(m.prompt, 'takes a minute');
	assert.match(m.status, /^(PENDING|PROCESSING)$/);
	assert.equal(r.headers.location, `/api/media/${m.id}`);
	await t.stop();
}, { limit: 120 });

test('the tickets run out during the wait, the token does not', async () => {
	const t = await h.start({ env: { MEDIA_SYNC_WAIT: '2m' } });
	const project = await t.project();
	const user = await t.user();
	await t.settings({ image_ms: 63000 });
	const m = (await user.post('/api/media/image', { projectId: project, prompt: 'a minute and more' })).must(201);
	assert.equal(m.status, 'SUCCEEDED');
	assert.match(m.results[0].resultUrl, /^https?:/);
}, { limit: 150 });

test('a short wait is waited for', async () => {
	const t = await h.start({ env: { MEDIA_SYNC_WAIT: '400ms' } });
	const project = await t.project();
	const user = await t.user();
	await t.settings({ image_ms: 5000 });
	const began = Date.now();
	(await user.post('/api/media/image', { projectId: project, prompt: 'not that long' })).must(202);
	assert.ok(Date.now() - began >= 390, `answered after ${Date.now() - began} ms`);
});
