'use strict';
/* tests/flow/046_first_answer.js - the same Idempotency-Key gets the first answer again, whatever became
 * of it since.
 * Proves: contract 1 ("the same key and body from the same user within 24 h gets the first answer again
 * (Idempotent-Replayed: true) … the same key while the first is running waits for it").
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

let t, user, project, n = 0;

before(async () => {
	t = await h.start({ env: { MEDIA_SYNC_WAIT: '2s' } });
	user = await t.user();
	project = await t.project();
});

const newKey = () => ({ 'Idempotency-Key': `first-answer-${n++}` });
const ask = (path, prompt, headers) => user.post(`/api/media/${path}`, { projectId: project, prompt }, headers);
const ASYNC = { Prefer: 'respond-async' };
const asked = async (prompt) => (await t.ledger(`?prompt=${encodeURIComponent(prompt)}&entries=0`)).matching;

/* A second answer that must be the first one; signed URLs are signed anew. */
function mustBeAgain(first, again) {
	const plain = (r) => JSON.parse(r.text.replace(/X-Goog-[^"]*/g, ''));
	assert.equal(again.status, first.status);
	assert.equal(again.headers['idempotent-replayed'], 'true');
	assert.equal(first.headers['idempotent-replayed'], undefined);
	assert.equal(again.headers.location, first.headers.location);
	if (first.status < 400)
		assert.deepEqual(plain(again), plain(first));
	else
		assert.deepEqual([again.json.code, again.json.message, again.json.errors], [first.json.code, first.json.message, first.json.errors]);
}

test('202 of what was not waited for, after its end and without the preference', async () => {
	for (const path of ['image', 'video']) {
		const key = newKey(), prompt = `not waited for ${path}`;
		const first = await ask(path, prompt, { ...key, ...ASYNC });
		assert.equal(first.must(202).status, 'PENDING');
		await t.final(user, first.json.id);
		mustBeAgain(first, await ask(path, prompt, key));
		mustBeAgain(first, await ask(path, prompt, { ...key, ...ASYNC }));
		assert.equal(await asked(prompt), 1);
	}
});

test('201 of what was waited for, even where nobody would wait now', async () => {
	const key = newKey();
	const first = await ask('image', 'waited for', key);
	first.must(201);
	mustBeAgain(first, await ask('image', 'waited for', key));
	mustBeAgain(first, await ask('image', 'waited for', { ...key, ...ASYNC }));
});

test('202 of a wait that was given up', async () => {
	const key = newKey();
	const first = await ask('image', 'late [emulator:slow=3500]', key);
	first.must(202);
	const again = await ask('image', 'late [emulator:slow=3500]', key);
	again.must(202);
	assert.equal(again.json.status, 'PROCESSING');
	await t.final(user, first.json.id);
	const after = await ask('image', 'late [emulator:slow=3500]', key);
	assert.equal(after.headers['idempotent-replayed'], 'true');
	assert.equal(after.must(202).status, 'PROCESSING');
	assert.deepEqual(after.json.results, []);
	assert.equal(await asked('late'), 1);
});

test('an error, though a retry went well; the retry, though it is over', async () => {
	const key = newKey(), again = newKey(), prompt = 'fails once';
	await t.fault({ path: 'gemini', prompt }, { status: 400, message: 'no' });
	const first = await ask('image', prompt, key);
	mustFail(first, 502, 'IMAGEN_API_ERROR');
	mustBeAgain(first, await ask('image', prompt, key));
	const { id } = (await user.get('/api/media/history?search=fails%20once')).must(200).data[0];
	const retry = () => user.post(`/api/media/${id}/retry`, undefined, again);
	const [one, two] = [await retry(), await retry()];
	assert.equal(one.must(200).status, 'PENDING');
	mustBeAgain(one, two);
	assert.equal((await t.final(user, id)).status, 'SUCCEEDED');
	mustBeAgain(one, await retry());
	mustBeAgain(first, await ask('image', prompt, key));
	mustFail(await user.post(`/api/media/${id}/cancel`, undefined), 409, 'RESOURCE_CONFLICT');
	mustFail(await user.post(`/api/media/${(await ask('image', 'other', {})).must(201).id}/retry`, undefined, again), 422, 'IDEMPOTENCY_KEY_REUSED');
	mustFail(await user.post(`/api/media/${id}/retry`, undefined, { 'Idempotency-Key': 'has space' }), 400, 'VALIDATION_ERROR');
	assert.equal(await asked(prompt), 1);
});

test('what was deleted is not made again', async () => {
	const key = newKey();
	const { id } = (await ask('image', 'deleted since', key)).must(201);
	(await user.send('DELETE', `/api/media/${id}`)).must(204);
	mustFail(await ask('image', 'deleted since', key), 404, 'NOT_FOUND');
	assert.equal(await asked('deleted since'), 1);
});

test('a lost db does not make it twice: it is asked again by itself', async () => {
	const key = newKey();
	const pid = await t.pidOf('db');
	const asking = Array.from({ length: 6 }, (_, i) => ask('audio', `over a death ${i}`, { ...key, 'Idempotency-Key': `${key['Idempotency-Key']}-${i}` }));
	process.kill(pid, 'SIGKILL');
	for (const r of await Promise.all(asking))
		assert.ok([201, 202].includes(r.status), r.text);
	await t.allUp();
	assert.equal((await user.get('/api/media/history?search=over%20a%20death')).must(200).meta.totalItems, 6);
}, { limit: 40 });
