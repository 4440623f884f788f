'use strict';
/* tests/flow/072_random_requests.js - random requests from the OpenAPI document, some right, some bent,
 * in random order, with the ids, tags and tokens that earlier answers gave.
 * Proves: the document is whole: no status, header field or form of an answer that it does not have;
 * no 500, whatever comes. SEED=n repeats a run, REQUESTS=n sets how many.
 * Licence: Apache-2.0. */
const http = require('node:http');
const zlib = require('node:zlib');
const { test, assert, before, after } = require('./tiny');
const { Spec, Raw, write, facets, minimal, good, bad, UUID } = require('./spec');
const { Answers } = require('./answers');
const F = require('./forms');
const h = require('./harness');

const SEED = Number(process.env.SEED || Math.floor(Math.random() * 1e9));
const REQUESTS = Number(process.env.REQUESTS || 1000);

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let t, spec, answers, admin, adminId, pids;
const people = [];		/* users, and one whose token is nothing */
const tally = {};

/* An admin may have paused the queue: nobody waits long for a generation. */
before(async () => {
	t = await h.start({ env: { MEDIA_SYNC_WAIT: '5s', EMULATOR_FLAGS: '--video-seconds 1 --image-scale 0.05 --video-scale 0.05 --fsync 0' } });
	spec = new Spec((await t.api.get('/api/openapi.json')).must(200));
	answers = new Answers(spec);
	admin = await t.admin();
	adminId = (await admin.get('/api/users/profile')).must(200).id;
	people.push(await t.user(), await t.user());
	keep('projectId', await t.project());
	pids = await t.pids();
	console.log(`  SEED=${SEED}`);
});
after(() => {
	agent.destroy();
	console.log(`  statuses: ${Object.entries(tally).map(([k, v]) => `${k}: ${v}`).join(', ')}`);
});

/* ---- chance ---- */

let state = SEED >>> 0;
function chance() {	/* mulberry32 */
	state = (state + 0x6d2b79f5) >>> 0;
	let x = Math.imul(state ^ (state >>> 15), state | 1);
	x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
	return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
}
const often = (p) => chance() < p;
const pick = (list) => list[Math.floor(chance() * list.length)];
const number = (low, high) => low + chance() * (high - low);

/* ---- what was seen ---- */

const seen = new Map();		/* by name: id, projectId, refreshToken, operationId, gcsUri, … */
function keep(name, value) {
	if (!seen.has(name))
		seen.set(name, []);
	const list = seen.get(name);
	if (value !== adminId && !list.includes(value))
		list.push(value);
	if (list.length > 40)
		list.shift();
}

/* Takes what can be named later out of an answer. */
function remember(o, json, name = 'id') {
	if (typeof json === 'string' && (/^[0-9a-f-]{36}$/.test(json) || /(Token|Uri|Cursor|operationId)$/.test(name)))
		keep(name === 'id' ? `id of ${o.tag}` : name === 'nextCursor' ? 'cursor' : name === 'originalGcsUri' ? 'gcsUri' : name, json);
	else if (json && typeof json === 'object')
		for (const [k, v] of Object.entries(json))
			remember(o, v, Array.isArray(json) ? name : k);
}
const known = (name) => (seen.has(name) && seen.get(name).length > 0 ? pick(seen.get(name)) : undefined);

/* ---- values ---- */

/* One that the schema allows. */
function any(schema, name) {
	const f = facets(spec, schema);
	const old = known(name);
	if (old !== undefined && often(0.8))
		return old;
	if (f.type === 'object')
		return anyObject(f);
	if (f.type === 'array')
		return Array.from({ length: Math.floor(number(0, Math.min(3, f.maxItems + 1))) }, () => any(f.items, name));
	if (f.ranges && often(0.5)) {
		const [low, high] = pick(f.ranges);
		return f.type === 'integer' ? Math.floor(number(low, high + 1)) : number(low, high);
	}
	return pick(good(spec, schema, { heavy: false }))[1];
}

function anyObject(schema) {
	const s = spec.follow(schema), o = minimal(spec, s);
	for (const name of Object.keys(o))
		o[name] = any(s.properties[name], name);
	for (const name of Object.keys(s.properties))
		if (!(name in o) && often(0.15) && !(s.allOf || []).some((a) => a.oneOf.some((x) => x.required[0] === name)))
			o[name] = any(s.properties[name], name);
	return o;
}

/* Anything at all. */
function junk(depth = 0) {
	return pick([
		() => null, () => true, () => 0, () => -1, () => number(-1e9, 1e9), () => 1e308, () => '', () => ' ', () => 'x'.repeat(number(0, 3000)), () => UUID,
		() => '\u{1f600}\u202e\u0000', () => '../../etc/passwd', () => "'; drop table users; --", () => '%s%n', () => new Raw('1e999'), () => new Raw('"\\ud800"'),
		() => (depth < 4 ? [junk(depth + 1)] : []), () => (depth < 4 ? { a: junk(depth + 1) } : {}), () => known('gcsUri') || 'gs://b/o', () => '2026-02-30',
	])();
}

/* Bends a body. */
function bent(body, schema) {
	const names = Object.keys(spec.follow(schema).properties), name = pick(names) || 'x';
	return pick([
		() => write({ ...body, [name]: junk() }), () => write({ ...body, [name]: undefined }), () => write({ ...body, [pick(['x', '__proto__', 'Id', name.toUpperCase()])]: junk() }),
		() => (spec.follow(schema).properties[name] ? write({ ...body, [name]: (pick(bad(spec, spec.follow(schema).properties[name])) || [])[1] }) : '{'),
		() => write(body).slice(0, -Math.ceil(number(0, 5))), () => write(junk()), () => '', () => `${write(body)}${pick([' ', '\n', 'x', '{}'])}`, () => write([body]),
	])();
}

/* A form of files: one that is taken, or with something wrong in it. */
function anyForm() {
	const types = Object.keys(F.FILES);
	const file = () => ({ name: pick(['file', 'files', 'files', 'file', 'x']), filename: pick(['a.png', '', '../x', '\u{1f600}.mp4', null]),
		content: often(0.8) ? F.FILES[pick(types)](Math.floor(number(30, 5000))) : pick(['', '<html>', 'x']) });
	const form = F.form(...Array.from({ length: pick([1, 1, 1, 2, 3, 11, 0]) }, file));
	return often(0.8) ? form : form.subarray(0, Math.floor(number(0, form.length)));
}

function anyQuery(o) {
	const parts = o.query.filter((p) => p.required || often(0.3)).map((p) => `${p.name}=${encodeURIComponent(often(0.85) ? any(p.schema, p.name) : junkText())}`);
	if (often(0.03))
		parts.push(pick(['x=1', '=', '&', '%', 'page=1&page=1', 'limit=%00', '?']));
	return parts.length > 0 ? `?${parts.join('&')}` : '';
}
const junkText = () => pick(['', '-1', '0', '1e9', '999999999999', 'x', '\u{1f600}', 'null', '[]', 'ADMIN', '%', '_']);

function anyHeaders() {
	const all = {
		Accept: ['*/*', 'application/json', 'application/problem+json', 'text/html', 'application/*;q=0.1', 'q=;,', 'image/png, */*;q=0'],
		'Accept-Encoding': ['gzip', 'br', 'gzip, br;q=0', 'identity', '*', 'zstd'], 'If-None-Match': ['*', 'W/"0"', known('etag') || '"x"', '"', ',,'],
		'X-Request-Id': ['abc', 'x'.repeat(200), ' ', '\u00ff'], traceparent: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00-0-0-0', 'x'],
		Prefer: ['respond-async', 'wait=10', 'respond-async, wait=1', ';'], 'Idempotency-Key': ['a', 'b', 'c', 'x'.repeat(255), 'x'.repeat(256), 'a b', ''],
		Range: ['bytes=0-3', 'bytes=-5', 'bytes=9-1', 'bytes=0-0,2-3', 'pages=1', 'bytes=99999999-'], 'If-Range': ['"x"', known('etag') || 'W/"1"', 'Fri, 27 Nov 2026 00:00:00 GMT'],
		Origin: ['http://localhost:4200', 'https://evil.example', 'null'], 'Content-Type': ['text/plain', 'application/json; charset=latin1', 'multipart/form-data', 'application/json;charset=UTF-8'],
		'Content-Encoding': ['gzip'], Cookie: ['a=b'], 'X-HTTP-Method-Override': ['DELETE'], 'X-Forwarded-For': ['1.2.3.4'],
	};
	const rare = ['Content-Type', 'Content-Encoding', 'Accept', 'Idempotency-Key'];
	return Object.fromEntries(Object.entries(all).filter(([k]) => often(rare.includes(k) ? 0.05 : 0.08)).map(([k, v]) => [k, pick(v)]));
}

/* ---- one request ---- */

async function somebody(o) {
	if (often(0.05))
		return t.api;
	if (often(0.05))
		return t.api.as(pick(['x', 'a.b.c', people[0].token.slice(0, -2), known('refreshToken') || 'y']));
	if (o.isAdmin ? often(0.9) : often(0.1))
		return admin;
	return pick(people);
}

function decoded(r) {
	const how = r.headers['content-encoding'];
	if (r.body.length === 0)
		return r;
	if (how === 'gzip')
		r.body = zlib.gunzipSync(r.body);
	else if (how === 'br')
		r.body = zlib.brotliDecompressSync(r.body);
	return r;
}

async function step() {
	const o = pick(spec.operations);
	const who = await somebody(o);
	const id = () => (often(0.75) && known(`id of ${o.tag}`)) || (often(0.8) ? UUID : pick(['x', '%00', '..', '0', `${UUID}x`]));
	const ids = Object.fromEntries(o.ids.map((name) => [name, (name !== 'id' && known(name)) || id()]));
	const path = o.path.replace(/\{(\w+)\}/g, (_, name) => ids[name]) + anyQuery(o);
	let body;
	if (o.body) {
		const whole = anyObject(o.body);
		body = often(0.6) ? write(whole) : bent(whole, o.body);
	} else if (o.takes.includes('multipart/form-data')) {
		body = anyForm();
	} else if (often(0.03)) {
		body = '{"x":1}';
	}
	const method = o.method === 'GET' && often(0.1) ? 'HEAD' : o.method;
	const headers = { ...(Buffer.isBuffer(body) ? F.FORM_TYPE : {}), ...anyHeaders() };
	if (o.parameters.some((p) => p.name === 'Prefer') && often(0.9))
		headers.Prefer = 'respond-async';	/* the others take a while */
	const r = decoded(await who.send(method, path, body, headers, { agent, timeout: 30000 }));
	tally[r.status] = (tally[r.status] || 0) + 1;
	try {
		assert.ok(![500, 503, 504].includes(r.status), `${r.status}: ${r.text.slice(0, 300)}`);
		answers.check(o, r, { head: method === 'HEAD' });
		if (r.status >= 400 && r.json && typeof r.json.code !== 'number')	/* Engine.IO's own */
			assert.equal(r.json.requestId, r.headers['x-request-id']);
	} catch (e) {
		e.message = `${method} ${path} ${JSON.stringify(headers)} ${(body || '').toString('latin1').slice(0, 500)}: ${e.message}`;
		throw e;
	}
	if (r.headers.etag)
		keep('etag', r.headers.etag);
	if (r.status < 300 && o.tag !== 'docs')
		remember(o, r.json);
	if (r.status === 401 && people.includes(who))	/* deleted, logged out or otherwise gone */
		people[people.indexOf(who)] = await t.user();
	if (r.status === 401 && who === admin)
		admin = await t.admin();
}

test(`${REQUESTS} random requests`, async () => {
	for (let i = 0; i < REQUESTS; i++) {
		if (i % 100 === 99) {	/* what was there may be deleted meanwhile, and its own session ended */
			admin = await t.admin();
			keep('projectId', (await admin.post('/api/projects', { name: `Project ${i}` })).must(201).id);
		}
		await step().catch((e) => {
			e.message = `SEED=${SEED}, request ${i + 1}: ${e.message}`;
			throw e;
		});
	}
	const right = Object.entries(tally).filter(([s]) => s < 300).reduce((n, [, v]) => n + v, 0);
	assert.ok(right > REQUESTS / 10, `only ${right} of them were right: ${JSON.stringify(tally)}`);
}, { limit: 120 });

test('everything is still there', async () => {
	(await t.api.get('/readyz')).must(200);
	assert.deepEqual(t.linesWith('internal_error').map((l) => l.text).slice(0, 3), []);
	assert.deepEqual(await t.pids(), pids, 'a process was replaced');
});
