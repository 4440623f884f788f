'use strict';
/* tests/flow/058_inline.js - results that come inline: on their way into storage while Google still sends
 * them, in constant memory; and nothing is left of an answer that breaks in the middle.
 * Proves: issue 4 ("results that come inline (base64) are decoded as a stream and stored under the
 * generation's prefix"; resume after a broken connection); design, What always holds, 1 and 2.
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const path = require('node:path');
const { test, assert, before } = require('./tiny');
const { mustFail, request1 } = require('./client');
const { wav } = require('./media');
const h = require('./harness');

const SAN = /\bsan\b/.test(h.BUILD);
const BYTES_PER_S = 192000;		/* of the emulator's music */
const CLIP_S = 24;			/* 4.6 MB, 6.1 MB in an answer */
let t, user, projectId;

before(async () => {
	t = await h.start({ env: { MEDIA_SYNC_WAIT: '20s', EMULATOR_FLAGS: `--music-seconds ${CLIP_S} --music-ms 1 --fsync 0` } });
	user = await t.user();
	projectId = await t.project();
});

const ask = (prompt, fields = {}) => user.post('/api/media/music', { projectId, prompt, ...fields });

/* Makes it, and everything that it stored is there, whole. */
async function make(prompt, seconds, fields = {}) {
	const m = (await ask(prompt, fields)).must(201);
	assert.equal(m.results.length, fields.sampleCount || 1);
	for (const r of m.results) {
		const got = await request1(r.resultUrl);
		assert.equal(got.status, 200);
		assert.equal(got.headers['content-type'], 'audio/wav');
		assert.equal(got.body.length, r.metadata.size);
		assert.ok(Math.abs(wav(got.body).seconds - seconds) < 0.1);
		assert.ok(Math.abs(r.metadata.seconds - seconds) < 0.1);
		assert.match(r.metadata.originalGcsUri, new RegExp(`/${m.id}/1/sample_\\d+\\.wav$`));
	}
	return m;
}

/* Names of all objects of a generation. */
async function objects(id) {
	const all = [];
	for (let page = ''; page !== undefined;) {
		const j = (await t.emulator.get(`/storage/v1/b/studio-test-media/o?prefix=studio/users/${user.me.userId}/&pageToken=${page}`)).must(200);
		all.push(...(j.items || []).map((o) => o.name));
		page = j.nextPageToken;
	}
	return all.filter((name) => name.includes(id));
}

/* Uploads that were begun and neither completed nor given up. */
const sessions = () => fs.readdirSync(path.join(t.dir, 'emulator', 'uploads')).filter((name) => name.endsWith('.data')).length;
const calls = (what) => t.lines().filter((l) => l.message === 'google_call' && l.what === what);
const calm = async () => (await t.emulator.send('DELETE', '/emulator/faults')).must(200);

/* It failed with this code, was asked of Google once, and left nothing, neither an object nor a session. */
async function mustLeaveNothing(answer, prompt, code) {
	mustFail(answer, 502, code, { path: '/api/media/music' });
	const last = (await user.get('/api/media/history?limit=1')).must(200).data[0];
	assert.equal(last.prompt, prompt);
	assert.equal(last.status, 'FAILED');
	assert.deepEqual(last.results, []);
	assert.equal((await t.ledger(`?prompt=${encodeURIComponent(prompt)}&entries=0`)).matching, 1);
	assert.deepEqual(await objects(last.id), []);
	await h.until(5, 'no session is left at storage', () => sessions() === 0);
	await calm();
}

test('a large result is stored, and so are several', async () => {
	const m = await make('one large', CLIP_S);
	assert.equal((await objects(m.id)).length, 1);
	assert.ok(calls('storage_piece').length >= 5, 'it went in pieces');
	await make('three in one answer', CLIP_S, { sampleCount: 3 });
	await make('three calls', CLIP_S, { sampleCount: 3, seed: 7 });
	assert.equal(sessions(), 0);
}, { limit: 60 });

test('it is on its way while Google still sends', async () => {
	await t.fault({ path: 'lyria' }, { slow_bytes_per_s: 5000000 });
	const from = t.lines().length;
	await make('slowly', CLIP_S);
	const what = t.lines().slice(from).filter((l) => l.message === 'google_call').map((l) => l.what);
	assert.ok(what.indexOf('storage_piece') >= 0 && what.indexOf('storage_piece') < what.indexOf('lyria-002'), what.join(' '));
	assert.equal(what.lastIndexOf('storage_piece') > what.indexOf('lyria-002'), true, 'the last bytes wait for the end');
}, { limit: 60 });

test('music is cut to the length that was asked for', async () => {
	for (const durationSeconds of [1, CLIP_S / 2, CLIP_S - 1])
		await make(`${durationSeconds} s of it`, durationSeconds, { durationSeconds });
	await make('no more than there is', CLIP_S, { durationSeconds: 30 });
});

for (const [how, fault] of Object.entries({
	'is cut off in the middle': { truncate: 4000000 },
	'is cut off behind its last byte but one': { truncate: Math.floor(CLIP_S * BYTES_PER_S / 3) * 4 + 100 },
	'ends in the middle of its JSON': { wrong_json: true },
}))
	test(`an answer that ${how} leaves no object`, async () => {
		await t.fault({ path: 'lyria' }, fault);
		const prompt = `it ${how}`;
		await mustLeaveNothing(await ask(prompt), prompt, 'LYRIA_API_ERROR');
		if (fault.truncate)
			assert.ok(calls('storage_cancel').length > 0);
		await make(`after it ${how}`, CLIP_S);
	}, { limit: 60 });

test('one broken answer of three takes nothing from the others', async () => {
	await t.fault({ path: 'lyria' }, { truncate: 4000000 }, { skip: 1 });
	const m = (await ask('two of three', { sampleCount: 3, seed: 9 })).must(201);
	assert.equal(m.results.length, 2);
	assert.equal((await objects(m.id)).length, 2);
	await h.until(5, 'no session is left at storage', () => sessions() === 0);
}, { limit: 60 });

test('storage that breaks in the middle is asked where to go on', async () => {
	const before = calls('storage_status').length;
	await t.fault({ path: '/upload/' }, { status: 503 }, { times: 2, skip: 3 });
	await make('storage is busy', CLIP_S);
	await t.fault({ path: '/upload/' }, { cut: true }, { times: 1, skip: 4 });
	await make('storage breaks off', CLIP_S);
	assert.ok(calls('storage_status').length >= before + 2);
	await calm();
}, { limit: 60 });

test('storage that fails for good: Google is not asked again, nothing is left', async () => {
	await t.fault({ path: '/upload/' }, { status: 403, message: 'no' }, { times: 1, skip: 3 });
	await mustLeaveNothing(await ask('refused by storage'), 'refused by storage', 'STORAGE_ERROR');
	await make('storage is well again', CLIP_S);
}, { limit: 60 });

test('Google waits for a slow storage, and memory is bounded', async () => {
	const vertex = await t.pidOf('vertex');
	await t.settings({ music_seconds: SAN ? 50 : 105 });	/* 20 MB */
	if (h.IS_ROOT)
		fs.writeFileSync(`/proc/${vertex}/clear_refs`, '5');	/* forgets the peak */
	const kib = (name) => parseInt(h.procStatus(vertex)[name], 10), before = kib('VmRSS');
	await t.fault({ path: '/upload/' }, { delay_ms: 60 }, { times: 60 });
	const m = (await ask('four of 20 MB', { sampleCount: 4, seed: 3 })).must(201);
	assert.equal(m.results.length, 4);
	const grown = kib(h.IS_ROOT ? 'VmHWM' : 'VmRSS') - before;
	if (!SAN)
		assert.ok(grown < 32 << 10, `vertex grew by ${grown} KiB`);
	console.log(`         4 answers with ${m.results[0].metadata.size >> 20} MiB each: vertex grew by ${grown} KiB`);
	await t.settings({ music_seconds: CLIP_S });
	await calm();
}, { limit: 60 });

test('kill -9 of vertex while it comes: no object', async () => {
	await t.fault({ path: 'lyria' }, { slow_bytes_per_s: 5000000 });
	const pieces = calls('storage_piece').length, pid = await t.pidOf('vertex');
	const m = (await user.post('/api/media/music', { projectId, prompt: 'killed' }, { Prefer: 'respond-async' })).must(202);
	await h.until(10, 'some of it is at storage', () => calls('storage_piece').length > pieces);
	process.kill(pid, 'SIGKILL');
	await t.replaced('vertex', pid);
	await t.waitLog(10, 'of the look for what it left', (l) => l.message === 'job_unclear' && l.generation === m.id);
	assert.deepEqual(await objects(m.id), []);
	assert.equal((await t.ledger('?prompt=killed&entries=0')).matching, 1);
	assert.notEqual((await user.get(`/api/media/${m.id}`)).must(200).status, 'SUCCEEDED');
}, { limit: 60 });
