'use strict';
/* tests/flow/030_image.js - the main job for images.
 * Proves: "The main job for all four media types, through HTTP and through HTTPS with HTTP/2,
 * with bytes that really are PNG/JPEG"; "images … finish within the request (201)"; results are
 * "objects in storage with signed URLs that can be fetched"; contract 5: what a successor cannot do is "expressed
 * another way or refused before anything is charged, never dropped in silence".
 * Licence: Apache-2.0. */
const { test, assert } = require('./tiny');
const h = require('./harness');
const { mustFail, request1 } = require('./client');
const { media, mustBeMedia, mustOpen } = require('./media_tests');

const WEBP = 'UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==';	/* one pixel, lossless */

media('image', { service: 'gemini', error: 'IMAGEN_API_ERROR' }, (c) => {
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
		await c.t.fault({ path: 'gemini', prompt: 'partly' }, { filter: true }, { times: 2 });
		const m = await c.make('partly', { sampleCount: 4 });
		mustBeMedia(m, 'IMAGE', 'SUCCEEDED');
		assert.equal(m.results.length, 2);
		await mustOpen(m);
		await h.until(5, 'the reason is in the log', () => c.t.linesWith('"generation_made"').some((l) => l.text.includes(m.id) && /"lost":"[^"]+"/.test(l.text)));
	});

	test('all filtered: the reasons of all calls', async () => {
		const prompt = 'nothing at all';
		for (const finish_reason of ['IMAGE_RECITATION', 'IMAGE_SAFETY'])
			await c.t.fault({ path: 'gemini', prompt }, { finish_reason });
		const j = mustFail(await c.ask(prompt, { sampleCount: 2 }), 422, 'CONTENT_FILTERED');
		assert.equal(j.errors.length, 2);
		assert.ok(j.errors.every((e) => e.field === 'prompt' && e.message.length > 10));
		mustFail(await c.ask('a prompt [emulator:blocked=JAILBREAK]'), 422, 'CONTENT_FILTERED');
		mustFail(await c.ask('no picture [emulator:declines]'), 422, 'CONTENT_FILTERED');
	});

	test('one that Google puts off while others are made is asked again', async () => {
		await c.t.fault({ path: 'gemini', prompt: 'two at first' }, { status: 429, message: 'busy' });
		const m = await c.make('two at first', { sampleCount: 3 });
		assert.equal(m.results.length, 3);
		assert.equal((await c.t.ledger('?prompt=two%20at%20first&entries=0')).matching, 3);
	});

	test('drafts are no results; what came is told as it is', async () => {
		const drafts = await c.make('drafts first [emulator:thoughts]');
		assert.equal(drafts.results.length, 1);
		await mustOpen(drafts);
		const several = await c.make('more than asked for [emulator:images=2]');
		assert.equal(several.results.length, 1);
		const other = await c.make('another type [emulator:jpeg]', { outputMimeType: 'image/png' });
		assert.equal(other.results[0].metadata.mimeType, 'image/jpeg');
		assert.match(other.results[0].metadata.originalGcsUri, /\.jpg$/);
		assert.equal((await mustOpen(other))[0].format, 'jpeg');
	});

	test('sizes and shapes beyond those of Imagen', async () => {
		const [small] = await mustOpen(await c.make('1K')), [large] = await mustOpen(await c.make('2K', { sampleImageSize: '2K' }));
		assert.equal(large.width, small.width * 2);
		const [wide] = await mustOpen(await c.make('very wide', { width: 1024, height: 256 }));
		assert.ok(wide.width > wide.height * 3.5, `1024x256: ${wide.width}x${wide.height}`);
		const fast = { model: 'imagen-4.0-fast-generate-001' };
		assert.equal((await c.make('fast', fast)).results[0].metadata.model, 'gemini-3.1-flash-lite-image');
		assert.equal((await c.make('fast and large', { ...fast, sampleImageSize: '2K' })).results[0].metadata.model, 'gemini-nano-banana-2.1');
	});

	test('references of every type, in storage and inline, PNG, JPEG and WebP', async () => {
		const made = async (prompt, fields) => {
			const r = (await c.make(prompt, fields)).results[0];
			return { gcsUri: r.metadata.originalGcsUri, bytes: (await request1(r.resultUrl)).body.toString('base64') };
		};
		const png = await made('to be changed'), jpeg = await made('a mask', { outputMimeType: 'image/jpeg' });
		const m = await c.make('[1] with [3] in the style of [4]', { model: 'imagen-3.0-capability-001', referenceData: [
			{ referenceId: 1, referenceType: 'REFERENCE_TYPE_RAW', referenceImage: { gcsUri: png.gcsUri } },
			{ referenceId: 2, referenceType: 'REFERENCE_TYPE_MASK', secondaryReferenceType: 'MASK_MODE_USER_PROVIDED', referenceImage: { bytesBase64Encoded: jpeg.bytes } },
			{ referenceId: 3, referenceType: 'SUBJECT', secondaryReferenceType: 'PRODUCT', description: 'a mug', referenceImage: { bytesBase64Encoded: png.bytes, mimeType: 'image/png' } },
			{ referenceId: 4, referenceType: 'STYLE', referenceImage: { bytesBase64Encoded: WEBP } }] });
		mustBeMedia(m, 'IMAGE', 'SUCCEEDED');
		assert.equal(m.parameters.referenceData.length, 4);
		assert.ok(!JSON.stringify(m.parameters).includes(WEBP), 'without their bytes');
		const said = (await c.t.ledger('?prompt=in%20the%20style')).entries[0].prompt;
		const order = ['Image 1, called [1], is the image to be changed', 'Image 2, called [2], is the mask', 'Image 3, called [3], is the product to be shown: a mug', 'Image 4, called [4]'];
		assert.ok(order.every((text, i) => said.indexOf(text) > (i > 0 ? said.indexOf(order[i - 1]) : -1)), said);
	});

	test('a rewritten prompt is no matter of asking; a seed and no watermark cannot be had', async () => {
		for (const enhancePrompt of [true, false])
			assert.equal((await c.make(`enhanced: ${enhancePrompt}`, { enhancePrompt })).status, 'SUCCEEDED');
		for (const [fields, field] of [[{ seed: 7 }, 'seed'], [{ addWatermark: false }, 'addWatermark']]) {
			const j = mustFail(await c.ask('never asked', fields), 400, 'VALIDATION_ERROR', { field });
			assert.match(j.message, /gemini-nano-banana-2\.1.*leave it out/);
		}
		assert.equal((await c.t.ledger('?prompt=never%20asked&entries=0')).matching, 0);
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
		for (const [model, by] of [['imagen-3.0-generate-002', 'gemini-nano-banana-2.1'], ['imagen-3.0-fast-generate-001', 'gemini-3.1-flash-lite-image'],
			['imagegeneration@002', 'gemini-nano-banana-2.1'], ['imagen-3.0-capability-001', 'gemini-nano-banana-2.1'], ['imagen-4.0-ultra-generate-001', 'gemini-3-pro-image']]) {
			const m = await c.make(`model ${model}`, { model });
			assert.equal(m.parameters.model, model);
			assert.equal(m.results[0].metadata.model, by);
		}
	});
});
