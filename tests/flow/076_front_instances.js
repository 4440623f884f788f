'use strict';
/* tests/flow/076_front_instances.js - several front processes behind one port.
 * Proves: design ("One front process per core"; "Killing an actor ends no other"): both take
 * connections, one that is killed or restarted is not missed by whoever comes anew.
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { request1 } = require('./client');
const h = require('./harness');

let t, user;
const fronts = async () => JSON.parse((await t.ctlLater('status', '--json')).stdout).processes.filter((p) => p.name === 'front');
const up = async (n = 2) => (await fronts()).filter((p) => p.state === 'up' && p.pid > 0).length === n;

before(async () => {
	t = await h.start({ env: { FRONT_INSTANCES: '2', LOG_LEVEL: 'info' } });
	user = await t.user();
});

/* Asks on new connections until told to stop; { asked, failed }. */
function asking() {
	const o = { asked: 0, failed: [], over: false };
	o.done = (async () => {
		while (!o.over) {
			o.asked++;
			try {
				const r = await request1(`${t.base}/api/users/profile`, { headers: { authorization: `Bearer ${user.token}` } });
				if (r.status !== 200)
					o.failed.push(r.status);
			} catch (e) {
				o.failed.push(e.code || e.message);
			}
		}
	})();
	return o;
}

test('both serve, over HTTP and TLS', async () => {
	const served = async () => (await fronts()).map((p) => p.served);
	const earlier = await served();
	await h.until(20, 'each has served some', async () => {
		await Promise.all(Array.from({ length: 60 }, (_, i) => request1(`${i % 2 ? t.base : t.secure}/healthz`)));
		const now = await served();
		return now.length === 2 && now.every((n, i) => n > earlier[i]);
	});
	(await t.ops('/metrics')).status === 200 || assert.fail('metrics');
});

test('a restart goes one by one, and nobody who comes anew notices', async () => {
	const before = (await fronts()).map((p) => p.pid);
	const a = [asking(), asking()];
	assert.equal(t.ctl('restart', 'front').code, 0);
	await h.until(20, 'both are others', async () => await up() && (await fronts()).every((p) => !before.includes(p.pid)));
	a.forEach((o) => { o.over = true; });
	await Promise.all(a.map((o) => o.done));
	assert.deepEqual(a.flatMap((o) => o.failed), []);
	assert.ok(a[0].asked > 5);
}, { limit: 40 });

test('one that is killed is not missed', async () => {
	const [one] = await fronts();
	process.kill(one.pid, 'SIGKILL');
	const first = await request1(`${t.base}/healthz`).catch((e) => ({ status: e.code }));
	const second = await request1(`${t.base}/healthz`);
	assert.equal(second.status, 200, `${first.status}`);
	await h.until(10, 'it is back', () => up());
});
