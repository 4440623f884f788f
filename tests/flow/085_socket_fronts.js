'use strict';
/* tests/flow/085_socket_fronts.js - Socket.IO with two front processes behind one port.
 * Proves: contract 7 with design's "One front process per core (SO_REUSEPORT)": a request by polling that
 * comes to the other process than its session's is answered as if it were one; a process that dies is
 * missed by nobody for longer than it takes to connect anew, and no event is.
 * Licence: Apache-2.0. */
const { test, assert, before, after } = require('./tiny');
const { request1 } = require('./client');
const { Listener, closeAll } = require('./sockets');
const h = require('./harness');

let t, user, project, base;

before(async () => {
	t = await h.start({ env: { FRONT_INSTANCES: '2', RESTART_INTENSITY: '20', EMULATOR_FLAGS: '--image-scale 0.1 --image-ms 50 --fsync 0' } });
	user = await t.user();
	project = await t.project();
	base = `${t.base}/socket.io/?EIO=4&transport=polling`;
});
after(closeAll);

/* Each request is a connection of its own: which process takes it is the kernel's choice. */
const get = (sid) => request1(sid ? `${base}&sid=${sid}` : base);
const post = (sid, body, headers) => request1(`${base}&sid=${sid}`, { method: 'POST', body, headers });
async function handshake() {
	return JSON.parse((await get()).text.slice(1)).sid;
}
/* A session of each process. */
async function bothSids() {
	const sids = {};
	await h.until(20, 'a session of each process', async () => {
		const sid = await handshake();
		sids[sid.slice(0, 2)] = sid;
		return Object.keys(sids).length === 2;
	}, 1);
	return Object.values(sids);
}
const image = async (who = user) => (await who.post('/api/media/image', { projectId: project, prompt: 'a boat' }, { Prefer: 'respond-async' })).must(202).id;

test('polling works whichever process a request comes to', async () => {
	for (const sid of await bothSids()) {
		for (let i = 0; i < 20; i++) {
			const waiting = get(sid);
			if (i % 4 === 0)
				await h.sleep(30);
			const r = await post(sid, `40/room${i},`);
			assert.deepEqual([r.status, r.text], [200, 'ok']);
			if (i < 5)
				assert.equal((await waiting).text, `44/room${i},{"message":"Invalid namespace"}`);
			else {	/* so often is enough: it is over, for both processes */
				await waiting;
				break;
			}
		}
		await h.until(5, 'it is over', async () => (await get(sid)).status === 400);
	}
});

test('errors are the same from the other process', async () => {
	for (const sid of await bothSids())
		for (let i = 0; i < 8; i++) {
			const r = await get(`${sid.slice(0, 2)}AAAAAAAAAAAAAAAAAAAA`);
			assert.deepEqual([r.status, r.json], [400, { code: 1, message: 'Session ID unknown' }]);
			assert.equal((await get(`7${i}AAAAAAAAAAAAAAAAAAAA`)).json.code, 1);
			const bad = await post(i === 0 ? sid : await handshake(), 'abc');
			assert.deepEqual([bad.status, bad.json], [400, { code: 3, message: 'Bad request' }]);
			assert.equal((await post(await handshake(), '3'.repeat(70000))).status, 413);
		}
});

test('the token of the head goes along, and nobody waits alone', async () => {
	for (const sid of await bothSids()) {
		const who = await t.user();
		assert.equal((await post(sid, '40', { Authorization: `Bearer ${who.token}` })).status, 200);
		assert.match((await get(sid)).text, /^40\{"sid":/);
		const waiting = get(sid);
		const id = await image(who);
		assert.match((await waiting).text, new RegExp(`42\\["media-generation-update",\\{"mediaGenerationId":"${id}"`));
		assert.equal((await post(sid, '1')).status, 200);
	}
});

test('the stock client hears all, and a kill -9 of either process costs it no event', async () => {
	const who = await t.user();
	const all = [undefined, ['polling'], ['websocket']].flatMap((transports) => [0, 1, 2].map(() => new Listener(t.base, who.token, transports ? { transports } : {})));
	await Promise.all(all.map((l) => l.connected()));
	const ids = [await image(who)];
	const fronts = async () => JSON.parse((await t.ctlLater('status', '--json')).stdout).processes.filter((p) => p.name === 'front');
	for (const i of [0, 1]) {
		const before = await fronts();
		process.kill(before[i].pid, 'SIGKILL');
		for (let tries = 0; ; tries++) {
			const id = await image(who).catch(() => null);
			if (id && ids.push(id) % 3 === 1)
				break;
			assert.ok(tries < 100);
		}
		await h.until(15, 'it is back', async () => (await fronts()).every((p) => p.state === 'up' && p.pid > 0 && p.pid !== before[i].pid));
	}
	for (const l of all) {
		for (const id of ids)
			await l.final(id, 40);
		l.mustBeWhole(1);
		assert.deepEqual(l.resyncs, []);
		assert.ok(l.connects.slice(1).every((recovered) => recovered));
		l.close();
	}
}, { limit: 90 });
