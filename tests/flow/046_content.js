'use strict';
/* tests/flow/046_content.js - the bytes of results and uploads: ranges, conditions, HEAD, in constant
 * memory, for slow clients and for those that leave, while vertex is killed.
 * Proves: contract 5 (GET /api/media/:id/results/:resultId/content) and 6 (GET /api/files/download);
 * "a 500 MB object through the front with under 8 MB growth".
 * Licence: Apache-2.0. */
const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const http2 = require('node:http2');
const path = require('node:path');
const { test, assert, before } = require('./tiny');
const { mustFail, request1 } = require('./client');
const { judge } = require('./media');
const F = require('./forms');
const h = require('./harness');

const SAN = /\bsan\b/.test(h.BUILD);
const MiB = 1 << 20;
let t, user, content, url;

before(async () => {
	t = await h.start({ env: { UPLOAD_MAX_BYTES: '2MiB' } });
	user = await t.user();
	content = F.FILES['video/mp4'](100000);
	const j = (await F.post(user, '/api/files/upload', F.form({ content, filename: 'clip.mp4' }))).must(201);
	url = `/api/files/download?gcsUri=${encodeURIComponent(j.gcsUri)}`;
});

/* An upload whose object is made large behind everybody's back: a sparse file in the emulator's
 * store. Its row says what it was; storage knows better. */
async function large(bytes) {
	const j = (await F.post(user, '/api/files/upload', F.form({ content: F.FILES['video/mp4']() }))).must(201);
	const name = j.gcsUri.split('/').pop();
	const store = path.join(t.dir, 'emulator');
	let grown = 0;
	for (const file of fs.readdirSync(store, { recursive: true }).filter((f) => f.startsWith('objects'))) {
		const full = path.join(store, file);
		if (!fs.statSync(full).isFile())
			continue;
		const text = fs.readFileSync(full).toString('latin1');
		if (!text.startsWith('{') || !text.includes(name))
			continue;
		const meta = JSON.parse(text);
		fs.truncateSync(path.join(store, 'objects', path.dirname(file).replace(/^objects\/?/, ''), meta._data || ''), bytes);
		meta.size = String(bytes);
		fs.writeFileSync(full, JSON.stringify(meta));
		grown++;
	}
	assert.equal(grown, 1, 'the object in the store of the emulator');
	return `/api/files/download?gcsUri=${encodeURIComponent(j.gcsUri)}`;
}

/* The same over TLS and HTTP/2; the bytes that came. */
function stream2(where, each = () => {}) {
	return new Promise((yes, no) => {
		const s = http2.connect(t.secure, { rejectUnauthorized: false });
		s.on('error', no);
		const st = s.request({ ':path': where, authorization: `Bearer ${user.me.access_token}` });
		let n = 0;
		st.on('data', (d) => { n += d.length; each(n); });
		st.on('error', no);
		st.on('end', () => { s.destroy(); yes(n); });
	});
}

/* Reads an answer in its pace: `each` is called with what came and may wait. The bytes that came. */
function stream(where, each = async () => {}) {
	return new Promise((yes, no) => {
		const rq = http.get(t.base + where, { headers: { Authorization: `Bearer ${user.me.access_token}` } }, async (rs) => {
			let n = 0;
			try {
				for await (const d of rs) {
					n += d.length;
					await each(n, rs);
				}
				yes({ n, status: rs.statusCode, length: Number(rs.headers['content-length']) });
			} catch (e) {
				no(e);
			}
		});
		rq.on('error', no);
	});
}

const rss = (pid) => parseInt(h.procStatus(pid).VmRSS, 10);

for (const via of ['HTTP/1.1', 'HTTPS with HTTP/2'])
	test(`ranges, conditions and HEAD through ${via}`, async () => {
		const api = (via === 'HTTP/1.1' ? t.api : t.api2()).as(user.me.access_token);
		const whole = await api.get(url);
		assert.equal(whole.status, 200);
		assert.ok(whole.body.equals(content));
		const { etag } = whole.headers;
		assert.match(etag, /^"[0-9a-f]{32}"$/);
		assert.equal(whole.headers['content-type'], 'video/mp4');
		assert.equal(whole.headers['content-length'], '100000');
		assert.equal(whole.headers['accept-ranges'], 'bytes');
		assert.equal(whole.headers['content-disposition'], 'attachment; filename="clip.mp4"');
		assert.match(whole.headers['content-security-policy'], /sandbox/);
		assert.equal(whole.headers['content-encoding'], undefined);
		for (const [range, from, to] of [['bytes=0-0', 0, 1], ['bytes=5-9', 5, 10], ['bytes=99990-', 99990, 100000], ['bytes=-7', 99993, 100000],
			['bytes=0-', 0, 100000], ['bytes=99999-200000', 99999, 100000], ['bytes=-200000', 0, 100000]]) {
			const r = await api.get(url, { Range: range, 'If-Range': etag });
			assert.equal(r.status, 206, range);
			assert.equal(r.headers['content-range'], `bytes ${from}-${to - 1}/100000`);
			assert.equal(r.headers['content-length'], String(to - from));
			assert.ok(r.body.equals(content.subarray(from, to)), range);
		}
		for (const range of ['bytes=0-1,5-6', 'bytes=9-5', 'lines=1-2', 'bytes=x'])
			assert.equal((await api.get(url, { Range: range })).must(200) || whole.body.length, 100000);
		for (const range of ['bytes=100000-', 'bytes=500000-600000', 'bytes=-0']) {
			const r = await api.get(url, { Range: range });
			mustFail(r, 416, 'RANGE_NOT_SATISFIABLE');
			assert.equal(r.headers['content-range'], 'bytes */100000');
		}
		for (const other of ['"other"', `W/${etag}`, 'Fri, 27 Nov 2026 23:39:51 GMT'])
			assert.equal((await api.get(url, { Range: 'bytes=0-1', 'If-Range': other })).status, 200, other);
		const same = await api.get(url, { 'If-None-Match': etag });
		assert.equal(same.status, 304);
		assert.equal(same.body.length, 0);
		const head = await api.send('HEAD', url, undefined, { Range: 'bytes=0-1' });
		assert.equal(head.status, 200);
		assert.equal(head.headers['content-length'], '100000');
		assert.equal(head.headers.etag, etag);
		assert.equal(head.body.length, 0);
	});

test('the results of a generation', async () => {
	const m = (await user.post('/api/media/image', { projectId: await t.project(), prompt: 'two boats', sampleCount: 2 })).must(201);
	for (const r of m.results) {
		const at = `/api/media/${m.id}/results/${r.id}/content`;
		const got = await user.get(at, { Accept: 'image/avif,image/webp,image/png,image/*,*/*;q=0.8' });
		assert.equal(got.status, 200);
		assert.equal(got.headers['content-type'], r.metadata.mimeType);
		judge(r.metadata.mimeType, got.body);
		assert.equal(got.headers['content-disposition'], `inline; filename="image-${m.id.slice(0, 8)}-${m.id.slice(-4)}-${r.metadata.index + 1}.png"`);
		mustFail(await (await t.user()).get(at), 404, 'NOT_FOUND');
		mustFail(await t.api.get(at), 401, 'UNAUTHORIZED');
		assert.equal((await (await t.admin()).get(at)).status, 200);
		mustFail(await user.get(`/api/media/${r.id}/results/${r.id}/content`), 404, 'NOT_FOUND');
		mustFail(await user.get(`/api/media/${m.id}/results/x/content`), 404, 'NOT_FOUND');
		mustFail(await user.send('DELETE', at), 405, 'METHOD_NOT_ALLOWED');
	}
});

test('storage that fails before the first byte is asked again', async () => {
	await t.fault({ path: '/storage/v1/' }, { status: 503 }, { times: 1 });
	assert.ok((await user.get(url)).body.equals(content));
	await t.fault({ path: '/storage/v1/' }, { cut: true, work: false }, { times: 1 });
	assert.ok((await user.get(url)).body.equals(content));
	await t.fault({ path: '/storage/v1/' }, { status: 404 }, { times: 1 });
	mustFail(await user.get(url), 404, 'NOT_FOUND');
	await t.fault({ path: '/storage/v1/' }, { status: 403, message: 'no' }, { times: 1 });
	mustFail(await user.get(url), 502, 'STORAGE_ERROR');
});

test('storage that breaks off is asked for the rest', async () => {
	await t.fault({ path: '/storage/v1/' }, { truncate: 40000 }, { times: 2 });
	const r = await user.get(url);
	assert.equal(r.status, 200);
	assert.ok(r.body.equals(content));
	await t.fault({ path: '/storage/v1/' }, { truncate: 10000 }, { times: 1 });
	const part = await user.get(url, { Range: 'bytes=50000-89999' });
	assert.equal(part.status, 206);
	assert.ok(part.body.equals(content.subarray(50000, 90000)));
});

test('storage that breaks off again and again gives a client that does not read no more', async () => {
	const size = 40 * MiB, at = await large(size), front = await t.pidOf('front');
	await user.get(url);
	const before = rss(front), reads = () => t.linesWith('"what":"storage_read"').length;
	await t.fault({ path: '/storage/v1/' }, { truncate: 200000 }, { times: 10000 });
	let most = 0, n = 0;
	const got = await stream(at, async () => {
		if (n++ > 0)
			return;
		for (let asked = -1; asked !== reads();) {	/* until nothing moves any more */
			asked = reads();
			await h.sleep(700);
		}
		most = rss(front);
	});
	assert.deepEqual(got, { n: size, status: 200, length: size });
	if (!SAN)
		assert.ok(most - before < 4096, `front grew by ${most - before} KiB`);
	(await t.emulator.send('DELETE', '/emulator/faults')).must(200);
}, { limit: 60 });

test('a large object passes in constant memory, and kill -9 of vertex does not end it', async () => {
	const size = (SAN ? 50 : 500) * MiB, at = await large(size), front = await t.pidOf('front');
	await user.get(url);
	const before = rss(front);
	let most = 0, killed = 0;
	const got = await stream(at, async (n) => {
		if (n > size / 2 && !killed) {
			killed = await t.pidOf('vertex');
			process.kill(killed, 'SIGKILL');
		}
		most = Math.max(most, rss(front));
	});
	assert.deepEqual(got, { n: size, status: 200, length: size });
	if (!SAN)
		assert.ok(most - before < 8192, `front grew by ${most - before} KiB`);
	await t.replaced('vertex', killed);
	console.log(`         ${size / MiB} MiB: front grew by ${most - before} KiB`);
}, { limit: 60 });

test('and over TLS and HTTP/2', async () => {
	const size = (SAN ? 20 : 200) * MiB, at = await large(size), front = await t.pidOf('front');
	await stream2(url);
	const before = rss(front);
	let most = 0, next = 0;
	const n = await stream2(at, (got) => {
		if (got >= next) {
			most = Math.max(most, rss(front));
			next += MiB;
		}
	});
	assert.equal(n, size);
	if (!SAN)
		assert.ok(most - before < 8192, `front grew by ${most - before} KiB`);
	console.log(`         ${size / MiB} MiB: front grew by ${most - before} KiB`);
}, { limit: 60 });

test('slow clients hold no memory, and those that leave end the stream at storage', async () => {
	const at = await large(100 * MiB), front = await t.pidOf('front'), vertex = await t.pidOf('vertex');
	await user.get(url);
	const before = [rss(front), rss(vertex)], held = [];
	for (let i = 0; i < 8; i++)
		held.push(new Promise((yes) => {
			const rq = http.get(t.base + at, { headers: { Authorization: `Bearer ${user.me.access_token}` } }, (rs) => {
				rs.pause();
				rs.on('error', () => {});
				yes(rq);
			});
			rq.on('error', () => {});
		}));
	const clients = await Promise.all(held);
	await h.sleep(500);
	const after = [rss(front), rss(vertex)];
	if (!SAN)
		after.forEach((v, i) => assert.ok(v - before[i] < 8 * 1024, `${v - before[i]} KiB for 8 clients`));
	const reads = () => t.linesWith('"what":"storage_read"').length;
	const ended = reads();
	for (const c of clients)
		c.destroy();
	await h.until(10, 'the reads of storage end', () => reads() >= ended + 8);
	assert.ok((await user.get(url)).body.equals(content));
	const m = (await user.post('/api/media/image', { projectId: await t.project(), prompt: 'still alive' })).must(201);
	assert.equal(m.status, 'SUCCEEDED');
});
