'use strict';
/* tests/flow/036_http_manners.js - what HTTP itself asks for, and clients that have none.
 * Proves: contract 1 ("Every response carries X-Request-Id .. and security headers", errors
 * in one shape, 413, 431, 429 with Retry-After, "errors lists every problem, or is null");
 * RFC 9112 3.2 (one good Host), 3.2.2 (absolute-form), 2.2 (an empty line before a request).
 * Licence: Apache-2.0. */
const net = require('node:net');
const tls = require('node:tls');
const http2 = require('node:http2');
const { test, assert, before } = require('./tiny');
const { mustFail, Http2, request1 } = require('./client');
const h = require('./harness');

let t, user, project;

before(async () => {
	t = await h.start();
	user = await t.user();
	project = await t.project();
});

/* Writes bytes, reads to the end (or to the first answer of a connection that stays). */
function raw(bytes, { pieces = 1 } = {}) {
	return new Promise((yes, no) => {
		const s = net.connect(t.port, '127.0.0.1');
		let got = '';
		const done = () => { s.destroy(); yes(parse(got)); };
		s.on('data', (d) => {
			got += d.toString('latin1');
			const m = /\r\n\r\n/.exec(got);
			const n = m && /content-length: (\d+)/i.exec(got.slice(0, m.index));
			if (m && n && got.length >= m.index + 4 + Number(n[1]))
				done();
		});
		s.on('end', done);
		s.on('error', (e) => (got ? done() : no(e)));
		const all = Buffer.from(bytes, 'latin1');
		for (let i = 0; i < pieces; i++)
			setTimeout(() => s.write(all.subarray(Math.floor(i * all.length / pieces), Math.floor((i + 1) * all.length / pieces))), i * 20);
	});
}

function parse(text) {
	const at = text.indexOf('\r\n\r\n');
	const [line, ...fields] = text.slice(0, at).split('\r\n');
	const headers = Object.fromEntries(fields.map((f) => [f.slice(0, f.indexOf(':')).toLowerCase(), f.slice(f.indexOf(':') + 2)]));
	const body = text.slice(at + 4);
	return { status: Number(line.split(' ')[1]), headers, text: body, json: body.startsWith('{') ? JSON.parse(body) : undefined,
		must(status, what = '') { assert.equal(this.status, status, `${what} ${text.slice(0, 400)}`); return this.json; } };
}

function polite(r) {
	assert.match(r.headers['x-request-id'], /^[\x21-\x7e]{1,128}$/);
	assert.equal(r.headers['x-content-type-options'], 'nosniff');
	assert.equal(r.headers['referrer-policy'], 'no-referrer');
}

test('what the parser refuses is answered like everything else', async () => {
	const bad = {
		'a space in a name': 'GET /healthz HTTP/1.1\r\nHost: a\r\nX y: 1\r\n\r\n',
		'a control character': 'GET /healthz HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n',
		'a folded field': 'GET /healthz HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n',
		'no request at all': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
		'two hosts': 'GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n',
		'a host that is none': 'GET /healthz HTTP/1.1\r\nHost: a b/\\\r\n\r\n',
		'no host': 'GET /healthz HTTP/1.1\r\n\r\n',
		'two lengths': 'POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}',
		'a malformed target': 'GET http://a b/healthz HTTP/1.1\r\nHost: a\r\n\r\n',
	};
	for (const [what, bytes] of Object.entries(bad))
		for (const pieces of [1, 3]) {
			const r = await raw(bytes, { pieces });
			try {
				mustFail(r, 400, 'VALIDATION_ERROR');
				polite(r);
				assert.equal(r.json.errors, null);
			} catch (e) {
				e.message = `${what}: ${e.message}`;
				throw e;
			}
		}
});

test('too many or too large header fields are 431', async () => {
	const fields = (n, size = 1) => Array.from({ length: n }, (_, i) => `X-${i}: ${'x'.repeat(size)}\r\n`).join('');
	for (const [n, size] of [[65, 1], [101, 1], [150, 1], [1, 17000], [2, 100000]]) {
		const r = await raw(`GET /healthz HTTP/1.1\r\nHost: a\r\n${fields(n, size)}\r\n`);
		assert.equal(r.must(431).statusCode, 431);
		polite(r);
	}
	(await raw(`GET /healthz HTTP/1.1\r\nHost: a\r\n${fields(60)}\r\n`)).must(200);
});

test('absolute-form, empty lines before the request, forms of Host', async () => {
	(await raw('GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n')).must(200);
	(await raw('GET HTTPS://X:1/healthz HTTP/1.1\r\nHost: x:1\r\n\r\n')).must(200);
	assert.equal(mustFail(await raw('GET http://x?a=1 HTTP/1.1\r\nHost: x\r\n\r\n'), 404, 'NOT_FOUND').path, '/');
	assert.equal(mustFail(await raw('GET http://x/api/nothing?a=1 HTTP/1.1\r\nHost: x\r\n\r\n'), 404, 'NOT_FOUND').path, '/api/nothing');
	const page = (await raw(`GET http://x/api/projects?page=1&limit=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.token}\r\n\r\n`)).must(200);
	assert.equal(page.meta.itemsPerPage, 1, 'the query of an absolute target counts');
	for (const pieces of [1, 4])
		for (const lines of ['\r\n', '\r\n\r\n'])
			(await raw(`${lines}GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n`, { pieces })).must(200);
	for (const host of ['localhost:4200', '[::1]:80', '127.0.0.1', 'a_b.example', ''])
		(await raw(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).must(200);
});

test('white space around a value, empty pseudo fields, requests that h2o refuses by itself', async () => {
	const r = await raw(`GET /api/projects HTTP/1.1\r\nHost: a\r\nAuthorization: \tBearer ${user.token} \r\nX-Request-Id: spaced \t\r\n\r\n`);
	assert.equal(r.status, 200, r.text);
	assert.equal(r.headers['x-request-id'], 'spaced');
	const two = http2.connect(t.secure, { rejectUnauthorized: false });
	two.on('error', () => {});
	const status = await new Promise((yes, no) => {
		const rq = two.request({ ':path': '', ':method': 'GET' });
		rq.on('response', (head) => yes(head[':status']));
		rq.on('error', no);
		rq.resume();
	});
	assert.equal(status, 400);
	two.destroy();
	mustFail(await raw('POST /api/auth/login HTTP/1.1\r\nHost: a\r\nX-Request-Id: evade1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'), 400, 'VALIDATION_ERROR');
	await h.until(5, 'its line', () => t.everything.split('\n').some((l) => l.includes('evade1') && l.includes('request_refused')));
});

test('a body over the limit is 413 in both versions', async () => {
	const body = Buffer.alloc(11 << 20, 0x20);
	const headers = { 'content-type': 'application/json', authorization: `Bearer ${user.token}` };
	const two = new Http2(t.secure);
	for (const ask of [() => request1(`${t.base}/api/auth/login`, { method: 'POST', headers, body }),
		() => two.request('/api/auth/login', { method: 'POST', headers, body })])
		mustFail(await ask(), 413, 'PAYLOAD_TOO_LARGE');
	if (two.s)
		two.s.close();
});

test('who only writes still sees why', async () => {
	for (const first of [`POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: ${1 << 30}\r\n\r\n`, 'POST /api/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: odd\r\n\r\n']) {
		const s = net.connect(t.port, '127.0.0.1');
		let got = '';
		s.on('error', () => {});
		s.pause();
		s.write(first);
		for (let i = 0; i < 100; i++)		/* each waits until the one before is with the kernel */
			await new Promise((yes, no) => s.write(Buffer.alloc(128 << 10, 0x20), (e) => (e ? no(e) : yes())));
		s.on('data', (d) => { got += d; });
		const ended = new Promise((yes, no) => { s.once('end', yes); s.once('error', no); });
		s.resume();
		await ended;
		assert.match(got, /^HTTP\/1\.1 4(13|00) /);
		s.destroy();
	}
});

test('problems of no field list none; those of a field name it', async () => {
	for (const q of ['page=1&page=2', 'page=%ff'])
		assert.equal(mustFail(await user.get(`/api/projects?${q}`), 400, 'VALIDATION_ERROR').errors, null, q);
	const big = await request1(`${t.base}/api/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"email":1e999}' });
	assert.equal(mustFail(big, 400, 'VALIDATION_ERROR').errors, null);
	mustFail(await user.post('/api/media/image', { projectId: '0190a1b2-0000-7000-8000-000000000000', prompt: 'p' }), 400, 'VALIDATION_ERROR', { field: 'projectId' });
});

test('what is only blank is empty', async () => {
	for (const prompt of ['   ', '\t\n', '\u00a0\u3000', '\u200b'])
		for (const kind of ['image', 'audio', 'music', 'video'])
			mustFail(await user.post(`/api/media/${kind}`, { projectId: project, prompt }), 400, 'VALIDATION_ERROR', { field: 'prompt' });
	const who = { email: 'blank@studio.test', password: 'Test-Password-1', firstName: ' ', lastName: '\u2003' };
	mustFail(await t.api.post('/api/auth/register', who), 400, 'VALIDATION_ERROR', { field: ['firstName', 'lastName'] });
	mustFail(await (await t.admin()).post('/api/projects', { name: '  ' }), 400, 'VALIDATION_ERROR', { field: 'name' });
});

test('a locked account says how long in Retry-After too', async () => {
	const who = await t.user();
	for (let i = 0; ; i++) {
		assert.ok(i < 30, 'it was never locked');
		const r = await t.api.post('/api/auth/login', { email: who.email, password: 'Wrong-Password-1' });
		if (r.status !== 429)
			continue;
		const said = / in (\d+) seconds?/.exec(mustFail(r, 429, 'RATE_LIMITED').message);
		assert.ok(said, r.text);
		assert.equal(r.headers['retry-after'], said[1]);
		return;
	}
});

test('one address cannot take all connections, and probes come through', async () => {
	const held = [];
	try {
		for (let i = 0; i < 1300; i++)
			held.push(await new Promise((yes) => {
				const s = net.connect(t.port, '127.0.0.1', () => yes(s));
				s.on('error', () => {});
			}));
		await h.until(10, 'the rest is turned away', () => held.filter((s) => s.destroyed || s.readableEnded).length >= 200);
		assert.ok(held.filter((s) => !s.destroyed).length >= 900, 'not all of them');
		(await t.ops('/healthz')).must(200);
		assert.match(t.everything, /"turned_away"/);
	} finally {
		for (const s of held)
			s.destroy();
	}
	await h.until(10, 'it is served again', async () => (await t.api.get('/healthz')).status === 200);
}, { limit: 60 });

/* Frames of HTTP/2 by hand: a request and its end in one write, so that no answer comes between. */
function frame(type, flags, stream, payload) {
	const head = Buffer.alloc(9);
	head.writeUIntBE(payload.length, 0, 3);
	head[3] = type;
	head[4] = flags;
	head.writeUInt32BE(stream, 5);
	return Buffer.concat([head, payload]);
}

test('a client that breaks its requests off is shut out, others are not', async () => {
	const text = (s) => Buffer.concat([Buffer.from([s.length]), Buffer.from(s)]);
	const fields = Buffer.concat([Buffer.from([0x82, 0x87, 0x01]), text('x'), Buffer.from([0x04]), text('/api/projects'),
		Buffer.from([0x0f, 0x08]), text('Bearer x')]);
	const frames = [Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0, Buffer.alloc(0))];
	for (let i = 0; i < 250; i++)
		frames.push(frame(1, 5, 2 * i + 1, fields), frame(3, 0, 2 * i + 1, Buffer.from([0, 0, 0, 8])));
	const s = tls.connect({ port: t.httpsPort, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] });
	s.on('error', () => {});
	await new Promise((yes) => s.once('secureConnect', yes));
	const closed = new Promise((yes) => s.once('close', yes));
	s.resume();
	s.write(Buffer.concat(frames));
	await closed;
	await h.until(5, 'the line', () => /"client_shut_out"/.test(t.everything));
	(await t.api.get('/healthz')).must(200);
});
