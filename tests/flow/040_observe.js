'use strict';
/* tests/flow/040_observe.js - health, readiness, metrics, and log lines that can be followed.
 * Proves: "/healthz, /readyz, structured logs (one JSON object a line in Cloud Logging's field
 * names …), request id and trace id on every line that a request causes, in every actor";
 * contract 8 (Prometheus metrics on the ops listener only); "secrets never reach … any log".
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const { test, assert, before } = require('./tiny');
const h = require('./harness');

let t, user, project;

before(async () => {
	t = await h.start();
	user = await t.user();
	project = await t.project();
});

const actorOf = (l) => (l['logging.googleapis.com/labels'] || {}).actor;

test('/healthz and /api/health say that the process is alive', async () => {
	for (const p of ['/healthz', '/api/health']) {
		const j = (await t.api.get(p)).must(200);
		assert.deepEqual(Object.keys(j), ['status', 'timestamp']);
		assert.equal(j.status, 'ok');
		assert.match(j.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
	}
});

test('/readyz asks every actor and the database', async () => {
	const r = await t.api.get('/readyz');
	r.must(200);
	for (const a of ['auth', 'db', 'vertex', 'notifier'])
		assert.ok(r.text.includes(a), `${a} is not named: ${r.text}`);
	assert.match(r.text, /database|postgres|db/);
});

test('metrics are Prometheus text, on the ops listener only', async () => {
	const r = await t.ops('/metrics');
	assert.equal(r.status, 200);
	assert.match(r.headers['content-type'], /^text\/plain; version=0\.0\.4/);
	assert.match(r.text, /^# TYPE studiod_http_requests_total counter$/m);
	for (const line of r.text.split('\n').filter(Boolean))
		assert.match(line, /^(# (HELP|TYPE) \S+ .+|[a-z_]+(\{[^}]*\})? -?[0-9.e+-]+)$/);
	assert.equal((await t.api.get('/metrics')).status, 404);
	const count = (text) => Number((text.match(/studiod_http_requests_total\{route="\/api\/users\/profile",method="GET",class="2xx"\} (\d+)/) || [0, 0])[1]);
	const had = count((await t.ops('/metrics')).text);
	for (let i = 0; i < 3; i++)
		(await user.get('/api/users/profile')).must(200);
	assert.equal(count((await t.ops('/metrics')).text), had + 3);
});

test('every log line is a JSON object in Cloud Logging\'s names', () => {
	const lines = t.out.split('\n').filter(Boolean);
	assert.ok(lines.length > 20);
	for (const line of lines) {
		const l = JSON.parse(line);
		assert.match(l.severity, /^(DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT)$/);
		assert.match(l.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
		assert.equal(typeof l.message, 'string');
		assert.equal(typeof l['logging.googleapis.com/labels'].actor, 'string');
	}
});

/* The lines of one request id, once all these actors have written some; each with the trace. */
async function follow(id, trace, actors) {
	const mine = () => t.lines().filter((l) => l.requestId === id);
	await h.until(5, `lines of ${actors}`, () => {
		const who = new Set(mine().map(actorOf));
		const lacking = actors.filter((a) => !who.has(a));
		if (lacking.length > 0)
			throw new Error(`none of ${lacking}`);
		return true;
	});
	for (const l of mine())
		assert.ok((l['logging.googleapis.com/trace'] || '').includes(trace), `no trace id in ${l.text}`);
	return mine();
}

test('one request can be followed through the actors by its ids', async () => {
	const id = `follow-me-${Date.now()}`;
	const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
	const headers = { 'X-Request-Id': id, traceparent: `00-${trace}-00f067aa0ba902b7-01` };
	(await user.post('/api/media/image', { projectId: project, prompt: 'followed' }, headers)).must(201);
	const seen = await follow(id, trace, ['front', 'db', 'poller', 'vertex']);
	const request = seen.find((l) => actorOf(l) === 'front' && l.httpRequest);
	assert.equal(request.httpRequest.requestMethod, 'POST');
	assert.equal(request.httpRequest.requestUrl, '/api/media/image');
	assert.equal(request.httpRequest.status, 201);

	const login = { 'X-Request-Id': `${id}-login`, traceparent: headers.traceparent };
	(await t.api.post('/api/auth/login', { email: user.email, password: 'Wrong-Horse-9' }, login)).must(401);
	await follow(`${id}-login`, trace, ['front', 'auth']);
});

test('a video keeps its ids while it is polled', async () => {
	const id = `video-${Date.now()}`;
	const trace = 'aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb';
	const m = (await user.post('/api/media/video', { projectId: project, prompt: 'followed' }, { 'X-Request-Id': id, traceparent: `00-${trace}-00f067aa0ba902b7-01` })).must(202);
	await t.final(user, m.id);
	const seen = await follow(id, trace, ['front', 'poller', 'vertex']);
	assert.ok(seen.filter((l) => actorOf(l) === 'vertex').length >= 2, 'the start and the looks');
});

test('a request without ids gets some that are its own', async () => {
	const r = await user.get('/api/users/profile');
	const mine = await h.until(3, 'its lines', () => {
		const l = t.lines().filter((x) => x.requestId === r.headers['x-request-id']);
		return l.some((x) => actorOf(x) === 'front') ? l : null;
	});
	const traces = new Set(mine.map((l) => l['logging.googleapis.com/trace']));
	assert.equal(traces.size, 1);
	assert.ok([...traces][0], 'a trace id');
});

test('a broken traceparent is replaced, and no header can forge a line', async () => {
	for (const tp of ['00-zz', '00-00000000000000000000000000000000-00f067aa0ba902b7-01', 'x'.repeat(500)])
		(await t.api.get('/healthz', { traceparent: tp })).must(200);
	await t.api.get('/api/%0a%0d{"severity":"ALERT"}', { 'User-Agent': 'a" level=x\tb' });
	await h.sleep(200);
	for (const line of t.out.split('\n').filter(Boolean))
		JSON.parse(line);
	assert.ok(!t.lines().some((l) => l.severity === 'ALERT' && /forge|healthz/.test(l.text)));
});

test('no secret is in the log or in any argument list or environment', async () => {
	const secrets = [user.password, user.me.access_token, user.me.refresh_token, 'Test-Password-1'];
	for (const s of secrets)
		assert.ok(!t.out.includes(s), 'a secret in the log');
	const signatures = t.out.match(/X-Goog-Signature=[0-9a-f]{20}/);
	assert.equal(signatures, null, 'a signed URL in the log');
	for (const p of h.family(t.pid).filter((x) => x.pid !== t.pid)) {
		const args = fs.readFileSync(`/proc/${p.pid}/cmdline`, 'latin1');
		let environment = '';
		try {
			environment = fs.readFileSync(`/proc/${p.pid}/environ`, 'latin1');
		} catch { /* not dumpable: nobody reads it */ }
		for (const s of [...secrets, 'PRIVATE KEY'])
			assert.ok(!args.includes(s) && !environment.includes(s), `a secret beside process ${p.pid}: ${args}`);
		assert.doesNotMatch(environment, /JWT_SECRET|ADMIN_PASSWORD|DATABASE_URL/);
	}
});

test('text format is readable and one line an event', async () => {
	const other = await h.start({ env: { LOG_FORMAT: 'text', LOG_LEVEL: 'info' } });
	(await other.api.get('/api/users/profile', { 'X-Request-Id': 'text-id' })).must(401);
	await h.until(3, 'the line', () => /front.*text-id|text-id.*front/.test(other.out));
	assert.doesNotMatch(other.out, /^\{/m);
	await other.stop();
}, { limit: 40 });
