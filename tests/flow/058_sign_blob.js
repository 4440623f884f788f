'use strict';
/* tests/flow/058_sign_blob.js - signed URLs where there is no key (the metadata server's credentials): by
 * IAM's signBlob; and with a key. How often something is signed at all.
 * Proves: issue "Google as it really is": "and by `signBlob` where there is no key; signed URLs are cached
 * until half their life so that a history page costs no RSA".
 * Licence: Apache-2.0. */
const path = require('node:path');
const { test, assert, before } = require('./tiny');
const { judge } = require('./media');
const { mustFail } = require('./client');
const h = require('./harness');

const IMAGES = 4, PAGES = 3;
let t, user, project;

const env = (more) => ({ EMBEDDED_EMULATOR: 'on', CLOUDSDK_CONFIG: path.join(h.ROOT, 'nowhere'), ...more });

before(async () => {
	t = await h.start({ env: env({ GOOGLE_METADATA: 'on', GCS_SIGNED_URL_EXPIRATION_HOURS: '24' }) });
	user = await t.user();
	project = await t.project();
	for (let i = 0; i < PAGES; i++)
		await t.final(user, (await user.post('/api/media/image', { projectId: project, prompt: `signed ${i}`, sampleCount: IMAGES }, { Prefer: 'respond-async' })).must(202).id);
}, { limit: 60 });

const asked = () => t.linesWith('"sign_blob"').filter((l) => l.message === 'google_call').length;
const history = () => user.get('/api/media/history?limit=50');
const urls = (r) => r.must(200).data.flatMap((m) => m.results.map((x) => x.resultUrl));
/* What was signed is forgotten with the process. */
async function forget() {
	const pid = await t.pidOf('vertex');
	process.kill(pid, 'SIGKILL');
	await t.replaced('vertex', pid);
	await t.allUp();
	return asked();
}

test('one call for each URL, even where two ask at once; none for a page that is read again', async () => {
	const n = await forget();
	await t.fault({ path: ':signBlob' }, { delay_ms: 200 }, { times: -1 });
	const [one, two] = (await Promise.all([history(), history()])).map(urls);
	await t.emulator.send('DELETE', '/emulator/faults');
	assert.equal(new Set(one).size, IMAGES * PAGES);
	assert.deepEqual(one, two);
	await h.sleep(1100);			/* signed anew they would have another date */
	assert.deepEqual(urls(await history()), one);
	assert.equal(asked() - n, IMAGES * PAGES);
	for (const url of one) {
		assert.match(url, /X-Goog-Expires=43200&/);	/* not the 24 hours of the setting: Google's key may be gone */
		const got = await fetch(url);
		assert.equal(got.status, 200);
		judge('image/png', Buffer.from(await got.arrayBuffer()));
	}
});

test('Google is busy, or the connection breaks: asked again', async () => {
	await forget();
	await t.fault({ path: ':signBlob' }, { status: 503 });
	await t.fault({ path: ':signBlob' }, { cut: true });
	await t.fault({ path: ':signBlob' }, { status: 401 });	/* its token was not taken: a new one */
	assert.equal(urls(await history()).length, IMAGES * PAGES);
	await forget();
	await t.fault({ path: ':signBlob' }, { status: 503 }, { times: -1 });
	const r = await history();
	assert.equal(r.status, 503, r.text);
	assert.equal(r.json.code, 'SERVICE_UNAVAILABLE');
	await t.emulator.send('DELETE', '/emulator/faults');
	await h.until(10, 'it works again', async () => (await history()).status === 200, 200);
});

/* No URL is null; who asks for nothing else is told why. */
async function mustBeRefused(words) {
	const { data } = (await history()).must(200);
	assert.deepEqual(data.flatMap((m) => m.results.map((x) => x.resultUrl)), Array(IMAGES * PAGES).fill(null));
	const uri = data[0].results[0].metadata.originalGcsUri;
	assert.match(mustFail(await user.get(`/api/files/signed-url?gcsUri=${encodeURIComponent(uri)}`), 502, 'STORAGE_ERROR').message, words);
}
const worksAgain = () => h.until(10, 'it works again', async () => urls(await history()).every((u) => u), 200);

test('what Google refuses is told with what to do, and not asked for a moment', async () => {
	const n = await forget();
	await t.fault({ path: ':signBlob' }, { status: 403, message: 'Permission \'iam.serviceAccounts.signBlob\' denied' }, { times: -1 });
	for (let i = 0; i < 3; i++)
		await mustBeRefused(/Service Account Token Creator/);
	assert.ok(asked() - n <= IMAGES * PAGES, `${asked() - n} calls`);
	assert.match(t.linesWith('"sign_blob_failed"').at(-1).google_said, /signBlob/);
	await t.emulator.send('DELETE', '/emulator/faults');
	await worksAgain();
});

test('a signature that cannot be read is none', async () => {
	await forget();
	await t.fault({ path: ':signBlob' }, { wrong_json: true }, { times: -1 });
	await mustBeRefused(/could not be read/);
	await t.emulator.send('DELETE', '/emulator/faults');
});

test('with a key here: a page that is read again costs no signature either', async () => {
	await t.stop();
	t.options.env = env();
	t.emulatorUrl = null;
	await t.start();
	const one = urls(await history());
	assert.equal(new Set(one).size, IMAGES * PAGES);
	assert.equal(asked(), 0);
	await h.sleep(1100);
	assert.deepEqual(urls(await history()), one);
	assert.match(one[0], /X-Goog-Expires=86400&/);
}, { limit: 60 });
