'use strict';
/* tests/flow/083_socketio_client.js - the stock socket.io-client from npm, as it comes.
 * Proves: contract 7 ("so that the stock socket.io-client 4.x connects with its defaults ... for every
 * change of state of an own generation, in order, none lost over a reconnect ... A connection ends
 * when its token's session is revoked"); design, What always holds, 3 and 4.
 * Licence: Apache-2.0. */
const { test, assert, before, after, SLOW } = require('./tiny');
const { Listener, closeAll } = require('./sockets');
const { CAN_LOOK, countWords } = require('./memory');
const h = require('./harness');

let t, user, project;

before(async () => {
	t = await h.start({ env: { RESTART_INTENSITY: '20', EMULATOR_FLAGS: '--video-seconds 1 --image-scale 0.1 --image-ms 50 --fsync 0' } });
	user = await t.user();
	project = await t.project();
});
after(closeAll);

const image = (who = user) => who.post('/api/media/image', { projectId: project, prompt: 'a boat' }, { Prefer: 'respond-async' });
/* One whose generation is accepted; repeated while something is away. */
async function accepted(who = user) {
	for (let i = 0; ; i++) {
		const r = await image(who).catch((e) => ({ status: e.code }));
		if (r.status === 202 || r.status === 201)
			return r.json.id;
		assert.ok(i < 100, `not accepted: ${r.status} ${r.text}`);
		await h.sleep(100);
	}
}

test('with its defaults it connects by polling and upgrades; events come in order', async () => {
	const l = new Listener(t.base, user.token);
	await l.connected();
	assert.match(l.socket.id, /^[\w-]{20}$/);
	assert.deepEqual(l.connects, [false]);
	await h.until(10, 'it is upgraded', () => l.transport === 'websocket', 10);
	const ids = [(await image()).must(202).id, (await image()).must(202).id];
	for (const id of ids) {
		const last = await l.final(id);
		assert.deepEqual([last.status, last.progress, last.error], ['SUCCEEDED', 100, undefined]);
		assert.match(last.results[0].resultUrl, /^https?:\/\//);
		assert.equal(last.results[0].mediaType, 'IMAGE');
		const media = (await user.get(`/api/media/${id}`)).must(200);
		assert.deepEqual(last.results.map((r) => r.id), media.results.map((r) => r.id));
		const states = l.events.filter((e) => e.mediaGenerationId === id).map((e) => e.status);
		assert.deepEqual(states, [...states].sort((a, b) => ['PENDING', 'PROCESSING', 'SUCCEEDED'].indexOf(a) - ['PENDING', 'PROCESSING', 'SUCCEEDED'].indexOf(b)));
	}
	l.mustBeWhole(1);
	l.close();
});

for (const transports of [['websocket'], ['polling']])
	test(`by ${transports} alone, over TLS too`, async () => {
		for (const url of [t.base, t.secure]) {
			const l = new Listener(url, user.token, { transports });
			await l.connected();
			const id = (await image()).must(202).id;
			await l.final(id);
			assert.equal(l.transport, transports[0]);
			l.mustBeWhole();
			l.close();
		}
	});

test('the token may come in the Authorization header', async () => {
	for (const transports of [['websocket'], ['polling']]) {
		const l = new Listener(t.base, undefined, { transports, extraHeaders: { Authorization: `Bearer ${user.token}` } });
		await l.connected();
		l.close();
	}
});

test('a wrong token is a connect_error; with the right one it connects after that', async () => {
	for (const transports of [['polling', 'websocket'], ['websocket']]) {
		const l = new Listener(t.base, 'nonsense', { transports });
		const e = await h.until(10, 'connect_error', () => l.errors[0], 10);
		assert.equal(e.data.code, 'UNAUTHORIZED');
		assert.ok(e.message.length > 5);
		assert.equal(l.socket.active, false, 'it does not try again by itself');
		l.socket.auth.token = user.token;
		l.socket.connect();
		await l.connected();
		l.close();
	}
	const none = new Listener(t.base);
	await h.until(10, 'connect_error', () => none.errors[0], 10);
	none.close();
	const other = new Listener(`${t.base}/admin`, user.token);
	assert.equal((await h.until(10, 'connect_error', () => other.errors[0], 10)).message, 'Invalid namespace');
	other.close();
});

test('who asks for an answer is told that nobody listens', async () => {
	const l = new Listener(t.base, user.token);
	await l.connected();
	l.socket.emit('nobody', 'asked');
	const answer = await l.socket.timeout(5000 * SLOW).emitWithAck('hello', { a: [1] });
	assert.deepEqual(answer, { error: 'Nobody listens to this event' });
	l.close();
});

test('each user hears of their own generations alone', async () => {
	const other = await t.user();
	const [mine, theirs] = [new Listener(t.base, user.token), new Listener(t.base, other.token)];
	await mine.connected();
	await theirs.connected();
	const id = (await image(other)).must(202).id;
	await theirs.final(id);
	theirs.mustBeWhole(1);
	assert.deepEqual(mine.events, []);
	mine.close();
	theirs.close();
});

/* ---- recovery ---- */

test('a connection that breaks is recovered: what happened meanwhile comes', async () => {
	for (const transports of [['websocket'], ['polling']]) {
		const l = new Listener(t.base, user.token, { transports, reconnectionDelay: 1500, reconnectionDelayMax: 1500 });
		await l.connected();
		await l.final((await image()).must(202).id);
		const socket = l.socket.id;
		l.socket.io.engine.close();
		const id = (await image()).must(202).id;
		await t.final(user, id);
		assert.equal(l.socket.connected, false);
		await l.final(id);
		l.mustBeWhole();
		assert.deepEqual([l.connects, l.resyncs, l.socket.id], [[false, true], [], socket]);
		l.close();
	}
});

test('a position that cannot be continued is told with resync, auth.lastEventId works by itself', async () => {
	const first = new Listener(t.base, user.token);
	await first.connected();
	const id = (await image()).must(202).id;
	const last = await first.final(id);
	first.close();
	const again = new Listener(t.base, undefined, { auth: { token: user.token, lastEventId: last.eventId - 2 } });
	await h.until(10, 'two events', () => again.events.length >= 2, 10);
	again.mustBeWhole(last.eventId - 1);
	assert.deepEqual([again.connects, again.resyncs], [[false], []]);
	again.close();
	const far = new Listener(t.base, undefined, { auth: { token: user.token, lastEventId: '1000000' } });
	await h.until(10, 'resync', () => far.resyncs.length > 0, 10);
	assert.deepEqual(far.resyncs, [last.eventId]);
	assert.deepEqual(far.events, []);
	far.close();
});

test('all that ever happened can be had, in order', async () => {
	const who = await t.user();
	for (let i = 0; i < 40; i++)
		await image(who);
	const last = await h.until(30, 'all are done', async () => {
		const all = (await who.get('/api/media/history?limit=100')).must(200).data;
		return all.length === 40 && all.every((m) => m.status === 'SUCCEEDED') && all;
	}, 200);
	for (const transports of [['websocket'], ['polling']]) {
		const l = new Listener(t.base, undefined, { transports, auth: { token: who.token, lastEventId: 0 } });
		for (const m of last)
			await l.final(m.id);
		l.mustBeWhole(1);
		assert.ok(l.events.length >= 80);
		assert.deepEqual(l.resyncs, []);
		l.close();
	}
}, { limit: 60 });

for (const name of ['front', 'notifier', 'db', 'auth', 'postgres'])
	test(`kill -9 ${name}: no event is missed or comes twice`, async () => {
		const who = await t.user();
		const all = [undefined, ['websocket'], ['polling']].map((transports) => new Listener(t.base, who.token, transports ? { transports } : {}));
		await Promise.all(all.map((l) => l.connected()));
		const ids = [await accepted(who)];
		process.kill(await t.pidOf(name), 'SIGKILL');
		for (let i = 0; i < 4; i++)
			ids.push(await accepted(who));
		for (const l of all) {
			for (const id of ids)
				await l.final(id, 40);
			l.mustBeWhole(1);
			assert.deepEqual(l.resyncs, []);
			assert.ok(l.connects.slice(1).every((recovered) => recovered), `${l.connects}`);
			l.close();
		}
		await t.allUp();
	}, { limit: 60 });

/* ---- the end of a session ---- */

test('a session that is revoked is over within a second, also for who is idle', async () => {
	const who = await t.user();
	const login = (await t.api.post('/api/auth/login', { email: who.email, password: who.password })).must(200);
	const all = [undefined, ['websocket'], ['polling']].map((transports) => new Listener(t.base, login.access_token, transports ? { transports } : {}));
	const stays = new Listener(t.base, who.token);
	await Promise.all([...all, stays].map((l) => l.connected()));
	const began = Date.now();
	(await t.api.post('/api/auth/logout', { refreshToken: login.refresh_token })).must(204);
	for (const l of all) {
		await h.until(3, 'it is cut off', () => l.ends.length > 0, 5);
		assert.deepEqual(l.ends, ['io server disconnect']);
		assert.equal(l.socket.active, false);
	}
	assert.ok(Date.now() - began < 1000 * SLOW, `${Date.now() - began} ms`);
	assert.equal(stays.socket.connected, true);
	stays.close();
});

/* ---- what stays ---- */

test('the front goes away: clients are told so, and recover', async () => {
	const all = [undefined, ['websocket'], ['polling']].map((transports) => new Listener(t.base, user.token, transports ? { transports } : {}));
	await Promise.all(all.map((l) => l.connected()));
	await h.until(10, 'it is upgraded', () => all[0].transport === 'websocket', 10);
	assert.equal((await t.ctlLater('restart', 'front')).code, 0);
	const id = await accepted();
	for (const l of all) {
		await l.final(id);
		assert.deepEqual([l.ends, l.resyncs, l.connects], [['transport close'], [], [false, true]]);
		l.mustBeWhole();
		l.close();
	}
});

test('figures tell how many there are, and why they ended', async () => {
	const l = new Listener(t.base, user.token, { transports: ['websocket'] });
	await l.connected();
	const figures = async () => Object.fromEntries((await t.ops('/metrics')).text.split('\n').filter((x) => x.startsWith('studiod_sockets')).map((x) => x.split(' ')));
	const now = await figures();
	assert.equal(now['studiod_sockets{transport="websocket"}'], '1');
	assert.equal(now.studiod_sockets_connected, '1');
	l.close();
	await h.until(5, 'it is counted', async () => (await figures())['studiod_sockets{transport="websocket"}'] === '0');
	assert.ok(Number((await figures())['studiod_sockets_closed_total{why="client"}']) >= 1);
});

if (CAN_LOOK)
	test('no token stays in the front\'s memory', async () => {
		const who = await t.user(), pid = await t.pidOf('front');
		const words = Object.fromEntries(['whole', 'signature'].map((name) => [name, name === 'whole' ? who.token : who.token.split('.')[2]]));
		const all = [undefined, ['websocket'], ['polling']].flatMap((transports) => [t.base, t.secure].map((url) => new Listener(url, who.token, transports ? { transports } : {})));
		all.push(...[['websocket'], ['polling']].map((transports) => new Listener(t.base, undefined, { transports, extraHeaders: { Authorization: `Bearer ${who.token}` } })));
		await Promise.all(all.map((l) => l.connected()));
		await h.until(10, 'it is upgraded', () => all[0].transport === 'websocket', 10);
		all.slice(0, 6).forEach((l) => l.socket.emit('something that is longer than what came before it', 'x'.repeat(500)));
		const last = (await image(who)).must(202).id;
		for (const l of all)
			await l.final(last);
		await h.until(5, 'nothing is left', () => Object.values(countWords(pid, words)).every((n) => n === 0), 200);
		all.forEach((l) => l.close());
	});
