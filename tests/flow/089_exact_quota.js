'use strict';
/* tests/flow/089_exact_quota.js - limits and the ledger under everything at once.
 * Proves: "Quota and cost ledger: reserve at submit, settle at the end, release on failure or filter … over the limit
 * 429 QUOTA_EXCEEDED with when it resets. Exact under 100 parallel submissions and kill -9"; a cancel that races a
 * completion settles or releases once; the day's turn.
 * Runs: alone
 * Licence: Apache-2.0. */
const { test, assert, before, after, SLOW } = require('./tiny');
const { mustFail } = require('./client');
const { Postgres } = require('./postgres');
const h = require('./harness');

/* Google stores what this one makes: a start that a poller lost is found there. */
const MODEL = 'imagen-4.0-generate-001', PRICE = 39000;	/* as those that would take its place */
let pg, t, t2, admin, project;

before(async () => {
	pg = await new Postgres().create();
	const env = { DATABASE_URL: pg.url, RESTART_INTENSITY: '20', MODEL_ALIASES: `${MODEL}=${MODEL}`,
		JWT_SECRET: 'one-secret-for-the-tokens-of-both-hosts', JWT_REFRESH_SECRET: 'another-secret-for-tokens-of-both-hosts',
		EMULATOR_FLAGS: '--video-seconds 1 --image-scale 0.05 --video-scale 0.05 --image-ms 100 --fsync 0' };
	t = await h.start({ env });
	t2 = await h.start({ env });	/* another host on the same database */
	admin = await t.admin();
	project = await t.project();
	for (const model of [MODEL, 'gemini-nano-banana-2.1', 'gemini-3.1-flash-image'])
		(await admin.send('PUT', '/api/admin/prices', { model, micros: PRICE })).must(200);
});
after(() => pg.stop('SIGQUIT'));

const limit = async (who, limits) => (await admin.send('PUT', '/api/admin/quotas', { userId: who.me.userId, ...limits })).must(200);
const image = (who, prompt, key) => who.post('/api/media/image', { projectId: project, prompt, model: MODEL },
    { Prefer: 'respond-async', ...(key ? { 'Idempotency-Key': key } : {}) });
/* The same user on either host. */
const hosts = (who) => [who, t2.api.as(who.token)];
const usage = async (who) => (await who.get('/api/users/me/usage')).must(200);

/* Where ledger, counters, jobs and results disagree. */
const disagreement = () => pg.query('select problem, what, detail from studio.ledger_check()');
const over = (seconds = 60) => h.until(seconds, 'everything is over', () => pg.query("select count(*) from studio.jobs where state not in ('done', 'failed')") === '0', 200);

/* What became of all: how many were accepted; the others must have been refused for the quota. */
function accepted(answers, days = 0) {
	for (const r of answers.filter((x) => x.status !== 202)) {
		const j = mustFail(r, 429, 'QUOTA_EXCEEDED');
		const left = Number(r.headers['retry-after']), midnight = new Date(new Date().setUTCHours(24 + 24 * days, 0, 0, 0));
		assert.ok(Math.abs((midnight - Date.now()) / 1000 - left) < 60, `Retry-After ${left}`);
		assert.match(j.message, /^The (user|project)'s quota for today is used up: .* It resets in \d+ seconds, at \d{4}-\d\d-\d\dT00:00:00\.000Z$/);
	}
	return answers.filter((r) => r.status === 202).map((r) => r.json.id);
}

test('100 at once on two hosts against a limit for 17 in number: exactly 17', async () => {
	const user = await t.user();
	await limit(user, { dayGenerations: 17 });
	const ids = accepted(await Promise.all(Array.from({ length: 100 }, (_, i) => image(hosts(user)[i % 2], `number ${i}`))));
	assert.equal(ids.length, 17);
	await over();
	const { today, left, limits } = await usage(user);
	assert.deepEqual(today, { generations: 17, results: 17, reservedMicros: 0, spentMicros: 17 * PRICE });
	assert.deepEqual([limits, left], [{ micros: null, generations: 17 }, { micros: null, generations: 0 }]);
	assert.equal(disagreement(), '');
}, { limit: 60 });

test('100 of five users on two hosts at once against what a project may cost: exactly as many as fit', async () => {
	const users = await Promise.all(Array.from({ length: 5 }, () => t.user()));
	const other = (await admin.post('/api/projects', { name: 'Small' })).must(201).id;
	(await admin.send('PUT', '/api/admin/quotas', { projectId: other, dayMicros: 23 * PRICE + PRICE - 1 })).must(200);
	const ids = accepted(await Promise.all(Array.from({ length: 100 }, (_, i) => hosts(users[i % 5])[i % 2].post('/api/media/image',
	    { projectId: other, prompt: `money ${i}`, model: MODEL }, { Prefer: 'respond-async' }))));
	assert.equal(ids.length, 23);
	await over();
	const row = (await admin.get('/api/admin/usage?by=project&limit=100')).must(200).data.find((x) => x.id === other);
	assert.equal(row.spentMicros, 23 * PRICE);
	assert.equal(disagreement(), '');
}, { limit: 60 });

/* Asks until there is an answer: what may be repeated under a key. */
async function insist(fn) {
	for (;;) {
		const r = await fn().catch(() => null);
		if (r !== null && r.status < 500)
			return r;
		await h.sleep(30);
	}
}

async function kill(name) {
	const pid = await t.pidOf(name);
	process.kill(pid, 'SIGKILL');
	await t.replaced(name, pid, 20);
}

test('the same while front, db and poller are killed', async () => {
	await t2.stop();	/* its emulator is another one: what is unclear here would not be found there */
	const user = await t.user();
	await limit(user, { dayMicros: 31 * PRICE });
	const all = Promise.all(Array.from({ length: 100 }, async (_, i) => {
		await h.sleep(i * 12 * SLOW);
		return insist(() => image(user, `killed ${i}`, `key-${i}`));
	}));
	for (const name of ['db', 'front', 'poller', 'db'])
		await kill(name);
	const ids = accepted(await all);
	/* What failed gave back what it held. */
	await over(90);
	const failed = Number(pg.query(`select count(*) from studio.media_generations where user_id = '${user.me.userId}' and status = 'FAILED'`));
	const { today } = await usage(user);
	assert.equal(new Set(ids).size, ids.length);
	assert.ok(ids.length >= 31 && ids.length <= 31 + failed, `${ids.length} accepted, ${failed} failed`);
	assert.deepEqual(today, { generations: ids.length - failed, results: ids.length - failed, reservedMicros: 0, spentMicros: (ids.length - failed) * PRICE });
	assert.ok(today.spentMicros <= 31 * PRICE);
	assert.equal(disagreement(), '');
}, { limit: 150 });

test('a cancel that races a completion: settled or released, once', async () => {
	const user = await t.user();
	const ids = accepted(await Promise.all(Array.from({ length: 40 }, (_, i) => image(user, `race ${i}`))));
	await Promise.all(ids.map(async (id, i) => {
		await h.sleep(i * 15);
		const r = await user.post(`/api/media/${id}/cancel`);
		assert.ok(r.status === 200 || r.status === 409, r.text);
	}));
	await over();
	const made = Number(pg.query(`select count(*) from studio.media_generations where user_id = '${user.me.userId}' and status = 'SUCCEEDED'`));
	assert.deepEqual((await usage(user)).today, { generations: made, results: made, reservedMicros: 0, spentMicros: made * PRICE });
	assert.equal(pg.query(`select count(*) from studio.ledger where user_id = '${user.me.userId}' and kind <> 'reserve' and model = '${MODEL}'`), '40');
	assert.equal(disagreement(), '');
}, { limit: 60 });

const today = (days) => pg.query('create or replace function studio.today() returns date language sql stable '
	+ `as $$ select (now() at time zone 'UTC')::date + ${days} $$`);

test('at the turn of the day there is a new limit; what is under way belongs to the old day', async () => {
	const user = await t.user();
	await limit(user, { dayGenerations: 1 });
	const [yesterday] = accepted([(await user.post('/api/media/video', { projectId: project, prompt: 'over midnight' }))]);
	assert.deepEqual(accepted([await image(user, 'too many')]), []);
	try {
		today(1);
		const [now] = accepted([await image(user, 'a new day')]);
		assert.deepEqual(accepted([await image(user, 'too many again')], 1), []);
		assert.equal((await t.final(user, yesterday)).status, 'SUCCEEDED');
		assert.equal((await t.final(user, now)).status, 'SUCCEEDED');
		const { byDay, left } = await usage(user);
		assert.deepEqual(byDay.map((d) => [d.generations, d.results, d.reservedMicros]), [[1, 1, 0], [1, 1, 0]]);
		assert.deepEqual([byDay[0].spentMicros, left.generations], [PRICE, 0]);
		assert.equal(disagreement(), '');
	} finally {
		today(0);
	}
}, { limit: 60 });
