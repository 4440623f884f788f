'use strict';
/* tests/flow/014_google_sdks.js - Google's own SDKs, unchanged from npm, against the emulator.
 * Proves: issue "Google as it really is": the stock @google/genai (Vertex mode), @google-cloud/storage
 * and @google-cloud/text-to-speech cannot tell the emulator from Google in what the studio uses;
 * and its refusals are such as they understand.
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const { test, assert, before, after } = require('./tiny');
const { judge } = require('./media');
const { npm, npmImport } = require('./answers');
const { Google, ACCOUNT, selfSigned } = require('./google');

const BUCKET = 'studio-test-media';
let google, account, genai, ai, everywhere, storage, speech;

function genaiOf(location, options = {}) {
	return new genai.GoogleGenAI({ vertexai: true, project: account.project_id, location,
		httpOptions: { baseUrl: google.url, ...options }, googleAuthOptions: { authClient: selfSigned(account) } });
}

before(async () => {
	for (const name of ['STORAGE_EMULATOR_HOST', 'GOOGLE_CLOUD_PROJECT', 'GOOGLE_VERTEX_BASE_URL'])
		delete process.env[name];
	process.env.METADATA_SERVER_DETECTION = 'none';
	google = await new Google().start({ 'image-scale': 0.25, 'video-scale': 0.25, 'video-seconds': 0.5, 'music-seconds': 1 });
	account = JSON.parse(fs.readFileSync(ACCOUNT));
	genai = await npmImport('@google/genai');
	ai = genaiOf('us-central1', { apiVersion: 'v1' });
	everywhere = genaiOf('global');
	const { Storage } = npm('@google-cloud/storage');
	storage = new Storage({ projectId: account.project_id, keyFilename: ACCOUNT, apiEndpoint: google.url });
	const tts = npm('@google-cloud/text-to-speech');
	speech = new tts.TextToSpeechClient({ keyFilename: ACCOUNT, projectId: account.project_id,
		apiEndpoint: '127.0.0.1', port: google.port, protocol: 'http', fallback: true });
});
after(() => google.stop());

const refused = (status, words) => (e) => {
	assert.equal([e.status, e.code].find((n) => typeof n === 'number'), status, `${e}`);
	assert.match(e.message, words);
	return true;
};

const b64 = (text) => Buffer.from(text, 'base64');

/* ---- @google/genai: Imagen ---- */

test('genai: images from Imagen, inline and in storage', async () => {
	const one = await ai.models.generateImages({ model: 'imagen-4.0-generate-001', prompt: 'red boat',
		config: { numberOfImages: 2, aspectRatio: '16:9', outputMimeType: 'image/jpeg', includeRaiReason: true } });
	assert.equal(one.generatedImages.length, 2);
	for (const g of one.generatedImages)
		judge(g.image.mimeType, b64(g.image.imageBytes));
	const two = await ai.models.generateImages({ model: 'imagen-4.0-generate-001', prompt: 'red boat',
		config: { numberOfImages: 1, outputGcsUri: `gs://${BUCKET}/sdk/imagen/` } });
	const uri = two.generatedImages[0].image.gcsUri;
	const [bytes] = await storage.bucket(BUCKET).file(uri.slice(`gs://${BUCKET}/`.length)).download();
	judge('image/png', bytes);
});

test('genai: edits with references, and an upscale', async () => {
	const { RawReferenceImage, MaskReferenceImage, StyleReferenceImage } = genai;
	const made = await ai.models.generateImages({ model: 'imagen-4.0-generate-001', prompt: 'a chair', config: { numberOfImages: 1 } });
	const image = { imageBytes: made.generatedImages[0].image.imageBytes, mimeType: 'image/png' };
	const raw = new RawReferenceImage(), mask = new MaskReferenceImage(), style = new StyleReferenceImage();
	Object.assign(raw, { referenceId: 1, referenceImage: image });
	Object.assign(mask, { referenceId: 2, config: { maskMode: 'MASK_MODE_BACKGROUND', maskDilation: 0.01 } });
	Object.assign(style, { referenceId: 3, referenceImage: image, config: { styleDescription: 'ink' } });
	const edited = await ai.models.editImage({ model: 'imagen-3.0-capability-001', prompt: 'a beach [1]', referenceImages: [raw, mask],
		config: { editMode: 'EDIT_MODE_BGSWAP', numberOfImages: 1 } });
	assert.equal(edited.generatedImages.length, 1);
	const styled = await ai.models.editImage({ model: 'imagen-3.0-capability-001', prompt: 'a beach in style [3]', referenceImages: [style],
		config: { numberOfImages: 1 } });
	assert.equal(styled.generatedImages.length, 1);
	const larger = await ai.models.upscaleImage({ model: 'imagen-4.0-upscale-preview', image, upscaleFactor: 'x2', config: {} });
	const small = judge('image/png', b64(image.imageBytes)), large = judge('image/png', b64(larger.generatedImages[0].image.imageBytes));
	assert.equal(large.width, small.width * 2);
});

/* ---- @google/genai: Veo ---- */

async function video(request) {
	let op = await ai.models.generateVideos(request);
	assert.match(op.name, /\/operations\//);
	for (const until = Date.now() + 20000; !op.done && Date.now() < until;) {
		await new Promise((yes) => setTimeout(yes, 100));
		op = await ai.operations.getVideosOperation({ operation: op });
	}
	assert.ok(op.done, 'the operation runs on');
	return op;
}

test('genai: videos from Veo, polled', async () => {
	const op = await video({ model: 'veo-3.1-generate-001', source: { prompt: 'red boat' }, config: { durationSeconds: 8, numberOfVideos: 2, generateAudio: true } });
	assert.equal(op.response.generatedVideos.length, 2);
	judge('video/mp4', b64(op.response.generatedVideos[0].video.videoBytes));
	const stored = await video({ model: 'veo-3.1-fast-generate-001', source: { prompt: 'blue boat' },
		config: { durationSeconds: 4, resolution: '720p', aspectRatio: '9:16', outputGcsUri: `gs://${BUCKET}/sdk/veo/` } });
	assert.match(stored.response.generatedVideos[0].video.uri, /^gs:\/\/studio-test-media\/sdk\/veo\/.*sample_0\.mp4$/);
});

test('genai: what Veo holds back is told', async () => {
	const op = await video({ model: 'veo-3.1-generate-001', source: { prompt: 'held back [emulator:filter]' }, config: { durationSeconds: 8 } });
	assert.ok(op.response.raiMediaFilteredCount > 0);
	assert.match(op.response.raiMediaFilteredReasons[0], /Support codes/);
});

/* ---- @google/genai: interactions ---- */

async function finished(id) {
	let now = await everywhere.interactions.get(id);
	for (const until = Date.now() + 20000; now.status === 'in_progress' && Date.now() < until;) {
		await new Promise((yes) => setTimeout(yes, 100));
		now = await everywhere.interactions.get(id);
	}
	return now;
}

test('genai: a song of Lyria 3, in steps and in the older outputs', async () => {
	const song = await everywhere.interactions.create({ model: 'lyria-3-clip-preview', input: 'calm folk' });
	assert.equal(song.status, 'completed');
	assert.equal(song.output_audio.mime_type, 'audio/mpeg');
	judge('audio/mpeg', b64(song.output_audio.data));
	assert.match(song.output_text, /Caption/);
	assert.ok(song.created instanceof Date || Date.parse(song.created) > 0);
	(await google.api.post('/emulator/settings', { interactions_outputs: true })).must(200);
	const flat = await everywhere.interactions.get(song.id);
	(await google.api.post('/emulator/settings', { interactions_outputs: false })).must(200);
	assert.deepEqual(flat.output_audio, song.output_audio);
	const v1 = genaiOf('global', { apiVersion: 'v1' });
	assert.equal((await v1.interactions.get(song.id)).output_audio.data, song.output_audio.data);
});

test('genai: a film of Omni, read until it is done; another is cancelled', async () => {
	const film = (input) => everywhere.interactions.create({ model: 'gemini-omni-1.1-flash-preview', background: true, input,
		response_format: [{ type: 'video', delivery: 'uri', gcs_uri: `gs://${BUCKET}/sdk/omni/`, aspect_ratio: '16:9', resolution: '720p', duration: '4s' }],
		generation_config: { video_config: { task: 'text_to_video' } } });
	const begun = await film('boat');
	assert.equal(begun.status, 'in_progress');
	const done = await finished(begun.id);
	assert.equal(done.status, 'completed');
	const [bytes] = await storage.bucket(BUCKET).file(done.output_video.uri.slice(`gs://${BUCKET}/`.length)).download();
	judge('video/mp4', bytes);
	(await google.api.post('/emulator/settings', { video_seconds: 60 })).must(200);
	const other = await film('another boat');
	(await google.api.post('/emulator/settings', { video_seconds: 0.5 })).must(200);
	assert.equal((await everywhere.interactions.cancel(other.id)).status, 'cancelled');
	assert.equal((await everywhere.interactions.get(other.id)).status, 'cancelled');
});

test('genai: refusals of interactions are its errors, with Google\'s words', async () => {
	const ask = (more, client = everywhere) => client.interactions.create({ model: 'lyria-3-clip-preview', input: 'x', ...more });
	await assert.rejects(ask({ model: 'lyria-9' }), refused(404, /Publisher Model .*lyria-9.* was not found/));
	await assert.rejects(ask({}, ai), refused(404, /Publisher Model .*us-central1/));
	await assert.rejects(ask({ generation_config: { seed: 7 } }), refused(400, /seed/));
	await assert.rejects(ask({ input: 'x [emulator:blocked]' }), refused(400, /Support codes/));
	await assert.rejects(everywhere.interactions.get('nothing'), refused(404, /not found/));
});

/* ---- @google/genai: Gemini ---- */

const gemini = (model, contents, config) => everywhere.models.generateContent({ model, contents, config });
const picture = (answer) => answer.candidates[0].content.parts.filter((p) => p.inlineData && !p.thought).map((p) => p.inlineData)[0];

test('genai: images from Gemini, and an edit of what came', async () => {
	const made = await gemini('gemini-nano-banana-2.1', 'red boat', { responseModalities: ['TEXT', 'IMAGE'], imageConfig: { aspectRatio: '16:9', imageSize: '2K',
		outputMimeType: 'image/jpeg', outputCompressionQuality: 80 }, thinkingConfig: { thinkingLevel: 'MINIMAL', includeThoughts: true },
		safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_ONLY_HIGH' }], labels: { a: 'b' }, systemInstruction: 'be bold' });
	assert.ok(made.text);
	const { mimeType, data } = picture(made);
	assert.equal(mimeType, 'image/jpeg');
	const { width, height } = judge(mimeType, b64(data));
	assert.deepEqual([width * 4, height * 4], [2752, 1536]);
	const edited = await gemini('gemini-3.1-flash-image', [{ role: 'user', parts: [{ inlineData: { mimeType, data } }, { text: 'make it blue' }] }],
	    { responseModalities: ['IMAGE'], seed: 7, temperature: 1 });
	judge('image/png', b64(picture(edited).data));
	const chat = everywhere.chats.create({ model: 'gemini-3-pro-image', config: { responseModalities: ['TEXT', 'IMAGE'] } });
	await chat.sendMessage({ message: 'red boat' });
	judge('image/png', b64(picture(await chat.sendMessage({ message: 'make it blue' })).data));
	const stored = await gemini('gemini-2.5-flash-image', 'red boat', { responseModalities: ['IMAGE'], generationOutputConfig: { outputUriPrefix: `gs://${BUCKET}/sdk/gemini` } });
	assert.match(stored.candidates[0].content.parts[0].fileData.fileUri, /^gs:\/\/studio-test-media\/sdk\/gemini\/\d+\/sample_0\.png$/);
});

test('genai: an image in pieces', async () => {
	const pieces = [];
	for await (const piece of await everywhere.models.generateContentStream({ model: 'gemini-nano-banana-2.1', contents: 'red boat',
		config: { responseModalities: ['TEXT', 'IMAGE'] } }))
		pieces.push(piece);
	assert.equal(pieces.length, 2);
	assert.ok(pieces[0].text);
	judge('image/png', b64(picture(pieces[1]).data));
	assert.equal(pieces[1].candidates[0].finishReason, 'STOP');
	assert.equal(pieces[1].usageMetadata.candidatesTokenCount, 1120);
});

test('genai: speech from Gemini, whole and in pieces', async () => {
	const model = 'gemini-3.8-flash-tts', contents = [{ role: 'user', parts: [{ text: 'Good morning', speechMetadata: { style: 'calm' } }] }];
	const of = (voiceConfig) => ({ responseModalities: ['AUDIO'], speechConfig: { languageCode: 'en-US', voiceConfig } });
	const { mimeType, data } = picture(await gemini(model, contents, of({ voice: 'Kore' })));
	assert.equal(mimeType, 'audio/wav');
	judge(mimeType, b64(data));
	assert.equal(picture(await gemini(model, contents, of({ prebuiltVoiceConfig: { voiceName: 'Kore' } }))).data, data);
	const raw = [];
	for await (const piece of await everywhere.models.generateContentStream({ model, contents, config: of({ voice: 'Kore' }) }))
		raw.push(b64(picture(piece).data));
	assert.ok(Buffer.concat(raw).equals(b64(data).subarray(44)));
});

test('genai: what Gemini withholds or refuses', async () => {
	const image = (prompt, more = {}, model = 'gemini-nano-banana-2.1') => gemini(model, prompt, { responseModalities: ['IMAGE'], ...more });
	assert.equal((await image('x [emulator:blocked]')).promptFeedback.blockReason, 'SAFETY');
	assert.equal((await image('x [emulator:filter]')).candidates[0].finishReason, 'IMAGE_SAFETY');
	await assert.rejects(image('x', { candidateCount: 2 }), refused(400, /Multiple candidates/));
	await assert.rejects(image('x', { seed: 1 }), refused(400, /seed/));
	await assert.rejects(image('x', {}, 'gemini-nonesuch'), refused(404, /Publisher Model/));
	await google.fault({ status: 429 }, { path: 'gemini' });
	await assert.rejects(image('x'), refused(429, /RESOURCE_EXHAUSTED/));
});

/* ---- @google/genai: what is refused ---- */

test('genai: refusals are its ApiError, with Google\'s words', async () => {
	const ask = (model, config, prompt = 'x') => ai.models.generateImages({ model, prompt, config });
	await assert.rejects(ask('imagen-9', {}), refused(404, /Publisher Model .*imagen-9.* was not found/));
	await assert.rejects(ask('imagen-4.0-generate-001', { aspectRatio: '5:1' }), refused(400, /INVALID_ARGUMENT/));
	await assert.rejects(ask('imagen-4.0-generate-001', { numberOfImages: 9 }), refused(400, /INVALID_ARGUMENT/));
	await assert.rejects(ask('imagen-4.0-generate-001', { numberOfImages: 1, seed: 7 }), refused(400, /watermark/));
	await assert.rejects(ask('imagen-4.0-generate-001', {}, 'x [emulator:blocked]'), refused(400, /Support codes/));
	await google.fault({ status: 429 }, { path: 'imagen' });
	await assert.rejects(ask('imagen-4.0-generate-001', {}), refused(429, /RESOURCE_EXHAUSTED/));
});

/* ---- @google-cloud/storage ---- */

const MB = Buffer.alloc(3 << 20, 'studio');

test('storage: an object goes and comes, at once and resumable', async () => {
	const file = (name) => storage.bucket(BUCKET).file(name);
	await file('sdk/a/b+c é.txt').save('hello', { resumable: false, contentType: 'text/plain', metadata: { metadata: { k: 'v' } } });
	const [text] = await file('sdk/a/b+c é.txt').download();
	assert.equal(String(text), 'hello');
	const [facts] = await file('sdk/a/b+c é.txt').getMetadata();
	assert.deepEqual([facts.contentType, facts.size, facts.crc32c, facts.metadata], ['text/plain', '5', 'mnG7TA==', { k: 'v' }]);
	await file('sdk/small').save('hello');				/* resumable, for five bytes */
	await file('sdk/chunks').save(MB, { chunkSize: 1 << 20 });
	assert.ok((await file('sdk/chunks').download())[0].equals(MB));
	const [part] = await file('sdk/chunks').download({ start: 6, end: 11 });
	assert.equal(String(part), 'studio');
});

test('storage: lists in pages, by prefix and folder; deletes; says what is not there', async () => {
	const bucket = storage.bucket(BUCKET);
	for (let i = 0; i < 5; i++)
		await bucket.file(`sdk/list/${i % 2 ? 'x/' : ''}${i}`).save(`${i}`, { resumable: false });
	const all = [];
	for (let query = { prefix: 'sdk/list/', maxResults: 2, autoPaginate: false }, files; query;) {
		[files, query] = await bucket.getFiles(query);
		assert.ok(files.length <= 2);
		all.push(...files.map((f) => f.name));
	}
	assert.deepEqual(all, ['sdk/list/0', 'sdk/list/2', 'sdk/list/4', 'sdk/list/x/1', 'sdk/list/x/3']);
	const [, , page] = await bucket.getFiles({ prefix: 'sdk/list/', delimiter: '/', autoPaginate: false });
	assert.deepEqual(page.prefixes, ['sdk/list/x/']);
	await bucket.file('sdk/list/0').delete();
	assert.deepEqual(await bucket.file('sdk/list/0').exists(), [false]);
	await assert.rejects(bucket.file('sdk/list/0').delete(), refused(404, /No such object/));
	await bucket.file('sdk/list/2').delete({ ignoreNotFound: true });
	await assert.rejects(bucket.file('sdk/list/4').save('again', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } }),
	    refused(412, /./));
});

test('storage: a V4 signed URL of the SDK opens, one that was touched does not', async () => {
	const file = storage.bucket(BUCKET).file('sdk/signed é.txt');
	await file.save('signed', { resumable: false, contentType: 'text/plain' });
	const [url] = await file.getSignedUrl({ version: 'v4', action: 'read', expires: Date.now() + 60000, responseDisposition: 'attachment; filename="x.txt"' });
	const good = await fetch(url);
	assert.equal(good.status, 200);
	assert.equal(await good.text(), 'signed');
	assert.equal(good.headers.get('content-disposition'), 'attachment; filename="x.txt"');
	const bad = await fetch(url.replace(/.$/, (c) => (c === '0' ? '1' : '0')));
	assert.equal(bad.status, 403);
	assert.match(await bad.text(), /<Code>SignatureDoesNotMatch<\/Code>/);
	const [put] = await storage.bucket(BUCKET).file('sdk/put').getSignedUrl({ version: 'v4', action: 'write', expires: Date.now() + 60000, contentType: 'text/plain' });
	assert.equal((await fetch(put, { method: 'PUT', body: 'put', headers: { 'Content-Type': 'text/plain' } })).status, 200);
	assert.equal(String((await storage.bucket(BUCKET).file('sdk/put').download())[0]), 'put');
});

/* ---- @google-cloud/text-to-speech ---- */

test('text-to-speech: each encoding, and the voices', async () => {
	const say = (audioEncoding, more = {}) => speech.synthesizeSpeech({ input: { text: 'Good morning' },
		voice: { languageCode: 'en-US', name: 'en-US-Chirp3-HD-Kore' }, audioConfig: { audioEncoding, ...more } });
	for (const [encoding, type] of [['MP3', 'audio/mpeg'], ['LINEAR16', 'audio/wav'], ['OGG_OPUS', 'audio/ogg']])
		judge(type, Buffer.from((await say(encoding, { speakingRate: 1.1, volumeGainDb: -2 }))[0].audioContent));
	const [{ voices }] = await speech.listVoices({ languageCode: 'en-US' });
	const kore = voices.find((v) => v.name === 'en-US-Chirp3-HD-Kore');
	assert.deepEqual(kore, { languageCodes: ['en-US'], name: 'en-US-Chirp3-HD-Kore', ssmlGender: 'FEMALE', naturalSampleRateHertz: 24000 });
	await assert.rejects(say('MP3', { pitch: 3 }), refused(400, /pitch/i));
	await assert.rejects(say('MP3', { speakingRate: 9 }), refused(400, /./));
	await assert.rejects(speech.synthesizeSpeech({ input: { text: 'x'.repeat(5001) }, voice: { languageCode: 'en-US', name: 'en-US-Chirp3-HD-Kore' },
		audioConfig: { audioEncoding: 'MP3' } }), refused(400, /5000 bytes/));
});

test('text-to-speech: the Gemini models, one voice and two', async () => {
	const say = (input, voice, audioConfig = {}, more = {}) => speech.synthesizeSpeech({ input, voice: { languageCode: 'en-US', ...voice }, audioConfig, ...more });
	const one = { name: 'Kore', modelName: 'gemini-2.5-flash-tts' };
	const [mp3] = await say({ text: 'Hi', prompt: 'Say it warmly' }, one, { audioEncoding: 'MP3' },
	    { advancedVoiceOptions: { safetySettings: { settings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_ONLY_HIGH' }] } } });
	judge('audio/mpeg', Buffer.from(mp3.audioContent));
	const [wav] = await say({ prompt: 'podcast', multiSpeakerMarkup: { turns: [{ speaker: 'Sam', text: 'Hello' }, { speaker: 'Bob', text: 'Hey' }] } },
	    { modelName: 'gemini-2.5-pro-tts', multiSpeakerVoiceConfig: { speakerVoiceConfigs: [{ speakerAlias: 'Sam', speakerId: 'Kore' }, { speakerAlias: 'Bob', speakerId: 'Charon' }] } });
	judge('audio/wav', Buffer.from(wav.audioContent));
	await assert.rejects(say({ text: 'x'.repeat(4001) }, one), refused(400, /4000 bytes/));
	await assert.rejects(say({ text: 'x' }, { ...one, ssmlGender: 'NEUTRAL' }), refused(400, /neutral/));
});
