'use strict';
/* tests/flow/039_slow_client.js - HTTP/2 connections on which nothing ever becomes a request.
 * Proves: design ("every queue and every wait has a bound"): a client that keeps a connection
 * of HTTP/2 busy without finishing a request is let go after half a minute, one that asks is not.
 * Runs: first
 * Licence: Apache-2.0. */
const http2 = require('node:http2');
const { test, assert } = require('./tiny');
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
		await h.until(45, 'both are let go', () => pings.lived && trickle.lived, 500);
	} finally {
		clearInterval(timer);
	}
	assert.ok(pings.lived > 28000 && trickle.lived > 28000, `${pings.lived} ${trickle.lived}`);
	assert.equal(good.lived, undefined);
	assert.match(t.everything, /its request is too slow/);
	good.destroy();
}, { limit: 60 });
