'use strict';
/* tests/flow/090_costs.js - what generations cost, as users and admins are told, and what admins set.
 * Proves: "a price per model in a table; reserve at submit, settle at the end, release on failure or filter; limits per
 * user and project and day (settings, and per user by an admin); GET /api/users/me/usage, admin overview"; contract 5
 * ("GET /api/media/models lists … prices").
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

const FIRST = 'imagen-4.0-fast-generate-001', NEXT = 'gemini-3.1-flash-lite-image', THIRD = 'gemini-nano-banana-2.1';
const ZERO = { generations: 0, results: 0, reservedMicros: 0, spentMicros: 0 };
let t, admin, project, prices;

before(async () => {
	t = await h.start({ env: { QUOTA_USER_DAY: '5', QUOTA_USER_DAY_COUNT: '40', QUOTA_PROJECT_DAY: '900', MODEL_ALIASES: `${FIRST}=${FIRST}` } });
	admin = await t.admin();
	project = await t.project();
	prices = (await admin.get('/api/admin/prices')).must(200);
});

const priceOf = (model) => prices.find((p) => p.model === model).micros;
const usage = async (who) => (await who.get('/api/users/me/usage')).must(200);
const make = (who, kind, more = {}, headers = {}) => who.post(`/api/media/${kind}`, { projectId: project, prompt: 'a price', ...more }, headers);
const put = (path, body, who = admin) => who.send('PUT', path, body);

test('nobody who asked for nothing owes anything', async () => {
	const user = await t.user();
	const u = await usage(user);
	const midnight = new Date(new Date().setUTCHours(24, 0, 0, 0)).toISOString();
	assert.deepEqual(u, { day: new Date().toISOString().slice(0, 10), resetsAt: midnight, today: ZERO, limits: { micros: 5000000, generations: 40 },
		left: { micros: 5000000, generations: 40 }, from: u.from, to: u.day, byDay: [], byProject: [], byModel: [] });
	assert.equal(Date.parse(u.to) - Date.parse(u.from), 29 * 86400000);
	assert.equal((await user.get('/api/users/me/usage?from=2026-01-01&to=2020-01-01')).must(200).byDay.length, 0);
});

test('each kind costs what was made of it, by its model', async () => {
	const user = await t.user();
	const m = { image: (await make(user, 'image', { sampleCount: 3 })).must(201), music: (await make(user, 'music')).must(201),
		audio: (await make(user, 'audio', { prompt: 'gr\u00fc\u00df dich' })).must(201) };
	const [{ metadata: { model } }] = m.image.results;
	const { today, left, byDay, byProject, byModel } = await usage(user);
	const speech = Math.ceil(9 * priceOf('chirp-3-hd') / 1000);	/* characters, not bytes */
	const spent = 3 * priceOf(model) + priceOf('lyria-002') + speech;
	assert.deepEqual(today, { generations: 3, results: 5, reservedMicros: 0, spentMicros: spent });
	assert.deepEqual(left, { micros: 5000000 - spent, generations: 37 });
	assert.deepEqual(byDay, [{ day: byDay[0].day, ...today }]);
	assert.deepEqual(byProject, [{ projectId: project, ...today }]);
	assert.deepEqual(byModel.map((x) => [x.model, x.results, x.spentMicros]), [[model, 3, 3 * priceOf(model)], ['lyria-002', 1, priceOf('lyria-002')], ['chirp-3-hd', 1, speech]]);
});

test('a film is reserved by the seconds that the model makes, and settled by those it made', async () => {
	const user = await t.user();
	const v = (await make(user, 'video', { durationSeconds: 5, model: 'veo-3.1-fast-generate-001' })).must(202);
	assert.deepEqual((await usage(user)).today, { ...ZERO, generations: 1, reservedMicros: 6 * priceOf('veo-3.1-fast-generate-001') });
	const { seconds } = (await t.final(user, v.id)).results[0].metadata;
	assert.deepEqual((await usage(user)).today, { generations: 1, results: 1, reservedMicros: 0,
		spentMicros: Math.min(6, Math.ceil(seconds)) * priceOf('veo-3.1-fast-generate-001') });
});

test('what the model that takes another\'s place made costs what that one costs', async () => {
	const user = await t.user();
	await t.fault({ path: `${FIRST}:` }, { status: 404, message: `Publisher Model \`projects/p/locations/l/publishers/google/models/${FIRST}\` was not found or your project `
		+ 'does not have access to it.' });
	const m = (await make(user, 'image', { model: FIRST })).must(201);
	assert.equal(m.results[0].metadata.model, NEXT);
	const { byModel, today } = await usage(user);
	assert.equal(today.spentMicros, priceOf(NEXT));
	assert.notEqual(priceOf(NEXT), priceOf(FIRST));
	assert.deepEqual(byModel, [{ model: NEXT, generations: 0, results: 1, reservedMicros: 0, spentMicros: priceOf(NEXT) },
		{ model: FIRST, ...ZERO, generations: 1 }]);
});

test('what fails, is filtered, cancelled or deleted costs nothing; replays neither', async () => {
	const user = await t.user();
	mustFail(await make(user, 'image', { prompt: 'no [emulator:blocked]' }), 422, 'CONTENT_FILTERED');
	mustFail(await make(user, 'image', { prompt: 'no', seed: 5, addWatermark: false, model: THIRD }), 400, 'VALIDATION_ERROR');
	const ids = [(await make(user, 'video', { durationSeconds: 4 })).must(202).id, (await make(user, 'video', { durationSeconds: 4 })).must(202).id];
	assert.equal((await usage(user)).today.generations, 2);
	(await user.post(`/api/media/${ids[0]}/cancel`)).must(200);
	(await user.send('DELETE', `/api/media/${ids[1]}`)).must(204);
	assert.deepEqual((await usage(user)).today, ZERO);
	const key = { 'Idempotency-Key': 'once' };
	for (let i = 0; i < 3; i++)
		(await make(user, 'audio', {}, key)).must(201);
	assert.equal((await usage(user)).today.generations, 1);
});

test('over the limit: 429, when it resets, and a retry too; an admin can raise it', async () => {
	const user = await t.user();
	const id = (await make(user, 'video', { durationSeconds: 8 })).must(202).id;	/* 3.20 of 5 dollars */
	(await user.post(`/api/media/${id}/cancel`)).must(200);
	(await make(user, 'video', { durationSeconds: 8 })).must(202);
	for (const r of [await make(user, 'video', { durationSeconds: 8 }), await user.post(`/api/media/${id}/retry`)]) {
		const { message } = mustFail(r, 429, 'QUOTA_EXCEEDED');
		assert.match(message, /^The user's quota for today is used up: \$3\.20 of \$5\.00, and this needs up to \$3\.20\. It resets in \d+ seconds, at \S+Z$/);
		assert.equal(r.headers['retry-after'], /in (\d+) seconds/.exec(message)[1]);
	}
	(await make(user, 'audio')).must(201);		/* fits */
	const q = (await put('/api/admin/quotas', { userId: user.me.userId, dayMicros: 10000000 })).must(200);
	assert.deepEqual(q, { userId: user.me.userId, projectId: null, limits: { micros: 10000000, generations: 40 } });
	(await user.post(`/api/media/${id}/retry`)).must(200);
	(await put('/api/admin/quotas', { userId: user.me.userId, dayGenerations: 0 })).must(200);
	assert.deepEqual((await usage(user)).limits, { micros: 5000000, generations: 0 });
	mustFail(await make(user, 'audio'), 429, 'QUOTA_EXCEEDED');
	assert.deepEqual((await put('/api/admin/quotas', { userId: user.me.userId })).must(200).limits, { micros: 5000000, generations: 40 });
});

test('a project has a limit of its own', async () => {
	const user = await t.user();
	const small = (await admin.post('/api/projects', { name: 'Little money' })).must(201).id;
	assert.deepEqual((await put('/api/admin/quotas', { projectId: small, dayMicros: 1 })).must(200).limits, { micros: 1, generations: null });
	assert.match(mustFail(await make(user, 'image', { projectId: small }), 429, 'QUOTA_EXCEEDED').message, /^The project's quota .*\$0\.00 of \$0\.000001/);
	(await make(user, 'audio')).must(201);
	assert.equal((await admin.send('DELETE', `/api/projects/${small}`)).status, 204);
});

test('prices: an admin sets what is paid, for what is asked for from then on', async () => {
	const user = await t.user();
	const v = (await make(user, 'video', { durationSeconds: 4 })).must(202);
	const was = prices.find((p) => p.model === 'veo-3.1-generate-001');
	assert.ok(was.estimate && was.listMicros === was.micros && was.updatedAt === null && was.unit === 'second');
	const now = (await put('/api/admin/prices', { model: was.model, micros: 7 })).must(200).find((p) => p.model === was.model);
	assert.deepEqual([now.micros, now.listMicros, now.estimate], [7, was.micros, false]);
	const { price } = (await user.get('/api/media/models')).must(200).find((m) => m.id === 'veo-2.0-*');
	assert.deepEqual(price, { amount: 0.000007, currency: 'USD', unit: 'second', per: 1, micros: 7, estimate: false });
	assert.equal((await t.final(user, v.id)).status, 'SUCCEEDED');
	assert.equal((await usage(user)).today.spentMicros, 4 * was.micros);
	assert.equal((await put('/api/admin/prices', { model: was.model })).must(200).find((p) => p.model === was.model).micros, was.micros);
	mustFail(await put('/api/admin/prices', { model: 'veo-2.0-generate-001', micros: 1 }), 400, 'VALIDATION_ERROR');
	mustFail(await put('/api/admin/prices', { model: was.model, micros: 1.5 }), 400, 'VALIDATION_ERROR');
});

test('the overview, and who may look and set', async () => {
	const user = await t.user();
	(await make(user, 'audio', { prompt: 'x'.repeat(4000) })).must(201);
	const { data, meta } = (await admin.get('/api/admin/usage?limit=3')).must(200);
	assert.equal(data.length, 3);
	assert.ok(meta.totalItems > 3 && data[0].spentMicros + data[0].reservedMicros >= data[1].spentMicros + data[1].reservedMicros);
	const mine = (await admin.get('/api/admin/usage?limit=100')).must(200).data.find((x) => x.id === user.me.userId);
	assert.deepEqual(mine, { id: user.me.userId, name: user.email, generations: 1, results: 1, reservedMicros: 0, spentMicros: 4 * priceOf('chirp-3-hd'),
		limits: { micros: 5000000, generations: 40 } });
	const models = (await admin.get('/api/admin/usage?by=model&limit=100')).must(200).data;
	assert.ok(models.some((m) => m.id === 'chirp-3-hd' && m.limits === null));
	assert.deepEqual((await admin.get('/api/admin/usage?by=project')).must(200).data.map((p) => [p.name, p.limits]), [['Test project', { micros: 900000000, generations: null }]]);
	for (const [method, path, body] of [['GET', '/api/admin/usage'], ['GET', '/api/admin/prices'], ['PUT', '/api/admin/prices', { model: 'lyria-002', micros: 0 }],
		['PUT', '/api/admin/quotas', { userId: user.me.userId, dayMicros: 9 }]])
		mustFail(await user.send(method, path, body), 403, 'FORBIDDEN');
	mustFail(await put('/api/admin/quotas', { userId: project, dayMicros: 9 }), 404, 'NOT_FOUND');
	mustFail(await put('/api/admin/quotas', { dayMicros: 9 }), 400, 'VALIDATION_ERROR');
	const events = (await admin.get('/api/admin/audit?event=quota_changed')).must(200).data;
	assert.deepEqual(events[events.length - 1].detail.dayMicros, 10000000);
});
