'use strict';
/* tests/flow/092_webhook_settings.js - webhooks switched off and on, their bounds, and the key of their
 * secrets when it is replaced.
 * Proves: contract 7 (webhooks), issue 5 ("secret rotation, disabled after lasting failure").
 * Licence: Apache-2.0. */
const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const { test, assert, before, after } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

const ID = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
const OLD = 'the-old-key-of-webhooks-with-32-bytes', NEW = 'the-new-key-of-webhooks-with-32-bytes';
const netOf = (pid) => fs.readlinkSync(`/proc/${pid}/ns/net`);
let t, server, port, answer = 204;
const got = [];

const isSigned = (r, secret) => {
	const mac = crypto.createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(`${r.headers['webhook-id']}.${r.headers['webhook-timestamp']}.${r.body}`).digest('base64');
	return r.headers['webhook-signature'].split(' ').includes(`v1,${mac}`);
};
async function restart(env) {
	await t.stop();
	t.options.env = { WEBHOOK_ALLOW: 'loopback', WEBHOOK_PORTS: `443,${port}`, WEBHOOK_BACKOFF: '20ms', WEBHOOK_TIMEOUT: '1s', ...env };
	await t.start();
}

before(async () => {
	server = http.createServer((req, res) => {
		let body = '';
		req.on('data', (d) => { body += d; });
		req.on('end', () => {
			got.push({ headers: req.headers, body });
			res.writeHead(answer).end();
		});
	});
	port = await h.freePort();
	await new Promise((yes) => server.listen(port, '127.0.0.1', yes));
	t = await h.start({ env: { WEBHOOKS: 'off' } });
});
after(() => { server.closeAllConnections(); server.close(); });

test('off: every endpoint says so, and notifier has no network', async () => {
	const user = await t.user();
	for (const [method, p, body] of [['GET', ''], ['POST', '', { url: 'https://studio.test/' }], ['GET', `/${ID}`], ['PATCH', `/${ID}`, {}], ['DELETE', `/${ID}`],
		['POST', `/${ID}/rotate`], ['POST', `/${ID}/test`], ['GET', `/${ID}/deliveries`], ['GET', `/${ID}/deliveries/${ID}`], ['POST', `/${ID}/deliveries/${ID}/redeliver`]]) {
		const j = mustFail(await user.send(method, `/api/webhooks${p}`, body), 403, 'FORBIDDEN');
		assert.equal(j.message, 'Webhooks are switched off on this server');
	}
	mustFail(await t.api.get('/api/webhooks'), 401, 'UNAUTHORIZED');
	if (h.IS_ROOT)
		assert.notEqual(netOf(await t.pidOf('notifier')), netOf(process.pid));
});

test('on: the network and the ports, by Landlock; ten of a user', async () => {
	await restart({ WEBHOOK_KEY: OLD });
	if (h.IS_ROOT)
		assert.equal(netOf(await t.pidOf('notifier')), netOf(process.pid));
	const r = t.ctl('sandbox', 'notifier');
	assert.match(r.stdout, /may connect to TCP port 443 \(WEBHOOKS_TO\)/);
	assert.match(r.stdout, new RegExp(`may connect to TCP port ${port} \\(WEBHOOKS_TO\\)`));
	const user = await t.user();
	const all = await Promise.all(Array.from({ length: 14 }, () => user.post('/api/webhooks', { url: 'https://hooks.invalid/' })));
	assert.deepEqual(all.map((x) => x.status).sort(), [...Array(10).fill(201), ...Array(4).fill(409)]);
	mustFail(all.find((x) => x.status === 409), 409, 'RESOURCE_CONFLICT');
	const [w] = (await user.get('/api/webhooks')).must(200);
	(await user.post(`/api/webhooks/${w.id}/test`)).must(202);
	const [d] = await h.until(10, 'an attempt', async () => {
		const list = (await user.get(`/api/webhooks/${w.id}/deliveries`)).must(200).data;
		return list[0].error && list;
	});
	assert.equal(d.error, 'The host\'s name leads nowhere');
	assert.equal((await t.status()).notifier.restarts, 0, 'the look-up of a name killed it');
});

test('a replaced key opens what the old one sealed, as long as it is there', async () => {
	const user = await t.user();
	const w = (await user.post('/api/webhooks', { url: `http://127.0.0.1:${port}/` })).must(201);
	const ping = async () => {
		const n = got.length, d = (await user.post(`/api/webhooks/${w.id}/test`)).must(202);
		return h.until(10, 'an attempt', async () => got[n] || ((await user.get(`/api/webhooks/${w.id}/deliveries/${d.id}`)).must(200).error && { error: true }));
	};
	assert.ok(isSigned(await ping(), w.secret));
	await restart({ WEBHOOK_KEY: `n:${NEW},${OLD}` });
	assert.ok(isSigned(await ping(), w.secret));
	await restart({ WEBHOOK_KEY: NEW });
	assert.deepEqual(await ping(), { error: true });
	const fresh = (await user.post(`/api/webhooks/${w.id}/rotate`)).must(200);
	const r = await ping();
	assert.ok(isSigned(r, fresh.secret) && r.headers['webhook-signature'].split(' ').length === 1);
});

test('one that fails for too long is disabled, and its owner may begin anew', async () => {
	await restart({ WEBHOOK_KEY: NEW, WEBHOOK_PATIENCE: '1s', WEBHOOK_BACKOFF: '10ms' });
	const user = await t.user();
	const w = (await user.post('/api/webhooks', { url: `http://127.0.0.1:${port}/` })).must(201);
	answer = 500;
	const off = await h.until(15, 'it is disabled', async () => {
		await user.post(`/api/webhooks/${w.id}/test`);
		const x = (await user.get(`/api/webhooks/${w.id}`)).must(200);
		return x.enabled ? null : x;
	}, 200);
	assert.equal(off.disabledReason, 'failing');
	assert.ok(Date.parse(off.failingSince) < Date.now() - 1000);
	mustFail(await user.post(`/api/webhooks/${w.id}/test`), 409, 'RESOURCE_CONFLICT');
	const dead = (await user.get(`/api/webhooks/${w.id}/deliveries?state=dead`)).must(200).data;
	assert.ok(dead.length > 0 && dead.every((d) => d.finishedAt && d.nextAttemptAt === null));
	answer = 204;
	(await user.send('PATCH', `/api/webhooks/${w.id}`, { enabled: true })).must(200);
	(await user.post(`/api/webhooks/${w.id}/deliveries/${dead[0].id}/redeliver`)).must(202);
	await h.until(10, 'it is delivered', async () => (await user.get(`/api/webhooks/${w.id}/deliveries/${dead[0].id}`)).must(200).state === 'delivered');
});
