'use strict';
/* tests/flow/084_socket_protocol.js - Engine.IO 4 and Socket.IO 5 by the letter, with requests and
 * frames by hand.
 * Proves: contract 7 ("Socket.IO protocol 5 on Engine.IO 4 at /socket.io/: HTTP long-polling, upgrade,
 * and WebSocket ... without a valid one the connection is refused with connect_error"), and what is
 * no such protocol harms nobody.
 * Licence: Apache-2.0. */
const http2 = require('node:http2');
const net = require('node:net');
const { test, assert, before } = require('./tiny');
const { request1 } = require('./client');
const { WebSocket, CONTINUATION, TEXT, BINARY, PING, PONG } = require('./websocket');
const h = require('./harness');

let t, user, base, ws;
const EIO = 'EIO=4&transport=';

before(async () => {
	t = await h.start({ env: { CORS_ORIGIN: 'https://studio.example' } });
	user = await t.user();
	base = `${t.base}/socket.io/?${EIO}`;
	ws = `${t.base.replace('http', 'ws')}/socket.io/?${EIO}websocket`;
});

const get = (query, headers) => request1(`${t.base}/socket.io/?${query}`, { headers });
const poll = (sid) => get(`${EIO}polling&sid=${sid}`);
const post = (sid, body, headers) => request1(`${base}polling&sid=${sid}`, { method: 'POST', body, headers });
const error = (r, code, message, status = 400) => assert.deepEqual([r.status, r.json], [status, { code, message }]);

/* A polling session. */
async function handshake() {
	const r = await get(`${EIO}polling`);
	assert.equal(r.status, 200, r.text);
	assert.equal(r.text[0], '0');
	return JSON.parse(r.text.slice(1)).sid;
}
/* A session over a WebSocket, its handshake taken. */
async function opened(headers) {
	const s = await WebSocket.open(ws, headers);
	assert.equal(s.status, 101, s.body);
	const open = await s.next();
	assert.equal(open[0], '0');
	s.handshake = JSON.parse(open.slice(1));
	return s;
}

/* ---- Engine.IO: handshake ---- */

test('a handshake by polling, with and without the last slash, and over HTTP/2', async () => {
	for (const r of [await get(`${EIO}polling&t=N8hyd6w`), await request1(`${t.base}/socket.io?${EIO}polling`), await t.api2().get(`/socket.io/?${EIO}polling`)]) {
		assert.equal(r.status, 200);
		assert.match(r.headers['content-type'], /^text\/plain; charset=utf-8$/i);
		assert.equal(r.headers['cache-control'], 'no-store');
		assert.equal(r.headers.etag, undefined);
		const open = JSON.parse(r.text.slice(1));
		assert.match(open.sid, /^[\w-]{20,}$/);
		assert.deepEqual({ ...open, sid: '' }, { sid: '', upgrades: ['websocket'], pingInterval: 25000, pingTimeout: 20000, maxPayload: 65536 });
	}
});

test('a handshake over a WebSocket, with and without TLS', async () => {
	for (const url of [ws, `${t.secure.replace('https', 'wss')}/socket.io/?${EIO}websocket`]) {
		const s = await WebSocket.open(url);
		assert.equal(s.status, 101, s.body);
		assert.ok(s.headers['x-request-id']);
		const open = JSON.parse((await s.next()).slice(1));
		assert.deepEqual(open.upgrades, []);
		s.close();
		assert.equal((await s.ended()).code, 1000);
	}
});

test('what is no handshake is refused with Engine.IO\'s errors', async () => {
	error(await get('transport=polling'), 5, 'Unsupported protocol version');
	error(await get('EIO=abc&transport=polling'), 5, 'Unsupported protocol version');
	error(await get('EIO=3&transport=polling'), 5, 'Unsupported protocol version');
	error(await get('EIO=4'), 0, 'Transport unknown');
	error(await get('EIO=4&transport=abc'), 0, 'Transport unknown');
	error(await get(''), 0, 'Transport unknown');
	error(await get(`${EIO}polling&j=0`), 3, 'Bad request');
	error(await get(`${EIO}polling&sid=a&sid=b`), 3, 'Bad request');
	error(await get(`${EIO}websocket`), 3, 'Bad request');
	error(await post('', '40'), 2, 'Bad handshake method');
	error(await poll('nobody'), 1, 'Session ID unknown');
	error(await poll('00AAAAAAAAAAAAAAAAAAAA'), 1, 'Session ID unknown');
	error(await post('00AAAAAAAAAAAAAAAAAAAA', '3'), 1, 'Session ID unknown');
	const put = await request1(`${base}polling`, { method: 'PUT' });
	assert.deepEqual([put.status, put.headers.allow], [405, 'GET, POST, HEAD, OPTIONS']);
	assert.equal((await request1(`${base}polling`, { method: 'HEAD' })).status, 400);
	for (const [query, headers, code] of [['transport=websocket', {}, 5], [`EIO=3&transport=websocket`, {}, 5], [`${EIO}websocket&sid=nobody`, {}, 1],
		[`${EIO}websocket`, { 'Sec-WebSocket-Version': '8' }, 3], [`${EIO}websocket`, { 'Sec-WebSocket-Key': 'short' }, 3],
		[`${EIO}websocket`, { 'Sec-WebSocket-Key': null }, 3]]) {
		const s = await WebSocket.open(`${t.base.replace('http', 'ws')}/socket.io/?${query}`, headers);
		assert.deepEqual([s.status, JSON.parse(s.body).code], [400, code], query);
	}
});

test('who may open a WebSocket from a page: this host and CORS_ORIGIN', async () => {
	const status = async (Origin) => {
		const s = await WebSocket.open(ws, { Origin });
		s.destroy();
		return s.status;
	};
	assert.equal(await status('https://studio.example'), 101);
	assert.equal(await status(t.base), 101);
	assert.equal(await status('https://evil.example'), 403);
	assert.equal(await status('null'), 403);
	assert.equal(await status(`${t.base}.evil.example`), 403);
	const r = await get(`${EIO}polling`, { origin: 'https://studio.example' });
	assert.equal(r.headers['access-control-allow-origin'], 'https://studio.example');
	assert.equal((await get(`${EIO}polling`, { origin: 'https://evil.example' })).headers['access-control-allow-origin'], undefined);
	const pre = await request1(`${base}polling`, { method: 'OPTIONS', headers: { origin: 'https://studio.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' } });
	assert.equal(pre.status, 204);
	assert.match(pre.headers['access-control-allow-methods'], /POST/);
});

/* ---- Engine.IO: polling ---- */

test('a GET waits until there is something', async () => {
	const sid = await handshake();
	const waiting = poll(sid);
	const early = await Promise.race([waiting, h.sleep(200)]);
	assert.equal(early, undefined);
	const r = await post(sid, '40');
	assert.deepEqual([r.status, r.text], [200, 'ok']);
	assert.match((await waiting).text, /^44\{"message":/);
});

test('a second GET at once ends the session', async () => {
	const sid = await handshake();
	const first = poll(sid);
	await h.sleep(50);
	error(await poll(sid), 3, 'Bad request');
	assert.deepEqual([(await first).status, (await first).text], [200, '1']);
	error(await poll(sid), 1, 'Session ID unknown');
});

test('a client that closes is answered with a noop and gone', async () => {
	const sid = await handshake();
	const waiting = poll(sid);
	await h.sleep(50);
	assert.equal((await post(sid, '1')).status, 200);
	assert.equal((await waiting).text, '6');
	error(await poll(sid), 1, 'Session ID unknown');
});

test('a client that leaves while it waits ends the session', async () => {
	const leaves = {
		'HTTP/1.1': (sid) => new Promise((yes) => {
			const s = net.connect(t.port, '127.0.0.1', () => s.write(`GET /socket.io/?${EIO}polling&sid=${sid} HTTP/1.1\r\nHost: x\r\n\r\n`, () => setTimeout(() => s.destroy() && yes(), 100)));
		}),
		'HTTP/2': (sid) => new Promise((yes) => {
			const s = http2.connect(t.secure, { rejectUnauthorized: false });
			s.request({ ':path': `/socket.io/?${EIO}polling&sid=${sid}` }).on('error', () => {}).end();
			setTimeout(() => s.close(yes) || s.destroy() || yes(), 100);
		}),
	};
	const gone = async () => Number(/closed_total\{why="gone"\} (\d+)/.exec((await t.ops('/metrics')).text)[1]);
	for (const [name, leave] of Object.entries(leaves)) {
		const sid = await handshake(), before = await gone();
		await leave(sid);
		await h.until(5, `${name}: it is over`, async () => await gone() === before + 1);
		assert.equal((await poll(sid)).text, '1');
		error(await poll(sid), 1, 'Session ID unknown');
	}
});

test('what is no packet ends the session', async () => {
	for (const body of ['abc', '', '8', '4', '4\xff', '2', '2probe', '5', '0{}', '40\x1e\x1e3', 'bAQIDBA==', '451-["a"]', '49', '42["a"]', `${'3\x1e'.repeat(1100)}3`]) {
		const sid = await handshake();
		const r = await post(sid, Buffer.from(body, 'latin1'));
		error(r, 3, 'Bad request');
		let r2, last;
		while ((r2 = await poll(sid)).status === 200)
			last = r2.text;
		assert.equal(last, '1', JSON.stringify(body));
		error(r2, 1, 'Session ID unknown');
	}
	const sid = await handshake();
	assert.equal((await post(sid, '4'.repeat(65537))).status, 413);
	assert.equal((await post(sid, '3')).status, 200);
});

/* ---- Engine.IO: WebSocket ---- */

test('frames: fragments, pings, sizes, text that is none', async () => {
	let s = await opened();
	s.frame(TEXT, '4', { fin: false });
	s.frame(PING, 'are you there');
	s.frame(CONTINUATION, '0/who', { fin: false });
	s.frame(CONTINUATION, 'ever');
	assert.equal(await s.next(), '44/whoever,{"message":"Invalid namespace"}');
	assert.equal(s.pongs, 1);
	s.frame(PONG, 'unasked').send('3');
	s.frame(TEXT, '4'.repeat(65537));
	assert.equal((await s.ended()).code, 1009);
	const ends = async (code, go, what) => {
		s = await opened();
		go(s);
		assert.equal((await s.ended()).code, code, what);
	};
	await ends(1009, (x) => {
		for (let i = 0; i < 70; i++)
			x.frame(i ? CONTINUATION : TEXT, '4'.repeat(1000), { fin: false });
	}, 'fragments that are too long together');
	await ends(1007, (x) => x.frame(TEXT, Buffer.from([0x34, 0xff, 0xfe])), 'no UTF-8');
	await ends(1003, (x) => x.frame(BINARY, Buffer.from([1, 2, 3, 4])), 'bytes');
	await ends(1003, (x) => x.send('451-["baz",{"_placeholder":true,"num":0}]'), 'an event with bytes');
	await ends(1002, (x) => x.send('abc'), 'no packet');
	await ends(1002, (x) => x.send('4abc'), 'no packet of Socket.IO');
	await ends(1002, (x) => x.send('2'), 'a ping of a client');
	await ends(1002, (x) => x.send(''), 'nothing');
	await ends(1002, (x) => x.frame(TEXT, '3', { masked: false }), 'no mask');
	await ends(1002, (x) => x.frame(TEXT, '3', { rsv: 4 }), 'a reserved bit');
	await ends(1002, (x) => x.frame(CONTINUATION, '3'), 'a continuation of nothing');
	s = await opened();
	s.frame(PING, 'p'.repeat(126));
	await s.ended();
	await ends(1000, (x) => x.send('1'), 'it says good-bye');
	await ends(1000, (x) => x.close(), 'it closes');
});

test('who floods a WebSocket is cut off', async () => {
	for (const flood of [(x) => x.frame(PING), (x) => x.frame(CONTINUATION, '', { fin: false }), (x) => x.send('3'), (x) => x.send('42["a"]')]) {
		const s = await opened();
		if (flood.toString().includes('CONTINUATION'))
			s.frame(TEXT, '4', { fin: false });
		if (flood.toString().includes('42')) {
			s.send(`40{"token":"${user.token}"}`);
			assert.match(await s.next(), /^40/);
		}
		for (let i = 0; i < 8000 && !s.over; i++) {
			flood(s);
			if (i % 500 === 499)
				await h.sleep(1);
		}
		await s.ended();
	}
	assert.equal((await t.api.get('/healthz')).status, 200);
});

/* ---- Engine.IO: upgrade ---- */

test('from polling to a WebSocket', async () => {
	const sid = await handshake();
	const waiting = poll(sid);
	const s = await WebSocket.open(`${ws}&sid=${sid}`);
	assert.equal(s.status, 101);
	s.send('2probe');
	assert.equal(await s.next(), '3probe');
	assert.equal((await waiting).text, '6');
	assert.equal((await poll(sid)).text, '6');
	await post(sid, '40');
	assert.match((await poll(sid)).text, /^44\{/);
	await post(sid, '40');
	s.send('5');
	assert.match(await s.next(), /^44\{/, 'what waited comes the new way');
	s.send('40');
	assert.match(await s.next(), /^44\{/);
	error(await poll(sid), 3, 'Bad request');
	error(await post(sid, '3'), 3, 'Bad request');
	const second = await WebSocket.open(`${ws}&sid=${sid}`);
	await second.ended();
	s.send('40/still,');
	assert.match(await s.next(), /^44\/still,/);
	s.close();
});

test('a probe that breaks off, or says something else, leaves polling as it was', async () => {
	for (const go of [(s) => s.destroy(), (s) => s.send('5'), (s) => s.send('40'), (s) => s.frame(BINARY, 'x'), async (s) => {
		s.send('2probe');
		assert.equal(await s.next(), '3probe');
		s.send('2probe');
	}]) {
		const sid = await handshake();
		const s = await WebSocket.open(`${ws}&sid=${sid}`);
		await go(s);
		await s.ended();
		await h.until(5, 'the probe is over', async () => {
			await post(sid, '40');
			return /^44\{/.test((await poll(sid)).text);
		});
		const again = await WebSocket.open(`${ws}&sid=${sid}`);
		again.send('2probe');
		assert.equal(await again.next(), '3probe');
		again.send('5');
		again.close();
		await again.ended();
		await h.until(5, 'it is gone', async () => (await poll(sid)).status === 400);
	}
});

/* ---- Socket.IO ---- */

test('who has no valid token is refused with connect_error, and may try again', async () => {
	const s = await opened();
	s.send('40');
	assert.deepEqual(JSON.parse((await s.next()).slice(2)), { message: 'Authentication is required', data: { code: 'UNAUTHORIZED' } });
	s.send('40{"token":"nonsense"}');
	assert.equal(JSON.parse((await s.next()).slice(2)).data.code, 'UNAUTHORIZED');
	s.send('40/admin,{"token":"x"}');
	assert.equal(await s.next(), '44/admin,{"message":"Invalid namespace"}');
	s.send('41/admin,');
	s.send('40{"token":7}');
	assert.match(await s.next(), /^44\{/);
	s.send('40{}');
	assert.match(await s.next(), /^44\{/);
	s.send('40');
	assert.equal((await s.ended()).code, 1008, 'so often is enough');
	for (const bad of ['42["a"]', '43[]', '44{}', '40[]', '40{"a":1,"a":2}', '40{', '42/x,["a"]']) {
		const one = await opened();
		one.send(bad);
		assert.equal((await one.ended()).code, 1002, bad);
	}
});
