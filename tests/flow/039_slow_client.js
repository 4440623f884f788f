'use strict';
/* tests/flow/039_slow_client.js - connections on which nothing ever becomes a request, or an answer
 * is never read.
 * Proves: design ("every queue and every wait has a bound"): a client that says nothing, trickles a
 * handshake, a head or a body, or does not read is let go within its time; a client that keeps a
 * connection of HTTP/2 busy without finishing a request after a minute; one that asks is not.
 * Runs: first
 * Licence: Apache-2.0. */
const http2 = require('node:http2');
const net = require('node:net');
const { test, assert, SLOW } = require('./tiny');
const h = require('./harness');

test('pings and a trickled body do not hold a connection for ever', async () => {
	const t = await h.start();
	const began = Date.now();
	const open = () => {
		const s = http2.connect(t.secure, { rejectUnauthorized: false });
		s.on('error', () => {});
		s.on('close', () => { s.lived = Date.now() - began; });
		return s;
	};
	const [pings, trickle, good] = [open(), open(), open()];
	const rq = trickle.request({ ':method': 'POST', ':path': '/api/auth/login', 'content-type': 'application/json' }, { endStream: false });
	rq.on('error', () => {});
	const timer = setInterval(() => {
		for (const s of [pings, good])
			if (!s.destroyed)
				s.ping(() => {});
		if (!rq.destroyed)
			rq.write(' ');
		if (!good.destroyed)
			good.request({ ':path': '/healthz' }).resume();
	}, 3000);
	try {
		await h.until(80, 'both are let go', () => pings.lived && trickle.lived, 500);
	} finally {
		clearInterval(timer);
	}
	assert.ok(pings.lived > 55000 && trickle.lived > 55000, `${pings.lived} ${trickle.lived}`);
	assert.equal(good.lived, undefined);
	assert.match(t.everything, /no request for too long/);
	good.destroy();
}, { limit: 110 });

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
	const before = Number(/\d+/.exec(h.procStatus(await t.pidOf('front')).VmRSS)[0]);
	await h.until(50, 'they are let go', () => Object.values(all).every(([s]) => s.lived), 500);
	for (const [what, [s, seconds]] of Object.entries(all))
		assert.ok(s.lived > (seconds - 2) * 1000 && s.lived < (seconds + 5) * 1000 * SLOW, `${what}: ${s.lived} ms`);
	const after = Number(/\d+/.exec(h.procStatus(await t.pidOf('front')).VmRSS)[0]);
	assert.ok(/\bsan\b/.test(h.BUILD) || after - before < 16 << 10, `${before} KiB before, ${after} after`);
	await h.until(100, 'who reads nothing is let go', () => deaf.lived, 500);
	assert.ok(deaf.lived > 30000, `${deaf.lived}`);
}, { limit: 130 });
