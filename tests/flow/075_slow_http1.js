'use strict';
/* tests/flow/075_slow_http1.js - connections on which nothing becomes a request, or whose answers are
 * not read.
 * Proves: design ("every queue and every wait has a bound"), issue 3 ("slow-client and idle limits"): who
 * says nothing, trickles a handshake, a head or a body, or does not read is let go within its time.
 * Runs: first
 * Licence: Apache-2.0. */
const net = require('node:net');
const { test, assert, SLOW } = require('./tiny');
const h = require('./harness');

test('slow clients of HTTP/1 and TLS are let go within their time', async () => {
	const t = await h.start();
	const began = Date.now();
	const connect = (port, first, more) => {
		const s = net.connect(port, '127.0.0.1', () => s.write(first));
		const timer = more && setInterval(() => s.write(more), 1000);
		const done = () => { clearInterval(timer); s.lived = s.lived || Date.now() - began; };
		s.on('error', done);
		s.on('close', done);
		return s.resume();
	};
	const post = 'POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
	const all = {
		silence: [connect(t.port, ''), 30], 'a slow head': [connect(t.port, 'GET /healthz HTTP/1.1\r\nX: ', 'x'), 30],
		'a slow body': [connect(t.port, `${post}Content-Length: 1000\r\n\r\n`, ' '), 30], 'slow chunks': [connect(t.port, `${post}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'), 30],
		'no second request': [connect(t.port, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'), 30],
		'no handshake': [connect(t.httpsPort, ''), 10], 'a slow handshake': [connect(t.httpsPort, Buffer.from([22, 3, 1, 2, 0]), Buffer.from([1])), 10],
	};
	const deaf = connect(t.port, 'GET /api/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(300), ' ');	/* some 30 MB, and not a byte is read */
	deaf.pause();
	const steady = connect(t.port, `${post}Content-Length: ${40 * 24000}\r\n\r\n`);	/* slow, but it comes: 40 s long */
	steady.on('data', (d) => { steady.got = d.toString('latin1'); });
	const feed = setInterval(() => (steady.got ? clearInterval(feed) : steady.write(Buffer.alloc(24000, 0x20))), 1000);
	const before = Number(/\d+/.exec(h.procStatus(await t.pidOf('front')).VmRSS)[0]);
	await h.until(50, 'they are let go', () => Object.values(all).every(([s]) => s.lived), 500);
	for (const [what, [s, seconds]] of Object.entries(all))
		assert.ok(s.lived > (seconds - 2) * 1000 && s.lived < (seconds + 5) * 1000 * SLOW, `${what}: ${s.lived} ms`);
	assert.equal((t.everything.match(/"client_shut_out"/g) || []).length, 3, 'a slow head and two slow bodies; the others only waited');
	await h.until(30, 'the steady one is answered', () => steady.got, 500);
	clearInterval(feed);
	assert.match(steady.got, /^HTTP\/1\.1 400 /);
	assert.ok(Date.now() - began > 35000);
	const after = Number(/\d+/.exec(h.procStatus(await t.pidOf('front')).VmRSS)[0]);
	assert.ok(/\bsan\b/.test(h.BUILD) || after - before < 16 << 10, `${before} KiB before, ${after} after`);
	await h.until(100, 'who reads nothing is let go', () => deaf.lived, 500);
	assert.ok(deaf.lived > 30000, `${deaf.lived}`);
}, { limit: 130 });
