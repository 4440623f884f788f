'use strict';
/* tests/flow/033_video.js - the main job for video.
 * Proves: "The main job for all four media types, through HTTP and through HTTPS with HTTP/2,
 * with bytes that really are … MP4"; "video answers 202 and is polled to its end".
 * Runs: first
 * Licence: Apache-2.0. */
const { test, assert } = require('./tiny');
const { media, mustBeMedia, mustOpen } = require('./media_tests');

media('video', { service: 'veo', error: 'VEO_API_ERROR' }, (c) => {
	test('PENDING, PROCESSING with an operation, SUCCEEDED', async () => {
		await c.t.settings({ video_seconds: 4 });
		const m = (await c.ask('states')).must(202);
		mustBeMedia(m, 'VIDEO', 'PENDING');
		assert.deepEqual(m.results, []);
		const running = await require('./harness').until(3, 'PROCESSING', async () => {
			const x = (await c.user.get(`/api/media/${m.id}`)).must(200);
			return x.status === 'PROCESSING' && x.operationId ? x : null;
		});
		assert.equal(typeof running.operationId, 'string');
		const end = await c.t.final(c.user, m.id);
		mustBeMedia(end, 'VIDEO', 'SUCCEEDED');
		await c.t.settings({ video_seconds: 2 });
	});
	test('an operation that ends in an error is FAILED', async () => {
		const m = await c.make('operation [emulator:fail]');
		mustBeMedia(m, 'VIDEO', 'FAILED');
		assert.ok(m.errorMessage);
	});
	test('length, shape, number', async () => {
		const m = await c.make('tall and two', { durationSeconds: 8, aspectRatio: '9:16', sampleCount: 2, resolution: '720p' });
		assert.equal(m.results.length, 2);
		const found = await mustOpen(m);
		assert.ok(found.every((f) => f.seconds > 3));
	}, { limit: 60 });
	test('of what is to be seen, by reference', async () => {
		const image = (await c.user.post('/api/media/image', { projectId: c.project, prompt: 'a mug' })).must(201).results[0].metadata;
		const asset = { referenceType: 'asset', referenceImage: { gcsUri: image.originalGcsUri } };
		const m = await c.make('with a mug', { durationSeconds: 4, referenceData: [asset, asset, asset] });
		mustBeMedia(m, 'VIDEO', 'SUCCEEDED');
		await mustOpen(m);
		mustBeMedia(await c.make('from the mug on', { durationSeconds: 4, referenceData: [{ ...asset, referenceType: 'SUBJECT' }] }), 'VIDEO', 'SUCCEEDED');
	}, { limit: 60 });
	test('a length below what the model makes is raised', async () => {
		mustBeMedia(await c.make('short', { durationSeconds: 1 }), 'VIDEO', 'SUCCEEDED');
	});
});
