'use strict';
/* tests/flow/073_http_abuse.js - clients of HTTP/2 who mean harm, each kind alone, and a neighbour
 * who must not notice.
 * Proves: issue 3, "HTTP manners" (HTTP/2 abuse limits: rapid reset, settings and ping floods,
 * header bombs): the client is shut out or harmless, others are answered quickly meanwhile, the
 * memory of the front stays where it was, and nobody who only works hard is taken for one.
 * Runs: alone
 * Licence: Apache-2.0. */
const http2 = require('node:http2');
const net = require('node:net');
const { test, assert, before, SLOW } = require('./tiny');
const { Http2 } = require('./client');
const { Neighbour } = require('./neighbour');
const x = require('./raw2');
const { Raw2, frame, u32, head, END_STREAM, END_HEADERS } = x;
const h = require('./harness');

const CALM = 11, PROTOCOL = 1, FLOW = 3, CLOSED = 5, SIZE = 6;
const CLIENTS = 4;		/* of each kind at once */
const SAN = /\bsan\b/.test(h.BUILD);
let t, user, front, pids;

before(async () => {
	t = await h.start();
	user = await t.user();
	pids = await t.pids();
	front = pids.front;
});

const rss = () => Number(/\d+/.exec(h.procStatus(front).VmRSS)[0]) / 1024;
const times = (n, f) => Buffer.concat(Array.from({ length: n }, (_, i) => f(i)));
const ask = (stream, path = '/healthz', more = []) => frame(x.HEADERS, END_STREAM | END_HEADERS, stream, head('GET', path, more));
const post = (stream, flags = END_HEADERS) => frame(x.HEADERS, flags, stream, head('POST', '/api/auth/login', [['content-type', 'application/json']]));
const cancel = (stream) => frame(x.RESET, 0, stream, u32(8));
const bearer = [['authorization', 'Bearer x']];
const zeroWindow = Buffer.concat([Buffer.from([0, 4]), u32(0)]);

/* name: { send (bytes, or a function of an open connection), ends (error of its GOAWAY; null: closed,
 * however; undefined: it may stay, and does no harm), settings, deaf (it reads nothing) } */
const kinds = {
	'rapid reset of requests under way': { send: times(2000, (i) => Buffer.concat([ask(2 * i + 1, '/api/projects', bearer), cancel(2 * i + 1)])), ends: CALM },
	'rapid reset of requests that are answered at once': { send: times(2000, (i) => Buffer.concat([ask(2 * i + 1, '/none'), cancel(2 * i + 1)])), ends: CALM },
	'requests that it makes us reset': { send: times(3000, (i) => Buffer.concat([ask(2 * i + 1, '/api/projects', bearer), frame(x.WINDOW, 0, 2 * i + 1, u32(0))])), ends: CALM },
	'more streams than it may have': { send: times(5000, (i) => ask(2 * i + 1, '/api/projects', bearer)), ends: CALM },
	'resets of streams that are no more': { send: Buffer.concat([ask(1), times(5000, () => cancel(1))]), ends: CALM },
	'a flood of settings': { send: times(20000, () => frame(x.SETTINGS, 0, 0)), ends: CALM },
	'a flood of settings with thousands in each': { send: times(300, () => frame(x.SETTINGS, 0, 0, times(2700, (i) => Buffer.concat([Buffer.from([0, 4]), u32(i)])))) },
	'a flood of acknowledgements': { send: times(20000, () => frame(x.SETTINGS, 1, 0)), ends: CALM },
	'a flood of pings': { send: times(20000, () => frame(x.PING, 0, 0, Buffer.alloc(8))), ends: CALM },
	'a flood of pings whose answers it does not read': { send: times(20000, () => frame(x.PING, 0, 0, Buffer.alloc(8))), ends: null, deaf: true },
	'empty frames of data': { send: Buffer.concat([post(1), times(20000, () => frame(x.DATA, 0, 1))]), ends: CALM },
	'frames of one byte': { send: Buffer.concat([post(1), times(20000, () => frame(x.DATA, 0, 1, Buffer.from(' ')))]), ends: CALM },
	'padding without data': { send: Buffer.concat([post(1), times(20000, () => frame(x.DATA, 8, 1, Buffer.from([3, 0, 0, 0])))]), ends: CALM },
	'empty continuations': { send: Buffer.concat([frame(x.HEADERS, END_STREAM, 1, head('GET', '/')), times(20000, () => frame(x.CONTINUATION, 0, 1))]), ends: CALM },
	'a head that never ends': { send: Buffer.concat([frame(x.HEADERS, END_STREAM, 1, head('GET', '/')), times(60, () => frame(x.CONTINUATION, 0, 1, x.fields([['x', 'y'.repeat(8000)]])))]), ends: CALM },
	'a bomb of header fields': { ends: CALM,	/* a byte each, for a value of 4000 */
		send: frame(x.HEADERS, END_STREAM | END_HEADERS, 1, Buffer.concat([head('GET', '/'), x.field('x', 'y'.repeat(4000), 0x40), Buffer.alloc(12000, 0xbe)])) },
	'small bombs, one after the other': {		/* 250 fields of 4000 bytes each */
		send: times(400, (i) => frame(x.HEADERS, END_STREAM | END_HEADERS, 2 * i + 1, Buffer.concat([head('GET', '/'), x.field('x', 'y'.repeat(4000), 0x40), Buffer.alloc(240, 0xbe)]))) },
	'a header table resized again and again': { send: frame(x.HEADERS, END_STREAM | END_HEADERS, 1, Buffer.concat([Buffer.alloc(8000, 0x20), head('GET', '/healthz')])) },
	'priorities turned round': { send: Buffer.concat([post(1), post(3), times(20000, (i) => frame(x.PRIORITY, 0, i % 2 ? 1 : 3, Buffer.concat([u32((0x80000000 | (i % 2 ? 3 : 1)) >>> 0), Buffer.from([i & 255])])))]), ends: CALM },
	'priorities of streams that never come': { send: times(5000, (i) => frame(x.PRIORITY, 0, 2 * i + 1, Buffer.concat([u32(0), Buffer.from([1])]))), ends: CALM },
	'a window opened by single bytes': { send: times(20000, () => frame(x.WINDOW, 0, 0, u32(1))), ends: CALM },
	'an answer taken in single bytes': { settings: zeroWindow, ends: CALM, send: Buffer.concat([ask(1), times(20000, () => frame(x.WINDOW, 0, 1, u32(1)))]) },
	'a window that overflows': { send: times(2, () => frame(x.WINDOW, 0, 0, u32(0x7fffffff))), ends: FLOW },
	'a window opened by nothing': { send: frame(x.WINDOW, 0, 0, u32(0)), ends: PROTOCOL },
	'answers that never find a window': { settings: zeroWindow, send: times(100, (i) => ask(2 * i + 1)) },
	'frames that nobody knows': { send: times(20000, () => frame(0xbe, 0, 0, Buffer.alloc(20))), ends: CALM },
	'farewells without end': { send: times(20000, () => frame(x.GOAWAY, 0, 0, Buffer.alloc(8))), ends: CALM },
	'a frame over the limit': { send: Buffer.concat([post(1), frame(x.DATA, 0, 1, Buffer.alloc(16385))]), ends: SIZE },
	'an even stream': { send: ask(2), ends: PROTOCOL },
	'stream 0': { send: ask(0), ends: PROTOCOL },
	'a stream twice': { send: Buffer.concat([ask(5), ask(5)]), ends: CLOSED },
	'a stream that went by': { send: Buffer.concat([ask(5), ask(3)]), ends: CLOSED },
	'data on a stream that is idle': { send: frame(x.DATA, 0, 7, Buffer.from('x')), ends: PROTOCOL },
	'a stream that depends on itself': { send: frame(x.HEADERS, END_STREAM | END_HEADERS | 0x20, 1, Buffer.concat([u32(1), Buffer.from([1]), head('GET', '/')])), ends: PROTOCOL },
	'a promise': { send: frame(x.PUSH, END_HEADERS, 1, Buffer.concat([u32(2), head('GET', '/')])), ends: PROTOCOL },
	'the last stream there is': { send: ask(0x7fffffff) },
	'crumbs of TLS': { ends: null, send: async (c) => {
		const bytes = times(300, () => frame(x.PING, 0, 0, Buffer.alloc(8)));
		for (let i = 0; i < bytes.length && !c.closed; i++)
			await new Promise((yes) => c.s.write(bytes.subarray(i, i + 1), yes));
	} },
};

async function attack(kind) {
	const c = await Raw2.open(t.httpsPort, kind.settings);
	if (kind.deaf)
		c.s.pause();
	if (typeof kind.send === 'function')
		await kind.send(c);
	else
		c.send(kind.send);
	return c;
}

for (const [name, kind] of Object.entries(kinds))
	test(`${name}: ${kind.ends === undefined ? 'harmless' : 'shut out'}`, async () => {
		const memory = rss();
		const neighbour = new Neighbour([t.secure, t.base], '/api/users/profile', { authorization: `Bearer ${user.token}` });
		await neighbour.started;
		const clients = await Promise.all(Array.from({ length: CLIENTS }, () => attack(kind)));
		if (kind.ends !== undefined)
			await h.until(5, 'all are shut out', () => {
				clients.filter((c) => kind.deaf && !c.closed).forEach((c) => c.s.resume());
				return clients.every((c) => c.closed);
			});
		else
			await h.sleep(200);
		const n = await neighbour.end();
		clients.forEach((c) => c.end());
		if (kind.ends)		/* the reset of the connection may overtake it */
			for (const c of clients)
				assert.ok(c.goaway === kind.ends || c.goaway === undefined, `GOAWAY ${c.goaway}`);
		assert.equal(n.failed, 0);
		assert.ok(n.half < 60 * SLOW && n.most < 500 * SLOW, `the neighbour waited ${n.half.toFixed()} ms, at most ${n.most.toFixed()} (of ${n.count})`);
		if (process.env.TEST_SHOW)
			console.log(`         ${name}: neighbour ${n.half.toFixed(1)} / ${n.most.toFixed(1)} ms of ${n.count}, memory +${(rss() - memory).toFixed(1)} MiB`);
		assert.ok(SAN || rss() - memory < 48, `${memory} MiB before, ${rss()} after`);
		assert.deepEqual(await t.pids(), pids);
	}, { limit: 15 });

/* Between a client and the front: lets through what comes until it is told to hold it; then sends
 * all that it holds, and a reset just behind it. */
function breaker() {
	const all = new Set();
	const server = net.createServer((a) => {
		const b = net.connect(t.httpsPort, '127.0.0.1');
		const pair = { b, held: null };
		all.add(pair);
		for (const s of [a, b])
			s.on('error', () => {});
		a.on('data', (d) => (pair.held ? pair.held.push(d) : b.write(d)));
		b.on('data', (d) => a.write(d));
		b.on('close', () => { all.delete(pair); a.destroy(); });
	});
	return new Promise((yes) => server.listen(0, '127.0.0.1', () => yes({
		port: server.address().port,
		hold: () => all.forEach((p) => { p.held = []; }),
		tear: () => all.forEach((p) => { p.b.write(Buffer.concat(p.held)); p.b.resetAndDestroy(); }),
		close: () => server.close(),
	})));
}

/* h2o closes the streams of a broken connection one by one, and begins those that waited as it
 * goes; one that was answered at once then made it abort. */
test('a connection that breaks while requests wait for their turn', async () => {
	const between = await breaker();
	const requests = times(100, (i) => ask(2 * i + 1, '/none'));
	for (let round = 0; round < 5; round++) {
		const clients = await Promise.all(Array.from({ length: 8 }, () => Raw2.open(between.port)));
		await h.sleep(20);
		between.hold();
		clients.forEach((c) => c.send(requests));
		await h.sleep(50);
		between.tear();
		await Promise.all(clients.map((c) => c.gone));
	}
	between.close();
	(await user.get('/api/users/profile')).must(200);
	assert.deepEqual(await t.pids(), pids);
});

/* A number of its own for each place where something is chosen, so that a seed tells all. */
function chooser(seed) {
	let a = seed >>> 0;
	return (n) => {
		a = Math.imul(a ^ a >>> 15, 0x2c1b3c6d) + 0x9e3779b9 >>> 0;
		a = Math.imul(a ^ a >>> 12, 0x297a2d39) >>> 0;
		return ((a ^ a >>> 15) >>> 0) % n;
	};
}

test('frames at random, and a connection that breaks anywhere', async () => {
	const seed = Number(process.env.SEED || Math.floor(Math.random() * 2 ** 31)), pick = chooser(seed);
	const between = await breaker();
	const good = [['authorization', `Bearer ${user.token}`]];
	const one = (id) => [
		() => ask(id, '/none'), () => ask(id, '/api/projects', good), () => ask(id, '/api/openapi.json'), () => ask(id, '/healthz'), () => post(id), () => post(id),
		() => frame(x.DATA, pick(2), id, Buffer.alloc(pick(3000), 0x20)), () => frame(x.DATA, END_STREAM, Math.max(1, id - 2), Buffer.from('{}')), () => cancel(Math.max(1, id - 2 * pick(6))),
		() => frame(x.WINDOW, 0, pick(2) ? 0 : id, u32(pick(70000))), () => frame(x.SETTINGS, 0, 0, Buffer.concat([Buffer.from([0, 4]), u32(pick(3) ? 100000 : pick(100))])),
		() => frame(x.PING, 0, 0, Buffer.alloc(8)), () => frame(x.PRIORITY, 0, id, Buffer.concat([u32(1 + 2 * pick(20)), Buffer.from([pick(256)])])), () => frame(x.GOAWAY, 0, 0, Buffer.alloc(8)),
		() => frame(x.HEADERS, END_STREAM | END_HEADERS, Math.max(1, id - 2), x.fields([['x', 'y']])), () => frame(x.HEADERS, END_STREAM, id, head('GET', '/none')), () => frame(x.CONTINUATION, END_HEADERS, id),
		() => frame(pick(12), pick(256), pick(4) ? id : 0, Buffer.alloc(pick(40), pick(256))),
	];
	for (let round = 0; round < 12; round++) {
		const clients = await Promise.all(Array.from({ length: 8 }, () => Raw2.open(between.port)));
		for (const c of clients)		/* most of it is well formed: else every connection would end at once */
			c.send(times(pick(60), (i) => { const all = one(2 * i + 1); return all[pick(8) ? pick(13) : pick(all.length)](); }));
		await h.sleep(pick(20));
		between.hold();
		for (const c of clients)
			c.send(times(pick(120), (i) => { const all = one(2 * i + 201); return all[pick(8) ? pick(13) : pick(all.length)](); }));
		await h.sleep(20);
		if (pick(3))
			between.tear();
		clients.forEach((c) => c.end());
	}
	between.close();
	(await user.get('/api/users/profile')).must(200);
	assert.deepEqual(await t.pids(), pids, `SEED=${seed}`);
});

test('whoever works hard is none of them', async () => {
	const two = new Http2(t.secure);
	const headers = { authorization: `Bearer ${user.token}` };
	for (let round = 0; round < 15; round++)		/* 3000 requests of one connection, a hundred at once */
		for (const r of await Promise.all(Array.from({ length: 100 }, () => two.request('/api/users/profile', { headers }))))
			assert.equal(r.status, 200);
	const s = two.s;
	const body = Buffer.alloc(1000, 0x20);			/* a body in a thousand pieces */
	const up = s.request({ ':method': 'POST', ':path': '/api/auth/login', 'content-type': 'application/json' });
	const answered = new Promise((yes, no) => { up.on('response', (r) => yes(r[':status'])); up.on('error', no); });
	for (let i = 0; i < 900; i++)
		up.write(body);
	up.end('{}');
	up.resume();
	assert.equal(await answered, 400);
	for (let i = 0; i < 200; i++)
		await new Promise((yes, no) => s.ping((e) => (e ? no(e) : yes())));
	const cancelled = Array.from({ length: 90 }, () => s.request({ ':path': '/api/media/history?limit=100', ...headers }));	/* a page is left */
	await Promise.all(cancelled.map((rq) => new Promise((yes) => { rq.on('close', yes); rq.on('error', () => {}); rq.close(http2.constants.NGHTTP2_CANCEL); })));
	assert.equal((await two.request('/api/users/profile', { headers })).status, 200);
	assert.equal(two.s, s, 'it is the same connection still');
	two.close();
});
