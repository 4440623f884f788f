'use strict';
/* tests/flow/015_same_bodies.js - what vertex sends to Google is what Google's own SDK sends for the
 * same wish, field by field; where it says more, or says it otherwise, a row here has the reason.
 * Proves: issue "Google as it really is": "recorded request bodies of the SDKs compared with ours".
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const { test, assert, before, after } = require('./tiny');
const { npm, npmImport } = require('./answers');
const { Google, Recorder, ACCOUNT, selfSigned } = require('./google');
const h = require('./harness');

const BUCKET = 'gs://studio-test-media';
let google, recorder, account, genai, ai, global, speech, t, user, project, picture;

before(async () => {
	process.env.METADATA_SERVER_DETECTION = 'none';
	google = await new Google().start({ 'image-scale': 0.25, 'video-scale': 0.25, 'video-seconds': 0.3 });
	recorder = await new Recorder().start(google.url);
	account = JSON.parse(fs.readFileSync(ACCOUNT));
	genai = await npmImport('@google/genai');
	ai = new genai.GoogleGenAI({ vertexai: true, project: account.project_id, location: 'us-central1',
		httpOptions: { baseUrl: recorder.url, apiVersion: 'v1' }, googleAuthOptions: { authClient: selfSigned(account) } });
	global = new genai.GoogleGenAI({ vertexai: true, project: account.project_id, location: 'global',
		httpOptions: { baseUrl: recorder.url, apiVersion: 'v1' }, googleAuthOptions: { authClient: selfSigned(account) } });
	speech = new (npm('@google-cloud/text-to-speech').TextToSpeechClient)({ keyFilename: ACCOUNT, projectId: account.project_id,
		apiEndpoint: '127.0.0.1', port: recorder.port, protocol: 'http', fallback: true });
	t = await h.start({ env: { GOOGLE_APPLICATION_CREDENTIALS: ACCOUNT, VERTEX_AI_PROJECT_ID: account.project_id, VERTEX_AI_LOCATION: 'us-central1',
		VERTEX_AI_STORAGE_URI: `${BUCKET}/media`, VERTEX_ENDPOINT: recorder.url, TEXT_TO_SPEECH_ENDPOINT: recorder.url,
		STORAGE_ENDPOINT: google.url, OAUTH_ENDPOINT: google.url, IAM_ENDPOINT: google.url,
		MODEL_ALIASES: 'imagen-4.0-generate-001=imagen-4.0-generate-001,imagen-3.0-capability-001=imagen-3.0-capability-001' } });
	user = await t.user();
	project = await t.project();
	picture = (await ai.models.generateImages({ model: 'imagen-4.0-generate-001', prompt: 'a chair', config: { numberOfImages: 1 } })).generatedImages[0].image.imageBytes;
});
after(async () => {
	await recorder.stop();
	await google.stop();
});

/* Every leaf of a body as "path": value. A number that spells an enum and its name are the same. */
function leaves(body, at = '', out = {}) {
	if (body === null || typeof body !== 'object')
		out[at] = body;
	else
		for (const [k, v] of Object.entries(body))
			leaves(v, at === '' ? k : `${at}.${k}`, out);
	return out;
}
const ENCODING = { LINEAR16: 1, MP3: 2, OGG_OPUS: 3 };
const same = (path, a, b) => (path === 'audioConfig.audioEncoding' ? (ENCODING[a] ?? a) === (ENCODING[b] ?? b)
    : typeof a === 'string' && /^(parameters\.(personGeneration|safetySetting|compressionQuality)|instances\.0\.referenceImages\.\d+\.referenceType)$/.test(path)
	? a.toLowerCase() === b.toLowerCase() : Object.is(a, b));

/* `more`: what only we say: path -> [test of its value, why]. */
function compare(ours, theirs, more = {}) {
	const a = leaves(ours), b = leaves(theirs);
	for (const path of Object.keys(b))
		assert.ok(path in a && same(path, a[path], b[path]), `${path}: the SDK says ${JSON.stringify(b[path])}, we say ${JSON.stringify(a[path])}\n${JSON.stringify(ours)}`);
	for (const path of Object.keys(a).filter((p) => !(p in b)))
		assert.ok(more[path] && more[path](a[path]), `${path}: only we say it: ${JSON.stringify(a[path])}`);
	for (const path of Object.keys(more))
		assert.ok(path in a && !(path in b), `${path} is no difference any more`);
}

const ours = async (kind, body, part) => {
	recorder.take('');
	const r = await user.post(`/api/media/${kind}`, { projectId: project, ...body });
	assert.ok(r.status === 201 || r.status === 202, r.text);
	await t.final(user, r.json.id);
	const seen = recorder.take(part);
	assert.ok(seen.length >= 1, `nothing was sent to ${part}`);
	return seen[0];
};
const theirs = async (part, fn) => {
	recorder.take('');
	await fn();
	return recorder.take(part)[0];
};
const below = (v) => v.startsWith(`${BUCKET}/media/users/`);
const yes = (v) => v === true;

test('imagen: an image with most of its fields', async () => {
	const a = await ours('image', { model: 'imagen-4.0-generate-001', prompt: 'red boat', sampleCount: 2, aspectRatio: '16:9', sampleImageSize: '2K', language: 'en',
		enhancePrompt: false, addWatermark: false, seed: 7, personGeneration: 'allow_adult', safetySetting: 'block_only_high',
		outputMimeType: 'image/jpeg', compressionQuality: 80 }, ':predict');
	const b = await theirs(':predict', () => ai.models.generateImages({ model: 'imagen-4.0-generate-001', prompt: 'red boat', config: {
		numberOfImages: 2, aspectRatio: '16:9', imageSize: '2K', language: 'en', enhancePrompt: false, addWatermark: false, seed: 7,
		personGeneration: 'ALLOW_ADULT', safetyFilterLevel: 'BLOCK_ONLY_HIGH', outputMimeType: 'image/jpeg', outputCompressionQuality: 80, includeRaiReason: true } }));
	assert.equal(a.path, b.path);
	compare(a.body, b.body, { 'parameters.storageUri': below });
});

test('imagen: an image of references', async () => {
	const image = { bytesBase64Encoded: picture };
	const a = await ours('image', { model: 'imagen-3.0-capability-001', prompt: 'a beach with [1] in style [2] and [3]', referenceData: [
		{ referenceId: 1, referenceType: 'RAW', referenceImage: image },
		{ referenceId: 2, referenceType: 'STYLE', description: 'ink', referenceImage: image },
		{ referenceId: 3, referenceType: 'SUBJECT', secondaryReferenceType: 'PRODUCT', description: 'a mug', referenceImage: image },
		{ referenceId: 4, referenceType: 'CONTROL', secondaryReferenceType: 'CANNY', referenceImage: image },
	] }, ':predict');
	const as = (kind, more) => Object.assign(new genai[kind](), { referenceImage: { imageBytes: picture, mimeType: 'image/png' }, ...more });
	const b = await theirs(':predict', () => ai.models.editImage({ model: 'imagen-3.0-capability-001', prompt: 'a beach with [1] in style [2] and [3]', config: { numberOfImages: 1, includeRaiReason: true },
		referenceImages: [as('RawReferenceImage', { referenceId: 1 }), as('StyleReferenceImage', { referenceId: 2, config: { styleDescription: 'ink' } }),
			as('SubjectReferenceImage', { referenceId: 3, config: { subjectType: 'SUBJECT_TYPE_PRODUCT', subjectDescription: 'a mug' } }),
			as('ControlReferenceImage', { referenceId: 4, config: { controlType: 'CONTROL_TYPE_CANNY', enableControlImageComputation: true } })] }));
	const control = b.body.instances[0].referenceImages[3].controlImageConfig;
	assert.equal(control.computeControl, true, 'the SDK learned the documented name: compare it as it is');
	delete control.computeControl;
	compare(a.body, b.body, { 'parameters.storageUri': below,
		'instances.0.referenceImages.3.controlImageConfig.enableControlImageComputation': yes });	/* the documented name */
});

test('imagen: an upscale', async () => {
	const made = (await user.post('/api/media/image', { projectId: project, model: 'imagen-4.0-generate-001', prompt: 'small' })).must(201);
	const uri = made.results[0].metadata.originalGcsUri;
	const a = await ours('image/upscale', { gcsUri: uri, upscaleFactor: 'x2' }, ':predict');
	const b = await theirs(':predict', () => ai.models.upscaleImage({ model: 'imagen-4.0-upscale-preview', upscaleFactor: 'x2',
		image: { gcsUri: uri, mimeType: 'image/png' }, config: { includeRaiReason: true, outputMimeType: 'image/png' } }));
	assert.equal(a.path, b.path);
	compare(a.body, b.body, { 'parameters.storageUri': below, 'instances.0.prompt': (v) => v === '' });	/* as in REST samples */
});

/* Each call of Gemini's models makes one result: the count of a request is a count of calls. */
const gemini = (model, contents, config) => theirs(':generateContent', () => global.models.generateContent({ model, contents, config }));

test('gemini: an image with most of its fields', async () => {
	const safetySettings = ['HARASSMENT', 'HATE_SPEECH', 'SEXUALLY_EXPLICIT', 'DANGEROUS_CONTENT'].map((c) => ({ category: `HARM_CATEGORY_${c}`, threshold: 'BLOCK_ONLY_HIGH' }));
	const a = await ours('image', { model: 'gemini-nano-banana-2.1', prompt: 'red boat', aspectRatio: '16:9', sampleImageSize: '2K', enhancePrompt: false,
		personGeneration: 'allow_adult', safetySetting: 'block_only_high', outputMimeType: 'image/jpeg', compressionQuality: 80 }, ':generateContent');
	const b = await gemini('gemini-nano-banana-2.1', 'red boat', { responseModalities: ['IMAGE'], safetySettings, thinkingConfig: { thinkingLevel: 'MINIMAL' },
		imageConfig: { aspectRatio: '16:9', imageSize: '2K', personGeneration: 'ALLOW_ADULT', outputMimeType: 'image/jpeg', outputCompressionQuality: 80 } });
	assert.equal(a.path, b.path);
	compare(a.body, b.body);
});

test('gemini: an image of references', async () => {
	const fileUri = (await user.post('/api/media/image', { projectId: project, prompt: 'small' })).must(201).results[0].metadata.originalGcsUri;
	const a = await ours('image', { model: 'gemini-3.1-flash-image', prompt: 'a beach with [1]', aspectRatio: '1:1', referenceData: [
		{ referenceId: 1, referenceType: 'RAW', referenceImage: { bytesBase64Encoded: picture } }, { referenceType: 'STYLE', referenceImage: { gcsUri: fileUri } }] }, ':generateContent');
	const [image, , { text }] = a.body.contents[0].parts;
	assert.match(text, /\[1\][^]*\[2\][^]*\na beach with \[1\]$/, 'which image is meant is said in words');
	const b = await gemini('gemini-3.1-flash-image', [{ role: 'user', parts: [{ inlineData: { data: picture, mimeType: 'image/png' } }, { fileData: { fileUri, mimeType: 'image/png' } }, { text }] }],
	    { responseModalities: ['IMAGE'], imageConfig: { aspectRatio: '1:1' } });
	assert.equal(image.inlineData.data, picture);
	assert.equal(a.path, b.path);
	compare(a.body, b.body);
});

test('gemini: speech', async () => {
	const a = await ours('audio', { model: 'gemini-3.8-flash-tts', prompt: 'Good morning', voice: 'Kore', language: 'en-US', audioStyle: 'calm', audioEncoding: 'linear16' }, ':generateContent');
	const b = await gemini('gemini-3.8-flash-tts', [{ role: 'user', parts: [{ text: 'Good morning', speechMetadata: { style: 'calm' } }] }],
	    { responseModalities: ['AUDIO'], speechConfig: { languageCode: 'en-US', voiceConfig: { voice: 'Kore' } } });
	assert.equal(a.path, b.path);
	compare(a.body, b.body);
});

test('veo: a text, and pictures at both ends', async () => {
	const fields = { prompt: 'red boat', durationSeconds: 8, aspectRatio: '9:16', sampleCount: 2, resolution: '1080p', generateAudio: true, seed: 9,
		personGeneration: 'allow_adult', negativePrompt: 'rain', enhancePrompt: true };
	const a = await ours('video', { model: 'veo-3.1-generate-001', ...fields }, ':predictLongRunning');
	const config = { numberOfVideos: 2, durationSeconds: 8, aspectRatio: '9:16', resolution: '1080p', generateAudio: true, seed: 9, personGeneration: 'allow_adult',
		negativePrompt: 'rain', enhancePrompt: true };
	const b = await theirs(':predictLongRunning', () => ai.models.generateVideos({ model: 'veo-3.1-generate-001', source: { prompt: 'red boat' }, config }));
	assert.equal(a.path, b.path);
	compare(a.body, b.body, { 'parameters.storageUri': below });
	const c = await ours('video', { model: 'veo-3.1-generate-001', prompt: 'grow', durationSeconds: 4, referenceImage: { bytesBase64Encoded: picture },
		lastFrame: { bytesBase64Encoded: picture } }, ':predictLongRunning');
	const image = { imageBytes: picture, mimeType: 'image/png' };
	const d = await theirs(':predictLongRunning', () => ai.models.generateVideos({ model: 'veo-3.1-generate-001', source: { prompt: 'grow', image },
		config: { durationSeconds: 4, lastFrame: image } }));
	compare(c.body, d.body, { 'parameters.storageUri': below, 'parameters.sampleCount': (n) => n === 1, 'parameters.generateAudio': (v) => typeof v === 'boolean' });
});

test('veo: what is to be seen', async () => {
	const asset = { referenceType: 'asset', referenceImage: { bytesBase64Encoded: picture } };
	const a = await ours('video', { model: 'veo-3.1-generate-001', prompt: 'a mug', durationSeconds: 8, sampleCount: 1, generateAudio: true, referenceData: [asset, asset] }, ':predictLongRunning');
	const image = { image: { imageBytes: picture, mimeType: 'image/png' }, referenceType: 'ASSET' };
	const b = await theirs(':predictLongRunning', () => ai.models.generateVideos({ model: 'veo-3.1-generate-001', source: { prompt: 'a mug' },
		config: { durationSeconds: 8, numberOfVideos: 1, generateAudio: true, referenceImages: [image, image] } }));
	assert.equal(a.path, b.path);
	compare(a.body, b.body, { 'parameters.storageUri': below });
});

test('veo: a poll', async () => {
	recorder.take('');
	const m = (await user.post('/api/media/video', { projectId: project, prompt: 'polled' })).must(202);
	await t.final(user, m.id);
	const a = recorder.take(':fetchPredictOperation')[0];
	const b = await theirs(':fetchPredictOperation', async () => {
		const op = new genai.GenerateVideosOperation();
		op.name = a.body.operationName;
		await ai.operations.getVideosOperation({ operation: op });
	});
	assert.equal(a.path, b.path);
	compare(a.body, b.body);
});

/* Nothing is kept at Google, which has to be said. */
test('lyria 3: a song', async () => {
	const a = await ours('music', { model: 'lyria-3-clip-preview', prompt: 'calm folk' }, '/interactions');
	const b = await theirs('/interactions', () => global.interactions.create({ model: 'lyria-3-clip-preview', input: 'calm folk', store: false }));
	assert.equal(a.path.replace('/v1beta1/', '/v1/'), b.path, 'the API is documented under v1beta1 alone');
	compare(a.body, b.body);
});

test('omni: a film of what is to be seen, and a poll', async () => {
	const uri = (await user.post('/api/media/image', { projectId: project, prompt: 'a boat' })).must(201).results[0].metadata.originalGcsUri;
	const a = await ours('video', { model: 'gemini-omni-1.1-flash-preview', prompt: 'boat', durationSeconds: 4, aspectRatio: '16:9', resolution: '720p',
		referenceData: [{ referenceType: 'asset', referenceImage: { gcsUri: uri } }] }, '/interactions');
	const { gcs_uri } = a.body.response_format[0];
	assert.ok(below(gcs_uri));
	let begun;
	const b = await theirs('/interactions', async () => {
		begun = await global.interactions.create({ model: 'gemini-omni-1.1-flash-preview', background: true,
			input: [{ type: 'text', text: 'boat' }, { type: 'image', uri, mime_type: 'image/png' }],
			response_format: [{ type: 'video', delivery: 'uri', gcs_uri, aspect_ratio: '16:9', resolution: '720p', duration: '4s' }],
			generation_config: { video_config: { task: 'reference_to_video' } } });
	});
	compare(a.body, b.body);
	const m = (await user.post('/api/media/video', { projectId: project, prompt: 'polled film', model: 'gemini-omni-1.1-flash-preview' })).must(202);
	recorder.take('');
	await t.final(user, m.id);
	const read = recorder.take('/interactions/')[0];
	const theirRead = await theirs('/interactions/', () => global.interactions.get(begun.id));
	assert.equal(read.method, theirRead.method);
	assert.equal(read.path.replace('/v1beta1/', '/v1/').replace(/interactions\/[^?]+/, ''), theirRead.path.replace(/interactions\/[^?]+/, ''));
});

test('speech of a Gemini model', async () => {
	const a = await ours('audio', { model: 'gemini-2.5-flash-tts', prompt: 'Good morning', voice: 'Kore', language: 'en-US', audioStyle: 'Say it warmly', speed: 1.25, audioEncoding: 'ogg_opus' }, 'text:synthesize');
	const b = await theirs('text:synthesize', () => speech.synthesizeSpeech({ input: { text: 'Good morning', prompt: 'Say it warmly' },
		voice: { languageCode: 'en-US', name: 'Kore', modelName: 'gemini-2.5-flash-tts' }, audioConfig: { audioEncoding: 'OGG_OPUS', speakingRate: 1.25 } }));
	compare(a.body, b.body);
});

test('speech', async () => {
	const a = await ours('audio', { prompt: 'Good morning', voice: 'Kore', language: 'en-US', speed: 1.25, volumeGain: -2, audioEncoding: 'linear16', audioSampleRate: 24000 }, 'text:synthesize');
	const b = await theirs('text:synthesize', () => speech.synthesizeSpeech({ input: { text: 'Good morning' }, voice: { languageCode: 'en-US', name: 'en-US-Chirp3-HD-Kore' },
		audioConfig: { audioEncoding: 'LINEAR16', speakingRate: 1.25, volumeGainDb: -2, sampleRateHertz: 24000 } }));
	compare(a.body, b.body);
});
