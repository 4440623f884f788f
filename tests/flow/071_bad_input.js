'use strict';
/* tests/flow/071_bad_input.js - every field of every body and query at, below and above its bounds,
 * missing, null, of every wrong type, in odd Unicode, nested and doubled: made from the server's own
 * OpenAPI document, over a few connections that stay open.
 * Proves: contract 1 (strict validation, 400 with every field named, BAD_JSON) and design "every
 * input is hostile": never a 5xx, never a hang, what the document allows is not refused as malformed.
 * Licence: Apache-2.0. */
const http = require('node:http');
const { test, assert, before, after, SLOW } = require('./tiny');
const { Response, mustFail, isEndless } = require('./client');
const { Spec, Raw, write, facets, sample, minimal, good, bad, nested, UUID } = require('./spec');
const h = require('./harness');

const CONNECTIONS = 8, LIMIT_MS = 10000 * SLOW;
/* What body_check says; other 400s are of those who know more (the tables of models, a password's list). */
const CHECKS = ['isNotEmpty', 'minLength', 'maxLength', 'isIn', 'isUuid', 'isEmail', 'matches', 'isStrongPassword', 'isString', 'isText', 'isInt', 'isNumber',
	'range', 'min', 'max', 'isBoolean', 'isObject', 'isArray', 'arrayMaxSize', 'whitelistValidation', 'oneOf'];

const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
let t, spec, user, admin, project, pids;
let cases = 0, accepted = 0, connections = 0;

before(async () => {
	t = await h.start({ env: { EMULATOR_FLAGS: '--video-seconds 1 --image-scale 0.05 --video-scale 0.05 --fsync 0' } });	/* small pictures: they are not what is looked at */
	spec = new Spec((await t.api.get('/api/openapi.json')).must(200));
	user = await t.user();
	admin = await t.admin();
	project = await t.project();
	pids = await t.pids();
});
after(() => {
	agent.destroy();
	console.log(`  ${cases} cases of bad input, ${accepted} of them at a bound and let through, over ${connections} connections`);
});

/* One request of a kept connection. */
function send(method, path, body, headers) {
	return new Promise((yes, no) => {
		const rq = http.request({ agent, host: '127.0.0.1', port: t.port, method, path, headers, timeout: LIMIT_MS }, (rs) => {
			const parts = [];
			rs.on('data', (d) => {
				parts.push(d);
				if (isEndless(rs.headers)) {
					yes(new Response(rs.statusCode, rs.headers, d, rs.httpVersion));
					rq.destroy();
				}
			});
			rs.on('error', no);
			rs.on('end', () => yes(new Response(rs.statusCode, rs.headers, Buffer.concat(parts), rs.httpVersion)));
		});
		rq.on('socket', (s) => { if (!s.seen) { s.seen = true; connections++; } });
		rq.on('timeout', () => rq.destroy(new Error(`no answer in ${LIMIT_MS} ms: it hangs`)));
		rq.on('error', no);
		rq.end(body);
	});
}

function headersOf(o, more) {
	const who = o.isPublic ? null : o.isAdmin ? admin : user;
	return { ...(who ? { Authorization: `Bearer ${who.token}` } : {}), ...more };
}

/* A case: { what, o, path, body (text or bytes), code, field }; code null: it must pass the checks. */
async function run(c) {
	const body = c.body === undefined ? undefined : Buffer.from(c.body);
	const headers = headersOf(c.o, { Prefer: 'respond-async', ...(body ? { 'Content-Type': 'application/json', 'Content-Length': body.length } : {}) });
	const r = await send(c.o.method, c.path, body, headers);
	cases++;
	try {
		if (c.code) {
			const j = mustFail(r, c.status || 400, c.code, c.field && !c.among ? { field: c.field } : {});
			assert.ok(!c.among || !c.field || j.errors.some((e) => e.field === c.field), `${c.field} is not named: ${r.text}`);
		}
		if (!c.code)
			mustPass(c, r);
	} catch (e) {
		e.message = `${c.o.method} ${c.path.slice(0, 200)}: ${c.what}: ${(c.body || '').toString().slice(0, 300)}: ${e.message.replace(/\s+/g, ' ')}`;
		throw e;
	}
}

function mustPass(c, r) {
	accepted++;
	assert.ok(c.o.answers(r.status), `${r.status} is not in the document: ${r.text.slice(0, 300)}`);
	assert.ok(r.status < 500 || r.status === 502, `${r.status}: ${r.text.slice(0, 300)}`);
	const told = r.status === 400 ? (r.json.errors || []).filter((e) => CHECKS.includes(e.code)) : [];
	assert.deepEqual(told, [], 'refused although the document allows it');
	assert.notEqual(r.json && r.json.code, 'BAD_JSON');
}

/* All of them, some at a time; the first of the problems are told. */
async function runAll(list) {
	const problems = [];
	let at = 0;
	await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
		while (at < list.length && problems.length < 20)
			await run(list[at++]).catch((e) => problems.push(e.message));
	}));
	assert.ok(problems.length === 0, problems.join('\n'));
}

/* ---- bodies ---- */

/* What makes a request meaningful: a project that is there. */
function baseOf(o) {
	const body = minimal(spec, o.body);
	if (body.projectId)
		body.projectId = project;
	return body;
}

/* Every field below a schema, with the way to it: [[name, index, …], schema, required, siblings]. */
function* fieldsOf(schema, way = [], depth = 0) {
	const s = spec.follow(schema);
	for (const [name, field] of Object.entries(s.properties || {})) {
		const f = facets(spec, field);
		yield [[...way, name], field, (s.required || []).includes(name), s];
		if (depth < 3 && f.type === 'object')
			yield* fieldsOf(f, [...way, name], depth + 1);
		if (depth < 3 && f.type === 'array')
			yield* fieldsOf(f.items, [...way, name, 0], depth + 1);
	}
}

/* A body with a value at the end of a way; what lies on it is there as its schema asks. */
function bodyWith(o, way, value) {
	const body = baseOf(o);
	let at = body, schema = o.body;
	way.forEach((key, i) => {
		const last = i === way.length - 1;
		const s = spec.follow(schema);
		const f = typeof key === 'number' ? facets(spec, s.items) : facets(spec, s.properties[key]);
		if (typeof key === 'string')
			clearRivals(s, at, key);
		if (last)
			at[key] = value;
		else
			at[key] = f.type === 'array' ? [] : at[key] && typeof at[key] === 'object' ? at[key] : minimal(spec, f);
		at = at[key];
		schema = f;
	});
	return body;
}

/* The other name of a field, or the other of two: only one may be there. */
function clearRivals(schema, at, key) {
	for (const a of schema.allOf || []) {
		const names = (a.oneOf || []).map((x) => x.required[0]);
		if (names.includes(key))
			for (const n of names.filter((x) => x !== key))
				delete at[n];
	}
}

const rivals = (schema, key) => (schema.allOf || []).some((a) => (a.oneOf || []).some((x) => x.required[0] === key));
const seenLarge = new Set();

function casesOf(o, way, schema, required, owner) {
	const list = [], path = o.at({ any: UUID });
	const f = facets(spec, schema);
	const name = [...way.slice(0, -1), f['x-alias-of'] || way.at(-1)].join('.');	/* problems name the field's first name */
	const make = (value) => write(bodyWith(o, way, value));
	const rival = rivals(owner, way.at(-1));
	const first = f.maxLength < 100000 || !seenLarge.has(way.at(-1));
	seenLarge.add(way.at(-1));
	for (const [what, value, code, field] of bad(spec, schema, { required })) {
		const named = code === 'VALIDATION_ERROR' && field !== null;
		if (rival && value === null)
			continue;	/* it is the other one that is asked for then */
		list.push({ what: `${name}: ${what}`, o, path, body: make(value), code, field: named ? name : undefined, among: rival });
	}
	const some = JSON.stringify(sample(spec, schema));
	list.push({ what: `${name}: twice`, o, path, body: make(new Raw(`${some},${JSON.stringify(way.at(-1))}:${some}`)), code: 'BAD_JSON' },
		{ what: `${name}: an unknown neighbour`, o, path, body: make(new Raw(`${some},"${way.at(-1)}s_":1`)), code: 'VALIDATION_ERROR', field: [...way.slice(0, -1), `${way.at(-1)}s_`].join('.'), among: true });
	for (const [what, value] of good(spec, schema, { heavy: first }))
		if (!(rival && value === null))
			list.push({ what: `${name}: ${what}`, o, path, body: make(value), code: null });
	return list;
}

/* The object around a field: what is missing, unknown, doubled, or no object. */
function casesAround(o) {
	const path = o.at({ any: UUID }), base = baseOf(o), text = write(base);
	const V = 'VALIDATION_ERROR', J = 'BAD_JSON', list = [];
	const add = (what, body, code, field, status) => list.push({ what, o, path, body, code, field, status });
	for (const name of o.body.required || [])
		add(`without ${name}`, write({ ...base, [name]: undefined }), V, name);
	for (const name of ['not-a-field', '__proto__', 'constructor', '\u202eid', 'Ｐrompt', ' ', 'a.b', '\u{1f600}', 'x'.repeat(90)])
		add(`unknown ${name}`, text.replace(/}$/, `${text === '{}' ? '' : ','}${JSON.stringify(name)}:1}`), V, name);
	for (const name of Object.keys(o.body.properties).slice(0, 3))
		add(`${name} in another case`, text.replace(/}$/, `${text === '{}' ? '' : ','}${JSON.stringify(` ${name.toUpperCase()}`)}:1}`), V, ` ${name.toUpperCase()}`);
	const again = Object.keys(base)[0];
	if (again)
		add('a name twice', text.replace(/}$/, `,${JSON.stringify(again)}:${JSON.stringify(base[again])}}`), J);
	for (const [what, body] of [['a list', '[]'], ['a text', '"x"'], ['a number', '1'], ['null', 'null'], ['true', 'true'], ['half of it', text.slice(0, -1)],
		['two of it', `${text} ${text}`], ['a comma more', text.replace(/}$/, ',}')], ['a comment', `/**/${text}`], ['a BOM', `\ufeff${text}`],
		['single quotes', "{'a':1}"], ['a NUL in a name', '{"a\\u0000":1}'], ['a NUL byte', Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0, 0x7d])])],
		['no UTF-8', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])],
		['overlong UTF-8', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')])],
		['UTF-16', Buffer.from(text, 'utf16le')], ['32 deep', write({ a: nested(32) })], ['100000 deep', '['.repeat(100000)]])
		add(what, body, J);
	if ((o.body.required || []).length > 0)
		add('{}', '{}', V);
	return list;
}

/* ---- queries ---- */

function queryCases(o, p) {
	const f = facets(spec, p.schema), list = [];
	const others = o.query.filter((x) => x.required && x.name !== p.name).map((x) => `${x.name}=${encodeURIComponent(minimalText(x))}`);
	const at = (text) => `${o.at({ any: UUID })}?${[...others, text].join('&')}`;
	const add = (what, value, code, field = p.name) => list.push({ what: `${p.name}: ${what}`, o, path: at(value), code, field });
	const values = (v) => `${p.name}=${encodeURIComponent(v)}`;
	const V = 'VALIDATION_ERROR';
	for (const [what, v] of good(spec, p.schema))
		if (!(v instanceof Raw) && encodeURIComponent(v).length < 8000)
			add(what, values(v), null);
	for (const [what, v, code] of bad(spec, p.schema))
		if (!(v instanceof Raw) && v !== null && typeof v !== 'object' && code === V && !['NUL', 'NUL alone', 'NUL at the end', 'empty'].includes(what) &&
		    (f.type !== 'string' || typeof v === 'string') && encodeURIComponent(v).length < 8000 && !(f.enum && v === ''))
			add(what, values(v), V);
	if (f.type === 'integer')
		for (const v of ['1.5', '1e2', '0x10', '9'.repeat(40), '+1', '--1', '1 ', ' 1', '١', '1,2', 'NaN', '-0x1'])
			add(v, values(v), V);
	if (f.type === 'boolean')
		for (const v of ['yes', '1', 'TRUE', 'truefalse'])
			add(v, values(v), V);
	for (const v of [`${p.name}=%00`, `${p.name}=a%00b`, `${p.name}=%ff`, `${p.name}=%c0%af`, `${p.name}=%ed%a0%80`, `${p.name}=%`, `${p.name}=%zz`, `${values(1)}&${values(1)}`])
		add(v, v, V, null);
	const own = p.required ? `${values(minimalText(p))}&` : '';
	add('another beside it', `${own}not-a-field=1`, V, 'not-a-field');
	add('in another case', `${own}${p.name.toUpperCase()}X=1`, V, `${p.name.toUpperCase()}X`);
	return list;
}

function minimalText(p) {
	return String(good(spec, p.schema).find(([, v]) => v !== null)[1]);
}

/* ---- the tests ---- */

test('every field of every body', async () => {
	const list = [];
	for (const o of spec.operations.filter((x) => x.body)) {
		list.push(...casesAround(o));
		for (const [way, schema, required, owner] of fieldsOf(o.body))
			list.push(...casesOf(o, way, schema, required, owner));
	}
	assert.ok(list.length > 3000, `only ${list.length} cases`);
	await runAll(list);
}, { limit: 60 });

test('every field of every query', async () => {
	const list = spec.operations.flatMap((o) => o.query.flatMap((p) => queryCases(o, p)));
	assert.ok(list.length > 100, `only ${list.length} cases`);
	await runAll(list);
}, { limit: 60 });

test('ids in paths that are none', async () => {
	const odd = ['x', UUID.slice(1), `${UUID}0`, UUID.replace(/-/g, ''), `{${UUID}}`, '%00', '%2e%2e', '..%2f', '\u{1f600}', UUID.replace(/0/g, 'g'), ' ', '-1', `${UUID}%00`, 'x'.repeat(2000)];
	await runAll(spec.operations.filter((o) => o.ids.length > 0).flatMap((o) => odd.map((v) =>
		({ what: `id ${v.slice(0, 40)}`, o, path: o.path.replace(/\{\w+\}/g, v.startsWith('%') || v.includes('%') ? v : encodeURIComponent(v)), body: o.body ? '{}' : undefined, code: 'NOT_FOUND', status: 404 }))));
});

test('nobody fell over', async () => {
	assert.deepEqual(await t.pids(), pids, 'a process was replaced');
	assert.ok(connections < cases / 20, `${connections} connections for ${cases} cases: they did not stay open`);
	(await t.api.get('/readyz')).must(200);
	assert.deepEqual(t.linesWith('internal_error').map((l) => l.text).slice(0, 3), []);
});
