'use strict';
/* tests/flow/097_socket_hostile.js - realtime under clients that mean harm, or vanish, and a server that is
 * partly away, with requests and frames by hand.
 * Proves: contract 7 ("without a valid one the connection is refused with connect_error ... in order, none
 * lost over a reconnect"): who is told so does not come again by itself, so nobody hears it because something
 * is away for a moment; and no sequence of bytes or of ends harms a front process.
 * Licence: Apache-2.0. */
const net = require('node:net');
const { test, assert, before, after, SLOW } = require('./tiny');
const { request1 } = require('./client');
const { Listener, closeAll } = require('./sockets');
const { WebSocket, frame } = require('./websocket');
const { EventStream } = require('./sse');
const h = require('./harness');

const EIO = 'EIO=4&transport=';
let t, user, project, base, ws;
let short, guest, guestL, expires;		/* a tree whose access tokens live for 10 s, and somebody who listens there */

before(async () => {
	t = await h.start({ env: { FRONT_INSTANCES: '2', RESTART_INTENSITY: '30', EMULATOR_FLAGS: '--image-scale 0.1 --image-ms 50 --fsync 0' } });
	user = await t.user();
	project = await t.project();
	base = `${t.base}/socket.io/?${EIO}polling`;
	ws = `${t.base.replace('http', 'ws')}/socket.io/?${EIO}websocket`;
	short = await h.start({ env: { JWT_ACCESS_EXPIRATION: '10s', EMULATOR_FLAGS: '--image-scale 0.1 --image-ms 50 --fsync 0' } });
	guest = await short.user();
	expires = Date.now() + 10500;
	guestL = new Listener(short.base, guest.token, { transports: ['websocket'] });
	await guestL.connected();
});
after(closeAll);

const any = (n) => Math.floor(Math.random() * n);
const get = (sid) => request1(sid ? `${base}&sid=${sid}` : base);
const post = (sid, body) => request1(`${base}&sid=${sid}`, { method: 'POST', body });
const sidOf = async () => JSON.parse((await get()).text.slice(1)).sid;
const connect = (who, more = {}) => `40${JSON.stringify({ token: who.token, ...more })}`;
const image = async (who = user) => (await who.post('/api/media/image', { projectId: project, prompt: 'a boat' }, { Prefer: 'respond-async' })).must(202).id;
const fronts = async () => JSON.parse((await t.ctlLater('status', '--json')).stdout).processes.filter((p) => p.name === 'front').map((p) => p.pid);

async function opened() {
	const s = await WebSocket.open(ws);
	assert.equal(s.status, 101, s.body);
	assert.equal((await s.next())[0], '0');
	return s;
}
/* The first of what came that is no ping. */
async function said(s, seconds) {
	for (;;) {
		const what = await s.next(seconds);
		if (what !== '2')
			return what;
		s.send('3');
	}
}

/* ---- what is away ---- */

for (const name of ['auth', 'db', 'notifier', 'vertex'])
	test(`${name} is killed again and again: nobody is refused or sent away for good`, async () => {
		const users = [];
		for (let i = 0; i < 6; i++)
			users.push(await t.user());
		const stock = users.slice(0, 3).map((u, i) => new Listener(t.base, u.token, { transports: [['polling'], ['websocket'], ['polling', 'websocket']][i] }));
		for (let round = 0; round < 2; round++) {
			const pid = await t.pidOf(name);
			process.kill(pid, 'SIGKILL');
			await Promise.all(users.map(async (u) => {
				const s = await opened();
				s.send(connect(u));
				const what = await said(s, 50);
				assert.ok(typeof what === 'object' || /^40\{/.test(what), `${JSON.stringify(what)}`);
				if (typeof what === 'object')
					assert.equal(what.code, 1013);
				s.destroy();
			}));
			await t.replaced(name, pid, 20);
		}
		await t.allUp();
		for (const l of stock) {
			await l.connected(20);
			assert.deepEqual(l.errors.filter((e) => e.data), []);
			assert.ok(!l.ends.includes('io server disconnect'), `${l.ends}`);
			l.close();
		}
	}, { limit: 60 });

/* ---- where it goes on ---- */

test('a position that is none of ours is told with resync, whatever it is', async () => {
	const last = await (async () => {
		const l = new Listener(t.base, user.token);
		await l.connected();
		const e = await l.final(await image());
		l.close();
		return e.eventId;
	})();
	for (const auth of [{ lastEventId: 'x' }, { lastEventId: -1 }, { lastEventId: 1.5 }, { lastEventId: [1] }, { lastEventId: '99999999999999999999' },
		{ offset: {} }, { offset: '9223372036854775807' }, { offset: 9007199254740991 }, { pid: 7 }, { pid: 'x', offset: '1' }, { pid: '.'.repeat(60) }]) {
		const s = await opened();
		s.send(connect(user, auth));
		assert.match(await said(s), /^40\{"sid":/, JSON.stringify(auth));
		assert.equal(await said(s), `42["resync",{"eventId":${last}},"${last}"]`, JSON.stringify(auth));
		s.destroy();
	}
	for (const auth of [{}, { lastEventId: null }, { lastEventId: '' }, { offset: null, pid: null }]) {	/* nothing is said */
		const s = await opened();
		s.send(connect(user, auth));
		assert.match(await said(s), /^40\{"sid":/);
		s.send('40/nowhere,');
		assert.match(await said(s), /^44\/nowhere/);
		s.destroy();
	}
});

test('two with one pid at once: each gets what follows its own offset', async () => {
	const who = await t.user();
	const s = await opened();
	s.send(connect(who));
	const { pid } = JSON.parse((await said(s)).slice(2));
	const id = await image(who);
	for (let e; !/SUCCEEDED/.test(e = await said(s)); )
		assert.match(e, /^42\["media-generation-update"/);
	s.destroy();
	const two = await Promise.all([0, 1].map(() => opened()));
	two.forEach((x, i) => x.send(connect(who, { pid, offset: String(i) })));
	for (const [i, x] of two.entries()) {
		assert.equal(JSON.parse((await said(x)).slice(2)).pid, pid);
		assert.equal(JSON.parse((await said(x)).slice(2))[1].eventId, i + 1);
		for (let e; !/SUCCEEDED/.test(e = await said(x)); )
			assert.ok(e.includes(id));
		x.destroy();
	}
});

/* Takes all events of a session by polling, then over a WebSocket, in a way that is different each time. */
async function upgradeWhile(who, round) {
	const sid = await sidOf(), events = [];
	const take = (text) => {
		for (const packet of text.split('\x1e'))
			if (packet.startsWith('42'))
				events.push(JSON.parse(packet.slice(2))[1]);
	};
	const poll = async () => {
		const r = await get(sid);
		if (r.status === 200)
			take(r.text);
		return r.text;
	};
	await post(sid, connect(who, { lastEventId: 0 }));
	while (!/(^|\x1e)40\{/.test(await poll()))
		;
	const making = image(who);
	let polls = 0;
	const more = (async () => {
		while ((await poll()) !== '6' && polls++ < 50)
			;
	})();
	await h.sleep(any(60));
	/* another process may get it: then it does not know the session */
	let s;
	for (let i = 0; (s = await WebSocket.open(`${ws}&sid=${sid}`)).status !== 101; i++)
		assert.ok(i < 200);
	s.send('2probe');
	assert.equal(await s.next(), '3probe');
	if (round % 2)
		await h.sleep(any(150));
	await more;
	s.send('5');
	const id = await making;
	const isOver = () => events.some((e) => e.mediaGenerationId === id && e.status === 'SUCCEEDED');
	while (!isOver()) {
		const what = await said(s);
		assert.equal(typeof what, 'string', JSON.stringify(what));
		take(what);
	}
	s.destroy();
	const ids = events.map((e) => e.eventId);
	assert.deepEqual(ids, ids.map((_, i) => i + 1), 'events without a gap, in order');
}

test('an upgrade in the middle of events loses, repeats and reorders none', async () => {
	for (let round = 0; round < 8; round++)
		await Promise.all([upgradeWhile(await t.user(), round), upgradeWhile(await t.user(), round)]);
}, { limit: 60 });

/* ---- clients that vanish ---- */

const left = [];		/* who polled, and is gone without a word */
const vanishing = {
	async polling() {
		const sid = await sidOf();
		const waiting = request1(`${base}&sid=${sid}`, { timeout: 1 + any(80) }).catch(() => null);
		await post(sid, connect(user, any(2) ? { lastEventId: any(50) } : {})).catch(() => null);
		await waiting;
		left.push(sid);
	},
	async websocket() {
		const s = await WebSocket.open(ws);
		s.send(connect(user, { lastEventId: 0 }));
		if (any(3) === 0)
			s.close();
		await h.sleep(any(60));
		s.destroy();
	},
	async upgrade() {
		const sid = await sidOf();
		const waiting = get(sid).catch(() => null);
		await post(sid, connect(user, { lastEventId: 0 }));
		const s = await WebSocket.open(`${ws}&sid=${sid}`);
		if (s.status === 101) {
			const steps = ['2probe', '5', '3', '1'].slice(0, any(5));
			steps.forEach((x) => s.send(x));
			await h.sleep(any(40));
		}
		s.destroy();
		await waiting;
		left.push(sid);
	},
	async half() {	/* a request that is not whole, or an upgrade whose answer nobody reads */
		const s = net.connect(t.port, '127.0.0.1');
		s.on('error', () => {});
		const text = `GET /socket.io/?${EIO}websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n`;
		s.write(any(2) ? text.slice(0, any(text.length)) : Buffer.concat([Buffer.from(text), frame(1, connect(user)), frame(8, '')].slice(0, 1 + any(3))));
		await h.sleep(any(20));
		any(2) ? s.resetAndDestroy() : s.destroy();
	},
	async events() {
		const e = new EventStream(any(2) ? user : t.api2(user.token), { lastId: '0' });
		await h.sleep(any(60));
		e.stop();
	},
};

test('clients that vanish in every state leave nothing behind', async () => {
	const pids = await fronts();
	const kinds = Object.values(vanishing);
	const making = (async () => {
		for (let i = 0; i < 10; i++) {
			await image().catch(() => null);
			await h.sleep(300);
		}
	})();
	await Promise.all([0, 1, 2, 3, 4, 5].map(async () => {
		for (let i = 0; i < 40; i++)
			await kinds[any(kinds.length)]();
	}));
	await making;
	assert.deepEqual(await fronts(), pids);
	await Promise.all(left.map((sid) => post(sid, '1').catch(() => null)));	/* a ping would find out within 45 s */
	await h.until(15, 'all sockets are gone', async () => {
		const figures = (await t.ops('/metrics')).text.split('\n').filter((x) => /^studiod_sockets(\{|_connected)/.test(x));
		assert.ok(figures.length >= 3);
		return figures.every((x) => / 0$/.test(x));
	}, 500);
}, { limit: 120 });

/* ---- frames ---- */

/* One that a drunkard would send. */
function nonsense() {
	const n = [0, 1, 2, 125, 126, 127, 1000, 65535, 65536][any(9)];
	const body = any(3) ? Buffer.alloc(n, any(2) ? '4' : 0xc3) : Buffer.from(connect(user, { lastEventId: 0 }));
	const f = frame(any(4) ? [0, 1, 8, 9, 10][any(5)] : any(16), body, { fin: any(3) > 0, masked: any(12) > 0, rsv: any(10) ? 0 : any(8) });
	if (any(10) === 0 && f.length > 10) {		/* a length that is none */
		f[1] = f[1] & 0x80 | 127;
		f.writeBigUInt64BE([0n, 1n, 65536n, 1n << 32n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n][any(7)], 2);
	}
	return any(8) ? f : f.subarray(0, any(f.length));
}

test('frames of all kinds, whole and cut, harm nobody', async () => {
	const pids = await fronts();
	await Promise.all([0, 1, 2, 3].map(async () => {
		for (let i = 0; i < 60; i++) {
			const s = await WebSocket.open(ws);
			s.socket.setNoDelay(any(2) === 0);
			for (let k = any(12); k >= 0 && !s.over; k--) {
				s.socket.write(nonsense());
				if (any(4) === 0)
					await h.sleep(any(5));
			}
			await h.sleep(any(10));
			s.destroy();
		}
	}));
	assert.deepEqual(await fronts(), pids);
	assert.equal((await t.api.get('/healthz')).status, 200);
}, { limit: 60 });

test('who pings and reads nothing is let go, and what waits for it is bounded', async () => {
	const s = await WebSocket.open(ws);
	s.send(connect(user));
	await said(s);
	await said(s);
	s.socket.pause();
	const ping = frame(9, 'p'.repeat(125));
	let sent = 0, broke = false;
	s.socket.on('error', () => { broke = true; });
	s.socket.on('close', () => { broke = true; });
	while (!broke && !s.socket.destroyed && sent < 200000) {
		s.socket.write(Buffer.concat(Array(100).fill(ping)));
		sent += 100;
		await h.sleep(1);
	}
	assert.ok(sent < 200000, 'it is cut off');
	s.destroy();
}, { limit: 60 * SLOW });

/* ---- tokens that run out ---- */

test('a connection outlives its token; who comes back with an old one is told so, and recovers with a new one', async () => {
	const project = await short.project();
	const make = async () => (await guest.post('/api/media/image', { projectId: project, prompt: 'a boat' }, { Prefer: 'respond-async' })).must(202).id;
	const again = async () => {
		const r = (await short.api.post('/api/auth/refresh', { refreshToken: guest.me.refreshToken })).must(200);
		guest.me.refreshToken = r.refresh_token;
		guest.token = r.access_token;
	};
	await h.sleep(Math.max(0, expires - Date.now()));
	assert.deepEqual([guestL.socket.connected, guestL.ends], [true, []]);
	const old = guest.token;
	await again();
	const first = await make();
	await guestL.final(first);
	guestL.socket.auth = { token: old };
	guestL.socket.io.engine.close();	/* the network breaks: the manager connects anew by itself */
	const raw = await WebSocket.open(`${short.base.replace('http', 'ws')}/socket.io/?${EIO}websocket`);
	raw.send(`40{"token":"${old}"}`);
	await raw.next();
	assert.deepEqual(JSON.parse((await raw.next()).slice(2)), { message: 'The access token has expired', data: { code: 'TOKEN_EXPIRED' } });
	raw.destroy();
	await h.until(15, 'it is told', () => guestL.errors.some((e) => e.data), 10);
	assert.deepEqual(guestL.errors.find((e) => e.data).data, { code: 'TOKEN_EXPIRED' });
	const second = await make();
	guestL.socket.auth = { token: guest.token };
	guestL.socket.connect();
	await guestL.final(second);
	guestL.mustBeWhole(1);
	assert.deepEqual([guestL.connects, guestL.resyncs], [[false, true], []]);
}, { limit: 60 });
