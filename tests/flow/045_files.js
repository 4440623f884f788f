'use strict';
/* tests/flow/045_files.js - uploads: forms as browsers, curl and nobody should write them.
 * Proves: contract 6 (POST /api/files/upload, /upload-multiple, GET /api/files/signed-url): types by
 * their bytes, sizes, only own objects; "kill -9" of vertex during an upload; an upload takes no
 * memory that stays.
 * Licence: Apache-2.0. */
const crypto = require('node:crypto');
const fs = require('node:fs');
const net = require('node:net');
const { test, assert, before } = require('./tiny');
const { mustFail, request1, Api } = require('./client');
const F = require('./forms');
const h = require('./harness');

const ONE = '/api/files/upload', MANY = '/api/files/upload-multiple';
let t, user;

before(async () => {
	t = await h.start({ env: { UPLOAD_MAX_BYTES: '2MiB' } });
	user = await t.user();
});

const sha = (b) => crypto.createHash('sha256').update(b).digest('hex');
const signed = (api, uri) => api.get(`/api/files/signed-url?gcsUri=${encodeURIComponent(uri)}`);

/* An answer's file is there, with these bytes. */
async function mustHold(file, content, type) {
	assert.deepEqual(Object.keys(file), ['gcsUri', 'signedUrl']);
	assert.match(file.gcsUri, new RegExp(`^gs://[^/]+/.*users/${user.me.userId}/uploads/[0-9a-f-]{36}\\.[a-z0-9]+$`));
	const got = await request1(file.signedUrl);
	assert.equal(got.status, 200);
	assert.equal(sha(got.body), sha(content));
	assert.equal(got.headers['content-type'], type);
}

for (const via of ['HTTP/1.1', 'HTTPS with HTTP/2'])
	test(`every type that is taken, through ${via}`, async () => {
		const api = (via === 'HTTP/1.1' ? t.api : t.api2()).as(user.me.access_token);
		for (const [type, make] of Object.entries(F.FILES)) {
			const content = make();	/* the header says something else: bytes count */
			const r = await F.post(api, ONE, F.form({ content, type: 'text/html', filename: 'x.html' }));
			await mustHold(r.must(201, type), content, type);
		}
	});

test('a large one passes in pieces, whole', async () => {
	for (const n of [4096, 4097, 1 << 20, (1 << 20) + 1, 2 << 20]) {
		const content = F.FILES['video/mp4'](n);
		await mustHold((await F.post(user, ONE, F.form({ content }))).must(201), content, 'video/mp4');
	}
}, { limit: 60 });

test('FormData of fetch, one and several', async () => {
	const contents = [F.FILES['image/png'](), F.FILES['image/jpeg']()];
	const form = new FormData();
	form.append('files', new Blob([contents[0]], { type: 'image/png' }), 'Bööt "1".png');
	form.append('files', new Blob([contents[1]]), 'b.jpg');
	const headers = { Authorization: `Bearer ${user.me.access_token}` };
	const r = await fetch(t.base + MANY, { method: 'POST', headers, body: form });
	assert.equal(r.status, 201);
	const j = await r.json();
	assert.deepEqual(Object.keys(j), ['files']);
	assert.equal(j.files.length, 2);
	await mustHold(j.files[0], contents[0], 'image/png');
	await mustHold(j.files[1], contents[1], 'image/jpeg');
	const down = await user.get(`/api/files/download?gcsUri=${encodeURIComponent(j.files[0].gcsUri)}`);
	assert.equal(down.headers['content-disposition'], `attachment; filename="B__t 1.png"; filename*=UTF-8''B%C3%B6%C3%B6t%201.png`);
	const single = new FormData();
	single.append('file', new Blob([contents[0]]), 'a.png');
	assert.equal((await fetch(t.base + ONE, { method: 'POST', headers, body: single })).status, 201);
});

test('ten files, in their order; eleven are too many', async () => {
	const contents = Array.from({ length: 10 }, () => F.FILES['audio/wav']());
	const files = (await F.post(user, MANY, F.form(...contents.map((content) => ({ name: 'files', content }))))).must(201).files;
	assert.equal(files.length, 10);
	for (let i = 0; i < 10; i++)
		await mustHold(files[i], contents[i], 'audio/wav');
	mustFail(await F.post(user, MANY, F.form(...Array.from({ length: 11 }, () => ({ name: 'files' })))), 400, 'VALIDATION_ERROR', { field: 'files' });
});

test('chunked, as curl sends a pipe', async () => {
	const content = F.FILES['audio/mpeg']();
	const r = await request1(t.base + ONE, { method: 'POST', body: F.form({ content }),
		headers: { ...F.FORM_TYPE, 'Transfer-Encoding': 'chunked', Authorization: `Bearer ${user.me.access_token}` } });
	await mustHold(r.must(201), content, 'audio/mpeg');
});

test('what is not taken is told', async () => {
	const of = async (body, headers) => F.post(user, ONE, body, headers);
	const wrong = mustFail(await of(F.form({ content: '<html>', filename: 'a.png' })), 415, 'UNSUPPORTED_MEDIA_TYPE');
	assert.match(wrong.message, /JPEG, PNG, WebP, WAV, MP3 or MP4: a\.png is none/);
	mustFail(await of(F.form({ content: '' })), 400, 'VALIDATION_ERROR', { field: 'file' });
	const large = mustFail(await of(F.form({ content: F.FILES['image/png']((2 << 20) + 1) })), 413, 'PAYLOAD_TOO_LARGE');
	assert.match(large.message, /at most 2 MiB/);
	mustFail(await of(Buffer.alloc(3 << 20)), 413, 'PAYLOAD_TOO_LARGE');
	mustFail(await of(F.form()), 400, 'VALIDATION_ERROR', { field: 'file' });
	mustFail(await of(F.form({ name: 'other' })), 400, 'VALIDATION_ERROR');
	mustFail(await of(F.form({ filename: null, content: 'text' })), 400, 'VALIDATION_ERROR', { field: 'file' });
	mustFail(await of(F.form({}, {})), 400, 'VALIDATION_ERROR', { field: 'file' });
	mustFail(await of(F.form({ name: 'files' }), {}), 400, 'VALIDATION_ERROR');
	mustFail(await user.post(ONE, { file: 'x' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
	mustFail(await of(F.form({}), { 'Content-Encoding': 'gzip' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
	mustFail(await F.post(t.api, ONE, F.form({})), 401, 'UNAUTHORIZED');
});

test('hostile forms are 400', async () => {
	const whole = F.form({});
	const cases = [
		whole.subarray(0, whole.length - 4), whole.subarray(0, 100), Buffer.from('x'), Buffer.alloc(0),
		F.part({ head: ['Content-Disposition: form-data; name="file"; filename="a\0b.png"'] }),
		F.form({ head: [`X-Long: ${'x'.repeat(10000)}`, 'Content-Disposition: form-data; name="file"; filename="a"'] }),
		F.form({ head: ['Content-Disposition: form-data; name="file"; filename="a"', 'Content-Type: multipart/mixed; boundary=C'] }),
		F.form({ head: ['Content-Disposition: form-data; name="file"; name="x"; filename="a"'] }),
		F.form({ head: ['Content-Type: image/png'] }), F.form({ head: [] }),
		Buffer.concat([whole, Buffer.from('GET / HTTP/1.1\r\n\r\n')]),
		Buffer.from(`--${F.BOUNDARY}\r\n`.repeat(20000)),
	];
	for (const c of cases)
		mustFail(await F.post(user, ONE, c), 400, 'VALIDATION_ERROR');
	for (const type of ['multipart/form-data', 'multipart/form-data; boundary=', `multipart/form-data; boundary=${'b'.repeat(71)}`, 'multipart/form-data; boundary="a'])
		mustFail(await F.post(user, ONE, whole, { 'Content-Type': type }), 400, 'VALIDATION_ERROR');
	const names = ['../../etc/passwd', '..\\..\\x.png', '%0d%0aX-Evil: 1', '\u202egnp.exe', '.', 'a'.repeat(900), 'x.png;y="', "';drop table"];
	for (const filename of names) {
		const j = (await F.post(user, ONE, F.form({ filename: filename.replace(/"/g, '%22') }))).must(201, filename);
		const d = await user.get(`/api/files/download?gcsUri=${encodeURIComponent(j.gcsUri)}`);
		assert.match(d.headers['content-disposition'], /^attachment; filename="[^"\\/\r\n]{1,130}\.png"(; filename\*=UTF-8''[\w.~%-]+)?$/, filename);
		assert.equal(d.headers['x-evil'], undefined);
	}
});

test('only own objects can be named', async () => {
	const mine = (await F.post(user, ONE, F.form({}))).must(201).gcsUri;
	const other = await t.user(), admin = await t.admin();
	assert.match((await signed(user, mine)).must(200).signedUrl, /X-Goog-Signature=/);
	assert.deepEqual(Object.keys((await signed(user, mine)).json), ['signedUrl']);
	for (const api of [other, admin])
		for (const path of ['signed-url', 'download'])
			mustFail(await api.get(`/api/files/${path}?gcsUri=${encodeURIComponent(mine)}`), 404, 'NOT_FOUND');
	for (const uri of [`${mine}x`, mine.replace(/[^/]+$/, ''), 'gs://other-bucket/secret.png', mine.replace('uploads', 'uploads/../uploads')])
		mustFail(await signed(user, uri), 404, 'NOT_FOUND');
	for (const bad of ['', 'http://x/y', 'gs://', '/etc/passwd'])
		mustFail(await signed(user, bad), 400, 'VALIDATION_ERROR');
	mustFail(await t.api.get(`/api/files/signed-url?gcsUri=${encodeURIComponent(mine)}`), 401, 'UNAUTHORIZED');
});

test('a result of ones own can be named too, and an upload is a picture to start from', async () => {
	const projectId = await t.project();
	const m = (await user.post('/api/media/image', { projectId, prompt: 'a boat' })).must(201);
	const uri = m.results[0].metadata.originalGcsUri;
	assert.match((await signed(user, uri)).must(200).signedUrl, /X-Goog-Signature=/);
	mustFail(await signed(await t.user(), uri), 404, 'NOT_FOUND');
});

test('storage that fails for a while is asked again, from where it stopped', async () => {
	const content = F.FILES['video/mp4']((2 << 20) - 7);
	await t.fault({ path: '/upload/' }, { cut: true }, { times: 1, skip: 1 });		/* the first piece was stored, its answer is lost */
	await mustHold((await F.post(user, ONE, F.form({ content }))).must(201), content, 'video/mp4');
	await t.fault({ path: '/upload/' }, { status: 503 }, { times: 2, skip: 1 });
	await mustHold((await F.post(user, ONE, F.form({ content }))).must(201), content, 'video/mp4');
	await t.fault({ path: '/upload/' }, { cut: true }, { times: 1, skip: 2 });		/* the last answer is lost */
	await mustHold((await F.post(user, ONE, F.form({ content }))).must(201), content, 'video/mp4');
	await t.fault({ path: '/upload/' }, { status: 403, message: 'no' }, { times: 1 });
	mustFail(await F.post(user, ONE, F.form({ content })), 502, 'STORAGE_ERROR');
}, { limit: 60 });

test('kill -9 of vertex during an upload: it is begun anew', async () => {
	const content = F.FILES['video/mp4'](2 << 20), old = await t.pidOf('vertex');
	await t.fault({ path: '/upload/' }, { delay_ms: 1500 }, { times: 1, skip: 1 });
	const answer = F.post(user, ONE, F.form({ content }));
	await h.sleep(500);
	process.kill(old, 'SIGKILL');
	await mustHold((await answer).must(201), content, 'video/mp4');
	await t.replaced('vertex', old);
}, { limit: 60 });

test('kill -9 of db during an upload is not seen; of front, it ends the session at storage', async () => {
	const content = F.FILES['video/mp4'](2 << 20), db = await t.pidOf('db'), front = await t.pidOf('front');
	await t.fault({ path: '/upload/' }, { delay_ms: 600 }, { times: 1, skip: 1 });
	const answer = F.post(user, ONE, F.form({ content }));
	await h.sleep(300);
	process.kill(db, 'SIGKILL');
	await mustHold((await answer).must(201), content, 'video/mp4');
	await t.replaced('db', db);

	const began = t.linesWith('storage_cancel').length;
	await t.fault({ path: '/upload/' }, { delay_ms: 600 }, { times: 1, skip: 1 });
	const lost = F.post(user, ONE, F.form({ content })).then(() => 'answered', () => 'lost');
	await h.sleep(300);
	process.kill(front, 'SIGKILL');
	assert.equal(await lost, 'lost');
	await h.until(10, 'the session at storage is cancelled', () => t.linesWith('storage_cancel').length > began);
	await t.replaced('front', front);
	await h.until(10, 'front answers', async () => (await t.api.get('/healthz')).status === 200);
}, { limit: 60 });

test('a client that leaves during its upload leaves nothing under way', async () => {
	const began = t.linesWith('storage_cancel').length;
	await t.fault({ path: '/upload/' }, { delay_ms: 800 }, { times: 1, skip: 1 });
	const s = t.api2();
	const leaving = F.post(s.as(user.me.access_token), ONE, F.form({ content: F.FILES['video/mp4'](2 << 20) })).catch(() => {});
	await h.sleep(400);
	s.via.close();
	await leaving;
	await h.until(10, 'the session at storage is cancelled', () => t.linesWith('storage_cancel').length > began);
});

/* Five forms of 20 MiB are more than one user may have lying in front at once. */
test('what lies in memory is bounded: over it an upload is 503', async () => {
	const body = F.form(...Array.from({ length: 10 }, () => ({ name: 'files', content: F.FILES['video/mp4']((2 << 20) - 100) })));
	await t.fault({ path: '/upload/' }, { delay_ms: 2000 }, { times: 4 });
	const all = await Promise.all(Array.from({ length: 5 }, () => F.post(user, MANY, body)));
	const refused = all.filter((r) => r.status === 503);
	assert.ok(refused.length >= 1 && refused.length <= 2, `${all.map((r) => r.status)}`);
	mustFail(refused[0], 503, 'SERVICE_UNAVAILABLE');
	for (const r of all.filter((x) => !refused.includes(x)))
		assert.equal(r.must(201).files.length, 10);
}, { limit: 60 });

test('uploads leave no memory behind', async () => {
	if (/\bsan\b/.test(h.BUILD))
		return;
	const rss = (pid) => parseInt(h.procStatus(pid).VmRSS, 10);
	const many = async () => {
		for (let i = 0; i < 10; i++)
			(await F.post(user, ONE, F.form({ content: F.FILES['video/mp4'](2 << 20) }))).must(201);
	};
	await many();
	const pids = [await t.pidOf('front'), await t.pidOf('vertex')], before = pids.map(rss);
	await many();
	await many();
	pids.forEach((pid, i) => assert.ok(rss(pid) - before[i] < 4096, `${rss(pid)} after ${before[i]} KiB`));
});
