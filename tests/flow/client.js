'use strict';
/* tests/flow/client.js - HTTP as the tests speak it: HTTP/1.1 and HTTP/2, plain and TLS.
 * A response is { status, headers, body (Buffer), text, json, http (version) }; `json` is
 * undefined where the body is none.
 * Licence: Apache-2.0. */
const http = require('node:http');
const https = require('node:https');
const http2 = require('node:http2');
const assert = require('node:assert/strict');

class Response {
	constructor(status, headers, body, version) {
		this.status = status;
		this.headers = headers;
		this.body = body;
		this.http = version;
	}
	get text() {
		return this.body.toString('utf8');
	}
	get json() {
		try {
			return JSON.parse(this.text);
		} catch {
			return undefined;
		}
	}
	/* The JSON of a response that must have this status. */
	must(status, what = '') {
		assert.equal(this.status, status, `${what} status ${this.status}, not ${status}: ${this.text.slice(0, 600)}`);
		return this.json;
	}
}

/* A stream of events that nobody knows the end of: its answer is the head and what came first (all of it: sse.js). */
const isEndless = (headers) => /^text\/event-stream/.test(headers['content-type'] || '') && headers['content-length'] === undefined;

/* One request over HTTP/1.1; `url` decides whether with TLS. The certificate of the
 * development profile is signed by nobody: tests that mean TLS look at it themselves. */
function request1(url, { method = 'GET', headers = {}, body, agent = false, timeout = 90000 } = {}) {
	return new Promise((yes, no) => {
		const u = new URL(url);
		const mod = u.protocol === 'https:' ? https : http;
		const rq = mod.request(u, { method, headers, agent, timeout, rejectUnauthorized: false }, (rs) => {
			const parts = [];
			rs.on('data', (d) => {
				parts.push(d);
				if (isEndless(rs.headers)) {
					yes(new Response(rs.statusCode, rs.headers, d, rs.httpVersion));
					rq.destroy();
				}
			});
			rs.on('error', no);
			rs.on('aborted', () => no(Object.assign(new Error('answer cut'), { code: 'ECONNRESET' })));
			rs.on('end', () => yes(new Response(rs.statusCode, rs.headers, Buffer.concat(parts), rs.httpVersion)));
		});
		rq.on('timeout', () => rq.destroy(Object.assign(new Error(`no answer in ${timeout} ms: ${method} ${url}`), { code: 'ETIMEDOUT' })));
		rq.on('error', no);
		rq.end(body);
	});
}

/* A connection of HTTP/2, opened when first used and again after it was lost. */
class Http2 {
	constructor(origin) {
		this.origin = origin;
	}
	session() {
		if (!this.s || this.s.closed || this.s.destroyed) {
			this.s = http2.connect(this.origin, { rejectUnauthorized: false });
			this.s.on('error', () => {});
		}
		return this.s;
	}
	request(path, { method = 'GET', headers = {}, body, timeout = 90000 } = {}) {
		return new Promise((yes, no) => {
			const lower = {};
			for (const [k, v] of Object.entries(headers))
				lower[k.toLowerCase()] = v;
			const st = this.session().request({ ':method': method, ':path': path, ...lower }, { endStream: body === undefined });
			const parts = [];
			let head = {};
			st.setTimeout(timeout, () => st.destroy(new Error(`no answer in ${timeout} ms: ${method} ${path}`)));
			st.on('response', (h) => { head = h; });
			st.on('data', (d) => {
				parts.push(d);
				if (isEndless(head)) {
					yes(new Response(head[':status'], head, d, '2.0'));
					st.close();
				}
			});
			st.on('error', no);
			st.on('end', () => yes(new Response(head[':status'], head, Buffer.concat(parts), '2.0')));
			if (body !== undefined)
				st.end(body);
		});
	}
	close() {
		if (this.s)
			this.s.destroy();
	}
}

/* The API as one user sees it. `via` is 'http' (a URL) or an Http2. */
class Api {
	constructor(via, token = null, headers = {}) {
		this.via = via;
		this.token = token;
		this.headers = headers;
	}
	as(token, headers = {}) {
		return new Api(this.via, token, { ...this.headers, ...headers });
	}
	send(method, path, body, headers = {}, options = {}) {
		const h = { ...this.headers };
		let bytes;
		if (body !== undefined) {
			h['Content-Type'] = 'application/json';
			bytes = typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
			if (!(this.via instanceof Http2))
				h['Content-Length'] = bytes.length;
		}
		if (this.token)
			h.Authorization = `Bearer ${this.token}`;
		for (const [k, v] of Object.entries(headers)) {
			for (const old of Object.keys(h))
				if (old.toLowerCase() === k.toLowerCase())
					delete h[old];
			if (v !== null)
				h[k] = v;
		}
		const o = { method, headers: h, body: bytes, ...options };
		return this.via instanceof Http2 ? this.via.request(path, o) : request1(this.via + path, o);
	}
	get(path, headers, options) {
		return this.send('GET', path, undefined, headers, options);
	}
	post(path, body, headers, options) {
		return this.send('POST', path, body, headers, options);
	}
}

/* An error answer as the contract's section 1 has it, to the letter. Returns its JSON. */
const ERROR_KEYS = ['statusCode', 'timestamp', 'path', 'message', 'code', 'errors', 'requestId'];
function mustFail(r, status, code, { field, path } = {}) {
	const j = r.must(status, `wanted ${status} ${code};`);
	assert.ok(j, `an error without JSON: ${r.text.slice(0, 200)}`);
	assert.match(r.headers['content-type'], /^application\/json\b/);
	assert.deepEqual(Object.keys(j), ERROR_KEYS);
	assert.equal(j.statusCode, status);
	assert.equal(j.code, code);
	assert.match(j.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
	assert.ok(Math.abs(Date.now() - Date.parse(j.timestamp)) < 60000, `timestamp ${j.timestamp} is not now`);
	assert.equal(typeof j.message, 'string');
	assert.ok(j.message.length > 0);
	assert.equal(j.requestId, r.headers['x-request-id']);
	if (path !== undefined)
		assert.equal(j.path, path);
	if (j.errors !== null) {
		assert.ok(Array.isArray(j.errors) && j.errors.length > 0, 'errors is a list or null');
		for (const e of j.errors)
			assert.deepEqual(Object.keys(e), ['field', 'code', 'message']);
	}
	if (field !== undefined) {
		assert.ok(j.errors, `no errors listed: ${r.text}`);
		assert.deepEqual([...new Set(j.errors.map((e) => e.field))].sort(), [field].flat().sort());
	}
	if (status === 401)
		assert.match(r.headers['www-authenticate'] || '', /^Bearer\b/);
	if (status === 503 || status === 429)
		assert.match(r.headers['retry-after'] || '', /^\d+$/);
	assert.doesNotMatch(r.text, /\bSELECT\b|\bINSERT\b|postgres|libpq|\.c:\d+|127\.0\.0\.1|gs:\/\//i, 'something internal leaks');
	return j;
}

module.exports = { Response, Http2, Api, request1, mustFail, isEndless };
