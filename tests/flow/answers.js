'use strict';
/* tests/flow/answers.js - holds answers against the OpenAPI document: status, header fields, media
 * type, schema. Needs npm modules (tests/npm), which it fetches where they are missing.
 * Licence: Apache-2.0. */
const path = require('node:path');
const { createRequire } = require('node:module');
const { execFileSync } = require('node:child_process');
const assert = require('node:assert/strict');

const ROOT = path.resolve(__dirname, '../..');

let fromNpm;
/* A module of tests/npm/package.json. */
function npm(name) {
	if (!fromNpm) {
		execFileSync(path.join(ROOT, 'tests/npm/install.sh'), { stdio: ['ignore', 'inherit', 'inherit'] });
		fromNpm = createRequire(path.join(ROOT, 'build/npm/tests/package.json'));
	}
	return fromNpm(name);
}
/* Likewise one that can only be imported. */
function npmImport(name) {
	npm('ajv');
	return import(fromNpm.resolve(name));
}

/* What a client must be ready for the server may add to; here a field that no table has is drift. */
function strict(schema) {
	if (schema && typeof schema === 'object') {
		if (schema.type === 'object' && schema.properties && schema.additionalProperties === undefined)
			schema.additionalProperties = false;
		Object.values(schema).forEach(strict);
	}
	return schema;
}

class Answers {
	constructor(spec) {
		const Ajv = npm('ajv/dist/2020');
		this.ajv = new Ajv({ strict: false, allErrors: true });
		npm('ajv-formats')(this.ajv);
		this.spec = spec;
		this.ajv.addSchema({ $id: 'http://api/', components: strict(structuredClone(spec.document.components)) });
		this.made = new Map();
	}
	/* A validator of a schema of the document. */
	of(schema) {
		const key = JSON.stringify(schema);
		if (!this.made.has(key))
			this.made.set(key, this.ajv.compile(strict(JSON.parse(key.replaceAll('"#/', '"http://api/#/')))));
		return this.made.get(key);
	}
	/* Does an answer of an operation keep to the document? */
	check(o, r, { head = false } = {}) {
		const told = o.answers(r.status);
		assert.ok(told, `${o.method} ${o.path}: ${r.status} is not in the document: ${r.text.slice(0, 300)}`);
		for (const name of Object.keys(r.headers).filter((n) => /^(ratelimit|retry-after|location|etag|www-auth|allow$|idempotent|x-request-id)/.test(n)))
			assert.ok(Object.keys(told.headers || {}).some((n) => n.toLowerCase() === name), `${o.method} ${o.path} ${r.status}: ${name} is not in the document`);
		if (!told.content || head) {
			assert.equal(r.body.length, 0, `${o.method} ${o.path}: a body with ${r.status}`);
			return;
		}
		const type = (r.headers['content-type'] || '').split(';')[0];
		assert.ok(told.content[type], `${o.method} ${o.path}: ${r.status} comes as ${type}, not as ${Object.keys(told.content)}`);
		if (told.content[type].schema)
			this.fits(told.content[type].schema, r.json, `${o.method} ${o.path}: ${r.status}`);
	}
	fits(schema, value, what) {
		const valid = this.of(schema);
		assert.ok(valid(value), `${what}: ${JSON.stringify(valid.errors && valid.errors.slice(0, 3).map((e) => [e.instancePath, e.message, e.params]))}: ${JSON.stringify(value).slice(0, 600)}`);
	}
}

module.exports = { Answers, npm, npmImport };
