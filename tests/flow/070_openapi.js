'use strict';
/* tests/flow/070_openapi.js - the OpenAPI document and the page that shows it.
 * Proves: contract 8 (/api/openapi.json "generated from the same declarations that validate requests",
 * /api/docs), design "One declaration": the document is valid for two validators, names every status
 * and header field, and what each endpoint really answers fits its schema; the page loads with
 * nothing from elsewhere and nothing inline.
 * Licence: Apache-2.0. */
const zlib = require('node:zlib');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { test, assert, before } = require('./tiny');
const { Spec, minimal, UUID } = require('./spec');
const { Answers, npm, npmImport } = require('./answers');
const F = require('./forms');
const h = require('./harness');

let t, document, spec, answers, user, admin, project;

before(async () => {
	t = await h.start();
	document = (await t.api.get('/api/openapi.json')).must(200);
	spec = new Spec(document);
	answers = new Answers(spec);
	user = await t.user();
	admin = await t.admin();
	project = await t.project();
});

test('two validators find nothing wrong', async () => {
	const { Validator } = await npmImport('@seriousme/openapi-schema-validator');
	const one = new Validator();
	const r = await one.validate(structuredClone(document));
	assert.deepEqual(r.errors || [], []);
	assert.ok(r.valid);
	assert.equal(one.version, '3.1');
	const parser = npm('@apidevtools/swagger-parser');
	await (parser.default || parser).validate(structuredClone(document));
});

test('the document says what the tables say', async () => {
	const lines = spawnSync(path.join(h.BUILD, 'routes'), { encoding: 'utf8' }).stdout.trim().split('\n').slice(1);
	assert.equal(lines.length, spec.operations.length);
	for (const line of lines) {
		const [method, p, , , , , ...statuses] = line.split(/\s+/);
		const o = spec.operations.find((x) => x.method === method && x.path === p.replace(/:(\w+)/g, '{$1}'));
		assert.ok(o, `${method} ${p} is not in the document`);
		assert.deepEqual(Object.keys(o.responses).sort(), statuses.sort());
		for (const status of statuses) {
			const answer = o.answers(status);
			const names = Object.keys(answer.headers).map((n) => n.toLowerCase());
			const wanted = ['x-request-id', ...(status === '401' ? ['www-authenticate'] : []), ...(['429', '503', '504'].includes(status) ? ['retry-after'] : []),
				...(status === '429' ? ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'] : []), ...(status === '304' ? ['etag'] : [])];
			for (const n of wanted)
				assert.ok(names.includes(n), `${o.id} ${status}: ${n}`);
			if (status >= 400)
				assert.deepEqual(Object.keys(answer.content), ['application/json', 'application/problem+json']);
		}
	}
	const made = spec.operation('postMediaImage');
	for (const name of ['Idempotency-Key', 'Prefer', 'X-Request-Id'])
		assert.ok(made.parameters.some((p) => p.in === 'header' && p.name === name), name);
	assert.ok('Location' in made.answers(201).headers && 'Idempotent-Replayed' in made.answers(202).headers);
	assert.deepEqual(Object.keys(spec.follow({ $ref: '#/components/responses/Error405' }).headers).includes('Allow'), true);
});

const nameOf = (schema) => Object.entries(document.components.schemas).find(([, s]) => s === schema)[0];

test('examples are requests that the document allows', () => {
	for (const o of spec.operations.filter((x) => x.body))
		answers.fits({ $ref: `#/components/schemas/${nameOf(o.body)}` }, document.paths[o.path][o.method.toLowerCase()].requestBody.content['application/json'].example, o.id);
});

/* ---- a walk over all endpoints ---- */

const mine = (body) => ({ projectId: project, prompt: 'p', ...body });
const later = { Prefer: 'respond-async' };
/* A video that was asked for just now. */
const video = async () => ({ ids: { id: (await user.post('/api/media/video', mine())).must(202).id } });
const cancelled = async () => {
	const v = await video();
	(await user.post(`/api/media/${v.ids.id}/cancel`)).must(200);
	return v;
};
const image = async () => (await user.post('/api/media/image', mine())).must(201);
/* The name of an own stored picture. */
const object = async () => (await image()).results[0].metadata.originalGcsUri;
const job = async () => ({ ids: { id: (await admin.get('/api/admin/jobs')).must(200).data[0].id } });
const somebody = async () => ({ ids: { id: (await t.user()).me.userId } });

/* A webhook of somebody who has no other, and a delivery that waits there: its host is nobody's. */
const hook = async () => {
	const who = await t.user();
	return { who, ids: { id: (await who.post('/api/webhooks', { url: 'https://hooks.invalid/' })).must(201).id } };
};
const delivery = async () => {
	const w = await hook();
	w.ids.deliveryId = (await w.who.post(`/api/webhooks/${w.ids.id}/test`)).must(202).id;
	return w;
};

/* What a request needs to succeed, beyond what its schema must have: { who, ids, query, body, headers }. */
const STEPS = {
	postAuthLogin: async () => ({ body: { email: user.email, password: user.password } }),
	postAuthRefresh: async () => ({ body: { refreshToken: (await t.user()).me.refreshToken } }),
	postAuthLogout: async () => ({ body: { refreshToken: (await t.user()).me.refreshToken } }),
	deleteAuthSessionsById: async () => {
		const who = await t.user();
		return { who, ids: { id: (await who.get('/api/auth/sessions')).must(200)[0].id } };
	},
	postAuthChangePassword: async () => {
		const who = await t.user();
		return { who, body: { currentPassword: who.password, newPassword: 'Another-Horse-10' } };
	},
	postAuthResetPassword: async () => {
		const who = await t.user();
		await t.api.post('/api/auth/forgot-password', { email: who.email });
		return { body: { token: await h.until(10, 'a mail', () => t.mailTokens(who.email)[0]) } };
	},
	getUsersById: somebody, patchUsersById: somebody, deleteUsersById: somebody,
	getProjectsById: async () => ({ ids: { id: project } }),
	patchProjectsById: async () => ({ ids: { id: project }, body: { name: 'Another name' } }),
	deleteProjectsById: async () => ({ ids: { id: (await admin.post('/api/projects', { name: 'To be deleted' })).must(201).id } }),
	postMediaImageUpscale: async () => ({ body: { gcsUri: await object() } }),
	postMediaVideo: async () => ({ headers: later }),
	getMediaById: video, postMediaByIdCancel: video, postMediaByIdRetry: cancelled, deleteMediaById: cancelled,
	getMediaVideoStatus: async () => ({ query: { operationId: (await user.post('/api/media/video/async', mine())).must(201).operationId } }),
	getMediaByIdResultsByResultIdContent: async () => {
		const m = (await user.post('/api/media/image', mine())).must(201);
		return { ids: { id: m.id, resultId: m.results[0].id } };
	},
	postFilesUpload: async () => ({ bytes: F.form({}), headers: F.FORM_TYPE }),
	postFilesUploadMultiple: async () => ({ bytes: F.form({ name: 'files' }, { name: 'files' }), headers: F.FORM_TYPE }),
	getFilesDownload: async () => ({ query: { gcsUri: await object() } }),
	getFilesSignedUrl: async () => ({ query: { gcsUri: await object() } }),
	putAdminQuotas: async () => ({ body: { userId: (await t.user()).me.userId, projectId: undefined, dayGenerations: 5 } }),
	putAdminPrices: async () => ({ body: { model: 'lyria-002', micros: 50000 } }),
	getWebhooksById: hook, patchWebhooksById: hook, deleteWebhooksById: hook, postWebhooksByIdRotate: hook, postWebhooksByIdTest: hook,
	getWebhooksByIdDeliveries: delivery, getWebhooksByIdDeliveriesByDeliveryId: delivery, postWebhooksByIdDeliveriesByDeliveryIdRedeliver: delivery,
	getSocketIo: () => ({ query: { EIO: 4, transport: 'polling' } }),
	postSocketIo: async () => {
		const open = await t.api.get('/socket.io/?EIO=4&transport=polling');
		return { query: { EIO: 4, transport: 'polling', sid: JSON.parse(open.text.slice(1)).sid }, bytes: Buffer.from('3') };
	},
	getAdminJobsById: job,
	postAdminJobsByIdCancel: async () => {
		await video();
		return job();
	},
	postAdminJobsByIdRetry: async () => {
		const j = await job();
		await admin.post(`/api/admin/jobs/${j.ids.id}/cancel`);
		return j;
	},
};

async function visit(o) {
	const step = STEPS[o.id] ? await STEPS[o.id]() : {};
	const who = step.who || (o.isPublic ? t.api : o.isAdmin ? admin : user);
	const body = o.body ? { ...minimal(spec, o.body), ...(o.body.properties.projectId ? { projectId: project } : {}), ...step.body } : undefined;
	const query = Object.entries(step.query || {}).map(([k, v]) => `${k}=${encodeURIComponent(v)}`).join('&');
	const p = o.at({ any: UUID, ...step.ids });
	const r = await who.send(o.method, query ? `${p}?${query}` : p, step.bytes || body, step.headers);
	answers.check(o, r);
	return r;
}

test('each endpoint, asked well, answers what its schema says', async () => {
	const failed = [];
	for (const o of spec.operations) {
		const r = await visit(o);
		if (r.status >= 300)
			failed.push(`${o.id}: ${r.status} ${r.text.slice(0, 300)}`);
	}
	assert.ok(failed.length === 0, `no success was seen of:\n${failed.join('\n')}`);
});

test('lists with something in them do too', async () => {
	await h.until(30, 'a video is ready', async () => (await user.get('/api/media/history?status=SUCCEEDED&mediaType=VIDEO')).must(200).data.length > 0);
	for (const [id, query] of [['getMediaHistory', ''], ['getProjects', ''], ['getProjects', '?page=1'], ['getAuthSessions', ''], ['getUsers', ''], ['getAdminJobs', ''], ['getAdminAudit', ''], ['getAdminStats', '']]) {
		const o = spec.operation(id);
		const r = await (o.isAdmin ? admin : user).get(o.path + query);
		answers.check(o, r);
		const list = Array.isArray(r.json) ? r.json : r.json.data;
		assert.ok(!list || list.length > 0, `${id} is empty`);
	}
});

test('refusals too, in both forms', async () => {
	const nobody = t.api.as('no.valid.token'), problem = { Accept: 'application/problem+json' };
	for (const o of spec.operations) {
		const at = o.at({ any: UUID }), body = o.body ? {} : undefined;
		const asked = [[o.isPublic ? t.api : o.isAdmin ? admin : user, { Accept: 'image/x-none' }]];
		if (!o.isPublic)
			asked.push([nobody, {}], [nobody, problem], [t.api, problem]);
		if (o.isAdmin)
			asked.push([user, {}], [user, problem]);
		if (o.ids.length > 0)
			asked.push([admin, problem], [user, {}]);
		if (o.body)
			asked.push([o.isPublic ? t.api : admin, { 'Content-Type': 'text/plain' }], [o.isPublic ? t.api : admin, problem]);
		for (const [who, headers] of asked) {
			const r = await who.send(o.method, at, body, headers);
			if (r.status < 400)
				continue;	/* DELETE of nothing, {} where nothing is needed */
			answers.check(o, r);
			assert.equal(r.headers['content-type'].startsWith(headers === problem ? 'application/problem+json' : 'application/json'), true, `${o.id}: ${r.headers['content-type']}`);
		}
	}
});

test('a path without the method is 405 as the document has it', async () => {
	const answer = spec.follow({ $ref: '#/components/responses/Error405' });
	for (const p of Object.keys(document.paths)) {
		const there = spec.operations.filter((o) => o.path === p).map((o) => o.method);
		for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((m) => !there.includes(m))) {
			const r = await t.api.send(method, p.replace(/\{\w+\}/g, UUID));
			answers.fits(answer.content['application/json'].schema, r.must(405), p);
			assert.deepEqual(r.headers.allow.split(', ').filter((m) => !['HEAD', 'OPTIONS'].includes(m)).sort(), there.sort());
		}
	}
});

/* ---- the document and the page as clients get them ---- */

test('the document: ETag, compression, HEAD, every origin of the list', async () => {
	const plain = await t.api.get('/api/openapi.json');
	const packed = await t.api.get('/api/openapi.json', { 'Accept-Encoding': 'gzip' });
	assert.equal(packed.headers['content-encoding'], 'gzip');
	assert.deepEqual(zlib.gunzipSync(packed.body), plain.body);
	assert.ok(packed.body.length * 4 < plain.body.length);
	assert.equal(packed.headers.etag, plain.headers.etag);
	const again = await t.api.get('/api/openapi.json', { 'If-None-Match': plain.headers.etag });
	assert.equal(again.status, 304);
	assert.equal(again.body.length, 0);
	const head = await t.api.send('HEAD', '/api/openapi.json');
	assert.equal(head.must(200), undefined);
	assert.equal(head.headers['content-length'], String(plain.body.length));
	assert.equal((await t.api.get('/api/openapi.json', { Accept: 'image/png' })).status, 406);
	for (const r of [plain, packed, again])
		assert.equal(r.headers['cache-control'], 'no-cache');
	const two = await t.api2().get('/api/openapi.json');
	assert.deepEqual(two.json, document);
});

test('the page: all that it names is there, of its type, from here', async () => {
	const page = await t.api.get('/api/docs', { Accept: 'text/html' });
	assert.equal(page.status, 200);
	assert.match(page.headers['content-type'], /^text\/html/);
	const policy = page.headers['content-security-policy'];
	assert.match(policy, /default-src 'none'/);
	assert.doesNotMatch(policy, /unsafe|http|\*/);
	const named = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((m) => m[1]).filter((u) => u !== 'data:,');
	assert.ok(named.length >= 4);
	assert.doesNotMatch(page.text.replace(/<script src="[^"]+"><\/script>/g, ''), /<script|<style|\sstyle=|\son\w+=/);
	for (const u of named) {
		assert.match(u, /^\/api\//, `${u} is from elsewhere`);
		const r = await t.api.get(u, { 'Accept-Encoding': 'gzip' });
		const type = u.endsWith('.js') ? /^text\/javascript/ : u.endsWith('.css') ? /^text\/css/ : /^application\/json/;
		assert.equal(r.status, 200, u);
		assert.match(r.headers['content-type'], type);
		assert.equal(r.headers['content-encoding'], 'gzip');
		assert.match(r.headers.vary, /accept-encoding/);
		assert.ok(zlib.gunzipSync(r.body).equals((await t.api.get(u)).body));
		assert.equal((await t.api.get(u, { 'If-None-Match': r.headers.etag })).status, 304);
	}
	const script = (await t.api.get('/api/docs/swagger-ui-bundle.js')).text;
	assert.ok(script.length > 500000 && script.includes('SwaggerUIBundle'), 'Swagger UI was not built in');
	assert.match((await t.api.get('/api/docs/start.js')).text, /url: '\/api\/openapi\.json'/);
});
