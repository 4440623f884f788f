'use strict';
/* tests/flow/spec.js - an OpenAPI document as the tests read it: its operations, their schemas, and
 * the values that lie at, below and above what a schema allows.
 * Licence: Apache-2.0. */

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

class Spec {
	constructor(document) {
		this.document = document;
		this.operations = [];
		for (const [path, item] of Object.entries(document.paths))
			for (const method of METHODS)
				if (item[method])
					this.operations.push(new Operation(this, method.toUpperCase(), path, item[method]));
	}
	/* What a $ref leads to, or the thing itself. */
	follow(x) {
		while (x && x.$ref)
			x = x.$ref.split('/').slice(1).reduce((at, k) => at[k.replace(/~1/g, '/').replace(/~0/g, '~')], this.document);
		return x;
	}
	operation(id) {
		return this.operations.find((o) => o.id === id);
	}
}

class Operation {
	constructor(spec, method, path, o) {
		const content = o.requestBody && spec.follow(o.requestBody).content;
		Object.assign(this, { spec, method, path, id: o.operationId, responses: o.responses, tag: o.tags[0] });
		this.isPublic = o.security.length === 0;
		this.isAdmin = /admins/.test(o.description);
		this.takes = content ? Object.keys(content) : [];
		this.body = content && content['application/json'] ? spec.follow(content['application/json'].schema) : null;
		this.parameters = (o.parameters || []).map((p) => spec.follow(p));
		this.query = this.parameters.filter((p) => p.in === 'query');
		this.ids = this.parameters.filter((p) => p.in === 'path').map((p) => p.name);
	}
	answers(status) {
		return this.spec.follow(this.responses[status]);
	}
	/* The path with ids in the place of its parameters. */
	at(ids) {
		return this.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(ids[name] ?? ids.any));
	}
}

/* ---- what a schema allows ---- */

/* One view of the forms that our schemas have: { type, nullable, … }. */
function facets(spec, schema) {
	const s = spec.follow(schema);
	if (s.anyOf && s.anyOf.some((x) => x.type === 'null')) {
		const other = s.anyOf.find((x) => x.type !== 'null');
		return { ...facets(spec, other), nullable: true };
	}
	const types = [s.type].flat();
	const f = { ...s, type: types.find((t) => t !== 'null'), nullable: types.includes('null') };
	if (s.enum)
		f.enum = s.enum.filter((v) => v !== null);
	if (s.anyOf)
		f.ranges = s.anyOf.map((r) => [r.minimum, r.maximum]);
	else if (s.minimum !== undefined)
		f.ranges = [[s.minimum, s.maximum]];
	return f;
}

const UUID = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
let fresh = 0;

const SAMPLES = {	/* patterns: a text of n characters that has it */
	'^[a-z][a-z0-9-]{4,28}[a-z0-9]$': (n) => 'p'.repeat(n),
	'^[A-Za-z0-9][A-Za-z0-9._@-]*$': (n) => 'm'.repeat(n),
	'^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*$': (n) => ('en' + '-abcdefgh'.repeat(9)).slice(0, n),
};
const STARTS = [	/* likewise, by how they start */
	['^(?!.*/\\.\\./)gs://', (n) => 'gs://b/o'.padEnd(n, 'o')],
	['^https?://', (n) => 'https://h.test/'.padEnd(n, 'o')],
	['^gs://', (n) => 'gs://b/o'.padEnd(n, 'o')],
	['^(?:[A-Za-z0-9+/]{4})*', (n) => 'AAAA'.repeat(Math.ceil(n / 4))],
	['^[0-9]{4}-[01]', (n) => (n < 16 ? '2026-01-02' : n < 35 ? '2026-01-02T03:04' : '2026-01-02T03:04:05.123456789+01:00')],
	['^(?=[^]*[A-Z])', (n) => 'Xq7-'.repeat(Math.ceil(n / 4)).slice(0, n)],
	['[^\\s', (n) => 'x'.repeat(n)],
];

/* A text of about n characters that the schema allows. */
function text(f, n) {
	if (f.format === 'uuid')
		return UUID;
	if (f.format === 'email') {
		const local = `u${Date.now().toString(36)}${(fresh++).toString(36)}`;
		const domain = n < 100 ? 'studio.test' : `${'d'.repeat(63)}.${'e'.repeat(63)}.${'f'.repeat(61)}`;
		return `${n < 100 ? local : local.padEnd(64, 'u')}@${domain}`;
	}
	if (!f.pattern)
		return 'x'.repeat(n);
	const sample = SAMPLES[f.pattern] || (STARTS.find(([start]) => f.pattern.startsWith(start)) || [])[1];
	if (sample)
		return sample(n);
	const letters = /^\^\[(\w)[^\]]*\][*+]\$$/.exec(f.pattern);	/* a text of some kinds of letters */
	if (letters)
		return letters[1].repeat(n);
	if (f.examples)
		return f.examples[0];
	throw new Error(`no sample for the pattern ${f.pattern}: give it one in spec.js`);
}

/* A value that the schema allows; objects with what they must have. */
function sample(spec, schema) {
	const f = facets(spec, schema);
	if (f.enum)
		return f.enum[0];
	switch (f.type) {
	case 'string':
		return text(f, Math.max(f.minLength || 0, Math.min(8, f.maxLength)));
	case 'integer':
	case 'number':
		return f.ranges[0][0];
	case 'boolean':
		return true;
	case 'array':
		return [sample(spec, f.items)];
	default:
		return minimal(spec, f);
	}
}

/* An object with its required fields, and the first of each `oneOf`. */
function minimal(spec, schema) {
	const s = spec.follow(schema), o = {};
	const names = [...(s.required || []), ...(s.allOf || []).map((a) => (a.oneOf || a.anyOf)[0].required).flat()];
	for (const name of names)
		o[name] = sample(spec, s.properties[name]);
	return o;
}

/* ---- at, below and above ---- */

/* JSON text that no value of ours would be written as. */
class Raw {
	constructor(json) {
		this.json = json;
	}
}

function write(v) {
	const raws = [];
	const json = JSON.stringify(v, (_, x) => (x instanceof Raw ? `@raw${raws.push(x.json) - 1}@` : x));
	return json.replace(/"@raw(\d+)@"/g, (_, i) => raws[Number(i)]);
}

const nested = (n) => new Raw('['.repeat(n) + ']'.repeat(n));
const ODD = {	/* texts that are fine, however odd */
	combining: 'e\u0301\u0323'.repeat(3), 'right to left': '\u202e\u05d0\u0628\u200f abc', 'four bytes': '\u{1f600}\u{10ffff}x',
	'a BOM': '\ufeffx', 'a control character': 'a\u0001b\u007f', 'line separators': 'a\u2028b\u2029',
};

/* Values at the edges: [what, value]. All of them must pass the checks. */
function good(spec, schema, { heavy = true } = {}) {
	const f = facets(spec, schema), out = [];
	if (f.nullable)
		out.push(['null', null]);
	if (f.enum)
		return [...out, ...f.enum.map((v) => [`"${v}"`, v]), ...(f['x-any-case'] ? f.enum.map((v) => ['another case', v.toUpperCase() === v ? v.toLowerCase() : v.toUpperCase()]) : [])];
	if (f.type === 'string') {
		const max = f['x-max-bytes'] || f.maxLength;
		out.push(['the shortest', text(f, f.minLength || 0)]);
		if (heavy || max < 100000)
			out.push(['the longest', text(f, max)]);
		if (!f.format && (!f.pattern || f.pattern.startsWith('[^\\s'))) {
			for (const [what, v] of Object.entries(ODD))
				out.push([what, v]);
			if (!f['x-max-bytes'])
				out.push(['the longest, of four bytes each', '\u{1f600}'.repeat(f.maxLength)]);
			else
				out.push(['the longest in bytes', 'é'.repeat(max / 2)]);
		}
	} else if (f.ranges) {
		for (const [low, high] of f.ranges)
			out.push(['the least', low], ['the most', high], ...(Number.isInteger(low) ? [['the least as a float', new Raw(`${low}.0`)]] : []));
	} else if (f.type === 'boolean') {
		out.push(['true', true], ['false', false]);
	} else if (f.type === 'array') {
		out.push(['none', []], ['the most', Array.from({ length: f.maxItems }, () => sample(spec, f.items))]);
	} else {
		out.push(['the least', minimal(spec, f)]);
	}
	return out;
}

/* Values beyond them: [what, value, code of the answer]. None may pass. */
function bad(spec, schema, { required = false } = {}) {
	const f = facets(spec, schema);
	const wrong = { string: ['x'], integer: [5], number: [5], boolean: [true], array: [[]], object: [{}] };
	const like = f.type === 'number' ? ['number', 'integer'] : [f.type];
	const out = [];
	const V = 'VALIDATION_ERROR', J = 'BAD_JSON';
	if (required || !f.nullable)
		out.push(['null', null, V]);
	for (const [type, values] of Object.entries(wrong))
		if (!like.includes(type) && !(type === 'number' && f.type === 'integer'))
			out.push(...values.map((v) => [`${type} for ${f.type}`, v, V]));
	out.push(['thirty lists', nested(28), f.type === 'array' ? null : V], ['nested too deep', nested(40), J],
		['a number out of range', new Raw('1e999'), V, null], ['a huge integer', new Raw('9'.repeat(60)), V, null],
		['half a surrogate pair', new Raw('"a\\ud800"'), J], ['the other half', new Raw('"\\udc00a"'), J], ['swapped halves', new Raw('"\\udc00\\ud800"'), J],
		['a raw control character', new Raw('"a\u0001"'), J], ['no JSON', new Raw('NaN'), J], ['a bad escape', new Raw('"\\x41"'), J]);
	if (f.type === 'string')
		out.push(['NUL', 'a\u0000b', V], ['NUL alone', '\u0000', V], ['NUL at the end', `${sample(spec, f)}\u0000`, V]);
	if (f.enum)
		return [...out, ...['nonsense', '', `${f.enum[0]} `, ` ${f.enum[0]}`, f.enum.join('|'), ...(f['x-any-case'] ? [] : [f.enum[0] === f.enum[0].toLowerCase() ? f.enum[0].toUpperCase() : f.enum[0].toLowerCase()])]
			.filter((v) => !f.enum.includes(v)).map((v) => [`"${v}"`, v, V])].filter(([, , code]) => code);
	if (f.type === 'string') {
		const max = f['x-max-bytes'] || f.maxLength;
		if (max < 100000)
			out.push(['one too long', f.format === 'uuid' || f.format === 'email' ? `x${text(f, max)}` : longer(f, max), V]);
		if (f.minLength > 0)
			out.push(['empty', '', V]);
		if (f.minLength > 1)
			out.push(['one too short', text(f, f.minLength).slice(0, f.minLength - 1), V]);
		if (f['x-max-bytes'])
			out.push(['one byte too long', `${'é'.repeat(max / 2)}x`, V]);
		if (f.pattern && f.pattern.startsWith('[^\\s'))
			out.push(...[' ', '\t\r\n', '\u00a0\u3000', '\u200b'].map((v) => ['blank', v, V]));
		else if (f.pattern || f.format)
			out.push(...[' '.repeat(f.minLength || 1), '\u{1f600}'.repeat(f.minLength || 1), `${sample(spec, f)}\n`].filter((v) => f.format !== 'password' && !(f.pattern && new RegExp(f.pattern, 'u').test(v))).map((v) => ['another form', v, V]));
	} else if (f.ranges) {
		const low = Math.min(...f.ranges.map((r) => r[0])), high = Math.max(...f.ranges.map((r) => r[1]));
		const step = f.type === 'integer' ? 1 : 0.01;
		out.push(['below', low - step, V], ['above', high + step, V], ['far below', -1e300, V], ['far above', 1e300, V], ...(4294967296 + low > high ? [['beyond 32 bits', 4294967296 + low, V]] : []), ['beyond 63 bits', new Raw('9223372036854775808'), V, null]);
		for (let i = 1; i < f.ranges.length; i++)
			out.push(['between', (f.ranges[i - 1][1] + f.ranges[i][0]) / 2, V]);
		if (f.type === 'integer')
			out.push(['a fraction', low + 0.5, V]);
	} else if (f.type === 'array') {
		out.push(['one too many', Array.from({ length: f.maxItems + 1 }, () => sample(spec, f.items)), V]);
	}
	return out.filter(([, , code]) => code);
}

/* A text over the bound that is right but for its length. */
function longer(f, max) {
	const t = text(f, max);
	return f.pattern && f.pattern.startsWith('^(?:[A-Za-z0-9+/]{4})') ? `${t}AAAA` : `${t}${t.at(-1)}`;
}

module.exports = { Spec, Raw, write, facets, sample, minimal, good, bad, nested, UUID };
