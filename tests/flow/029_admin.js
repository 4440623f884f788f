'use strict';
/* tests/flow/029_admin.js - what admins look at: jobs, figures, the log of security events.
 * Proves: contract 8 (jobs, stats, audit, retry and cancel by an admin).
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

const NOTHING = '00000000-0000-7000-8000-000000000000';
const KEYS = ['id', 'generationId', 'userId', 'projectId', 'kind', 'state', 'model', 'servedModel', 'operation', 'attempt', 'maxAttempts', 'polls', 'code', 'message',
	'requestId', 'leased', 'runAt', 'createdAt', 'updatedAt', 'finishedAt', 'attempts'];
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
let t, admin, user, other, image, failed, video;

const page = async (path) => (await admin.get(path)).must(200);

before(async () => {
	t = await h.start();
	admin = await t.admin();
	[user, other] = [await t.user(), await t.user()];
	const projectId = await t.project();
	image = (await user.post('/api/media/image', { projectId, prompt: 'a boat' }, { 'X-Request-Id': 'the-image' })).must(201);
	await t.fault({ prompt: 'no boat' }, { status: 400, message: 'secret upstream words' }, { times: -1 });
	failed = (await other.post('/api/media/image', { projectId, prompt: 'no boat' })).json;
	video = (await other.post('/api/media/video', { projectId, prompt: 'a boat that sails' })).must(202);
	await t.final(other, video.id);
});

test('jobs: all, newest first, and by state, kind and user', async () => {
	const all = await page('/api/admin/jobs');
	assert.deepEqual(all.data.map((j) => [j.kind, j.state, j.userId]),
	    [['VIDEO', 'succeeded', other.me.userId], ['IMAGE', 'failed', other.me.userId], ['IMAGE', 'succeeded', user.me.userId]]);
	assert.deepEqual(all.meta, { totalItems: 3, itemCount: 3, itemsPerPage: 10, totalPages: 1, currentPage: 1 });
	for (const j of all.data) {
		assert.deepEqual(Object.keys(j), KEYS);
		assert.match(j.finishedAt, TIME);
		assert.equal(j.attempts, null);
	}
	assert.equal(all.data[2].generationId, image.id);
	assert.equal(all.data[2].requestId, 'the-image');
	for (const [q, kinds] of [['state=failed', ['IMAGE']], ['state=queued', []], ['state=cancelled', []], ['state=succeeded', ['VIDEO', 'IMAGE']], ['kind=VIDEO', ['VIDEO']], [`userId=${other.me.userId}`, ['VIDEO', 'IMAGE']],
		[`userId=${other.me.userId}&kind=IMAGE&state=failed`, ['IMAGE']], [`userId=${NOTHING}`, []], ['page=2&limit=2', ['IMAGE']], ['page=1000000&limit=100', []]])
		assert.deepEqual((await page(`/api/admin/jobs?${q}`)).data.map((j) => j.kind), kinds, q);
	for (const [q, field] of [['state=FAILED', 'state'], ['state=done', 'state'], ['kind=image', 'kind'], ['userId=x', 'userId'], ['limit=0', 'limit'], ['x=1', 'x']])
		mustFail(await admin.get(`/api/admin/jobs?${q}`), 400, 'VALIDATION_ERROR', { field });
});

test('one job with its attempts; not what was asked for', async () => {
	const [v, f] = (await page('/api/admin/jobs')).data;
	const r = await admin.get(`/api/admin/jobs/${v.id}`);
	const j = r.must(200);
	assert.deepEqual({ ...j, attempts: null }, v);
	assert.ok(j.operation && j.servedModel);
	assert.deepEqual(j.attempts.map((a) => [a.attempt, a.outcome, a.code]), [[1, 'running', null]]);
	assert.ok(j.attempts[0].beganAt <= j.attempts[0].endedAt);
	const bad = (await admin.get(`/api/admin/jobs/${f.id}`)).must(200);
	assert.equal(bad.attempts[0].outcome, 'failed');
	assert.equal(bad.attempts[0].code, bad.code);
	assert.ok(!r.text.includes('a boat that sails'));
	assert.equal((await admin.get(`/api/admin/jobs/${v.id}`, { 'If-None-Match': r.headers.etag })).status, 304);
	for (const id of [NOTHING, 'x', video.id])
		mustFail(await admin.get(`/api/admin/jobs/${id}`), 404, 'NOT_FOUND');
});

test('figures: the queue, the rates, the latencies of each kind', async () => {
	const s = (await admin.get('/api/admin/stats')).must(200);
	assert.deepEqual(Object.keys(s), ['timestamp', 'kinds']);
	assert.match(s.timestamp, TIME);
	assert.deepEqual(s.kinds.map((k) => k.kind), ['IMAGE', 'AUDIO', 'MUSIC', 'VIDEO']);
	const of = Object.fromEntries(s.kinds.map((k) => [k.kind, k]));
	assert.deepEqual(of.IMAGE.lastHour, { created: 2, succeeded: 1, failed: 1, cancelled: 0 });
	assert.deepEqual(of.VIDEO.lastDay, { created: 1, succeeded: 1, failed: 0, cancelled: 0 });
	assert.deepEqual(of.MUSIC, { kind: 'MUSIC', queue: { queued: 0, starting: 0, running: 0, unclear: 0, oldestQueuedAt: null },
		lastHour: { created: 0, succeeded: 0, failed: 0, cancelled: 0 }, lastDay: { created: 0, succeeded: 0, failed: 0, cancelled: 0 }, latency: { jobs: 0, p50Ms: null, p95Ms: null } });
	assert.equal(of.VIDEO.latency.jobs, 1);
	assert.ok(of.VIDEO.latency.p50Ms > 1000 && of.VIDEO.latency.p95Ms < 60000, JSON.stringify(of.VIDEO.latency));
	assert.ok(Number.isInteger(of.IMAGE.latency.p50Ms));
	mustFail(await admin.get('/api/admin/stats?x=1'), 400, 'VALIDATION_ERROR', { field: 'x' });
});

test('the log: who did what from where, filtered', async () => {
	mustFail(await t.api.post('/api/auth/login', { email: user.email, password: 'wrong' }), 401, 'INVALID_CREDENTIALS');
	await h.until(5, 'the failed login is in the log', async () => (await page('/api/admin/audit?event=login_failed')).data.length === 1);
	const all = await page('/api/admin/audit?limit=100');
	assert.deepEqual(Object.keys(all.data[0]), ['id', 'at', 'event', 'userId', 'address', 'detail']);
	assert.deepEqual(all.data.map((e) => e.at), all.data.map((e) => e.at).sort().reverse());
	const login = (await page('/api/admin/audit?event=login_failed')).data[0];
	assert.equal(login.userId, user.me.userId);
	assert.equal(login.detail.email, user.email);
	assert.equal((await page(`/api/admin/audit?userId=${user.me.userId}&event=register`)).meta.totalItems, 1);
	assert.equal((await page(`/api/admin/audit?userId=${NOTHING}`)).meta.totalItems, 0);
	assert.equal((await page(`/api/admin/audit?from=${login.at}&to=${login.at}&event=login_failed`)).meta.totalItems, 1);
	assert.equal((await page('/api/admin/audit?to=2020-01-01')).meta.totalItems, 0);
	assert.equal((await page('/api/admin/audit?from=2020-01-01')).meta.totalItems, all.meta.totalItems);
	assert.equal((await page('/api/admin/audit?event=lo%25')).meta.totalItems, 0);
	assert.ok((await page('/api/admin/audit?event=project_created')).data[0].detail.name, 'Test project');
	for (const [q, field] of [['from=yesterday', 'from'], ['to=2020-13-01', 'to'], ['userId=1', 'userId'], [`event=${'x'.repeat(65)}`, 'event'], ['limit=101', 'limit']])
		mustFail(await admin.get(`/api/admin/audit?${q}`), 400, 'VALIDATION_ERROR', { field });
});

test('an admin cancels and retries what is another\'s; the deed is in the log', async () => {
	const projectId = await t.project();
	const step = (job, what) => admin.post(`/api/admin/jobs/${job}/${what}`);
	const v = (await user.post('/api/media/video', { projectId, prompt: 'a boat that is stopped' })).must(202);
	const { id } = (await page('/api/admin/jobs')).data[0];
	mustFail(await step(id, 'retry'), 409, 'RESOURCE_CONFLICT');
	const j = (await step(id, 'cancel')).must(200);
	assert.deepEqual(Object.keys(j), KEYS);
	assert.deepEqual([j.id, j.state, j.message, j.leased], [id, 'cancelled', 'Cancelled', false]);
	const m = (await user.get(`/api/media/${v.id}`)).must(200);
	assert.deepEqual([m.status, m.errorMessage], ['FAILED', 'Cancelled']);
	assert.deepEqual((await page('/api/admin/jobs?state=cancelled')).data.map((x) => x.id), [id]);
	assert.ok(!(await page('/api/admin/jobs?state=failed')).data.some((x) => x.id === id));
	assert.equal((await admin.get('/api/admin/stats')).must(200).kinds[3].lastHour.cancelled, 1);
	mustFail(await step(id, 'cancel'), 409, 'RESOURCE_CONFLICT');
	const again = (await admin.post(`/api/admin/jobs/${id}/retry`, undefined, { 'X-Request-Id': 'the-retry' })).must(200);
	assert.deepEqual([again.state, again.attempt, again.requestId], ['queued', 2, 'the-retry']);
	assert.equal((await t.final(user, v.id)).status, 'SUCCEEDED');
	assert.equal((await admin.get(`/api/admin/jobs/${id}`)).must(200).attempts.at(-1).attempt, 2);
	mustFail(await step(id, 'retry'), 409, 'RESOURCE_CONFLICT');
	for (const what of ['cancel', 'retry']) {
		for (const none of [NOTHING, 'x', v.id])
			mustFail(await step(none, what), 404, 'NOT_FOUND');
		mustFail(await admin.post(`/api/admin/jobs/${id}/${what}`, { force: true }), 400, 'VALIDATION_ERROR', { field: 'force' });
	}
	const rows = (await page('/api/admin/audit?limit=100')).data.filter((e) => e.detail && e.detail.job === id);
	assert.deepEqual(rows.map((e) => e.event), ['job_retried', 'job_cancelled']);
	assert.deepEqual([rows[0].detail.user, rows[0].detail.generation, rows[0].detail.stateWas], [user.me.userId, v.id, 'cancelled']);
	assert.equal(rows[0].userId, (await admin.get('/api/users/profile')).must(200).id);
});
