'use strict';
/* tests/flow/012_emulator_gemini.js - the emulator's :generateContent by itself: the Gemini image models.
 * Proves: issue "Google as it really is": what the reference says of these models is what the
 * emulator serves, checks and refuses, and every outcome that it tells of can be asked for.
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const { test, assert, before, after } = require('./tiny');
const { judge } = require('./media');
const { Google, ACCOUNT, bearer } = require('./google');

const BANANA = 'gemini-nano-banana-2.1', FLASH = 'gemini-3.1-flash-image', PRO = 'gemini-3-pro-image';
const LITE = 'gemini-3.1-flash-lite-image', OLD = 'gemini-2.5-flash-image';
const WEBP = 'UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==';	/* one pixel, lossless */
const BUCKET = 'studio-test-media';
let google, project, png;

before(async () => {
	google = await new Google().start({ 'image-scale': 0.125, 'image-ms': 1 });
	const account = JSON.parse(fs.readFileSync(ACCOUNT));
	project = account.project_id;
	google.api = google.api.as(bearer(account));
	png = (await image()).data;
});
after(() => google.stop());

const at = (model, { verb = 'generateContent', location = 'global', version = 'v1', query = '' } = {}) =>
	`/${version}/projects/${project}/locations/${location}/publishers/google/models/${model}:${verb}${query}`;
const user = (...parts) => ({ role: 'user', parts: parts.map((p) => (typeof p === 'string' ? { text: p } : p)) });
const inline = (data, mimeType = 'image/png') => ({ inlineData: { mimeType, data } });
/* A body of a prompt, of parts, or of contents, with generationConfig and top-level fields added. */
const body = (what = 'red boat', config = {}, more = {}) => ({
	contents: Array.isArray(what) && what[0].role ? what : [user(...[].concat(what))],
	generationConfig: { responseModalities: ['IMAGE'], ...config }, ...more });
const ask = (model, b, where) => google.api.post(at(model, where), b);
const parts = (answer) => answer.candidates[0].content.parts;
const images = (answer) => parts(answer).filter((p) => !p.thought && (p.inlineData || p.fileData));

/* The one image of an answer, judged. */
async function image(model = BANANA, b = body(), where = {}) {
	const found = images((await ask(model, b, where)).must(200));
	assert.equal(found.length, 1);
	const { mimeType, data } = found[0].inlineData;
	const { width, height } = judge(mimeType, Buffer.from(data, 'base64'));
	return { mimeType, data, size: `${width * 8}x${height * 8}`, part: found[0] };
}
async function refused(model, b, words, status = 400, where) {
	const r = await ask(model, b, where);
	assert.equal(r.status, status, r.text.slice(0, 300));
	assert.equal(r.json.error.code, status);
	assert.match(r.json.error.message, words);
	return r.json.error;
}
const sized = (aspectRatio, imageSize) => body('red boat', { imageConfig: { ...(aspectRatio && { aspectRatio }), ...(imageSize && { imageSize }) } });
const ledger = async (prompt) => (await google.api.get(`/emulator/ledger?service=gemini&entries=0&prompt=${encodeURIComponent(prompt)}`)).must(200).matching;

/* ---- images ---- */

test('an answer has the shape that Google documents', async () => {
	const a = (await ask(BANANA, body())).must(200);
	assert.deepEqual(Object.keys(a).sort(), ['candidates', 'createTime', 'modelVersion', 'responseId', 'usageMetadata']);
	const [c] = a.candidates;
	assert.deepEqual([a.candidates.length, c.index, c.finishReason, c.content.role, a.modelVersion], [1, 0, 'STOP', 'model', BANANA]);
	assert.match(a.createTime, /^\d{4}-\d\d-\d\dT.*Z$/);
	assert.equal(parts(a).length, 1);
	assert.ok(parts(a)[0].thoughtSignature);
	const u = a.usageMetadata;
	assert.deepEqual(u.candidatesTokensDetails, [{ modality: 'IMAGE', tokenCount: 1120 }]);
	assert.equal(u.totalTokenCount, u.promptTokenCount + u.candidatesTokenCount + u.thoughtsTokenCount);
	const both = (await ask(BANANA, body('red boat', { responseModalities: ['TEXT', 'IMAGE'] }))).must(200);
	assert.deepEqual(parts(both).map((p) => Object.keys(p)[0]), ['text', 'inlineData']);
	assert.equal(await ledger('red boat'), 3);
});

test('the pixels of each ratio and size, by model', async () => {
	const of = async (model, ratio, size) => (await image(model, sized(ratio, size))).size;
	for (const [ratio, pixels] of Object.entries({ '1:1': '1024x1024', '2:3': '848x1264', '3:2': '1264x848', '3:4': '896x1200', '4:5': '928x1152',
		'5:4': '1152x928', '9:16': '768x1376', '16:9': '1376x768', '21:9': '1584x672' })) {
		assert.equal(await of(PRO, ratio), pixels, ratio);
		assert.equal(await of(LITE, ratio, '1K'), pixels, ratio);
	}
	for (const [ratio, pixels] of Object.entries({ '1:4': '512x2064', '8:1': '2928x352', '9:21': '672x1584' }))
		assert.equal(await of(FLASH, ratio), pixels, ratio);
	for (const [ratio, pixels] of Object.entries({ '1:1': '1024x1024', '2:3': '832x1248', '4:3': '1184x864', '16:9': '1344x768', '21:9': '1536x672' }))
		assert.equal(await of(OLD, ratio), pixels, ratio);
	assert.equal(await of(BANANA, '16:9', '2K'), '2752x1536');
	assert.equal(await of(BANANA, '1:1', '4K'), '4096x4096');
	assert.equal(await of(FLASH, '1:1', '512'), '512x512');
	assert.equal(await of(FLASH, '1:4', '512'), '256x1024');
	const tokens = async (model, size) => (await ask(model, sized('1:1', size))).must(200).usageMetadata.candidatesTokenCount;
	assert.deepEqual([await tokens(FLASH, '512'), await tokens(BANANA, '4K'), await tokens(PRO, '2K'), await tokens(OLD)], [747, 3780, 1120, 1290]);
});

test('ratios and sizes that a model lacks', async () => {
	for (const [model, ratio] of [[BANANA, '5:3'], [PRO, '1:4'], [PRO, '9:21'], [LITE, '9:21'], [OLD, '8:1'], [BANANA, '16:09'], [BANANA, 'wide']])
		await refused(model, sized(ratio), /aspectRatio .* is not supported/);
	for (const [model, size] of [[BANANA, '512'], [BANANA, '2k'], [LITE, '2K'], [OLD, '1K'], [PRO, '8K'], [PRO, '1024']])
		await refused(model, sized('1:1', size), /imageSize .* is not supported/);
});

test('the type that is asked for, in the answer or in a bucket', async () => {
	const jpeg = (q) => ({ imageConfig: { imageOutputOptions: { mimeType: 'image/jpeg', compressionQuality: q } } });
	const [low, high] = [await image(BANANA, body('red boat', jpeg(5))), await image(BANANA, body('red boat', jpeg(95)))];
	assert.equal(low.mimeType, 'image/jpeg');
	assert.ok(low.data.length < high.data.length);
	const stored = (await ask(BANANA, body('red boat', jpeg(50), { outputConfig: { outputUriPrefix: `gs://${BUCKET}/out/` } }))).must(200);
	const { fileUri, mimeType } = images(stored)[0].fileData;
	assert.match(fileUri, /^gs:\/\/studio-test-media\/out\/\d+\/sample_0\.jpg$/);
	const name = encodeURIComponent(fileUri.slice(`gs://${BUCKET}/`.length));
	judge(mimeType, (await google.api.get(`/storage/v1/b/${BUCKET}/o/${name}?alt=media`)).body);
	for (const wrong of [{ mimeType: 'image/webp' }, { mimeType: 'IMAGE/PNG' }, { compressionQuality: 101 }, { quality: 1 }])
		await refused(BANANA, body('x', { imageConfig: { imageOutputOptions: wrong } }), /./);
	await refused(BANANA, body('x', {}, { outputConfig: { outputUriPrefix: 'out' } }), /Cloud Storage URI/);
});

/* ---- inputs ---- */

test('images as input: inline and from a bucket, of three types; the first gives the shape', async () => {
	const wide = await image(BANANA, sized('16:9'));
	const edited = await image(BANANA, body([inline(wide.data), 'make it blue']));
	assert.equal(edited.size, '1376x768');
	assert.notEqual(edited.data, wide.data);
	assert.equal((await image(BANANA, body([inline(WEBP, 'image/webp'), 'larger']))).size, '1024x1024');
	const jpeg = await image(BANANA, body('x', { imageConfig: { imageOutputOptions: { mimeType: 'image/jpeg' } } }));
	await image(BANANA, body([inline(jpeg.data, 'image/jpeg'), inline(png), 'both']));
	const fileUri = images((await ask(BANANA, body('red boat', {}, { outputConfig: { outputUriPrefix: `gs://${BUCKET}` } }))).must(200))[0].fileData.fileUri;
	await image(BANANA, body([{ fileData: { fileUri, mimeType: 'image/png' } }, 'make it blue']));
	await refused(BANANA, body([{ fileData: { fileUri: `gs://${BUCKET}/nothing.png`, mimeType: 'image/png' } }, 'x']), /could not be read/);
	await refused(BANANA, body([{ fileData: { fileUri: 'http://x/y.png', mimeType: 'image/png' } }, 'x']), /Cloud Storage URI/);
});

test('inputs that are refused: too many, too large, of another type, damaged', async () => {
	const many = (n) => body([...Array(n).fill(inline(png)), 'x']);
	await image(BANANA, many(14));
	await refused(BANANA, many(15), /At most 14 images/);
	await image(OLD, many(3));
	await refused(OLD, many(4), /At most 3 images/);
	const padded = Buffer.concat([Buffer.from(png, 'base64'), Buffer.alloc(7 << 20)]).toString('base64');
	await refused(BANANA, body([inline(padded), 'x']), /larger than the limit/);
	await refused(BANANA, body([inline(png, 'image/jpeg'), 'x']), /image\/png/);
	await refused(BANANA, body([inline(Buffer.from('no image at all, just some text').toString('base64')), 'x']), /Unable to process input image/);
	await refused(BANANA, body([inline('***'), 'x']), /Base64/);
	const half = Buffer.from(png, 'base64');
	await refused(BANANA, body([inline(half.subarray(0, 60).toString('base64')), 'x']), /Unable to process input image/);
	await refused(BANANA, body([{ inlineData: { mimeType: 'image/png' } }]), /data is required/);
	await refused(BANANA, body([{ text: 'x', inlineData: { mimeType: 'image/png', data: png } }]), /exactly one of/);
	await refused(BANANA, body([{ thought: true }]), /exactly one of/);
});

test('a conversation goes on with what the model sent, signed as it was', async () => {
	const first = (await ask(BANANA, body('red boat', { responseModalities: ['TEXT', 'IMAGE'] }))).must(200).candidates[0].content;
	const talk = (reply) => body([user('red boat'), reply, user('make it blue')]);
	await image(BANANA, talk(first));
	const changed = (fn) => ({ role: 'model', parts: first.parts.map((p) => (p.inlineData ? fn(structuredClone(p)) : p)) });
	await refused(BANANA, talk(changed(({ inlineData }) => ({ inlineData }))), /thought_signature/);
	await refused(BANANA, talk(changed((p) => ({ ...p, thoughtSignature: 'AAAA' }))), /signature is not valid/);
	await image(OLD, talk(changed(({ inlineData }) => ({ inlineData }))));
	await refused(BANANA, body([user('red boat'), first]), /end with a user role/);
	await image(BANANA, { ...body(), contents: user('one object') });
	await image(BANANA, { ...body(), contents: { role: 'USER', parts: [{ text: 'in capitals' }] } });
	await refused(BANANA, body([{ role: 'tool', parts: [{ text: 'x' }] }]), /valid role: user, model/);
	await refused(BANANA, { ...body(), contents: [{ parts: [{ text: 'x' }] }] }, /role is required/);
	await refused(BANANA, { ...body(), contents: [] }, /contents must have/);
});

/* ---- fields ---- */

test('fields: which are taken, and which are not', async () => {
	const full = body('red boat', { temperature: 1, seed: 7, topP: 0.9, topK: 40, candidateCount: 1, maxOutputTokens: 8192,
		thinkingConfig: { thinkingLevel: 'MINIMAL', includeThoughts: false },
		imageConfig: { aspectRatio: '16:9', imageSize: '2K', personGeneration: 'ALLOW_ADULT', prominentPeople: 'BLOCK_PROMINENT_PEOPLE' } }, {
		systemInstruction: { role: 'user', parts: [{ text: 'be bold' }] }, labels: { a: 'b' },
		safetySettings: [{ category: 'HARM_CATEGORY_DANGEROUS_CONTENT', threshold: 'BLOCK_ONLY_HIGH', method: 'PROBABILITY' }] });
	await image(FLASH, full);
	await image(FLASH, { ...full, safetySettings: full.safetySettings[0] });
	for (const field of ['seed', 'temperature', 'topP', 'topK'])
		await refused(BANANA, body('x', { [field]: 1 }), new RegExp(`^${field} is not supported by this model`));
	await refused(FLASH, body('x', { candidateCount: 2 }), /^Multiple candidates is not enabled for this model$/);
	for (const config of [{ responseModalities: undefined }, { responseModalities: ['TEXT'] }, { responseModalities: ['AUDIO'] }, { responseModalities: 'IMAGE' },
		{ temperature: 3 }, { seed: 1.5 }, { sampleCount: 1 }, { personGeneration: 'ALLOW_ALL' }, { speechConfig: {} },
		{ imageConfig: { personGeneration: 'DONT_ALLOW' } }, { imageConfig: { personGeneration: 'allow_adult' } }, { imageConfig: { prominentPeople: 'ALLOW' } },
		{ imageConfig: { negativePrompt: 'rain' } }, { thinkingConfig: { thinkingLevel: 'minimal' } }, { thinkingConfig: { thinkingBudget: 1 } }])
		await refused(FLASH, body('x', config), /./);
	for (const level of ['MINIMAL', 'MEDIUM', 'HIGH'])
		await image(BANANA, body('x', { thinkingConfig: { thinkingLevel: level } }));
	await refused(BANANA, body('x', { thinkingConfig: { thinkingLevel: 'LOW' } }), /LOW is not supported/);
	await refused(OLD, body('x', { thinkingConfig: { includeThoughts: true } }), /Thinking is not supported/);
	const safety = (s) => refused(FLASH, body('x', {}, { safetySettings: [s] }), /./);
	await safety({ category: 'HARM_CATEGORY_DANGEROUS', threshold: 'OFF' });
	await safety({ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'block_none' });
	await safety({ category: 'HARM_CATEGORY_HARASSMENT' });
	await refused(FLASH, { ...body(), instances: [] }, /Unknown name "instances"/);
	await refused(FLASH, { contents: [user('x')] }, /generationConfig is required/);
});

/* ---- where ---- */

test('each model is served where Google serves it, and elsewhere is not found', async () => {
	for (const location of ['global', 'us', 'eu'])
		await image(FLASH, body(), { location });
	await image(OLD, body(), { location: 'europe-west4', version: 'v1beta1' });
	for (const [model, location] of [[FLASH, 'us-central1'], [BANANA, 'us'], [PRO, 'eu'], [LITE, 'us-central1'], [OLD, 'asia-east1'], ['gemini-nonesuch', 'global']]) {
		const e = await refused(model, body(), /Publisher Model/, 404, { location });
		assert.equal(e.status, 'NOT_FOUND');
		assert.ok(e.message.startsWith(`Publisher Model \`projects/${project}/locations/${location}/publishers/google/models/${model}\` was not found or your project does not have access to it.`));
	}
	assert.match((await ask(BANANA, body(), { location: 'moon' })).headers['content-type'], /text\/html/);
	for (const [model, location, verb, status] of [['veo-3.1-generate-001', 'europe-west4', 'predictLongRunning', 404], ['veo-3.1-generate-001', 'us-central1', 'predictLongRunning', 400],
		['veo-2.0-generate-001', 'europe-west4', 'predictLongRunning', 400], ['lyria-002', 'global', 'predict', 400], ['lyria-002', 'us-central1', 'predict', 400],
		['lyria-002', 'us-east1', 'predict', 404], ['imagen-4.0-generate-001', 'asia-east1', 'predict', 400], ['imagen-4.0-generate-001', 'global', 'predict', 404]])
		assert.equal((await google.api.post(at(model, { verb, location }), {})).status, status, `${model} in ${location}`);
	for (const [model, verb, b] of [[BANANA, 'generateContent', body()], ['lyria-002', 'predict', { instances: [{ prompt: 'x' }] }]])
		assert.equal((await google.api.post(`/v1beta1/publishers/google/models/${model}:${verb}`, b)).status, 200, 'without a place');
	await refused(BANANA, { instances: [{ prompt: 'x' }] }, /does not support the method predict/, 400, { verb: 'predict' });
	await refused('imagen-4.0-generate-001', body(), /does not support the method generateContent/, 400, { location: 'us-central1' });
});

test('preview ids are as retired as the setting says', async () => {
	for (const model of [`${FLASH}-preview`, `${PRO}-preview`])
		await image(model);
	(await google.api.post('/emulator/settings', { retired: 1 })).must(200);
	for (const model of [`${FLASH}-preview`, `${PRO}-preview`])
		await refused(model, body(), /was not found/, 404);
	await image(OLD);
	(await google.api.post('/emulator/settings', { retired: 0 })).must(200);
});

/* ---- outcomes ---- */

test('a blocked prompt: no candidate, and why', async () => {
	for (const [prompt, reason] of [['p [emulator:blocked]', 'SAFETY'], ['p [emulator:blocked=JAILBREAK]', 'JAILBREAK']]) {
		const a = (await ask(BANANA, body(prompt))).must(200);
		assert.equal(a.candidates, undefined);
		assert.equal(a.promptFeedback.blockReason, reason);
		assert.match(a.promptFeedback.blockReasonMessage, /Support codes: \d+/);
		assert.equal(await ledger(prompt), 0, 'nothing was begun');
	}
	await google.fault({ blocked: 'MODEL_ARMOR' }, { path: 'gemini' });
	assert.equal((await ask(BANANA, body())).must(200).promptFeedback.blockReason, 'MODEL_ARMOR');
	await assert.rejects(google.fault({ blocked: 'NO_SUCH' }), /block reason/);
});

test('an image that is held back, or not made: a candidate without content', async () => {
	const held = (await ask(BANANA, body('held [emulator:filter]'))).must(200);
	assert.deepEqual(Object.keys(held.candidates[0]).sort(), ['finishMessage', 'finishReason', 'index']);
	assert.equal(held.candidates[0].finishReason, 'IMAGE_SAFETY');
	assert.match(held.candidates[0].finishMessage, /Support codes: \d+/);
	assert.equal(held.usageMetadata.candidatesTokenCount, undefined);
	assert.equal(await ledger('held'), 1);
	for (const reason of ['IMAGE_PROHIBITED_CONTENT', 'IMAGE_RECITATION', 'IMAGE_OTHER', 'NO_IMAGE', 'PROHIBITED_CONTENT', 'SAFETY', 'STOP']) {
		await google.fault({ finish_reason: reason }, { path: 'gemini' });
		const [c] = (await ask(BANANA, body())).must(200).candidates;
		assert.deepEqual([c.finishReason, c.content], [reason, undefined]);
	}
	assert.equal((await ask(BANANA, body('x [emulator:finish=NO_IMAGE]'))).must(200).candidates[0].finishReason, 'NO_IMAGE');
});

test('a model that declines says so; one that thinks sends drafts; one that is generous, several', async () => {
	const declined = (await ask(BANANA, body('x [emulator:declines]'))).must(200);
	assert.deepEqual([declined.candidates[0].finishReason, parts(declined).length, typeof parts(declined)[0].text], ['STOP', 1, 'string']);
	const draft = (a) => parts(a).filter((p) => p.thought);
	for (const b of [body('x [emulator:thoughts]'), body('x', { thinkingConfig: { includeThoughts: true } })]) {
		const a = (await ask(BANANA, b)).must(200);
		assert.deepEqual(draft(a).map((p) => (p.text ? 'text' : 'image')), ['text', 'image']);
		assert.equal(images(a).length, 1);
		assert.notEqual(draft(a)[1].inlineData.data, images(a)[0].inlineData.data);
	}
	const [one, two] = images((await ask(BANANA, body('x [emulator:images=2]'))).must(200));
	assert.notEqual(one.inlineData.data, two.inlineData.data);
	assert.equal((await image(BANANA, body('x [emulator:jpeg]'))).mimeType, 'image/jpeg');
});

test('faults by the name gemini, with messages as long as Google\'s', async () => {
	const message = `Publisher Model \`${'m'.repeat(400)}\` was not found`;
	await google.fault({ status: 404, message }, { path: 'gemini' });
	assert.equal((await ask(BANANA, body())).json.error.message, message);
	await google.fault({ status: 429 }, { path: 'gemini' });
	await refused(BANANA, body('later'), /./, 429);
	assert.equal(await ledger('later'), 0);
	assert.equal((await ask(BANANA, body('x [emulator:503]'))).status, 503);
	await google.fault({ wrong_json: true }, { path: 'gemini' });
	assert.equal((await ask(BANANA, body())).json, undefined);
	(await google.api.get('/emulator/faults')).must(200);
});

/* ---- in pieces ---- */

const events = (text) => text.split('\r\n\r\n').filter(Boolean).map((line) => {
	assert.ok(line.startsWith('data: ') && !line.includes('\n'));
	return JSON.parse(line.slice(6));
});

test('the same in pieces, as events or as a list', async () => {
	const SEEDED = 'gemini-3.1-flash-image';	/* nano-banana takes no seed, and without one no two are the same */
	const b = body('red boat', { responseModalities: ['TEXT', 'IMAGE'], thinkingConfig: { includeThoughts: true }, seed: 7 });
	const stream = (query, what = b) => ask(SEEDED, what, { verb: 'streamGenerateContent', query });
	const r = await stream('?alt=sse');
	r.must(200);
	assert.match(r.headers['content-type'], /^text\/event-stream/);
	const told = events(r.text);
	assert.deepEqual(told.map((e) => Object.keys(e.candidates[0].content.parts[0])[0]), ['text', 'inlineData', 'text', 'inlineData']);
	assert.deepEqual(told.map((e) => e.candidates[0].finishReason), [undefined, undefined, undefined, 'STOP']);
	assert.deepEqual(told.map((e) => e.usageMetadata !== undefined), [false, false, false, true]);
	assert.equal(new Set(told.map((e) => e.responseId)).size, 1);
	const whole = (await ask(SEEDED, b)).must(200);
	assert.deepEqual(told.flatMap((e) => e.candidates[0].content.parts), parts(whole));
	assert.notEqual((await image()).data, (await image()).data);
	const list = (await stream('')).must(200);
	assert.deepEqual(list.flatMap((e) => parts(e)), parts(whole));
	assert.deepEqual(events((await stream('?alt=sse', body('x [emulator:blocked]'))).text).map((e) => e.promptFeedback.blockReason), ['SAFETY']);
	assert.deepEqual(events((await stream('?alt=sse', body('x [emulator:filter]'))).text).map((e) => e.candidates[0].finishReason), ['IMAGE_SAFETY']);
	assert.equal((await stream('?alt=sse', body('x', { candidateCount: 2 }))).status, 400);
	await assert.rejects(stream('?alt=sse', body('x [emulator:truncate=300]')));
});

test('a 403 says in its details what is missing, whichever service it is of', async () => {
	const path = at(FLASH), resource = path.slice(4, path.lastIndexOf(':')), permission = 'aiplatform.endpoints.predict';
	const missing = (domain, metadata) => [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'IAM_PERMISSION_DENIED', domain, metadata }];
	const vertex = missing('aiplatform.googleapis.com', { permission, resource });
	const iam = (name) => missing('iam.googleapis.com', { permission: `iam.serviceAccounts.${name}` });
	const account = '/v1/projects/-/serviceAccounts/a@b.iam.gserviceaccount.com:';
	const denied = async (url, b, words, fault = {}) => {
		await google.fault({ status: 403, ...fault }, { path: url });
		const { error } = (await google.api.post(url, b)).must(403);
		assert.deepEqual([error.code, error.status], [403, 'PERMISSION_DENIED']);
		assert.match(error.message, words);
		return error.details;
	};
	assert.deepEqual(await denied(path, body(), new RegExp(`^Permission '${permission}' denied on resource '//aiplatform.googleapis.com/${resource}' `)), vertex);
	assert.deepEqual(await denied(path, body(), /^so it is$/, { message: 'so it is' }), vertex);
	assert.deepEqual(await denied(`${account}signBlob`, { payload: 'aGk=' }, /^Permission 'iam.serviceAccounts.signBlob' denied on resource \(/), iam('signBlob'));
	assert.deepEqual(await denied(`${account}generateAccessToken`, { scope: ['x'] }, /getAccessToken/), iam('getAccessToken'));
	const [info, help] = await denied('/v1/text:synthesize', { input: { text: 'Hi' } }, /has not been used in project .* or it is disabled/);
	assert.deepEqual([info.reason, info.domain, info.metadata.service], ['SERVICE_DISABLED', 'googleapis.com', 'texttospeech.googleapis.com']);
	assert.equal(info.metadata.consumer, `projects/${project}`);
	assert.match(help.links[0].url, /^https:\/\/console\.developers\.google\.com\//);
});
