'use strict';
/* tests/flow/091_webhooks.js - webhooks: registered, sent to a server that the test plays, tried
 * again, given up; where they may not go; what a killed process leaves.
 * Proves: contract 7 ("POST/GET/DELETE /api/webhooks register an https URL per user; deliveries carry the
 * Standard Webhooks headers (HMAC), are retried with backoff, and never reach private address ranges").
 * Licence: Apache-2.0. */
const crypto = require('node:crypto');
const http = require('node:http');
const https = require('node:https');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { test, assert, before, after } = require('./tiny');
const { mustFail } = require('./client');
const { npm } = require('./answers');
const { CAN_LOOK, countWords } = require('./memory');
const h = require('./harness');

const NOTHING = '00000000-0000-7000-8000-000000000000';
const KEYS = ['id', 'url', 'description', 'finalOnly', 'enabled', 'disabledReason', 'failures', 'failingSince', 'lastDeliveredAt', 'oldSecretUntil', 'createdAt', 'updatedAt'];
let t, user, server, tls, projectId;

/* ---- the receiver ---- */

/* Whether one of the signatures is by this secret, as a receiver checks it. */
function isSigned(r, secret) {
	const [id, at, all] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((k) => r.headers[k]);
	const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
	const mac = crypto.createHmac('sha256', key).update(`${id}.${at}.${r.body}`).digest('base64');
	return Math.abs(Number(at) - Date.now() / 1000) < 300 && all.split(' ').includes(`v1,${mac}`);
}

/* Keeps what it gets by path; `plans` says how a path answers: a status, or a function. */
class Receiver {
	constructor() {
		this.got = {};
		this.plans = {};
		this.handler = (req, res) => {
			let body = '';
			req.on('data', (d) => { body += d; });
			req.on('end', () => {
				const plan = this.plans[req.url] ?? 204;
				const list = this.got[req.url] ||= [];
				list.push({ method: req.method, headers: req.headers, body, at: Date.now(), json: JSON.parse(body) });
				if (typeof plan === 'function')
					plan(req, res, list.length);
				else
					res.writeHead(plan).end();
			});
		};
		this.server = http.createServer(this.handler);
	}
	async start() {
		this.port = await h.freePort();
		await new Promise((yes) => this.server.listen(this.port, '127.0.0.1', yes));
		return this;
	}
	url(p, host = '127.0.0.1') {
		return `http://${host}:${this.port}${p}`;
	}
	of(p) {
		return this.got[p] || [];
	}
	wait(p, n, seconds = 15) {
		return h.until(seconds, `${n} at ${p}`, () => this.of(p).length >= n && this.of(p));
	}
}

const make = async (who, url, more = {}) => (await who.post('/api/webhooks', { url, ...more })).must(201);
const image = async (who = user) => (await who.post('/api/media/image', { projectId, prompt: 'a boat' })).must(201);
const deliveries = async (who, w, q = '') => (await who.get(`/api/webhooks/${w.id}/deliveries${q}`)).must(200).data;
const drop = async (who, w) => (await who.send('DELETE', `/api/webhooks/${w.id}`)).must(204);
const settled = (who, w, n, state) => h.until(20, `${n} deliveries are ${state}`, async () => {
	const all = await deliveries(who, w, `?state=${state}&limit=100`);
	return all.length >= n && all;
});

before(async () => {
	server = await new Receiver().start();
	const pem = spawnSync(path.join(h.BUILD, 'make-cert'), [], { encoding: 'utf8' }).stdout;
	tls = https.createServer({ key: pem, cert: pem }, server.handler);
	const port = await h.freePort();
	await new Promise((yes) => tls.listen(port, '127.0.0.1', yes));
	tls.port = port;
	t = await h.start({ env: { WEBHOOK_ALLOW: 'loopback', WEBHOOK_PORTS: `443,${server.port},${port}`, WEBHOOK_BACKOFF: '20ms', WEBHOOK_TIMEOUT: '1s' } });
	user = await t.user();
	projectId = await t.project();
});
after(() => { server.server.closeAllConnections(); server.server.close(); tls.close(); });

test('made, listed, changed, deleted; the secret once; nobody else\'s', async () => {
	const w = await make(user, server.url('/crud'), { description: 'The shop' });
	assert.deepEqual(Object.keys(w), [...KEYS, 'secret']);
	assert.match(w.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
	const { secret, ...plain } = w;
	assert.deepEqual((await user.get('/api/webhooks')).must(200), [plain]);
	assert.deepEqual((await user.get(`/api/webhooks/${w.id}`)).must(200), plain);
	const changed = (await user.send('PATCH', `/api/webhooks/${w.id}`, { description: '', finalOnly: true, enabled: false })).must(200);
	assert.deepEqual([changed.description, changed.finalOnly, changed.enabled, changed.disabledReason], ['', true, false, 'owner']);
	mustFail(await user.post(`/api/webhooks/${w.id}/test`), 409, 'RESOURCE_CONFLICT');
	const on = (await user.send('PATCH', `/api/webhooks/${w.id}`, { enabled: true })).must(200);
	assert.deepEqual([on.enabled, on.disabledReason], [true, null]);
	const other = await t.user();
	assert.deepEqual((await other.get('/api/webhooks')).must(200), []);
	for (const [method, p, body] of [['GET', ''], ['PATCH', '', { enabled: false }], ['DELETE', ''], ['POST', '/rotate'], ['POST', '/test'], ['GET', '/deliveries'],
		['GET', `/deliveries/${NOTHING}`], ['POST', `/deliveries/${NOTHING}/redeliver`]]) {
		mustFail(await other.send(method, `/api/webhooks/${w.id}${p}`, body), 404, 'NOT_FOUND');
		mustFail(await user.send(method, `/api/webhooks/${NOTHING}${p}`, body), 404, 'NOT_FOUND');
	}
	await drop(user, w);
	mustFail(await user.get(`/api/webhooks/${w.id}`), 404, 'NOT_FOUND');
	const audit = (await (await t.admin()).get(`/api/admin/audit?userId=${user.me.userId}&limit=100`)).must(200).data.map((e) => e.event);
	for (const event of ['webhook_created', 'webhook_changed', 'webhook_deleted'])
		assert.ok(audit.includes(event), event);
	assert.ok(!t.everything.includes(secret.slice(6)), 'the secret is in the log');
});

test('where they may not go is refused when they are made, and when they are changed', async () => {
	const w = await make(user, server.url('/fine'));
	for (const bad of ['ftp://studio.test/', 'https://10.0.0.1/', 'https://192.168.1.1/x', 'https://169.254.169.254/latest', 'https://[::ffff:10.0.0.1]/', 'https://[fe80::1]/',
		'https://[fd00:ec2::254]/', 'https://[64:ff9b::a00:1]/', 'https://[2002:a00:1::]/', 'https://0x7f.1/', 'https://2130706433/', 'https://127.1/', 'https://0177.0.0.1/',
		'https://user@studio.test/', 'https://user:pw@studio.test/', 'https://studio.test:22/', 'https://studio.test/#x', 'https://intranet/', 'https://db.internal/',
		'https://studio.test\\@10.0.0.1/', 'https://a..b/', 'https://[::1/', 'https://studio.test:443x/', 'https:///x', 'https://%31.test/']) {
		mustFail(await user.post('/api/webhooks', { url: bad }), 400, 'VALIDATION_ERROR');
		mustFail(await user.send('PATCH', `/api/webhooks/${w.id}`, { url: bad }), 400, 'VALIDATION_ERROR');
	}
	for (const bad of [{}, { url: 7 }, { url: 'https://studio.test/', secret: 'x' }, { url: `https://studio.test/${'x'.repeat(2048)}` }, { url: 'https://studio.test/', finalOnly: 'yes' }])
		mustFail(await user.post('/api/webhooks', bad), 400, 'VALIDATION_ERROR');
	await drop(user, w);
});

test('every event of a generation arrives, signed, once', async () => {
	const { Webhook } = npm('standardwebhooks');
	const w = await make(user, server.url('/all')), ends = await make(user, server.url('/ends'), { finalOnly: true });
	const m = await image();
	const all = await server.wait('/all', 3);
	await server.wait('/ends', 1);
	for (const r of all) {
		assert.equal(r.method, 'POST');
		assert.equal(r.headers['content-type'], 'application/json');
		assert.match(r.headers['webhook-id'], /^msg_[0-9a-f]{32}$/);
		assert.ok(isSigned(r, w.secret), 'the signature');
		assert.deepEqual(new Webhook(w.secret).verify(r.body, r.headers), r.json);	/* as a stock receiver has it */
		assert.throws(() => new Webhook(w.secret).verify(`${r.body} `, r.headers));
		assert.ok(!isSigned(r, ends.secret));
		assert.deepEqual(Object.keys(r.json), ['type', 'timestamp', 'data']);
		assert.equal(r.json.type, 'media-generation-update');
		assert.equal(r.json.data.mediaGenerationId, m.id);
	}
	const data = all.map((r) => r.json.data).sort((a, b) => a.eventId - b.eventId);
	assert.deepEqual(data.map((d) => d.status), ['PENDING', 'PROCESSING', 'SUCCEEDED']);
	assert.deepEqual(data[2].results, m.results.map((r, i) => ({ id: r.id, mediaType: 'IMAGE', index: i, mimeType: r.metadata.mimeType,
		path: `/api/media/${m.id}/results/${r.id}/content` })));
	assert.equal((await user.get(data[2].results[0].path)).status, 200);
	assert.ok(!all.some((r) => /gs:|Signature|X-Goog/i.test(r.body)), 'a place or a signed URL is in it');
	assert.deepEqual(server.of('/ends').map((r) => r.json.data.status), ['SUCCEEDED']);
	const sent = await settled(user, w, 3, 'delivered');
	assert.deepEqual(sent.map((d) => [d.attempts, d.status, d.error, d.payload]), Array(3).fill([1, 204, null, null]));
	const one = (await user.get(`/api/webhooks/${w.id}/deliveries/${sent[0].id}`)).must(200);
	assert.deepEqual(one.payload, data.length === 3 && all.find((r) => r.headers['webhook-id'] === one.messageId).json);
	/* and again, when its owner asks, under the same id */
	(await user.post(`/api/webhooks/${w.id}/deliveries/${one.id}/redeliver`)).must(202);
	const again = (await server.wait('/all', 4))[3];
	assert.equal(again.headers['webhook-id'], one.messageId);
	assert.equal(again.body, JSON.stringify(one.payload));
	await h.sleep(200);
	assert.equal(server.of('/all').length, 4);
	await Promise.all([drop(user, w), drop(user, ends)]);
});

test('a failed generation tells why', async () => {
	const w = await make(user, server.url('/failed'), { finalOnly: true });
	await t.fault({ prompt: 'no boat' }, { status: 400, message: 'secret upstream words' });
	const refused = mustFail(await user.post('/api/media/image', { projectId, prompt: 'no boat' }), 502, 'IMAGEN_API_ERROR');
	const [r] = await server.wait('/failed', 1);
	assert.equal(r.json.data.status, 'FAILED');
	assert.deepEqual([r.json.data.error, r.json.data.results], [refused.message, undefined]);
	await drop(user, w);
});

test('a test event; a new secret, and for a day the one before', async () => {
	const w = await make(user, server.url('/test'));
	(await user.post(`/api/webhooks/${w.id}/test`)).must(202);
	assert.deepEqual((await server.wait('/test', 1))[0].json.data, { webhookId: w.id });
	const two = (await user.post(`/api/webhooks/${w.id}/rotate`)).must(200);
	assert.notEqual(two.secret, w.secret);
	assert.ok(Math.abs(Date.parse(two.oldSecretUntil) - Date.now() - 86400000) < 60000);
	(await user.post(`/api/webhooks/${w.id}/test`)).must(202);
	const r = (await server.wait('/test', 2))[1];
	assert.equal(r.headers['webhook-signature'].split(' ').length, 2);
	assert.ok(isSigned(r, w.secret) && isSigned(r, two.secret));
	if (CAN_LOOK) {
		const pids = await t.pids();
		for (const name of h.ACTORS)
			assert.deepEqual(Object.values(countWords(pids[name], { a: two.secret.slice(6) })), [0], `${name} keeps the secret's text`);
	}
	await drop(user, w);
});

test('a failure is tried again until it works; a redirect is a failure', async () => {
	server.plans['/flaky'] = (req, res, n) => (n < 3 ? res.writeHead(500).end('x'.repeat(1000)) : n === 3 ? req.socket.destroy() : res.writeHead(200).end('ok'));
	server.plans['/redirect'] = (req, res) => res.writeHead(302, { Location: server.url('/inner') }).end();
	const w = await make(user, server.url('/flaky')), r = await make(user, server.url('/redirect'));
	(await user.post(`/api/webhooks/${w.id}/test`)).must(202);
	(await user.post(`/api/webhooks/${r.id}/test`)).must(202);
	const [d] = await settled(user, w, 1, 'delivered');
	const tries = server.of('/flaky');
	assert.equal(tries.length, 4);
	assert.ok(d.attempts === 4 || d.attempts === 3, 'libcurl repeats by itself what a kept connection swallowed');
	assert.equal(new Set(tries.map((x) => x.headers['webhook-id'])).size, 1);
	assert.equal(new Set(tries.map((x) => x.body)).size, 1);
	assert.ok(tries.every((x) => isSigned(x, w.secret)));
	const mine = (await user.get(`/api/webhooks/${w.id}`)).must(200);
	assert.deepEqual([mine.failures, mine.failingSince], [0, null]);
	const [redirected] = await h.until(10, 'an attempt', async () => (await deliveries(user, r)).filter((x) => x.attempts > 0).length && deliveries(user, r));
	assert.deepEqual([redirected.state, redirected.status, redirected.error], ['waiting', 302, 'The answer was 302: redirects are not followed']);
	assert.equal(server.of('/inner').length, 0);
	assert.ok((await user.get(`/api/webhooks/${r.id}`)).must(200).failures > 0);
	await Promise.all([drop(user, w), drop(user, r)]);
});

test('an endpoint that answers never, or too much, keeps no other waiting', async () => {
	server.plans['/silent'] = () => {};
	server.plans['/flood'] = (req, res) => {
		res.writeHead(200);
		const more = () => { while (!res.destroyed && res.write('x'.repeat(65536))); };
		res.on('drain', more);
		more();
	};
	const silent = await make(user, server.url('/silent')), flood = await make(user, server.url('/flood'));
	for (let i = 0; i < 20; i++)
		(await user.post(`/api/webhooks/${silent.id}/test`)).must(202);
	await server.wait('/silent', 1);
	const other = await t.user(), fine = await make(other, server.url('/quick'));
	const began = Date.now();
	(await other.post(`/api/webhooks/${fine.id}/test`)).must(202);
	await server.wait('/quick', 1, 5);
	assert.ok(Date.now() - began < 900 * Number(process.env.TEST_SLOW || 1), `it waited ${Date.now() - began} ms`);
	(await user.post(`/api/webhooks/${flood.id}/test`)).must(202);
	const [d] = await settled(user, flood, 1, 'delivered');
	assert.equal(d.status, 200);
	const late = await h.until(10, 'a time-out', async () => (await deliveries(user, silent, '?limit=100')).find((x) => x.error));
	assert.match(late.error, /no answer within 1000 ms/);
	await h.sleep(1200);
	const seen = server.of('/silent').length;
	assert.ok(seen < 12, `${seen} attempts at once at an endpoint that fails`);
	await Promise.all([drop(user, silent), drop(user, flood), drop(other, fine)]);
});

test('410 ends a webhook, and a certificate that nobody vouches for is no receiver', async () => {
	server.plans['/gone'] = 410;
	const w = await make(user, server.url('/gone')), s = await make(user, `https://localhost:${tls.port}/tls`);
	(await user.post(`/api/webhooks/${w.id}/test`)).must(202);
	(await user.post(`/api/webhooks/${s.id}/test`)).must(202);
	const off = await h.until(10, 'it is disabled', async () => {
		const x = (await user.get(`/api/webhooks/${w.id}`)).must(200);
		return x.enabled ? null : x;
	});
	assert.equal(off.disabledReason, 'gone');
	assert.deepEqual((await deliveries(user, w)).map((d) => [d.state, d.status]), [['dead', 410]]);
	const audit = (await (await t.admin()).get('/api/admin/audit?event=webhook_disabled')).must(200).data;
	assert.deepEqual([audit[0].userId, audit[0].detail.webhook, audit[0].detail.reason], [user.me.userId, w.id, 'gone']);
	await image();
	assert.equal((await deliveries(user, w)).length, 1, 'a disabled webhook gets events');
	const bad = await h.until(10, 'a failure', async () => (await deliveries(user, s)).find((x) => x.error));
	assert.match(bad.error, /certificate/);
	assert.equal(server.of('/tls').length, 0);
	await Promise.all([drop(user, w), drop(user, s)]);
});

test('notifier and db are killed in the middle: every event arrives, under ids that tell repetitions', async () => {
	const who = await t.user(), w = await make(who, server.url('/killed'), { finalOnly: true });
	server.plans['/killed'] = (req, res) => setTimeout(() => res.writeHead(204).end(), 30);
	const made = [];
	for (const victim of ['notifier', 'db', 'notifier', 'db']) {
		const some = Promise.all([0, 1, 2].map(() => who.post('/api/media/image', { projectId, prompt: 'a boat' }, { Prefer: 'respond-async', 'Idempotency-Key': `k${victim}${made.length}${Math.random()}` })));
		for (const r of await some)
			made.push(r.must(202).id);
		await h.sleep(60);
		const old = await t.pidOf(victim);
		process.kill(old, 'SIGKILL');
		await t.replaced(victim, old);
		await t.allUp();
	}
	for (const id of made)
		await t.final(who, id);
	const got = await h.until(20, 'every end has arrived', () => {
		const ids = new Set(server.of('/killed').map((r) => r.json.data.mediaGenerationId));
		return made.every((id) => ids.has(id)) && server.of('/killed');
	});
	const byEvent = new Map(got.map((r) => [r.json.data.eventId, r.headers['webhook-id']]));
	assert.equal(byEvent.size, made.length);
	assert.ok(got.every((r) => byEvent.get(r.json.data.eventId) === r.headers['webhook-id'] && isSigned(r, w.secret)));
	await settled(who, w, made.length, 'delivered');
}, { limit: 90 });
