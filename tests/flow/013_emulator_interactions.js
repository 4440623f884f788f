'use strict';
/* tests/flow/013_emulator_interactions.js - the emulator's Interactions API by itself: songs of
 * Lyria 3, films of Omni.
 * Proves: issue "Google as it really is": what the reference says of the Interactions API is what
 * the emulator serves, checks and refuses; its faults strike there too, its ledger counts.
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const { test, assert, before, after } = require('./tiny');
const { judge } = require('./media');
const { until } = require('./harness');
const { Google, ACCOUNT, bearer } = require('./google');

const CLIP = 'lyria-3-clip-preview', PRO = 'lyria-3-pro-preview', OMNI = 'gemini-omni-1.1-flash-preview';
const BUCKET = 'studio-test-media';
const GONE = 'gemini-omni-flash-preview';
let google, project, png;

const place = (location = 'global', version = 'v1beta1') => `/${version}/projects/${project}/locations/${location}/interactions`;

before(async () => {
	google = await new Google().start({ 'music-seconds': 1, 'video-seconds': 0.3, 'video-scale': 0.1, 'image-scale': 0.1, gone: `nothing,${GONE}` });
	const account = JSON.parse(fs.readFileSync(ACCOUNT));
	project = account.project_id;
	google.api = google.api.as(bearer(account));
	const made = await google.api.post(`/v1/projects/${project}/locations/us-central1/publishers/google/models/imagen-4.0-generate-001:predict`,
	    { instances: [{ prompt: 'red boat' }], parameters: { sampleCount: 1 } });
	png = made.must(200).predictions[0].bytesBase64Encoded;
});
after(() => google.stop());

const create = (body, at = place()) => google.api.post(at, body);
const read = (id, query = '') => google.api.get(`${place()}/${id}${query}`);
const cancel = (id) => google.api.send('POST', `${place()}/${id}/cancel`);
const song = (more = {}) => ({ model: CLIP, input: 'calm folk', ...more });
const film = (format = {}, more = {}) => ({ model: OMNI, input: 'red boat', background: true, response_format: [{ type: 'video', ...format }], ...more });
const veo = (verb) => `/v1/projects/${project}/locations/us-central1/publishers/google/models/veo-3.1-fast-generate-001:${verb}`;
const settings = async (values) => (await google.api.post('/emulator/settings', values)).must(200);
const starts = async (prompt) => (await google.api.get(`/emulator/ledger?service=interactions&entries=0&prompt=${encodeURIComponent(prompt)}`)).must(200).matching;

/* Polls until an interaction has come to its end. */
const ended = (id) => until(20, 'the interaction ends', async () => {
	const now = (await read(id)).must(200);
	return now.status !== 'in_progress' && now;
});

function refused(r, status, words) {
	assert.equal(r.status, status, r.text);
	assert.equal(r.json.error.code, status);
	assert.match(r.json.error.message, words);
	return r.json.error;
}

/* ---- songs ---- */

test('a song of Lyria 3 comes as MP3, with its words, in steps', async () => {
	const made = (await create(song())).must(200);
	assert.deepEqual([made.object, made.status, made.model], ['interaction', 'completed', CLIP]);
	assert.match(made.created, /^\d{4}-\d\d-\d\dT/);
	assert.ok(made.usage.total_tokens > 0);
	assert.deepEqual(made.steps.map((s) => s.type), ['model_output']);
	const { content } = made.steps[0];
	assert.deepEqual(content.map((c) => c.type), ['text', 'text', 'audio']);
	assert.equal(content[2].mime_type, 'audio/mpeg');
	const mp3 = judge('audio/mpeg', Buffer.from(content[2].data, 'base64'));
	assert.deepEqual([mp3.rate, mp3.bits, mp3.channels], [44100, 192000, 2]);
	assert.ok(mp3.seconds > 0.9 && mp3.seconds < 1.2, `${mp3.seconds} s`);
});

test('the same song again is the same, another prompt another, and pro sings longer', async () => {
	const data = async (body) => (await create(body)).must(200).steps[0].content.find((c) => c.type === 'audio').data;
	const one = await data(song());
	assert.equal(await data(song()), one);
	assert.notEqual(await data(song({ input: 'loud metal' })), one);
	assert.ok((await data(song({ model: PRO }))).length > one.length * 1.5);
});

test('the input may be a list of text and images; a read shows it without their bytes', async () => {
	const made = (await create(song({ input: [{ type: 'image', mime_type: 'image/png', data: png }, { type: 'text', text: 'like this' }] }))).must(200);
	const again = (await read(made.id, '?stream=false')).must(200);
	assert.deepEqual(again.steps[0], { type: 'user_input', content: [{ type: 'image', mime_type: 'image/png' }, { type: 'text', text: 'like this' }] });
	assert.deepEqual(again.steps[1], made.steps[0]);
	assert.deepEqual((await read(made.id, '?include_input=false')).must(200).steps, made.steps);
	assert.equal(await starts('like this'), 1);
});

test('by a setting results are the older flat outputs', async () => {
	await settings({ interactions_outputs: true });
	const made = (await create(song())).must(200), again = (await read(made.id)).must(200);
	await settings({ interactions_outputs: false });
	assert.equal(made.steps, undefined);
	assert.deepEqual(made.outputs.map((o) => o.type), ['text', 'text', 'audio']);
	assert.deepEqual(again, made);
});

/* ---- background, store, cancel ---- */

test('in the background a song is begun at once, read when it is done', async () => {
	await settings({ music_ms: 400 });
	const begun = (await create(song({ background: true }), place('global', 'v1'))).must(200);
	assert.deepEqual(begun, { id: begun.id, object: 'interaction', status: 'in_progress' });
	assert.deepEqual((await read(begun.id)).must(200), begun);
	const done = await ended(begun.id);
	await settings({ music_ms: 0 });
	assert.equal(done.status, 'completed');
	assert.deepEqual(done.steps.map((s) => s.type), ['user_input', 'model_output']);
	judge('audio/mpeg', Buffer.from(done.steps[1].content[2].data, 'base64'));
	refused(await cancel(begun.id), 400, /not running/);
});

test('what runs can be cancelled, once; it stays so', async () => {
	await settings({ music_ms: 60000 });
	const begun = (await create(song({ background: true }))).must(200);
	await settings({ music_ms: 0 });
	assert.equal((await cancel(begun.id)).must(200).status, 'cancelled');
	assert.equal((await read(begun.id)).must(200).status, 'cancelled');
	refused(await cancel(begun.id), 400, /not running/);
});

test('what is not stored cannot be read, nor run in the background', async () => {
	const made = (await create(song({ store: false }))).must(200);
	assert.equal(made.status, 'completed');
	refused(await read(made.id), 404, /not found/);
	refused(await cancel(made.id), 404, /not found/);
	refused(await create(song({ store: false, background: true })), 400, /background .*store/);
	refused(await create(song({ store: false, previous_interaction_id: made.id })), 400, /previous_interaction_id .*store/);
	refused(await create(song({ previous_interaction_id: made.id })), 400, /previous_interaction_id is not supported/);
});

/* ---- films ---- */

const stored = async (uri) => {
	const object = uri.slice(`gs://${BUCKET}/`.length);
	const r = await google.api.get(`/storage/v1/b/${BUCKET}/o/${encodeURIComponent(object)}?alt=media`);
	assert.equal(r.status, 200);
	return r.body;
};
const block = (done) => done.steps.at(-1).content[0];

test('a film of Omni is made in the background, put where it was asked for', async () => {
	const input = [{ type: 'text', text: 'boat' }, { type: 'image', mime_type: 'image/png', data: png }];
	const format = { delivery: 'uri', gcs_uri: `gs://${BUCKET}/omni/`, aspect_ratio: '9:16', resolution: '1080p', duration: '4s' };
	const begun = (await create(film(format, { input, generation_config: { video_config: { task: 'reference_to_video' } } }))).must(200);
	assert.deepEqual(begun, { id: begun.id, object: 'interaction', status: 'in_progress' });
	const done = await ended(begun.id);
	assert.deepEqual(done.steps.map((s) => s.type), ['user_input', 'thought', 'model_output']);
	assert.match(block(done).uri, new RegExp(`^gs://${BUCKET}/omni/.*\\.mp4$`));
	assert.deepEqual(block(done), { type: 'video', mime_type: 'video/mp4', uri: block(done).uri });
	const mp4 = judge('video/mp4', await stored(block(done).uri));
	assert.ok(Math.abs(mp4.seconds - 4) < 0.2, `${mp4.seconds} s`);
	const { entries } = (await google.api.get(`/emulator/ledger?storageUri=${encodeURIComponent(format.gcs_uri)}`)).must(200);
	assert.deepEqual(entries.map((e) => [e.service, e.model, e.prompt, e.count]), [['interactions', OMNI, 'boat', 1]]);
});

test('a film comes inline as well, at once where background is not asked for', async () => {
	const late = await ended((await create(film({ delivery: 'inline', duration: '3s' }))).must(200).id);
	const once = (await create(film({ duration: '3s' }, { background: false, store: false }))).must(200);
	assert.equal(block(late).data, block(once).data);
	judge('video/mp4', Buffer.from(block(once).data, 'base64'));
	const other = (await create(film({ duration: '3s' }, { input: 'blue boat', background: false }))).must(200);
	assert.notEqual(block(other).data, block(once).data);
	const edited = await ended((await create(film({}, { previous_interaction_id: other.id }))).must(200).id);
	assert.equal(edited.status, 'completed');
});

test('a film that was filtered or declined is not written; a cancelled one neither', async () => {
	const to = { delivery: 'uri', gcs_uri: `gs://${BUCKET}/held/` };
	const held = await ended((await create(film(to, { input: 'x [emulator:filter]' }))).must(200).id);
	assert.deepEqual([held.status, held.steps.at(-1).error.code], ['failed', 3]);
	const declined = await ended((await create(film(to, { input: 'x [emulator:declines]' }))).must(200).id);
	assert.deepEqual([declined.status, declined.steps.at(-1).content], ['completed', [{ type: 'text', text: 'I cannot make this video.' }]]);
	await settings({ video_seconds: 60 });
	const begun = (await create(film(to, { input: 'never' }))).must(200);
	await settings({ video_seconds: 0.3 });
	assert.equal((await cancel(begun.id)).must(200).status, 'cancelled');
	assert.deepEqual((await google.api.get(`/storage/v1/b/${BUCKET}/o?prefix=held/`)).must(200).items, undefined);
});

test('what Omni cannot make is refused', async () => {
	const task = (t, ...more) => film({}, { generation_config: { video_config: { task: t } }, input: [{ type: 'text', text: 'x' }, ...more] });
	const image = { type: 'image', mime_type: 'image/png', data: png };
	for (const [body, words] of [
		[film({ duration: '2s' }), /from 3s to 10s/],
		[film({ duration: '11s' }), /from 3s to 10s/],
		[film({ duration: '8' }), /from 3s to 10s/],
		[film({ duration: 8 }), /duration/],
		[film({ resolution: '8k' }), /resolution/],
		[film({ aspect_ratio: '1:1' }), /aspect_ratio/],
		[film({ delivery: 'uri' }), /gcs_uri/],
		[film({ gcs_uri: 'gs://bucket/x/' }), /gcs_uri/],
		[film({ delivery: 'uri', gcs_uri: '/tmp' }), /Cloud Storage URI/],
		[film({ fps: 30 }), /Unknown name "fps"/],
		[film({}, { response_format: [{ type: 'audio' }] }), /response_format\[0\]: its type/],
		[film({}, { system_instruction: 'be bold' }), /system_instruction is not supported/],
		[film({}, { generation_config: { seed: 1 } }), /seed is not supported/],
		[film({}, { previous_interaction_id: 'nothing' }), /previous_interaction_id names no/],
		[task('dance'), /task/],
		[task('text_to_video', image), /takes no image/],
		[task('image_to_video'), /needs an image/],
		[task('extend', image), /needs a video/],
		[task('edit', { type: 'video', mime_type: 'video/mp4', data: png }), /mime_type/],
		[task('reference_to_video', ...Array(11).fill(image)), /more of this type/],
	])
		assert.equal(refused(await create(body), 400, words).status, 'INVALID_ARGUMENT');
});

/* The same film, said to be so long. */
function lasting(mp4, seconds) {
	const b = Buffer.from(mp4), at = b.indexOf('mvhd');
	b.writeUInt32BE(seconds * b.readUInt32BE(at + 16), at + 20);
	return b.toString('base64');
}

test('a film is extended to 40 seconds at most, by Veo from 30', async () => {
	const made = (await create(film({ duration: '3s' }, { background: false }))).must(200);
	const mp4 = Buffer.from(block(made).data, 'base64');
	const extend = (data, more = []) => create(film({ duration: '8s' }, { generation_config: { video_config: { task: 'extend' } },
		input: [{ type: 'text', text: 'further' }, { type: 'video', mime_type: 'video/mp4', data }, ...more] }));
	(await extend(lasting(mp4, 32))).must(200);
	refused(await extend(lasting(mp4, 33)), 400, /longer than 40 seconds/);
	refused(await extend(mp4.subarray(0, mp4.indexOf('mvhd') + 20).toString('base64')), 400, /mime_type/);
	const other = { type: 'video', mime_type: 'video/mp4', data: mp4.toString('base64') };
	refused(await extend(other.data, [other, other, other]), 400, /more of this type/);
	const further = (data) => google.api.post(veo('predictLongRunning'),
	    { instances: [{ prompt: 'further', video: { bytesBase64Encoded: data, mimeType: 'video/mp4' } }], parameters: { durationSeconds: 7 } });
	(await further(lasting(mp4, 30))).must(200);
	refused(await further(lasting(mp4, 31)), 400, /from 1 to 30 seconds/);
	refused(await further(mp4.subarray(0, 64).toString('base64')), 400, /no MP4/);
});

test('kill -9 loses no interaction: what ran goes on, what was done is the same', async () => {
	await settings({ video_seconds: 2 });
	const before = (await create(song())).must(200);
	const begun = (await create(film({ delivery: 'uri', gcs_uri: `gs://${BUCKET}/again`, duration: '3s' }))).must(200);
	await google.again();
	const done = await ended(begun.id);
	assert.equal(done.status, 'completed');
	judge('video/mp4', await stored(block(done).uri));
	assert.deepEqual((await read(before.id, '?include_input=false')).must(200).steps, before.steps);
});

/* ---- what is refused ---- */

test('fields, types and values the model does not take are refused', async () => {
	const item = (...content) => song({ input: [{ type: 'text', text: 'x' }, ...content] });
	const image = (more) => item({ type: 'image', mime_type: 'image/png', ...more });
	for (const [body, words] of [
		[{ input: 'x' }, /model is required/],
		[{ model: CLIP }, /input is required/],
		[song({ colour: 'red' }), /Unknown name "colour"/],
		[song({ model: 7 }), /model/],
		[song({ background: 'yes' }), /background/],
		[song({ input: '  ' }), /input/],
		[song({ input: [] }), /input/],
		[song({ input: { type: 'text', text: 'x' } }), /input/],
		[song({ input: 'x'.repeat(65537) }), /65536 bytes/],
		[song({ input: ['x'] }), /input\[0\]/],
		[item({ type: 'video', mime_type: 'video/mp4', uri: 'gs://bucket/a.mp4' }), /input\[1\]: its type/],
		[item({ type: 'text', text: 'x', colour: 'red' }), /Unknown name "colour" at 'input\[1\]'/],
		[image({ data: png, uri: 'gs://bucket/a.png' }), /exactly one of data and uri/],
		[image({}), /exactly one of data and uri/],
		[image({ data: '%' }), /Base64/],
		[image({ data: Buffer.from('no image').toString('base64') }), /mime_type/],
		[image({ data: png, mime_type: 'image/jpeg' }), /mime_type/],
		[image({ uri: 'gs://bucket-x/nothing.png' }), /could not be read/],
		[image({ uri: 'https://example.com/a.png' }), /Cloud Storage URI/],
		[item(...Array(11).fill({ type: 'image', mime_type: 'image/png', data: png })), /input\[11\]: there are more/],
		[song({ generation_config: { seed: 7 } }), /seed is not supported/],
		[song({ generation_config: { colour: 7 } }), /Unknown name "colour"/],
		[song({ system_instruction: 'x' }), /system_instruction is not supported/],
		[song({ tools: [] }), /tools is not supported/],
		[song({ negative_prompt: 'drums' }), /Unknown name "negative_prompt"/],
		[song({ response_modalities: ['VIDEO'] }), /response_modalities/],
		[song({ response_format: { type: 'audio' } }), /response_format/],
		[song({ response_format: [{ type: 'video' }] }), /response_format\[0\]: its type/],
		[song({ response_format: [{ type: 'audio', mime_type: 'audio/wav' }] }), /audio\/wav/],
		[song({ response_format: [{ type: 'audio', gcs_uri: 'gs://bucket/x/' }] }), /Unknown name "gcs_uri"/],
		[song({ response_format: [{ type: 'audio' }, { type: 'audio' }] }), /response_format\[1\]: there are more/],
	])
		assert.equal(refused(await create(body), 400, words).status, 'INVALID_ARGUMENT');
	refused(await create(song({ stream: true })), 501, /[Ss]tream/);
	const known = { response_modalities: ['AUDIO'], labels: { a: 'b' }, response_format: [{ type: 'text' }, { type: 'audio', mime_type: 'audio/mp3', delivery: 'inline' }] };
	(await create(song(known))).must(200);
	assert.equal(await starts('  '), 0);
});

test('another place, a model that is gone or unknown, an id of another project: 404', async () => {
	const words = (model, location) => new RegExp(`Publisher Model .projects/${project}/locations/${location}/publishers/google/models/${model}. was not found`);
	refused(await create(song(), place('us-central1')), 404, words(CLIP, 'us-central1'));
	refused(await create(song({ model: GONE })), 404, words(GONE, 'global'));
	refused(await create(song({ model: 'lyria-9' })), 404, words('lyria-9', 'global'));
	const page = await create(song(), place('nowhere'));
	assert.equal(page.status, 404);
	assert.match(page.headers['content-type'], /text\/html/);
	const made = (await create(song())).must(200);
	refused(await google.api.get(`/v1/projects/another/locations/global/interactions/${made.id}`), 404, /not found/);
	refused(await google.api.get(`${place('us-central1')}/${made.id}`), 404, /not found/);
	for (const id of ['nothing', '0'.repeat(36), '..%2F..%2Fobjects', `${made.id}%00`])
		assert.equal((await read(id)).status, 404, id);
	refused(await read(made.id, '?stream=true'), 501, /[Ss]tream/);
	assert.equal((await google.api.as(null).get(`${place()}/${made.id}`)).status, 401);
	assert.equal((await google.api.get(place())).status, 405);
});

/* ---- faults ---- */

test('faults strike by service and by prompt; the ledger counts what was begun', async () => {
	await google.fault({ status: 429 }, { path: 'interactions' });
	assert.equal(refused(await create(song({ input: 'too much' })), 429, /./).status, 'RESOURCE_EXHAUSTED');
	assert.equal(await starts('too much'), 0);
	await google.fault({ cut: true }, { prompt: 'lost answer' });
	await assert.rejects(create(song({ input: [{ type: 'text', text: 'lost answer' }] })));
	assert.equal(await starts('lost answer'), 1);
	await google.fault({ wrong_json: true }, { path: '/interactions', prompt: 'half' });
	const half = await create(song({ input: 'half' }));
	assert.deepEqual([half.status, half.json], [200, undefined]);
});

test('a refused prompt, a filtered song, a failure', async () => {
	refused(await create(song({ input: 'x [emulator:blocked]' })), 400, /Support codes/);
	assert.equal(await starts('x [emulator:blocked]'), 0);
	const late = await ended((await create(song({ input: 'x [emulator:blocked]', background: true }))).must(200).id);
	assert.deepEqual([late.status, late.errors[0].code], ['failed', 'INVALID_ARGUMENT']);
	assert.match(late.errors[0].message, /Support codes/);
	const held = (await create(song({ input: [{ type: 'text', text: 'x [emulator:filter]' }] }))).must(200);
	assert.equal(held.status, 'failed');
	assert.deepEqual(held.steps.map((s) => [s.type, s.error.code]), [['model_output', 3]]);
	const broken = await ended((await create(song({ input: 'x [emulator:fail=14]', background: true }))).must(200).id);
	assert.deepEqual([broken.status, broken.errors[0].code, broken.steps], ['failed', 'UNAVAILABLE', undefined]);
});

test('an interaction may end in other ways, and stand at a status that nobody knows', async () => {
	const stopped = await ended((await create(film({}, { input: 'x [emulator:ends=budget_exceeded]' }))).must(200).id);
	assert.deepEqual([stopped.status, stopped.model, stopped.steps], ['budget_exceeded', OMNI, undefined]);
	await google.fault({ ends: 'daydreaming' }, { prompt: 'dreams' });
	assert.equal((await create(song({ input: 'dreams' }))).must(200).status, 'daydreaming');
});

test('by a setting so many polls find a finished one running', async () => {
	await settings({ polls: 2, video_seconds: 0 });
	const at = `gs://${BUCKET}/polls/`;
	const { id } = (await create(film({ delivery: 'uri', gcs_uri: `${at}omni`, duration: '3s' }))).must(200);
	const { name } = (await google.api.post(veo('predictLongRunning'), { instances: [{ prompt: 'boat' }], parameters: { durationSeconds: 4, storageUri: `${at}veo` } })).must(200);
	await settings({ polls: 0, video_seconds: 0.3 });
	const written = async (prefix) => (await google.api.get(`/storage/v1/b/${BUCKET}/o?prefix=polls/${prefix}`)).must(200).items;
	await until(20, 'both are made', async () => await written('omni') && await written('veo'));
	const polls = async (done) => {
		let n = 0;
		await until(20, 'it is done', async () => await done() || !++n);
		return n;
	};
	const interaction = await polls(async () => (await read(id)).must(200).status === 'completed');
	const operation = await polls(async () => (await google.api.post(veo('fetchPredictOperation'), { operationName: name })).must(200).done);
	assert.ok(interaction >= 2 && operation >= 2, `${interaction} and ${operation} polls`);
});
