'use strict';
/* tests/flow/072_http_conventions.js - section 1 of the contract, sentence by sentence, over every
 * route that the table has.
 * Proves: contract 1 (X-Request-Id, security header fields, traceparent, ETag and If-None-Match, HEAD,
 * 405 with Allow, OPTIONS, compression, CORS, RateLimit-*, problem+json, 406, 414).
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');
const { test, assert, before } = require('./tiny');
const { mustFail } = require('./client');
const h = require('./harness');

const ORIGIN = 'https://studio.example';
const routes = [...fs.readFileSync(path.join(h.ROOT, 'actors/front/routes.tbl.h'), 'utf8').matchAll(/^(?:ASK|ROUTE)\((\w+),\s*"([^"]+)",\s*(\w+)/gm)]
	.map(([, method, p, who]) => ({ method, path: p, who }));
const paths = [...new Set(routes.map((r) => r.path))];
const concrete = (p) => p.replace(/:\w+/g, '0190a1b2-0000-7000-8000-000000000000');
let t, user, admin, two;

before(async () => {
	t = await h.start({ env: { CORS_ORIGIN: `${ORIGIN}, http://localhost:4200` } });
	user = await t.user();
	admin = await t.admin();
	two = t.api2().as(user.token);
	for (let i = 0; i < 12; i++)
		(await admin.post('/api/projects', { name: `Project ${i}`, description: 'one of many '.repeat(30) })).must(201);
});

/* What h2o, the connection or the moment puts in. */
const steady = (headers) => Object.fromEntries(Object.entries(headers).filter(([n]) => !/^(date|connection|keep-alive|x-request-id|traceparent|:status|transfer-encoding|ratelimit-.*)$/.test(n)));

test(`every GET of ${routes.length} routes works with HEAD: the same header fields, and no body`, async () => {
	for (const r of routes.filter((x) => x.method === 'GET' && !/events/.test(x.path)))
		for (const accept of ['identity', 'gzip', 'br'])
			for (const api of [user, two]) {
				const p = concrete(r.path);
				const a = await api.get(p, { 'Accept-Encoding': accept }), b = await api.send('HEAD', p, undefined, { 'Accept-Encoding': accept });
				const what = `${r.path} ${accept} ${a.http}`;
				assert.equal(b.status, a.status, what);
				assert.equal(b.body.length, 0, what);
				const [one, other] = [steady(a.headers), steady(b.headers)];
				if (a.status !== 200 || /health|ready/.test(p)) {	/* they tell the time */
					delete one['content-length'];
					delete other['content-length'];
				}
				assert.deepEqual(other, one, what);
				if (a.status === 200)
					assert.equal(Number(b.headers['content-length']), a.body.length, what);
			}
}, { limit: 60 });

test('every path answers 405 with Allow to other methods, and OPTIONS', async () => {
	for (const p of paths) {
		const here = routes.filter((r) => r.path === p).map((r) => r.method);
		const allowed = [...here, ...(here.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort();
		const list = (r) => r.headers.allow.split(', ').sort();
		for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'BREW'].filter((m) => !here.includes(m))) {
			const r = await t.api.send(method, concrete(p));
			assert.ok(r.headers.allow, `${method} ${p}: ${r.text}`);
			assert.deepEqual(list(r), allowed, `${method} ${p}`);
			mustFail(r, 405, 'METHOD_NOT_ALLOWED');
		}
		const asked = await t.api.send('OPTIONS', concrete(p), undefined, { Origin: ORIGIN, 'Access-Control-Request-Method': here[0], 'Access-Control-Request-Headers': 'authorization,range' });
		asked.must(204);
		assert.deepEqual(list(asked), allowed);
		assert.deepEqual(asked.headers['access-control-allow-methods'].split(', ').sort(), allowed);
		assert.equal(asked.headers['access-control-allow-origin'], ORIGIN);
		for (const f of ['authorization', 'content-type', 'idempotency-key', 'if-none-match', 'range', 'last-event-id', 'traceparent'])
			assert.match(asked.headers['access-control-allow-headers'].toLowerCase(), new RegExp(`(^|, )${f}(,|$)`));
	}
	mustFail(await t.api.send('OPTIONS', '/api/nothing'), 404, 'NOT_FOUND');
}, { limit: 60 });

test('CORS: listed origins only, credentials never with *, Vary', async () => {
	for (const origin of [ORIGIN, 'http://localhost:4200']) {
		const r = await user.get('/api/projects', { Origin: origin });
		assert.equal(r.headers['access-control-allow-origin'], origin);
		assert.equal(r.headers['access-control-allow-credentials'], 'true');
		assert.match(r.headers['access-control-expose-headers'], /X-Request-Id.*ETag.*RateLimit-Remaining.*Retry-After.*Content-Disposition/);
		assert.match(r.headers.vary, /\borigin\b/);
		const refused = await t.api.get('/api/projects', { Origin: origin });
		mustFail(refused, 401, 'UNAUTHORIZED');
		assert.equal(refused.headers['access-control-allow-origin'], origin, 'a script must be able to read errors');
	}
	for (const origin of ['https://evil.example', `${ORIGIN}.evil.example`, ORIGIN.toUpperCase(), 'null', `${ORIGIN}:444`, `http://${ORIGIN.slice(8)}`, `${ORIGIN}/`])
		for (const r of [await user.get('/api/projects', { Origin: origin }), await t.api.send('OPTIONS', '/api/projects', undefined, { Origin: origin, 'Access-Control-Request-Method': 'POST' })]) {
			for (const f of Object.keys(r.headers))
				assert.doesNotMatch(f, /^access-control/, origin);
			assert.match(r.headers.vary, /\borigin\b/);
		}
	const plain = await t.api.send('OPTIONS', '/api/projects', undefined, { Origin: ORIGIN });
	assert.equal(plain.headers['access-control-allow-methods'], undefined, 'it is no preflight');
	const any = await h.start({ env: { CORS_ORIGIN: '*' } });
	const r = await any.api.get('/healthz', { Origin: 'https://evil.example' });
	assert.equal(r.headers['access-control-allow-origin'], '*');
	assert.equal(r.headers['access-control-allow-credentials'], undefined);
	await any.stop();
}, { limit: 60 });

test('compression: br or gzip, by weight; what is secret or small is not', async () => {
	const whole = (await user.get('/api/projects', { 'Accept-Encoding': null })).must(200);
	const decode = { br: zlib.brotliDecompressSync, gzip: zlib.gunzipSync };
	for (const [asked, got] of [['br', 'br'], ['gzip', 'gzip'], ['gzip, deflate, br', 'br'], ['br;q=0.1, gzip;q=0.5', 'gzip'], ['br;q=0, gzip', 'gzip'], ['*', 'br'], ['identity', undefined], ['gzip;q=0', undefined],
		['*;q=0', undefined], ['deflate', undefined], ['identity;q=1, gzip;q=0.5', undefined]])
		for (const api of [user, two]) {
			const r = await api.get('/api/projects', { 'Accept-Encoding': asked });
			assert.equal(r.headers['content-encoding'], got, asked);
			assert.match(r.headers.vary, /accept-encoding/);
			assert.equal(Number(r.headers['content-length']), r.body.length);
			assert.deepEqual(JSON.parse(got ? decode[got](r.body) : r.body), whole);
		}
	const all = { 'Accept-Encoding': 'gzip, br' };
	const small = await user.get('/api/users/profile', all);
	const secret = await t.api.post('/api/auth/login', { email: user.email, password: user.password }, all);
	const wrong = await t.api.post('/api/auth/login', { email: 'x'.repeat(3000), password: 1 }, all);
	const echoed = await t.api.get(`/api/${'nothing'.repeat(300)}`, all);
	assert.ok(secret.body.length > 1024 && echoed.body.length > 1024);
	for (const r of [small, secret, wrong, echoed])
		assert.equal(r.headers['content-encoding'], undefined);
	for (const [asked, got] of [['br', 'br'], ['gzip', 'gzip'], ['identity', undefined]]) {
		const r = await t.api.get('/api/openapi.json', { 'Accept-Encoding': asked });
		assert.equal(r.headers['content-encoding'], got);
		JSON.parse(got ? decode[got](r.body) : r.body);
	}
});

test('ETag and If-None-Match: lists, weak and strong, *, in several fields; not on errors', async () => {
	for (const p of ['/api/projects', '/api/users/profile', '/api/openapi.json', '/api/media/history']) {
		const r = await user.get(p);
		const tag = r.headers.etag;
		assert.match(tag, /^(W\/)?"[\x21\x23-\x7e]+"$/);
		const strong = tag.replace('W/', '');
		for (const same of [tag, strong, `"x", ${tag}`, `W/"y" , ${strong},`, '*', ['"x"', tag]]) {
			const again = await user.get(p, { 'If-None-Match': same, 'Accept-Encoding': 'gzip' });
			assert.equal(again.status, 304, `${p} ${same}`);
			assert.equal(again.body.length, 0);
			assert.equal(again.headers['content-length'], undefined);
			assert.equal(again.headers.etag, tag);
			assert.equal(again.headers.vary, r.headers.vary);
			assert.equal(again.headers['cache-control'], r.headers['cache-control']);
		}
		for (const other of ['"x"', strong.slice(1, -1), `${strong}x`, 'W/"', '', `x${tag}`])
			assert.equal((await user.get(p, { 'If-None-Match': other })).status, 200, `${p} ${other}`);
		assert.equal((await user.send('HEAD', p, undefined, { 'If-None-Match': tag })).status, 304);
	}
	(await t.api.get('/api/projects', { 'If-None-Match': '*' })).must(401);
	(await user.get('/api/nothing', { 'If-None-Match': '*' })).must(404);
});

test('request ids and traceparent', async () => {
	const V = '4bf92f3577b34da6a3ce929d0e0e4736', P = '00f067aa0ba902b7';
	for (const [given, kept] of [['abc', true], ['x'.repeat(128), true], ['~!"#', true], ['x'.repeat(129), false], ['a b', false], ['\xe9', false], ['', false], [undefined, false]])
		for (const api of [user, two]) {
			const r = await api.get('/healthz', given === undefined ? {} : { 'X-Request-Id': given });
			assert.equal(r.headers['x-request-id'] === given, kept, given);
			assert.match(r.headers['x-request-id'], kept ? /./ : /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
		}
	for (const [given, kept] of [[`00-${V}-${P}-01`, true], [`00-${V}-${P}-00`, true], [`cc-${V}-${P}-01-what-comes`, true], [`00-${V}-${P}-01-more`, false], [`ff-${V}-${P}-01`, false],
		[`00-${'0'.repeat(32)}-${P}-01`, false], [`00-${V}-${'0'.repeat(16)}-01`, false], [`00-${V.toUpperCase()}-${P}-01`, false], [`00-${V}-${P}-0g`, false], [`00-${V}-${P}`, false], [`0-${V}-${P}-01`, false],
		[[`00-${V}-${P}-01`, `00-${V}-${P}-01`], false], ['', false]]) {
		const r = await user.get('/api/users/profile', { traceparent: given, tracestate: 'vendor=1' });
		const m = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(r.headers.traceparent);
		assert.ok(m, r.headers.traceparent);
		assert.equal(m[1] === V, kept, String(given));
		assert.notEqual(m[2], P, 'the span is ours');
		await h.until(3, 'its line', () => t.lines().some((l) => l.requestId === r.headers['x-request-id'] && String(l['logging.googleapis.com/trace']).endsWith(m[1])));
	}
});

test('header fields of safety: on every answer, HSTS on TLS only, policies on pages, no-store on the rest', async () => {
	const every = [['GET', '/healthz'], ['GET', '/api/docs'], ['GET', '/api/openapi.json'], ['GET', '/api/projects'], ['GET', '/api/nothing'], ['DELETE', '/healthz'], ['OPTIONS', '/api/projects'], ['POST', '/api/auth/login'], ['POST', '/api/projects']];
	for (const [method, p] of every)
		for (const api of [user, two]) {
			const r = await api.send(method, p, method === 'POST' ? {} : undefined), what = `${method} ${p} ${r.http}`;
			assert.equal(r.headers['x-content-type-options'], 'nosniff', what);
			assert.equal(r.headers['referrer-policy'], 'no-referrer', what);
			assert.equal(r.headers['strict-transport-security'], api === two ? 'max-age=31536000; includeSubDomains' : undefined, what);
			assert.ok(r.headers['x-request-id'] && r.headers['cache-control'], what);
			assert.equal(r.headers.server, undefined, what);
			if (!/docs|openapi/.test(p))
				assert.equal(r.headers['cache-control'], 'no-store', what);
			if (r.status !== 204)
				assert.match(r.headers['content-security-policy'], /^default-src 'none'; .*frame-ancestors 'none'/, what);
		}
	const page = await t.api.get('/api/docs');
	assert.match(page.headers['content-security-policy'], /script-src 'self';/);
	assert.doesNotMatch(page.headers['content-security-policy'], /unsafe|\*/);
});

test('problem+json and 406 go by the weights of Accept', async () => {
	const problem = 'application/problem+json';
	for (const [accept, type] of [[undefined, 'json'], ['*/*', 'json'], [problem, 'problem'], [`application/json, ${problem}`, 'problem'], [`application/json;q=0.5, ${problem};q=0.4`, 'json'],
		[`${problem};q=0.9, */*;q=0.1`, 'problem'], [`*/*, ${problem};q=0`, 'json'], [['text/html', problem], 'problem']]) {
		const r = await t.api.get('/api/nothing', accept === undefined ? {} : { Accept: accept });
		r.must(404);
		assert.equal(r.headers['content-type'], `application/${type === 'json' ? 'json' : 'problem+json'}; charset=utf-8`, String(accept));
		assert.deepEqual(Object.keys(r.json), type === 'json' ? ['statusCode', 'timestamp', 'path', 'message', 'code', 'errors', 'requestId'] :
			['type', 'title', 'status', 'detail', 'instance', 'timestamp', 'code', 'errors', 'requestId']);
		assert.match(r.headers.vary, /\baccept\b/);
	}
	for (const [accept, ok] of [['application/json', true], ['application/*', true], ['text/html', false], ['text/html, */*;q=0.1', true], ['application/json;q=0', false], ['application/json;q=0, */*', true],
		['application/json;q=0, application/problem+json;q=0, */*', false], ['*/*;q=0', false]]) {
		const r = await user.get('/api/users/profile', { Accept: accept });
		if (ok)
			r.must(200, accept);
		else
			mustFail(r, 406, 'NOT_ACCEPTABLE');
	}
	const broken = await t.api.send('POST', '/api/auth/login', '{}', { Expect: 'wonders', Accept: problem });	/* h2o answers it */
	assert.equal(broken.status, 417);
	assert.equal(broken.headers['content-type'], `${problem}; charset=utf-8`);
});

test('limits are told, and what is over them is refused: rates, targets, header fields', async () => {
	const strict = await h.start({ env: { RATE_LIMIT_AUTH: '4', RATE_LIMIT_API: '3' } });
	const login = () => strict.api.post('/api/auth/login', { email: 'admin@studio.test', password: 'Test-Password-1' });
	const who = await strict.admin();
	for (const [ask, limit, first] of [[login, 4, 2], [() => who.get('/api/projects'), 3, 2], ])
		for (let left = first; left >= -1; left--) {
			const r = await ask();
			assert.equal(r.status, left >= 0 ? 200 : 429, `${left} ${r.text}`);
			assert.equal(Number(r.headers['ratelimit-limit']), limit);
			assert.equal(Number(r.headers['ratelimit-remaining']), Math.max(left, 0));
			assert.ok(Number(r.headers['ratelimit-reset']) > 0 && Number(r.headers['ratelimit-reset']) <= 61);
			if (left < 0) {
				mustFail(r, 429, 'RATE_LIMITED');
				assert.ok(Number(r.headers['retry-after']) >= 1 && Number(r.headers['retry-after']) <= 60);
			} else {
				assert.equal(r.headers['retry-after'], undefined);
			}
		}
	await strict.stop();
	for (const api of [user, two])
		for (const [n, status, code] of [[8100, 404, 'NOT_FOUND'], [8300, 414, 'URI_TOO_LONG'], [15000, 414, 'URI_TOO_LONG']])
			mustFail(await api.get(`/${'x'.repeat(n)}`), status, code);
	mustFail(await user.get(`/${'x'.repeat(40000)}`), 414, 'URI_TOO_LONG');
	const many = (n) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`x-${i}`, 'y']));
	mustFail(await two.get('/healthz', many(80)), 431, 'HEADERS_TOO_LARGE');
	(await two.get('/healthz', many(40))).must(200);
}, { limit: 60 });
