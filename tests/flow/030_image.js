'use strict';
/* tests/flow/030_image.js - the main job for images.
 * Proves: "The main job for all four media types, through HTTP and through HTTPS with HTTP/2,
 * with bytes that really are PNG/JPEG"; "images … finish within the request (201)"; results are
 * "objects in storage with signed URLs that can be fetched".
 * Licence: Apache-2.0. */
const { test, assert } = require('./tiny');
const { media, mustBeMedia, mustOpen } = require('./media_tests');

media('image', { service: 'imagen', error: 'IMAGEN_API_ERROR' }, (c) => {
	test('PNG by default, JPEG when asked', async () => {
		const a = await mustOpen(await c.make('png please'));
		assert.equal(a[0].format, 'png');
		const b = await mustOpen(await c.make('jpeg please', { outputMimeType: 'image/jpeg', compressionQuality: 80 }));
		assert.equal(b[0].format, 'jpeg');
	});

	test('the aspect ratio shapes the picture', async () => {
		for (const [aspectRatio, ok] of [['1:1', (w, h) => w === h], ['16:9', (w, h) => w > h * 1.5], ['9:16', (w, h) => h > w * 1.5], ['4:3', (w, h) => w > h && w < h * 1.5], ['3:4', (w, h) => h > w && h < w * 1.5]]) {
			const [p] = await mustOpen(await c.make(`shape ${aspectRatio}`, { aspectRatio }));
			assert.ok(ok(p.width, p.height), `${aspectRatio}: ${p.width}x${p.height}`);
		}
		const [wide] = await mustOpen(await c.make('by size', { width: 1024, height: 576 }));
		assert.ok(wide.width > wide.height * 1.5, `1024x576: ${wide.width}x${wide.height}`);
	});

	test('as many as asked for, all different', async () => {
		const m = await c.make('four of them', { sampleCount: 4 });
		assert.equal(m.results.length, 4);
		const found = await mustOpen(m);
		assert.equal(new Set(found.map((f) => f.sha)).size, 4);
	});

	test('some filtered, the rest delivered', async () => {
		const m = await c.make('partly [emulator:filter=2]', { sampleCount: 4 });
		mustBeMedia(m, 'IMAGE', 'SUCCEEDED');
		assert.equal(m.results.length, 2);
		await mustOpen(m);
	});

	test('parameters echo what was asked', async () => {
		const fields = { aspectRatio: '1:1', sampleCount: 1, style: 'photo', steps: 20, language: 'en', negativePrompt: null, addWatermark: true };
		const m = await c.make('echo', fields);
		for (const [k, v] of Object.entries(fields))
			if (v !== null)
				assert.deepEqual(m.parameters[k], v, k);
		for (const k of ['prompt', 'projectId'])
			assert.ok(!(k in m.parameters), k);
	});

	test('the ids that the existing client sends keep working', async () => {
		for (const model of ['imagen-3.0-generate-002', 'imagen-3.0-fast-generate-001', 'imagegeneration@002']) {
			const m = await c.make(`model ${model}`, { model });
			assert.equal(m.parameters.model, model);
			assert.ok(m.results[0].metadata.model, 'metadata.model says what made it');
		}
	});
});
