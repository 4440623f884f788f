'use strict';
/* tests/flow/038_nothing_kept.js - what passed through the front is not in its memory
 * afterwards: passwords and tokens, over HTTP/1.1, TLS and HTTP/2.
 * Proves: design, invariant 7 ("No secret is ever found in the front's memory").
 * Needs: root, to read another's memory.
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const net = require('node:net');
const { test, assert } = require('./tiny');
const { request1 } = require('./client');
const { CAN_LOOK, countWords } = require('./memory');
const h = require('./harness');

/* A request that arrives in pieces, so that h2o's buffers grow around it; answers its status. */
function inPieces(port, pieces) {
	return new Promise((yes, no) => {
		const s = net.connect(port, '127.0.0.1');
		let text = '';
		s.setNoDelay(true);
		s.on('error', no);
		s.on('data', (d) => { text += d; });
		s.on('close', () => yes(Number(text.split(' ')[1])));
		(async () => {
			for (const p of pieces) {
				s.write(p);
				await h.sleep(60);
			}
		})();
	});
}

test('no password and no token stays in the front', async () => {
	if (!CAN_LOOK)
		return;
	const t = await h.start();
	const user = await t.user();
	const two = t.api2();
	const words = { register: user.password };
	const front = h.family(t.pid).find((p) => fs.readlinkSync(`/proc/${p.pid}/exe`).endsWith('/front'));
	const headers = { 'content-type': 'application/json' };
	const wrong = (name) => {
		words[name] = `Wrong-Password-of-${name}`;
		return { email: user.email, password: words[name] };
	};
	(await t.api.post('/api/auth/login', wrong('plain'))).must(401);
	(await request1(`${t.secure}/api/auth/login`, { method: 'POST', headers, body: JSON.stringify(wrong('tls')) })).must(401);
	(await two.post('/api/auth/login', wrong('http2'))).must(401);
	(await t.api.post('/api/auth/login', { ...wrong('refused'), other: 1 })).must(400);
	const mine = (await t.api.post('/api/auth/login', { email: user.email, password: user.password })).must(200);
	(await t.api.as(mine.access_token).get('/api/projects')).must(200);
	(await t.api.as(mine.access_token).post('/api/media/audio', { projectId: await t.project(), prompt: 'p' })).must(201);
	const login = JSON.stringify(wrong('pieces'));
	assert.equal(await inPieces(t.port, ['POST /api/auth/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n' +
		`Content-Length: ${login.length + 20000}\r\n\r\n${login}`, ' '.repeat(20000)]), 401);
	assert.equal(await inPieces(t.port, [`GET /api/projects HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${mine.access_token}\r\n`,
		`X-More: ${'x'.repeat(9000)}\r\n`, '\r\n']), 200);
	Object.assign(words, { access: mine.access_token.slice(-60), refresh: mine.refresh_token.slice(-60) });
	await h.sleep(300);
	words.control = 'x-content-type-options';	/* a word that must be there: the look works */
	const { control, ...secrets } = countWords(front.pid, words);
	assert.ok(control > 0);
	assert.deepEqual(secrets, Object.fromEntries(Object.keys(secrets).map((k) => [k, 0])));
	two.via.close();
}, { limit: 60 });
