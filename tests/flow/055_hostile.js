'use strict';
/* tests/flow/055_hostile.js - bytes that no client sends, on every listener.
 * Proves: "A frame that is malformed … closes that link, is counted and logged, and never harms
 * the receiver" from outside: the unit tests of proto/ send such frames; here the receivers of
 * network bytes get theirs, and afterwards every process is the one that it was, no link has
 * been closed and no violation was counted. Bounds: slow clients, many connections, floods.
 * Runs: alone
 * Licence: Apache-2.0. */
const net = require('node:net');
const tls = require('node:tls');
const crypto = require('node:crypto');
const { test, assert, before } = require('./tiny');
const h = require('./harness');

let t, user, pids;

before(async () => {
	t = await h.start();
	user = await t.user();
	pids = await t.pids();
});

async function mustBeUnharmed() {
	(await user.get('/api/users/profile')).must(200);
	(await t.api2().as(user.me.access_token).get('/api/users/profile')).must(200);
	assert.deepEqual(await t.pids(), pids);
	const violations = [...(await t.ops('/metrics')).text.matchAll(/^studiod_link_violations[^ ]* (\d+)/gm)].map((m) => Number(m[1]));
	assert.ok(violations.every((v) => v === 0), 'links were violated');
}

/* Sends raw bytes, waits until the other side closes or a while has passed; returns what came. */
function raw(bytes, { secure = false, ms = 1500, alpn } = {}) {
	return new Promise((yes) => {
		const s = secure ? tls.connect({ port: t.httpsPort, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: alpn })
			: net.connect(t.port, '127.0.0.1');
		const got = [];
		s.on(secure ? 'secureConnect' : 'connect', () => s.write(bytes));
		s.on('data', (d) => got.push(d));
		s.on('error', () => {});
		s.on('close', () => yes(Buffer.concat(got).toString('latin1')));
		setTimeout(() => s.destroy(), ms);
	});
}

test('HTTP/1 that is none', async () => {
	const inputs = [
		'\0\0\0\0', 'GET', 'GET / HTTP/9.9\r\n\r\n', 'GET /\r\n\r\n', `GET /${'a'.repeat(100000)} HTTP/1.1\r\n\r\n`, 'POST /api/auth/login HTTP/1.1\r\nContent-Length: -1\r\n\r\n',
		'POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello', 'POST /api/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
		'POST /api/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nffffffffffffffff\r\nx',
		'GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n', `GET /healthz HTTP/1.1\r\n${'A: b\r\n'.repeat(2000)}\r\n`, 'GET /%zz%00%ff HTTP/1.1\r\nHost: a\r\n\r\n',
		'GET http://evil.test/healthz HTTP/1.1\r\nHost: a\r\n\r\n', 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: a\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + '\xff'.repeat(100),
		'GET /healthz HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: !!!\r\n\r\n',
	];
	for (const s of inputs)
		await raw(Buffer.from(s, 'latin1'), { ms: 400 });
	await mustBeUnharmed();
}, { limit: 60 });

test('TLS and HTTP/2 that is none', async () => {
	const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
	const frame = (type, flags, id, body = Buffer.alloc(0)) => {
		const head = Buffer.alloc(9);
		head.writeUIntBE(body.length, 0, 3);
		head[3] = type;
		head[4] = flags;
		head.writeUInt32BE(id, 5);
		return Buffer.concat([head, body]);
	};
	const settings = frame(4, 0, 0);
	for (const bytes of [
		Buffer.concat([preface, crypto.randomBytes(2000)]), Buffer.concat([preface, settings, frame(1, 4, 1, Buffer.from([0x80]))]),
		Buffer.concat([preface, settings, frame(0, 0, 99, Buffer.alloc(100))]), Buffer.concat([preface, settings, frame(9, 0, 1, Buffer.alloc(10))]),
		Buffer.concat([preface, settings, ...Array.from({ length: 1000 }, () => frame(6, 0, 0, Buffer.alloc(8)))]),
		Buffer.concat([preface, settings, ...Array.from({ length: 500 }, (_, i) => Buffer.concat([frame(1, 5, 2 * i + 1, Buffer.from([0x82, 0x84, 0x87])), frame(3, 0, 2 * i + 1, Buffer.from([0, 0, 0, 8]))]))]),
		Buffer.concat([preface, settings, frame(8, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff])), frame(8, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff]))]),
	])
		await raw(bytes, { secure: true, alpn: ['h2'], ms: 500 });
	for (const bytes of [crypto.randomBytes(5000), Buffer.from([0x16, 3, 1, 0xff, 0xff]), Buffer.from([0x80, 0x2e, 1, 0, 2])])
		await new Promise((yes) => {
			const s = net.connect(t.httpsPort, '127.0.0.1', () => s.write(bytes));
			s.on('error', () => {});
			s.on('close', yes);
			setTimeout(() => s.destroy(), 400);
		});
	await mustBeUnharmed();
}, { limit: 60 });

test('two hundred slow clients do not keep others out', async () => {
	const slow = Array.from({ length: 200 }, (_, i) => {
		const s = net.connect(t.port, '127.0.0.1');
		s.on('error', () => {});
		s.on('connect', () => s.write(i % 2 ? 'GET /healthz HT' : 'POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"a"'));
		return s;
	});
	await h.sleep(500);
	const began = Date.now();
	(await user.get('/api/users/profile')).must(200);
	assert.ok(Date.now() - began < 1000, `${Date.now() - began} ms`);
	slow.forEach((s) => s.destroy());
	await mustBeUnharmed();
}, { limit: 40 });

test('clients that leave before their answer', async () => {
	const project = await t.project();
	for (let i = 0; i < 20; i++) {
		const body = JSON.stringify({ projectId: project, prompt: `nobody waits ${i}` });
		const s = net.connect(t.port, '127.0.0.1');
		s.on('error', () => {});
		s.write(`POST /api/media/image HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${user.me.access_token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
		setTimeout(() => s.destroy(), 30 + i * 10);
	}
	await h.sleep(1500);
	await h.until(20, 'all of them are finished all the same', async () => {
		const m = (await user.get('/api/media/history?limit=100&search=nobody')).must(200);
		return m.data.every((x) => x.status === 'SUCCEEDED');
	});
	await mustBeUnharmed();
}, { limit: 60 });

test('random paths, methods and headers get an answer that is none of 5xx', async () => {
	const pick = (a) => a[crypto.randomInt(a.length)];
	const paths = ['/api/media/', '/api/projects/', '/api/auth/', '/', '/api/api/', '/api/media/history?'];
	for (let i = 0; i < 300; i++) {
		const junk = encodeURIComponent(crypto.randomBytes(crypto.randomInt(1, 40)).toString('latin1'));
		const r = await user.send(pick(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']), pick(paths) + junk, undefined,
		    { [pick(['Accept', 'If-None-Match', 'Range', 'Idempotency-Key', 'Prefer', 'Cookie', 'Origin', 'Content-Type', 'traceparent'])]: junk });
		assert.ok(r.status < 500, `${r.status} ${r.text}`);
	}
	await mustBeUnharmed();
}, { limit: 40 });

test('random JSON bodies get an answer that is none of 5xx', async () => {
	const value = (depth) => {
		switch (crypto.randomInt(depth > 3 ? 6 : 9)) {
		case 0: return null;
		case 1: return crypto.randomInt(2) === 1;
		case 2: return crypto.randomInt(1 << 30) - (1 << 29);
		case 3: return Math.random() * 1e300;
		case 4: return crypto.randomBytes(crypto.randomInt(30)).toString('latin1');
		case 5: return '';
		case 6: case 7: return Object.fromEntries(Array.from({ length: crypto.randomInt(5) }, () => [crypto.randomBytes(3).toString('hex'), value(depth + 1)]));
		default: return Array.from({ length: crypto.randomInt(5) }, () => value(depth + 1));
		}
	};
	const names = ['projectId', 'prompt', 'email', 'password', 'refreshToken', 'referenceData', 'referenceImage', 'tempo', 'seed', 'width', 'model', 'name'];
	for (let i = 0; i < 300; i++) {
		const body = Object.fromEntries(Array.from({ length: crypto.randomInt(6) }, () => [names[crypto.randomInt(names.length)], value(0)]));
		const path = ['/api/media/image', '/api/media/video', '/api/media/music', '/api/media/audio', '/api/auth/login', '/api/auth/register', '/api/auth/refresh', '/api/projects'][crypto.randomInt(8)];
		const r = await user.post(path, body);
		assert.ok(r.status < 500 && r.status >= 400, `${r.status} ${r.text} for ${JSON.stringify(body)}`);
	}
	await mustBeUnharmed();
}, { limit: 40 });
